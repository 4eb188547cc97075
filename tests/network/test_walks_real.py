"""Walks over the streets of Porto, and of a part of Paris."""

import datetime as dt

import networkx as nx
import numpy as np
import pytest
import shapely

from network.network import Network
from network.readers import read_timetable
from network.readers.osm import read_streets
from network.routing.reach.areas import IsochroneSearch
from network.streets.graph import StreetMode
from network.streets.search import StreetSearch
from network.streets.snap import Snapper
from network.walking.access import walk_access, walk_between
from network.walking.walks import build_walks
from tests.builders.realdata import real_data

WEDNESDAY = dt.date(2024, 5, 15)
LIBERDADE = (41.1496, -8.6110)


@pytest.fixture(scope="module")
def porto():
    timetable = read_timetable(real_data("porto", "gtfs_stcp.zip"), WEDNESDAY)
    streets = read_streets(real_data("porto", "porto_portugal.osm.pbf"))
    footpaths, links = build_walks(timetable, streets=streets)
    return Network(timetable=timetable, footpaths=footpaths, streets=streets, stop_links=links)


def test_every_stop_of_porto_is_near_a_street(porto):
    assert porto.footpaths.n_straight_stops == 0
    assert (np.diff(porto.stop_links.offset) == 1).all()


def test_walks_of_porto_agree_with_networkx_on_the_graph_cut_at_the_stops(porto):
    # Every edge that holds stops is cut there; then Dijkstra from some stops by networkx.
    walk, links = porto.streets.walk, porto.stop_links
    graph = nx.DiGraph()
    on_segment = {}
    for stop, (segment, fraction) in enumerate(
        zip(links.segment.tolist(), links.fraction.tolist(), strict=True)
    ):
        on_segment.setdefault(segment, []).append((fraction, f"stop {stop}"))
        graph.add_edge(f"in {stop}", f"stop {stop}", seconds=float(links.out_s[stop]))
        graph.add_edge(f"stop {stop}", f"out {stop}", seconds=float(links.in_s[stop]))
    tails = np.repeat(np.arange(walk.n_vertices), np.diff(walk.offset)).tolist()
    for edge, tail in enumerate(tails):
        segment, seconds = int(walk.segment[edge]), float(walk.duration_s[edge])
        cuts = sorted(on_segment.get(segment, ()))
        line = [(0.0, tail), *cuts, (1.0, int(walk.head[edge]))]
        if not walk.forward[edge]:
            line = [(0.0, tail), *((1 - f, s) for f, s in reversed(cuts)), line[-1]]
        for (f, a), (g, b) in zip(line[:-1], line[1:], strict=True):
            known = graph.get_edge_data(a, b, {"seconds": np.inf})["seconds"]
            graph.add_edge(a, b, seconds=min(known, (g - f) * seconds))
    footpaths = porto.footpaths
    n_compared = 0
    for origin in range(0, porto.timetable.n_stops, 80):
        plain = nx.single_source_dijkstra_path_length(
            graph, f"in {origin}", cutoff=601, weight="seconds"
        )
        own = slice(*footpaths.offset[origin : origin + 2])
        found = dict(
            zip(footpaths.stop[own].tolist(), footpaths.duration_s[own].tolist(), strict=True)
        )
        for stop in range(porto.timetable.n_stops):
            seconds = plain.get(f"out {stop}", np.inf)
            if stop == origin or (seconds > 600 and stop not in found):
                continue
            if walk_between(porto, origin, stop).kind != "streets":
                assert found[stop] <= np.ceil(seconds)
                continue
            assert found[stop] == pytest.approx(np.ceil(seconds - 1e-3), abs=1e-9)
            n_compared += 1
    assert n_compared > 300


def test_streets_make_walks_longer_than_the_crow_and_mostly_by_less_than_half(porto):
    stops, footpaths = porto.timetable.stops, porto.footpaths
    origin = np.repeat(np.arange(len(stops)), np.diff(footpaths.offset))
    crow, _ = build_walks(porto.timetable, detour=1.0, max_walk_s=900)
    by_crow = dict(
        zip(
            zip(
                np.repeat(np.arange(len(stops)), np.diff(crow.offset)).tolist(),
                crow.stop.tolist(),
                strict=True,
            ),
            crow.duration_s.tolist(),
            strict=True,
        )
    )
    pairs = zip(origin.tolist(), footpaths.stop.tolist(), strict=True)
    crow_s = np.array([by_crow[pair] for pair in pairs])
    assert (footpaths.duration_s >= crow_s - 1).all()
    far = crow_s > 200
    assert 1.1 < np.median(footpaths.duration_s[far] / crow_s[far]) < 1.5


def test_access_to_stops_of_porto_agrees_with_walks_one_by_one(porto):
    stops, seconds = walk_access(porto, *LIBERDADE, max_walk_s=600)
    assert len(stops) > 20
    for stop, s in list(zip(stops.tolist(), seconds.tolist(), strict=True))[::5]:
        walk = walk_between(porto, LIBERDADE, stop)
        assert walk.seconds == s
        assert walk.points[0] == LIBERDADE
    beyond = sorted(set(range(porto.timetable.n_stops)) - set(stops.tolist()))[::200]
    assert all(walk_between(porto, LIBERDADE, stop).seconds > 600 for stop in beyond)


def test_searches_on_porto_agree_with_networkx_on_foot_and_by_car(porto):
    for mode in (StreetMode.WALK, StreetMode.CAR):
        search = StreetSearch(porto.streets, mode)
        graph = porto.streets.mode_graph(mode)
        tails = np.repeat(np.arange(graph.n_vertices), np.diff(graph.offset)).tolist()
        plain = nx.DiGraph()
        for tail, head, seconds in zip(
            tails, graph.head.tolist(), graph.duration_s.tolist(), strict=True
        ):
            known = plain.get_edge_data(tail, head, {"s": np.inf})["s"]
            plain.add_edge(tail, head, s=min(known, seconds))
        start = search.ends.leave(Snapper(porto.streets, mode).snap(*LIBERDADE))
        seeds = {int(v): float(s) for v, s in zip(start.vertex, start.seconds, strict=True)}
        for vertex, s in seeds.items():
            plain.add_edge("start", vertex, s=s)
        expected = nx.single_source_dijkstra_path_length(plain, "start", cutoff=600, weight="s")
        reached = search.find_reached(start, limit_s=600)
        found = dict(zip(reached.vertex.tolist(), reached.seconds.tolist(), strict=True))
        assert {v: s for v, s in expected.items() if v != "start"} == pytest.approx(found)
        assert len(found) > 100


@pytest.mark.parametrize(
    ("mode", "at"), [("walk", (41.17719, -8.55641)), ("bike", (41.23644, -8.66531))]
)
def test_ten_minutes_of_crooked_streets_lie_within_thirty(porto, mode, at):
    """A street gone along in part is put on the grid of areas elsewhere than the whole of it."""
    short, long = IsochroneSearch(porto, mode).find_areas(*at, [600, 1800])
    assert 0 < short.area_km2 < long.area_km2
    assert shapely.difference(short.area, long.area).area <= 1e-9 * short.area.area
