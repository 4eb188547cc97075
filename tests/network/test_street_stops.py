"""Stops around places by the lists of street vertices, against searches of the streets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.base.errors import NetworkInputError
from network.network import Network
from network.readers import read_timetable
from network.readers.osm import read_streets
from network.walking._street_stop_kernels import FORGIVEN_S, find_stops
from network.walking.access import walk_access
from network.walking.pairs import round_up
from network.walking.street_stops import StreetStops
from network.walking.walks import build_walks
from tests.builders.footwalks import bare_timetable, hand_pathways
from tests.builders.handstreets import Street, hand_streets, place
from tests.builders.realdata import real_data
from tests.network.test_walks_real import WEDNESDAY
from tests.network.test_walks_streets import laid_out, towns

NODES = {1: place(0, 0), 2: place(300, 0), 3: place(300, 300), 4: place(0, 300)}
RING = [Street(1, 2, 250, None), Street(2, 3, 250, None), Street(3, 4, 250, None),
        Street(4, 1, 250, None)]  # fmt: skip


def network_of(stops, streets=None, pathways=None, **options):
    timetable = bare_timetable(stops)
    footpaths, links = build_walks(timetable, streets=streets, pathways=pathways, **options)
    return Network(
        timetable=timetable,
        footpaths=footpaths,
        streets=streets,
        stop_links=links,
        pathways=pathways,
    )


def assert_same_as_searched(network, places, *, limits_s, listed_s, **options):
    lists = StreetStops(network, listed_s, **options)
    for limit_s in limits_s:
        for reverse in (False, True):
            many = lists.access_many(*zip(*places, strict=True), max_walk_s=limit_s,
                                     reverse=reverse)  # fmt: skip
            for i, spot in enumerate(places):
                expected = walk_access(
                    network, *spot, max_walk_s=limit_s, reverse=reverse, **options
                )
                found = lists.access(*spot, max_walk_s=limit_s, reverse=reverse)
                own = slice(*many.offset[i : i + 2])
                for a, b, c in zip(expected, found, (many.stop[own], many.seconds[own]),
                                   strict=True):  # fmt: skip
                    assert b.dtype == np.int32
                    np.testing.assert_array_equal(a, b)
                    np.testing.assert_array_equal(a, c)


def test_round_a_one_way_ring_stops_ahead_are_near_and_stops_behind_far():
    # 250 s a side. From 75 m along the first: 62.5 s back to the junction is barred. 12 m off
    # the street are 10 s. A at 150 m: 62.5 + 10; B at 30 m: all the way round, 962.5 + 10.
    network = network_of({"A": place(150, 0), "B": place(30, 0)}, hand_streets(NODES, RING))
    lists = StreetStops(network, 1200)
    stop, seconds = lists.access(*place(75, 12))
    assert (stop.tolist(), seconds.tolist()) == ([0, 1], [73, 973])
    stop, seconds = lists.access(*place(75, 12), reverse=True)
    assert (stop.tolist(), seconds.tolist()) == ([0, 1], [948, 48])
    stop, seconds = lists.access(*place(75, 12), max_walk_s=500)
    assert (stop.tolist(), seconds.tolist()) == ([0], [73])


def test_a_stop_nearer_than_the_street_is_walked_to_straight():
    # Both 100 m and more inside the ring, 40 m apart: 40 m x 1.3 / 1.2 = 43.3 s.
    network = network_of({"A": place(150, 110)}, hand_streets(NODES, RING))
    stop, seconds = StreetStops(network, 1200).access(*place(150, 150))
    assert (stop.tolist(), seconds.tolist()) == ([0], [44])


def test_a_longer_walk_than_was_listed_is_refused():
    network = network_of({"A": place(150, 0)}, hand_streets(NODES, RING))
    with pytest.raises(NetworkInputError, match="900 s or less"):
        StreetStops(network, 900).access(*place(0, 0), max_walk_s=901)


def test_a_place_that_is_nowhere_has_no_stops():
    for streets in (None, hand_streets(NODES, RING)):
        lists = StreetStops(network_of({"A": place(150, 0)}, streets), 900)
        assert [len(column) for column in lists.access(np.nan, 0.0)] == [0, 0]
        assert [len(column) for column in lists.access(0.0, np.inf)] == [0, 0]


def test_lists_are_made_for_a_direction_when_it_is_asked_for_and_shared_where_they_are_equal():
    network = network_of({"A": place(150, 0)}, hand_streets(NODES, [Street(1, 2), Street(2, 3)]))
    lists = StreetStops(network, 1200)
    assert lists.nbytes == 0
    lists.access(*place(0, 0))
    once = lists.nbytes
    lists.access(*place(0, 0), reverse=True)
    assert 0 < once < lists.nbytes < 2 * once
    assert lists._inward.list_s is lists._outward.list_s


def test_the_thousandth_that_is_forgiven_is_that_of_walks():
    assert round_up(np.array([500 + FORGIVEN_S / 2, 500 + FORGIVEN_S * 2])).tolist() == [500, 501]


@given(
    towns(),
    st.lists(st.tuples(st.integers(-300, 900), st.integers(-300, 900)), min_size=1, max_size=4),
    st.integers(0, 900),
)
def test_lists_answer_as_searches_of_the_streets_do(town, spots, limit_s):
    nodes, ways, stops, _ = laid_out(town)
    network = network_of(stops, hand_streets(nodes, ways))
    at = [place(x + 0.531, y + 0.713) for x, y in spots] + list(nodes.values())
    at += list(stops.values())
    assert_same_as_searched(network, at, limits_s=(limit_s, 900), listed_s=900)


@given(towns(), st.sampled_from([0.7, 1.2, 2.0]))
def test_lists_answer_at_another_speed_and_detour(town, speed_mps):
    nodes, ways, stops, _ = laid_out(town)
    network = network_of(stops, hand_streets(nodes, ways))
    assert_same_as_searched(
        network, list(nodes.values()), limits_s=(600,), listed_s=600, speed_mps=speed_mps,
        detour=1.1,
    )  # fmt: skip


@given(
    st.lists(st.tuples(st.floats(-89, 89), st.floats(-180, 180)), min_size=1, max_size=12),
    st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    st.sampled_from([0, 600, 40_000, 4_000_000]),
)
def test_straight_walks_are_found_anywhere_on_the_globe(spots, spot, limit_s):
    network = network_of({f"S{i}": at for i, at in enumerate(spots)}, max_walk_s=0)
    near = [(lat + 0.001, lon) for lat, lon in spots]
    assert_same_as_searched(network, [spot, *near], limits_s=(limit_s,), listed_s=limit_s)


@given(towns(), st.tuples(st.integers(-300, 900), st.integers(-300, 900)))
def test_the_kernel_does_the_same_without_compilation(town, spot):
    nodes, ways, stops, _ = laid_out(town)
    lists = StreetStops(network_of(stops, hand_streets(nodes, ways)), 900)
    lat, lon = (np.array([x]) for x in place(*spot))
    for arrays in (lists._outward, lists._inward):
        question = (lists._places, arrays, *lists._new_work(), lat, lon, 700)
        for a, b in zip(find_stops(*question), find_stops.py_func(*question), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("step_free", [False, True])
def test_stations_are_entered_by_their_pathways(step_free):
    # E2's way has steps; without them A and B are left by E1, and C, behind steps, by none.
    doors = {"E1": place(120, 6), "E2": place(480, 6), "E3": place(500, 6)}
    stops = {"A": place(290, 60), "B": place(310, 60), "C": place(500, 30), "T": place(600, 0)}
    ways = [("E1", "A", 60, "2"), ("E2", "B", 30, "2s"), ("A", "B", 50, "2"), ("E3", "C", 9, "2s")]
    pathways = hand_pathways(bare_timetable(stops), doors, ways)
    streets = hand_streets({1: place(0, 0), 2: place(600, 0)}, [Street(1, 2)])
    network = network_of(stops, streets, pathways, step_free=step_free)
    spots = [place(x, y) for x in (0, 119, 300, 480, 600) for y in (0, 40, 400)]
    assert_same_as_searched(network, spots, limits_s=(300, 900), listed_s=900)
    stop, seconds = StreetStops(network, 900).access(*place(600, 0))
    # B by E2: 120 m of street, 5 s to the door, 30 s; without steps 480 m, 5, 60 and 50 s.
    assert seconds[stop == 1].tolist() == ([515] if step_free else [135])
    assert (2 in stop) is not step_free


def test_lists_answer_at_500_places_of_porto_as_searches_do_in_both_directions():
    timetable = read_timetable(real_data("porto", "gtfs_stcp.zip"), WEDNESDAY)
    streets = read_streets(real_data("porto", "porto_portugal.osm.pbf"))
    footpaths, links = build_walks(timetable, streets=streets)
    network = Network(timetable=timetable, footpaths=footpaths, streets=streets, stop_links=links)
    rng = np.random.default_rng(20240515)
    stops = timetable.stops
    about = rng.integers(0, timetable.n_stops, 500)
    lat = stops.lat[about] + rng.normal(0, 0.004, 500)
    lon = stops.lon[about] + rng.normal(0, 0.004, 500)
    assert_same_as_searched(
        network, list(zip(lat.tolist(), lon.tolist(), strict=True)), limits_s=(1200,),
        listed_s=1200,
    )  # fmt: skip
