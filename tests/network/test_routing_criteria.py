"""Itineraries by arrival, rides and costs in the grid city, every answer derived by hand.

Line A leaves A1 at :00 :10 :20 ..., is at A2 5 minutes later; line B leaves A2 for B3 at :06
:21 :36 :51 and takes 6 minutes.
"""

import numpy as np
import pytest

from network.base import parse_clock
from network.base.errors import NetworkInputError
from network.readers import read_network
from network.readers.emissions import read_emission_factors
from network.routing import NoAnswer, Place, find_itineraries
from network.routing.criteria.costs import (
    CostRules,
    Criterion,
    Weights,
    compute_call_metres,
)
from network.routing.criteria.search import (
    find_itineraries_by,
    find_itineraries_range_by,
)
from network.routing.criteria.ways import CriteriaWorkspace
from network.routing.loads import (
    CrowdedRides,
    CrowdingCurve,
    Occupancy,
    SegmentLoads,
    compute_density,
)
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.gridcity import GRID_DAY, LON_STEP, STOPS, write_grid_city
from tests.builders.lines import line_timetable


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return read_network(write_grid_city(tmp_path_factory.mktemp("grid")), GRID_DAY)


def at(city, stop):
    index = city.timetable.stops.ids.index(stop)
    return Place.at_station(city.timetable, int(city.timetable.stops.station[index]))


def clock(text):
    return parse_clock(text)


def rows(search):
    """Each answer as (departure, arrival, rides, costs)."""
    return [
        (i.itinerary.departure_s, i.itinerary.arrival_s, i.itinerary.n_rides, i.costs)
        for i in search.itineraries
    ]


def full_trains(timetable, factors):
    """Loads that are empty but on the trips (trip_id) and calls given, ``{trip: {pos: f}}``."""
    factor = np.zeros(timetable.n_stop_times, dtype=np.float32)
    for trip_id, by_pos in factors.items():
        trip = timetable.trip_ids.index(trip_id)
        pattern = int(np.searchsorted(timetable.pattern_trip_offset, trip, side="right")) - 1
        row = trip - int(timetable.pattern_trip_offset[pattern])
        first = int(timetable.pattern_time_offset[pattern])
        for pos, value in by_pos.items():
            factor[first + row * len(timetable.pattern_stops(pattern)) + pos] = value
    return SegmentLoads(load_factor=factor)


def test_generalised_cost_weighs_the_wait_at_the_change(city):
    # From 07:01: leave at 07:10, wait 6 minutes at A2, arrive 07:27: 660 s of riding, 360 s of
    # waiting x 1.5, a change of 300 s. Leave at 07:30: 660 + 60 x 1.5 + 300, arrive 07:42.
    # At 07:20 one would wait 11 minutes for the same train as at 07:30.
    search = find_itineraries_by(
        city,
        at(city, "A1"),
        at(city, "B3"),
        departure_s=clock("07:01"),
        criteria=[Criterion.GENERALISED],
    )
    assert rows(search) == [
        (clock("07:10"), clock("07:27"), 2, (1500.0,)),
        (clock("07:30"), clock("07:42"), 2, (1050.0,)),
    ]


def test_weights_of_nothing_but_riding_leave_the_fastest(city):
    only_riding = Weights(waiting=0.0, walking=0.0, transfer_s=0.0)
    search = find_itineraries_by(
        city, at(city, "A1"), at(city, "B3"), departure_s=clock("07:01"),
        criteria=[Criterion.GENERALISED], rules=CostRules(weights=only_riding),
    )  # fmt: skip
    assert rows(search) == [(clock("07:10"), clock("07:27"), 2, (660.0,))]


def test_of_equals_the_one_stays_that_leaves_last(city):
    # From 07:11 the first train leaves at 07:20 and waits for the same train as that of 07:30.
    search = find_itineraries_by(
        city,
        at(city, "A1"),
        at(city, "B3"),
        departure_s=clock("07:11"),
        criteria=[Criterion.WALKING],
    )
    assert rows(search) == [(clock("07:30"), clock("07:42"), 2, (0.0,))]


def test_a_full_train_is_one_answer_and_the_next_empty_one_another(city):
    # The 07:10 is full from A1 to A2 (300 s), the 07:20 just not, the 07:30 empty all the way.
    loads = full_trains(city.timetable, {"A0-07:10": {0: 1.0}, "A0-07:20": {0: 0.99, 1: 1.2}})
    search = find_itineraries_by(
        city, at(city, "A1"), at(city, "A3"), departure_s=clock("07:01"),
        criteria=[Criterion.CROWDED], rules=CostRules(loads=loads),
    )  # fmt: skip
    assert rows(search) == [
        (clock("07:10"), clock("07:20"), 1, (300.0,)),
        (clock("07:30"), clock("07:40"), 1, (0.0,)),
    ]
    assert search.itineraries[0].occupancies == (Occupancy(max_load_factor=1.0, crowded_s=300),)
    assert search.itineraries[1].occupancies == (Occupancy(max_load_factor=0.0, crowded_s=0),)


def test_nothing_is_crowded_without_loads(city):
    search = find_itineraries_by(
        city,
        at(city, "A1"),
        at(city, "A3"),
        departure_s=clock("07:01"),
        criteria=[Criterion.CROWDED],
    )
    assert rows(search) == [(clock("07:10"), clock("07:20"), 1, (0.0,))]
    assert search.itineraries[0].occupancies == ()


def test_the_threshold_of_crowding_may_be_lower(city):
    loads = full_trains(city.timetable, {"A0-07:10": {0: 0.6}})
    rules = CostRules(loads=loads, crowded_from=0.5)
    search = find_itineraries_by(
        city, at(city, "A1"), at(city, "A3"), departure_s=clock("07:01"),
        criteria=[Criterion.CROWDED], rules=rules,
    )  # fmt: skip
    assert [costs for *_, costs in rows(search)] == [(300.0,), (0.0,)]


def test_an_answer_arrives_within_the_time_asked_for(city):
    # Every train from A1 is full until that of 08:10.
    early = [f"A0-{h:02}:{m:02}" for h in (7, 8) for m in range(0, 60, 10)][:7]
    loads = full_trains(city.timetable, {trip: {0: 2.0, 1: 2.0} for trip in early})
    question = {"departure_s": clock("07:00"), "criteria": [Criterion.CROWDED]}
    ends = at(city, "A1"), at(city, "A3")
    rules = CostRules(loads=loads)
    alone = find_itineraries_by(city, *ends, **question, rules=rules, within_s=3600)
    assert rows(alone) == [(clock("07:00"), clock("07:10"), 1, (600.0,))]
    later = find_itineraries_by(city, *ends, **question, rules=rules, within_s=70 * 60)
    assert rows(later) == [*rows(alone), (clock("08:10"), clock("08:20"), 1, (0.0,))]
    ever = find_itineraries_by(city, *ends, **question, rules=rules, within_s=None)
    assert rows(ever) == rows(later)


def test_crowding_makes_seconds_longer_by_the_curve():
    # 50 seats and 25 m2: capacity 150. Load factor 1 is 150 people, 100 standing, 4 a m2: 1.4.
    timetable = line_timetable(departures_s=[0], hops_s=[100, 200], seats=50.0, standing_m2=25.0)
    loads = SegmentLoads(load_factor=np.array([1.0, 1 / 3, 0.0], dtype=np.float32))
    np.testing.assert_allclose(compute_density(timetable, loads), [4.0, 0.0, 0.0], atol=1e-5)
    assert CrowdingCurve().at(np.array([0.0, 4.0, 10.0, 20.0])).tolist() == [1.0, 1.4, 2.0, 2.0]


def test_generalised_cost_counts_a_crowded_second_as_longer(city):
    # The default vehicle of a metro is full at 4 standing a m2: 1.4 x 300 s, then 300 s.
    loads = full_trains(city.timetable, {"A0-07:10": {0: 1.0}})
    search = find_itineraries_by(
        city, at(city, "A1"), at(city, "A3"), departure_s=clock("07:01"),
        criteria=[Criterion.GENERALISED], rules=CostRules(loads=loads),
    )  # fmt: skip
    assert rows(search) == [
        (clock("07:10"), clock("07:20"), 1, (720.0,)),
        (clock("07:20"), clock("07:30"), 1, (600.0,)),
    ]


def test_occupancy_of_a_ride_is_its_largest_load_factor_and_its_crowded_seconds():
    timetable = line_timetable(departures_s=[0, 600], hops_s=[100, 200, 300])
    factor = np.array([0.2, 1.0, 1.5, 9.0, 0.3, 0.4, 0.5, 9.0], dtype=np.float32)
    rides = CrowdedRides(timetable=timetable, loads=SegmentLoads(load_factor=factor))
    assert rides.find(0, 0, 0, 2) == Occupancy(max_load_factor=1.0, crowded_s=200)
    assert rides.find(0, 0, 1, 3) == Occupancy(max_load_factor=1.5, crowded_s=500)
    found = rides.find(0, 1, 0, 3)
    assert (found.max_load_factor, found.crowded_s) == (0.5, 0)


def test_a_longer_way_by_metro_emits_by_its_metres(city):
    # 4 km by metro at 4.44 g/km: 17.76 g, in tenths.
    search = find_itineraries_by(
        city, at(city, "A1"), at(city, "A3"), departure_s=clock("07:01"),
        criteria=[Criterion.CO2], rules=CostRules(factors=read_emission_factors()),
    )  # fmt: skip
    ((_, _, _, (grams,)),) = rows(search)
    assert grams == 17.8


def test_costs_are_compared_in_steps_and_given_as_they_are(two_lines):
    # 482 s on foot and there at 08:20, or none at 08:40: in steps of 482 s one more or less, in
    # steps of 483 s too; but where both walk to the end as well, 1 s and 483 s are one step.
    stops = two_lines.timetable.stops
    start = Place(name="start", lat=stops.lat[0], lon=stops.lon[0])
    question = {"departure_s": clock("08:00"), "criteria": [Criterion.WALKING]}
    for step_s, walked in ((1, [482.0, 0.0]), (481, [482.0, 0.0]), (483, [482.0, 0.0])):
        search = find_itineraries_by(
            two_lines, start, at(two_lines, "S3"), **question,
            rules=CostRules(walking_step_s=step_s),
        )  # fmt: skip
        assert [costs[0] for *_, costs in rows(search)] == walked
    # 20 m beyond the stop: a second or more on foot for both.
    beyond = Place(name="beyond", lat=stops.lat[2] + 0.0002, lon=stops.lon[2])
    fine = find_itineraries_by(two_lines, start, beyond, **question)
    (fast, slow) = (costs[0] for *_, costs in rows(fine))
    assert fast == slow + 482 > 482
    coarse = find_itineraries_by(
        two_lines, start, beyond, **question, rules=CostRules(walking_step_s=int(fast))
    )
    assert [costs[0] for *_, costs in rows(coarse)] == [fast]


def test_grams_are_tenths_whatever_the_step(city):
    # 8.88 g to A2: 8.9, not one step of 10.
    search = find_itineraries_by(
        city, at(city, "A1"), at(city, "A2"), departure_s=clock("07:01"),
        criteria=[Criterion.CO2],
        rules=CostRules(factors=read_emission_factors(), co2_step_g=10.0),
    )  # fmt: skip
    assert [costs for *_, costs in rows(search)] == [(8.9,)]


@pytest.mark.parametrize("name", ["walking_step_s", "crowded_step_s", "generalised_step_s"])
def test_a_step_that_is_none_is_refused(city, name):
    with pytest.raises(NetworkInputError, match=name):
        CriteriaWorkspace(city, [Criterion.WALKING], rules=CostRules(**{name: 0}))


@pytest.mark.parametrize("step_g", [0.0, -1.0, float("nan"), 1e6])
def test_a_step_of_co2_that_is_none_is_refused(city, step_g):
    rules = CostRules(factors=read_emission_factors(), co2_step_g=step_g)
    with pytest.raises(NetworkInputError, match="co2_step_g"):
        CriteriaWorkspace(city, [Criterion.CO2], rules=rules)


def test_metres_between_calls_add_up_along_a_pattern():
    timetable = line_timetable(departures_s=[0], hops_s=[60, 60], other_departures_s=[30])
    metres = compute_call_metres(timetable)
    hop = 1111.9508  # 0.01 degrees of latitude on the sphere of mean radius
    np.testing.assert_allclose(metres, [0, hop, 2 * hop, 0, hop, 2 * hop], rtol=1e-6)


STOPS_TEXT = """
    stop_id,stop_name,stop_lat,stop_lon
    S1,One,48.900,2.30
    S2,Two,48.904,2.30
    S3,Three,48.98,2.30
    """


@pytest.fixture
def two_lines(tmp_path):
    """S1 and S2 are 445 m apart, 482 s on foot; the fast bus leaves from S2, the slow from S1."""
    files = line_feed(
        stops=STOPS_TEXT,
        routes="route_id,route_short_name,route_type\nR1,slow,3\nR2,fast,3",
        trips="route_id,service_id,trip_id\nR1,WK,slow\nR2,WK,fast",
        stop_times="""
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        slow,08:10:00,08:10:00,S1,0
        slow,08:40:00,08:40:00,S3,1
        fast,08:10:00,08:10:00,S2,0
        fast,08:20:00,08:20:00,S3,1
        """,
    )
    return read_network(write_feed(tmp_path, **files), DAY, include_spill=False)


def test_who_walks_less_may_arrive_later(two_lines):
    stops = two_lines.timetable.stops
    start = Place(name="start", lat=stops.lat[0], lon=stops.lon[0])
    end = at(two_lines, "S3")
    search = find_itineraries_by(
        two_lines, start, end, departure_s=clock("08:00"), criteria=[Criterion.WALKING]
    )
    assert rows(search) == [
        (clock("08:10") - 482, clock("08:20"), 1, (482.0,)),
        (clock("08:10"), clock("08:40"), 1, (0.0,)),
    ]


def test_the_direct_walk_is_an_answer_and_beats_by_every_criterion(city):
    # 1.3 km, 1,690 m on foot: 1,409 s. By line A 217 s to A1 and 542 s from A2: train at 07:10,
    # there at 07:24:02, after the walk, but for 759 s on foot in place of 1,409.
    start = Place(name="Start", lat=STOPS["A1"][0], lon=STOPS["A1"][1] + LON_STEP / 10)
    end = Place(name="End", lat=STOPS["A1"][0], lon=STOPS["A1"][1] + LON_STEP * 3 / 4)
    ends = (start, end)
    by_walking = find_itineraries_by(
        city, *ends, departure_s=clock("07:00"), criteria=[Criterion.WALKING]
    )
    assert by_walking.direct_walk is not None
    (_, _, no_ride, (walked,)), (_, arrival, one_ride, (less,)) = rows(by_walking)
    assert (no_ride, one_ride) == (0, 1)
    assert (walked, less) == (pytest.approx(1409, abs=1), pytest.approx(759, abs=1))
    assert arrival == pytest.approx(clock("07:24") + 2, abs=1)
    by_co2 = find_itineraries_by(
        city, *ends, departure_s=clock("07:00"), criteria=[Criterion.CO2],
        rules=CostRules(factors=read_emission_factors()),
    )  # fmt: skip
    assert [r[2:] for r in rows(by_co2)] == [(0, (0.0,))]


def test_a_window_holds_each_departure_that_no_other_beats(city):
    # Leaving 07:00 (wait 1 minute at A2), 07:10 (6), 07:20 and 07:30 (11 and 1, one train).
    search = find_itineraries_range_by(
        city, at(city, "A1"), at(city, "B3"), earliest_s=clock("07:00"), latest_s=clock("07:30"),
        criteria=[Criterion.GENERALISED],
    )  # fmt: skip
    assert rows(search) == [
        (clock("07:00"), clock("07:12"), 2, (1050.0,)),
        (clock("07:10"), clock("07:27"), 2, (1500.0,)),
        (clock("07:30"), clock("07:42"), 2, (1050.0,)),
    ]


def test_no_way_has_the_reason_of_the_plain_search(city):
    ends = at(city, "A1"), at(city, "B3")
    question = {"departure_s": clock("23:00")}
    found = find_itineraries_by(city, *ends, **question)
    assert found.itineraries == ()
    assert found.reason == find_itineraries(city, *ends, **question).reason
    assert isinstance(found.reason, NoAnswer)


def test_a_workspace_answers_again_and_again(city):
    work = CriteriaWorkspace(city, [Criterion.GENERALISED])
    ends = at(city, "A1"), at(city, "B3")
    for departure in ("07:01", "08:00", "07:01"):
        question = {"departure_s": clock(departure), "criteria": [Criterion.GENERALISED]}
        again = find_itineraries_by(city, *ends, **question, workspace=work)
        assert again == find_itineraries_by(city, *ends, **question)


@pytest.mark.parametrize(
    "criteria",
    [
        [],
        [Criterion.WALKING, Criterion.WALKING],
        [Criterion.WALKING, Criterion.CROWDED, Criterion.GENERALISED],
        [Criterion.CO2],
    ],
    ids=["none", "twice the same", "three", "co2 without factors"],
)
def test_criteria_that_cannot_be_counted_are_refused(city, criteria):
    with pytest.raises(NetworkInputError):
        find_itineraries_by(city, at(city, "A1"), at(city, "B3"), departure_s=0, criteria=criteria)


def test_loads_of_another_timetable_are_refused(city):
    loads = SegmentLoads(load_factor=np.zeros(3, dtype=np.float32))
    with pytest.raises(NetworkInputError, match="load_factor"):
        CriteriaWorkspace(city, [Criterion.CROWDED], rules=CostRules(loads=loads))


@pytest.mark.parametrize(
    "values",
    [
        np.array([-0.1], dtype=np.float32),
        np.array([np.nan], dtype=np.float32),
        np.array([0.5], dtype=np.float64),
        np.zeros((2, 2), dtype=np.float32),
    ],
    ids=["negative", "not a number", "of 64 bits", "of two dimensions"],
)
def test_what_no_load_factor_can_be_is_refused(values):
    with pytest.raises(NetworkInputError, match="load_factor"):
        SegmentLoads(load_factor=values)


@pytest.mark.parametrize("name", ["riding", "waiting", "walking", "transfer_s"])
@pytest.mark.parametrize("value", [-1.0, 1e9, float("nan")])
def test_weights_out_of_range_are_refused(name, value):
    with pytest.raises(NetworkInputError, match=name):
        Weights(**{name: value})


@pytest.mark.parametrize(
    ("pax_m2", "multiplier"),
    [((0.0, 1.0), (1.0,)), ((1.0, 0.0), (1.0, 2.0)), ((0.0,), (0.5,)), ((), ())],
)
def test_a_curve_that_is_none_is_refused(pax_m2, multiplier):
    with pytest.raises(NetworkInputError, match="curve"):
        CrowdingCurve(pax_m2=pax_m2, multiplier=multiplier)
