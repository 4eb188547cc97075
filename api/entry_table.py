"""Station entries of the model beside the counted ones, as a terminal table."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from api.text import get_words
from network.base import format_clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from scenarios.report import Catalogue
    from scenarios.results import EntryComparison, EntryRow


_Key = TypeVar("_Key")


def fill_entries(table: Table, entries: EntryComparison, words: Catalogue) -> None:
    """Fill a table with entries by hour, then by station of the territory, modelled and counted.

    Columns: what, counted, modelled, difference. Hours sum over the stations of a group.
    """
    own = get_words(words.lang)
    table.add_column(own("entries.where"), ratio=1)
    table.add_column(own("entries.observed"), justify="right")
    table.add_column(own("entries.modelled"), justify="right")
    table.add_column(own("table.change"), justify="right")
    home = [row for row in entries.rows if row.in_territory]
    for heading, rows in ((own("entries.territory"), home), (own("entries.all"), entries.rows)):
        by_hour = _sum_by((row.hour, row) for row in rows)
        for hour, (seen, made) in sorted(by_hour.items()):
            _add(
                table,
                f"{heading}, {format_clock(3600 * hour)}–{format_clock(3600 * (hour + 1))}",
                seen,
                made,
                words,
            )
    for station, (seen, made) in sorted(_sum_by((row.station, row) for row in home).items()):
        _add(table, station, seen, made, words)


def _add(table: Table, label: str, seen: float, made: float, words: Catalogue) -> None:
    change = words.percent(made / seen - 1, 0, signed=True) if seen > 0 else "—"
    table.add_row(label, words.number(seen, 0), words.number(made, 0), change)


def _sum_by(rows: Iterable[tuple[_Key, EntryRow]]) -> dict[_Key, tuple[float, float]]:
    """Sum counted and modelled entries by the key each row comes with."""
    total: defaultdict[_Key, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for key, row in rows:
        total[key][0] += row.observed_pax
        total[key][1] += row.modelled_pax
    return {key: (seen, made) for key, (seen, made) in total.items()}
