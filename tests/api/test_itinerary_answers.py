"""Answers on territories with streets and with vehicles that go on as another line."""

import datetime as dt
from types import SimpleNamespace

import pytest

from api.commands.itinerary_text import print_answer
from api.itineraries import answer_query
from api.schemas import ItineraryQuery
from network.readers import read_network
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.gridstreets import BLOCK_M, GRID_DAY, at, grid_streets, grid_streets_feed


def served(network, day: dt.date):
    return SimpleNamespace(
        name="town", service_date=day, network=network, notes={}, file=SimpleNamespace(fares=())
    )


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The grid city with streets: blocks of 119.4 m, residential, two-way."""
    folder = tmp_path_factory.mktemp("city")
    streets = grid_streets().read(folder)
    feed = write_feed(folder, **grid_streets_feed())
    return served(read_network(feed, GRID_DAY, streets=streets), GRID_DAY)


def ask(territory, start, end, lang="en", **changed):
    query = {
        "from": {"lat": start[0], "lon": start[1]},
        "to": {"lat": end[0], "lon": end[1]},
        "depart": None if "arrive" in changed else "09:00",
        **changed,
    }
    return answer_query(territory, ItineraryQuery.model_validate(query), lang=lang)


CORNER, OPPOSITE = at(0, 0), at(3 * BLOCK_M, BLOCK_M)


def test_walking_cycling_and_driving_are_offered_beside_transit(city):
    answer = ask(city, CORNER, OPPOSITE)
    walk, bike, car = answer.direct
    assert [found.legs[0].mode for found in answer.direct] == ["walk", "bike", "car"]
    for found in answer.direct:
        assert found.departure_s == 9 * 3600
        assert found.legs[0].distance_m == pytest.approx(4 * BLOCK_M, rel=1e-3)
        assert found.legs[0].geometry[0] == (0.0, 0.0)
        assert found.legs[0].streets
        assert found.transfers == 0
    assert walk.duration_s == pytest.approx(4 * 99.5, abs=1)
    assert bike.duration_s == pytest.approx(4 * BLOCK_M / 4.2, abs=1)
    assert car.duration_s < bike.duration_s
    # Gabon is not France: the factors are an estimate there. 0.4776 km at 227.607 g/km.
    assert car.co2_g == pytest.approx(108.7, abs=0.2)
    assert answer.emissions.source_class == "estimated"
    assert "By car: free flow, no traffic and no parking." in answer.notes


def test_direct_ways_arrive_at_the_time_asked_for(city):
    answer = ask(city, CORNER, OPPOSITE, arrive="09:00")
    assert [found.arrival_s for found in answer.direct] == [9 * 3600] * 3


def test_who_has_to_be_there_at_midnight_leaves_the_evening_before(city):
    walk = ask(city, CORNER, OPPOSITE, arrive="00:02").direct[0]
    assert walk.departure_s == pytest.approx(120 - 4 * 99.5, abs=1)
    assert (walk.departure, walk.arrival) == ("23:55", "00:02")


def test_only_the_modes_asked_for_are_offered(city):
    answer = ask(city, CORNER, OPPOSITE, modes=("bike",))
    assert [found.legs[0].mode for found in answer.direct] == ["bike"]
    assert answer.itineraries == answer.direct
    answer = ask(city, CORNER, OPPOSITE, modes=("bike", "transit"))
    assert [found.legs[0].mode for found in answer.direct] == ["bike"]
    assert all(leg.mode != "bike" for found in answer.itineraries for leg in found.legs)


def test_a_place_too_far_from_a_street_is_left_out_with_a_note(city):
    answer = ask(city, at(2 * BLOCK_M, -260), OPPOSITE)
    assert [found.legs[0].mode for found in answer.direct] == ["walk"]
    assert "By bicycle: no usable street within 250 m of the origin." in answer.notes
    assert "By car: no usable street within 250 m of the origin." in answer.notes
    notes = ask(city, OPPOSITE, at(2 * BLOCK_M, -260), lang="fr").notes
    assert "En voiture : aucune rue praticable à moins de 250 m de l'arrivée." in notes


def test_walks_name_their_streets(city):
    walk = ask(city, CORNER, OPPOSITE).direct[0].legs[0]
    assert set(walk.streets) <= {"Row 0", "Row 1", *(f"Column {x}" for x in range(5))}


@pytest.fixture(scope="module")
def block(tmp_path_factory):
    """Line 1 from Alpha to Central; its vehicle goes on as line 2 to Delta, then line 3 leaves."""
    feed = line_feed(
        stops="""
            stop_id,stop_name,stop_lat,stop_lon
            A,Alpha,48.90,2.20
            C,Central,48.90,2.30
            D,Delta,48.90,2.40
            E,Epsilon,48.90,2.50
            """,
        routes="route_id,route_short_name,route_long_name,route_type\nR1,1,,3\nR2,2,,3\nR3,3,,4",
        trips="route_id,service_id,trip_id,block_id\nR1,WK,T1,X\nR2,WK,T2,X\nR3,WK,T3,",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,A,1\nT1,08:10:00,08:10:00,C,2\n"
        "T2,08:12:00,08:12:00,C,1\nT2,08:20:00,08:20:00,D,2\n"
        "T3,08:26:00,08:26:00,D,1\nT3,08:40:00,08:40:00,E,2",
    )
    network = read_network(write_feed(tmp_path_factory.mktemp("block"), **feed), DAY)
    return served(network, DAY)


def test_staying_on_board_is_no_transfer_and_no_wait(block):
    answer = ask(block, (48.90, 2.20), (48.90, 2.50), depart="07:55")
    (found,) = answer.itineraries
    rides = [leg for leg in found.legs if leg.line]
    assert [(leg.line, leg.stay_seated, leg.wait_s) for leg in rides] == [
        ("1", False, 0),
        ("2", True, 0),
        ("3", False, 360),
    ]
    assert found.transfers == 1


def test_a_ferry_has_no_factor_and_so_has_its_itinerary_none(block):
    (found,) = ask(block, (48.90, 2.20), (48.90, 2.50), depart="07:55").itineraries
    rides = [leg for leg in found.legs if leg.line]
    assert rides[2].co2_g is None
    assert found.co2_g is None
    # 7.31 km by bus at 122.42 g/km.
    assert rides[0].co2_g == pytest.approx(7.31 * 122.42, rel=1e-3)


def test_the_text_says_to_stay_on_board(block, capsys):
    answer = ask(block, (48.90, 2.20), (48.90, 2.50), depart="07:55")
    print_answer(answer, "en")
    assert "stay on board, bus 2 towards Delta: to Delta" in capsys.readouterr().out


def test_too_few_vehicles_allowed_says_how_many_it_takes(block):
    answer = ask(block, (48.90, 2.20), (48.90, 2.50), depart="07:55", max_rides=1)
    assert answer.reason_code == "too_many_rides"
    assert answer.nearest.rides_needed == 2
    answer = ask(block, (48.90, 2.20), (48.90, 2.50), depart="07:55", max_rides=1, lang="fr")
    assert answer.nearest.text == "Il faut 2 véhicules."
