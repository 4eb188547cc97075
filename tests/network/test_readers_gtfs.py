"""One micro-feed a rule of GTFS, the timetable written out in the test."""

import datetime as dt

import numpy as np
import pytest

from network.base import parse_clock
from network.base.errors import NetworkInputError
from network.readers import count_service, read_timetable
from tests.builders.feeds import DAY, line_feed, write_feed


def read(tmp_path, *, day=DAY, include_spill=False, zipped=False, **changed):
    path = write_feed(tmp_path, zipped=zipped, **line_feed(**changed))
    return read_timetable(path, day, include_spill=include_spill)


def times_of(timetable, trip_id):
    """(stop_id, arrival, departure) of each call of a trip."""
    trip = timetable.trip_ids.index(trip_id)
    pattern = int(np.searchsorted(timetable.pattern_trip_offset, trip, side="right")) - 1
    arrival, departure = timetable.pattern_times(pattern)
    row = trip - timetable.pattern_trip_offset[pattern]
    return [
        (timetable.stops.ids[s], int(a), int(d))
        for s, a, d in zip(
            timetable.pattern_stops(pattern), arrival[row], departure[row], strict=True
        )
    ]


def clock(*texts):
    return tuple(parse_clock(t) for t in texts)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_trip_is_read_with_its_calls_from_a_folder_and_from_a_zip(tmp_path, zipped):
    timetable = read(tmp_path, zipped=zipped)
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
    timetable = read(tmp_path, calendar=None, calendar_dates=dates)
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


FREQUENCY = """
    trip_id,start_time,end_time,headway_secs{exact}
    T1,06:00:00,06:30:00,600{value}
    """


def test_a_frequency_becomes_trips_that_leave_before_its_end(tmp_path):
    frequencies = FREQUENCY.format(exact="", value="")
    timetable = read(tmp_path, frequencies=frequencies)
    assert timetable.trip_ids == ("T1@06:00:00", "T1@06:10:00", "T1@06:20:00")
    assert times_of(timetable, "T1@06:10:00") == [
        ("S1", *clock("06:10", "06:10")),
        ("S2", *clock("06:15", "06:16")),
        ("S3", *clock("06:20", "06:20")),
    ]
    assert timetable.trip_is_headway.tolist() == [True, True, True]


def test_exact_frequencies_are_trips_by_the_clock(tmp_path):
    frequencies = FREQUENCY.format(exact=",exact_times", value=",1")
    assert not read(tmp_path, frequencies=frequencies).trip_is_headway.any()


def test_a_frequency_without_departures_is_set_aside(tmp_path):
    frequencies = """
        trip_id,start_time,end_time,headway_secs
        T1,06:00:00,06:30:00,0
        T1,07:00:00,07:01:00,600
        """
    timetable = read(tmp_path, frequencies=frequencies)
    assert timetable.trip_ids == ("T1@07:00:00",)
    assert timetable.set_aside.counts == {"frequency that cannot be read": 1}


LATE = """
    trip_id,arrival_time,departure_time,stop_id,stop_sequence
    T1,23:50:00,23:50:00,S1,1
    T1,24:05:00,24:06:00,S2,2
    T1,24:20:00,24:20:00,S3,3
    """


def test_times_past_midnight_stay_with_their_service_date(tmp_path):
    assert times_of(read(tmp_path, stop_times=LATE), "T1")[-1] == ("S3", 87_600, 87_600)


def test_the_day_before_spills_its_calls_past_midnight_into_the_date(tmp_path):
    timetable = read(tmp_path, stop_times=LATE, include_spill=True)
    assert timetable.n_trips == 2
    assert times_of(timetable, "T1/2024-05-14") == [("S2", 300, 360), ("S3", 1200, 1200)]


def test_a_call_that_spans_midnight_spills_with_its_arrival_at_midnight(tmp_path):
    stop_times = LATE.replace("24:05:00,24:06:00", "23:59:00,24:06:00")
    timetable = read(tmp_path, stop_times=stop_times, include_spill=True)
    assert times_of(timetable, "T1/2024-05-14")[0] == ("S2", 0, 360)


def test_the_spill_over_a_clock_change_is_moved_by_the_days_true_length(tmp_path):
    # On Sunday 31 March 2024 Paris lost an hour: from noon to noon 23 hours pass.
    dates = "service_id,date,exception_type\nWK,20240330,1\nWK,20240331,1\n"
    timetable = read(
        tmp_path,
        day=dt.date(2024, 3, 31),
        include_spill=True,
        calendar=None,
        calendar_dates=dates,
        stop_times=LATE.replace("24:", "25:"),
    )
    assert times_of(timetable, "T1/2024-03-30")[-1] == ("S3", 8400, 8400)


def test_an_hour_of_one_digit_is_a_time(tmp_path):
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,6:40:00,6:40:00,S1,1
        T1,6:45:00,6:45:00,S2,2
        """
    assert times_of(read(tmp_path, stop_times=stop_times), "T1")[0] == ("S1", 24_000, 24_000)


def test_blank_times_are_spread_by_straight_line_distance(tmp_path):
    # S2 lies halfway between S1 and S3.
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,S1,1
        T1,,,S2,2
        T1,08:10:00,08:10:00,S3,3
        """
    assert times_of(read(tmp_path, stop_times=stop_times), "T1")[1] == (
        "S2",
        *clock("08:05", "08:05"),
    )


def test_blank_times_are_spread_by_shape_distance_where_it_is_given(tmp_path):
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled
        T1,08:00:00,08:00:00,S1,1,0
        T1,,,S2,2,1
        T1,08:10:00,08:10:00,S3,3,10
        """
    assert times_of(read(tmp_path, stop_times=stop_times), "T1")[1] == (
        "S2",
        *clock("08:01", "08:01"),
    )


def test_blank_times_at_the_ends_of_a_trip_are_set_aside(tmp_path):
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,,,S1,1
        T1,08:05:00,08:05:00,S2,2
        T1,08:10:00,08:10:00,S3,3
        """
    timetable = read(tmp_path, stop_times=stop_times)
    assert [stop for stop, _, _ in times_of(timetable, "T1")] == ["S2", "S3"]
    assert timetable.set_aside.counts == {"first or last stop time without a time": 1}


def test_an_arrival_alone_is_also_the_departure(tmp_path):
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,,S1,1
        T1,,08:05:00,S2,2
        """
    calls = times_of(read(tmp_path, stop_times=stop_times), "T1")
    assert calls == [("S1", 28_800, 28_800), ("S2", 29_100, 29_100)]


def test_pickup_and_dropoff_of_type_1_are_not_allowed(tmp_path):
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type
        T1,08:00:00,08:00:00,S1,1,,1
        T1,08:05:00,08:05:00,S2,2,1,0
        T1,08:10:00,08:10:00,S3,3,2,3
        """
    timetable = read(tmp_path, stop_times=stop_times)
    assert timetable.pattern_pickup.tolist() == [True, False, True]
    assert timetable.pattern_dropoff.tolist() == [False, True, True]


def test_trips_of_fewer_than_two_usable_calls_are_set_aside(tmp_path):
    trips = "route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2\n"
    stop_times = line_feed()["stop_times"] + "T2,09:00:00,09:00:00,S1,1\n"
    timetable = read(tmp_path, trips=trips, stop_times=stop_times)
    assert timetable.trip_ids == ("T1",)
    assert timetable.set_aside.counts == {"trip with fewer than two usable calls": 1}


@pytest.mark.parametrize(
    "second", ["07:59:00,08:01:00", "08:05:00,08:04:00"], ids=["between stops", "at a stop"]
)
def test_a_trip_that_goes_back_in_time_is_set_aside_with_its_line(tmp_path, second):
    trips = "route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2\n"
    stop_times = line_feed()["stop_times"] + f"T2,08:00:00,08:00:00,S1,1\nT2,{second},S2,2\n"
    timetable = read(tmp_path, trips=trips, stop_times=stop_times)
    assert timetable.trip_ids == ("T1",)
    assert timetable.set_aside.counts == {"trip that goes back in time": 1}
    assert [p.row for p in timetable.set_aside.problems] == [6]


def test_broken_references_are_set_aside_and_the_rest_is_kept(tmp_path):
    trips = "route_id,service_id,trip_id\nR1,WK,T1\nR9,WK,T2\n"
    stop_times = (
        line_feed()["stop_times"]
        + "T1,08:20:00,08:20:00,S9,4\nT9,08:00:00,08:00:00,S1,1\nT9,08:10:00,08:10:00,S2,2\n"
    )
    timetable = read(tmp_path, trips=trips, stop_times=stop_times)
    assert timetable.trip_ids == ("T1",)
    assert timetable.n_stop_times == 3
    assert timetable.set_aside.counts == {
        "trip of an unknown route": 1,
        "stop time of an unknown trip": 2,
        "stop time at an unknown stop": 1,
    }


def test_a_stop_without_coordinates_is_set_aside_with_its_calls(tmp_path):
    stops = line_feed()["stops"].replace("S2,Two,48.90,2.33", "S2,Two,,")
    timetable = read(tmp_path, stops=stops)
    assert timetable.stops.ids == ("S1", "S3")
    assert timetable.set_aside.counts["stop without an id or coordinates"] == 1


def test_an_unreadable_time_sets_its_row_aside(tmp_path):
    stop_times = line_feed()["stop_times"].replace("08:05:00,08:06:00", "8h05,8h06")
    timetable = read(tmp_path, stop_times=stop_times)
    assert timetable.n_stop_times == 2
    assert timetable.set_aside.counts == {"stop time with an unreadable time": 1}
    assert timetable.set_aside.problems[0].row == 3


def test_a_word_in_a_numbers_place_sets_its_row_aside_not_the_feed(tmp_path):
    stop_times = line_feed()["stop_times"] + "T1,08:20:00,08:20:00,S1,four\n"
    timetable = read(tmp_path, stop_times=stop_times)
    assert timetable.n_stop_times == 3
    (problem,) = timetable.set_aside.problems
    assert (problem.row, problem.field, problem.found) == (5, "stop_sequence", "'four'")


def test_a_row_of_too_many_fields_is_set_aside_not_the_feed(tmp_path):
    stop_times = line_feed()["stop_times"] + "T1,08:20:00,08:20:00,S1,4,5,6,7\n"
    timetable = read(tmp_path, stop_times=stop_times)
    assert timetable.n_stop_times == 3
    assert timetable.set_aside.counts == {"row with a wrong number of fields": 1}


def test_a_stop_sequence_given_twice_keeps_one_call(tmp_path):
    stop_times = line_feed()["stop_times"] + "T1,08:12:00,08:12:00,S1,3\n"
    timetable = read(tmp_path, stop_times=stop_times)
    assert [s for s, _, _ in times_of(timetable, "T1")] == ["S1", "S2", "S3"]
    assert timetable.set_aside.counts == {"stop_sequence given twice in a trip": 1}


def test_stops_of_one_parent_are_one_station_with_platforms(tmp_path):
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code
        P,Central,48.90,2.30,1,,
        S1,Central east,48.90,2.30,0,P,A
        S2,Central west,48.91,2.33,0,P,B
        S3,Three,48.90,2.36,0,,
        """
    timetable = read(tmp_path, stops=stops)
    assert timetable.stops.ids == ("S1", "S2", "S3")
    assert timetable.stops.platforms == ("A", "B", "")
    assert timetable.stops.station.tolist() == [0, 0, 1]
    assert timetable.stops.station_names == ("Central", "Three")


def test_stops_without_parent_are_one_station_by_name_within_300_m(tmp_path):
    # 0.002 degrees of latitude are 222 m, 0.02 are 2.2 km.
    stops = """
        stop_id,stop_name,stop_lat,stop_lon
        S1,Square,48.900,2.30
        S2,Square,48.902,2.30
        S3,Square,48.920,2.30
        """
    timetable = read(tmp_path, stops=stops)
    assert timetable.stops.station.tolist() == [0, 0, 1]
    assert timetable.stops.station_names == ("Square", "Square")


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
    timetable = read(tmp_path, trips=trips, stop_times=stop_times)
    assert timetable.n_patterns == 2
    assert timetable.trip_ids == ("SLOW", "LAST", "FAST")
    for pattern in range(2):
        for times in timetable.pattern_times(pattern):
            assert (np.diff(times, axis=0) >= 0).all()


def test_headsigns_in_words_are_kept_and_mission_numbers_are_not(tmp_path):
    trips = "route_id,service_id,trip_id,trip_headsign\nR1,WK,T1,{}\n"
    assert read(tmp_path, trips=trips.format("Airport")).pattern_headsign == ("Airport",)
    assert read(tmp_path, trips=trips.format("104")).pattern_headsign == ("Three",)


def test_vehicle_room_follows_the_route_type(tmp_path):
    timetable = read(tmp_path)
    full_pax = timetable.trip_seats[0] + 4 * timetable.trip_standing_m2[0]
    assert full_pax == pytest.approx(570)
