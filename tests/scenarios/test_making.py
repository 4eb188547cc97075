"""A pack made from files in one step: what is written, and what is refused."""

import datetime as dt
import json
import tomllib
from pathlib import Path

import pytest

from demand.readers import read_zones
from network.base import ProblemLog
from network.base.errors import InputError
from scenarios.built import Origin
from scenarios.making import PackRequest, make_pack
from scenarios.making.feeds import choose_prefixes
from scenarios.network_pack import load_network_pack
from scenarios.zone_people import read_zone_people, summarise_levels
from scenarios.zoning import GridSettings
from tests.builders.feeds import line_feed, write_feed
from tests.builders.gridcity import grid_city_feed
from tests.builders.problems import refused

FILES = ["sources.toml", "territory.toml", "zones.csv", "zones.geojson"]

STREETS = """<osm version="0.6">
<node id="1" lat="48.9" lon="2.29"/>
<node id="2" lat="48.9" lon="2.40"/>
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
</osm>
"""


@pytest.fixture
def city(tmp_path):
    """A folder with a zipped feed of the grid city and a street along line A."""
    folder = tmp_path / "files"
    folder.mkdir()
    write_feed(folder, zipped=True, **grid_city_feed())
    (folder / "streets.osm").write_text(STREETS, encoding="utf-8")
    return folder


@pytest.fixture
def make(city, tmp_path):
    def make_city(at="my-city", /, **options):
        options.setdefault("feeds", (city / "feed.zip",))
        return make_pack(PackRequest(folder=tmp_path / at, **options))

    return make_city


def read_texts(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def test_a_feed_alone_makes_a_complete_pack(make, tmp_path):
    made = make()
    assert sorted(read_texts(tmp_path / "my-city")) == FILES
    pack = load_network_pack(tmp_path / "my-city")
    assert pack.name == "my-city"
    assert pack.title == {"fr": "My City", "en": "My City"}
    # Every day runs the same trips: the first weekday, Monday 1 January 2024.
    assert str(pack.service_date) == "2024-01-01"
    assert pack.file.timezone == "Europe/Paris"
    assert pack.file.network.gtfs == "../files/feed.zip"
    assert pack.network.timetable.n_trips == 60
    assert pack.zones is not None
    assert len(pack.zones) == len(made.plan.leaves)
    assert set(pack.people.population.values()) == {None}
    assert [source.licence for source in pack.sources] == ["unknown"] * 3
    assert "straight line" in " ".join(pack.notes["en"])
    assert "ligne droite" in " ".join(pack.notes["fr"])
    assert "Population et emplois des zones : inconnus." in pack.notes["fr"]
    assert pack.built.origin is Origin.OPENED


def test_streets_are_named_and_walked_on(make, city):
    pack = make(osm=city / "streets.osm").pack
    assert pack.file.network.osm == "../files/streets.osm"
    assert pack.network.streets is not None
    assert not any("straight" in note for note in pack.notes["en"])
    assert [source.licence for source in pack.sources][1] == "ODbL 1.0"


def test_the_same_request_makes_the_same_files(make, tmp_path, city):
    options = {"osm": city / "streets.osm", "grid": GridSettings(cell_m=1000)}
    make("one", name="x", title="X", **options)
    make("two", name="x", title="X", **options)
    assert read_texts(tmp_path / "one") == read_texts(tmp_path / "two")


def test_each_source_entry_says_what_is_not_known(make, tmp_path):
    make()
    entries = tomllib.loads((tmp_path / "my-city" / "sources.toml").read_text(encoding="utf-8"))
    feed = entries["file"][0]
    assert feed["path"] == "../files/feed.zip"
    assert feed["source"] == "Grid City"
    assert feed["licence"] == "unknown"
    assert len(feed["sha256"]) == 64
    assert [entry["path"] for entry in entries["file"][1:]] == ["zones.csv", "zones.geojson"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_packs_file_explains_itself_in_the_users_language(make, tmp_path, lang):
    make(lang=lang)
    text = (tmp_path / "my-city" / "territory.toml").read_text(encoding="utf-8")
    assert ("Territoire créé" in text) == (lang == "fr")
    assert ("Territory made" in text) == (lang == "en")


def test_names_titles_and_dates_are_those_given_whatever_they_hold(make):
    title = 'Ville "à guillemets" \\ et\ttabulation'
    pack = make(
        name="ville-2", title=title, service_date=dt.date(2024, 5, 15), timezone="Europe/Lisbon"
    ).pack
    assert (pack.name, pack.title["fr"]) == ("ville-2", title)
    assert str(pack.service_date) == "2024-05-15"
    assert pack.file.timezone == "Europe/Lisbon"


def test_the_name_comes_from_the_folder_in_plain_letters(make):
    assert make("Saint-Étienne (métropole)").pack.name == "saint-etienne-metropole"


def test_population_of_points_is_in_the_zones_at_every_level(make, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text(
        "lat,lon,population,jobs\n48.9,2.35,1000,200\n48.9,2.3226,500,\n10,10,7,9\n48.9,x,1,1\n",
        encoding="utf-8",
    )
    made = make(points=points)
    assert made.outside == {"population": 7, "jobs": 9}
    assert made.n_outside == 1
    assert made.log.counts == {"point": 1}
    folder = tmp_path / "my-city"
    zones = read_zones(folder / "zones.csv")
    people = read_zone_people(folder / "zones.csv", zones, ProblemLog())
    for level in summarise_levels(zones, people):
        assert level.sums == {"population": 1500, "jobs": 200}
    assert not any("unknown" in note for note in made.pack.notes["en"])


def test_polygons_become_the_zones(make, tmp_path):
    path = tmp_path / "communes.geojson"
    ring = [[2.3, 48.8], [2.4, 48.8], [2.4, 49.0], [2.3, 49.0], [2.3, 48.8]]
    feature = {
        "type": "Feature",
        "properties": {"id": "93", "name": "Tout", "population": 12},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    collection = {"type": "FeatureCollection", "features": [feature]}
    path.write_text(json.dumps(collection), encoding="utf-8")
    pack = make(polygons=path).pack
    assert pack.zones.ids == ("93",)
    assert pack.people.population == {"93": 12}
    assert "Population or jobs unknown for some of the zones." in pack.notes["en"]
    assert not any("squares" in note for note in pack.notes["en"])


def test_data_can_be_copied_into_the_pack(make, tmp_path, city):
    pack = make(osm=city / "streets.osm", copy=True).pack
    assert pack.file.network.gtfs == "data/feed.zip"
    assert (tmp_path / "my-city" / "data" / "feed.zip").read_bytes() == (
        city / "feed.zip"
    ).read_bytes()
    moved = tmp_path / "moved"
    (tmp_path / "my-city").rename(moved)
    for path in city.iterdir():
        path.unlink()
    assert load_network_pack(moved).network.streets is not None


def test_a_folder_as_feed_can_be_copied_too(make, tmp_path):
    feed = write_feed(tmp_path, **line_feed())
    pack = make(feeds=(feed,), copy=True).pack
    assert pack.file.network.gtfs == "data/feed"
    assert (tmp_path / "my-city" / "data" / "feed" / "stops.txt").is_file()


@pytest.fixture
def two_feeds(tmp_path):
    """Two feeds of one file name, whose calendars have no day in common."""
    paths = []
    for name, year in (("bus", "2024"), ("metro", "2026")):
        (tmp_path / name).mkdir()
        feed = line_feed()
        feed["calendar"] = feed["calendar"].replace("2024", year)
        if name == "bus":
            feed["trips"] += "R1,WK,T2,0\n"
            feed["stop_times"] += "T2,09:00:00,09:00:00,S1,1\nT2,09:05:00,09:05:00,S2,2\n"
        paths.append(
            write_feed(tmp_path / name, zipped=True, **feed).rename(
                tmp_path / name / f"{name}_gtfs.zip"
            )
        )
    return tuple(paths)


def test_feeds_without_a_common_day_each_run_their_own_and_that_is_said(make, two_feeds):
    pack = make(feeds=two_feeds).pack
    # The bus feed has more trips a day: Monday 1 January 2024; the metro's first Monday of 2026.
    assert str(pack.service_date) == "2024-01-01"
    metro = next(feed for feed in pack.file.network.feeds if feed.prefix == "metro")
    assert str(metro.service_date) == "2026-01-05"
    assert sorted(pack.network.timetable.trip_ids) == ["bus:T1", "bus:T2", "metro:T1"]
    assert "metro_gtfs.zip ne couvre pas le 2024-01-01" in pack.notes["fr"][1]
    assert "runs as on 2026-01-05" in pack.notes["en"][1]


def test_the_order_of_feeds_changes_no_result(make, two_feeds):
    one = make("one", feeds=two_feeds).pack
    other = make("two", feeds=two_feeds[::-1]).pack
    assert one.network.timetable.trip_ids == other.network.timetable.trip_ids
    assert one.service_date == other.service_date
    assert one.zones.ids == other.zones.ids


def test_prefixes_come_from_file_names_and_are_all_different(tmp_path):
    names = ["a/gtfs.zip", "b/gtfs.zip", "c/Réseau Bus-GTFS.zip", "d/réseau_bus.zip", "e/--.zip"]
    paths = []
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
        paths.append(path)
    assert choose_prefixes(paths) == ["feed", "feed2", "reseau_bus", "reseau_bus2", "feed3"]
    assert choose_prefixes(paths[:1]) == [""]


def test_a_folder_that_is_not_empty_is_refused_unless_forced(make, tmp_path):
    folder = tmp_path / "my-city"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with refused(file="my-city", found="not empty", mend="--force"):
        make()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    make(force=True)
    make(force=True, title="Again")
    assert sorted(read_texts(folder)) == sorted([*FILES, "notes.txt"])
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert load_network_pack(folder).title["fr"] == "Again"


def test_an_empty_folder_is_filled_even_the_one_one_stands_in(make, tmp_path, city, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = make_pack(PackRequest(folder=Path(), feeds=(city / "feed.zip",)))
    assert made.pack.name == "here"
    assert sorted(read_texts(folder)) == FILES
    assert Path.cwd() == folder
    assert load_network_pack(".").name == "here"


def test_paths_hold_where_the_folder_is_reached_by_a_link(make, tmp_path, city):
    (tmp_path / "deep" / "down").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "down")
    make("link/pack")
    assert load_network_pack(tmp_path / "link" / "pack").network.timetable.n_trips == 60


def test_nothing_is_left_where_making_fails(make, tmp_path, city):
    before = set(tmp_path.iterdir())
    (city / "feed.zip").write_bytes(b"no zip")
    with pytest.raises(InputError):
        make()
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"feeds": (Path("gone.zip"),)}, {"file": "gone.zip", "found": "no such file"}),
        ({"osm": Path("gone.osm")}, {"file": "gone.osm", "found": "no such file"}),
        ({"polygons": Path("gone.geojson")}, {"file": "gone.geojson", "found": "no such file"}),
        ({"points": Path("gone.csv")}, {"file": "gone.csv", "found": "no such file"}),
        ({"name": "My City"}, {"file": "--name", "found": "My City"}),
        ({"name": ""}, {"file": "--name"}),
        ({"timezone": "Europe/Atlantis"}, {"file": "--timezone", "found": "Atlantis"}),
        ({"timezone": "../etc"}, {"file": "--timezone"}),
    ],
)
def test_a_wrong_option_is_named_before_anything_is_read(make, tmp_path, options, expected):
    with refused(**expected):
        make(**options)
    assert not (tmp_path / "my-city").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(make, tmp_path):
    (tmp_path / "my-city").write_text("x", encoding="utf-8")
    with refused(file="my-city", found="a file of that name"):
        make()


def test_a_place_that_cannot_be_written_to_is_refused(make, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with refused(file="file", expected="a place for the territory"):
        make("file/pack")


def test_a_date_that_no_feed_covers_names_those_that_are(make, two_feeds):
    with refused(file="bus_gtfs.zip", found="2030-01-01", expected="2024-12-31") as problems:
        make(feeds=two_feeds, service_date=dt.date(2030, 1, 1))
    assert len(problems) == 2


def test_a_feed_given_twice_is_refused(make, city):
    with refused(file="feed.zip", found="twice"):
        make(feeds=(city / "feed.zip", city / ".." / "files" / "feed.zip"))


def test_with_the_cache_off_the_network_is_built_once(make, monkeypatch):
    monkeypatch.setenv("CRENEAU_CACHE", "off")
    monkeypatch.setattr("scenarios.network_pack.obtain_network", lambda *_, **__: 1 / 0)
    made = make()
    assert made.pack.built.origin is Origin.IN_MEMORY
    assert made.pack.network.timetable.n_trips == 60
