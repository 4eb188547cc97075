"""Many origins in one scan: against the search by rounds, one origin after another."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.base import format_clock
from network.network import Network
from network.readers import read_network
from network.routing.engines.compiled import compile_routing
from network.routing.reach import _lane_kernels, lanes
from network.routing.reach._lane_kernels import LATEST_S, UNREACHED_S
from network.routing.reach.direct import DirectSearch
from network.routing.reach.lanes import MOST_LANES, LaneSearch, StopSearch, can_search_lanes
from network.routing.reach.matrix import (
    Departures,
    ReachPlaces,
    ReachRules,
    TransitReach,
    compute_matrix,
    compute_percentiles,
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
    # More than one search has lanes for, some compared; at one departure and over a window.
    places = around_stops(network, MOST_LANES + 3)
    reach = TransitReach(network, places, rules)
    for n_minutes in (1, 7):
        times_s = np.arange(n_minutes, dtype=np.int32) * 60 + np.int32(departure_s)
        found = LaneSearch(reach, n_origins=len(places), n_departures=n_minutes)
        rows = found.compute_rows(places.lat, places.lon, times_s)
        for i in range(0, len(places), 9 if n_minutes == 1 else 22):
            alone = reach.compute_times(places.lat[i], places.lon[i], times_s)
            np.testing.assert_array_equal(rows[i], alone)


@settings(max_examples=12)
@given(cities(), DEPARTURES, st.integers(1, 8))
def test_a_search_for_many_origins_finds_what_rounds_find(city, departure_s, max_rides):
    # Overtaking, loops, no boarding or alighting, rides that take no time, one to eight rides.
    assert_lanes_are_rounds(network_of(city), departure_s, ReachRules(max_rides=max_rides))


@settings(max_examples=12)
@given(feeds(), st.integers(0, 40), st.integers(1, 3))
def test_with_kept_seats_and_rules_of_trips_it_finds_the_same(files, minutes, max_rides):
    network = read(files)
    if can_search_lanes(compile_routing(network)):
        rules = ReachRules(max_rides=max_rides)
        assert_lanes_are_rounds(network, 8 * 3600 + 60 * minutes, rules)


@settings(max_examples=12)
@given(cities(), DEPARTURES, st.integers(1, 8), st.integers(0, 120))
def test_stops_within_a_limit_are_those_that_rounds_reach(city, departure_s, max_rides, minutes):
    network = network_of(city)
    places = places_at_stops(network)
    unlimited = TransitReach(network, places, ReachRules(max_rides=max_rides, max_access_s=0))
    times_s = np.array([departure_s], dtype=np.int32)
    search = StopSearch(network, max_rides)
    for i in range(len(places)):
        _, stop, walk_s = unlimited.find_stops(places.lat[i : i + 1], places.lon[i : i + 1])
        found = search.compute_seconds(stop, walk_s, departure_s, 60 * minutes)
        expected = unlimited.compute_times(places.lat[i], places.lon[i], times_s)[0]
        expected[expected > 60 * minutes] = np.inf
        found[i] = 0  # no ride leads where one is
        np.testing.assert_array_equal(found, expected)


@st.composite
def chains(draw):
    """Six to ten lines one after the other, some with blocks, frequencies and rules to change.

    From the first stop to the last all must be ridden, but for a slow direct line. They run
    around midnight; two trips of a line may be one vehicle's with the next line's.
    """
    n_lines = draw(st.integers(6, 10))
    start = 23 * 3600
    trips, times, rules = ["route_id,service_id,trip_id,block_id"], [], []
    frequencies = ["trip_id,start_time,end_time,headway_secs"]
    for line in range(n_lines):
        for run in range(draw(st.integers(1, 3))):
            leaves = start + 60 * (12 * line + 15 * run + draw(st.integers(0, 6)))
            arrives = leaves + 60 * draw(st.integers(0, 10))
            trip, block = f"L{line}T{run}", draw(st.sampled_from(("", "", "B", "C")))
            trips.append(f"L{line},WK,{trip},{block}")
            times.append(f"{trip},{hms(leaves)},{hms(leaves)},S{line},0")
            times.append(f"{trip},{hms(arrives)},{hms(arrives)},S{line + 1},1")
            if not block and draw(st.integers(0, 4)) == 0:
                end = leaves + 60 * draw(st.integers(1, 30))
                frequencies.append(f"{trip},{hms(leaves)},{hms(end)},420")
        kind = draw(st.sampled_from((0, 2, 2, 3)))
        time = str(60 * draw(st.integers(0, 8))) if kind == 2 else ""
        rules.append(f"S{line},S{line},{kind},{time},{draw(st.sampled_from(('', f'L{line}')))}")
    trips.append("D,WK,D,")
    times += [f"D,{hms(start)},{hms(start)},S0,0"]
    times += [f"D,{hms(start + 4 * 3600)},{hms(start + 4 * 3600)},S{n_lines},1"]
    rows = {
        "stops": ["stop_id,stop_name,stop_lat,stop_lon"]
        + [f"S{i},{i},48.9,{2.3 + 0.1 * i:.1f}" for i in range(n_lines + 1)],
        "routes": ["route_id,route_short_name,route_type", "D,D,3"]
        + [f"L{line},L{line},3" for line in range(n_lines)],
        "trips": trips,
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *times],
        "transfers": [
            "from_stop_id,to_stop_id,transfer_type,min_transfer_time,to_route_id",
            *rules,
        ],
    }
    if len(frequencies) > 1:
        rows["frequencies"] = frequencies
    return line_feed(**{name: "\n".join(lines) + "\n" for name, lines in rows.items()})


def hms(seconds):
    return format_clock(seconds, with_seconds=True)


@settings(max_examples=12)
@given(chains(), st.integers(0, 20), st.integers(1, 11))
def test_chains_of_more_than_five_rides_are_found_as_far_as_rides_allow(files, minutes, max_rides):
    network = read(files)
    if can_search_lanes(compile_routing(network)):
        rules = ReachRules(max_rides=max_rides)
        assert_lanes_are_rounds(network, 23 * 3600 + 60 * minutes - 600, rules)


def test_seven_lines_in_a_row_take_seven_rides_and_six_leave_the_slow_line():
    # Line i takes 5 minutes from S(i) to S(i+1) and leaves 10 minutes after the one before.
    def line(i):
        leaves, arrives = 8 * 3600 + 600 * i, 8 * 3600 + 600 * i + 300
        calls = ((leaves, f"S{i},0"), (arrives, f"S{i + 1},1"))
        return "".join(f"T{i},{hms(time)},{hms(time)},{call}\n" for time, call in calls)

    network = read(
        line_feed(
            stops="stop_id,stop_name,stop_lat,stop_lon\n"
            + "".join(f"S{i},{i},48.9,{2.3 + 0.1 * i:.1f}\n" for i in range(8)),
            routes="route_id,route_short_name,route_type\nD,D,3\n"
            + "".join(f"L{i},L{i},3\n" for i in range(7)),
            trips="route_id,service_id,trip_id\nD,WK,D\n"
            + "".join(f"L{i},WK,T{i}\n" for i in range(7)),
            stop_times=STOP_TIMES
            + "".join(line(i) for i in range(7))
            + "D,08:00:00,08:00:00,S0,0\nD,11:00:00,11:00:00,S7,1\n",
        )
    )
    places = places_at_stops(network)
    start, end = places.ids.index("S0"), places.ids.index("S7")
    for max_rides, minutes in ((16, 65), (7, 65), (6, 180), (1, 180)):
        reach = TransitReach(network, places, ReachRules(max_rides=max_rides))
        assert rows_of(reach, places, 8 * 3600)[start, end] == minutes * 60


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


def rows_of(reach, places, departure_s):
    found = LaneSearch(reach, n_origins=len(places))
    times_s = np.array([departure_s], dtype=np.int32)
    return found.compute_rows(places.lat, places.lon, times_s)[:, 0]


def places_at_stops(network):
    stops = network.timetable.stops
    return ReachPlaces(ids=stops.ids, lat=stops.lat, lon=stops.lon)


def test_who_keeps_the_seat_needs_one_ride():
    network = in_one_seat("08:10:00")
    places = places_at_stops(network)
    reach = TransitReach(network, places, ReachRules(max_rides=1))
    rows = rows_of(reach, places, 8 * 3600)
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
        assert rows_of(reach, places, 8 * 3600)[start, end] == minutes * 60


def test_a_vehicle_that_would_leave_before_it_has_come_takes_those_on_board_along():
    network = in_one_seat("08:12:00")
    # No feed links such trips; times changed afterwards may: T2 leaves at 08:05.
    timetable = network.timetable
    moved = np.where(timetable.departure_s == 8 * 3600 + 720, -420, 0).astype(np.int32)
    timetable = dataclasses.replace(
        timetable,
        arrival_s=timetable.arrival_s + moved,
        departure_s=timetable.departure_s + moved,
    )
    early = dataclasses.replace(network, timetable=timetable)
    assert can_search_lanes(compile_routing(early))
    assert_lanes_are_rounds(early, 8 * 3600, ReachRules(max_rides=1))


def test_seats_to_be_taken_at_a_last_call_alone_are_left_to_the_search_by_rounds():
    # One may not get on T2 at S2, but on T1 at its last call there, and keep the seat.
    files = line_feed(
        stops=STOPS,
        routes="route_id,route_short_name,route_type\nR1,1,3\n",
        trips="route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2\n",
        transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,"
        "to_trip_id\nS2,S2,4,,T1,T2\n",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n"
        "T1,08:00:00,08:00:00,S1,0,0\nT1,08:10:00,08:10:00,S2,1,0\n"
        "T2,08:10:00,08:10:00,S2,0,1\nT2,08:30:00,08:30:00,S3,1,0\n",
    )
    network = read(files)
    assert not can_search_lanes(compile_routing(network))
    places = places_at_stops(network)
    often = ReachPlaces(
        ids=tuple("ABCDEFGHI"), lat=np.tile(places.lat, 3), lon=np.tile(places.lon, 3)
    )
    times = compute_matrix(network, often, places, Departures(depart_s=8 * 3600))[0]
    first, last = network.timetable.stops.ids.index("S2"), network.timetable.stops.ids.index("S3")
    assert times[first, last] == 30 * 60


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


@pytest.mark.parametrize("threads", [1, 2])
def test_percentiles_over_a_window_are_those_of_each_place_alone(grid, threads):
    places, targets = around_stops(grid, 30), around_stops(grid, 11)
    window = Departures(depart_s=7 * 3600, window_min=20, percentiles=(0, 50, 100))
    found = compute_matrix(grid, places, targets, window, threads=threads)
    reach = TransitReach(grid, targets)
    alone = [
        compute_percentiles(reach.compute_times(lat, lon, window.times_s()), window.percentiles)
        for lat, lon in zip(places.lat, places.lon, strict=True)
    ]
    np.testing.assert_array_equal(found, np.stack(alone, axis=1))


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


def test_the_kernels_do_the_same_without_compilation(monkeypatch):
    network = in_one_seat("08:10:00")
    places = places_at_stops(network)
    reach = TransitReach(network, places)
    compiled = rows_of(reach, places, 8 * 3600)
    for name, kernel in vars(_lane_kernels).items():
        if hasattr(kernel, "py_func"):
            monkeypatch.setattr(_lane_kernels, name, kernel.py_func)
    monkeypatch.setattr(lanes, "search_lanes", _lane_kernels.search_lanes)
    with np.errstate(over="raise"):
        np.testing.assert_array_equal(rows_of(reach, places, 8 * 3600), compiled)
    assert np.isfinite(compiled).sum() == 6


def test_a_departure_after_the_last_service_of_all_has_walks_alone(grid):
    places = around_stops(grid, MOST_LANES)
    for depart_s in (60 * 3600, LATEST_S - 1, LATEST_S):
        times = compute_matrix(grid, places, places, Departures(depart_s=depart_s))[0]
        walks = PlaceWalks(grid, places.lat, places.lon, ReachRules().max_direct_walk_s)
        found = walks.access_many(places.lat, places.lon)
        assert np.isfinite(times).sum() == len(found.stop)
        assert (times[np.isfinite(times)] == found.seconds).all()


def test_labels_have_room_for_every_service_within_ten_years():
    assert LATEST_S + 10 * 366 * 24 * 3600 < UNREACHED_S
