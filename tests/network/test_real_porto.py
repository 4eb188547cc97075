"""Porto: buses and trams of a Wednesday in 2024 with a metro whose feed covers 2026 alone."""

import datetime as dt

import numpy as np
import pytest

from network.base import distance_m
from network.building.inputs import FeedSource
from network.readers import count_service, read_feed_tables, read_network, read_timetable
from tests.builders.realdata import real_data

WEDNESDAY = dt.date(2024, 5, 15)
METRO_WEDNESDAY = dt.date(2026, 5, 13)


@pytest.fixture(scope="module")
def stcp():
    return real_data("porto", "gtfs_stcp.zip")


@pytest.fixture(scope="module")
def sources(stcp):
    metro = real_data("porto", "gtfs_metroporto_latest.zip")
    return [FeedSource(path=stcp), FeedSource(path=metro, service_date=METRO_WEDNESDAY)]


@pytest.fixture(scope="module")
def porto(sources):
    return read_network(sources, WEDNESDAY, include_spill=False)


def test_the_bus_feed_has_its_known_rows(stcp):
    tables = read_feed_tables(stcp)
    frames = (tables.routes, tables.stops, tables.trips, tables.stop_times)
    assert [len(frame) for frame in frames] == [73, 2_504, 12_950, 460_898]


def test_the_wednesday_has_its_known_trips(stcp):
    timetable = read_timetable(stcp, WEDNESDAY, include_spill=False)
    assert timetable.n_trips == 5_751
    assert timetable.n_stops == 2_504
    assert timetable.n_stop_times == 203_820
    assert timetable.set_aside.total == 0


def test_both_feeds_are_one_network_on_the_wednesday(porto):
    timetable = porto.timetable
    assert timetable.n_stops == 2_589
    by_feed = {
        prefix: sum(trip.startswith(f"{prefix}:") for trip in timetable.trip_ids)
        for prefix in ("stcp", "metroporto-latest")
    }
    assert by_feed == {"stcp": 5_751, "metroporto-latest": 1_153}
    assert [info.service_date for info in timetable.feeds] == [METRO_WEDNESDAY, WEDNESDAY]
    assert timetable.set_aside.total == 0


def test_service_on_the_wednesday_is_that_of_both_feeds(sources):
    # Of the metro's 75 trips most are templates of frequencies, which are not expanded here.
    assert count_service(sources)[WEDNESDAY] == 5_751 + 75


def test_calls_lie_on_the_shapes_in_order_and_near_their_stops(porto):
    timetable, shapes = porto.timetable, porto.timetable.shapes
    gaps_m = []
    for pattern in range(timetable.n_patterns):
        a, b = shapes.offset[pattern : pattern + 2]
        first, end = timetable.pattern_offset[pattern : pattern + 2]
        points = shapes.stop_point[first:end]
        assert b > a  # every trip of both feeds has a shape
        assert points[0] >= 0
        assert points[-1] < b - a
        assert (np.diff(points) >= 0).all()
        stops = timetable.pattern_stops(pattern)
        gaps_m.append(
            distance_m(
                shapes.lat[a:b][points], shapes.lon[a:b][points],
                timetable.stops.lat[stops], timetable.stops.lon[stops],
            )
        )  # fmt: skip
    assert np.median(np.concatenate(gaps_m)) < 15
    assert np.concatenate(gaps_m).max() < 250


def test_buses_go_on_as_the_next_trip_of_their_block(porto):
    timetable = porto.timetable
    pattern = np.repeat(np.arange(timetable.n_patterns), np.diff(timetable.pattern_trip_offset))
    linked = np.flatnonzero(timetable.trip_next >= 0)
    assert len(linked) == 205
    for trip in linked.tolist():
        after = int(timetable.trip_next[trip])
        last = timetable.pattern_stops(int(pattern[trip]))[-1]
        first = timetable.pattern_stops(int(pattern[after]))[0]
        assert timetable.stops.station[last] == timetable.stops.station[first]
        arrives = ends_s(timetable, int(pattern[trip]), trip)[1]
        assert ends_s(timetable, int(pattern[after]), after)[0] >= arrives


def ends_s(timetable, pattern, trip):
    arrival, departure = timetable.pattern_times(pattern)
    row = trip - timetable.pattern_trip_offset[pattern]
    return int(departure[row, 0]), int(arrival[row, -1])


def test_metro_and_bus_stops_of_one_name_within_300_m_are_one_station(porto):
    stops = porto.timetable.stops
    metro = np.array([stop.startswith("metro") for stop in stops.ids])
    names = np.array([name.casefold() for name in stops.names])
    near = set()
    for i in np.flatnonzero(metro).tolist():
        alike = np.flatnonzero(~metro & (names == names[i]))
        apart_m = distance_m(stops.lat[i], stops.lon[i], stops.lat[alike], stops.lon[alike])
        for j in alike[apart_m <= 300].tolist():
            assert stops.station[i] == stops.station[j]
            near.add(stops.station_names[stops.station[i]])
    both = set(stops.station[metro].tolist()) & set(stops.station[~metro].tolist())
    assert {stops.station_names[s] for s in both} == near
    assert {"Trindade", "Bolhão", "Campanhã"} < near
    assert len(near) == 19
