"""The zone tree of square communes, worked out by hand."""

import numpy as np
import pytest

from demand import build_zone_system
from demand.grouping import group_places
from demand.quartiers import REST, build_grid, split_commune
from network.base.errors import DemandInputError
from tests.builders.squares import MILLI, settings, square

EMPTY = np.empty(0)


def build(communes, stations=(), territory=("01001",), **changes):
    lat = np.asarray([s[1] for s in stations]) * MILLI
    lon = np.asarray([s[0] for s in stations]) * MILLI
    return build_zone_system(
        communes,
        territory_codes=territory,
        stations_lat=lat,
        stations_lon=lon,
        stations_names=[s[2] for s in stations],
        settings=settings(**changes),
    )


def test_grid_points_are_the_multiples_of_the_step_inside_the_polygon():
    lat, lon = build_grid(square("01001", "A", 1, 1, 4).polygon, 2 * 111.195)

    assert sorted(zip(lat.round(6), lon.round(6), strict=True)) == [
        (0.002, 0.002),
        (0.002, 0.004),
        (0.004, 0.002),
        (0.004, 0.004),
    ]


def test_a_polygon_smaller_than_the_grid_still_has_one_point_inside():
    outline = square("01001", "A", 10.1, 10.1, 0.5).polygon

    lat, lon = build_grid(outline, 2 * 111.195)

    assert len(lat) == len(lon) == 1
    assert outline.contains(outline.representative_point())
    assert 10.1 * MILLI < lat[0] < 10.6 * MILLI


def test_points_go_to_the_nearest_station_and_far_ones_to_the_rest():
    # Points at lon 2, 4, 6, ..., 18 (9 columns) by lat 2, 4 (2 rows). Station P at (2, 3)
    # reaches 5: columns 2, 4, 6 (distance 4.12 at most). Q at (10, 3) reaches 6 to 14;
    # column 6 is as far from P as from Q and goes to the first. So P 3, Q 4 (8, 10, 12, 14),
    # rest 2 (16, 18) columns of 9.
    strip = square("x", "x", 1, 1, 18).polygon.difference(square("x", "x", 0, 5, 20).polygon)
    parts = split_commune(
        strip,
        stations_lat=np.array([3, 3]) * MILLI,
        stations_lon=np.array([2, 10]) * MILLI,
        step_m=2 * 111.195,
        reach_m=5 * 111.195,
        activity_radius_m=1.0,
        min_share=0.0,
    )

    assert [part.station for part in parts] == [1, 0, REST]
    assert [part.share for part in parts] == pytest.approx([4 / 9, 3 / 9, 2 / 9])
    assert [part.lon / MILLI for part in parts] == pytest.approx([11, 4, 17])
    assert [part.lat / MILLI for part in parts] == pytest.approx([3, 3, 3])


def test_activity_places_weigh_the_points_around_them():
    # Two points, (2, 2) with three bus stops close by and (4, 2) with one: shares 3/4, 1/4.
    strip = square("x", "x", 1, 1, 4).polygon.difference(square("x", "x", 0, 3, 9).polygon)
    parts = split_commune(
        strip,
        stations_lat=np.array([2, 2]) * MILLI,
        stations_lon=np.array([2, 4]) * MILLI,
        activity_lat=np.array([2.1, 1.9, 2.0, 2.0]) * MILLI,
        activity_lon=np.array([2.0, 2.0, 2.1, 4.0]) * MILLI,
        step_m=2 * 111.195,
        reach_m=5 * 111.195,
        activity_radius_m=50.0,
        min_share=0.0,
    )

    assert [(part.station, part.share) for part in parts] == [(0, 0.75), (1, 0.25)]


def test_a_quartier_below_the_threshold_joins_the_nearest_other():
    strip = square("x", "x", 1, 1, 18).polygon.difference(square("x", "x", 0, 5, 20).polygon)
    parts = split_commune(
        strip,
        stations_lat=np.array([3, 3]) * MILLI,
        stations_lon=np.array([2, 10]) * MILLI,
        step_m=2 * 111.195,
        reach_m=5 * 111.195,
        activity_radius_m=1.0,
        min_share=0.3,
    )

    # The rest (2/9, centre 17) joins Q (4/9, centre 11): 6/9, centre (4 x 11 + 2 x 17) / 6.
    assert [part.station for part in parts] == [1, 0]
    assert [part.share for part in parts] == pytest.approx([6 / 9, 3 / 9])
    assert parts[0].lon / MILLI == pytest.approx(13)


def test_territory_becomes_quartiers_and_far_communes_a_group_named_after_the_largest():
    zones, split = build(
        [
            square("01001", "Here", 1, 1, 4),
            square("02001", "Far", 500, 500, 4, population=10),
            square("02002", "Farther", 506, 500, 4, population=30),
        ],
        stations=[(2, 3, "West"), (4, 3, "East")],
    )

    assert zones.ids == ("01001-1", "01001-2", "02002G")
    assert [zones.leaf_name(i) for i in range(3)] == [
        "Here : West",
        "Here : East",
        "autour de Farther",
    ]
    assert zones.in_territory.tolist() == [True, True, False]
    assert split.home_share[split.parts("01001")].tolist() == [0.5, 0.5]
    assert split.zone_idx[split.parts("02001")].tolist() == [2]
    assert split.zone_idx[split.parts("02002")].tolist() == [2]
    # centre of the group, weighted by residents: (502 x 10 + 508 x 30) / 40
    assert zones.lon[2] / MILLI == pytest.approx(506.5)


def test_every_zone_leads_to_the_region_through_the_levels_in_order():
    zones, _ = build(
        [square("01001", "Here", 1, 1, 4), square("02001", "Far", 500, 500, 4)],
        stations=[(2, 3, "West"), (4, 3, "East")],
    )

    chain = ["01001-1"]
    while chain[-1] in zones.parents:
        chain.append(zones.parents[chain[-1]])
    assert chain == ["01001-1", "01001", "territory", "D01", "region"]
    assert [zones.levels[zone] for zone in chain] == [
        "quartier",
        "commune",
        "agglomeration",
        "departement",
        "region",
    ]
    assert zones.leaves_under("territory").tolist() == [0, 1]
    assert zones.leaves_under("region").tolist() == [0, 1, 2]


def test_a_commune_near_the_territory_is_split_and_one_beyond_is_not():
    # 1,000 m are 8.99 thousandths: the gap of 8 is near, that of 10 is not.
    stations = [(14, 3, "P"), (16, 3, "Q"), (3, 16, "R"), (3, 18, "S")]
    zones, _ = build(
        [
            square("01001", "Here", 1, 1, 4),
            square("01002", "Near", 13, 1, 4),
            square("01003", "Beyond", 1, 15, 4),
        ],
        stations=stations,
    )

    assert {"01002-1", "01002-2"} <= set(zones.ids)
    assert "01003" in zones.ids


def test_the_order_of_communes_does_not_matter():
    communes = [square(f"0100{i}", f"C{i}", 20 * i, 1, 4) for i in range(1, 6)]

    first, one = build(communes)
    second, other = build(communes[::-1])

    assert first.ids == second.ids
    np.testing.assert_array_equal(first.lat, second.lat)
    np.testing.assert_array_equal(one.zone_idx, other.zone_idx)


def test_group_places_cuts_near_cells_finer_than_far_ones():
    lat = np.array([0.0, 0.0, 0.0, 0.0])
    lon = np.array([0.10, 0.12, 1.00, 1.02])

    groups = group_places(lat, lon, from_lat=0, from_lon=0, size_per_distance=0.1, min_size_m=0.0)

    assert [group.tolist() for group in groups] == [[0], [1], [2, 3]]


def test_group_places_of_nothing_is_nothing():
    assert (
        group_places(EMPTY, EMPTY, from_lat=0, from_lon=0, size_per_distance=1, min_size_m=1) == []
    )


def test_a_territory_code_without_outline_is_named_in_the_error():
    with pytest.raises(DemandInputError, match="no commune 99999"):
        build([square("01001", "Here", 1, 1, 4)], territory=("01001", "99999"))


def test_two_communes_of_one_code_are_an_error():
    with pytest.raises(DemandInputError, match="different codes"):
        build([square("01001", "Here", 1, 1, 4), square("01001", "Again", 9, 9, 4)])


@pytest.mark.parametrize(
    "changes", [{"grid_m": 0}, {"station_reach_m": -1}, {"min_near_share": 1.0}]
)
def test_settings_out_of_range_are_refused(changes):
    with pytest.raises(ValueError, match="expected"):
        settings(**changes)
