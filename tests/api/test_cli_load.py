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
        (("--keep-seats", "--capacity", "hard"), "--keep-seats"),
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


def test_load_takes_a_scenario_with_its_seed_and_kept_seats(creneau, corridor_pack, tmp_path):
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        f"name: Sans la 2\nterritory: {corridor_pack}\nseed: 7\n"
        "modifications:\n  - {type: line_closed, line: '2'}\n",
        encoding="utf-8",
    )
    status, out, _ = creneau(
        "load", scenario, "--out", tmp_path / "out", "--keep-seats", "--json", "--lang", "fr"
    )
    answer = json.loads(out)
    assert status == 0
    assert answer["scenario"] == "Sans la 2"
    assert [change["type"] for change in answer["modifications"]] == ["line_closed"]
    assert answer["seed"] == 7
    assert answer["keep_seats"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Qui est assis le reste" in page


def test_load_names_what_is_wrong_in_a_scenario(creneau, corridor_pack, tmp_path):
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        f"name: x\nterritory: {corridor_pack}\nmodifications: [{{type: line_closed, line: '9'}}]\n",
        encoding="utf-8",
    )
    status, _, err = creneau("load", scenario, "--out", tmp_path, "--lang", "en")
    assert status == 2
    assert "'9'" in err
    assert "one of 1, 2" in err
