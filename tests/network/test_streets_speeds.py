"""Speed limits, lanes, durations, and the seconds they make."""

import math

import pytest

from network.readers.street_tables import default_street_tables
from network.streets.graph import BRIDGE, FERRY, ROUNDABOUT, STEPS, TOLL, TUNNEL
from network.streets.rules import decode_way
from network.streets.speeds import count_lanes, parse_duration, parse_limit
from network.streets.tables import Default
from tests.builders.osm_text import OsmText, moves, street_text

TABLES = default_street_tables()


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("10 knots", 18.52),
        ("7.5", 7.5),
        ("FR:urban", 50),
        ("fr:urban", 50),
        ("FR:rural", 80),
        ("DE:rural", 100),
        ("HU:rural", 90),
        ("IT:motorway", 130),
        ("FR:zone30", 30),
        ("FR:30", 30),
        ("DE:zone:30", 30),
        ("DE:zone30", 30),
        ("GB:zone20", 32.18688),
        ("BE-BRU:urban", 30),
        ("urban", 50),
        ("GB:nsl_single", 96.56),
        ("walk", 7),
        ("DE:walk", 7),
        ("none", 130),
        ("FR:living_street", 20),
        ("50; 40", 40),
        ("80;signals", 80),
    ],
)
def test_limits_are_read_in_their_units_and_zones(text: str, kmh: float) -> None:
    limit = parse_limit(text, TABLES.zone_kmh)
    assert limit is not None
    assert limit == pytest.approx(kmh, rel=1e-4)


@pytest.mark.parametrize("text", ["signals", "variable", "sign", "implicit"])
def test_a_limit_that_says_nothing_is_no_limit_and_no_error(text: str) -> None:
    limit = parse_limit(text, TABLES.zone_kmh)
    assert limit is not None
    assert math.isnan(limit)


@pytest.mark.parametrize("text", ["", "fast", "0", "999", "-50", "FR:", "1e3", "50 furlongs"])
def test_a_limit_that_makes_no_sense_is_none(text: str) -> None:
    assert parse_limit(text, TABLES.zone_kmh) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20", 1200),
        ("00:20", 1200),
        ("1:30", 5400),
        ("01:30:15", 5415),
        ("PT20M", 1200),
        ("PT1H30M", 5400),
        ("2.5", 150),
        ("0", None),
        ("00:00", None),
        ("PT", None),
        ("soon", None),
        ("20 min", None),
        ("1:2:3:4", None),
        ("", None),
    ],
)
def test_durations_are_minutes_clock_times_or_iso(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("tags", "lanes"),
    [
        ({}, 0),
        ({"lanes": "3"}, 3),
        ({"lanes": "2;3"}, 2),
        ({"lanes": "1.5"}, 1),
        ({"lanes": "many"}, 0),
        ({"lanes:forward": "2", "lanes:backward": "1"}, 3),
        ({"lanes": "2", "lanes:forward": "5"}, 2),
        ({"lanes": "999"}, 100),
    ],
)
def test_lanes_are_those_of_both_directions(tags: dict[str, str], lanes: int) -> None:
    assert count_lanes(tags) == lanes


def test_a_limit_by_direction_holds_for_its_direction() -> None:
    rules = decode_way({"highway": "primary", "maxspeed": "50", "maxspeed:backward": "30"}, TABLES)
    assert rules is not None
    assert (rules.car_kmh_forward, rules.car_kmh_backward) == (50, 30)


@pytest.mark.parametrize("key", ["zone:maxspeed", "maxspeed:type", "source:maxspeed"])
def test_a_zone_holds_where_no_limit_is_tagged(key: str) -> None:
    zoned = decode_way({"highway": "primary", key: "FR:zone30"}, TABLES)
    signed = decode_way({"highway": "primary", key: "FR:zone30", "maxspeed": "70"}, TABLES)
    worded = decode_way({"highway": "primary", key: "a decree of 2010"}, TABLES)
    assert zoned is not None
    assert signed is not None
    assert worded is not None
    assert zoned.car_kmh_forward == 30
    assert signed.car_kmh_forward == 70
    assert worded.car_kmh_forward == TABLES.classes["primary"].car_kmh
    assert worded.unread == ()


def test_values_without_sense_are_named() -> None:
    rules = decode_way({"highway": "primary", "maxspeed": "fast", "oneway": "perhaps"}, TABLES)
    assert rules is not None
    assert rules.unread == (("maxspeed", "fast"), ("oneway", "perhaps"))
    assert rules.car_kmh_forward == TABLES.classes["primary"].car_kmh


def test_a_street_whose_direction_changes_by_the_hour_is_named() -> None:
    rules = decode_way({"highway": "primary", "oneway": "reversible"}, TABLES)
    assert rules is not None
    assert rules.unread == (("oneway", "reversible"),)


def test_flags_say_what_a_street_is() -> None:
    def flags(**tags: str) -> int:
        rules = decode_way(tags, TABLES)
        assert rules is not None
        return rules.flags

    assert flags(highway="steps") == STEPS
    assert flags(route="ferry") == FERRY
    assert flags(highway="primary", junction="roundabout") == ROUNDABOUT
    assert flags(highway="primary", bridge="viaduct", toll="yes") == BRIDGE | TOLL
    assert flags(highway="primary", bridge="no", tunnel="yes") == TUNNEL


def test_every_class_of_the_table_can_be_travelled_and_has_a_speed() -> None:
    for kind, street in TABLES.classes.items():
        assert Default.YES in (street.walk, street.bike, street.car), kind
        assert street.car_kmh > 0, kind
        assert street.walk_pace > 0, kind
        assert street.bike_pace > 0, kind


def test_seconds_are_length_over_speed(tmp_path) -> None:
    # 100 m: on foot at 1.2 m/s, by bicycle at 4.2 m/s, by car at 36 km/h = 10 m/s.
    streets = street_text(highway="residential", maxspeed="36").read(tmp_path)
    assert moves(streets, streets.walk)[1, 2] == pytest.approx(100 / 1.2, rel=1e-4)
    assert moves(streets, streets.bike)[1, 2] == pytest.approx(100 / 4.2, rel=1e-4)
    assert moves(streets, streets.car)[1, 2] == pytest.approx(10.0, rel=1e-4)
    assert streets.walk.length_m == pytest.approx([100, 100], rel=1e-4)
    assert streets.segments.speed_kmh == pytest.approx([36])


def test_speeds_are_the_callers(tmp_path) -> None:
    text = street_text(highway="residential", maxspeed="36")
    streets = text.read(tmp_path, walk_speed_mps=2.0, bike_speed_mps=5.0, car_speed_share=0.5)
    assert moves(streets, streets.walk)[1, 2] == pytest.approx(50.0, rel=1e-4)
    assert moves(streets, streets.bike)[1, 2] == pytest.approx(20.0, rel=1e-4)
    assert moves(streets, streets.car)[1, 2] == pytest.approx(20.0, rel=1e-4)
    assert (streets.walk_speed_mps, streets.bike_speed_mps) == (2.0, 5.0)


@pytest.mark.parametrize("option", ["walk_speed_mps", "bike_speed_mps", "car_speed_share"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_that_is_not_positive_is_refused(tmp_path, option: str, value: float) -> None:
    with pytest.raises(ValueError, match=option):
        street_text(highway="residential").read(tmp_path, **{option: value})


def test_each_direction_has_its_own_limit(tmp_path) -> None:
    tags = {"maxspeed": "36", "maxspeed__backward": "18"}
    streets = street_text(highway="residential", **tags).read(tmp_path)
    assert moves(streets, streets.car)[1, 2] == pytest.approx(10.0, rel=1e-4)
    assert moves(streets, streets.car)[2, 1] == pytest.approx(20.0, rel=1e-4)


def test_steps_are_walked_at_half_speed_and_not_ridden(tmp_path) -> None:
    text = OsmText().row(0, 60, 120, 180)
    text.way(10, [1, 2, 3], highway="residential").way(11, [3, 4], highway="steps")
    streets = text.read(tmp_path)
    assert moves(streets, streets.walk)[3, 4] == pytest.approx(60 / 0.6, rel=1e-3)
    assert (3, 4) not in moves(streets, streets.bike)
    assert streets.segments.flags.tolist() == [0, STEPS]


def test_a_bicycle_is_pushed_at_walking_speed(tmp_path) -> None:
    streets = street_text(highway="pedestrian").read(tmp_path)
    assert moves(streets, streets.bike)[1, 2] == pytest.approx(100 / 1.2, rel=1e-4)


def test_the_duration_of_a_ferry_is_shared_out_by_length(tmp_path) -> None:
    # 20 minutes over 400 m, with a landing at 100 m: 5 and 15 minutes, for every mode.
    text = OsmText().row(0, 100, 400).node(4, 100, 50)
    text.way(10, [1, 2, 3], route="ferry", duration="00:20")
    text.way(11, [2, 4], highway="residential")
    streets = text.read(tmp_path)
    for graph in (streets.walk, streets.bike, streets.car):
        assert moves(streets, graph)[1, 2] == pytest.approx(300, rel=1e-3)
        assert moves(streets, graph)[3, 2] == pytest.approx(900, rel=1e-3)
        assert graph.snap_segment.tolist() == [2]
    assert streets.segments.kinds[streets.segments.kind[0]] == "ferry"


def test_a_ferry_without_a_duration_sails_at_the_tables_speed(tmp_path) -> None:
    text = OsmText().row(0, 1000, 1100)
    text.way(10, [1, 2], route="ferry").way(11, [2, 3], highway="residential")
    streets = text.read(tmp_path)
    for graph in (streets.walk, streets.bike, streets.car):
        assert moves(streets, graph)[1, 2] == pytest.approx(360, rel=1e-3)
