"""The grid city with streets: every walk, change and arrival is worked out by hand."""

import os
import random
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from network.base import parse_clock
from network.readers import read_network
from network.readers.osm import read_streets
from network.routing import (
    Place,
    WalkLeg,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
)
from network.walking.access import walk_access, walk_between
from tests.architecture.project import ROOT
from tests.builders.feeds import write_feed
from tests.builders.footwalks import walks_by_id
from tests.builders.gridstreets import (
    BLOCK_M,
    GRID_DAY,
    STOPS_M,
    at,
    grid_streets,
    grid_streets_feed,
)

HOME = at(-5000 + 240.6, -24)  # 240.6 m along the road from W's end, 24 m off it
WORK = at(4 * BLOCK_M - 24, 4 * BLOCK_M + 6000 - 300.6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="module")
def streets(folder):
    return grid_streets().read(folder)


@pytest.fixture(scope="module")
def feed(folder):
    return write_feed(folder, **grid_streets_feed())


@pytest.fixture(scope="module")
def city(feed, streets):
    return read_network(feed, GRID_DAY, streets=streets)


def both_ways(walks):
    return walks | {(b, a): seconds for (a, b), seconds in walks.items()}


def test_walks_between_stops_go_over_the_streets_the_bridge_and_the_steps(city):
    # P-S along one street: 10 + 99.5 / 4 + 5. S-Q: 5 + 1.25 x 99.5 + 5.25. Q-R: 5.25 + the
    # steps, 199, + 2 x 99.5; S-R and P-R come by there too. U is straight: 1.3 x metres / 1.2.
    assert walks_by_id(city) == both_ways(
        {
            ("P", "Q"): 165,
            ("P", "S"): 40,
            ("Q", "S"): 135,
            ("Q", "R"): 404,
            ("R", "S"): 528,
            ("P", "R"): 558,
            ("P", "U"): 499,
            ("S", "U"): 466,
            ("Q", "U"): 446,
        }
    )
    assert city.footpaths.kind == "streets"
    assert city.footpaths.n_straight_stops == 1
    assert city.footpaths.speed_mps == 1.2
    assert not city.footpaths.step_free


def test_without_streets_the_same_stops_are_joined_across_the_river(feed):
    walks = walks_by_id(read_network(feed, GRID_DAY))
    assert walks["P", "Q"] == 160
    assert walks["Q", "R"] == 296  # 245.1 m west and 119.4 m north: 272.6 m


def test_a_step_free_walk_takes_the_bridge(feed, streets):
    city = read_network(feed, GRID_DAY, streets=streets, max_walk_s=900, step_free=True)
    walks = walks_by_id(city)
    # From Q west to the bridge, over it, and back east: 4 + 1 + 2 blocks.
    assert walks["Q", "R"] == 702  # 5.25 + 7 x 99.5 = 701.75
    assert walks["P", "Q"] == 165
    assert city.footpaths.step_free


def test_a_slow_walker_takes_longer_in_proportion(feed, streets):
    walks = walks_by_id(read_network(feed, GRID_DAY, streets=streets, speed_mps=0.6))
    assert walks["P", "Q"] == 329
    assert ("Q", "R") not in walks


def test_the_order_of_the_extracts_elements_changes_nothing(feed, city, tmp_path):
    path = tmp_path / "town.osm"
    path.write_text(grid_streets().text(random.Random(5)), encoding="utf-8")
    again = read_network(feed, GRID_DAY, streets=read_streets(path))
    for name in ("offset", "stop", "duration_s"):
        np.testing.assert_array_equal(getattr(city.footpaths, name), getattr(again.footpaths, name))
    for name in ("offset", "segment", "fraction", "in_s", "out_s"):
        np.testing.assert_array_equal(
            getattr(city.stop_links, name), getattr(again.stop_links, name)
        )


def access(city, place, **options):
    stops, seconds = walk_access(city, *place, **options)
    ids = [city.timetable.stops.ids[s] for s in stops]
    return dict(zip(ids, seconds.tolist(), strict=True))


def test_a_place_reaches_stops_over_the_streets(city):
    # 20 s to the road, 240.6 m, 10 s to the stop.
    assert access(city, HOME) == {"W": 231}
    assert access(city, HOME, reverse=True) == {"W": 231}
    assert access(city, HOME, max_walk_s=230) == {}
    assert access(city, HOME, speed_mps=2.4) == {"W": 116}
    # From the junction north of R: R 1 block; Q 2 + 1 blocks, steps; P and S farther; U
    # straight, 638.8 m east and 358.2 m south.
    north = at(2 * BLOCK_M, 3 * BLOCK_M)
    assert access(city, north) == {"R": 100, "Q": 503, "S": 627, "P": 657, "U": 794}


def test_a_place_off_the_streets_walks_straight(city):
    # 302 m from the street: 290 m from P, 309.4 from S, 426.5 from Q, 550.0 from U.
    place = at(3.5 * BLOCK_M, -302)
    assert access(city, place, max_walk_s=600) == {"P": 315, "S": 336, "Q": 463, "U": 596}
    walk = walk_between(city, place, 0)
    assert (walk.seconds, walk.kind) == (315, "straight-line x 1.3")
    assert walk.metres == pytest.approx(290 * 1.3, rel=1e-4)


def test_a_stop_nearer_than_the_street_is_walked_to_straight(city):
    # 20 m south of P, 32 m from the street: not 26.7 s there and 10 s back.
    place = at(3.5 * BLOCK_M, -32)
    assert access(city, place, max_walk_s=50) == {"P": 22}
    assert walk_between(city, place, 0).seconds == 22


def test_the_way_of_a_walk_is_known_with_its_streets(city):
    walk = walk_between(city, HOME, at(-4000, 0))
    assert walk.seconds == 653  # 20 s and 759.4 m
    assert walk.metres == pytest.approx(24 + 759.4, rel=1e-4)
    stops = {stop: i for i, stop in enumerate(city.timetable.stops.ids)}
    walk = walk_between(city, stops["Q"], stops["R"])
    assert walk.seconds == 404
    assert [part.name for part in walk.parts] == ["Steps", "Row 2"]
    assert [part.kind for part in walk.parts] == ["steps", "residential"]
    corners = [STOPS_M["Q"], (4 * BLOCK_M, BLOCK_M), (4 * BLOCK_M, 2 * BLOCK_M)]
    corners += [(3 * BLOCK_M, 2 * BLOCK_M), (2 * BLOCK_M, 2 * BLOCK_M)]
    assert np.array(walk.points) == pytest.approx(np.array([at(*c) for c in corners]), abs=2e-7)
    assert walk.metres == pytest.approx(6.3 + 3 * BLOCK_M, rel=1e-4)
    assert walk_between(city, stops["Q"], stops["R"], max_walk_s=403) is None
    assert walk_between(city, stops["P"], stops["U"]).kind == "straight-line x 1.3"


def test_an_itinerary_walks_over_the_streets_and_misses_what_a_crow_would_catch(city, feed):
    home, work = (
        Place(name="Home", lat=HOME[0], lon=HOME[1]),
        Place(name="Work", lat=WORK[0], lon=WORK[1]),
    )
    leave_s = parse_clock("07:50")
    found = find_itineraries(city, home, work, departure_s=leave_s)
    (best,) = found.itineraries
    # To W 230.5 s before 08:00; at Z at 08:30, and 10 + 250.5 + 20 s to work.
    assert best.departure_s == parse_clock("08:00") - 231
    assert best.arrival_s == parse_clock("08:30") + 281
    access_leg, first, change, second, egress_leg = best.legs
    assert (first.line, second.line) == ("1", "2")
    assert isinstance(change, WalkLeg)
    assert (change.departure_s, change.arrival_s) == (
        parse_clock("08:07"),
        parse_clock("08:07") + 165,
    )
    walked_m = [access_leg.metres, change.metres, egress_leg.metres]
    assert walked_m == pytest.approx([276.6, 12 + 1.5 * BLOCK_M + 6.3, 336.6], rel=1e-3)
    corners = [STOPS_M["P"], (3.5 * BLOCK_M, 0), (4 * BLOCK_M, 0), (4 * BLOCK_M, BLOCK_M)]
    expected = np.array([at(*c) for c in [*corners, STOPS_M["Q"]]])
    assert np.array(change.points) == pytest.approx(expected, abs=2e-7)
    assert found.direct_walk is None

    straight = read_network(feed, GRID_DAY)
    (by_crow,) = find_itineraries(straight, home, work, departure_s=leave_s).itineraries
    assert by_crow.rides[-1].departure_s == parse_clock("08:09:42")


def test_searches_of_ranges_and_arrivals_use_the_same_walks(city):
    home, work = (
        Place(name="Home", lat=HOME[0], lon=HOME[1]),
        Place(name="Work", lat=WORK[0], lon=WORK[1]),
    )
    times = (parse_clock("08:00") - 231, parse_clock("08:30") + 281)
    found = find_itineraries_range(
        city, home, work, earliest_s=parse_clock("07:00"), latest_s=parse_clock("08:30")
    )
    assert [(i.departure_s, i.arrival_s) for i in found.itineraries] == [times]
    found = find_itineraries_arriving(city, home, work, arrival_s=times[1])
    assert [(i.departure_s, i.arrival_s) for i in found.itineraries] == [times]


def test_the_direct_walk_goes_over_the_streets(city):
    here, there = at(2 * BLOCK_M, BLOCK_M), at(2 * BLOCK_M, 2 * BLOCK_M)
    found = find_itineraries(
        city,
        Place(name="South bank", lat=here[0], lon=here[1]),
        Place(name="North bank", lat=there[0], lon=there[1]),
        departure_s=parse_clock("08:00"),
    )
    # Across the river by the bridge, 2 + 1 + 2 blocks, or by the steps, 2 + 199 s + 2 blocks.
    assert found.direct_walk.duration_s == 498
    assert found.direct_walk.walk_m == pytest.approx(5 * BLOCK_M, rel=1e-4)
    assert [i.legs for i in found.itineraries] == [found.direct_walk.legs]


def test_the_kernels_run_as_plain_python(feed, city, tmp_path):
    script = f"""
        from pathlib import Path
        import numba
        from network.readers import read_network
        from network.readers.osm import read_streets
        from network.walking.access import walk_access
        from tests.builders.gridstreets import GRID_DAY

        streets = read_streets(Path({str(grid_streets().write(tmp_path))!r}))
        city = read_network(Path({str(feed)!r}), GRID_DAY, streets=streets)
        access = walk_access(city, *{HOME})
        print(numba.config.DISABLE_JIT, city.footpaths.duration_s.tolist(), access[1].tolist())
        """
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == f"1 {city.footpaths.duration_s.tolist()} [231]"
