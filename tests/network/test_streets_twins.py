"""Street graphs of random plans against plain twins: every hop kept, every rule obeyed."""

import heapq
from collections.abc import Iterable

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.base import ProblemLog, distance_m
from network.streets.build import build_streets
from network.streets.graph import StreetGraph
from network.streets.raw import BOTH, FORWARD, RawWays, TurnRestriction, WayRules
from tests.builders.drives import move_keys, start_edge
from tests.builders.osm_text import METRES_PER_DEGREE
from tests.reference.streets import Move, Rule, shortest_times

WALKED = WayRules(kind="path", walk=BOTH)


def raw_ways(moves: Iterable[Move], restrictions: list[TurnRestriction]) -> RawWays:
    """Return ways of one segment each whose cars take the seconds of the moves."""
    by_way: dict[int, list[Move]] = {}
    for move in moves:
        by_way.setdefault(move.way, []).append(move)
    ways = sorted(by_way)
    nodes = sorted({node for move in moves for node in (move.tail, move.head)})
    place = {node: (node % 3 * 100.0, node // 3 * 100.0 + node) for node in nodes}
    rules = []
    for way in ways:
        first = by_way[way][0]
        metres = np.hypot(*np.subtract(place[first.tail], place[first.head]))
        rules.append(
            WayRules(
                kind="residential",
                car=BOTH if len(by_way[way]) == 2 else FORWARD,
                car_limited=first.limited,
                car_kmh_forward=metres / first.seconds * 3.6,
                car_kmh_backward=metres / first.seconds * 3.6,
            )
        )
    refs = [(by_way[way][0].tail, by_way[way][0].head) for way in ways]
    return RawWays(
        name="random",
        way_id=np.array(ways, dtype=np.int64),
        ref_offset=np.arange(0, 2 * len(ways) + 1, 2, dtype=np.int64),
        ref=np.array(refs, dtype=np.int64).ravel(),
        rule=np.arange(len(ways), dtype=np.int32),
        rules=tuple(rules),
        way_name=np.zeros(len(ways), dtype=np.int32),
        names=("",),
        node_id=np.array(nodes, dtype=np.int64),
        lat=np.array([place[node][1] for node in nodes]) / METRES_PER_DEGREE,
        lon=np.array([place[node][0] for node in nodes]) / METRES_PER_DEGREE,
        elevation_m=None,
        barrier_node=np.zeros(0, dtype=np.int64),
        barrier_closed=np.zeros(0, dtype=np.uint8),
        restrictions=tuple(restrictions),
        n_ways_read=len(ways),
        log=ProblemLog(),
    )


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Move], list[TurnRestriction]]:
    """Draw a public network that joins all junctions, chords of any kind, and restrictions."""
    n = draw(st.integers(3, 8))
    ends = [(draw(st.integers(0, i - 1)), i) for i in range(1, n)]
    chords = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    extra = draw(st.lists(chords, max_size=8))
    known = {frozenset(pair) for pair in ends}
    n_tree = len(ends)
    for a, b in extra:
        if a != b and frozenset((a, b)) not in known:
            known.add(frozenset((a, b)))
            ends.append((a, b))
    moves: list[Move] = []
    for i, (a, b) in enumerate(ends):
        seconds = float(draw(st.integers(1, 30)))
        limited = i >= n_tree and draw(st.booleans())
        moves.append(Move(way=i + 1, tail=a + 1, head=b + 1, seconds=seconds, limited=limited))
        if i < n_tree or draw(st.booleans()):
            moves.append(Move(way=i + 1, tail=b + 1, head=a + 1, seconds=seconds, limited=limited))
    restrictions = [
        restriction
        for i in range(draw(st.integers(0, 5)))
        if (restriction := draw(restriction_of(moves, i))) is not None
    ]
    return moves, restrictions


@st.composite
def restriction_of(draw: st.DrawFn, moves: list[Move], number: int) -> TurnRestriction | None:
    """Draw a restriction along a drive of two to four moves that turns back only at a node."""
    path = [draw(st.sampled_from(moves))]
    for _ in range(draw(st.integers(1, 3))):
        turns_back = len(path) == 1
        onward = [
            move
            for move in moves
            if move.tail == path[-1].head
            and move.way not in {m.way for m in path[1:]}
            and (turns_back or move.way != path[0].way)
        ]
        if not onward:
            break
        path.append(draw(st.sampled_from(onward)))
        if path[0].way == path[-1].way:
            break
    if len(path) < 2:
        return None
    only = draw(st.booleans()) and path[0].way != path[-1].way
    return TurnRestriction(
        id=number,
        only=only,
        from_ways=(path[0].way,),
        to_ways=(path[-1].way,),
        via_node=path[0].head if len(path) == 2 else -1,
        via_ways=tuple(move.way for move in path[1:-1]),
    )


@given(networks())
def test_the_car_graph_drives_like_the_rules_say(
    network: tuple[list[Move], list[TurnRestriction]],
) -> None:
    moves, restrictions = network
    streets = build_streets(raw_ways(moves, restrictions))
    assert streets.set_aside.total == 0
    assert streets.car.n_turn_restrictions == len(restrictions)
    rules = [rule_of(restriction, moves) for restriction in restrictions]
    for start in moves:
        expected = shortest_times(moves, rules, start)
        found = graph_times(streets, start)
        assert found.keys() == expected.keys()
        for move, seconds in expected.items():
            assert found[move] == pytest.approx(seconds, rel=1e-4, abs=1e-3)


def rule_of(restriction: TurnRestriction, moves: list[Move]) -> Rule:
    """Return the restriction with the junctions that its ways share one after another."""
    ways = (*restriction.from_ways, *restriction.via_ways, *restriction.to_ways)
    if not restriction.via_ways:
        return Rule(only=restriction.only, ways=ways, junctions=(restriction.via_node,))
    ends = [{node for m in moves if m.way == way for node in (m.tail, m.head)} for way in ways]
    junctions = tuple((a & b).pop() for a, b in zip(ends, ends[1:], strict=False))
    return Rule(only=restriction.only, ways=ways, junctions=junctions)


def graph_times(streets: StreetGraph, start: Move) -> dict[tuple[int, int], float]:
    """Return the least seconds from the end of a move to the end of each move, in the graph."""
    car, key = streets.car, move_keys(streets)
    first = start_edge(streets, (start.way, start.head))
    queue, settled = [(0.0, int(car.head[first]))], set()
    best = {key[first]: 0.0}
    while queue:
        seconds, vertex = heapq.heappop(queue)
        if vertex in settled:
            continue
        settled.add(vertex)
        for e in range(int(car.offset[vertex]), int(car.offset[vertex + 1])):
            after = seconds + float(car.duration_s[e])
            best[key[e]] = min(best.get(key[e], np.inf), after)
            heapq.heappush(queue, (after, int(car.head[e])))
    return best


@given(
    st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=6), min_size=1, max_size=8),
    st.sets(st.integers(1, 12), max_size=3),
)
def test_walks_between_junctions_are_those_over_every_hop(
    refs: list[list[int]], missing: set[int]
) -> None:
    raw = plan_of(refs, missing)
    streets = build_streets(raw)
    place = {int(n): (lat, lon) for n, lat, lon in zip(raw.node_id, raw.lat, raw.lon, strict=True)}
    hops = nx.Graph()
    for way in refs:
        for a, b in zip(way, way[1:], strict=False):
            if a != b and a in place and b in place:
                hops.add_edge(a, b, metres=float(distance_m(*place[a], *place[b])))
    walk, osm_id = streets.walk, streets.nodes.osm_id
    found = nx.Graph()
    tail = np.repeat(np.arange(walk.n_vertices), np.diff(walk.offset))
    for t, h, metres in zip(tail, walk.head, walk.length_m, strict=True):
        a, b = int(osm_id[walk.node[t]]), int(osm_id[walk.node[h]])
        if metres < found.get_edge_data(a, b, {"metres": np.inf})["metres"]:
            found.add_edge(a, b, metres=float(metres))
    # Fewer than forty junctions: the largest part stays, whole.
    parts = [part & set(osm_id.tolist()) for part in nx.connected_components(hops)]
    assert set(found) in (parts or [set()])
    assert len(found) == max((len(part) for part in parts), default=0)
    expected = dict(nx.all_pairs_dijkstra_path_length(hops, weight="metres"))
    for a, lengths in nx.all_pairs_dijkstra_path_length(found, weight="metres"):
        for b, metres in lengths.items():
            assert metres == pytest.approx(expected[a][b], rel=1e-5, abs=0.01)


def plan_of(refs: list[list[int]], missing: set[int]) -> RawWays:
    """Return walked ways over nodes 1 to 12, which lie here and there, some of them missing."""
    nodes = [node for node in range(1, 13) if node not in missing]
    return RawWays(
        name="random",
        way_id=np.arange(1, len(refs) + 1, dtype=np.int64),
        ref_offset=np.cumsum([0, *map(len, refs)]),
        ref=np.array([node for way in refs for node in way], dtype=np.int64),
        rule=np.zeros(len(refs), dtype=np.int32),
        rules=(WALKED,),
        way_name=np.zeros(len(refs), dtype=np.int32),
        names=("",),
        node_id=np.array(nodes, dtype=np.int64),
        lat=np.array([node * 7 % 12 for node in nodes]) * 50.0 / METRES_PER_DEGREE,
        lon=np.array([node * 5 % 13 for node in nodes]) * 50.0 / METRES_PER_DEGREE,
        elevation_m=None,
        barrier_node=np.zeros(0, dtype=np.int64),
        barrier_closed=np.zeros(0, dtype=np.uint8),
        restrictions=(),
        n_ways_read=len(refs),
    )
