"""Broken references: each found with its count and its line, and nothing else with it."""

import pytest

from network.quality.report import Severity
from tests.builders.clean_feed import check_feed, codes, find


def test_a_feed_without_a_fault_has_no_finding_at_all(tmp_path):
    report = check_feed(tmp_path)
    assert report.findings == ()
    assert report.service_date is not None


def test_stop_times_of_a_trip_that_is_not_there_are_found(tmp_path):
    report = check_feed(tmp_path, stop_times="+T9,08:00:00,08:00:00,A,1\nT9,08:05:00,08:05:00,B,2")
    assert codes(report) == {"stop_time_of_unknown_trip": 2}
    finding = find(report, "stop_time_of_unknown_trip")
    assert finding.severity is Severity.ERROR
    assert [example.row for example in finding.examples] == [8, 9]
    assert finding.file == "feed/stop_times.txt"


def test_a_stop_time_at_a_stop_that_is_not_there_is_found_on_every_date(tmp_path):
    # T3 runs in June only: the date that is built, in May, has nothing to do with it.
    report = check_feed(
        tmp_path,
        calendar="+JUNE,1,1,1,1,1,1,1,20240601,20240630",
        trips="+R1,JUNE,T3,0,EAST,1",
        stop_times="+T3,09:00:00,09:00:00,A,1\nT3,09:05:00,09:05:00,X,2\nT3,09:10:00,09:10:00,C,3",
    )
    assert codes(report) == {"stop_time_of_unknown_stop": 1}
    (example,) = find(report, "stop_time_of_unknown_stop").examples
    assert (example.row, example.field, example.found) == (9, "stop_id", "'X'")


def test_a_stop_time_at_a_station_is_found(tmp_path):
    report = check_feed(
        tmp_path,
        stops="+S,Beta station,48.90,2.33,1,,1",
        stop_times="+T1,08:03:00,08:03:00,S,4",
    )
    assert codes(report) == {"stop_time_at_no_boarding_stop": 1}
    (example,) = find(report, "stop_time_at_no_boarding_stop").examples
    assert (example.row, example.found) == (8, "stop 'S' is no boarding stop")


@pytest.mark.parametrize(
    ("row", "code", "found"),
    [
        ("R9,ALL,T3,0,EAST,1", "trip_of_unknown_route", "'R9'"),
        ("R1,NO,T3,0,EAST,1", "trip_of_unknown_service", "'NO'"),
        ("R1,ALL,T3,0,NORTH,1", "trip_of_unknown_shape", "'NORTH'"),
    ],
)
def test_a_trip_of_something_that_is_not_there_is_found(tmp_path, row, code, found):
    report = check_feed(
        tmp_path,
        trips="+" + row,
        stop_times="+T3,09:00:00,09:00:00,A,1\nT3,09:06:00,09:06:00,B,2",
    )
    assert codes(report) == {code: 1}
    (example,) = find(report, code).examples
    assert (example.row, example.found) == (4, found)


def test_a_route_of_an_agency_that_is_not_there_is_found(tmp_path):
    report = check_feed(
        tmp_path,
        routes="route_id,agency_id,route_short_name,route_type,route_color\nR1,Z,1,1,0055AA",
    )
    assert codes(report) == {"route_of_unknown_agency": 1}


def test_a_parent_that_is_not_there_and_one_that_is_no_station_are_found(tmp_path):
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding
        A,Alpha,48.90,2.30,0,GONE,1
        B,Beta,48.90,2.33,0,P,1
        C,Gamma,48.90,2.36,0,,1
        P,Platform,48.90,2.33,0,,1
        """
    report = check_feed(tmp_path, stops=stops)
    assert codes(report) == {
        "stop_of_unknown_parent": 1, "parent_is_no_station": 1, "stop_unused": 1,
    }  # fmt: skip
    assert find(report, "stop_of_unknown_parent").examples[0].row == 2
    assert find(report, "parent_is_no_station").examples[0].row == 3


def test_a_boarding_area_of_a_platform_is_as_it_should_be(tmp_path):
    report = check_feed(
        tmp_path, stops="+S,Alpha,48.90,2.30,1,,1\nP,Alpha,48.90,2.30,0,S,1\nQ,Alpha,,,4,P,"
    )
    assert codes(report) == {"stop_unused": 1}


def test_frequencies_of_a_trip_that_is_not_there_are_found(tmp_path):
    report = check_feed(
        tmp_path,
        frequencies="trip_id,start_time,end_time,headway_secs\nT7,07:00:00,08:00:00,600",
    )
    assert codes(report) == {"frequency_of_unknown_trip": 1}
    assert find(report, "frequency_of_unknown_trip").examples[0].row == 2


def test_transfers_of_stops_that_are_not_there_are_found_but_not_in_seat_ones_without(tmp_path):
    transfers = """
        from_stop_id,to_stop_id,transfer_type,from_trip_id,to_trip_id
        A,B,0,,
        A,X,0,,
        ,,4,T1,T2
        """
    report = check_feed(tmp_path, transfers=transfers)
    assert codes(report).pop("transfer_of_unknown_stop") == 1
    (example,) = find(report, "transfer_of_unknown_stop").examples
    assert (example.row, example.found) == (3, "from 'A' to 'X'")
