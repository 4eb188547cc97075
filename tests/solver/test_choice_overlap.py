"""Path sizes worked out by hand on two patterns of three segments."""

import numpy as np
import pytest

from solver.choice import compute_path_sizes, segment_ride_min
from tests.builders.routes import routes_of

# Pattern 0 rides stretches 0, 1, 2; pattern 1 rides 3, 1, 4: they share the middle one.
PATTERN_OFFSET = np.asarray([0, 4, 8], dtype=np.int32)
STRETCH = np.asarray([0, 1, 2, -1, 3, 1, 4, -1], dtype=np.int32)
EVEN = np.asarray([5.0, 5.0, 5.0, 0.0, 5.0, 5.0, 5.0, 0.0])
OTHER_LINES = []


def sizes(*groups, ride_min=EVEN):
    return compute_path_sizes(routes_of(groups), STRETCH, ride_min, PATTERN_OFFSET)


def test_a_route_that_shares_nothing_counts_for_one():
    assert sizes([[(0, 0, 1)], [(1, 0, 1)], OTHER_LINES]) == pytest.approx([1, 1, 1])


def test_two_routes_over_the_same_stretches_count_for_half_each():
    assert sizes([[(0, 1, 2)], [(1, 1, 2)]]) == pytest.approx([1 / 2, 1 / 2])


def test_routes_that_share_half_their_way_count_for_three_quarters():
    assert sizes([[(0, 0, 2)], [(1, 0, 2)]]) == pytest.approx([3 / 4, 3 / 4])


def test_what_is_shared_weighs_by_its_minutes():
    # 2 minutes alone and 6 shared: 2/8 + 6/8 / 2.
    ride_min = np.asarray([2.0, 6.0, 9.0, 0.0, 2.0, 6.0, 9.0, 0.0])
    assert sizes([[(0, 0, 2)], [(1, 0, 2)]], ride_min=ride_min) == pytest.approx([0.625, 0.625])


def test_a_twin_pair_and_a_third_that_shares_half_with_both():
    # Pair: half of the way with two riders, half with three; the third: half alone.
    pair = 1 / 2 / 2 + 1 / 2 / 3
    found = sizes([[(0, 0, 2)], [(0, 0, 2)], [(1, 0, 2)], OTHER_LINES])
    assert found == pytest.approx([pair, pair, 1 / 2 + 1 / 2 / 3, 1])


def test_changing_vehicles_on_the_way_is_the_same_way():
    assert sizes([[(0, 0, 2)], [(0, 0, 1), (1, 1, 2)]]) == pytest.approx([1 / 2, 1 / 2])


def test_other_lines_count_for_one_and_halve_nobody():
    assert sizes([[(0, 0, 3)], OTHER_LINES]) == pytest.approx([1, 1])


def test_routes_of_other_groups_do_not_matter():
    alone = [[(0, 0, 2)], OTHER_LINES]
    assert sizes(alone, [[(0, 0, 2)], [(0, 0, 2)]], alone) == pytest.approx(
        [1, 1, 1 / 2, 1 / 2, 1, 1]
    )


def test_ride_minutes_of_a_segment_are_the_mean_over_windows_with_service():
    assert segment_ride_min(np.asarray([4.0, 6.0, 0.0, 0.0, 0.0, 0.0]), 3) == pytest.approx([5, 0])
