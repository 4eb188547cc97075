"""Small pieces of SVG; colours and type come from the page's style sheet."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[float, float]


def element(tag: str, content: str = "", **attributes: object) -> str:
    """Return one element; ``class_`` becomes ``class`` and ``_`` in names becomes ``-``."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for name, value in attributes.items()
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def text(x: float, y: float, words: str, **attributes: object) -> str:
    """Return a text element; the words are escaped."""
    return element("text", escape(words), x=x, y=y, **attributes)


def path(points: Iterable[Point], **attributes: object) -> str:
    """Return a line through points."""
    return element("path", "", d=moves(points), **attributes)


def drawing(width: float, height: float, title: str, content: str, class_: str) -> str:
    """Return a whole drawing that scales with its box and has a title for screen readers."""
    head = element("title", escape(title))
    return element(
        "svg",
        head + content,
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        role="img",
        class_=class_,
    )


def round_ticks(top: float, wanted: int = 4) -> list[float]:
    """Return round numbers from 0 to just above ``top``, about ``wanted`` steps."""
    if top <= 0:
        return [0.0, 1.0]
    raw = top / wanted
    scale = 10 ** math.floor(math.log10(raw))
    step = next(m * scale for m in (1, 2, 2.5, 5, 10) if m * scale >= raw)
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


def step_points(xs: Sequence[float], ys: Sequence[float], end_x: float) -> list[Point]:
    """Return the corners of a staircase: ``ys[i]`` holds from ``xs[i]`` to the next."""
    points: list[Point] = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        points.extend(((x, y), (xs[i + 1] if i + 1 < len(xs) else end_x, y)))
    return points


def moves(points: Iterable[Point]) -> str:
    """Return the path data of a line through points."""
    return "M" + "L".join(f"{_plain(x)} {_plain(y)}" for x, y in points)


def _plain(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
