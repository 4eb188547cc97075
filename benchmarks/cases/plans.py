"""The optimiser on an invented problem of the size of a territory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.phases import Phase
from benchmarks.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable


@case("synthetic-shares", Phase.SOLVER_STAGGERING, repeats=2)
def solve_shares() -> Callable[[], object]:
    """Solve the joint linear problem: 48 cohorts, 12 sites, 200 origins, at most 10 % moved."""
    return _solve(whole_cohorts=False, gap=1e-6)


@case("synthetic-whole", Phase.SOLVER_STAGGERING, repeats=2)
def solve_whole() -> Callable[[], object]:
    """Find whole-cohort moves of the same problem that are proven within 0.5 % of the best."""
    return _solve(whole_cohorts=True, gap=5e-3)


def _solve(*, whole_cohorts: bool, gap: float) -> Callable[[], object]:
    from benchmarks.cases.staggering import synthetic_problem
    from solver.staggering import PlanRules, SolveSettings, solve_staggering

    people = float(synthetic_problem(1).cohorts.size.sum())
    rules = PlanRules(max_moved_people=0.1 * people, whole_cohorts=whole_cohorts)
    problem = synthetic_problem(1, rules=rules)
    return lambda: solve_staggering(problem, settings=SolveSettings(time_limit_s=60, gap=gap))
