"""A row of bars, each with its value: gains by compliance, by regime."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from scenarios.report import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _BAR, _GAP = 480.0, 22.0, 12.0
_LABEL, _VALUE = 150.0, 70.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: what it stands for, its value, the value as text, a css class."""

    label: str
    value: float
    shown: str
    class_: str = "bar"


def draw_bars(bars: Sequence[Bar], title: str) -> str:
    """Draw horizontal bars on one scale, 0 marked; losses go to the left of it."""
    if not bars:
        return ""
    low = min(0.0, *(bar.value for bar in bars))
    high = max(0.0, *(bar.value for bar in bars))
    span = (high - low) or 1.0
    wide = _WIDTH - _LABEL - 2 * _VALUE
    left = _LABEL + _VALUE

    def x(value: float) -> float:
        return left + (value - low) / span * wide

    parts = []
    for row, bar in enumerate(bars):
        top = _GAP + row * (_BAR + _GAP)
        ends = sorted((x(0.0), x(bar.value)))
        middle = top + _BAR / 2 + 4
        parts.append(svg.text(0.0, middle, bar.label, class_="bar-label"))
        parts.append(
            svg.element(
                "rect",
                svg.element("title", escape(f"{bar.label}: {bar.shown}")),
                x=ends[0],
                y=top,
                width=max(0.5, ends[1] - ends[0]),
                height=_BAR,
                class_=f"{bar.class_} {'fewer' if bar.value >= 0 else 'more'}",
            )
        )
        after = bar.value >= 0
        parts.append(
            svg.text(
                ends[1] + 6 if after else ends[0] - 6,
                middle,
                bar.shown,
                class_="bar-value",
                text_anchor="start" if after else "end",
            )
        )
    height = _GAP + len(bars) * (_BAR + _GAP)
    zero = svg.path([(x(0.0), _GAP / 2), (x(0.0), height - _GAP / 2)], class_="axis")
    return svg.drawing(_WIDTH, height, title, "".join(parts) + zero, "bars")
