"""Itineraries on dates without service of their own, and on either side of midnight.

One bus runs on Mondays of March 2026 alone: at 09:00, and in the night at 24:30, which is 0:30 of
the Tuesday. It takes 40 minutes from A to C, 7.3 km apart: nobody walks.
"""

import datetime as dt

import pytest
import shapely

from api import create_app
from api.cli import main
from api.engine import LocalEngine
from api.itinerary_night import get_served, get_until
from api.itinerary_query import ItineraryQuery
from scenarios.reach import ReachQuery, find_reach
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


OVERNIGHT = {
    **FEED,
    "trips": "route_id,service_id,trip_id\nR1,MO,DAY\nR1,TU,EARLY\nR1,TU,DAWN",
    "calendar": FEED["calendar"] + "\nTU,0,1,0,0,0,0,0,20260301,20260331",
    "stop_times": FEED["stop_times"].split("NIGHT")[0]
    + "EARLY,00:10:00,00:10:00,A,1\nEARLY,00:50:00,00:50:00,C,2\n"
    "DAWN,06:00:00,06:00:00,A,1\nDAWN,06:40:00,06:40:00,C,2",
}
EARLY, DAWN = (87_000, 89_400), (108_000, 110_400)
SUNDAY = "2026-03-08"


@pytest.fixture(scope="module")
def overnight(tmp_path_factory):
    """On Mondays a bus at 9:00; Tuesday's first leave at 0:10 and 6:00."""
    folder = tmp_path_factory.mktemp("overnight")
    feed = write_feed(folder, zipped=True, **OVERNIGHT)
    assert main(["territory", "init", str(folder / "night"), "--gtfs", str(feed)]) == 0
    return folder / "night"


@pytest.fixture
def ask_overnight(creneau_json, overnight, real):
    def asked(date, *when):
        words = ("itinerary", "--territory", overnight, *A_TO_C, "--date", date, "--lang", "en")
        return creneau_json(*words, *when, by=real)

    return asked


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (("--depart", "23:55"), [EARLY]),
        (("--depart", "24:05"), [EARLY]),
        (("--depart", "23:55", "--criteria", "walking"), [EARLY]),
        (("--depart", "23:55", "--modes", "bike-carried,transit", "--accept-unknown"), [EARLY]),
        (("--depart", "24:15"), [DAWN]),
        (("--depart", "23:55", "--window", "30"), [EARLY]),
        (("--depart", "17:30", "--window", "720"), [EARLY]),
        (("--depart", "20:00", "--window", "700"), [EARLY, DAWN]),
        (("--arrive", "25:00"), [EARLY]),
        (("--arrive", "24:50"), [EARLY]),
        (("--last",), [(32_400, 34_800)]),
    ],
)
def test_what_the_next_date_runs_after_midnight_is_found_from_the_evening_before(
    ask_overnight, when, found
):
    status, answer = ask_overnight(MONDAY, *when)
    assert (status, times(answer)) == (0, found)
    said = [note for note in answer["notes"] if "timetable of 2026-03-10" in note]
    assert len(said) == (found != [(32_400, 34_800)])


def test_by_day_and_from_the_next_date_itself_answers_are_as_before(ask_overnight):
    status, answer = ask_overnight(MONDAY, "--depart", "08:00")
    assert (status, times(answer)) == (0, [(32_400, 34_800)])
    status, answer = ask_overnight(MONDAY, "--arrive", "24:00")
    assert (status, times(answer)) == (0, [(32_400, 34_800)])
    status, answer = ask_overnight(MONDAY, "--depart", "12:00")
    assert (status, answer["reason_code"]) == (1, "after_last_departure")
    status, answer = ask_overnight(TUESDAY, "--depart", "00:05")
    assert (status, times(answer)) == (0, [(600, 3000)])
    assert not any("timetable of" in note for note in answer["notes"])


def test_pages_go_on_over_midnight_and_back(ask_overnight):
    _, first = ask_overnight(MONDAY, "--depart", "20:00", "--page", "1")
    assert times(first) == [EARLY]
    _, second = ask_overnight(MONDAY, "--after", first["next"], "--page", "1")
    assert (times(second), second["next"]) == ([DAWN], None)
    _, back = ask_overnight(MONDAY, "--after", second["previous"], "--page", "1")
    assert times(back) == [EARLY]
    _, by_day = ask_overnight(MONDAY, "--depart", "08:00", "--page", "1")
    assert (times(by_day), by_day["next"]) == ([(32_400, 34_800)], None)


def test_on_the_eve_of_service_the_evening_has_the_night_after_and_the_day_nothing(
    ask, ask_overnight
):
    # Nothing runs on a Sunday, and Mondays begin at 9:00.
    status, answer = ask_overnight(SUNDAY, "--depart", "23:55")
    assert (status, times(answer)) == (0, [(86_400 + 32_400, 86_400 + 34_800)])
    status, answer = ask_overnight(SUNDAY, "--depart", "12:00")
    assert (status, answer["reason_code"]) == (1, "no_service_that_day")
    # Neither a Wednesday nor the Thursday after it runs anything.
    status, answer = ask(WEDNESDAY, "--depart", "23:55")
    assert (status, answer["reason_code"]) == (1, "no_service_that_day")


def test_over_http_the_evening_has_the_next_date_too(overnight, real):
    class Town(FakeEngine):
        def get_territory(self, name, service_date=None, **told):
            return real.get_territory(str(overnight), service_date, **told)

    query = {"territory": "corridor", "from": "48.90,2.30", "to": "48.90,2.40", "date": MONDAY}
    with TestClient(create_app(engine=Town()), base_url=HERE) as client:
        answer = client.get("/v1/itineraries", params={**query, "depart": "23:55"}).json()
    assert times(answer) == [EARLY]
    assert answer["itineraries"][0]["departure_at"] == "2026-03-10T00:10:00+01:00"


def test_a_search_that_ends_past_midnight_gets_the_morning_after(overnight, real):
    day = dt.date.fromisoformat(MONDAY)
    counts = [
        get_until(real, str(overnight), day, until_s).network.timetable.n_trips
        for until_s in (86_400, 86_401)
    ]
    assert counts == [1, 3]  # 9:00; besides, 0:10 and 6:00 of Tuesday


def test_an_isochrone_from_the_evening_reaches_where_the_next_date_goes(overnight, real):
    # From A at 23:55 the bus of 0:10 is at C at 0:50: 55 minutes for who may ride it.
    day = dt.date.fromisoformat(MONDAY)
    at_c = shapely.Point(2.40, 48.90)
    query = ReachQuery(lat=48.90, lon=2.30, depart_s=23 * 3600 + 55 * 60, minutes=(54, 56))
    for until_s, holds in ((86_400, [False, False]), (86_401, [False, True])):
        network = get_until(real, str(overnight), day, until_s).network
        areas = find_reach(network, None, None, query)
        assert [area.isochrone.area.intersects(at_c) for area in areas] == holds


def test_with_loads_the_date_they_were_computed_on_is_searched_alone(overnight, real):
    asked = {
        "territory": str(overnight),
        "date": MONDAY,
        "from": {"lat": 48.90, "lon": 2.30},
        "to": {"lat": 48.90, "lon": 2.40},
        "depart": "23:55",
    }
    query = ItineraryQuery.model_validate(asked)
    counts = [
        get_served(real, query, has_loads=has_loads).network.timetable.n_trips
        for has_loads in (False, True)
    ]
    assert counts == [3, 1]
