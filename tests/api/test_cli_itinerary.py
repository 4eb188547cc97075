"""`creneau itinerary` on the corridor, whose times are known by hand.

Line 1 leaves Nord every 5 minutes and takes 4 minutes from stop to stop: from Nord to Sud it
is 12 minutes. The points lie 0.001 degree north of their stations, 111.2 m; at a detour of
1.3 and 1.2 m/s that is a walk of 120.46 s, two minutes and a bit.
"""

import json

import pytest

NEAR_NORD, NEAR_SUD = "48.991,2.35", "48.901,2.35"


def test_the_itinerary_takes_the_line_at_its_hour(creneau_json):
    status, answer = creneau_json(
        "itinerary", "--from", NEAR_NORD, "--to", NEAR_SUD, "--depart", "08:00"
    )
    first = answer["itineraries"][0]
    walk, ride, last = first["legs"]
    assert status == 0
    assert answer["reason"] is None
    assert (ride["mode"], ride["line"]) == ("metro", "1")
    assert (ride["from"]["name"], ride["to"]["name"]) == ("Nord", "Sud")
    assert (ride["departure"], ride["arrival"]) == ("08:05", "08:17")
    assert [stop["name"] for stop in ride["stops"]] == ["Nord", "Milieu", "Bureaux", "Sud"]
    assert (walk["mode"], last["mode"]) == ("walk", "walk")
    assert walk["distance_m"] == pytest.approx(111.2 * 1.3, rel=0.01)
    assert first["transfers"] == 0
    assert first["duration_s"] == first["arrival_s"] - first["departure_s"]


def test_arriving_by_a_time_leaves_as_late_as_can_be(creneau_json):
    _, answer = creneau_json(
        "itinerary", "--from", NEAR_NORD, "--to", NEAR_SUD, "--arrive", "08:20"
    )
    ride = answer["itineraries"][0]["legs"][1]
    assert (ride["departure"], ride["arrival"]) == ("08:05", "08:17")


def test_a_window_returns_every_departure_in_it(creneau_json):
    _, answer = creneau_json(
        "itinerary", "--from", NEAR_NORD, "--to", NEAR_SUD, "--depart", "08:00", "--window", "15"
    )
    rides = [found["legs"][1]["departure"] for found in answer["itineraries"]]
    assert rides == ["08:05", "08:10", "08:15"]


def test_a_window_before_an_arrival_returns_every_arrival_in_it(creneau_json):
    # Rides of 12 minutes and a walk of 3 at the end: by 08:20 one arrives with those of 08:05
    # and 08:00, with the one before that at 08:10.
    _, answer = creneau_json(
        "itinerary", "--from", NEAR_NORD, "--to", NEAR_SUD, "--arrive", "08:20", "--window", "9"
    )
    rides = [found["legs"][1]["departure"] for found in answer["itineraries"]]
    assert rides == ["08:05", "08:00"]


def test_no_itinerary_ends_in_1_with_the_reason_in_both_languages(creneau_json, creneau):
    words = ("itinerary", "--from", "10,10", "--to", NEAR_SUD, "--depart", "08:00")
    status, answer = creneau_json(*words, "--lang", "en")
    assert status == 1
    assert answer["itineraries"] == []
    assert answer["reason"] == "No stop in service within a walk of the origin."
    assert answer["reason_code"] == "no_stop_near_origin"
    status, out, _ = creneau(*words, "--lang", "fr")
    assert status == 1
    assert "Aucun arrêt desservi à distance de marche du départ." in out


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        (("--from", "48.9", "--to", NEAR_SUD, "--depart", "08:00"), "--from"),
        (("--from", "91,2", "--to", NEAR_SUD, "--depart", "08:00"), "--from"),
        (("--from", "nan,2", "--to", NEAR_SUD, "--depart", "08:00"), "--from"),
        (("--from", NEAR_NORD, "--to", "here", "--depart", "08:00"), "--to"),
        (("--from", NEAR_NORD, "--to", NEAR_SUD, "--depart", "8h"), "--depart"),
        (("--from", NEAR_NORD, "--to", NEAR_SUD), "--depart, --arrive"),
        (
            ("--from", NEAR_NORD, "--to", NEAR_SUD, "--depart", "08:00", "--arrive", "09:00"),
            "--depart, --arrive",
        ),
        (
            ("--from", NEAR_NORD, "--to", NEAR_SUD, "--depart", "08:00", "--date", "2019-02-30"),
            "--date",
        ),
        (
            ("--from", NEAR_NORD, "--to", NEAR_SUD, "--depart", "08:00", "--max-rides", "0"),
            "--max-rides",
        ),
    ],
)
def test_a_wrong_option_is_named_and_ends_in_2(creneau_json, words, blamed):
    status, answer = creneau_json("itinerary", *words)
    assert status == 2
    assert [p["file"] for p in answer["error"]["problems"]] == [blamed]


def test_two_wrong_points_are_named_at_once(creneau_json):
    _, answer = creneau_json("itinerary", "--from", "a", "--to", "b", "--depart", "08:00")
    assert [p["file"] for p in answer["error"]["problems"]] == ["--from", "--to"]


def test_the_text_shows_each_leg_with_the_class_of_its_times(creneau):
    _, out, _ = creneau(
        "itinerary", "--from", NEAR_NORD, "--to", NEAR_SUD, "--depart", "08:00", "--lang", "en"
    )
    assert "08:05–08:17  metro 1 towards Sud: Nord → Sud (times: published)" in out
    assert "Invented." in out


def test_json_holds_nothing_but_the_object(creneau):
    _, out, _ = creneau(
        "itinerary", "--from", NEAR_NORD, "--to", NEAR_SUD, "--depart", "08:00", "--json"
    )
    assert set(json.loads(out)) == {
        "territory",
        "service_date",
        "itineraries",
        "reason",
        "reason_code",
        "nearest",
        "direct",
        "emissions",
        "off_street",
        "next",
        "previous",
        "notes",
    }


@pytest.mark.parametrize(
    ("when", "code"),
    [(["05:05"], "before_first_arrival"), (["08:01", "--window", "1"], "not_connected")],
)
def test_an_arrival_no_train_makes_is_not_blamed_on_the_number_of_changes(creneau_json, when, code):
    """Line 1 leaves Nord at 05:00, is at Bureaux at 05:08, then every 5 min."""
    ends = ("--from=48.99,2.35", "--to=48.93,2.35")
    status, answer = creneau_json("itinerary", "--territory=corridor", *ends, "--arrive", *when)
    assert (status, answer["reason_code"]) == (1, code)


def ask(creneau_json, *words):
    return creneau_json("itinerary", "--from", NEAR_NORD, "--to", NEAR_SUD, *words)


def test_legs_carry_their_line_on_the_map_who_runs_them_and_the_wait(creneau_json):
    _, answer = ask(creneau_json, "--depart", "08:00")
    walk, ride, _ = answer["itineraries"][0]["legs"]
    assert walk["geometry"] == [[48.991, 2.35], [48.99, 2.35]]
    assert ride["geometry"] == [[48.99, 2.35], [48.96, 2.35], [48.93, 2.35], [48.9, 2.35]]
    assert ride["route_id"]
    assert ride["agency"]
    assert ride["wait_s"] == ride["departure_s"] - walk["arrival_s"] == 0
    assert ride["stay_seated"] is False


def test_without_geometry_no_leg_has_any(creneau_json):
    _, answer = ask(creneau_json, "--depart", "08:00", "--no-geometry")
    assert {leg["geometry"] for leg in answer["itineraries"][0]["legs"]} == {None}


def test_grams_are_of_the_metro_by_the_kilometre_and_the_factors_are_stated(creneau_json):
    # 0.09 degrees of latitude are 10,007.5 m, at 4.44 g/km.
    _, answer = ask(creneau_json, "--depart", "08:00")
    first = answer["itineraries"][0]
    assert [leg["co2_g"] for leg in first["legs"]] == [0, pytest.approx(44.4, abs=0.1), 0]
    assert first["co2_g"] == pytest.approx(44.4, abs=0.1)
    emissions = answer["emissions"]
    assert (emissions["unit"], emissions["source_class"]) == ("g CO2e/passenger", "published")
    assert emissions["factors_g_km"]["metro"] == pytest.approx(4.44)
    assert any(str(emissions["year"]) in note for note in answer["notes"])


def test_no_stop_within_reach_names_the_nearest_with_its_distance(creneau_json):
    # One degree north of Nord.
    ends = ("--from", "49.99,2.35", "--to", NEAR_SUD)
    status, answer = creneau_json("itinerary", *ends, "--depart", "08:00")
    assert (status, answer["reason_code"]) == (1, "no_stop_near_origin")
    assert answer["nearest"]["stop"]["name"] == "Nord"
    assert answer["nearest"]["distance_m"] == pytest.approx(111_195, rel=1e-4)
    assert "Nord" in answer["nearest"]["text"]


def test_after_the_last_departure_the_answer_says_when_it_was(creneau_json):
    """The last train leaves Nord at 10:55, 120.46 s after one has left on foot at 10:52:59."""
    status, answer = ask(creneau_json, "--depart", "12:00")
    assert (status, answer["reason_code"]) == (1, "after_last_departure")
    assert answer["nearest"]["last_departure_s"] == 10 * 3600 + 55 * 60 - 121
    assert answer["nearest"]["next_departure"] is None


def test_before_the_first_departure_the_answer_says_when_it_is(creneau_json):
    status, answer = ask(creneau_json, "--depart", "03:00", "--window", "5")
    assert (status, answer["reason_code"]) == (1, "no_service")
    assert answer["nearest"]["next_departure_s"] == 5 * 3600 - 121


def test_an_arrival_too_early_names_the_first_departure(creneau_json):
    status, answer = ask(creneau_json, "--arrive", "05:05")
    assert status == 1
    assert answer["nearest"]["next_departure_s"] == 5 * 3600 - 121


def test_where_there_are_no_streets_only_the_walk_is_offered_beside_transit(creneau_json):
    # 200 m: 260 m on foot, at 1.2 m/s.
    ends = ("--from", NEAR_NORD, "--to", "48.9892,2.35")
    status, answer = creneau_json("itinerary", *ends, "--depart", "08:00")
    assert status == 0
    assert [found["legs"][0]["mode"] for found in answer["direct"]] == ["walk"]
    status, answer = creneau_json(
        "itinerary", *ends, "--depart", "08:00", "--modes", "car,bike", "--lang", "en"
    )
    assert (status, answer["reason_code"]) == (1, "no_direct_way")
    assert answer["itineraries"] == answer["direct"] == []
    assert "By car: this territory has no streets." in answer["reason"]


def test_without_walking_all_the_way_a_short_ride_is_not_hidden_by_the_walk(creneau_json):
    _, answer = ask(creneau_json, "--depart", "08:00", "--modes", "transit")
    assert answer["direct"] == []
    assert [leg["mode"] for leg in answer["itineraries"][0]["legs"]] == ["walk", "metro", "walk"]


@pytest.mark.parametrize("typed", ["plane", "walk,plane", "", ","])
def test_a_mode_that_there_is_not_is_named(creneau_json, typed):
    status, answer = ask(creneau_json, "--depart", "08:00", "--modes", typed)
    assert status == 2
    assert [p["file"] for p in answer["error"]["problems"]] == ["--modes"]


def test_the_text_names_the_nearest_thing_and_the_grams(creneau):
    words = ("itinerary", "--from", NEAR_NORD, "--to", NEAR_SUD, "--lang", "en")
    _, out, _ = creneau(*words, "--depart", "12:00")
    assert "Last departure of the day: 10:52." in out
    _, out, _ = creneau(*words, "--depart", "08:00")
    assert "44 g CO2e" in out
