"""Real extracts: known counts, lengths against a plain sum, and reachability by networkx."""

from functools import lru_cache
from pathlib import Path

import networkx as nx
import numpy as np
import osmium
import pytest

from network.base.geodesy import distance_m
from network.readers.osm import read_streets
from network.streets.graph import ModeGraph, StreetGraph, StreetMode
from network.streets.islands import MIN_ISLAND_VERTICES
from tests.builders.realdata import real_data


@lru_cache(maxsize=2)
def read(path: Path) -> StreetGraph:
    return read_streets(path)


def porto() -> StreetGraph:
    return read(real_data("porto", "porto_portugal.osm.pbf"))


def paris() -> StreetGraph:
    return read(real_data("paris-bss", "paris_bss.osm.pbf"))


def sum_lengths(path: Path) -> dict[int, float]:
    """Return the metres of every way, hop by hop between the nodes that the file has."""
    metres: dict[int, float] = {}
    for way in osmium.FileProcessor(str(path)).with_locations():
        if not way.is_way() or len(way.nodes) < 2:
            continue
        places = [(n.lat, n.lon) if n.location.valid() else (np.nan, np.nan) for n in way.nodes]
        lat, lon = np.array(places).T
        metres[way.id] = float(np.nansum(distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])))
    return metres


def as_networkx(graph: ModeGraph) -> nx.DiGraph:
    tail = np.repeat(np.arange(graph.n_vertices), np.diff(graph.offset))
    found = nx.DiGraph()
    found.add_nodes_from(range(graph.n_vertices))
    found.add_edges_from(zip(tail.tolist(), graph.head.tolist(), strict=True))
    return found


def test_porto_has_the_ways_and_junctions_that_other_programs_find() -> None:
    streets = porto()
    assert streets.n_ways_read == 51_458
    # Other builders of routing graphs find about 71,000 junctions on foot and 65,000 by car.
    assert streets.walk.n_plain == pytest.approx(71_000, rel=0.02)
    assert streets.car.n_plain == pytest.approx(65_000, rel=0.02)
    assert streets.car.n_turn_restrictions == pytest.approx(330, abs=10)
    assert streets.set_aside.total < 100


def test_paris_has_its_streets_although_the_extract_cuts_them() -> None:
    streets = paris()
    assert streets.n_ways_read == 1_289
    assert streets.walk.n_plain > 1_200
    assert streets.set_aside.counts["way cut where nodes are missing"] == 102
    names = {streets.segments.names[i] for i in streets.segments.name}
    assert {"Boulevard Voltaire", "Place de la République", "Rue de Turenne"} <= names


@pytest.mark.parametrize("place", [("paris-bss", "paris_bss.osm.pbf")])
def test_segments_are_as_long_as_their_ways(place: tuple[str, str]) -> None:
    streets = paris()
    expected = sum_lengths(real_data(*place))
    ways, inverse = np.unique(streets.segments.way, return_inverse=True)
    found = np.bincount(inverse, weights=streets.segments.length_m)
    assert len(ways) > 1_100
    for way, metres in zip(ways.tolist(), found, strict=True):
        assert metres == pytest.approx(expected[way], rel=1e-5, abs=0.01)


@pytest.mark.parametrize("mode", list(StreetMode))
def test_what_is_left_of_paris_hangs_together(mode: StreetMode) -> None:
    graph = paris().mode_graph(mode)
    assert graph.n_islands_pruned > 0
    parts = list(nx.weakly_connected_components(as_networkx(graph)))
    assert all(len(part) >= MIN_ISLAND_VERTICES for part in parts)
    # From a place on the largest part every junction of that part is reached, copies or not.
    largest = max(parts, key=len)
    start = min(largest)
    reached = nx.descendants(as_networkx(graph), start) | {start}
    assert {int(graph.node[v]) for v in reached} == {int(graph.node[v]) for v in largest}


@pytest.mark.parametrize("mode", list(StreetMode))
def test_arrays_of_porto_hold_what_the_graph_says_of_them(mode: StreetMode) -> None:
    streets = porto()
    graph, segments = streets.mode_graph(mode), streets.segments
    tail = np.repeat(np.arange(graph.n_vertices), np.diff(graph.offset))
    assert (np.diff(graph.node[: graph.n_plain]) > 0).all()
    assert set(graph.node[graph.n_plain :]) <= set(graph.node[: graph.n_plain])
    a, b = segments.node_a[graph.segment], segments.node_b[graph.segment]
    np.testing.assert_array_equal(graph.node[tail], np.where(graph.forward, a, b))
    np.testing.assert_array_equal(graph.node[graph.head], np.where(graph.forward, b, a))
    np.testing.assert_array_equal(graph.length_m, segments.length_m[graph.segment])
    assert np.isfinite(graph.duration_s).all()
    assert (graph.duration_s >= 0).all()
    assert (graph.duration_s[graph.length_m > 0] > 0).all()
    for column, ahead in ((0, True), (1, False)):
        edges = graph.segment_edge[:, column]
        used = np.flatnonzero(edges >= 0)
        np.testing.assert_array_equal(graph.segment[edges[used]], used)
        assert (graph.forward[edges[used]] == ahead).all()
    assert (np.diff(graph.snap_segment) > 0).all()
    assert (graph.segment_edge[graph.snap_segment] >= 0).any(axis=1).all()


def test_porto_drives_no_faster_than_its_limits_and_walks_no_faster_than_its_walkers() -> None:
    streets = porto()
    car = streets.car
    long = car.length_m > 1
    kmh = car.length_m[long] / car.duration_s[long] * 3.6
    assert kmh.max() <= 121
    assert kmh.min() > 4.9
    walk = streets.walk
    long = walk.length_m > 1
    assert (walk.length_m[long] / walk.duration_s[long]).max() == pytest.approx(1.2, rel=1e-4)
