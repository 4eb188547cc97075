"""The crowding curve against hand-worked numbers and its own definition."""

import numpy as np
import pytest

from network.base import InputError
from solver.crowding import (
    CrowdingCurve,
    capacity_pax,
    excess_pax_min,
    exposed_pax_min,
    share_below_threshold,
)

# 200 seats, 100 m2, 3 minutes, slope 0.1: a = 3 * 0.1 / 100 = 0.003
CELL = {"seats": 200.0, "standing_m2": 100.0, "ride_min": 3.0}
CURVE = CrowdingCurve()


def test_hand_worked_cell_at_two_standing_per_square_metre() -> None:
    assert CURVE.density(400.0, 200.0, 100.0) == pytest.approx(2.0)
    assert CURVE.multiplier(400.0, 200.0, 100.0) == pytest.approx(1.2)
    assert CURVE.extra_min(400.0, **CELL) == pytest.approx(0.6)
    assert CURVE.cost_min(400.0, **CELL) == pytest.approx(240.0)
    assert CURVE.marginal_min(400.0, **CELL) == pytest.approx(0.003 * 600)
    assert CURVE.beckmann_min(400.0, **CELL) == pytest.approx(0.5 * 0.6 * 200)


def test_nothing_is_added_while_everyone_can_sit() -> None:
    load = np.array([0.0, 100.0, 200.0])
    assert np.all(CURVE.cost_min(load, **CELL) == 0)
    assert np.all(CURVE.multiplier(load, 200.0, 100.0) == 1)
    assert np.all(CURVE.marginal_min(load[:2], **CELL) == 0)


def test_first_to_stand_costs_all_who_sit() -> None:
    assert CURVE.marginal_min(200.0, **CELL) == pytest.approx(0.003 * 200)


def test_marginal_is_the_slope_of_the_cost_and_extra_that_of_beckmann() -> None:
    load, h = np.linspace(210.0, 900.0, 40), 1e-3
    slope = (CURVE.cost_min(load + h, **CELL) - CURVE.cost_min(load - h, **CELL)) / (2 * h)
    np.testing.assert_allclose(slope, CURVE.marginal_min(load, **CELL), rtol=1e-6)
    slope = (CURVE.beckmann_min(load + h, **CELL) - CURVE.beckmann_min(load - h, **CELL)) / (2 * h)
    np.testing.assert_allclose(slope, CURVE.extra_min(load, **CELL), rtol=1e-6)


def test_capacity_is_seats_and_four_per_square_metre() -> None:
    assert capacity_pax(200.0, 100.0) == pytest.approx(600.0)


def test_excess_counts_who_does_not_fit_and_exposed_everyone_with_them() -> None:
    load = np.array([600.0, 610.0])
    np.testing.assert_allclose(excess_pax_min(load, **CELL), [0.0, 30.0])
    np.testing.assert_allclose(exposed_pax_min(load, **CELL), [0.0, 1830.0])
    assert share_below_threshold(load, **CELL) == pytest.approx(600 / 1210)
    assert share_below_threshold(np.zeros(2), **CELL) == 1.0


def test_tangents_never_exceed_the_curve_and_miss_at_most_the_stated_error() -> None:
    n, top = 9, 1000.0
    points = CURVE.tangent_points(np.array([200.0]), np.array([top]), n)
    slope, intercept = CURVE.tangents(points, np.array([200.0]), np.array([100.0]), np.array([3.0]))
    load = np.linspace(0.0, top, 2001)
    under = np.maximum(0.0, (slope[0][:, None] * load + intercept[0][:, None]).max(axis=0))
    missing = CURVE.cost_min(load, **CELL) - under
    step = (top - 200.0) / (n - 1)
    assert missing.min() >= -1e-9
    assert missing.max() == pytest.approx(0.003 * step**2 / 4, rel=1e-3)
    np.testing.assert_allclose(missing[load <= 200.0], 0.0, atol=1e-9)


def test_standing_without_standing_room_is_refused() -> None:
    with pytest.raises(InputError, match="no standing room"):
        CURVE.cost_min(np.array([10.0]), np.array([0.0]), np.array([0.0]), 1.0)


def test_empty_cell_without_service_costs_nothing() -> None:
    assert CURVE.cost_min(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1))[0] == 0


@pytest.mark.parametrize("slope", [-0.1, float("nan"), float("inf")])
def test_bad_slope_is_refused(slope: float) -> None:
    with pytest.raises(InputError, match="slope"):
        CrowdingCurve(slope=slope)
