"""Stops and shapes: unused, misplaced, nameless, twins; stops off their shape."""

import pytest

from tests.builders.clean_feed import check_feed, codes, find

STOPS = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n"
SHAPES = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"


def test_stops_without_a_call_are_noted_with_their_place(tmp_path):
    report = check_feed(tmp_path, stops="+D,Delta,48.95,2.40,0,,1")
    assert codes(report) == {"stop_unused": 1}
    finding = find(report, "stop_unused")
    assert finding.examples[0].row == 5
    assert (finding.lat.tolist(), finding.lon.tolist()) == ([48.95], [2.4])


@pytest.mark.parametrize("place", [",", "0,0", "95,2.36"])
def test_a_stop_in_use_without_a_usable_place_is_found_once(tmp_path, place):
    # Gamma is the last stop of T1 and the first of T2: both run between Alpha and Beta only.
    report = check_feed(
        tmp_path,
        stops=STOPS + f"A,Alpha,48.90,2.30,0,,1\nB,Beta,48.90,2.33,0,,1\nC,Gamma,{place},0,,1",
    )
    assert codes(report) == {"stop_without_place": 1}
    assert find(report, "stop_without_place").examples[0].row == 4


def test_a_stop_without_a_name_is_found(tmp_path):
    report = check_feed(
        tmp_path,
        stops=STOPS + "A, ,48.90,2.30,0,,1\nB,Beta,48.90,2.33,0,,1\nC,Gamma,48.90,2.36,0,,1",
    )
    assert codes(report) == {"stop_without_name": 1}


@pytest.mark.parametrize(("lon", "n_found"), [("2.313", 0), ("2.314", 1)])
def test_a_stop_over_a_kilometre_from_its_station_is_found(tmp_path, lon, n_found):
    # 0.013 degrees of longitude are 950 m there, 0.014 are 1,023 m.
    report = check_feed(
        tmp_path,
        stops=STOPS + "A,Alpha,48.90,2.30,0,S,1\nB,Beta,48.90,2.33,0,,1\nC,Gamma,48.90,2.36,0,,1\n"
        f"S,Alpha,48.90,{lon},1,,1",
    )
    assert codes(report) == ({"stop_far_from_parent": 1} if n_found else {})


def test_stops_that_nothing_tells_apart_are_noted(tmp_path):
    # Two stops Beta at one place, each in use: one of them is a twin.
    report = check_feed(
        tmp_path,
        stops="+D,Beta,48.90,2.33,0,,1",
        trips="+R1,ALL,T3,0,EAST,1",
        stop_times="+T3,09:00:00,09:00:00,A,1\nT3,09:05:00,09:05:00,D,2\nT3,09:11:00,09:11:00,C,3",
    )
    assert codes(report) == {"stop_twin": 1}
    assert find(report, "stop_twin").examples[0].row == 5


def test_a_stop_whose_station_says_so_is_known_to_take_wheelchairs(tmp_path):
    report = check_feed(
        tmp_path,
        stops=STOPS + "A,Alpha,48.90,2.30,0,S,0\nB,Beta,48.90,2.33,0,,\nC,Gamma,48.90,2.36,0,,2\n"
        "S,Alpha,48.90,2.30,1,,1",
    )
    assert codes(report) == {"stop_wheelchair_unknown": 1}
    assert find(report, "stop_wheelchair_unknown").examples[0].row == 3


def test_a_feed_without_shapes_is_noted_once(tmp_path):
    trips = "route_id,service_id,trip_id,direction_id,wheelchair_accessible\n"
    report = check_feed(tmp_path, shapes=None, trips=trips + "R1,ALL,T1,0,1\nR1,ALL,T2,1,1")
    assert codes(report) == {"feed_without_shapes": 1}


def test_trips_without_a_shape_and_shapes_without_a_trip_are_noted(tmp_path):
    trips = "route_id,service_id,trip_id,direction_id,shape_id,wheelchair_accessible\n"
    report = check_feed(tmp_path, trips=trips + "R1,ALL,T1,0,EAST,1\nR1,ALL,T2,1,,1")
    assert codes(report) == {"shape_unused": 1, "trip_without_shape": 1}
    assert find(report, "trip_without_shape").examples[0].row == 3
    assert find(report, "shape_unused").examples[0].row == 4


@pytest.mark.parametrize(("lat", "n_found"), [("48.9008", 0), ("48.9010", 1)])
def test_a_stop_over_100_m_from_the_shape_of_its_trip_is_found(tmp_path, lat, n_found):
    # Beta lies on 48.90; the shape passes 0.0008 degrees (89 m) or 0.0010 (111 m) north of it,
    # between Alpha and Gamma, which it touches.
    shapes = SHAPES + (
        f"EAST,48.90,2.30,1\nEAST,{lat},2.31,2\nEAST,{lat},2.35,3\nEAST,48.90,2.36,4\n"
        "WEST,48.90,2.36,1\nWEST,48.90,2.30,2"
    )
    report = check_feed(tmp_path, shapes=shapes)
    assert codes(report) == ({"stop_far_from_shape": 1} if n_found else {})
    if n_found:
        (example,) = find(report, "stop_far_from_shape").examples
        assert (example.row, example.found) == (
            3, "stop 'B' is 111 m from shape 'EAST' of a trip that calls there",
        )  # fmt: skip


def test_a_stop_is_measured_against_the_shapes_of_its_own_trips_only(tmp_path):
    # Alpha is on EAST; a shape WEST that ends 2 km before it is not EAST's fault.
    shapes = SHAPES + "EAST,48.90,2.30,1\nEAST,48.90,2.36,2\nWEST,48.90,2.36,1\nWEST,48.90,2.33,2"
    report = check_feed(tmp_path, shapes=shapes)
    assert codes(report) == {"stop_far_from_shape": 1}
    (example,) = find(report, "stop_far_from_shape").examples
    assert "2193 m from shape 'WEST'" in example.found
