"""A synthetic problem of some thousand routes: generated routes, whole cohorts, one check."""

import numpy as np
import pytest

from benchmarks.cases.staggering import Size, synthetic_problem
from solver.staggering import PlanStatus, RouteForm, SolveSettings, solve_staggering
from solver.staggering.checking.checker import count_cost_min, find_violations

SMALL = Size(n_employers=6, cohorts_per_employer=3, n_sites=6, n_origins=60, passengers=12_000)


@pytest.mark.parametrize("form", list(RouteForm))
def test_middle_sized_plan_is_feasible_and_close_to_its_own_bound(form: RouteForm) -> None:
    problem = synthetic_problem(3, SMALL)
    assert problem.groups.n_routes > 4000
    result = solve_staggering(problem, settings=SolveSettings(form=form, gap=0.02))
    assert result.status is PlanStatus.OPTIMAL
    assert find_violations(problem, result.x, result.route_flow) == []
    assert result.objective == pytest.approx(
        count_cost_min(problem, result.x, result.route_flow), rel=1e-9
    )
    assert result.best_bound <= result.lp_objective <= result.objective * (1 + 1e-6)
    assert result.lp_objective - result.best_bound <= 1e-5 * result.lp_objective
    assert 0 < result.moved_people <= problem.rules.max_moved_people + 1e-6


def test_same_seed_gives_the_same_synthetic_problem() -> None:
    first, again = (synthetic_problem(3, SMALL) for _ in range(2))
    np.testing.assert_array_equal(first.groups.free_min, again.groups.free_min)
    np.testing.assert_array_equal(first.cohorts.strand_pax, again.cohorts.strand_pax)
