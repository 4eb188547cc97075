"""Network packs: loaded, built once, opened again, and what happens when the cache fails."""

import datetime as dt
import json
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from scenarios import list_territories, load_territory
from scenarios import network_inputs as inputs_module
from scenarios.artefacts import Cache
from scenarios.built import Origin
from scenarios.network_inputs import builder_version, list_inputs
from scenarios.network_pack import load_network_pack
from scenarios.pack_files import PACK_FILE, read_territory_file
from tests.architecture.project import ROOT
from tests.builders.gridcity import GRID_DAY
from tests.builders.gridpack import PACK, ZONES, ask, write_grid_pack
from tests.builders.problems import refused
from tests.builders.territories import write_corridor


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache that is empty when the test starts."""
    root = tmp_path / "cache"
    monkeypatch.setenv("CRENEAU_CACHE", str(root))
    return Cache(root=root)


@pytest.fixture
def write(tmp_path):
    return partial(write_grid_pack, tmp_path)


@pytest.fixture
def builds(monkeypatch):
    """Count how often files are read to a network."""
    counted = []
    real = inputs_module.read_inputs

    def read(inputs, **options):
        counted.append(inputs)
        return real(inputs, **options)

    monkeypatch.setattr("scenarios.built.read_inputs", read)
    return counted


def test_a_pack_without_demand_answers_itineraries_as_derived_by_hand(write):
    pack = load_network_pack(write())
    assert (pack.name, pack.service_date) == ("grid", GRID_DAY)
    assert pack.title == {"fr": "Ville en grille", "en": "Grid city"}
    assert pack.notes == {"fr": ("Inventée.",), "en": ("Invented.",)}
    assert ask(pack) == [7 * 3600 + 12 * 60]
    assert pack.zones is None
    assert pack.people is None
    assert pack.set_aside == {}
    assert [source.path for source in pack.sources] == ["feed"]
    (feed,) = pack.coverage
    assert (feed.first_date, feed.last_date) == (dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def test_a_second_loading_opens_what_the_first_built(write, cache, builds):
    folder = write()
    first, second = load_network_pack(folder), load_network_pack(folder)
    assert (first.built.origin, second.built.origin) == (Origin.BUILT, Origin.OPENED)
    assert len(builds) == 1
    assert first.inputs_sha256 == second.inputs_sha256
    one, other = first.network.timetable, second.network.timetable
    assert one.trip_ids == other.trip_ids
    np.testing.assert_array_equal(one.arrival_s, other.arrival_s)
    assert ask(second) == ask(first)


def test_a_run_and_an_itinerary_share_the_artefact(tmp_path, cache, builds):
    folder = write_corridor(tmp_path)
    load_territory(folder)
    assert load_network_pack(folder).built.origin is Origin.OPENED
    load_territory(folder)
    assert len(builds) == 1


def test_the_manifest_says_what_was_built_from_what(write, cache):
    pack = load_network_pack(write())
    manifest = json.loads((pack.built.path / "manifest.json").read_text(encoding="utf-8"))
    (feed,) = manifest["inputs"]
    assert feed["role"] == "gtfs"
    assert feed["path"].endswith("feed")
    assert feed["bytes"] == sum(p.stat().st_size for p in (pack.folder / "feed").iterdir())
    assert len(feed["sha256"]) == 64
    assert manifest["service_date"] == "2024-05-15"
    assert manifest["counts"]["stops"] == 5
    assert manifest["counts"]["trips"] == 2 * 18 + 2 * 12
    assert manifest["parameters"]["max_transfer_s"] == 600
    assert manifest["builder"] == builder_version()
    assert manifest["quality"] == {"set_aside": {}}
    assert dt.datetime.fromisoformat(manifest["created"]).tzinfo is dt.UTC


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2024-05-15", "2024-05-16"),
        ('gtfs = "feed"', 'gtfs = "feed"\nmax_transfer_s = 300'),
        ('gtfs = "feed"', 'gtfs = "feed"\nwalk_speed_mps = 1.4'),
        ('gtfs = "feed"', 'gtfs = "feed"\ndetour = 1.2'),
        ('gtfs = "feed"', 'gtfs = "feed"\nvehicles = "vehicles.csv"'),
    ],
)
def test_another_date_or_parameter_makes_another_artefact(write, cache, old, new):
    vehicles = "line,route_type,seats,standing_m2,source,source_class\nA,,6,3,x,illustrative\n"
    first = load_network_pack(write()).built
    other = load_network_pack(
        write(PACK.replace(old, new), name="other", vehicles__csv=vehicles)
    ).built
    assert other.origin is Origin.BUILT
    assert other.key != first.key
    assert other.path.parent == first.path.parent


def test_titles_zones_and_places_of_files_do_not_make_another_artefact(write, cache):
    first = load_network_pack(write()).built
    text = PACK.replace("Grid city", "Another title") + '\n[zones]\nfile = "zones.csv"\n'
    other = load_network_pack(write(text, name="moved", zones__csv=ZONES)).built
    assert (other.origin, other.key) == (Origin.OPENED, first.key)


def test_a_changed_byte_of_the_feed_makes_another_artefact(write, cache):
    folder = write()
    first = load_network_pack(folder)
    stops = folder / "feed" / "stops.txt"
    text = stops.read_text(encoding="utf-8")
    stops.write_text(text.replace("48.900000", "48.900001"), encoding="utf-8")
    second = load_network_pack(folder)
    assert second.built.origin is Origin.BUILT
    assert second.built.key != first.built.key
    assert 48.900001 in second.network.timetable.stops.lat


def test_code_that_builds_differently_makes_another_artefact(write, cache, monkeypatch):
    folder = write()
    first = load_network_pack(folder).built
    monkeypatch.setattr(inputs_module, "builder_version", lambda: "another")
    assert load_network_pack(folder).built.key != first.key


@pytest.mark.parametrize("name", ["arrays.bin", "tree.json", "manifest.json"])
def test_a_damaged_artefact_is_built_again_and_that_is_said(write, cache, name):
    folder = write()
    first = load_network_pack(folder)
    path = first.built.path / name
    path.write_bytes(path.read_bytes()[:-7])
    again = load_network_pack(folder)
    assert again.built.origin is Origin.BUILT
    assert again.built.damage
    assert ask(again) == ask(first)
    assert load_network_pack(folder).built.origin is Origin.OPENED


def test_an_artefact_of_an_older_tree_is_built_again(write, cache, monkeypatch):
    folder = write()
    with monkeypatch.context() as patch:
        patch.setattr("scenarios.artefacts.codec._name", lambda _: "network.timetable:Gone")
        load_network_pack(folder)
    again = load_network_pack(folder)
    assert "Gone" in again.built.damage
    assert ask(again) == [7 * 3600 + 12 * 60]


def test_a_cache_that_cannot_be_written_to_leaves_the_network_in_memory(
    write, tmp_path, monkeypatch
):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setenv("CRENEAU_CACHE", str(blocked))
    pack = load_network_pack(write())
    assert pack.built.origin is Origin.IN_MEMORY
    assert str(blocked) in pack.built.reason
    assert ask(pack) == [7 * 3600 + 12 * 60]


def test_a_full_disk_leaves_the_network_in_memory(write, cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scenarios.artefacts.folder._write", full)
    pack = load_network_pack(write())
    assert pack.built.origin is Origin.IN_MEMORY
    assert "No space left on device" in pack.built.reason
    assert list((cache.root / "artefacts" / "grid").iterdir()) == []


def test_with_the_cache_off_nothing_is_written(write, monkeypatch, tmp_path):
    monkeypatch.setenv("CRENEAU_CACHE", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    pack = load_network_pack(write())
    assert (pack.built.origin, pack.built.reason) == (Origin.IN_MEMORY, "")
    assert not (tmp_path / "xdg").exists()


BUILD = """
import sys
from scenarios.network_pack import load_network_pack
pack = load_network_pack(sys.argv[1])
print(pack.built.origin, pack.network.timetable.n_trips, pack.built.reason)
"""


def test_two_processes_that_build_at_once_both_have_the_network(write, cache):
    folder = write()
    words = [sys.executable, "-c", BUILD, str(folder)]
    running = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=120) for process in running]
    again = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    for (out, err), process in zip(ended, running, strict=True):
        assert process.returncode == 0, err
        assert out.split()[0] in ("built", "opened")
        assert out.split()[1] == "60"
    left = list((cache.root / "artefacts" / "grid").iterdir())
    assert len(left) == 1
    assert again.stdout.split() == ["opened", "60"]


def test_a_network_may_be_changed_in_memory_without_harm_to_the_artefact(write, cache):
    folder = write()
    load_network_pack(folder)
    load_network_pack(folder).network.timetable.arrival_s[:] = 0
    assert ask(load_network_pack(folder)) == [7 * 3600 + 12 * 60]


def test_zones_bring_population_and_jobs_by_level(write):
    text = PACK + '\n[zones]\nfile = "zones.csv"\n'
    bad = ZONES.replace("e,East,commune,all,48.9,2.37,20,,", "e,East,commune,all,48.9,2.37,-3,x,")
    pack = load_network_pack(write(text, zones__csv=ZONES))
    assert pack.zones.ids == ("w", "e")
    assert pack.people.population == {"all": 30, "w": 10, "e": 20}
    assert pack.people.jobs == {"all": None, "w": 4, "e": None}
    pack = load_network_pack(write(text, name="bad", zones__csv=bad))
    assert pack.people.population["e"] is None
    assert pack.set_aside == {"population out of range": 1, "jobs out of range": 1}


def test_a_run_on_a_pack_without_demand_says_what_it_lacks(write):
    with refused(file=PACK_FILE, found="network alone") as problems:
        load_territory(write())
    assert [problem.field for problem in problems] == ["demand", "people"]


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("[network]\n", {"expected": "either gtfs or"}),
        ('[network]\ngtfs = "feed"\nfeeds = [{path = "feed"}]\n', {"expected": "either gtfs or"}),
        ('[network]\ngtfs = "feed"\nelevation = "h.csv"\n', {"expected": "osm beside elevation"}),
        ('[network]\nfeeds = [{path = "feed", prefix = "a:b"}]\n', {"field": "prefix"}),
        ('[network]\nfeeds = [{path = ""}]\n', {"field": "path"}),
    ],
)
def test_a_network_that_is_named_wrongly_is_refused(write, network, expected):
    text = PACK.partition("[network]")[0] + network
    with refused(file=PACK_FILE, **expected):
        load_network_pack(write(text))


def test_a_missing_file_that_can_be_fetched_says_so(write, tmp_path, monkeypatch):
    monkeypatch.setenv("CRENEAU_DATA", str(tmp_path / "data"))
    text = PACK.replace('"feed"', '"${CRENEAU_DATA}/far/feed.zip"') + (
        '\n[[fetch]]\nurl = "https://example.org/feed.zip"\nto = "far/feed.zip"\n'
        'licence = "ODbL"\nabout_fr = "Jeu"\nabout_en = "Feed"\n'
    )
    with refused(file="feed.zip", mend="creneau territory fetch grid"):
        load_network_pack(write(text))


@pytest.mark.parametrize("to", ["/etc/x", "../x", "a/../../x", "", "C:\\x", "a\\b"])
def test_a_download_that_would_leave_the_data_folder_is_refused(write, to):
    text = (
        PACK + f"\n[[fetch]]\nurl = 'https://example.org/x'\nto = '{to}'\n"
        'licence = "x"\nabout_fr = "x"\nabout_en = "x"\n'
    )
    with refused(file=PACK_FILE, field="to", expected="CRENEAU_DATA"):
        load_network_pack(write(text))


def test_every_pack_that_ships_has_a_network_that_can_be_named():
    for info in list_territories():
        file = read_territory_file(info.path / PACK_FILE)
        assert list_inputs(file, info.path).feeds


def test_paths_with_a_slash_at_the_end_or_of_the_file_itself_name_the_pack(write):
    folder = write()
    assert load_network_pack(f"{folder}{os.sep}").name == "grid"
    assert load_network_pack(folder / PACK_FILE).name == "grid"
