"""What a traveller may ask of itineraries, one option a test, on the corridor.

On the corridor line 1 (metro) leaves Nord every 5 minutes from 05:00 to 10:55 and takes 4
minutes from stop to stop; line 2 (tram) leaves Nord every 10 minutes and is at Bureaux, the
third stop of line 1, 12 minutes later. The points lie 111.2 m from their stations: 120.46 s on
foot, so 121 s.
"""

import pytest

NEAR_NORD, NEAR_SUD, NEAR_BUREAUX = "48.991,2.35", "48.901,2.35", "48.931,2.35"
WALK_S = 121


@pytest.fixture
def ask(creneau_json):
    def run(*words, end=NEAR_SUD):
        return creneau_json("itinerary", "--from", NEAR_NORD, "--to", end, *words)

    return run


def rides(answer):
    """Return line and departure of every ride, itinerary by itinerary."""
    return [
        [(leg["line"], leg["departure"]) for leg in found["legs"] if leg["line"]]
        for found in answer["itineraries"]
    ]


# --- first, last, pages


def test_the_first_of_the_day_is_the_first_train(ask):
    status, answer = ask("--first")
    assert (status, rides(answer)) == (0, [[("1", "05:00")]])
    assert answer["itineraries"][0]["departure_s"] == 5 * 3600 - WALK_S


def test_the_last_of_the_day_is_the_last_train(ask):
    status, answer = ask("--last")
    assert (status, rides(answer)) == (0, [[("1", "10:55")]])


def test_pages_go_on_and_back_by_their_cursors(ask):
    _, first = ask("--depart", "08:00", "--page", "2")
    assert rides(first) == [[("1", "08:05")], [("1", "08:10")]]
    _, second = ask("--after", first["next"], "--page", "2")
    assert rides(second) == [[("1", "08:15")], [("1", "08:20")]]
    _, back = ask("--after", second["previous"], "--page", "2")
    assert rides(back) == rides(first)


def test_pages_before_an_arrival_go_from_the_latest_back(ask):
    # By 08:20 one may take the trains of 08:05 and earlier.
    _, answer = ask("--arrive", "08:20", "--page", "2")
    assert rides(answer) == [[("1", "08:05")], [("1", "08:00")]]


def test_after_the_last_train_there_is_no_next_page_and_none_before_the_first(ask):
    _, end = ask("--depart", "10:50", "--page", "5")
    assert (rides(end), end["next"]) == ([[("1", "10:55")]], None)
    _, start = ask("--depart", "00:00", "--page", "1")
    assert rides(start) == [[("1", "05:00")]]
    status, before = ask("--after", start["previous"], "--page", "1")
    assert (status, before["reason_code"]) == (1, "page_empty")


def test_a_cursor_of_another_question_is_refused(ask):
    _, first = ask("--depart", "08:00", "--page", "2")
    status, answer = ask("--after", first["next"], end=NEAR_BUREAUX)
    assert status == 2
    assert [p["file"] for p in answer["error"]["problems"]] == ["--after"]


# --- lines


@pytest.mark.parametrize(
    ("words", "ride"),
    [((), ("1", "08:05")), (("--ban", "1"), ("2", "08:10")), (("--only", "2"), ("2", "08:10"))],
    ids=["any", "ban", "only"],
)
def test_lines_may_be_banned_or_alone_allowed(ask, words, ride):
    """Line 1 at 08:05 is at Bureaux at 08:13; line 2 leaves at 08:10."""
    _, answer = ask("--depart", "08:00", *words, end=NEAR_BUREAUX)
    assert rides(answer) == [[ride]]


def test_a_preferred_line_wins_where_it_is_less_than_ten_minutes_later(ask):
    # Line 2 arrives at 08:22, 9 minutes after line 1.
    _, answer = ask("--depart", "08:00", "--prefer", "2", end=NEAR_BUREAUX)
    assert rides(answer) == [[("2", "08:10")]]


def test_where_a_banned_line_is_needed_the_way_with_it_is_named(ask):
    status, answer = ask("--depart", "08:00", "--ban", "1", "--lang", "en")
    assert (status, answer["reason_code"]) == (1, "routes_excluded")
    assert answer["nearest"]["text"] == "With the lines that were excluded: 08:02 → 08:19 by 1."


def test_bans_may_be_repeated_or_listed(ask):
    for words in (("--ban", "1", "--ban", "2"), ("--ban", "1,2")):
        status, answer = ask("--depart", "08:00", *words, end=NEAR_BUREAUX)
        assert (status, answer["reason_code"]) == (1, "routes_excluded")


@pytest.mark.parametrize("option", ["--ban", "--only", "--prefer"])
def test_a_line_that_there_is_not_is_named(ask, option):
    status, answer = ask("--depart", "08:00", option, "1,99", "--lang", "en")
    (problem,) = answer["error"]["problems"]
    assert (status, problem["file"], problem["found"]) == (2, option, "'99'")
    assert problem["expected"].startswith("a line or route_id")


# --- walking and who travels


def test_walks_longer_than_allowed_are_not_made(ask):
    # 121 s are more than two minutes.
    status, answer = ask("--depart", "08:00", "--max-walk", "2")
    assert (status, answer["reason_code"]) == (1, "no_stop_near_origin")
    assert answer["direct"] == []
    status, answer = ask("--depart", "08:00", "--max-walk", "3")
    assert (status, rides(answer)) == (0, [[("1", "08:05")]])


def test_who_walks_slowly_leaves_earlier_for_the_same_train(ask):
    # 111.195 m x 1.3 at 0.8 m/s: 180.7 s.
    _, answer = ask("--depart", "08:00", "--traveller", "slow")
    (found,) = answer["itineraries"]
    assert rides(answer) == [[("1", "08:05")]]
    assert found["departure_s"] == 8 * 3600 + 300 - 181
    assert found["walk_s"] == 2 * 181


def test_a_wheelchair_rides_what_is_known_to_take_it_or_what_may(ask):
    status, answer = ask("--depart", "08:00", "--traveller", "wheelchair", "--lang", "en")
    assert (status, answer["reason_code"]) == (1, "no_accessible_service")
    assert answer["reason"] == "On that day no vehicle is known to take wheelchairs."
    assert answer["nearest"]["text"].endswith("08:01 → 08:20 by 1.")
    status, answer = ask("--depart", "08:00", "--traveller", "wheelchair", "--accept-unknown")
    assert (status, rides(answer)) == (0, [[("1", "08:05")]])
    ride = answer["itineraries"][0]["legs"][1]
    assert "wheelchair_unknown" in ride["quality"]
    assert {found["mode"] for found in answer["direct"]} <= {"walk", "car"}


# --- what does not go together, and what is no value


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        (("--first", "--last"), ["--first"]),
        (("--first", "--depart", "08:00"), ["--first"]),
        (("--last", "--arrive", "08:00"), ["--last"]),
        (("--first", "--window", "5"), ["--first"]),
        (("--depart", "08:00", "--page", "2", "--window", "5"), ["--page"]),
        (("--depart", "08:00", "--after", "x"), ["--after"]),
        (("--arrive", "08:00", "--criteria", "walking"), ["--criteria"]),
        (("--depart", "08:00", "--criteria", "walking", "--ban", "1"), ["--criteria"]),
        (("--depart", "08:00", "--criteria", "walking,walking"), ["--criteria"]),
        (("--depart", "08:00", "--criteria", "crowded"), ["--criteria"]),
        (("--depart", "08:00", "--modes", "bike-transit", "--ban", "1"), ["--ban"]),
        (("--first", "--modes", "car"), ["--first"]),
        (("--depart", "08:00", "--accept-unknown"), ["--accept-unknown"]),
        (("--depart", "08:00", "--modes", "park-and-ride"), ["--modes"]),
        (("--arrive", "08:00", "--window", "5", "--modes", "bike-transit"), ["--window"]),
        (("--first", "--depart", "08:00", "--page", "2"), ["--first", "--first"]),
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_named(ask, words, blamed):
    status, answer = ask(*words)
    assert status == 2
    assert [p["file"] for p in answer["error"]["problems"]] == blamed


def test_a_mode_that_does_not_go_with_an_option_is_named_as_it_is_typed(ask):
    _, answer = ask(
        "--depart", "08:00", "--modes", "transit,bike-transit", "--page", "2", "--lang", "en"
    )
    (problem,) = answer["error"]["problems"]
    assert (problem["file"], problem["found"]) == ("--page", "--page with --modes bike-transit")
    assert problem["mend"] == "Leave out --page or --modes bike-transit."


@pytest.mark.parametrize(
    ("lang", "found", "mend"),
    [
        ("en", "--first with --depart", "Leave out --first or --depart."),
        ("fr", "--first avec --depart", "Retirer --first ou --depart."),
    ],
)
def test_what_does_not_go_together_is_said_in_both_languages(ask, lang, found, mend):
    _, answer = ask("--first", "--depart", "08:00", "--lang", lang)
    (problem,) = answer["error"]["problems"]
    assert (problem["found"], problem["mend"]) == (found, mend)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--page", "0"),
        ("--page", "101"),
        ("--max-walk", "121"),
        ("--min-transfer", "61"),
        ("--headway-wait", "never"),
        ("--traveller", "cat"),
        ("--criteria", "beauty"),
        ("--ban", ","),
        ("--modes", "walk,plane"),
        ("--after", "no-cursor"),
        ("--car-parks", "nowhere.csv"),
    ],
)
def test_a_value_that_cannot_be_is_named(ask, option, value):
    time = () if option == "--after" else ("--depart", "08:00")
    status, answer = ask(*time, option, value)
    assert status == 2
    (problem,) = answer["error"]["problems"]
    assert problem["file"] in (option, value)


@pytest.mark.parametrize(("lang", "word"), [("en", "Next: --after "), ("fr", "Suite : --after ")])
def test_the_text_gives_the_cursor_of_the_next_page(creneau, ask, lang, word):
    ends = ("--from", NEAR_NORD, "--to", NEAR_SUD)
    _, out, _ = creneau("itinerary", *ends, "--depart", "08:00", "--page", "1", "--lang", lang)
    _, first = ask("--depart", "08:00", "--page", "1")
    assert word + first["next"] in out
