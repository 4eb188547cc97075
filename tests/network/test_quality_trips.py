"""Duplicate trips, trips nobody can ride, frequencies; routes and their vehicles."""

import pytest

from network.building.inputs import VehicleCapacities
from network.quality.feed import compute_coverage, prepare_feed
from network.quality.report import Severity
from network.quality.route_checks import check_vehicle_room
from network.readers import read_feed_tables
from tests.builders.clean_feed import CHECK_DAY, check_feed, clean_feed, codes, find
from tests.builders.feeds import write_feed

EAST = "{0},08:00:00,08:00:00,A,1\n{0},08:05:00,08:06:00,B,2\n{0},08:11:00,08:11:00,C,3"
ROUTES = "route_id,agency_id,route_short_name,route_long_name,route_type,route_color\n"


def test_a_trip_like_another_on_the_same_dates_is_found(tmp_path):
    report = check_feed(tmp_path, trips="+R1,ALL,T0,0,EAST,1", stop_times="+" + EAST.format("T0"))
    assert codes(report) == {"duplicate_trip": 1}
    # T0 comes first by trip_id: T1, on line 2, is the one too many.
    (example,) = find(report, "duplicate_trip").examples
    assert (example.row, example.found) == (
        2, "trip 'T1' runs like trip 'T0', on the same dates",
    )  # fmt: skip


def test_a_trip_like_another_on_other_dates_is_no_duplicate(tmp_path):
    report = check_feed(
        tmp_path,
        calendar="service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,"
        "end_date\nALL,1,1,1,1,1,0,0,20240101,20241231\nWE,0,0,0,0,0,1,1,20240101,20241231",
        trips="+R1,WE,T3,0,EAST,1\nR1,WE,T4,1,WEST,1",
        stop_times="+" + EAST.format("T3") + "\n"
        "T4,08:30:00,08:30:00,C,1\nT4,08:35:00,08:36:00,B,2\nT4,08:41:00,08:41:00,A,3",
    )
    assert codes(report) == {}


def test_services_that_share_one_added_date_make_duplicates(tmp_path):
    report = check_feed(
        tmp_path,
        calendar_dates="service_id,date,exception_type\nEXTRA,20240601,1",
        trips="+R1,EXTRA,T3,0,EAST,1",
        stop_times="+" + EAST.format("T3"),
    )
    assert codes(report)["duplicate_trip"] == 1


@pytest.mark.parametrize(
    "stop_times",
    [
        "T3,08:00:00,08:00:00,A,1\nT3,08:05:00,08:07:00,B,2\nT3,08:11:00,08:11:00,C,3",
        "T3,08:00:00,08:00:00,A,1\nT3,08:05:00,08:06:00,B,2",
        "T3,08:00:00,08:00:00,A,1\nT3,08:11:00,08:11:00,C,3",
    ],
)
def test_a_trip_of_other_times_or_stops_is_no_duplicate(tmp_path, stop_times):
    report = check_feed(tmp_path, trips="+R1,ALL,T3,0,EAST,1", stop_times="+" + stop_times)
    assert codes(report) == {}


def test_a_trip_of_another_route_is_no_duplicate(tmp_path):
    report = check_feed(
        tmp_path,
        routes="+R2,X,2,Second line,1,AA0055",
        trips="+R2,ALL,T3,0,EAST,1",
        stop_times="+" + EAST.format("T3"),
    )
    assert codes(report) == {}


@pytest.mark.parametrize(("other", "n_found"), [("600", 1), ("900", 0)])
def test_trips_with_frequencies_are_duplicates_where_these_are_equal_too(tmp_path, other, n_found):
    frequencies = f"""
        trip_id,start_time,end_time,headway_secs
        T1,07:00:00,08:00:00,600
        T3,07:00:00,08:00:00,{other}
        """
    report = check_feed(
        tmp_path,
        trips="+R1,ALL,T3,0,EAST,1",
        stop_times="+" + EAST.format("T3"),
        frequencies=frequencies,
    )
    assert codes(report).get("duplicate_trip", 0) == n_found


def test_trips_with_fewer_than_two_timed_calls_are_found_on_every_date(tmp_path):
    # T3 runs on the date that is built, T4 in June; T5 has no stop time at all.
    report = check_feed(
        tmp_path,
        calendar="+JUNE,1,1,1,1,1,1,1,20240601,20240630",
        trips="+R1,ALL,T3,0,EAST,1\nR1,JUNE,T4,0,EAST,1\nR1,ALL,T5,0,EAST,1",
        stop_times="+T3,09:00:00,09:00:00,A,1\nT4,09:00:00,09:00:00,A,1",
    )
    assert codes(report) == {"trip_without_ride": 3}
    assert [e.row for e in find(report, "trip_without_ride").examples] == [4, 5, 6]


def test_overlapping_frequencies_of_one_trip_are_found(tmp_path):
    # Rows 3 (from 07:30) and 4 (from 07:45) start before 08:00; row 5 starts at 08:30, the end
    # of row 3; T2's rows follow each other.
    frequencies = """
        trip_id,start_time,end_time,headway_secs
        T1,07:00:00,08:00:00,600
        T1,07:30:00,08:30:00,600
        T1,07:45:00,07:50:00,600
        T1,08:30:00,09:00:00,600
        T2,07:00:00,08:00:00,600
        T2,08:00:00,09:00:00,600
        """
    report = check_feed(tmp_path, frequencies=frequencies)
    assert codes(report) == {"frequencies_overlap": 2}
    finding = find(report, "frequencies_overlap")
    assert finding.severity is Severity.WARNING
    assert [e.row for e in finding.examples] == [3, 4]
    assert finding.examples[0].found == "trip 'T1' again from 07:30 to 08:30"


def test_exact_frequencies_that_are_interleaved_are_noted_only(tmp_path):
    frequencies = """
        trip_id,start_time,end_time,headway_secs,exact_times
        T1,07:00:00,08:00:00,1200,1
        T1,07:10:00,08:00:00,1200,1
        """
    report = check_feed(tmp_path, frequencies=frequencies)
    assert codes(report) == {"exact_frequencies_overlap": 1}
    assert find(report, "exact_frequencies_overlap").severity is Severity.NOTE


def test_trips_that_say_nothing_of_wheelchairs_are_noted(tmp_path):
    trips = "route_id,service_id,trip_id,direction_id,shape_id,wheelchair_accessible\n"
    report = check_feed(tmp_path, trips=trips + "R1,ALL,T1,0,EAST,0\nR1,ALL,T2,1,WEST,")
    assert codes(report) == {"trip_wheelchair_unknown": 2}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("R1,X,,,1,0055AA", "route_without_name"),
        ("R1,X,1,First line,1,", "route_without_color"),
        ("R1,X,1,First line,1,#0055A", "route_color_unreadable"),
    ],
)
def test_a_route_without_name_or_colour_is_found(tmp_path, row, code):
    report = check_feed(tmp_path, routes=ROUTES + row)
    assert codes(report) == {code: 1}
    assert find(report, code).examples[0].row == 2


def test_a_route_of_the_same_names_and_one_without_trips_are_noted(tmp_path):
    report = check_feed(tmp_path, routes="+R2,X,1,First line,1,0055AA")
    assert codes(report) == {"route_name_repeated": 1, "route_without_trips": 1}
    assert find(report, "route_name_repeated").examples[0].row == 3


def test_a_route_type_that_is_none_of_gtfs_is_found_and_has_no_vehicle(tmp_path):
    report = check_feed(tmp_path, routes=ROUTES + "R1,X,1,First line,13,0055AA")
    assert codes(report) == {"route_type_unknown": 1, "vehicle_capacity_unknown": 1}


def test_routes_without_any_vehicle_capacity_are_found(tmp_path):
    tables = read_feed_tables(write_feed(tmp_path, **clean_feed()))
    feed = prepare_feed(tables, compute_coverage(tables), CHECK_DAY)
    finding = check_vehicle_room(feed, VehicleCapacities())
    assert finding is not None
    assert (finding.code, finding.count) == ("vehicle_capacity_unknown", 1)
