"""`solve --robust`: a plan for when not everybody follows, on average or at worst."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from api.output import make_console
from api.staggering_files import read_document
from api.text import get_words
from network.base import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from network.base import Progress
    from solver.staggering import (
        Compliance,
        RobustResult,
        SolveSettings,
        StaggeringProblem,
        StaggeringResult,
    )

_KINDS = ("expected", "worst-case")


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What a solve found, and what was asked of it where that was a robust plan."""

    problem: StaggeringProblem
    result: StaggeringResult
    ask: RobustAsk | None = None
    robust: RobustResult | None = None

    def to_judge(self) -> StaggeringResult:
        """Return the plan as people respond to it: what bounds a robust value bounds no other."""
        return self.result if self.ask is None else replace(self.result, best_bound=-np.inf)

    def as_document(self, *, with_routes: bool = False) -> dict[str, Any]:
        """Return it as JSON values."""
        from solver.staggering.documents.plan_document import plan_document
        from solver.staggering.documents.robust_document import describe_robust

        document = plan_document(self.problem, self.result, with_routes=with_routes)
        if self.ask is not None and self.robust is not None:
            document["robust"] = describe_robust(
                self.problem, self.robust, self.ask.scenarios, budget=self.ask.budget
            )
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustAsk:
    """What is asked: scenarios for the average, or how many employers stay away at worst."""

    scenarios: tuple[Compliance, ...] = ()
    budget: int | None = None

    def solve(
        self, problem: StaggeringProblem, settings: SolveSettings, progress: Progress
    ) -> Solved:
        """Find the robust plan."""
        from solver.staggering import solve_expected, solve_worst_case
        from solver.staggering.documents.robust_document import as_plain_result

        if self.budget is None:
            found = solve_expected(problem, self.scenarios, settings=settings, progress=progress)
        else:
            found = solve_worst_case(problem, self.budget, settings=settings, progress=progress)
        plain = as_plain_result(problem, found, seed=settings.seed)
        return Solved(problem=problem, result=plain, ask=self, robust=found)


def check_options(
    robust: str | None,
    *,
    scenarios: Path | None,
    compliance: str | None,
    budget: int | None,
    others: Mapping[str, bool],
) -> None:
    """Check that the options of ``--robust`` go together, before any file is read.

    ``others``: options that mean nothing beside it, and whether they are given.

    Raises
    ------
    InputError
        Naming every option that is missing, odd or out of place.
    """
    given = {
        "--scenarios": scenarios is not None,
        "--compliance": compliance is not None,
        "--budget": budget is not None,
    }
    if robust is None:
        _raise([_odd(o, "given without --robust", "--robust beside it") for o in given if given[o]])
        return
    if robust not in _KINDS:
        raise InputError(_odd("--robust", repr(robust), "one of " + ", ".join(_KINDS)))
    found = f"given with --robust {robust}"
    wrong = [_odd(option, found, "a solve without it") for option in others if others[option]]
    if robust == "expected":
        if given["--scenarios"] == given["--compliance"]:
            found = "both" if given["--scenarios"] else "neither"
            wrong.append(_odd("--compliance", found, "either --compliance or --scenarios"))
        if given["--budget"]:
            wrong.append(_odd("--budget", "given with --robust expected", "--robust worst-case"))
    else:
        if not given["--budget"]:
            wrong.append(_odd("--budget", "nothing", "how many employers may not follow"))
        wrong += [
            _odd(o, "given with --robust worst-case", "--robust expected")
            for o in ("--scenarios", "--compliance")
            if given[o]
        ]
    _raise(wrong)


def read_ask(
    robust: str | None,
    problem: StaggeringProblem,
    *,
    scenarios: Path | None,
    compliance: str | None,
    budget: int | None,
) -> RobustAsk | None:
    """Return what is asked of a problem by options that :func:`check_options` let pass.

    Raises
    ------
    InputError
        Naming every share or value of the scenarios' file that cannot be used.
    """
    from solver.staggering.documents.robust_document import read_scenarios

    if robust is None:
        return None
    if budget is not None:
        return RobustAsk(budget=budget)
    if scenarios is not None:
        read = read_scenarios(read_document(scenarios), problem, file=str(scenarios))
        return RobustAsk(scenarios=tuple(read))
    return RobustAsk(scenarios=_same_for_all(compliance or "", len(problem.cohorts)))


def print_robust(document: dict[str, Any], lang: str) -> None:
    """Print what the plan is best for and what it comes to where not everybody follows."""
    if not document.get("robust"):
        return
    words, robust = get_words(lang), document["robust"]
    key = "expected" if robust["budget"] is None else "worst_case"
    table = Table(
        box=SIMPLE_HEAD,
        header_style="",
        expand=True,
        pad_edge=False,
        title=words(f"solve_robust.{key}"),
    )
    table.add_column(words("solve_robust.case"), ratio=1)
    table.add_column(words("solve_robust.cost"), justify="right")
    table.add_column(words("solve_robust.range"), justify="right")
    for place, one in enumerate(robust["scenarios"], start=1):
        label = one["name"] or words("solve_robust.scenario", number=place)
        share = words.percent(one["following_share"] or 0.0)
        case = words("solve_robust.in_scenario", scenario=label, share=share)
        table.add_row(case, _minutes(one["cost_min"], lang), "")
    for name, value, inner in _figures(document):
        table.add_row(
            words(f"solve_robust.{name}"), _minutes(value, lang), _range(robust, inner, lang)
        )
    console = make_console()
    console.print(table)
    for line in _remarks(robust, lang):
        console.print(line)


def _figures(document: dict[str, Any]) -> list[tuple[str, float | None, str]]:
    """List the rows of the table: word, value, and its name in the rows by slope."""
    robust = document["robust"]
    is_average = robust["budget"] is None
    plan = "plan_on_average" if is_average else "plan_at_worst"
    rows: list[tuple[str, float | None, str]] = [(plan, document["objective"], "robust_min")]
    if robust["worst_case_is_exact"] is False:
        rows.append(("upper", robust["worst_case_upper_min"], ""))
    rows += [
        ("bound", document["best_bound"], ""),
        ("plain_plan", robust["plain_plan_min"], "plain_plan_min"),
        ("status_quo", robust["status_quo_min"], "status_quo_min"),
        ("gain", robust["gain_over_plain_plan_min"], "gain_over_plain_plan_min"),
        ("nominal", robust["nominal_min"], "nominal_min"),
        ("plain_nominal", robust["plain_plan_nominal_min"], "plain_plan_nominal_min"),
    ]
    return rows


def _remarks(robust: dict[str, Any], lang: str) -> list[str]:
    """Say what the plan is best for, what that costs on a good day, and who stays away."""
    words = get_words(lang)
    best_for = robust["best_for_fr" if lang == "fr" else "best_for"]
    lines = [words("solve_robust.best_for", best_for=best_for)]
    if robust["price_of_robustness_share"] is not None:
        least, most = robust["price_of_robustness_min"]
        share_least, share_most = robust["price_of_robustness_share"]
        lines.append(
            words(
                "solve_robust.price",
                least=_minutes(least, lang),
                most=_minutes(most, lang),
                share_least=words.percent(share_least, 2),
                share_most=words.percent(share_most, 2),
                range=_range(robust, "price_of_robustness_min", lang),
            )
        )
    if robust["not_following"]:
        listed = ", ".join(robust["not_following"])
        lines.append(words("solve_robust.away", employers=listed))
    if robust["worst_case_is_exact"] is not None:
        exact = robust["worst_case_is_exact"]
        lines.append(words("solve_robust.exact" if exact else "solve_robust.not_exact"))
    low, high = (row["crowding_slope"] for row in robust["by_crowding_slope"])
    slopes = {"low": words.number(low, 3), "high": words.number(high, 3)}
    lines.append(words("solve_robust.uncertain", **slopes))
    return lines


def _range(robust: dict[str, Any], name: str, lang: str) -> str:
    """Return a figure at the lower and the higher end of the slopes, nothing where unknown."""
    values = [row.get(name) for row in robust["by_crowding_slope"]]
    if not name or None in values:
        return ""
    low, high = sorted(values)
    return get_words(lang)(
        "solve_robust.from_to", low=_minutes(low, lang), high=_minutes(high, lang)
    )


def _same_for_all(text: str, n_cohorts: int) -> tuple[Compliance, ...]:
    """Read shares with commas: each a scenario in which so much of every cohort follows."""
    from solver.staggering import Compliance

    found = []
    for part in text.split(","):
        try:
            share = float(part)
        except ValueError:
            share = np.nan
        if not 0 <= share <= 1:
            raise InputError(
                _odd("--compliance", repr(part.strip()), "shares from 0 to 1, as 0.5,0.75,1")
            )
        found.append(Compliance(share=np.full(n_cohorts, share)))
    return tuple(found)


def _minutes(value: float | None, lang: str) -> str:
    return "–" if value is None else get_words(lang).number(value, 1)


def _odd(option: str, found: str, expected: str) -> Problem:
    return Problem(
        file=option, found=found, expected=expected, mend=f"Correct {option} or leave it out."
    )


def _raise(wrong: list[Problem]) -> None:
    if wrong:
        raise InputError(*wrong)
