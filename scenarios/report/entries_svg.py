"""Station entries, modelled against observed: a scatter on square-root axes."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from scenarios.report import svg
from scenarios.report.labels import Labels

if TYPE_CHECKING:
    from scenarios.report.text import Catalogue
    from scenarios.results import EntryComparison, EntryRow

_SIZE = 430.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 14.0, 14.0, 44.0
_NAMED = 10
_TICKS = (100, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)


def largest_errors(entries: EntryComparison, count: int = 8) -> tuple[EntryRow, ...]:
    """Return the station-hours furthest from the observed, of the territory where it has any."""
    by_error = sorted(
        _own_rows(entries) or entries.rows,
        key=lambda r: (-abs(r.modelled_pax - r.observed_pax), r.station, r.hour),
    )
    return tuple(by_error[:count])


def has_territory(entries: EntryComparison) -> bool:
    """Return whether any station compared is in the territory."""
    return any(row.in_territory for row in entries.rows)


def draw_entries(entries: EntryComparison, words: Catalogue) -> str:
    """Return the scatter; square-root axes keep small stations apart and large ones in sight."""
    values = [v for r in entries.rows for v in (r.observed_pax, r.modelled_pax)]
    top = max(values, default=1.0) * 1.08 or 1.0
    inner = _SIZE - _LEFT - _RIGHT

    def x(pax: float) -> float:
        return _LEFT + math.sqrt(max(0.0, pax) / top) * inner

    def y(pax: float) -> float:
        return _SIZE - _BOTTOM - math.sqrt(max(0.0, pax) / top) * (_SIZE - _TOP - _BOTTOM)

    parts = []
    for tick in (t for t in _TICKS if t < top):
        label = words.number(tick, 0)
        parts.append(svg.path([(_LEFT, y(tick)), (_SIZE - _RIGHT, y(tick))], class_="grid"))
        parts.append(svg.text(_LEFT - 6, y(tick) + 4, label, text_anchor="end", class_="tick"))
        below = _SIZE - _BOTTOM + 16
        parts.append(svg.text(x(tick), below, label, text_anchor="middle", class_="tick"))
    parts.append(svg.path([(x(0), y(0)), (_SIZE - _RIGHT, y(0))], class_="axis"))
    parts.append(svg.path([(x(0), y(0)), (x(top), y(top))], class_="diagonal"))
    for row in sorted(entries.rows, key=lambda r: r.in_territory):
        hint = svg.element("title", escape(f"{row.station}, {row.hour} h"))
        place = {"cx": x(row.observed_pax), "cy": y(row.modelled_pax)}
        css = "dot own" if row.in_territory else "dot"
        parts.append(svg.element("circle", hint, r=4, class_=css, **place))
    labels = Labels(_SIZE, _SIZE - _BOTTOM)
    for station, row in _named(entries).items():
        labels.name(x(row.observed_pax), y(row.modelled_pax), station)
    parts.append(labels.content)
    middle = _LEFT + inner / 2
    parts.append(
        svg.text(middle, _SIZE - 8, words("report.entries_x"), text_anchor="middle", class_="tick")
    )
    parts.append(svg.text(_LEFT + 4, _TOP + 2, words("report.entries_y"), class_="tick"))
    return svg.drawing(_SIZE, _SIZE, words("report.entries"), "".join(parts), "scatter")


def _own_rows(entries: EntryComparison) -> tuple[EntryRow, ...]:
    return tuple(row for row in entries.rows if row.in_territory)


def _named(entries: EntryComparison) -> dict[str, EntryRow]:
    """Return the stations to name at their largest hour: the territory's, else the worst."""
    named: dict[str, EntryRow] = {}
    own = sorted(_own_rows(entries), key=lambda r: (-r.observed_pax, r.station, r.hour))
    for row in own or largest_errors(entries, len(entries.rows)):
        named.setdefault(row.station, row)
    return dict(list(named.items())[:_NAMED])
