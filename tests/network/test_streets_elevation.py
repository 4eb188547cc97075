"""Grades change walking and cycling times where both ends of a street have an elevation."""

import math
from pathlib import Path

import numpy as np
import pytest

from network.base.errors import NetworkInputError
from network.readers._osm_elevation import parse_elevation
from network.readers.osm import read_streets
from network.streets.elevation import compute_grades, cycling_factor, walking_factor
from network.streets.graph import StreetGraph
from tests.builders.osm_text import OsmText, moves


def hill_text(**tags: str) -> OsmText:
    """Return a street of 100 m that climbs 10 m, from node 1 to node 2, and a flat one to 3."""
    text = OsmText().node(1, 0, ele="20").node(2, 100, ele="30 m").node(3, 200)
    text.way(10, [1, 2], **({"highway": "residential"} | tags))
    return text.way(11, [2, 3], highway="residential", maxspeed="36")


def read_hill(folder: Path, csv: str, text: OsmText | None = None) -> StreetGraph:
    path = folder / "heights.csv"
    path.write_text(csv, encoding="utf-8")
    return read_streets((text or hill_text()).write(folder), elevation=path)


def test_toblers_walker_climbs_slower_and_descends_gently_faster() -> None:
    # exp(-3.5 |s + 0.05|) over its value on the flat.
    grade = np.array([0.0, 0.1, -0.05, -0.1, -0.3])
    expected = [1.0, math.exp(-0.35), math.exp(0.175), 1.0, math.exp(-0.7)]
    assert walking_factor(grade) == pytest.approx(expected)


def test_a_cyclist_loses_uphill_more_than_downhill_gives() -> None:
    # 1.44 of 21.6 km/h a per cent up; 0.86 a per cent down, at most a quarter in all.
    grade = np.array([0.0, 0.03, -0.03, -0.3, 0.2])
    expected = [1.0, 1 - 3 * 1.44 / 21.6, 1 + 3 * 0.86 / 21.6, 1.25, 0.0]
    assert cycling_factor(grade) == pytest.approx(expected)


def test_a_grade_is_flat_where_an_elevation_or_a_length_is_missing() -> None:
    a, b = np.float32([0, np.nan, 5, 0, 0]), np.float32([5, 5, 5, 5, 100])
    grade = compute_grades(a, b, np.float32([100, 100, 0, 0, 100]))
    assert grade == pytest.approx([0.05, 0, 0, 0, 0.4])


def test_a_climb_of_a_tenth_slows_walking_and_makes_cyclists_push_at_the_least(tmp_path) -> None:
    streets = hill_text(maxspeed="36").read(tmp_path)
    assert streets.nodes.elevation_m is not None
    assert streets.nodes.elevation_m.tolist()[:2] == [20, 30]
    assert math.isnan(streets.nodes.elevation_m[2])
    walk, bike, car = (moves(streets, g) for g in (streets.walk, streets.bike, streets.car))
    assert walk[1, 2] == pytest.approx(100 / 1.2 * math.exp(0.35), rel=1e-3)
    assert walk[2, 1] == pytest.approx(100 / 1.2, rel=1e-3)
    # 10 % up: riding at a third of 4.2 m/s is still faster than pushing; down: a quarter faster.
    assert bike[1, 2] == pytest.approx(100 / (4.2 * (1 - 14.4 / 21.6)), rel=1e-3)
    assert bike[2, 1] == pytest.approx(100 / (4.2 * 1.25), rel=1e-3)
    assert car[1, 2] == car[2, 1] == pytest.approx(10, rel=1e-3)
    # Node 3 has no elevation: flat.
    assert walk[2, 3] == walk[3, 2] == pytest.approx(100 / 1.2, rel=1e-3)


def test_where_riding_is_slower_than_walking_cyclists_push(tmp_path) -> None:
    streets = read_hill(tmp_path, "osm_id,elevation_m\n1,0\n2,15\n")
    push = 1.2 * math.exp(-3.5 * 0.15)
    assert moves(streets, streets.bike)[1, 2] == pytest.approx(100 / push, rel=1e-3)


def test_the_file_of_elevations_comes_before_the_tags(tmp_path) -> None:
    streets = read_hill(tmp_path, "\ufeffosm_id , elevation_m\n2,20\n3,20.0\n")
    assert streets.nodes.elevation_m is not None
    assert streets.nodes.elevation_m.tolist() == [20, 20, 20]
    assert moves(streets, streets.walk)[1, 2] == pytest.approx(100 / 1.2, rel=1e-3)


def test_steps_and_ferries_have_their_climb_in_their_pace(tmp_path) -> None:
    streets = hill_text(highway="steps").read(tmp_path)
    assert moves(streets, streets.walk)[1, 2] == pytest.approx(100 / 0.6, rel=1e-3)


def test_without_elevations_there_are_none(tmp_path) -> None:
    streets = OsmText().row(0, 100).way(1, [1, 2], highway="path").read(tmp_path)
    assert streets.nodes.elevation_m is None


def test_wrong_rows_are_set_aside_with_their_line(tmp_path) -> None:
    rows = ["1,20", "x,3", "2,high", "2,9999", "1,25", "777,4", "2,30"]
    streets = read_hill(tmp_path, "osm_id,elevation_m\n" + "\n".join(rows) + "\n")
    assert streets.nodes.elevation_m is not None
    assert streets.nodes.elevation_m.tolist()[:2] == [20, 30]
    assert streets.set_aside.counts == {
        "elevation that cannot be used": 4,
        "elevation of no street": 1,
    }
    bad = streets.set_aside.examples["elevation that cannot be used"]
    assert [(p.row, p.field) for p in bad] == [
        (3, "osm_id"),
        (4, "elevation_m"),
        (5, "elevation_m"),
        (6, "osm_id"),
    ]


@pytest.mark.parametrize(
    ("csv", "names"), [("osm_id,height\n1,2\n", "elevation_m"), ("", "osm_id, elevation_m")]
)
def test_a_file_without_the_columns_is_an_error_that_names_them(tmp_path, csv, names) -> None:
    with pytest.raises(NetworkInputError, match=f"no column {names}"):
        read_hill(tmp_path, csv)


def test_a_missing_or_foreign_file_is_an_error(tmp_path) -> None:
    path = hill_text().write(tmp_path)
    with pytest.raises(NetworkInputError, match="No such file"):
        read_streets(path, elevation=tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"osm_id,elevation_m\n1,\xe9\n")
    with pytest.raises(NetworkInputError, match="not UTF-8"):
        read_streets(path, elevation=tmp_path / "latin.csv")


@pytest.mark.parametrize(
    ("text", "metres"),
    [("12", 12), ("12.5 m", 12.5), ("12,5", 12.5), ("-3", -3), ("1e3", None), ("", None),
     ("12 ft", None), ("10000", None)],
)  # fmt: skip
def test_elevations_are_metres(text: str, metres: float | None) -> None:
    assert parse_elevation(text) == metres
