"""What a timetable is built from: tidy tables of a feed, and vehicle capacities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from network.base import SourceClass

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pandas as pd

    from network.base import ProblemLog

FULL_PAX_PER_M2 = 4.0
"""A vehicle is called full at this many standing passengers per square metre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSource:
    """One feed of a network: where it is, and how it joins the others.

    ``prefix`` and a colon stand before every id of the feed ("" leaves ids as they are).
    ``service_date`` is the feed's own date to run in place of the network's, for feeds whose
    calendars do not overlap; None runs the network's date.
    """

    path: Path
    prefix: str = ""
    service_date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTables:
    """The tables of one feed, columns checked and typed, rows not yet compared.

    A table is None where the feed lacks it, where it has no rows, and where it is broken and
    can be done without. Columns are those of ``network/readers/data/gtfs_columns.toml``, all
    of them present. Text is of dtype ``string``, in stop_times and shapes ``category`` (with
    sorted categories of dtype ``string``), ids as they are written, spaces at the ends
    removed, NA where empty. Numbers are ``Int64`` or ``Float64`` (finite); in stop_times and
    shapes ``Int32``, ``Int8`` and ``Float64``. Whole numbers fit into 32 bits.

    Every frame keeps the file's row order in its index, so that ``index + 2`` is the line
    of the file. ``name`` is the feed's file name; problems cite ``name/table.txt``.
    """

    name: str
    timezone: str
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    calendar: pd.DataFrame | None
    calendar_dates: pd.DataFrame | None
    frequencies: pd.DataFrame | None
    transfers: pd.DataFrame | None
    log: ProblemLog
    agency: pd.DataFrame | None = None
    shapes: pd.DataFrame | None = None
    pathways: pd.DataFrame | None = None
    levels: pd.DataFrame | None = None
    feed_info: pd.DataFrame | None = None
    attributions: pd.DataFrame | None = None
    booking_rules: pd.DataFrame | None = None

    def file(self, table: str) -> str:
        """Return how problems name a file of this feed."""
        return f"{self.name}/{table}.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Room in one vehicle: seats, square metres for standing, and where that is from."""

    seats: float
    standing_m2: float
    source: str
    source_class: SourceClass

    @property
    def full_pax(self) -> float:
        """Passengers on board when the vehicle is full."""
        return self.seats + FULL_PAX_PER_M2 * self.standing_m2


_NO_CAPACITY = Capacity(
    seats=0.0, standing_m2=0.0, source="none given", source_class=SourceClass.ESTIMATED
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleCapacities:
    """Capacities by route, by line, by route type: the first that matches holds.

    Extended route types (100 to 1799) fall back to the basic type they refine.
    """

    by_route_id: dict[str, Capacity] = field(default_factory=dict)
    by_line: dict[str, Capacity] = field(default_factory=dict)
    by_route_type: dict[int, Capacity] = field(default_factory=dict)

    def find(self, route_id: str, line: str, route_type: int) -> Capacity:
        """Return the capacity of a route's vehicles; zero room where nothing matches."""
        for found in (
            self.by_route_id.get(route_id),
            self.by_line.get(line),
            self.by_route_type.get(route_type),
            self.by_route_type.get(basic_route_type(route_type)),
        ):
            if found is not None:
                return found
        return _NO_CAPACITY

    def over(self, defaults: VehicleCapacities) -> VehicleCapacities:
        """Return these capacities, with those of ``defaults`` where these say nothing."""
        return VehicleCapacities(
            by_route_id=defaults.by_route_id | self.by_route_id,
            by_line=defaults.by_line | self.by_line,
            by_route_type=defaults.by_route_type | self.by_route_type,
        )


_EXTENDED_TO_BASIC = {1: 2, 2: 3, 4: 1, 5: 1, 6: 1, 7: 3, 8: 11, 9: 0, 10: 4, 12: 4, 13: 6, 14: 7}


def basic_route_type(route_type: int) -> int:
    """Return the basic GTFS route type (0 to 12) that an extended one refines.

    References
    ----------
    GTFS Schedule reference, routes.txt; "Extended GTFS Route Types", Google Transit.
    """
    if route_type < 100:
        return route_type
    return _EXTENDED_TO_BASIC.get(route_type // 100, 3)
