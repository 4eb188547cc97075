"""Which calls have to be booked, and by which rule: one case a feed, by hand.

Trips T1 (08:00) and T2 (09:00) run One, Two, Three; T2's calls are what each test says.
"""

import pytest

from network.bookings import Arrangement, BookingKind
from network.building.bookings import IMPOSSIBLE, NO_KIND, UNKNOWN_RULE
from network.building.flexible import NEEDS_BOOKING
from network.building.inputs import FeedSource
from network.readers import read_network
from network.timetable import find_run_day
from tests.builders.feeds import DAY, line_feed, write_feed

TRIPS = "route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2"
HEAD = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
CALLS = ("T2,09:00:00,09:00:00,S1,1", "T2,09:10:00,09:10:00,S2,2", "T2,09:20:00,09:20:00,S3,3")
RULES = (
    "booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_last_day,"
    "prior_notice_last_time,message,pickup_message,phone_number,booking_url\n"
    "eve,2,,1,17:00:00,Say how many you are,,01 23 45,http://x/book\n"
    "hour,1,60,,,,Be at the pole,,\n"
)
EVE, HOUR = 0, 1


def read(folder, extra, *ends, trips=TRIPS, name="feed", **files):
    """Read T1 and T2; ``ends`` are what stands in the extra columns of T2's three calls."""
    rows = [f"T1,08:{m}:00,08:{m}:00,S{i},{i}" + "," * extra.count(",")
            for i, m in ((1, "00"), (2, "10"), (3, "20"))]  # fmt: skip
    rows += [row + end for row, end in zip(CALLS, ends, strict=True)]
    feed = line_feed(trips=trips, stop_times="\n".join([HEAD + extra, *rows]), **files)
    return read_network(write_feed(folder, **feed), DAY, include_spill=False)


def test_an_ordinary_feed_has_no_bookings(tmp_path):
    network = read(tmp_path, ",pickup_type", ",0", ",0", ",1")
    assert network.bookings is None


def test_a_call_is_booked_by_the_rule_it_names_on_the_side_it_names_it_for(tmp_path):
    network = read(
        tmp_path,
        ",pickup_type,drop_off_type,pickup_booking_rule_id,drop_off_booking_rule_id",
        ",2,0,eve,", ",0,3,,hour", ",,,,",
        booking_rules=RULES,
    )  # fmt: skip
    bookings = network.bookings
    assert (bookings.trips, len(bookings.stop_pos)) == (("T2",), 2)
    arrangement, rule = bookings.find("T2", 0, is_pickup=True)
    assert (arrangement, rule.kind) == (Arrangement.AGENCY, BookingKind.DAYS_BEFORE)
    assert (rule.last_day, rule.last_time_s, rule.phone) == (1, 17 * 3600, "01 23 45")
    assert (rule.message, rule.booking_url) == ("Say how many you are", "http://x/book")
    arrangement, rule = bookings.find("T2", 1, is_pickup=False)
    assert (arrangement, rule.notice_min) == (Arrangement.DRIVER, 60)
    assert rule.pickup_message == "Be at the pole"
    for trip, pos, is_pickup in (("T2", 0, False), ("T2", 1, True), ("T2", 2, False), ("T1", 0, 1)):
        assert bookings.find(trip, pos, is_pickup=bool(is_pickup)) is None


def test_without_a_rule_the_agency_is_to_be_called_and_the_driver_needs_no_phone(tmp_path):
    agency = (
        "agency_id,agency_name,agency_url,agency_timezone,agency_phone\n"
        "X,Ex,http://x,Europe/Paris,07 07"
    )
    network = read(tmp_path, ",pickup_type,drop_off_type", ",2,", ",,3", ",,", agency=agency)
    arrangement, rule = network.bookings.find("T2", 0, is_pickup=True)
    assert (arrangement, rule.kind, rule.phone) == (
        Arrangement.AGENCY, BookingKind.UNSAID, "07 07"
    )  # fmt: skip
    assert network.bookings.find("T2", 1, is_pickup=False) == (Arrangement.DRIVER, None)


def test_of_two_agencies_the_one_of_the_route_is_to_be_called(tmp_path):
    agency = (
        "agency_id,agency_name,agency_url,agency_timezone,agency_phone\n"
        "X,Ex,http://x,Europe/Paris,07 07\nY,Why,http://y,Europe/Paris,08 08"
    )
    routes = "route_id,agency_id,route_short_name,route_type\nR1,Y,1,3"
    network = read(tmp_path, ",pickup_type", ",2", ",", ",", agency=agency, routes=routes)
    assert network.bookings.find("T2", 0, is_pickup=True)[1].phone == "08 08"


def test_a_rule_that_the_feed_lacks_is_counted_and_the_call_still_booked(tmp_path):
    network = read(tmp_path, ",pickup_booking_rule_id", ",gone", ",", ",", booking_rules=RULES)
    assert network.bookings.find("T2", 0, is_pickup=True) == (Arrangement.BY_RULE, None)
    assert network.timetable.set_aside.counts == {NEEDS_BOOKING: 1, UNKNOWN_RULE: 1}
    problem = network.timetable.set_aside.examples[UNKNOWN_RULE][0]
    assert (problem.file, problem.row) == ("feed/stop_times.txt", 5)


def test_numbers_that_cannot_be_and_unknown_types_are_counted_and_the_rest_is_kept(tmp_path):
    rules = (
        "booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_last_time,phone_number\n"
        "odd,7,99999999,25 o'clock,01 23"
    )
    network = read(tmp_path, ",pickup_booking_rule_id", ",odd", ",", ",", booking_rules=rules)
    _, rule = network.bookings.find("T2", 0, is_pickup=True)
    assert (rule.kind, rule.notice_min, rule.last_time_s, rule.phone) == (
        BookingKind.UNSAID, None, None, "01 23"
    )  # fmt: skip
    counts = network.timetable.set_aside.counts
    assert (counts[NO_KIND], counts[IMPOSSIBLE]) == (1, 2)


def test_calls_keep_their_bookings_where_a_row_before_them_was_set_aside(tmp_path):
    # T2's second call is at a stop that is not there: its third is then the second.
    rows = (HEAD + ",drop_off_type", CALLS[0] + ",", "T2,09:10:00,09:10:00,NO,2,2", CALLS[2] + ",3")
    feed = line_feed(trips="route_id,service_id,trip_id\nR1,WK,T2", stop_times="\n".join(rows))
    bookings = read_network(write_feed(tmp_path, **feed), DAY, include_spill=False).bookings
    assert bookings.stop_pos.tolist() == [1]
    assert bookings.find("T2", 1, is_pickup=False) == (Arrangement.DRIVER, None)


@pytest.mark.parametrize("run", ["T2@10:30:00", "T2@10:30:00/2024-05-14", "T2/2024-05-16", "T2"])
def test_runs_of_a_trip_are_booked_as_it_is(tmp_path, run):
    bookings = read(tmp_path, ",pickup_type", ",2", ",", ",").bookings
    assert bookings.find(run, 0, is_pickup=True) == (Arrangement.AGENCY, None)
    assert bookings.find(f"x{run}", 0, is_pickup=True) is None


def test_bookings_of_several_feeds_are_joined_under_their_prefixes(tmp_path):
    sources = []
    for name, rule in (("a", "eve"), ("b", "hour")):
        (tmp_path / name).mkdir()
        read(tmp_path / name, ",pickup_booking_rule_id", f",{rule}", ",", ",", booking_rules=RULES)
        sources.append(FeedSource(path=tmp_path / name / "feed", prefix=name))
    bookings = read_network(sources, DAY, include_spill=False).bookings
    assert bookings.trips == ("a:T2", "b:T2")
    found = [bookings.find(f"{name}:T2", 0, is_pickup=True)[1].kind for name in "ab"]
    assert found == [BookingKind.DAYS_BEFORE, BookingKind.SAME_DAY]


def test_the_day_of_a_run_is_told_by_the_date_behind_its_name(tmp_path):
    # T1 runs past midnight, T2 in the first hour of its own day.
    late = [f"T1,24:{m}:00,24:{m}:00,S{i},{i}" for i, m in ((1, 10), (2, 20), (3, 30))]
    early = [f"T2,00:{m}:00,00:{m}:00,S{i},{i}" for i, m in ((1, 10), (2, 20), (3, 30))]
    path = write_feed(
        tmp_path, **line_feed(trips=TRIPS, stop_times="\n".join([HEAD, *late, *early]))
    )
    own = FeedSource(path=path, prefix="x", service_date=DAY)
    for feeds, prefix in ((path, ""), ([own], "x:")):
        timetable = read_network(feeds, DAY, include_next=True).timetable
        assert {name: find_run_day(timetable, name) for name in timetable.trip_ids} == {
            f"{prefix}T1": 0,
            f"{prefix}T1/2024-05-14": -1,
            f"{prefix}T2": 0,
            f"{prefix}T2/2024-05-16": 1,
        }
