"""Bicycle and car together with transit, and one question in three ways of asking it."""

import json
import math
import re
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from api import create_app
from api.commands.itinerary_text import print_answer
from api.itineraries import answer_query
from api.itinerary_query import ItineraryQuery
from network.base import parse_clock
from network.network import Network
from tests.api.client import TestClient
from tests.api.fakes import OneTerritory
from tests.builders.gridstreets import BLOCK_M, GRID_DAY, at
from tests.builders.modecity import FARM, UNKNOWN, WORK, YES, free_mps, mode_city

HERE = "http://127.0.0.1"
HOME = at(-5000 + 240.6, -24)  # 231 s on foot from W, 88 s by bicycle
FARM_AT, WORK_AT, CORNER = at(*FARM), at(*WORK), at(0, 0)
GATE_LAT, GATE_LON = (round(degrees, 9) for degrees in at(-100, 12))
GATE = {"lat": GATE_LAT, "lon": GATE_LON, "name": "Gate"}
EIGHT, HALF_PAST = parse_clock("08:00"), parse_clock("08:30")


def served(network: Network):
    file = SimpleNamespace(fares=())
    return SimpleNamespace(name="city", service_date=GRID_DAY, network=network, notes={}, file=file)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return served(mode_city(tmp_path_factory.mktemp("city"), bikes=(YES, YES, YES)))


def ask(territory, start=HOME, end=WORK_AT, lang="en", **changed):
    query = {
        "from": {"lat": start[0], "lon": start[1]},
        "to": {"lat": end[0], "lon": end[1]},
        "depart": None if "arrive" in changed else "07:00",
        **changed,
    }
    return answer_query(territory, ItineraryQuery.model_validate(query), lang=lang)


def ways(answer):
    return [(found.mode, found.departure_s, found.arrival_s) for found in answer.itineraries]


def test_a_carried_bicycle_is_ridden_from_the_last_stop(city):
    """From Z it is 102 s by bicycle to work and 281 s on foot; line 2 is at Z at 08:30, for one
    who walks to W and from P to Q at 08:00 and 08:07."""
    answer = ask(city, modes=["transit", "bike-carried"])
    carried, plain = answer.itineraries
    assert (carried.mode, carried.arrival_s) == ("bike-carried", HALF_PAST + 102)
    assert (plain.mode, plain.arrival_s) == ("transit", HALF_PAST + 281)
    assert [leg.mode for leg in carried.legs if not leg.line][-1] == "bike"
    assert carried.legs[0].quality == ["free_flow"]
    assert answer.direct == []


def test_a_bicycle_left_at_the_stop_lets_one_leave_later(city):
    # 88 s of riding and 60 s of locking up in place of 231 s on foot.
    answer = ask(city, arrive="09:00", modes=["transit", "bike-transit"])
    assert [(mode, leave) for mode, leave, _ in ways(answer)] == [
        ("bike-transit", EIGHT - 148),
        ("transit", EIGHT - 231),
    ]
    assert answer.itineraries[0].legs[0].standing_s == 60


def test_a_bicycle_that_gains_nothing_is_left_out_and_the_reason_told(city):
    answer = ask(city, modes=["transit", "bike-transit"])
    assert [found.mode for found in answer.itineraries] == ["transit"]
    assert "Bicycle to the stop: walking to the stops does as well." in answer.notes


def test_where_no_mode_asked_for_has_a_way_the_reason_is_that_of_the_mode(city):
    answer = ask(city, modes=["bike-transit"])
    assert answer.itineraries == []
    assert answer.reason_code == "no_better_than_walking"
    assert answer.reason == "Bicycle to the stop: walking to the stops does as well."


def test_bicycles_of_which_the_feed_says_nothing_are_carried_only_where_that_is_accepted(
    tmp_path,
):
    city = served(mode_city(tmp_path, bikes=(UNKNOWN, UNKNOWN, UNKNOWN)))
    assert ask(city, modes=["bike-carried"]).reason_code == "no_bicycles_on_board"
    (found,) = ask(city, modes=["bike-carried"], accept_unknown=True).itineraries
    assert found.arrival_s == HALF_PAST + 102
    assert all("bicycle_unknown" in leg.quality for leg in found.legs if leg.line)


def test_one_drives_to_the_car_park_and_rides_from_there(city):
    """To the gate 1,900 m of road, 30 s off it, 180 s to park; 598 s on foot to Q, from where
    line 2 leaves at 08:09:42."""
    answer = ask(city, FARM_AT, modes=["park-and-ride"], car_parks=[GATE])
    (found,) = answer.itineraries
    car, walk, ride, _ = found.legs
    walk_s = math.ceil(10 + (100 + 5 * BLOCK_M) / 1.2 + 5.25 - 1e-3)
    drive_s = math.ceil(1900 / free_mps(city.network, 501) + 30 + 180 - 1e-3)
    assert found.departure_s == parse_clock("08:09:42") - walk_s - drive_s
    assert (car.mode, car.standing_s, car.occupants) == ("car", 180, 1)
    assert (car.destination.name, walk.origin.name, ride.line) == ("Gate", "Gate", "2")
    assert found.co2_g == pytest.approx(sum(leg.co2_g for leg in found.legs), abs=0.1)


def test_a_shared_car_takes_a_detour_and_halves_the_grams(city):
    answer = ask(city, FARM_AT, CORNER, modes=["car", "car-pool"])
    car, pooled = answer.direct
    by_car_s = 2000 / free_mps(city.network, 501)
    assert (car.mode, pooled.mode) == ("car", "car-pool")
    assert pooled.duration_s == pytest.approx(1.2 * by_car_s + 20 + 120, abs=1.5)
    assert pooled.co2_g == pytest.approx(1.2 * car.co2_g / 2, rel=0.02)
    assert pooled.legs[0].occupants == 2
    assert any(note.startswith("Sharing a car: 2 people") for note in answer.notes)


def test_walks_over_streets_are_told_from_straight_ones(city):
    found = ask(city, HOME, WORK_AT, modes=["transit"]).itineraries[0]
    assert {word for leg in found.legs if leg.mode == "walk" for word in leg.quality} <= {
        "walk_streets",
        "walk_straight",
    }
    assert "walk_streets" in found.legs[0].quality


@pytest.mark.parametrize(
    ("lang", "mode", "parking", "drive"),
    [
        ("en", "park and ride", "of which 3 min to park or pick up", "by car"),
        ("fr", "parc relais", "dont 3 min pour se garer ou prendre en charge", "en voiture"),
    ],
)
def test_the_text_names_the_mode_and_the_parking(city, capsys, lang, mode, parking, drive):
    print_answer(ask(city, FARM_AT, modes=["park-and-ride"], car_parks=[GATE], lang=lang), lang)
    out = capsys.readouterr().out
    assert mode in out
    assert parking in out
    assert drive in out


# --- the same on the command line and over HTTP


@pytest.mark.parametrize("depart", ["07:00", "07:13", "08:01"])
@pytest.mark.parametrize("start", [FARM_AT, HOME, CORNER], ids=["farm", "home", "corner"])
def test_minutes_shown_are_those_between_the_clock_times_shown(city, capsys, depart, start):
    modes = ["transit", "walk", "bike", "car", "car-pool", "park-and-ride"]
    answer = ask(city, start, depart=depart, modes=modes, car_parks=[GATE])
    print_answer(answer, "en")
    out = capsys.readouterr().out
    clock = r"([0-9]+):([0-9]{2})"
    shown = [
        *re.findall(rf"{clock} → {clock}   ([0-9]+) min", out),
        *(
            (*times, minutes)
            for minutes, *times in re.findall(rf"([0-9]+) min, {clock} → {clock}", out)
        ),
    ]
    assert len(shown) >= 3
    for h0, m0, h1, m1, minutes in shown:
        assert int(minutes) == 60 * (int(h1) - int(h0)) + int(m1) - int(m0)


@pytest.fixture
def car_parks_file(tmp_path):
    path = tmp_path / "parks.csv"
    path.write_text(f"id,name,lat,lon,capacity\n1,Gate,{GATE_LAT},{GATE_LON},\n")
    return path


CASES = [
    {"depart": "07:00"},
    {"depart": "07:00", "window_min": 90, "max_walk_min": 25},
    {"arrive": "09:00", "modes": ["transit", "bike-transit", "bike-carried", "car-pool"]},
    {"depart": "07:00", "modes": ["park-and-ride", "transit"], "car_parks": [GATE]},
    {"first": True, "ban": ["3"], "geometry": False},
    {"last": True, "traveller": "slow", "min_transfer_min": 1},
    {"depart": "07:00", "page": 1, "headway_wait": "worst", "prefer": ["1", "L2"]},
    {"depart": "07:00", "criteria": ["walking", "co2"], "max_rides": 3},
    {"depart": "07:00", "traveller": "wheelchair", "accept_unknown": True, "only": ["1", "2"]},
]


def option(key):
    names = {"window_min": "window", "max_walk_min": "max-walk", "min_transfer_min": "min-transfer"}
    return f"--{names.get(key, key.replace('_', '-'))}"


def as_words(case, car_parks_file):
    words = []
    for key, value in case.items():
        if key == "geometry":
            words.append("--no-geometry")
        elif value is True:
            words.append(option(key))
        elif key == "car_parks":
            words += [option(key), str(car_parks_file)]
        else:
            words += [option(key), ",".join(value) if isinstance(value, list) else str(value)]
    return words


def as_parameters(case):
    values = {}
    for key, value in case.items():
        if key == "car_parks":
            values[key] = ";".join(
                f"{park['lat']:.12f},{park['lon']:.12f},{park['name']}" for park in value
            )
        elif isinstance(value, list):
            values[key] = ",".join(value)
        else:
            values[key] = str(value).lower() if isinstance(value, bool) else value
    return values


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_one_question_has_one_answer_typed_posted_or_as_an_address(
    city, creneau, car_parks_file, case
):
    ends = (FARM_AT if "car_parks" in case else HOME, WORK_AT)
    start, end = (f"{lat:.12f},{lon:.12f}" for lat, lon in ends)
    engine = OneTerritory(city)
    common = ("--territory=corridor", f"--from={start}", f"--to={end}", "--lang", "en", "--json")
    _, out, _ = creneau("itinerary", *common, *as_words(case, car_parks_file), by=engine)
    typed = json.loads(out)
    points = {
        key: dict(zip(("lat", "lon"), map(float, text.split(",")), strict=True))
        for key, text in (("from", start), ("to", end))
    }
    body = {"territory": "corridor", **points, **case}
    address = {"territory": "corridor", "from": start, "to": end, **as_parameters(case)}
    english = {"Accept-Language": "en"}
    with TestClient(create_app(engine=engine), base_url=HERE) as client:
        posted = client.post("/v1/itineraries", json=body, headers=english)
        got = client.get(f"/v1/itineraries?{urlencode(address)}", headers=english)
    assert "error" not in typed
    assert (posted.status_code, got.status_code) == (200, 200)
    assert posted.json() == got.json() == typed
    assert typed["itineraries"]


@pytest.mark.parametrize(
    ("case", "field"),
    [
        ({"first": True, "depart": "08:00"}, "first"),
        ({"depart": "08:00", "ban": ["99"]}, "ban"),
        ({"after": "AAAA"}, "after"),
        ({"depart": "08:00", "modes": ["park-and-ride"]}, "modes"),
        ({"depart": "08:00", "criteria": ["crowded"]}, "criteria"),
    ],
    ids=["together", "line", "cursor", "car-parks", "loads"],
)
def test_over_http_what_does_not_fit_is_named_by_its_field(city, case, field):
    body = {
        "territory": "corridor",
        "from": {"lat": HOME[0], "lon": HOME[1]},
        "to": {"lat": WORK_AT[0], "lon": WORK_AT[1]},
        **case,
    }
    with TestClient(create_app(engine=OneTerritory(city)), base_url=HERE) as client:
        answer = client.post("/v1/itineraries", json=body)
    assert answer.status_code == 422
    assert [(p["file"], p["field"]) for p in answer.json()["problems"]] == [("request", field)]
