"""Scenarios of who follows a plan, and what a plan made for them comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.conflict import RuleInConflict
    from solver.staggering.result import PlanStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """A scenario: the share of each cohort that follows, and how probable that is.

    ``share`` from 0 to 1, shape (n_cohorts,). ``weight`` counts against the other scenarios'.
    ``name`` is for the reader.
    """

    share: NDArray[np.float64]
    weight: float = 1.0
    name: str = ""

    def apply(self, matrices: Matrices, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what becomes of the shares ``x`` of a plan, shape (n_candidates,)."""
        follows = self.share[matrices.candidate_cohort]
        result: NDArray[np.float64] = follows * x
        result[matrices.base_candidate] += 1.0 - self.share
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustResult:
    """A plan and what it comes to; costs in weighted passenger-minutes.

    ``objective`` is the average over the scenarios, or the worst case, with the true crowding
    curve; ``best_bound`` what no plan can be below, proven here from duals; ``engine_bound`` what
    branch and bound claims beyond it (None where it did not run). ``scenario_cost_min`` by
    scenario, for the worst case of those that were generated. ``not_following`` are the
    employers who stay away in the worst case. ``x`` is None where no plan was found.
    By the same measure ``status_quo_min`` is what today's starts come to, and ``plain_min`` the
    plan for when everybody follows, ``plain_x`` (None where none was found). On a day when
    everybody follows this plan costs ``nominal_min``, that one ``plain_nominal_min``, and none
    less than ``plain_bound_min``. In the worst case ``upper_min`` is what the plan costs at
    most whoever stays away; where it is more than ``objective``, the worst set met may not be
    the worst there is, and ``mip_gap`` counts from ``upper_min``. ``reason``, in English and in
    French, and ``conflict`` say why there is no plan.
    """

    status: PlanStatus
    objective: float | None
    best_bound: float
    mip_gap: float | None
    engine_bound: float | None
    seconds: float
    rounds: int
    x: NDArray[np.float64] | None
    scenario_cost_min: tuple[float, ...]
    not_following: tuple[int, ...] = ()
    status_quo_min: float | None = None
    plain_min: float | None = None
    plain_x: NDArray[np.float64] | None = None
    nominal_min: float | None = None
    plain_nominal_min: float | None = None
    plain_bound_min: float | None = None
    upper_min: float | None = None
    reason: tuple[str, str] = ("", "")
    conflict: tuple[RuleInConflict, ...] = ()
    rests_on_engine: bool = False

    @property
    def price_of_robustness_min(self) -> tuple[float, float] | None:
        """What the plan costs more than the best one on a day when everybody follows.

        From what is known to be avoidable to what may be: the best plan for that day costs as
        much as the one found or less, but no less than its bound.
        """
        if self.nominal_min is None or self.plain_nominal_min is None:
            return None
        least = max(0.0, self.nominal_min - self.plain_nominal_min)
        if self.plain_bound_min is None:
            return least, least
        return least, max(least, self.nominal_min - self.plain_bound_min)

    @property
    def is_worst_exact(self) -> bool:
        """Whether no other employers' staying away makes the plan cost more."""
        return self.upper_min is None or self.objective == self.upper_min


def check_scenarios(problem: StaggeringProblem, scenarios: Sequence[Compliance]) -> None:
    """Check that there are scenarios and that each fits the problem's cohorts.

    Raises
    ------
    InputError
        Naming every scenario that does not.
    """
    n = len(problem.cohorts)
    wrong = [
        Problem(
            file="<robust plan>",
            field=f"scenarios[{place}]",
            found=f"{one.share.size} shares, weight {one.weight}",
            expected=f"{n} shares from 0 to 1 and a weight above 0",
            mend="Give one share a cohort and a positive weight.",
        )
        for place, one in enumerate(scenarios)
        if one.share.shape != (n,)
        or not bool(np.all((one.share >= 0) & (one.share <= 1)))
        or not (np.isfinite(one.weight) and one.weight > 0)
    ]
    if not scenarios:
        wrong.append(
            Problem(
                file="<robust plan>",
                field="scenarios",
                found="none",
                expected="at least one scenario",
                mend="Name a scenario, such as everybody following.",
            )
        )
    if wrong:
        raise InputError(*wrong)
