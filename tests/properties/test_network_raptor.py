"""The kernel against its plain twin and against Dijkstra, on feeds made to break it."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.readers import read_network
from network.routing import search_profile
from network.timetable import UNREACHED_S
from tests.builders.feeds import DAY, write_feed
from tests.builders.random_feeds import PlainCity, PlainTrip, cities, ends, trips_on
from tests.reference.journeys import assert_journeys_are_rideable
from tests.reference.raptor import earliest_arrivals, pareto_journeys
from tests.reference.time_expanded import earliest_arrivals_by_dijkstra

MAX_RIDES = 4
DEPARTURES = st.integers(0, 90).map(lambda m: 23 * 3600 + 1200 + m * 60)


def network_of(city):
    with tempfile.TemporaryDirectory() as folder:
        return read_network(write_feed(Path(folder), **city.files()), DAY, include_spill=False)


def by_index(network, stops):
    """Stops of an end by stop_idx; those at which nothing calls are left out."""
    index_of = {stop_id: i for i, stop_id in enumerate(network.timetable.stops.ids)}
    return {index_of[s]: seconds for s, seconds in stops.items() if s in index_of}


def search(network, access, targets, departures_s, **options):
    """search_profile on dicts of stop_id to seconds."""
    starts = by_index(network, access)
    found = [by_index(network, target) for target in targets]
    journeys = search_profile(
        network,
        np.array(list(starts), dtype=np.int32),
        np.array(list(starts.values()), dtype=np.int32),
        np.concatenate(([0], np.cumsum([len(t) for t in found]))).astype(np.int32),
        np.array([s for t in found for s in t], dtype=np.int32),
        np.array([s for t in found for s in t.values()], dtype=np.int32),
        np.array(departures_s, dtype=np.int32),
        max_rides=MAX_RIDES,
        **options,
    )
    assert_journeys_are_rideable(network, journeys, starts, found)
    return journeys


def arrivals_by_rides(journeys, target=0):
    best = [UNREACHED_S] * (MAX_RIDES + 1)
    for t, rides, arrival in zip(
        journeys.target, journeys.n_rides, journeys.arrival_s, strict=True
    ):
        if t == target:
            for k in range(rides, MAX_RIDES + 1):
                best[k] = min(best[k], int(arrival))
    return best


@given(city=cities(), access=ends(), egress=ends(), departure_s=DEPARTURES)
def test_kernel_equals_plain_rounds_and_dijkstra(city, access, egress, departure_s):
    journeys = search(network_of(city), access, [egress], [departure_s])
    question = (city.runs(), city.walks, access, egress, departure_s, MAX_RIDES)
    plain = earliest_arrivals(*question)
    assert arrivals_by_rides(journeys) == plain
    assert plain == earliest_arrivals_by_dijkstra(*question)


def test_a_ride_to_where_one_stands_makes_no_answer_in_a_window():
    """A vehicle calls twice at S1; the useful one leaves there after the window's last minute."""
    still = PlainTrip(
        id="R0t0",
        route="R0",
        calls=[("S1", 84600, 84600, True, True), ("S1", 84600, 84600, True, True)],
        headway=None,
    )
    useful = PlainTrip(
        id="R1t0",
        route="R1",
        calls=[("S1", 84660, 84660, True, True), ("S0", 84660, 84660, True, True)],
        headway=None,
    )
    city = PlainCity(trips=[still, useful], walks={})
    minutes = list(range(84000, 84601, 60))
    journeys = search(network_of(city), {"S1": 0}, [{"S0": 0}], minutes, latest_s=84600)
    assert len(journeys.departure_s) == 0
    window = (84000, 84600)
    assert not pareto_journeys(city.runs(), city.walks, {"S1": 0}, {"S0": 0}, window, MAX_RIDES)
    later = search(network_of(city), {"S1": 0}, [{"S0": 0}], [84660], latest_s=84660)
    assert later.arrival_s.tolist() == [84660]
    assert later.n_rides.tolist() == [1]


@given(
    city=cities(),
    access=ends(),
    egress=ends(),
    earliest_s=DEPARTURES,
    minutes=st.integers(0, 90),
)
def test_a_range_loses_none_and_doubles_none(city, access, egress, earliest_s, minutes):
    latest_s = earliest_s + 60 * minutes
    every_minute = list(range(earliest_s, latest_s + 1, 60))  # all times are whole minutes
    journeys = search(network_of(city), access, [egress], every_minute, latest_s=latest_s)
    found = list(
        zip(
            journeys.departure_s.tolist(),
            journeys.arrival_s.tolist(),
            journeys.n_rides.tolist(),
            strict=True,
        )
    )
    assert len(found) == len(set(found))
    window = (earliest_s, latest_s)
    assert set(found) == pareto_journeys(city.runs(), city.walks, access, egress, window, MAX_RIDES)


@given(
    city=cities(),
    access=ends(),
    targets=st.lists(ends(), min_size=1, max_size=4),
    departures_s=st.lists(DEPARTURES, min_size=1, max_size=6),
)
def test_many_targets_and_departures_equal_single_searches(city, access, targets, departures_s):
    network = network_of(city)
    together = search(network, access, targets, departures_s)
    keys = list(zip(together.target, together.n_rides, together.departure_s, strict=True))
    assert keys == sorted(keys)
    for t, target in enumerate(targets):
        for departure_s in departures_s:
            alone = earliest_arrivals(
                city.runs(), city.walks, access, target, departure_s, MAX_RIDES
            )
            usable = (together.target == t) & (together.departure_s >= departure_s)
            for k in range(1, MAX_RIDES + 1):
                arrivals = together.arrival_s[usable & (together.n_rides <= k)]
                assert min(arrivals.tolist(), default=UNREACHED_S) == alone[k]


@given(data=st.data(), city=cities(), access=ends(), egress=ends(), departure_s=DEPARTURES)
def test_an_added_trip_never_makes_an_arrival_later(data, city, access, egress, departure_s):
    before = arrivals_by_rides(search(network_of(city), access, [egress], [departure_s]))
    path = tuple(call[0] for call in city.trips[0].calls)
    added = data.draw(trips_on(path, city.trips[0].route, 99))
    more = PlainCity([*city.trips, added], city.walks)
    after = arrivals_by_rides(search(network_of(more), access, [egress], [departure_s]))
    assert all(a <= b for a, b in zip(after, before, strict=True))


@given(city=cities(), access=ends(), egress=ends(), departure_s=DEPARTURES)
def test_a_banned_route_is_as_if_it_did_not_run(city, access, egress, departure_s):
    network = network_of(city)
    banned = np.array([r == "R0" for r in network.timetable.routes.ids])
    journeys = search(network, access, [egress], [departure_s], banned_routes=banned)
    runs = [run for trip in city.trips if trip.route != "R0" for run in trip.runs()]
    expected = earliest_arrivals(runs, city.walks, access, egress, departure_s, MAX_RIDES)
    assert arrivals_by_rides(journeys) == expected
