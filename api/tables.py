"""A run as tables in a terminal: the rows of the report, at 100 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from api.entry_table import fill_entries
from api.text import get_words
from network.base import format_clock
from scenarios.report import (
    entry_rows,
    format_range,
    format_unit,
    format_value,
    get_catalogue,
    headline_rows,
    kpi_rows,
    plan_rows,
    segment_rows,
    situation_names,
    summarise,
)

if TYPE_CHECKING:
    from rich.console import Console

    from network.base import Figure
    from scenarios import RunResult
    from scenarios.report import Catalogue, Row

_LEFT_OUT = ("partial_compliance",)


def print_run(console: Console, result: RunResult, lang: str) -> None:
    """Print what a run found: sentences, situations side by side, the plan, the moves."""
    words, own = get_catalogue(lang), get_words(lang)
    title = result.territory_title.get(lang, result.territory)
    console.print(Text(f"{result.scenario.name} · {title} · {result.service_date}", style="bold"))
    for sentence in summarise(result, words):
        # textwrap leaves the narrow space inside a number alone; the console does not.
        lines = textwrap.wrap(sentence, console.width, break_on_hyphens=False)
        console.print("\n" + "\n".join(lines), no_wrap=True)
    console.print()
    console.print(build_comparison(result, words))
    singles = (
        (own("table.gain"), headline_rows(result, words)),
        (own("table.plan"), plan_rows(result, words)),
        (own("table.quality"), entry_rows(result, words)),
    )
    for heading, rows in singles:
        if rows:
            console.print(build_figures(heading, rows, words))
    if result.entries is not None:
        entries = _table(own("table.entries"))
        fill_entries(entries, result.entries, words)
        console.print(entries)
    console.print(build_sensitivity(result, words))
    if result.plan.moves:
        console.print(build_moves(result, words))


def build_comparison(result: RunResult, words: Catalogue) -> Table:
    """Return the situations side by side: loads and load factors, then the indicators."""
    own = get_words(words.lang)
    names = [name for name in situation_names(result) if name not in _LEFT_OUT]
    table = _table(own("table.compare"))
    table.add_column(own("table.indicator"), ratio=1)
    for name in names:
        heading = words.find("situation", name).replace(" ", "\n", 1)
        table.add_column(heading, justify="right", min_width=8, no_wrap=True)
    table.add_column(own("table.change"), justify="right", min_width=6, no_wrap=True)
    table.add_column(own("table.unit"))
    table.add_column(own("table.class"))
    for row in (*segment_rows(result, words), *kpi_rows(result, words)):
        figure = row.any_figure
        change = row.change
        table.add_row(
            row.label,
            *(_cell(row.figures.get(name), words) for name in names),
            own("table.none") if change is None else words.percent(change, 1, signed=True),
            format_unit(words, figure.unit),
            words.find("class", figure.source_class),
        )
    return table


def build_figures(heading: str, rows: tuple[Row, ...], words: Catalogue) -> Table:
    """Return figures that have one value each, with unit, range and source class."""
    own = get_words(words.lang)
    table = _table(heading)
    table.add_column(own("table.indicator"), ratio=1)
    table.add_column(own("table.value"), justify="right", no_wrap=True)
    table.add_column(own("table.unit"))
    table.add_column(own("table.range"))
    table.add_column(own("table.class"))
    for row in rows:
        figure = row.any_figure
        table.add_row(
            _label(row),
            format_value(words, figure.value, figure.unit),
            format_unit(words, figure.unit),
            format_range(words, figure) or own("table.none"),
            words.find("class", figure.source_class),
        )
    return table


def build_sensitivity(result: RunResult, words: Catalogue) -> Table:
    """Return what the plan becomes when the cost of moving, which nobody knows, is another."""
    own = get_words(words.lang)
    estimated = words.find("class", "estimated")
    table = _table(own("table.sensitivity", origin=estimated))
    table.add_column(own("sensitivity.value"), ratio=1)
    table.add_column(own("sensitivity.people"), justify="right")
    table.add_column(own("sensitivity.gain"), justify="right")
    for row in result.sensitivity:
        chosen = own("sensitivity.chosen") if row.is_default else ""
        table.add_row(
            f"{words.number(row.value, 2)}{chosen}",
            words.number(row.people_moved, 0),
            words.number(row.free_response_gain_h, 1),
        )
    return table


def build_moves(result: RunResult, words: Catalogue) -> Table:
    """Return which teams move, from when to when."""
    own = get_words(words.lang)
    staff_class = words.find("class", plan_rows(result, words)[0].any_figure.source_class)
    table = _table(own("table.moves", origin=staff_class))
    table.add_column(own("table.employer"), ratio=1)
    table.add_column(own("table.team"), ratio=1)
    table.add_column(own("table.people"), justify="right")
    table.add_column(own("table.riders"), justify="right")
    table.add_column(own("table.move"))
    table.add_column(own("table.shift"), justify="right")
    for move in sorted(result.plan.moves, key=lambda m: (m.employer, -m.people, m.team, m.to_s)):
        table.add_row(
            move.employer,
            move.team,
            words.number(move.people, 0),
            words.number(move.transit_pax, 0),
            f"{format_clock(move.from_s)} → {format_clock(move.to_s)}",
            words.number((move.to_s - move.from_s) / 60, 0, signed=True),
        )
    return table


def _table(heading: str) -> Table:
    return Table(
        title=heading,
        title_justify="left",
        title_style="bold",
        header_style="",
        box=SIMPLE_HEAD,
        expand=True,
        pad_edge=False,
    )


def _label(row: Row) -> Text:
    text = Text(row.label)
    if row.detail:
        text.append(f"\n{row.detail}", style="dim")
    return text


def _cell(figure: Figure | None, words: Catalogue) -> Text:
    """Return a value, its range under it."""
    if figure is None:
        return Text(get_words(words.lang)("table.none"))
    text = Text(format_value(words, figure.value, figure.unit))
    if figure.low is not None and figure.high is not None:
        low, high = (format_value(words, v, figure.unit) for v in (figure.low, figure.high))
        text.append(f"\n{low}–{high}", style="dim")
    return text
