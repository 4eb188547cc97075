"""Connection scan and sweep against their plain twin and RAPTOR, on feeds made to break them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from network.routing.engines.compiled import compile_routing, mirror_routing
from network.routing.engines.profile import ProfileWorkspace, search_profile
from network.routing.engines.scan import ScanWorkspace, scan_earliest, scan_one_to_all
from network.routing.engines.sweep import SweepWorkspace, sweep_earliest, sweep_one_to_all
from network.timetable import UNREACHED_S
from tests.builders.random_feeds import cities, ends
from tests.properties.test_network_raptor import DEPARTURES, by_index, network_of
from tests.properties.test_network_transfers import feeds, read
from tests.reference.raptor import earliest_arrivals
from tests.reference.scan import earliest_at_target, earliest_stops

ENGINES = (
    (ScanWorkspace, scan_earliest, scan_one_to_all),
    (SweepWorkspace, sweep_earliest, sweep_one_to_all),
)
MANY_RIDES = 10


def arrays(stops):
    return (
        np.array(list(stops), dtype=np.int32),
        np.array(list(stops.values()), dtype=np.int32),
    )


def arrivals(graph, access, egress, departure_s, **options):
    """The earliest arrival by each engine, every one asked twice of one workspace."""
    found = []
    for workspace_of, earliest, one_to_all in ENGINES:
        workspace = workspace_of(graph)
        question = (workspace, *arrays(access), *arrays(egress), departure_s)
        found.append(earliest(*question, **options))
        one_to_all(workspace, *arrays(access), departure_s, **options)
        assert earliest(*question, **options) == found[-1]  # a search leaves nothing behind
    return found


def at_stops(graph, access, departure_s, **options):
    return [
        one_to_all(workspace_of(graph), *arrays(access), departure_s, **options).tolist()
        for workspace_of, _, one_to_all in ENGINES
    ]


@given(city=cities(), access=ends(), egress=ends(), departure_s=DEPARTURES)
def test_an_arrival_is_that_of_plain_rounds_and_of_raptor(city, access, egress, departure_s):
    network = network_of(city)
    graph = compile_routing(network)
    starts, stops = by_index(network, access), by_index(network, egress)
    plain = earliest_arrivals(city.runs(), city.walks, access, egress, departure_s, MANY_RIDES)
    assert arrivals(graph, starts, stops, departure_s) == [plain[-1]] * 2
    journeys = search_profile(
        network,
        *arrays(starts),
        np.array([0, len(stops)], dtype=np.int32),
        *arrays(stops),
        np.array([departure_s], dtype=np.int32),
        max_rides=MANY_RIDES,
        workspace=ProfileWorkspace(network, MANY_RIDES, graph=graph),
    )
    assert min(journeys.arrival_s.tolist(), default=UNREACHED_S) == plain[-1]


@given(city=cities(), access=ends(), departure_s=DEPARTURES, minutes=st.integers(0, 60))
def test_times_at_all_stops_are_the_twins_up_to_the_horizon(city, access, departure_s, minutes):
    network = network_of(city)
    graph = compile_routing(network)
    starts = by_index(network, access)
    expected = earliest_stops(graph, starts, departure_s)
    assert at_stops(graph, starts, departure_s) == [expected] * 2
    latest = departure_s + 60 * minutes
    near = [s if s <= latest else UNREACHED_S for s in expected]
    assert at_stops(graph, starts, departure_s, horizon_s=60 * minutes) == [near] * 2


@given(city=cities(), access=ends(), egress=ends(), departure_s=DEPARTURES)
def test_a_banned_route_is_not_ridden(city, access, egress, departure_s):
    network = network_of(city)
    graph = compile_routing(network)
    banned = np.array([route == "R0" for route in network.timetable.routes.ids])
    runs = [run for trip in city.trips if trip.route != "R0" for run in trip.runs()]
    expected = earliest_arrivals(runs, city.walks, access, egress, departure_s, MANY_RIDES)[-1]
    starts, stops = by_index(network, access), by_index(network, egress)
    assert arrivals(graph, starts, stops, departure_s, banned_routes=banned) == [expected] * 2


@settings(max_examples=60, deadline=None)
@given(files=feeds(), start=st.integers(0, 1), bans=st.booleans())
def test_rules_and_kept_seats_count_both_ways_round(files, start, bans):
    network = read(files)
    graph = compile_routing(network)
    departure_s = 8 * 3600 + 300 * start
    n_routes = len(network.timetable.routes)
    banned = np.arange(n_routes) == (0 if bans else -1)
    gone = frozenset(np.flatnonzero(banned).tolist())
    for side, start_s in ((graph, departure_s), (mirror_routing(graph), -departure_s - 2400)):
        for origin in range(network.timetable.n_stops):
            expected = earliest_stops(side, {origin: 0}, start_s, gone)
            options = {"banned_routes": banned}
            assert at_stops(side, {origin: 0}, start_s, **options) == [expected] * 2
            target = {(origin + 1) % network.timetable.n_stops: 60}
            plain = earliest_at_target(side, {origin: 0}, target, start_s, gone)
            assert arrivals(side, {origin: 0}, target, start_s, **options) == [plain] * 2
