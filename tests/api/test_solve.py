"""`solve` at the command line: a problem file in, a plan and its bound out."""

import json
import os
import signal

import numpy as np
import pytest

import api.commands.solve as solve_command
import solver.staggering.solve as solving
from api.staggering_files import read_problem, write_problem
from network.base import InputError
from solver.staggering.documents.problem_document import to_document
from tests.reference.staggering_cases import slot_problem

FOUR = {"sizes": [100] * 4, "disutility_min": [[0, 1]] * 4}


@pytest.fixture
def problem_file(tmp_path):
    """Write four cohorts of 100 of whom two should move: 0.01 (200^2 + 200^2) + 200 = 1000."""
    path = tmp_path / "problem.json"
    write_problem(slot_problem(**FOUR), path)
    return path


@pytest.fixture
def impossible_file(tmp_path):
    """Write 300 + 300 people, 300 places in the first slot, nobody to bear over half a minute."""
    path = tmp_path / "impossible.json"
    problem = slot_problem(
        sizes=(300, 300),
        disutility_min=[[0, 2], [0, 3]],
        limit_pax=(300, 600),
        max_burden_min=0.5,
    )
    write_problem(problem, path)
    return path


def test_the_answer_has_value_bound_gap_peak_and_plan(creneau_json, problem_file):
    status, answer = creneau_json("solve", problem_file, "--gap", "1e-6", "--seed", "3")
    assert status == 0
    assert answer["status"] == "optimal"
    assert answer["objective"] == pytest.approx(1000.0)
    # Shares would move 175: 0.01 (225^2 + 175^2) + 175 = 987.5. In steps of 100 it is 1000.
    assert answer["best_bound"] == pytest.approx(1000.0, rel=1e-6)
    assert 0.0 <= answer["mip_gap"] <= 1e-6
    assert answer["seconds"] > 0
    assert answer["seed"] == 3
    # 200 riders in a cell of 100 m2 with 4 a square metre and no seats
    assert answer["peak_load_factor"] == pytest.approx(0.5)
    assert answer["measures"]["moved_people"] == pytest.approx(200)
    assert answer["measures"]["crowding_min"] == pytest.approx(800)
    assert len(answer["plan"]) == 4
    starts = [row["starts"] for row in answer["plan"]]
    assert sorted(s[0]["start_s"] for s in starts) == [28_800, 28_800, 29_700, 29_700]
    assert all(len(s) == 1 and s[0]["share"] == 1.0 for s in starts)


def test_json_and_npz_give_the_same_plan(creneau_json, problem_file, tmp_path):
    other = tmp_path / "problem.npz"
    write_problem(read_problem(problem_file), other)
    answers = [creneau_json("solve", path)[1] for path in (problem_file, other)]
    assert answers[0]["plan"] == answers[1]["plan"]
    assert answers[0]["objective"] == answers[1]["objective"]


def test_the_written_plan_is_the_printed_one_and_a_start(creneau_json, problem_file, tmp_path):
    out = tmp_path / "plan.json"
    _, answer = creneau_json("solve", problem_file, "--out", out)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert answer["file"] == str(out)
    assert written["plan"] == answer["plan"]
    assert sum(pax for _, pax in written["routes"]) == pytest.approx(400)
    status, again = creneau_json("solve", problem_file, "--start", out)
    assert status == 0
    assert again["objective"] == pytest.approx(answer["objective"])


@pytest.mark.parametrize(("lang", "said"), [("fr", "plafonds de charge"), ("en", "load limits")])
def test_no_plan_is_exit_status_1_with_whose_rules_conflict(creneau, impossible_file, lang, said):
    status, _, told = creneau("solve", impossible_file, "--lang", lang)
    assert status == 1
    assert said in told
    assert "e0" in told
    assert "e1" in told


def test_no_plan_as_json_lists_the_irreducible_set(creneau_json, impossible_file):
    status, answer = creneau_json("solve", impossible_file)
    assert status == 1
    assert answer["status"] == "infeasible"
    assert answer["objective"] is None
    assert answer["plan"] == []
    assert [(rule["family"], rule["employers"], rule["cell"]) for rule in answer["conflict"]] == [
        ("burden_limit", ["e0"], None),
        ("burden_limit", ["e1"], None),
        ("load_limit", [], 0),
    ]


def test_every_bad_value_of_the_file_is_named(creneau_json, problem_file):
    document = json.loads(problem_file.read_text(encoding="utf-8"))
    document["cohorts"]["size"][1] = "many"
    document["cells"]["ride_min"][0] = None
    problem_file.write_text(json.dumps(document), encoding="utf-8")
    status, answer = creneau_json("solve", problem_file)
    assert status == 2
    problems = answer["error"]["problems"]
    assert [p["field"] for p in problems] == ["cohorts.size[1]", "cells.ride_min[0]"]
    assert {p["file"] for p in problems} == {str(problem_file)}


@pytest.mark.parametrize(
    "text", ["", "{", "[1, 2]", '{"schema": NaN}', "[" * 100_000, '{"schema": "creneau.other"}']
)
def test_a_file_that_holds_no_problem_is_bad_input(creneau, tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    status, _, told = creneau("solve", path)
    assert status == 2
    assert "odd.json" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive"])
def test_an_odd_npz_is_bad_input(tmp_path, content):
    path = tmp_path / "odd.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"odd\.npz"):
        read_problem(path)


def test_pickled_objects_are_never_loaded(tmp_path):
    path = tmp_path / "odd.npz"
    np.savez(path, document=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match=r"odd\.npz"):
        read_problem(path)


@pytest.mark.parametrize(
    "words",
    [
        ("--goal", "beauty"),
        ("--routes", "other"),
        ("--pareto", "cost"),
        ("--time-limit", "0"),
        ("--gap", "2"),
        ("--out", "no/such/folder/plan.json"),
        ("--start", "no-such-plan.json"),
    ],
    ids=lambda words: words[0],
)
def test_an_odd_option_is_bad_input(creneau, problem_file, words):
    assert creneau("solve", problem_file, *words)[0] == 2


def test_a_missing_file_is_bad_input(creneau, tmp_path):
    status, _, told = creneau("solve", tmp_path / "none.json")
    assert status == 2
    assert "none.json" in told


def test_the_tables_show_bound_moves_and_front(creneau, problem_file):
    status, out, _ = creneau(
        "solve", problem_file, "--lang", "en", "--pareto", "moved", "--points", "3"
    )
    assert status == 0
    assert "Proven bound" in out
    assert "08:15" in out
    assert "1,600" in out  # the cost if nobody moves, the front's last point


def test_the_front_is_in_the_json(creneau_json, problem_file):
    _, answer = creneau_json("solve", problem_file, "--pareto", "moved", "--points", "3")
    assert [point["value"] for point in answer["pareto"]] == pytest.approx([200, 100, 0])


def test_ctrl_c_keeps_the_plan_found_so_far(creneau_json, problem_file, monkeypatch):
    relax = solving.relax

    def interrupted(*words, **options):
        os.kill(os.getpid(), signal.SIGINT)
        return relax(*words, **options)

    monkeypatch.setattr(solving, "relax", interrupted)
    status, answer = creneau_json("solve", problem_file)
    assert status == 130
    assert answer["status"] == "stopped"
    assert len(answer["plan"]) == 4
    assert answer["objective"] <= 1600.0 * (1 + 1e-9)


def test_what_is_written_is_what_was_read(problem_file, tmp_path):
    problem = read_problem(problem_file)
    for name in ("again.json", "again.npz"):
        write_problem(problem, tmp_path / name)
        assert to_document(read_problem(tmp_path / name)) == to_document(problem)


@pytest.mark.parametrize(("file", "status"), [("problem_file", 0), ("impossible_file", 1)])
def test_every_end_is_guarded_against_an_engine_left_running(
    creneau, request, monkeypatch, file, status
):
    """A time limit may leave a linear program in its thread: the status must outlive it."""
    guarded = []
    monkeypatch.setattr(solve_command, "end_despite_engines", guarded.append)
    assert creneau("solve", request.getfixturevalue(file))[0] == status
    assert guarded == [status]


def test_a_place_without_its_folder_is_refused_before_the_solve(creneau, problem_file, tmp_path):
    status, _, said = creneau("solve", problem_file, "--out", tmp_path / "none" / "plan.json")
    assert status == 2
    assert "its folder does not exist" in said
