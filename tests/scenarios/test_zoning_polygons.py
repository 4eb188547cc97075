"""Zones from given polygons: nesting, levels, sums, and what is wrong with them."""

import json

import pytest
import shapely

from network.base import ProblemLog
from network.base.errors import ScenarioInputError
from scenarios.zoning import (
    build_polygon_zones,
    format_geojson,
    format_zone_table,
    read_polygons,
)


def square(west, south, size=1.0):
    ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def feature(zone_id, geometry, **properties):
    return {
        "type": "Feature",
        "properties": {"id": zone_id, **properties},
        "geometry": geometry,
    }


@pytest.fixture
def build(tmp_path):
    """Write features to a file, build zones; return the plan and the log."""

    def build_zones(*features):
        path = tmp_path / "polygons.geojson"
        collection = {"type": "FeatureCollection", "features": list(features)}
        path.write_text(json.dumps(collection), encoding="utf-8")
        log = ProblemLog()
        given = read_polygons(path, log)
        return build_polygon_zones(path, given, log, root_name="All"), log

    return build_zones


def tree(plan):
    return {zone.zone_id: (zone.level, zone.parent_id) for zone in plan.zones}


def people(plan, quantity="population"):
    return {zone.zone_id: zone.of(quantity) for zone in plan.zones}


def test_flat_polygons_are_communes_of_one_agglomeration(build):
    plan, log = build(
        feature("b", square(1, 0), name="Bas", population=20, jobs=2),
        feature("a", square(0, 0), name="Aval", population=10),
    )
    assert tree(plan) == {
        "all": ("agglomeration", None),
        "a": ("commune", "all"),
        "b": ("commune", "all"),
    }
    assert people(plan) == {"all": 30, "a": 10, "b": 20}
    assert people(plan, "jobs") == {"all": None, "a": None, "b": 2}
    assert log.total == 0
    assert plan.zones[0].name == "All"
    assert (plan.zones[1].lat, plan.zones[1].lon) == (0.5, 0.5)


def test_one_polygon_needs_no_root(build):
    plan, _ = build(feature("only", square(0, 0), population=5))
    assert tree(plan) == {"only": ("commune", None)}


def test_nesting_by_place_gives_parents_and_levels(build):
    plan, _ = build(
        feature("city", square(0, 0, 4)),
        feature("west", square(0, 0, 2)),
        feature("q1", square(0, 0), population=1),
        feature("q2", square(1, 0), population=2),
        feature("town", square(4, 0, 2), population=7),
    )
    assert tree(plan) == {
        "all": ("departement", None),
        "city": ("agglomeration", "all"),
        "west": ("commune", "city"),
        "town": ("commune", "all"),
        "q1": ("quartier", "west"),
        "q2": ("quartier", "west"),
    }
    assert people(plan) == {"all": 10, "city": 3, "west": 3, "town": 7, "q1": 1, "q2": 2}


def test_parents_by_name_come_before_place(build):
    plan, log = build(
        feature("left", square(0, 0, 3), level="commune"),
        feature("right", square(3, 0, 3), level="commune"),
        feature("q", square(0, 0), level="quartier", parent="right"),
    )
    assert tree(plan)["q"] == ("quartier", "right")
    assert log.total == 0


def test_levels_are_understood_with_accents_and_capitals(build):
    plan, _ = build(
        feature("r", square(0, 0, 9), level="Région"),
        feature("d", square(0, 0, 5), level="DÉPARTEMENT"),
    )
    assert tree(plan) == {"r": ("region", None), "d": ("departement", "r")}


def test_a_level_decides_what_is_above_not_the_area(build):
    plan, _ = build(
        feature("small-commune", square(0, 0, 1), level="commune"),
        feature("large-quartier", square(0, 0, 4), level="quartier"),
    )
    assert tree(plan)["small-commune"][1] == "all"
    assert tree(plan)["large-quartier"] == ("quartier", "all")


def test_a_figure_that_is_not_the_sum_of_its_parts_is_told_and_the_sum_is_used(build):
    plan, log = build(
        feature("c", square(0, 0, 2), level="commune", population=100),
        feature("q1", square(0, 0), level="quartier", population=40),
        feature("q2", square(1, 0), level="quartier", population=50),
    )
    assert people(plan)["c"] == 90
    assert log.counts == {"sum of zones": 1}
    assert "100 for c" in log.problems[0].found
    assert "90" in log.problems[0].found


def test_a_commune_keeps_its_figure_where_a_part_is_unknown(build):
    plan, log = build(
        feature("c", square(0, 0, 2), level="commune", population=100),
        feature("q1", square(0, 0), level="quartier", population=40),
        feature("q2", square(1, 0), level="quartier"),
    )
    assert people(plan) == {"c": 100, "q1": 40, "q2": None}
    assert log.total == 0


@pytest.mark.parametrize(
    ("parent", "found"),
    [("nowhere", "no zone"), ("q2", "not above"), ("q1", "not above")],
)
def test_a_parent_that_cannot_be_is_told_and_the_zone_goes_where_it_lies(build, parent, found):
    plan, log = build(
        feature("c", square(0, 0, 2), level="commune"),
        feature("q1", square(0, 0), level="quartier", parent=parent),
        feature("q2", square(1, 0), level="quartier"),
    )
    assert tree(plan)["q1"] == ("quartier", "c")
    assert found in log.problems[0].found


def test_parents_that_go_round_in_a_circle_are_broken(build):
    plan, log = build(
        feature("a", square(0, 0), parent="b"),
        feature("b", square(5, 0), parent="c"),
        feature("c", square(9, 0), parent="a"),
    )
    assert log.counts == {"parent of a polygon": 1}
    assert "below the zone itself" in log.problems[0].found
    assert len(plan.leaves) == 1
    assert sum(zone.parent_id is None for zone in plan.zones) == 1


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"type": "Feature", "properties": None, "geometry": square(0, 0)}, "id"),
        (feature("x", None), "geometry"),
        (feature("x", {"type": "Point", "coordinates": [0, 0]}), "geometry"),
        (feature("x", {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}), "geometry"),
        (feature("x", {"type": "Polygon", "coordinates": "none"}), "geometry"),
        (feature("x", {"type": "Polygon", "coordinates": [[[0, 0]] * 4]}), "geometry"),
        (feature("x", square(652_000, 6_862_000)), "geometry"),
        (feature("x", square(0, 0), level="village"), "level"),
        (feature("x", square(0, 0), population="many"), "population"),
        (feature("x", square(0, 0), jobs=-1), "jobs"),
        (feature("x", square(0, 0), jobs=True), "jobs"),
        (feature("good", square(0, 0)), "id"),
        (7, "id"),
    ],
)
def test_a_feature_that_cannot_be_used_is_set_aside(build, bad, field):
    plan, log = build(feature("good", square(0, 0)), bad, feature("fine", square(1, 0)))
    assert {zone.zone_id for zone in plan.leaves} == {"good", "fine"}
    assert log.counts == {"polygon": 1}
    assert log.problems[0].field == field
    assert "feature 2" in log.problems[0].found


def test_coordinates_in_metres_are_told_to_be_no_degrees(build):
    with pytest.raises(ScenarioInputError, match="EPSG:4326"):
        build(feature("x", square(652_000, 6_862_000)))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"features": 3}', '{"type": "FeatureCollection"}', "[" * 9999]
)
def test_what_is_no_geojson_is_refused(tmp_path, text):
    path = tmp_path / "zones.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioInputError, match=r"zones\.geojson"):
        read_polygons(path, ProblemLog())


def test_a_polygon_that_crosses_itself_is_mended(build):
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    plan, _ = build(feature("bow", bow))
    assert plan.leaves[0].geometry.is_valid
    assert plan.leaves[0].geometry.area == pytest.approx(2.0)


def test_the_centre_of_a_ring_lies_in_the_ring(build):
    ring = shapely.difference(shapely.box(0, 0, 3, 3), shapely.box(1, 1, 2, 2))
    geometry = json.loads(shapely.to_geojson(ring))
    plan, _ = build(feature("ring", geometry))
    leaf = plan.leaves[0]
    assert ring.intersects(shapely.Point(leaf.lon, leaf.lat))


def test_zones_deeper_than_there_are_levels_are_refused(build):
    nested = [feature(f"z{i}", square(0, 0, 2.0**i)) for i in range(6)]
    with pytest.raises(ScenarioInputError, match="deeper than 5"):
        build(*nested)


def test_the_tree_does_not_depend_on_the_order_of_features(build):
    features = [
        feature("city", square(0, 0, 4)),
        feature("q1", square(0, 0), population=1),
        feature("q2", square(1, 0), population=2),
        feature("far", square(9, 9), population=3),
    ]
    one, _ = build(*features)
    other, _ = build(*reversed(features))
    assert format_zone_table(one) == format_zone_table(other)
    assert format_geojson(one) == format_geojson(other)


def test_what_was_written_as_geojson_is_read_as_the_same_zones(build, tmp_path):
    plan, _ = build(
        feature("c", square(0, 0, 2), level="commune", name="Cœur"),
        feature("q1", square(0, 0), level="quartier", population=40, jobs=1),
        feature("q2", square(1, 0), level="quartier", population=50, jobs=2),
    )
    path = tmp_path / "again.geojson"
    path.write_text(format_geojson(plan), encoding="utf-8")
    log = ProblemLog()
    again = build_polygon_zones(path, read_polygons(path, log), log, root_name="All")
    assert log.total == 0
    assert format_zone_table(again) == format_zone_table(plan)
