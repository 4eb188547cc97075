"""The window of the map: which part of a regional network to show, and how to project it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.report.comparison import fullest_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.report.svg import Point
    from scenarios.results import MapSegment, RunResult

WIDTH, HEIGHT = 440.0, 500.0
_MIN_SPAN_M = 9_000.0
_MARGIN = 0.16
_M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Metres to pixels around a centre, north up."""

    lat: float
    lon: float
    px_per_m: float

    def project(self, lat: float, lon: float) -> Point:
        """Return the pixel of a place (equirectangular around the centre)."""
        x_m = (lon - self.lon) * _M_PER_DEGREE * math.cos(math.radians(self.lat))
        y_m = (lat - self.lat) * _M_PER_DEGREE
        return WIDTH / 2 + x_m * self.px_per_m, HEIGHT / 2 - y_m * self.px_per_m

    def shows(self, segment: MapSegment) -> bool:
        """Return whether either end of a stretch is in the window."""
        points = [self.project(*end) for end in ends(segment)]
        return any(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


def key_stations(result: RunResult) -> tuple[str, ...]:
    """Return the stations a reader looks for: fullest stretch, watched ones, the territory's."""
    base = result.situations["status_quo"]
    fullest = fullest_segment(base)
    listed = ((fullest,) if fullest is not None else ()) + base.watched
    names = dict.fromkeys(stop for s in listed for stop in (s.from_stop, s.to_stop))
    if result.entries is not None:
        by_size = sorted(result.entries.rows, key=lambda r: (-r.observed_pax, r.station))
        names.update(dict.fromkeys(row.station for row in by_size if row.in_territory))
    return tuple(names)


def choose_view(segments: Sequence[MapSegment], stations: Sequence[str]) -> View:
    """Return a view around the stations named, around all stretches where none is known.

    A regional network is much wider than the part a run is about; the territory's stations
    and the watched stretches say which part that is.
    """
    places = {
        name: place
        for s in segments
        for name, place in zip((s.from_stop, s.to_stop), ends(s), strict=True)
    }
    chosen = [places[name] for name in stations if name in places] or list(places.values())
    lats = [lat for lat, _ in chosen] or [0.0]
    lons = [lon for _, lon in chosen] or [0.0]
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    metres_high = (max(lats) - min(lats)) * _M_PER_DEGREE
    metres_wide = (max(lons) - min(lons)) * _M_PER_DEGREE * math.cos(math.radians(lat))
    stretch = 1 + 2 * _MARGIN
    scale = min(
        HEIGHT / max(metres_high * stretch, _MIN_SPAN_M),
        WIDTH / max(metres_wide * stretch, _MIN_SPAN_M * WIDTH / HEIGHT),
    )
    return View(lat=lat, lon=lon, px_per_m=scale)


def ends(segment: MapSegment) -> tuple[Point, Point]:
    """Return both ends of a stretch as (lat, lon)."""
    return (segment.lat[0], segment.lon[0]), (segment.lat[1], segment.lon[1])
