"""Street graphs in and out of OSMnx, and OSMnx as a second opinion on the same streets."""

import json

import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pytest
import shapely

from network.base.errors import NetworkInputError
from network.readers.osm import read_streets
from network.streets.graph import STEPS, StreetMode
from network.streets.osmnx_graphs import (
    from_osmnx,
    read_streets_from_place,
    read_streets_from_polygon,
    to_osmnx,
)
from network.streets.search import StreetSearch
from network.streets.snap import Snapper
from tests.builders.gridstreets import BLOCK_M, at, grid_streets, junction
from tests.builders.osm_text import OsmText
from tests.builders.realdata import real_data

TAGS = ["foot", "conveying", "segregated", "sidewalk", "railway", "public_transport"]


def read_xml(path, **options):
    """Read a text with OSMnx, the tags that walking depends on kept."""
    before = ox.settings.useful_tags_way
    ox.settings.useful_tags_way = [*before, *TAGS]
    try:
        return ox.graph.graph_from_xml(path, retain_all=True, **options)
    finally:
        ox.settings.useful_tags_way = before


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """The grid city as read here, and by OSMnx with its corners alone."""
    path = grid_streets().write(tmp_path_factory.mktemp("grid"))
    return read_streets(path), read_xml(path, bidirectional=True)


def seconds(streets, mode, a, b):
    snapper = Snapper(streets, mode)
    spots = snapper.snap(*np.array([a, b]).T)
    times, _ = StreetSearch(streets, mode).compute_times(spots.take([0]), spots.take([1]))
    return times[0]


@pytest.mark.parametrize("simplify", [False, True])
def test_a_graph_of_osmnx_has_the_times_of_the_extract_it_came_from(grid, tmp_path, simplify):
    streets, _ = grid
    path = grid_streets().write(tmp_path)
    graph = read_xml(path, bidirectional=True, simplify=simplify)
    for again in (from_osmnx(graph, mode=StreetMode.WALK), from_osmnx(graph)):
        for b in (at(2 * BLOCK_M, 2 * BLOCK_M), at(-3000, 5), at(4 * BLOCK_M, 4 * BLOCK_M)):
            a = at(3.3 * BLOCK_M, 3)
            expected = seconds(streets, StreetMode.WALK, a, b)
            assert seconds(again, StreetMode.WALK, a, b) == pytest.approx(expected, rel=1e-5)
    assert "Steps" in again.segments.names
    assert set(again.segments.kinds) == {"residential", "secondary", "steps"}
    assert (again.segments.flags & STEPS).sum() == 1


def test_with_a_mode_the_edges_are_that_modes_moves_and_no_others(grid):
    _, graph = grid
    walk = from_osmnx(graph, mode=StreetMode.WALK)
    assert (walk.bike.n_edges, walk.car.n_edges) == (0, 0)
    assert walk.walk.n_edges == graph.number_of_edges()


def test_without_a_mode_one_ways_hold_for_cars_and_bicycles_and_not_on_foot(tmp_path):
    text = OsmText().row(0, 100, 200, 300).node(5, 0, 100).node(6, 300, 100)
    text.way(1, [1, 2, 3, 4], highway="residential", oneway="yes", name="One Way", lanes="2")
    text.way(2, [4, 6, 5, 1], highway="tertiary", maxspeed="30")
    text.way(3, [2, 5], highway="steps")
    graph = read_xml(text.write(tmp_path))
    streets = from_osmnx(graph)
    expected = text.read(tmp_path)
    a, b = (0.0, 150 / 111_195.08), (0.0, 50 / 111_195.08)
    for mode in StreetMode:
        for ends in ((a, b), (b, a)):
            assert seconds(streets, mode, *ends) == pytest.approx(
                seconds(expected, mode, *ends), rel=1e-4
            )
    assert seconds(streets, StreetMode.WALK, a, b) == pytest.approx(100 / 1.2, rel=1e-4)
    # From 150 m to 50 m by car: on to node 4, round by the tertiary street, 50 m again.
    assert seconds(streets, StreetMode.CAR, a, b) == pytest.approx(
        (150 + 50) / (30 / 3.6) + 500 / (30 / 3.6), rel=1e-4
    )
    one_way = streets.segments.names.index("One Way")
    assert set(streets.segments.lanes[streets.segments.name == one_way].tolist()) == {2}


def test_a_projected_graph_is_the_same(grid):
    _, graph = grid
    projected = ox.project_graph(graph)
    assert projected.graph["crs"] != graph.graph["crs"]
    a, b = at(3.3 * BLOCK_M, 3), at(2 * BLOCK_M, 2 * BLOCK_M)
    for mode in (StreetMode.WALK, None):
        expected = seconds(from_osmnx(graph, mode=mode), StreetMode.WALK, a, b)
        found = seconds(from_osmnx(projected, mode=mode), StreetMode.WALK, a, b)
        assert found == pytest.approx(expected, rel=1e-5)


def test_the_order_of_nodes_and_edges_changes_nothing(grid):
    _, graph = grid
    turned = nx.MultiDiGraph(**graph.graph)
    turned.add_nodes_from(reversed(list(graph.nodes(data=True))))
    turned.add_edges_from(reversed(list(graph.edges(data=True))))
    a, b = from_osmnx(graph), from_osmnx(turned)
    for mode in StreetMode:
        for name in ("node", "offset", "head", "duration_s", "segment", "segment_edge"):
            np.testing.assert_array_equal(
                getattr(a.mode_graph(mode), name), getattr(b.mode_graph(mode), name)
            )
    np.testing.assert_array_equal(a.segments.point_lat, b.segments.point_lat)


def small(**edge):
    """Two nodes 111.195 m apart, joined both ways."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node("a", x=1.0, y=0.001)
    graph.add_node("b", x=1.001, y=0.001)
    for ends in (("a", "b"), ("b", "a")):
        graph.add_edge(*ends, **edge)
    return graph


def test_names_lengths_and_speeds_of_the_edges_are_used():
    edge = {"highway": ["residential", "tertiary"], "osmid": [9, 7], "name": ["B", "A"]}
    streets = from_osmnx(small(**edge, length=240.0, speed_kph=72.0))
    assert streets.walk.duration_s.tolist() == [200, 200]
    assert streets.car.duration_s.tolist() == pytest.approx([12, 12])
    assert streets.segments.length_m.tolist() == [240]
    assert streets.segments.way.tolist() == [7]
    assert streets.segments.names == ("", "A")
    drawn = from_osmnx(small(**edge))
    assert drawn.segments.length_m.tolist() == pytest.approx([111.195], rel=1e-4)
    assert drawn.car.duration_s[0] == pytest.approx(111.195 / (30 / 3.6), rel=1e-3)


def test_an_elevation_of_the_nodes_is_heeded():
    graph = small(highway="residential")
    flat = from_osmnx(graph).walk.duration_s[0]
    graph.nodes["a"]["elevation"], graph.nodes["b"]["elevation"] = 0.0, 20.0
    assert from_osmnx(graph).walk.duration_s.max() > 1.3 * flat


def test_edges_without_tags_are_streets_and_those_nobody_uses_are_counted():
    assert from_osmnx(small()).car.n_edges == 2
    graph = small(highway="residential")
    graph.add_node("c", x=1.002, y=0.001)
    graph.add_edge("b", "c", highway="proposed")
    assert from_osmnx(graph).set_aside.counts == {"edge that nobody travels on": 1}
    assert from_osmnx(graph, mode=StreetMode.CAR).set_aside.total == 0


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        (nx.MultiDiGraph(), "a graph without edges"),
        (small(highway="proposed"), "no edge that anybody travels on"),
        (nx.MultiDiGraph([("a", "b")]), "node 'a' without x and y"),
    ],
)
def test_a_graph_that_is_no_street_network_is_refused(graph, found):
    with pytest.raises(NetworkInputError) as refused:
        from_osmnx(graph, name="mine")
    (problem,) = refused.value.problems
    assert (problem.file, problem.found) == ("mine", found)


def test_a_graph_for_osmnx_can_be_converted_routed_saved_and_read_again(grid, tmp_path):
    streets, _ = grid
    graph = to_osmnx(streets, StreetMode.WALK)
    nodes, edges = ox.convert.graph_to_gdfs(graph)
    assert len(nodes) == streets.walk.n_plain
    assert len(edges) == streets.walk.n_edges
    assert {"osmid", "length", "highway", "oneway", "name", "maxspeed", "geometry"} < set(edges)
    assert edges.crs == "epsg:4326"
    start, end = junction(4, 1), junction(2, 2)
    path = ox.routing.shortest_path(graph, start, end, weight="travel_time")
    assert path == [junction(4, 1), junction(4, 2), junction(3, 2), junction(2, 2)]
    travel_s = nx.shortest_path_length(graph, start, end, weight="travel_time")
    assert travel_s == pytest.approx(398, abs=0.1)
    assert graph.nodes[start]["street_count"] == 3
    ox.io.save_graphml(graph, tmp_path / "grid.graphml")
    again = from_osmnx(ox.io.load_graphml(tmp_path / "grid.graphml"))
    for name in ("offset", "head", "duration_s", "length_m"):
        np.testing.assert_allclose(
            getattr(again.walk, name), getattr(streets.walk, name), rtol=1e-6
        )
    np.testing.assert_array_equal(again.nodes.osm_id, streets.nodes.osm_id[streets.walk.node])
    statistics = ox.stats.basic_stats(graph)
    assert statistics["n"] == len(nodes)


def test_one_way_edges_for_osmnx_say_so(tmp_path):
    text = OsmText().row(0, 100, 200)
    text.way(1, [1, 2], highway="residential", oneway="yes", junction="roundabout")
    streets = text.way(2, [2, 3], highway="residential", bridge="yes", tunnel="no").read(tmp_path)
    car = {(u, v): d for u, v, d in to_osmnx(streets, StreetMode.CAR).edges(data=True)}
    assert {ends: (d["oneway"], d["reversed"]) for ends, d in car.items()} == {
        (1, 2): (True, False),
        (2, 3): (False, False),
        (3, 2): (False, True),
    }
    assert (car[1, 2]["junction"], car[2, 3]["bridge"]) == ("roundabout", "yes")
    assert "tunnel" not in car[2, 3]
    assert list(car[3, 2]["geometry"].coords)[0] == (streets.nodes.lon[2], streets.nodes.lat[2])


@pytest.fixture(scope="module")
def paris(tmp_path_factory):
    """A part of Paris as read here, and by OSMnx without simplification."""
    extract = real_data("paris-bss", "paris_bss.osm.pbf")
    path = tmp_path_factory.mktemp("paris") / "paris.osm"
    # OSMnx refuses ways with nodes beyond the extract: cut them there, as is done here.
    here, outlines = set(), {}
    writer = osmium.SimpleWriter(str(path))
    for element in osmium.FileProcessor(str(extract)):
        if element.is_node():
            here.add(element.id)
            writer.add(element)
        elif element.is_way():
            runs = [[]]
            for node in element.nodes:
                if node.ref in here:
                    runs[-1].append(node.ref)
                elif runs[-1]:
                    runs.append([])
            for i, run in enumerate(run for run in runs if len(run) > 1):
                writer.add_way(element.replace(id=element.id + i * 10**12, nodes=run))
        elif element.tags.get("type") == "multipolygon" and "highway" in element.tags:
            ways = [m.ref for m in element.members if m.type == "w"]
            outlines |= dict.fromkeys(ways, element.tags["highway"])
    writer.close()
    graph = read_xml(path, bidirectional=True, simplify=False)
    # Squares whose tags stand on a relation: OSMnx sees their outlines without any tag.
    for _, _, data in graph.edges(data=True):
        if "highway" not in data and data["osmid"] % 10**12 in outlines:
            data["highway"] = outlines[data["osmid"] % 10**12]
    return read_streets(extract), graph


def why_closed(data):
    """Say why nobody walks on an edge that OSMnx read, "" where people do."""
    if "highway" not in data and "platform" not in (
        data.get("railway"),
        data.get("public_transport"),
    ):
        return "no street"
    if data.get("foot") in ("no", "private"):
        return "foot=no"
    if "foot" in data:
        return ""
    if data.get("access") in ("no", "private"):
        return "access=no, private"
    if data.get("highway") == "cycleway" and not {"segregated", "sidewalk"} & set(data):
        return "cycleway"
    return ""


def test_walks_in_paris_are_as_long_as_osmnxs_but_for_the_rules_of_access(paris):
    streets, graph = paris
    opened = nx.MultiDiGraph(**graph.graph)
    reasons = {}
    for u, v, data in graph.edges(data=True):
        reason = why_closed(data)
        against = data.get("conveying") == "forward" and data["reversed"]
        if reason or against:
            reasons[u, v] = reason or "against an escalator"
        else:
            opened.add_edge(u, v, length=data["length"], highway=data.get("highway"))
    ids = streets.nodes.osm_id[streets.walk.node].tolist()
    # On foot the shortest way is not the fastest where there are steps: compare times.
    for _, _, data in opened.edges(data=True):
        data["walk_s"] = data["length"] / (0.6 if data["highway"] == "steps" else 1.2)
    n_compared = n_shorter = 0
    explained = set()
    for origin in ids[::60]:
        plain = nx.single_source_dijkstra_path_length(opened, origin, weight="walk_s")
        found = times(streets, origin)
        assert set(found) == set(plain) & set(ids)
        for node, s in found.items():
            assert s == pytest.approx(plain[node], rel=1e-5, abs=1e-3)
            n_compared += 1
        paths_s, paths = nx.single_source_dijkstra(graph, origin, weight=walk_s)
        for node, s in found.items():
            if paths_s[node] < s - 0.01:
                steps = zip(paths[node][:-1], paths[node][1:], strict=True)
                used = {reasons[step] for step in steps if step in reasons}
                assert used, f"{origin} to {node}: {paths_s[node]} s and {s} s"
                explained |= used
                n_shorter += 1
    assert n_compared > 20_000
    assert 0 < n_shorter < n_compared
    assert {"cycleway", "access=no, private"} <= explained


def walk_s(u, v, edges):
    """Seconds of the fastest of parallel edges, for networkx."""
    return min(e["length"] / (0.6 if e.get("highway") == "steps" else 1.2) for e in edges.values())


def times(streets, node):
    search = StreetSearch(streets, StreetMode.WALK)
    row = int(np.searchsorted(streets.nodes.osm_id, node))
    vertex = np.flatnonzero(streets.walk.node[: streets.walk.n_plain] == row)
    start = search.ends.leave(_at_node(streets, row))
    assert vertex[0] in start.vertex
    found = search.find_reached(start)
    ids = streets.nodes.osm_id[streets.walk.node[found.vertex]]
    best = {}
    for i, s in zip(ids.tolist(), found.seconds.tolist(), strict=True):
        best[i] = min(s, best.get(i, np.inf))
    return best


def _at_node(streets, row):
    """The end of a segment that a person may walk on, at a junction."""
    from network.streets.snap import SnapPoints

    segments = streets.segments
    usable = streets.walk.snap_segment
    at_a = usable[segments.node_a[usable] == row]
    at_b = usable[segments.node_b[usable] == row]
    segment, fraction = (at_a[0], 0.0) if len(at_a) else (at_b[0], 1.0)
    unknown = np.array([np.nan])
    return SnapPoints(
        segment=np.array([segment], dtype=np.int32),
        fraction=np.array([fraction]),
        distance_m=np.zeros(1),
        lat=unknown,
        lon=unknown,
    )


def test_ways_of_paris_that_are_missing_are_those_that_nobody_may_walk_on(paris):
    streets, graph = paris
    own = set(streets.segments.way[np.unique(streets.walk.segment)].tolist())
    tags = {data["osmid"] % 10**12: data for _, _, data in graph.edges(data=True)}
    assert own <= set(tags)
    assert {why_closed(tags[way]) for way in own} == {""}
    # Named by hand: a private residential street, and a tunnel that forbids walking.
    assert tags[23300771]["access"] == "private"
    assert tags[23300771]["highway"] == "residential"
    assert 23300771 not in own
    no_foot = [w for w, d in tags.items() if d.get("foot") == "no" and d["highway"] != "cycleway"]
    assert len(no_foot) == 3
    assert not own & set(no_foot)


def test_osmnxs_own_graph_of_paris_gives_the_same_walks_when_it_is_read_in(paris):
    streets, graph = paris
    closed = [(u, v, k) for u, v, k, d in graph.edges(keys=True, data=True) if why_closed(d)]
    opened = graph.copy()
    opened.remove_edges_from(closed)
    again = from_osmnx(opened, mode=StreetMode.WALK)
    shared = np.intersect1d(
        streets.nodes.osm_id[streets.walk.node], again.nodes.osm_id[again.walk.node]
    )
    assert len(shared) > 1000
    for origin in shared[::250].tolist():
        a, b = times(streets, origin), times(again, origin)
        for node in set(a) & set(b):
            assert a[node] >= b[node] - 0.01  # but for escalators, which OSMnx walks both ways
        same = [node for node in set(a) & set(b) if a[node] == pytest.approx(b[node], rel=1e-5)]
        assert len(same) > 0.98 * len(set(a) & set(b))


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Nothing can be looked up, and nothing is kept from before."""
    import socket

    def refuse(*args, **options):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "gethostbyname", refuse)
    monkeypatch.setattr(ox.settings, "cache_folder", tmp_path)
    monkeypatch.setattr(ox.settings, "overpass_rate_limit", False)


def test_without_the_internet_a_place_is_a_clear_error(offline):
    with pytest.raises(NetworkInputError) as refused:
        read_streets_from_place("Saint-Denis, France")
    (problem,) = refused.value.problems
    assert problem.file == "Saint-Denis, France"
    assert "no answer from OpenStreetMap's services" in problem.found
    assert problem.expected == "the internet"
    assert "extract" in problem.mend


def test_without_the_internet_a_polygon_is_a_clear_error(offline):
    with pytest.raises(NetworkInputError) as refused:
        read_streets_from_polygon(shapely.box(2.34, 48.93, 2.36, 48.94), mode=StreetMode.WALK)
    assert refused.value.problems[0].expected == "the internet"


def test_what_a_server_says_it_does_not_know_is_a_clear_error(monkeypatch):
    class Answer:
        ok, status_code, reason, text = True, 200, "OK", "[]"
        url, content = "", b"[]"

        def json(self):
            return json.loads(self.text)

    monkeypatch.setattr("requests.get", lambda *args, **options: Answer())
    monkeypatch.setattr(ox.settings, "use_cache", False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with pytest.raises(NetworkInputError) as refused:
        read_streets_from_place("Nowhere at all")
    assert "as OpenStreetMap names it" in refused.value.problems[0].expected
