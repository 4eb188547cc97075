"""Searches towards one end: bounds that are never too long, arrivals of the other engines."""

import datetime as dt

import numpy as np
import pytest

from network.base.errors import NetworkInputError
from network.readers import read_network
from network.routing import find_itineraries
from network.routing.earliest import find_earliest_arrival
from network.routing.engines.bounds import RemainingBounds, group_stops
from network.routing.engines.compiled import compile_routing, mirror_routing
from network.routing.engines.doors import DoorSearch, DoorWorkspace, Ends, door_earliest
from network.routing.engines.profile import ProfileWorkspace, search_profile
from network.routing.engines.scan import ScanWorkspace, scan_earliest
from network.routing.itineraries import Place
from network.timetable import UNREACHED_S
from network.walking.access import walk_access
from network.walking.street_stops import StopFinder
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.realdata import real_data

EIGHT_S = 8 * 3600
NO_WAY_S = 2**31 - 1
CITIES = {
    "porto": (("porto", "gtfs_stcp.zip"), dt.date(2024, 5, 15)),
    "mexico-city": (("mexico-city", "gtfs_cdmx.zip"), dt.date(2022, 6, 15)),
}


def ints(*values):
    return np.array(values, dtype=np.int32)


@pytest.fixture
def line(tmp_path):
    """S1 08:00, S2 08:05 to 08:06, S3 08:10 by T1; T2 is slower: 09:00, 09:07-09:07, 09:20."""
    trips = """
        route_id,service_id,trip_id,direction_id
        R1,WK,T1,0
        R1,WK,T2,0
        """
    times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,S1,1
        T1,08:05:00,08:06:00,S2,2
        T1,08:10:00,08:10:00,S3,3
        T2,09:00:00,09:00:00,S1,1
        T2,09:07:00,09:07:00,S2,2
        T2,09:20:00,09:20:00,S3,3
        """
    return read_network(write_feed(tmp_path, **line_feed(trips=trips, stop_times=times)), DAY)


def test_bounds_are_the_least_of_each_hop_whatever_the_trip(line):
    """By hand: S1 to S2 at least 300 s (T1), standing at S2 0 s (T2), S2 to S3 240 s (T1).

    So from the board node of S1 to S3 at least 540 s, though no trip takes less than 600, and
    from S2 240 s; from S3 there is no way, but to be there already takes 0 s. 60 s away from
    S3 all are 60 s longer. To S3 by no ride: only from its alight node.
    """
    bounds = RemainingBounds(compile_routing(line))
    left_s = bounds.compute(ints(2), ints(60), once=True)
    boards, alights, calls = left_s[:, :3], left_s[:, 3:6], left_s[:, 6:]
    assert boards[0].tolist() == calls[0].tolist() == [NO_WAY_S] * 3
    assert boards[3].tolist() == boards[1].tolist() == [600, 300, NO_WAY_S]
    assert calls[3].tolist() == calls[1].tolist() == [600, 300, NO_WAY_S]
    assert alights[0].tolist() == [NO_WAY_S, NO_WAY_S, 60]
    assert alights[3].tolist() == [600, 300, 60]


def test_filled_bounds_are_no_longer_than_those_of_the_very_end(line):
    bounds = RemainingBounds(compile_routing(line))
    exact = bounds.compute(ints(2), ints(60), once=True)
    filled = bounds.compute(ints(2), ints(60), once=False)
    assert (filled <= exact).all()


def test_each_question_fills_one_more_group_until_its_end_has_bounds():
    """Stops far apart are of two groups: the second question has both, and so has the third."""
    network = read_network(real_data(*CITIES["porto"][0]), CITIES["porto"][1])
    bounds = RemainingBounds(compile_routing(network))
    groups = bounds.group_of_stop
    other = int(np.flatnonzero(groups != groups[0])[0])
    ends = ints(0, other), ints(0, 0)
    assert bounds.compute(*ends, once=False) is None
    assert bounds.is_filled.sum() == 1
    assert bounds.compute(*ends, once=False) is not None
    assert bounds.is_filled.sum() == 2


def test_groups_are_of_sixteen_neighbours_at_most():
    """33 stops in a row, 1 apart: halves of 16 and 17, the larger halved again, side by side."""
    lon = np.arange(33) / 1000
    groups = group_stops(np.zeros(33), lon)
    counts = np.bincount(groups)
    assert sorted(counts.tolist()) == [8, 9, 16]
    for group in range(len(counts)):
        assert np.ptp(np.flatnonzero(groups == group)) == counts[group] - 1


def test_the_earliest_arrival_at_a_door_by_hand(line):
    """100 s to S1, 30 s from S3: left at 07:58:20 T1 is just caught, there at 08:10:30."""
    workspace = DoorWorkspace(compile_routing(line))

    def ask(departure_s, **options):
        return door_earliest(
            workspace, ints(0), ints(100), ints(1, 2), ints(900, 30), departure_s, **options
        )

    assert ask(EIGHT_S - 100) == EIGHT_S + 630
    assert ask(EIGHT_S - 99) == 9 * 3600 + 1230
    assert ask(9 * 3600) == UNREACHED_S
    assert ask(EIGHT_S - 100, bound_s=EIGHT_S + 630) == UNREACHED_S
    assert ask(EIGHT_S - 100, bound_s=EIGHT_S + 631) == EIGHT_S + 630
    assert ask(EIGHT_S - 100, banned_routes=np.array([True])) == UNREACHED_S
    assert ask(-(10**6)) == EIGHT_S + 630


def test_walks_longer_than_the_queue_was_made_for_are_answered(line):
    """Five hours to S1 and seven from S3: left at 03:00, there at 15:10."""
    workspace = DoorWorkspace(compile_routing(line))
    five_s, seven_s = 5 * 3600, 7 * 3600
    found = door_earliest(workspace, ints(0), ints(five_s), ints(2), ints(seven_s), 3 * 3600)
    assert found == EIGHT_S + 600 + seven_s


@pytest.mark.parametrize(
    ("access", "egress", "field"),
    [
        ((ints(9), ints(0)), (ints(2), ints(0)), "access_stop"),
        ((ints(0), ints(-1)), (ints(2), ints(0)), "access_s"),
        ((ints(0), ints(0)), (ints(2, 1), ints(0)), "target_s"),
    ],
    ids=["no-such-stop", "negative-walk", "lengths"],
)
def test_ends_that_do_not_fit_are_refused_by_name(line, access, egress, field):
    workspace = DoorWorkspace(compile_routing(line))
    with pytest.raises(NetworkInputError) as raised:
        door_earliest(workspace, *access, *egress, EIGHT_S)
    assert [problem.field for problem in raised.value.problems] == [field]


def test_nowhere_to_board_or_to_get_off_is_no_arrival(line):
    workspace = DoorWorkspace(compile_routing(line))
    nowhere = np.zeros(0, dtype=np.int32)
    assert door_earliest(workspace, nowhere, nowhere, ints(2), ints(0), EIGHT_S) == UNREACHED_S
    assert door_earliest(workspace, ints(0), ints(0), nowhere, nowhere, EIGHT_S) == UNREACHED_S


@pytest.mark.parametrize("city", CITIES)
def test_arrivals_at_doors_of_real_cities_are_those_of_the_connection_scan(city):
    network, doors = city_and_doors(city, 150)
    graph = compile_routing(network)
    scan, workspace = ScanWorkspace(graph), DoorWorkspace(graph)
    expected = [scan_earliest(scan, *start, *end, EIGHT_S) for start, end in doors]
    assert [door_earliest(workspace, *start, *end, EIGHT_S) for start, end in doors] == expected
    assert sum(arrival < UNREACHED_S for arrival in expected) > 120
    # By one call, by one thread or two, the same.
    search = DoorSearch(graph)
    starts, ends = (side(doors, i) for i in (0, 1))
    departures_s = np.full(len(doors), EIGHT_S, dtype=np.int32)
    for n_threads in (1, 2):
        found = search.earliest_arrivals(starts, ends, departures_s, n_threads=n_threads)
        assert found.tolist() == expected


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("is_mirrored", [False, True], ids=["forwards", "backwards"])
def test_searches_by_rounds_find_the_same_with_bounds_and_without(city, is_mirrored):
    """Arrivals and rides are equal, one by one.

    When one leaves may differ: between two of the given departures two first rides may lead to
    one arrival, and either may be taken.
    """
    network, doors = city_and_doors(city, 25)
    graph = compile_routing(network)
    sign = -1 if is_mirrored else 1
    if is_mirrored:
        graph = mirror_routing(graph)
    plain = ProfileWorkspace(network, 5, graph=graph)
    bounds = RemainingBounds(graph)
    bounded = ProfileWorkspace(network, 5, graph=graph, bounds=bounds)
    n_found = 0
    for n_departures in (1, 30):
        departures_s = ints(*(sign * (EIGHT_S + 240 * i) for i in range(n_departures)))
        for start, end in doors:
            bounds.fill(end[0])
            found = [
                search_profile(
                    network, *start, ints(0, len(end[0])), *end, departures_s,
                    max_rides=5, workspace=workspace,
                )
                for workspace in (plain, bounded)
            ]  # fmt: skip
            for name in ("n_rides", "arrival_s"):
                assert np.array_equal(*(getattr(one, name) for one in found))
            n_found += len(found[0])
    assert n_found > 200


def test_when_one_arrives_is_when_the_first_itinerary_does():
    network = read_network(real_data("porto", "gtfs_stcp.zip"), dt.date(2024, 5, 15))
    stops = network.timetable.stops
    rng = np.random.default_rng(11)
    for a, b in rng.integers(0, len(stops), (25, 2)).tolist():
        origin, destination = (
            Place(name="", lat=float(stops.lat[i]) + 0.001, lon=float(stops.lon[i])) for i in (a, b)
        )
        found = find_itineraries(network, origin, destination, departure_s=EIGHT_S, max_rides=12)
        expected = min((i.arrival_s for i in found.itineraries), default=UNREACHED_S)
        arrival_s = find_earliest_arrival(network, origin, destination, departure_s=EIGHT_S)
        assert arrival_s == expected


def test_stops_are_found_alike_before_and_after_their_lists_are_made():
    network = read_network(real_data("porto", "gtfs_stcp.zip"), dt.date(2024, 5, 15))
    finder = StopFinder(network, 900)
    stops = network.timetable.stops
    places = [(float(stops.lat[i]), float(stops.lon[i])) for i in range(0, 800, 2)]
    for lat, lon in places:  # more than it takes for lists to be made
        found = finder.find(lat, lon)
        expected = walk_access(network, lat, lon, max_walk_s=900)
        assert [column.tolist() for column in found] == [column.tolist() for column in expected]


def city_and_doors(city, count):
    """A city by its feed and random doors near its stops, each with the stops around it."""
    feed, date = CITIES[city]
    network = read_network(real_data(*feed), date)
    stops = network.timetable.stops
    rng = np.random.default_rng(3)

    def door(*, reverse):
        stop = int(rng.integers(0, len(stops)))
        north, east = rng.uniform(-0.003, 0.003, 2)
        return walk_access(
            network, stops.lat[stop] + north, stops.lon[stop] + east, max_walk_s=900,
            reverse=reverse,
        )  # fmt: skip

    return network, [(door(reverse=False), door(reverse=True)) for _ in range(count)]


def side(doors, which):
    """One side of all doors as the arrays of many queries."""
    counts = [len(door[which][0]) for door in doors]
    return Ends(
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        stop=np.concatenate([door[which][0] for door in doors]),
        seconds=np.concatenate([door[which][1] for door in doors]),
    )
