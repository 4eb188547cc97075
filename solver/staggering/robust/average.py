"""The plan of least average cost over scenarios: a plain problem of stacked scenarios."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows
from solver.staggering.costs.reduce import RouteForm, reduce_problem
from solver.staggering.result import PlanStatus, relative_gap
from solver.staggering.robust.compliance import RobustResult
from solver.staggering.robust.plain import Heard, cost_of_shares, solve_plainly
from solver.staggering.robust.stacked import stack_scenarios

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.result import SolveSettings, StaggeringResult
    from solver.staggering.robust.compliance import Compliance

_PLAIN = 0.25  # of the time goes at most into the plan for when everybody follows
_IN_TIME = 0.97  # of what is left then: plans still have to be priced and checked
_UNTOUCHED = 1e-9


def find_average_plan(
    problem: StaggeringProblem,
    scenarios: Sequence[Compliance],
    settings: SolveSettings,
    progress: Progress,
) -> RobustResult:
    """Find the plan of least average over scenarios whose weights sum to 1.

    ``problem`` has its weights absorbed. Raising Cancelled from ``progress`` keeps the best
    plan so far.
    """
    started = time.perf_counter()
    matrices = build_matrices(problem)
    known = _Known(
        problem=problem,
        matrices=matrices,
        reduced=reduce_problem(problem, matrices, form=RouteForm.FIXED),
        scenarios=scenarios,
    )
    heard = Heard(progress)
    today = np.zeros(problem.cohorts.n_candidates)
    today[matrices.base_candidate] = 1.0
    known.plans.append(today)
    limit = settings.time_limit_s
    plain = solve_plainly(problem, settings, time_limit_s=_PLAIN * limit, progress=heard)
    ended, bound = plain, -np.inf
    if plain.x is not None:
        known.plans.append(plain.x)
    if not heard.is_cancelled and plain.status is not PlanStatus.INFEASIBLE:
        stacked = stack_scenarios(problem, matrices, known.reduced, scenarios)
        left = max(0.1, _IN_TIME * (limit - (time.perf_counter() - started)))
        ended = solve_plainly(stacked.problem, settings, time_limit_s=left, progress=heard)
        bound = ended.best_bound - stacked.rounding_min
        if ended.x is not None:
            known.plans.append(ended.x)
    return known.result(
        plain, ended, bound, settings.gap, time.perf_counter() - started, heard.is_cancelled
    )


@dataclass(slots=True)
class _Known:
    """The plans met, all priced in the same way."""

    problem: StaggeringProblem
    matrices: Matrices
    reduced: Reduced
    scenarios: Sequence[Compliance]
    plans: list[NDArray[np.float64]] = field(default_factory=list)

    def result(
        self,
        plain: StaggeringResult,
        ended: StaggeringResult,
        bound: float,
        gap: float,
        seconds: float,
        is_cancelled: bool,
    ) -> RobustResult:
        """Return the best plan that keeps the rules, beside today's and the plain one."""
        best = None if ended.status is PlanStatus.INFEASIBLE else self.best()
        value = None if best is None else self.average(best)
        engine = None if ended is plain else ended.engine_bound
        at_most = max(bound, -np.inf if engine is None else engine)
        status = PlanStatus.FEASIBLE
        if is_cancelled or value is None:
            status = PlanStatus.STOPPED
        elif relative_gap(value, at_most) <= gap + _UNTOUCHED:
            status = PlanStatus.OPTIMAL
        if ended.status is PlanStatus.INFEASIBLE and not is_cancelled:
            status = PlanStatus.INFEASIBLE
        mip_gap = None if value is None else relative_gap(value, bound)
        return RobustResult(
            status=status,
            objective=value,
            best_bound=bound,
            mip_gap=mip_gap,
            engine_bound=engine,
            seconds=seconds,
            rounds=ended.rounds,
            x=best,
            scenario_cost_min=() if best is None else self.costs(best),
            status_quo_min=self.average(self.plans[0]),
            plain_min=None if plain.x is None else self.average(plain.x),
            plain_x=plain.x,
            nominal_min=None if best is None else self.cost(best),
            plain_nominal_min=None if plain.x is None else self.cost(plain.x),
            plain_bound_min=None if plain.x is None else plain.best_bound,
            reason=(ended.reason, ended.reason_fr),
            conflict=ended.conflict,
            rests_on_engine=status is PlanStatus.OPTIMAL
            and mip_gap is not None
            and mip_gap > gap + _UNTOUCHED,
        )

    def best(self) -> NDArray[np.float64] | None:
        """Return the plan of least average that the independent check lets pass."""
        share = self.problem.groups.shares_or_cheapest()
        for x in sorted(self.plans, key=self.average):
            if not find_violations(self.problem, x, share_flows(self.matrices, x, share)):
                return x
        return None

    def average(self, x: NDArray[np.float64]) -> float:
        weights = [one.weight for one in self.scenarios]
        return float(np.dot(weights, self.costs(x)))

    def costs(self, x: NDArray[np.float64]) -> tuple[float, ...]:
        return tuple(self.cost(one.apply(self.matrices, x)) for one in self.scenarios)

    def cost(self, x: NDArray[np.float64]) -> float:
        return cost_of_shares(self.problem, self.reduced, x)
