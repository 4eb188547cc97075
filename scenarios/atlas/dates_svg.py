"""A feed's dates as a small drawing: trips on each date it covers, the checked one marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.report import svg

if TYPE_CHECKING:
    import datetime as dt

    from network.quality.report import FeedSummary
    from scenarios.report.text import Catalogue

_WIDTH, _HEIGHT, _BASE, _TOP = 640.0, 132.0, 104.0, 16.0
_MAX_BARS = 400


def draw_dates(feed: FeedSummary, words: Catalogue) -> str:
    """Return the drawing; dates are joined to weeks (mean of a day) where there are too many."""
    bars = _join(feed.trips_by_date)
    most = max((count for _, _, count in bars), default=0.0) or 1.0
    first, last = bars[0][0], bars[-1][1]
    span = (last - first).days + 1
    parts = []
    for start, end, count in bars:
        left = _WIDTH * (start - first).days / span
        wide = max(0.6, _WIDTH * ((end - start).days + 1) / span - 0.3)
        high = (_BASE - _TOP) * count / most
        mine = feed.service_date is not None and start <= feed.service_date <= end
        title = f"<title>{start.isoformat()} · {words.number(count, 0)}</title>"
        bar = svg.element(
            "rect", x=left, y=_BASE - high, width=wide, height=high,
            class_="day here" if mine else "day",
        )  # fmt: skip
        parts.append(f"<g>{title}{bar}</g>")
    parts.append(svg.element("line", x1=0, y1=_BASE, x2=_WIDTH, y2=_BASE, class_="axis"))
    parts.append(svg.text(0, _BASE + 18, first.isoformat(), class_="tick"))
    parts.append(svg.text(_WIDTH, _BASE + 18, last.isoformat(), class_="tick", text_anchor="end"))
    label = words("dates.most", n=words.number(most, 0))
    parts.append(svg.text(0, _TOP - 5, label, class_="tick"))
    name = words("dates.title", name=feed.name)
    return svg.drawing(_WIDTH, _HEIGHT, name, "".join(parts), "dates")


def _join(
    days: tuple[tuple[dt.date, int], ...],
) -> list[tuple[dt.date, dt.date, float]]:
    step = 1 if len(days) <= _MAX_BARS else 7
    joined = []
    for i in range(0, len(days), step):
        part = days[i : i + step]
        joined.append((part[0][0], part[-1][0], sum(n for _, n in part) / len(part)))
    return joined
