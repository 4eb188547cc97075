"""Walks between stops over streets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.base import Cancelled
from network.network import Network
from network.streets._street_kernels import reach_stops
from network.streets.graph import StreetMode
from network.streets.snap import Snapper
from network.walking.access import walk_access, walk_between
from network.walking.over_streets import StreetWalks
from network.walking.walks import build_walks
from tests.builders.footwalks import as_walks, bare_timetable
from tests.builders.handstreets import Street, hand_streets, place
from tests.reference.walks import walks_plainly

NODES = {1: place(0, 0), 2: place(300, 0), 3: place(300, 300), 4: place(0, 300)}
RING = [Street(1, 2), Street(2, 3), Street(3, 4), Street(4, 1)]


def walks(stops, ways, nodes=None, parents=None, **options):
    timetable = bare_timetable(stops, parents=parents)
    streets = hand_streets(nodes or NODES, ways)
    footpaths, links = build_walks(timetable, streets=streets, **options)
    return as_walks(timetable, footpaths), footpaths, links


def test_a_one_way_footway_is_walked_one_way():
    # Round a ring of one-way streets, 250 s each: 125 s on, 875 s back.
    ways = [Street(s.a, s.b, 250, None) for s in RING]
    stops = {"A": place(75, 0), "B": place(225, 0)}
    assert walks(stops, ways, max_walk_s=900)[0] == {("A", "B"): 125, ("B", "A"): 875}
    assert walks(stops, ways)[0] == {("A", "B"): 125}


def test_the_limit_is_on_whole_seconds():
    stops = {"A": place(0, 0), "B": place(299.7, 0)}
    assert walks(stops, RING, max_walk_s=250)[0] == {("A", "B"): 250, ("B", "A"): 250}
    assert walks(stops, RING, max_walk_s=249)[0] == {}


def test_durations_of_whole_seconds_are_not_rounded_up_by_the_precision_of_arrays():
    # Six streets of 0.1 s in float32 add up to a little more than 0.6 s, 100 of 1.1 s too.
    n = 100
    nodes = {i: place(100 * i, 0) for i in range(n + 1)}
    ways = [Street(i, i + 1, 1.1, 1.1) for i in range(n)]
    found, _, _ = walks({"A": nodes[0], "B": nodes[n]}, ways, nodes)
    assert found == {("A", "B"): 110, ("B", "A"): 110}


def test_platforms_nearer_to_each_other_than_to_the_street_are_joined_straight():
    # 100 m inside the ring on both sides of its diagonal: streets are 100 m and more away.
    stops = {"A": place(150, 150), "B": place(150, 110)}
    found, footpaths, _ = walks(stops, RING)
    assert found == {("A", "B"): 44, ("B", "A"): 44}  # 40 m x 1.3 / 1.2 = 43.3 s
    assert footpaths.n_straight_stops == 0


def test_a_stop_farther_than_250_m_from_a_street_is_walked_to_straight_and_counted():
    stops = {"A": place(150, -249), "B": place(150, -251), "C": place(150, 0)}
    found, footpaths, links = walks(stops, RING, max_walk_s=300)
    assert footpaths.n_straight_stops == 1
    assert np.diff(links.offset).tolist() == [1, 0, 1]
    # A-C: 249 m at 1.2 m/s off the street; B-C: 251 m x 1.3 / 1.2.
    assert (found["A", "C"], found["B", "C"]) == (208, 272)


def test_stops_of_one_parent_station_without_a_way_between_them_are_joined_straight():
    nodes = {**NODES, 5: place(40, 20), 6: place(40, 120)}
    ways = [Street(1, 2), Street(5, 6)]
    stops = {"A": place(30, 2), "B": place(30, 80), "C": place(90, 2), "D": place(41, 80)}
    alone, _, _ = walks(stops, ways, nodes)
    assert ("A", "B") not in alone
    joined, _, _ = walks(stops, ways, nodes, parents={"A": "Hall", "B": "Hall", "C": "Other"})
    assert joined["A", "B"] == 85  # 78 m x 1.3 / 1.2 = 84.5
    assert set(joined) - set(alone) == {("A", "B"), ("B", "A")}
    # Where streets do join them, the streets count.
    over, _, _ = walks(stops, ways, nodes, parents={"A": "Hall", "C": "Hall"})
    assert over == alone
    assert over["A", "C"] == 54  # 2 + 60 + 2 m at 1.2 m/s = 53.3; straight 65


def test_a_network_of_no_streets_to_walk_on_joins_all_stops_straight():
    motorway = hand_streets({1: place(9e5, 0), 2: place(9e5, 100)}, [Street(1, 2)])
    timetable = bare_timetable({"A": place(0, 0), "B": place(119.5, 0)})
    footpaths, links = build_walks(timetable, streets=motorway)
    assert as_walks(timetable, footpaths) == {("A", "B"): 130, ("B", "A"): 130}
    assert footpaths.n_straight_stops == 2
    assert len(links.segment) == 0


def test_building_can_be_cancelled():
    def cancel(stage: str, done: int, total: int) -> None:
        raise Cancelled(stage)

    timetable = bare_timetable({"A": place(0, 0), "B": place(120, 0)})
    with pytest.raises(Cancelled):
        build_walks(timetable, streets=hand_streets(NODES, RING), progress=cancel)


@st.composite
def towns(draw):
    """Streets between a few places, and stops about them, some in a common station."""
    spot = st.tuples(st.integers(0, 600), st.integers(0, 600))
    nodes = draw(st.lists(spot, min_size=2, max_size=6, unique=True))
    node = st.integers(0, len(nodes) - 1)
    pairs = draw(
        st.lists(st.tuples(node, node).filter(lambda p: p[0] != p[1]), min_size=1, max_size=8)
    )
    one_way = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    stops = draw(
        st.lists(st.tuples(st.integers(-300, 900), st.integers(-300, 900)), min_size=2, max_size=6)
    )
    halls = draw(st.lists(st.sampled_from(["", "Hall"]), min_size=len(stops), max_size=len(stops)))
    return nodes, pairs, one_way, stops, halls


def laid_out(town):
    """The town's streets with their seconds, its stops, and the stops' parents."""
    spots, pairs, one_way, stop_spots, halls = town
    nodes = {i: place(*spot) for i, spot in enumerate(spots)}
    both = hand_streets(nodes, [Street(a, b) for a, b in pairs])
    seconds = (both.segments.length_m / 1.2).tolist()
    ways = [
        Street(a, b, s, None if one else s)
        for (a, b), s, one in zip(pairs, seconds, one_way, strict=True)
    ]
    stops = {f"S{i}": place(x + 0.137, y + 0.291) for i, (x, y) in enumerate(stop_spots)}
    parents = {f"S{i}": hall for i, hall in enumerate(halls) if hall}
    return nodes, ways, stops, parents


@given(towns(), st.integers(0, 900))
def test_walks_are_those_of_streets_cut_at_every_stop(town, limit_s):
    nodes, ways, stops, parents = laid_out(town)
    streets = hand_streets(nodes, ways)
    snapper = Snapper(streets, StreetMode.WALK)
    points = {}
    for stop, spot in stops.items():
        found = snapper.snap(*spot)
        near = (int(found.segment[0]), float(found.fraction[0]), float(found.distance_m[0]))
        points[stop] = near if found.is_near[0] else None
    timetable = bare_timetable(stops, parents=parents)
    footpaths, links = build_walks(timetable, streets=streets, max_walk_s=limit_s)
    expected = walks_plainly(ways, points, stops, parents, limit_s=limit_s)
    assert as_walks(timetable, footpaths) == expected
    assert footpaths.n_straight_stops == sum(p is None for p in points.values())
    network = Network(timetable=timetable, footpaths=footpaths, streets=streets, stop_links=links)
    for (a, b), seconds in expected.items():
        walk = walk_between(network, timetable.stops.ids.index(a), timetable.stops.ids.index(b))
        if parents.get(a) is None or parents.get(a) != parents.get(b):
            assert walk.seconds == seconds
            assert (walk.points[0], walk.points[-1]) == (stops[a], stops[b])


@given(towns(), st.tuples(st.integers(-300, 900), st.integers(-300, 900)))
def test_a_place_reaches_stops_as_a_stop_in_its_place_would(town, spot):
    # A stop at the place is left and reached by the same walks, straight ones included.
    nodes, ways, stops, _ = laid_out(town)
    here = place(spot[0] + 0.531, spot[1] + 0.713)
    timetable = bare_timetable({**stops, "HERE": here})
    streets = hand_streets(nodes, ways)
    footpaths, links = build_walks(timetable, streets=streets, max_walk_s=700)
    expected = as_walks(timetable, footpaths)
    network = Network(timetable=timetable, footpaths=footpaths, streets=streets, stop_links=links)
    for reverse in (False, True):
        found = dict(
            zip(
                *(x.tolist() for x in walk_access(network, *here, max_walk_s=700, reverse=reverse)),
                strict=True,
            )
        )
        for i, stop in enumerate(timetable.stops.ids[:-1]):
            pair = (stop, "HERE") if reverse else ("HERE", stop)
            assert found.get(i) == expected.get(pair)
            if i in found:
                ends = (i, here) if reverse else (here, i)
                assert walk_between(network, *ends).seconds == found[i]


@given(towns(), st.integers(0, 900))
def test_the_kernel_of_walks_does_the_same_without_compilation(town, limit_s):
    nodes, ways, stops, _ = laid_out(town)
    streets = hand_streets(nodes, ways)
    _, links = build_walks(bare_timetable(stops), streets=streets)
    over = StreetWalks(streets, links, speed_mps=1.2, step_free=False)
    graph, arrays, work = over.search.arrays, over._outward, over.search.new_work()
    for stop in range(over.n_stops):
        own = slice(*arrays.seed_offset[stop : stop + 2])
        question = (graph, work, arrays, arrays.seed_vertex[own], arrays.seed_s[own])
        compiled = reach_stops(*question, float(limit_s))
        plain = reach_stops.py_func(*question, float(limit_s))
        for a, b in zip(compiled, plain, strict=True):
            np.testing.assert_array_equal(a, b)
