"""Cases whose answers follow from closed forms, solved by the product itself."""

import numpy as np
import pytest

from solver.staggering import (
    Objective,
    PlanStatus,
    RouteForm,
    SolveSettings,
    StaggeringResult,
    solve_staggering,
)
from tests.reference.staggering_cases import slot_problem, two_route_problem

FINE = SolveSettings(refine_gap=1e-6)


def _encloses(result: StaggeringResult, value: float, rel: float = 2e-6) -> None:
    assert result.objective is not None
    assert result.best_bound <= value <= result.objective + 1e-9
    assert result.objective - result.best_bound <= rel * value


@pytest.mark.parametrize("form", list(RouteForm))
def test_two_slots_with_linear_crowding_cost_6800(form: RouteForm) -> None:
    # 0.01 x a head, 4 more in B: marginals 0.02 x = 4 + 0.02 (1000 - x), so x = 600.
    problem = slot_problem(sizes=[1000], disutility_min=[[0, 4]], whole_cohorts=False)
    result = solve_staggering(problem, settings=SolveSettings(form=form))
    _encloses(result, 6800)
    assert 1000 * result.x[0] == pytest.approx(600, abs=1)


def test_two_routes_with_linear_crowding_cost_6800() -> None:
    result = solve_staggering(two_route_problem(), settings=FINE)
    _encloses(result, 6800)
    np.testing.assert_allclose(result.route_flow, [600, 400], atol=1)


def test_water_filling_over_five_slots_costs_18420() -> None:
    problem = slot_problem(
        sizes=[2000], disutility_min=[[9, 4, 0, 6, 14]], base_slot=2, whole_cohorts=False
    )
    result = solve_staggering(problem, settings=FINE)
    _encloses(result, 18_420)
    np.testing.assert_allclose(2000 * result.x, [280, 530, 730, 430, 30], atol=2)


def test_water_filling_in_whole_steps_of_50_costs_18450() -> None:
    problem = slot_problem(sizes=[50] * 40, disutility_min=[[9, 4, 0, 6, 14]] * 40, base_slot=2)
    result = solve_staggering(problem, settings=SolveSettings(gap=2e-3))
    assert result.objective == pytest.approx(18_450)
    assert 18_419.9 < result.best_bound <= 18_420


def test_status_quo_of_water_filling_costs_40000_and_a_ban_on_moving_keeps_it() -> None:
    problem = slot_problem(
        sizes=[50] * 40,
        disutility_min=[[9, 4, 0, 6, 14]] * 40,
        base_slot=2,
        max_moved_people=0.0,
    )
    result = solve_staggering(problem)
    assert result.objective == pytest.approx(40_000)
    assert result.best_bound == pytest.approx(40_000)


@pytest.mark.parametrize(
    ("sizes", "peak", "relaxed"),
    [
        ((5, 4, 3, 3, 3), 9, 9),
        ((5, 5, 5), 10, 7.5),
        ((7, 6, 5, 4, 3, 2), 14, 13.5),
        ((8, 7, 6, 5, 4), 15, 15),
    ],
)
def test_whole_cohorts_in_two_slots_reach_the_known_peak(
    sizes: tuple[int, ...], peak: float, relaxed: float
) -> None:
    # A cell of capacity 1, so that the load factor is the load.
    problem = slot_problem(sizes=sizes, disutility_min=[[0, 0]] * len(sizes), standing_m2=0.25)
    result = solve_staggering(problem, settings=SolveSettings(objective=Objective.PEAK))
    assert result.objective == pytest.approx(peak)
    assert result.peak_load_factor == pytest.approx(peak)
    assert result.lp_objective == pytest.approx(relaxed)
    assert result.best_bound == pytest.approx(relaxed)
    assert result.status is PlanStatus.OPTIMAL


def test_transportation_by_slot_capacities_costs_450() -> None:
    problem = slot_problem(
        sizes=(400, 300, 500),
        disutility_min=[[0, 5, 9], [6, 0, 4], [3, 2, 0]],
        base_slot=[0, 1, 2],
        limit_pax=(350, 450, 400),
        slope=0.0,
        whole_cohorts=False,
    )
    result = solve_staggering(problem)
    assert result.objective == pytest.approx(450)
    assert result.best_bound == pytest.approx(450)
    # All reduced costs of the unused pairs are positive, so this plan is the only best one.
    people = np.array([400, 300, 500])[:, None] * result.x.reshape(3, 3)
    np.testing.assert_allclose(people, [[350, 50, 0], [0, 300, 0], [0, 100, 400]], atol=1e-6)


FAIRNESS = {
    "sizes": (300, 300),
    "disutility_min": [[0, 2], [0, 3]],
    "limit_pax": (300, 600),
    "slope": 0.0,
    "whole_cohorts": False,
}


def test_efficient_plan_moves_the_cheaper_employer_alone() -> None:
    result = solve_staggering(slot_problem(**FAIRNESS))
    assert result.objective == pytest.approx(600)
    np.testing.assert_allclose(result.price.employer_burden_min, [2.0, 0.0], atol=1e-9)


def test_max_min_fair_plan_moves_180_and_120_at_a_price_of_20_percent() -> None:
    fairest = solve_staggering(
        slot_problem(**FAIRNESS), settings=SolveSettings(objective=Objective.BURDEN)
    )
    assert fairest.objective == pytest.approx(1.2)
    limited = solve_staggering(slot_problem(**FAIRNESS, max_burden_min=1.2))
    np.testing.assert_allclose(300 * limited.x.reshape(2, 2)[:, 1], [180, 120], atol=1e-6)
    assert limited.objective == pytest.approx(720)
    assert limited.objective / 600 - 1 == pytest.approx(0.20)
