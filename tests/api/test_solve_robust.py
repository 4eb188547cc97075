"""`solve --robust`: plans for when not everybody follows, at the command line."""

import json
import os
import signal

import pytest

import solver.staggering.robust.plain as robust_solving
from api.staggering_files import write_problem
from solver.staggering.robust.worst_sets import Worst, WorstSets
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


def test_the_price_of_robustness_is_told_beside_what_the_plan_is_best_for(creneau_json, six_file):
    # A quarter follows: all six are asked (0.01 (450^2 + 150^2) + 150 = 2400). Should all go:
    # 0.01 x 600^2 + 600 = 4200. Best then: three, 2100; were cohorts to split 275, 2087.5.
    words = ("--robust", "expected", "--compliance", "0.25", "--gap", "1e-9")
    _, answer = creneau_json("solve", six_file, *words)
    found = answer["robust"]
    assert found["nominal_min"] == pytest.approx(4200)
    assert found["plain_plan_nominal_min"] == pytest.approx(2100)
    least, most = found["price_of_robustness_min"]
    assert least == pytest.approx(2100)
    assert least <= most <= 2112.5 * (1 + 1e-6)
    assert found["price_of_robustness_share"] == pytest.approx([least / 2100, most / 2100])
    # Three asked: 0.01 (525^2 + 75^2) + 75 = 2887.5.
    assert found["plain_plan_min"] == pytest.approx(2887.5)
    assert found["gain_over_plain_plan_min"] == pytest.approx(487.5)
    assert found["best_for"] == "the one scenario of who follows"
    # At half the slope: 0.005 x 600^2 + 600 = 2400 against 0.005 x 2 x 300^2 + 300 = 1200.
    low, high = found["by_crowding_slope"]
    assert low["nominal_min"] == pytest.approx(2400)
    assert low["price_of_robustness_min"] == pytest.approx(1200)
    # 0.005 (525^2 + 75^2) + 75 - 0.005 (450^2 + 150^2) - 150.
    assert low["gain_over_plain_plan_min"] == pytest.approx(206.25)
    assert high["status_quo_min"] == pytest.approx(5400)
    named = {key for key in found if key.endswith(("_min", "_share"))}
    assert named <= set(found["units"])


def test_a_worst_case_that_is_not_certain_says_so(creneau, creneau_json, six_file, monkeypatch):
    def unsure(self, x, **_):
        cost = self.cost_min(x)
        return Worst(cost_min=cost, upper_min=1.5 * cost, employers=())

    monkeypatch.setattr(WorstSets, "find", unsure)
    words = ("--robust", "worst-case", "--budget", "2", "--time-limit", "1")
    _, answer = creneau_json("solve", six_file, *words)
    found = answer["robust"]
    assert found["worst_case_is_exact"] is False
    assert found["worst_case_upper_min"] == pytest.approx(1.5 * answer["objective"])
    assert answer["status"] == "feasible"
    # The gap counts from what is certain.
    upper = found["worst_case_upper_min"]
    assert answer["mip_gap"] == pytest.approx((upper - answer["best_bound"]) / upper)
    _, shown, _ = creneau("solve", six_file, *words, "--lang", "en")
    assert "a lower estimate" in " ".join(shown.split())
    assert "whoever stays away" in " ".join(shown.split())


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
        (
            "fr",
            (
                "pire des cas",
                "ne suivent pas",
                "2 200,0",
                "minutes-voyageur pondérées",
                "jusqu'à 1 employeur en ne suivant pas",
                "Prix de la robustesse",
                "tous ont été exclus",
            ),
        ),
        (
            "en",
            (
                "worst case",
                "do not follow",
                "2,200.0",
                "weighted passenger-minutes",
                "up to 1 employer not following",
                "Price of robustness",
                "all were ruled out",
            ),
        ),
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
    assert "100% of people follow" in " ".join(shown.split())


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
