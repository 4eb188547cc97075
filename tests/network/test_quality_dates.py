"""Coverage, expiry, gaps and the date that is chosen."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.base.errors import NetworkInputError
from network.quality.coverage import Coverage, choose_dates
from tests.builders.clean_feed import CHECK_DAY, check_feed, codes, find

CALENDAR = (
    "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
)


def runs(first, last, *, days="1,1,1,1,1,1,1"):
    """Return a calendar whose one service runs from first to last, and no feed_info."""
    return {"calendar": f"{CALENDAR}ALL,{days},{first},{last}", "feed_info": None}


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("20240101", "20240514", "feed_expired"),  # ended yesterday
        ("20240101", "20240515", "feed_expires_within_7_days"),  # ends today
        ("20240101", "20240522", "feed_expires_within_7_days"),
        ("20240101", "20240523", "feed_expires_within_30_days"),
        ("20240101", "20240614", "feed_expires_within_30_days"),
        ("20240101", "20240615", None),
        ("20240516", "20241231", "feed_not_started"),
        ("20240516", "20240517", "feed_not_started"),
    ],
)
def test_expiry_is_counted_in_days_from_the_day_of_the_check(tmp_path, first, last, code):
    report = check_feed(tmp_path, **runs(first, last))
    assert codes(report) == ({} if code is None else {code: 1})


def test_an_end_date_in_feed_info_before_the_last_service_is_the_feeds_end(tmp_path):
    feed_info = (
        "feed_publisher_name,feed_publisher_url,feed_lang,feed_end_date\n"
        "Example,http://example.org,fr,20240430"
    )
    report = check_feed(tmp_path, feed_info=feed_info)
    assert codes(report) == {"feed_expired": 1, "feed_period_differs": 1}
    assert report.feeds[0].feed_end_date == dt.date(2024, 4, 30)
    assert report.feeds[0].last_date == dt.date(2024, 12, 31)


def test_dates_go_from_the_first_to_the_last_with_a_trip(tmp_path):
    # No Saturday nor Sunday: Sat 1 June to Sun 30 June has trips from Mon 3 to Fri 28.
    report = check_feed(tmp_path, **runs("20240601", "20240630", days="1,1,1,1,1,0,0"))
    feed = report.feeds[0]
    assert (feed.first_date, feed.last_date) == (dt.date(2024, 6, 3), dt.date(2024, 6, 28))
    assert len(feed.trips_by_date) == 26
    assert sum(n for _, n in feed.trips_by_date) == 2 * 20


def test_weekdays_on_which_a_feed_never_runs_are_no_gap(tmp_path):
    report = check_feed(tmp_path, **runs("20240101", "20241231", days="1,1,1,1,1,0,0"))
    assert codes(report) == {}


def test_days_off_are_noted_and_a_hole_of_a_week_is_a_warning(tmp_path):
    # Off: Wed 1 May, and Mon 3 to Sun 9 June.
    off = ["20240501"] + [f"2024060{day}" for day in range(3, 10)]
    dates = "service_id,date,exception_type\n" + "\n".join(f"ALL,{date},2" for date in off)
    report = check_feed(tmp_path, calendar_dates=dates)
    assert codes(report) == {"dates_without_service": 1, "service_gap": 7}
    assert find(report, "dates_without_service").examples[0].found == "no trip on 2024-05-01"
    assert find(report, "service_gap").examples[0].found == (
        "no trip from 2024-06-03 to 2024-06-09, 7 dates"
    )


def test_a_week_of_weekdays_off_counts_with_the_weekend_between_them_but_not_at_its_ends(tmp_path):
    # Off: Thu 6, Fri 7, Mon 10 and Tue 11 June; Sat 8 and Sun 9 have no service ever.
    off = ["20240606", "20240607", "20240610", "20240611"]
    dates = "service_id,date,exception_type\n" + "\n".join(f"ALL,{date},2" for date in off)
    report = check_feed(
        tmp_path, **runs("20240101", "20241231", days="1,1,1,1,1,0,0"), calendar_dates=dates
    )
    assert codes(report) == {"dates_without_service": 6}


def test_dates_with_less_than_half_the_usual_trips_are_noted(tmp_path):
    # Usually T1, T2 and T3; on Thursday 9 May (a holiday) T3 alone: 1 of 3 trips.
    report = check_feed(
        tmp_path,
        calendar="+MORE,1,1,1,1,1,1,1,20240101,20241231",
        calendar_dates="service_id,date,exception_type\nALL,20240509,2",
        trips="+R1,MORE,T3,0,EAST,1",
        stop_times="+T3,09:00:00,09:00:00,A,1\nT3,09:05:00,09:05:00,B,2\nT3,09:11:00,09:11:00,C,3",
    )
    assert codes(report) == {"dates_with_little_service": 1}
    (example,) = find(report, "dates_with_little_service").examples
    assert (example.found, example.expected) == (
        "1 trips on 2024-05-09", "about 3, as on other such weekdays"
    )  # fmt: skip


def test_calendar_dates_alone_are_enough(tmp_path):
    days = [CHECK_DAY + dt.timedelta(days=i) for i in range(40)]
    rows = "\n".join(f"ALL,{day:%Y%m%d},1" for day in days)
    report = check_feed(
        tmp_path,
        calendar=None,
        feed_info=None,
        calendar_dates="service_id,date,exception_type\n" + rows,
    )
    assert codes(report) == {}
    assert report.feeds[0].last_date == days[-1]


def test_a_service_without_dates_is_noted_and_its_trips_are_warned_of(tmp_path):
    report = check_feed(
        tmp_path,
        calendar="+NEVER,0,0,0,0,0,0,0,20240101,20241231",
        trips="+R1,NEVER,T3,0,EAST,1",
        stop_times="+T3,09:00:00,09:00:00,A,1\nT3,09:05:00,09:05:00,B,2\nT3,09:11:00,09:11:00,C,3",
    )
    assert codes(report) == {"service_without_dates": 1, "trip_never_runs": 1}
    assert find(report, "service_without_dates").examples[0].row == 3
    assert find(report, "trip_never_runs").examples[0].row == 4


def test_a_feed_without_any_service_is_an_error_and_builds_nothing(tmp_path):
    report = check_feed(tmp_path, **runs("20240101", "20241231", days="0,0,0,0,0,0,0"))
    assert codes(report) == {
        "feed_without_service": 1, "service_without_dates": 1, "trip_never_runs": 2,
    }  # fmt: skip
    assert report.service_date is None
    assert (report.feeds[0].first_date, report.feeds[0].trips_by_date) == (None, ())


def test_a_date_outside_the_feed_is_refused_and_the_covered_dates_are_named(tmp_path):
    with pytest.raises(NetworkInputError, match="2024-01-01 to 2024-12-31"):
        check_feed(tmp_path, date=dt.date(2025, 1, 1))


@pytest.mark.parametrize(
    ("zone", "code"),
    [("Europe/Paris", None), ("", "timezone_missing"), ("Paris", "timezone_unknown")],
)
def test_the_time_zone_must_be_one_of_the_database(tmp_path, zone, code):
    agency = f"agency_id,agency_name,agency_url,agency_timezone\nX,Example,http://e.org,{zone}"
    assert codes(check_feed(tmp_path, agency=agency)) == ({} if code is None else {code: 1})


def test_agencies_in_two_time_zones_are_found(tmp_path):
    report = check_feed(tmp_path, agency="+Y,Other,http://example.org,Europe/Lisbon")
    assert codes(report) == {"timezones_differ": 1}


def test_frequencies_count_as_the_departures_they_imply(tmp_path):
    # 07:00, 07:10, ... 07:50 and 09:00: 7 departures of T1, and T2.
    frequencies = """
        trip_id,start_time,end_time,headway_secs
        T1,07:00:00,08:00:00,600
        T1,09:00:00,09:00:01,600
        """
    feed = check_feed(tmp_path, frequencies=frequencies).feeds[0]
    assert dict(feed.trips_by_date)[CHECK_DAY] == 8
    assert feed.trips_by_route_type == {1: 8}


def coverage(first, *n_trips):
    return Coverage(
        first_date=None if first is None else dt.date.fromisoformat(first),
        n_trips=np.array(n_trips, dtype=np.int64),
        masks={},
    )


def test_the_date_chosen_is_the_full_one_nearest_to_today():
    # 12 May has most, 10 May 95 of 100: near enough to full, and nearer than 12 May.
    own = coverage("2024-05-08", 50, 50, 95, 94, 100)
    assert choose_dates([own], dt.date(2024, 5, 8)) == [dt.date(2024, 5, 10)]
    assert choose_dates([own], dt.date(2030, 1, 1)) == [dt.date(2024, 5, 12)]


def test_of_two_dates_as_near_the_later_is_chosen():
    own = coverage("2024-05-08", 10, 0, 10)
    assert choose_dates([own], dt.date(2024, 5, 9)) == [dt.date(2024, 5, 10)]


def test_feeds_share_a_date_where_they_can_and_have_their_own_where_not():
    may, also_may = coverage("2024-05-08", 9, 9, 9), coverage("2024-05-10", 1, 9)
    june, idle = coverage("2024-06-01", 9), coverage(None)
    today = dt.date(2024, 5, 1)
    assert choose_dates([may, also_may, idle], today) == [
        dt.date(2024, 5, 10), dt.date(2024, 5, 10), None,
    ]  # fmt: skip
    assert choose_dates([may, june], today) == [dt.date(2024, 5, 8), dt.date(2024, 6, 1)]


@given(
    st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=8), min_size=1, max_size=3),
    st.integers(-20, 20),
)
def test_a_chosen_date_always_has_service(feeds, offset):
    start = dt.date(2024, 5, 1)
    own = [
        coverage(start.isoformat() if any(trips) else None, *(trips if any(trips) else ()))
        for trips in feeds
    ]
    chosen = choose_dates(own, start + dt.timedelta(days=offset))
    for one, date in zip(own, chosen, strict=True):
        assert (date is None) == (one.first_date is None)
        assert date is None or one.trips_on(date) > 0
