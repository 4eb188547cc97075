"""Descent at size: the bound holds under every rule, the point keeps every rule."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from solver.staggering import (
    Cohesion,
    EligibleShare,
    EmployerCap,
    Meeting,
    Objective,
    PlanRules,
    Presence,
    RouteForm,
    StaggeringProblem,
)
from solver.staggering.checking.checker import count_cost_min, find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.descent import can_descend, descend_task, dive_to_whole
from solver.staggering.descent._descent_kernels import State, settle, sweep
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.prices import price_out
from solver.staggering.descent.repair import keep_rules
from solver.staggering.programs.engine import EngineStatus
from solver.staggering.programs.relax import relax
from solver.staggering.task import Task
from tests.reference.staggering_cases import slot_problem
from tests.reference.staggering_oracle import fixed_route_cost, random_problem

HOUR = 3600
NONE = PlanRules(whole_cohorts=False)
RULES = {
    "none": NONE,
    "moved": replace(NONE, max_moved_people=130.0),
    "moved_and_no_worse": replace(NONE, max_moved_people=200.0, no_employer_worse_off=True),
    "cohorts_moved": replace(NONE, max_moved_cohorts=1.5),
    "largest_shift": replace(NONE, max_shift_s=600),
    "exempt": replace(NONE, exempt=(0, 3)),
    "eligible": replace(NONE, eligible=(EligibleShare(cohort=3, share=0.2),)),
    "caps": replace(
        NONE,
        caps=(
            EmployerCap(employer=0, max_moved_people=60.0),
            EmployerCap(employer=1, max_moved_cohorts=0.5),
        ),
    ),
    "burden": replace(NONE, max_burden_min=0.15),
    "envy": replace(NONE, max_envy_min=0.02),
    "changed": replace(NONE, max_changed_people=90.0),
    "presence": replace(
        NONE,
        presence=(
            Presence(
                name="desk",
                cohorts=(0, 1, 2),
                work_s=(8 * HOUR,) * 3,
                from_s=29_700,
                to_s=57_700,
                min_people=210.0,
            ),
        ),
    ),
    "cohesion": replace(NONE, cohesion=(Cohesion(name="team", cohorts=(0, 1, 2), max_spread_s=0),)),
    "meeting": replace(
        NONE,
        meetings=(
            Meeting(name="m", cohorts=(0, 3), work_s=(4 * HOUR, 5 * HOUR), common_s=4 * HOUR),
        ),
    ),
}


def _problem(seed: int, rules: PlanRules) -> StaggeringProblem:
    problem = random_problem(seed)
    cohorts = replace(problem.cohorts, previous_slot=np.array([0, 1, 2, 0], dtype=np.int32))
    return replace(problem, cohorts=cohorts, rules=rules)


def _task(problem: StaggeringProblem, form: RouteForm = RouteForm.JOINT) -> Task:
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=form, objective=Objective.COST)
    return Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)


def _by_programs(task: Task, fixed_x: np.ndarray | None = None) -> float:
    """Return the optimum of the linear programs, the tangents refined until they are exact."""
    tangents = initial_tangents(task.problem, task.reduced, 12)
    done = relax(task, tangents, time_limit_s=20, gap=1e-9, fixed_x=fixed_x, descend_from=10**9)
    return done.point.price.total_min


@pytest.mark.parametrize("form", list(RouteForm))
@pytest.mark.parametrize("name", sorted(RULES))
def test_bound_and_point_meet_the_linear_optimum_under_every_rule(
    name: str, form: RouteForm
) -> None:
    problem = _problem(7, RULES[name])
    task = _task(problem, form)
    found = descend_task(task, gap=1e-5, time_limit_s=20)
    optimum = _by_programs(task)
    assert found is not None
    assert find_violations(problem, found.point.x, found.point.route_flow) == []
    assert count_cost_min(problem, found.point.x, found.point.route_flow) == pytest.approx(
        found.point.price.total_min, rel=1e-12
    )
    assert found.bound <= optimum * (1 + 1e-12)
    assert found.bound == pytest.approx(optimum, rel=2e-5)
    assert found.point.price.total_min == pytest.approx(optimum, rel=2e-5)


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize("seed", range(2))
def test_no_whole_plan_costs_less_than_the_bound_and_its_reduced_costs(
    name: str, seed: int
) -> None:
    problem = _problem(seed, RULES[name])
    task = _task(problem, RouteForm.FIXED)
    found = descend_task(task, gap=1e-4, time_limit_s=20)
    assert found is not None
    offset = problem.cohorts.candidate_offset[:-1]
    n_plans = 0
    for slots in product(range(3), repeat=4):
        x = np.zeros(12)
        x[offset + np.array(slots)] = 1.0
        flow = np.repeat(task.matrices.demand @ x, 2) * problem.groups.share
        if find_violations(problem, x, flow):
            continue
        n_plans += 1
        cost = fixed_route_cost(problem, slots)
        assert found.bound <= cost
        for k in offset + np.array(slots):
            assert found.bound + found.reduced_cost_min[k] <= cost * (1 + 1e-12)
    assert n_plans >= 1


def test_reduced_costs_from_duals_hold_for_every_plan_too() -> None:
    problem = _problem(3, RULES["moved_and_no_worse"])
    task = _task(problem, RouteForm.FIXED)
    tangents = initial_tangents(problem, task.reduced, 8)
    done = relax(task, tangents, time_limit_s=20, gap=1e-9)
    offset = problem.cohorts.candidate_offset[:-1]
    assert np.all(done.reduced_cost_min >= 0)
    assert done.reduced_cost_min.max() > 0
    for slots in product(range(3), repeat=4):
        x = np.zeros(12)
        x[offset + np.array(slots)] = 1.0
        flow = np.repeat(task.matrices.demand @ x, 2) * problem.groups.share
        if not find_violations(problem, x, flow):
            dearest = done.reduced_cost_min[x > 0].max()
            assert done.bound + dearest <= fixed_route_cost(problem, slots) * (1 + 1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_prices_of_any_kind_prove_no_more_than_the_optimum(seed: int) -> None:
    problem = _problem(seed, RULES["moved_and_no_worse"])
    task = _task(problem)
    optimum = _by_programs(task)
    resources = build_resources(task)
    rng = np.random.default_rng(seed)
    scale = np.concatenate(
        [
            2.0 * resources.net.jump[: resources.n_cells],
            np.full(len(resources.net.room) - resources.n_cells, 2.0),
        ]
    )
    for _ in range(40):
        price = scale * rng.uniform(0.0, 1.0, len(scale)) * (rng.random(len(scale)) < 0.7)
        assert price_out(resources, price).bound <= optimum


def test_water_filling_and_two_slots_come_out_as_derived_by_hand() -> None:
    # Cost 0.01 x a head in a slot of x people; slots cost (9, 4, 0, 6, 14) more: at the
    # optimum every used slot has the marginal cost 0.02 x + extra = 14.6.
    extra = (9.0, 4.0, 0.0, 6.0, 14.0)
    filled = slot_problem(sizes=[2000.0], disutility_min=[extra], base_slot=2, whole_cohorts=False)
    found = descend_task(_task(filled), gap=1e-9, time_limit_s=10)
    np.testing.assert_allclose(2000 * found.point.x, (280, 530, 730, 430, 30), atol=0.5)
    assert found.point.price.total_min == pytest.approx(18_420, rel=1e-7)
    assert found.bound == pytest.approx(18_420, rel=1e-7)
    # 1,000 people, 4 minutes for the second slot: 600 stay, 6,800 in all.
    two = slot_problem(sizes=[1000.0], disutility_min=[(0.0, 4.0)], whole_cohorts=False)
    found = descend_task(_task(two), gap=1e-9, time_limit_s=10)
    assert 1000 * found.point.x[0] == pytest.approx(600, abs=0.5)
    assert found.bound == pytest.approx(6800, rel=1e-7)


def test_load_stays_at_the_seats_where_one_more_would_make_all_stand_closer() -> None:
    # 1,000 people, 700 seats a slot, a minute of the second slot: the first who stands costs
    # 0.01 x 700 = 7 minutes, so 700 stay and 300 move, for 300 minutes. The price of a
    # place lies between 0 and 7: it is the minute.
    problem = slot_problem(
        sizes=[1000.0], disutility_min=[(0.0, 1.0)], seats=700.0, whole_cohorts=False
    )
    found = descend_task(_task(problem), gap=1e-9, time_limit_s=10)
    assert 1000 * found.point.x[0] == pytest.approx(700, abs=0.1)
    assert found.bound == pytest.approx(300, rel=1e-6)
    assert found.cell_price_min[0] == pytest.approx(1.0, rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_routes_for_given_hours_are_those_of_the_linear_program(seed: int) -> None:
    task = _task(_problem(seed, NONE))
    rng = np.random.default_rng(seed)
    x = np.zeros(12)
    x[3 * np.arange(4) + rng.integers(0, 3, 4)] = 1.0
    found = descend_task(task, gap=1e-6, time_limit_s=20, fixed_x=x)
    optimum = _by_programs(task, fixed_x=x)
    np.testing.assert_array_equal(found.point.x, x)
    assert found.bound <= optimum * (1 + 1e-12)
    assert found.point.price.total_min == pytest.approx(optimum, rel=2e-6)
    assert found.bound == pytest.approx(optimum, rel=2e-6)


def test_kernels_price_and_load_as_a_plain_count_does() -> None:
    resources = build_resources(_task(_problem(5, RULES["envy"])))
    net = resources.net
    n, rng = len(net.room), np.random.default_rng(1)
    state = State(
        x=rng.dirichlet(np.ones(3), size=5).ravel()[: len(net.cost)],
        share=rng.uniform(0.0, 1.0, len(net.free)),
        demand=np.zeros(len(net.route_at) - 1),
        load=np.zeros(n),
        price=np.zeros(n),
        centre=rng.uniform(0.0, 2.0, n),
        stiff=rng.uniform(0.0, 0.1, n),
        change=np.zeros(n),
        touched=np.zeros(n, dtype=np.int64),
    )
    settle(net, state)
    load, cheapest = np.zeros(n), []
    for g in range(len(net.route_at) - 1):
        demand = sum(
            state.x[k] * net.pax[i]
            for k in range(len(net.cost))
            for i in range(net.group_at[k], net.group_at[k + 1])
            if net.group_of[i] == g
        )
        costs = []
        for r in range(net.route_at[g], net.route_at[g + 1]):
            costs.append(net.free[r])
            for i in range(net.use_at[r], net.use_at[r + 1]):
                load[net.use_of[i]] += demand * state.share[r] * net.use[i]
                costs[-1] += net.use[i] * state.price[net.use_of[i]]
        cheapest.append(min(costs))
    wanted = net.cost.copy()
    for k in range(len(net.cost)):
        for i in range(net.own_at[k], net.own_at[k + 1]):
            load[net.own_of[i]] += state.x[k] * net.own_use[i]
            wanted[k] += net.own_use[i] * state.price[net.own_of[i]]
        for i in range(net.group_at[k], net.group_at[k + 1]):
            wanted[k] += net.pax[i] * cheapest[net.group_of[i]]
    np.testing.assert_allclose(state.load, load, rtol=1e-12)
    np.testing.assert_allclose(price_out(resources, state.price).cost, wanted, rtol=1e-12)


@pytest.mark.parametrize("name", ["none", "envy", "moved_and_no_worse"])
def test_sweeps_keep_loads_up_to_date_and_shares_whole(name: str) -> None:
    resources = build_resources(_task(_problem(6, RULES[name])))
    net = resources.net
    n, rng = len(net.room), np.random.default_rng(2)
    at = net.route_at[:-1]
    share = np.zeros(len(net.free))
    share[at] = 1.0
    state = State(
        x=np.concatenate([rng.dirichlet(np.ones(3), size=4).ravel(), [0.5, 0.5]])[: len(net.cost)],
        share=share,
        demand=np.zeros(len(at)),
        load=np.zeros(n),
        price=np.zeros(n),
        centre=np.zeros(n),
        stiff=np.full(n, 0.05),
        change=np.zeros(n),
        touched=np.zeros(n, dtype=np.int64),
    )
    settle(net, state)
    before = state.x.copy()
    for _ in range(20):
        sweep(net, state, rng.permutation(len(net.cohort_at) - 1), np.ones(len(net.cost), np.bool_))
    assert not np.array_equal(state.x, before)
    load, demand = state.load.copy(), state.demand.copy()
    settle(net, state)
    np.testing.assert_allclose(state.load, load, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(state.demand, demand, rtol=1e-9, atol=1e-9)
    assert np.all(state.x >= 0)
    np.testing.assert_allclose(np.add.reduceat(state.x, net.cohort_at[:-1]), 1.0, rtol=1e-12)
    np.testing.assert_allclose(np.add.reduceat(state.share, at), 1.0, rtol=1e-12)


def test_rules_that_no_shares_can_keep_are_left_to_the_programs_which_say_so() -> None:
    desk = replace(RULES["presence"].presence[0], min_people=1e6)
    task = _task(_problem(1, replace(NONE, presence=(desk,))))
    assert descend_task(task, gap=1e-3, time_limit_s=5) is None
    tangents = initial_tangents(task.problem, task.reduced, 4)
    done = relax(task, tangents, time_limit_s=10, gap=1e-6, descend_from=0)
    assert done.status is EngineStatus.INFEASIBLE


def test_start_from_elsewhere_changes_the_way_and_not_what_is_proven() -> None:
    task = _task(_problem(2, RULES["moved_and_no_worse"]))
    optimum = _by_programs(task)
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(3), size=4).ravel()
    found = descend_task(
        task,
        gap=1e-5,
        time_limit_s=20,
        start_x=shares,
        start_flow=rng.uniform(0.0, 50.0, task.problem.groups.n_routes),
        start_price_min=rng.uniform(0.0, 5.0, len(task.problem.cells)),
    )
    assert found.bound <= optimum * (1 + 1e-12)
    assert found.bound == pytest.approx(optimum, rel=2e-5)


def test_same_seed_gives_the_same_descent() -> None:
    task = _task(_problem(2, RULES["moved"]))
    first, again = (descend_task(task, gap=1e-5, time_limit_s=60, seed=5) for _ in range(2))
    assert first.bound == again.bound
    np.testing.assert_array_equal(first.point.x, again.point.x)


def test_goals_and_limits_of_another_kind_stay_with_the_programs() -> None:
    task = _task(_problem(2, NONE))
    assert can_descend(task)
    assert not can_descend(replace(task, objective=Objective.PEAK))
    limits = np.full(len(task.problem.cells), np.inf)
    limits[3] = 1e4
    cells = replace(task.problem.cells, limit_pax=limits)
    assert not can_descend(_task(replace(task.problem, cells=cells)))


def test_repair_mixes_in_what_is_safe_and_else_moves_as_few_as_it_can() -> None:
    task = _task(_problem(1, RULES["moved"]))
    resources = build_resources(task)
    rows, limit = resources.row_use, resources.net.room[resources.n_cells :]
    today = np.zeros(12)
    today[task.matrices.base_candidate] = 1.0
    away = np.zeros(12)
    away[0::3] = 1.0
    # Everybody away is far over the limit; the mixture that just keeps it is a known one.
    part = limit.max() / (rows @ away).max()
    nearly = (1.001 * part) * away + (1 - 1.001 * part) * today
    mixed = keep_rules(resources, nearly, today, time_limit_s=5)
    np.testing.assert_allclose(mixed, part * away + (1 - part) * today, atol=1e-9)
    forced = keep_rules(resources, away, today, time_limit_s=5)
    assert np.all(rows @ forced <= limit + 1e-6)
    np.testing.assert_allclose(forced.reshape(4, 3).sum(axis=1), 1.0)
    np.testing.assert_array_equal(keep_rules(resources, today, today, time_limit_s=5), today)


def test_relaxation_by_descent_serves_as_one_by_programs() -> None:
    task = _task(_problem(4, RULES["moved_and_no_worse"]))
    tangents = initial_tangents(task.problem, task.reduced, 6)
    done = relax(task, tangents, time_limit_s=20, gap=1e-5, descend_from=0)
    assert done.engine == "descent"
    assert done.status is EngineStatus.OPTIMAL
    assert done.bound <= done.point.price.total_min <= done.bound * (1 + 1.1e-5)
    assert len(done.tangents) >= len(tangents)
    # Its routes carry the point: the restricted program's optimum is no worse.
    model = done.task.build(done.tangents)
    assert model.column_block("y").stop - model.column_block("y").start == len(
        done.task.reduced.routes
    )
    again = relax(done.task, done.tangents, time_limit_s=20, gap=1e-7, descend_from=10**9)
    assert again.point.price.total_min <= done.point.price.total_min * (1 + 1e-9)


def test_dive_fills_slots_in_whole_steps_almost_as_well_as_can_be() -> None:
    # 2,000 people in 40 cohorts of 50; the best whole plan costs 18,450, the split one 18,420.
    problem = slot_problem(
        sizes=[50.0] * 40, disutility_min=[(9.0, 4.0, 0.0, 6.0, 14.0)] * 40, base_slot=2
    )
    task = _task(problem)
    found = descend_task(task, gap=1e-6, time_limit_s=10)
    whole = dive_to_whole(task, found.point, cell_price_min=found.cell_price_min)
    assert find_violations(problem, whole.x, whole.route_flow) == []
    assert 18_450 - 1e-6 <= whole.price.total_min <= 18_550


@pytest.mark.parametrize("name", ["moved", "envy", "exempt"])
def test_dive_gives_whole_cohorts_and_never_less_than_the_bound_where_rules_are_kept(
    name: str,
) -> None:
    n_kept = 0
    for seed in range(4):
        problem = _problem(seed, replace(RULES[name], whole_cohorts=True))
        task = _task(problem)
        found = descend_task(task, gap=1e-5, time_limit_s=20)
        whole, again = (
            dive_to_whole(
                task,
                found.point,
                cell_price_min=found.cell_price_min,
                rule_price_min=found.rule_price_min,
            )
            for _ in range(2)
        )
        np.testing.assert_array_equal(whole.x, again.x)
        assert set(np.unique(whole.x)) == {0.0, 1.0}
        np.testing.assert_array_equal(whole.x.reshape(4, 3).sum(axis=1), 1.0)
        if not find_violations(problem, whole.x, whole.route_flow):
            n_kept += 1
            assert whole.price.total_min >= found.bound
    assert n_kept >= 1
