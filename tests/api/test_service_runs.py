"""Runs over HTTP: queued, watched, read, cancelled."""

import time

import pytest

from api import create_app
from api.settings import Settings
from network.base import Problem
from network.base.errors import ScenarioInputError
from tests.api.client import TestClient
from tests.api.fakes import OneTerritory

MINE = {"scenario": {"name": "Mine", "territory": "corridor"}}


@pytest.fixture
def start(corridor):
    """Start a service whose engine takes the options given; stopped when the test ends."""
    opened = []

    def open_service(settings=None, **options):
        engine = OneTerritory(corridor, **options)
        client = TestClient(create_app(settings, engine=engine), base_url="http://127.0.0.1")
        client.__enter__()
        opened.append((client, engine))
        return client, engine

    yield open_service
    for client, engine in opened:
        engine.release()
        client.__exit__(None, None, None)


def wait_for(client, address, *states):
    """Read a run until it is in one of the states."""
    for _ in range(500):
        run = client.get(address).json()
        if run["state"] in states:
            return run
        time.sleep(0.01)
    raise AssertionError(f"still {run['state']}")


def test_a_run_is_accepted_and_ends_with_its_result(start):
    client, _ = start()
    accepted = client.post("/v1/runs", json=MINE)
    assert accepted.status_code == 202
    run = wait_for(client, accepted.headers["Location"], "done")
    assert run["id"] == accepted.json()["id"]
    assert run["result"]["plan"]["people_moved"] == 860
    assert run["result"]["scenario"]["name"] == "Mine"
    figure = run["result"]["headline"]["free_response_gain_h"]
    assert (figure["unit"], figure["source_class"]) == ("hours a day", "estimated")
    assert run["failure"] is None


def test_a_stored_scenario_is_run_by_its_id(start):
    client, engine = start()
    key = client.post("/v1/scenarios", json=MINE["scenario"]).json()["id"]
    accepted = client.post("/v1/runs", json={"scenario_id": key})
    wait_for(client, accepted.headers["Location"], "done")
    assert engine.scenarios[0].name == "Mine"


@pytest.mark.parametrize("body", [{}, {**MINE, "scenario_id": "x"}])
def test_one_scenario_is_needed_no_more_no_less(start, body):
    client, _ = start()
    assert client.post("/v1/runs", json=body).status_code == 422


def test_a_run_of_an_unknown_scenario_is_404(start):
    client, _ = start()
    assert client.post("/v1/runs", json={"scenario_id": "x"}).status_code == 404


def test_a_run_at_work_shows_how_far_it_is_and_no_result(start):
    client, engine = start(hold=True)
    address = client.post("/v1/runs", json=MINE).headers["Location"]
    engine.started.wait(5)
    run = wait_for(client, address, "running")
    assert run["result"] is None
    assert run["progress"]["stage"] in ("network", "loading")
    assert client.get(address + "/report").status_code == 409


def test_runs_wait_for_the_one_at_work(start):
    client, engine = start(hold=True)
    first, second = (client.post("/v1/runs", json=MINE).headers["Location"] for _ in range(2))
    engine.started.wait(5)
    assert client.get(second).json()["state"] == "queued"
    engine.release()
    wait_for(client, first, "done")
    wait_for(client, second, "done")


def test_cancelling_stops_a_run_at_work(start):
    client, engine = start(hold=True)
    address = client.post("/v1/runs", json=MINE).headers["Location"]
    engine.started.wait(5)
    assert client.delete(address).status_code == 202
    run = wait_for(client, address, "cancelled")
    assert run["result"] is None


def test_cancelling_a_waiting_run_keeps_it_from_starting(start):
    client, engine = start(hold=True)
    first, second = (client.post("/v1/runs", json=MINE).headers["Location"] for _ in range(2))
    engine.started.wait(5)
    assert client.delete(second).json()["state"] == "cancelled"
    engine.release()
    wait_for(client, first, "done")
    assert len(engine.scenarios) == 1


def test_cancelling_a_finished_run_changes_nothing(start):
    client, _ = start()
    address = client.post("/v1/runs", json=MINE).headers["Location"]
    done = wait_for(client, address, "done")
    client.delete(address)
    assert client.get(address).json() == done


def test_wrong_input_found_by_the_run_is_named_in_it(start):
    problem = Problem(file="od.csv", row=7, found="x", expected="a number", mend="Correct it.")
    client, _ = start(error=ScenarioInputError(problem))
    address = client.post("/v1/runs", json=MINE).headers["Location"]
    run = wait_for(client, address, "failed")
    assert run["problems"] == [problem.as_dict()]


def test_an_unexpected_error_fails_the_run_and_not_the_service(start):
    client, _ = start(error=ZeroDivisionError("secret"))
    address = client.post("/v1/runs", json=MINE).headers["Location"]
    run = wait_for(client, address, "failed")
    assert "secret" not in run["failure"]
    assert client.get("/v1/health").status_code == 200


def test_the_report_is_one_page_in_the_language_asked_for(start):
    client, _ = start()
    address = client.post("/v1/runs", json=MINE).headers["Location"]
    wait_for(client, address, "done")
    page = client.get(address + "/report", params={"lang": "en"})
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "Mine" in page.text


def test_too_many_waiting_runs_are_refused_with_when_to_come_back(start):
    client, engine = start(Settings(max_waiting=1), hold=True)
    client.post("/v1/runs", json=MINE)
    engine.started.wait(5)
    assert client.post("/v1/runs", json=MINE).status_code == 202
    refused = client.post("/v1/runs", json=MINE)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]


def test_finished_runs_are_forgotten_and_those_at_work_are_not(start):
    client, engine = start(Settings(max_runs=2))
    for _ in range(3):
        wait_for(client, client.post("/v1/runs", json=MINE).headers["Location"], "done")
    assert len(client.get("/v1/runs").json()) == 2


def test_stopping_the_service_cancels_the_run_at_work(corridor):
    engine = OneTerritory(corridor, hold=True)
    app = create_app(engine=engine)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        client.post("/v1/runs", json=MINE)
        engine.started.wait(5)
        ((_, job),) = app.state.resources.jobs.items()
    assert job.state == "cancelled"


def test_an_employers_sheet_is_where_the_report_says(start):
    client, _ = start()
    address = client.post("/v1/runs", json=MINE).headers["Location"]
    wait_for(client, address, "done")
    report = client.get(address + "/report").text
    assert 'href="employers/mairie.html"' in report

    sheet = client.get(address + "/employers/mairie.html", params={"lang": "en"})

    assert sheet.status_code == 200
    assert "180 of 2" in sheet.text
    assert 'href="../report"' in sheet.text
    assert client.get(address + "/employers/nobody.html").status_code == 404
