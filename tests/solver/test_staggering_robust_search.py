"""Moves priced on several scenarios at once, and the worst set of employers, against counting."""

import time
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from benchmarks.cases.staggering_territory import Territory, territory_problem
from network.base import Cancelled, no_progress
from solver.staggering import Compliance, Objective, RouteForm, StaggeringProblem
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.documents.robust_document import as_plain_result
from solver.staggering.result import PlanStatus
from solver.staggering.robust.compliance import RobustResult
from solver.staggering.robust.plain import cost_of_shares
from solver.staggering.robust.search import anneal_robustly, improve_robustly
from solver.staggering.robust.worst_sets import WorstSets
from solver.staggering.search.rounding import Landscape, build_landscape, violation_of
from solver.staggering.task import Task
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import feasible_plans, fixed_route_cost, random_problem

Slots = tuple[int, ...]


def landscape_of(problem: StaggeringProblem) -> Landscape:
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.FIXED)
    task = Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)
    model = task.build(initial_tangents(problem, reduced, 2))
    return build_landscape(task, model, problem.groups.shares_or_cheapest())


def total_of(problem: StaggeringProblem, scenarios: list[Compliance], slots: Slots) -> float:
    """Price what becomes of a plan in each scenario on its own; return the largest."""
    matrices = build_matrices(problem)
    x = np.zeros(12)
    x[3 * np.arange(4) + np.array(slots)] = 1.0
    costs = []
    for one in scenarios:
        there = one.apply(matrices, x)
        flow = share_flows(matrices, there, problem.groups.shares_or_cheapest())
        costs.append(price_plan(problem, matrices, there, flow).total_min)
    return max(costs)


def neighbours(slots: Slots) -> set[Slots]:
    """List the plans in which at most two cohorts start elsewhere."""
    found = set()
    for a, b in combinations(range(4), 2):
        for i in range(3):
            for j in range(3):
                other = list(slots)
                other[a], other[b] = i, j
                found.add(tuple(other))
    return found


def improve(problem: StaggeringProblem, scenarios: list[Compliance]) -> Slots:
    landscape = landscape_of(problem)
    choices = landscape.task.matrices.base_candidate
    before = None
    while before is None or not np.array_equal(before, choices):
        before = choices
        choices = improve_robustly(
            landscape,
            choices,
            scenarios,
            pairs=True,
            deadline=time.perf_counter() + 1e9,
            seed=0,
            progress=no_progress,
        )
    assert violation_of(landscape, choices) == 0.0
    return tuple(int(k) - 3 * c for c, k in enumerate(choices))


@pytest.mark.parametrize("seed", range(4))
def test_no_two_cohorts_can_move_for_the_better(seed: int) -> None:
    # Twelve draws of partners a cohort among four: every pair is tried.
    problem = random_problem(seed, max_moved_people=250.0)
    rng = np.random.default_rng(seed)
    scenarios = [Compliance(share=rng.random(4)) for _ in range(3)]
    scenarios.append(Compliance(share=np.ones(4)))
    best = improve(problem, scenarios)
    value = total_of(problem, scenarios, best)
    today = total_of(problem, scenarios, (1, 1, 1, 1))
    assert value <= today * (1 + 1e-12)
    allowed = set(feasible_plans(problem))
    assert best in allowed
    for other in neighbours(best) & allowed:
        assert total_of(problem, scenarios, other) >= value * (1 - 1e-8)


def test_moves_that_break_a_rule_are_not_taken() -> None:
    # Both would gain by moving, 50 people may.
    problem = slot_problem(sizes=[100, 100], disutility_min=[[0, 1]] * 2, max_moved_people=50.0)
    landscape = landscape_of(problem)
    choices = improve_robustly(
        landscape,
        landscape.task.matrices.base_candidate,
        [Compliance(share=np.ones(2))],
        pairs=True,
        deadline=time.perf_counter() + 1e9,
        seed=0,
        progress=no_progress,
    )
    np.testing.assert_array_equal(choices, [0, 2])


def test_cancelling_leaves_the_moves_at_once() -> None:
    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled

    landscape = landscape_of(random_problem(0))
    with pytest.raises(Cancelled):
        improve_robustly(
            landscape,
            landscape.task.matrices.base_candidate,
            [Compliance(share=np.ones(4))],
            pairs=True,
            deadline=time.perf_counter() + 1e9,
            seed=0,
            progress=stop,
        )


@pytest.mark.parametrize("budget", [0, 1, 2, 3])
def test_worst_set_is_the_dearest_of_all_sets(budget: int) -> None:
    problem = random_problem(5)
    cohorts = replace(
        problem.cohorts,
        employer=np.array([0, 1, 2, 2], dtype=np.int32),
        employer_ids=("a", "b", "c"),
    )
    problem = replace(problem, cohorts=cohorts)
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.FIXED)
    sets = WorstSets(problem=problem, matrices=matrices, reduced=reduced, budget=budget)
    for slots in list(feasible_plans(problem))[::4]:
        x = np.zeros(12)
        x[3 * np.arange(4) + np.array(slots)] = 1.0
        costs = {
            away: fixed_route_cost(
                problem,
                tuple(1 if cohorts.employer[c] in away else s for c, s in enumerate(slots)),
            )
            for size in range(budget + 1)
            for away in combinations(range(3), size)
        }
        found = sets.find(x)
        value, away = found.cost_min, found.employers
        assert found.is_exact
        assert value == pytest.approx(max(costs.values()), rel=1e-9)
        assert costs[away] == pytest.approx(value, rel=1e-9)


def many_employers(seed: int) -> StaggeringProblem:
    """Draw ten employers with two cohorts each."""
    territory = Territory(n_employers=10, cohorts_per_employer=2, staff=20_000.0, service=0.2)
    return territory_problem(seed, replace(territory, heavy=True))


def worst_of_all(sets: WorstSets, x: np.ndarray, budget: int) -> float:
    return max(
        sets.cost_min(sets.without(x, away))
        for size in range(budget + 1)
        for away in combinations(range(10), size)
    )


@pytest.mark.parametrize("budget", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", range(3))
def test_bounds_of_sets_hide_no_worse_set(seed: int, budget: int) -> None:
    problem = many_employers(seed)
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.FIXED)
    sets = WorstSets(problem=problem, matrices=matrices, reduced=reduced, budget=budget)
    rng = np.random.default_rng(seed)
    x = np.zeros(problem.cohorts.n_candidates)
    x[problem.cohorts.candidate_offset[:-1] + rng.integers(0, 9, 20)] = 1.0
    true = worst_of_all(sets, x, budget)
    found = sets.find(x)
    assert found.is_exact
    assert found.cost_min == pytest.approx(true, rel=1e-9)
    assert sets.cost_min(sets.without(x, found.employers)) == found.cost_min
    # Broken off at once: what was met, and an upper bound that holds.
    hasty = sets.find(x, effort=0.0)
    assert hasty.cost_min <= true * (1 + 1e-12)
    assert hasty.upper_min >= true * (1 - 1e-12)
    assert len(hasty.employers) <= budget


def test_a_search_of_sets_that_is_broken_off_says_so() -> None:
    problem = many_employers(1)
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.FIXED)
    sets = WorstSets(problem=problem, matrices=matrices, reduced=reduced, budget=6)
    x = np.zeros(problem.cohorts.n_candidates)
    x[problem.cohorts.candidate_offset[:-1]] = 1.0
    hasty = sets.find(x, effort=0.0)
    assert not hasty.is_exact
    assert hasty.upper_min > hasty.cost_min


@pytest.mark.parametrize("seed", range(2))
def test_annealing_never_returns_a_worse_plan_nor_a_broken_rule(seed: int) -> None:
    problem = many_employers(seed)
    landscape = landscape_of(problem)
    start = landscape.task.matrices.base_candidate
    employer = problem.cohorts.employer
    scenarios = [
        Compliance(share=np.where(np.isin(employer, away), 0.0, 1.0)) for away in ([], [0], [1, 2])
    ]

    def worst(choices: np.ndarray) -> float:
        x = np.zeros(problem.cohorts.n_candidates)
        x[choices] = 1.0
        reduced, matrices = landscape.task.reduced, landscape.task.matrices
        return max(cost_of_shares(problem, reduced, one.apply(matrices, x)) for one in scenarios)

    found = [
        anneal_robustly(
            landscape,
            start,
            scenarios,
            prior=np.array([0.5, 0.3, 0.2]),
            deadline=time.perf_counter() + 1e9,
            seed=seed,
            progress=no_progress,
            steps_per_cohort=2_000,
        )
        for _ in range(2)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert violation_of(landscape, found[0]) <= 0.0
    assert worst(found[0]) < worst(start)


def test_a_robust_result_without_a_plan_is_a_plain_one_without_a_plan() -> None:
    nothing = RobustResult(
        status=PlanStatus.INFEASIBLE,
        objective=None,
        best_bound=-np.inf,
        mip_gap=None,
        engine_bound=None,
        seconds=0.5,
        rounds=1,
        x=None,
        scenario_cost_min=(),
        reason=("no plan", "aucun plan"),
    )
    plain = as_plain_result(random_problem(0), nothing, seed=3)
    assert (plain.x, plain.route_flow, plain.price) == (None, None, None)
    assert (plain.reason, plain.reason_fr) == ("no plan", "aucun plan")
    assert (plain.seed, plain.form) == (3, RouteForm.FIXED)
