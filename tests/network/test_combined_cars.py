"""Park and ride, and car-pools, in the grid city; all by hand but the free speed of the streets."""

import math

import numpy as np
import pytest

from network.base import parse_clock
from network.base.errors import NetworkInputError
from network.readers.emissions import read_emission_factors
from network.routing import RideLeg, WalkLeg
from network.routing.emissions import compute_grams, compute_grams_by_leg, compute_leg_grams
from network.routing.modes.car_pool import CarPool, find_car_pool, find_pooled_drive
from network.routing.modes.combined import find_combined
from network.routing.modes.combined_answers import CombinedOptions, Mode
from network.routing.modes.meeting_points import find_meeting_points
from network.routing.modes.mode_stops import StreetPlace
from network.routing.modes.no_way import NoWay
from network.routing.modes.park_and_ride import CarPark, CarParkEnd, find_car_parks
from network.routing.street_legs import StreetLeg
from network.streets.graph import StreetMode
from tests.builders.gridstreets import BLOCK_M, at
from tests.builders.modecity import FARM, WORK, crossing, free_mps, mode_city, place

FARM_PLACE, WORK_PLACE = place(*FARM, "Farm"), place(*WORK, "Work")
ROAD, ROW = 501, 200


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return mode_city(tmp_path_factory.mktemp("city"))


def car_park(x_m, y_m, name, **more):
    lat, lon = at(x_m, y_m)
    return CarPark(name=name, lat=lat, lon=lon, **more)


GATE = car_park(-100, 12, "Gate")
"""100 m before the city, 12 m (10 s) off the road: 10 + (100 + 5 blocks) / 1.2 + 5.25 s, so
598 s, on foot to Q."""
GATE_TO_Q_S = math.ceil(10 + (100 + 5 * BLOCK_M) / 1.2 + 5.25 - 1e-3)


def drive_s(city, metres, off_s):
    return metres / free_mps(city, ROAD) + off_s


def ask(city, car_parks, options=None, **query):
    query = query or {"departure_s": parse_clock("07:00")}
    return find_combined(
        city, FARM_PLACE, WORK_PLACE, modes=(Mode.PARK_AND_RIDE,), car_parks=car_parks,
        options=options, **query,
    )  # fmt: skip


def only(found):
    (one,) = found.itineraries
    return one.itinerary


# --- park and ride


def test_one_drives_to_the_car_park_leaves_the_car_walks_and_rides(city):
    itinerary = only(ask(city, [GATE]))
    car, walk, ride, last = itinerary.legs
    assert [type(leg) for leg in itinerary.legs] == [StreetLeg, WalkLeg, RideLeg, WalkLeg]
    by_car_s = math.ceil(drive_s(city, 1900, 20 + 10) + 180 - 1e-3)
    assert itinerary.departure_s == parse_clock("08:09:42") - GATE_TO_Q_S - by_car_s
    assert itinerary.arrival_s == parse_clock("08:19:42") + 281
    assert (car.mode, car.standing_s, car.occupants) == (StreetMode.CAR, 180, 1)
    assert (car.from_name, car.to_name) == ("Farm", "Gate")
    assert car.street_m == pytest.approx(1900, abs=0.1)
    assert car.off_street_m == pytest.approx(36, abs=0.01)
    assert car.points[-1] == (GATE.lat, GATE.lon) == walk.points[0]
    assert (walk.from_name, walk.to_name) == ("Gate", "Stop Q")
    assert (walk.departure_s, walk.arrival_s) == (car.arrival_s, ride.departure_s)
    assert walk.metres == pytest.approx(12 + 100 + 5 * BLOCK_M + 6.3, abs=0.1)
    assert last.to_name == "Work"


def test_leaving_the_car_takes_what_the_car_park_says(city):
    slow = car_park(-100, 12, "Slow", transfer_s=600)
    later = only(ask(city, [slow])).departure_s
    assert later == only(ask(city, [GATE])).departure_s - 420


def test_of_two_car_parks_the_one_from_which_a_stop_is_first_reached_is_taken(city):
    # From the second, at the corner of column 4, one walks a block and 5.25 s more to Q, having
    # driven 6 blocks further: far less in all than the 5 blocks and 100 m on foot.
    near_q = car_park(4 * BLOCK_M, 0, "Corner")
    for given in ([GATE, near_q], [near_q, GATE]):
        itinerary = only(ask(city, given))
        assert itinerary.legs[0].to_name == "Corner"
        assert itinerary.legs[1].arrival_s - itinerary.legs[1].departure_s == 105  # 99.5 + 5.25
    # With half an hour to park there, it is not.
    full = car_park(4 * BLOCK_M, 0, "Corner", transfer_s=1800)
    assert only(ask(city, [full, GATE])).legs[0].to_name == "Gate"


def test_arriving_by_a_time_the_car_leaves_as_late_as_it_can(city):
    by_s = parse_clock("08:30") + 281
    itinerary = only(ask(city, [GATE], arrival_s=by_s))
    by_car_s = math.ceil(drive_s(city, 1900, 30) + 180 - 1e-3)
    assert itinerary.departure_s == parse_clock("08:20") - GATE_TO_Q_S - by_car_s
    assert itinerary.arrival_s == by_s
    assert only(ask(city, [GATE], arrival_s=by_s - 1)).rides[0].trip_id == "T2"


def test_a_window_has_every_departure_once(city):
    found = ask(city, [GATE], departure_s=parse_clock("07:00"), latest_s=parse_clock("09:00"))
    assert [i.itinerary.rides[0].trip_id for i in found.itineraries] == ["T2", "T3"]


def test_without_car_parks_there_is_no_park_and_ride(city):
    found = ask(city, [])
    assert not found.itineraries
    assert found.reasons == {Mode.PARK_AND_RIDE: NoWay.NO_CAR_PARK}


@pytest.mark.parametrize(
    ("given", "limit_s"),
    [([car_park(-1000, 300, "In the fields")], 2700), ([GATE], 100)],
    ids=["off the streets", "too far"],
)
def test_a_car_park_that_is_not_driven_to_in_time_is_none(city, given, limit_s):
    # 1,900 m in 100 s would be 68 km/h, walks not counted; the road allows less.
    found = ask(city, given, CombinedOptions(max_car_s=limit_s))
    assert found.reasons == {Mode.PARK_AND_RIDE: NoWay.NO_CAR_PARK_REACHED}


def test_the_limit_of_the_drive_holds_to_the_second_and_leaves_parking_out(city):
    limit_s = math.ceil(drive_s(city, 1900, 30) - 1e-3)
    assert ask(city, [GATE], CombinedOptions(max_car_s=limit_s)).itineraries
    assert not ask(city, [GATE], CombinedOptions(max_car_s=limit_s - 1)).itineraries


def test_car_parks_are_walked_from_once(city):
    first = find_car_parks(city, (GATE,), 1200)
    assert find_car_parks(city, (car_park(-100, 12, "Gate"),), 1200) is first
    assert find_car_parks(city, (GATE,), 600) is not first
    assert find_car_parks(city, (), 1200) is None


def test_a_car_park_that_cannot_be_is_refused_and_all_is_said_at_once():
    with pytest.raises(NetworkInputError) as caught:
        CarPark(name="Nowhere", lat=float("nan"), lon=181.0, capacity=-1, transfer_s=-5)
    assert [p.field for p in caught.value.problems] == ["lat", "lon", "capacity", "transfer_s"]
    assert "car park 'Nowhere'" in str(caught.value)


def test_every_stop_has_the_least_of_all_car_parks(city):
    """Each stop's seconds are the least over car parks of a single one's."""
    given = (GATE, car_park(4 * BLOCK_M, 0, "Corner"), car_park(0, 3 * BLOCK_M, "North"))
    at_farm = StreetPlace(city.streets, StreetMode.CAR, at(*FARM))

    def seconds(parks):
        laid = find_car_parks(city, parks, 1200)
        end = CarParkEnd(laid, FARM_PLACE, at_farm, limit_s=2700)
        return dict(zip(end.stop.tolist(), end.seconds.tolist(), strict=True))

    alone = [seconds((one,)) for one in given]
    together = seconds(given)
    assert {city.timetable.stops.ids[s] for s in together} == set("PQRSU")
    assert together == {
        stop: min(s[stop] for s in alone if stop in s) for stop in set().union(*alone)
    }


# --- car-pools: the driver from one end of row 0 to the other, four blocks


def pool(city, rider=((2, 1), (3, 1)), **more):
    more = {"departure_s": 30_000} | more
    return find_car_pool(
        city, crossing(0, 0, "D"), crossing(4, 0, "E"), crossing(*rider[0], "R"),
        crossing(*rider[1], "S"), **more,
    )  # fmt: skip


def blocks_s(city, n):
    return n * BLOCK_M / free_mps(city, ROW)


def test_a_rider_a_block_aside_costs_the_driver_two_blocks_and_two_stops(city):
    # 6 blocks in place of 4 (two along and one up, one along, one down and one along).
    found = pool(city)
    assert isinstance(found, CarPool)
    whole_s, direct_s = (math.ceil(s - 1e-3) for s in (blocks_s(city, 6) + 120, blocks_s(city, 4)))
    assert (found.direct_s, found.detour_s) == (direct_s, whole_s - direct_s)
    to, shared, on = found.driver
    assert [leg.metres for leg in found.driver] == pytest.approx(
        [3 * BLOCK_M, BLOCK_M, 2 * BLOCK_M], abs=0.5
    )
    assert to.departure_s == 30_000
    assert (to.arrival_s, shared.arrival_s) == (shared.departure_s, on.departure_s)
    assert on.arrival_s == 30_000 + whole_s
    assert to.arrival_s - to.departure_s == math.ceil(blocks_s(city, 3) + 60 - 1e-3)
    assert [leg.standing_s for leg in found.driver] == [60, 60, 0]
    assert [leg.occupants for leg in found.driver] == [1, 2, 1]
    assert found.rider.legs == (shared,)


def test_a_driver_who_has_to_be_there_by_a_time_leaves_by_as_much_earlier(city):
    found = pool(city)
    whole_s = found.driver[2].arrival_s - 30_000
    arriving = pool(city, departure_s=None, arrival_s=30_000)
    assert arriving.driver[2].arrival_s == 30_000
    assert arriving.driver[0].departure_s == 30_000 - whole_s
    assert arriving.detour_s == found.detour_s
    for times in ({"arrival_s": 30_000}, {"departure_s": None}):
        with pytest.raises(NetworkInputError, match="one of the two"):
            pool(city, **times)


def test_a_rider_on_the_drivers_way_costs_two_stops_alone(city):
    found = pool(city, ((1, 0), (3, 0)))
    assert found.detour_s == 120
    assert found.shared.metres == pytest.approx(2 * BLOCK_M, abs=0.5)
    assert pool(city, ((1, 0), (3, 0)), stop_s=0).detour_s == 0


def test_the_rider_walks_where_only_that_keeps_the_detour_within_what_is_asked(city):
    # Two blocks of driving are less than two blocks of walking, so with time enough the car
    # comes; where only the two stops may be made, the rider walks a block (99.5 s) each way.
    comes = pool(city, max_walk_s=100)
    assert comes.rider.walk_m == 0
    found = pool(city, max_walk_s=100, max_detour_s=121)
    assert found.detour_s == 120
    before, ride, after = found.rider.legs
    assert [type(leg) for leg in found.rider.legs] == [WalkLeg, StreetLeg, WalkLeg]
    assert [before.metres, after.metres] == pytest.approx([BLOCK_M, BLOCK_M], abs=0.1)
    assert before.arrival_s - before.departure_s == after.arrival_s - after.departure_s == 100
    # There when the car comes, which then stops for a minute.
    assert before.arrival_s == ride.departure_s - 60
    assert after.departure_s == ride.arrival_s
    assert (before.from_name, after.to_name) == ("R", "S")
    assert ride.metres == pytest.approx(BLOCK_M, abs=0.5)
    assert found.driver[2].arrival_s == 30_000 + math.ceil(blocks_s(city, 4) + 120 - 1e-3)


def test_a_detour_longer_than_asked_for_is_none(city):
    assert pool(city, max_detour_s=121) is NoWay.DETOUR_TOO_LONG
    assert pool(city, max_detour_s=119, max_walk_s=300) is NoWay.DETOUR_TOO_LONG


def test_who_walks_first_takes_the_meeting_points_with_least_of_driving_and_walking(city):
    """Against every pair of junctions, by the distances of the grid."""
    for rider in (((1, 1), (3, 1)), ((0, 1), (4, 1)), ((2, 1), (2, 0))):
        found = pool(city, rider, max_walk_s=250, max_detour_s=3600)
        points = [(x, y) for x in range(5) for y in range(2)]
        mps = free_mps(city, ROW)

        def away(a, b):
            return (abs(a[0] - b[0]) + abs(a[1] - b[1])) * BLOCK_M

        totals = [
            (away((0, 0), p) + away(p, q) + away(q, (4, 0))) / mps
            + (away(rider[0], p) + away(q, rider[1])) / 1.2
            for p in points
            for q in points
            if away(rider[0], p) / 1.2 <= 250 and away(q, rider[1]) / 1.2 <= 250
        ]
        driven_m = sum(leg.street_m for leg in found.driver)
        taken_s = driven_m / mps + found.rider.walk_m / 1.2
        assert taken_s == pytest.approx(min(totals), abs=0.5)


def test_the_grams_of_the_shared_leg_are_shared(city):
    factors = read_emission_factors()
    found = pool(city, occupants=3)
    (grams,) = compute_grams_by_leg(found.rider, factors)
    assert grams == pytest.approx(compute_grams(factors["car"], BLOCK_M) / 3, rel=1e-3)
    alone = compute_leg_grams(found.driver[0], factors)
    assert alone == pytest.approx(compute_grams(factors["car"], 3 * BLOCK_M), rel=1e-3)


def test_places_off_the_streets_of_cars_are_named(city):
    far, here = place(-1000, 300), crossing(0, 0)
    ask_pool = {"departure_s": 0}
    assert find_car_pool(city, far, here, here, here, **ask_pool) is NoWay.ORIGIN_OFF_STREETS
    assert find_car_pool(city, here, far, here, here, **ask_pool) is NoWay.DESTINATION_OFF_STREETS
    assert find_car_pool(city, here, here, far, here, **ask_pool) is NoWay.ORIGIN_OFF_STREETS
    assert find_car_pool(city, here, here, here, far, **ask_pool) is NoWay.DESTINATION_OFF_STREETS


def test_arguments_that_cannot_be_are_refused_together(city):
    with pytest.raises(NetworkInputError) as caught:
        pool(city, max_detour_s=-1, stop_s=-1, occupants=0)
    assert [p.field for p in caught.value.problems] == ["max_detour_s", "stop_s", "occupants"]
    with pytest.raises(NetworkInputError):
        find_pooled_drive(
            city, crossing(0, 0), crossing(1, 0), departure_s=0, detour_factor=math.nan
        )


# --- a ride by somebody's car


def test_a_pooled_drive_is_the_drive_times_the_detour_and_a_stop(city):
    leg = find_pooled_drive(
        city, place(0, -12, "A"), crossing(4, 0, "B"), departure_s=30_000, detour_factor=1.5,
        pickup_s=100, occupants=4,
    )  # fmt: skip
    # 12 m off the street, 10 s on foot, which no detour makes longer.
    assert leg.arrival_s - leg.departure_s == pytest.approx(
        10 + 1.5 * blocks_s(city, 4) + 100, abs=1.5
    )
    assert leg.street_m == pytest.approx(1.5 * 4 * BLOCK_M, abs=0.5)
    assert leg.off_street_m == pytest.approx(12, abs=0.01)
    assert (leg.standing_s, leg.occupants) == (100, 4)
    factors = read_emission_factors()
    expected = compute_grams(factors["car"], 6 * BLOCK_M) / 4
    assert compute_leg_grams(leg, factors) == pytest.approx(expected, rel=1e-3)


def test_meeting_points_lie_where_cars_may_stop(city):
    found = find_meeting_points(city, city.streets, at(2 * BLOCK_M, 0), 100, reverse=False)
    # Itself, and the junctions at no and at one block: west, east and north.
    assert len(found) == 5
    assert sorted(np.round(found.walk_s, 1).tolist()) == [0.0, 0.0, 99.5, 99.5, 99.5]
