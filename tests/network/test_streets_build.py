"""Junctions, segments, cuts, barriers and islands, each on a street plan drawn in metres."""

import numpy as np
import pytest

from network.streets.islands import MIN_ISLAND_VERTICES
from tests.builders.osm_text import METRES_PER_DEGREE, OsmText, moves, pairs, street_text


def test_ways_are_cut_where_they_meet_and_keep_their_points(tmp_path) -> None:
    # 1 - 2 - 3 - 4 along one way; another leaves at 3. Node 2 is a bend, not a junction.
    text = OsmText().row(0, 100, 200, 300).node(5, 200, 50)
    text.way(20, [1, 2, 3, 4], highway="residential", name="Rue A", lanes="2")
    text.way(10, [3, 5], highway="footway")
    streets = text.read(tmp_path)
    segments = streets.segments
    assert streets.nodes.osm_id.tolist() == [1, 3, 4, 5]
    assert segments.way.tolist() == [10, 20, 20]
    assert streets.nodes.osm_id[segments.node_a].tolist() == [3, 1, 3]
    assert streets.nodes.osm_id[segments.node_b].tolist() == [5, 3, 4]
    assert segments.length_m == pytest.approx([50, 200, 100], rel=1e-4)
    assert segments.point_offset.tolist() == [0, 2, 5, 7]
    east = segments.point_lon * METRES_PER_DEGREE
    assert east == pytest.approx([200, 200, 0, 100, 200, 200, 300], abs=0.02)
    assert [segments.names[i] for i in segments.name] == ["", "Rue A", "Rue A"]
    assert [segments.kinds[i] for i in segments.kind] == ["footway", "residential", "residential"]
    assert segments.lanes.tolist() == [0, 2, 2]
    assert pairs(streets, streets.car) == {(1, 3), (3, 1), (3, 4), (4, 3)}
    assert pairs(streets, streets.walk) == pairs(streets, streets.car) | {(3, 5), (5, 3)}
    assert streets.n_ways_read == 2
    assert streets.name == "town.osm"


def test_edges_stand_in_order_of_tail_and_head(tmp_path) -> None:
    text = OsmText().row(0, 100, 200).way(10, [1, 2, 3, 1], highway="residential")
    text.way(11, [2, 1], highway="residential")
    streets = text.read(tmp_path)
    for graph in (streets.walk, streets.bike, streets.car):
        tail = np.repeat(np.arange(graph.n_vertices), np.diff(graph.offset))
        order = np.lexsort((graph.segment, graph.head, tail))
        assert order.tolist() == list(range(graph.n_edges))
        for segment, (forward, backward) in enumerate(graph.segment_edge):
            assert graph.segment[forward] == graph.segment[backward] == segment
            assert graph.forward[forward]
            assert not graph.forward[backward]
            assert graph.node[graph.head[forward]] == streets.segments.node_b[segment]
            assert graph.node[graph.head[backward]] == streets.segments.node_a[segment]
            assert graph.node[tail[forward]] == streets.segments.node_a[segment]


def test_the_name_of_a_street_is_else_its_number(tmp_path) -> None:
    text = OsmText().row(0, 100, 200).way(10, [1, 2], highway="primary", ref="D 1")
    text.way(11, [2, 3], highway="primary", ref="D 1", name="Avenue B")
    segments = text.read(tmp_path).segments
    assert [segments.names[i] for i in segments.name] == ["D 1", "Avenue B"]
    assert segments.names == ("", "Avenue B", "D 1")


def test_a_way_that_crosses_itself_has_a_junction_there(tmp_path) -> None:
    # An eight: 1 - 2 - 3 - 4 - 2 - 5, through node 2 twice.
    text = OsmText().node(1, 0).node(2, 100).node(3, 200).node(4, 200, 100).node(5, 100, 200)
    text.way(10, [1, 2, 3, 4, 2, 5], highway="residential")
    streets = text.read(tmp_path)
    assert pairs(streets, streets.car) == {(1, 2), (2, 1), (2, 2), (2, 5), (5, 2)}
    loop = 100 + 100 + np.hypot(100, 100)
    assert streets.segments.length_m == pytest.approx([100, loop, 200], rel=1e-3)


def test_a_closed_way_alone_is_a_loop_that_can_be_walked(tmp_path) -> None:
    text = OsmText().node(1, 0).node(2, 100).node(3, 100, 100)
    streets = text.way(10, [1, 2, 3, 1], highway="pedestrian", area="yes").read(tmp_path)
    assert moves(streets, streets.walk) == {(1, 1): pytest.approx(341.42 / 1.2, rel=1e-3)}
    assert streets.walk.segment_edge.tolist() == [[0, 1]]
    assert streets.car.n_edges == 0
    assert streets.car.n_vertices == 0


def test_a_roundabout_goes_round_in_one_direction(tmp_path) -> None:
    text = OsmText().node(1, 0).node(2, 100).node(3, 100, 100).node(4, 0, 100)
    text.node(5, -100).node(6, 200, 100)
    text.way(10, [1, 2, 3, 4, 1], highway="primary", junction="roundabout")
    text.way(11, [5, 1], highway="primary").way(12, [3, 6], highway="primary")
    streets = text.read(tmp_path)
    # The way begins at node 1 and is cut at 3, where the other road leaves.
    assert pairs(streets, streets.car) == {(1, 3), (3, 1), (5, 1), (1, 5), (3, 6), (6, 3)}
    graph = streets.car
    assert (graph.segment_edge[:2, 1] == -1).all()


def test_repeated_nodes_and_points_on_one_place_do_no_harm(tmp_path) -> None:
    # Node 2 twice in a row; nodes 3 and 4 on the same spot, which joins the streets there.
    text = OsmText().row(0, 100, 200, 200, 300)
    text.way(10, [1, 2, 2, 3], highway="residential").way(11, [3, 4], highway="residential")
    text.way(12, [4, 5], highway="residential").way(13, [5, 5], highway="residential")
    streets = text.read(tmp_path)
    assert moves(streets, streets.walk)[3, 4] == 0.0
    assert pairs(streets, streets.walk) == {(1, 3), (3, 1), (3, 4), (4, 3), (4, 5), (5, 4)}
    assert streets.set_aside.counts["way without two known points"] == 1
    assert streets.set_aside.problems[0].field == "way 13"


def test_a_way_is_cut_where_the_extract_lacks_its_nodes(tmp_path) -> None:
    # 1 - 2 - (missing) - 3 - 4: two pieces, joined by another way from 2 to 3.
    text = OsmText().row(0, 100, 300, 400)
    text.way(10, [1, 2, 99, 3, 4], highway="residential")
    text.way(11, [2, 3], highway="footway").way(12, [98, 97], highway="residential")
    streets = text.read(tmp_path)
    assert pairs(streets, streets.walk) == {
        (1, 2), (2, 1), (2, 3), (3, 2), (3, 4), (4, 3)
    }  # fmt: skip
    assert streets.set_aside.counts == {
        "way cut where nodes are missing": 1,
        "way without two known points": 1,
    }


def test_parallel_streets_between_two_junctions_are_both_kept(tmp_path) -> None:
    text = OsmText().row(0, 100).node(3, 50, 50)
    text.way(10, [1, 2], highway="residential").way(11, [1, 3, 2], highway="residential")
    streets = text.read(tmp_path)
    assert streets.car.n_edges == 4
    assert streets.car.length_m.tolist() == pytest.approx([100, 141.4, 100, 141.4], rel=1e-3)


def test_the_outline_of_a_square_given_by_a_relation_is_walked(tmp_path) -> None:
    text = OsmText().node(1, 0).node(2, 100).node(3, 100, 100).node(4, -50)
    text.way(10, [1, 2, 3, 1]).way(11, [4, 1], highway="footway")
    text.relation(5, ("outer", "way", 10), type="multipolygon", highway="pedestrian")
    streets = text.read(tmp_path)
    assert streets.segments.way.tolist() == [10, 11]
    assert streets.segments.length_m == pytest.approx([341.4, 50], rel=1e-3)
    assert streets.walk.n_edges == 4
    assert streets.n_ways_read == 2


# Barriers.


def test_a_bollard_in_a_street_stops_cars_on_both_sides_and_nobody_else(tmp_path) -> None:
    text = OsmText().row(0, 100, 200).node(2, 100, barrier="bollard")
    text.nodes.pop(1)
    text.way(10, [1, 2, 3], highway="residential")
    streets = text.read(tmp_path)
    assert pairs(streets, streets.walk) == {(1, 2), (2, 1), (2, 3), (3, 2)}
    # Two separate stubs: the larger one stays, of two of one size the one with the lower node.
    assert pairs(streets, streets.car) == {(1, 2), (2, 1)}
    assert (streets.car.n_islands_pruned, streets.car.n_island_nodes_pruned) == (1, 2)
    assert pairs(streets, streets.bike) == pairs(streets, streets.walk)


def test_a_car_drives_up_to_a_bollard_from_both_sides_where_another_road_leads_round(
    tmp_path,
) -> None:
    # A square 1 - 2 - 3 - 4 with a bollard at node 5 in the middle of the side 1 - 2.
    text = OsmText().node(1, 0).node(5, 50, barrier="bollard").node(2, 100)
    text.node(3, 100, 100).node(4, 0, 100)
    text.way(10, [1, 5, 2], highway="residential").way(11, [2, 3, 4, 1], highway="residential")
    streets = text.read(tmp_path)
    car = streets.car
    assert {(1, 5), (5, 1), (5, 2), (2, 5)} < pairs(streets, car)
    at_bollard = np.flatnonzero(streets.nodes.osm_id[car.node] == 5)
    assert len(at_bollard) == 2
    for vertex in at_bollard:
        assert car.offset[vertex + 1] - car.offset[vertex] == 1
    assert car.n_plain == len(streets.nodes)
    assert car.n_vertices == car.n_plain + 1


def test_a_barrier_at_a_junction_cuts_off_the_lesser_streets_alone(tmp_path) -> None:
    # The gate of a private road, drawn on the main road itself.
    text = OsmText().row(0, 100, 200).node(4, 100, 50)
    text.nodes[1] = text.nodes[1].replace("</node>", '<tag k="barrier" v="chain"/></node>')
    text.way(10, [1, 2], highway="primary").way(11, [2, 3], highway="primary")
    text.way(12, [2, 4], highway="service")
    streets = text.read(tmp_path)
    assert pairs(streets, streets.car) == {(1, 2), (2, 1), (2, 3), (3, 2)}
    assert (2, 4) in pairs(streets, streets.walk)


# Islands.


def grid_text(text: OsmText, n: int, first: int, x_m: float) -> OsmText:
    """Add a street of n nodes 10 m apart, each hop a way of its own."""
    for i in range(n):
        text.node(first + i, x_m + 10 * i)
    for i in range(n - 1):
        text.way(first + i, [first + i, first + i + 1], highway="residential")
    return text


def test_a_small_island_goes_and_is_counted(tmp_path) -> None:
    text = grid_text(OsmText(), 5, first=1, x_m=0)
    grid_text(text, 3, first=101, x_m=1000)
    streets = text.read(tmp_path)
    for graph in (streets.walk, streets.bike, streets.car):
        assert graph.n_vertices == 5
        assert (graph.n_islands_pruned, graph.n_island_nodes_pruned) == (1, 3)
    # The streets are still there to be shown.
    assert len(streets.segments) == 6


def test_an_island_of_forty_junctions_is_a_place_of_its_own(tmp_path) -> None:
    text = grid_text(OsmText(), 60, first=1, x_m=0)
    grid_text(text, MIN_ISLAND_VERTICES, first=101, x_m=5000)
    grid_text(text, MIN_ISLAND_VERTICES - 1, first=201, x_m=9000)
    streets = text.read(tmp_path)
    for graph in (streets.walk, streets.bike, streets.car):
        assert graph.n_vertices == 60 + MIN_ISLAND_VERTICES
        assert (graph.n_islands_pruned, graph.n_island_nodes_pruned) == (1, 39)


def test_a_street_that_can_be_entered_and_not_left_goes_for_cars(tmp_path) -> None:
    text = grid_text(OsmText(), 50, first=1, x_m=0)
    text.node(90, 0, 50).node(91, 0, 100)
    text.way(90, [1, 90, 91], highway="residential", oneway="yes")
    streets = text.read(tmp_path)
    assert streets.car.n_vertices == 50
    assert (streets.car.n_islands_pruned, streets.car.n_island_nodes_pruned) == (1, 1)
    assert (1, 91) in pairs(streets, streets.walk)
    assert (1, 91) not in pairs(streets, streets.car)


def test_a_network_of_few_junctions_keeps_its_dead_ends(tmp_path) -> None:
    text = grid_text(OsmText(), 5, first=1, x_m=0).node(91, 0, 100)
    text.way(90, [1, 91], highway="residential", oneway="yes")
    streets = text.read(tmp_path)
    assert (1, 91) in pairs(streets, streets.car)
    assert streets.car.n_islands_pruned == 0


def test_trips_start_on_motorways_only_where_there_is_nothing_else(tmp_path) -> None:
    text = OsmText().row(0, 100, 200)
    text.way(10, [1, 2], highway="motorway", oneway="no").way(11, [2, 3], highway="residential")
    assert text.read(tmp_path).car.snap_segment.tolist() == [1]
    alone = street_text(highway="motorway").read(tmp_path)
    assert alone.car.snap_segment.tolist() == [0]
    assert alone.walk.n_edges == 0
