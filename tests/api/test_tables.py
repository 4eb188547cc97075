"""The tables of a run: every figure with unit and source class, at 100 columns."""

import io

import pytest
from rich.console import Console

from api.tables import print_run
from scenarios.report import (
    entry_rows,
    format_value,
    get_catalogue,
    headline_rows,
    kpi_rows,
    plan_rows,
    segment_rows,
)
from tests.builders.fake_run import fake_run


def show(result, lang):
    console = Console(file=io.StringIO(), width=100, highlight=False, markup=False)
    print_run(console, result, lang)
    return console.file.getvalue()


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_line_is_wider_than_100_columns(lang):
    assert max(len(line) for line in show(fake_run(), lang).splitlines()) <= 100


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_figure_of_the_run_is_shown(lang):
    result, words = fake_run(), get_catalogue(lang)
    text = show(result, lang)
    rows = [
        row
        for build in (segment_rows, kpi_rows, headline_rows, plan_rows, entry_rows)
        for row in build(result, words)
    ]
    shown = ("status_quo", "plan", "free_response", "value")
    figures = [f for row in rows for name, f in row.figures.items() if name in shown]
    assert len(figures) > 30
    missing = [f for f in figures if format_value(words, f.value, f.unit) not in text]
    assert missing == []


def test_the_range_stands_under_the_value():
    lines = show(fake_run(), "en").splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.startswith(" Load factor, full")]
    assert "107.1" in lines[at]
    assert "101.8–112.5" in lines[at + 1]


@pytest.mark.parametrize(
    ("lang", "row"),
    [
        ("en", ["3,000", "2,700", "2,790", "−7.0%", "passengers", "estimated"]),
        ("fr", ["3\u202f000", "2\u202f700", "2\u202f790", "−7,0\u202f%", "voyageurs", "estimé"]),
    ],
)
def test_situations_stand_side_by_side_with_change_unit_and_origin(lang, row):
    line = next(x for x in show(fake_run(), lang).splitlines() if x.startswith(" 13, La Fourche"))
    cells = [cell.strip() for cell in line.split("   ") if cell.strip()]
    assert cells[1:] == row


def test_moves_name_team_people_and_both_hours():
    lines = show(fake_run(), "en").splitlines()
    (line,) = [x for x in lines if "Plans" in x]
    assert "420" in line
    assert "09:00 → 08:30" in line
    assert "−30" in line


def test_moves_of_illustrative_employers_say_so():
    assert "people: illustrative" in show(fake_run(), "en")


def test_a_run_without_a_plan_prints_its_status_quo_and_no_moves():
    text = show(fake_run(feasible=False), "en")
    assert "3,000" in text
    assert "Who changes hours" not in text


def test_brackets_in_names_are_printed_as_they_stand():
    from dataclasses import replace

    result = fake_run()
    moves = (replace(result.plan.moves[0], team="[bold]Nuit[/]"),)
    text = show(replace(result, plan=replace(result.plan, moves=moves)), "en")
    assert "[bold]Nuit[/]" in text


def test_entries_are_summed_by_hour_and_shown_beside_the_counts():
    result, words = fake_run(), get_catalogue("en")
    text = show(result, "en")
    rows = [row for row in result.entries.rows if row.hour == 8]
    seen = words.number(sum(row.observed_pax for row in rows), 0)
    made = words.number(sum(row.modelled_pax for row in rows), 0)
    (line,) = [
        line
        for line in text.splitlines()
        if line.strip().startswith("All stations compared, 08:00")
    ]
    assert line.split()[-3:-1] == [seen, made]


def test_sensitivity_marks_the_chosen_value():
    result = fake_run()
    text = show(result, "en")
    assert text.count("(chosen)") == sum(row.is_default for row in result.sensitivity) == 1
