"""Modes together in Porto: one search of the streets against one for each pair of ends."""

import datetime as dt
import itertools

import numpy as np
import pytest

from network.base import parse_clock
from network.network import Network
from network.readers import read_timetable
from network.readers.emissions import read_emission_factors
from network.readers.osm import read_streets
from network.routing import Place
from network.routing.drives import Drive, find_drive
from network.routing.modes.car_pool import find_car_pool
from network.routing.modes.combined import find_combined
from network.routing.modes.combined_answers import DIRECT, CombinedOptions, Mode
from network.routing.modes.mode_stops import StreetPlace, find_mode_stops
from network.routing.modes.no_way import NoWay
from network.routing.modes.park_and_ride import CarPark, CarParkEnd, find_car_parks
from network.streets.graph import StreetMode
from network.walking.access import walk_access
from network.walking.walks import build_walks
from tests.builders.realdata import real_data

EIGHT = parse_clock("08:00")
LIBERDADE = Place(name="Avenida dos Aliados", lat=41.1496, lon=-8.6110)
BOAVISTA = Place(name="Rotunda da Boavista", lat=41.1579, lon=-8.6291)
ASPRELA = Place(name="Asprela", lat=41.1780, lon=-8.5980)
FOZ = Place(name="Foz do Douro", lat=41.1520, lon=-8.6740)
PLACES = (LIBERDADE, BOAVISTA, ASPRELA, FOZ)
PARKS = tuple(
    CarPark(name=p.name, lat=p.lat + 0.001, lon=p.lon, transfer_s=seconds)
    for p, seconds in zip(PLACES, (0, 120, 300, 600), strict=True)
)


@pytest.fixture(scope="module")
def porto():
    timetable = read_timetable(real_data("porto", "gtfs_stcp.zip"), dt.date(2024, 5, 15))
    streets = read_streets(real_data("porto", "porto_portugal.osm.pbf"))
    footpaths, links = build_walks(timetable, streets=streets)
    return Network(timetable=timetable, footpaths=footpaths, streets=streets, stop_links=links)


@pytest.mark.parametrize("reverse", [False, True], ids=["to", "from"])
def test_one_search_of_the_streets_has_what_one_for_each_stop_has(porto, reverse):
    stops = find_mode_stops(porto, StreetMode.BIKE)
    at = StreetPlace(porto.streets, StreetMode.BIKE, (LIBERDADE.lat, LIBERDADE.lon))
    stop, seconds = stops.compute_seconds(at, 1200, reverse=reverse)
    assert len(stop) > 700
    where = porto.timetable.stops
    for i in range(0, len(stop), len(stop) // 40):
        s = int(stop[i])
        spot = (float(where.lat[s]), float(where.lon[s]))
        drive = stops.draw(at, s, spot, reverse=reverse)
        assert drive.seconds == seconds[i]
        ends = (spot, at.spot) if reverse else (at.spot, spot)
        assert (drive.points[0], drive.points[-1]) == ends


def test_every_stop_of_porto_is_near_a_street_for_bicycles(porto):
    stops = find_mode_stops(porto, StreetMode.BIKE)
    assert stops.points.is_near.all()
    assert np.isfinite(stops.in_s).all()


def test_stops_by_car_park_are_the_best_of_drives_and_walks_one_by_one(porto):
    parks = find_car_parks(porto, PARKS, 900)
    at = StreetPlace(porto.streets, StreetMode.CAR, (FOZ.lat, FOZ.lon))
    end = CarParkEnd(parks, FOZ, at, limit_s=2700)
    expected: dict[int, int] = {}
    for park in PARKS:
        drive = find_drive(porto, FOZ, Place(name="", lat=park.lat, lon=park.lon), StreetMode.CAR)
        assert isinstance(drive, Drive)
        for stop, walk_s in zip(
            *walk_access(porto, park.lat, park.lon, max_walk_s=900), strict=True
        ):
            total_s = drive.seconds + park.transfer_s + int(walk_s)
            expected[int(stop)] = min(total_s, expected.get(int(stop), total_s))
    assert len(expected) > 200
    assert dict(zip(end.stop.tolist(), end.seconds.tolist(), strict=True)) == expected


def test_a_car_pool_without_walks_is_three_drives(porto):
    for driver_end, rider, rider_end in itertools.permutations((BOAVISTA, ASPRELA, FOZ)):
        found = find_car_pool(
            porto, LIBERDADE, driver_end, rider, rider_end, departure_s=EIGHT,
            max_detour_s=7200, stop_s=45,
        )  # fmt: skip
        drives = [
            find_drive(porto, a, b, StreetMode.CAR)
            for a, b in ((LIBERDADE, rider), (rider, rider_end), (rider_end, driver_end))
        ]
        direct = find_drive(porto, LIBERDADE, driver_end, StreetMode.CAR)
        # The driver does not walk to the rider's doors; each drive is rounded up.
        off_s = sum(d.off_street_m for d in drives) - direct.off_street_m
        driven_s = sum(d.seconds for d in drives) - off_s / porto.footpaths.speed_mps
        assert found.direct_s == direct.seconds
        assert found.detour_s == pytest.approx(driven_s - direct.seconds + 90, abs=4)
        assert found.driver[2].arrival_s - EIGHT == pytest.approx(
            found.direct_s + found.detour_s, abs=1
        )


def test_walking_to_a_meeting_point_never_costs_the_driver_more(porto):
    drivers = (porto, LIBERDADE, ASPRELA, BOAVISTA, FOZ)
    door = find_car_pool(*drivers, departure_s=EIGHT, max_detour_s=7200)
    least_s = door.detour_s
    for walk_s in (120, 300):
        # The least detour that has an answer, found by halving.
        low_s, high_s = 0, least_s
        while low_s < high_s:
            middle_s = (low_s + high_s) // 2
            found = find_car_pool(
                *drivers, departure_s=EIGHT, max_detour_s=middle_s, max_walk_s=walk_s
            )
            low_s, high_s = (
                (middle_s + 1, high_s) if isinstance(found, NoWay) else (low_s, middle_s)
            )
        assert low_s <= least_s
        least_s = low_s
    assert least_s < door.detour_s


@pytest.mark.parametrize(
    "query",
    [
        {"departure_s": EIGHT},
        {"departure_s": EIGHT, "latest_s": EIGHT + 300},
        {"arrival_s": EIGHT + 3600},
    ],
    ids=["leaving", "window", "arriving"],
)
def test_legs_follow_each_other_in_time_and_place_and_nothing_is_dominated(porto, query):
    options = CombinedOptions(accept_unknown_bikes=True)
    factors = read_emission_factors()
    n_by_mode = dict.fromkeys(Mode, 0)
    for origin, destination in itertools.permutations(PLACES, 2):
        found = find_combined(
            porto, origin, destination, car_parks=PARKS, options=options, factors=factors, **query
        )
        for answer in (*found.itineraries, *found.direct):
            n_by_mode[answer.mode] += 1
            legs = answer.itinerary.legs
            assert all(leg.arrival_s >= leg.departure_s for leg in legs)
            assert legs[0].points[0] == (origin.lat, origin.lon)
            assert legs[-1].points[-1] == (destination.lat, destination.lon)
            assert answer.total_g is not None
            for a, b in itertools.pairwise(legs):
                assert a.arrival_s <= b.departure_s
                assert a.to_name == b.from_name
            if "arrival_s" in query:
                assert answer.itinerary.arrival_s <= query["arrival_s"]
            else:
                assert answer.itinerary.departure_s >= query["departure_s"]
        for mode in set(Mode) - set(DIRECT):
            own = [a.itinerary for a in found.itineraries if a.mode is mode]
            plain = [a.itinerary for a in found.itineraries if a.mode is Mode.TRANSIT]
            for i in own:
                for other in own if mode is Mode.TRANSIT else (*own, *plain):
                    if other is not i:
                        assert (
                            other.n_rides > i.n_rides
                            or other.arrival_s > i.arrival_s
                            or other.departure_s < i.departure_s
                        )
    assert all(n_by_mode[mode] > 0 for mode in set(Mode) - {Mode.WALK})


def test_no_bus_of_porto_says_it_takes_bicycles(porto):
    found = find_combined(porto, LIBERDADE, FOZ, departure_s=EIGHT, modes=(Mode.BIKE_CARRIED,))
    assert found.reasons == {Mode.BIKE_CARRIED: NoWay.NO_BICYCLES_ON_BOARD}
