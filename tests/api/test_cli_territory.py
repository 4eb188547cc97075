"""`creneau territory init`, `build`, `show` and `list`, and itineraries on what they made.

The grid city (tests/builders/gridcity.py): from A1 at 07:00 one is at B3 at 07:12.
"""

import json
import os

import pytest

from api.engine import LocalEngine
from tests.api.test_cli_others import run_process
from tests.builders.feeds import write_feed
from tests.builders.gridcity import STOPS, grid_city_feed

ROUTE = ("--from", "48.9,2.322634", "--to", "48.882014,2.35", "--depart", "07:00")
"""From A1 to B3."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("CRENEAU_CACHE", str(folder))
    return folder


@pytest.fixture
def feed(tmp_path):
    return write_feed(tmp_path, zipped=True, **grid_city_feed())


@pytest.fixture
def pack(tmp_path, feed, creneau):
    folder = tmp_path / "grid"
    status, _, err = creneau("territory", "init", folder, "--gtfs", feed)
    assert status == 0, err
    return folder


def test_init_then_itinerary_then_build_twice(creneau, creneau_json, tmp_path, feed):
    folder = tmp_path / "grid"
    status, out, err = creneau("territory", "init", folder, "--gtfs", feed, "--lang", "en")
    assert status == 0, err
    assert f"Territory made: {folder}" in out
    assert "creneau itinerary --territory" in out

    status, answer = creneau_json("itinerary", "--territory", folder, *ROUTE, by=LocalEngine())
    assert status == 0
    assert answer["itineraries"][0]["arrival"] == "07:12"
    assert answer["service_date"] == "2024-01-01"
    assert any("ligne droite" in note for note in answer["notes"])

    built = [creneau_json("territory", "build", folder) for _ in range(2)]
    assert [status for status, _ in built] == [0, 0]
    assert [answer["artefact"]["origin"] for _, answer in built] == ["opened", "opened"]
    assert built[0][1]["artefact"]["key"] == built[1][1]["artefact"]["key"]
    status, out, _ = creneau("territory", "build", folder, "--lang", "en")
    assert status == 0
    assert "Built already, nothing to do" in out


def test_the_command_that_init_proposes_works(creneau, tmp_path, feed):
    _, out, _ = creneau("territory", "init", tmp_path / "grid", "--gtfs", feed)
    (line,) = [line for line in out.splitlines() if "creneau itinerary" in line]
    status, out, err = creneau(*line.split()[1:], by=LocalEngine())
    assert status == 0, err


def test_a_first_build_says_where_it_put_what(creneau_json, pack, cache, tmp_path):
    (artefact,) = (cache / "artefacts" / "grid").iterdir()
    for path in sorted(artefact.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    artefact.rmdir()
    status, answer = creneau_json("territory", "build", pack)
    assert status == 0
    assert answer["artefact"]["origin"] == "built"
    assert answer["artefact"]["path"] == str(artefact)
    manifest = json.loads((artefact / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"] == answer["counts"]
    assert manifest["quality"]["findings"]["error"] == 0
    assert {"checked_on", "findings", "items", "codes"} <= set(manifest["quality"])


def test_a_second_build_touches_nothing(creneau, pack, cache):
    creneau("territory", "build", pack)
    before = {path: path.stat().st_mtime_ns for path in sorted(cache.rglob("*"))}
    creneau("territory", "build", pack)
    assert {path: path.stat().st_mtime_ns for path in sorted(cache.rglob("*"))} == before


def test_a_build_for_another_date_is_another_artefact(creneau_json, pack, cache):
    dates = ("2024-05-15", "2024-05-16", "2024-05-17")
    for date in dates:
        _, answer = creneau_json("territory", "build", pack, "--date", date)
        assert answer["service_date"] == date
        assert answer["artefact"]["origin"] == "built"
    assert len(answer["artefact"]["removed"]) == 1  # of four, the newest three stay
    assert len(list((cache / "artefacts" / "grid").iterdir())) == 3


def test_a_damaged_artefact_is_built_again_and_that_is_said(creneau, pack, cache):
    (artefact,) = (cache / "artefacts" / "grid").iterdir()
    arrays = artefact / "arrays.bin"
    raw = bytearray(arrays.read_bytes())
    raw[len(raw) // 2] ^= 1
    arrays.write_bytes(raw)
    status, out, _ = creneau("territory", "build", pack, "--lang", "en")
    assert status == 0
    assert "damaged (arrays.bin is not as it was written" in out
    status, out, _ = creneau("territory", "build", pack, "--lang", "en")
    assert "nothing to do" in out


@pytest.fixture
def blocked(tmp_path, monkeypatch):
    """A cache that cannot be: its name is that of a file."""
    path = tmp_path / "blocked"
    path.write_text("x", encoding="utf-8")
    monkeypatch.setenv("CRENEAU_CACHE", str(path))
    return path


def test_a_build_that_cannot_be_kept_ends_in_1_and_says_why(creneau, creneau_json, pack, blocked):
    status, out, _ = creneau("territory", "build", pack, "--lang", "en")
    assert status == 1
    assert "not kept" in out
    assert str(blocked) in out
    status, answer = creneau_json("territory", "build", pack)
    assert status == 1
    assert answer["artefact"]["origin"] == "in_memory"
    assert answer["artefact"]["path"] is None


def test_an_itinerary_without_a_cache_is_found_with_a_note_on_standard_error(
    creneau, pack, blocked
):
    words = ("itinerary", "--territory", pack, *ROUTE, "--lang", "en")
    status, out, err = creneau(*words, by=LocalEngine())
    assert status == 0
    assert "07:12" in out
    assert "could not be kept in the cache" in err
    assert str(blocked) in err


def test_with_the_cache_off_a_build_ends_in_1(creneau, pack, monkeypatch):
    monkeypatch.setenv("CRENEAU_CACHE", "off")
    status, out, _ = creneau("territory", "build", pack, "--lang", "en")
    assert status == 1
    assert "the cache is off" in out


def test_show_tells_counts_dates_zones_quality_and_sources(creneau, creneau_json, pack):
    status, answer = creneau_json("territory", "show", pack)
    assert status == 0
    assert answer["counts"] == {
        "stops": 5,
        "routes": 2,
        "patterns": 4,
        "trips": 60,
        "stop_times": 180,
        "footpaths": 0,
    }
    (feed,) = answer["coverage"]
    assert (feed["first_date"], feed["last_date"]) == ("2024-01-01", "2024-12-31")
    levels = {level["level"]: level for level in answer["zones"]["levels"]}
    assert set(levels) == {"quartier", "commune", "agglomeration"}
    assert levels["agglomeration"]["population"] is None
    assert levels["quartier"]["population_unknown"] == levels["quartier"]["zones"]
    assert answer["quality"]["findings"] is not None
    assert {source["licence"] for source in answer["sources"]} == {"unknown"}

    status, out, _ = creneau("territory", "show", pack, "--lang", "fr")
    assert status == 0
    assert "population non connue" in out
    assert "Sources" in out
    assert "zones.geojson" in out


def test_show_writes_one_page_with_every_stop(creneau, pack, tmp_path):
    page = tmp_path / "map.html"
    status, _, err = creneau("territory", "show", pack, "--html", page, "--lang", "en")
    assert status == 0, err
    assert f"Written: {page}" in err
    text = page.read_text(encoding="utf-8")
    assert text.lstrip().lower().startswith("<!doctype html>")
    assert all(f'"{stop}"' in text for stop in STOPS)


@pytest.mark.parametrize("place", ["no/such/folder/map.html", "."])
def test_a_page_that_cannot_be_written_ends_in_2(creneau_json, pack, tmp_path, place):
    status, answer = creneau_json("territory", "show", pack, "--html", tmp_path / place)
    assert status == 2
    assert answer["error"]["problems"][0]["file"] == "--html"


def test_init_takes_several_feeds_after_one_option_or_more(creneau, creneau_json, tmp_path, feed):
    (tmp_path / "other").mkdir()
    files = grid_city_feed()
    files["stops"] = files["stops"].replace("48.9", "48.7")
    other = write_feed(tmp_path / "other", zipped=True, **files)
    for name, words in (
        ("one", ("--gtfs", feed, other, "--grid", "1000")),
        ("two", ("--gtfs", feed, "--gtfs", other, "--grid", "1000")),
    ):
        status, answer = creneau_json("territory", "init", tmp_path / name, *words)
        assert status == 0
        assert answer["counts"]["trips"] == 120
        assert [feed["prefix"] for feed in answer["coverage"]] == ["feed", "feed2"]


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        ((), "--gtfs"),
        (("--gtfs", "gone.zip"), "gone.zip"),
        (("--gtfs", "FEED", "--grid", "1"), "--grid"),
        (("--gtfs", "FEED", "--grid", "500", "--zones", "z.geojson"), "--zones, --grid"),
        (("--gtfs", "FEED", "--zones", "z.geojson"), "z.geojson"),
        (("--gtfs", "FEED", "--date", "tomorrow"), "--date"),
        (("--gtfs", "FEED", "--date", "2031-01-01"), "feed.zip"),
        (("--gtfs", "FEED", "--name", "Not This"), "--name"),
    ],
)
def test_a_wrong_option_of_init_is_named_and_ends_in_2(creneau_json, tmp_path, feed, words, blamed):
    given = [str(feed) if word == "FEED" else word for word in words]
    status, answer = creneau_json("territory", "init", tmp_path / "grid", *given)
    assert status == 2
    assert answer["error"]["problems"][0]["file"].endswith(blamed)
    assert not (tmp_path / "grid").exists()


@pytest.mark.parametrize("command", ["build", "show"])
def test_an_unknown_territory_or_date_ends_in_2(creneau_json, pack, command):
    status, answer = creneau_json("territory", command, "atlantis")
    assert status == 2
    assert "porto" in answer["error"]["problems"][0]["expected"]
    status, answer = creneau_json("territory", command, pack, "--date", "2031-01-01")
    assert status == 2
    assert "2024-12-31" in answer["error"]["message"]


def test_a_territory_without_demand_cannot_be_run(creneau_json, pack, tmp_path):
    scenario = tmp_path / "mine.yaml"
    scenario.write_text(f"name: Mine\nterritory: {pack}\n", encoding="utf-8")
    status, answer = creneau_json("run", scenario, by=LocalEngine())
    assert status == 2
    assert [problem["field"] for problem in answer["error"]["problems"]] == ["demand", "people"]


def test_the_territories_that_ship_say_where_their_data_are_absent(creneau, monkeypatch):
    monkeypatch.setenv("CRENEAU_DATA", os.path.join("no", "such", "folder"))  # noqa: PTH118
    status, out, _ = creneau("territory", "list", "--lang", "en", by=LocalEngine())
    lines = out.splitlines()
    assert status == 0
    place = next(i for i, line in enumerate(lines) if line.startswith("porto  "))
    assert lines[place].endswith("(data missing)")
    assert "gtfs_stcp.zip" in lines[place + 1]
    assert any(line.startswith("plaine-commune ") and "(ready)" in line for line in lines)


@pytest.mark.parametrize("command", ["build", "show", "init"])
def test_every_command_has_help_with_an_example_and_takes_json(creneau, command):
    status, out, _ = creneau("territory", command, "--help")
    assert status == 0
    assert f": creneau territory {command}" in " ".join(out.split())
    assert "--json" in out


def test_a_real_process_opens_what_another_built(pack, cache):
    words = ("territory", "build", str(pack), "--json")
    run_process(*words, CRENEAU_CACHE=str(cache))
    ended = run_process(*words, CRENEAU_CACHE=str(cache))
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["artefact"]["origin"] == "opened"
    assert "Traceback" not in ended.stderr
