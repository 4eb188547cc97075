"""Compiled moves of whole cohorts against plain counting."""

import time

import numpy as np
import pytest

from benchmarks.cases.staggering_territory import Territory, territory_problem
from solver.staggering import Objective, RouteForm
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.search._anneal_kernels import Meetings, find_partner
from solver.staggering.search._moves_kernels import price_options
from solver.staggering.search.moves import anneal_plan, round_by_moves, standing_of
from solver.staggering.search.rounding import Landscape, build_landscape, round_shares, violation_of
from solver.staggering.task import Task
from tests.reference.staggering_oracle import (
    feasible_plans,
    fixed_route_cost,
    random_problem,
)


def landscape_of(problem) -> Landscape:
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.FIXED)
    task = Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)
    model = task.build(initial_tangents(problem, reduced, 2))
    return build_landscape(task, model, problem.groups.shares_or_cheapest())


@pytest.mark.parametrize("seed", range(3))
def test_price_of_every_option_is_the_difference_of_two_plans(seed: int) -> None:
    problem = random_problem(seed)
    slots = tuple(np.random.default_rng(seed).integers(0, 3, 4).tolist())
    choices = 3 * np.arange(4) + np.array(slots)
    landscape = landscape_of(problem)
    extra = np.empty(12)
    price_options(choices, extra, standing_of(landscape, choices))
    for cohort in range(4):
        for slot in range(3):
            other = (*slots[:cohort], slot, *slots[cohort + 1 :])
            expected = fixed_route_cost(problem, other) - fixed_route_cost(problem, slots)
            assert extra[3 * cohort + slot] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_rounding_takes_what_is_wanted_until_a_limit_is_reached(seed: int) -> None:
    # All want to move; at most 200 people may: the plain rule is taken cohort by cohort.
    problem = random_problem(seed, max_moved_people=200.0)
    landscape = landscape_of(problem)
    wanted, order = 3 * np.arange(4), np.random.default_rng(seed).permutation(4)
    base = landscape.task.matrices.base_candidate
    expected, moved = base.copy(), 0.0
    for cohort in order:
        if moved + problem.cohorts.size[cohort] <= 200.0:
            moved += problem.cohorts.size[cohort]
            expected[cohort] = wanted[cohort]
    np.testing.assert_array_equal(round_by_moves(landscape, base, wanted, order), expected)


def test_rounding_of_a_whole_plan_is_that_plan() -> None:
    problem = random_problem(2, max_moved_people=250.0)
    landscape = landscape_of(problem)
    for slots in list(feasible_plans(problem))[::5]:
        choices = 3 * np.arange(4) + np.array(slots)
        x = np.zeros(12)
        x[choices] = 1.0
        np.testing.assert_array_equal(round_shares(landscape, x), choices)


def test_partners_meet_in_a_cell_or_are_drawn_from_all() -> None:
    landscape = landscape_of(random_problem(4))
    choices = landscape.task.matrices.base_candidate
    plan = standing_of(landscape, choices)
    by_cell = landscape.load.tocsr()
    owner = landscape.task.matrices.candidate_cohort
    meetings = Meetings(
        movable=np.arange(4),
        owner=owner,
        cell_at=by_cell.indptr.astype(np.int64),
        cell_option=by_cell.indices.astype(np.int64),
    )
    cells = [set(plan.load_cell[plan.load_at[k] : plan.load_at[k + 1]].tolist()) for k in range(12)]
    draws, met = np.random.default_rng(0).random((400, 3)), set()
    for row in draws:
        new = find_partner(0, 0, row, choices, meetings, plan)
        if new < 0:
            continue
        assert owner[new] != 0
        assert new != choices[owner[new]]
        if row[0] < 0.2:
            assert cells[choices[owner[new]]] & cells[0]
        elif row[0] < 0.4:
            assert cells[new] & cells[choices[0]]
        else:
            assert row[0] < 0.5
        met.add(int(row[0] // 0.2))
    assert met == {0, 1, 2}


def test_annealed_plan_costs_what_it_says_and_less_than_moves_alone_reach() -> None:
    problem = territory_problem(
        3,
        Territory(n_employers=20, cohorts_per_employer=4, staff=20_000.0, n_origins=40, heavy=True),
    )
    landscape = landscape_of(problem)
    base = landscape.task.matrices.base_candidate
    endless = time.perf_counter() + 1e9
    best = anneal_plan(landscape, base, deadline=endless, seed=0, steps_per_cohort=500)
    few = anneal_plan(landscape, base, deadline=endless, seed=0, steps_per_cohort=1)
    assert violation_of(landscape, best) == 0.0
    value = [landscape.merits(plan, 0, plan[:1])[1, 0] for plan in (base, few, best)]
    assert value[2] < value[1] < value[0]
