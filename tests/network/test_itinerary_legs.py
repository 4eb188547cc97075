"""What legs carry: lines on the map, staying on board, direct ways, grams; all by hand."""

import pytest

from network.base import SourceClass, parse_clock
from network.readers import read_network
from network.readers.emissions import read_emission_factors
from network.routing import NoAnswer, Place, find_itineraries, find_itineraries_arriving
from network.routing.drives import Drive, NoDrive, find_drive
from network.routing.emissions import EmissionFactor, compute_grams, name_vehicle
from network.streets.graph import StreetMode
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.gridstreets import at
from tests.builders.osm_text import OsmText

METRES_PER_DEGREE = 111_195  # of latitude, on a sphere of 6,371 km


def stop(network, stop_id):
    stops = network.timetable.stops
    i = stops.ids.index(stop_id)
    return Place(name=stops.names[i], lat=float(stops.lat[i]), lon=float(stops.lon[i]), stops=(i,))


def best(network, start, end, clock="07:55"):
    found = find_itineraries(
        network, stop(network, start), stop(network, end), departure_s=parse_clock(clock)
    )
    return found.itineraries[0]


# --- lines on the map

BENT = """
    shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
    A,48.90,2.30,1
    A,48.91,2.30,2
    A,48.91,2.33,3
    A,48.90,2.33,4
    A,48.90,2.36,5
    """


def test_a_ride_is_drawn_along_the_shape_between_its_calls_and_measured_there(tmp_path):
    feed = line_feed(
        shapes=BENT, trips="route_id,service_id,trip_id,direction_id,shape_id\nR1,WK,T1,0,A"
    )
    network = read_network(write_feed(tmp_path, **feed), DAY)
    (ride,) = best(network, "S1", "S2").legs
    assert ride.points == ((48.9, 2.3), (48.91, 2.3), (48.91, 2.33), (48.9, 2.33))
    east_m = 0.03 * METRES_PER_DEGREE * 0.6573  # cos 48.905 degrees
    assert ride.metres == pytest.approx(2 * 0.01 * METRES_PER_DEGREE + east_m, rel=1e-3)
    (ride,) = best(network, "S2", "S3", "08:00").legs
    assert ride.points == ((48.9, 2.33), (48.9, 2.36))
    assert ride.metres == pytest.approx(east_m, rel=1e-3)


def test_a_ride_without_a_shape_is_drawn_through_its_calls(tmp_path):
    network = read_network(write_feed(tmp_path, **line_feed()), DAY)
    (ride,) = best(network, "S1", "S3").legs
    assert ride.points == ((48.9, 2.3), (48.9, 2.33), (48.9, 2.36))
    assert ride.agency == "Example"


# --- staying on board

BLOCK_STOPS = """
    stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
    C,Central,48.90,2.30,1,
    A,Alpha,48.90,2.20,0,
    C1,Central,48.90,2.30,0,C
    C2,Central,48.90,2.301,0,C
    D,Delta,48.90,2.40,0,
    """


def blocks(folder, *, block="X", board="C2"):
    feed = line_feed(
        stops=BLOCK_STOPS,
        routes="route_id,route_short_name,route_long_name,route_type\nR1,1,,3\nR2,2,,3",
        trips=f"route_id,service_id,trip_id,block_id\nR1,WK,T1,X\nR2,WK,T2,{block}",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,A,1\nT1,08:10:00,08:10:00,C1,2\n"
        f"T2,08:15:00,08:15:00,{board},1\nT2,08:25:00,08:25:00,D,2",
    )
    return read_network(write_feed(folder, **feed), DAY)


def test_who_stays_in_the_vehicle_takes_one_and_walks_nowhere(tmp_path):
    itinerary = best(blocks(tmp_path), "A", "D")
    first, second = itinerary.legs
    assert (first.line, first.stay_seated) == ("1", False)
    assert (second.line, second.stay_seated) == ("2", True)
    assert itinerary.n_rides == 1
    assert itinerary.walk_m == 0
    assert (itinerary.departure_s, itinerary.arrival_s) == (
        parse_clock("08:00"),
        parse_clock("08:25"),
    )


def test_another_vehicle_at_the_same_hour_is_walked_to_and_counts(tmp_path):
    itinerary = best(blocks(tmp_path, block="Y"), "A", "D")
    first, walk, second = itinerary.legs
    assert not second.stay_seated
    assert itinerary.n_rides == 2
    assert walk.departure_s == first.arrival_s
    assert walk.metres > 0


def test_arriving_by_a_time_one_stays_seated_too(tmp_path):
    network = blocks(tmp_path)
    found = find_itineraries_arriving(
        network, stop(network, "A"), stop(network, "D"), arrival_s=parse_clock("08:30")
    )
    assert [leg.stay_seated for leg in found.itineraries[0].rides] == [False, True]


def test_a_walk_that_a_trips_own_rule_shortens_ends_when_the_vehicle_leaves(tmp_path):
    """C1 and C2 lie 73 m apart, 80 s on foot; for these two trips the feed asks 20 s."""
    feed = line_feed(
        stops=BLOCK_STOPS,
        trips="route_id,service_id,trip_id\nR1,WK,T1\nR1,WK,T2",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,A,1\nT1,08:10:00,08:10:00,C1,2\n"
        "T2,08:10:30,08:10:30,C2,1\nT2,08:25:00,08:25:00,D,2",
        transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id\n"
        "C1,C2,2,20,T1,T2",
    )
    itinerary = best(read_network(write_feed(tmp_path, **feed), DAY), "A", "D")
    _, walk, second = itinerary.legs
    assert walk.arrival_s <= second.departure_s == parse_clock("08:10:30")


# --- direct ways


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A one-way street of 1 km east; back one goes round by the north, 3 km.

    Free speed 36 km/h all over; on the east side a footway goes on 500 m.
    """
    streets = OsmText().node(1, 0, 0).node(2, 1000, 0).node(3, 1000, 1000).node(4, 0, 1000)
    streets.node(5, 1500, 0).node(6, 3000, 3000).node(7, 4000, 3000)
    plain = {"highway": "tertiary", "maxspeed": "36"}
    streets.way(10, [1, 2], oneway="yes", oneway__bicycle="no", name="Straight Street", **plain)
    streets.way(11, [2, 3], name="East Street", **plain)
    streets.way(12, [3, 4, 1], name="Round Street", **plain)
    streets.way(13, [2, 5], highway="footway", name="Path")
    folder = tmp_path_factory.mktemp("town")
    return read_network(write_feed(folder, **line_feed()), DAY, streets=streets.read(folder))


def place(x_m, y_m):
    lat, lon = at(x_m, y_m)
    return Place(name=f"{x_m},{y_m}", lat=lat, lon=lon)


def free_mps(town):
    """Speed that the streets give a car where 36 km/h is posted."""
    (speed_kmh,) = set(town.streets.segments.speed_kmh[town.streets.car.snap_segment].tolist())
    assert 0.5 * 36 < speed_kmh <= 36
    return speed_kmh / 3.6


def test_a_car_goes_with_the_one_way_street_and_is_walked_to_and_from(town):
    # 24 m off the street at each end: 20 s on foot each.
    drive = find_drive(town, place(100, -24), place(900, -24), StreetMode.CAR)
    assert drive.streets == ("Straight Street",)
    assert drive.seconds == pytest.approx(40 + 800 / free_mps(town), abs=1)
    assert drive.metres == pytest.approx(848, abs=0.5)
    assert drive.street_m == pytest.approx(800, abs=0.5)
    assert drive.points[0] == at(100, -24)
    assert drive.points[-1] == at(900, -24)
    assert drive.source_class is SourceClass.ESTIMATED


def test_a_car_goes_round_where_the_street_is_one_way_and_a_bicycle_does_not(town):
    back = place(900, 0), place(100, 0)
    car = find_drive(town, *back, StreetMode.CAR)
    assert car.streets == ("Straight Street", "East Street", "Round Street")
    assert car.metres == pytest.approx(100 + 3000 + 100, abs=1)
    bike = find_drive(town, *back, StreetMode.BIKE)
    assert bike.metres == pytest.approx(800, abs=0.5)
    assert bike.seconds == pytest.approx(800 / 4.2, abs=1)


def test_a_place_too_far_from_a_street_of_the_mode_is_refused_by_name(town):
    near, on_path, far = place(100, 0), place(1400, 0), place(100, -300)
    assert find_drive(town, far, near, StreetMode.CAR) is NoDrive.ORIGIN_OFF_STREETS
    assert find_drive(town, near, on_path, StreetMode.CAR) is NoDrive.DESTINATION_OFF_STREETS
    assert isinstance(find_drive(town, near, far, StreetMode.CAR, limit_m=301), Drive)


def test_without_streets_nobody_drives(tmp_path):
    network = read_network(write_feed(tmp_path, **line_feed()), DAY)
    ends = place(0, 0), place(100, 0)
    assert find_drive(network, *ends, StreetMode.BIKE) is NoDrive.NO_STREETS


def test_from_a_place_to_itself_takes_no_time(town):
    here = place(100, 0)
    drive = find_drive(town, here, here, StreetMode.BIKE)
    assert (drive.seconds, round(drive.metres, 3)) == (0, 0.0)


# --- grams


def test_grams_are_the_factors_by_the_kilometre():
    factors = read_emission_factors()
    assert compute_grams(factors["metro"], 10_000) == pytest.approx(44.4)  # 4.2 + 0.24 g/km
    assert compute_grams(factors["bus"], 1_000) == pytest.approx(122.42)
    assert compute_grams(factors["walk"], 5_000) == 0
    assert compute_grams(None, 5_000) is None


def test_who_shares_a_car_shares_its_grams_and_in_a_bus_nobody_does():
    factors = read_emission_factors()
    alone = compute_grams(factors["car"], 2_000)
    assert compute_grams(factors["car"], 2_000, occupants=2) == pytest.approx(alone / 2)
    assert compute_grams(factors["bus"], 2_000, occupants=2) == compute_grams(factors["bus"], 2_000)


@pytest.mark.parametrize(
    ("route_type", "vehicle"),
    [
        (0, "tram"),
        (1, "metro"),
        (2, "suburban_rail"),
        (3, "bus"),
        (11, "electric_bus"),
        (101, "high_speed_rail"),
        (106, "regional_rail"),
        (109, "suburban_rail"),
        (202, "coach"),
        (401, "metro"),
        (700, "bus"),
        (900, "tram"),
        (4, None),
        (7, None),
        (405, None),
        (1000, None),
        (1501, None),
    ],
)
def test_a_route_type_has_the_factor_of_its_vehicle_or_none(route_type, vehicle):
    assert name_vehicle(route_type) == vehicle
    assert vehicle is None or isinstance(read_emission_factors()[vehicle], EmissionFactor)


def test_every_factor_states_its_year_source_and_class():
    for factor in read_emission_factors().values():
        assert factor.source.startswith("ADEME")
        assert factor.year >= 2020
        assert factor.source_class is SourceClass.PUBLISHED
        assert factor.per in ("passenger", "vehicle")


def test_the_last_departure_gone_is_a_reason_in_two_languages():
    texts = {NoAnswer.AFTER_LAST_DEPARTURE.text(lang) for lang in ("fr", "en")}
    assert len(texts) == 2
