"""The Paris metro of Thursday 14 March 2019: counts that are known, answers that agree."""

import datetime as dt

import numpy as np
import pytest

from network.readers import count_service, read_network
from network.routing import search_profile
from network.timetable import UNREACHED_S
from network.walking.straight import straight_access as walk_access
from tests.builders.realdata import real_data
from tests.reference.journeys import assert_journeys_are_rideable
from tests.reference.raptor import earliest_arrivals

THURSDAY = dt.date(2019, 3, 14)
PLACES = [(48.9356, 2.3580), (48.8920, 2.2380), (48.8483, 2.3960), (48.8186, 2.3590)]


@pytest.fixture(scope="module")
def path():
    return real_data("plaine-commune", "ratp_metro_all_week_20190311.zip")


@pytest.fixture(scope="module")
def metro(path):
    return read_network(path, THURSDAY, include_spill=False)


def test_the_thursday_has_its_known_trips_and_calls(metro):
    assert metro.timetable.n_trips == 13_213
    assert metro.timetable.n_stop_times == 285_683
    assert metro.timetable.set_aside.total == 0


def test_the_week_has_its_known_trips(path):
    counts = count_service(path)
    assert counts[THURSDAY] == 13_213
    assert list(counts) == [dt.date(2019, 3, day) for day in range(11, 18)]


@pytest.mark.parametrize(("direction", "departures"), [(1, 36), (0, 34)])
def test_line_13_leaves_place_de_clichy_as_often_as_is_known(metro, direction, departures):
    timetable = metro.timetable
    count = 0
    for pattern in range(timetable.n_patterns):
        route = timetable.pattern_route[pattern]
        is_13 = timetable.routes.lines[route] == "13"
        if not is_13 or timetable.pattern_direction[pattern] != direction:
            continue
        leaving = timetable.pattern_times(pattern)[1]
        for pos, stop in enumerate(timetable.pattern_stops(pattern)):
            if timetable.stops.names[stop] == "Place de Clichy":
                hour = (leaving[:, pos] >= 8 * 3600) & (leaving[:, pos] < 9 * 3600)
                count += int(hour.sum())
    assert count == departures


def test_the_spill_adds_trips_of_the_night_before_and_changes_no_other(path, metro):
    with_spill = read_network(path, THURSDAY).timetable
    own = [t for t in with_spill.trip_ids if "/" not in t]
    assert sorted(own) == sorted(metro.timetable.trip_ids)
    assert len(own) < with_spill.n_trips
    assert with_spill.n_patterns == metro.timetable.n_patterns


def access_of(metro, place):
    stops, seconds = walk_access(metro.timetable, *place)
    return dict(zip(stops.tolist(), seconds.tolist(), strict=True))


def profile(metro, start, targets, departures_s):
    return search_profile(
        metro,
        np.array(list(start), dtype=np.int32),
        np.array(list(start.values()), dtype=np.int32),
        np.concatenate(([0], np.cumsum([len(t) for t in targets]))).astype(np.int32),
        np.array([s for t in targets for s in t], dtype=np.int32),
        np.array([s for t in targets for s in t.values()], dtype=np.int32),
        np.array(departures_s, dtype=np.int32),
    )


def test_the_profile_agrees_with_plain_rounds_over_every_trip(metro):
    timetable = metro.timetable
    runs = []
    for pattern in range(timetable.n_patterns):
        stops = timetable.pattern_stops(pattern).tolist()
        arrival, departure = timetable.pattern_times(pattern)
        for a, d in zip(arrival.tolist(), departure.tolist(), strict=True):
            if d[0] < 11 * 3600 and a[-1] > 8 * 3600:
                runs.append([(s, *t, True, True) for s, *t in zip(stops, a, d, strict=True)])
    walks = {
        (a, int(metro.footpaths.stop[i])): int(metro.footpaths.duration_s[i])
        for a in range(timetable.n_stops)
        for i in range(metro.footpaths.offset[a], metro.footpaths.offset[a + 1])
    }
    start, *targets = (access_of(metro, place) for place in PLACES)
    departures_s = [8 * 3600, 8 * 3600 + 1234, 9 * 3600]
    journeys = profile(metro, start, targets, departures_s)
    assert_journeys_are_rideable(metro, journeys, start, targets)
    for t, target in enumerate(targets):
        plain = earliest_arrivals(runs, walks, start, target, departures_s[1], 4)
        usable = (journeys.target == t) & (journeys.departure_s >= departures_s[1])
        for k in range(1, 5):
            arrivals = journeys.arrival_s[usable & (journeys.n_rides <= k)].tolist()
            assert min(arrivals, default=UNREACHED_S) == plain[k]
        assert plain[4] < UNREACHED_S


def test_the_profile_of_a_peak_agrees_with_a_search_for_each_departure(metro):
    start, *targets = (access_of(metro, place) for place in PLACES)
    departures_s = list(range(7 * 3600, 9 * 3600, 300))
    together = profile(metro, start, targets, departures_s)
    for departure_s in departures_s:
        alone = profile(metro, start, targets, [departure_s])
        for t in range(len(targets)):
            usable = (together.target == t) & (together.departure_s >= departure_s)
            for k in range(1, 5):
                own = alone.arrival_s[(alone.target == t) & (alone.n_rides <= k)].tolist()
                shared = together.arrival_s[usable & (together.n_rides <= k)].tolist()
                assert min(own, default=None) == min(shared, default=None)
