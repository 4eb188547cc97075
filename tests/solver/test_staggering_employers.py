"""Bounds from one employer's rules at a time, against every plan counted."""

import itertools

import numpy as np
import pytest

from benchmarks.cases.staggering_territory import Territory, territory_problem
from network.base import no_progress
from solver.staggering import RouteForm, SolveSettings, solve_staggering
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.descent import descend_task
from solver.staggering.programs.bound import safe_bound
from solver.staggering.programs.engine import solve_linear
from solver.staggering.programs.lifted import lift_bound
from solver.staggering.programs.relax import relax
from solver.staggering.search._block_kernels import cheapest_kept
from solver.staggering.search.ascent import ascend_bound, can_ascend
from solver.staggering.search.employers import bound_by_employers, bound_by_prices
from solver.staggering.search.mending import mend_plan
from solver.staggering.search.rounding import build_landscape, round_shares
from solver.staggering.search.strained import has_many_rules, strain_plan
from tests.reference.staggering_oracle import fixed_route_cost
from tests.reference.staggering_ruled import (
    fixed_task,
    ruled_plans,
    ruled_problem,
    torn_problem,
)

SMALL = Territory(
    n_employers=12, cohorts_per_employer=6, staff=24_000.0, n_origins=60, heavy=True, ruled=True
)
OFTEN = 10**6
OFFSET = np.array([0, 3, 6, 9, 12])


def brute_force(cost: np.ndarray, use: np.ndarray, limit: np.ndarray) -> float:
    best = np.inf
    for slots in itertools.product(range(3), repeat=4):
        chosen = OFFSET[:-1] + np.array(slots)
        if np.all(use[chosen].sum(axis=0) <= limit):
            best = min(best, float(cost[chosen].sum()))
    return best


def draw_block(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    cost, use = rng.uniform(0.0, 10.0, 12), rng.uniform(-1.0, 1.0, (12, 3))
    return cost, use, rng.uniform(-2.0, 1.0, 3), rng.uniform(0.0, 5.0, 3)


@pytest.mark.parametrize("seed", range(40))
def test_tree_search_finds_what_trying_all_finds(seed: int) -> None:
    cost, use, limit, price = draw_block(seed)
    value, _, kept = cheapest_kept(OFFSET, cost, use, limit, price, OFTEN)
    assert value == pytest.approx(brute_force(cost, use, limit))
    if np.isfinite(value):
        assert cost[kept].sum() == pytest.approx(value)
        assert np.all(use[kept].sum(axis=0) <= limit)


@pytest.mark.parametrize("seed", range(40))
def test_a_search_cut_short_never_claims_more_than_the_cheapest(seed: int) -> None:
    cost, use, limit, price = draw_block(seed)
    paid = (cost + use @ price).reshape(4, 3).min(axis=1).sum() - price @ limit
    for nodes in (0, 1, 2, 5, 10, 20, 40):
        value, visited, _ = cheapest_kept(OFFSET, cost, use, limit, price, nodes)
        assert value <= brute_force(cost, use, limit) + 1e-9
        assert value >= paid - 1e-9
        assert visited <= nodes


def test_two_teams_that_keep_together_owe_the_cheaper_common_slot() -> None:
    # Alone each would take its free slot: a the first, b the second. Together: 3 or 2.
    cost = np.array([0.0, 2.0, 3.0, 0.0])
    use = np.array([[1.0, -1.0], [0.0, 0.0], [-1.0, 1.0], [0.0, 0.0]])
    offset = np.array([0, 2, 4])
    value, *_ = cheapest_kept(offset, cost, use, np.zeros(2), np.zeros(2), OFTEN)
    assert value == 2.0


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_is_under_every_plan_and_no_lower_than_that_of_the_duals(seed: int) -> None:
    problem = ruled_problem(seed)
    costs = [fixed_route_cost(problem, slots) for slots in ruled_plans(seed)]
    task = fixed_task(problem)
    model = task.build(initial_tangents(problem, task.reduced, 8))
    duals = solve_linear(model, time_limit_s=30.0).duals
    draws = [np.random.default_rng(seed).normal(0.0, 20.0, len(model.row_lower))]
    for pi in ([] if duals is None else [duals]) + draws:
        bound = bound_by_employers(model, pi, problem.cohorts)
        assert bound <= min(costs, default=np.inf) * (1 + 1e-9)
        assert bound >= safe_bound(model, pi) - 1e-6 * abs(safe_bound(model, pi))


@pytest.mark.parametrize("seed", range(6))
def test_prices_of_the_descent_prove_a_bound_under_every_plan(seed: int) -> None:
    problem = ruled_problem(seed)
    costs = [fixed_route_cost(problem, slots) for slots in ruled_plans(seed)]
    task = fixed_task(problem)
    found = descend_task(task, gap=1e-4, time_limit_s=30.0)
    if found is None:
        assert not costs
        return
    bound = bound_by_prices(task, found.cell_price_min, found.rule_price_min)
    assert bound <= min(costs, default=np.inf) * (1 + 1e-9)
    assert bound >= found.bound * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_prices_that_rise_prove_no_more_than_the_best_plan_costs(seed: int) -> None:
    problem = ruled_problem(seed)
    least = min((fixed_route_cost(problem, slots) for slots in ruled_plans(seed)), default=np.inf)
    task = fixed_task(problem)
    tangents = initial_tangents(problem, task.reduced, 8)
    relaxation = relax(task, tangents, time_limit_s=30.0, gap=1e-4, descend_from=0)
    if relaxation.point is None or not can_ascend(task, relaxation):
        return  # programs found the shares, or there are none: no prices to rise from
    lifted = lift_bound(task, task, tangents, relaxation.point, enough=np.inf, time_limit_s=30.0)
    assert lifted is not None
    for cuts, begun in ((None, relaxation.bound), (lifted, -np.inf)):
        bound = ascend_bound(
            task,
            relaxation,
            lifted=cuts,
            aim=1.05 * relaxation.bound,  # beyond every plan: the aim proves nothing
            enough=np.inf,
            deadline=np.inf,
            progress=no_progress,
        )
        assert bound <= least * (1 + 1e-9)
        assert bound >= begun * (1 - 1e-9)


def test_prices_that_rise_prove_more_than_the_best_for_shares() -> None:
    problem = territory_problem(2, SMALL)
    task = fixed_task(problem)
    tangents = initial_tangents(problem, task.reduced, 4)
    relaxation = relax(task, tangents, time_limit_s=30.0, gap=1e-4, descend_from=0)
    once = bound_by_prices(task, relaxation.cell_price_min, relaxation.rule_price_min)
    risen = ascend_bound(
        task,
        relaxation,
        lifted=None,
        aim=1.01 * once,
        enough=np.inf,
        deadline=np.inf,
        progress=no_progress,
    )
    assert relaxation.bound < once < risen
    result = solve_staggering(
        problem, settings=SolveSettings(form=RouteForm.FIXED, time_limit_s=3.0, gap=1e-3)
    )
    assert risen <= result.objective


def test_an_employer_without_a_whole_plan_makes_the_bound_infinite() -> None:
    problem = torn_problem()
    task = fixed_task(problem)
    model = task.build(initial_tangents(problem, task.reduced, 2))
    none = np.zeros(len(model.row_lower))
    assert bound_by_employers(model, none, problem.cohorts) == np.inf


def test_straining_the_rules_leads_to_a_cheaper_plan_that_keeps_them() -> None:
    problem = territory_problem(2, SMALL)
    task = fixed_task(problem)
    model = task.build(initial_tangents(problem, task.reduced, 2))
    landscape = build_landscape(task, model, problem.groups.shares_or_cheapest())
    assert has_many_rules(landscape)
    found = descend_task(task, gap=1e-3, time_limit_s=30.0)
    assert found is not None
    landscape = landscape.around(found.point.x)
    rounded = round_shares(landscape, found.point.x)
    moved = mend_plan(landscape, rounded, deadline=np.inf, seed=0)
    plans = [
        strain_plan(landscape, moved.choices, deadline=np.inf, seed=0, steps_per_cohort=500)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(plans[0], plans[1])
    strained = mend_plan(landscape, plans[0], deadline=np.inf, seed=0)
    assert moved.is_sound
    assert strained.is_sound
    value = [landscape.merits(p.choices, 0, p.choices[:1])[1, 0] for p in (strained, moved)]
    assert value[0] < value[1]
