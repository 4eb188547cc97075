"""`creneau run` and `creneau demo`: exit status, what goes where, what is written."""

import json

import pytest

from api.cli import main
from network.base import Cancelled, Problem
from network.base.errors import ScenarioInputError
from tests.api.fakes import FakeEngine
from tests.builders.fake_run import fake_run


def test_a_run_with_a_plan_that_converged_ends_in_0(creneau, scenario_file):
    status, out, _ = creneau("run", scenario_file)
    assert status == 0
    assert "La Fourche → Place" in out


def test_a_run_without_a_feasible_plan_ends_in_1_and_says_so(creneau, scenario_file):
    engine = FakeEngine(result=fake_run(feasible=False))
    status, out, err = creneau("run", scenario_file, "--lang", "en", by=engine)
    assert status == 1
    assert "No slot lies inside the core hours of mairie." in out.replace("\n", " ")
    assert "No plan keeps the rules" in err


def test_a_loading_that_did_not_converge_ends_in_1_and_is_named(creneau, scenario_file):
    engine = FakeEngine(result=fake_run(converged=False))
    status, _, err = creneau("run", scenario_file, "--lang", "en", by=engine)
    assert status == 1
    assert "did not converge" in err


def test_json_is_one_object_and_the_progress_stays_off_it(creneau, scenario_file):
    status, out, err = creneau("run", scenario_file, "--json")
    answer = json.loads(out)
    assert status == 0
    assert answer["plan"]["people_moved"] == 860
    assert answer["files"] == []
    assert "lecture de l'offre" in err


def test_every_problem_of_a_scenario_is_named_in_both_outputs(creneau, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("plan: {slot_min: 7}\nterritoire: x\n", encoding="utf-8")

    status, out, err = creneau("run", path, "--json")

    problems = json.loads(out)["error"]["problems"]
    assert status == 2
    assert {p["field"] for p in problems} == {"name", "plan.slot_min", "territoire"}
    assert all(p["mend"] for p in problems)
    for field in ("name", "plan.slot_min", "territoire"):
        assert field in err


def test_an_error_of_the_engine_about_the_input_ends_in_2(creneau, scenario_file):
    problem = Problem(file="od.csv", row=7, found="x", expected="a number", mend="Correct it.")
    engine = FakeEngine(error=ScenarioInputError(problem))
    status, out, err = creneau("run", scenario_file, by=engine)
    assert status == 2
    assert out == ""
    assert "od.csv, line 7" in err


def test_a_missing_file_ends_in_2(creneau, tmp_path):
    status, _, err = creneau("run", tmp_path / "none.yaml")
    assert status == 2
    assert "none.yaml" in err


def test_a_folder_that_cannot_be_made_is_refused_before_the_run(creneau, scenario_file, engine):
    status, _, err = creneau("run", scenario_file, "--out", scenario_file / "out")
    assert status == 2
    assert "--out" in err
    assert engine.scenarios == []


def test_the_seed_given_replaces_the_scenarios(creneau, scenario_file, engine):
    creneau("run", scenario_file, "--seed", 42)
    assert engine.scenarios[0].seed == 42


def test_result_and_report_are_written_where_asked(creneau, scenario_file, tmp_path):
    out = tmp_path / "deep" / "out"
    status, _, err = creneau("run", scenario_file, "--out", out)
    assert status == 0
    assert json.loads((out / "result.json").read_text(encoding="utf-8"))["plan"]
    assert "<html" in (out / "report.html").read_text(encoding="utf-8")
    assert str(out / "report.html") in err


def test_the_demo_runs_the_embedded_scenario(creneau, tmp_path, engine):
    status, _, _ = creneau("demo", "--out", tmp_path / "demo")
    assert status == 0
    assert engine.scenarios[0].territory == "plaine-commune"
    assert (tmp_path / "demo" / "report.html").is_file()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Cancelled()])
def test_an_interrupted_run_ends_in_130_and_writes_nothing(creneau, scenario_file, tmp_path, error):
    out = tmp_path / "out"
    status, printed, err = creneau(
        "run", scenario_file, "--out", out, "--lang", "en", by=FakeEngine(error=error)
    )
    assert status == 130
    assert printed == ""
    assert "Interrupted." in err
    assert list(out.iterdir()) == []


def test_an_unexpected_error_ends_in_3_with_one_line_and_a_log(creneau, scenario_file, tmp_path):
    engine = FakeEngine(error=ZeroDivisionError("nought"))
    status, out, err = creneau("run", scenario_file, "--lang", "en", by=engine)
    log = tmp_path / "creneau.log"
    assert status == 3
    assert out == ""
    assert err.splitlines()[-1] == f"Unexpected error (ZeroDivisionError). Details in {log}."
    assert "Traceback" not in err
    assert "nought" in log.read_text(encoding="utf-8")


def test_debug_shows_the_traceback(creneau, scenario_file):
    engine = FakeEngine(error=ZeroDivisionError("nought"))
    _, _, err = creneau("--debug", "run", scenario_file, by=engine)
    assert "Traceback" in err


def test_a_log_that_cannot_be_written_is_said_and_hides_nothing(
    creneau, scenario_file, monkeypatch, tmp_path
):
    monkeypatch.setenv("CRENEAU_LOG", str(scenario_file / "log"))
    engine = FakeEngine(error=ZeroDivisionError("nought"))
    status, _, err = creneau("run", scenario_file, "--lang", "en", by=engine)
    assert status == 3
    assert "could not be written" in err


def test_main_is_what_the_package_exports(capsys):
    import api

    assert api.main(["version"]) == main(["version"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
