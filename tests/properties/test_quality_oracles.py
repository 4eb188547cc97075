"""Checks against slow plain twins, on feeds made to break them; broken feeds break nothing."""

import datetime as dt
import json
import tempfile
from pathlib import Path

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from network.base.errors import NetworkInputError
from network.quality.check import check_files
from network.quality.feed import compute_coverage, prepare_feed
from network.quality.islands import Reach, find_reach
from network.quality.plain import report_as_dict
from network.quality.time_checks import check_order
from network.quality.trip_checks import check_duplicate_trips
from network.readers import read_feed_tables, read_network
from tests.builders.clean_feed import CHECK_DAY, clean_feed
from tests.builders.feeds import DAY, write_feed
from tests.builders.random_feeds import cities


@settings(max_examples=25)
@given(cities())
def test_reach_is_that_of_networkx_on_a_graph_of_rides_and_walks(city):
    with tempfile.TemporaryDirectory() as folder:
        network = read_network(write_feed(Path(folder), **city.files()), DAY, include_spill=False)
    ids = network.timetable.stops.ids
    graph = nx.DiGraph()
    graph.add_nodes_from(ids)
    for run in city.runs():
        for i, (start, _, _, board, _) in enumerate(run):
            for end, _, _, _, alight in run[i + 1 :]:
                if board and alight:
                    graph.add_edge(start, end)
    graph.add_edges_from((a, b) for a, b in city.walks if a in graph and b in graph)
    parts = list(nx.strongly_connected_components(graph))
    largest = max(len(part) for part in parts)
    found = find_reach(network.timetable, network.footpaths).reach
    main = {ids[i] for i in range(len(ids)) if found[i] == Reach.MAIN}
    assert main in [part for part in parts if len(part) == largest]
    some = next(iter(main))
    ahead, behind = nx.descendants(graph, some), nx.ancestors(graph, some)
    for stop, reach in zip(ids, found, strict=True):
        if stop not in main:
            assert (stop in ahead) == (reach == Reach.FROM_MAIN)
            assert (stop in behind) == (reach == Reach.TO_MAIN)


def prepared(files):
    with tempfile.TemporaryDirectory() as folder:
        tables = read_feed_tables(write_feed(Path(folder), **files))
    return prepare_feed(tables, compute_coverage(tables), CHECK_DAY)


TRIPS = st.lists(
    st.tuples(
        st.sampled_from(["WEEK", "SAT", "ALL"]),
        st.sampled_from(["R1", "R2"]),
        st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 1)), min_size=2, max_size=3),
    ),
    min_size=1,
    max_size=8,
)
DATES = {"WEEK": "1,1,1,1,1,0,0", "SAT": "0,0,0,0,0,1,0", "ALL": "1,1,1,1,1,1,1"}


@settings(max_examples=25)
@given(TRIPS)
def test_duplicates_are_those_that_comparing_every_pair_finds(trips):
    days = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
    calendar = [f"service_id,{days},start_date,end_date"]
    calendar += [f"{name},{flags},20240101,20241231" for name, flags in DATES.items()]
    rows = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for t, (_, _, calls) in enumerate(trips):
        for i, (stop, minute) in enumerate(calls):
            clock = f"08:{10 * i + minute:02d}:00"
            rows.append(f"T{t},{clock},{clock},{stop},{i}")
    feed = prepared(
        clean_feed(
            calendar="\n".join(calendar),
            routes="route_id,route_short_name,route_type\nR1,1,3\nR2,2,3",
            trips="route_id,service_id,trip_id\n"
            + "\n".join(f"{route},{service},T{t}" for t, (service, route, _) in enumerate(trips)),
            stop_times="\n".join(rows),
        )
    )
    kept = []
    n_twice = 0
    for service, route, calls in trips:
        runs = {i for i, flag in enumerate(DATES[service].split(",")) if flag == "1"}
        if any(other == (route, calls) and runs & dates for other, dates in kept):
            n_twice += 1
        else:
            kept.append(((route, calls), runs))
    finding = check_duplicate_trips(feed)
    assert (0 if finding is None else finding.count) == n_twice


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=4), min_size=1, max_size=5))
def test_trips_that_go_back_are_those_with_a_time_before_the_one_before(trips):
    rows = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    rows += [
        f"T{t},08:{minute:02d}:00,08:{minute:02d}:00,{'ABC'[i % 3]},{i}"
        for t, minutes in enumerate(trips)
        for i, minute in enumerate(minutes)
    ]
    feed = prepared(
        clean_feed(
            trips="route_id,service_id,trip_id\n"
            + "\n".join(f"R1,ALL,T{t}" for t in range(len(trips))),
            stop_times="\n".join(rows),
        )
    )
    n_back = sum(minutes != sorted(minutes) for minutes in trips)
    finding = check_order(feed)
    assert (0 if finding is None else finding.count) == n_back


JUNK = st.sampled_from(["", "x", "-1", "1e9", "nan", '"', "25:00:00", "20240230", "A", "T1", ","])


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 9), st.integers(0, 9), JUNK)))
def test_a_broken_feed_gives_a_report_or_a_named_problem_and_nothing_else(changes):
    files = clean_feed()
    for table, row, column, junk in changes:
        name = sorted(files)[table % len(files)]
        lines = [line.strip() for line in files[name].strip().splitlines()]
        fields = lines[row % len(lines)].split(",")
        fields[column % len(fields)] = junk
        lines[row % len(lines)] = ",".join(fields)
        files[name] = "\n".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        path = write_feed(Path(folder), **files)
        try:
            report, _ = check_files([path], today=dt.date(2024, 5, 15), second_opinion=False)
        except NetworkInputError as error:
            named = [str(problem) for problem in error.problems]
        else:
            named = [json.dumps(report_as_dict(report), allow_nan=False)]
    assert all(named)
