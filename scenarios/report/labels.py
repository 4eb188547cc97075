"""Labels that don't lie on each other: each takes the first free place beside its point."""

from __future__ import annotations

import re

from scenarios.report import svg

_CHAR_PX = 6.1
_LINE_PX = 13.0
_GAP_PX = 8.0
_COLOR = re.compile(r"^#?([0-9A-Fa-f]{6})$")
_DARK_INK, _LIGHT_INK = "#111111", "#ffffff"


def line_colors(color: str) -> tuple[str, str]:
    """Return a line's background and the ink that reads better on it (WCAG luminance)."""
    match = _COLOR.match(color)
    if match is None:
        return "#5b6470", _LIGHT_INK
    digits = match.group(1)
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return f"#{digits}", _DARK_INK if luminance > 0.179 else _LIGHT_INK


class Labels:
    """Places taken so far on a drawing of ``width`` x ``height`` pixels, and their SVG."""

    def __init__(self, width: float, height: float) -> None:
        self._width = width
        self._height = height
        self._taken: list[tuple[float, float, float, float]] = []
        self._parts: list[str] = []

    @property
    def content(self) -> str:
        """The SVG of all labels that found room."""
        return "".join(self._parts)

    def reserve(self, left: float, top: float, wide: float, high: float) -> None:
        """Keep a box free of labels."""
        self._taken.append((left, top, left + wide, top + high))

    def badge(self, x: float, y: float, line: str, color: str) -> bool:
        """Put a line's name on its colour near a point; False if there is no room."""
        wide, high = 8 + 6.6 * len(line), 15.0
        for dx, dy in ((0, 0), (16, 0), (-16, 0), (0, 16), (0, -16), (18, 14), (-18, -14)):
            left, top = x + dx - wide / 2, y + dy - high / 2
            if self._take(left, top, wide, high):
                back, ink = line_colors(color)
                box = svg.element(
                    "rect", x=left, y=top, width=wide, height=high, rx=4, fill=back, class_="badge"
                )
                name = svg.text(
                    x + dx, y + dy + 4, line, fill=ink, text_anchor="middle", class_="line-name"
                )
                self._parts.append(box + name)
                self.reserve(left - 3, top - 2, wide + 6, high + 4)
                return True
        return False

    def name(self, x: float, y: float, words: str) -> bool:
        """Put a name beside a point; False if there is no room."""
        wide = _CHAR_PX * len(words)
        places = (
            (x + _GAP_PX, y - _LINE_PX / 2, "start"),
            (x - _GAP_PX - wide, y - _LINE_PX / 2, "end"),
            (x + _GAP_PX, y - _LINE_PX - 4, "start"),
            (x + _GAP_PX, y + 4, "start"),
            (x - _GAP_PX - wide, y - _LINE_PX - 4, "end"),
            (x - _GAP_PX - wide, y + 4, "end"),
        )
        for left, top, anchor in places:
            if self._take(left, top, wide, _LINE_PX):
                anchor_x = left if anchor == "start" else left + wide
                self._parts.append(
                    svg.text(anchor_x, top + 9.5, words, text_anchor=anchor, class_="place")
                )
                return True
        return False

    def _take(self, left: float, top: float, wide: float, high: float) -> bool:
        right, bottom = left + wide, top + high
        if left < 2 or top < 2 or right > self._width - 2 or bottom > self._height - 2:
            return False
        for a, b, c, d in self._taken:
            if left < c and right > a and top < d and bottom > b:
                return False
        self._taken.append((left, top, right, bottom))
        return True
