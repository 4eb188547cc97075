"""Load curves: one line's busiest stretch by quarter hour, all situations and the places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.base import format_clock
from scenarios.report import svg

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scenarios.report.text import Catalogue
    from scenarios.results import LineProfile, RunResult

_WIDTH, _HEIGHT = 420.0, 250.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 8.0, 14.0, 24.0
_MOST_CURVES = 6
_DRAWN = ("status_quo", "plan", "free_response")


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveFigure:
    """A drawn curve with its words; ``color`` is the line's own."""

    line: str
    color: str
    where: str
    toward: str
    caption: str
    drawing: str


def draw_curves(result: RunResult, words: Catalogue) -> tuple[CurveFigure, ...]:
    """Return one figure for each curve of the status quo, with the same stretch elsewhere."""
    base = result.situations.get("status_quo")
    if base is None:
        return ()
    colors = {s.line: s.color for s in base.map_segments}
    figures = []
    for curve in _chosen(result):
        curves = {"status_quo": curve}
        for name in _DRAWN[1:]:
            situation = result.situations.get(name)
            same = [c for c in situation.curves if _key(c) == _key(curve)] if situation else []
            if same:
                curves[name] = same[0]
        figures.append(
            CurveFigure(
                line=curve.line,
                color=colors.get(curve.line, ""),
                where=f"{curve.from_stop} → {curve.to_stop}",
                toward=words("report.toward", direction=curve.direction),
                caption=_caption(curves, words),
                drawing=_draw(curves, words),
            )
        )
    return tuple(figures)


def _chosen(result: RunResult) -> list[LineProfile]:
    """Return the fullest curves of the watched lines, of all lines where none is watched."""
    base = result.situations["status_quo"]
    watched = {s.line for s in base.watched}
    curves = [c for c in base.curves if not watched or c.line in watched]
    return sorted(curves, key=_fullness, reverse=True)[:_MOST_CURVES]


def _fullness(curve: LineProfile) -> float:
    pairs = zip(curve.load_pax, curve.capacity_pax, strict=True)
    return max((load / room for load, room in pairs if room > 0), default=0.0)


def _key(curve: LineProfile) -> tuple[str, str, str, str]:
    return curve.line, curve.direction, curve.from_stop, curve.to_stop


def _caption(curves: Mapping[str, LineProfile], words: Catalogue) -> str:
    base = curves["status_quo"]
    before, before_at = _peak(base)
    values = {"before": words.number(before, 0), "before_at": before_at}
    if "free_response" not in curves or before == 0:
        return words("report.curve_peak_alone", **values)
    after, after_at = _peak(curves["free_response"])
    change = words.percent(after / before - 1, 1, signed=True)
    return words(
        "report.curve_peak",
        **values,
        after=words.number(after, 0),
        after_at=after_at,
        change=change,
    )


def _peak(curve: LineProfile) -> tuple[float, str]:
    load, start_s = max(
        zip(curve.load_pax, curve.start_s, strict=True), key=lambda pair: pair[0], default=(0.0, 0)
    )
    return load, format_clock(start_s)


def _draw(curves: Mapping[str, LineProfile], words: Catalogue) -> str:
    base = curves["status_quo"]
    if not base.start_s:
        return ""
    window_s = base.start_s[1] - base.start_s[0] if len(base.start_s) > 1 else 900
    first_s, last_s = base.start_s[0], base.start_s[-1] + window_s
    highest = max(v for c in curves.values() for v in (*c.load_pax, *c.capacity_pax))
    ticks = svg.round_ticks(highest)

    def x(seconds: float) -> float:
        return _LEFT + (seconds - first_s) / (last_s - first_s) * (_WIDTH - _LEFT - _RIGHT)

    def y(pax: float) -> float:
        return _HEIGHT - _BOTTOM - pax / ticks[-1] * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_axes(ticks, first_s, last_s, x, y, words)]
    corners = _corners(base, x, y, last_s)
    area = [(corners[0][0], y(0)), *corners, (corners[-1][0], y(0))]
    parts.append(svg.path(area, class_="area"))
    for name in _DRAWN:
        if name in curves:
            parts.append(svg.path(_corners(curves[name], x, y, last_s), class_=f"curve {name}"))
    parts.append(_capacity(base, x, y, last_s, words))
    title = f"{base.line}, {base.from_stop} → {base.to_stop}"
    return svg.drawing(_WIDTH, _HEIGHT, title, "".join(parts), "chart")


def _corners(
    curve: LineProfile,
    x: Callable[[float], float],
    y: Callable[[float], float],
    last_s: int,
) -> list[svg.Point]:
    return svg.step_points([x(s) for s in curve.start_s], [y(v) for v in curve.load_pax], x(last_s))


def _capacity(
    curve: LineProfile,
    x: Callable[[float], float],
    y: Callable[[float], float],
    last_s: int,
    words: Catalogue,
) -> str:
    xs = [x(s) for s in curve.start_s]
    line = svg.step_points(xs, [y(v) for v in curve.capacity_pax], x(last_s))
    name = svg.text(
        line[-1][0], line[-1][1] - 4, words("report.capacity"), text_anchor="end", class_="tick"
    )
    return svg.path(line, class_="capacity") + name


def _axes(
    ticks: list[float],
    first_s: int,
    last_s: int,
    x: Callable[[float], float],
    y: Callable[[float], float],
    words: Catalogue,
) -> str:
    parts = []
    for tick in ticks:
        css = "axis" if tick == 0 else "grid"
        parts.append(svg.path([(_LEFT, y(tick)), (_WIDTH - _RIGHT, y(tick))], class_=css))
        label = words.number(tick, 0)
        parts.append(svg.text(_LEFT - 6, y(tick) + 4, label, text_anchor="end", class_="tick"))
    step_s = 3600 if last_s - first_s > 2.5 * 3600 else 1800
    for seconds in range(-(-first_s // step_s) * step_s, last_s + 1, step_s):
        anchor = "end" if seconds == last_s else "middle"
        label = format_clock(seconds)
        parts.append(svg.text(x(seconds), _HEIGHT - 7, label, text_anchor=anchor, class_="tick"))
        parts.append(svg.path([(x(seconds), y(0)), (x(seconds), y(0) + 4)], class_="axis"))
    return "".join(parts)
