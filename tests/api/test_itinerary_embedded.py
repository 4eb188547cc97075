"""Itineraries on the pack that ships: lines by frequency, tickets of 2019, no streets."""

import json

import pytest

from api import create_app
from api.cli import main
from api.engine import LocalEngine
from tests.api.client import TestClient

BASILIQUE, LAZARE = "48.9362,2.3574", "48.8756,2.3260"
ENDS = ("--from", BASILIQUE, "--to", LAZARE)


@pytest.fixture(scope="module")
def engine():
    return LocalEngine()


@pytest.fixture
def ask(engine, capsys):
    def run(*words):
        capsys.readouterr()
        status = main(["itinerary", *words, "--json", "--lang", "en"], engine=engine)
        return status, json.loads(capsys.readouterr().out)

    return run


def rides(found):
    return [leg for leg in found["legs"] if leg["line"]]


def test_the_metro_takes_one_ticket_of_its_year(ask):
    _, answer = ask(*ENDS, "--depart", "08:15")
    (found,) = answer["itineraries"]
    (ride,) = rides(found)
    assert ride["line"] == "13"
    assert (found["fare"]["amount"], found["fare"]["currency"]) == (1.9, "EUR")
    assert found["fare"]["source_class"] == "published"
    assert found["fare"]["source_date"].startswith("2019")


def test_a_ride_on_the_rer_has_no_stated_fare(ask):
    _, answer = ask(*ENDS, "--depart", "08:15", "--only", "D,14")
    assert answer["itineraries"]
    assert {found["fare"] for found in answer["itineraries"]} == {None}


def test_waiting_at_worst_a_whole_headway_nobody_arrives_earlier(ask):
    arrivals, waits = [], []
    for wait in ("timetable", "expected", "worst"):
        _, answer = ask(*ENDS, "--depart", "08:15", "--headway-wait", wait)
        (found,) = answer["itineraries"]
        (ride,) = rides(found)
        arrivals.append(found["arrival_s"])
        assert ride["headway_wait"] == wait
        assert 60 <= ride["headway_s"] <= 600
        waits.append(ride["wait_s"] / ride["headway_s"])
    assert arrivals == sorted(arrivals)
    assert arrivals[0] < arrivals[2]
    assert waits[0] == 0
    assert 0.5 <= waits[1] < waits[2]


def test_without_line_13_other_lines_are_taken(ask):
    _, answer = ask(*ENDS, "--depart", "08:15", "--ban", "13")
    lines = {leg["line"] for found in answer["itineraries"] for leg in rides(found)}
    assert lines
    assert "13" not in lines


def test_without_streets_walks_are_straight_and_so_marked(ask):
    _, answer = ask(*ENDS, "--first")
    walks = [leg for leg in answer["itineraries"][0]["legs"] if leg["mode"] == "walk"]
    assert [leg["quality"] for leg in walks] == [["walk_straight"]] * 2


def test_pages_of_the_day_are_those_of_a_window(ask):
    _, window = ask(*ENDS, "--depart", "08:15", "--window", "15")
    _, page = ask(*ENDS, "--depart", "08:15", "--page", "3")
    times = [(found["departure_s"], found["arrival_s"]) for found in page["itineraries"]]
    assert times == [
        (found["departure_s"], found["arrival_s"]) for found in window["itineraries"][:3]
    ]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (("--depart", "08:15"), "depart=08:15"),
        (("--last", "--ban", "13"), "last=true&ban=13"),
        (
            ("--depart", "08:15", "--criteria", "walking,co2", "--traveller", "slow"),
            "depart=08:15&criteria=walking,co2&traveller=slow",
        ),
    ],
    ids=["depart", "last", "criteria"],
)
def test_an_address_gives_what_is_typed(ask, engine, typed, address):
    _, expected = ask(*ENDS, *typed)
    with TestClient(create_app(engine=engine), base_url="http://127.0.0.1") as client:
        answer = client.get(
            f"/v1/itineraries?from={BASILIQUE}&to={LAZARE}&{address}",
            headers={"Accept-Language": "en"},
        )
    assert answer.json() == expected
    assert expected["itineraries"]
