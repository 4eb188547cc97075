"""Scaling a line's frequency adds and removes trips without overtaking or other change."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from network.edit import scale_frequency
from tests.builders.lines import line_timetable


def test_factor_of_one_changes_nothing():
    timetable = line_timetable(departures_s=[0, 600, 1200], hops_s=[120, 180])
    same = scale_frequency(timetable, line="L", factor=1.0, start_s=0, end_s=9999)
    assert np.array_equal(same.departure_s, timetable.departure_s)
    assert np.array_equal(same.arrival_s, timetable.arrival_s)
    assert same.trip_ids == timetable.trip_ids


def test_doubling_three_trips_gives_six_evenly_spread():
    # 0, 600, 1200 at the first stop: six places at 0, 240, 480, 720, 960, 1200
    timetable = line_timetable(departures_s=[0, 600, 1200], hops_s=[120, 180])
    twice = scale_frequency(timetable, line="L", factor=2.0, start_s=0, end_s=9999)
    arrival, departure = twice.pattern_times(0)
    assert departure[:, 0].tolist() == [0, 240, 480, 720, 960, 1200]
    assert arrival[:, 2].tolist() == [300, 540, 780, 1020, 1260, 1500]
    assert len(set(twice.trip_ids)) == 6
    assert twice.n_trips == 6
    assert len(twice.trip_seats) == 6


def test_only_trips_of_the_window_are_resampled():
    timetable = line_timetable(departures_s=[0, 600, 1200, 5000], hops_s=[60])
    half = scale_frequency(timetable, line="L", factor=1 / 3, start_s=0, end_s=1300)
    _, departure = half.pattern_times(0)
    assert departure[:, 0].tolist() == [600, 5000]


def test_other_lines_keep_their_trips():
    timetable = line_timetable(departures_s=[0, 600], hops_s=[60], other_departures_s=[30, 90])
    twice = scale_frequency(timetable, line="L", factor=2.0, start_s=0, end_s=9999)
    assert np.array_equal(twice.pattern_times(1)[1], timetable.pattern_times(1)[1])
    assert np.diff(twice.pattern_trip_offset).tolist() == [4, 2]


def test_unknown_line_is_an_error():
    timetable = line_timetable(departures_s=[0], hops_s=[60])
    with pytest.raises(KeyError, match="X"):
        scale_frequency(timetable, line="X", factor=2.0, start_s=0, end_s=1)


def test_service_date_is_kept():
    timetable = line_timetable(departures_s=[0], hops_s=[60])
    assert timetable.service_date == dt.date(2019, 3, 14)


def linked(timetable, pairs):
    """The timetable with vehicles that go on from one trip to another, by trip_id."""
    trip_next = np.full(timetable.n_trips, -1, dtype=np.int32)
    for a, b in pairs.items():
        trip_next[timetable.trip_ids.index(a)] = timetable.trip_ids.index(b)
    return replace(timetable, trip_next=trip_next)


def links(timetable):
    return {
        timetable.trip_ids[i]: timetable.trip_ids[b]
        for i, b in enumerate(timetable.trip_next.tolist())
        if b >= 0
    }


def test_vehicles_go_on_as_before_where_both_trips_stay():
    # L leaves as t0, t1, t2; M, the way back, as t3, t4.
    timetable = linked(
        line_timetable(departures_s=[0, 600, 1200], hops_s=[60], other_departures_s=[100, 1300]),
        {"t0": "t3", "t3": "t2", "t1": "t4", "t2": "t4"},
    )
    same = scale_frequency(timetable, line="L", factor=1.0, start_s=0, end_s=9999)
    assert links(same) == links(timetable)
    # t0 and t1 leave the window, one trip between them takes their place; M moves up by one.
    fewer = scale_frequency(timetable, line="L", factor=0.5, start_s=0, end_s=700)
    assert fewer.trip_ids == ("t0", "t2", "t3", "t4")
    assert fewer.pattern_times(0)[1][:, 0].tolist() == [300, 1200]
    assert links(fewer) == {"t3": "t2", "t2": "t4"}
    # Twice three trips: the first and the last stay as they are, those between are new.
    more = scale_frequency(timetable, line="L", factor=2.0, start_s=0, end_s=9999)
    assert more.n_trips == 8
    assert links(more) == {"t0": "t3", "t3": "t2", "t2": "t4"}
