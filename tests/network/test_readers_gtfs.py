"""One micro-feed a rule of GTFS, the timetable written out in the test."""

import datetime as dt

import numpy as np
import pytest

from network.base.errors import NetworkInputError
from network.readers import count_service, read_timetable
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.reading import clock, read_line, times_of


@pytest.mark.parametrize("zipped", [False, True])
def test_a_trip_is_read_with_its_calls_from_a_folder_and_from_a_zip(tmp_path, zipped):
    timetable = read_line(tmp_path, zipped=zipped)
    assert timetable.trip_ids == ("T1",)
    assert times_of(timetable, "T1") == [
        ("S1", *clock("08:00", "08:00")),
        ("S2", *clock("08:05", "08:06")),
        ("S3", *clock("08:10", "08:10")),
    ]
    assert timetable.routes.lines == ("1",)
    assert timetable.pattern_headsign == ("Three",)
    assert timetable.timezone == "Europe/Paris"
    assert timetable.set_aside.total == 0


def test_a_calendar_exception_removes_and_adds_service(tmp_path):
    dates = "service_id,date,exception_type\nWK,20240515,2\nWK,20240518,1\n"
    path = write_feed(tmp_path, **line_feed(calendar_dates=dates))
    saturday = dt.date(2024, 5, 18)
    assert read_timetable(path, saturday).n_trips == 1
    with pytest.raises(NetworkInputError, match="2024-05-14 and 2024-05-16"):
        read_timetable(path, DAY)


def test_calendar_dates_alone_are_enough(tmp_path):
    dates = "service_id,date,exception_type\nWK,20240515,1\n"
    timetable = read_line(tmp_path, calendar=None, calendar_dates=dates)
    assert timetable.n_trips == 1


def test_a_date_outside_the_feed_is_refused_with_the_dates_it_covers(tmp_path):
    path = write_feed(tmp_path, **line_feed())
    with pytest.raises(NetworkInputError, match="from 2024-01-01 to 2024-12-31"):
        read_timetable(path, dt.date(2023, 5, 15))


def test_a_date_inside_without_service_is_refused_with_the_nearest_dates(tmp_path):
    path = write_feed(tmp_path, **line_feed())
    with pytest.raises(NetworkInputError, match="nearest: 2024-05-17 and 2024-05-20"):
        read_timetable(path, dt.date(2024, 5, 18))


def test_service_is_counted_by_date(tmp_path):
    dates = "service_id,date,exception_type\nWK,20240515,1\nWK,20240517,1\n"
    path = write_feed(tmp_path, **line_feed(calendar=None, calendar_dates=dates))
    assert count_service(path) == {dt.date(2024, 5, 15): 1, dt.date(2024, 5, 17): 1}


def test_pickup_and_dropoff_of_type_1_are_not_allowed(tmp_path):
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type
        T1,08:00:00,08:00:00,S1,1,,1
        T1,08:05:00,08:05:00,S2,2,1,0
        T1,08:10:00,08:10:00,S3,3,2,3
        """
    timetable = read_line(tmp_path, stop_times=stop_times)
    assert timetable.pattern_pickup.tolist() == [True, False, True]
    assert timetable.pattern_dropoff.tolist() == [False, True, True]


def test_trips_of_fewer_than_two_usable_calls_are_set_aside(tmp_path):
    trips = "route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2\n"
    stop_times = line_feed()["stop_times"] + "T2,09:00:00,09:00:00,S1,1\n"
    timetable = read_line(tmp_path, trips=trips, stop_times=stop_times)
    assert timetable.trip_ids == ("T1",)
    assert timetable.set_aside.counts == {"trip with fewer than two usable calls": 1}


@pytest.mark.parametrize(
    "second", ["07:59:00,08:01:00", "08:05:00,08:04:00"], ids=["between stops", "at a stop"]
)
def test_a_trip_that_goes_back_in_time_is_set_aside_with_its_line(tmp_path, second):
    trips = "route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2\n"
    stop_times = line_feed()["stop_times"] + f"T2,08:00:00,08:00:00,S1,1\nT2,{second},S2,2\n"
    timetable = read_line(tmp_path, trips=trips, stop_times=stop_times)
    assert timetable.trip_ids == ("T1",)
    assert timetable.set_aside.counts == {"trip that goes back in time": 1}
    assert [p.row for p in timetable.set_aside.problems] == [6]


def test_broken_references_are_set_aside_and_the_rest_is_kept(tmp_path):
    trips = "route_id,service_id,trip_id\nR1,WK,T1\nR9,WK,T2\n"
    stop_times = (
        line_feed()["stop_times"]
        + "T1,08:20:00,08:20:00,S9,4\nT9,08:00:00,08:00:00,S1,1\nT9,08:10:00,08:10:00,S2,2\n"
        + "T2,08:00:00,08:00:00,S1,1\n"
    )
    timetable = read_line(tmp_path, trips=trips, stop_times=stop_times)
    assert timetable.trip_ids == ("T1",)
    assert timetable.n_stop_times == 3
    assert timetable.set_aside.counts == {
        "trip of an unknown route": 1,
        "stop time of an unknown trip": 3,  # two of T9, and one of T2, whose route is unknown
        "stop time at an unknown stop": 1,
    }


def test_a_stop_without_coordinates_is_set_aside_with_its_calls(tmp_path):
    stops = line_feed()["stops"].replace("S2,Two,48.90,2.33", "S2,Two,,")
    timetable = read_line(tmp_path, stops=stops)
    assert timetable.stops.ids == ("S1", "S3")
    assert timetable.set_aside.counts["stop without an id or coordinates"] == 1


def test_an_unreadable_time_sets_its_row_aside(tmp_path):
    stop_times = line_feed()["stop_times"].replace("08:05:00,08:06:00", "8h05,8h06")
    timetable = read_line(tmp_path, stop_times=stop_times)
    assert timetable.n_stop_times == 2
    assert timetable.set_aside.counts == {"stop time with an unreadable time": 1}
    assert timetable.set_aside.problems[0].row == 3


def test_a_word_in_a_numbers_place_sets_its_row_aside_not_the_feed(tmp_path):
    stop_times = line_feed()["stop_times"] + "T1,08:20:00,08:20:00,S1,four\n"
    timetable = read_line(tmp_path, stop_times=stop_times)
    assert timetable.n_stop_times == 3
    (problem,) = timetable.set_aside.problems
    assert (problem.row, problem.field, problem.found) == (5, "stop_sequence", "'four'")


def test_a_row_of_too_many_fields_is_set_aside_not_the_feed(tmp_path):
    stop_times = line_feed()["stop_times"] + "T1,08:20:00,08:20:00,S1,4,5,6,7\n"
    timetable = read_line(tmp_path, stop_times=stop_times)
    assert timetable.n_stop_times == 3
    assert timetable.set_aside.counts == {"row with a wrong number of fields": 1}


def test_a_stop_sequence_given_twice_keeps_one_call(tmp_path):
    stop_times = line_feed()["stop_times"] + "T1,08:12:00,08:12:00,S1,3\n"
    timetable = read_line(tmp_path, stop_times=stop_times)
    assert [s for s, _, _ in times_of(timetable, "T1")] == ["S1", "S2", "S3"]
    assert timetable.set_aside.counts == {"stop_sequence given twice in a trip": 1}


def test_trips_that_overtake_are_parted_into_lanes(tmp_path):
    trips = "route_id,service_id,trip_id\nR1,WK,SLOW\nR1,WK,FAST\nR1,WK,LAST\n"
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        SLOW,08:00:00,08:00:00,S1,1
        SLOW,08:30:00,08:30:00,S2,2
        FAST,08:10:00,08:10:00,S1,1
        FAST,08:20:00,08:20:00,S2,2
        LAST,08:40:00,08:40:00,S1,1
        LAST,08:50:00,08:50:00,S2,2
        """
    timetable = read_line(tmp_path, trips=trips, stop_times=stop_times)
    assert timetable.n_patterns == 2
    assert timetable.trip_ids == ("SLOW", "LAST", "FAST")
    for pattern in range(2):
        for times in timetable.pattern_times(pattern):
            assert (np.diff(times, axis=0) >= 0).all()


def test_headsigns_in_words_are_kept_and_mission_numbers_are_not(tmp_path):
    trips = "route_id,service_id,trip_id,trip_headsign\nR1,WK,T1,{}\n"
    assert read_line(tmp_path, trips=trips.format("Airport")).pattern_headsign == ("Airport",)
    assert read_line(tmp_path, trips=trips.format("104")).pattern_headsign == ("Three",)


def test_vehicle_room_follows_the_route_type(tmp_path):
    timetable = read_line(tmp_path)
    full_pax = timetable.trip_seats[0] + 4 * timetable.trip_standing_m2[0]
    assert full_pax == pytest.approx(570)
