"""`solve --compare --credits`: what people make of a plan, at the command line."""

import json
from dataclasses import replace

import numpy as np
import pytest

from api.staggering_files import read_problem, write_problem
from tests.reference.staggering_cases import slot_problem


@pytest.fixture
def problem_file(tmp_path):
    """Write four cohorts of 100 of whom two should move: 1,600 all in A, 1,000 as planned."""
    path = tmp_path / "problem.json"
    write_problem(slot_problem(sizes=[100] * 4, disutility_min=[[0, 1]] * 4), path)
    return path


def test_the_answer_lays_situations_side_by_side(creneau_json, problem_file, tmp_path):
    out = tmp_path / "plan.json"
    words = ("--compare", "--credits", "--windows", 2, "--gap", "1e-6", "--out", out)
    status, answer = creneau_json("solve", problem_file, *words)
    assert status == 0
    found = answer["comparison"]
    totals = {name: one["total_min"] for name, one in found["situations"].items()}
    assert totals["status_quo"] == pytest.approx(1600)
    assert totals["free_response"] == pytest.approx(1000)
    # By choice 0.01 x = 0.01 (400 - x) + 1: 250 stay, 0.01 (250^2 + 150^2) + 150.
    assert totals["flextime"] == pytest.approx(1000)
    assert totals["flextime_asked"] == pytest.approx(1000)  # the plan lets 200 move, 150 do
    assert found["saving_min"] == pytest.approx(600)
    assert found["rebound"] is not None
    assert found["new_peaks"]["n_cells"] == 0
    credits = answer["credits"]
    assert credits["whole_min"] == pytest.approx(600)
    assert sum(row["shapley_min"] for row in credits["employers"]) == pytest.approx(600)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["comparison"]["situations"] == found["situations"]
    assert written["credits"] == credits


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "fr",
            (
                "Réponse libre",
                "du plan",
                "Chacun pour soi",
                "estimées par le modèle",
                "Gain conservé",
            ),
        ),
        (
            "en",
            ("Free response", "people of", "Each alone", "estimated by the model", "Saving kept"),
        ),
    ],
)
def test_the_tables_speak_both_languages(creneau, problem_file, lang, said):
    words = ("--compare", "--credits", "--windows", 2, "--lang", lang)
    status, shown, _ = creneau("solve", problem_file, *words)
    assert status == 0
    assert [word for word in said if word not in shown] == []
    assert "solve_" not in shown


def test_without_the_options_nothing_is_compared(creneau_json, problem_file):
    _, answer = creneau_json("solve", problem_file)
    assert "comparison" not in answer
    assert "credits" not in answer


def test_windows_that_do_not_divide_the_cells_are_refused_before_the_solve(
    creneau_json, problem_file
):
    status, answer = creneau_json("solve", problem_file, "--compare", "--windows", 3)
    assert status == 2
    assert answer["error"]["problems"][0]["field"] == "windows"


def test_the_file_says_where_cells_are_and_the_option_goes_before_it(creneau_json, problem_file):
    # 200 + 200 of 400: at one place no cell is fuller than 400; of two places B was empty.
    problem = read_problem(problem_file)
    for place, window, new in (([0, 0], [3, 4], 0), ([0, 1], [3, 3], 1)):
        cells = replace(
            problem.cells,
            place=np.array(place, dtype=np.int32),
            window=np.array(window, dtype=np.int32),
        )
        write_problem(replace(problem, cells=cells), problem_file)
        _, answer = creneau_json("solve", problem_file, "--compare")
        assert answer["comparison"]["rebound"] is not None
        assert answer["comparison"]["new_peaks"]["n_cells"] == new
    _, answer = creneau_json("solve", problem_file, "--compare", "--windows", 2)
    assert answer["comparison"]["new_peaks"]["n_cells"] == 0
