"""Equilibria and optima of those who choose: closed forms, plain counting, a general solver."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq, minimize

from network.base import InputError
from solver.response import (
    ChoiceModel,
    RouteChoice,
    free_choices,
    route_choices,
    solve_equilibrium,
    solve_optimum,
)
from solver.staggering import StaggeringProblem
from solver.staggering.costs.matrices import build_matrices
from tests.reference.response import group_demand, route_prices
from tests.reference.staggering_cases import slot_problem, two_route_problem
from tests.reference.staggering_oracle import random_problem

FINE = RouteChoice(relative_gap=1e-10)


def _routes(problem: StaggeringProblem, slots: tuple[int, ...] | None = None):
    matrices = build_matrices(problem)
    x = np.zeros(problem.cohorts.n_candidates)
    if slots is None:
        x[matrices.base_candidate] = 1.0
    else:
        x[problem.cohorts.candidate_offset[:-1] + np.array(slots)] = 1.0
    return route_choices(problem, matrices, x)


def _freely(problem: StaggeringProblem):
    minutes = problem.cohorts.candidate_disutility_min
    return free_choices(problem, build_matrices(problem), minutes)


def _pigou() -> StaggeringProblem:
    # One unit of people; the first route costs x minutes, the second one minute and no crowding.
    base = two_route_problem()
    return replace(
        base,
        cohorts=replace(base.cohorts, size=np.ones(1), strand_pax=np.ones(1)),
        groups=replace(base.groups, free_min=np.array([0.0, 1.0])),
        cells=replace(
            base.cells, standing_m2=np.array([0.1, 1e12]), ride_min=np.ones(2), seats=np.zeros(2)
        ),
    )


def test_two_routes_with_linear_crowding_settle_at_700_and_300():
    # 0.01 x = 4 + 0.01 (1000 - x): x = 700, everybody pays 7.
    found = solve_equilibrium(two_route_problem(), _routes(two_route_problem()), choice=FINE)
    np.testing.assert_allclose(found.flow_pax, [700, 300], atol=1e-4)
    assert found.paid_min == pytest.approx(7000)
    assert found.converged


def test_two_routes_led_would_split_600_and_400_at_6800():
    problem = two_route_problem()
    found = solve_optimum(problem, _routes(problem), relative_gap=1e-9)
    np.testing.assert_allclose(found.flow_pax, [600, 400], atol=1e-2)
    assert found.total_min == pytest.approx(6800)
    assert found.bound_min <= 6800 + 1e-6
    assert found.bound_min == pytest.approx(6800, rel=1e-8)


def test_pigou_everybody_takes_the_road_that_fills_and_a_quarter_is_lost():
    problem = _pigou()
    found = solve_equilibrium(problem, _routes(problem), choice=FINE)
    assert found.paid_min == pytest.approx(1.0)
    best = solve_optimum(problem, _routes(problem), relative_gap=1e-9)
    assert best.total_min == pytest.approx(0.75)
    assert best.bound_min == pytest.approx(0.75)
    np.testing.assert_allclose(best.flow_pax, [0.5, 0.5], atol=1e-4)


def test_two_slots_chosen_freely_cost_7000_and_led_6800():
    problem = slot_problem(sizes=[1000], disutility_min=[[0, 4]])
    found = solve_equilibrium(problem, _freely(problem), choice=FINE)
    np.testing.assert_allclose(found.flow_pax, [700, 300], atol=1e-4)
    assert found.paid_min == pytest.approx(7000)
    best = solve_optimum(problem, _freely(problem), relative_gap=1e-9)
    assert best.total_min == pytest.approx(6800)
    assert found.paid_min / best.bound_min == pytest.approx(1.0294, abs=5e-5)


def test_water_filling_by_choice_is_75_575_975_375_and_0():
    problem = slot_problem(sizes=[2000], disutility_min=[[9, 4, 0, 6, 14]], base_slot=2)
    found = solve_equilibrium(problem, _freely(problem), choice=FINE)
    np.testing.assert_allclose(found.flow_pax, [75, 575, 975, 375, 0], atol=1e-3)
    assert found.paid_min == pytest.approx(19_500)
    best = solve_optimum(problem, _freely(problem), relative_gap=1e-9)
    np.testing.assert_allclose(best.flow_pax, [280, 530, 730, 430, 30], atol=1e-2)
    assert best.total_min == pytest.approx(18_420)
    assert best.bound_min == pytest.approx(18_420)


def test_a_seat_is_free_until_it_is_taken_and_the_led_stop_there():
    # 600 seats, 0.01 a standing passenger, another route 2 minutes longer. Choosers go on until
    # 0.01 (x - 600) = 2, x = 800: 2000 minutes. The led stop at 600, where the next would cost
    # everybody 6: 400 others pay 2, 800 minutes.
    base = two_route_problem()
    problem = replace(
        base,
        groups=replace(base.groups, free_min=np.array([0.0, 2.0])),
        cells=replace(base.cells, seats=np.array([600.0, 1000.0])),
    )
    found = solve_equilibrium(problem, _routes(problem), choice=FINE)
    np.testing.assert_allclose(found.flow_pax, [800, 200], atol=1e-4)
    assert found.paid_min == pytest.approx(2000)
    best = solve_optimum(problem, _routes(problem), relative_gap=1e-4)
    assert best.bound_min <= 800 <= best.total_min + 1e-9
    # What is left is the smallest ramp: 600 x 0.002 people too many, at 2 minutes or less each.
    assert best.total_min - best.bound_min <= 8.0


def test_logit_shares_are_those_of_their_own_costs():
    scale = 0.5
    choice = RouteChoice(model=ChoiceModel.LOGIT, scale_per_min=scale, relative_gap=1e-12)
    problem = two_route_problem()
    found = solve_equilibrium(problem, _routes(problem), choice=choice)

    def off(x: float) -> float:
        return np.log(x / (1000 - x)) + scale * (0.01 * x - 4 - 0.01 * (1000 - x))

    first = brentq(off, 1e-6, 1000 - 1e-6, xtol=1e-10)
    np.testing.assert_allclose(found.flow_pax, [first, 1000 - first], atol=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_in_equilibrium_no_used_route_is_dearer_than_another(seed: int):
    problem = random_problem(seed)
    slots = tuple(np.random.default_rng(seed).integers(0, 3, 4).tolist())
    found = solve_equilibrium(problem, _routes(problem, slots), choice=FINE)
    demand = group_demand(problem, slots)
    prices = route_prices(problem, found.flow_pax)
    for g in range(len(problem.groups)):
        span = slice(problem.groups.route_offset[g], problem.groups.route_offset[g + 1])
        assert found.flow_pax[span].sum() == pytest.approx(demand[g])
        used = found.flow_pax[span] > 1e-4
        assert np.all(prices[span][used] <= prices[span].min() + 1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_logit_equilibrium_is_a_fixed_point_by_plain_counting(seed: int):
    problem, scale = random_problem(seed), 0.25
    slots = (0, 1, 2, 1)
    choice = RouteChoice(model=ChoiceModel.LOGIT, scale_per_min=scale, relative_gap=1e-12)
    found = solve_equilibrium(problem, _routes(problem, slots), choice=choice)
    weight = np.exp(-scale * route_prices(problem, found.flow_pax))
    group = problem.groups.route_group()
    total = np.bincount(group, weights=weight)
    demand = group_demand(problem, slots)
    np.testing.assert_allclose(found.flow_pax, (demand / total)[group] * weight, atol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_the_programme_agrees_with_a_general_solver(seed: int):
    problem = random_problem(seed)
    table, cells = _routes(problem, (0, 1, 2, 1)), problem.cells
    found = solve_equilibrium(problem, table, choice=FINE)
    use = build_matrices(problem).use

    def programme(share: np.ndarray) -> float:
        flow = np.stack([share, 1 - share], axis=1).ravel() * np.repeat(table.demand_pax, 2)
        load = cells.background_pax + use @ flow
        integral = problem.curve.beckmann_min(load, cells.seats, cells.standing_m2, cells.ride_min)
        return float(integral.sum() + table.cost_min @ flow)

    n = len(table)
    oracle = minimize(programme, np.full(n, 0.5), bounds=[(0, 1)] * n, method="L-BFGS-B")
    assert found.programme_bound_min <= oracle.fun + 1e-6
    assert found.programme_min == pytest.approx(oracle.fun, rel=1e-5)
    assert found.programme_min <= oracle.fun + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_no_flows_cost_less_than_the_bound_of_the_optimum(seed: int):
    problem = random_problem(seed)
    table, cells = _freely(problem), problem.cells
    best = solve_optimum(problem, table, relative_gap=1e-4)
    use, rng = build_matrices(problem).use, np.random.default_rng(seed)
    chooser = table.chooser_of_way()

    def total(flow: np.ndarray) -> float:
        load = cells.background_pax + use @ table.route_flow(flow, problem.groups.n_routes)
        crowding = problem.curve.cost_min(load, cells.seats, cells.standing_m2, cells.ride_min)
        return float(crowding.sum() + table.cost_min @ flow)

    assert total(best.flow_pax) == pytest.approx(best.total_min)
    for _ in range(200):
        weight = rng.exponential(size=len(chooser)) ** 3
        near = best.flow_pax + 0.01 * table.demand_pax[chooser] * weight
        near *= (table.demand_pax / np.bincount(chooser, weights=near))[chooser]
        assert best.bound_min <= total(near)
    assert best.relative_gap < 5e-3


def test_who_is_exempt_or_over_the_largest_shift_stays_in_reach():
    problem = slot_problem(
        sizes=[1000, 100], disutility_min=[[0, 0, 0], [0, 0, 0]], max_shift_s=900.0
    )
    problem = replace(problem, rules=replace(problem.rules, exempt=(1,)))
    found = solve_equilibrium(problem, _freely(problem), choice=FINE)
    table = _freely(problem)
    pax = np.bincount(table.candidate, weights=found.flow_pax, minlength=6)
    # 100 stay in the first slot, 1000 fill it up to 550 and the next.
    np.testing.assert_allclose(pax, [450, 550, 0, 100, 0, 0], atol=1e-3)


def test_a_start_with_other_demand_is_rescaled_and_leads_to_the_same_equilibrium():
    problem = random_problem(1)
    table = _routes(problem, (0, 1, 2, 1))
    first = solve_equilibrium(problem, table, choice=FINE)
    again = solve_equilibrium(problem, table, choice=FINE, start=7.0 * first.flow_pax)
    assert again.sweeps <= 1
    np.testing.assert_allclose(again.load_pax, first.load_pax, atol=1e-3)


def test_sweeps_that_run_out_are_told():
    problem = random_problem(2)
    choice = RouteChoice(relative_gap=1e-15, max_sweeps=1)
    found = solve_equilibrium(problem, _routes(problem), choice=choice)
    assert not found.converged
    assert found.sweeps == 1


@pytest.mark.parametrize("name", ["scale_per_min", "relative_gap", "max_sweeps"])
def test_settings_of_choice_that_are_not_positive_are_refused(name: str):
    with pytest.raises(InputError, match=name):
        RouteChoice(**{name: 0})
