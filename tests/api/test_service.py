"""The HTTP service: resources, errors, limits."""

import pytest

from api import create_app
from api.settings import Settings
from tests.api.client import TestClient
from tests.api.fakes import OneTerritory

HERE = "http://127.0.0.1"
QUERY = {
    "territory": "corridor",
    "from": {"lat": 48.991, "lon": 2.35},
    "to": {"lat": 48.901, "lon": 2.35},
    "depart": "08:00",
}
ADDRESS = "/v1/itineraries?territory=corridor&from=48.991,2.35&to=48.901,2.35"


@pytest.fixture
def client(engine):
    with TestClient(create_app(engine=engine), base_url=HERE) as client:
        yield client


def limited(engine, **limits):
    return TestClient(create_app(Settings(**limits), engine=engine), base_url=HERE)


def test_the_service_says_its_version(client):
    answer = client.get("/v1/health").json()
    assert answer["status"] == "ok"
    assert answer["version"]


@pytest.mark.parametrize(("lang", "title"), [("fr", "Un couloir"), ("en-GB", "A corridor")])
def test_territories_are_titled_in_the_language_asked_for(client, lang, title):
    (row,) = client.get("/v1/territories", headers={"Accept-Language": lang}).json()
    assert row == {"name": "corridor", "title": title, "available": True}


def test_an_itinerary_posted_is_that_of_the_command_line(client, creneau_json):
    _, typed = creneau_json(
        "itinerary", "--from", "48.991,2.35", "--to", "48.901,2.35", "--depart", "08:00"
    )
    posted = client.post("/v1/itineraries", json=QUERY)
    assert posted.status_code == 200
    assert posted.json() == typed
    assert client.get(ADDRESS + "&depart=08:00").json() == typed


def test_no_itinerary_is_an_answer_with_a_reason(client):
    query = {**QUERY, "from": {"lat": 10, "lon": 10}}
    answer = client.post("/v1/itineraries", json=query, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert answer.json()["itineraries"] == []
    assert answer.json()["reason_code"] == "no_stop_near_origin"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"depart": "25h"}, "depart"),
        ({"from": {"lat": 100, "lon": 2}}, "from.lat"),
        ({"colour": "red"}, "colour"),
        ({"territory": "nowhere"}, "territory"),
        ({"arrive": "09:00"}, "the whole file"),
    ],
)
def test_a_wrong_query_is_a_problem_that_names_the_field(client, changed, field):
    answer = client.post("/v1/itineraries", json={**QUERY, **changed})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [p["field"] for p in answer.json()["problems"]] == [field]


def test_a_wrong_address_is_a_problem_too(client):
    answer = client.get(ADDRESS + "&depart=08:00&arrive=09:00")
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["expected"] == "either depart or arrive"


def test_folders_of_the_machine_cannot_be_named_as_territories(client, corridor_pack):
    wanted = str(corridor_pack)
    itinerary = client.post("/v1/itineraries", json={**QUERY, "territory": wanted})
    scenario = client.post("/v1/scenarios", json={"name": "x", "territory": wanted})
    run = client.post("/v1/runs", json={"scenario": {"name": "x", "territory": wanted}})
    assert [itinerary.status_code, scenario.status_code, run.status_code] == [422, 422, 422]


def test_a_scenario_is_stored_with_its_defaults_and_found_again(client):
    created = client.post("/v1/scenarios", json={"name": "Mine", "territory": "corridor"})
    assert created.status_code == 201
    assert created.json()["scenario"]["plan"]["slot_min"] == 15
    assert client.get(created.headers["Location"]).json() == created.json()
    (line,) = client.get("/v1/scenarios").json()
    assert line == {"id": created.json()["id"], "name": "Mine", "territory": "corridor"}


def test_every_problem_of_a_scenario_is_named(client):
    answer = client.post("/v1/scenarios", json={"plan": {"slot_min": 7}, "territoire": "x"})
    assert answer.status_code == 422
    fields = {p["field"] for p in answer.json()["problems"]}
    assert fields == {"name", "plan.slot_min", "territoire"}
    assert all(p["mend"] for p in answer.json()["problems"])


def test_the_oldest_scenario_is_forgotten_when_there_are_too_many(engine):
    client = limited(engine, max_scenarios=2)
    bodies = [{"name": name, "territory": "corridor"} for name in "abc"]
    first = client.post("/v1/scenarios", json=bodies[0]).headers["Location"]
    for body in bodies[1:]:
        client.post("/v1/scenarios", json=body)
    assert [line["name"] for line in client.get("/v1/scenarios").json()] == ["b", "c"]
    assert client.get(first).status_code == 404


def test_malformed_json_is_a_problem(client):
    answer = client.post(
        "/v1/scenarios", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_all_that_is_not_there_is_not_there_in_the_same_words(client):
    addresses = ("/v1/scenarios/x", "/v1/runs/x", "/v1/runs/x/report", "/v1/nothing", "/docs")
    answers = [client.get(address) for address in addresses]
    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1


def test_a_body_beyond_the_limit_is_refused(engine):
    client = limited(engine, max_body_bytes=100)
    assert client.post("/v1/scenarios", json={"name": "x" * 200}).status_code == 413
    small = client.post("/v1/scenarios", json={"name": "x", "territory": "corridor"})
    assert small.status_code == 201


def test_a_body_sent_in_pieces_is_measured_as_a_whole(engine):
    client = limited(engine, max_body_bytes=100)
    answer = client.post("/v1/scenarios", content=iter([b"x" * 60, b"x" * 60]))
    assert answer.status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", ""])
def test_a_request_by_another_name_is_refused(client, host):
    assert client.get("/v1/health", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_a_request_by_a_name_of_the_loopback_is_served(client, host):
    assert client.get("/v1/health", headers={"Host": host}).status_code == 200


def test_an_unexpected_error_is_a_problem_that_tells_no_inner_detail(corridor):
    class Broken(OneTerritory):
        def list_territories(self):
            raise ZeroDivisionError("secret")

    app = create_app(engine=Broken(corridor))
    answer = TestClient(app, base_url=HERE, raise_server_exceptions=False).get("/v1/territories")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


def test_limits_below_one_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Settings(max_runs=0)


def test_the_description_has_tags_examples_and_no_page_from_elsewhere(client):
    description = client.get("/openapi.json").json()
    operations = [op for path in description["paths"].values() for op in path.values()]
    assert all(op["tags"] and op["summary"] for op in operations)
    assert "ProblemDocument" in description["components"]["schemas"]
    assert "HTTPValidationError" not in str(description)
    posted = description["paths"]["/v1/itineraries"]["post"]["requestBody"]["content"]
    assert posted["application/json"]["example"]["depart"] == "08:15"
