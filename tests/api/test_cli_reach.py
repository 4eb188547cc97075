"""`creneau isochrone` and `creneau matrix` on the grid city, whose times are known by hand.

Line A leaves A1 at 07:00 and is at A2 at 07:05 and at A3 at 07:10. The zone West lies 538.4 m
from A1, 584 s on foot at a detour of 1.3 and 1.2 m/s; East lies as far from A3.
"""

import csv
import json

import pytest
import shapely

from api.engine import LocalEngine
from network.base import Cancelled
from network.routing.reach.matrix import Departures
from scenarios.network_pack import load_network_pack
from scenarios.reach import write_matrix, zone_places
from tests.builders.gridpack import PACK, ZONES, write_grid_pack

A1 = "48.9,2.322634"
WITH_ZONES = PACK.replace("[network]", '[zones]\nfile = "zones.csv"\n\n[network]')


@pytest.fixture(scope="module")
def engine():
    return LocalEngine()


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return write_grid_pack(tmp_path_factory.mktemp("reach"), WITH_ZONES, zones__csv=ZONES)


@pytest.fixture(scope="module")
def bare_pack(tmp_path_factory):
    return write_grid_pack(tmp_path_factory.mktemp("bare"))


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_isochrones_have_areas_people_and_zones(creneau_json, pack):
    status, answer = creneau_json(
        "isochrone", "--territory", pack, "--from", A1, "--depart", "07:00", "--minutes", "30,15"
    )
    short, long = answer["isochrones"]
    assert status == 0
    assert (short["minutes"], long["minutes"]) == (15, 30)
    assert answer["source_class"] == "estimated"
    assert answer["units"]["area_km2"] == "km2"
    # By 07:15: discs of 831, 554, 277, 166 and 166 m, 3.546 km2 together.
    assert short["area_km2"] == pytest.approx(3.546, rel=0.005)
    assert [zone["id"] for zone in short["zones"]] == ["w"]
    assert short["zones"][0]["minutes"] == pytest.approx(584 / 60, abs=0.01)
    assert (short["population"], short["jobs"]) == (10, 4)
    # 10 minutes by train and 10 on foot: East is reached too, whose jobs are not known.
    assert [zone["id"] for zone in long["zones"]] == ["w", "e"]
    assert (long["population"], long["jobs"]) == (30, 4)
    assert long["zones_unknown"] == {"population": 0, "jobs": 1}
    assert shapely.geometry.shape(short["geometry"]).is_valid


def test_the_geojson_file_holds_the_areas_largest_first(creneau, pack, tmp_path):
    path = tmp_path / "areas.geojson"
    status, out, _ = creneau(
        "isochrone", "--territory", pack, "--from", A1, "--depart", "07:00",
        "--minutes", "15,30", "--mode", "walk", "--geojson", path, "--lang", "en",
    )  # fmt: skip
    collection = json.loads(path.read_text(encoding="utf-8"))
    assert status == 0
    assert [feature["properties"]["minutes"] for feature in collection["features"]] == [30, 15]
    large, small = (shapely.geometry.shape(f["geometry"]) for f in collection["features"])
    assert large.contains(small)
    assert "15 min: 2.17 km²" in out  # a disc of 830.8 m
    assert "people: 10" in out


def test_both_languages_say_what_is_unknown_and_how_walks_are_counted(creneau, pack):
    words = ("isochrone", "--territory", pack, "--from", A1, "--depart", "07:00", "--minutes", "30")
    _, french, _ = creneau(*words, "--lang", "fr")
    _, english, _ = creneau(*words, "--lang", "en")
    assert "emplois : 4 (inconnu dans 1 zone(s))" in french
    assert "à vol d'oiseau" in french
    assert "estimé" in french
    assert "jobs: 4 (unknown in 1 zone(s))" in english
    assert "straight lines" in english
    assert "estimated" in english


def test_a_territory_without_zones_has_areas_alone(creneau_json, creneau, bare_pack):
    words = ("isochrone", "--territory", bare_pack, "--from", A1, "--depart", "07:00")
    status, answer = creneau_json(*words, "--minutes", "15")
    assert status == 0
    assert answer["has_zones"] is False
    assert answer["isochrones"][0]["population"] is None
    _, out, _ = creneau(*words, "--lang", "en")
    assert "no zone table" in out


def test_the_matrix_of_zones_is_minutes_between_their_centres(creneau_json, pack, tmp_path):
    path = tmp_path / "times.csv"
    status, answer = creneau_json("matrix", "--territory", pack, "--depart", "06:50", "--csv", path)
    table = rows(path)
    assert status == 0
    assert (answer["pairs"], answer["pairs_reached"], answer["unit"]) == (4, 4, "min")
    assert table[0] == ["origin", "destination", "minutes"]
    assert [row[:2] for row in table[1:]] == [["w", "w"], ["w", "e"], ["e", "w"], ["e", "e"]]
    # 06:50 + 584 s on foot: the train at 07:00, A3 at 07:10, 584 s on foot: 29.73 min.
    assert float(table[2][2]) == pytest.approx(29.73, abs=0.01)
    assert float(table[1][2]) == 0


def test_the_matrix_of_points_leaves_blank_where_there_is_no_way(creneau_json, pack, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text(
        "id,lat,lon\nwest,48.9,2.322634\neast,48.9,2.377366\nfar,10,10\n", encoding="utf-8"
    )
    path = tmp_path / "times.csv"
    status, answer = creneau_json(
        "matrix", "--territory", pack, "--depart", "07:00", "--window", "10",
        "--percentiles", "50,5,95", "--points", points, "--csv", path,
    )  # fmt: skip
    table = rows(path)
    assert status == 0
    assert answer["percentiles"] == [5, 50, 95]
    assert table[0] == ["origin", "destination", "p5_min", "p50_min", "p95_min"]
    # Leaving at 07:00 takes 10 min, at 07:01 ... 07:09 19 ... 11.
    assert table[2] == ["west", "east", "10.00", "14.00", "19.00"]
    assert table[3] == ["west", "far", "", "", ""]
    assert answer["pairs_reached"] == 5  # west and east both ways, and each with itself


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        (("--from", "here"), ["--from"]),
        (("--from", "91,2"), ["--from"]),
        (("--from", "nan,2"), ["--from"]),
        (("--from", A1, "--depart", "8h"), ["--depart"]),
        (("--from", A1, "--minutes", "0"), ["--minutes"]),
        (("--from", A1, "--minutes", "15,"), ["--minutes"]),
        (("--from", A1, "--mode", "swim"), ["--mode"]),
        (("--from", A1, "--date", "2024-02-30"), ["--date"]),
        (("--from", A1, "--geojson", "/no/such/folder/x.json"), ["--geojson"]),
        (("--from", "x", "--minutes", "x"), ["--from", "--minutes"]),
    ],
)
def test_a_wrong_option_of_isochrone_is_named(creneau_json, pack, words, blamed):
    status, answer = creneau_json("isochrone", "--territory", pack, *words)
    assert status == 2
    assert [problem["file"] for problem in answer["error"]["problems"]] == blamed


def test_a_car_without_streets_is_refused(creneau_json, pack):
    status, answer = creneau_json("isochrone", "--territory", pack, "--from", A1, "--mode", "car")
    assert status == 2
    assert "without streets" in answer["error"]["problems"][0]["found"]


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        (("--depart", "25"), ["--depart"]),
        (("--percentiles", "101"), ["--percentiles"]),
        (("--window", "-1"), ["--window"]),
        (("--zones", "--points", "x.csv"), ["--zones, --points"]),
    ],
)
def test_a_wrong_option_of_matrix_is_named(creneau_json, pack, tmp_path, words, blamed):
    status, answer = creneau_json(
        "matrix", "--territory", pack, "--csv", tmp_path / "x.csv", *words
    )
    assert status == 2
    assert [problem["file"] for problem in answer["error"]["problems"]] == blamed
    assert list(tmp_path.glob("x.csv*")) == []


def test_wrong_points_are_named_with_their_lines(creneau_json, pack, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("id,lat,lon\na,48.9,2.3\na,48.9,2.4\nb,95,2.3\n", encoding="utf-8")
    status, answer = creneau_json(
        "matrix", "--territory", pack, "--points", points, "--csv", tmp_path / "x.csv"
    )
    found = [(problem["row"], problem["field"]) for problem in answer["error"]["problems"]]
    assert status == 2
    assert found == [(3, "id"), (4, "lat")]


def test_zones_asked_of_a_territory_without_zones_are_refused(creneau_json, bare_pack, tmp_path):
    status, answer = creneau_json("matrix", "--territory", bare_pack, "--csv", tmp_path / "x.csv")
    assert status == 2
    assert answer["error"]["problems"][0]["file"] == "--zones"


def test_a_matrix_that_is_cancelled_leaves_no_file(pack, tmp_path):
    def stop(stage, done, total):
        if (stage, done) == ("matrix", 1):
            raise Cancelled

    loaded = load_network_pack(pack)
    with pytest.raises(Cancelled):
        write_matrix(
            tmp_path / "x.csv",
            loaded.network,
            zone_places(loaded.zones),
            Departures(depart_s=0),
            progress=stop,
        )
    assert list(tmp_path.iterdir()) == []
