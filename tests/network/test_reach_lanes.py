"""Many origins in one scan: against the search by rounds, one origin after another."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.network import Network
from network.readers import read_network
from network.routing.engines._scan_kernels import UNREACHED_S
from network.routing.engines.compiled import compile_routing
from network.routing.reach import _lane_kernels
from network.routing.reach._lane_kernels import LANES, LaneWork, scan_lanes
from network.routing.reach.direct import DirectSearch
from network.routing.reach.lanes import LaneSearch, _lay_out, can_scan_lanes
from network.routing.reach.matrix import (
    Departures,
    ReachPlaces,
    ReachRules,
    TransitReach,
    compute_matrix,
)
from network.streets.graph import StreetMode
from network.walking.street_stops import PlaceWalks
from network.walking.walks import build_walks
from tests.builders import gridcity
from tests.builders.feeds import line_feed
from tests.builders.footwalks import bare_timetable
from tests.builders.handstreets import hand_streets, place
from tests.builders.random_feeds import cities
from tests.network.test_walks_streets import laid_out, towns
from tests.properties.test_network_raptor import DEPARTURES, network_of
from tests.properties.test_network_transfers import feeds, read


def around_stops(network, n):
    """Places at stops and beside them, more than one scan has lanes for."""
    stops = network.timetable.stops
    which = np.arange(n) % len(stops.lat)
    lat = stops.lat[which] + 0.0005 * (np.arange(n) % 3)
    return ReachPlaces(ids=tuple(f"P{i}" for i in range(n)), lat=lat, lon=stops.lon[which])


def assert_lanes_are_rounds(network, departure_s, rules):
    places = around_stops(network, 2 * LANES + 3)  # most of a block may turn to rounds alone
    reach = TransitReach(network, places, rules)
    rows = LaneSearch(reach, n_origins=len(places)).compute_rows(
        places.lat, places.lon, departure_s
    )
    times_s = np.array([departure_s], dtype=np.int32)
    for i in range(len(places)):
        alone = reach.compute_times(places.lat[i], places.lon[i], times_s)[0]
        np.testing.assert_array_equal(rows[i], alone)


@settings(max_examples=30)
@given(cities(), DEPARTURES, st.integers(1, 8))
def test_a_scan_for_many_origins_finds_what_rounds_find(city, departure_s, max_rides):
    # Overtaking, loops, no boarding or alighting, rides that take no time, one to eight rides.
    assert_lanes_are_rounds(network_of(city), departure_s, ReachRules(max_rides=max_rides))


@settings(max_examples=30)
@given(feeds(), st.integers(0, 40), st.integers(1, 3))
def test_with_kept_seats_and_rules_of_trips_it_finds_the_same(files, minutes, max_rides):
    network = read(files)
    if can_scan_lanes(compile_routing(network)):
        rules = ReachRules(max_rides=max_rides)
        assert_lanes_are_rounds(network, 8 * 3600 + 60 * minutes, rules)


STOPS = "stop_id,stop_name,stop_lat,stop_lon\nS1,1,48.9,2.30\nS2,2,48.9,2.40\nS3,3,48.9,2.50\n"
STOP_TIMES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"


def in_one_seat(first_leaves_again):
    """T1 takes S1 to S2 by 08:10; its vehicle leaves S2 as T2 and is at S3 at 08:30."""
    return read(
        line_feed(
            stops=STOPS,
            routes="route_id,route_short_name,route_type\nR1,1,3\n",
            trips="route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2\n",
            transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,"
            "to_trip_id\nS2,S2,4,,T1,T2\n",
            stop_times=STOP_TIMES
            + "T1,08:00:00,08:00:00,S1,0\nT1,08:10:00,08:10:00,S2,1\n"
            + f"T2,{first_leaves_again},{first_leaves_again},S2,0\nT2,08:30:00,08:30:00,S3,1\n",
        )
    )


def places_at_stops(network):
    stops = network.timetable.stops
    return ReachPlaces(ids=stops.ids, lat=stops.lat, lon=stops.lon)


def test_who_keeps_the_seat_needs_one_ride():
    network = in_one_seat("08:10:00")
    places = places_at_stops(network)
    reach = TransitReach(network, places, ReachRules(max_rides=1))
    rows = LaneSearch(reach, n_origins=3).compute_rows(places.lat, places.lon, 8 * 3600)
    minutes = {"S1": 0, "S2": 10, "S3": 30}
    assert len(compile_routing(network).seats.trip) == 1
    assert (rows[places.ids.index("S1")] / 60).tolist() == [minutes[i] for i in places.ids]


def test_a_journey_of_too_many_rides_gives_way_to_a_later_one_of_fewer():
    # By three lines one is at S3 at 08:20; by the one direct line at 08:50.
    calls = {
        "T1": [("S1", "08:00"), ("S2", "08:05")],
        "T2": [("S2", "08:10"), ("S4", "08:12")],
        "T3": [("S4", "08:15"), ("S3", "08:20")],
        "T4": [("S1", "08:00"), ("S3", "08:50")],
    }
    network = read(
        line_feed(
            stops=STOPS + "S4,4,48.9,2.60\n",
            routes="route_id,route_short_name,route_type\n"
            + "".join(f"R{t},{t},3\n" for t in calls),
            trips="route_id,service_id,trip_id\n" + "".join(f"R{t},WK,{t}\n" for t in calls),
            stop_times=STOP_TIMES
            + "".join(
                f"{t},{time}:00,{time}:00,{stop},{i}\n"
                for t, trip in calls.items()
                for i, (stop, time) in enumerate(trip)
            ),
        )
    )
    places = places_at_stops(network)
    start, end = places.ids.index("S1"), places.ids.index("S3")
    for max_rides, minutes in ((3, 20), (2, 50), (1, 50)):
        reach = TransitReach(network, places, ReachRules(max_rides=max_rides))
        rows = LaneSearch(reach, n_origins=4).compute_rows(places.lat, places.lon, 8 * 3600)
        assert rows[start, end] == minutes * 60


def test_a_vehicle_that_leaves_before_it_has_come_is_left_to_the_search_by_rounds():
    network = in_one_seat("08:12:00")
    assert can_scan_lanes(compile_routing(network))
    # No feed links such trips; times changed afterwards may: T2 leaves at 08:05.
    timetable = network.timetable
    moved = np.where(timetable.departure_s == 8 * 3600 + 720, -420, 0).astype(np.int32)
    timetable = dataclasses.replace(
        timetable,
        arrival_s=timetable.arrival_s + moved,
        departure_s=timetable.departure_s + moved,
    )
    early = dataclasses.replace(network, timetable=timetable)
    assert not can_scan_lanes(compile_routing(early))
    places = around_stops(early, LANES)
    times = compute_matrix(early, places, places, Departures(depart_s=8 * 3600))[0]
    reach = TransitReach(early, places)
    alone = [
        reach.compute_times(lat, lon, np.array([8 * 3600], dtype=np.int32))[0]
        for lat, lon in zip(places.lat, places.lon, strict=True)
    ]
    np.testing.assert_array_equal(times, alone)


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grid")
    return read_network(gridcity.write_grid_city(folder), gridcity.GRID_DAY)


@pytest.mark.parametrize("n_origins", [7, 8, 40])
def test_threads_and_percentiles_change_nothing_at_one_departure(grid, n_origins):
    places = around_stops(grid, n_origins)
    targets = around_stops(grid, 20)
    once = Departures(depart_s=7 * 3600)
    one = compute_matrix(grid, places, targets, once)
    two = compute_matrix(grid, places, targets, once, threads=2)
    np.testing.assert_array_equal(one, two)
    several = Departures(depart_s=7 * 3600, percentiles=(5, 95))
    assert (compute_matrix(grid, places, targets, several) == one).all()
    as_window = Departures(depart_s=7 * 3600, window_min=1)
    np.testing.assert_array_equal(compute_matrix(grid, places, targets, as_window), one)


@settings(max_examples=25)
@given(towns(), st.integers(0, 900), st.booleans())
def test_walks_all_the_way_are_those_searched_for(town, limit_s, listed_by_origin):
    nodes, ways, stops, _ = laid_out(town)
    streets = hand_streets(nodes, ways)
    timetable = bare_timetable(stops)
    footpaths, links = build_walks(timetable, streets=streets)
    network = Network(timetable=timetable, footpaths=footpaths, streets=streets, stop_links=links)
    spots = [place(x + 0.531, y + 0.713) for x in (-300, 150, 410) for y in (0, 333)]
    lat, lon = np.array([*spots, *nodes.values(), *stops.values()]).T
    walks = PlaceWalks(network, lat, lon, limit_s)
    found = walks.access_many(lat, lon, reverse=listed_by_origin)
    seconds = np.full((len(lat), len(lat)), np.inf)
    seconds[np.repeat(np.arange(len(lat)), np.diff(found.offset)), found.stop] = found.seconds
    search = DirectSearch(network, StreetMode.WALK)
    expected = [search.compute_times(at, lat, lon, limit_s) for at in zip(lat, lon, strict=True)]
    np.testing.assert_array_equal(seconds.T if listed_by_origin else seconds, expected)


@settings(max_examples=15)
@given(feeds(), st.integers(0, 40))
def test_the_kernel_does_the_same_without_compilation(files, minutes):
    graph = compile_routing(read(files))
    connections, arrays = _lay_out(graph)
    access = np.arange(2, dtype=np.int32) % graph.n_boards
    egress = np.arange(graph.n_alights, dtype=np.int32)
    answers = []
    for kernel in (scan_lanes, scan_lanes.py_func):
        work = LaneWork(
            *(
                np.zeros((n, LANES), dtype=np.int32)
                for n in (graph.n_boards, graph.n_alights, len(graph.trip_of))
            )
        )
        best = np.zeros((len(egress), LANES), dtype=np.int32)
        with np.errstate(over="raise"):
            kernel(
                arrays, 0, np.arange(3, dtype=np.int32), access, np.array([0, 60], dtype=np.int32),
                8 * 3600 + 60 * minutes, np.arange(len(egress) + 1, dtype=np.int32), egress,
                np.zeros(len(egress), dtype=np.int32), work, best,
            )  # fmt: skip
        answers.append(np.minimum(best, UNREACHED_S))
    np.testing.assert_array_equal(*answers)
    assert (answers[0][:, 2:] == UNREACHED_S).all()  # lanes without an origin


def test_a_departure_after_the_last_service_of_all_has_walks_alone(grid):
    places = around_stops(grid, LANES)
    for depart_s in (60 * 3600, _lane_kernels.LABELS_END_S + 1, 2**29):
        times = compute_matrix(grid, places, places, Departures(depart_s=depart_s))[0]
        walks = PlaceWalks(grid, places.lat, places.lon, ReachRules().max_direct_walk_s)
        found = walks.access_many(places.lat, places.lon)
        assert np.isfinite(times).sum() == len(found.stop)
        assert (times[np.isfinite(times)] == found.seconds).all()


def test_labels_have_room_for_every_service_and_for_the_rides_that_are_counted():
    assert (10 * 24 * 3600 + _lane_kernels.LABELS_END_S) << _lane_kernels.RIDES_SHIFT < (
        UNREACHED_S
    )
    assert 1 << _lane_kernels.RIDES_SHIFT == _lane_kernels.MOST_RIDES + 1
