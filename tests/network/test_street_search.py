"""Shortest times and paths between points of streets."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.streets._street_kernels import spread
from network.streets.graph import FERRY, STEPS, StreetMode
from network.streets.search import NO_LIMIT_S, StreetSearch, build_work
from network.streets.snap import SnapPoints
from tests.builders.handstreets import Street, hand_streets, place
from tests.reference.walks import shortest_s, spread_plainly

# 1 --60 s-- 2 --30 s-- 3, and a loop of 40 s at node 3; one way 4 <- 1.
NODES = {1: place(0, 0), 2: place(100, 0), 3: place(100, 50), 4: place(0, 80)}
LINE = (Street(1, 2, 60, 60, "High Street"), Street(2, 3, 30, 30, "Short Lane"))


def points(*spots):
    """Points of segments as (segment, fraction)."""
    n = len(spots)
    return SnapPoints(
        segment=np.array([s for s, _ in spots], dtype=np.int32),
        fraction=np.array([f for _, f in spots], dtype=np.float64),
        distance_m=np.zeros(n),
        lat=np.zeros(n),
        lon=np.zeros(n),
    )


def seconds(streets, origin, target, *, mode=StreetMode.CAR, **options):
    """Seconds between two points by every kind of search, which must agree."""
    search = StreetSearch(streets, mode, **options)
    there, metres = search.compute_times(points(origin), points(target))
    back, _ = search.compute_times(points(target), points(origin), reverse=True)
    path = search.find_path(points(origin), points(target))
    assert there[0] == pytest.approx(back[0])
    if path is None:
        assert np.isinf(there[0])
        return np.inf
    assert path.seconds == pytest.approx(there[0])
    assert path.metres == pytest.approx(metres[0])
    return there[0]


def test_a_trip_within_streets_takes_shares_of_the_first_and_the_last():
    # Three quarters of 60 s are left on the first street, a third of 30 s on the second.
    streets = hand_streets(NODES, LINE)
    assert seconds(streets, (0, 0.25), (1, 1 / 3)) == pytest.approx(45 + 10)
    assert seconds(streets, (1, 1 / 3), (0, 0.25)) == pytest.approx(10 + 45)


def test_two_points_of_one_street_are_joined_along_it_both_ways():
    streets = hand_streets(NODES, (Street(1, 2, 60, 90),))
    assert seconds(streets, (0, 0.25), (0, 0.75)) == pytest.approx(30)
    assert seconds(streets, (0, 0.75), (0, 0.25)) == pytest.approx(45)
    assert seconds(streets, (0, 0.4), (0, 0.4)) == 0


def test_against_a_one_way_street_one_drives_round():
    # One way 1 -> 2 in 60 s and 2 -> 1 by another street in 25 s: from three quarters to a
    # quarter are 15 s to node 2, 25 s back to node 1, 15 s along the street again.
    streets = hand_streets(NODES, (Street(1, 2, 60, None), Street(2, 1, 25, None)))
    assert seconds(streets, (0, 0.75), (0, 0.25)) == pytest.approx(15 + 25 + 15)
    assert seconds(streets, (0, 0.25), (0, 0.75)) == pytest.approx(30)


def test_round_a_loop_the_shorter_side_is_taken():
    # From a tenth to nine tenths of a loop of 40 s: over its node, a fifth of it.
    streets = hand_streets(NODES, (Street(3, 3, 40, 40), *LINE))
    assert seconds(streets, (0, 0.1), (0, 0.9)) == pytest.approx(8)
    assert seconds(streets, (0, 0.3), (0, 0.7)) == pytest.approx(16)


def test_a_slow_street_is_left_where_going_round_is_faster():
    streets = hand_streets(NODES, (Street(1, 2, 600, 600), Street(1, 2, 30, 30)))
    assert seconds(streets, (0, 0.01), (0, 0.99)) == pytest.approx(6 + 30 + 6)


def test_of_parallel_streets_the_fastest_counts():
    streets = hand_streets(NODES, (*LINE, Street(1, 2, 20, 20)))
    assert seconds(streets, (0, 0.0), (1, 1.0)) == pytest.approx(20 + 30)


def test_a_junction_is_reached_by_any_of_its_streets():
    # The end of the one-way street 4 -> 1 is node 1 itself: from node 2 it is 60 s away,
    # though nobody may drive up the one-way street from there.
    streets = hand_streets(NODES, (*LINE, Street(4, 1, 10, None)))
    assert seconds(streets, (0, 1.0), (2, 1.0)) == pytest.approx(60)
    assert seconds(streets, (0, 1.0), (2, 0.9)) == np.inf


def test_a_forbidden_turn_is_not_taken_where_a_trip_starts_before_it():
    # From street 0 into street 1 at node 2 nobody may turn: over street 2 and a turn at node
    # 4 it takes 5 + 5 s more. A trip that starts at node 2 itself has not come by street 0.
    ways = (*LINE, Street(2, 4, 5, 5))
    streets = hand_streets(NODES, ways, forbidden=((0, 2, 1),))
    assert seconds(streets, (0, 0.5), (1, 1.0)) == pytest.approx(30 + 10 + 30)
    assert seconds(streets, (0, 0.5), (1, 0.5)) == pytest.approx(30 + 10 + 15)
    assert seconds(streets, (0, 1.0), (1, 1.0)) == pytest.approx(30)
    assert seconds(streets, (1, 0.5), (0, 0.5)) == pytest.approx(15 + 30)


def test_points_that_no_way_joins_have_no_time_and_no_path():
    streets = hand_streets(NODES, (Street(1, 2, 10, 10), Street(3, 4, 10, 10)))
    assert seconds(streets, (0, 0.5), (1, 0.5)) == np.inf


def test_a_place_off_the_streets_has_no_time():
    search = StreetSearch(hand_streets(NODES, LINE), StreetMode.WALK)
    times, metres = search.compute_times(points((0, 0.5)), points((-1, 0.0), (0, 0.5)))
    assert times.tolist() == [np.inf, 0]
    assert metres.tolist() == [np.inf, 0]


def test_a_search_ends_at_its_limit():
    search = StreetSearch(hand_streets(NODES, LINE), StreetMode.WALK)
    spots = points((1, 0.0), (1, 1 / 3), (1, 0.5))
    times, _ = search.compute_times(points((0, 0.0)), spots, limit_s=70)
    assert times.tolist() == [60, pytest.approx(70), np.inf]
    assert search.find_path(points((0, 0.0)), points((1, 0.5)), limit_s=74) is None
    assert search.find_path(points((0, 0.0)), points((1, 0.5)), limit_s=75) is not None
    reached = search.find_reached(search.ends.leave(points((0, 0.5))), limit_s=59)
    assert sorted(zip(reached.vertex.tolist(), reached.seconds.tolist(), strict=True)) == [
        (0, 30.0),
        (1, 30.0),
    ]


def test_another_walking_speed_changes_times_in_proportion_but_not_a_ferrys():
    ways = (Street(1, 2, 60, 60), Street(2, 3, 30, 30, flags=FERRY))
    streets = hand_streets(NODES, ways, speed_mps=1.2)
    walk = {"mode": StreetMode.WALK, "speed_mps": 0.6}
    assert seconds(streets, (0, 0.0), (1, 1.0), **walk) == pytest.approx(120 + 30)
    assert seconds(streets, (0, 0.0), (1, 1.0), speed_mps=0.6) == pytest.approx(90)


def test_segments_with_unwanted_flags_are_never_taken():
    ways = (*LINE, Street(1, 3, 5, 5, flags=STEPS))
    streets = hand_streets(NODES, ways)
    assert seconds(streets, (0, 0.0), (1, 1.0)) == pytest.approx(5)
    assert seconds(streets, (0, 0.0), (1, 1.0), without_flags=STEPS) == pytest.approx(90)
    assert seconds(streets, (2, 0.5), (1, 0.5), without_flags=STEPS) == np.inf


def test_a_path_is_drawn_from_point_to_point_with_its_streets_and_metres():
    bend = place(50, 20)
    ways = (
        Street(1, 2, 60, 60, "High Street", between=(bend,)),
        Street(3, 2, 30, 30, "Short Lane"),
    )
    search = StreetSearch(hand_streets(NODES, ways), StreetMode.WALK)
    path = search.find_path(points((0, 0.75)), points((1, 0.5)))
    # From between the bend and node 2, to node 2, then half of the lane backwards.
    middle = (np.array(bend) + place(100, 0)) / 2
    expected = [middle, place(100, 0), place(100, 25)]
    assert np.column_stack((path.lat, path.lon)) == pytest.approx(np.array(expected))
    assert [(part.name, part.seconds) for part in path.parts] == [
        ("High Street", pytest.approx(15)),
        ("Short Lane", pytest.approx(15)),
    ]
    high_m = 2 * np.hypot(50, 20)
    assert [part.metres for part in path.parts] == pytest.approx([high_m / 4, 25], rel=1e-4)
    assert path.metres == pytest.approx(high_m / 4 + 25, rel=1e-4)
    back = search.find_path(points((1, 0.5)), points((0, 0.75)))
    assert np.column_stack((back.lat, back.lon))[::-1] == pytest.approx(np.array(expected))
    assert [(step.start, step.end) for step in back.steps] == [(0.5, 1.0), (1.0, 0.75)]


def test_a_path_to_where_one_stands_is_one_point():
    search = StreetSearch(hand_streets(NODES, LINE), StreetMode.WALK)
    path = search.find_path(points((0, 0.25)), points((0, 0.25)))
    assert (path.lat[0], path.lon[0]) == pytest.approx(place(25, 0))
    assert (len(path.lat), path.seconds, path.metres, path.steps) == (1, 0, 0, ())


def test_from_several_points_to_several_the_cheapest_pair_counts_with_what_they_cost_besides():
    # From node 1 (0 s more) or the middle of street 0 (40 s more) to node 3 or node 2.
    search = StreetSearch(hand_streets(NODES, LINE), StreetMode.WALK)
    here, there = points((0, 0.0), (0, 0.5)), points((1, 1.0), (1, 0.0))
    path = search.find_path(
        here, there, origin_s=np.array([0.0, 40.0]), target_s=np.array([5.0, 50.0])
    )
    assert (path.origin, path.target, path.seconds) == (0, 0, pytest.approx(90))
    path = search.find_path(
        here, there, origin_s=np.array([np.inf, 0.0]), target_s=np.array([np.inf, 9.0])
    )
    assert (path.origin, path.target, path.seconds) == (1, 1, pytest.approx(30))
    seconds, _ = search.compute_times(
        here, there, origin_s=np.array([0.0, 40.0]), target_s=np.array([5.0, np.inf])
    )
    assert seconds.tolist() == [pytest.approx(95), np.inf]


@st.composite
def cities(draw):
    """Streets between a few nodes, turns that are forbidden, and two points."""
    n_nodes = draw(st.integers(2, 6))
    node = st.integers(1, n_nodes)
    way = st.one_of(st.none(), st.integers(0, 40))
    ways = [
        Street(a, b, there, back if there is not None or back is not None else 7)
        for a, b, there, back in draw(
            st.lists(st.tuples(node, node, way, way), min_size=1, max_size=10)
        )
    ]
    turns = st.tuples(st.integers(0, len(ways) - 1), node, st.integers(0, len(ways) - 1))
    share = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 1))
    spots = st.tuples(st.integers(0, len(ways) - 1), share)
    return ways, draw(st.lists(turns, max_size=8)), draw(spots), draw(spots)


@given(cities())
def test_times_are_those_of_a_graph_cut_at_both_points(city):
    ways, forbidden, origin, target = city
    nodes = {i: place(100.0 * i, 50.0 * (i % 3)) for i in range(1, 7)}
    streets = hand_streets(nodes, ways, forbidden=forbidden)
    expected = shortest_s(ways, origin, target, forbidden)
    assert seconds(streets, origin, target) == pytest.approx(expected, abs=1e-4)


@given(cities(), st.integers(0, 60))
def test_the_spread_is_that_of_plain_sweeps_compiled_or_not(city, limit_s):
    ways, forbidden, origin, _ = city
    nodes = {i: place(100.0 * i, 50.0 * (i % 3)) for i in range(1, 7)}
    search = StreetSearch(hand_streets(nodes, ways, forbidden=forbidden), StreetMode.CAR)
    ends = search.ends.leave(points(origin))
    seeds = list(zip(ends.vertex.tolist(), ends.seconds.tolist(), strict=True))
    graph = search.arrays
    plain = spread_plainly(graph.offset, graph.head, graph.duration_s, seeds, limit_s)
    for kernel in (spread, spread.py_func):
        work = search.new_work()
        n = kernel(
            graph, work, ends.vertex, ends.seconds, ends.metres, float(limit_s),
            np.empty(0, dtype=np.int32), np.empty(0), False,
        )  # fmt: skip
        settled = work.settled[:n]
        assert dict(zip(settled.tolist(), work.seconds[settled].tolist(), strict=True)) == plain
        assert len(set(settled.tolist())) == n
        assert (np.diff(work.seconds[settled]) >= 0).all()


def test_a_larger_grid_agrees_with_networkx_vertex_by_vertex_and_in_metres():
    rng = np.random.default_rng(7)
    side = 12
    nodes = {r * side + c: place(100.0 * c, 100.0 * r) for r in range(side) for c in range(side)}
    ways = []
    for r in range(side):
        for c in range(side):
            here = r * side + c
            for there in ([here + 1] if c + 1 < side else []) + (
                [here + side] if r + 1 < side else []
            ):
                a, b = rng.integers(20, 200, size=2).astype(float)
                ways.append(Street(here, there, a, b if rng.random() < 0.7 else None))
    search = StreetSearch(hand_streets(nodes, ways), StreetMode.CAR)
    graph = nx.MultiDiGraph()
    for way in ways:
        graph.add_edge(way.a, way.b, seconds=way.there_s)
        if way.back_s is not None:
            graph.add_edge(way.b, way.a, seconds=way.back_s)
    plain = nx.single_source_dijkstra_path_length(graph, 0, weight="seconds")
    found = search.find_reached(search.ends.leave(points((0, 0.0))))
    assert dict(zip(found.vertex.tolist(), found.seconds.tolist(), strict=True)) == plain
    back = search.find_reached(search.ends.arrive(points((0, 0.0))), reverse=True)
    plain_back = nx.single_source_dijkstra_path_length(graph.reverse(), 0, weight="seconds")
    assert dict(zip(back.vertex.tolist(), back.seconds.tolist(), strict=True)) == plain_back


def test_a_search_that_reuses_its_arrays_is_not_misled_by_the_last_even_when_they_run_out():
    search = StreetSearch(hand_streets(NODES, LINE), StreetMode.WALK)
    with search.lend_work() as work:
        work.generation[0] = 2**31 - 3
    for _ in range(4):
        times, _ = search.compute_times(points((0, 0.0)), points((1, 1.0), (0, 0.5)))
        assert times.tolist() == [90, 30]
        times, _ = search.compute_times(points((1, 1.0)), points((0, 0.0)), limit_s=50)
        assert times.tolist() == [np.inf]
    assert work.generation[0] < 100


def test_an_empty_graph_reaches_nothing():
    work = build_work(3, 0)
    n = spread(
        StreetSearch(hand_streets(NODES, LINE), StreetMode.WALK).arrays._replace(
            offset=np.zeros(4, dtype=np.int32)
        ),
        work, np.array([1], dtype=np.int32), np.zeros(1), np.zeros(1), NO_LIMIT_S,
        np.empty(0, dtype=np.int32), np.empty(0), False,
    )  # fmt: skip
    assert work.settled[:n].tolist() == [1]
