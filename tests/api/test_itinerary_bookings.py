"""What has to be booked is told on the leg: by when, how, in both languages, everywhere.

A bus leaves Alpha at 09:00 on Wednesdays and Thursdays, is at Beta at 09:20 and at Gamma at
09:40, 7.3 km from Alpha.
"""

import datetime as dt

import pytest

from api import create_app
from api.cli import main
from api.engine import LocalEngine
from tests.api.client import TestClient
from tests.api.fakes import FakeEngine
from tests.builders.feeds import write_feed

FEED = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\nX,X,http://x,Europe/Paris",
    "stops": "stop_id,stop_name,stop_lat,stop_lon\nA,Alpha,48.90,2.30\nB,Beta,48.90,2.35\n"
    "C,Gamma,48.90,2.40",
    "routes": "route_id,route_short_name,route_type\nR1,1,3",
    "trips": "route_id,service_id,trip_id\nR1,WT,DAY",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,"
    "end_date\nWT,0,0,1,1,0,0,0,20260301,20260331",
}
HEAD = (
    "booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_duration_max,"
    "prior_notice_last_day,prior_notice_last_time,prior_notice_start_day,prior_notice_start_time,"
    "prior_notice_service_id,message,pickup_message,drop_off_message,phone_number,info_url,"
    "booking_url\n"
)
RULES = {
    "eve": "eve,2,,,1,17:00:00,14,08:00:00,,Say how many you are.,Wait at the pole.,,01 23,"
    "http://x/info,http://x/book",
    "hour": "hour,1,60,,,,,,,,,,01 23,,",
    "now": "now,0,,,,,,,,,,,,,http://x/book",
    "office": "office,2,,,2,12:00:00,,,OFFICE,,,,,,",
    "days": "days,2,,,3,,,,,,,,,,",
    "soon": "soon,1,30,1440,,,,,,,,,,,",
}
WEDNESDAY = "2026-03-11"


def stop_times(pickup="", dropoff="", pickup_type="", dropoff_type="", leaves=9):
    head = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,"
        "pickup_type,drop_off_type,pickup_booking_rule_id,drop_off_booking_rule_id"
    )
    return "\n".join(
        (
            head,
            f"DAY,{leaves}:00:00,{leaves}:00:00,A,1,{pickup_type},,{pickup},",
            f"DAY,{leaves}:20:00,{leaves}:20:00,B,2,,,,",
            f"DAY,{leaves}:40:00,{leaves}:40:00,C,3,,{dropoff_type},,{dropoff}",
        )
    )


@pytest.fixture
def town(tmp_path):
    """Return a function that makes a territory of the bus and all rules; an engine beside it."""

    def made(**calls):
        rules = HEAD + "\n".join(RULES.values())
        feed = write_feed(
            tmp_path, zipped=True, **FEED, booking_rules=rules, stop_times=stop_times(**calls)
        )
        folder = tmp_path / "town"
        assert main(["territory", "init", str(folder), "--gtfs", str(feed)]) == 0
        return folder, LocalEngine()

    return made


@pytest.fixture
def ask(creneau_json, town):
    """Ask from Alpha to Gamma on a Wednesday; return the bookings of the ride."""

    def asked(*when, lang="en", date=WEDNESDAY, **calls):
        folder, engine = town(**calls)
        words = ("itinerary", "--territory", folder, "--from", "48.90,2.30", "--to", "48.90,2.40")
        when = when or ("--depart", "08:00")
        status, answer = creneau_json(*words, "--date", date, "--lang", lang, *when, by=engine)
        assert status == 0
        (ride,) = [leg for leg in answer["itineraries"][0]["legs"] if leg["line"]]
        return ride["bookings"]

    return asked


def test_a_ride_by_a_feed_without_bookings_has_none(ask):
    assert ask() == []


def test_the_day_before_is_told_with_phone_addresses_and_message(ask):
    (booking,) = ask(pickup="eve", pickup_type="2")
    text = booking.pop("text")
    assert booking == {
        "side": "pick_up",
        "arrange_with": "agency",
        "book_from": "2026-02-25T08:00:00+01:00",
        "book_by": "2026-03-10T17:00:00+01:00",
        "days_ahead": None,
        "days_ahead_by": None,
        "is_working_days": False,
        "phone": "01 23",
        "booking_url": "http://x/book",
        "info_url": "http://x/info",
        "message": "Wait at the pole. Say how many you are.",
        "source_class": "published",
    }
    assert text == (
        "Boarding at Alpha has to be booked, from 2026-02-25 08:00 on, by 2026-03-10 17:00, "
        "tel. 01 23, http://x/book, see http://x/info: “Wait at the pole. Say how many you are.”"
    )


def test_it_is_told_in_french(ask):
    (booking,) = ask(dropoff="hour", dropoff_type="2", lang="fr")
    assert booking["text"] == ("Descente à Gamma à réserver, avant le 2026-03-11 08:00, tél. 01 23")


@pytest.mark.parametrize(
    ("rule", "opens", "closes"),
    [
        ("hour", None, "2026-03-11T08:00:00+01:00"),  # an hour before 09:00
        ("now", None, "2026-03-11T09:00:00+01:00"),
        ("soon", "2026-03-10T09:00:00+01:00", "2026-03-11T08:30:00+01:00"),
    ],
)
def test_notice_in_minutes_counts_back_from_boarding(ask, rule, opens, closes):
    (booking,) = ask(dropoff=rule)
    assert (booking["side"], booking["book_from"], booking["book_by"]) == (
        "drop_off",
        opens,
        closes,
    )


def test_days_that_no_date_follows_from_are_told_as_days(ask):
    (booking,) = ask(pickup="office")
    told = ("book_by", "days_ahead", "days_ahead_by", "is_working_days")
    assert [booking[key] for key in told] == [None, 2, "12:00", True]
    assert booking["text"].endswith(
        "at least 2 working day(s) of the booking service ahead, until 12:00"
    )


def test_days_without_an_hour_are_told_as_days_too(ask):
    (booking,) = ask(pickup="days")
    assert (booking["book_by"], booking["days_ahead"], booking["is_working_days"]) == (
        None, 3, False
    )  # fmt: skip


def test_both_ends_are_told_and_the_driver_is_no_booking(ask):
    first, second = ask(pickup="hour", pickup_type="2", dropoff_type="3")
    assert [first["side"], first["arrange_with"]] == ["pick_up", "agency"]
    assert [second["side"], second["arrange_with"]] == ["drop_off", "driver"]
    assert second["text"] == "Getting off at Gamma has to be agreed with the driver"
    assert (second["phone"], second["book_by"]) == (None, None)


def test_a_run_of_the_next_date_is_booked_before_that_date(ask):
    # At 0:00 of Thursday, ridden from Wednesday evening: the day before Thursday is Wednesday.
    (booking,) = ask("--depart", "23:50", pickup="eve", leaves="00")
    assert booking["book_by"] == "2026-03-11T17:00:00+01:00"


def test_a_run_of_the_night_before_is_booked_before_its_own_date(ask):
    # 24:00 of Wednesday, ridden on Thursday at 0:00.
    (booking,) = ask("--depart", "00:00", date="2026-03-12", pickup="eve", leaves="24")
    assert booking["book_by"] == "2026-03-10T17:00:00+01:00"


@pytest.mark.parametrize(("lang", "said"), [("en", "by 2026-03-11 08:00"), ("fr", "avant le")])
def test_the_text_has_it_under_the_leg(creneau, town, lang, said):
    folder, engine = town(pickup="hour")
    words = ("itinerary", "--territory", folder, "--from", "48.90,2.30", "--to", "48.90,2.40")
    status, out, _ = creneau(
        *words, "--date", WEDNESDAY, "--depart", "08:00", "--lang", lang, by=engine
    )
    assert status == 0
    (line,) = [line for line in out.splitlines() if said in line]
    assert line.startswith("    ")
    assert "2026-03-11 08:00" in line


def test_over_http_the_leg_has_it_too(town):
    folder, real = town(pickup="eve")

    class Town(FakeEngine):
        def get_territory(self, name, service_date=None, **told):
            return real.get_territory(str(folder), service_date, **told)

    query = {
        "territory": "corridor",
        "from": {"lat": 48.90, "lon": 2.30},
        "to": {"lat": 48.90, "lon": 2.40},
        "date": dt.date(2026, 3, 11).isoformat(),
        "depart": "08:00",
    }
    with TestClient(create_app(engine=Town()), base_url="http://127.0.0.1") as client:
        answer = client.post("/v1/itineraries", json=query, params={"lang": "fr"}).json()
    (ride,) = [leg for leg in answer["itineraries"][0]["legs"] if leg["line"]]
    (booking,) = ride["bookings"]
    assert (booking["book_by"], booking["phone"]) == ("2026-03-10T17:00:00+01:00", "01 23")
    assert booking["text"].startswith("Montée à Alpha à réserver")


def test_a_network_from_the_cache_tells_the_same(creneau_json, town, monkeypatch, tmp_path):
    monkeypatch.setenv("CRENEAU_CACHE", str(tmp_path / "cache"))
    folder, _ = town(pickup="eve", pickup_type="2", dropoff_type="3")
    words = ("itinerary", "--territory", folder, "--from", "48.90,2.30", "--to", "48.90,2.40")
    told, origins = [], []
    for _ in range(2):
        engine = LocalEngine()
        _, answer = creneau_json(*words, "--date", WEDNESDAY, "--depart", "08:00", by=engine)
        told.append([leg["bookings"] for leg in answer["itineraries"][0]["legs"]])
        origins.append(engine.get_territory(str(folder), dt.date(2026, 3, 11)).built.origin)
    assert told[0] == told[1]
    assert sum(len(bookings) for bookings in told[0]) == 2
    assert origins[1] == "opened"
