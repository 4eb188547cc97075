"""Every file of the packs that ship says where its figures come from, once."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

import scenarios
from network.base import SourceClass
from scenarios import list_territories, load_territory
from scenarios.territory import read_territory_file

PACKS = Path(scenarios.__file__).parent / "territories"
DEFAULT, METRO = PACKS / "plaine_commune", PACKS / "plaine_commune_metro"
CITIES = [PACKS / "porto", PACKS / "mexico_city"]
SAYS_ITSELF = {"territory.toml", "demo.yaml"}
DATA = "${CRENEAU_DATA}/"


def read_entries(folder):
    """Return the source entries of a pack, from the files that its own file names."""
    file = read_territory_file(folder / "territory.toml")
    return [
        entry
        for name in file.sources
        for entry in tomllib.loads((folder / name).read_text(encoding="utf-8"))["file"]
    ]


def list_described(folder):
    """Return the files of a folder that need a source: all but those that say it themselves."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and path.name not in SAYS_ITSELF
        and not (path.parent == folder and path.match("sources*.toml"))
    }


def list_named(folder):
    """Return every file that a pack's own file names, save the sources."""
    file = read_territory_file(folder / "territory.toml")
    sections = [file.network, *file.network.feeds, file.demand, file.people, file.zones]
    values = [value for part in sections if part for value in part.model_dump().values()]
    texts = [value for value in values if isinstance(value, str)]
    return {text.removeprefix(DATA) for text in texts if "." in text or "/" in text}


def find_missing(folder, entries):
    """Return what is wrong between the files of a folder and its source entries."""
    counts = Counter(entry["path"] for entry in entries)
    files = list_described(folder)
    return {
        "without a source": files - set(counts),
        "with two": {path for path, count in counts.items() if count > 1},
        "not there": set(counts) - files,
    }


NOTHING_MISSING = {"without a source": set(), "with two": set(), "not there": set()}


def test_each_file_of_the_default_pack_has_one_source():
    assert find_missing(DEFAULT, read_entries(DEFAULT)) == NOTHING_MISSING


def test_a_file_added_without_a_source_is_found(tmp_path):
    (tmp_path / "gtfs").mkdir()
    for name in ("territory.toml", "sources.toml", "zones.csv", "gtfs/stops.txt", "new.csv"):
        (tmp_path / name).write_text("", encoding="utf-8")
    entries = [{"path": name} for name in ("zones.csv", "gtfs/stops.txt", "gone.csv", "zones.csv")]

    assert find_missing(tmp_path, entries) == {
        "without a source": {"new.csv"},
        "with two": {"zones.csv"},
        "not there": {"gone.csv"},
    }


def test_the_metro_pack_names_one_source_for_each_file_it_is_built_from():
    counts = Counter(entry["path"] for entry in read_entries(METRO))

    assert set(counts.values()) == {1}
    assert set(counts) == list_named(METRO)
    assert list_described(METRO) == {"hubs.csv", "other_stations.csv"} <= set(counts)


@pytest.mark.parametrize("folder", CITIES, ids=lambda folder: folder.name)
def test_a_city_names_one_source_for_each_file_it_is_built_from(folder):
    counts = Counter(entry["path"] for entry in read_entries(folder))

    assert set(counts.values()) == {1}
    assert set(counts) == list_named(folder)
    assert list_described(folder) == {"zones.csv", "zones.geojson"}


@pytest.mark.parametrize("folder", [DEFAULT, METRO, *CITIES], ids=lambda folder: folder.name)
def test_each_source_is_complete_and_of_a_known_class(folder):
    for entry in read_entries(folder):
        for key in ("title", "source", "licence", "date", "source_class"):
            assert str(entry.get(key, "")).strip(), (entry["path"], key)
        assert entry["source_class"] in set(SourceClass), entry["path"]


def test_a_file_that_both_packs_use_is_of_one_class():
    here = {entry["path"]: entry["source_class"] for entry in read_entries(DEFAULT)}
    there = {
        Path(entry["path"]).name: entry["source_class"]
        for entry in read_entries(METRO)
        if entry["path"].startswith("../")
    }

    shared = set(here) & set(there)
    assert len(shared) >= 5
    assert {name: here[name] for name in shared} == {name: there[name] for name in shared}


def test_the_packs_that_ship_can_be_named_and_the_default_needs_no_other_data(monkeypatch):
    monkeypatch.setenv("CRENEAU_DATA", "nowhere")
    infos = {info.name: info for info in list_territories()}

    assert [name for name, info in infos.items() if info.available] == ["plaine-commune"]
    assert {"plaine-commune-metro", "porto", "mexico-city"} < set(infos)
    assert "gtfs_cdmx.zip" in infos["mexico-city"].reason
    assert "porto_portugal.osm.pbf" in infos["porto"].reason
    assert "ratp_metro_all_week_20190311.zip" in infos["plaine-commune-metro"].reason
    assert all(info.title["fr"] and info.title["en"] for info in infos.values())


def test_the_default_territory_loads_with_nothing_set_aside():
    territory = load_territory("plaine-commune")

    assert territory.set_aside == {}
    assert set(territory.network.timetable.routes.lines) == {
        *("7", "12", "13", "14", "B", "D", "H"),
        *("T1", "T5", "T8"),
    }
    assert len(territory.hub_stops) > 50
    assert len(territory.sources) == len(read_entries(DEFAULT))
