"""The stations of the lines that the pack's feed lacks: complete, sourced and in their place."""

import csv
import importlib
from pathlib import Path

import pytest

from tests.builders.realdata import real_data

PACK = Path(__file__).resolve().parents[2] / "scenarios" / "territories" / "plaine_commune"
PACK_LINES = {"7", "12", "13", "14", "B", "D", "H", "T1", "T5", "T8"}
STATIONS_BY_LINE = {
    **{"1": 25, "2": 25, "3": 25, "3bis": 4, "5": 22, "6": 28, "7bis": 8},
    **{"8": 38, "9": 37, "10": 23, "11": 13, "A": 46, "C": 84, "E": 22},
    "4": 26,  # 27 with Châtelet and Les Halles apart
}
"""Stations of the lines absent from the pack that lie wholly in the region, March 2019."""


def rows_of(name: str) -> list[dict[str, str]]:
    with (PACK / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Straight line on a plane at 48.9 degrees north (cos = 0.6574); ample over the region."""
    north_m, east_m = (a[0] - b[0]) * 111_195, (a[1] - b[1]) * 111_195 * 0.6574
    return (north_m**2 + east_m**2) ** 0.5


@pytest.fixture(scope="module")
def other_stations() -> dict[str, dict[str, str]]:
    rows = rows_of("other_stations.csv")
    by_name = {row["name"]: row for row in rows}
    assert len(by_name) == len(rows), "a station is listed twice"
    return by_name


def test_other_stations_lie_in_ile_de_france_each_in_its_own_place(other_stations):
    for row in other_stations.values():
        assert 48.12 < float(row["lat"]) < 49.24, row
        assert 1.44 < float(row["lon"]) < 3.56, row
        assert row["source"]
        assert row["source_class"] in {"observed", "published"}
    places = {(row["lat"], row["lon"]) for row in other_stations.values()}
    assert len(places) == len(other_stations)


def test_other_lines_have_as_many_stations_as_published(other_stations):
    lines = [line for row in other_stations.values() for line in row["lines"].split()]
    assert {line: lines.count(line) for line in STATIONS_BY_LINE} == STATIONS_BY_LINE
    assert set(lines) == set(STATIONS_BY_LINE) | set("JKLNPRU")
    assert not set(lines) & PACK_LINES
    metro = [r for r in other_stations.values() if any(c.isdigit() for c in r["lines"])]
    train = [r for r in other_stations.values() if any(c.isupper() for c in r["lines"])]
    assert len(metro) >= 220
    assert len(train) >= 290


@pytest.mark.parametrize(
    ("name", "lines", "lat", "lon"),
    [
        ("Nation", "1 2 6 9 A", 48.8483, 2.3959),
        ("La Défense", "1 A L U", 48.8918, 2.2379),
        ("Gare du Nord", "4 5 E K", 48.8809, 2.3575),
        ("Versailles Chantiers", "C N U", 48.7958, 2.1355),
    ],
)
def test_other_stations_are_where_a_map_shows_them(other_stations, name, lines, lat, lon):
    station = other_stations[name]
    assert station["lines"] == lines
    assert distance_m((float(station["lat"]), float(station["lon"])), (lat, lon)) < 150


def test_other_stations_of_the_pack_stand_within_300_m_of_it(other_stations):
    stops = rows_of("gtfs/stops.txt")
    held = {stop["stop_name"]: stop for stop in stops if stop["location_type"] == "1"}
    shared = set(held) & set(other_stations)
    assert {"Gare de Lyon", "Châtelet - Les Halles", "Melun", "Pontoise"} <= shared
    for name in shared:
        row, stop = other_stations[name], held[name]
        there = (float(row["lat"]), float(row["lon"]))
        here = (float(stop["stop_lat"]), float(stop["stop_lon"]))
        assert distance_m(here, there) < 300, name


def test_other_stations_are_what_their_script_writes(tmp_path, monkeypatch):
    real_data("plaine-commune", "ratp_metro_all_week_20190311.zip")
    monkeypatch.syspath_prepend(str(PACK.parents[2] / "scripts"))
    script = importlib.import_module("derive_other_stations")
    monkeypatch.setattr(script, "PACK", tmp_path)
    script.main()
    written = (tmp_path / "other_stations.csv").read_bytes()
    assert written == (PACK / "other_stations.csv").read_bytes()
