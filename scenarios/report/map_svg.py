"""The map: each stretch as wide as its passengers and as dark as its load factor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.report import svg
from scenarios.report.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scenarios.results import MapSegment, SegmentLoad

WIDTH, HEIGHT = 400.0, 440.0
LOAD_STEPS = (0.5, 0.75, 0.9, 1.0)
CHANGE_STEPS = (-0.05, -0.01, 0.01, 0.05)
_MIN_SPAN_M = 9_000.0
_MARGIN = 0.12
_M_PER_DEGREE = 111_195.0
_WIDEST_PX = 9.0
_LABELLED_STOPS = 9


def load_class(load_factor: float) -> int:
    """Return the colour step of a load factor, 0 (empty) to 4 (over capacity)."""
    return sum(load_factor > step for step in LOAD_STEPS)


def change_class(points: float) -> int:
    """Return the colour step of a change of load factor, 0 (emptier) to 4 (fuller)."""
    return sum(points > step for step in CHANGE_STEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The window of the map: metres to pixels around a centre, north up."""

    lat: float
    lon: float
    px_per_m: float

    def project(self, lat: float, lon: float) -> svg.Point:
        """Return the pixel of a place (equirectangular around the centre)."""
        x_m = (lon - self.lon) * _M_PER_DEGREE * math.cos(math.radians(self.lat))
        y_m = (lat - self.lat) * _M_PER_DEGREE
        return WIDTH / 2 + x_m * self.px_per_m, HEIGHT / 2 - y_m * self.px_per_m


def choose_view(segments: Sequence[MapSegment], listed: Sequence[SegmentLoad]) -> View:
    """Return a view around the stretches that the run lists, else around all of them.

    A regional network is much wider than the part a run is about; the listed stretches say
    which part that is.
    """
    ends = {(s.line, stop) for s in listed for stop in (s.from_stop, s.to_stop)}
    found = [s for s in segments if {(s.line, s.from_stop), (s.line, s.to_stop)} & ends]
    chosen = found or list(segments)
    lats = [lat for s in chosen for lat in s.lat] or [0.0]
    lons = [lon for s in chosen for lon in s.lon] or [0.0]
    lat, lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    metres_high = (max(lats) - min(lats)) * _M_PER_DEGREE
    metres_wide = (max(lons) - min(lons)) * _M_PER_DEGREE * math.cos(math.radians(lat))
    stretch = 1 + 2 * _MARGIN
    scale = min(
        HEIGHT / max(metres_high * stretch, _MIN_SPAN_M),
        WIDTH / max(metres_wide * stretch, _MIN_SPAN_M * WIDTH / HEIGHT),
    )
    return View(lat=lat, lon=lon, px_per_m=scale)


def draw_load_map(segments: Sequence[MapSegment], view: View, widest_pax: float, title: str) -> str:
    """Return the map of one situation, coloured by load factor."""
    drawn = [(s, f"q{load_class(s.load_factor)}", s.load_factor) for s in segments]
    return _draw(drawn, view, widest_pax, title)


def draw_change_map(
    before: Sequence[MapSegment],
    after: Sequence[MapSegment],
    view: View,
    widest_pax: float,
    title: str,
) -> str:
    """Return the map of what changes, coloured by points of load factor gained or lost."""
    earlier = {_key(s): s.load_factor for s in before}
    drawn = []
    for segment in after:
        if _key(segment) in earlier:
            change = segment.load_factor - earlier[_key(segment)]
            drawn.append((segment, f"d{change_class(change)}", abs(change)))
    return _draw(drawn, view, widest_pax, title)


def _draw(
    drawn: Sequence[tuple[MapSegment, str, float]], view: View, widest_pax: float, title: str
) -> str:
    inside = [(s, css, weight) for s, css, weight in drawn if _visible(s, view)]
    inside.sort(key=lambda item: (item[2], item[0].line, item[0].from_stop))
    strokes = "".join(_stroke(s, css, view, widest_pax) for s, css, _ in inside)
    stops = "".join(
        svg.element("circle", cx=x, cy=y, r=1.6, class_="stop")
        for x, y in sorted({_rounded(view.project(*p)) for s, _, _ in inside for p in _ends(s)})
    )
    labels = _label([s for s, _, _ in reversed(inside)], view)
    return svg.drawing(WIDTH, HEIGHT, title, strokes + stops + labels, "map")


def _stroke(segment: MapSegment, css: str, view: View, widest_pax: float) -> str:
    (x1, y1), (x2, y2) = (view.project(*p) for p in _ends(segment))
    length = math.hypot(x2 - x1, y2 - y1)
    if length == 0:
        return ""
    share = math.sqrt(max(0.0, segment.load_pax) / widest_pax) if widest_pax > 0 else 0.0
    width = 1.2 + (_WIDEST_PX - 1.2) * share
    shift = width / 2 + 0.4
    dx, dy = -(y2 - y1) / length * shift, (x2 - x1) / length * shift
    points = ((x1 + dx, y1 + dy), (x2 + dx, y2 + dy))
    return svg.path(points, class_=f"run {css}", stroke_width=round(width, 1))


def _label(segments: Sequence[MapSegment], view: View) -> str:
    """Return the names of lines and of a few stops, the fullest stretches first."""
    labels = Labels(WIDTH, HEIGHT)
    shown: dict[str, None] = {}
    for segment in segments:
        if segment.line not in shown:
            shown[segment.line] = None
            (x1, y1), (x2, y2) = (view.project(*p) for p in _ends(segment))
            labels.badge((x1 + x2) / 2, (y1 + y2) / 2, segment.line, segment.color)
    names: dict[str, svg.Point] = {}
    for segment in segments:
        for name, place in zip(
            (segment.to_stop, segment.from_stop), _ends(segment)[::-1], strict=True
        ):
            names.setdefault(name, view.project(*place))
    placed = 0
    for name, (x, y) in names.items():
        placed += placed < _LABELLED_STOPS and labels.name(x, y, name)
    return labels.content


def widest_load(groups: Iterable[Sequence[MapSegment]], view: View) -> float:
    """Return the most passengers on any stretch in view, one scale for all the maps."""
    return max((s.load_pax for rows in groups for s in rows if _visible(s, view)), default=0.0)


def _visible(segment: MapSegment, view: View) -> bool:
    points = [view.project(*p) for p in _ends(segment)]
    return any(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


def _ends(segment: MapSegment) -> tuple[svg.Point, svg.Point]:
    return (segment.lat[0], segment.lon[0]), (segment.lat[1], segment.lon[1])


def _key(segment: MapSegment) -> tuple[str, str, str, svg.Point, svg.Point]:
    return segment.line, segment.from_stop, segment.to_stop, *_ends(segment)


def _rounded(point: svg.Point) -> svg.Point:
    return round(point[0], 1), round(point[1], 1)
