"""What the page of a territory is drawn from: a network, its zones, what is known of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    from numpy.typing import NDArray

    from demand import ZoneSystem
    from network import FeedInfo, Network
    from network.quality.report import QualityReport
    from scenarios.results import SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryView:
    """A territory as its page shows it.

    ``title`` and ``notes`` are by language. ``zone_polygons`` are GeoJSON geometries
    (Polygon or MultiPolygon) by zone id; a zone without one is drawn at its centre.
    ``population`` and ``jobs`` are those of the leaf zones, shape (n_zones,), NaN where
    unknown, None where nothing is known; ``people_class`` is their source class.
    ``coverage`` are the feeds with the dates they cover.
    """

    title: dict[str, str]
    service_date: dt.date
    network: Network
    zones: ZoneSystem | None = None
    zone_polygons: dict[str, dict[str, Any]] = field(default_factory=dict)
    population: NDArray[np.float64] | None = None
    jobs: NDArray[np.float64] | None = None
    people_class: str = ""
    report: QualityReport | None = None
    sources: tuple[SourceLine, ...] = ()
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    coverage: tuple[FeedInfo, ...] = ()
