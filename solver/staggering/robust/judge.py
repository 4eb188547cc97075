"""What a robust plan, the plan for good days and today's hours come to, by the same measure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from solver.crowding import SLOPE_RANGE, CrowdingCurve
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.measures import absorb_weights
from solver.staggering.costs.reduce import RouteForm, reduce_problem
from solver.staggering.robust.plain import cost_of_shares
from solver.staggering.robust.worst_sets import WorstSets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.robust.compliance import Compliance, RobustResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Costs at one slope of the crowding curve, in weighted passenger-minutes.

    ``robust_min``, ``plain_min`` and ``status_quo_min`` are the average or worst case of the
    plan, of the one for when everybody follows and of today's hours; ``nominal_min`` and
    ``plain_nominal_min`` what the two plans cost where everybody follows. None without a plan.
    """

    slope: float
    robust_min: float | None
    plain_min: float | None
    status_quo_min: float
    nominal_min: float | None
    plain_nominal_min: float | None

    @property
    def gain_min(self) -> float | None:
        """What the plan saves by its own measure against the plan for good days."""
        if self.robust_min is None or self.plain_min is None:
            return None
        return self.plain_min - self.robust_min

    @property
    def price_min(self) -> float | None:
        """What the plan costs more than that one where everybody follows."""
        if self.nominal_min is None or self.plain_nominal_min is None:
            return None
        return self.nominal_min - self.plain_nominal_min


def judge_by_slope(
    problem: StaggeringProblem,
    result: RobustResult,
    scenarios: Sequence[Compliance],
    *,
    budget: int | None = None,
) -> tuple[Judged, Judged]:
    """Price the same plans at both ends of the crowding slopes the literature leaves open.

    A problem with a slope of its own has it scaled as the range scales the usual one.
    """
    usual = CrowdingCurve().slope
    low, high = (problem.curve.slope * slope / usual for slope in SLOPE_RANGE)
    # Loads, travel and moving are the same at any slope.
    plain = absorb_weights(problem)
    matrices = build_matrices(plain)
    reduced = reduce_problem(plain, matrices, form=RouteForm.FIXED)
    asked = (result, scenarios, budget)
    return (
        _judge(problem, low, matrices, reduced, asked),
        _judge(problem, high, matrices, reduced, asked),
    )


def _judge(
    problem: StaggeringProblem,
    slope: float,
    matrices: Matrices,
    reduced: Reduced,
    asked: tuple[RobustResult, Sequence[Compliance], int | None],
) -> Judged:
    result, scenarios, budget = asked
    priced = absorb_weights(replace(problem, curve=CrowdingCurve(slope=slope)))
    total = sum(one.weight for one in scenarios)

    def robust(x: NDArray[np.float64]) -> float:
        if budget is not None:
            sets = WorstSets(problem=priced, matrices=matrices, reduced=reduced, budget=budget)
            return sets.find(x).cost_min
        costs = [cost_of_shares(priced, reduced, one.apply(matrices, x)) for one in scenarios]
        weights = [one.weight for one in scenarios]
        return float(np.dot(weights, costs)) / total

    today = np.zeros(problem.cohorts.n_candidates)
    today[matrices.base_candidate] = 1.0
    x, plain = result.x, result.plain_x
    return Judged(
        slope=slope,
        robust_min=None if x is None else robust(x),
        plain_min=None if plain is None else robust(plain),
        status_quo_min=robust(today),
        nominal_min=None if x is None else cost_of_shares(priced, reduced, x),
        plain_nominal_min=None if plain is None else cost_of_shares(priced, reduced, plain),
    )
