"""Random small problems against brute force, and what must hold of every problem."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.staggering import (
    Objective,
    PlanRules,
    PlanStatus,
    RouteForm,
    SolveSettings,
    StaggeringProblem,
    solve_staggering,
)
from solver.staggering.checking.checker import count_cost_min, find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import price_plan, share_flows
from tests.reference.staggering_oracle import (
    feasible_plans,
    fixed_route_cost,
    fixed_route_loads,
    random_problem,
)

EXACT = SolveSettings(form=RouteForm.FIXED, gap=1e-7)
RULES = {"max_moved_people": 220.0, "max_burden_min": 0.5, "no_employer_worse_off": True}
seeds = st.integers(0, 10_000)


def _best_by_brute_force(problem: StaggeringProblem) -> float:
    return min(fixed_route_cost(problem, slots) for slots in feasible_plans(problem))


@pytest.mark.parametrize("rules", [{}, RULES], ids=["free", "ruled"])
@pytest.mark.parametrize("seed", range(12))
def test_fixed_form_finds_the_best_of_all_plans(seed: int, rules: dict[str, float]) -> None:
    problem = random_problem(seed, **rules)
    result = solve_staggering(problem, settings=EXACT)
    best = _best_by_brute_force(problem)
    assert result.objective == pytest.approx(best, rel=1e-7)
    assert result.best_bound <= best
    assert result.status is PlanStatus.OPTIMAL


@pytest.mark.parametrize("seed", range(6))
def test_load_limits_are_kept_and_the_best_plan_within_them_found(seed: int) -> None:
    problem = random_problem(seed)
    best_loads = [fixed_route_loads(problem, s).max() for s in feasible_plans(problem)]
    limit = float(np.quantile(best_loads, 0.3))
    limited = replace(problem, cells=replace(problem.cells, limit_pax=np.full(7, limit)))
    result = solve_staggering(limited, settings=EXACT)
    assert result.objective == pytest.approx(_best_by_brute_force(limited), rel=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_peak_form_finds_the_least_peak_of_all_plans(seed: int) -> None:
    problem = random_problem(seed)
    capacity = problem.cells.seats + 4 * problem.cells.standing_m2
    best = min(
        float((fixed_route_loads(problem, slots) / capacity).max())
        for slots in feasible_plans(problem)
    )
    result = solve_staggering(problem, settings=replace(EXACT, objective=Objective.PEAK))
    assert result.objective == pytest.approx(best, rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_joint_plan_is_never_worse_than_the_fixed_one_and_bounds_every_split(seed: int) -> None:
    problem = random_problem(seed)
    joint = solve_staggering(problem, settings=SolveSettings(gap=1e-6))
    fixed = solve_staggering(problem, settings=EXACT)
    assert joint.objective <= fixed.objective * (1 + 1e-5)
    matrices, rng = build_matrices(problem), np.random.default_rng(seed)
    for _ in range(20):
        x = rng.dirichlet(np.ones(3), 4).ravel()
        part = rng.uniform(size=len(problem.groups))
        flow = share_flows(matrices, x, np.stack([part, 1 - part], axis=1).ravel())
        assert joint.best_bound <= count_cost_min(problem, x, flow)


@settings(max_examples=15, deadline=None)
@given(seed=seeds, form=st.sampled_from(list(RouteForm)))
def test_every_plan_passes_the_check_and_costs_what_it_says(seed: int, form: RouteForm) -> None:
    problem = random_problem(seed, **RULES)
    result = solve_staggering(problem, settings=SolveSettings(form=form))
    assert find_violations(problem, result.x, result.route_flow) == []
    counted = count_cost_min(problem, result.x, result.route_flow)
    assert result.objective == pytest.approx(counted, rel=1e-9)
    assert result.best_bound <= result.objective
    gap = (result.objective - result.best_bound) / result.objective
    assert result.mip_gap == pytest.approx(gap, abs=1e-12)


@settings(max_examples=10, deadline=None)
@given(seed=seeds, dropped=st.sampled_from(sorted(RULES)))
def test_relaxing_a_rule_never_makes_the_best_plan_worse(seed: int, dropped: str) -> None:
    ruled = solve_staggering(random_problem(seed, **RULES), settings=EXACT)
    fewer = {name: value for name, value in RULES.items() if name != dropped}
    relaxed = solve_staggering(random_problem(seed, **fewer), settings=EXACT)
    assert relaxed.objective <= ruled.objective * (1 + 1e-7)


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_splitting_cohorts_never_makes_the_best_plan_worse(seed: int) -> None:
    whole = solve_staggering(random_problem(seed, **RULES), settings=EXACT)
    split = solve_staggering(random_problem(seed, split=True, **RULES), settings=EXACT)
    assert split.objective <= whole.objective * (1 + 1e-6)
    assert split.best_bound <= whole.objective


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_order_of_employers_and_cohorts_does_not_change_the_objective(seed: int) -> None:
    problem = random_problem(seed, **RULES)
    order = np.random.default_rng(seed).permutation(4)
    cohorts = problem.cohorts
    candidate = (order[:, None] * 3 + np.arange(3)).ravel()
    strand = (order[:, None] * 2 + np.arange(2)).ravel()
    permuted = replace(
        cohorts,
        ids=tuple(cohorts.ids[i] for i in order),
        employer_ids=cohorts.employer_ids[::-1],
        employer=1 - cohorts.employer[order],
        site=cohorts.site[order],
        size=cohorts.size[order],
        base_slot=cohorts.base_slot[order],
        candidate_slot=cohorts.candidate_slot[candidate],
        candidate_disutility_min=cohorts.candidate_disutility_min[candidate],
        strand_origin=cohorts.strand_origin[strand],
        strand_pax=cohorts.strand_pax[strand],
    )
    first = solve_staggering(problem, settings=EXACT)
    again = solve_staggering(replace(problem, cohorts=permuted), settings=EXACT)
    assert again.objective == pytest.approx(first.objective, rel=1e-7)


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_matrix_pricing_equals_plain_counting(seed: int) -> None:
    problem = random_problem(seed)
    matrices, rng = build_matrices(problem), np.random.default_rng(seed)
    slots = tuple(rng.integers(0, 3, 4).tolist())
    x = np.zeros(12)
    x[np.arange(4) * 3 + np.array(slots)] = 1.0
    flow = share_flows(matrices, x, problem.groups.share)
    price = price_plan(problem, matrices, x, flow)
    assert price.total_min == pytest.approx(fixed_route_cost(problem, slots), rel=1e-12)
    assert price.total_min == pytest.approx(count_cost_min(problem, x, flow), rel=1e-12)
    np.testing.assert_allclose(price.load_pax, fixed_route_loads(problem, slots))


def test_more_seats_never_raise_the_cost() -> None:
    problem = random_problem(7)
    roomier = replace(problem, cells=replace(problem.cells, seats=problem.cells.seats + 10))
    less, more = (solve_staggering(p, settings=EXACT) for p in (problem, roomier))
    assert more.objective <= less.objective


def test_rules_default_to_whole_cohorts_without_limits() -> None:
    assert PlanRules().whole_cohorts
    assert PlanRules().max_moved_people == np.inf
