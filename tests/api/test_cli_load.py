"""`creneau load`: exit status, what is written, and options that make no sense."""

import json

import pytest


def test_load_writes_tables_and_report_and_prints_one_json_object(creneau, corridor_pack, tmp_path):
    status, out, err = creneau(
        "load", corridor_pack, "--out", tmp_path / "out", "--json", "--seed", 5, "--lang", "en"
    )
    answer = json.loads(out)
    assert status == 0
    assert answer["converged"]
    assert answer["seed"] == 5
    assert answer["relative_gap"] <= answer["relative_gap_asked"] == 1e-6
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "loading.json",
        "runs.parquet",
        "cells.parquet",
        "line_hours.parquet",
        "stops.parquet",
        "skims.parquet",
        "busiest.parquet",
        "report.html",
    }
    assert "Written" in err


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_load_prints_a_table_with_the_fullest_run(creneau, corridor_pack, tmp_path, lang):
    status, out, _ = creneau("load", corridor_pack, "--out", tmp_path, "--lang", lang)
    assert status == 0
    assert {"fr": "Course la plus pleine", "en": "Fullest run"}[lang] in out


def test_load_that_does_not_converge_ends_in_1_and_says_so(creneau, corridor_pack, tmp_path):
    status, _, err = creneau(
        "load", corridor_pack, "--out", tmp_path, "--gap", "1e-15", "--max-iterations", 1,
        "--factor", 20, "--lang", "en",
    )  # fmt: skip
    assert status == 1
    assert "did not converge" in err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--gap", "0"), "--gap"),
        (("--capacity", "full"), "--capacity"),
        (("--left-behind", "cry"), "--left-behind"),
        (("--choice", "best"), "--choice"),
        (("--start", "soon"), "--start"),
        (("--start", "09:00", "--end", "08:00"), "--end"),
        (("--date", "yesterday"), "--date"),
        (("--dwell", "--capacity", "hard"), "--dwell"),
        (("--line", "99"), "no line 99"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value).strip("-"),
)
def test_load_names_the_option_that_is_wrong(creneau, corridor_pack, tmp_path, words, named):
    status, _, err = creneau("load", corridor_pack, "--out", tmp_path, *words, "--lang", "en")
    assert status == 2
    assert named in err


def test_load_of_a_territory_that_is_not_there_is_bad_input(creneau, tmp_path):
    status, _, err = creneau("load", "atlantis", "--out", tmp_path, "--lang", "en")
    assert status == 2
    assert "atlantis" in err
