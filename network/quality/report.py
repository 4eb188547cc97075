"""What a check of feeds and extracts found: plain data, no words of any language but codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    from numpy.typing import NDArray

    from network.base import Problem


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # set aside, or leaves nothing to build on
    WARNING = "warning"  # built on, but results may be wrong
    NOTE = "note"  # worth knowing


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of thing that is wrong in one file: how often, where, and the first few.

    ``code`` names the kind in snake_case (its words by language belong to the report pages);
    ``unit`` what is counted ("stops", "trips", "rows", "ways"). ``lat`` and ``lon`` are places
    for a map, at most a thousand, possibly none.
    """

    code: str
    severity: Severity
    count: int
    unit: str
    file: str
    examples: tuple[Problem, ...]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSummary:
    """One feed: rows by table, dates covered, trips run by date and by mode.

    ``trips_by_date`` has every covered date with the trips that start on it, frequencies
    expanded; ``trips_by_route_type`` those of ``service_date``, the feed's own date that was
    checked. That, ``first_date`` and ``last_date`` are None where the feed covers no date.
    ``n_stops_in_use``, ``n_stop_times`` and ``n_patterns`` are of the service date as built,
    the calls past midnight of the day before left out; 0 where nothing could be built.
    """

    name: str
    prefix: str
    sha256: str
    publisher: str
    version: str
    rows: dict[str, int]
    service_date: dt.date | None
    first_date: dt.date | None
    last_date: dt.date | None
    feed_end_date: dt.date | None
    trips_by_date: tuple[tuple[dt.date, int], ...]
    trips_by_route_type: dict[int, int]
    n_stops_in_use: int
    n_stop_times: int
    n_patterns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetSummary:
    """One extract: ways read, and the graph of each mode after islands were pruned."""

    name: str
    sha256: str
    n_ways: int
    n_nodes: int
    n_segments: int
    vertices: dict[str, int]
    edges: dict[str, int]
    islands_pruned: dict[str, int]
    island_nodes_pruned: dict[str, int]
    turn_restrictions: int
    length_km: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """What an independent validator says of one feed; ``reason`` where it could not run."""

    file: str
    tool: str
    version: str
    available: bool
    reason: str
    notices: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """Everything a check found; findings from the worst to the least, then by code and file.

    ``service_date`` is the date that was built, None where no date could be.
    """

    service_date: dt.date | None
    checked_on: dt.date
    feeds: tuple[FeedSummary, ...]
    streets: StreetSummary | None
    findings: tuple[Finding, ...]
    second_opinions: tuple[SecondOpinion, ...]
    footpaths_kind: str
    n_footpaths: int

    def count(self, severity: Severity) -> int:
        """Return how many things of a severity were found."""
        return sum(f.count for f in self.findings if f.severity is severity)
