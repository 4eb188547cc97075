"""Park and ride without a table: the car parks are those of the territory's own map."""

import pytest

from api.itineraries import answer_query
from api.itinerary_query import ItineraryQuery
from scenarios.network_pack import load_network_pack
from scenarios.pack_files import PACK_FILE
from tests.builders.feeds import write_feed
from tests.builders.gridpack import PACK
from tests.builders.gridstreets import GRID_DAY, at, grid_streets, grid_streets_feed
from tests.builders.modecity import FARM, WORK
from tests.builders.territories import sources_toml

GATE_M = (-100.0, 12.0)


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """The grid city on a map with two car parks at the gate, one of them private."""
    folder = tmp_path_factory.mktemp("mapped")
    write_feed(folder, **grid_streets_feed())
    streets = grid_streets()
    streets.node(7001, *GATE_M, amenity="parking", park_ride="yes", capacity="40", fee="no")
    streets.node(7002, *GATE_M, amenity="parking", park_ride="yes", access="private")
    streets.write(folder, "streets.osm")
    text = PACK.replace('gtfs = "feed"', 'gtfs = "feed"\nosm = "streets.osm"')
    text = text.replace("2024-05-15", GRID_DAY.isoformat())
    (folder / PACK_FILE).write_text(text, encoding="utf-8")
    (folder / "sources.toml").write_text(sources_toml(("feed",)), encoding="utf-8")
    return load_network_pack(folder)


def ask(territory, lang="en", **changed):
    start, end = at(*FARM), at(*WORK)
    query = {
        "from": {"lat": start[0], "lon": start[1]},
        "to": {"lat": end[0], "lon": end[1]},
        "depart": "07:00",
        "modes": ["park-and-ride"],
        **changed,
    }
    return answer_query(territory, ItineraryQuery.model_validate(query), lang=lang)


def test_one_parks_where_the_map_says_as_if_the_car_park_had_been_given(mapped):
    lat, lon = at(*GATE_M)
    gate = {"lat": round(lat, 7), "lon": round(lon, 7), "name": "Gate", "capacity": 40}
    given = ask(mapped, car_parks=[gate]).itineraries
    found = ask(mapped).itineraries
    assert found
    assert [(i.departure_s, i.arrival_s) for i in found] == [
        (i.departure_s, i.arrival_s) for i in given
    ]


@pytest.mark.parametrize(
    ("lang", "name", "kept", "aside"),
    [
        ("en", "Car park near ", "the 1 that OpenStreetMap marks", "1 not open to everybody"),
        ("fr", "Parking près de ", "les 1 qu'OpenStreetMap indique", "1 non ouvert à tous"),
    ],
)
def test_the_answer_says_which_car_park_and_what_it_rests_on(mapped, lang, name, kept, aside):
    answer = ask(mapped, lang=lang)
    drive = answer.itineraries[0].legs[0]
    assert drive.destination.name.startswith(name)
    park = drive.car_park
    assert (park.capacity, park.fee, park.source_class) == (40, False, "published")
    assert any(kept in note for note in answer.notes)
    assert any(aside in note for note in answer.notes)


def test_who_does_not_park_hears_nothing_of_car_parks(mapped):
    answer = ask(mapped, modes=["transit", "car"])
    assert not any("OpenStreetMap" in note for note in answer.notes)
    assert all(leg.car_park is None for found in answer.direct for leg in found.legs)
