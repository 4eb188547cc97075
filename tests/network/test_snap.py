"""The nearest point of the streets."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from network.base import distance_m
from network.streets import _snap_kernels
from network.streets._snap_kernels import fill_grid, snap_places
from network.streets.graph import STEPS, StreetMode
from network.streets.snap import Snapper, compute_point_shares
from tests.builders.handstreets import METRE, Street, hand_streets, place

NODES = {1: place(0, 0), 2: place(300, 0), 3: place(300, 200)}


def snapper(ways, nodes=None, **options):
    return Snapper(hand_streets(nodes or NODES, ways), StreetMode.WALK, **options)


def snap_one(ways, x_m, y_m, nodes=None, **options):
    """(segment, fraction, metres) of the point nearest a place on the plane."""
    found = snapper(ways, nodes).snap(*place(x_m, y_m), **options)
    return found.segment[0], found.fraction[0], found.distance_m[0]


def test_a_place_beside_a_street_snaps_to_its_foot_not_to_a_junction():
    segment, fraction, metres = snap_one([Street(1, 2)], 100, 30)
    assert segment == 0
    assert fraction == pytest.approx(1 / 3)
    assert metres == pytest.approx(30)


def test_a_place_beyond_the_end_of_a_street_snaps_to_its_end():
    assert snap_one([Street(1, 2)], -30, 40) == (0, 0, pytest.approx(50))
    assert snap_one([Street(1, 2)], 330, 40) == (0, 1, pytest.approx(50))


def test_the_share_of_a_bent_street_is_by_length():
    # 100 m north, then 300 m east: 50 m along the second part are 150 of 400 m.
    ways = [Street(1, 2, between=(place(0, 100),))]
    nodes = {1: place(0, 0), 2: place(300, 100)}
    segment, fraction, metres = snap_one(ways, 50, 120, nodes)
    assert segment == 0
    assert fraction == pytest.approx(150 / 400)
    assert metres == pytest.approx(20)


def test_the_point_on_the_street_comes_with_it():
    found = snapper([Street(1, 2)]).snap(*place(100, 30))
    assert (found.lat[0], found.lon[0]) == pytest.approx(place(100, 0))


def test_a_place_farther_than_the_limit_has_no_street():
    found = snapper([Street(1, 2)]).snap(*place(100, 251))
    assert found.segment.tolist() == [-1]
    assert np.isinf(found.distance_m[0])
    assert np.isnan(found.lat[0])
    assert not found.is_near[0]
    assert snap_one([Street(1, 2)], 100, 251, limit_m=252)[0] == 0
    assert snap_one([Street(1, 2)], 100, 249)[0] == 0


def test_a_place_far_outside_the_extract_is_found_where_the_limit_allows():
    ways = [Street(1, 2), Street(2, 3)]
    assert snap_one(ways, 300, 50_000, limit_m=60_000) == (1, 1, pytest.approx(49_800))
    assert snap_one(ways, -50_000, 0, limit_m=60_000) == (0, 0, pytest.approx(50_000))
    assert snap_one(ways, 1e7, 1e6, limit_m=1e5)[0] == -1


def test_of_streets_equally_near_the_first_counts():
    assert snap_one([Street(1, 2), Street(1, 2)], 100, 30)[0] == 0
    # The corner of two streets is the end of the first.
    assert snap_one([Street(1, 2), Street(2, 3)], 330, -40)[:2] == (0, 1)


def test_segments_with_unwanted_flags_are_not_snapped_to():
    ways = [Street(1, 2, flags=STEPS), Street(2, 3)]
    found = snapper(ways, without_flags=STEPS).snap(*place(290, 5))
    assert (found.segment[0], found.distance_m[0]) == (1, pytest.approx(10))


def test_places_without_coordinates_and_graphs_without_streets_have_no_street():
    assert snapper([Street(1, 2)]).snap(np.nan, 0.0).segment.tolist() == [-1]
    nowhere = snapper([Street(1, 2, flags=STEPS)], without_flags=STEPS)
    assert nowhere.snap([0.0, 1.0], [0.0, 1.0]).segment.tolist() == [-1, -1]


def test_a_street_of_no_length_is_snapped_to():
    found = snapper([Street(1, 2)], {1: place(0, 0), 2: place(0, 0)}).snap(*place(3, 4))
    assert (found.segment[0], found.distance_m[0]) == (0, pytest.approx(5))
    assert 0 <= found.fraction[0] <= 1


def test_a_way_over_the_antimeridian_is_no_street_round_the_world():
    ways = [Street(1, 2), Street(3, 4)]
    nodes = {1: (0.0, 179.999), 2: (0.0, -179.999), 3: (0.0, 10.0), 4: (0.0, 10.001)}
    found = snapper(ways, nodes).snap([0.0001, 0.0001], [10.0005, 20.0])
    assert found.segment.tolist() == [1, -1]


def test_shares_of_points_are_metres_before_over_all_metres():
    ways = [Street(1, 2, between=(place(0, 100),)), Street(2, 3)]
    shares = compute_point_shares(hand_streets(NODES, ways).segments)
    first, second = 100, math.hypot(300, 100)
    assert shares.tolist() == pytest.approx([0, first / (first + second), 1, 0, 1], rel=1e-4)


LINES = st.lists(
    st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900)), min_size=2, max_size=4),
    min_size=1,
    max_size=12,
)
PLACES = st.lists(
    st.tuples(st.integers(-1500, 1500), st.integers(-1500, 1500)), min_size=1, max_size=5
)


def streets_of(lines, lat, lon):
    """A graph whose streets are the lines, metres round a place."""
    lon_step = METRE / math.cos(math.radians(lat))

    def at(x_m, y_m):
        return lat + y_m * METRE, lon + x_m * lon_step

    nodes = {2 * i + k: at(*line[-k]) for i, line in enumerate(lines) for k in (0, 1)}
    ways = [
        Street(2 * i, 2 * i + 1, between=tuple(at(*p) for p in line[1:-1]))
        for i, line in enumerate(lines)
    ]
    return hand_streets(nodes, ways), at


@given(LINES, PLACES, st.sampled_from([(0.0, 0.0), (48.9, 2.35), (-33.0, -70.0), (69.6, 19.0)]))
def test_the_nearest_point_is_that_of_every_line_measured_by_shapely(lines, places, centre):
    streets, at = streets_of(lines, *centre)
    asked = np.array([at(*p) for p in places])
    found = Snapper(streets, StreetMode.WALK).snap(asked[:, 0], asked[:, 1], limit_m=500)
    for i, (lat, lon) in enumerate(asked):
        lon_m = math.cos(math.radians(lat)) / METRE
        plane = [
            shapely.LineString(
                np.column_stack(
                    (
                        (streets.segments.point_lon[a:b] - lon) * lon_m,
                        (streets.segments.point_lat[a:b] - lat) / METRE,
                    )
                )
            )
            for a, b in zip(
                streets.segments.point_offset[:-1], streets.segments.point_offset[1:], strict=True
            )
        ]
        metres = [line.distance(shapely.Point(0, 0)) for line in plane]
        if min(metres) > 500:
            assert found.segment[i] == -1
            continue
        assert found.distance_m[i] == pytest.approx(min(metres), abs=1e-3)
        line = plane[found.segment[i]]
        assert line.distance(shapely.Point(0, 0)) == pytest.approx(min(metres), abs=1e-3)
        on_sphere = distance_m(lat, lon, found.lat[i], found.lon[i])
        assert on_sphere == pytest.approx(min(metres), abs=0.02)
        if line.length > 1:
            on_line = line.interpolate(found.fraction[i], normalized=True)
            assert on_line.distance(shapely.Point(0, 0)) == pytest.approx(min(metres), abs=0.3)


@given(LINES, PLACES)
def test_the_grid_finds_what_it_finds_without_compilation(lines, places):
    streets, at = streets_of(lines, 48.9, 2.35)
    asked = np.array([at(*p) for p in places])
    own = Snapper(streets, StreetMode.WALK)
    grid = own._grid
    plain = fill_grid.py_func(own._pieces, *grid[:6])
    assert [x.tolist() for x in plain] == [grid.offset.tolist(), grid.piece.tolist()]
    compiled = snap_places(own._pieces, grid, asked[:, 0].copy(), asked[:, 1].copy(), 500.0)
    interpreted = snap_places.py_func(
        own._pieces, grid, asked[:, 0].copy(), asked[:, 1].copy(), 500.0
    )
    for a, b in zip(compiled, interpreted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_every_piece_stands_in_every_cell_it_passes():
    rng = np.random.default_rng(3)
    lines = [rng.integers(-900, 900, size=(3, 2)).tolist() for _ in range(40)]
    streets, _ = streets_of(lines, 48.9, 2.35)
    own = Snapper(streets, StreetMode.WALK)
    grid, pieces = own._grid, own._pieces
    for i, p in enumerate(pieces.start.tolist()):
        for share in np.linspace(0, 1, 101):
            lat = pieces.lat[p] + share * (pieces.lat[p + 1] - pieces.lat[p])
            lon = pieces.lon[p] + share * (pieces.lon[p + 1] - pieces.lon[p])
            row = int((lat - grid.south) * _snap_kernels.METRES_PER_DEGREE / grid.cell_m + 1e-9)
            col = int((lon - grid.west) * grid.lon_m / grid.cell_m + 1e-9)
            cell = min(row, grid.n_rows - 1) * grid.n_cols + min(col, grid.n_cols - 1)
            near = {cell, max(cell - 1, 0), max(cell - grid.n_cols, 0)}
            assert any(i in grid.piece[grid.offset[c] : grid.offset[c + 1]] for c in near)
