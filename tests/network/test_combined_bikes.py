"""Bicycle and transit in the grid city, by hand: parked at the stop, carried, kept seats.

From the farm to stop Q one rides 2,000 m of road and 5 blocks: 2,597 m in 618.3 s at 4.2 m/s,
with 20 s on foot to the road and 5.25 s to the stop 643.6, so 644 s; to W 3,000 m: 744.3 s
with 20 and 10 on foot, so 745. On foot no stop is within 20 minutes.
"""

import dataclasses

import numpy as np
import pytest

from network.base import parse_clock
from network.readers import read_network
from network.routing import RideLeg, WalkLeg
from network.routing.engines.compiled import RoutingGraph, compile_routing
from network.routing.engines.profile import ProfileWorkspace, search_profile
from network.routing.itineraries import Place
from network.routing.modes.bike_transit import (
    BikeEnd,
    find_bike_trips,
    keep_trips,
    open_bike_routing,
)
from network.routing.modes.combined import find_combined
from network.routing.modes.combined_answers import CombinedOptions, Mode
from network.routing.modes.ends_search import When, search_between
from network.routing.modes.mode_stops import StreetPlace, find_mode_stops
from network.routing.modes.no_way import NoWay
from network.routing.opened import open_routing
from network.routing.street_legs import StreetLeg
from network.streets.graph import StreetMode
from network.walking.access import walk_access
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.gridstreets import BLOCK_M, at
from tests.builders.modecity import FARM, NO, UNKNOWN, WORK, YES, mode_city, place
from tests.builders.osm_text import OsmText

FARM_PLACE, WORK_PLACE = place(*FARM, "Farm"), place(*WORK, "Work")


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return mode_city(tmp_path_factory.mktemp("city"))


def bike_seconds(city, x_m, y_m, *, limit_s=1200, reverse=False):
    stops = find_mode_stops(city, StreetMode.BIKE)
    at_place = StreetPlace(city.streets, StreetMode.BIKE, at(x_m, y_m))
    stop, seconds = stops.compute_seconds(at_place, limit_s, reverse=reverse)
    return {city.timetable.stops.ids[s]: t for s, t in zip(stop, seconds, strict=True)}


def ask(city, mode, clock="07:00", options=None, **query):
    if not query:
        query = {"departure_s": parse_clock(clock)}
    return find_combined(city, FARM_PLACE, WORK_PLACE, modes=(mode,), options=options, **query)


def only(found):
    (one,) = found.itineraries
    return one.itinerary


# --- to the stops


def test_stops_are_ridden_to_over_the_streets_and_the_last_metres_are_walked(city):
    found = bike_seconds(city, *FARM)
    assert found["Q"] == 644
    assert found["W"] == 745
    # P: half a block less than four along row 0, 10 s from its street: 576.1 + 30.
    assert found["P"] == np.ceil((2000 + 3.5 * BLOCK_M) / 4.2 + 30 - 1e-3)
    # R lies beyond the river: by the bridge at x=0, two blocks up and two along.
    assert found["R"] == np.ceil((2000 + 4 * BLOCK_M) / 4.2 + 20 - 1e-3)


def test_a_stop_without_a_street_near_is_not_ridden_to(city):
    assert "U" not in bike_seconds(city, *FARM)


def test_the_limit_holds_to_the_second(city):
    assert "Q" in bike_seconds(city, *FARM, limit_s=644)
    assert "Q" not in bike_seconds(city, *FARM, limit_s=643)


def test_from_stops_to_a_place_takes_as_long_where_no_street_is_one_way(city):
    assert bike_seconds(city, *FARM, reverse=True) == bike_seconds(city, *FARM)


def test_against_a_one_way_street_a_bicycle_goes_round(tmp_path):
    """1 km east one way, 3 km back by the north; a stop at 500 m of it, 12 m off the street.

    From 100 m one rides 400 m to it; from it 500 m on, 3,000 m round and 100 m to the place.
    """
    streets = OsmText().node(1, 0, 0).node(2, 1000, 0).node(3, 1000, 1000).node(4, 0, 1000)
    streets.way(10, [1, 2], highway="residential", oneway="yes")
    streets.way(11, [2, 3, 4, 1], highway="residential")
    spots = {"S1": (500, -12), "S2": (4000, 0), "S3": (8000, 0)}
    rows = [f"{s},{s},{lat:.7f},{lon:.7f}" for s, (lat, lon) in places_at(spots)]
    feed = line_feed(stops="\n".join(["stop_id,stop_name,stop_lat,stop_lon", *rows]))
    network = read_network(write_feed(tmp_path, **feed), DAY, streets=streets.read(tmp_path))
    there, back = (bike_seconds(network, 100.0, 0.0, reverse=r) for r in (False, True))
    assert there == {"S1": np.ceil(400 / 4.2 + 10 - 1e-3)}
    assert back == {"S1": np.ceil(3600 / 4.2 + 10 - 1e-3)}


def places_at(spots):
    return [(stop, at(*metres)) for stop, metres in spots.items()]


def test_a_stop_that_is_not_reached_is_not_drawn(city):
    stops = find_mode_stops(city, StreetMode.BIKE)
    at_place = StreetPlace(city.streets, StreetMode.BIKE, at(*FARM))
    off_streets = city.timetable.stops.ids.index("U")
    with pytest.raises(ValueError, match="has to be one that was found"):
        stops.draw(at_place, off_streets, (0.0, 0.0))


@pytest.mark.parametrize("reverse", [False, True], ids=["to", "from"])
def test_on_the_street_a_bicycle_is_never_later_than_a_walk(city, reverse):
    for x_m in (-300.0, 0.0, 40.0, 1.5 * BLOCK_M, 4 * BLOCK_M):
        bike = bike_seconds(city, x_m, 0.0, reverse=reverse)
        stop, seconds = walk_access(city, *at(x_m, 0.0), reverse=reverse)
        walk = {city.timetable.stops.ids[s]: t for s, t in zip(stop, seconds, strict=True)}
        assert {"P", "S", "Q"} <= walk.keys() & bike.keys()
        # To R and Z one walks by the steps, which are closed to bicycles; U has no street.
        assert all(bike[s] <= walk[s] for s in walk.keys() - {"R", "Z", "U"})


# --- parked


def test_a_bicycle_is_parked_at_the_stop_and_the_last_way_walked(city):
    # 60 s of parking: 704 s before 08:09:42 one leaves, and walks 281 s from Z at 08:19:42.
    itinerary = only(ask(city, Mode.BIKE_PARKED))
    bike, ride, walk = itinerary.legs
    assert isinstance(bike, StreetLeg)
    assert isinstance(ride, RideLeg)
    assert isinstance(walk, WalkLeg)
    assert itinerary.departure_s == parse_clock("08:09:42") - 704
    assert itinerary.arrival_s == parse_clock("08:19:42") + 281
    assert (bike.mode, bike.standing_s) == (StreetMode.BIKE, 60)
    assert bike.arrival_s == ride.departure_s == parse_clock("08:09:42")
    assert bike.to_stop == city.timetable.stops.ids.index("Q")
    assert (bike.from_name, bike.to_name) == ("Farm", "Stop Q")
    assert bike.street_m == pytest.approx(2000 + 5 * BLOCK_M, abs=0.5)
    assert bike.off_street_m == pytest.approx(24 + 6.3, abs=0.1)
    assert bike.points[0] == at(*FARM)
    assert bike.streets[-1] == "Column 4" or bike.streets[-1] == "Row 1"
    assert itinerary.walk_m == pytest.approx(walk.metres + 30.3, abs=0.1)


def test_parking_time_is_an_option(city):
    itinerary = only(ask(city, Mode.BIKE_PARKED, options=CombinedOptions(bike_parking_s=0)))
    assert itinerary.departure_s == parse_clock("08:09:42") - 644


def test_who_just_misses_the_parking_time_takes_the_next_trip(city):
    start_s = parse_clock("08:09:42") - 704
    assert only(ask(city, Mode.BIKE_PARKED, departure_s=start_s)).arrival_s == 29982 + 281
    later = only(ask(city, Mode.BIKE_PARKED, departure_s=start_s + 1))
    assert later.arrival_s == parse_clock("08:30") + 281


def test_arriving_by_a_time_the_bicycle_leaves_as_late_as_it_can(city):
    by_s = parse_clock("08:30") + 281
    itinerary = only(ask(city, Mode.BIKE_PARKED, arrival_s=by_s))
    assert (itinerary.departure_s, itinerary.arrival_s) == (parse_clock("08:20") - 704, by_s)
    earlier = only(ask(city, Mode.BIKE_PARKED, arrival_s=by_s - 1))
    assert earlier.departure_s == parse_clock("08:09:42") - 704
    assert [type(leg) for leg in earlier.legs] == [StreetLeg, RideLeg, WalkLeg]


def test_a_window_has_every_departure_once(city):
    found = ask(
        city, Mode.BIKE_PARKED, departure_s=parse_clock("07:00"), latest_s=parse_clock("09:00")
    )
    times = [(i.itinerary.departure_s, i.itinerary.arrival_s) for i in found.itineraries]
    assert times == [
        (parse_clock("08:09:42") - 704, parse_clock("08:19:42") + 281),
        (parse_clock("08:20") - 704, parse_clock("08:30") + 281),
    ]


# --- carried


def test_a_carried_bicycle_goes_only_with_trips_that_say_they_take_it(city):
    # T2 refuses, T3 takes: no parking, 644 s before 08:20, and 102 s from Z at 08:30.
    itinerary = only(ask(city, Mode.BIKE_CARRIED))
    before, ride, after = itinerary.legs
    assert ride.trip_id == "T3"
    assert itinerary.departure_s == parse_clock("08:20") - 644
    assert itinerary.arrival_s == parse_clock("08:30") + 102
    assert (before.mode, after.mode) == (StreetMode.BIKE, StreetMode.BIKE)
    assert (after.from_name, after.to_name) == ("Stop Z", "Work")
    assert after.departure_s == ride.arrival_s
    assert after.street_m == pytest.approx(300.6, abs=0.1)
    assert after.points[-1] == at(*WORK)
    assert before.standing_s == after.standing_s == 0


def test_trips_of_which_nothing_is_said_take_no_bicycle_unless_asked(tmp_path):
    city = mode_city(tmp_path, bikes=(NO, UNKNOWN, YES))
    assert only(ask(city, Mode.BIKE_CARRIED)).rides[0].trip_id == "T3"
    accepted = ask(city, Mode.BIKE_CARRIED, options=CombinedOptions(accept_unknown_bikes=True))
    assert only(accepted).rides[0].trip_id == "T2"
    assert only(accepted).arrival_s == parse_clock("08:19:42") + 102


def test_where_no_trip_takes_bicycles_that_is_the_reason(tmp_path):
    city = mode_city(tmp_path, bikes=(NO, NO, UNKNOWN))
    found = ask(city, Mode.BIKE_CARRIED)
    assert not found.itineraries
    assert found.reasons == {Mode.BIKE_CARRIED: NoWay.NO_BICYCLES_ON_BOARD}


def test_arriving_by_a_time_a_carried_bicycle_takes_the_last_trip_that_takes_it(city):
    by_s = parse_clock("08:30") + 102
    itinerary = only(ask(city, Mode.BIKE_CARRIED, arrival_s=by_s))
    assert itinerary.rides[0].trip_id == "T3"
    assert itinerary.departure_s == parse_clock("08:20") - 644
    # A second less and only T2 would do, which refuses.
    assert ask(city, Mode.BIKE_CARRIED, arrival_s=by_s - 1).reasons == {
        Mode.BIKE_CARRIED: NoWay.NOT_CONNECTED
    }


# --- the graph of trips that take bicycles


def arrays(graph: RoutingGraph) -> dict[str, object]:
    return {
        f.name: getattr(graph, f.name)
        for f in dataclasses.fields(graph)
        if isinstance(getattr(graph, f.name), np.ndarray)
    }


def test_keeping_every_trip_changes_nothing(city):
    graph = compile_routing(city)
    kept = keep_trips(graph, np.ones(city.timetable.n_trips, dtype=np.bool_))
    for name, array in arrays(graph).items():
        np.testing.assert_array_equal(getattr(kept, name), array, err_msg=name)
        assert getattr(kept, name).dtype == array.dtype, name


def test_patterns_without_a_trip_left_are_left_out(city):
    takes = find_bike_trips(city.timetable, accept_unknown=False)
    kept = keep_trips(compile_routing(city), takes)
    assert kept.n_patterns == 1
    assert [city.timetable.trip_ids[t] for t in kept.trip_of] == ["T3"]
    assert kept.departure_s.tolist() == [parse_clock("08:20"), parse_clock("08:30")]
    assert kept.board_pattern.tolist() == [0, 0]


def test_a_network_of_no_trips_left_is_searched_in_vain(city):
    graph = keep_trips(compile_routing(city), np.zeros(city.timetable.n_trips, dtype=np.bool_))
    assert (graph.n_patterns, len(graph.trip_of), len(graph.departure_s)) == (0, 0, 0)
    work = ProfileWorkspace(city, 3, graph=graph)
    stop, zero, both = (np.array(a, dtype=np.int32) for a in ([0], [0], [0, 1]))
    query = (stop, zero, both, stop + 1, zero, zero)
    assert len(search_profile(city, *query, max_rides=3, workspace=work)) == 0


def two_trips_of_one_vehicle(folder, second_takes):
    feed = line_feed(
        trips="route_id,service_id,trip_id,block_id,bikes_allowed\n"
        f"R1,WK,T1,X,1\nR1,WK,T2,X,{second_takes}",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:10:00,08:10:00,S2,2\n"
        "T2,08:10:00,08:10:00,S2,1\nT2,08:20:00,08:20:00,S3,2",
    )
    return read_network(write_feed(folder, **feed), DAY)


class Standing:
    """An end at one stop."""

    def __init__(self, network, stop_id):
        self.stop = np.array([network.timetable.stops.ids.index(stop_id)], dtype=np.int32)
        self.seconds = np.zeros(1, dtype=np.int32)

    def legs(self, call, time_s, seconds):
        return ()


@pytest.mark.parametrize(
    "when",
    [When(time_s=parse_clock("07:55")), When(time_s=parse_clock("08:30"), is_arrival=True)],
    ids=["leaving", "arriving"],
)
def test_a_seat_is_kept_where_both_trips_take_bicycles_and_not_where_one_does_not(tmp_path, when):
    somewhere = Place(name="", lat=0.0, lon=0.0)
    for takes, trips in (("1", [["T1", "T2"]]), ("2", [])):
        folder = tmp_path / takes
        folder.mkdir()
        network = two_trips_of_one_vehicle(folder, takes)
        opened = open_bike_routing(network, accept_unknown=False)
        ends = Standing(network, "S1"), Standing(network, "S3")
        found = search_between(opened, somewhere, somewhere, *ends, when, max_rides=3)
        assert [[ride.trip_id for ride in i.rides] for i in found] == trips
        assert [i.n_rides for i in found] == [1] * len(trips)


def test_the_graphs_of_one_network_are_made_once(city):
    first = open_bike_routing(city, accept_unknown=False)
    assert open_bike_routing(city, accept_unknown=False) is first
    assert open_bike_routing(city, accept_unknown=True) is not first
    assert first is not open_routing(city)


def test_an_end_draws_each_stop_once(city):
    stops = find_mode_stops(city, StreetMode.BIKE)
    at_place = StreetPlace(city.streets, StreetMode.BIKE, at(*FARM))
    end = BikeEnd(stops, FARM_PLACE, at_place, limit_s=1200, reverse=False).parking(60)
    (call,) = (r.calls[0] for r in only(ask(city, Mode.BIKE_PARKED)).rides)
    (first,), (second,) = (end.legs(call, time_s, 704) for time_s in (30000, 31000))
    assert first.points is second.points
    assert (first.departure_s, second.departure_s) == (30000 - 704, 31000 - 704)
