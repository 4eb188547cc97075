"""The night before: its trips run on past midnight, and nobody rides them before it."""

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.readers import read_network
from network.routing import search_profile
from tests.builders.feeds import write_feed
from tests.builders.random_feeds import cities, ends
from tests.properties.test_network_raptor import MAX_RIDES, arrivals_by_rides, by_index
from tests.reference.journeys import assert_journeys_are_rideable
from tests.reference.raptor import earliest_arrivals

SECOND_DAY = dt.date(2024, 5, 16)  # its day before has the same trips
DAY_S = 86_400


def network_of(city, *, include_spill):
    with tempfile.TemporaryDirectory() as folder:
        path = write_feed(Path(folder), **city.files())
        return read_network(path, SECOND_DAY, include_spill=include_spill)


def runs_of_both_days(city):
    """Every run of the date, and of the day before what is left of it from 0:00 on."""
    runs = city.runs()
    for run in city.runs():
        moved = [(s, a - DAY_S, d - DAY_S, b, o) for s, a, d, b, o in run if d >= DAY_S]
        if len(moved) >= 2:
            runs.append([(s, max(a, 0), d, b, o) for s, a, d, b, o in moved])
    return runs


@given(
    city=cities(),
    access=ends(),
    egress=ends(),
    departure_s=st.integers(0, 90).map(lambda m: m * 60),
)
def test_from_midnight_on_arrivals_are_those_of_the_trips_cut_at_midnight(
    city, access, egress, departure_s
):
    network = network_of(city, include_spill=True)
    starts, target = by_index(network, access), by_index(network, egress)
    journeys = search_profile(
        network,
        np.array(list(starts), dtype=np.int32),
        np.array(list(starts.values()), dtype=np.int32),
        np.array([0, len(target)], dtype=np.int32),
        np.array(list(target), dtype=np.int32),
        np.array(list(target.values()), dtype=np.int32),
        np.array([departure_s], dtype=np.int32),
        max_rides=MAX_RIDES,
    )
    assert_journeys_are_rideable(network, journeys, starts, [target])
    plain = earliest_arrivals(
        runs_of_both_days(city), city.walks, access, egress, departure_s, MAX_RIDES
    )
    assert arrivals_by_rides(journeys) == plain


@given(city=cities())
def test_the_night_before_changes_no_trip_of_the_date(city):
    alone = network_of(city, include_spill=False).timetable
    both = network_of(city, include_spill=True).timetable
    assert times_by_trip(alone) == {
        trip: times for trip, times in times_by_trip(both).items() if "/" not in trip
    }
    spilled = sum("/" in trip for trip in both.trip_ids)
    assert spilled == len(runs_of_both_days(city)) - len(city.runs())


def times_by_trip(timetable):
    found = {}
    for pattern in range(timetable.n_patterns):
        stops = [timetable.stops.ids[s] for s in timetable.pattern_stops(pattern)]
        arrival, departure = timetable.pattern_times(pattern)
        first = timetable.pattern_trip_offset[pattern]
        for row in range(len(arrival)):
            calls = zip(stops, arrival[row].tolist(), departure[row].tolist(), strict=True)
            found[timetable.trip_ids[first + row]] = list(calls)
    return found
