"""Load curves: how full each line's fullest stretch is, quarter hour by quarter hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.base import format_clock
from scenarios.report import svg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scenarios.report.text import Catalogue

_WIDTH, _HEIGHT = 400.0, 190.0
_LEFT, _RIGHT, _TOP, _LOW = 44.0, 8.0, 12.0, 160.0
_HOUR_S = 3600


def draw_load_curve(
    starts_s: NDArray[np.int64],
    length_s: int,
    factor: NDArray[np.float64],
    top: float,
    title: str,
    words: Catalogue,
) -> str:
    """Return the staircase of load factors by quarter hour, with the line of full vehicles."""
    first, last = int(starts_s[0]), int(starts_s[-1]) + length_s

    def x(seconds: float) -> float:
        return _LEFT + (seconds - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _LOW - value / top * (_LOW - _TOP)

    parts = []
    for tick in (0.0, 0.5, 1.0, 1.5, 2.0):
        if tick <= top:
            css = "capacity" if tick == 1.0 else "grid"
            parts.append(svg.path([(_LEFT, y(tick)), (_WIDTH - _RIGHT, y(tick))], class_=css))
            parts.append(
                svg.text(
                    _LEFT - 6, y(tick) + 4, words.percent(tick), text_anchor="end", class_="tick"
                )
            )
    for at in range(-(-first // _HOUR_S) * _HOUR_S, last, _HOUR_S):
        parts.append(svg.path([(x(at), _LOW), (x(at), _LOW + 4)], class_="axis"))
        parts.append(
            svg.text(x(at), _LOW + 18, format_clock(at), text_anchor="middle", class_="tick")
        )
    corners = svg.step_points([x(int(s)) for s in starts_s], [y(float(f)) for f in factor], x(last))
    area = [(corners[0][0], y(0)), *corners, (corners[-1][0], y(0))]
    parts.insert(0, svg.path(area, class_="area"))
    parts.append(svg.path(corners, class_="curve free_response"))
    return svg.drawing(_WIDTH, _HEIGHT, title, "".join(parts), "chart")
