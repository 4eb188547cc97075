"""Choice sets beside itineraries asked for one by one: the same journeys, times and costs.

What is meant to differ, and is tested for exactly: people set out at whole minutes, so that a
journey is left out that is the best only between two of these, and of two that leave in the
same minute and arrive at once either may stand; and of all journeys that arrive in time a
group keeps two trains a way of going, those within 12 minutes of the best,
six at most.
"""

from collections import Counter

import numpy as np
import pytest

from network.base import parse_clock
from network.readers import read_network
from network.routing import Place, SearchOptions, find_itineraries_range
from network.walking.access import walk_access
from scenarios import load_territory
from solver.choice import (
    AccessRules,
    CostWeights,
    LocalLines,
    OriginSearches,
    Places,
    WalkRules,
    build_connectors,
    find_walks,
)
from solver.loading.vehicles import NOBODY, MinuteDemand, PathSettings, build_run_choices
from tests.builders.feeds import write_feed
from tests.builders.gridstreets import BLOCK_M, GRID_DAY, at, grid_streets, grid_streets_feed
from tests.builders.realdata import real_data

START_S, END_S = parse_clock("07:00"), parse_clock("09:30")
WEIGHTS = CostWeights()
SETTINGS = PathSettings(earliest_departure_s=START_S)
_LINES = {
    # route: (stops of direction 0, seconds from one to the next, seconds between trips)
    "L1": (("W", "P", "S"), (420, 95), 430),
    "L2": (("Q", "R", "Z"), (151, 605), 307),
    "L3": (("S", "R"), (203,), 240),
}


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """The grid city with its streets, three lines both ways at odd seconds."""
    folder = tmp_path_factory.mktemp("city")
    trips, calls = ["route_id,service_id,trip_id,direction_id"], []
    for route, (stops, hops_s, headway_s) in _LINES.items():
        for direction, path in ((0, stops), (1, stops[::-1])):
            hops = hops_s if direction == 0 else hops_s[::-1]
            for number, start_s in enumerate(range(START_S + 13, END_S + 3600, headway_s)):
                trip = f"{route}-{direction}-{number}"
                trips.append(f"{route},ALL,{trip},{direction}")
                times_s = start_s + np.concatenate(([0], np.cumsum(hops)))
                for place, (stop, time_s) in enumerate(zip(path, times_s.tolist(), strict=True)):
                    clock = f"{time_s // 3600:02d}:{time_s // 60 % 60:02d}:{time_s % 60:02d}"
                    calls.append(f"{trip},{clock},{clock},{stop},{place + 1}")
    head = "trip_id,arrival_time,departure_time,stop_id,stop_sequence"
    feed = write_feed(
        folder,
        **grid_streets_feed(
            trips="\n".join(trips) + "\n", stop_times="\n".join([head, *calls]) + "\n"
        ),
    )
    return read_network(feed, GRID_DAY, streets=grid_streets().read(folder))


@pytest.fixture(scope="module")
def city_places():
    """Doors all over the city, one on the far bank, one at the end of each long road."""
    metres = [(0.3, 0.1), (3.4, 0.2), (2.2, 2.4), (4.1, 1.2), (1.0, 3.6), (-41.0, 0.1), (4.1, 54.0)]
    return places_at([at(x * BLOCK_M, y * BLOCK_M) for x, y in metres])


@pytest.fixture(scope="module")
def pack():
    """The embedded territory's network, and zones of it as points."""
    territory = load_territory("plaine-commune")
    zones = territory.zones
    inside = np.flatnonzero(zones.in_territory)
    chosen = np.concatenate((inside[:: max(1, len(inside) // 5)], np.arange(0, len(zones), 90)))
    spots = zip(zones.lat[chosen].tolist(), zones.lon[chosen].tolist(), strict=True)
    return territory.network, places_at(list(spots))


def places_at(spots):
    lat, lon = (np.asarray(column) for column in zip(*spots, strict=True))
    return Places(lat=lat, lon=lon, n_zones=len(lat))


def connect(network, places):
    """On foot alone, as the router walks; no other lines."""
    speed = network.footpaths.speed_mps
    walk = WalkRules(speed_mps=speed)
    connectors = build_connectors(
        network.timetable,
        places,
        hub_stops=np.zeros(0, dtype=np.int32),
        rules=AccessRules(walk=walk, local=LocalLines(max_m=0.0)),
        streets=find_walks(network, places, walk),
    )
    connectors.other_min[:] = np.inf
    return connectors


def ask(network, places, origin, place):
    """All itineraries of the period between two places, asked for alone."""
    ends = [
        Place(name=str(i), lat=float(places.lat[i]), lon=float(places.lon[i]))
        for i in (origin, place)
    ]
    options = SearchOptions(max_rides=4, max_direct_walk_s=0)
    found = find_itineraries_range(
        network, *ends, earliest_s=START_S, latest_s=END_S, options=options
    )
    return [one for one in found.itineraries if one.arrival_s <= END_S]


def at_whole_minutes(itineraries):
    """Those that are the first to arrive, with so many rides, for who leaves at some minute."""
    kept = set()
    for minute_s in range(START_S, END_S, 60):
        best = {}
        for number, one in enumerate(itineraries):
            if one.departure_s >= minute_s:
                rank = one.arrival_s, number
                best[one.n_rides] = min(best.get(one.n_rides, rank), rank)
        earliest = np.inf
        for _, (arrival_s, number) in sorted(best.items()):
            if arrival_s < earliest:
                kept.add(number)
                earliest = arrival_s
    return [itineraries[number] for number in sorted(kept)]


def times_of(itineraries):
    return Counter((one.departure_s, one.arrival_s, one.n_rides) for one in itineraries)


def free_min(itinerary):
    """Generalised minutes from the legs: walks to and from stops 1.5, waits and changes too."""
    rides = itinerary.rides
    walk_s = rides[0].departure_s - itinerary.departure_s  # access, no wait: it leaves in time
    walk_s += itinerary.arrival_s - rides[-1].arrival_s
    ride_s = sum(ride.arrival_s - ride.departure_s for ride in rides)
    rest_s = itinerary.duration_s - walk_s - ride_s
    weighted = WEIGHTS.walk * walk_s + ride_s + WEIGHTS.wait * rest_s
    return weighted / 60 + WEIGHTS.change_min * (len(rides) - 1)


def way_of(itinerary):
    return tuple(
        (ride.line, ride.calls[0].stop_idx, ride.calls[-1].stop_idx) for ride in itinerary.rides
    )


def assert_same_journeys(network, places, pairs):
    searches = OriginSearches.over(
        network,
        connect(network, places),
        WEIGHTS,
        np.arange(START_S, END_S, 60, dtype=np.int32),
        max_rides=4,
        latest_arrival_s=END_S,
    )
    n_all = n_between = 0
    for origin, place in pairs:
        found = searches.search(origin, np.asarray([place]))
        there = found.arrival_s <= END_S
        columns = (found.departure_s // 60, found.arrival_s, found.n_rides)
        mine = Counter(zip(*(column[there].tolist() for column in columns), strict=True))
        alone = ask(network, places, origin, place)
        expected = Counter(
            (one.departure_s // 60, one.arrival_s, one.n_rides) for one in at_whole_minutes(alone)
        )
        assert mine == expected, (origin, place)
        n_all += len(alone)
        n_between += len(alone) - sum(mine.values())
    return n_all, n_between


def assert_same_choices(network, places, pairs):
    """Every group's journeys and costs are those picked from itineraries asked for alone."""
    minutes_s = range(START_S + 3600, END_S, 1260)
    rows = [(o, p, minute_s) for o, p in pairs for minute_s in minutes_s]
    origin, place, wanted_s = (np.asarray(c, dtype=np.int32) for c in zip(*rows, strict=True))
    demand = MinuteDemand(
        origin=origin,
        place=place,
        wanted_s=wanted_s,
        pax=np.ones(len(rows)),
        flexible=np.zeros(len(rows), dtype=np.bool_),
        owner=np.full(len(rows), NOBODY, dtype=np.int32),
    )
    choices = build_run_choices(network, connect(network, places), demand, settings=SETTINGS)
    asked = {pair: at_whole_minutes(ask(network, places, *pair)) for pair in pairs}
    n_pruned = 0
    for row, (o, p, minute_s) in enumerate(rows):
        offered = in_time(asked[o, p], minute_s)
        expected = pick(offered, minute_s)
        group = int(choices.row_group[row])
        assert (group >= 0) == bool(expected)
        if group < 0:
            continue
        entries = range(choices.offset[group], choices.offset[group + 1])
        costs = [choices.free_min[e] for e in entries]
        assert costs == pytest.approx([cost for cost, _ in expected]), (o, p, minute_s)
        journeys, legs = choices.journeys, choices.journeys.leg_offset
        mine = Counter()
        for e in entries:
            j = choices.journey[e]
            n_rides = int(legs[j + 1] - legs[j] - journeys.leg_seated[legs[j] : legs[j + 1]].sum())
            mine[int(journeys.departure_s[j]), int(journeys.arrival_s[j]), n_rides] += 1
        assert mine == times_of([one for _, one in expected])
        n_pruned += len(offered) - len(expected)
    return choices, n_pruned


def in_time(itineraries, minute_s):
    early_s = minute_s - SETTINGS.look_s
    return [one for one in itineraries if early_s <= one.arrival_s <= minute_s]


def pick(offered, minute_s):
    """Those a group keeps with their costs, cheapest first: pruned as this file's head says."""
    kept, seen = [], Counter()
    for one in sorted(offered, key=lambda one: (one.n_rides, -one.departure_s)):
        if seen[way_of(one)] < SETTINGS.trains_per_route:
            seen[way_of(one)] += 1
            slack_min = WEIGHTS.slack * (minute_s - one.arrival_s) / 60
            kept.append((free_min(one) + slack_min, one))
    kept.sort(key=lambda pair: pair[0])
    return [
        pair
        for pair in kept[: SETTINGS.max_routes]
        if pair[0] <= kept[0][0] + SETTINGS.prune_min + 1e-9
    ]


def all_pairs(places):
    return [(o, p) for o in range(len(places)) for p in range(len(places)) if o != p]


def test_connectors_over_streets_are_the_walks_of_an_itinerary(city, city_places):
    connectors = connect(city, city_places)
    assert connectors.over_streets
    n_found = 0
    for place in range(len(city_places)):
        own = slice(connectors.offset[place], connectors.offset[place + 1])
        spot = float(city_places.lat[place]), float(city_places.lon[place])
        for seconds, reverse in ((connectors.seconds, False), (connectors.from_stop_s, True)):
            there = seconds[own] >= 0
            stop, walk_s = walk_access(city, *spot, reverse=reverse)
            assert connectors.stop[own][there].tolist() == stop.tolist()
            assert seconds[own][there].tolist() == walk_s.tolist()
            n_found += len(stop)
    assert n_found > 30


def test_searches_in_bulk_find_the_itineraries_of_a_city_with_streets(city, city_places):
    n_all, n_between = assert_same_journeys(city, city_places, all_pairs(city_places))
    assert n_all > 300
    assert 0 < n_between < 0.5 * n_all


def test_groups_choose_among_the_itineraries_of_a_city_with_streets(city, city_places):
    choices, n_pruned = assert_same_choices(city, city_places, all_pairs(city_places))
    assert choices.n_groups > 50
    assert n_pruned > 50


def test_searches_in_bulk_find_the_itineraries_of_the_embedded_territory(pack):
    network, places = pack
    pairs = all_pairs(places)[::7]
    n_all, _ = assert_same_journeys(network, places, pairs)
    assert n_all > 100


def test_groups_choose_among_the_itineraries_of_the_embedded_territory(pack):
    network, places = pack
    choices, _ = assert_same_choices(network, places, all_pairs(places)[::11])
    assert choices.n_groups > 10


@pytest.fixture(scope="module")
def porto():
    spots = [(41.1496, -8.6110), (41.1621, -8.6220), (41.1780, -8.5980), (41.1550, -8.6790)]
    network = read_network(real_data("porto", "gtfs_stcp.zip"), GRID_DAY)
    return network, places_at(spots)


def test_searches_in_bulk_find_the_itineraries_of_porto(porto):
    network, places = porto
    n_all, _ = assert_same_journeys(network, places, all_pairs(places)[::2])
    assert n_all > 50
