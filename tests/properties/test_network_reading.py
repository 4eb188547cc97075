"""Reading a feed: what must not matter does not, and patterns keep their promises."""

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.base import ProblemLog
from network.readers import read_timetable
from tests.builders.feeds import DAY, write_feed
from tests.builders.random_feeds import cities


def timetable_of(files):
    with tempfile.TemporaryDirectory() as folder:
        return read_timetable(write_feed(Path(folder), **files), DAY, include_spill=False)


def assert_equal(a, b):
    for field in dataclasses.fields(a):
        left, right = getattr(a, field.name), getattr(b, field.name)
        if dataclasses.is_dataclass(left) and not isinstance(left, ProblemLog):
            assert_equal(left, right)
        elif isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, err_msg=field.name)
        elif not isinstance(left, ProblemLog):
            assert left == right, field.name


@given(city=cities(), data=st.data())
def test_the_order_of_rows_does_not_matter(city, data):
    files = city.files()
    shuffled = {}
    for name, text in files.items():
        header, *rows = text.splitlines()
        shuffled[name] = "\n".join([header, *data.draw(st.permutations(rows))])
    assert_equal(timetable_of(files), timetable_of(shuffled))


@given(city=cities())
def test_every_call_is_kept_and_no_trip_overtakes_in_its_pattern(city):
    timetable = timetable_of(city.files())
    runs = sorted([tuple(call) for call in run] for run in city.runs())
    read = []
    for pattern in range(timetable.n_patterns):
        arrival, departure = timetable.pattern_times(pattern)
        assert (np.diff(arrival, axis=0) >= 0).all()
        assert (np.diff(departure, axis=0) >= 0).all()
        first, end = timetable.pattern_offset[pattern : pattern + 2]
        for row in range(len(arrival)):
            read.append(
                [
                    (timetable.stops.ids[s], int(a), int(d), bool(b), bool(o))
                    for s, a, d, b, o in zip(
                        timetable.pattern_stops(pattern),
                        arrival[row],
                        departure[row],
                        timetable.pattern_pickup[first:end],
                        timetable.pattern_dropoff[first:end],
                        strict=True,
                    )
                ]
            )
    assert sorted(read) == runs


@given(city=cities())
def test_patterns_by_stop_are_the_stops_by_pattern(city):
    timetable = timetable_of(city.files())
    by_pattern = {
        (int(stop), pattern, pos)
        for pattern in range(timetable.n_patterns)
        for pos, stop in enumerate(timetable.pattern_stops(pattern))
    }
    by_stop = set()
    for stop in range(timetable.n_stops):
        first, last = timetable.stop_pattern_offset[stop : stop + 2]
        for i in range(first, last):
            by_stop.add((stop, int(timetable.stop_pattern[i]), int(timetable.stop_pattern_pos[i])))
    assert by_stop == by_pattern
