"""Ends far from any street are said to be so: on the grid city's streets, by hand.

The road to W ends 5000 m west of the first junction, and W stands 12 m north of its end. A place
600 m farther west is 600 m from the nearest street; from there to W it is 600.1 m, 780.2 m with
a detour of 1.3, 651 s at 1.2 m/s. Line 1 leaves W at 08:00.
"""

from types import SimpleNamespace

import pytest

from api.commands.itinerary_text import print_answer
from api.itineraries import answer_query
from api.itinerary_query import ItineraryQuery
from network.readers import read_network
from scenarios.reach import ReachQuery, as_feature_collection, find_reach
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.gridstreets import GRID_DAY, at
from tests.builders.modecity import FARM, mode_city

FIELD, ISLAND, FARM_AT, AT_P = at(-5600, 0), at(-60_000, 0), at(*FARM), at(420, -14)


def served(network, day=GRID_DAY):
    file = SimpleNamespace(fares=())
    return SimpleNamespace(name="city", service_date=day, network=network, notes={}, file=file)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return served(mode_city(tmp_path_factory.mktemp("city")))


def ask(territory, start, end, lang="en", **changed):
    query = {
        "from": {"lat": start[0], "lon": start[1]},
        "to": {"lat": end[0], "lon": end[1]},
        "depart": "07:30",
        **changed,
    }
    return answer_query(territory, ItineraryQuery.model_validate(query), lang=lang)


def test_an_origin_far_from_streets_is_said_with_its_metres_and_those_walked_straight(city):
    answer = ask(city, FIELD, AT_P)
    (said,) = answer.off_street
    assert said.end == "from"
    assert said.street_m == pytest.approx(600, abs=1)
    assert said.walk_m == pytest.approx(780.2, abs=1.3)
    assert (said.detour, said.source_class) == (1.3, "estimated")
    walk = answer.itineraries[0].legs[0]
    assert (walk.duration_s, walk.quality, walk.source_class) == (
        651, ["walk_straight"], "estimated"
    )  # fmt: skip
    assert said.text in answer.notes
    assert said.text == (
        "The origin is 600 m from the nearest street: walks from there are straight lines × 1.3, "
        "whatever lies between (estimated). In the first itinerary that is 780 m."
    )


def test_a_destination_is_said_in_french_and_stands_in_the_text(city, capsys):
    # Nothing runs to W: the walk straight from the farm to the field is 3.6 km x 1.3.
    answer = ask(city, FARM_AT, FIELD, lang="fr", max_walk_min=120)
    (said,) = answer.off_street
    assert (said.end, said.street_m) == ("to", pytest.approx(600, abs=1))
    assert said.walk_m == pytest.approx(3600 * 1.3, abs=10)
    print_answer(answer, "fr")
    shown = capsys.readouterr().out
    assert "L'arrivée est à 600 m de la rue la plus proche" in shown
    assert "vol d'oiseau × 1,3" in shown


def test_beyond_25_km_the_distance_is_not_told_and_no_walk_where_there_is_none(city):
    answer = ask(city, ISLAND, AT_P)
    (said,) = answer.off_street
    assert (said.end, said.street_m, said.walk_m) == ("from", None, None)
    assert said.text.startswith("The origin is more than 25,000 m from any street")
    assert said.text in answer.notes


def test_places_near_streets_say_nothing(city):
    answer = ask(city, FARM_AT, AT_P)
    assert answer.off_street == []
    assert not any("nearest street" in note for note in answer.notes)


def test_nothing_is_said_of_single_places_where_the_territory_has_no_streets(tmp_path):
    town = served(read_network(write_feed(tmp_path, **line_feed()), DAY), DAY)
    answer = ask(town, (48.905, 2.30), (48.905, 2.36))
    assert answer.off_street == []
    assert "walk_straight" in answer.itineraries[0].legs[0].quality


@pytest.mark.parametrize("mode", ["transit", "walk", "bike", "car"])
def test_isochrones_know_how_far_from_streets_they_begin(city, mode):
    def reached(place):
        query = ReachQuery(lat=place[0], lon=place[1], depart_s=0, minutes=(5, 10), mode=mode)
        areas = find_reach(city.network, None, None, query)
        return areas, as_feature_collection(areas, query)["features"]

    areas, features = reached(FIELD)
    assert [area.off_street_m for area in areas] == [pytest.approx(600, abs=1)] * 2
    assert {f["properties"]["off_street_m"] for f in features} == {round(areas[0].off_street_m, 1)}
    areas, features = reached(FARM_AT)
    assert [area.off_street_m for area in areas] == [None, None]
    assert not any("off_street_m" in f["properties"] for f in features)
    _, features = reached(ISLAND)
    assert [f["properties"]["off_street_m"] for f in features] == [None, None]
    assert all(f["properties"]["is_off_street"] for f in features)
