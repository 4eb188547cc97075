"""What is no ordinary trip from stop to stop: set aside or counted by name, one rule a feed."""

import pytest

from network.base.errors import NetworkInputError
from network.building.flexible import NEEDS_BOOKING
from network.quality.check import check_files
from network.readers import read_timetable
from tests.builders.feeds import DAY, line_feed, write_feed

TRIPS = "route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2"
CALLS = (
    ("T1,08:00:00,08:00:00,S1,1", "T1,08:10:00,08:10:00,S2,2", "T1,08:20:00,08:20:00,S3,3"),
    ("T2,09:00:00,09:00:00,S1,1", "T2,09:10:00,09:10:00,S2,2", "T2,09:20:00,09:20:00,S3,3"),
)
HEAD = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"


def read(folder, extra="", *ends, times=None, **files):
    """Read two trips; ``ends`` are what stands in the extra columns of T2's three calls."""
    rows = [*(row + "," * extra.count(",") for row in CALLS[0])]
    rows += [row + end for row, end in zip(CALLS[1], ends or ("",) * 3, strict=True)]
    feed = line_feed(trips=TRIPS, stop_times="\n".join([HEAD + extra, *(times or rows)]), **files)
    return read_timetable(write_feed(folder, **feed), DAY, include_spill=False)


@pytest.mark.parametrize("column", ["location_group_id", "location_id"])
def test_a_trip_that_serves_a_zone_is_on_demand_and_set_aside_by_name(tmp_path, column):
    # T2's middle call has no stop but a zone; without this it would skip from S1 to S3.
    times = [row + "," for row in CALLS[0]]
    times += ["T2,09:00:00,09:00:00,S1,1,", "T2,,,,2,zone", "T2,09:20:00,09:20:00,S3,3,"]
    timetable = read(tmp_path, f",{column}", times=times)
    assert timetable.trip_ids == ("T1",)
    assert timetable.set_aside.counts[f"trip on demand ({column})"] == 1
    problem = timetable.set_aside.examples[f"trip on demand ({column})"][0]
    assert (problem.file, problem.row) == ("feed/stop_times.txt", 6)
    assert "T2" in problem.found


def test_a_trip_with_a_window_of_time_is_on_demand_once(tmp_path):
    window = ",start_pickup_drop_off_window,end_pickup_drop_off_window"
    timetable = read(tmp_path, window, ",,", ",09:00:00,11:00:00", ",09:00:00,11:00:00")
    assert timetable.trip_ids == ("T1",)
    on_demand = {k: n for k, n in timetable.set_aside.counts.items() if "on demand" in k}
    assert on_demand == {"trip on demand (start_pickup_drop_off_window)": 1}


def test_a_feed_of_trips_on_demand_alone_has_no_usable_trip_and_says_why(tmp_path):
    times = [row + ",zone" for trip in CALLS for row in trip]
    with pytest.raises(NetworkInputError, match="trip on demand"):
        read(tmp_path, ",location_id", times=times)


@pytest.mark.parametrize(
    ("extra", "ends"),
    [
        (",pickup_type", (",2", ",0", ",0")),
        (",drop_off_type", (",0", ",0", ",3")),
        (",pickup_booking_rule_id", (",rule", ",", ",")),
        (",drop_off_booking_rule_id", (",", ",", ",rule")),
    ],
)
def test_calls_to_be_booked_are_kept_and_counted(tmp_path, extra, ends):
    timetable = read(tmp_path, extra, *ends)
    assert timetable.n_trips == 2
    assert timetable.set_aside.counts[NEEDS_BOOKING] == 1


def test_an_ordinary_feed_counts_nothing_of_all_this(tmp_path):
    assert read(tmp_path).set_aside.counts == {}


@pytest.mark.parametrize(
    ("extra", "ends", "routes"),
    [
        (",continuous_pickup", (",0", ",1", ",1"), None),
        (",continuous_drop_off", (",2", ",", ","), None),
        ("", (), "route_id,route_short_name,route_type,continuous_pickup\nR1,1,3,0"),
    ],
)
def test_trips_that_stop_anywhere_are_counted_and_stop_at_their_stops(
    tmp_path, extra, ends, routes
):
    files = {} if routes is None else {"routes": routes}
    timetable = read(tmp_path, extra, *ends, **files)
    kind = "trip that stops anywhere on its way, here at its stops alone"
    # By the route all its trips, by a call the one.
    assert timetable.set_aside.counts == {kind: 1 if routes is None else 2}
    assert timetable.n_trips == 2


def test_a_stop_that_is_reached_through_its_station_alone_is_counted(tmp_path):
    stops = """
        stop_id,stop_name,stop_lat,stop_lon,parent_station,location_type,stop_access
        H,House,48.90,2.30,,1,
        S1,One,48.90,2.30,H,0,0
        S2,Two,48.90,2.33,,0,
        S3,Three,48.90,2.36,,0,1
        """
    timetable = read(tmp_path, stops=stops)
    kind = "stop reached through its station alone, here from the street too"
    assert timetable.set_aside.counts == {kind: 1}


def test_the_check_of_a_feed_names_trips_on_demand_and_misses_no_stop_of_theirs(tmp_path):
    times = [row + "," for row in CALLS[0]]
    times += ["T2,09:00:00,09:00:00,S1,1,", "T2,,,,2,zone", "T2,09:20:00,09:20:00,S3,3,"]
    read(tmp_path, ",location_id", times=times)
    report, _ = check_files([tmp_path / "feed"], date=DAY, today=DAY, second_opinion=False)
    counts = {finding.code: finding.count for finding in report.findings}
    assert counts["trip_on_demand"] == 1
    assert "stop_time_of_unknown_stop" not in counts
