"""Times and speeds: limits derived by hand from places 2,192 m apart."""

import pytest

from network.quality.report import Severity
from tests.builders.clean_feed import check_feed, codes, find

# A, B and C lie 0.03 degrees of longitude apart at 48.9 N:
# 0.03 * 111,195 m * cos(48.9) = 2,193 m.


def times(*rows):
    """Return stop_times of T1 as given, of T2 as in the clean feed."""
    back = ("T2,08:30:00,08:30:00,C,1", "T2,08:35:00,08:36:00,B,2", "T2,08:41:00,08:41:00,A,3")
    header = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
    return "\n".join((header, *rows, *back))


def test_a_metro_over_150_km_h_is_found_with_its_speed_and_line(tmp_path):
    # 2,193 m in 50 s are 158 km/h; times are given to the second.
    report = check_feed(
        tmp_path,
        stop_times=times(
            "T1,08:00:05,08:00:05,A,1", "T1,08:00:55,08:01:10,B,2", "T1,08:06:00,08:06:00,C,3"
        ),
    )
    assert codes(report) == {"impossible_speed": 1}
    finding = find(report, "impossible_speed")
    assert finding.severity is Severity.WARNING
    assert (finding.unit, finding.examples[0].row) == ("hops", 3)
    assert "158 km/h" in finding.examples[0].found
    assert "150 km/h for route type 1" in finding.examples[0].expected
    assert (finding.lat.tolist(), finding.lon.tolist()) == ([48.9], [2.33])


def test_a_minute_of_rounding_is_allowed_where_times_are_whole_minutes(tmp_path):
    # 2,193 m in 60 s are 132 km/h, in 120 s 66 km/h: rounded times may be either.
    rounded = times(
        "T1,08:00:00,08:00:00,A,1", "T1,08:01:00,08:01:00,B,2", "T1,08:02:00,08:02:00,C,3"
    )
    tram = "route_id,agency_id,route_short_name,route_type,route_color\nR1,X,1,0,0055AA"
    assert codes(check_feed(tmp_path, stop_times=rounded, routes=tram)) == {}


def test_a_speed_is_taken_along_the_stops_without_times_between(tmp_path):
    # A to C by way of B, without a time there: 4,386 m in 90 s are 175 km/h.
    report = check_feed(
        tmp_path,
        stop_times=times("T1,08:00:00,08:00:00,A,1", "T1,,,B,2", "T1,08:01:30,08:01:30,C,3"),
    )
    assert codes(report) == {"impossible_speed": 1}
    assert "4.4 km in 1 min 30 s" in find(report, "impossible_speed").examples[0].found


@pytest.mark.parametrize(
    ("route_type", "n_found"), [(0, 1), (1, 0), (2, 0), (3, 0), (4, 1), (7, 1), (109, 0), (900, 1)]
)
def test_the_limit_is_that_of_the_route_type_extended_ones_included(tmp_path, route_type, n_found):
    # 2,193 m in 70 s are 113 km/h: too fast for a tram (100), a ferry (80) and a funicular (50).
    report = check_feed(
        tmp_path,
        routes="route_id,agency_id,route_short_name,route_type,route_color\n"
        f"R1,X,1,{route_type},0055AA",
        stop_times=times(
            "T1,08:00:01,08:00:01,A,1", "T1,08:01:11,08:02:00,B,2", "T1,08:07:00,08:07:00,C,3"
        ),
    )
    assert codes(report).get("impossible_speed", 0) == n_found


def test_examples_are_of_different_places_though_hundreds_of_trips_repeat_one(tmp_path):
    trips = "\n".join(f"R1,ALL,X{i},0,EAST,1" for i in range(100))
    hops = [(f"X{i}", f"09:{i % 60:02d}") for i in range(100)]
    rows = "\n".join(
        f"{trip},{clock}:01,{clock}:01,A,1\n{trip},{clock}:31,{clock}:31,B,2"
        for trip, clock in hops
    )
    report = check_feed(tmp_path, trips="+" + trips, stop_times="+" + rows)
    finding = find(report, "impossible_speed")
    assert finding.count == 100
    assert len(finding.examples) == 1
    assert len(finding.lat) == 1


def test_a_hop_in_no_time_is_found(tmp_path):
    report = check_feed(
        tmp_path,
        stop_times=times(
            "T1,08:00:05,08:00:05,A,1", "T1,08:00:05,08:01:00,B,2", "T1,08:06:00,08:06:00,C,3"
        ),
    )
    # 2,193 m within the minute that the speed check allows are 132 km/h: not its business.
    assert codes(report) == {"zero_time_hop": 1}
    assert find(report, "zero_time_hop").examples[0].row == 3
    assert "2193 m in no time" in find(report, "zero_time_hop").examples[0].found


NEAR = """
    stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding
    A,Alpha,48.90,2.30,0,,1
    B,Beta,48.90,2.308,0,,1
    C,Gamma,48.90,2.316,0,,1
    """


def test_a_short_hop_within_one_rounded_minute_is_no_fault(tmp_path):
    # 0.008 degrees are 585 m; 0.4 of a metro's 150 km/h are 1,000 m in a minute.
    rounded = times(
        "T1,08:00:00,08:00:00,A,1", "T1,08:00:00,08:00:00,B,2", "T1,08:02:00,08:02:00,C,3"
    )
    assert codes(check_feed(tmp_path, stops=NEAR, stop_times=rounded)) == {}


def test_hops_in_the_same_instant_count_together(tmp_path):
    # 585 m and 585 m in one minute: 1,170 m, more than the 1,000 m that rounding explains.
    instant = times(
        "T1,08:00:00,08:00:00,A,1", "T1,08:00:00,08:00:00,B,2", "T1,08:00:00,08:00:00,C,3"
    )
    assert codes(check_feed(tmp_path, stops=NEAR, stop_times=instant)) == {"zero_time_hop": 2}


def test_hops_parted_by_a_dwell_do_not_count_together(tmp_path):
    parted = times(
        "T1,08:00:00,08:00:00,A,1", "T1,08:00:00,08:01:00,B,2", "T1,08:01:00,08:01:00,C,3"
    )
    assert codes(check_feed(tmp_path, stops=NEAR, stop_times=parted)) == {}


@pytest.mark.parametrize(
    ("arrival", "n_found"),
    [
        ("08:59:00", 0),  # 59 minutes: up to an hour is never found
        ("09:29:00", 1),  # 2,193 m in 89 minutes: a walker at 1.2 m/s takes 30
    ],
)
def test_a_hop_of_over_an_hour_slower_than_walking_is_found(tmp_path, arrival, n_found):
    report = check_feed(
        tmp_path,
        stop_times=times(
            "T1,08:00:00,08:00:00,A,1", f"T1,{arrival},{arrival},B,2", "T1,09:50:00,09:50:00,C,3"
        ),
    )
    assert codes(report).get("long_hop", 0) == n_found


def test_a_long_ride_over_a_long_way_is_no_fault(tmp_path):
    # 300 km in ten hours, a night train.
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding
        A,Alpha,48.90,2.30,0,,1
        B,Beta,48.90,6.40,0,,1
        """
    rows = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,20:00:00,20:00:00,A,1
        T1,30:00:00,30:00:00,B,2
        T2,20:00:00,20:00:00,B,1
        T2,30:00:00,30:00:00,A,2
        """
    shapes = """
        shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
        EAST,48.90,2.30,1
        EAST,48.90,6.40,2
        WEST,48.90,6.40,1
        WEST,48.90,2.30,2
        """
    assert codes(check_feed(tmp_path, stops=stops, stop_times=rows, shapes=shapes)) == {}


def test_a_dwell_of_over_two_hours_is_found(tmp_path):
    report = check_feed(
        tmp_path,
        stop_times=times(
            "T1,08:00:00,08:00:00,A,1", "T1,08:05:00,10:06:00,B,2", "T1,10:12:00,10:12:00,C,3"
        ),
    )
    assert codes(report) == {"long_dwell": 1}
    assert find(report, "long_dwell").examples[0].found.startswith("2 h 01 min at stop 'B'")


def test_trips_that_go_back_in_time_are_found_once_on_every_date(tmp_path):
    # T3 runs on the date that is built, where the builder sets it aside too; T4 in June.
    report = check_feed(
        tmp_path,
        calendar="+JUNE,1,1,1,1,1,1,1,20240601,20240630",
        trips="+R1,ALL,T3,0,EAST,1\nR1,JUNE,T4,0,EAST,1",
        stop_times="+T3,09:00:00,09:00:00,A,1\nT3,08:50:00,08:50:00,B,2\n"
        "T4,09:00:00,09:00:00,A,1\nT4,09:10:00,09:05:00,B,2\nT4,09:20:00,09:20:00,C,3",
    )
    assert codes(report) == {"times_go_back": 2}
    assert [e.row for e in find(report, "times_go_back").examples] == [9, 11]
