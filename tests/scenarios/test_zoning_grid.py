"""Square zones around stops, and people of points in them."""

import dataclasses
import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from demand.readers import read_zones
from network.base import ProblemLog
from network.base.errors import ScenarioInputError
from scenarios.zone_people import read_zone_people, sum_up, summarise_levels
from scenarios.zoning import (
    GridSettings,
    PeoplePoints,
    build_grid,
    format_geojson,
    format_zone_table,
    place_people,
    read_outlines,
    read_points,
)
from scenarios.zoning.plan import METRES_PER_DEGREE, LocalPlane, measure_spread_m, wrap_longitude
from tests.builders.lines import line_timetable
from tests.builders.problems import refused

QUANTITIES = ("population", "jobs")


def timetable_at(*places, names=None):
    """Return a timetable of one line whose stops lie at (lat, lon) places."""
    base = line_timetable(departures_s=[0, 600], hops_s=[60] * (len(places) - 1))
    stops = dataclasses.replace(
        base.stops,
        lat=np.asarray([lat for lat, _ in places], dtype=np.float64),
        lon=np.asarray([lon for _, lon in places], dtype=np.float64),
        station_names=tuple(names or (f"Stop {i}" for i in range(len(places)))),
    )
    return dataclasses.replace(base, stops=stops)


def at_metres(*points):
    """Return (lat, lon) of points in metres east and north of (0, 0), where a degree is one."""
    return [(y / METRES_PER_DEGREE, x / METRES_PER_DEGREE) for x, y in points]


def test_squares_are_those_within_reach_of_a_stop_and_the_stops_own():
    # Both stops in the middle of a square of 500 m: centres 500 m and 707 m off are within
    # 800 m, those 1000 m off are not. So 3 x 3 squares around each, 2000 m apart.
    timetable = timetable_at(*at_metres((-750, 250), (1250, 250)))
    plan = build_grid(timetable, GridSettings(cell_m=500), root_name="All")
    levels = [zone.level for zone in plan.zones]
    assert levels.count("agglomeration") == 1
    assert len(plan.leaves) == 18
    assert {leaf.level for leaf in plan.leaves} == {"quartier"}
    # Columns -3..-1 and 1..3 of 500 m in communes of four: [-4..-1], [0..3]; rows -1..1 in two.
    assert levels.count("commune") == 4


def test_a_square_has_its_side_its_centre_and_its_spread():
    plan = build_grid(timetable_at((0, 0), (0, 0)), GridSettings(cell_m=500), root_name="All")
    leaf = plan.leaves[0]
    west, south, east, north = leaf.geometry.bounds
    assert (east - west) * METRES_PER_DEGREE == pytest.approx(500, abs=0.2)
    assert (north - south) * METRES_PER_DEGREE == pytest.approx(500, abs=0.2)
    assert (leaf.lon, leaf.lat) == pytest.approx(((west + east) / 2, (south + north) / 2), abs=2e-6)
    assert leaf.spread_m == pytest.approx(500 / math.sqrt(6), abs=0.1)


def test_large_squares_are_communes_right_below_the_agglomeration():
    plan = build_grid(timetable_at((0, 0), (0, 0.1)), GridSettings(cell_m=2000), root_name="All")
    assert {leaf.level for leaf in plan.leaves} == {"commune"}
    assert {leaf.parent_id for leaf in plan.leaves} == {"all"}


def test_a_square_is_called_after_its_busiest_station_else_after_the_nearest():
    timetable = timetable_at(
        *at_metres((250, 250), (260, 250), (5250, 250)), names=["Gare", "Marché", "Loin"]
    )
    # Every stop has the same departures; the last name in alphabet wins.
    plan = build_grid(timetable, GridSettings(cell_m=500), root_name="All")
    gare = shapely.Point(250 / METRES_PER_DEGREE, 250 / METRES_PER_DEGREE)
    assert [z.name for z in plan.leaves if z.geometry.contains(gare)] == ["Marché"]
    near_far = [z.name for z in plan.leaves if z.lon > 4000 / METRES_PER_DEGREE]
    assert all(name.startswith("Loin") for name in near_far)
    assert len(set(near_far)) == len(near_far) >= 7


def test_a_city_on_the_antimeridian_has_its_squares_side_by_side():
    plan = build_grid(
        timetable_at((-17.0, 179.999), (-17.0, -179.999)), GridSettings(), root_name="Taveuni"
    )
    assert len(plan.leaves) < 30
    assert all(-180 <= zone.lon <= 180 for zone in plan.zones)
    points = PeoplePoints(
        lat=np.asarray([-17.0, -17.0]),
        lon=np.asarray([179.999, -179.999]),
        people={"population": np.asarray([3.0, 4.0])},
    )
    placed = place_people(plan, points)
    assert placed.n_outside == 0
    assert placed.plan.zones[0].population == 7


@pytest.mark.parametrize("size", [0, -5, 49, 1e6, math.nan, math.inf])
def test_squares_too_small_or_too_large_are_refused(size):
    with refused(file="--grid", expected="50 to 50000"):
        GridSettings(cell_m=size)


def test_too_many_squares_are_refused_with_a_size_that_works():
    places = [(lat, lon) for lat in np.arange(40, 45, 0.1) for lon in np.arange(0, 5, 0.1)]
    timetable = timetable_at(*places)
    with refused(file="--grid", found="zones of 100 m", expected="at most 20000") as problems:
        build_grid(timetable, GridSettings(cell_m=100), root_name="All")
    larger = float(problems[0].mend.split("--grid ")[1].rstrip("."))
    build_grid(timetable, GridSettings(cell_m=larger), root_name="All")


def test_the_grid_does_not_depend_on_the_order_of_stops():
    places = at_metres((0, 0), (700, 1400), (-2300, 90), (5000, 5000), (300, 4))
    names = ["a", "b", "c", "d", "e"]
    order = [3, 0, 4, 2, 1]
    one = build_grid(timetable_at(*places, names=names), GridSettings(), root_name="All")
    shuffled = timetable_at(*(places[i] for i in order), names=[names[i] for i in order])
    ids = tuple(f"s{i}" for i in order)
    shuffled = dataclasses.replace(shuffled, stops=dataclasses.replace(shuffled.stops, ids=ids))
    other = build_grid(shuffled, GridSettings(), root_name="All")
    assert format_zone_table(one) == format_zone_table(other)
    assert format_geojson(one) == format_geojson(other)


def test_the_spread_of_a_polygon_is_that_of_its_area():
    # A rectangle of a x b about its centre: sqrt((a^2 + b^2) / 12); with a hole, by parts.
    side = 1000 / METRES_PER_DEGREE
    square = shapely.box(-side / 2, -side / 2, side / 2, side / 2)
    assert measure_spread_m(square, 0, 0) == pytest.approx(math.sqrt(2e6 / 12), rel=1e-4)
    hole = shapely.box(-side / 4, -side / 4, side / 4, side / 4)
    ring = shapely.difference(square, hole)
    moment = 1e6 * 2e6 / 12 - 0.25e6 * 0.5e6 / 12
    assert measure_spread_m(ring, 0, 0) == pytest.approx(math.sqrt(moment / 0.75e6), rel=1e-4)
    two = shapely.MultiPolygon([square, shapely.affinity.translate(square, 3 * side)])
    moment = 2 * 1e6 * 2e6 / 12 + 2 * 1e6 * 1500**2
    assert measure_spread_m(two, 0, 1.5 * side) == pytest.approx(math.sqrt(moment / 2e6), rel=1e-4)


@given(
    st.lists(
        st.tuples(
            st.floats(-0.05, 0.05),
            st.floats(-0.05, 0.05),
            st.integers(0, 1000),
            st.integers(0, 1000),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_people_are_conserved_at_every_level(tmp_path_factory, rows):
    plan = build_grid(
        timetable_at(*at_metres((0, 0), (3000, 1000), (-900, 2000))),
        GridSettings(cell_m=500),
        root_name="All",
    )
    table = np.asarray(rows, dtype=np.float64)
    people = {"population": table[:, 2], "jobs": table[:, 3]}
    placed = place_people(plan, PeoplePoints(lat=table[:, 0], lon=table[:, 1], people=people))
    path = tmp_path_factory.mktemp("zones") / "zones.csv"
    path.write_text(format_zone_table(placed.plan), encoding="utf-8")
    log = ProblemLog()
    zones = read_zones(path, log=log)
    read = read_zone_people(path, zones, log)
    assert log.total == 0
    for quantity in QUANTITIES:
        total = people[quantity].sum()
        inside = placed.plan.zones[0].of(quantity)
        assert inside + placed.outside[quantity] == total
        for level in summarise_levels(zones, read):
            assert level.sums[quantity] == inside
            assert level.unknown[quantity] == 0
        leaves = read.leaf_values(quantity, zones)
        for zone_id in zones.names:
            assert read.of(quantity)[zone_id] == leaves[zones.leaves_under(zone_id)].sum()


def test_a_quantity_that_nobody_gave_stays_unknown():
    plan = build_grid(timetable_at((0, 0), (0, 0)), GridSettings(), root_name="All")
    points = PeoplePoints(
        lat=np.asarray([0.0]), lon=np.asarray([0.0]), people={"jobs": np.asarray([5.0])}
    )
    placed = place_people(plan, points).plan
    assert {zone.population for zone in placed.zones} == {None}
    assert placed.zones[0].jobs == 5
    assert sorted({leaf.jobs for leaf in placed.leaves}) == [0, 5]


def test_a_point_on_a_border_counts_once():
    plan = build_grid(timetable_at((0, 0), (0, 0)), GridSettings(cell_m=500), root_name="All")
    corners = shapely.get_coordinates([leaf.geometry for leaf in plan.leaves])
    points = PeoplePoints(
        lat=corners[:, 1].copy(),
        lon=corners[:, 0].copy(),
        people={"population": np.ones(len(corners))},
    )
    placed = place_people(plan, points)
    assert placed.n_outside == 0
    assert placed.plan.zones[0].population == len(corners)


def test_a_sum_with_an_unknown_part_is_unknown_unless_it_was_given():
    parents = {"a": "r", "b": "r", "a1": "a", "a2": "a"}
    ids = ["r", "a", "b", "a1", "a2"]
    assert sum_up(ids, parents, {"a1": 1.0, "a2": 2.0, "b": None}) == {
        "r": None,
        "a": 3.0,
        "b": None,
        "a1": 1.0,
        "a2": 2.0,
    }
    assert sum_up(ids, parents, {"a1": None, "a": 9.0, "b": 1.0})["r"] == 10.0
    assert sum_up(ids, parents, {"a1": 1.0, "a2": 1.0, "a": 9.0, "b": 1.0})["r"] == 3.0


def test_points_with_bad_values_are_set_aside_with_their_line(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(
        "lat,lon,population,jobs\n48.9,2.3,10,5\n98,2.3,1,1\n48.9,east,1,1\n"
        "48.9,2.4,-1,1\n48.9,2.4,nan,1\n,2.4,1,1\n48.9,2.4,,7\n",
        encoding="utf-8",
    )
    log = ProblemLog()
    points = read_points(path, log)
    assert points.people["population"].tolist() == [10, 0]
    assert points.people["jobs"].tolist() == [5, 7]
    assert log.counts == {"point": 5}
    assert [problem.row for problem in log.problems] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lat,lon\n1,2\n", {"row": 1, "expected": "population, jobs or both"}),
        ("lat,population\n1,2\n", {"expected": "lon"}),
        ("lat,lon,jobs\n", {"found": "no usable point"}),
        ("lat,lon,jobs\nx,y,z\n", {"found": "no usable point"}),
        ("", {"expected": "lat"}),
    ],
)
def test_points_that_are_no_points_are_refused(tmp_path, text, expected):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    row = expected.pop("row", None)
    with pytest.raises(ScenarioInputError) as caught:
        read_points(path, ProblemLog())
    problem = caught.value.problems[0]
    assert row is None or problem.row == row
    for field, words in expected.items():
        assert words in getattr(problem, field)


def test_outlines_come_back_by_zone(tmp_path):
    plan = build_grid(timetable_at((0, 0), (0, 0.01)), GridSettings(), root_name="All")
    path = tmp_path / "zones.geojson"
    path.write_text(format_geojson(plan), encoding="utf-8")
    outlines = read_outlines(path)
    drawn = {zone.zone_id for zone in plan.zones if zone.geometry is not None}
    assert set(outlines) == drawn
    one = plan.leaves[0]
    assert shapely.geometry.shape(outlines[one.zone_id]).equals_exact(one.geometry, 1e-6)


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(-5e4, 5e4), st.floats(-5e4, 5e4))
def test_metres_and_degrees_are_inverse(lat, lon, x, y):
    plane = LocalPlane(lat0=lat, lon0=lon)
    there = plane.to_degrees(x, y)
    back = plane.to_metres(there[0], wrap_longitude(there[1]))
    assert (float(back[0]), float(back[1])) == pytest.approx((x, y), abs=1e-3)
