"""Lifted tangents: what whole cohorts owe, against every plan of small problems."""

from dataclasses import replace

import numpy as np
import pytest

from solver.staggering import (
    Objective,
    RouteForm,
    SolveSettings,
    StaggeringProblem,
    solve_staggering,
)
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.programs.cuts import with_cuts
from solver.staggering.programs.engine import solve_linear
from solver.staggering.programs.lifted import (
    Lifts,
    can_lift,
    forced_loads,
    keep_within,
    lift_bound,
    lift_coefficients,
    plan_columns,
)
from solver.staggering.programs.relax import relax
from solver.staggering.task import Relaxed, Task
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import (
    feasible_plans,
    fixed_route_cost,
    fixed_route_loads,
    random_problem,
)


def task_of(problem: StaggeringProblem, form: RouteForm = RouteForm.FIXED) -> Task:
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=form)
    return Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)


def heavy_problem(seed: int, **rules: float | bool) -> StaggeringProblem:
    """Draw a small problem whose cells have little background, so that one cohort fills them."""
    problem = random_problem(seed, **rules)
    cells = replace(problem.cells, background_pax=0.2 * problem.cells.background_pax)
    return replace(problem, cells=cells)


def plan_of(task: Task, slots: tuple[int, ...]) -> Relaxed:
    x = np.zeros(task.problem.cohorts.n_candidates)
    x[3 * np.arange(len(slots)) + np.array(slots)] = 1.0
    flow = share_flows(task.matrices, x, task.problem.groups.shares_or_cheapest())
    return Relaxed(x=x, route_flow=flow, price=price_plan(task.problem, task.matrices, x, flow))


def lifted_of(task: Task):
    tangents = initial_tangents(task.problem, task.reduced, 6)
    relaxation = relax(task, tangents, time_limit_s=60, gap=1e-9)
    assert relaxation.point is not None
    tangents = relaxation.tangents
    lifted = lift_bound(task, task, tangents, relaxation.point, enough=np.inf, time_limit_s=60)
    assert lifted is not None
    return relaxation, tangents, lifted


def test_one_cohort_that_may_not_split_owes_what_it_costs_alone() -> None:
    # 400 people, two free slots, 0.01 x a head: split 2 x 200 x 2 = 800, whole 400 x 4 = 1600.
    task = task_of(slot_problem(sizes=[400], disutility_min=[[0, 0]]))
    relaxation, _, lifted = lifted_of(task)
    assert relaxation.bound == pytest.approx(800.0, rel=1e-6)
    assert lifted.bound == pytest.approx(1600.0, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_every_plan_of_whole_cohorts_costs_each_cell_its_lifted_tangent(seed: int) -> None:
    problem = heavy_problem(seed)
    task = task_of(problem)
    cells, kept = problem.cells, task.reduced.cells
    factor = cells.ride_min[kept] * problem.curve.slope / cells.standing_m2[kept]
    prices = np.linspace(0.0, 3.0, 9)
    lifts = Lifts(
        cell=np.repeat(np.arange(len(kept)), len(prices)),
        price=np.outer(factor * cells.seats[kept], prices).ravel(),
    )
    owed, slope, intercept = lift_coefficients(task, lifts, forced_loads(task))
    assert owed.nnz > 0
    for slots in feasible_plans(problem):
        load = fixed_route_loads(problem, slots)[kept]
        cost = factor * load * np.maximum(0.0, load - cells.seats[kept])
        least = slope * load[lifts.cell] + intercept + owed @ plan_of(task, slots).x
        assert np.all(cost[lifts.cell] >= least - 1e-9 * np.maximum(1.0, cost[lifts.cell]))


@pytest.mark.parametrize("seed", range(6))
def test_lifted_bound_lies_between_the_split_optimum_and_the_whole_one(seed: int) -> None:
    problem = heavy_problem(seed, max_moved_people=250.0)
    relaxation, _, lifted = lifted_of(task_of(problem))
    best = min(fixed_route_cost(problem, slots) for slots in feasible_plans(problem))
    assert lifted.bound <= best * (1 + 1e-9)
    assert lifted.bound >= relaxation.bound * (1 - 1e-9)


def test_lifting_closes_some_of_the_gap_of_whole_cohorts() -> None:
    gains = []
    for seed in range(6):
        relaxation, _, lifted = lifted_of(task_of(heavy_problem(seed)))
        gains.append(lifted.bound / relaxation.bound - 1.0)
    assert max(gains) > 1e-4


@pytest.mark.parametrize("seed", [0, 3])
def test_lifted_bound_holds_where_routes_are_chosen(seed: int) -> None:
    problem = heavy_problem(seed)
    task = task_of(problem, RouteForm.JOINT)
    _, _, lifted = lifted_of(task)
    found = solve_staggering(problem, settings=SolveSettings(gap=1e-9)).objective
    assert lifted.bound <= found * (1 + 1e-9)


def test_forced_load_is_what_the_emptiest_choice_of_routes_brings() -> None:
    # Counted from the definition: each strand takes the route that loads the cell least.
    problem = random_problem(5)
    task = task_of(problem, RouteForm.JOINT)
    forced = forced_loads(task).toarray()
    cohorts, groups = problem.cohorts, problem.groups
    for cell, number in enumerate(task.reduced.cells):
        for k in range(cohorts.n_candidates):
            least = 0.0
            for s in np.flatnonzero(cohorts.strand_cohort == k // 3):
                (g,) = np.flatnonzero(
                    (groups.origin == cohorts.strand_origin[s])
                    & (groups.site == cohorts.site[k // 3])
                    & (groups.slot == k % 3)
                )
                routes = [r for r in (2 * g, 2 * g + 1) if task.reduced.kept[r]]
                uses = [
                    sum(
                        groups.cell_weight[i]
                        for i in range(groups.cell_offset[r], groups.cell_offset[r + 1])
                        if groups.cell[i] == number
                    )
                    for r in routes
                ]
                least += cohorts.strand_pax[s] * min(uses)
            assert forced[cell, k] == pytest.approx(least)


@pytest.mark.parametrize("seed", range(6))
def test_closing_by_reduced_cost_never_closes_a_plan_as_good(seed: int) -> None:
    problem = heavy_problem(seed, max_moved_people=250.0)
    task = task_of(problem)
    _, _, lifted = lifted_of(task)
    costs = {slots: fixed_route_cost(problem, slots) for slots in feasible_plans(problem)}
    best = min(costs.values())
    for incumbent in (best, 1.02 * best):
        closed = keep_within(lifted.model, lifted.duals, incumbent - lifted.bound)
        open_ = closed.upper[closed.column_block("x").span] > 0
        for slots, cost in costs.items():
            if cost <= incumbent * (1 - 1e-12):
                assert open_[3 * np.arange(4) + np.array(slots)].all()


def test_candidate_that_costs_more_than_the_incumbent_allows_is_closed() -> None:
    # 400 people stay for 0.01 x 400 x 400 = 1600, or move for 20 a head more: 8000 more.
    task = task_of(slot_problem(sizes=[400], disutility_min=[[0, 20]]))
    _, _, lifted = lifted_of(task)
    closed = keep_within(lifted.model, lifted.duals, 1600.0 - lifted.bound + 1.0)
    np.testing.assert_array_equal(closed.upper[closed.column_block("x").span], [1.0, 0.0])


@pytest.mark.parametrize("seed", range(3))
def test_plan_as_columns_is_a_point_of_the_program_and_costs_no_more(seed: int) -> None:
    problem = heavy_problem(seed)
    task = task_of(problem)
    _, tangents, lifted = lifted_of(task)
    model = with_cuts(task, tangents, task.build(tangents, whole=True), lifted.cuts)
    for slots in list(feasible_plans(problem))[::7]:
        plan = plan_of(task, slots)
        values = plan_columns(task, tangents, model, plan)
        assert values is not None
        rows = model.matrix @ values
        assert np.all(rows >= model.row_lower - 1e-7)
        assert np.all(rows <= model.row_upper + 1e-7)
        assert np.all(values >= model.lower - 1e-9)
        assert np.all(values <= model.upper + 1e-9)
        assert model.cost @ values + model.offset <= plan.price.total_min * (1 + 1e-9)


def test_program_with_lifts_and_whole_columns_has_the_optimum_of_all_plans() -> None:
    problem = heavy_problem(1)
    task = task_of(problem)
    _, tangents, lifted = lifted_of(task)
    model = with_cuts(task, tangents, task.build(tangents, whole=True), lifted.cuts)
    outcome = solve_linear(model, time_limit_s=60, gap=1e-9)
    best = min(fixed_route_cost(problem, slots) for slots in feasible_plans(problem))
    assert lifted.bound - 1e-6 <= outcome.bound <= best * (1 + 1e-9)


def test_only_whole_cohorts_and_least_cost_are_lifted() -> None:
    task = task_of(random_problem(0))
    assert can_lift(task)
    assert not can_lift(task_of(random_problem(0, split=True)))
    assert not can_lift(replace(task, objective=Objective.PEAK))
