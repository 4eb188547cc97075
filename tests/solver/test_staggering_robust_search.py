"""Moves priced on several scenarios at once, and the worst set of employers, against counting."""

import time
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from network.base import Cancelled, no_progress
from solver.staggering import Compliance, Objective, RouteForm, StaggeringProblem
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.documents.robust_document import as_plain_result
from solver.staggering.result import PlanStatus
from solver.staggering.robust.compliance import RobustResult
from solver.staggering.robust.search import improve_robustly
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


def total_of(
    problem: StaggeringProblem, scenarios: list[Compliance], slots: Slots, *, is_worst: bool
) -> float:
    """Price what becomes of a plan in each scenario on its own, then their sum or the largest."""
    matrices = build_matrices(problem)
    x = np.zeros(12)
    x[3 * np.arange(4) + np.array(slots)] = 1.0
    costs = []
    for one in scenarios:
        there = one.apply(matrices, x)
        flow = share_flows(matrices, there, problem.groups.shares_or_cheapest())
        costs.append(price_plan(problem, matrices, there, flow).total_min)
    if is_worst:
        return max(costs)
    return sum(one.weight * cost for one, cost in zip(scenarios, costs, strict=True))


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


def improve(problem: StaggeringProblem, scenarios: list[Compliance], *, is_worst: bool) -> Slots:
    landscape = landscape_of(problem)
    choices = landscape.task.matrices.base_candidate
    before = None
    while before is None or not np.array_equal(before, choices):
        before = choices
        choices = improve_robustly(
            landscape,
            choices,
            scenarios,
            is_worst=is_worst,
            pairs=True,
            deadline=time.perf_counter() + 1e9,
            seed=0,
            progress=no_progress,
        )
    assert violation_of(landscape, choices) == 0.0
    return tuple(int(k) - 3 * c for c, k in enumerate(choices))


@pytest.mark.parametrize("is_worst", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_no_two_cohorts_can_move_for_the_better(seed: int, is_worst: bool) -> None:
    # Twelve draws of partners a cohort among four: every pair is tried.
    problem = random_problem(seed, max_moved_people=250.0)
    rng = np.random.default_rng(seed)
    scenarios = [Compliance(share=rng.random(4), weight=1.0 + s) for s in range(3)]
    scenarios.append(Compliance(share=np.ones(4)))
    best = improve(problem, scenarios, is_worst=is_worst)
    value = total_of(problem, scenarios, best, is_worst=is_worst)
    today = total_of(problem, scenarios, (1, 1, 1, 1), is_worst=is_worst)
    assert value <= today * (1 + 1e-12)
    allowed = set(feasible_plans(problem))
    assert best in allowed
    for other in neighbours(best) & allowed:
        assert total_of(problem, scenarios, other, is_worst=is_worst) >= value * (1 - 1e-8)


def test_moves_that_break_a_rule_are_not_taken() -> None:
    # Both would gain by moving, 50 people may.
    problem = slot_problem(sizes=[100, 100], disutility_min=[[0, 1]] * 2, max_moved_people=50.0)
    landscape = landscape_of(problem)
    choices = improve_robustly(
        landscape,
        landscape.task.matrices.base_candidate,
        [Compliance(share=np.ones(2))],
        is_worst=True,
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
            is_worst=True,
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
        value, away = sets.find(x)
        assert value == pytest.approx(max(costs.values()), rel=1e-9)
        assert costs[away] == pytest.approx(value, rel=1e-9)


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
