"""Arrival profiles: totals kept, minutes never negative, and hours near home moved to work."""

import numpy as np
import pytest

from demand import smooth_profile
from demand.arrivals import ArrivalSettings, derive_arrival_shares
from network.base.errors import DemandInputError

HOUR = 3600


def test_equal_hours_make_equal_minutes():
    profile = smooth_profile([0, HOUR, 2 * HOUR], [0.3, 0.3])

    assert profile.start_s == 0
    assert profile.share == pytest.approx(np.full(120, 0.005))


def test_each_hour_keeps_its_share_exactly():
    shares = [0.02, 0.1, 0.4, 0.05, 0.0]
    profile = smooth_profile([HOUR * h for h in range(5, 11)], shares)

    for i, share in enumerate(shares):
        start = (5 + i) * HOUR
        assert profile.share_between(start, start + HOUR) == pytest.approx(share, abs=1e-15)
    assert profile.share.min() >= 0


def test_the_busy_hour_leans_towards_its_busier_neighbour():
    profile = smooth_profile([0, HOUR, 2 * HOUR, 3 * HOUR], [0.1, 0.5, 0.3])

    middle = profile.share[60:120]
    assert middle[-1] > middle[0]


@pytest.mark.parametrize(
    ("edges", "shares", "found"),
    [
        ([0, HOUR], [0.5, 0.5], "2 interval ends for 2 shares"),
        ([0], [], "1 interval ends for 0 shares"),
        ([0, HOUR, HOUR], [0.5, 0.5], "do not increase"),
        ([0, 90], [0.5], "whole minutes"),
        ([0, HOUR], [-0.1], "shares from -0.1"),
        ([0, HOUR], [1.1], "sum to 1.1"),
    ],
)
def test_a_profile_that_is_none_is_refused(edges, shares, found):
    with pytest.raises(DemandInputError, match=found):
        smooth_profile(edges, shares)


def test_one_hour_of_entries_arrives_a_ride_later():
    entries = [0.0] * 24
    entries[7] = 10.0
    settings = ArrivalSettings(ride_s=30 * 60, step_s=HOUR, morning_share=0.9)

    edges, share = derive_arrival_shares(entries, settings)

    by_hour = dict(zip((edges[:-1] // HOUR).tolist(), share.tolist(), strict=True))
    # 07:00-08:00 alone, spread evenly (nothing before or after to lean on): 07:30-08:30.
    assert by_hour[7] == pytest.approx(0.45)
    assert by_hour[8] == pytest.approx(0.45)
    assert sum(by_hour.values()) == pytest.approx(0.9)


def test_the_midday_level_is_no_commute():
    # 10 an hour all day but 30 at 9: from 10:00 nothing is left, at 9 about 30 - 9.
    entries = [10.0] * 24
    entries[9] = 30.0
    edges, share = derive_arrival_shares(
        entries, ArrivalSettings(ride_s=0, ramp_h=(0.0, 9.0), step_s=HOUR, start_s=0)
    )

    by_hour = dict(zip((edges[:-1] // HOUR).tolist(), share.tolist(), strict=True))
    assert by_hour[10] == by_hour[11] == 0
    # what is above the growing level: 10 - 10 (h + 0.5) / 9, and 20 at nine o'clock
    expected = [10 - 10 * (h + 0.5) / 9 for h in range(9)]
    assert by_hour[9] == pytest.approx(20 / (sum(expected) + 20))


@pytest.mark.parametrize("entries", [[1.0] * 23, [0.0] * 24, [1.0] * 23 + [-1.0]])
def test_entries_that_are_no_day_are_refused(entries):
    with pytest.raises(ValueError, match="24 numbers"):
        derive_arrival_shares(entries, ArrivalSettings(ride_s=0))


@pytest.mark.parametrize(
    "values", [{"ride_s": 30}, {"ride_s": 60, "step_s": 11 * 60}, {"ride_s": 0, "morning_share": 0}]
)
def test_arrival_settings_out_of_range_are_refused(values):
    with pytest.raises(ValueError, match="must"):
        ArrivalSettings(**values)
