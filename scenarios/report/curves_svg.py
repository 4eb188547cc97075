"""Load curves: small multiples of how full a stretch is, and what the response changes."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from network.base import format_clock
from scenarios.report import svg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scenarios.report.text import Catalogue
    from scenarios.results import LineProfile, RunResult

DRAWN = ("status_quo", "plan", "free_response")
_MOST_CURVES = 6
_WIDTH, _HEIGHT = 400.0, 268.0
_LEFT, _RIGHT = 44.0, 8.0
_TOP, _LOW = 12.0, 172.0
_CHANGE_TOP, _CHANGE_LOW = 188.0, 244.0
_QUIET_SHARE = 0.10

Curves = dict[str, "LineProfile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveFigure:
    """A drawn curve with its words; ``color`` is the line's own."""

    line: str
    color: str
    where: str
    toward: str
    caption: str
    drawing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Common scales of all panels: time, load factor, change in passengers."""

    first_s: int
    last_s: int
    top_factor: float
    top_change_pax: float

    def x(self, seconds: float) -> float:
        """Return the pixel of a clock time."""
        share = (seconds - self.first_s) / max(1, self.last_s - self.first_s)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, factor: float) -> float:
        """Return the pixel of a load factor."""
        return _LOW - factor / self.top_factor * (_LOW - _TOP)

    def y_change(self, pax: float) -> float:
        """Return the pixel of a change in passengers, zero in the middle of its strip."""
        middle = (_CHANGE_TOP + _CHANGE_LOW) / 2
        return middle - pax / self.top_change_pax * (_CHANGE_LOW - _CHANGE_TOP) / 2


def draw_curves(result: RunResult, words: Catalogue) -> tuple[CurveFigure, ...]:
    """Return a panel for each watched line's curves and for those that change most."""
    panels = _choose(result)
    if not panels:
        return ()
    colors = {s.line: s.color for s in result.situations["status_quo"].map_segments}
    scale = _find_scale(panels)
    figures = []
    for curves in panels:
        base = curves["status_quo"]
        figures.append(
            CurveFigure(
                line=base.line,
                color=colors.get(base.line, ""),
                where=f"{base.from_stop} → {base.to_stop}",
                toward=words("report.toward", direction=base.direction),
                caption=_caption(curves, words),
                drawing=_draw(curves, scale, words),
            )
        )
    return tuple(figures)


def _choose(result: RunResult) -> list[Curves]:
    """Return the curves to draw with the same stretch in the other situations."""
    base = result.situations.get("status_quo")
    if base is None:
        return []
    found: list[Curves] = []
    for curve in base.curves:
        if max(curve.load_pax, default=0.0) <= 0:
            continue
        curves = {"status_quo": curve}
        for name in DRAWN[1:]:
            situation = result.situations.get(name)
            same = [c for c in situation.curves if _key(c) == _key(curve)] if situation else []
            if same:
                curves[name] = same[0]
        found.append(curves)
    watched = {s.line for s in base.watched}
    first = [c for c in found if c["status_quo"].line in watched]
    rest = [c for c in found if c["status_quo"].line not in watched]
    rest.sort(key=lambda c: -max((abs(v) for v in _changes(c)), default=0.0))
    return [*first, *rest][:_MOST_CURVES]


def _key(curve: LineProfile) -> tuple[str, str, str, str]:
    return curve.line, curve.direction, curve.from_stop, curve.to_stop


def _changes(curves: Curves) -> tuple[float, ...]:
    """Return free response less status quo, passengers a window; empty without a response."""
    after = curves.get("free_response")
    if after is None:
        return ()
    before = curves["status_quo"]
    return tuple(b - a for a, b in zip(before.load_pax, after.load_pax, strict=True))


def _factors(curve: LineProfile) -> list[float]:
    pairs = zip(curve.load_pax, curve.capacity_pax, strict=True)
    return [load / room if room > 0 else 0.0 for load, room in pairs]


def _find_scale(panels: Sequence[Curves]) -> Scale:
    """Return scales that hold every panel, without the empty hours at both ends."""
    drawn = [curve for curves in panels for curve in curves.values()]
    peak = {id(c): max(c.load_pax, default=0.0) for c in drawn}
    busy = [
        s
        for c in drawn
        for s, pax in zip(c.start_s, c.load_pax, strict=True)
        if pax > _QUIET_SHARE * peak[id(c)]
    ] or list(drawn[0].start_s)
    highest = max((f for c in drawn for f in _factors(c)), default=0.0)
    change = max((abs(v) for curves in panels for v in _changes(curves)), default=0.0)
    return Scale(
        first_s=min(busy),
        last_s=max(busy) + _window_s(drawn[0]),
        top_factor=max(1.05, highest * 1.05),
        top_change_pax=svg.round_ticks(change, 1)[-1],
    )


def _window_s(curve: LineProfile) -> int:
    return curve.start_s[1] - curve.start_s[0] if len(curve.start_s) > 1 else 900


def _caption(curves: Mapping[str, LineProfile], words: Catalogue) -> str:
    before, before_at = _peak(curves["status_quo"])
    values = {"before": words.number(before, 0), "before_at": before_at}
    if "free_response" not in curves or before == 0:
        return words("report.curve_peak_alone", **values)
    after, after_at = _peak(curves["free_response"])
    return words(
        "report.curve_peak",
        **values,
        after=words.number(after, 0),
        after_at=after_at,
        change=words.percent(after / before - 1, 1, signed=True),
    )


def _peak(curve: LineProfile) -> tuple[float, str]:
    load, start_s = max(
        zip(curve.load_pax, curve.start_s, strict=True), key=lambda pair: pair[0], default=(0.0, 0)
    )
    return load, format_clock(start_s)


def _draw(curves: Curves, scale: Scale, words: Catalogue) -> str:
    base = curves["status_quo"]
    corners = _corners(base, scale)
    area = [(corners[0][0], scale.y(0)), *corners, (corners[-1][0], scale.y(0))]
    parts = [_axes(scale, words), svg.path(area, class_="area")]
    parts.extend(
        svg.path(_corners(curves[name], scale), class_=f"curve {name}")
        for name in DRAWN
        if name in curves
    )
    parts.append(_bars(curves, scale, words))
    title = f"{base.line}, {base.from_stop} → {base.to_stop}"
    return svg.drawing(_WIDTH, _HEIGHT, title, "".join(parts), "chart")


def _corners(curve: LineProfile, scale: Scale) -> list[svg.Point]:
    shown = [
        (s, f)
        for s, f in zip(curve.start_s, _factors(curve), strict=True)
        if scale.first_s <= s < scale.last_s
    ]
    xs, ys = [scale.x(s) for s, _ in shown], [scale.y(f) for _, f in shown]
    return svg.step_points(xs, ys, scale.x(min(shown[-1][0] + _window_s(curve), scale.last_s)))


def _axes(scale: Scale, words: Catalogue) -> str:
    parts = []
    right = _WIDTH - _RIGHT
    for factor in (0.0, 0.5, 1.0):
        css = {0.0: "axis", 1.0: "capacity"}.get(factor, "grid")
        parts.append(svg.path([(_LEFT, scale.y(factor)), (right, scale.y(factor))], class_=css))
        label = words.percent(factor)
        parts.append(
            svg.text(_LEFT - 6, scale.y(factor) + 4, label, text_anchor="end", class_="tick")
        )
    for seconds in range(-(-scale.first_s // 3600) * 3600, scale.last_s + 1, 3600):
        x = scale.x(seconds)
        anchor = "end" if x > right - 16 else "start" if x < _LEFT + 16 else "middle"
        parts.append(svg.path([(x, _TOP), (x, _CHANGE_LOW)], class_="hour"))
        label = format_clock(seconds)
        parts.append(svg.text(x, _HEIGHT - 6, label, text_anchor=anchor, class_="tick"))
    return "".join(parts)


def _bars(curves: Curves, scale: Scale, words: Catalogue) -> str:
    """Return the strip of changes: passengers more (up) or fewer (down) a quarter hour."""
    changes = _changes(curves)
    if not changes:
        return ""
    base = curves["status_quo"]
    zero = scale.y_change(0)
    parts = [svg.path([(_LEFT, zero), (_WIDTH - _RIGHT, zero)], class_="axis")]
    for start_s, change in zip(base.start_s, changes, strict=True):
        if not scale.first_s <= start_s < scale.last_s or change == 0:
            continue
        left, right = scale.x(start_s), scale.x(start_s + _window_s(base))
        y = scale.y_change(change)
        css = "more" if change > 0 else "fewer"
        hint = f"{format_clock(start_s)}: {words.number(change, 0, signed=True)}"
        parts.append(
            svg.element(
                "rect",
                svg.element("title", escape(hint)),
                x=left + 0.5,
                y=min(y, zero),
                width=max(0.5, right - left - 1),
                height=abs(y - zero),
                class_=css,
            )
        )
    for value in (scale.top_change_pax, -scale.top_change_pax):
        label = words.number(value, 0, signed=True)
        y = scale.y_change(value) + 4
        parts.append(svg.text(_LEFT - 6, y, label, text_anchor="end", class_="tick"))
    return "".join(parts)
