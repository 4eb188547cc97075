"""Who may use a way: access tags with their hierarchy, one-ways, areas, ferries, barriers."""

import pytest

from network.readers.street_tables import default_street_tables
from network.streets.access import decode_barrier
from network.streets.raw import (
    BACKWARD,
    BIKE_BIT,
    BOTH,
    CAR_BIT,
    FORWARD,
    WALK_BIT,
    WayRules,
)
from network.streets.rules import decode_way
from tests.builders.osm_text import pairs, street_text

NO = 0


def decode(text: str) -> WayRules:
    """Decode tags written as ``key=value key=value`` (``residential`` alone is a highway)."""
    tags = dict(part.split("=", 1) if "=" in part else ("highway", part) for part in text.split())
    rules = decode_way(tags, default_street_tables())
    return rules if rules is not None else WayRules(kind="")


@pytest.mark.parametrize(
    ("text", "walk", "bike", "car"),
    [
        # Classes without any access tag.
        ("residential", BOTH, BOTH, BOTH),
        ("motorway", NO, NO, FORWARD),
        ("motorway_link", NO, NO, BOTH),
        ("trunk", BOTH, BOTH, BOTH),
        ("trunk motorroad=yes", NO, NO, BOTH),
        ("footway", BOTH, NO, NO),
        ("cycleway", NO, BOTH, NO),
        ("cycleway segregated=yes", BOTH, BOTH, NO),
        ("path", BOTH, BOTH, NO),
        ("track", BOTH, BOTH, NO),
        ("bridleway", BOTH, NO, NO),
        ("steps", BOTH, NO, NO),
        ("corridor", BOTH, NO, NO),
        ("platform", BOTH, NO, NO),
        ("railway=platform", BOTH, NO, NO),
        ("public_transport=platform", BOTH, NO, NO),
        ("man_made=pier", BOTH, NO, NO),
        ("service service=emergency_access", BOTH, BOTH, NO),
        # What is not there, or is no street.
        ("construction", NO, NO, NO),
        ("proposed", NO, NO, NO),
        ("abandoned", NO, NO, NO),
        ("raceway", NO, NO, NO),
        ("residential abandoned=yes", NO, NO, NO),
        ("busway", NO, NO, NO),
        ("railway=rail", NO, NO, NO),
        ("waterway=river", NO, NO, NO),
        # The hierarchy: the more specific key holds.
        ("residential access=no", NO, NO, NO),
        ("residential access=private", NO, NO, NO),
        ("residential access=no foot=yes", BOTH, NO, NO),
        ("residential access=no vehicle=yes", NO, BOTH, BOTH),
        ("residential vehicle=no", BOTH, NO, NO),
        ("residential vehicle=no bicycle=yes", BOTH, BOTH, NO),
        ("residential motor_vehicle=no", BOTH, BOTH, NO),
        ("residential motor_vehicle=no motorcar=yes", BOTH, BOTH, BOTH),
        ("residential motorcar=private", BOTH, BOTH, NO),
        ("residential access=no psv=yes", NO, NO, NO),
        ("residential foot=no", NO, BOTH, BOTH),
        ("residential foot=use_sidepath bicycle=use_sidepath", NO, NO, BOTH),
        ("residential access=permissive", BOTH, BOTH, BOTH),
        ("residential motor_vehicle=agricultural", BOTH, BOTH, NO),
        ("residential access=unknown", BOTH, BOTH, BOTH),
        ("residential access=no;private", NO, NO, NO),
        ("track motor_vehicle=yes", BOTH, BOTH, BOTH),
        ("track motor_vehicle=agricultural;forestry", BOTH, BOTH, NO),
        ("footway bicycle=designated", BOTH, BOTH, NO),
        ("motorway_link foot=yes", BOTH, NO, BOTH),
        ("cycleway foot=designated", BOTH, BOTH, NO),
        # "access" says who, not by what means.
        ("footway access=yes", BOTH, NO, NO),
        ("motorway access=yes", NO, NO, FORWARD),
        # On foot "destination" closes nothing.
        ("residential access=destination", BOTH, BOTH, BOTH),
        ("service access=customers", BOTH, BOTH, BOTH),
        # One direction closed by an access tag.
        ("residential motor_vehicle:backward=no", BOTH, BOTH, FORWARD),
        ("residential vehicle:forward=no", BOTH, BACKWARD, BACKWARD),
        ("residential access=no foot:forward=yes", FORWARD, NO, NO),
    ],
)
def test_classes_and_access_tags_decide_who_may_use_a_way(
    text: str, walk: int, bike: int, car: int
) -> None:
    rules = decode(text)
    assert (rules.walk, rules.bike, rules.car) == (walk, bike, car)


@pytest.mark.parametrize(
    ("text", "walk", "bike", "car"),
    [
        ("residential oneway=yes", BOTH, FORWARD, FORWARD),
        ("residential oneway=1", BOTH, FORWARD, FORWARD),
        ("residential oneway=true", BOTH, FORWARD, FORWARD),
        ("residential oneway=-1", BOTH, BACKWARD, BACKWARD),
        ("residential oneway=reverse", BOTH, BACKWARD, BACKWARD),
        ("residential oneway=no", BOTH, BOTH, BOTH),
        ("residential oneway=alternating", BOTH, BOTH, BOTH),
        ("residential oneway=reversible", BOTH, NO, NO),
        ("residential oneway=perhaps", BOTH, BOTH, BOTH),
        ("residential junction=roundabout", BOTH, FORWARD, FORWARD),
        ("residential junction=circular", BOTH, FORWARD, FORWARD),
        ("residential junction=roundabout oneway=no", BOTH, BOTH, BOTH),
        ("motorway oneway=no", NO, NO, BOTH),
        ("motorway oneway=-1", NO, NO, BACKWARD),
        # Bicycles against the cars.
        ("residential oneway=yes oneway:bicycle=no", BOTH, BOTH, FORWARD),
        ("residential oneway:bicycle=yes", BOTH, FORWARD, BOTH),
        ("residential oneway=yes oneway:bicycle=-1", BOTH, BACKWARD, FORWARD),
        ("residential oneway=yes cycleway=opposite", BOTH, BOTH, FORWARD),
        ("residential oneway=yes cycleway=opposite_lane", BOTH, BOTH, FORWARD),
        ("residential oneway=yes cycleway:left=opposite_track", BOTH, BOTH, FORWARD),
        ("residential oneway=-1 cycleway=opposite", BOTH, BOTH, BACKWARD),
        ("residential oneway=yes cycleway:left=lane cycleway:left:oneway=-1", BOTH, BOTH, FORWARD),
        ("residential oneway=yes cycleway:right:oneway=yes", BOTH, FORWARD, FORWARD),
        ("residential oneway=yes cycleway=lane", BOTH, FORWARD, FORWARD),
        ("cycleway oneway=yes", NO, FORWARD, NO),
        # Keys of one kind of vehicle before the general one.
        ("residential oneway=yes oneway:motorcar=no", BOTH, FORWARD, BOTH),
        ("residential oneway:vehicle=yes", BOTH, FORWARD, FORWARD),
        ("residential oneway=no oneway:motor_vehicle=yes", BOTH, BOTH, FORWARD),
        # Walkers obey their own tag alone, and escalators.
        ("footway oneway=yes", BOTH, NO, NO),
        ("footway oneway:foot=yes", FORWARD, NO, NO),
        ("footway oneway:foot=-1", BACKWARD, NO, NO),
        ("steps conveying=forward", FORWARD, NO, NO),
        ("steps conveying=backward", BACKWARD, NO, NO),
        ("steps conveying=yes", BOTH, NO, NO),
    ],
)
def test_oneways_hold_for_those_they_name(text: str, walk: int, bike: int, car: int) -> None:
    rules = decode(text)
    assert (rules.walk, rules.bike, rules.car) == (walk, bike, car)


@pytest.mark.parametrize(
    ("text", "walk", "bike", "car"),
    [
        ("pedestrian area=yes", BOTH, BOTH, NO),
        ("footway area=yes", BOTH, NO, NO),
        ("service area=yes", BOTH, NO, NO),
        ("service area=yes motor_vehicle=yes", BOTH, NO, NO),
        ("residential area=yes bicycle=yes", BOTH, BOTH, NO),
    ],
)
def test_the_outline_of_an_area_is_walked_and_never_driven(
    text: str, walk: int, bike: int, car: int
) -> None:
    rules = decode(text)
    assert (rules.walk, rules.bike, rules.car) == (walk, bike, car)


@pytest.mark.parametrize(
    ("text", "walk", "bike", "car"),
    [
        ("route=ferry", BOTH, BOTH, BOTH),
        ("route=ferry foot=yes", BOTH, BOTH, NO),
        ("route=ferry foot=yes motor_vehicle=yes", BOTH, BOTH, BOTH),
        ("route=ferry motor_vehicle=no", BOTH, BOTH, NO),
        ("route=ferry bicycle=no", BOTH, NO, BOTH),
        ("route=ferry access=private", NO, NO, NO),
        ("route=ferry oneway=yes", BOTH, FORWARD, FORWARD),
        ("route=bus", NO, NO, NO),
    ],
)
def test_a_ferry_takes_whom_it_names_and_all_where_it_names_nobody(
    text: str, walk: int, bike: int, car: int
) -> None:
    rules = decode(text)
    assert (rules.walk, rules.bike, rules.car) == (walk, bike, car)


@pytest.mark.parametrize(
    ("text", "bike", "is_pushed"),
    [
        ("pedestrian", BOTH, True),
        ("pedestrian bicycle=yes", BOTH, False),
        ("pedestrian bicycle=no", NO, False),
        ("pedestrian oneway=yes", BOTH, True),
        ("footway bicycle=dismount", BOTH, True),
        ("footway bicycle=dismount oneway:foot=yes", FORWARD, True),
        ("residential bicycle=dismount foot=no", NO, True),
        ("steps ramp:bicycle=yes", BOTH, True),
        ("steps bicycle=yes", BOTH, True),
        ("residential", BOTH, False),
    ],
)
def test_a_bicycle_is_pushed_where_walkers_go_and_riding_is_not_allowed(
    text: str, bike: int, is_pushed: bool
) -> None:
    rules = decode(text)
    assert rules.bike == bike
    assert rules.bike_pushed == is_pushed or bike == NO


@pytest.mark.parametrize(
    ("text", "bike_limited", "car_limited"),
    [
        ("residential", False, False),
        ("residential access=destination", True, True),
        ("residential motor_vehicle=destination", False, True),
        ("residential vehicle=customers bicycle=yes", False, True),
        ("service access=delivery", True, True),
        ("residential access=destination motorcar=yes", True, False),
        ("residential motor_vehicle:backward=destination", False, True),
    ],
)
def test_destination_customers_and_delivery_limit_a_way_to_its_own_traffic(
    text: str, bike_limited: bool, car_limited: bool
) -> None:
    rules = decode(text)
    assert (rules.bike_limited, rules.car_limited) == (bike_limited, car_limited)


@pytest.mark.parametrize(
    ("text", "may_drive_off", "may_walk_off"),
    [
        ("residential", True, True),
        ("motorway", False, True),
        ("motorway_link", False, True),
        ("trunk motorroad=yes", False, True),
        ("residential tunnel=yes", False, True),
        ("residential tunnel=building_passage", True, True),
        ("route=ferry", False, False),
    ],
)
def test_trips_start_neither_on_motorways_nor_on_ferries(
    text: str, may_drive_off: bool, may_walk_off: bool
) -> None:
    rules = decode(text)
    assert (rules.car_snap, rules.walk_snap) == (may_drive_off, may_walk_off)


def test_of_several_highway_values_the_first_known_class_holds() -> None:
    assert decode("highway=unclassified;tertiary").kind == "unclassified"
    assert decode("highway=nonsense;tertiary").kind == "tertiary"


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("barrier=gate", 0),
        ("barrier=bollard", CAR_BIT),
        ("barrier=bollard access=yes", CAR_BIT),
        ("barrier=bollard motor_vehicle=yes", 0),
        ("barrier=gate access=no", WALK_BIT | BIKE_BIT | CAR_BIT),
        ("barrier=gate access=private", WALK_BIT | BIKE_BIT | CAR_BIT),
        ("barrier=gate access=no foot=yes", BIKE_BIT | CAR_BIT),
        ("barrier=gate access=destination", 0),
        ("barrier=gate locked=yes", WALK_BIT | BIKE_BIT | CAR_BIT),
        ("barrier=gate locked=yes foot=yes", BIKE_BIT | CAR_BIT),
        ("barrier=gate motor_vehicle=private", CAR_BIT),
        ("barrier=lift_gate", 0),
        ("barrier=toll_booth", 0),
        ("barrier=stile", BIKE_BIT | CAR_BIT),
        ("barrier=kissing_gate bicycle=yes", CAR_BIT),
        ("barrier=cycle_barrier", CAR_BIT),
        ("barrier=wall", WALK_BIT | BIKE_BIT | CAR_BIT),
        ("barrier=something_new", CAR_BIT),
        ("highway=crossing", 0),
    ],
)
def test_barriers_close_modes_by_kind_and_access_tags(text: str, closed: int) -> None:
    tags = dict(part.split("=", 1) for part in text.split())
    assert decode_barrier(tags, default_street_tables()) == closed


def test_a_oneway_street_has_one_edge_for_cars_and_two_for_walkers(tmp_path) -> None:
    streets = street_text(highway="residential", oneway="yes").read(tmp_path)
    assert pairs(streets, streets.car) == {(1, 2)}
    assert pairs(streets, streets.walk) == {(1, 2), (2, 1)}


def test_a_oneway_against_the_way_leads_back(tmp_path) -> None:
    streets = street_text(highway="residential", oneway="-1").read(tmp_path)
    assert pairs(streets, streets.car) == {(2, 1)}
