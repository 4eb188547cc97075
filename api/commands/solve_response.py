"""What `solve` adds after the plan: situations side by side, credits of employers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from api.output import complain, make_console
from api.text import get_words

if TYPE_CHECKING:
    from network.base import Progress
    from scenarios.report import Catalogue
    from solver.response import CellPlaces
    from solver.staggering import StaggeringProblem, StaggeringResult

_DIGITS = {"peak_load_factor": 3, "relative_gap": 8}
_CREDITS_SHOWN = 20
_LABEL_WIDTH = 30
_SITUATION_WIDTH = 15
"""Characters that a figure's label and a situation's figures take in a table."""


def judge_plan(
    problem: StaggeringProblem,
    result: StaggeringResult,
    *,
    compare: bool,
    credits: bool,
    places: CellPlaces | None,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Return ``comparison`` and ``credits`` of a plan as JSON values, those that are asked for."""
    from solver.credits import CreditSettings, share_credits
    from solver.response import (
        RouteChoice,
        compare_plans,
        proposed_plan,
        riding_shares,
    )

    found: dict[str, Any] = {}
    plan = proposed_plan(result)
    if compare:
        comparison = compare_plans(problem, plan, places=places, progress=progress)
        found["comparison"] = comparison.as_dict()
    if credits:
        shared = share_credits(
            problem,
            plan.x,
            share=riding_shares(problem, plan.x, choice=RouteChoice()),
            settings=CreditSettings(seed=seed),
            progress=progress,
        )
        found["credits"] = shared.as_dict()
    return found


def places_of(problem: StaggeringProblem, windows: int | None) -> CellPlaces | None:
    """Return where cells are: in rows of so many windows, else as the problem has it, if it does.

    Raises
    ------
    InputError
        If the cells do not come out even.
    """
    from solver.response import CellPlaces, places_in_rows

    cells = problem.cells
    if windows is not None:
        return places_in_rows(len(cells), windows)
    if cells.place is None or cells.window is None:
        return None
    return CellPlaces(place=cells.place.astype(np.int64), window=cells.window.astype(np.int64))


def print_judgement(document: dict[str, Any], lang: str) -> None:
    """Print the comparison and the credits that a document holds."""
    if document.get("comparison"):
        _print_situations(document["comparison"], lang)
        _print_sums(document["comparison"], lang)
    if document.get("credits"):
        _print_credits(document["credits"], lang)


def _print_situations(comparison: dict[str, Any], lang: str) -> None:
    """Print as many situations beside each other as the screen has room for, the rest below."""
    words, situations = get_words(lang), comparison["situations"]
    fit = max(2, (make_console().width - _LABEL_WIDTH) // _SITUATION_WIDTH)
    names = tuple(situations)
    for first in range(0, len(names), fit):
        _print_beside(comparison, names[first : first + fit], words)
    if not all(one["converged"] for one in situations.values()):
        complain(words("solve_compare.not_exact"))


def _print_beside(comparison: dict[str, Any], names: tuple[str, ...], words: Catalogue) -> None:
    table = Table(
        box=SIMPLE_HEAD,
        header_style="",
        expand=True,
        pad_edge=False,
        title=words("solve_compare.title"),
    )
    table.add_column(words("solve_compare.figure"), ratio=1)
    for name in names:
        table.add_column(
            words(f"solve_situation.{name}"),
            justify="right",
            max_width=_SITUATION_WIDTH - 2,
            overflow="fold",
        )
    for name in comparison["units"]:
        row = [
            "–" if one[name] is None else words.number(one[name], _DIGITS.get(name, 0))
            for one in (comparison["situations"][situation] for situation in names)
        ]
        table.add_row(words(f"solve_compare.{name}"), *row)
    make_console().print(table)


def _print_sums(comparison: dict[str, Any], lang: str) -> None:
    words = get_words(lang)
    table = Table(
        box=SIMPLE_HEAD,
        show_header=False,
        expand=True,
        pad_edge=False,
        title=words("solve_compare.sums"),
    )
    table.add_column("", ratio=1)
    table.add_column("", justify="right")
    for label, value in _sums(comparison, words):
        table.add_row(label, value)
    make_console().print(table)


def _sums(comparison: dict[str, Any], words: Catalogue) -> list[tuple[str, str]]:
    def minutes(name: str) -> str:
        unit = words("solve_compare.minutes")
        return f"{words.number(comparison[name], 0)} {unit}"

    def percent(value: float | None) -> str:
        return "–" if value is None else f"{words.number(100 * value, 1)} %"

    gap = comparison["bilevel_gap"]
    rows = [
        ("saving", minutes("saving_min")),
        ("planned_saving", minutes("planned_saving_min")),
        ("gain_kept", percent(comparison["gain_kept"])),
        ("joint_bound", minutes("joint_bound_min")),
        ("bilevel_gap", words("solve_compare.no_certificate") if gap is None else percent(gap)),
    ]
    for name, key in (("anarchy_flextime", "flextime"), ("anarchy_routes", "routes")):
        ratio = comparison[f"price_of_anarchy_{key}"]
        if ratio is not None:
            low, high = (words.number(ratio[end], 4) for end in ("low", "high"))
            rows.append((name, words("solve_compare.between", low=low, high=high)))
    alone = comparison["uncoordinated"]
    if alone is not None:
        rows.append(("coordination", minutes("value_of_coordination_min")))
        if comparison["price_of_going_alone"] is not None:
            rows.append(("going_alone", words.number(comparison["price_of_going_alone"], 4)))
        rows.append(("rounds", _rounds(alone, words)))
    peaks = comparison["new_peaks"]
    if peaks["n_cells"] is not None:
        rows.append(("new_cells", words.number(peaks["n_cells"], 0)))
    rows.append(("new_slots", words.number(peaks["n_slots"], 0)))
    told = [(words(f"solve_compare.{name}"), value) for name, value in rows]
    for kind, key in (("compliance", "compliance_share"), ("rebound", "refill_share")):
        for point in comparison[kind] or []:
            if point[key] and (kind == "rebound" or point[key] in (0.25, 0.5, 0.75)):
                share = percent(point[key])
                label = words(f"solve_compare.{kind}", share=share)
                told.append((label, percent(point["saving_kept"])))
    return told


def _rounds(alone: dict[str, Any], words: Catalogue) -> str:
    count = alone["rounds"]
    if alone["settled"]:
        return words("solve_compare.rounds_settled", count=count)
    if alone["cycle_rounds"]:
        return words("solve_compare.rounds_cycle", count=count, length=alone["cycle_rounds"])
    return words("solve_compare.rounds_open", count=count)


def _print_credits(credits: dict[str, Any], lang: str) -> None:
    words = get_words(lang)
    whole = words.number(credits["whole_min"], 0)
    table = Table(
        box=SIMPLE_HEAD,
        header_style="",
        expand=True,
        pad_edge=False,
        title=words("solve_credits.title", whole=whole),
    )
    table.add_column(words("solve_credits.employer"), ratio=1)
    for name in ("moved", "first", "last", "shapley", "error"):
        table.add_column(words(f"solve_credits.{name}"), justify="right")
    rows = sorted(credits["employers"], key=lambda row: -row["shapley_min"])
    names = ("moved_people", "first_in_min", "last_in_min", "shapley_min")
    for row in rows[:_CREDITS_SHOWN]:
        figures = [words.number(row[name], 0) for name in names]
        table.add_row(row["employer"], *figures, words.number(row["standard_error_min"], 1))
    make_console().print(table)
    if len(rows) > _CREDITS_SHOWN:
        complain(words("solve_credits.more", count=len(rows) - _CREDITS_SHOWN))
