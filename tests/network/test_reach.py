"""Reach and travel times in two cities by hand, areas against shapely's own buffers."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from network.base import Cancelled
from network.base.errors import NetworkInputError
from network.readers import read_network
from network.readers.osm import read_streets
from network.routing import Place, find_itineraries
from network.routing.reach.areas import OFF_STREET_M, IsochroneSearch
from network.routing.reach.direct import DirectSearch
from network.routing.reach.matrix import (
    Departures,
    ReachPlaces,
    ReachRules,
    compute_matrix,
    compute_percentiles,
)
from network.routing.reach.raster import widen_points
from network.streets.graph import StreetMode
from tests.builders import gridcity, gridstreets
from tests.builders.feeds import write_feed
from tests.builders.gridstreets import BLOCK_M, STOPS_M, at

SEVEN, EIGHT = 7 * 3600, 8 * 3600


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return read_network(
        gridcity.write_grid_city(tmp_path_factory.mktemp("grid")), gridcity.GRID_DAY
    )


@pytest.fixture(scope="module")
def streets_city(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streets")
    streets = read_streets(gridstreets.grid_streets().write(folder))
    feed = write_feed(folder, **gridstreets.grid_streets_feed())
    return read_network(feed, gridstreets.GRID_DAY, streets=streets)


def places(**at_lat_lon):
    lat, lon = zip(*at_lat_lon.values(), strict=True)
    return ReachPlaces(ids=tuple(at_lat_lon), lat=np.array(lat), lon=np.array(lon))


STOPS = places(**gridcity.STOPS)
CORNERS = places(
    **{name: at(*STOPS_M[name]) for name in STOPS_M},
    middle=at(1.5 * BLOCK_M, 2.5 * BLOCK_M),
    far=at(9_000, 9_000),
)


def junction(x, y):
    lat, lon = at(x * BLOCK_M, y * BLOCK_M)
    return shapely.Point(lon, lat)


def test_times_from_the_west_end_at_seven_are_the_timetable_s(city):
    # A2 at 07:05, A3 at 07:10; line B leaves A2 at 07:06 and is at either end at 07:12.
    times = compute_matrix(city, STOPS, STOPS, Departures(depart_s=SEVEN))
    assert (times[0, 0] / 60).tolist() == [0, 5, 10, 12, 12]
    # From B1 one is at A2 at 07:06, a minute after the train west: 07:15, A1 at 07:20.
    assert (times[0, 3] / 60).tolist() == [20, 6, 20, 0, 12]


def test_percentiles_of_a_window_are_times_of_some_departure(city):
    # Trains at 07:00 and 07:10 take 5 min: who leaves at 07:00 ... 07:09 takes 5, 14, 13 ... 6.
    departures = Departures(depart_s=SEVEN, window_min=10, percentiles=(5, 50, 95, 100))
    times = compute_matrix(city, STOPS, STOPS, departures)
    assert (times[:, 0, 1] / 60).tolist() == [5, 9, 14, 14]


def test_departures_without_a_way_count_as_endless_in_percentiles(city):
    # The last train from A1 leaves at 09:50: of 09:46 to 09:55 only the first five catch it.
    departures = Departures(
        depart_s=9 * 3600 + 46 * 60, window_min=10, percentiles=(10, 50, 51, 95)
    )
    times = compute_matrix(city, STOPS, STOPS, departures)[:, 0, 1] / 60
    assert times.tolist() == [5, 9, math.inf, math.inf]


def test_percentiles_go_by_nearest_rank():
    seconds = np.array([[30.0], [10.0], [np.inf], [20.0]])
    found = compute_percentiles(seconds, (0, 25, 26, 75, 76))[:, 0]
    assert found.tolist() == [10, 10, 20, 30, math.inf]


@pytest.mark.parametrize("depart_s", [EIGHT - 60, EIGHT, EIGHT + 420])
def test_a_row_of_the_matrix_is_what_single_queries_answer(streets_city, depart_s):
    rules = ReachRules()
    times = compute_matrix(streets_city, CORNERS, CORNERS, Departures(depart_s=depart_s))[0]
    ends = [
        Place(name=i, lat=float(a), lon=float(b))
        for i, a, b in zip(CORNERS.ids, CORNERS.lat, CORNERS.lon, strict=True)
    ]
    for i, origin in enumerate(ends):
        for j, target in enumerate(ends):
            search = find_itineraries(
                streets_city,
                origin,
                target,
                departure_s=depart_s,
                max_rides=rules.max_rides,
            )
            arrivals = [found.arrival_s - depart_s for found in search.itineraries]
            expected = 0 if i == j else min(arrivals, default=math.inf)
            assert times[i, j] == expected, (origin.name, target.name)
    assert np.isfinite(times[~np.eye(len(ends), dtype=bool)]).any()
    assert np.isinf(times[CORNERS.ids.index("P"), CORNERS.ids.index("far")])


def test_transit_discs_without_streets_have_the_areas_of_their_circles(city):
    # 15 min from A1 at 07:00: 900 s there, 600 s left at A2, 300 at A3, 180 at B1 and B3.
    (found,) = IsochroneSearch(city, "transit").find_areas(
        *gridcity.STOPS["A1"], [900], depart_s=SEVEN
    )
    radii_m = [left_s * 1.2 / 1.3 for left_s in (900, 600, 300, 180, 180)]
    assert found.area_km2 == pytest.approx(math.pi * sum(r * r for r in radii_m) / 1e6, rel=0.005)
    assert len(shapely.get_parts(found.area)) == 5


def test_a_walk_without_streets_is_a_disc(city):
    (found,) = IsochroneSearch(city, "walk").find_areas(*gridcity.STOPS["A1"], [1300])
    assert found.area_km2 == pytest.approx(math.pi * 1.2**2, rel=0.005)


def test_the_river_is_walked_round_by_the_bridge(streets_city):
    # From R to the junction across the river: 2 blocks west, the bridge, 2 back: 497.5 s.
    search = IsochroneSearch(streets_city, "walk")
    short, long = search.find_areas(*at(*STOPS_M["R"]), [300, 600])
    across, beside = junction(2, 1), junction(2, 4)
    assert not short.area.contains(across)
    assert long.area.contains(across)
    assert short.area.contains(beside)  # two blocks north, 199 s


def test_the_end_of_a_reached_street_is_where_time_runs_out(streets_city):
    # West of the grid a road of 5 km: 600 s from its start are 720 m, doors included.
    (found,) = IsochroneSearch(streets_city, "walk").find_areas(*at(0, 0), [600])
    west_m = found.area.bounds[0] * (BLOCK_M / at(BLOCK_M, 0)[1])
    assert west_m == pytest.approx(-720, abs=15)


def test_streets_round_a_transit_stop_are_reached(streets_city):
    # Line 1 leaves W at 08:00 and is at P at 08:07: from 07:59 a minute is left of 540 s.
    search = IsochroneSearch(streets_city, "transit")
    before, after = search.find_areas(*at(*STOPS_M["W"]), [475, 540], depart_s=EIGHT - 60)
    lat, lon = at(*STOPS_M["P"])
    assert not before.area.contains(shapely.Point(lon, lat))
    assert after.area.contains(shapely.Point(lon, lat))


@pytest.mark.parametrize("mode", ["transit", "walk", "bike", "car"])
def test_a_longer_time_holds_the_area_of_a_shorter(streets_city, mode):
    limits_s = [120, 300, 600, 900, 1800]
    found = IsochroneSearch(streets_city, mode).find_areas(
        *at(*STOPS_M["S"]), limits_s, depart_s=EIGHT
    )
    for inner, outer in zip(found, found[1:], strict=False):
        assert inner.area_km2 > 0
        assert outer.area_km2 >= inner.area_km2
        assert shapely.difference(inner.area, outer.area).area <= 1e-9 * inner.area.area


@given(
    st.lists(
        st.tuples(st.integers(-400, 400), st.integers(-400, 400)),
        min_size=1,
        max_size=30,
        unique=True,
    )
)
@settings(max_examples=60, deadline=None)
def test_widened_points_are_shapely_s_buffers_to_a_cell(points):
    x, y = np.array(points, dtype=np.float64).T
    found = widen_points(x, y, OFF_STREET_M, 20.0)
    assert found.is_valid
    # Inside by a chord of the contour, outside by half a diagonal where two circles meet.
    centres = np.asarray(shapely.points((x // 20 + 0.5) * 20, (y // 20 + 0.5) * 20))
    assert shapely.union_all(shapely.buffer(centres, OFF_STREET_M - 5)).difference(found).area < 1
    assert found.difference(shapely.union_all(shapely.buffer(centres, OFF_STREET_M + 14))).area < 1


def test_a_hole_and_an_island_in_it_stay_apart():
    # Two circles of points round a point: rings of 120 m width, and a disc of 60 m inside.
    angle = np.arange(0, 2 * np.pi, 0.01)
    x = np.concatenate(([0.0], 300 * np.cos(angle), 600 * np.cos(angle)))
    y = np.concatenate(([0.0], 300 * np.sin(angle), 600 * np.sin(angle)))
    found = widen_points(x, y, OFF_STREET_M, 20.0)
    parts = sorted(shapely.get_parts(found), key=lambda part: part.area)
    assert found.is_valid
    assert [len(part.interiors) for part in parts] == [0, 1, 1]
    sizes = [math.pi * 60**2, math.pi * (360**2 - 240**2), math.pi * (660**2 - 540**2)]
    assert [part.area for part in parts] == pytest.approx(sizes, rel=0.1)


def test_a_car_without_streets_is_refused(city):
    with pytest.raises(NetworkInputError, match="without streets"):
        DirectSearch(city, StreetMode.CAR)


@pytest.mark.parametrize(
    "wrong",
    [
        {"depart_s": -1},
        {"depart_s": 0, "window_min": -1},
        {"depart_s": 0, "percentiles": (101,)},
        {"depart_s": 0, "percentiles": ()},
    ],
)
def test_departures_that_there_are_not_are_refused(wrong):
    with pytest.raises(NetworkInputError):
        Departures(**wrong)


def test_rules_without_a_ride_are_refused():
    with pytest.raises(NetworkInputError, match="max_rides"):
        ReachRules(max_rides=0)


def test_a_matrix_is_cancelled_by_its_progress(city):
    def stop(stage, done, total):
        if stage == "matrix" and done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        compute_matrix(city, STOPS, STOPS, Departures(depart_s=SEVEN), progress=stop)
