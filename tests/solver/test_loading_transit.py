"""The transit loading finds the equilibrium, says how far it is, and loses nobody."""

import numpy as np
import pytest
from scipy.optimize import brentq

from network.base import Cancelled
from solver.crowding import CrowdingCurve
from solver.loading import AssignmentSettings, assign_transit
from tests.builders.choices import alternatives_of, cells_of

CURVE = CrowdingCurve(slope=0.1)


def linear_cells(n):
    """Cells where x passengers cost each 0.01 x minutes: 10 min x 0.1 x / 100 m2, no seats."""
    return cells_of(ride_min=[10.0] * n, seats=[0.0] * n, standing_m2=[100.0] * n)


def settings(**changes):
    return AssignmentSettings(**{"relative_gap": 1e-10, "max_iterations": 2000} | changes)


def test_two_slots_of_known_answer_end_at_700_and_300_when_people_choose_sharply():
    # science: 0.01 x a head in a slot with x people, 4 more in slot B; 0.01 * 700 = 0.01 * 300 + 4
    two = alternatives_of([[(0.0, [(0, 1.0)]), (4.0, [(1, 1.0)])]])
    result = assign_transit(
        two,
        linear_cells(2),
        np.asarray([1000.0]),
        curve=CURVE,
        settings=settings(scale_per_min=200.0, relative_gap=1e-9),
    )
    assert result.converged
    assert result.load_pax == pytest.approx([700.0, 300.0], abs=0.5)
    assert result.total_cost_min == pytest.approx(7000.0, rel=1e-3)


def test_water_filling_equilibrium_is_75_575_975_375_0_when_people_choose_sharply():
    extra = (9.0, 4.0, 0.0, 6.0, 14.0)
    five = alternatives_of([[(cost, [(k, 1.0)]) for k, cost in enumerate(extra)]])
    result = assign_transit(
        five,
        linear_cells(5),
        np.asarray([2000.0]),
        curve=CURVE,
        settings=settings(scale_per_min=200.0, relative_gap=1e-8),
    )
    assert result.load_pax == pytest.approx([75.0, 575.0, 975.0, 375.0, 0.0], abs=1.0)
    assert result.total_cost_min == pytest.approx(19_500.0, rel=2e-3)


def test_logit_equilibrium_equals_the_root_of_its_equation():
    scale = 0.25
    two = alternatives_of([[(0.0, [(0, 1.0)]), (4.0, [(1, 1.0)])]])
    result = assign_transit(
        two, linear_cells(2), np.asarray([1000.0]), curve=CURVE, settings=settings()
    )

    def off_balance(x):
        return 0.01 * x + np.log(x) / scale - (0.01 * (1000 - x) + 4 + np.log(1000 - x) / scale)

    assert result.load_pax[0] == pytest.approx(brentq(off_balance, 1, 999), abs=0.05)


def test_without_crowding_the_loading_is_one_logit_of_free_costs():
    two = alternatives_of([[(3.0, [(0, 1.0)]), (7.0, [(1, 1.0)])]])
    result = assign_transit(
        two,
        linear_cells(2),
        np.asarray([500.0]),
        curve=CrowdingCurve(slope=0.0),
        settings=settings(scale_per_min=0.5),
    )
    assert result.load_pax[0] == pytest.approx(500 / (1 + np.exp(-0.5 * 4)))
    assert result.iterations == 1
    assert result.assignment_gap == pytest.approx(0.0, abs=1e-12)


def test_everybody_of_every_group_travels_and_weights_are_kept():
    shared = alternatives_of(
        [
            [(5.0, [(0, 0.5), (1, 0.5)]), (9.0, [])],
            [(2.0, [(1, 1.0), (2, 1.0)]), (2.5, [(0, 1.0)]), (20.0, [])],
            [(1.0, [(2, 1.0)]), (1.0, [])],
        ]
    )
    demand = np.asarray([900.0, 400.0, 0.0])
    result = assign_transit(shared, linear_cells(3), demand, curve=CURVE, settings=settings())
    by_group = np.add.reduceat(result.flow_pax, shared.offset[:-1])
    assert by_group == pytest.approx(demand)
    h = result.flow_pax
    assert result.load_pax == pytest.approx(
        [0.5 * h[0] + h[3], 0.5 * h[0] + h[2], h[2] + h[5]], abs=1e-6
    )


def test_gap_is_never_negative_and_falls_below_the_one_asked_for():
    rng = np.random.default_rng(3)
    groups = [
        [
            (float(rng.uniform(0, 9)), [(int(k), 1.0) for k in rng.choice(12, 3, replace=False)])
            for _ in range(4)
        ]
        for _ in range(60)
    ]
    result = assign_transit(
        alternatives_of(groups),
        linear_cells(12),
        rng.uniform(0, 300, 60),
        curve=CURVE,
        settings=settings(relative_gap=1e-6),
    )
    assert min(result.gaps) >= 0
    assert result.gaps[-1] <= 1e-6 < result.gaps[0]
    assert result.converged


def test_result_says_that_it_did_not_converge_when_iterations_run_out():
    two = alternatives_of([[(0.0, [(0, 1.0)]), (4.0, [(1, 1.0)])]])
    result = assign_transit(
        two,
        linear_cells(2),
        np.asarray([1000.0]),
        curve=CURVE,
        settings=settings(max_iterations=1),
    )
    assert not result.converged
    assert result.assignment_gap > 1e-10


def test_starting_from_the_answer_needs_one_look():
    two = alternatives_of([[(0.0, [(0, 1.0)]), (4.0, [(1, 1.0)])]])
    demand = np.asarray([1000.0])
    cold = assign_transit(two, linear_cells(2), demand, curve=CURVE, settings=settings())
    warm = assign_transit(
        two,
        linear_cells(2),
        demand,
        curve=CURVE,
        settings=settings(relative_gap=1e-9),
        start=cold.flow_pax,
    )
    assert warm.iterations == 1
    assert warm.load_pax == pytest.approx(cold.load_pax, rel=1e-6)


def test_more_room_never_raises_a_load_factor_of_a_single_route():
    one = alternatives_of([[(0.0, [(0, 1.0)]), (6.0, [])]])
    factors = []
    for room in (50.0, 100.0, 200.0):
        cells = cells_of(ride_min=[10.0], seats=[0.0], standing_m2=[room])
        result = assign_transit(one, cells, np.asarray([800.0]), curve=CURVE, settings=settings())
        factors.append(result.load_pax[0] / cells.capacity_pax[0])
    assert factors[0] > factors[1] > factors[2]


def test_progress_can_cancel_the_loading():
    two = alternatives_of([[(0.0, [(0, 1.0)]), (4.0, [(1, 1.0)])]])

    def stop(stage, done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        assign_transit(
            two,
            linear_cells(2),
            np.asarray([10.0]),
            curve=CURVE,
            settings=settings(),
            progress=stop,
        )


@pytest.mark.parametrize("name", ["scale_per_min", "relative_gap", "max_iterations"])
def test_settings_that_make_no_sense_are_refused(name):
    with pytest.raises(ValueError, match=name):
        AssignmentSettings(**{name: 0})
