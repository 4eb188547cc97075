"""Connection scan and sweep: one trap a test on micro-feeds, and real feeds against RAPTOR."""

import datetime as dt
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from network.base import parse_clock
from network.base.errors import NetworkInputError
from network.readers import read_network
from network.routing.engines.compiled import compile_routing
from network.routing.engines.profile import ProfileWorkspace, search_profile
from network.routing.engines.scan import (
    ScanWorkspace,
    build_connections,
    scan_earliest,
    scan_one_to_all,
)
from network.routing.engines.sweep import SweepWorkspace, sweep_earliest, sweep_one_to_all
from network.timetable import UNREACHED_S
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.realdata import real_data

ROOT = Path(__file__).resolve().parents[2]
EIGHT_S = 8 * 3600
NOBODY = np.zeros(0, dtype=np.int32)


@pytest.fixture(params=["scan", "sweep"])
def engine(request):
    """A workspace maker, the search for one target and the search for all stops."""
    if request.param == "scan":
        return ScanWorkspace, scan_earliest, scan_one_to_all
    return SweepWorkspace, sweep_earliest, sweep_one_to_all


def graph_of(tmp_path, trips, *, transfers=(), blocks=None):
    """Stops named by one letter, 11 km apart; trips as {id: [(stop, clock), ...]}."""
    stops = sorted({stop for path in trips.values() for stop, _ in path})
    calls = [
        f"{trip},{time},{time},{stop},{i}"
        for trip, path in trips.items()
        for i, (stop, time) in enumerate(path)
    ]
    files = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\n"
        + "\n".join(f"{s},{s},{48 + 0.1 * i:.1f},2.3" for i, s in enumerate(stops)),
        "trips": "route_id,service_id,trip_id,block_id\n"
        + "\n".join(f"R1,WK,{t},{(blocks or {}).get(t, '')}" for t in trips),
        "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(calls),
        "transfers": "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
        + "\n".join(f"{a},{b},2,{s}" for a, b, s in transfers),
    }
    if not transfers:
        del files["transfers"]
    feed = write_feed(tmp_path, **line_feed(**files))
    return compile_routing(read_network(feed, DAY, include_spill=False))


def ask(engine, graph, start, end, departure_s=EIGHT_S):
    ids = graph.network.timetable.stops.ids
    at = [np.array([ids.index(stop)], dtype=np.int32) for stop in (start, end)]
    none = np.zeros(1, dtype=np.int32)
    workspace_of, earliest, one_to_all = engine
    workspace = workspace_of(graph)
    found = earliest(workspace, at[0], none, at[1], none, departure_s)
    assert one_to_all(workspace, at[0], none, departure_s)[at[1][0]] <= found
    return found


def test_connections_stand_by_departure_those_of_no_duration_first(tmp_path):
    trips = {
        "late": [("C", "08:01:00"), ("D", "08:02:00")],
        "early": [("A", "08:00:00"), ("B", "08:01:00"), ("C", "08:01:00"), ("E", "08:03:00")],
    }
    connections = build_connections(graph_of(tmp_path, trips))
    rides = (connections.table[:, :2] - EIGHT_S).tolist()
    assert rides[:2] == [[0, 60], [60, 60]]
    assert sorted(rides[2:]) == [[60, 120], [60, 180]]
    assert [connections.find_first(EIGHT_S + s) for s in (-9999, 0, 60, 9999)] == [0, 0, 1, 4]


def test_a_walk_to_a_stop_does_not_hide_a_later_vehicle_there(tmp_path, engine):
    # P is reached on foot at 08:05 and by vehicle at 08:08, and only from the vehicle may one
    # walk on to R, in time for its bus.
    trips = {
        "toQ": [("S", "08:00:00"), ("Q", "08:00:00")],
        "toP": [("S", "08:00:00"), ("P", "08:08:00")],
        "toT": [("R", "08:15:00"), ("T", "08:20:00")],
    }
    graph = graph_of(tmp_path, trips, transfers=[("Q", "P", 300), ("P", "R", 300)])
    assert ask(engine, graph, "S", "T") == parse_clock("08:20")


def test_two_walks_in_a_row_are_not_taken(tmp_path, engine):
    trips = {
        "toQ": [("S", "08:00:00"), ("Q", "08:00:00")],
        "toP": [("U", "08:00:00"), ("P", "08:00:00")],
        "toT": [("R", "08:15:00"), ("T", "08:20:00")],
    }
    graph = graph_of(tmp_path, trips, transfers=[("Q", "P", 60), ("P", "R", 60)])
    assert ask(engine, graph, "S", "T") == UNREACHED_S


@pytest.mark.parametrize("names", ["abcd", "dcba", "bdac"])
def test_rides_that_take_no_time_chain_within_a_second_in_any_order(tmp_path, engine, names):
    path = "PQRST"
    trips = {
        name: [(path[i], "08:00:00"), (path[i + 1], "08:00:00")] for i, name in enumerate(names)
    }
    assert ask(engine, graph_of(tmp_path, trips), "P", "T") == EIGHT_S


def test_a_seat_kept_is_ridden_where_no_change_would_be_in_time(tmp_path, engine):
    trips = {
        "one": [("A", "08:00:00"), ("B", "08:10:00")],
        "two": [("B", "08:10:00"), ("C", "08:20:00")],
    }
    rules = [("B", "B", 300)]
    apart = graph_of(tmp_path, trips, transfers=rules)
    assert ask(engine, apart, "A", "C") == UNREACHED_S
    together = graph_of(tmp_path, trips, transfers=rules, blocks={"one": "V", "two": "V"})
    assert ask(engine, together, "A", "C") == parse_clock("08:20")


def test_the_horizon_counts_itself(tmp_path, engine):
    graph = graph_of(tmp_path, {"t": [("A", "08:00:00"), ("B", "08:10:00"), ("C", "08:10:01")]})
    workspace_of, _, one_to_all = engine
    zero = np.zeros(1, dtype=np.int32)
    found = one_to_all(workspace_of(graph), zero, zero, EIGHT_S, horizon_s=600)
    assert found.tolist() == [EIGHT_S, EIGHT_S + 600, UNREACHED_S]


def test_without_access_nothing_is_reached(tmp_path, engine):
    graph = graph_of(tmp_path, {"t": [("A", "08:00:00"), ("B", "08:10:00")]})
    workspace_of, earliest, one_to_all = engine
    workspace = workspace_of(graph)
    zero = np.zeros(1, dtype=np.int32)
    assert earliest(workspace, NOBODY, NOBODY, zero, zero, EIGHT_S) == UNREACHED_S
    assert one_to_all(workspace, NOBODY, NOBODY, EIGHT_S).tolist() == [UNREACHED_S] * 2


def test_a_departure_long_before_service_or_after_it_is_answered(tmp_path, engine):
    graph = graph_of(tmp_path, {"t": [("A", "08:00:00"), ("B", "08:10:00")]})
    assert ask(engine, graph, "A", "B", -200_000) == parse_clock("08:10")
    assert ask(engine, graph, "A", "B", EIGHT_S + 1) == UNREACHED_S
    assert ask(engine, graph, "A", "B", 200_000) == UNREACHED_S


def test_a_second_workspace_shares_the_network_and_answers_alike(tmp_path, engine):
    graph = graph_of(tmp_path, {"t": [("A", "08:00:00"), ("B", "08:10:00")]})
    workspace_of, _, one_to_all = engine
    first = workspace_of(graph)
    second = workspace_of(graph, like=first)
    assert second.arrays is first.arrays
    zero = np.zeros(1, dtype=np.int32)
    for workspace in (first, second):
        assert one_to_all(workspace, zero, zero, EIGHT_S).tolist() == [EIGHT_S, EIGHT_S + 600]


@pytest.mark.parametrize(
    ("access", "access_s", "options", "field"),
    [
        ([2], [0], {}, "access_stop"),
        ([-1], [0], {}, "access_stop"),
        ([0], [-1], {}, "access_s"),
        ([0], [0, 0], {}, "access_s"),
        ([0], [0], {"banned_routes": np.zeros(7, dtype=np.bool_)}, "banned_routes"),
        ([0], [0], {"horizon_s": -1}, "horizon_s"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(
    tmp_path, engine, access, access_s, options, field
):
    graph = graph_of(tmp_path, {"t": [("A", "08:00:00"), ("B", "08:10:00")]})
    workspace_of, _, one_to_all = engine
    ends = [np.array(end, dtype=np.int32) for end in (access, access_s)]
    with pytest.raises(NetworkInputError) as caught:
        one_to_all(workspace_of(graph), *ends, EIGHT_S, **options)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_the_kernels_run_as_plain_python(tmp_path):
    script = f"""
        from pathlib import Path
        import numba, numpy as np
        from network.readers import read_network
        from network.routing.engines.compiled import compile_routing
        from network.routing.engines.scan import ScanWorkspace, scan_one_to_all
        from network.routing.engines.sweep import SweepWorkspace, sweep_one_to_all
        from tests.builders.gridcity import GRID_DAY, write_grid_city

        graph = compile_routing(read_network(write_grid_city(Path({str(tmp_path)!r})), GRID_DAY))
        start = (np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.int32), 25200)
        scanned = scan_one_to_all(ScanWorkspace(graph), *start)
        swept = sweep_one_to_all(SweepWorkspace(graph), *start)
        print(numba.config.DISABLE_JIT, (scanned == swept).all(), (scanned < 2**30).sum() > 4)
        """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "1 True True"


@pytest.mark.parametrize(
    ("feed", "date"),
    [
        (("porto", "gtfs_stcp.zip"), dt.date(2024, 5, 15)),
        (("mexico-city", "gtfs_cdmx.zip"), dt.date(2022, 6, 15)),
    ],
    ids=["porto", "mexico-city"],
)
def test_real_feeds_are_answered_alike_by_all_engines(feed, date):
    network = read_network(real_data(*feed), date)
    graph = compile_routing(network)
    raptor = ProfileWorkspace(network, 8, graph=graph)
    scan, sweep = ScanWorkspace(graph), SweepWorkspace(graph)
    zero = np.zeros(1, dtype=np.int32)
    pairs = np.random.default_rng(1).integers(0, network.timetable.n_stops, (200, 2, 1))
    n_reached = 0
    for start, end in pairs.astype(np.int32):
        journeys = search_profile(
            network, start, zero, np.array([0, 1], dtype=np.int32), end, zero,
            np.array([EIGHT_S], dtype=np.int32), max_rides=8, workspace=raptor,
        )  # fmt: skip
        expected = min(journeys.arrival_s.tolist(), default=UNREACHED_S)
        assert scan_earliest(scan, start, zero, end, zero, EIGHT_S) == expected
        assert sweep_earliest(sweep, start, zero, end, zero, EIGHT_S) == expected
        n_reached += expected < UNREACHED_S
    assert n_reached > 180
    for start in pairs[:10, 0].astype(np.int32):
        found = sweep_one_to_all(sweep, start, zero, EIGHT_S)
        assert np.array_equal(found, scan_one_to_all(scan, start, zero, EIGHT_S))


def test_a_trip_boarded_within_one_second_is_not_ridden_to_the_calls_before(engine, tmp_path):
    """T1 calls at S1, S2, S3 within one second; who boards at S2 gets to S3, never to S1.

    To be at S3 makes the scan look at that second again, T1 boarded already: S1 to S2 is no
    ride of who boards at S2 all the same.
    """
    times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,S1,1
        T1,08:00:00,08:00:00,S2,2
        T1,08:00:00,08:00:00,S3,3
        """
    network = read_network(write_feed(tmp_path, **line_feed(stop_times=times)), DAY)
    make, find_one, _ = engine
    workspace = make(compile_routing(network))
    at = {name: np.array([i], dtype=np.int32) for i, name in enumerate(network.timetable.stops.ids)}
    zero = np.zeros(1, dtype=np.int32)
    found = [find_one(workspace, at["S2"], zero, at[i], zero, EIGHT_S) for i in ("S1", "S3")]
    assert found == [UNREACHED_S, EIGHT_S]
    # Nor is S2 itself reached by vehicle, from where one could walk on.
    assert find_one(workspace, at["S2"], zero, at["S2"], zero, EIGHT_S) == UNREACHED_S
