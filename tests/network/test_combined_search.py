"""All modes to one question: what is left out and why, order, grams, direct ways beside."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.base import parse_clock
from network.base.errors import NetworkInputError
from network.readers import read_network
from network.readers.emissions import read_emission_factors
from network.routing import (
    Place,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
)
from network.routing.emissions import compute_grams
from network.routing.modes.bike_transit import open_bike_routing
from network.routing.modes.combined import find_combined
from network.routing.modes.combined_answers import DIRECT, CombinedOptions, Mode
from network.routing.modes.ends_search import WalkEnd, When, list_boardings, search_between
from network.routing.modes.no_way import NoWay
from network.routing.modes.park_and_ride import CarPark
from network.routing.opened import open_routing
from tests.builders.feeds import write_feed
from tests.builders.gridcity import GRID_DAY, STOPS, grid_city_feed
from tests.builders.gridstreets import at
from tests.builders.modecity import FARM, WORK, YES, crossing, free_mps, mode_city, place

SEVEN, NINE = parse_clock("07:00"), parse_clock("09:00")
HOME = place(-5000 + 240.6, -24, "Home")  # 231 s on foot from W, 88 s by bicycle
FARM_PLACE, WORK_PLACE = place(*FARM, "Farm"), place(*WORK, "Work")
LAT, LON = at(-100, 12)
GATE = CarPark(name="Gate", lat=LAT, lon=LON)
WITH_TRANSIT = tuple(mode for mode in Mode if mode not in DIRECT)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return mode_city(tmp_path_factory.mktemp("city"), bikes=(YES, YES, YES))


def ask(city, origin=HOME, destination=WORK_PLACE, **query):
    if not {"departure_s", "arrival_s"} & query.keys():
        query["departure_s"] = SEVEN
    return find_combined(city, origin, destination, car_parks=[GATE], **query)


def modes(found):
    return [i.mode for i in found.itineraries]


# --- walking and transit as they are


def key(i):
    return (i.departure_s, i.arrival_s, i.n_rides)


@pytest.mark.parametrize("ends", [("Home", "Work"), ("W", "Z")], ids=["places", "stops"])
def test_transit_on_foot_is_the_answer_of_the_plain_search(city, ends):
    ids = city.timetable.stops.ids
    stops = [
        Place(name=s, lat=0.0, lon=0.0, stops=(ids.index(s),)) if s in ids else None for s in ends
    ]
    origin, destination = stops[0] or HOME, stops[1] or WORK_PLACE
    for query, plain in (
        ({"departure_s": SEVEN}, find_itineraries),
        ({"arrival_s": NINE}, find_itineraries_arriving),
    ):
        found = ask(city, origin, destination, modes=(Mode.TRANSIT,), **query)
        expected = plain(city, origin, destination, **query).itineraries
        assert [key(i.itinerary) for i in found.itineraries] == [key(i) for i in expected]
        assert len(expected) > 0
        assert [i.itinerary.legs for i in found.itineraries] == [i.legs for i in expected]
    found = ask(city, origin, destination, modes=(Mode.TRANSIT,), departure_s=SEVEN, latest_s=NINE)
    window = find_itineraries_range(city, origin, destination, earliest_s=SEVEN, latest_s=NINE)
    assert [key(i.itinerary) for i in found.itineraries] == [key(i) for i in window.itineraries]


# --- what is left out


def test_a_bicycle_to_the_stop_that_gains_nothing_is_left_out(city):
    # From home W is near: by bicycle one is at W earlier but waits for the same trip.
    found = ask(city, modes=(Mode.BIKE_PARKED,))
    assert not found.itineraries
    assert found.reasons == {Mode.BIKE_PARKED: NoWay.NO_BETTER_THAN_WALKING}


def test_in_a_window_leaving_later_is_a_gain(city):
    # 60 + 88 s before 08:00 in place of 231 s.
    found = ask(city, modes=(Mode.BIKE_PARKED,), departure_s=SEVEN, latest_s=NINE)
    (one,) = found.itineraries
    assert one.itinerary.departure_s == parse_clock("08:00") - 148


def test_arriving_by_a_time_leaving_later_is_a_gain(city):
    found = ask(city, modes=(Mode.BIKE_PARKED, Mode.TRANSIT), arrival_s=NINE)
    assert modes(found) == [Mode.BIKE_PARKED, Mode.TRANSIT]  # the latest departure first
    assert found.itineraries[0].itinerary.departure_s == parse_clock("08:00") - 148
    assert found.itineraries[1].itinerary.departure_s == parse_clock("08:00") - 231


def test_a_carried_bicycle_gains_the_way_from_the_last_stop(city):
    found = ask(city, modes=(Mode.TRANSIT, Mode.BIKE_CARRIED))
    assert modes(found) == [Mode.BIKE_CARRIED, Mode.TRANSIT]
    assert [i.itinerary.arrival_s for i in found.itineraries] == [
        parse_clock("08:30") + 102,
        parse_clock("08:30") + 281,
    ]


def test_nothing_by_bicycle_or_car_is_there_that_walking_all_the_way_does(city):
    # Two blocks: 199 s on foot; no line joins the two.
    found = ask(city, crossing(0, 0), crossing(2, 0), modes=tuple(Mode))
    assert not found.itineraries
    walk = next(i for i in found.direct if i.mode is Mode.WALK).itinerary
    assert walk.arrival_s == SEVEN + 199
    window = ask(city, crossing(0, 0), crossing(2, 0), departure_s=SEVEN, latest_s=NINE)
    assert not window.itineraries


# --- direct ways


def test_direct_ways_stand_beside_and_leave_when_asked(city):
    found = ask(city, FARM_PLACE, crossing(0, 0, "Gate"), modes=DIRECT)
    assert [i.mode for i in found.direct] == list(DIRECT)
    assert not found.itineraries
    assert not found.reasons
    walk, bike, car, pooled = (i.itinerary for i in found.direct)
    assert {i.itinerary.departure_s for i in found.direct} == {SEVEN}
    assert walk.arrival_s == SEVEN + math.ceil(2000 / 1.2 + 20 - 1e-3)
    assert bike.arrival_s == SEVEN + math.ceil(2000 / 4.2 + 20 - 1e-3)
    by_car_s = 2000 / free_mps(city, 501)
    assert car.arrival_s == SEVEN + math.ceil(by_car_s + 20 - 1e-3)
    assert pooled.duration_s == pytest.approx(1.2 * by_car_s + 20 + 120, abs=1.5)
    arriving = ask(city, FARM_PLACE, crossing(0, 0), modes=DIRECT, arrival_s=NINE)
    assert {i.itinerary.arrival_s for i in arriving.direct} == {NINE}
    assert [i.itinerary.duration_s for i in arriving.direct] == [
        i.itinerary.duration_s for i in found.direct
    ]


def test_a_walk_longer_than_asked_for_is_named(city):
    # 1,687 s.
    for limit_s, ways in ((1687, 1), (1686, 0)):
        options = CombinedOptions(max_direct_walk_s=limit_s)
        found = ask(city, FARM_PLACE, crossing(0, 0), modes=(Mode.WALK,), options=options)
        assert len(found.direct) == ways
        assert found.reasons == ({} if ways else {Mode.WALK: NoWay.WALK_TOO_LONG})


def test_grams_are_told_by_leg(city):
    factors = read_emission_factors()
    found = ask(city, FARM_PLACE, modes=(Mode.PARK_AND_RIDE, Mode.BIKE), factors=factors)
    (one,) = found.itineraries
    car, walk, ride, last = one.itinerary.legs
    assert one.grams == (
        pytest.approx(compute_grams(factors["car"], 1900), abs=0.1),
        0.0,
        pytest.approx(compute_grams(factors["bus"], ride.metres)),
        0.0,
    )
    assert one.total_g == pytest.approx(sum(one.grams))
    (bike,) = found.direct
    assert bike.total_g == pytest.approx(bike.itinerary.legs[0].street_m / 1000 * 0.17)


def test_without_factors_grams_are_unknown(city):
    found = ask(city, FARM_PLACE, modes=(Mode.BIKE,))
    assert found.direct[0].grams == (None,)
    assert found.direct[0].total_g is None


# --- reasons


def test_without_streets_every_mode_that_needs_them_says_so(tmp_path):
    network = read_network(write_feed(tmp_path, **grid_city_feed()), GRID_DAY)
    origin, destination = (Place(name=s, lat=STOPS[s][0], lon=STOPS[s][1]) for s in ("A1", "B3"))
    found = find_combined(network, origin, destination, departure_s=SEVEN, car_parks=[GATE])
    assert modes(found) == [Mode.TRANSIT]
    streetless = set(Mode) - {Mode.TRANSIT, Mode.WALK}
    assert {m for m, why in found.reasons.items() if why is NoWay.NO_STREETS} == streetless
    # Line A at 07:00, line B at 07:06.
    assert found.itineraries[0].itinerary.arrival_s == parse_clock("07:12")


def test_off_the_streets_the_end_is_named(city):
    field = place(-1000, 300, "Field")
    bikes_and_cars = (Mode.BIKE_PARKED, Mode.BIKE_CARRIED, Mode.PARK_AND_RIDE, Mode.BIKE, Mode.CAR)
    found = ask(city, field, modes=bikes_and_cars)
    assert found.reasons == dict.fromkeys(bikes_and_cars, NoWay.ORIGIN_OFF_STREETS)
    back = ask(city, WORK_PLACE, field, modes=(Mode.BIKE_CARRIED, Mode.BIKE, Mode.CAR))
    assert set(back.reasons.values()) == {NoWay.DESTINATION_OFF_STREETS}


def test_too_far_for_the_time_asked_for_is_named(city):
    options = CombinedOptions(max_bike_s=60, max_walk_s=60)
    found = ask(city, FARM_PLACE, modes=(Mode.TRANSIT, Mode.BIKE_PARKED), options=options)
    assert set(found.reasons.values()) == {NoWay.NO_STOP_REACHED}


def test_after_the_last_trip_nothing_is_connected(city):
    found = ask(city, modes=WITH_TRANSIT, departure_s=parse_clock("13:00"))
    assert found.reasons == dict.fromkeys(WITH_TRANSIT, NoWay.NOT_CONNECTED)


def test_every_reason_has_words_in_two_languages():
    texts = {reason.text(language) for reason in NoWay for language in ("fr", "en")}
    assert len(texts) == 2 * len(NoWay)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"departure_s": 1, "arrival_s": 2}, "departure_s"),
        ({"departure_s": None, "arrival_s": None}, "departure_s"),
        ({"departure_s": 10, "latest_s": 9}, "latest_s"),
        ({"arrival_s": 10, "latest_s": 11}, "latest_s"),
    ],
    ids=["two times", "no time", "a window backwards", "a window before an arrival"],
)
def test_a_question_without_one_time_is_refused(city, query, field):
    with pytest.raises(NetworkInputError) as caught:
        ask(city, **query)
    assert [p.field for p in caught.value.problems] == [field]


def test_options_out_of_range_are_refused_together():
    with pytest.raises(NetworkInputError) as caught:
        CombinedOptions(max_rides=0, max_bike_s=-1, pool_detour=0.9)
    assert [p.field for p in caught.value.problems] == ["max_rides", "max_bike_s", "pool_detour"]


def test_modes_not_asked_for_are_neither_answered_nor_explained(city):
    found = ask(city, modes=(Mode.CAR,))
    assert [i.mode for i in found.direct] == [Mode.CAR]
    assert not found.itineraries
    assert not found.reasons


# --- departures, windows and arrivals agree


@settings(max_examples=25)
@given(
    x_m=st.integers(-4500, 470),
    minute=st.integers(7 * 60 + 30, 8 * 60 + 25),
    mode=st.sampled_from(WITH_TRANSIT),
)
def test_a_window_is_the_union_of_its_departures(city, x_m, minute, mode):
    origin, until_s = place(x_m, -5.0), parse_clock("08:30")
    window = ask(city, origin, modes=(mode,), departure_s=minute * 60, latest_s=until_s)
    answers = [i.itinerary for i in window.itineraries]
    for i in answers:
        (again,) = (
            j.itinerary
            for j in ask(
                city, origin, modes=(mode,), departure_s=i.departure_s, latest_s=i.departure_s
            ).itineraries
            if j.itinerary.n_rides == i.n_rides
        )
        assert key(again) == key(i)
    alone = ask(city, origin, modes=(mode,), departure_s=minute * 60)
    for i in (j.itinerary for j in alone.itineraries):
        if i.departure_s <= until_s:
            assert any(j.arrival_s <= i.arrival_s and j.n_rides <= i.n_rides for j in answers)


@settings(max_examples=25)
@given(x_m=st.integers(-4500, 470), mode=st.sampled_from(WITH_TRANSIT))
def test_who_arrives_by_a_time_leaves_at_the_last_moment_that_does(city, x_m, mode):
    origin, by_s = place(x_m, -5.0), parse_clock("08:36")
    found = ask(city, origin, modes=(mode,), arrival_s=by_s)
    for i in (j.itinerary for j in found.itineraries):
        assert i.arrival_s <= by_s
        in_time = [
            j.itinerary
            for j in ask(
                city, origin, modes=(mode,), departure_s=i.departure_s + 1, latest_s=by_s
            ).itineraries
            if j.itinerary.arrival_s <= by_s and j.itinerary.n_rides <= i.n_rides
        ]
        assert in_time == []


def test_boardings_are_every_departure_less_its_access(city):
    graph, timetable = open_routing(city).graph, city.timetable
    access = WalkEnd(city, HOME, limit_s=1200, reverse=False)
    # W alone, 231 s: T1 at 08:00.
    assert list_boardings(graph, access, 0, NINE).tolist() == [parse_clock("08:00") - 231]
    centre = WalkEnd(city, crossing(4, 1), limit_s=1200, reverse=False)
    seconds = dict(zip(centre.stop.tolist(), centre.seconds.tolist(), strict=True))
    expected = set()
    for pattern in range(timetable.n_patterns):
        stops, (_, departure_s) = timetable.pattern_stops(pattern), timetable.pattern_times(pattern)
        for pos, stop in enumerate(stops[:-1].tolist()):
            if stop in seconds:
                expected |= {int(t) - seconds[stop] for t in departure_s[:, pos]}
    assert list_boardings(graph, centre, -3600, 2**20).tolist() == sorted(expected)
    assert list_boardings(graph, centre, NINE, NINE + 1).tolist() == []


def test_two_threads_have_the_answers_of_one(city):
    places = [place(x_m, -5.0) for x_m in range(-4000, 400, 400)]

    def answer(origin):
        found = ask(city, origin, departure_s=SEVEN, latest_s=NINE)
        return [(i.mode, key(i.itinerary)) for i in (*found.itineraries, *found.direct)]

    alone = [answer(origin) for origin in places]
    with ThreadPoolExecutor(max_workers=2) as pool:
        assert list(pool.map(answer, places)) == alone


# --- trips that take bicycles, against a feed without the others


@settings(max_examples=30)
@given(data=st.data())
def test_trips_that_take_no_bicycle_might_as_well_not_run(tmp_path_factory, data):
    feed = grid_city_feed()
    head, *rows = feed["trips"].split("\n")
    takes = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    flagged = [f"{row},{1 if taken else 2}" for row, taken in zip(rows, takes, strict=True)]
    left = [row for row, taken in zip(rows, takes, strict=True) if taken]
    names = {row.split(",")[2] for row in left}
    calls_head, *calls = feed["stop_times"].split("\n")
    fewer = {
        **feed,
        "trips": "\n".join([head, *left]),
        "stop_times": "\n".join([calls_head, *(c for c in calls if c.split(",")[0] in names)]),
    }
    if not left:
        return
    folder = tmp_path_factory.mktemp("feeds")
    (folder / "all").mkdir()
    (folder / "few").mkdir()
    whole = read_network(
        write_feed(
            folder / "all", **{**feed, "trips": "\n".join([head + ",bikes_allowed", *flagged])}
        ),
        GRID_DAY,
    )
    few = read_network(write_feed(folder / "few", **fewer), GRID_DAY)
    start, end = data.draw(st.permutations(sorted(STOPS)))[:2]
    if not {start, end} <= set(few.timetable.stops.ids):
        return
    when = data.draw(
        st.sampled_from(
            [
                When(time_s=SEVEN),
                When(time_s=SEVEN, latest_s=NINE),
                When(time_s=NINE, is_arrival=True),
            ]
        )
    )

    def answers(network, opened):
        ids = network.timetable.stops.ids
        places = [
            Place(name=s, lat=STOPS[s][0], lon=STOPS[s][1], stops=(ids.index(s),))
            for s in (start, end)
        ]
        ends = [
            WalkEnd(network, p, limit_s=0, reverse=back)
            for p, back in zip(places, (False, True), strict=True)
        ]
        found = search_between(opened, *places, *ends, when, max_rides=4)
        return sorted((key(i), [r.trip_id for r in i.rides]) for i in found)

    assert answers(whole, open_bike_routing(whole, accept_unknown=False)) == answers(
        few, open_routing(few)
    )
