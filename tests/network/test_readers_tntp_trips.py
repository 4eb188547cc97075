"""Trip tables and link flows in TNTP, and the public networks with their published answers."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.base.errors import NetworkInputError
from network.readers.tntp import read_tntp_flows, read_tntp_network, read_tntp_trips
from network.roads import match_flows
from tests.builders.realdata import real_data
from tests.builders.tntp import (
    HEADER,
    META,
    ROWS,
    TRIP_META,
    TRIPS,
    complaints,
    flows_of,
    network_of,
    trips_of,
)

# Trips


@pytest.mark.parametrize(
    "body",
    [
        "Origin 1\n    2 :   10.0;   3 :   20.0;\nOrigin 2\n 1 : 5.0;\nOrigin 3\n 1 : 25.0;\n",
        "Origin \t1 \n1 : 0; 2 : 10.0; 3 : 20.0;\n\nOrigin \t2 \n1 : 5;\n\nOrigin \t3 \n1 : 25;\n",
        "origin 1 :\n2:10;\n3:20;\norigin 2 :\n1:5;\norigin 3 :\n1:25;\n",
        "ORIGIN  1\r\n2 : 1e1 ;3 : 2.0E+01 ;\r\nORIGIN  2\r\n1 : 5. ;\r\nORIGIN  3\r\n1 : 25 ;\r\n",
        "Origin 1 2 : 10; 3 : 20;\nOrigin 2 1 : 5;\nOrigin 3 1 : 25;\n",
        "Origin 1:\n2 , 10 ; 3 , 20 ;\nOrigin 2;\n1 , 5\nOrigin 3\n1 , 25\n",
        "Origin 1\n2\t10;3\t20;\nOrigin 2\n1\t5\nOrigin 3\n1 25\n",
        "Origin 1\n2 : 10\n3 : 20\n\nOrigin 2\n1 : 5\n\nOrigin 3\n1 : 25",
        "Origin 3\n1 : 25;;\nOrigin 1\n3 : 20; ~ evening\n2 : 10;\n~ remark\nOrigin 2\n1 : 5; ;\n",
        "Origin 1\nOrigin 2\n1 : 5;\nOrigin 1\n2 : 10; 3 : 20;\nOrigin 3\n1 : 25; 2 : .0;\n",
    ],
)
def test_layouts_of_the_same_trip_table_are_one(tmp_path, body):
    table = trips_of(tmp_path, TRIP_META + body)
    assert table.to_matrix().tolist() == TRIPS
    assert (table.n_zones, table.total, table.stated_total) == (3, 60, 60)
    assert table.origin.tolist() == [0, 0, 1, 2]
    assert table.destination.tolist() == [1, 2, 0, 0]
    assert (table.origin.dtype, table.trips.dtype) == (np.int32, np.float64)


def test_without_metadata_zones_are_as_many_as_are_named(tmp_path):
    table = trips_of(tmp_path, "Origin 1\n2 : 10;\nOrigin 4\n7 : 1;\n")
    assert (table.n_zones, table.total, table.stated_total) == (7, 11, None)


def test_zones_may_have_gaps_between_their_numbers_where_there_are_no_more_than_stated(tmp_path):
    table = trips_of(tmp_path, "<NUMBER OF ZONES> 3\nOrigin 2\n7 : 4; 9 : 1;\n")
    assert (table.n_zones, table.origin.tolist(), table.destination.tolist()) == (9, [1, 1], [6, 8])


def test_trips_within_a_zone_count_and_zeros_take_no_room(tmp_path):
    table = trips_of(tmp_path, "<NUMBER OF ZONES> 2\nOrigin 1\n1 : 3; 2 : 0;\n")
    assert table.to_matrix().tolist() == [[3, 0], [0, 0]]
    assert len(table.trips) == 1


@pytest.mark.parametrize(
    ("body", "row", "found"),
    [
        ("Origin 1\n2 : 10; 3 : x;\n", 6, "'3 : x;'"),
        ("Origin 1\n2 : 10; 3 : ;\n", 6, "'3 : ;'"),
        ("Origin 1\n2 : 10; 30;\n", 6, "'30;'"),
        ("Origin 1\n2 : 10; 3 : nan;\n", 6, "'3 : nan;'"),
        ("Origin 1\n2 : 10; 3 : 1e999;\n", 6, "inf trips"),
        ("Origin 1\n2 : 10; 3 : -20;\n", 6, "-20 trips"),
        ("Origin 1\n2 : 10; 3 : 1; 4 : 20;\n", 6, "destination 4"),
        ("Origin 1\n2 : 10; 0 : 20;\n", 6, "destination 0"),
        ("Origin 4\n1 : 1; 2 : 10; 3 : 1;\n", 6, "origin 4"),
        ("Origin 1\n2 : 10;\n3 : 20; 2 : 11;\n", 7, "1 to 2 again"),
        ("Origin\n2 : 10;\n", 5, "'Origin'"),
        ("2 : 10;\n", 5, "'2 : 10;'"),
        ("Origin 1\n", None, "no trips"),
        ("Origin 1\n2 : 10;\n", 2, "<TOTAL OD FLOW> 60, and 10 trips below"),
    ],
)
def test_a_wrong_entry_of_a_trip_table_names_its_line(tmp_path, body, row, found):
    assert complaints(trips_of, tmp_path, TRIP_META + body)[0][:2] == (row, found)


def test_a_total_that_is_only_rounded_is_kept_and_zero_states_nothing(tmp_path):
    text = "<TOTAL OD FLOW> {}\nOrigin 1\n2 : 99.7;\n"
    rounded = trips_of(tmp_path, text.format("100"))
    assert (rounded.total, rounded.stated_total) == (99.7, 100)
    assert trips_of(tmp_path, text.format("0.0")).stated_total is None


def test_a_network_is_no_trip_table(tmp_path):
    problems = complaints(trips_of, tmp_path, META + HEADER + "\n" + ROWS)
    assert problems[0][:2] == (7, "'1\\t3\\t900\\t2.5\\t4\\t0.15\\t4\\t50\\t1\\t1\\t;'")


ENTRIES = st.dictionaries(
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.floats(0, 1e9, allow_nan=False),
    min_size=1,
    max_size=40,
)


@given(entries=ENTRIES, per_line=st.integers(1, 6), order=st.randoms(use_true_random=False))
def test_a_written_trip_table_comes_back(tmp_path_factory, entries, per_line, order):
    keys = list(entries)
    order.shuffle(keys)
    lines = ["<NUMBER OF ZONES> 9"]
    for origin in sorted({key[0] for key in keys}, key=lambda _: order.random()):
        lines.append(f"Origin {origin}")
        cells = [f"{k[1]:5d} : {entries[k]!r};" for k in keys if k[0] == origin]
        lines += [" ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
    table = trips_of(tmp_path_factory.mktemp("trips"), "\n".join(lines) + "\n")
    expected = np.zeros((9, 9))
    for (origin, destination), trips in entries.items():
        expected[origin - 1, destination - 1] = trips
    np.testing.assert_array_equal(table.to_matrix(), expected)


# Flows


@pytest.mark.parametrize(
    "text",
    [
        "From \tTo \tVolume \tCost \n1 \t3 \t30.5 \t4.25 \n3 \t2 \t30.5 \t9 \n",
        "~ \tTail \tHead \t: \tVolume \tCost \t; \n\t1 \t3 \t: \t30.5 \t4.25 \t;\n3 2 : 30.5 9;\n",
        "<NUMBER OF LINKS> \t2\n<END OF METADATA>\n\n1 3 30.5 4.25\n3 2 30.5 9\n",
        "Total Travel Time:\t404.1\nSO or UE:\tUE\n\ninit_node\tterm_node\tflow\ttravelTime\n"
        "1\t3\t30.5\t4.25\n3\t2\t30.5\t9\n",
        "from\tto\tcapacity\tvolume\tcost\r\n1\t3\t900\t3.05e1\t4.25\r\n3\t2\t1800\t30.5\t9\r\n",
    ],
)
def test_flow_files_with_different_headers_are_one(tmp_path, text):
    flows = flows_of(tmp_path, text)
    assert flows.tail_number.tolist() == [1, 3]
    assert flows.head_number.tolist() == [3, 2]
    assert flows.volume.tolist() == [30.5, 30.5]
    assert flows.cost is not None
    assert flows.cost.tolist() == [4.25, 9]


@pytest.mark.parametrize("text", ["From\tTo\tVolume\n1\t3\t30.5\n", "1 3 30.5 ;\n"])
def test_a_flow_file_may_have_no_costs(tmp_path, text):
    assert flows_of(tmp_path, text).cost is None


def test_a_wrong_flow_names_its_line(tmp_path):
    text = "From\tTo\tVolume\tCost\n1\t3\tx\t1\n3\t2\t-4\t1\n2\t1\t7\n"
    assert [row for row, _, _ in complaints(flows_of, tmp_path, text)] == [2, 3, 4]
    ((row, found, _),) = complaints(flows_of, tmp_path, "<NUMBER OF LINKS> 5\n1 3 30.5 4\n")
    assert (row, found) == (1, "<NUMBER OF LINKS> 5, and 1 links below")


def test_flows_come_in_the_order_of_the_links_and_parallel_links_in_their_own(tmp_path):
    links = "1 3 1 1 1 1 1;\n3 2 1 1 1 1 1;\n1 3 2 1 1 1 1;\n"
    network = network_of(tmp_path, META.replace("LINKS> 2", "LINKS> 3") + links)
    flows = flows_of(tmp_path, "3 2 50 5\n1 3 20 2\n1 3 30 3\n")
    matched = match_flows(network, flows)
    assert matched.volume.tolist() == [20, 50, 30]
    assert matched.cost is not None
    assert matched.cost.tolist() == [2, 5, 3]
    assert matched.tail_number.tolist() == [1, 3, 1]


def test_flows_of_another_network_are_refused_pair_by_pair(tmp_path):
    network = network_of(tmp_path, META + ROWS)
    flows = flows_of(tmp_path, "1 3 20 2\n2 3 20 2\n")
    with pytest.raises(NetworkInputError) as caught:
        match_flows(network, flows, file="x_flow.tntp")
    assert [p.found for p in caught.value.problems] == [
        "1 flows from node 2 to node 3",
        "0 flows from node 3 to node 2",
    ]


# The public networks


def public(name, kind):
    folder = {"Braess": "Braess-Example"}.get(name, name)
    return real_data("transportation-networks", folder, f"{name}_{kind}.tntp")


@pytest.mark.parametrize(
    ("name", "zones", "nodes", "links", "first_thru", "total"),
    [
        ("SiouxFalls", 24, 24, 76, 1, 360_600.0),
        ("Anaheim", 38, 416, 914, 39, 104_694.4),
        ("Braess", 2, 4, 5, 1, 6.0),
    ],
)
def test_public_networks_have_their_published_size(name, zones, nodes, links, first_thru, total):
    network = read_tntp_network(public(name, "net"))
    trips = read_tntp_trips(public(name, "trips"))
    assert (network.n_zones, network.n_nodes, network.n_links) == (zones, nodes, links)
    assert (network.first_thru_node, trips.n_zones) == (first_thru, zones)
    assert trips.total == pytest.approx(total, abs=1e-6)
    assert trips.stated_total == pytest.approx(total, abs=1e-6)


def beckmann(network, volume):
    """Return Beckmann's objective and total travel time, in the network's unit of time."""
    ratio = (volume / network.capacity) ** network.power
    integral = network.free_flow_time * volume * (1 + network.b / (network.power + 1) * ratio)
    return integral.sum(), (network.free_flow_time * volume * (1 + network.b * ratio)).sum()


def test_sioux_falls_published_flows_have_their_published_objective_and_travel_time():
    network = read_tntp_network(public("SiouxFalls", "net"))
    flows = match_flows(network, read_tntp_flows(public("SiouxFalls", "flow")))
    objective, travel_time = beckmann(network, flows.volume)
    assert objective == pytest.approx(4_231_335.28710744, abs=1e-3)
    assert travel_time == pytest.approx(7_480_225.3, abs=0.1)


@pytest.mark.parametrize("name", ["SiouxFalls", "Anaheim"])
def test_published_costs_are_those_of_the_network_and_shortest_paths_are_used(name):
    """At equilibrium the trips' shortest costs sum up to the total travel time (Wardrop)."""
    network = read_tntp_network(public(name, "net"))
    trips = read_tntp_trips(public(name, "trips"))
    flows = match_flows(network, read_tntp_flows(public(name, "flow")))
    time = network.free_flow_time * (
        1 + network.b * (flows.volume / network.capacity) ** network.power
    )
    np.testing.assert_allclose(time, flows.cost, rtol=1e-12)
    graph = nx.DiGraph()
    for tail, head, cost in zip(network.tail.tolist(), network.head.tolist(), time, strict=True):
        # A zone before the first thru node is left from, or ended in, never passed.
        end = head if head >= network.first_thru_idx else ("end", head)
        graph.add_edge(tail, end, cost=float(cost))
    shortest = 0.0
    for origin in np.unique(trips.origin).tolist():
        reached = nx.single_source_dijkstra_path_length(graph, origin, weight="cost")
        for k in np.flatnonzero(trips.origin == origin).tolist():
            zone = int(trips.destination[k])
            if zone != origin:
                end = zone if zone >= network.first_thru_idx else ("end", zone)
                shortest += trips.trips[k] * reached[end]
    assert shortest == pytest.approx(float((time * flows.volume).sum()), rel=1e-9)
