"""Rules of every sort at once: all engines, time-expanded Dijkstra and brute force agree."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from network.edit import scale_frequency
from network.readers import read_network
from network.routing import (
    Place,
    ProfileWorkspace,
    find_itineraries_arriving,
    find_itineraries_range,
    search_profile,
)
from network.routing.engines.compiled import compile_routing, mirror_routing
from network.routing.engines.scan import ScanWorkspace, scan_earliest
from network.routing.engines.sweep import SweepWorkspace, sweep_earliest
from network.timetable import UNREACHED_S
from tests.builders.feeds import DAY, write_feed
from tests.builders.rich_feeds import added_trips, rich_feeds
from tests.properties.test_network_reading import assert_equal
from tests.reference.time_expanded_network import TimeExpanded

MAX_RIDES = 12
# A minute of the first three quarters of an hour of the day, or of those around its end.
MINUTES = st.one_of(st.integers(0, 45), st.integers(23 * 60 + 25, 24 * 60 + 45))
PAIRS = st.tuples(st.integers(0, 4), st.integers(0, 4))
ZERO = np.zeros(1, dtype=np.int32)


def network_of(files):
    with tempfile.TemporaryDirectory() as folder:
        return read_network(write_feed(Path(folder), **files), DAY)


def at(stop):
    return np.array([stop], dtype=np.int32)


class Engines:
    """RAPTOR, connection scan and sweep on one graph."""

    def __init__(self, graph):
        self.network = graph.network
        self.n_stops = graph.network.timetable.n_stops
        self.profile = ProfileWorkspace(graph.network, MAX_RIDES, graph=graph)
        self.scan, self.sweep = ScanWorkspace(graph), SweepWorkspace(graph)

    def journeys(self, start, departures_s, **options):
        """Journeys from one stop to each as (target, departure, arrival, rides)."""
        stops = np.arange(self.n_stops, dtype=np.int32)
        found = search_profile(
            self.network, at(start), ZERO, np.arange(self.n_stops + 1, dtype=np.int32), stops,
            np.zeros(self.n_stops, dtype=np.int32), np.array(departures_s, dtype=np.int32),
            max_rides=MAX_RIDES, workspace=self.profile, **options,
        )  # fmt: skip
        columns = (found.target, found.departure_s, found.arrival_s, found.n_rides)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def earliest(self, start, departure_s):
        """The earliest arrival at each stop by each engine, UNREACHED_S where there is none."""
        by_rounds = [UNREACHED_S] * self.n_stops
        for target, _, arrival_s, _ in self.journeys(start, [departure_s]):
            by_rounds[target] = min(by_rounds[target], arrival_s)
        found = [by_rounds]
        for one, workspace in ((scan_earliest, self.scan), (sweep_earliest, self.sweep)):
            found.append(
                [
                    one(workspace, at(start), ZERO, at(end), ZERO, departure_s)
                    for end in range(self.n_stops)
                ]
            )
        return found


def undominated(rides):
    """Those of (departure, arrival, rides) that no other leaves as late, arrives as soon..."""
    return {
        a
        for a in rides
        if not any(b != a and b[0] >= a[0] and b[1] <= a[1] and b[2] <= a[2] for b in rides)
    }


def leaving_times(network, stop):
    """Every time of the day at which some vehicle leaves a stop."""
    timetable = network.timetable
    times = set()
    for pattern in range(timetable.n_patterns):
        departure_s = timetable.pattern_times(pattern)[1]
        for pos in np.flatnonzero(timetable.pattern_stops(pattern) == stop).tolist():
            times |= set(departure_s[:, pos].tolist())
    return sorted(s for s in times if s >= 0)


def place(network, stop):
    return Place(name=network.timetable.stops.ids[stop], lat=0.0, lon=0.0, stops=(stop,))


@settings(max_examples=50)
@given(files=rich_feeds(), minute=MINUTES)
def test_three_engines_and_dijkstra_give_one_arrival_for_every_pair(files, minute):
    network = network_of(files)
    engines, plain = Engines(compile_routing(network)), TimeExpanded(network)
    for start in range(engines.n_stops):
        reached = plain.earliest(start, 60 * minute)
        expected = [reached.get(end, UNREACHED_S) for end in range(engines.n_stops)]
        assert engines.earliest(start, 60 * minute) == [expected] * 3


@settings(max_examples=30)
@given(files=rich_feeds(), minute=MINUTES, length=st.integers(0, 60), pair=PAIRS)
def test_a_range_is_the_best_of_all_its_single_departures(files, minute, length, pair):
    network = network_of(files)
    engines = Engines(compile_routing(network))
    start, end = (stop % engines.n_stops for stop in pair)
    earliest_s, latest_s = 60 * minute, 60 * (minute + length)
    singles = set()
    for departure_s in leaving_times(network, start):
        if earliest_s <= departure_s <= latest_s:
            found = engines.journeys(start, [departure_s], latest_s=latest_s)
            singles |= {tuple(ride) for target, *ride in found if target == end}
    together = find_itineraries_range(
        network, place(network, start), place(network, end),
        earliest_s=earliest_s, latest_s=latest_s, max_rides=MAX_RIDES,
    )  # fmt: skip
    found = [(i.departure_s, i.arrival_s, i.n_rides) for i in together.itineraries]
    assert len(found) == len(set(found))
    assert set(found) == undominated(singles)


@settings(max_examples=40)
@given(files=rich_feeds(), minute=MINUTES, pair=PAIRS)
def test_arriving_by_a_time_is_the_latest_of_all_departures_that_do(files, minute, pair):
    network = network_of(files)
    back, plain = Engines(mirror_routing(compile_routing(network))), TimeExpanded(network)
    start, end = (stop % back.n_stops for stop in pair)
    arrival_s = 60 * minute
    in_time = [
        departure_s
        for departure_s in leaving_times(network, start)
        if plain.earliest(start, departure_s).get(end, UNREACHED_S) <= arrival_s
    ]
    latest_s = max(in_time, default=-1)
    # Who would have to leave on the evening before is not on the way by then.
    mirrored = [max(-reached[start], -1) for reached in back.earliest(end, -arrival_s)]
    assert mirrored == [latest_s] * 3
    asked = find_itineraries_arriving(
        network, place(network, start), place(network, end),
        arrival_s=arrival_s, max_rides=MAX_RIDES,
    )  # fmt: skip
    assert max((i.departure_s for i in asked.itineraries), default=-1) == latest_s
    assert all(i.arrival_s <= arrival_s for i in asked.itineraries)


@settings(max_examples=25)
@given(files=rich_feeds(), more=added_trips(), minute=MINUTES)
def test_an_added_trip_makes_no_engine_arrive_later(files, more, minute):
    before = network_of(files)
    after = network_of({name: text + more.get(name, "") for name, text in files.items()})
    sooner, later = (Engines(compile_routing(network)) for network in (after, before))
    now_at = [after.timetable.stops.ids.index(stop) for stop in before.timetable.stops.ids]
    for start in range(later.n_stops):
        for was, now in zip(
            later.earliest(start, 60 * minute),
            sooner.earliest(now_at[start], 60 * minute),
            strict=True,
        ):
            assert all(now[now_at[stop]] <= was[stop] for stop in range(later.n_stops))


@settings(max_examples=20)
@given(files=rich_feeds(), factor=st.floats(0.3, 3.0), minute=MINUTES)
def test_an_empty_change_changes_nothing(files, factor, minute):
    network = network_of(files)
    same = network.timetable
    for line in sorted({same.routes.lines[route] for route in same.pattern_route.tolist()}):
        same = scale_frequency(same, line=line, factor=1.0, start_s=-86_400, end_s=2 * 86_400)
        # In the small hours nothing runs that any factor could touch.
        same = scale_frequency(same, line=line, factor=factor, start_s=10_800, end_s=14_400)
    assert_equal(same, network.timetable)
    was, now = (
        Engines(compile_routing(one)) for one in (network, replace(network, timetable=same))
    )
    for start in range(was.n_stops):
        assert now.earliest(start, 60 * minute) == was.earliest(start, 60 * minute)
