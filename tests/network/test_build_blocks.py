"""Passengers stay on board from trip to trip: one rule of block_id and transfers a test."""

import datetime as dt

import pytest

from network.readers import read_timetable
from tests.builders.feeds import DAY, line_feed, write_feed

STOPS = """
    stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
    C,Central,48.90,2.30,1,
    A,Alpha,48.90,2.20,0,
    B,Beta,48.90,2.25,0,
    C1,Central,48.90,2.30,0,C
    C2,Central,48.90,2.301,0,C
    D,Delta,48.90,2.40,0,
    """


def blocks_feed(trips, *, transfers=None, frequencies=None, calendar_dates=None):
    """Files of trips {id: (block, [(stop, time), ...])} of one route."""
    rows = [f"R1,{'SAT' if t.startswith('SAT') else 'WK'},{t},{b}" for t, (b, _) in trips.items()]
    calls = [
        f"{trip},{time}:00,{time}:00,{stop},{i}"
        for trip, (_, path) in trips.items()
        for i, (stop, time) in enumerate(path)
    ]
    files = {
        "stops": STOPS,
        "trips": "\n".join(["route_id,service_id,trip_id,block_id", *rows]),
        "stop_times": "\n".join(
            ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *calls]
        ),
    }
    if transfers:
        header = "from_stop_id,to_stop_id,transfer_type,from_trip_id,to_trip_id"
        files["transfers"] = "\n".join([header, *transfers])
    if frequencies:
        header = "trip_id,start_time,end_time,headway_secs,exact_times"
        files["frequencies"] = "\n".join([header, *frequencies])
    if calendar_dates:
        files["calendar_dates"] = calendar_dates
    return line_feed(**files)


def read(tmp_path, trips, *, include_spill=False, day=DAY, **files):
    path = write_feed(tmp_path, **blocks_feed(trips, **files))
    return read_timetable(path, day, include_spill=include_spill)


def links(timetable):
    return {
        timetable.trip_ids[i]: timetable.trip_ids[b]
        for i, b in enumerate(timetable.trip_next.tolist())
        if b >= 0
    }


OUT, BACK = [("A", "08:00"), ("B", "08:10")], [("B", "08:15"), ("A", "08:25")]


def test_a_trip_goes_on_as_the_next_of_its_block(tmp_path):
    trips = {
        "T1": ("X", OUT),
        "T2": ("X", BACK),
        "T3": ("X", [("A", "08:25"), ("B", "08:35")]),  # leaves as T2 arrives
        "other": ("Y", [("B", "08:12"), ("A", "08:20")]),
        "none": ("", [("B", "08:11"), ("A", "08:21")]),
    }
    timetable = read(tmp_path, trips)
    assert links(timetable) == {"T1": "T2", "T2": "T3"}
    assert timetable.set_aside.total == 0


def test_without_blocks_no_trip_goes_on(tmp_path):
    assert links(read(tmp_path, {"T1": ("", OUT), "T2": ("", BACK)})) == {}


def test_a_block_goes_on_from_one_platform_of_a_station_to_another(tmp_path):
    trips = {
        "T1": ("X", [("A", "08:00"), ("C1", "08:10")]),
        "T2": ("X", [("C2", "08:15"), ("D", "08:25")]),
    }
    assert links(read(tmp_path, trips)) == {"T1": "T2"}


def test_a_block_that_starts_again_elsewhere_takes_nobody_along(tmp_path):
    trips = {"T1": ("X", OUT), "T2": ("X", [("D", "08:20"), ("A", "08:40")])}
    timetable = read(tmp_path, trips)
    assert links(timetable) == {}
    assert timetable.set_aside.total == 0  # a vehicle may well run empty to its next trip


def test_only_consecutive_trips_of_a_block_are_linked(tmp_path):
    # T2 lies between T1 and T3, which would fit each other.
    trips = {
        "T1": ("X", OUT),
        "T2": ("X", [("D", "08:12"), ("A", "08:13")]),
        "T3": ("X", [("B", "08:15"), ("D", "08:20")]),
    }
    assert links(read(tmp_path, trips)) == {}


def test_trips_of_a_block_that_overlap_are_counted_and_not_linked(tmp_path):
    trips = {
        "T1": ("X", OUT),
        "T2": ("X", [("B", "08:09"), ("A", "08:20")]),
        "T3": ("X", [("A", "08:30"), ("B", "08:40")]),
        "T4": ("X", [("B", "08:40"), ("A", "08:50")]),
    }
    timetable = read(tmp_path, trips)
    assert links(timetable) == {"T3": "T4"}
    assert timetable.set_aside.counts == {"trip that overlaps another of its block": 2}
    assert timetable.n_trips == 4  # the trips themselves run


def test_a_trip_of_another_day_is_of_another_block(tmp_path):
    trips = {"T1": ("X", OUT), "SAT2": ("X", BACK), "T3": ("X", [("B", "09:00"), ("A", "09:10")])}
    dates = "service_id,date,exception_type\nSAT,20240518,1\n"
    assert links(read(tmp_path, trips, calendar_dates=dates)) == {"T1": "T3"}


def test_two_services_of_one_day_share_a_block(tmp_path):
    trips = {"T1": ("X", OUT), "SAT2": ("X", BACK)}
    dates = "service_id,date,exception_type\nSAT,20240515,1\n"
    assert links(read(tmp_path, trips, calendar_dates=dates)) == {"T1": "SAT2"}


NIGHT = {
    "T1": ("X", [("A", "23:50"), ("B", "24:10"), ("A", "24:20")]),
    "T2": ("X", [("A", "24:30"), ("B", "24:40")]),
    "T3": ("X", [("A", "00:30"), ("B", "00:45")]),
}


def test_the_day_before_goes_on_within_itself_and_not_into_the_date(tmp_path):
    # T3 leaves at the same time as the day before's T2: it is another day's vehicle.
    timetable = read(tmp_path, NIGHT, include_spill=True)
    assert links(timetable) == {"T1/2024-05-14": "T2/2024-05-14", "T1": "T2"}


def test_a_loop_goes_on_as_itself(tmp_path):
    loop = [("A", "08:00"), ("B", "08:10"), ("A", "08:20")]
    later = [("A", "08:20"), ("B", "08:30"), ("A", "08:40")]
    assert links(read(tmp_path, {"T1": ("X", loop), "T2": ("X", later)})) == {"T1": "T2"}


def test_exact_frequencies_are_trips_of_their_block(tmp_path):
    trips = {"T1": ("X", OUT), "T2": ("X", BACK)}
    timetable = read(
        tmp_path,
        trips,
        frequencies=["T1,08:00:00,09:00:00,1800,1", "T2,08:15:00,09:00:00,1800,1"],
    )
    assert links(timetable) == {
        "T1@08:00:00": "T2@08:15:00",
        "T2@08:15:00": "T1@08:30:00",
        "T1@08:30:00": "T2@08:45:00",
    }


def test_of_trips_by_headway_only_loops_go_on_as_their_next_round(tmp_path):
    # A round takes 20 minutes and leaves every 15: who leaves at 8:00 goes on at 8:30.
    trips = {
        "L": ("X", [("A", "08:00"), ("B", "08:10"), ("A", "08:20")]),
        "T1": ("X", OUT),
        "T2": ("X", BACK),
    }
    timetable = read(
        tmp_path,
        trips,
        frequencies=[
            "L,08:00:00,09:00:00,900,0",
            "T1,10:00:00,11:00:00,900,0",
            "T2,10:15:00,11:00:00,900,0",
        ],
    )
    assert links(timetable) == {"L@08:00:00": "L@08:30:00", "L@08:15:00": "L@08:45:00"}
    assert timetable.set_aside.total == 0


def test_a_transfer_of_type_4_links_trips_without_a_block(tmp_path):
    trips = {"T1": ("", OUT), "T2": ("", [("D", "08:20"), ("A", "08:40")])}
    transfers = [",,4,T1,T2"]
    assert links(read(tmp_path, trips, transfers=transfers)) == {"T1": "T2"}


def test_a_transfer_of_type_4_goes_before_the_block(tmp_path):
    trips = {"T1": ("X", OUT), "T2": ("X", BACK), "T3": ("Y", [("B", "08:30"), ("D", "08:40")])}
    assert links(read(tmp_path, trips, transfers=["B,B,4,T1,T3"])) == {"T1": "T3"}


def test_a_transfer_of_type_5_parts_what_a_block_links(tmp_path):
    trips = {"T1": ("X", OUT), "T2": ("X", BACK), "T3": ("X", [("A", "08:30"), ("B", "08:40")])}
    assert links(read(tmp_path, trips, transfers=[",,5,T1,T2"])) == {"T2": "T3"}


def test_a_type_4_trip_that_has_left_already_is_not_caught(tmp_path):
    trips = {"T1": ("", OUT), "T2": ("", [("B", "08:09"), ("A", "08:19")])}
    assert links(read(tmp_path, trips, transfers=["B,B,4,T1,T2"])) == {}


def test_a_type_4_trip_may_be_of_the_next_service_day(tmp_path):
    # The day before's T1 arrives at 0:10; T2 of the date leaves at 0:15.
    trips = {
        "T1": ("", [("A", "23:50"), ("B", "24:05"), ("A", "24:10")]),
        "T2": ("", [("A", "00:15"), ("B", "00:30")]),
    }
    timetable = read(tmp_path, trips, transfers=[",,4,T1,T2"], include_spill=True)
    assert links(timetable) == {"T1/2024-05-14": "T2"}


def test_of_several_type_4_trips_the_first_to_leave_is_taken_and_the_rest_counted(tmp_path):
    trips = {
        "T1": ("", OUT),
        "T2": ("", [("B", "08:20"), ("A", "08:30")]),
        "T3": ("", [("B", "08:12"), ("D", "08:30")]),
    }
    timetable = read(tmp_path, trips, transfers=["B,B,4,T1,T2", "B,B,4,T1,T3"])
    assert links(timetable) == {"T1": "T3"}
    assert timetable.set_aside.counts == {"second trip that a vehicle goes on as": 1}


@pytest.mark.parametrize("day", [DAY, dt.date(2024, 5, 16)])
def test_links_do_not_depend_on_the_order_of_trips(tmp_path, day):
    trips = {
        "T1": ("X", OUT),
        "T2": ("X", BACK),
        "T3": ("X", [("A", "08:30"), ("B", "08:40")]),
    }
    found = []
    for i, ids in enumerate((sorted(trips), sorted(trips, reverse=True))):
        folder = tmp_path / str(i)
        folder.mkdir()
        found.append(links(read(folder, {t: trips[t] for t in ids}, day=day)))
    assert found[0] == found[1] == {"T1": "T2", "T2": "T3"}
