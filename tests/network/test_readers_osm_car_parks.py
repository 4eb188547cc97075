"""Car parks of an extract, by hand: which count, where they lie, what is said of the others."""

import pytest

from network.base import SourceClass
from network.base.errors import NetworkInputError
from network.readers.osm_car_parks import read_osm_car_parks
from tests.builders.osm_text import METRES_PER_DEGREE, OsmText


def town():
    """Four corners of a square of 100 m, and a street so that there is something else."""
    text = OsmText()
    for node, (x, y) in enumerate([(0, 0), (100, 0), (100, 100), (0, 100)], start=1):
        text.node(node, x, y)
    return text.way(900, [1, 2], highway="residential")


def metres(park):
    return round(park.lat * METRES_PER_DEGREE, 1), round(park.lon * METRES_PER_DEGREE, 1)


def test_without_park_and_ride_all_open_ones_off_the_street_count(tmp_path):
    text = (
        town()
        .node(10, 200, amenity="parking", name="Market", capacity="40", fee="yes")
        .node(11, 300, amenity="parking", access="private")
        .node(12, 400, amenity="parking", access="customers")
        .node(13, 500, amenity="parking", parking="street_side")
        .node(14, 600, amenity="parking", access="permissive", capacity="many", fee="no")
        .node(15, 700, amenity="bicycle_parking")
    )
    found = read_osm_car_parks(text.write(tmp_path))
    assert not found.is_park_and_ride
    assert [(p.name, p.capacity, p.fee) for p in found.parks] == [
        ("Market", 40, True),
        ("", None, False),
    ]
    assert {p.source_class for p in found.parks} == {SourceClass.PUBLISHED}
    assert found.log.counts == {
        "car park that is not open to everybody": 2,
        "parking along a street": 1,
        "capacity of a car park that is no number": 1,
    }
    (example,) = found.log.examples["parking along a street"]
    assert (example.file, example.field, example.found) == (
        "town.osm", "node 13", "parking=street_side",
    )  # fmt: skip


def test_where_some_are_marked_as_park_and_ride_they_alone_count(tmp_path):
    text = (
        town()
        .node(10, 200, amenity="parking")
        .node(11, 300, amenity="parking", park_ride="no")
        .node(12, 400, amenity="parking", park_ride="metro", access="customers")
        .node(13, 500, amenity="parking", park_ride="yes", access="private")
    )
    found = read_osm_car_parks(text.write(tmp_path))
    assert found.is_park_and_ride
    assert [metres(p) for p in found.parks] == [(0.0, 400.0)]
    assert found.log.counts == {
        "car park that is not open to everybody": 1,
        "car park that is not marked as park and ride": 2,
    }


def test_an_area_lies_in_the_middle_of_its_outline(tmp_path):
    ways = town().way(20, [1, 2, 3, 4, 1], amenity="parking", name="Way")
    area = (
        ways.way(30, [1, 2, 3])
        .way(31, [3, 4, 1])
        .relation(
            40, ("outer", "way", 30), ("outer", "way", 31), type="multipolygon",
            amenity="parking", name="Area",
        )
    )  # fmt: skip
    found = read_osm_car_parks(area.write(tmp_path))
    assert [(p.name, metres(p)) for p in found.parks] == [
        ("Way", (50.0, 50.0)),
        ("Area", (50.0, 50.0)),
    ]


def test_an_area_whose_outline_is_not_in_the_extract_is_set_aside(tmp_path):
    found = read_osm_car_parks(town().way(20, [77, 78], amenity="parking").write(tmp_path))
    assert found.parks == ()
    assert found.log.counts == {"car park without a place": 1}


def test_a_file_that_is_missing_or_damaged_is_refused(tmp_path):
    broken = tmp_path / "broken.osm"
    broken.write_text('<osm version="0.6"><node id="1" lat="0"', encoding="utf-8")
    for path in (tmp_path / "none.osm.pbf", broken):
        with pytest.raises(NetworkInputError):
            read_osm_car_parks(path)
