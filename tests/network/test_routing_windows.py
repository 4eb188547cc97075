"""Pages of a day's itineraries, and the clocks of days that change them; all by hand."""

import base64
import datetime as dt

import pytest

from network.base import format_clock, parse_clock
from network.base.errors import NetworkInputError
from network.readers import read_network
from network.routing import (
    NoAnswer,
    Place,
    SearchOptions,
    find_itineraries,
    find_itineraries_range,
)
from network.routing.clock import find_service_s, to_wall_clock
from network.routing.paging import find_page
from tests.builders.feeds import line_feed, write_feed
from tests.builders.gridcity import GRID_DAY, LON_STEP, STOPS, write_grid_city
from tests.builders.queries import spans, stop_place


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return read_network(write_grid_city(tmp_path_factory.mktemp("grid")), GRID_DAY)


def ends(network, start="A1", end="A3"):
    return network, stop_place(network, start), stop_place(network, end)


def leaving(page):
    return [format_clock(i.departure_s) for i in page.itineraries]


# --- pages


def test_a_page_goes_on_where_the_one_before_ended(city):
    first = find_page(*ends(city), departure_s=parse_clock("07:55"), n_itineraries=3)
    assert leaving(first) == ["08:00", "08:10", "08:20"]
    second = find_page(*ends(city), cursor=first.next, n_itineraries=2)
    assert leaving(second) == ["08:30", "08:40"]
    back = find_page(*ends(city), cursor=second.previous, n_itineraries=3)
    assert back.itineraries == first.itineraries


def test_before_the_first_page_there_are_earlier_ones(city):
    first = find_page(*ends(city), departure_s=parse_clock("07:25"), n_itineraries=2)
    earlier = find_page(*ends(city), cursor=first.previous, n_itineraries=2)
    assert leaving(earlier) == ["07:10", "07:20"]
    earliest = find_page(*ends(city), cursor=earlier.previous, n_itineraries=2)
    assert leaving(earliest) == ["07:00"]
    assert earliest.previous is None
    assert leaving(find_page(*ends(city), cursor=earliest.next, n_itineraries=1)) == ["07:10"]


def test_by_arrival_pages_go_back_in_the_day(city):
    first = find_page(*ends(city), arrival_s=parse_clock("08:15"), n_itineraries=2)
    assert leaving(first) == ["08:00", "07:50"]
    assert leaving(find_page(*ends(city), cursor=first.next, n_itineraries=2)) == ["07:40", "07:30"]
    later = find_page(*ends(city), cursor=first.previous, n_itineraries=2)
    assert leaving(later) == ["08:20", "08:10"]


def test_the_last_page_has_no_next_and_the_first_of_the_day_no_previous(city):
    page = find_page(*ends(city), departure_s=parse_clock("09:35"), n_itineraries=2)
    assert leaving(page) == ["09:40", "09:50"]
    assert page.next is None
    page = find_page(*ends(city), departure_s=0, n_itineraries=100)
    assert len(page.itineraries) == 18
    assert page.next is None
    assert leaving(find_page(*ends(city), cursor=page.previous)) == []


def test_an_empty_page_leads_back_to_where_it_came_from(city):
    first = find_page(*ends(city), departure_s=0, n_itineraries=2)
    before = find_page(*ends(city), cursor=first.previous, n_itineraries=2)
    assert (before.itineraries, before.previous, before.reason) == ((), None, None)
    assert find_page(*ends(city), cursor=before.next, n_itineraries=2) == first
    late = find_page(*ends(city), departure_s=parse_clock("12:00"), n_itineraries=2)
    assert (late.itineraries, late.next) == ((), None)
    assert late.reason is NoAnswer.NO_SERVICE
    assert leaving(find_page(*ends(city), cursor=late.previous, n_itineraries=1)) == ["09:50"]


TIES = """trip_id,arrival_time,departure_time,stop_id,stop_sequence
slow,08:00:00,08:00:00,S1,1
slow,08:40:00,08:40:00,S3,2
feeder,08:00:00,08:00:00,S1,1
feeder,08:10:00,08:10:00,S2,2
express,08:10:00,08:10:00,S2,1
express,08:30:00,08:30:00,S3,2
again,08:00:00,08:00:00,S1,1
again,08:50:00,08:50:00,S3,2
"""


def test_itineraries_that_leave_at_one_time_are_parted_by_a_page(tmp_path):
    # At 08:00 one leaves by one ride until 08:40 or by two until 08:30; "again" is no use.
    feed = line_feed(
        trips="route_id,service_id,trip_id\n"
        + "\n".join(f"R1,WK,{t}" for t in ("slow", "feeder", "express", "again")),
        stop_times=TIES,
    )
    network = read_network(write_feed(tmp_path, **feed), GRID_DAY, include_spill=False)
    question = ends(network, "S1", "S3")
    first = find_page(*question, departure_s=0, n_itineraries=1)
    second = find_page(*question, cursor=first.next, n_itineraries=1)
    assert spans(first) == [(28800, 30600, 2)]
    assert spans(second) == [(28800, 31200, 1)]
    assert second.next is None
    assert find_page(*question, cursor=second.previous, n_itineraries=1).itineraries == (
        first.itineraries
    )


def test_rides_slower_than_walking_are_on_no_page(city):
    lat, lon = STOPS["A1"]
    start, end = (Place(name="", lat=lat, lon=lon + LON_STEP * x) for x in (0.25, 0.75))
    page = find_page(city, start, end, departure_s=parse_clock("08:00"))
    assert (page.itineraries, page.reason) == ((), None)
    assert page.direct_walk.departure_s == parse_clock("08:00")
    late = find_page(city, start, end, arrival_s=parse_clock("08:00"))
    assert late.direct_walk.arrival_s == parse_clock("08:00")
    open_eyed = SearchOptions(max_direct_walk_s=0)
    assert find_page(city, start, end, departure_s=parse_clock("08:00"), options=open_eyed).next


def test_a_cursor_is_the_same_every_time_and_says_nothing_readable(city):
    question = {"departure_s": parse_clock("08:00"), "n_itineraries": 2}
    one, again = (find_page(*ends(city), **question).next for _ in "12")
    assert one == again
    assert set(one) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@pytest.mark.parametrize("how", ["other end", "other options", "other date", "other bound", "text"])
def test_a_cursor_of_anything_else_is_refused(city, tmp_path, how):
    cursor = find_page(*ends(city), departure_s=parse_clock("08:00"), n_itineraries=2).next
    question, options = ends(city), SearchOptions()
    if how == "other end":
        question = ends(city, "A1", "B3")
    elif how == "other options":
        options = SearchOptions(max_rides=2)
    elif how == "other date":
        question = ends(read_network(write_grid_city(tmp_path), GRID_DAY + dt.timedelta(days=1)))
    elif how == "other bound":
        packed = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        packed[5] ^= 1
        cursor = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    else:
        cursor = "2024-05-15T08:00"
    with pytest.raises(NetworkInputError) as caught:
        find_page(*question, cursor=cursor, options=options)
    assert [p.field for p in caught.value.problems] == ["cursor"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "cursor"),
        ({"departure_s": 0, "arrival_s": 0}, "cursor"),
        ({"departure_s": 0, "n_itineraries": 0}, "n_itineraries"),
        ({"departure_s": 0, "n_itineraries": 101}, "n_itineraries"),
    ],
)
def test_a_page_from_nowhere_or_of_no_size_is_refused(city, asked, field):
    with pytest.raises(NetworkInputError) as caught:
        find_page(*ends(city), **asked)
    assert [p.field for p in caught.value.problems] == [field]


# --- clocks

PARIS = "Europe/Paris"
FORWARD, BACK, PLAIN = dt.date(2024, 3, 31), dt.date(2024, 10, 27), dt.date(2024, 5, 15)


@pytest.mark.parametrize(
    ("date", "clock", "shown"),
    [
        (PLAIN, "08:00", "2024-05-15 08:00 +0200"),
        (PLAIN, "25:30", "2024-05-16 01:30 +0200"),
        # Noon of summer time less twelve hours is 23:00 of winter time the evening before.
        (FORWARD, "00:00", "2024-03-30 23:00 +0100"),
        (FORWARD, "02:59", "2024-03-31 01:59 +0100"),
        (FORWARD, "03:00", "2024-03-31 03:00 +0200"),
        (FORWARD, "08:00", "2024-03-31 08:00 +0200"),
        # Noon of winter time less twelve hours is 01:00 of summer time.
        (BACK, "00:00", "2024-10-27 01:00 +0200"),
        (BACK, "01:30", "2024-10-27 02:30 +0200"),
        (BACK, "02:30", "2024-10-27 02:30 +0100"),
        (BACK, "08:00", "2024-10-27 08:00 +0100"),
    ],
)
def test_seconds_of_the_service_day_are_what_the_clock_shows(date, clock, shown):
    wall = to_wall_clock(date, PARIS, parse_clock(clock))
    assert wall.strftime("%Y-%m-%d %H:%M %z") == shown


@pytest.mark.parametrize(
    ("date", "wall", "found"),
    [
        (FORWARD, "2024-03-31 08:00", ("08:00",)),
        (FORWARD, "2024-03-31 02:30", ()),  # the clocks go from 2:00 to 3:00
        (FORWARD, "2024-03-31 01:30", ("02:30",)),
        (FORWARD, "2024-03-31 00:00", ("01:00",)),
        (BACK, "2024-10-27 08:00", ("08:00",)),
        (BACK, "2024-10-27 02:30", ("01:30", "02:30")),  # from 3:00 to 2:00: it comes twice
        (BACK, "2024-10-27 00:30", ("23:30 (-1)",)),
        (PLAIN, "2024-05-16 01:30", ("25:30",)),
        (PLAIN, "2024-05-14 23:30", ("23:30 (-1)",)),
    ],
)
def test_what_a_clock_shows_has_none_one_or_two_times_of_the_service_day(date, wall, found):
    seconds = find_service_s(date, PARIS, dt.datetime.fromisoformat(wall))
    assert tuple(format_clock(s) for s in seconds) == found


def test_a_time_zone_nobody_knows_is_refused_by_name():
    for ask in (
        lambda: to_wall_clock(PLAIN, "Mars/Olympus", 0),
        lambda: find_service_s(PLAIN, "", dt.datetime(2024, 5, 15)),
    ):
        with pytest.raises(NetworkInputError, match="time zone"):
            ask()


@pytest.mark.parametrize("date", [FORWARD, BACK])
def test_who_departs_at_eight_on_a_day_of_changed_clocks_departs_at_eight(tmp_path, date):
    network = read_network(write_grid_city(tmp_path), date)
    timetable = network.timetable
    asked = dt.datetime.combine(date, dt.time(8))
    (departure_s,) = find_service_s(date, timetable.timezone, asked)
    (found,) = find_itineraries(*ends(network), departure_s=departure_s).itineraries
    assert found.rides[0].trip_id == "A0-08:00"
    wall = to_wall_clock(timetable.service_date, timetable.timezone, found.departure_s)
    assert wall.replace(tzinfo=None) == asked


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1800, "23:30 (-1)"),
        (-1, "23:59 (-1)"),
        (-86_400, "00:00 (-1)"),
        (-86_401, "23:59 (-2)"),
        (0, "00:00"),
        (90_000, "25:00"),
    ],
)
def test_a_time_before_midnight_reads_as_of_the_day_before(seconds, text):
    assert format_clock(seconds) == text
    with_seconds = format_clock(seconds, with_seconds=True)
    assert with_seconds.split(" ")[1:] == text.split(" ")[1:]
    assert with_seconds.startswith(text[:5])


# --- windows


def test_a_window_that_begins_the_evening_before_has_its_trips(tmp_path):
    # Each day a run leaves S1 at 23:50, S2 at 24:10 and is at S3 at 24:30.
    feed = line_feed(
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,23:50:00,23:50:00,S1,1\nT1,24:10:00,24:10:00,S2,2\nT1,24:30:00,24:30:00,S3,3"
    )
    network = read_network(write_feed(tmp_path, **feed), GRID_DAY)
    found = find_itineraries_range(*ends(network, "S1", "S3"), earliest_s=-3600, latest_s=90_000)
    clocks = [(format_clock(d), format_clock(a)) for d, a, _ in spans(found)]
    assert clocks == [("23:50 (-1)", "00:30"), ("23:50", "24:30")]
