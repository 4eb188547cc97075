"""Islands, overtaking trips, stops off the streets: what only the built network shows."""

import numpy as np

from network.quality.check import check_files
from network.quality.islands import Reach, find_reach
from network.quality.report import Severity
from network.readers import read_network
from tests.builders.clean_feed import CHECK_DAY, check_feed, clean_feed, codes, find
from tests.builders.feeds import write_feed

TRIPS = "route_id,service_id,trip_id,direction_id,shape_id,wheelchair_accessible\n"
CALLS = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"

# D and E lie 30 km north of A, B and C.
FAR = "+D,Delta,49.17,2.30,0,,1\nE,Epsilon,49.17,2.33,0,,1"
FAR_SHAPE = "+NORTH,49.17,2.30,1\nNORTH,49.17,2.33,2\nSOUTH,49.17,2.33,1\nSOUTH,49.17,2.30,2"


def test_stops_that_no_ride_or_walk_joins_with_the_main_part_are_an_island(tmp_path):
    report = check_feed(
        tmp_path,
        stops=FAR,
        shapes=FAR_SHAPE,
        trips="+R1,ALL,T3,0,NORTH,1\nR1,ALL,T4,1,SOUTH,1",
        stop_times="+T3,09:00:00,09:00:00,D,1\nT3,09:05:00,09:05:00,E,2\n"
        "T4,09:30:00,09:30:00,E,1\nT4,09:35:00,09:35:00,D,2",
    )
    assert codes(report) == {"stop_on_island": 2}
    finding = find(report, "stop_on_island")
    assert finding.severity is Severity.WARNING
    # D and E are one island: one example, of its first stop.
    (example,) = finding.examples
    assert example.row == 5
    assert "2 stops hang together here" in example.found
    assert example.expected == "rides or walks to and from the main part (3 stops)"


def test_stops_served_one_way_only_are_noted_by_direction(tmp_path):
    # A ride leads from A to D, another from E to A; nothing leads back.
    report = check_feed(
        tmp_path,
        stops=FAR,
        shapes="+NORTH,48.90,2.30,1\nNORTH,49.17,2.30,2\nSOUTH,49.17,2.33,1\nSOUTH,48.90,2.30,2",
        trips="+R1,ALL,T3,0,NORTH,1\nR1,ALL,T4,1,SOUTH,1",
        stop_times="+T3,09:00:00,09:00:00,A,1\nT3,09:40:00,09:40:00,D,2\n"
        "T4,09:00:00,09:00:00,E,1\nT4,09:40:00,09:40:00,A,2",
    )
    assert codes(report) == {"stop_without_way_back": 1, "stop_never_reached": 1}
    assert find(report, "stop_without_way_back").examples[0].row == 5
    assert find(report, "stop_never_reached").examples[0].row == 6


def test_a_walk_between_two_lines_joins_them(tmp_path):
    # D is 445 m from C (0.004 degrees of latitude): 579 m to walk, 483 s at 1.2 m/s.
    report = check_feed(
        tmp_path,
        stops="+D,Delta,48.904,2.36,0,,1\nE,Epsilon,48.93,2.36,0,,1",
        shapes="+NORTH,48.904,2.36,1\nNORTH,48.93,2.36,2\nSOUTH,48.93,2.36,1\nSOUTH,48.904,2.36,2",
        trips="+R1,ALL,T3,0,NORTH,1\nR1,ALL,T4,1,SOUTH,1",
        stop_times="+T3,09:00:00,09:00:00,D,1\nT3,09:05:00,09:05:00,E,2\n"
        "T4,09:30:00,09:30:00,E,1\nT4,09:35:00,09:35:00,D,2",
    )
    assert codes(report) == {}


def test_a_stop_where_nobody_may_alight_is_never_reached(tmp_path):
    header = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
    rows = (
        "T1,08:00:00,08:00:00,A,1,0,0\nT1,08:05:00,08:06:00,B,2,0,1\nT1,08:11:00,08:11:00,C,3,0,0\n"
        "T2,08:30:00,08:30:00,C,1,0,0\nT2,08:35:00,08:36:00,B,2,0,1\nT2,08:41:00,08:41:00,A,3,0,0"
    )
    assert codes(check_feed(tmp_path, stop_times=header + rows)) == {"stop_never_reached": 1}


def test_reach_is_that_of_a_plain_search_by_hand(tmp_path):
    path = write_feed(
        tmp_path,
        **clean_feed(
            stops=FAR,
            trips="+R1,ALL,T3,0,,1",
            stop_times="+T3,09:00:00,09:00:00,B,1\nT3,09:40:00,09:40:00,D,2\n"
            "T3,09:50:00,09:50:00,E,3",
        ),
    )
    network = read_network(path, CHECK_DAY, include_spill=False)
    found = find_reach(network.timetable, network.footpaths)
    assert network.timetable.stops.ids == ("A", "B", "C", "D", "E")
    assert found.reach.tolist() == [Reach.MAIN] * 3 + [Reach.FROM_MAIN] * 2
    assert found.part.tolist() == [0, 0, 0, 1, 1]


def test_trips_that_change_their_order_are_noted_with_line_and_hour(tmp_path):
    # T3 leaves A at 08:02 behind T1 (08:00) and is at C at 08:09, before it (08:11).
    report = check_feed(
        tmp_path,
        trips="+R1,ALL,T3,0,EAST,1",
        stop_times="+T3,08:02:00,08:02:00,A,1\nT3,08:05:00,08:05:00,B,2\nT3,08:09:00,08:09:00,C,3",
    )
    assert codes(report) == {"overtaking_trip": 1}
    (example,) = find(report, "overtaking_trip").examples
    assert (example.file, example.row) == ("feed/trips.txt", 4)
    assert "'T3' and trip 'T1'" in example.found


def test_trips_that_keep_their_order_are_no_finding(tmp_path):
    report = check_feed(
        tmp_path,
        trips="+R1,ALL,T3,0,EAST,1",
        stop_times="+T3,08:02:00,08:02:00,A,1\nT3,08:07:00,08:08:00,B,2\nT3,08:13:00,08:13:00,C,3",
    )
    assert codes(report) == {}


STREET = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
 <node id="1" lat="48.90" lon="2.29"/>
 <node id="2" lat="48.90" lon="{lon}"/>
 <node id="3" lat="48.91" lon="2.30"/>
 <node id="4" lat="48.91" lon="2.36"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
 <way id="11"><nd ref="1"/><nd ref="3"/><tag k="highway" v="residential"/></way>
 <way id="12"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/></way>
</osm>
"""


def check_with_streets(folder, lon, **changed):
    extract = folder / "city.osm"
    extract.write_text(STREET.format(lon=lon), encoding="utf-8")
    feed = write_feed(folder, **clean_feed(**changed))
    return check_files([feed], extract, today=CHECK_DAY, second_opinion=False)


def test_streets_past_every_stop_leave_nothing_to_find(tmp_path):
    report, network = check_with_streets(tmp_path, "2.37")
    assert codes(report) == {}
    assert report.footpaths_kind == "streets"
    assert network is not None
    assert network.streets is not None
    assert report.streets is not None
    assert (report.streets.name, report.streets.n_ways) == ("city.osm", 3)
    # 0.08 + 0.06 degrees along 48.9 N and one slanting way: 5,848 + 4,385 + 1,331 m.
    assert np.isclose(report.streets.length_km["walk"], 11.56, atol=0.05)


def test_a_stop_between_the_streets_but_far_from_each_is_found(tmp_path):
    # Beta at 48.905 lies 556 m from either street, within the box that they span.
    report, _ = check_with_streets(
        tmp_path,
        "2.37",
        stops="stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding\n"
        "A,Alpha,48.90,2.30,1\nB,Beta,48.905,2.33,1\nC,Gamma,48.90,2.36,1",
        shapes="shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
        "EAST,48.90,2.30,1\nEAST,48.905,2.33,2\nEAST,48.90,2.36,3\n"
        "WEST,48.90,2.36,1\nWEST,48.905,2.33,2\nWEST,48.90,2.30,3",
    )
    assert codes(report) == {"stop_far_from_street": 1}
    (example,) = find(report, "stop_far_from_street").examples
    assert example.row == 3
    assert "556 m from the nearest street of city.osm" in example.found


def test_a_stop_beyond_the_extract_is_told_apart(tmp_path):
    # The street along 48.90 ends at 2.34 and the other at 2.36, 1,112 m north of Gamma.
    report, _ = check_with_streets(tmp_path, "2.34")
    assert codes(report) == {"stop_outside_extract": 1}
    (example,) = find(report, "stop_outside_extract").examples
    assert example.row == 4


def test_streets_cut_off_from_the_others_are_noted_by_mode(tmp_path):
    extract = tmp_path / "city.osm"
    text = STREET.format(lon="2.37").replace(
        "</osm>",
        '<node id="8" lat="48.92" lon="2.30"/><node id="9" lat="48.92" lon="2.301"/>'
        '<way id="20"><nd ref="8"/><nd ref="9"/><tag k="highway" v="footway"/></way></osm>',
    )
    extract.write_text(text, encoding="utf-8")
    report, network = check_files([], extract, today=CHECK_DAY)
    assert network is None
    assert report.service_date is None
    assert codes(report)["street_islands_walk"] == 2
    assert find(report, "street_islands_walk").severity is Severity.NOTE
