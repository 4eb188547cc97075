"""Trips of the next service date on a timetable that goes on into it.

A bus runs from A to C, 7.3 km apart, in 20 minutes: at 23:30 and at 24:20 on Wednesdays, at 0:10,
6:00 and 12:00 on Thursdays.
"""

import datetime as dt
import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.base.errors import NoServiceError
from network.building.inputs import FeedSource
from network.building.timetable import NIGHT_ONLY
from network.readers import read_network, read_timetable
from network.routing import (
    Place,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
)
from tests.builders.feeds import DAY, line_feed, write_feed

HOUR = 3600
DAY_S = 24 * HOUR
STOPS = (
    "stop_id,stop_name,stop_lat,stop_lon\nA,Alpha,48.90,2.30\nB,Beta,48.90,2.35\nC,Gamma,48.90,2.40"
)
CALENDAR = (
    "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "WED,0,0,1,0,0,0,0,20240101,20241231\nTHU,0,0,0,1,0,0,0,20240101,20241231"
)
TRIPS = {
    "EVE": ("WED", 23.5),
    "LATE": ("WED", 24 + 1 / 3),
    "NIGHT": ("THU", 1 / 6),
    "DAWN": ("THU", 6),
    "NOON": ("THU", 12),
}
A, B, C = (Place(name=n, lat=48.9, lon=x) for n, x in (("A", 2.30), ("B", 2.35), ("C", 2.40)))
THURSDAY = DAY + dt.timedelta(days=1)


def clock(seconds):
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def feed(trips, *, ride_s=1200, **files):
    """Return a feed of trips from A to C: service and hour by trip_id."""
    calls, rows = [], []
    for name, (service, hour) in trips.items():
        leaves = round(hour * HOUR)
        rows.append(f"R1,{service},{name}")
        calls += [f"{name},{clock(s)},{clock(s)},{stop},{i}" for i, (s, stop) in
                  enumerate([(leaves, "A"), (leaves + ride_s, "C")])]  # fmt: skip
    return line_feed(
        stops=STOPS,
        calendar=CALENDAR,
        trips="\n".join(["route_id,service_id,trip_id", *rows]),
        stop_times="\n".join(["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *calls]),
        **files,
    )


@pytest.fixture
def network(tmp_path):
    return read_network(write_feed(tmp_path, **feed(TRIPS)), DAY, include_next=True)


def rides(search):
    return [(i.rides[0].trip_id, i.rides[0].departure_s) for i in search.itineraries]


def test_trips_of_the_next_date_are_there_until_its_noon_under_its_date(tmp_path):
    path = write_feed(tmp_path, **feed(TRIPS))
    assert sorted(read_timetable(path, DAY).trip_ids) == ["EVE", "LATE"]
    found = read_timetable(path, DAY, include_next=True)
    leaves = dict(zip(found.trip_ids, found.departure_s[::2].tolist(), strict=True))
    assert leaves == {
        "EVE": 23 * HOUR + 1800,
        "LATE": DAY_S + 1200,
        "NIGHT/2024-05-16": DAY_S + 600,
        "DAWN/2024-05-16": DAY_S + 6 * HOUR,
    }


def test_who_leaves_before_midnight_rides_what_the_next_date_files_after_it(network):
    found = find_itineraries(network, A, C, departure_s=23 * HOUR + 55 * 60)
    assert rides(found) == [("NIGHT/2024-05-16", DAY_S + 600)]
    assert found.itineraries[0].arrival_s == DAY_S + 1800


def test_a_window_over_midnight_has_the_trips_of_both_dates_in_order(network):
    found = find_itineraries_range(network, A, C, earliest_s=23 * HOUR, latest_s=DAY_S + HOUR)
    assert [name for name, _ in rides(found)] == ["EVE", "NIGHT/2024-05-16", "LATE"]


def test_who_has_to_be_there_after_midnight_may_ride_the_next_date(network):
    found = find_itineraries_arriving(network, A, C, arrival_s=DAY_S + 1800)
    assert rides(found) == [("NIGHT/2024-05-16", DAY_S + 600)]
    found = find_itineraries_arriving(network, A, C, arrival_s=DAY_S + 1799)
    assert rides(found) == [("EVE", 23 * HOUR + 1800)]


def test_a_date_without_service_before_one_with_it_has_the_night_after_alone(tmp_path):
    path = write_feed(tmp_path, **feed({"NIGHT": TRIPS["NIGHT"]}))
    with pytest.raises(NoServiceError):
        read_timetable(path, DAY)
    found = read_timetable(path, DAY, include_next=True)
    assert found.trip_ids == ("NIGHT/2024-05-16",)
    assert found.departure_s.tolist() == [DAY_S + 600, DAY_S + 1800]
    assert found.set_aside.counts == {NIGHT_ONLY: 1}
    with pytest.raises(NoServiceError):
        read_timetable(path, DAY - dt.timedelta(days=2), include_next=True)


def test_a_feed_with_a_date_of_its_own_goes_on_into_the_day_after_that(tmp_path):
    path = write_feed(tmp_path, **feed(TRIPS))
    source = FeedSource(path=path, service_date=DAY)
    found = read_timetable([source], dt.date(2026, 11, 20), include_next=True)
    assert "NIGHT/2024-05-16" in found.trip_ids


def test_on_a_day_of_23_hours_the_next_date_begins_an_hour_earlier(tmp_path):
    # Paris, Saturday 30 March 2024: its service day begins at 0:00 and the next, counted from
    # noon minus twelve hours, at 23:00 of Saturday by the clock before the change. A trip that
    # Sunday files at 0:10 leaves at 23:10 of Saturday.
    calendar = CALENDAR.replace("WED,0,0,1,0,0,0,0", "WED,0,0,0,0,0,1,0")
    calendar = calendar.replace("THU,0,0,0,1,0,0,0", "THU,0,0,0,0,0,0,1")
    files = feed({"EVE": TRIPS["EVE"], "NIGHT": TRIPS["NIGHT"]})
    path = write_feed(tmp_path, **{**files, "calendar": calendar})
    found = read_timetable(path, dt.date(2024, 3, 30), include_next=True)
    leaves = dict(zip(found.trip_ids, found.departure_s[::2].tolist(), strict=True))
    assert leaves == {"EVE": 23 * HOUR + 1800, "NIGHT/2024-03-31": 23 * HOUR + 600}


def test_a_vehicle_goes_on_as_a_trip_of_the_next_date_where_transfers_txt_says_so(tmp_path):
    transfers = "from_stop_id,to_stop_id,transfer_type,from_trip_id,to_trip_id\nC,C,4,EVE,BACK"
    files = feed({"EVE": TRIPS["EVE"], "BACK": ("THU", 0)}, transfers=transfers)
    files["stop_times"] = files["stop_times"].replace(
        "BACK,00:00:00,00:00:00,A,0", "BACK,00:00:00,00:00:00,C,0"
    )
    files["stop_times"] = files["stop_times"].replace(
        "BACK,00:20:00,00:20:00,C,1", "BACK,00:20:00,00:20:00,B,1"
    )
    found = read_timetable(write_feed(tmp_path, **files), DAY, include_next=True)
    eve, back = (found.trip_ids.index(name) for name in ("EVE", "BACK/2024-05-16"))
    assert found.trip_next.tolist()[eve] == back


def test_by_day_a_timetable_that_goes_on_answers_as_one_that_does_not(tmp_path):
    path = write_feed(tmp_path, **feed(TRIPS))
    both = [read_network(path, DAY, include_next=on) for on in (False, True)]
    for hour in (8, 20, 23):
        plain, longer = (find_itineraries(one, A, C, departure_s=hour * HOUR) for one in both)
        assert rides(plain) == rides(longer) == [("EVE", 23 * HOUR + 1800)]


_TRIP = st.tuples(
    st.sampled_from(["WED", "THU"]),
    st.integers(0, 30 * 4),  # quarters of an hour of its own service day
    st.sampled_from(["AB", "BC", "AC"]),
)


def read_random(folder, trips):
    """Read random trips as a network that goes on into the next date; None without any."""
    calls, rows = [], []
    for i, (service, leaves, ends) in enumerate(trips):
        rows.append(f"R1,{service},T{i}")
        times = (leaves * 900, leaves * 900 + 1200)
        calls += [f"T{i},{clock(s)},{clock(s)},{stop},{at}" for at, (s, stop) in
                  enumerate(zip(times, ends, strict=True))]  # fmt: skip
    files = feed(TRIPS)
    files["trips"] = "\n".join(["route_id,service_id,trip_id", *rows])
    head = files["stop_times"].splitlines()[0]
    files["stop_times"] = "\n".join([head, *calls])
    try:
        return read_network(
            write_feed(folder, **files), DAY, include_next=True, include_spill=False
        )
    except NoServiceError:
        return None


def earliest(trips, leave_s):
    """Return the earliest arrival at C from A by trying every order of at most two trips."""
    moved = []
    for service, quarter, ends in trips:
        leaves = quarter * 900 + (DAY_S if service == "THU" else 0)
        if service == "WED" or quarter * 900 < 12 * HOUR:
            moved.append((ends, leaves, leaves + 1200))
    arrivals = [arrive for ends, leaves, arrive in moved if ends == "AC" and leaves >= leave_s]
    for (one, leaves, at_b), (two, goes_on, arrive) in itertools.product(moved, repeat=2):
        if (one, two) == ("AB", "BC") and leaves >= leave_s and goes_on >= at_b:
            arrivals.append(arrive)
    return min(arrivals, default=None)


@settings(max_examples=25, deadline=None)
@given(st.lists(_TRIP, min_size=1, max_size=8), st.integers(18 * 4, 28 * 4))
def test_earliest_arrivals_over_midnight_are_those_of_trying_everything(trips, quarter):
    with TemporaryDirectory() as folder:
        network = read_random(Path(folder), trips)
    leave_s = quarter * 900
    if network is None:
        assert earliest(trips, 0) is None
        return
    ends = [
        Place(name=p.name, lat=p.lat, lon=p.lon, stops=stops_at(network, p.name)) for p in (A, C)
    ]
    if not all(end.stops for end in ends):
        assert earliest(trips, 0) is None
        return
    found = find_itineraries(network, *ends, departure_s=leave_s).itineraries
    arrivals = [one.arrival_s for one in found]
    assert min(arrivals, default=None) == earliest(trips, leave_s)


def stops_at(network, stop_id):
    ids = network.timetable.stops.ids
    return (ids.index(stop_id),) if stop_id in ids else ()


def list_best(trips, first_s, last_s):
    """Return the best journeys that leave in a window, by trying all: leave, arrive, rides."""
    moved = []
    for service, quarter, ends in trips:
        leaves = quarter * 900 + (DAY_S if service == "THU" else 0)
        if service == "WED" or quarter * 900 < 12 * HOUR:
            moved.append((ends, leaves, leaves + 1200))
    ways = {(leaves, arrive, 1) for ends, leaves, arrive in moved if ends == "AC"}
    for (one, leaves, at_b), (two, goes_on, arrive) in itertools.product(moved, repeat=2):
        if (one, two) == ("AB", "BC") and goes_on >= at_b:
            ways.add((leaves, arrive, 2))
    ways = {way for way in ways if first_s <= way[0] <= last_s}
    return sorted(
        way
        for way in ways
        if not any(
            other != way and other[0] >= way[0] and other[1] <= way[1] and other[2] <= way[2]
            for other in ways
        )
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(_TRIP, min_size=1, max_size=8), st.integers(18 * 4, 26 * 4), st.integers(1, 8 * 4))
def test_windows_over_midnight_have_the_journeys_of_trying_everything(trips, quarter, n_quarters):
    first_s, last_s = quarter * 900, (quarter + n_quarters) * 900
    with TemporaryDirectory() as folder:
        network = read_random(Path(folder), trips)
    best = list_best(trips, first_s, last_s)
    ends = [] if network is None else [
        Place(name=p.name, lat=p.lat, lon=p.lon, stops=stops_at(network, p.name)) for p in (A, C)
    ]  # fmt: skip
    if not ends or not all(end.stops for end in ends):
        assert best == []
        return
    found = find_itineraries_range(network, *ends, earliest_s=first_s, latest_s=last_s)
    assert [(i.departure_s, i.arrival_s, i.n_rides) for i in found.itineraries] == best
