"""Areas on a grid: kernels against their definition, shapely and the ellipsoid."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from network.routing.reach._area_kernels import (
    SPARE_CELLS,
    find_distances,
    gather_moves,
    mark_moves,
    trace_rings,
)
from network.routing.reach.areas import measure_km2
from network.routing.reach.pieces import StreetPieces
from network.routing.reach.raster import to_cells, widen_cells
from network.streets.graph import StreetMode
from network.streets.search import StreetSearch
from network.streets.snap import Snapper
from tests.builders.handstreets import Street, hand_streets, place
from tests.reference.reach import count_areas_and_holes, distances_plainly

CELLS = st.lists(
    st.tuples(st.integers(-12, 12), st.integers(-12, 12)), min_size=1, max_size=40, unique=True
)
LEVEL = 0.5


def grid_of(cells, reach):
    """The arguments of a grid round cells: west, south, width, height."""
    low, high = cells.min(axis=0) - reach - 1, cells.max(axis=0) + reach + 1
    return (*low.tolist(), *(high - low + 1).tolist())


@given(CELLS, st.sampled_from([20.0, 30.0, 60.0]))
def test_distances_are_those_to_the_nearest_cell(cells, cell_m):
    cells = np.array(cells, dtype=np.int32)
    reach = math.ceil(60 / cell_m + SPARE_CELLS)
    question = (cells, *grid_of(cells, reach), reach, 60.0, cell_m)
    found = find_distances(*question)
    plain = distances_plainly(
        cells.tolist(), *grid_of(cells, reach), 60 + SPARE_CELLS * cell_m, cell_m
    )
    np.testing.assert_allclose(found, plain, rtol=1e-6)
    np.testing.assert_array_equal(found, find_distances.py_func(*question))


def field_of(rows):
    """A field that is below the level where a row has a cross, with an edge that is not."""
    width = len(rows[0]) + 2
    inside = np.zeros((len(rows) + 2, width), dtype=bool)
    inside[1:-1, 1:-1] = [[x == "x" for x in row] for row in rows]
    return np.where(inside, np.float32(0), np.float32(1))


def polygons_of(field):
    points, begin, owner = trace_rings(field, LEVEL)
    rings = [points[a:b] for a, b in zip(begin[:-1], begin[1:], strict=True)]
    return [
        shapely.Polygon(rings[i], [rings[j] for j in np.flatnonzero(owner == i) if j != i])
        for i in np.flatnonzero(owner == np.arange(len(owner)))
    ]


def test_a_cell_is_a_diamond_and_cells_at_a_corner_are_two():
    # A crossing half-way on each of four sides: a square of side 1 / sqrt(2) on its point.
    assert [p.area for p in polygons_of(field_of(["x"]))] == [0.5]
    assert [p.area for p in polygons_of(field_of(["x.", ".x"]))] == [0.5, 0.5]


def test_an_island_in_a_hole_owns_itself_and_the_hole_is_its_ring_s():
    rows = ["xxxxx", "x...x", "x.x.x", "x...x", "xxxxx"]
    found = sorted(polygons_of(field_of(rows)), key=lambda p: p.area)
    assert [len(p.interiors) for p in found] == [0, 1]
    assert found[0].area == 0.5
    # Outer: from -0.5 to 4.5 both ways with corners of legs 0.5 cut off: 25 - 4 / 8. Hole: from
    # 0.5 to 3.5, corners cut off as well: 9 - 4 / 8.
    assert found[1].area == (25 - 0.5) - (9 - 0.5)
    assert found[1].contains(shapely.Point(1, 1))


@given(st.lists(st.lists(st.booleans(), min_size=9, max_size=9), min_size=1, max_size=9))
def test_rings_enclose_the_areas_and_holes_that_a_flood_counts(rows):
    field = field_of([["x" if x else "." for x in row] for row in rows])
    found = polygons_of(field)
    holes = sum(len(p.interiors) for p in found)
    assert (len(found), holes) == count_areas_and_holes((field < LEVEL).tolist())
    assert all(p.is_valid and p.exterior.is_ccw for p in found)
    whole = shapely.MultiPolygon(found)
    assert whole.is_valid
    height, width = field.shape
    for y in range(height):
        for x in range(width):
            assert whole.contains(shapely.Point(x, y)) == (field[y, x] < LEVEL)
    for a, b in zip(trace_rings(field, LEVEL), trace_rings.py_func(field, LEVEL), strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_cells_are_no_area():
    assert widen_cells(np.empty((0, 2), dtype=np.int32), 60.0, 20.0).is_empty


@given(
    st.floats(-60, 60),
    st.floats(-170, 170),
    st.lists(st.floats(0.2, 1.0), min_size=5, max_size=40),
    st.sampled_from([0.001, 0.01, 0.1]),
)
def test_areas_are_those_of_geodesics_on_the_ellipsoid(lat, lon, radii, size):
    angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    outline = size * np.array(radii)[:, None] * np.column_stack((np.cos(angle), np.sin(angle)))
    shape = shapely.Polygon(outline + (lon, lat), [outline[::-1] / 2 + (lon, lat)])
    geod = Geod(ellps="WGS84")
    sizes = [
        abs(geod.polygon_area_perimeter(*shapely.get_coordinates(ring).T)[0])
        for ring in (shape.exterior, *shape.interiors)
    ]
    # Beside a geodesic a side of length L goes astray by L^2 tan(latitude) / 8 R; and the
    # geodesic sum itself is good to some tenths of a square metre.
    expected = pytest.approx((sizes[0] - sizes[1]) / 1e6, rel=5e-3 * size, abs=1e-6)
    assert measure_km2(shape) == expected
    assert measure_km2(shapely.MultiPolygon([shape])) == measure_km2(shape)


def test_no_area_is_no_square_kilometre():
    assert measure_km2(shapely.Polygon()) == 0


# A street of 120 m east and one of 240 m north from its end: 100 s and 200 s at 1.2 m/s.
NODES = {1: place(0, 0), 2: place(120, 0), 3: place(120, 240)}
CORNER = [Street(1, 2), Street(2, 3)]


@pytest.mark.parametrize(
    ("limit_s", "east", "north"),
    [(50, 3, -1), (99, 5, -1), (101, 6, 0), (249, 6, 8), (900, 6, 12)],
)
def test_streets_are_marked_as_far_as_time_goes(limit_s, east, north):
    # 20 m to a cell: after 50 s one is 60 m east, in cell 3; after 249 s 179 m up the second.
    streets = hand_streets(NODES, CORNER)
    search = StreetSearch(streets, StreetMode.WALK)
    pieces = StreetPieces(search)
    start = Snapper(streets, StreetMode.WALK).snap(*place(0, 0))
    reached = pieces.find_reached(start, np.zeros(1), limit_s=900)
    marked = pieces.mark(reached, limit_s, place(-1e-3, -1e-3), 20.0)
    expected = {(c, 0) for c in range(east + 1)} | {(6, r) for r in range(north + 1)}
    assert {tuple(cell) for cell in marked.tolist()} == expected


def test_a_place_within_a_street_marks_it_both_ways_from_there():
    streets = hand_streets({1: place(0, 0), 2: place(400, 0)}, [Street(1, 2)])
    pieces = StreetPieces(StreetSearch(streets, StreetMode.WALK))
    start = Snapper(streets, StreetMode.WALK).snap(*place(190, 0))
    reached = pieces.find_reached(start, np.array([10.0]), limit_s=60)
    # 50 s left are 60 m either way: from 130 to 250 m.
    marked = pieces.mark(reached, 60, place(0, -1e-3), 20.0)
    assert {tuple(cell) for cell in marked.tolist()} == {(c, 0) for c in range(6, 13)}


def test_streets_over_the_antimeridian_are_marked_on_both_sides():
    lat, lon = np.zeros(3), np.array([179.999, -179.9995, -179.999])
    cells = mark_moves(
        np.zeros(1, dtype=np.int32), np.zeros(1), np.ones(1), np.zeros(1), np.ones(1), 2.0,
        np.array([0, 3], dtype=np.int32), lat, lon, np.array([0.0, 0.75, 1.0]), 0.0, 180.0, 20.0,
    )  # fmt: skip
    assert (cells[:, 0].min(), cells[:, 0].max()) == (-6, 5)


@given(st.integers(0, 400), st.integers(0, 300), st.integers(1, 400))
def test_the_kernels_of_moves_do_the_same_without_compilation(x, begun_s, limit_s):
    streets = hand_streets(NODES, CORNER)
    search = StreetSearch(streets, StreetMode.WALK)
    pieces = StreetPieces(search)
    start = Snapper(streets, StreetMode.WALK).snap(*place(x, 3), limit_m=1e6)
    found = pieces.find_reached(start, np.array([float(begun_s)]), limit_s=400)
    at = (found.segment, found.start, found.end, found.seconds, found.duration_s)
    line = (streets.segments.point_offset, streets.segments.point_lat, streets.segments.point_lon)
    question = (*at, float(limit_s), *line, pieces._share, *place(0, 0), 20.0)
    np.testing.assert_array_equal(mark_moves(*question), mark_moves.py_func(*question))
    reached = search.find_reached(search.ends.leave(start), limit_s=400)
    question = (reached.vertex, reached.seconds, reached.metres, 200.0, float(limit_s),
                search.arrays.offset, search.arrays.duration_s, search.graph.segment,
                search.graph.forward)  # fmt: skip
    for a, b in zip(gather_moves(*question), gather_moves.py_func(*question), strict=True):
        np.testing.assert_array_equal(a, b)


def test_cells_are_counted_from_the_place_down_as_well_as_up():
    x = np.array([-0.1, 0.0, 19.9, 20.0])
    assert to_cells(x, x[::-1], 20.0).tolist() == [[-1, 1], [0, 0], [0, 0], [1, -1]]
