"""Mexico City, Wednesday 15 June 2022: a large feed of frequencies, its known counts."""

import datetime as dt

import numpy as np
import pytest

from network.readers import read_timetable
from tests.builders.realdata import real_data

WEDNESDAY = dt.date(2022, 6, 15)


@pytest.fixture(scope="module")
def path():
    return real_data("mexico-city", "gtfs_cdmx.zip")


@pytest.fixture(scope="module")
def city(path):
    return read_timetable(path, WEDNESDAY, include_spill=False)


def test_the_wednesday_has_its_known_stops_and_trips(city):
    assert city.n_stops == 9_718
    assert city.n_trips == 98_336
    assert city.n_stop_times == 3_249_743


def test_the_night_before_adds_trips_and_no_pattern(path, city):
    with_spill = read_timetable(path, WEDNESDAY)
    own = [trip for trip in with_spill.trip_ids if "/" not in trip]
    assert sorted(own) == sorted(city.trip_ids)
    assert with_spill.n_trips > len(own)
    assert with_spill.n_patterns == city.n_patterns
    assert with_spill.departure_s.min() < 0


def test_shapes_drawn_against_their_trips_are_turned_and_counted(city):
    assert city.set_aside.counts == {"shape against the direction of its trips": 8}
    assert (city.shapes.stop_point >= 0).all()
    lengths = np.diff(city.shapes.offset)
    assert (lengths >= np.diff(city.pattern_offset) // 2).all()
