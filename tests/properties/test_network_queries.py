"""Queries by departure and by arrival against their definitions, on feeds made to break them."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from network.routing import (
    HeadwayWait,
    SearchOptions,
    find_first,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
    find_last,
)
from network.routing.paging import find_page
from network.timetable import UNREACHED_S
from tests.builders.queries import query_of, spans, stop_place, triples
from tests.builders.random_feeds import cities, ends
from tests.properties.test_network_raptor import DEPARTURES, network_of
from tests.properties.test_network_transfers import feeds, read
from tests.reference.queries import (
    first_arrivals,
    journeys_arriving,
    journeys_leaving,
    last_departures,
)
from tests.reference.transfers import earliest_arrivals as arrivals_under_rules

MAX_RIDES = 4
OPTIONS = SearchOptions(max_rides=MAX_RIDES)
MINUTES = st.integers(0, 90)


def asked(city, access, egress, runs=None):
    return (city.runs() if runs is None else runs, city.walks, access, egress)


@given(city=cities(), access=ends(), egress=ends(), time_s=DEPARTURES)
def test_leaving_at_a_time_gives_the_first_arrivals_leaving_last(city, access, egress, time_s):
    query = query_of(network_of(city), access, egress, OPTIONS)
    found = triples(query.find_at(time_s, backwards=False))
    assert len(found) == len(set(found))
    assert set(found) == first_arrivals(asked(city, access, egress), time_s, MAX_RIDES)


@given(city=cities(), access=ends(), egress=ends(), time_s=DEPARTURES)
def test_arriving_by_a_time_gives_the_last_departures_arriving_first(city, access, egress, time_s):
    query = query_of(network_of(city), access, egress, OPTIONS)
    found = triples(query.find_at(-time_s, backwards=True))
    assert len(found) == len(set(found))
    assert set(found) == last_departures(asked(city, access, egress), time_s, MAX_RIDES)


@given(city=cities(), access=ends(), egress=ends(), time_s=DEPARTURES, minutes=MINUTES)
def test_windows_of_arrivals_lose_none_and_double_none(city, access, egress, time_s, minutes):
    query = query_of(network_of(city), access, egress, OPTIONS)
    first_s = time_s - 60 * minutes
    found = triples(query.find_range(-time_s, -first_s, backwards=True))
    assert len(found) == len(set(found))
    assert set(found) == journeys_arriving(
        asked(city, access, egress), (first_s, time_s), MAX_RIDES
    )


@given(city=cities(), access=ends(), egress=ends(), time_s=DEPARTURES, minutes=MINUTES)
def test_an_open_window_leaves_out_who_is_beaten_by_a_later_departure(
    city, access, egress, time_s, minutes
):
    query = query_of(network_of(city), access, egress, OPTIONS)
    last_s = time_s + 60 * minutes
    found = triples(query.find_range(time_s, last_s, backwards=False, is_open=True))
    day = journeys_leaving(asked(city, access, egress), (time_s, UNREACHED_S), MAX_RIDES)
    assert set(found) == {p for p in day if p[0] <= last_s}


def stops_of(data, network):
    ids = st.lists(st.sampled_from(network.timetable.stops.ids), min_size=1, max_size=2)
    return [stop_place(network, *data.draw(ids)) for _ in "od"]


@given(data=st.data(), city=cities(), time_s=DEPARTURES)
def test_a_range_is_the_union_of_its_single_departures(data, city, time_s):
    network = network_of(city)
    origin, destination = stops_of(data, network)
    together = find_itineraries_range(
        network, origin, destination, earliest_s=time_s, latest_s=UNREACHED_S - 1, options=OPTIONS
    )
    alone = set()
    leaving = {d for run in city.runs() for _, _, d, _, _ in run if d >= time_s}
    for departure_s in leaving:
        alone |= set(
            spans(
                find_itineraries(
                    network, origin, destination, departure_s=departure_s, options=OPTIONS
                )
            )
        )
    assert spans(together) == sorted(alone)


def read_all(turn, page, name):
    """Every itinerary from a page on, page by page."""
    found = list(spans(page))
    sizes = [len(page.itineraries)]
    while getattr(page, name) is not None:
        page = turn(getattr(page, name))
        found = found + spans(page) if name == "next" else spans(page) + found
        sizes.append(len(page.itineraries))
    return found, sizes, page


@settings(max_examples=60)
@given(
    data=st.data(), city=cities(), n=st.integers(1, 4), by_arrival=st.booleans(), time_s=DEPARTURES
)
def test_pages_give_each_itinerary_of_the_day_once_and_back_again(
    data, city, n, by_arrival, time_s
):
    network = network_of(city)
    origin, destination = stops_of(data, network)
    day = find_itineraries_range(
        network, origin, destination, earliest_s=0, latest_s=UNREACHED_S - 1, options=OPTIONS
    )
    expected = spans(day)
    start = {"arrival_s": time_s} if by_arrival else {"departure_s": time_s}
    if by_arrival:
        expected.sort(key=lambda p: (-p[1], -p[0], p[2]))

    def turn(cursor):
        return find_page(
            network, origin, destination, cursor=cursor, n_itineraries=n, options=OPTIONS
        )

    first = find_page(network, origin, destination, **start, n_itineraries=n, options=OPTIONS)
    onward, sizes, last = read_all(turn, first, "next")
    assert onward == [p for p in expected if (p[1] <= time_s if by_arrival else p[0] >= time_s)]
    assert all(size == n for size in sizes[:-1])
    if last.previous is not None:
        back, sizes, _ = read_all(turn, turn(last.previous), "previous")
        assert back == expected[: len(expected) - len(last.itineraries)]
        assert all(size == n for size in sizes[1:-1])


@given(data=st.data(), city=cities())
def test_the_first_and_the_last_of_the_day_end_its_range(data, city):
    network = network_of(city)
    origin, destination = stops_of(data, network)
    ends = network, origin, destination
    day = spans(
        find_itineraries_range(*ends, earliest_s=0, latest_s=UNREACHED_S - 1, options=OPTIONS)
    )
    first, last = (
        spans(find_first(*ends, options=OPTIONS)),
        spans(find_last(*ends, options=OPTIONS)),
    )
    assert bool(first) == bool(last) == bool(day)
    assert set(first) | set(last) <= set(day)
    if day:
        assert first[0][1] == min(arrival for _, arrival, _ in day)
        assert last[0][0] == max(departure for departure, _, _ in day)


@settings(max_examples=60, deadline=None)
@given(files=feeds(), minutes=st.integers(0, 15))
def test_arriving_by_a_time_obeys_rules_and_keeps_seats(files, minutes):
    network = read(files)
    arrival_s = 8 * 3600 + 300 * minutes
    departures = range(8 * 3600, 8 * 3600 + 75 * 60, 300)
    ids = network.timetable.stops.ids
    for origin in range(len(ids)):
        for target in range(len(ids)):
            ends = [stop_place(network, ids[i]) for i in (origin, target)]
            found = find_itineraries_arriving(
                network, *ends, arrival_s=arrival_s, options=SearchOptions(max_rides=3)
            )
            # Everything leaves on five minutes, so that the last of them is the latest of all.
            latest = [-1] * 4
            for d in departures:
                by_rides = arrivals_under_rules(network, {origin: 0}, {target: 0}, d, 3)
                latest = [max(m, d) if a <= arrival_s else m
                          for m, a in zip(latest, by_rides, strict=True)]  # fmt: skip
            expected = [(m, k) for k, m in enumerate(latest) if m > max(latest[:k], default=-1)]
            assert [(i.departure_s, i.n_rides) for i in found.itineraries] == expected[::-1]


@given(
    city=cities(), access=ends(), egress=ends(), time_s=DEPARTURES, least=st.sampled_from([90, 300])
)
def test_a_least_change_is_as_if_all_arrived_later_and_walked_less(
    city, access, egress, time_s, least
):
    """To arrive m later and walk m less, but no less than nothing, is max(m, walk)."""
    options = SearchOptions(max_rides=MAX_RIDES, min_transfer_s=least)
    query = query_of(network_of(city), access, egress, options)
    runs = [[(s, a + least, d, b, o) for s, a, d, b, o in run] for run in city.runs()]
    walks = {pair: max(0, seconds - least) for pair, seconds in city.walks.items()}
    expected = first_arrivals((runs, walks, access, egress), time_s, MAX_RIDES)
    found = set(triples(query.find_at(time_s, backwards=False)))
    assert found == {(d, a - least, k) for d, a, k in expected}
    for backwards, end_s in ((False, time_s), (True, -time_s)):
        for one in query.find_range(end_s, end_s + 3600, backwards=backwards):
            ready_s = None
            journeys = one.journeys
            for leg in range(*journeys.leg_offset[one.row : one.row + 2]):
                pattern = int(journeys.leg_pattern[leg])
                arrival, departure = query.network.timetable.pattern_times(pattern)
                trip = int(journeys.leg_trip[leg])
                trip -= int(query.network.timetable.pattern_trip_offset[pattern])
                leaves_s = int(departure[trip, journeys.leg_board_pos[leg]])
                assert ready_s is None or leaves_s >= ready_s + least
                ready_s = int(arrival[trip, journeys.leg_alight_pos[leg]])


@given(
    city=cities(),
    access=ends(),
    egress=ends(),
    time_s=DEPARTURES,
    wait=st.sampled_from([HeadwayWait.EXPECTED, HeadwayWait.WORST]),
)
def test_a_reckoned_wait_is_as_if_runs_of_a_headway_left_earlier(
    city, access, egress, time_s, wait
):
    options = SearchOptions(max_rides=MAX_RIDES, headway_wait=wait)
    query = query_of(network_of(city), access, egress, options)
    runs = []
    for trip in city.trips:
        for i, run in enumerate(trip.runs()):
            wait_s = trip.headway[2] if trip.headway and len(trip.runs()) > 1 else 0
            if wait is HeadwayWait.EXPECTED:
                wait_s = -(-wait_s // 2)
            elif trip.headway and i == 0:
                wait_s = 10**6  # of the first nobody is certain
            runs.append([(s, a, d - wait_s, b, o) for s, a, d, b, o in run])
    question = asked(city, access, egress, runs)
    found = triples(query.find_at(time_s, backwards=False))
    assert set(found) == first_arrivals(question, time_s, MAX_RIDES)
    found = triples(query.find_at(-time_s, backwards=True))
    assert set(found) == last_departures(question, time_s, MAX_RIDES)


@given(city=cities(), access=ends(), egress=ends(), time_s=DEPARTURES, routes=st.sets(
    st.sampled_from(["R0", "R1"]), min_size=1), only=st.booleans())  # fmt: skip
def test_excluded_routes_are_as_if_they_did_not_run(city, access, egress, time_s, routes, only):
    network = network_of(city)
    named = tuple(sorted(routes & set(network.timetable.routes.ids)))
    field = "only_routes" if only else "banned_routes"
    options = SearchOptions(max_rides=MAX_RIDES, **{field: named})
    query = query_of(network, access, egress, options)
    runs = [r for t in city.trips if not named or (t.route in named) == only for r in t.runs()]
    found = set(triples(query.find_range(time_s, time_s + 3600, backwards=False)))
    window = (time_s, time_s + 3600)
    assert found == journeys_leaving(asked(city, access, egress, runs), window, MAX_RIDES)


@given(
    city=cities(),
    access=ends(),
    egress=ends(),
    time_s=DEPARTURES,
    penalty_s=st.sampled_from([0, 300, 900]),
)
def test_routes_not_preferred_count_as_arriving_later_by_the_penalty(
    city, access, egress, time_s, penalty_s
):
    network = network_of(city)
    options = SearchOptions(
        max_rides=MAX_RIDES, preferred_routes=("R0",), not_preferred_s=penalty_s
    )
    assume("R0" in network.timetable.routes.ids)
    query = query_of(network, access, egress, options)
    own = [run for trip in city.trips if trip.route == "R0" for run in trip.runs()]
    window = (time_s, time_s + 3600)
    preferred = journeys_leaving(asked(city, access, egress, own), window, MAX_RIDES)
    all_of_them = journeys_leaving(asked(city, access, egress), window, MAX_RIDES)
    counted = {(d, a, k, a) for d, a, k in preferred}
    counted |= {(d, a + penalty_s, k, a) for d, a, k in all_of_them}
    expected = {
        (p[0], p[3], p[2])
        for p in counted
        if not any(
            q[:3] != p[:3] and q[0] >= p[0] and q[1] <= p[1] and q[2] <= p[2] for q in counted
        )
    }
    # Of two that count the same the preferred one, which arrives no sooner, stays.
    latest = {(d, k): max(a for e, a, n in expected if (e, n) == (d, k)) for d, _, k in expected}
    found = triples(query.find_range(*window, backwards=False))
    assert set(found) == {(d, a, k) for (d, k), a in latest.items()}
