"""Territory packs that are wrong: what is refused, with what words, and what is set aside."""

import pytest

from network.base.errors import ScenarioInputError
from scenarios import list_territories, load_territory, run_scenario
from tests.builders.problems import refused
from tests.builders.territories import (
    EMPLOYERS,
    FLOWS,
    HUBS,
    PROFILE,
    SOURCED,
    TERRITORY,
    VEHICLES,
    ZONES,
    corridor_scenario,
    sources_toml,
    write_corridor,
)


@pytest.fixture
def write(tmp_path):
    def write_pack(**changed):
        return write_corridor(tmp_path, **changed)

    return write_pack


def territory(old, new):
    assert old in TERRITORY
    return TERRITORY.replace(old, new)


def test_broken_toml_is_refused_with_its_line(write):
    pack = write(territory=territory('name = "corridor"', "name = corridor"))
    with refused(file="territory.toml", found="line 1", mend="line"):
        load_territory(pack)


def test_a_file_in_another_encoding_is_refused(write):
    pack = write()
    (pack / "territory.toml").write_bytes(TERRITORY.encode("latin-1"))
    with refused(file="territory.toml", found="UTF-8", expected="UTF-8"):
        load_territory(pack)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('title_en = "A corridor"\n', "", {"field": "title_en", "found": "nothing"}),
        ("[network]", "[network]\nfare = 2", {"field": "network.fare", "mend": "spelling"}),
        ('flows = "od.csv"\n', "", {"field": "flows", "found": "nothing"}),
        ('kind = "pack"', 'kind = "survey"', {"field": "demand", "expected": "'census'"}),
        ("= 0.8\n", "= 1.8\n", {"field": "presence_share", "found": "1.8"}),
        ("= 1.2\n", "= 0.2\n", {"field": "other_purposes_factor", "found": "0.2"}),
        ('"06:30"', '"6h30"', {"field": "period_start", "expected": "HH:MM"}),
        ('"06:30"', "06:30:00", {"field": "period_start", "expected": "string"}),
        ("2024-05-15", '"in May"', {"field": "service_date", "found": "in May"}),
        ('"corridor"', '"My corridor"', {"field": "name", "found": "My corridor"}),
        ('"10:30"', '"06:30"', {"found": "06:30", "expected": "after"}),
        ('"10:30"', '"06:00"', {"found": "06:00", "expected": "after"}),
        ('"06:30"', '"06:40"', {"found": "06:40", "expected": "quarter"}),
        ('"06:30"', '"03:00"', {"found": "03:00", "expected": "04:30"}),
        (
            '"10:30"',
            '"10:30"\nwatch_time = "13:00"',
            {"found": "13:00", "expected": "before period_end"},
        ),
    ],
)
def test_a_wrong_key_is_refused_by_name(write, old, new, expected):
    pack = write(territory=territory(old, new))
    with refused(file="territory.toml", **expected):
        load_territory(pack)


def test_every_wrong_key_is_told_at_once(write):
    text = territory('title_en = "A corridor"\n', "").replace("= 0.8\n", "= -1\n")
    with refused(file="territory.toml") as problems:
        load_territory(write(territory=text))
    assert {problem.field for problem in problems} == {"title_en", "people.presence_share"}


def test_every_missing_file_is_told_at_once(write):
    text = territory('"od.csv"', '"flows.csv"').replace('"hubs.csv"', '"stations.csv"')
    with refused(file="flows.csv", found="no such file", mend="CRENEAU_DATA") as problems:
        load_territory(write(territory=text))
    assert {problem.file.rpartition("/")[2] for problem in problems} == {
        "flows.csv",
        "stations.csv",
    }


def test_a_missing_file_of_the_data_folder_is_looked_for_where_the_variable_says(
    write, tmp_path, monkeypatch
):
    monkeypatch.setenv("CRENEAU_DATA", str(tmp_path / "data"))
    pack = write(territory=territory('"od.csv"', '"${CRENEAU_DATA}/flows.csv"'))
    with refused(file=str(tmp_path / "data" / "flows.csv"), found="no such file"):
        load_territory(pack)

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "flows.csv").write_text(FLOWS, encoding="utf-8")
    assert len(load_territory(pack).flows) == 8


@pytest.mark.parametrize("name", ["atlantis", "nowhere/at/all", ""])
def test_an_unknown_territory_is_told_which_are_known(name):
    with pytest.raises(ScenarioInputError) as caught:
        load_territory(name)
    (problem,) = caught.value.problems
    for known in list_territories():
        assert known.name in problem.expected
    assert problem.file == name or not name


def test_a_folder_without_territory_file_is_no_territory(tmp_path):
    with refused(file=str(tmp_path), found="no folder with a territory.toml", mend="path"):
        load_territory(tmp_path)


@pytest.mark.parametrize("key", ["path", "title", "source", "licence", "date", "source_class"])
def test_a_source_without_one_of_its_parts_is_refused(write, key):
    lines = sources_toml().splitlines(keepends=True)
    first = next(line for line in lines if line.startswith(f"{key} = "))
    lines.remove(first)
    with refused(file="sources.toml", field=key, found=f"no {key}", expected="licence"):
        load_territory(write(sources="".join(lines)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[file]\npath = 1", {"found": "TOML"}),
        ("file = 3", {"found": "file"}),
        ('file = ["zones.csv"]', {"found": "zones.csv"}),
        (
            sources_toml().replace('"illustrative"', '"guessed"'),
            {"field": "source_class", "found": "guessed", "expected": "observed"},
        ),
    ],
    ids=["broken", "no list", "no tables", "unknown class"],
)
def test_sources_that_cannot_be_read_are_refused(write, text, expected):
    with refused(file="sources.toml", **expected):
        load_territory(write(sources=text))


@pytest.mark.parametrize("name", ["hubs.csv", "sources.toml", "od.csv", "employers.yaml"])
def test_a_folder_in_the_place_of_a_file_is_refused(write, name):
    pack = write()
    (pack / name).unlink()
    (pack / name).mkdir()
    with refused(file=name):
        load_territory(pack)


@pytest.mark.parametrize("name", ["hubs.csv", "sources.toml", "od.csv", "employers.yaml"])
def test_a_file_that_is_no_utf_8_is_refused(write, name):
    pack = write()
    path = pack / name
    path.write_bytes(path.read_bytes() + "é".encode("latin-1"))
    with refused(file=name):
        load_territory(pack)


def test_a_hub_table_without_its_column_is_refused(write):
    with refused(file="hubs.csv", found="name", expected="station_name"):
        load_territory(write(hubs="name,kind\nSud,rail\n"))


def test_an_unknown_hub_is_set_aside_and_counted(write):
    loaded = load_territory(write(hubs=HUBS + "Gare perdue,rail,invented,illustrative\n"))

    names = loaded.network.timetable.stops.names
    assert [names[stop] for stop in loaded.hub_stops] == ["Sud"]
    assert loaded.set_aside == {"hub": 1}


def test_local_hubs_are_no_hubs_and_names_are_compared_without_accents_and_case(write):
    loaded = load_territory(
        write(hubs="station_name,kind\nMILIÉU,rail\nNord,local\nInconnue,local\n")
    )

    names = loaded.network.timetable.stops.names
    assert [names[stop] for stop in loaded.hub_stops] == ["Milieu"]
    assert loaded.set_aside == {}


def test_bad_rows_are_set_aside_and_counted_and_the_run_finishes(write, run):
    pack = write(
        zones=ZONES + "X,Nulle part,village,region,48,2,1,1,0,1,illustrative\n",
        od=FLOWS + "N,X,10,0.5\nN,M,many,0.5\nN,B,5,0.5\n",
        hubs=HUBS + "Gare perdue,rail,invented,illustrative\n",
        station_entries="station,lines,hour,entries_pax,source_class\n"
        "Nord,1,7,900,observed\nNord,1,8,-4,observed\n",
    )

    result = run_scenario(corridor_scenario(pack))

    assert result.set_aside == {
        "unknown level": 1,
        "unknown destination": 1,
        "workers out of range": 1,
        "origin+destination twice": 1,
        "entries_pax out of range": 1,
        "hub": 1,
    }
    assert result.as_dict()["set_aside"] == result.set_aside
    for name, situation in run().situations.items():
        assert result.situations[name].kpis == situation.kpis


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("zones", "zone_id,name\nN,Nord\n", {"expected": "level"}),
        ("zones", ZONES.partition("N,")[0], {"found": "no leaf"}),
        ("od", "origin,destination,workers,transit_share\nX,Y,1,1\n", {"found": "no usable row"}),
        ("arrival_profile", PROFILE.replace("0.05", "lots"), {"found": "lots"}),
        ("employers", EMPLOYERS.replace('"08:15"', '"8h15"'), {"expected": "HH:MM"}),
        ("employers", EMPLOYERS.replace("zone: B", "zone: Z"), {"found": "'Z'"}),
        ("employers", "", {"file": "employers.yaml"}),
        ("vehicles", VEHICLES.replace("60,30", "sixty,30"), {"found": "sixty"}),
        ("station_entries", "station,hour\nNord,8\n", {"expected": "entries_pax"}),
        ("hubs", "", {"expected": "station_name"}),
    ],
)
def test_a_table_that_leaves_nothing_to_build_on_is_refused(write, name, text, expected):
    expected = {"file": name, **expected}
    with refused(**expected):
        load_territory(write(**{name: text}))


def test_a_feed_that_is_no_feed_is_refused(write):
    pack = write(territory=territory('gtfs = "feed"', 'gtfs = "zones.csv"'))
    with refused(file="zones.csv"):
        load_territory(pack)


@pytest.mark.parametrize(
    ("old", "new", "field", "found"),
    [
        ('relief_lines = ["1"]', 'relief_lines = ["9"]', "relief_lines", "'9'"),
        ('line = "1"\nfrom', 'line = "9"\nfrom', "watch[0].line", "'9'"),
        ('to_station = "Bureaux"', 'to_station = "Perdue"', "watch[0].to_station", "'Perdue'"),
    ],
)
def test_names_that_the_data_do_not_have_are_refused(write, old, new, field, found):
    pack = write(territory=territory(old, new))
    with refused(file="territory.toml", field=field, found=found):
        load_territory(pack)


def test_the_hash_changes_with_any_input_and_with_nothing_else(write, tmp_path):
    first = load_territory(write()).inputs_sha256
    (tmp_path / "again").mkdir()
    (tmp_path / "other").mkdir()

    assert load_territory(write_corridor(tmp_path / "again")).inputs_sha256 == first
    other = write_corridor(tmp_path / "other", od=FLOWS.replace("3000", "3001"))
    assert load_territory(other).inputs_sha256 != first


def test_the_sources_of_the_corridor_itself_are_all_read(write):
    assert [line.path for line in load_territory(write()).sources] == list(SOURCED)


OTHER = TERRITORY.replace('hubs = "hubs.csv"', 'hubs = "hubs.csv"\nother_stations = "other.csv"')


def test_other_stations_with_a_bad_place_are_set_aside_and_counted(write):
    pack = write(territory=OTHER)
    text = "name,lat,lon\nA,48.9,2.4\nB,98.9,2.4\nC,48.9,east\nD,nan,2.4\nE,,\nF,48.8,2.3\n"
    (pack / "other.csv").write_text(text, encoding="utf-8")

    loaded = load_territory(pack)

    assert loaded.other_stations.lat.tolist() == [48.9, 48.8]
    assert loaded.other_stations.lon.tolist() == [2.4, 2.3]
    assert loaded.set_aside == {"other station": 4}


def test_other_stations_without_a_place_or_a_file_are_refused(write):
    pack = write(territory=OTHER)
    with refused(file="other.csv", found="no such file"):
        load_territory(pack)
    (pack / "other.csv").write_text("name,lat\nA,48.9\n", encoding="utf-8")
    with refused(file="other.csv", found="name, lat", expected="lon"):
        load_territory(pack)
