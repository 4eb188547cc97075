"""Rounding cuts: what steps of whole cohorts cost, by hand and against every plan."""

import numpy as np
import pytest

from solver.staggering import RouteForm, SolveSettings, solve_staggering
from solver.staggering.costs.pieces import cell_factors
from solver.staggering.costs.pricing import price_plan
from solver.staggering.programs import lifted as lifting
from solver.staggering.programs.lifted import find_lifts, forced_loads
from solver.staggering.programs.rounded import find_rounded
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import (
    feasible_plans,
    fixed_route_cost,
    fixed_route_loads,
    random_problem,
)
from tests.solver.test_staggering_lifted import lifted_of, plan_of, task_of

ALL = -1e30  # as little must a cut be broken by to be found


def random_shares(rng: np.random.Generator, n_cohorts: int) -> np.ndarray:
    """Shares of three candidates each: some cohorts whole, some split in two, some in three."""
    x = rng.dirichlet(np.full(3, 0.5), n_cohorts)
    x[x < 0.1] = 0.0
    return (x / x.sum(axis=1, keepdims=True)).ravel()


def test_three_cohorts_in_two_slots_cannot_balance() -> None:
    # 600 people, 0.01 x a head: halves 2 x 300 x 3 = 1800; of 200 each, 400 and 200: 2000.
    task = task_of(slot_problem(sizes=[200] * 3, disutility_min=[[0, 0]] * 3))
    relaxation, _, lifted = lifted_of(task)
    assert relaxation.bound == pytest.approx(1800.0, rel=1e-6)
    assert lifted.bound == pytest.approx(2000.0, rel=1e-5)


def test_cohorts_of_two_hundred_leave_a_hundred_of_five_hundred_seats_empty() -> None:
    # The later slot costs 0.5 a head. Split, 500 sit in the first: 300 x 0.5 = 150. Whole, 400
    # do (400 x 0.5 = 200); a third cohort there would cost 0.01 x 600 x 100 = 600 of crowding.
    task = task_of(slot_problem(sizes=[200] * 4, disutility_min=[[0, 0.5]] * 4, seats=500.0))
    relaxation, _, lifted = lifted_of(task)
    assert relaxation.bound == pytest.approx(150.0, rel=1e-6)
    assert lifted.bound == pytest.approx(200.0, rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_every_plan_of_whole_cohorts_costs_each_cell_its_rounding_cuts(seed: int) -> None:
    problem = random_problem(seed)
    task = task_of(problem)
    cells, kept = problem.cells, task.reduced.cells
    factor, nobody = cell_factors(problem, task.reduced), np.zeros(problem.groups.n_routes)
    rng = np.random.default_rng(seed)
    n_cuts = 0
    for _ in range(10):
        x = random_shares(rng, 4)
        cuts = find_rounded(task, x, nobody, np.zeros(len(kept)), least=ALL)
        n_cuts += len(cuts)
        for slots in feasible_plans(problem):
            load = fixed_route_loads(problem, slots)[kept]
            cost = factor * load * np.maximum(0.0, load - cells.seats[kept])
            least = cuts.least + cuts.on_x @ plan_of(task, slots).x
            assert np.all(cost[cuts.cell] >= least - 1e-9 * np.maximum(1.0, cost[cuts.cell]))
    assert n_cuts > 20


@pytest.mark.parametrize("seed", range(4))
def test_rounding_cuts_hold_whatever_routes_riders_choose(seed: int) -> None:
    problem = random_problem(seed)
    task = task_of(problem, RouteForm.JOINT)
    cells, kept = problem.cells, task.reduced.cells
    factor = cell_factors(problem, task.reduced)
    rng = np.random.default_rng(seed)
    matrices, n_cuts = task.matrices, 0
    for _ in range(4):
        # Whichever route of a group is taken for the one that most of it takes.
        liked = 100.0 * rng.random(len(matrices.route_group))
        cuts = find_rounded(task, random_shares(rng, 4), liked, np.full(len(kept), -1e9), least=ALL)
        n_cuts += int(np.count_nonzero(np.diff(cuts.on_route.indptr)))
        for slots in feasible_plans(problem):
            x = plan_of(task, slots).x
            share = rng.random(len(matrices.route_group)) * task.reduced.kept
            total = np.bincount(matrices.route_group, weights=share)
            share = share / total[matrices.route_group]
            flow = share * (matrices.demand @ x)[matrices.route_group]
            load = price_plan(problem, matrices, x, flow).load_pax[kept]
            cost = factor * load * np.maximum(0.0, load - cells.seats[kept])
            least = cuts.least + cuts.on_x @ x + cuts.on_route @ flow
            assert np.all(cost[cuts.cell] >= least - 1e-9 * np.maximum(1.0, cost[cuts.cell]))
    assert n_cuts > 20


def test_a_solution_of_whole_cohorts_at_true_cost_breaks_no_cut() -> None:
    problem = random_problem(3)
    task = task_of(problem)
    forced, cells, kept = forced_loads(task), problem.cells, task.reduced.cells
    factor, nobody = cell_factors(problem, task.reduced), np.zeros(problem.groups.n_routes)
    for slots in list(feasible_plans(problem))[::4]:
        load = fixed_route_loads(problem, slots)[kept]
        cost = factor * load * np.maximum(0.0, load - cells.seats[kept])
        x = plan_of(task, slots).x
        assert len(find_rounded(task, x, nobody, cost, least=1e-6)) == 0
        assert len(find_lifts(task, forced, x, load, cost, least=1e-6)) == 0


@pytest.mark.parametrize("seed", range(4))
def test_bound_holds_where_programs_leave_candidates_out(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = random_problem(seed, max_moved_people=250.0)
    task = task_of(problem)
    best = min(fixed_route_cost(problem, slots) for slots in feasible_plans(problem))
    _, _, every = lifted_of(task)
    monkeypatch.setattr(lifting, "_MANY_CANDIDATES", 1)
    relaxation, _, few = lifted_of(task)
    assert few.bound <= best * (1 + 1e-9)
    assert few.bound >= relaxation.bound * (1 - 1e-9)
    assert every.bound <= best * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_bound_holds_where_programs_leave_candidates_and_routes_out(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = random_problem(seed)
    best = solve_staggering(problem, settings=SolveSettings(gap=1e-9)).objective
    monkeypatch.setattr(lifting, "_MANY_CANDIDATES", 1)
    monkeypatch.setattr(lifting, "_ACTIVE_SHARE", 0.1)
    task = task_of(problem, RouteForm.JOINT)
    relaxation, _, lifted = lifted_of(task)
    assert lifted.bound <= best * (1 + 1e-9)
    assert lifted.bound >= relaxation.bound * (1 - 1e-6)
