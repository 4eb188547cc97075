"""Itineraries on dates without service of their own, and on either side of midnight.

One bus runs on Mondays of March 2026 alone: at 09:00, and in the night at 24:30, which is 0:30 of
the Tuesday. It takes 40 minutes from A to C, 7.3 km apart: nobody walks.
"""

import datetime as dt

import pytest

from api import create_app
from api.cli import main
from api.engine import LocalEngine
from tests.api.client import TestClient
from tests.api.fakes import FakeEngine
from tests.builders.feeds import write_feed

HERE = "http://127.0.0.1"
FEED = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\nX,X,http://x,Europe/Paris",
    "stops": "stop_id,stop_name,stop_lat,stop_lon\nA,Alpha,48.90,2.30\nC,Gamma,48.90,2.40",
    "routes": "route_id,route_short_name,route_type\nR1,1,3",
    "trips": "route_id,service_id,trip_id\nR1,MO,DAY\nR1,MO,NIGHT",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,"
    "end_date\nMO,1,0,0,0,0,0,0,20260301,20260331",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "DAY,09:00:00,09:00:00,A,1\nDAY,09:40:00,09:40:00,C,2\n"
    "NIGHT,24:30:00,24:30:00,A,1\nNIGHT,25:10:00,25:10:00,C,2",
}
A_TO_C = ("--from", "48.90,2.30", "--to", "48.90,2.40")
MONDAY, TUESDAY, WEDNESDAY = "2026-03-09", "2026-03-10", "2026-03-11"


@pytest.fixture(scope="module")
def mondays(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mondays")
    feed = write_feed(folder, zipped=True, **FEED)
    assert main(["territory", "init", str(folder / "town"), "--gtfs", str(feed)]) == 0
    return folder / "town"


@pytest.fixture(scope="module")
def real():
    return LocalEngine(keep=8)


@pytest.fixture
def ask(creneau_json, mondays, real):
    """Ask from A to C; return the exit status and the answer."""

    def asked(date, *when, lang="en"):
        words = ("itinerary", "--territory", mondays, *A_TO_C, "--date", date, "--lang", lang)
        return creneau_json(*words, *when, by=real)

    return asked


def times(answer):
    return [(one["departure_s"], one["arrival_s"]) for one in answer["itineraries"]]


@pytest.mark.parametrize("when", [("--depart", "00:05"), ("--arrive", "01:10"), ("--last",)])
def test_the_night_of_the_day_before_runs_on_a_date_without_service_of_its_own(ask, when):
    status, answer = ask(TUESDAY, *when)
    assert (status, times(answer)) == (0, [(1800, 4200)])
    assert answer["itineraries"][0]["departure_at"] == "2026-03-10T00:30:00+01:00"
    status, same = ask(MONDAY, "--depart", "24:05")
    assert (status, times(same)) == (0, [(88_200, 90_600)])


def test_by_day_that_date_has_nothing_left(ask):
    status, answer = ask(TUESDAY, "--depart", "08:00")
    assert (status, answer["reason_code"]) == (1, "after_last_departure")
    assert answer["nearest"]["last_departure"] == "00:30"


@pytest.mark.parametrize(
    ("date", "nearest"),
    [
        (WEDNESDAY, ["2026-03-09", "2026-03-16"]),
        ("2026-02-10", ["2026-03-02"]),
        ("2026-04-20", ["2026-03-30"]),
    ],
)
def test_a_date_without_service_is_answered_with_the_dates_nearest_to_it(ask, date, nearest):
    status, answer = ask(date, "--depart", "08:00")
    assert status == 1
    assert (answer["itineraries"], answer["reason_code"]) == ([], "no_service_that_day")
    assert (answer["service_date"], answer["territory"]) == (date, "town")
    assert answer["nearest"]["dates"] == nearest
    assert answer["reason"] == "Nothing runs on that day."
    assert answer["nearest"]["text"] == f"Nearest dates with service: {', '.join(nearest)}."


def test_the_same_is_said_in_french_in_text(creneau, mondays, real):
    words = ("itinerary", "--territory", mondays, *A_TO_C, "--depart", "08:00", "--lang", "fr")
    status, out, _ = creneau(*words, "--date", WEDNESDAY, by=real)
    assert status == 1
    assert "Aucune course ne circule ce jour-là." in out
    assert "Jours de service les plus proches : 2026-03-09, 2026-03-16." in out


def test_over_http_too_that_is_an_answer_and_no_error(mondays, real):
    class Town(FakeEngine):
        def get_territory(self, name, service_date=None, **told):
            return real.get_territory(str(mondays), service_date, **told)

    query = {
        "territory": "corridor",
        "from": {"lat": 48.90, "lon": 2.30},
        "to": {"lat": 48.90, "lon": 2.40},
        "date": WEDNESDAY,
        "depart": "08:00",
    }
    with TestClient(create_app(engine=Town()), base_url=HERE) as client:
        answer = client.post("/v1/itineraries", json=query)
    assert answer.status_code == 200
    assert answer.json()["reason_code"] == "no_service_that_day"
    assert [dt.date.fromisoformat(day).day for day in answer.json()["nearest"]["dates"]] == [9, 16]


@pytest.mark.parametrize(
    ("date", "when", "said"),
    [
        (MONDAY, ("--depart", "25:15"), "ask for 2026-03-10, leaving at 01:15."),
        (TUESDAY, ("--arrive", "01:05"), "ask for 2026-03-09, arriving at 25:05."),
    ],
)
def test_where_midnight_lies_between_the_other_date_is_named(ask, date, when, said):
    status, answer = ask(date, *when)
    assert status == 1
    assert any(note.endswith(said) for note in answer["notes"])


@pytest.mark.parametrize(
    ("date", "when"), [(TUESDAY, ("--depart", "10:00")), (MONDAY, ("--arrive", "08:00"))]
)
def test_by_day_no_other_date_is_named(ask, date, when):
    status, answer = ask(date, *when)
    assert status == 1
    assert not any("ask for" in note for note in answer["notes"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "--depart, --arrive: no time; expected either depart or arrive."),
        (("--depart", "8:00", "--arrive", "9:00"), "--depart, --arrive: both; expected either"),
        (("--first", "--date", "9/3/2026"), "--date: '9/3/2026'; expected a date as YYYY-MM-DD"),
        (("--depart", "8:00", "--window", "0"), "--window: 0; expected greater than or equal to 1"),
    ],
)
def test_wrong_options_are_told_apart(creneau, mondays, real, given, said):
    words = ("itinerary", "--territory", mondays, *A_TO_C, "--lang", "en", *given)
    status, _, err = creneau(*words, by=real)
    assert status == 2
    assert said in err


def test_feeds_that_run_nothing_on_the_date_are_named(creneau_json, tmp_path):
    monday_feed = write_feed(tmp_path, zipped=True, **FEED).rename(tmp_path / "bus.zip")
    daily = FEED["calendar"].replace("MO,1,0,0,0,0,0,0", "MO,1,1,1,1,1,1,1")
    other = write_feed(tmp_path, zipped=True, **{**FEED, "calendar": daily})
    town, real = tmp_path / "two", LocalEngine()
    assert main(["territory", "init", str(town), "--gtfs", str(monday_feed), str(other)]) == 0
    words = ("itinerary", "--territory", town, *A_TO_C, "--depart", "08:30", "--lang", "en")
    said = "Without service on this date, so not searched: bus.zip."
    status, wednesday = creneau_json(*words, "--date", WEDNESDAY, by=real)
    assert (status, times(wednesday), said in wednesday["notes"]) == (0, [(32_400, 34_800)], True)
    _, monday = creneau_json(*words, "--date", MONDAY, by=real)
    assert not any("Without service" in note for note in monday["notes"])
