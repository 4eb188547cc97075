"""Transfers left out of bounds lead to nothing that a nearer boarding does not lead to."""

import numpy as np
import pytest

from network.base import format_clock
from network.routing.engines import bounds as bounds_module
from network.routing.engines.bounds import RemainingBounds
from network.routing.engines.dominance import useful_transfers
from tests.network.test_routing_scan import graph_of

LINE = {
    "1": [("X", "08:00:00"), ("A", "08:05:00")],
    "2": [("B", "08:20:00"), ("C", "08:21:00"), ("D", "08:24:00"), ("E", "08:30:00")],
}
WALKS = [("A", "B", 300), ("A", "C", 400), ("A", "D", 330)]


def graph_in(folder, trips, **more):
    folder.mkdir()
    return graph_of(folder, trips, **more)


def kept_from(graph, origin):
    """Stops to which transfers from one are kept, where hops count as the first trip's."""
    times_s = graph.departure_s  # one trip a pattern: by call
    transfers = useful_transfers(graph, np.diff(times_s, prepend=0).astype(np.int32))
    ids = graph.network.timetable.stops.ids
    stop = ids.index(origin)
    row = slice(transfers.offset[stop], transfers.offset[stop + 1])
    return {ids[board] for board in transfers.board[row].tolist()} - {origin}


def test_a_walk_on_along_a_line_is_left_out_where_the_ride_is_no_slower(tmp_path):
    """By hand: to B 300 s and a minute's ride is at C before the walk of 400 s; D by that way
    takes 300 + 240 s, more than the walk of 330 s."""
    assert kept_from(graph_of(tmp_path, LINE, transfers=WALKS), "A") == {"B", "D"}


def test_a_walk_on_to_another_line_is_kept(tmp_path):
    """By hand: the line from C to F is caught nowhere before C."""
    trips = {**LINE, "3": [("C", "08:25:00"), ("F", "08:40:00")]}
    assert kept_from(graph_of(tmp_path, trips, transfers=WALKS), "A") == {"B", "C", "D"}


def test_a_walk_as_long_as_walk_and_ride_together_is_left_out(tmp_path):
    """By hand: 300 s and a minute are the 360 s; with 359 s the walk is sooner there."""
    for seconds, kept in ((360, {"B"}), (359, {"B", "C"})):
        walks = [("A", "B", 300), ("A", "C", seconds)]
        graph = graph_in(tmp_path / str(seconds), LINE, transfers=walks)
        assert kept_from(graph, "A") == kept


def test_where_the_vehicle_goes_on_as_another_trip_every_walk_is_kept(tmp_path):
    trips = {**LINE, "3": [("E", "08:31:00"), ("F", "08:40:00")]}
    graph = graph_of(tmp_path, trips, transfers=WALKS, blocks={"2": "b", "3": "b"})
    assert kept_from(graph, "A") == {"B", "C", "D"}


def random_graph(folder, seed):
    rng = np.random.default_rng(seed)
    letters = list("ABCDEFGH")
    trips = {}
    for line in range(6):
        path = rng.choice(letters, size=rng.integers(2, 6), replace=False)
        times = 28_800 + np.cumsum(rng.integers(0, 400, size=len(path)))
        trips[str(line)] = [
            (stop, format_clock(int(time))) for stop, time in zip(path, times, strict=True)
        ]
    used = sorted({stop for path in trips.values() for stop, _ in path})
    walks = [
        (a, b, int(rng.integers(60, 900)))
        for a in used
        for b in used
        if a != b and rng.random() < 0.5
    ]
    return graph_in(folder, trips, transfers=walks, blocks={"0": "b", "1": "b"})


def test_bounds_are_those_of_all_transfers(tmp_path, monkeypatch):
    """Oracle: the same search over every transfer, to every stop of twenty random networks."""
    n_left_out = 0

    def keep_all(graph, gap_s):
        nonlocal n_left_out
        n_left_out += len(graph.transfers.board) - len(useful_transfers(graph, gap_s).board)
        return graph.transfers

    for seed in range(20):
        graph = random_graph(tmp_path / str(seed), seed)
        found = RemainingBounds(graph)
        with monkeypatch.context() as patched:
            patched.setattr(bounds_module, "useful_transfers", keep_all)
            plain = RemainingBounds(graph)
        for stop in range(graph.network.timetable.n_stops):
            end = np.array([stop], dtype=np.int32), np.zeros(1, dtype=np.int32)
            exact = plain.compute(*end, once=True, max_rides=5)
            np.testing.assert_array_equal(found.compute(*end, once=True, max_rides=5), exact)
    assert n_left_out > 0


@pytest.mark.parametrize("max_rides", [1, 2, 3])
def test_boarding_at_a_call_has_no_less_left_than_boarding_at_its_stop(tmp_path, max_rides):
    """The least over the calls of a board node is what is left from the node."""
    graph = random_graph(tmp_path / "one", 3)
    end = np.array([0], dtype=np.int32), np.zeros(1, dtype=np.int32)
    left_s = RemainingBounds(graph).compute(*end, once=True, max_rides=max_rides)
    n_nodes = graph.n_boards + graph.n_alights
    by_node = np.full((4, graph.n_boards), 2**31 - 1, dtype=np.int32)
    for call, node in enumerate(graph.pattern_board.tolist()):
        by_node[:, node] = np.minimum(by_node[:, node], left_s[:, n_nodes + call])
    np.testing.assert_array_equal(by_node, left_s[:, : graph.n_boards])
