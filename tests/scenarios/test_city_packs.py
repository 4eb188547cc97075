"""Porto and Mexico City from the real data, where they are at hand."""

import json

import numpy as np
import pytest

from network.routing import Place, find_itineraries
from scenarios.artefacts import open_artefact
from scenarios.built import Origin
from scenarios.network_pack import load_network_pack
from scenarios.zoning import format_geojson, format_zone_table
from tests.architecture.project import ROOT
from tests.builders.realdata import real_data


@pytest.fixture(scope="module")
def porto():
    real_data("porto", "porto_portugal.osm.pbf")
    return load_network_pack("porto")


@pytest.fixture(scope="module")
def mexico():
    real_data("mexico-city", "gtfs_cdmx.zip")
    return load_network_pack("mexico-city")


@pytest.fixture
def zone_script(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import build_city_zones

    return build_city_zones


def test_porto_joins_both_feeds_and_the_streets(porto):
    dates = {feed.prefix: str(feed.service_date) for feed in porto.coverage}
    assert dates == {"stcp": "2024-05-15", "metro": "2026-05-13"}
    timetable = porto.network.timetable
    assert str(timetable.service_date) == "2024-05-15"
    assert timetable.timezone == "Europe/Lisbon"
    assert {stop.partition(":")[0] for stop in timetable.stops.ids} == {"stcp", "metro"}
    assert porto.network.streets is not None
    assert "streets" in porto.network.footpaths.kind
    assert porto.network.footpaths.n_straight_stops == 0


def test_a_trip_across_porto_takes_the_metro_or_a_bus_along_the_streets(porto):
    # From Campanha station to Casa da Musica: the metro takes about 12 minutes.
    origin = Place(name="Campanhã", lat=41.1487, lon=-8.5855)
    destination = Place(name="Casa da Música", lat=41.1607, lon=-8.6291)
    found = find_itineraries(porto.network, origin, destination, departure_s=8 * 3600)
    best = min(itinerary.arrival_s for itinerary in found.itineraries)
    assert 8 * 3600 + 10 * 60 < best < 8 * 3600 + 40 * 60


def test_mexico_city_has_every_stop_of_a_wednesday(mexico):
    timetable = mexico.network.timetable
    assert timetable.service_date.strftime("%A") == "Wednesday"
    assert timetable.n_stops == 9718
    assert timetable.n_trips >= 98_336  # and those of the day before that go on past midnight
    assert mexico.network.streets is None


@pytest.mark.parametrize("city", ["porto", "mexico"])
def test_an_artefact_that_is_opened_holds_the_arrays_that_were_built(city, request):
    pack = request.getfixturevalue(city)
    assert pack.built.path is not None
    found = open_artefact(pack.built.path, key=pack.built.key)
    again = load_network_pack(pack.name)
    assert again.built.origin is Origin.OPENED
    one, other = pack.network.timetable, found.value.timetable
    assert one.trip_ids == other.trip_ids
    assert one.stops.names == other.stops.names
    np.testing.assert_array_equal(one.arrival_s, other.arrival_s)
    np.testing.assert_array_equal(one.pattern_stop, other.pattern_stop)


@pytest.mark.parametrize("city", ["porto", "mexico"])
def test_the_zones_that_ship_are_those_the_script_makes(city, request, zone_script):
    pack = request.getfixturevalue(city)
    side_m, title = zone_script.SQUARES[pack.folder.name]
    plan = zone_script.build_grid(
        pack.network.timetable, zone_script.GridSettings(cell_m=side_m), root_name=title
    )
    for name, text in (
        ("zones.csv", format_zone_table(plan)),
        ("zones.geojson", format_geojson(plan)),
    ):
        assert (pack.folder / name).read_text(encoding="utf-8") == text, "run the script again"


@pytest.mark.parametrize("city", ["porto", "mexico"])
def test_every_stop_in_use_lies_in_a_zone(city, request):
    import shapely

    pack = request.getfixturevalue(city)
    text = (pack.folder / "zones.geojson").read_text(encoding="utf-8")
    leaves = [
        shapely.geometry.shape(feature["geometry"])
        for feature in json.loads(text)["features"]
        if feature["properties"]["id"] in pack.zones.ids
    ]
    assert len(leaves) == len(pack.zones)
    stops = pack.network.timetable.stops
    inside = shapely.STRtree(leaves).query(shapely.points(stops.lon, stops.lat), "intersects")[0]
    assert len(np.unique(inside)) == len(stops)
    assert pack.set_aside.get("unknown level") is None
