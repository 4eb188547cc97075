"""Itineraries by arrival, rides and costs: equal to every way tried, on feeds made to break it."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from network.base import distance_m
from network.readers.emissions import read_emission_factors
from network.routing.criteria.costs import CostRules, Criterion, Weights
from network.routing.criteria.ways import CriteriaWorkspace, WaySearch
from network.routing.loads import CrowdingCurve, SegmentLoads
from tests.builders.random_feeds import PlainCity, PlainTrip, cities, ends
from tests.properties.test_network_raptor import DEPARTURES, by_index, network_of
from tests.properties.test_network_transfers import feeds, read
from tests.reference.multicriteria import Prices, Tried, every_way, leave_out_beaten
from tests.reference.transfers import list_runs

MAX_RIDES = 3
CRITERIA = st.sampled_from(
    [
        *((c,) for c in Criterion),
        (Criterion.WALKING, Criterion.CROWDED),
        (Criterion.CO2, Criterion.WALKING),
        (Criterion.GENERALISED, Criterion.CROWDED),
        (Criterion.WALKING, Criterion.GENERALISED),
    ]
)
WEIGHTS = st.builds(
    Weights,
    waiting=st.sampled_from([0.0, 0.5, 1.5, 3.0]),
    walking=st.sampled_from([0.0, 1.0, 1.5, 4.0]),
    transfer_s=st.sampled_from([0.0, 60.0, 300.0]),
)

STEPS = st.sampled_from(
    [
        {},
        {},
        {"walking_step_s": 90, "crowded_step_s": 120, "co2_step_g": 20.0},
        {"generalised_step_s": 240.0, "walking_step_s": 150},
    ]
)


def draw_loads(data, timetable):
    """Load factors from empty to twice full, or none."""
    seed = data.draw(st.none() | st.integers(0, 2**16))
    if seed is None:
        return None
    levels = np.random.default_rng(seed).integers(0, 5, timetable.n_stop_times)
    return SegmentLoads(load_factor=(levels / 2).astype(np.float32))


def price(network, criteria, rules):
    """The prices of a search, worked out call by call in plain numbers."""
    timetable = network.timetable
    runs = list_runs(timetable)
    metres = plain_metres(network)
    kinds = {c: [k is c for k in criteria] for c in Criterion}
    w = rules.weights

    def by(criterion, value):
        return tuple(value if is_it else 0 for is_it in kinds[criterion])

    def add(*costs):
        return tuple(sum(column) for column in zip(*costs, strict=True))

    def extra(trip, i, j):
        pattern = pattern_of(timetable, trip)
        crowded, dearer = 0, 0
        for pos in range(i, j):
            call, following = runs[trip].calls[pos], runs[trip].calls[pos + 1]
            ends_s = following[1] if pos + 1 == j else following[2]
            seconds = ends_s - call[2]
            if rules.loads is None:
                continue
            factor = float(rules.loads.load_factor[place_of(timetable, trip) + pos])
            crowded += seconds * (factor >= rules.crowded_from)
            seats, room = timetable.trip_seats[trip], timetable.trip_standing_m2[trip]
            density = max(0.0, factor * (seats + 4 * room) - seats) / room
            dearer += seconds * round(1000 * 0.1 * min(density, 10.0))  # the curve ends there
        kind = int(timetable.routes.types[timetable.pattern_route[pattern]])
        grams = rules.factors[{1: "metro", 3: "bus"}[kind]].g_km
        decigrams = [round(grams * metres[pattern][pos] / 100) for pos in (i, j)]
        emitted = decigrams[1] - decigrams[0]
        return add(
            by(Criterion.CROWDED, crowded),
            by(Criterion.GENERALISED, dearer),
            by(Criterion.CO2, emitted),
        )

    return Prices(
        riding=by(Criterion.GENERALISED, 1000),
        waiting=by(Criterion.GENERALISED, round(1000 * w.waiting)),
        walking=add(by(Criterion.WALKING, 1), by(Criterion.GENERALISED, round(1000 * w.walking))),
        change=by(Criterion.GENERALISED, round(1000 * w.transfer_s)),
        extra=extra,
    )


def pattern_of(timetable, trip):
    return int(np.searchsorted(timetable.pattern_trip_offset, trip, side="right")) - 1


def place_of(timetable, trip):
    pattern = pattern_of(timetable, trip)
    row = trip - int(timetable.pattern_trip_offset[pattern])
    n_calls = len(timetable.pattern_stops(pattern))
    return int(timetable.pattern_time_offset[pattern]) + row * n_calls


def plain_metres(network):
    stops, timetable = network.timetable.stops, network.timetable
    metres = []
    for pattern in range(timetable.n_patterns):
        path = timetable.pattern_stops(pattern).tolist()
        along = [0.0]
        for a, b in zip(path[:-1], path[1:], strict=True):
            along.append(
                along[-1]
                + float(distance_m(stops.lat[a], stops.lon[a], stops.lat[b], stops.lon[b]))
            )
        metres.append(along)
    return metres


def arrays(stops):
    return np.array(list(stops), dtype=np.int32), np.array(list(stops.values()), dtype=np.int32)


def ways_of(work, access, egress, departure_s, within_s, walk, step_s):
    """The search's answer as the twin gives it."""
    search = WaySearch(work, arrays(access), arrays(egress), within_s=within_s, step_s=step_s)
    ways = search.find(departure_s, walk)
    assert all(w.point[0] - step_s < w.arrival_s <= w.point[0] for w in ways)
    n = len(work.criteria)
    return {Tried(w.point[0], w.point[1], w.point[2 : 2 + n], w.departure_s) for w in ways}


def check(data, network, access, egress, departure_s):
    criteria = data.draw(CRITERIA, label="criteria")
    rules = CostRules(
        weights=data.draw(WEIGHTS, label="weights"),
        loads=draw_loads(data, network.timetable),
        curve=CrowdingCurve(),
        factors=read_emission_factors(),
        **data.draw(STEPS, label="steps"),
    )
    within_s = data.draw(st.sampled_from([None, 0, 600, 1800]), label="within_s")
    prices = price(network, criteria, rules)
    walk = None
    if data.draw(st.booleans(), label="walk"):
        seconds = 60 * data.draw(st.integers(0, 60))
        costs = tuple(rate * seconds for rate in prices.walking)
        walk = Tried(departure_s + seconds, 0, costs, departure_s)
    work = CriteriaWorkspace(network, criteria, rules=rules, max_rides=MAX_RIDES)
    given_walk = walk and (walk.arrival_s, *walk.costs, *[0] * (2 - len(criteria)))
    step_s = data.draw(st.sampled_from([1, 1, 420]), label="step_s")
    found = ways_of(work, access, egress, departure_s, within_s, given_walk, step_s)
    tried = every_way(network, access, egress, departure_s, MAX_RIDES, prices)
    steps = rules.count_steps(criteria).tolist()[: len(criteria)]
    assert found == leave_out_beaten(
        tried, within_s=within_s, walk=walk, step_s=step_s, cost_steps=steps
    )


@settings(max_examples=150)
@given(data=st.data(), city=cities(), access=ends(), egress=ends(), departure_s=DEPARTURES)
def test_ways_equal_every_way_tried_on_trips_that_overtake(data, city, access, egress, departure_s):
    network = network_of(city)
    check(data, network, by_index(network, access), by_index(network, egress), departure_s)


@settings(max_examples=150)
@given(data=st.data(), files=feeds(), start=st.integers(0, 1))
def test_ways_equal_every_way_tried_under_rules_and_in_kept_seats(data, files, start):
    network = read(files)
    stops = st.integers(0, network.timetable.n_stops - 1)
    walks = st.sampled_from([0, 120])
    access = {data.draw(stops): data.draw(walks)}
    egress = {data.draw(stops): data.draw(walks)}
    check(data, network, access, egress, 8 * 3600 + 300 * start)


@settings(max_examples=60)
@given(data=st.data(), city=cities(), access=ends(), egress=ends(), departure_s=DEPARTURES)
def test_where_a_station_is_one_stop_nothing_is_lost_by_not_riding_back(
    data, city, access, egress, departure_s
):
    # Getting off there at once is as good: no walk across the station is saved by coming back.
    # Who is there already, or a walk away, has nothing to ride for but to come back.
    assume(not any(a == e or (a, e) in city.walks for a in access for e in egress))
    network = network_of(city)
    stops = network.timetable.stops
    assert len(set(stops.station.tolist())) == len(stops)
    criteria = data.draw(
        st.sampled_from([(Criterion.WALKING,), (Criterion.CO2, Criterion.WALKING)])
    )
    found = []
    for rides_back in (True, False):
        rules = CostRules(factors=read_emission_factors(), rides_back=rides_back)
        work = CriteriaWorkspace(network, criteria, rules=rules, max_rides=MAX_RIDES)
        start, end = by_index(network, access), by_index(network, egress)
        found.append(ways_of(work, start, end, departure_s, None, None, 1))
    assert {(w.arrival_s, w.n_rides, w.costs) for w in found[0]} == {
        (w.arrival_s, w.n_rides, w.costs) for w in found[1]
    }


def test_nobody_rides_away_and_back_to_the_stop_he_stands_at() -> None:
    # One trip calls S1, S0, S1 within a minute; from S0 to S0 the only ways lead away and back.
    calls = [(stop, 84600, 84600, True, True) for stop in ("S1", "S0", "S1")]
    network = network_of(PlainCity(trips=[PlainTrip(id="R0t0", route="R0", calls=calls)]))
    here, found = by_index(network, {"S0": 0}), []
    for rides_back in (True, False):
        rules = CostRules(factors=read_emission_factors(), rides_back=rides_back)
        work = CriteriaWorkspace(network, (Criterion.WALKING,), rules=rules, max_rides=MAX_RIDES)
        found.append(ways_of(work, here, here, 84000, None, None, 1))
    assert [(w.arrival_s, w.n_rides) for w in found[0]] == [(84600, 2)]
    assert found[1] == set()
