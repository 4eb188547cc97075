"""Rows of transfers.txt as rules between stops, routes and trips: one rule a test."""

import pytest

from network.building.timetable import build_timetable
from network.building.transfers import build_transfer_rules
from network.readers import read_feed_tables
from tests.builders.feeds import DAY, line_feed, write_feed

STOPS = """
    stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
    P,Plaza,48.90,2.30,1,
    Q,Quay,48.90,2.33,1,
    S1,Plaza,48.90,2.30,0,P
    S2,Plaza,48.90,2.301,0,P
    S3,Quay,48.90,2.33,0,Q
    S4,Idle,48.90,2.50,0,P
    E1,Entrance,48.90,2.30,2,P
    """
TRIPS = "route_id,service_id,trip_id\nR1,WK,T1\nR2,WK,T2\n"
ROUTES = "route_id,route_short_name,route_type\nR1,1,3\nR2,2,3\n"
TIMES = """
    trip_id,arrival_time,departure_time,stop_id,stop_sequence
    T1,08:00:00,08:00:00,S1,1
    T1,08:05:00,08:06:00,S2,2
    T1,08:10:00,08:10:00,S3,3
    T2,09:00:00,09:00:00,S3,1
    T2,09:10:00,09:10:00,S1,2
    """
COLUMNS = (
    "from_stop_id,to_stop_id,transfer_type,min_transfer_time,"
    "from_route_id,to_route_id,from_trip_id,to_trip_id"
)


def build(tmp_path, *rows):
    transfers = "\n".join([COLUMNS, *(row + "," * (7 - row.count(",")) for row in rows)])
    files = line_feed(
        stops=STOPS, trips=TRIPS, routes=ROUTES, stop_times=TIMES, transfers=transfers
    )
    tables = read_feed_tables(write_feed(tmp_path, **files))
    timetable = build_timetable(tables, DAY, include_spill=False)
    return build_transfer_rules(tables, timetable), timetable


def plain(rules, timetable):
    """Rules as (from, to, kind, seconds), the ends as ids with / and their route or trip."""

    def end(stop, route, trip):
        text = timetable.stops.ids[stop] if stop >= 0 else "*"
        text += f"/{timetable.routes.ids[route]}" if route >= 0 else ""
        return text + (f"/{rules.trip_names[trip]}" if trip >= 0 else "")

    return [
        (end(a, ra, ta), end(b, rb, tb), int(kind), int(s))
        for a, b, ra, rb, ta, tb, kind, s in zip(
            rules.from_stop, rules.to_stop, rules.from_route, rules.to_route, rules.from_trip,
            rules.to_trip, rules.kind, rules.min_s, strict=True,
        )
    ]  # fmt: skip


def test_rows_between_stops_are_rules_in_order_of_the_stops(tmp_path):
    built = build(tmp_path, "S3,S1,3", "S1,S3,2,120", "S1,S2,", "S2,S1,1")
    assert plain(*built) == [
        ("S1", "S2", 0, -1),
        ("S1", "S3", 2, 120),
        ("S2", "S1", 1, -1),
        ("S3", "S1", 3, -1),
    ]
    assert built[1].set_aside.total == 0


def test_a_change_at_one_stop_has_a_rule_too(tmp_path):
    assert plain(*build(tmp_path, "S1,S1,2,90")) == [("S1", "S1", 2, 90)]


def test_a_row_between_stations_holds_for_all_their_stops_in_use(tmp_path):
    assert plain(*build(tmp_path, "P,Q,2,60")) == [("S1", "S3", 2, 60), ("S2", "S3", 2, 60)]


def test_a_row_within_a_station_holds_for_its_stops_themselves_too(tmp_path):
    pairs = [(a, b) for a, b, _, _ in plain(*build(tmp_path, "P,P,2,60"))]
    assert pairs == [("S1", "S1"), ("S1", "S2"), ("S2", "S1"), ("S2", "S2")]


def test_a_rule_of_a_stop_goes_before_that_of_its_station(tmp_path):
    rules = [("S1", "S3", 2, 30), ("S2", "S3", 2, 60)]
    built = build(tmp_path, "S1,Q,2,30", "P,Q,2,60")
    assert plain(*built) == rules
    assert built[1].set_aside.total == 0


def test_the_minimum_time_counts_only_in_rows_of_type_2(tmp_path):
    assert plain(*build(tmp_path, "S1,S3,0,300", "S2,S3,2,")) == [
        ("S1", "S3", 0, -1),
        ("S2", "S3", 2, -1),
    ]


def test_rules_of_a_pair_go_from_the_least_to_the_most_specific(tmp_path):
    rows = [
        "S1,S3,2,6,,,T1,T2",
        "S1,S3,2,5,,R2,T1,",
        "S1,S3,2,4,,,T1,",
        "S1,S3,2,3,R1,R2,,",
        "S1,S3,2,2,,R2,,",
        "S1,S3,2,1,,,,",
    ]
    built = build(tmp_path, *rows)
    assert plain(*built) == [
        ("S1", "S3", 2, 1),
        ("S1", "S3/R2", 2, 2),
        ("S1/R1", "S3/R2", 2, 3),
        ("S1/T1", "S3", 2, 4),
        ("S1/T1", "S3/R2", 2, 5),
        ("S1/T1", "S3/T2", 2, 6),
    ]
    assert built[0].trip_names == ("T1", "T2")
    assert built[1].set_aside.total == 0


def test_a_trip_with_a_route_of_the_other_side_goes_before_a_trip_alone_on_either_side(tmp_path):
    rows = ["S1,S3,2,2,R1,,,T2", "S1,S3,2,1,,,,T2", "S1,S3,2,3,R1,,T1,"]
    assert [s for *_, s in plain(*build(tmp_path, *rows))] == [1, 3, 2]


def test_in_seat_rules_may_leave_the_stops_out(tmp_path):
    built = build(tmp_path, ",,4,,,,T1,T2", "S3,S3,5,,,,T1,T2")
    assert plain(*built) == [("*/T1", "*/T2", 4, -1), ("S3/T1", "S3/T2", 5, -1)]
    assert built[1].set_aside.total == 0


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("S1,S9,2,60", "stop_id 'S9'"),
        ("S1,S3,2,60,R9,", "route_id 'R9'"),
        ("S1,S3,2,60,,,T9,", "trip_id 'T9'"),
        ("S1,S3,7", "transfer_type 7"),
        ("S1,S3,2,-5", "min_transfer_time -5"),
        ("S1,S3,4,,,,T1,", "without both its trips"),
        ("S1,,2,60", "without both its stops"),
    ],
)
def test_a_row_that_names_what_is_not_there_is_set_aside_with_its_line(tmp_path, row, field):
    built = build(tmp_path, "S1,S2,0", row)
    assert plain(*built) == [("S1", "S2", 0, -1)]
    assert built[1].set_aside.counts == {"transfer rule that cannot be used": 1}
    (problem,) = built[1].set_aside.problems
    assert problem.row == 3
    assert field in problem.found


def test_a_row_of_a_stop_without_service_is_neither_a_rule_nor_a_fault(tmp_path):
    built = build(tmp_path, "S4,S1,2,60", "S1,E1,2,60")
    assert plain(*built) == []
    assert built[1].set_aside.total == 0


def test_of_rows_that_contradict_each_other_the_stricter_holds_whatever_their_order(tmp_path):
    rows = ["S1,S3,2,60", "S1,S3,2,90", "S1,S3,0", "S1,S2,2,60", "S1,S2,3", "S2,S1,1", "S2,S1,1"]
    for i, ordered in enumerate((rows, rows[::-1])):
        folder = tmp_path / str(i)
        folder.mkdir()
        built = build(folder, *ordered)
        assert plain(*built) == [
            ("S1", "S2", 3, -1),
            ("S1", "S3", 2, 90),
            ("S2", "S1", 1, -1),
        ]
        assert built[1].set_aside.counts == {"transfer rule that contradicts another": 3}


def test_a_feed_without_transfers_has_no_rule(tmp_path):
    tables = read_feed_tables(write_feed(tmp_path, **line_feed()))
    rules = build_transfer_rules(tables, build_timetable(tables, DAY, include_spill=False))
    assert len(rules.kind) == 0
    assert rules.trip_names == ()
