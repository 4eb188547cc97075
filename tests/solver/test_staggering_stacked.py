"""Scenarios side by side: one plain problem costs what the average over scenarios does."""

from dataclasses import replace

import numpy as np
import pytest

from solver.staggering import (
    Compliance,
    Objective,
    ObjectiveWeights,
    PlanRules,
    RouteForm,
    StaggeringProblem,
)
from solver.staggering.checking.checker import count_cost_min, find_violations
from solver.staggering.costs.matrices import Matrices, build_matrices
from solver.staggering.costs.measures import absorb_weights
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.costs.reduce import Reduced, reduce_problem
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.prices import price_out
from solver.staggering.programs.relax import relax
from solver.staggering.robust.balance import stack_resources
from solver.staggering.robust.stacked import stack_scenarios
from solver.staggering.task import Task
from tests.reference.staggering_oracle import feasible_plans, random_problem


def parts_of(problem: StaggeringProblem) -> tuple[Matrices, Reduced]:
    matrices = build_matrices(problem)
    return matrices, reduce_problem(problem, matrices, form=RouteForm.FIXED)


def draw_scenarios(seed: int, n: int = 3) -> list[Compliance]:
    rng = np.random.default_rng(seed)
    shares = [rng.random(4) for _ in range(n - 2)] + [np.ones(4), np.array([0.0, 1.0, 0.0, 1.0])]
    weights = rng.dirichlet(np.ones(n))
    return [Compliance(share=p, weight=float(w)) for p, w in zip(shares, weights, strict=True)]


def shares_of(slots: tuple[int, ...]) -> np.ndarray:
    x = np.zeros(12)
    x[3 * np.arange(4) + np.array(slots)] = 1.0
    return x


def average(problem: StaggeringProblem, scenarios: list[Compliance], x: np.ndarray) -> float:
    """Price each scenario on its own over all cells, then average."""
    matrices, share = build_matrices(problem), problem.groups.shares_or_cheapest()
    total = 0.0
    for one in scenarios:
        there = one.apply(matrices, x)
        flow = share_flows(matrices, there, share)
        total += one.weight * price_plan(problem, matrices, there, flow).total_min
    return total


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_stacked_cost_is_the_average_of_the_scenarios(seed: int, limited: bool) -> None:
    problem = random_problem(seed)
    if limited:
        limit = np.full(7, 200.0)
        problem = replace(problem, cells=replace(problem.cells, limit_pax=limit))
    weights = ObjectiveWeights(travel=1.5, crowding=2.0, moving=0.5, moved_min=0.3)
    problem = absorb_weights(replace(problem, weights=weights))
    scenarios = draw_scenarios(seed)
    stacked = stack_scenarios(problem, *parts_of(problem), scenarios)
    rng = np.random.default_rng(seed)
    share = problem.groups.shares_or_cheapest()
    for _ in range(5):
        x = rng.dirichlet(np.ones(3), size=4).ravel()
        expected = average(problem, scenarios, x)
        # Flows of the stacked problem's routes are the shares themselves.
        counted = count_cost_min(stacked.problem, x, x)
        assert abs(counted - expected) <= stacked.rounding_min + 1e-12 * expected
        flow = share_flows(build_matrices(problem), x, share)
        assert len(find_violations(stacked.problem, x, x)) == len(find_violations(problem, x, flow))


@pytest.mark.parametrize(
    "rules",
    [
        {"max_moved_people": 180.0},
        {"max_burden_min": 0.3},
        {"no_employer_worse_off": True},
        {"no_employer_worse_off": True, "worse_off_slack_min": 0.4, "max_envy_min": 0.3},
    ],
    ids=["moved", "burden", "worse_off", "envy"],
)
def test_stacked_rules_allow_the_same_plans(rules: dict[str, float]) -> None:
    problem = replace(random_problem(3), rules=PlanRules(**rules))
    stacked = stack_scenarios(problem, *parts_of(problem), draw_scenarios(3))
    share = problem.groups.shares_or_cheapest()
    matrices = build_matrices(problem)
    allowed = set()
    for slots in feasible_plans(random_problem(3)):
        x = shares_of(slots)
        fits = not find_violations(problem, x, share_flows(matrices, x, share))
        assert (not find_violations(stacked.problem, x, x)) == fits
        allowed |= {slots} if fits else set()
    assert 0 < len(allowed) < 81


@pytest.mark.parametrize("seed", range(6))
def test_any_prices_of_stacked_cells_prove_a_bound_below_every_plan(seed: int) -> None:
    problem = random_problem(seed, max_moved_people=250.0)
    matrices, reduced = parts_of(problem)
    task = Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)
    scenarios = draw_scenarios(seed, 4)
    weight = np.array([one.weight for one in scenarios]) * (1 - 1e-15)
    follow = np.stack([one.share for one in scenarios])
    resources = stack_resources(task, build_resources(task), follow, weight)
    least = min(average(problem, scenarios, shares_of(slots)) for slots in feasible_plans(problem))
    rng = np.random.default_rng(seed)
    bounds = []
    for _ in range(50):
        price = rng.random(len(resources.net.room)) * np.where(
            np.isfinite(resources.net.jump), 2.0 * resources.net.jump, 0.1
        )
        bounds.append(price_out(resources, price).bound)
    assert max(bounds) <= least * (1 + 1e-12)
    assert max(bounds) > 0.0


@pytest.mark.parametrize("seed", range(4))
def test_descent_and_programs_bound_the_stacked_problem_alike(seed: int) -> None:
    problem = random_problem(seed, max_moved_people=250.0)
    scenarios = draw_scenarios(seed, 4)
    stacked = stack_scenarios(problem, *parts_of(problem), scenarios)
    matrices, reduced = parts_of(stacked.problem)
    task = Task(
        problem=stacked.problem, matrices=matrices, reduced=reduced, objective=Objective.COST
    )
    tangents = initial_tangents(stacked.problem, task.reduced, 4)
    least = min(average(problem, scenarios, shares_of(slots)) for slots in feasible_plans(problem))
    bounds = [
        relax(task, tangents, time_limit_s=60.0, gap=1e-6, descend_from=size).bound
        - stacked.rounding_min
        for size in (0, 10**9)
    ]
    assert max(bounds) <= least * (1 + 1e-12)
    assert bounds[0] == pytest.approx(bounds[1], rel=1e-4)
