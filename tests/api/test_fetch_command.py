"""`territory fetch` on packs of its own, through the command line, against a local server."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import osmium
import pytest

import api
from api.fetching.progress_line import ByteLine
from api.output import print_line
from scenarios.network_pack import load_network_pack
from scenarios.pack_files import find_pack, read_territory_file, require_files, resolve_path
from scenarios.pack_files import list_network_files as list_needed
from scenarios.pack_tables import read_sources
from scenarios.report import get_catalogue
from tests.architecture.project import ROOT
from tests.builders.feeds import line_feed, write_feed
from tests.builders.fetches import forget_proxies
from tests.builders.fileserver import FileServer, Served

PACK = """
name = "somewhere"
title_fr = "Quelque part"
title_en = "Somewhere"
sources = ["sources.toml"]

[network]
gtfs = "${CRENEAU_DATA}/city/feed.zip"
"""
ENTRY = """
[[fetch]]
url = "{url}"
to = "{to}"
licence = "ODbL 1.0"
licence_url = "https://opendatacommons.org/licenses/odbl/1-0/"
about_fr = "Les horaires"
about_en = "The timetable"
"""
ZIP = b"PK\x03\x04 a timetable"


@pytest.fixture(autouse=True)
def data_folder(monkeypatch, tmp_path):
    forget_proxies(monkeypatch)
    folder = tmp_path / "data"
    monkeypatch.setenv("CRENEAU_DATA", str(folder))
    return folder


def write_pack(tmp_path, *entries):
    folder = tmp_path / "pack"
    folder.mkdir()
    text = PACK + "".join(ENTRY.format(url=url, to=to) for url, to in entries)
    (folder / "territory.toml").write_text(text, encoding="utf-8")
    return folder


def test_what_a_pack_names_is_fetched_and_told_with_its_licence(creneau, tmp_path, data_folder):
    with FileServer(feed=Served(ZIP)) as server:
        pack = write_pack(tmp_path, (server.url("feed"), "city/feed.zip"))
        status, out, err = creneau("territory", "fetch", pack, "--lang", "en")
        lines = out.splitlines()
        assert (status, err) == (0, "")
        assert lines[0] == f"Somewhere: 1 file(s), into {data_folder}"
        assert lines[2:5] == [
            "city/feed.zip",
            "  The timetable",
            "  licence: ODbL 1.0 (https://opendatacommons.org/licenses/odbl/1-0/)",
        ]
        assert lines[5] == f"  {server.url('feed')}"
        assert re.fullmatch(r"  fetched: 0\.000 MB in [\d.]+ s, SHA-256 [0-9a-f]{64}", lines[6])
        assert (data_folder / "city" / "feed.zip").read_bytes() == ZIP
        status, out, _ = creneau("territory", "fetch", pack)
        assert status == 0
        assert "déjà là : 0,000 Mo ; rien n'a été demandé" in out
        assert len(server.asked) == 1


def test_json_gives_one_object_about_every_file(creneau_json, tmp_path, data_folder):
    with FileServer(feed=Served(ZIP), table=Served(b"a;b\n")) as server:
        pack = write_pack(
            tmp_path, (server.url("feed"), "city/feed.zip"), (server.url("table"), "table.csv")
        )
        status, answer = creneau_json("territory", "fetch", pack)
    assert status == 0
    assert (answer["territory"], answer["data_folder"]) == ("somewhere", str(data_folder))
    assert [row["status"] for row in answer["files"]] == ["fetched", "fetched"]
    assert answer["files"][1]["to"] == "table.csv"
    assert answer["files"][1]["bytes"] == 4
    assert answer["files"][1]["path"] == str(data_folder / "table.csv")
    assert answer["files"][1]["about"] == {"fr": "Les horaires", "en": "The timetable"}


@pytest.mark.parametrize("name", ["table.csv", "city/table.csv"])
def test_only_some_files_may_be_meant(creneau, tmp_path, data_folder, name):
    with FileServer(feed=Served(ZIP), table=Served(b"a;b\n")) as server:
        pack = write_pack(
            tmp_path, (server.url("feed"), "city/feed.zip"), (server.url("table"), "city/table.csv")
        )
        status, _, _ = creneau("territory", "fetch", pack, "--only", name)
        assert status == 0
        assert [asked.path for asked in server.asked] == ["/table"]
    assert not (data_folder / "city" / "feed.zip").exists()


def test_a_file_that_the_pack_does_not_name_is_refused_before_anything_is_asked(
    creneau_json, tmp_path
):
    with FileServer(feed=Served(ZIP)) as server:
        pack = write_pack(tmp_path, (server.url("feed"), "city/feed.zip"))
        status, answer = creneau_json("territory", "fetch", pack, "--only", "streets.pbf")
        assert server.asked == []
    (problem,) = answer["error"]["problems"]
    assert status == 2
    assert (problem["file"], problem["found"]) == ("--only", "'streets.pbf'")
    assert problem["expected"].endswith("city/feed.zip")


def test_again_fetches_what_is_there(creneau, tmp_path, data_folder):
    with FileServer(feed=Served(ZIP)) as server:
        pack = write_pack(tmp_path, (server.url("feed"), "city/feed.zip"))
        creneau("territory", "fetch", pack)
        server.files["/feed"] = Served(ZIP + b" of today", etag='"two"')
        status, out, _ = creneau("territory", "fetch", pack, "--again")
        assert status == 0
        assert "reçu" in out
    assert (data_folder / "city" / "feed.zip").read_bytes() == ZIP + b" of today"


def test_a_file_that_cannot_be_had_keeps_none_of_the_others_back(creneau, tmp_path, data_folder):
    with FileServer(table=Served(b"a;b\n")) as server:
        pack = write_pack(
            tmp_path, (server.url("gone"), "city/feed.zip"), (server.url("table"), "table.csv")
        )
        status, out, err = creneau("territory", "fetch", pack)
        assert status == 2
        assert server.url("gone") in err
        assert "404" in err
        assert f"put it at {data_folder / 'city' / 'feed.zip'}" in err
        assert "Traceback" not in out + err
    assert (data_folder / "table.csv").read_bytes() == b"a;b\n"


def test_a_pack_without_addresses_says_so(creneau, creneau_json, tmp_path):
    pack = write_pack(tmp_path)
    status, out, _ = creneau("territory", "fetch", pack, "--lang", "en")
    assert (status, out) == (0, "Somewhere: nothing to fetch, this territory names no address.\n")
    status, answer = creneau_json("territory", "fetch", pack)
    assert (status, answer["files"]) == (0, [])


def test_an_unknown_territory_is_refused(creneau_json):
    status, answer = creneau_json("territory", "fetch", "nowhere")
    assert status == 2
    assert "ile-de-france" in answer["error"]["problems"][0]["expected"]


@pytest.mark.parametrize("to", ["../out.zip", "/etc/out.zip", "a/../../out.zip", "C:/out.zip", ""])
def test_a_pack_cannot_write_outside_the_data_folder(creneau_json, tmp_path, to):
    with FileServer(feed=Served(ZIP)) as server:
        pack = write_pack(tmp_path, (server.url("feed"), to))
        status, answer = creneau_json("territory", "fetch", pack)
        assert server.asked == []
    assert status == 2
    assert answer["error"]["problems"][0]["field"] == "fetch[0].to"


def test_a_download_that_is_interrupted_ends_in_130_and_goes_on_next_time(
    creneau, tmp_path, data_folder
):
    """A real process, stopped by Ctrl-C while the server holds its breath."""
    body = ZIP + b"x" * 2_000_000
    slow = Served(body, delay_s=60)
    with FileServer(feed=slow) as server:
        pack = write_pack(tmp_path, (server.url("feed"), "city/feed.zip"))
        words = [sys.executable, "-m", "api.cli", "territory", "fetch", str(pack)]
        process = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        part = data_folder / "city" / "feed.zip.part"
        deadline = time.monotonic() + 60
        while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(2)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in out + err
        had = part.stat().st_size
        assert 0 < had < len(body)
        server.files["/feed"] = Served(body)
        status, out, _ = creneau("territory", "fetch", pack)
        assert status == 0
        assert "repris à" in out
        assert server.asked[-1].range == f"bytes={had}-"
    assert (data_folder / "city" / "feed.zip").read_bytes() == body


def test_progress_is_told_now_and_then_where_there_is_no_terminal(capsys, monkeypatch):
    clock = iter([0.0, 1.0, 11.0, 11.0, 12.0, 30.0, 30.0])
    monkeypatch.setattr("api.fetching.progress_line.time.monotonic", lambda: next(clock))
    line = ByteLine(get_catalogue("en", "api.fetching"))
    line("feed.zip", 1_000_000, 400_000_000)
    line("feed.zip", 53_000_000, 400_000_000)
    line("feed.zip", 54_000_000, 400_000_000)
    line("feed.zip", 60_000_000, 0)
    assert capsys.readouterr().err.splitlines() == [
        "  feed.zip: 53.0 MB of 400 MB (13%)",
        "  feed.zip: 60.0 MB",
    ]


def test_a_terminal_shows_a_bar_that_leaves_the_answer_alone(capsys, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with ByteLine(get_catalogue("en", "api.fetching")) as line:
        line("feed.zip", 15_000_000, 30_000_000)
        line.pause()
        print_line("answer")
        line("other.zip", 1, 0)
    shown = capsys.readouterr()
    assert shown.out == "answer\n"
    assert "15.0/30.0 MB" in shown.err
    assert "other.zip" in shown.err


def test_both_languages_of_the_command_have_the_same_words():
    french, english = (get_catalogue(lang, "api.fetching").words for lang in ("fr", "en"))
    assert set(french) == set(english)
    for key, text in french.items():
        fields = [set(re.findall(r"{(\w+)}", words)) for words in (text, english[key])]
        assert fields[0] == fields[1], key
    sources = [*(Path(api.__file__).parent / "fetching").glob("*.py")]
    sources.append(Path(api.__file__).parent / "commands" / "territory_fetch.py")
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r'"(fetch\.\w+|help\.(?:fetch|only|again))"', text))
    assert used == set(french)


# The pack of Île-de-France


def write_streets(path):
    with osmium.SimpleWriter(path) as writer:
        for k, lat in enumerate((45.0, 45.01, 45.02), start=1):
            writer.add_node(osmium.osm.mutable.Node(id=k, location=(5.0, lat), version=1))
        way = osmium.osm.mutable.Way(id=1, nodes=[1, 2, 3], tags={"highway": "residential"})
        writer.add_way(way)


def test_the_pack_of_ile_de_france_says_on_which_terms_each_file_comes():
    folder = find_pack("ile-de-france")
    file = read_territory_file(folder / "territory.toml")
    sources = read_sources(folder / "sources.toml")
    assert {item.to for item in file.fetch} <= {source.path for source in sources}
    assert [item.licence for item in file.fetch] == [
        "Licence Mobilités",
        "ODbL 1.0",
        "Licence Ouverte 2.0",
    ]
    assert all(item.url.startswith("https://") for item in file.fetch)
    assert {source.path: str(source.source_class) for source in sources} == {
        "ile-de-france/IDFM-gtfs.zip": "published",
        "ile-de-france/ile-de-france-latest.osm.pbf": "observed",
        file.fetch[2].to: "observed",
        "../plaine_commune/zones.csv": "estimated",
    }
    assert file.service_date is None


def test_the_pack_of_ile_de_france_says_how_to_get_its_data_where_they_are_absent(creneau):
    _, out, _ = creneau("territory", "fetch", "--help")
    assert "creneau territory fetch ile-de-france" in " ".join(out.split())
    folder = find_pack("ile-de-france")
    file = read_territory_file(folder / "territory.toml")
    with pytest.raises(Exception, match="Run creneau territory fetch ile-de-france"):
        require_files(list_needed(file, folder), folder, file)


def test_every_file_that_its_network_needs_is_fetched(creneau, tmp_path, data_folder):
    """Its own file, the addresses alone exchanged for those of a local server."""
    shipped = find_pack("ile-de-france")
    folder = tmp_path / "territories" / "ile_de_france"
    shutil.copytree(shipped, folder)
    zones = tmp_path / "territories" / "plaine_commune" / "zones.csv"
    zones.parent.mkdir()
    shutil.copy(shipped.parent / "plaine_commune" / "zones.csv", zones)
    write_streets(tmp_path / "streets.osm.pbf")
    feed = write_feed(tmp_path, zipped=True, **line_feed()).read_bytes()
    streets = (tmp_path / "streets.osm.pbf").read_bytes()
    with FileServer(feed=Served(feed), osm=Served(streets), flows=Served(ZIP)) as server:
        path = folder / "territory.toml"
        names = iter(("feed", "osm", "flows"))
        text = re.sub(
            r'(?m)^url = ".*"$',
            lambda _: f'url = "{server.url(next(names))}"',
            path.read_text(encoding="utf-8"),
        )
        path.write_text(text, encoding="utf-8")
        status, _, err = creneau("territory", "fetch", folder)
        assert (status, err) == (0, "")
        assert len(server.asked) == 3
    file = read_territory_file(path)
    needed = list_needed(file, folder)
    assert needed == [resolve_path("${CRENEAU_DATA}/" + item.to, folder) for item in file.fetch[:2]]
    require_files(needed, folder, file)
    assert [path.read_bytes() for path in needed] == [feed, streets]
    note = json.loads((data_folder / (file.fetch[0].to + ".source.json")).read_text("utf-8"))
    assert note["licence"] == "Licence Mobilités"
    pack = load_network_pack(folder)
    assert pack.network.streets is not None
    assert set(pack.network.timetable.stops.ids) == {"S1", "S2", "S3"}
    assert pack.zones is not None
