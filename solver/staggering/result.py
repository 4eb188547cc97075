"""What a solve returns: a plan, how good it is at worst, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from network.base import InputError, Problem
from solver.staggering.costs.reduce import Objective, RouteForm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from solver.staggering.costs.pricing import PlanPrice
    from solver.staggering.programs.conflict import RuleInConflict
    from solver.staggering.warm import WarmStart


_ENGINE_NOTE = (
    "That this plan is within the gap asked for is the word of the branch-and-bound engine "
    "(engine_bound); the program itself proves the wider gap shown.",
    "Que ce plan respecte l'écart demandé est affirmé par le moteur de séparation et "
    "évaluation (engine_bound) ; le programme lui-même prouve l'écart plus large affiché.",
)


class PlanStatus(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"  # within the asked gap of the best
    FEASIBLE = "feasible"  # a plan, its gap wider than asked
    INFEASIBLE = "infeasible"  # no plan respects the rules
    STOPPED = "stopped"  # cancelled or out of time; the plan so far, if any


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveSettings:
    """How long to look, how close to come, and in which form.

    ``gap``: relative gap at which a plan counts as optimal. ``refine_gap``: relative error
    allowed at the continuous optimum; a twentieth of ``gap`` will do, if that is more, where
    there are many whole cohorts. ``initial_tangents`` per cell.
    """

    time_limit_s: float = 60.0
    gap: float = 1e-3
    seed: int = 0
    form: RouteForm = RouteForm.JOINT
    objective: Objective = Objective.COST
    initial_tangents: int = 8
    refine_gap: float = 1e-6

    def __post_init__(self) -> None:
        found = [
            _bad_setting(name, value, expected)
            for name, value, broken, expected in (
                ("time_limit_s", self.time_limit_s, not self.time_limit_s > 0, "seconds > 0"),
                ("gap", self.gap, not 0 <= self.gap < 1, "a number from 0 to 1"),
                ("refine_gap", self.refine_gap, not 0 < self.refine_gap < 1, "above 0, below 1"),
                ("initial_tangents", self.initial_tangents, self.initial_tangents < 2, ">= 2"),
                ("seed", self.seed, self.seed < 0, "an integer >= 0"),
            )
            if broken
        ]
        if found:
            raise InputError(*found)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaggeringResult:
    """A plan with its proven distance from the best one.

    ``objective`` is the plan's value with the true crowding curve; ``best_bound`` what no
    plan can beat, computed from duals by this program; ``mip_gap`` their distance over the
    objective. ``engine_bound`` is what the branch-and-bound engine claims beyond that (None
    where it did not run): with it alone a plan may be OPTIMAL at a wider ``mip_gap``, and
    ``rests_on_engine`` says so (:attr:`bound_note` in words).
    ``lp_objective`` is the optimum when cohorts may split, truly priced. ``x`` holds the
    share of each (cohort, slot) candidate, ``route_flow`` passengers per route. ``seconds``
    by phase. ``reason`` and ``reason_fr`` say why there is no plan; ``conflicting_rules``
    are the families of which any one, dropped, would leave a plan; ``conflict`` is an
    irreducible set of single rules. ``warm`` is what a next solve may begin from.
    """

    status: PlanStatus
    objective: float | None
    best_bound: float
    mip_gap: float | None
    engine_bound: float | None
    lp_objective: float | None
    seconds: dict[str, float]
    seed: int
    form: RouteForm
    goal: Objective
    rounds: int
    x: NDArray[np.float64] | None
    route_flow: NDArray[np.float64] | None
    price: PlanPrice | None
    employer_gain_min: NDArray[np.float64] | None
    conflicting_rules: tuple[str, ...] = ()
    conflict: tuple[RuleInConflict, ...] = ()
    reason: str = ""
    reason_fr: str = ""
    warm: WarmStart | None = None
    rests_on_engine: bool = False

    @property
    def bound_note(self) -> tuple[str, str]:
        """What a reader must know of the bound, in English and in French; empty if nothing."""
        return _ENGINE_NOTE if self.rests_on_engine else ("", "")

    @property
    def peak_load_factor(self) -> float | None:
        """Largest load over capacity of any cell."""
        return None if self.price is None else self.price.peak_load_factor

    @property
    def moved_people(self) -> float | None:
        """People who start in another slot than today."""
        return None if self.price is None else self.price.moved_people


def relative_gap(objective: float, bound: float) -> float:
    """Compute (objective - bound) / objective, 0 where both are 0."""
    distance = max(0.0, objective - bound)
    if distance == 0.0:
        return 0.0
    return distance / abs(objective) if objective else float("inf")


def _bad_setting(name: str, value: float, expected: str) -> Problem:
    return Problem(
        file="<solve settings>",
        field=name,
        found=repr(value),
        expected=expected,
        mend="Change this setting.",
    )
