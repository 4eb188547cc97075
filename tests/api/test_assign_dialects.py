"""`assign` on the ways public road networks are written, each with an answer found by hand."""

import pytest

COLUMNS = "init_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type"
TWO_ROADS = ((1, 2, 10, 4, 5, 0, 4, 0, 40, 1), (1, 2, 1e10, 2, 6, 0.15, 4, 0, 0, 1))
"""One road of 5 minutes with a toll of 40 and a length of 4, one of 6 minutes, length 2."""


def net_of(links, *, zones=2, first_thru=1, meta="", between="\t", end="\t;"):
    nodes = max(max(link[:2]) for link in links)
    rows = "".join(between.join(f"{value:.10g}" for value in link) + f"{end}\n" for link in links)
    return (
        f"<NUMBER OF ZONES> {zones}\n<NUMBER OF NODES> {nodes}\n"
        f"<FIRST THRU NODE> {first_thru}\n<NUMBER OF LINKS> {len(links)}\n{meta}"
        f"<END OF METADATA>\n\n~\t{COLUMNS}\t;\n{rows}"
    )


@pytest.fixture
def assign(creneau_json, tmp_path):
    """Write a network, ten trips from zone 1 to zone 2 and perhaps flows; assign them."""

    def run(net, *words, trips="Origin 1\n2 : 10.0;\n", flow=None):
        named = {"net": net, "trips": trips} | ({} if flow is None else {"flow": flow})
        given = []
        for name, text in named.items():
            path = tmp_path / f"x_{name}.tntp"
            path.write_text(text, encoding="utf-8", newline="")
            given += [f"--{name}", path]
        return creneau_json("assign", *given, "--gap", "1e-9", *words)

    return run


def test_factors_given_beside_the_network_count_as_those_in_it(assign):
    # 5 + 0.02 * 40 + 0.5 * 4 = 7.8 on the first road, 6 + 0.5 * 2 = 7 on the second.
    options = ("--toll-factor", "0.02", "--distance-factor", "0.5")
    _, given = assign(net_of(TWO_ROADS), *options)
    meta = "<TOLL FACTOR> 0.02\n<DISTANCE FACTOR> 0.5\n"
    _, stated = assign(net_of(TWO_ROADS, meta=meta))
    for answer in (given, stated):
        assert answer["objective"] == pytest.approx(70)
        assert answer["total_cost"] == pytest.approx(70)
        assert answer["total_travel_time"] == pytest.approx(60)


def test_a_factor_given_replaces_the_one_of_the_file(assign):
    net = net_of(TWO_ROADS, meta="<TOLL FACTOR> 0.5\n")
    assert assign(net)[1]["total_cost"] == pytest.approx(60)
    assert assign(net, "--toll-factor", "0")[1]["total_cost"] == pytest.approx(50)
    # By 0.02 the toll makes 5.8 of 5: still the cheaper road.
    answer = assign(net, "--toll-factor", "0.02")[1]
    assert (answer["total_cost"], answer["total_travel_time"]) == pytest.approx((58, 50))


def test_a_factor_that_is_no_number_is_bad_input(assign):
    status, answer = assign(net_of(TWO_ROADS), "--toll-factor", "nan")
    assert status == 2
    assert answer["error"]["problems"][0]["file"] == "--toll-factor"


def test_a_pair_that_stands_twice_is_added_where_the_stated_total_counts_both(assign):
    net, entries = net_of(TWO_ROADS), "Origin 1\n2 : 6.0; 2 : 4.0;\n"
    status, answer = assign(net, trips="<TOTAL OD FLOW> 10\n<END OF METADATA>\n" + entries)
    assert status == 0
    assert answer["assigned_trips"] == 10
    for total in ("", "<TOTAL OD FLOW> 4\n<END OF METADATA>\n"):
        status, answer = assign(net, trips=total + entries)
        assert status == 2
        assert answer["error"]["problems"][0]["found"] == "1 to 2 again"


def test_entries_of_no_trips_may_stand_twice(assign):
    trips = "Origin 1\n1 : 0; 2 : 10; 2 : 0;\nOrigin 2\n1 : 0;\nOrigin 2\n1 : 0;\n"
    status, answer = assign(net_of(TWO_ROADS), trips=trips)
    assert (status, answer["assigned_trips"]) == (0, 10)


def test_more_trips_than_stated_are_assigned_and_said_fewer_are_refused(creneau, assign, tmp_path):
    text = "<TOTAL OD FLOW> {}\n<END OF METADATA>\nOrigin 1\n2 : 10;\n"
    status, answer = assign(net_of(TWO_ROADS), trips=text.format(8))
    assert (status, answer["assigned_trips"]) == (0, 10)
    files = ("--net", tmp_path / "x_net.tntp", "--trips", tmp_path / "x_trips.tntp")
    _, _, told = creneau("assign", *files, "--lang", "en")
    assert "states a total of 8.0 and holds 10.0" in told
    status, answer = assign(net_of(TWO_ROADS), trips=text.format(12))
    assert status == 2
    assert "cut" in answer["error"]["problems"][0]["mend"]


def test_rows_divided_by_commas_are_read_and_decimal_commas_refused(assign):
    net = net_of(TWO_ROADS, between=",", end="").replace(COLUMNS, COLUMNS.replace("\t", ","))
    flow = "From,To,Volume,Capacity,Cost\n1,2,10,10,5\n1,2,0,1e10,6\n"
    status, answer = assign(net, flow=flow)
    assert (status, answer["total_travel_time"]) == (0, pytest.approx(50))
    assert answer["max_flow_difference"] == 0
    spaced = net_of(TWO_ROADS, between=" , ", end="")
    assert assign(spaced)[1]["total_travel_time"] == pytest.approx(50)
    status, answer = assign(net_of(TWO_ROADS).replace("0.15", "0,15"))
    assert status == 2
    assert answer["error"]["problems"][0]["found"] == "b '0,15'"


@pytest.mark.parametrize(
    "flow",
    [
        "Tail\tHead\t:\tVolume\tCost\t;\n2\t3\t:\t10\t5\t;\n1\t2\t:\t10\t5\t;\n",
        "~ from to volume\n2 3 1e1\n1 2 10.0\n",
        "From\tTo\tVolume\tV/C\tCost\n2\t3\t10\t0.5\t5\n1\t2\t10\t1\t5\n",
        "Link\tFrom\tTo\tCapacity\tVolume\n9\t2\t3\t20\t10\n8\t1\t2\t20\t10\n",
        "2 3 10 5\r\n1 2 10 5\r\n",
    ],
    ids=["colons", "no costs", "ratio before cost", "numbers and capacities first", "no header"],
)
def test_flows_in_any_layout_and_order_are_those_of_their_links(assign, flow):
    links = [(1, 2, 10, 1, 5, 0.15, 4, 0, 0, 1), (2, 3, 10, 1, 5, 0.15, 4, 0, 0, 1)]
    status, answer = assign(
        net_of(links, zones=3), trips="Origin 1\n3 : 10;\n", flow=flow.replace("2 3", "2  3")
    )
    assert status == 0
    assert answer["max_flow_difference"] == pytest.approx(0, abs=1e-9)


def test_free_connectors_zones_not_to_be_passed_and_fractional_powers_together(assign):
    # Zones 1, 2, 3 join nodes 4 and 5 by links that cost nothing; by zone 3 it would be free too.
    # The road takes 4 (1 + (v / 10)^1.5) minutes, its twin 8: v = 10 of 12.
    connectors = [(1, 4), (4, 3), (3, 5), (5, 2)]
    links = [(*ends, 1e10, 0, 0, 0.15, 4, 0, 0, 3) for ends in connectors]
    links += [(4, 5, 10, 1, 4, 1, 1.5, 0, 0, 1), (4, 5, 0, 1, 8, 0.15, 0, 0, 0, 1)]
    net = net_of(links, zones=3, first_thru=4).replace("8\t0.15", "8\t0")
    status, answer = assign(net, trips="Origin 1\n2 : 12; 1 : 7;\n")
    assert status == 0
    assert answer["total_travel_time"] == pytest.approx(96)
    # The integral of the first to 10: 4 (10 + 10 / 2.5) = 56; two on the other: 16.
    assert answer["objective"] == pytest.approx(72)
    assert answer["intrazonal_trips"] == 7


def test_what_the_solver_refuses_is_said_of_the_file_it_stands_in(assign):
    links = [(1, 2, 1, 1, 5, 0.15, 400, 0, 0, 1)]
    _, answer = assign(net_of(links))
    (problem,) = answer["error"]["problems"]
    assert (problem["file"], problem["field"]) == ("x_net.tntp", "link 1 to 2")
    _, answer = assign(net_of(TWO_ROADS), trips="Origin 1\n3 : 1;\n")
    assert answer["error"]["problems"][0]["file"] == "x_trips.tntp"


def test_zones_numbered_with_gaps_are_the_nodes_before_the_first_thru_node(assign):
    # Zones 1, 5 and 9 of three; from 1 to 9 over node 20, not through zone 5; none leads back.
    links = [(1, 5), (5, 9), (1, 20), (20, 9)]
    costs = (1, 1, 4, 4)
    rows = [(*e, 10, 1, t, 0, 0, 0, 0, 1) for e, t in zip(links, costs, strict=True)]
    net = net_of(rows, zones=3, first_thru=10).replace("NODES> 20", "NODES> 4")
    trips = "<NUMBER OF ZONES> 3\n<END OF METADATA>\nOrigin 1\n9 : 6; 5 : 2;\nOrigin 9\n1 : 1;\n"
    status, answer = assign(net, trips=trips)
    assert status == 0
    assert answer["total_travel_time"] == pytest.approx(6 * 8 + 2 * 1)
    assert answer["unreachable"] == [{"origin": 9, "destination": 1, "trips": 1}]
    status, answer = assign(net, trips="Origin 1\n20 : 6;\n")
    assert status == 2
    assert answer["error"]["problems"][0]["found"] == "trips from or to zone 20"
