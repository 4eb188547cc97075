"""Passengers spread over groups: by hand, and nobody lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demand import ArrivalProfile, BackgroundDemand, Cohorts
from network.base import parse_clock
from solver.loading import spread_background, spread_cohorts, window_of_start
from tests.builders.routes import groups_at

EIGHT = parse_clock("08:00")
ALL_HOUR = ArrivalProfile(start_s=EIGHT, share=np.full(60, 1 / 60))


def groups(*keys, n_windows=2):
    return groups_at(keys, first_s=EIGHT, n_windows=n_windows)


def ints(*values):
    return np.asarray(values, dtype=np.int32)


def cohorts(strands, *, sites=(0,)):
    """Cohorts of one employer; strands are (cohort, origin, passengers)."""
    n = len(sites)
    starts = np.full(n, EIGHT + 900, dtype=np.int32)
    return Cohorts(
        employer_ids=("e",),
        site_ids=tuple(f"s{i}" for i in range(max(sites) + 1)),
        site_zone=np.zeros(max(sites) + 1, dtype=np.int32),
        site_lat=np.full(max(sites) + 1, 48.9),
        site_lon=np.full(max(sites) + 1, 2.35),
        team_ids=tuple(f"t{i}" for i in range(n)),
        employer=np.zeros(n, dtype=np.int32),
        site=np.asarray(sites, dtype=np.int32),
        size=np.full(n, 100.0),
        start_s=starts,
        earliest_s=starts,
        latest_s=starts,
        max_shift_s=np.zeros(n, dtype=np.int32),
        movable=np.ones(n, dtype=np.bool_),
        strand_cohort=ints(*(row[0] for row in strands)),
        strand_origin=ints(*(row[1] for row in strands)),
        strand_pax=np.asarray([row[2] for row in strands], dtype=float),
    )


@pytest.mark.parametrize(
    ("start", "window"),
    [
        ("08:00", -1),  # who starts when the period does arrived before it
        ("08:01", 0),
        ("08:15", 0),  # on the grid: the window that ends there
        ("08:20", 1),  # off the grid: the window it lies in
        ("08:30", 1),
        ("08:45", 2),
    ],
)
def test_people_arrive_in_the_window_that_ends_at_their_start(start, window):
    assert window_of_start(ints(parse_clock(start)), groups((0, 0, 0))).tolist() == [window]


def test_background_follows_the_profile_and_who_has_no_group_is_counted():
    # A quarter of the hour's trips in each of two quarters; pair (1, 1) has no second window.
    background = BackgroundDemand(
        origin=ints(0, 1), destination=ints(1, 1), trips=np.asarray([100.0, 40.0]), profile=ALL_HOUR
    )
    demand = spread_background(background, groups((0, 1, 0), (0, 1, 1), (1, 1, 0)))
    assert demand.pax == pytest.approx([25, 25, 10])
    assert demand.other_pax == pytest.approx(10)
    assert demand.total_pax == pytest.approx((100 + 40) / 2)


def test_cohorts_follow_their_shares_and_who_has_no_group_is_counted():
    # Cohort 0: 30 from zone 0, 10 from zone 1, 60 % at 08:15 and 40 % at 08:30; site 0 is
    # place 2. Cohort 1 starts at 09:00, outside the period.
    staff = cohorts([(0, 0, 30.0), (0, 1, 10.0), (1, 0, 7.0)], sites=(0, 0))
    matrix, other = spread_cohorts(
        staff,
        groups((0, 2, 0), (0, 2, 1), (1, 2, 0)),
        n_zones=2,
        start_s=np.asarray([[EIGHT + 900, EIGHT + 1800], [EIGHT + 3600] * 2], dtype=np.int32),
        share=np.asarray([[0.6, 0.4], [1.0, 0.0]]),
    )
    assert matrix.toarray() == pytest.approx(np.asarray([[18, 12, 6], [0, 0, 0]]))
    assert other == pytest.approx([4, 7])


def test_staff_of_two_sites_never_share_a_group():
    staff = cohorts([(0, 0, 5.0), (1, 0, 8.0)], sites=(0, 1))
    matrix, other = spread_cohorts(
        staff,
        groups((0, 0, 0), (0, 1, 0), (0, 2, 0)),
        n_zones=1,
        start_s=np.full((2, 1), EIGHT + 900, dtype=np.int32),
        share=np.ones((2, 1)),
    )
    assert matrix.toarray() == pytest.approx(np.asarray([[0, 5, 0], [0, 0, 8]]))
    assert other == pytest.approx([0, 0])


KEYS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 3)), max_size=25, unique=True
).map(sorted)
PAX = st.floats(0, 500)


@given(
    keys=KEYS,
    pairs=st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 5)), PAX, min_size=1),
)
def test_no_background_passenger_of_the_period_is_lost(keys, pairs):
    background = BackgroundDemand(
        origin=ints(*(o for o, _ in pairs)),
        destination=ints(*(d for _, d in pairs)),
        trips=np.asarray(list(pairs.values())),
        profile=ALL_HOUR,
    )
    demand = spread_background(background, groups(*keys, n_windows=4))
    assert demand.total_pax == pytest.approx(sum(pairs.values()), abs=1e-6)
    assert demand.pax.min(initial=0) >= 0


@given(
    keys=KEYS,
    strands=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), PAX), min_size=1, max_size=8),
    starts=st.lists(st.integers(-10, 90), min_size=2, max_size=2),
    split=st.floats(0, 1),
)
def test_no_passenger_of_a_cohort_is_lost(keys, strands, starts, split):
    staff = cohorts(sorted(strands), sites=(0, 1))
    matrix, other = spread_cohorts(
        staff,
        groups(*keys, n_windows=4),
        n_zones=4,
        start_s=np.asarray([[EIGHT + 60 * m for m in starts]] * 2, dtype=np.int32),
        share=np.asarray([[split, 1 - split]] * 2),
    )
    all_pax = np.bincount(staff.strand_cohort, weights=staff.strand_pax, minlength=2)
    assert np.asarray(matrix.sum(axis=1)).ravel() + other == pytest.approx(all_pax, abs=1e-6)
