"""Why there is no itinerary, one reason a test; and by plain sets on random cities."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from network.base import parse_clock
from network.readers import read_network
from network.routing import (
    NoAnswer,
    Place,
    SearchOptions,
    find_first,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
    no_answer,
)
from network.routing.no_answer import find_reason
from network.timetable import UNREACHED_S
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.gridcity import GRID_DAY, write_grid_city
from tests.builders.queries import query_of, stop_place
from tests.builders.random_feeds import cities, ends
from tests.properties.test_network_raptor import DEPARTURES, network_of
from tests.reference.raptor import earliest_arrivals


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return read_network(write_grid_city(tmp_path_factory.mktemp("grid")), GRID_DAY)


def ask(network, start, end, *, depart=None, window=None, arrive=None, **options):
    """The reason for a query from stop to stop; times as clocks, a window in minutes."""
    places = stop_place(network, start), stop_place(network, end)
    wanted = SearchOptions(**options)
    if arrive is not None:
        found = find_itineraries_arriving(
            network,
            *places,
            arrival_s=parse_clock(arrive),
            window_s=None if window is None else 60 * window,
            options=wanted,
        )
    elif window is not None:
        first_s = parse_clock(depart)
        found = find_itineraries_range(
            network, *places, earliest_s=first_s, latest_s=first_s + 60 * window, options=wanted
        )
    else:
        found = find_itineraries(network, *places, departure_s=parse_clock(depart), options=wanted)
    assert found.itineraries == ()
    return found.reason


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        # Line A leaves A1 from 07:00 to 09:50, line B leaves A2 from 07:06 to 09:51.
        ({"depart": "10:00"}, NoAnswer.NO_SERVICE),
        ({"depart": "09:50"}, NoAnswer.AFTER_LAST_DEPARTURE),
        ({"depart": "09:45", "window": 10}, NoAnswer.AFTER_LAST_DEPARTURE),
        ({"depart": "07:01", "window": 5}, NoAnswer.NO_SERVICE),
        ({"depart": "07:00", "max_rides": 1}, NoAnswer.TOO_MANY_RIDES),
        ({"depart": "07:00", "window": 60, "max_rides": 1}, NoAnswer.TOO_MANY_RIDES),
        ({"arrive": "08:00", "max_rides": 1}, NoAnswer.TOO_MANY_RIDES),
        ({"arrive": "07:11"}, NoAnswer.BEFORE_FIRST_ARRIVAL),
        ({"arrive": "06:00"}, NoAnswer.NO_SERVICE),
        ({"arrive": "07:26", "window": 10}, NoAnswer.NOT_CONNECTED),  # at 07:12 and at 07:27
        ({"depart": "07:00", "banned_routes": ("B",)}, NoAnswer.ROUTES_EXCLUDED),
        ({"arrive": "08:00", "only_routes": ("A",)}, NoAnswer.ROUTES_EXCLUDED),
    ],
)
def test_from_one_line_to_the_other(city, query, reason):
    assert ask(city, "A1", "B3", **query) is reason


def test_a_departure_that_gets_there_no_sooner_than_the_next_is_no_answer(tmp_path):
    # Who leaves at 08:00 waits for 09:10 all the same: it is of no use before 09:00.
    feed = line_feed(
        trips="route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2\nR1,WK,T3\nR1,WK,T4",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\n"
        "T2,09:00:00,09:00:00,S1,1\nT2,09:05:00,09:05:00,S2,2\n"
        "T3,09:10:00,09:10:00,S2,1\nT3,09:20:00,09:20:00,S3,2\n"
        "T4,08:00:00,08:00:00,S2,1\nT4,08:10:00,08:10:00,S3,2\n",
    )
    network = read_network(write_feed(tmp_path, **feed), DAY, include_spill=False)
    assert ask(network, "S1", "S3", depart="08:00", window=10, max_rides=1) is (
        NoAnswer.NOT_CONNECTED
    )
    assert ask(network, "S1", "S3", depart="08:30", window=45, max_rides=1) is (
        NoAnswer.TOO_MANY_RIDES
    )


def two_lines(folder, **files):
    feed = line_feed(
        stops="stop_id,stop_name,stop_lat,stop_lon\n"
        "S1,One,48.90,2.30\nS2,Two,48.90,2.33\nS3,Three,48.90,2.36\nS4,Four,48.90,2.39",
        trips="route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\n"
        "T2,08:00:00,08:00:00,S3,1\nT2,08:05:00,08:05:00,S4,2\n",
        **files,
    )
    return read_network(write_feed(folder, **feed), DAY, include_spill=False)


def test_lines_that_never_meet_are_islands_at_every_hour(tmp_path):
    network = two_lines(tmp_path)
    for query in ({"depart": "07:00"}, {"depart": "23:00"}, {"arrive": "09:00"}):
        assert ask(network, "S1", "S4", **query) is NoAnswer.ISLANDS
    assert ask(network, "S2", "S1", depart="07:00") is NoAnswer.ISLANDS  # no line goes back


def test_lines_joined_by_a_walk_that_meet_at_no_hour_are_not_islands(tmp_path):
    # Ten minutes on foot from S2 at 08:05 to S3, where the only vehicle has left at 08:00.
    network = two_lines(
        tmp_path,
        transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time\nS2,S3,2,600",
    )
    for query in ({"depart": "07:00"}, {"depart": "07:00", "window": 90}, {"arrive": "20:00"}):
        assert ask(network, "S1", "S4", **query) is NoAnswer.NOT_CONNECTED
    places = stop_place(network, "S1"), stop_place(network, "S4")
    assert find_first(network, *places).reason is NoAnswer.NOT_CONNECTED


def test_islands_are_the_same_without_compiled_kernels(tmp_path, monkeypatch):
    network = two_lines(tmp_path)
    monkeypatch.setattr(no_answer, "is_joined", no_answer.is_joined.py_func)
    assert ask(network, "S1", "S4", depart="07:00") is NoAnswer.ISLANDS
    assert ask(network, "S1", "S2", depart="08:01") is NoAnswer.NO_SERVICE


def test_a_vehicle_that_goes_on_as_another_joins_its_lines(tmp_path):
    feed = line_feed(
        routes="route_id,route_short_name,route_type\nR1,1,3\nR2,2,3",
        trips="route_id,service_id,trip_id,block_id\nR1,WK,T1,B\nR2,WK,T2,B",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\n"
        "T2,08:10:00,08:10:00,S2,1\nT2,08:20:00,08:20:00,S3,2\n",
        transfers="from_stop_id,to_stop_id,transfer_type\nS2,S2,3",
    )
    network = read_network(write_feed(tmp_path, **feed), DAY, include_spill=False)
    assert ask(network, "S1", "S3", depart="09:00") is NoAnswer.NO_SERVICE
    assert ask(network, "S2", "S1", depart="07:00") is NoAnswer.ISLANDS
    found = find_itineraries(
        network, stop_place(network, "S1"), stop_place(network, "S3"), departure_s=0
    )
    assert found.reason is None


def test_places_beyond_a_walk_are_the_first_reason(city):
    far = Place(name="Far", lat=49.5, lon=2.35)
    farther = Place(name="Farther", lat=49.6, lon=2.35)
    near = stop_place(city, "A1")
    for ends_, reason in (
        ((far, near), NoAnswer.NO_STOP_NEAR_ORIGIN),
        ((near, far), NoAnswer.NO_STOP_NEAR_DESTINATION),
        ((far, farther), NoAnswer.NO_STOP_NEAR_ORIGIN),
    ):
        found = find_itineraries_arriving(
            city, *ends_, arrival_s=0, options=SearchOptions(max_direct_walk_s=0)
        )
        assert found.reason is reason


def test_a_day_on_which_nothing_runs_is_named(tmp_path):
    city = read_network(write_grid_city(tmp_path), GRID_DAY)
    timetable = city.timetable
    nothing = np.empty(0, dtype=np.int32)
    idle = replace(
        timetable,
        pattern_trip_offset=np.zeros(timetable.n_patterns + 1, dtype=np.int32),
        pattern_time_offset=np.zeros(timetable.n_patterns, dtype=np.int32),
        arrival_s=nothing,
        departure_s=nothing,
        trip_ids=(),
        trip_is_headway=np.empty(0, dtype=np.bool_),
        trip_next=nothing,
    )
    assert ask(replace(city, timetable=idle), "A1", "A3", depart="08:00") is (
        NoAnswer.NO_SERVICE_THAT_DAY
    )


def test_reasons_are_said_in_french_and_english():
    texts = [reason.text(language) for reason in NoAnswer for language in ("fr", "en")]
    assert len(set(texts)) == 2 * len(NoAnswer)
    assert NoAnswer.ISLANDS.text("de") == NoAnswer.ISLANDS.text("fr")


def joined(city, access, egress):
    """Whether lines lead from some stops to others whatever the hour, by growing a set."""
    boarded = set(access)
    while True:
        alighted = {
            later[0]
            for run in city.runs()
            for i, call in enumerate(run)
            if call[0] in boarded and call[3]
            for later in run[i + 1 :]
            if later[4]
        }
        more = boarded | alighted | {b for a, b in city.walks if a in alighted}
        if more == boarded:
            return bool(alighted & set(egress))
        boarded = more


# Most random questions have an answer: those are set aside, as many as it takes.
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(city=cities(), access=ends(), egress=ends(), time_s=DEPARTURES, max_rides=st.integers(1, 2))
def test_each_reason_is_true_of_plain_rounds(city, access, egress, time_s, max_rides):
    query = query_of(network_of(city), access, egress, SearchOptions(max_rides=max_rides))
    assume(len(query.access[0]) and len(query.egress[0]))
    assume(not query.find_at(time_s, backwards=False))
    question = (city.runs(), city.walks, access, egress)
    reason = find_reason(query, time_s)
    if not joined(city, access, egress):
        expected = NoAnswer.ISLANDS
    elif not any(
        board and d - access[s] >= time_s
        for run in city.runs()
        for s, _, d, board, _ in run[:-1]
        if s in access
    ):
        expected = NoAnswer.NO_SERVICE
    elif earliest_arrivals(*question, time_s, 12)[-1] < UNREACHED_S:
        expected = NoAnswer.TOO_MANY_RIDES
    elif earliest_arrivals(*question, 0, 12)[-1] < UNREACHED_S:
        expected = NoAnswer.AFTER_LAST_DEPARTURE
    else:
        expected = NoAnswer.NOT_CONNECTED
    assert reason is expected
