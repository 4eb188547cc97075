"""`solve --robust`: plans for when not everybody follows, at the command line."""

import json
import os
import signal

import pytest

import solver.staggering.robust.plans as robust_solving
from api.staggering_files import write_problem
from tests.reference.staggering_cases import slot_problem


@pytest.fixture
def two_file(tmp_path):
    """Write two of 100 in slot A, 1 min to move: nobody moves 400, one 300."""
    path = tmp_path / "two.json"
    write_problem(slot_problem(sizes=[100, 100], disutility_min=[[0, 1]] * 2), path)
    return path


@pytest.fixture
def six_file(tmp_path):
    """Write six of 100: m move for 0.01 ((600 - 100 m)^2 + (100 m)^2) + 100 m, best 2100 at 3."""
    path = tmp_path / "six.json"
    write_problem(slot_problem(sizes=[100] * 6, disutility_min=[[0, 1]] * 6), path)
    return path


def test_average_over_shares_of_the_command_line(creneau_json, two_file):
    # Nobody follows: 400; all do: 300, with one asked. Half each: 350.
    words = ("--robust", "expected", "--compliance", "0, 1", "--gap", "1e-9")
    status, answer = creneau_json("solve", two_file, *words)
    assert status == 0
    assert answer["status"] == "optimal"
    assert answer["objective"] == pytest.approx(350)
    assert answer["best_bound"] <= 350 * (1 + 1e-12)
    assert answer["form"] == "fixed"
    found = answer["robust"]
    assert found["kind"] == "expected"
    assert found["source_class"] == "estimated"
    assert [row["cost_min"] for row in found["scenarios"]] == pytest.approx([400, 300])
    assert [row["following_share"] for row in found["scenarios"]] == [0, 1]
    assert found["status_quo_min"] == pytest.approx(400)
    assert found["plain_plan_min"] == pytest.approx(350)
    assert found["units"]["cost_min"] == "weighted passenger-minutes"
    # What is asked: one of two moves.
    assert answer["measures"]["moved_people"] == pytest.approx(100)


def test_scenarios_of_a_file_have_shares_by_employer_and_cohort(creneau_json, two_file, tmp_path):
    # Asking c0: it follows in the first scenario alone, weight 3: (3 x 300 + 400) / 4 = 325.
    # Asking c1, which never follows, or nobody: 400.
    listed = [
        {"name": "good", "weight": 3, "employers": {"e1": 0}},
        {"name": "bad", "share": 0.7, "employers": {"e0": 1, "e1": 0}, "cohorts": {"c0": 0}},
    ]
    document = {"schema": "creneau.staggering-scenarios", "version": 1, "scenarios": listed}
    path = tmp_path / "scenarios.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    words = ("--robust", "expected", "--scenarios", path, "--gap", "1e-9")
    status, answer = creneau_json("solve", two_file, *words)
    assert status == 0
    assert answer["objective"] == pytest.approx(325)
    rows = [(row["name"], row["weight"], row["following_share"], row["cost_min"])
            for row in answer["robust"]["scenarios"]]  # fmt: skip
    assert rows == [("good", 3, 0.5, pytest.approx(300)), ("bad", 1, 0, pytest.approx(400))]
    moved = [
        row["cohort"] for row in answer["plan"] if row["starts"][0]["start_s"] != row["from_s"]
    ]
    assert moved == ["c0"]


def test_worst_case_names_who_stays_away(creneau_json, six_file, tmp_path):
    # One asked of m stays: m = 3 comes to what 2 do, 2200; m = 4 to 2400 where all follow.
    out = tmp_path / "plan.json"
    words = ("--robust", "worst-case", "--budget", "1", "--gap", "1e-9", "--out", out)
    status, answer = creneau_json("solve", six_file, *words)
    assert status == 0
    assert answer["objective"] == pytest.approx(2200)
    assert answer["mip_gap"] >= 0
    found = answer["robust"]
    assert (found["kind"], found["budget"], found["scenarios"]) == ("worst-case", 1, [])
    (away,) = found["not_following"]
    moved = [row["employer"] for row in answer["plan"]
             if row["starts"][0]["start_s"] != row["from_s"]]  # fmt: skip
    assert away in moved
    assert found["status_quo_min"] == pytest.approx(3600)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["robust"] == found
    assert sum(pax for _, pax in written["routes"]) == pytest.approx(600)


def test_a_robust_plan_is_compared_without_a_bound_that_is_not_the_plans(creneau_json, six_file):
    words = ("--robust", "worst-case", "--budget", "1", "--compare", "--windows", 2)
    status, answer = creneau_json("solve", six_file, *words)
    assert status == 0
    comparison = answer["comparison"]
    assert comparison["joint_bound_source"] != "plan"
    assert comparison["planned_bound_min"] is None
    assert comparison["joint_bound_min"] <= 2100 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("fr", ("pire des cas", "ne suivent pas", "2 200,0")),
        ("en", ("worst case", "do not follow")),
    ],
)
def test_the_tables_speak_both_languages(creneau, six_file, lang, said):
    words = ("--robust", "worst-case", "--budget", "1", "--lang", lang)
    status, shown, _ = creneau("solve", six_file, *words)
    assert status == 0
    plain = " ".join(shown.replace("\u202f", " ").replace("\xa0", " ").split())
    assert [word for word in said if word not in plain] == []
    assert "solve_robust" not in shown


def test_the_average_is_shown_scenario_by_scenario(creneau, two_file):
    words = ("--robust", "expected", "--compliance", "0.5,1", "--lang", "en")
    _, shown, _ = creneau("solve", two_file, *words)
    assert "Scenario 2" in shown
    assert "100 %" in shown


def test_rules_nobody_can_keep_are_named(creneau, tmp_path):
    path = tmp_path / "impossible.json"
    problem = slot_problem(
        sizes=(300, 300), disutility_min=[[0, 2]] * 2, limit_pax=(300, 600), max_burden_min=0.5
    )
    write_problem(problem, path)
    words = ("--robust", "expected", "--compliance", "0.5", "--lang", "en")
    status, _, told = creneau("solve", path, *words)
    assert status == 1
    assert "load limits" in told
    assert "e0" in told


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (("--compliance", "0.5"), ["--compliance"]),
        (("--budget", "1"), ["--budget"]),
        (("--robust", "best"), ["--robust"]),
        (("--robust", "expected"), ["--compliance"]),
        (("--robust", "expected", "--compliance", "1", "--budget", "2"), ["--budget"]),
        (("--robust", "expected", "--compliance", "0.5,2"), ["--compliance"]),
        (("--robust", "expected", "--compliance", "half"), ["--compliance"]),
        (("--robust", "worst-case"), ["--budget"]),
        (("--robust", "worst-case", "--budget", "1", "--pareto", "peak"), ["--pareto"]),
        (("--robust", "worst-case", "--budget", "1", "--goal", "peak"), ["--goal"]),
        (("--robust", "expected", "--scenarios", "none.json"), ["none.json"]),
    ],
)
def test_options_that_do_not_go_together_are_named(creneau_json, two_file, words, fields):
    status, answer = creneau_json("solve", two_file, *words)
    assert status == 2
    assert [p["file"] for p in answer["error"]["problems"]] == fields


def test_every_bad_value_of_the_scenarios_is_named(creneau_json, two_file, tmp_path):
    listed = [
        {"share": 2, "weight": 0, "name": 3},
        {"employers": {"nobody": 1}, "cohorts": {"c0": "all"}, "odd": 1},
        7,
    ]
    document = {"schema": "creneau.staggering-scenarios", "version": 1, "scenarios": listed}
    path = tmp_path / "scenarios.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    words = ("--robust", "expected", "--scenarios", path)
    status, answer = creneau_json("solve", two_file, *words)
    assert status == 2
    assert {p["field"] for p in answer["error"]["problems"]} == {
        "scenarios[0].share",
        "scenarios[0].weight",
        "scenarios[0].name",
        "scenarios[1].odd",
        "scenarios[1].employers.nobody",
        "scenarios[1].cohorts.c0",
        "scenarios[2]",
    }


def test_ctrl_c_keeps_the_plan_found_so_far(creneau_json, six_file, monkeypatch):
    plainly = robust_solving.solve_staggering

    def interrupted(*words, **options):
        os.kill(os.getpid(), signal.SIGINT)
        return plainly(*words, **options)

    monkeypatch.setattr(robust_solving, "solve_staggering", interrupted)
    words = ("--robust", "worst-case", "--budget", "1")
    status, answer = creneau_json("solve", six_file, *words)
    assert status == 130
    assert answer["status"] == "stopped"
    assert answer["objective"] <= 3600 * (1 + 1e-9)
    assert len(answer["plan"]) == 6
