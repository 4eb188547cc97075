"""When trips run: frequencies, midnight, blank times; one rule a test."""

import datetime as dt

from network.readers import read_network
from network.routing import Place, find_itineraries
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.reading import clock, read_line, times_of

FREQUENCY = """
    trip_id,start_time,end_time,headway_secs{exact}
    T1,06:00:00,06:30:00,600{value}
    """


def test_a_frequency_becomes_trips_that_leave_before_its_end(tmp_path):
    frequencies = FREQUENCY.format(exact="", value="")
    timetable = read_line(tmp_path, frequencies=frequencies)
    assert timetable.trip_ids == ("T1@06:00:00", "T1@06:10:00", "T1@06:20:00")
    assert times_of(timetable, "T1@06:10:00") == [
        ("S1", *clock("06:10", "06:10")),
        ("S2", *clock("06:15", "06:16")),
        ("S3", *clock("06:20", "06:20")),
    ]
    assert timetable.trip_is_headway.tolist() == [True, True, True]


def test_exact_frequencies_are_trips_by_the_clock(tmp_path):
    frequencies = FREQUENCY.format(exact=",exact_times", value=",1")
    assert not read_line(tmp_path, frequencies=frequencies).trip_is_headway.any()


def test_a_frequency_without_departures_is_set_aside(tmp_path):
    frequencies = """
        trip_id,start_time,end_time,headway_secs
        T1,06:00:00,06:30:00,0
        T1,07:00:00,07:01:00,600
        """
    timetable = read_line(tmp_path, frequencies=frequencies)
    assert timetable.trip_ids == ("T1@07:00:00",)
    assert timetable.set_aside.counts == {"frequency that cannot be read": 1}


LATE = """
    trip_id,arrival_time,departure_time,stop_id,stop_sequence
    T1,23:50:00,23:50:00,S1,1
    T1,24:05:00,24:06:00,S2,2
    T1,24:20:00,24:20:00,S3,3
    """


def test_times_past_midnight_stay_with_their_service_date(tmp_path):
    assert times_of(read_line(tmp_path, stop_times=LATE), "T1")[-1] == ("S3", 87_600, 87_600)


def test_a_trip_of_the_day_before_runs_on_past_midnight_its_earlier_times_negative(tmp_path):
    timetable = read_line(tmp_path, stop_times=LATE, include_spill=True)
    assert timetable.trip_ids == ("T1/2024-05-14", "T1")
    assert timetable.n_patterns == 1
    assert times_of(timetable, "T1/2024-05-14") == [
        ("S1", -600, -600),
        ("S2", 300, 360),
        ("S3", 1200, 1200),
    ]


def test_a_trip_of_the_day_before_with_one_call_past_midnight_is_not_run(tmp_path):
    stop_times = LATE.replace("24:05:00,24:06:00", "23:58:00,23:59:00")
    assert read_line(tmp_path, stop_times=stop_times, include_spill=True).trip_ids == ("T1",)


def test_nobody_boards_a_trip_of_the_day_before_where_it_left_before_midnight(tmp_path):
    network = read_network(write_feed(tmp_path, **line_feed(stop_times=LATE)), DAY)
    places = [Place.at_station(network.timetable, i) for i in range(3)]
    first = find_itineraries(network, places[0], places[2], departure_s=0).itineraries
    assert [i.legs[0].trip_id for i in first] == ["T1"]
    second = find_itineraries(network, places[1], places[2], departure_s=0).itineraries
    assert [i.legs[0].trip_id for i in second] == ["T1/2024-05-14"]


def test_a_call_that_spans_midnight_spills_with_its_arrival_at_midnight(tmp_path):
    stop_times = LATE.replace("24:05:00,24:06:00", "23:59:00,24:06:00")
    timetable = read_line(tmp_path, stop_times=stop_times, include_spill=True)
    assert times_of(timetable, "T1/2024-05-14")[1] == ("S2", 0, 360)


def test_the_spill_over_a_clock_change_is_moved_by_the_days_true_length(tmp_path):
    # On Sunday 31 March 2024 Paris lost an hour: from noon to noon 23 hours pass.
    dates = "service_id,date,exception_type\nWK,20240330,1\nWK,20240331,1\n"
    timetable = read_line(
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
    assert times_of(read_line(tmp_path, stop_times=stop_times), "T1")[0] == ("S1", 24_000, 24_000)


def test_blank_times_are_spread_by_straight_line_distance(tmp_path):
    # S2 lies halfway between S1 and S3.
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,S1,1
        T1,,,S2,2
        T1,08:10:00,08:10:00,S3,3
        """
    assert times_of(read_line(tmp_path, stop_times=stop_times), "T1")[1] == (
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
    assert times_of(read_line(tmp_path, stop_times=stop_times), "T1")[1] == (
        "S2",
        *clock("08:01", "08:01"),
    )


def test_blank_times_of_one_gap_are_spread_by_one_measure(tmp_path):
    # By distance S2 lies at nine tenths; S3, halfway on the straight line, has no distance:
    # a measure for each would send the trip back in time.
    stops = line_feed()["stops"] + "S4,Four,48.90,2.42\n"
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled
        T1,08:00:00,08:00:00,S1,1,0
        T1,,,S2,2,9
        T1,,,S3,3,
        T1,08:20:00,08:20:00,S4,4,10
        """
    timetable = read_line(tmp_path, stops=stops, stop_times=stop_times)
    assert [a for _, a, _ in times_of(timetable, "T1")] == [28_800, 29_100, 29_400, 30_000]


def test_distances_that_shrink_do_not_spread_blank_times(tmp_path):
    stops = line_feed()["stops"] + "S4,Four,48.90,2.42\n"
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled
        T1,08:00:00,08:00:00,S1,1,0
        T1,,,S2,2,9
        T1,,,S3,3,2
        T1,08:20:00,08:20:00,S4,4,10
        """
    timetable = read_line(tmp_path, stops=stops, stop_times=stop_times)
    assert [a for _, a, _ in times_of(timetable, "T1")] == [28_800, 29_100, 29_400, 30_000]


def test_blank_times_of_stops_in_one_place_are_spread_evenly(tmp_path):
    stops = line_feed()["stops"].replace("2.33", "2.30").replace("2.36", "2.30")
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,S1,1
        T1,,,S2,2
        T1,08:10:00,08:10:00,S3,3
        """
    assert times_of(read_line(tmp_path, stops=stops, stop_times=stop_times), "T1")[1][1] == 29_100


def test_blank_times_at_the_ends_of_a_trip_are_set_aside(tmp_path):
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,,,S1,1
        T1,08:05:00,08:05:00,S2,2
        T1,08:10:00,08:10:00,S3,3
        """
    timetable = read_line(tmp_path, stop_times=stop_times)
    assert [stop for stop, _, _ in times_of(timetable, "T1")] == ["S2", "S3"]
    assert timetable.set_aside.counts == {"first or last stop time without a time": 1}


def test_an_arrival_alone_is_also_the_departure(tmp_path):
    stop_times = """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,,S1,1
        T1,,08:05:00,S2,2
        """
    calls = times_of(read_line(tmp_path, stop_times=stop_times), "T1")
    assert calls == [("S1", 28_800, 28_800), ("S2", 29_100, 29_100)]


def test_a_frequency_of_an_unknown_trip_is_set_aside(tmp_path):
    frequencies = """
        trip_id,start_time,end_time,headway_secs
        T1,06:00:00,06:30:00,600
        T9,06:00:00,06:30:00,600
        """
    timetable = read_line(tmp_path, frequencies=frequencies)
    assert timetable.n_trips == 3
    assert timetable.set_aside.counts == {"frequency of an unknown trip": 1}
    assert timetable.set_aside.problems[0].row == 3


def test_a_frequency_of_endless_departures_is_set_aside(tmp_path):
    frequencies = """
        trip_id,start_time,end_time,headway_secs
        T1,06:00:00,06:30:00,600
        T1,07:00:00,999:00:00,1
        """
    timetable = read_line(tmp_path, frequencies=frequencies)
    assert timetable.n_trips == 3
    assert timetable.set_aside.counts == {"frequency that cannot be read": 1}


def test_frequencies_that_overlap_run_a_departure_once_and_by_the_clock_if_one_does(tmp_path):
    frequencies = """
        trip_id,start_time,end_time,headway_secs,exact_times
        T1,06:00:00,06:30:00,600,0
        T1,06:20:00,06:50:00,600,1
        """
    timetable = read_line(tmp_path, frequencies=frequencies)
    assert [t.removeprefix("T1@") for t in timetable.trip_ids] == [
        "06:00:00", "06:10:00", "06:20:00", "06:30:00", "06:40:00",
    ]  # fmt: skip
    assert timetable.trip_is_headway.tolist() == [True, True, False, False, False]
