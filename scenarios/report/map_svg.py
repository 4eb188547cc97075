"""The map: each stretch as wide as its passengers, coloured by load factor or its change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from scenarios.report import svg
from scenarios.report.labels import Labels
from scenarios.report.map_view import HEIGHT, WIDTH, View, ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scenarios.report.text import Catalogue
    from scenarios.results import MapSegment

LOAD_STEPS = (0.5, 0.75, 0.9, 1.0)
_ROUND_POINTS = (0.4, 1.0, 2.0, 4.0, 8.0, 16.0)
_TELLING_SHARE = 0.90
_WIDEST_PX = 10.0
_THINNEST_PX = 1.6
_NAMED_STOPS = 16
_SCALE_M = 2_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A segment with its colour class and how much it matters for drawing on top.

    ``side`` is the side of its track it is drawn on, -1 or 1, the same all along a line.
    """

    segment: MapSegment
    css: str
    weight: float
    side: int


def load_class(load_factor: float) -> int:
    """Return the colour step of a load factor, 0 (empty) to 4 (over capacity)."""
    return sum(load_factor > step for step in LOAD_STEPS)


def change_class(points: float, outer: float) -> int:
    """Return the colour step of a change in points, 0 (emptier) to 4 (fuller).

    Between a quarter of ``outer`` either way nothing is said to have changed.
    """
    size = sum(abs(points) > step for step in (outer / 4, outer))
    return 2 + size if points > 0 else 2 - size


def change_scale(changes: Iterable[float]) -> float:
    """Return the outer step of the scale: a round number that one stretch in ten is near."""
    sizes = sorted(abs(change) for change in changes)
    if not sizes:
        return _ROUND_POINTS[0]
    wanted = sizes[int(_TELLING_SHARE * (len(sizes) - 1))]
    return next((points for points in _ROUND_POINTS if points >= wanted), _ROUND_POINTS[-1])


def changes_by_stretch(
    before: Sequence[MapSegment], after: Sequence[MapSegment], view: View
) -> list[tuple[MapSegment, float]]:
    """Return the stretches in view with their change of load factor, points.

    A stretch is known by its line and its two ends, whichever way was the fuller.
    """
    earlier = {_key(s): s.load_factor for s in before}
    return [
        (s, 100 * (s.load_factor - earlier[_key(s)]))
        for s in after
        if _key(s) in earlier and view.shows(s)
    ]


def draw_load_map(
    segments: Sequence[MapSegment],
    view: View,
    widest_pax: float,
    names: Sequence[str],
    title: str,
    words: Catalogue,
) -> str:
    """Return the map of one situation, coloured by load factor."""
    sides = _sides(segments)
    drawn = [
        Stretch(
            segment=s,
            css=f"q{load_class(s.load_factor)}",
            weight=s.load_factor,
            side=sides[s.line],
        )
        for s in segments
        if view.shows(s)
    ]
    return _draw(drawn, view, widest_pax, names, title, words)


def draw_change_map(
    changes: Sequence[tuple[MapSegment, float]],
    outer: float,
    view: View,
    widest_pax: float,
    names: Sequence[str],
    title: str,
    words: Catalogue,
) -> str:
    """Return the map of what changes, coloured by points of load factor gained or lost."""
    sides = _sides([s for s, _ in changes])
    drawn = [
        Stretch(
            segment=s,
            css=f"d{change_class(points, outer)}",
            weight=abs(points),
            side=sides[s.line],
        )
        for s, points in changes
    ]
    return _draw(drawn, view, widest_pax, names, title, words)


def widest_load(groups: Iterable[Sequence[MapSegment]], view: View) -> float:
    """Return the most passengers on any stretch in view, one scale for all the maps."""
    return max((s.load_pax for rows in groups for s in rows if view.shows(s)), default=0.0)


def _draw(
    drawn: Sequence[Stretch],
    view: View,
    widest_pax: float,
    names: Sequence[str],
    title: str,
    words: Catalogue,
) -> str:
    rising = sorted(drawn, key=lambda d: (d.weight, d.segment.line, d.segment.from_stop))
    strokes = "".join(_stroke(d, view, widest_pax, words) for d in rising)
    falling = [d.segment for d in reversed(rising)]
    stops = "".join(
        svg.element("circle", cx=x, cy=y, r=1.7, class_="stop")
        for x, y in sorted({_rounded(view.project(*p)) for s in falling for p in ends(s)})
    )
    labels = _label(falling, view, names)
    furniture = _scale_and_north(view, words)
    return svg.drawing(WIDTH, HEIGHT, title, strokes + stops + labels + furniture, "map")


def _sides(segments: Sequence[MapSegment]) -> dict[str, int]:
    """Return the side of its track each line is drawn on, by turns in order of name."""
    return {line: 1 if i % 2 else -1 for i, line in enumerate(sorted({s.line for s in segments}))}


def _stroke(stretch: Stretch, view: View, widest_pax: float, words: Catalogue) -> str:
    segment = stretch.segment
    (x1, y1), (x2, y2) = (view.project(*p) for p in ends(segment))
    length = math.hypot(x2 - x1, y2 - y1)
    if length == 0:
        return ""
    share = math.sqrt(max(0.0, segment.load_pax) / widest_pax) if widest_pax > 0 else 0.0
    width = _THINNEST_PX + (_WIDEST_PX - _THINNEST_PX) * share
    # Lines that share a track are drawn beside each other, on sides that don't depend on
    # which way is the fuller.
    shift = stretch.side * width / 2 * (1 if (y2, x2) > (y1, x1) else -1)
    dx, dy = -(y2 - y1) / length * shift, (x2 - x1) / length * shift
    hint = (
        f"{segment.line}, {segment.from_stop} → {segment.to_stop}: "
        f"{words.number(segment.load_pax, 0)} {words('unit.pax')}, "
        f"{words.percent(segment.load_factor)}"
    )
    return svg.element(
        "path",
        svg.element("title", escape(hint)),
        d=svg.moves(((x1 + dx, y1 + dy), (x2 + dx, y2 + dy))),
        class_=f"run {stretch.css}",
        stroke_width=round(width, 1),
    )


def _label(segments: Sequence[MapSegment], view: View, wanted: Sequence[str]) -> str:
    """Return the names of lines, then of stops: those wanted, then the most telling ends."""
    labels = Labels(WIDTH, HEIGHT)
    labels.reserve(0, HEIGHT - 34, 130, 34)
    places: dict[str, svg.Point] = {}
    badged: set[str] = set()
    for segment in segments:
        (x1, y1), (x2, y2) = (view.project(*p) for p in ends(segment))
        places.setdefault(segment.from_stop, (x1, y1))
        places.setdefault(segment.to_stop, (x2, y2))
        middle = ((x1 + x2) / 2, (y1 + y2) / 2)
        if segment.line not in badged and labels.badge(*middle, segment.line, segment.color):
            badged.add(segment.line)
    ordered = [n for n in wanted if n in places] + [n for n in places if n not in set(wanted)]
    placed = 0
    for name in ordered:
        if placed == _NAMED_STOPS:
            break
        placed += labels.name(*places[name], name)
    return labels.content


def _scale_and_north(view: View, words: Catalogue) -> str:
    left, low = 14.0, HEIGHT - 12.0
    right = left + _SCALE_M * view.px_per_m
    bar = svg.path([(left, low - 4), (left, low), (right, low), (right, low - 4)], class_="axis")
    length = svg.text(left + 4, low - 6, f"{_SCALE_M / 1000:.0f} km", class_="tick")
    x = right + 16
    arrow = svg.path([(x, low), (x, low - 18), (x - 4, low - 12)], class_="axis")
    head = svg.path([(x, low - 18), (x + 4, low - 12)], class_="axis")
    return (
        bar + length + arrow + head + svg.text(x + 7, low - 4, words("report.north"), class_="tick")
    )


def _key(segment: MapSegment) -> tuple[str, frozenset[str], frozenset[svg.Point]]:
    return segment.line, frozenset((segment.from_stop, segment.to_stop)), frozenset(ends(segment))


def _rounded(point: svg.Point) -> svg.Point:
    return round(point[0], 1), round(point[1], 1)
