"""Sitting and standing apart: the published ends of the curve, and what an equilibrium needs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.base import InputError
from solver.crowding import SeatedStandingCurve

CURVE = SeatedStandingCurve()


def extra(load, seats=100.0, room=50.0, minutes=10.0):
    return float(CURVE.extra_min(load, seats, room, minutes))


def test_nothing_weighs_while_everybody_sits():
    assert extra(0.0) == 0
    assert extra(100.0) == 0


def test_full_vehicle_weighs_one_and_a_half_seated_and_one_point_seven_standing():
    # 100 sit at 1.5, 200 stand (4 per m2) at 1.7: on average 490 / 300 = 1.6333.
    assert extra(300.0) == pytest.approx(10 * (490 / 300 - 1))


def test_the_first_who_has_to_stand_in_an_empty_vehicle_bears_the_standing():
    assert extra(0.0, seats=0.0) == pytest.approx(10 * 0.2)


@given(
    low=st.floats(0, 900), more=st.floats(0, 900), seats=st.floats(0, 200), room=st.floats(1, 200)
)
def test_the_weight_never_falls_as_more_get_on(low, more, seats, room):
    assert extra(low + more, seats, room) >= extra(low, seats, room) - 1e-9


@pytest.mark.parametrize(
    ("field", "value"), [("slope", -0.1), ("slope", np.nan), ("standing", 0.9)]
)
def test_curves_that_make_no_sense_are_refused(field, value):
    with pytest.raises(InputError, match=field):
        SeatedStandingCurve(**{field: value})
