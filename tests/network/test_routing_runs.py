"""Trips as starts and runs, the queue of a sweep, and bounds by a limit of rides."""

import numpy as np
import pytest

from network.base import format_clock, parse_clock
from network.routing.engines.bounds import RemainingBounds
from network.routing.engines.sweep import SweepWorkspace, sweep_one_to_all
from tests.network.test_routing_scan import graph_of

FAST = [0, 600, 1200, 1800]
SLOW = [0, 900, 1500, 2700]
START_S = parse_clock("08:00")
NONE = np.zeros(1, dtype=np.int32)


def line_of(tmp_path, starts):
    """One line A-B-C-D; ``starts`` are (clock, seconds after the start by stop)."""
    trips = {
        f"t{i}": [
            (stop, format_clock(parse_clock(clock) + after))
            for stop, after in zip("ABCD", run, strict=True)
        ]
        for i, (clock, run) in enumerate(starts)
    }
    return graph_of(tmp_path, trips)


def test_trips_that_take_the_same_seconds_share_a_run(tmp_path):
    graph = line_of(tmp_path, [("08:00", FAST), ("08:20", SLOW), ("09:00", FAST), ("09:30", SLOW)])
    runs = SweepWorkspace(graph).runs
    assert graph.n_patterns == 1
    assert runs.run.tolist() == [0, 4, 0, 4]
    assert runs.run_departure_s.tolist() == FAST + SLOW
    assert (runs.start_s - START_S).tolist() == [0, 1200, 3600, 5400]


def test_starts_and_runs_are_the_timetable_again(tmp_path):
    graph = line_of(tmp_path, [("08:00", FAST), ("08:20", SLOW), ("09:00", FAST), ("14:30", SLOW)])
    runs = SweepWorkspace(graph).runs
    rows = runs.run[:, None] + np.arange(4)
    assert (runs.start_s[:, None] + runs.run_arrival_s[rows]).ravel().tolist() == (
        graph.arrival_s.tolist()
    )
    assert (runs.start_s[:, None] + runs.run_departure_s[rows]).ravel().tolist() == (
        graph.departure_s.tolist()
    )


@pytest.mark.parametrize(
    ("departure", "arrives"),
    [
        ("07:00", "08:30"),
        ("08:00", "08:30"),
        ("08:01", "09:05"),  # 08:20 + 45 min
        ("08:21", "09:30"),
        ("09:01", "20:45"),  # hours without a start lie between
    ],
)
def test_the_next_trip_is_found_however_far_its_start(tmp_path, departure, arrives):
    graph = line_of(tmp_path, [("08:00", FAST), ("08:20", SLOW), ("09:00", FAST), ("20:00", SLOW)])
    found = sweep_one_to_all(SweepWorkspace(graph), NONE, NONE, parse_clock(departure))
    assert format_clock(int(found[3]))[:5] == arrives


def test_a_queue_too_short_is_made_longer(tmp_path):
    trips = {
        f"{a}{b}{hour}": [(a, f"{hour:02}:{5 * i:02}:00"), (b, f"{hour:02}:{5 * i + 4:02}:00")]
        for hour in (8, 9)
        for i, (a, b) in enumerate(zip("ABCDEFGH", "BCDEFGHA", strict=True))
    }
    graph = graph_of(tmp_path, trips)
    roomy, narrow = SweepWorkspace(graph), SweepWorkspace(graph)
    narrow.work = narrow.work._replace(entries=np.empty((1, 2), dtype=np.int32))
    expected = sweep_one_to_all(roomy, NONE, NONE, START_S)
    # B at 08:04, then every five minutes one stop more.
    assert (expected[1:] - START_S).tolist() == [240 + 300 * i for i in range(7)]
    assert sweep_one_to_all(narrow, NONE, NONE, START_S).tolist() == expected.tolist()


def test_bounds_by_a_limit_of_rides_know_no_way_beyond_it(tmp_path):
    graph = graph_of(
        tmp_path,
        {
            "1": [("A", "08:00:00"), ("B", "08:10:00")],
            "2": [("B", "08:15:00"), ("C", "08:25:00")],
            "3": [("C", "08:30:00"), ("D", "08:40:00")],
        },
    )
    bounds, end = RemainingBounds(graph), np.array([3], dtype=np.int32)
    left = {n: bounds.compute(end, NONE, once=True, max_rides=n)[3, :4] for n in (1, 2, 3, 9)}
    too_far = left[1][0]
    assert left[3].tolist()[:3] == [1800, 1200, 600]
    assert left[9].tolist() == left[3].tolist()
    assert left[2].tolist()[:3] == [too_far, 1200, 600]
    assert left[1].tolist()[:3] == [too_far, too_far, 600]
    assert too_far > 10**9
