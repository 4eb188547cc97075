"""Which slots a cohort may be given."""

import numpy as np

from solver.staggering import MoveCost, candidate_slots

H = 3600
GRID = (7 * H + 900 * np.arange(13)).astype(np.int32)  # 07:00 to 10:00
BASE = 6  # 08:30
OPEN = {
    "base_slot": BASE,
    "work_s": 8 * H,
    "earliest_s": 7 * H,
    "latest_s": 10 * H,
    "max_shift_s": 1800,
    "core_start_s": 10 * H,
    "core_end_s": 15 * H,
    "movable": True,
}


def test_half_an_hour_either_way_is_five_quarter_hours() -> None:
    assert candidate_slots(GRID, **OPEN).tolist() == [4, 5, 6, 7, 8]


def test_earliest_and_latest_cut_the_range() -> None:
    cut = OPEN | {"earliest_s": 8 * H + 900, "latest_s": 8 * H + 2700}
    assert candidate_slots(GRID, **cut).tolist() == [5, 6, 7]


def test_late_start_that_misses_core_hours_is_dropped() -> None:
    assert candidate_slots(GRID, **OPEN | {"core_start_s": 8 * H + 2700}).tolist() == [4, 5, 6, 7]


def test_early_start_that_ends_before_core_hours_do_is_dropped() -> None:
    # 8 h from 08:15 is 16:15.
    late = OPEN | {"core_end_s": 16 * H + 900}
    assert candidate_slots(GRID, **late).tolist() == [5, 6, 7, 8]


def test_todays_slot_stays_even_where_rules_forbid_it() -> None:
    assert candidate_slots(GRID, **OPEN | {"core_start_s": 8 * H}).tolist() == [4, BASE]


def test_cohort_that_may_not_move_keeps_todays_slot_alone() -> None:
    assert candidate_slots(GRID, **OPEN | {"movable": False}).tolist() == [BASE]


def test_moving_early_and_late_may_weigh_differently() -> None:
    cost = MoveCost(early_per_min=0.2, late_per_min=0.1)
    got = cost.disutility_min(GRID[[4, 6, 8]], float(GRID[6]))
    np.testing.assert_allclose(got, [6.0, 0.0, 3.0])
