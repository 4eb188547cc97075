"""What itineraries say of changes, waits, costs, loads and clocks, on tiny feeds by hand."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

from api.commands.itinerary_text import print_answer
from api.itineraries import answer_query
from api.itinerary_clock import DayClock
from api.itinerary_query import ItineraryQuery
from network.base import InputError
from network.readers import read_network
from network.routing.loads import SegmentLoads
from tests.builders.feeds import DAY, line_feed, write_feed


def served(folder, **files):
    network = read_network(write_feed(folder, **line_feed(**files)), DAY)
    file = SimpleNamespace(fares=())
    return SimpleNamespace(name="town", service_date=DAY, network=network, notes={}, file=file)


def answer(territory, start, end, *, loads=None, lang="en", **changed):
    query = {
        "from": {"lat": start[0], "lon": start[1]},
        "to": {"lat": end[0], "lon": end[1]},
        "depart": "08:00",
        "modes": ["transit"],
        **changed,
    }
    return answer_query(territory, ItineraryQuery.model_validate(query), lang=lang, loads=loads)


S1, S2, S3 = (48.90, 2.30), (48.90, 2.33), (48.90, 2.36)


@pytest.fixture(scope="module")
def change(tmp_path_factory):
    """Bus 1 is at Two at 08:05; bus 2 leaves there at 08:08 and again at 08:20."""
    return served(
        tmp_path_factory.mktemp("change"),
        routes="route_id,route_short_name,route_long_name,route_type\nR1,1,,3\nR2,2,,3",
        trips="route_id,service_id,trip_id\nR1,WK,T1\nR2,WK,T2\nR2,WK,T3",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:05:00,08:05:00,S2,2\n"
        "T2,08:08:00,08:08:00,S2,1\nT2,08:12:00,08:12:00,S3,2\n"
        "T3,08:20:00,08:20:00,S2,1\nT3,08:24:00,08:24:00,S3,2",
    )


@pytest.mark.parametrize(("minutes", "leaves", "wait_s"), [(3, "08:08", 180), (4, "08:20", 900)])
def test_a_change_takes_no_less_than_asked_for(change, minutes, leaves, wait_s):
    (found,) = answer(change, S1, S3, min_transfer_min=minutes).itineraries
    second = [leg for leg in found.legs if leg.line][1]
    assert (second.departure, second.wait_s) == (leaves, wait_s)


@pytest.fixture(scope="module")
def frequent(tmp_path_factory):
    """A run every ten minutes from 06:00 to 10:00, ten minutes from One to Three."""
    return served(
        tmp_path_factory.mktemp("frequent"),
        frequencies="trip_id,start_time,end_time,headway_secs,exact_times\n"
        "T1,06:00:00,10:00:00,600,0",
    )


@pytest.mark.parametrize(
    ("kind", "leaves", "rides_at", "wait_s"),
    [
        ("timetable", "08:00", "08:00", 0),
        ("expected", "08:05", "08:10", 300),
        ("worst", "08:00", "08:10", 600),
    ],
)
def test_waits_for_a_frequency_are_reckoned_as_asked(frequent, kind, leaves, rides_at, wait_s):
    given = answer(frequent, S1, S3, headway_wait=kind)
    (found,) = given.itineraries
    (ride,) = [leg for leg in found.legs if leg.line]
    assert (found.departure, ride.departure, ride.wait_s) == (leaves, rides_at, wait_s)
    assert (ride.headway_s, ride.headway_wait) == (600, kind)
    assert "headway" in ride.quality
    assert any("frequency only" in note for note in given.notes)


def test_a_ride_that_keeps_to_the_clock_has_no_headway(change):
    ride = answer(change, S1, S2).itineraries[0].legs[1]
    assert (ride.headway_s, ride.headway_wait, ride.occupancy) == (None, None, None)
    assert ride.quality == ["line_straight"]


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    """Bus 1 from One at 08:00 is at Three at 08:30; metro 2 leaves Mill, 556 m north of One, at
    08:11 and is there at 08:20. On foot Mill is 556 x 1.3 / 1.2 = 602.3 s away, so 603 s.
    """
    return served(
        tmp_path_factory.mktemp("choice"),
        stops="stop_id,stop_name,stop_lat,stop_lon,platform_code\nS1,One,48.90,2.30,A\n"
        "M,Mill,48.905,2.30,\nS3,Three,48.90,2.36,7",
        routes="route_id,route_short_name,route_long_name,route_type\nR1,1,,3\nR2,2,,1",
        trips="route_id,service_id,trip_id\nR1,WK,T1\nR2,WK,T2",
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:00:00,08:00:00,S1,1\nT1,08:30:00,08:30:00,S3,2\n"
        "T2,08:11:00,08:11:00,M,1\nT2,08:20:00,08:20:00,S3,2",
    )


def test_walking_less_is_an_answer_only_where_it_is_asked_for(choice):
    assert [i.arrival for i in answer(choice, S1, S3).itineraries] == ["08:20"]
    found = answer(choice, S1, S3, criteria=["walking"]).itineraries
    assert [i.arrival for i in found] == ["08:20", "08:30"]
    assert [(c.criterion, c.value, c.unit) for i in found for c in i.criteria] == [
        ("walking", 603.0, "s"),
        ("walking", 0.0, "s"),
    ]
    assert [i.walk_s for i in found] == [603, 0]


def test_of_grams_the_criterion_says_what_the_legs_say(choice):
    # The bus emits more and arrives later; by generalised cost it is not worth a walk either:
    # 30 min ridden against 9 ridden and 603 s walked at 1.5, 1,444.5 s.
    found = answer(choice, S1, S3, criteria=["co2", "generalised"]).itineraries
    (one,) = found
    assert one.arrival == "08:20"
    grams, cost = one.criteria
    assert grams.value == one.co2_g
    assert (cost.value, cost.unit) == (pytest.approx(1444.5), "s of seated ride")


def test_criteria_in_a_window_keep_what_walks_less(choice):
    found = answer(choice, S1, S3, depart="07:00", window_min=120, criteria=["walking"])
    # The metro is left for at 08:00:57, after the bus.
    assert [(i.departure, i.arrival) for i in found.itineraries] == [
        ("08:00", "08:30"),
        ("08:00", "08:20"),
    ]


def test_where_loads_are_known_rides_say_how_full_they_are(choice):
    timetable = choice.network.timetable
    loads = SegmentLoads(load_factor=np.full(timetable.n_stop_times, 1.25, dtype=np.float32))
    (found,) = answer(choice, S1, S3, loads=loads).itineraries
    occupancy = found.legs[1].occupancy
    assert (occupancy.max_load_factor, occupancy.crowded_s) == (1.25, 540)
    # Both vehicles are full, the metro for 9 minutes and the bus for 30.
    given = answer(choice, S1, S3, loads=loads, criteria=["crowded"])
    assert [i.criteria[0].value for i in given.itineraries] == [540.0]


def test_platforms_are_named_at_both_ends(choice):
    bus = answer(choice, S1, S3, max_walk_min=5).itineraries[0].legs[1]
    assert (bus.origin.platform, bus.destination.platform) == ("A", "7")


# --- as text


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        (
            "en",
            "  08:10–08:20  metro 1 towards Three: One → Three (times: about, published), "
            "every 10 min, wait 10 min\n",
        ),
        (
            "fr",
            "  08:10–08:20  métro 1, direction Three : One → Three (heures : environ, publié), "
            "toutes les 10 min, attente 10 min\n",
        ),
    ],
)
def test_the_text_says_how_often_a_line_goes_and_how_long_one_waits(frequent, capsys, lang, line):
    print_answer(answer(frequent, S1, S3, headway_wait="worst", lang=lang), lang)
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lang", "ride", "cost"),
    [
        ("en", "One (platform A) → Three (platform 7)", "Walking: 0 s (estimated)"),
        ("fr", "One (quai A) → Three (quai 7)", "Marche : 0 s (estimé)"),
    ],
)
def test_the_text_names_platforms_and_costs(choice, capsys, lang, ride, cost):
    print_answer(answer(choice, S1, S3, criteria=["walking"], lang=lang), lang)
    out = capsys.readouterr().out
    assert ride in out
    assert cost in out


@pytest.mark.parametrize(
    ("lang", "full"), [("en", "125% of capacity"), ("fr", "125\u202f% de la capacité")]
)
def test_the_text_says_how_full_a_vehicle_is(choice, capsys, lang, full):
    timetable = choice.network.timetable
    loads = SegmentLoads(load_factor=np.full(timetable.n_stop_times, 1.25, dtype=np.float32))
    print_answer(answer(choice, S1, S3, loads=loads, lang=lang), lang)
    assert full in capsys.readouterr().out


# --- days on which clocks change


@pytest.mark.parametrize(
    ("timezone", "date"),
    [
        ("Mars/Olympus", dt.date(2024, 3, 31)),
        ("Europe/Paris", dt.date.max),
        ("Europe/Paris", dt.date.min),
    ],
    ids=["no-zone", "last-date", "first-date"],
)
def test_where_clocks_cannot_be_known_times_are_those_of_the_timetable(timezone, date):
    clock = DayClock.of(SimpleNamespace(timezone=timezone), date)
    assert (clock.read("47:59", "depart"), clock.show(8100)) == (172_740, "02:15")
    assert (clock.stamp(8100), clock.show(-60)) == (None, "23:59")


def day_feed(folder, date, *times):
    """One trip from One to Three, at each pair of times of the timetable, every day of 2024."""
    head = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
    rows = [
        f"T{i},{time}:00,{time}:00,{stop},{place}"
        for i, pair in enumerate(times)
        for place, (time, stop) in enumerate(zip(pair, ("S1", "S3"), strict=True))
    ]
    feed = line_feed(
        trips="\n".join(
            ["route_id,service_id,trip_id", *(f"R1,WK,T{i}" for i in range(len(times)))]
        ),
        stop_times="\n".join([head, *rows]),
        calendar="service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        "start_date,end_date\nWK,1,1,1,1,1,1,1,20240101,20241231",
    )
    network = read_network(write_feed(folder, **feed), date)
    file = SimpleNamespace(fares=())
    return SimpleNamespace(name="town", service_date=date, network=network, notes={}, file=file)


def test_on_the_day_clocks_go_forward_times_are_what_clocks_show(tmp_path):
    """Noon less 12 h is 23:00 of the evening before: 02:30 of the timetable is 01:30 by the clock,
    and an hour later, 03:30, the clock has gone on to 03:30."""
    town = day_feed(tmp_path, dt.date(2024, 3, 31), ("02:30", "03:30"))
    (found,) = answer(town, S1, S3, depart="01:00").itineraries
    assert (found.departure_s, found.departure, found.arrival) == (9000, "01:30", "03:30")
    assert found.departure_at == "2024-03-31T01:30:00+01:00"
    assert found.arrival_at == "2024-03-31T03:30:00+02:00"
    assert answer(town, S1, S3, depart="01:31").itineraries == []


def test_a_time_that_clocks_skip_is_refused(tmp_path):
    town = day_feed(tmp_path, dt.date(2024, 3, 31), ("02:30", "03:30"))
    with pytest.raises(InputError, match="depart.*2024-03-31 02:15, which clocks in Europe/Paris"):
        answer(town, S1, S3, depart="02:15")


def test_a_time_that_clocks_show_twice_is_the_first_to_leave_and_the_second_to_arrive(tmp_path):
    """Noon less 12 h is 01:00 in summer time: 01:30 and 02:30 of the timetable both show 02:30."""
    town = day_feed(tmp_path, dt.date(2024, 10, 27), ("01:30", "01:40"), ("02:30", "02:40"))
    (found,) = answer(town, S1, S3, depart="02:25").itineraries
    assert (found.departure_s, found.departure) == (5400, "02:30")
    (found,) = answer(town, S1, S3, depart=None, arrive="02:45").itineraries
    assert (found.departure_s, found.departure) == (9000, "02:30")
    assert found.departure_at == "2024-10-27T02:30:00+01:00"


# --- what answers rest on


@pytest.mark.parametrize(
    ("lang", "steps"),
    [("en", "steps of: Walking 60 s;"), ("fr", "par pas de : Marche 60 s ;")],
)
def test_the_steps_of_a_criterion_are_said(tmp_path, lang, steps):
    town = served(
        tmp_path,
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "T1,08:05:00,08:05:00,S1,1\nT1,08:15:00,08:15:00,S3,2",
    )

    def says(**asked):
        notes = [note.replace("\u202f", " ").replace("\xa0", " ")
                 for note in answer(town, S1, S3, lang=lang, **asked).notes]  # fmt: skip
        return any(steps in note for note in notes)

    assert not says()
    assert says(criteria=["walking"])
