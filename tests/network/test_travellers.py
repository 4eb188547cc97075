"""What travellers can use: the feed stands in the test, every answer is derived by hand.

::

    A ---- line 1 ---- B1 ~ B2 ---- line 2 ---- C

    T1 leaves A at 08:00 and is at B1 at 08:10; from B2 leave T2 at 08:13 and T3 at 08:33, both
    7 minutes to C. B1 and B2 are platforms of station B.
"""

import numpy as np
import pytest

from network.base import format_clock
from network.base.errors import NetworkInputError
from network.network import Network
from network.readers import read_network
from network.routing import Place, find_itineraries
from network.routing.loads import SegmentLoads
from network.routing.travellers import (
    DEFAULT,
    SLOW,
    WHEELCHAIR,
    Traveller,
    keep_loads,
    network_for,
)
from network.streets.graph import STEPS
from network.timetable import NOT_POSSIBLE, POSSIBLE, UNKNOWN
from network.walking.access import walk_access, walk_between
from network.walking.walks import build_walks
from tests.builders.feeds import DAY, line_feed, write_feed
from tests.builders.footwalks import bare_timetable
from tests.builders.handstreets import Street, hand_streets, place

WALKWAY, STAIRS, LIFT = 1, 2, 5
KNOWN = {"stops": {"A": 1, "B1": 1, "B2": 1, "C": 1}, "trips": {"T1": 1, "T2": 1, "T3": 1}}
M_PER_DEGREE = 111_195.08


def read(folder, ways, *, stops=None, trips=None, rules=""):
    """Read the city with pathways (from, to, mode, seconds or "", metres or "")."""
    wheels = {**KNOWN["stops"], **(stops or {})}
    allowed = {**KNOWN["trips"], **(trips or {})}
    places = {"A": 48.90, "B1": 48.95, "B2": 48.955, "C": 49.00}
    platforms = [
        f"{s},{s},{lat},2.30,0,{'B' if s.startswith('B') else ''},{wheels[s]}"
        for s, lat in places.items()
    ]
    pathways = [
        f"W{i},{a},{b},{mode},1,{seconds},{metres}"
        for i, (a, b, mode, seconds, metres) in enumerate(ways)
    ]
    files = line_feed(
        stops="\n".join(
            [
                "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,"
                "wheelchair_boarding",
                "B,B,48.95,2.30,1,,",
                *platforms,
            ]
        ),
        routes="route_id,route_short_name,route_type\nR1,1,1\nR2,2,1",
        trips="\n".join(
            ["route_id,service_id,trip_id,wheelchair_accessible"]
            + [f"R{1 if t == 'T1' else 2},WK,{t},{allowed[t]}" for t in ("T1", "T2", "T3")]
        ),
        stop_times="""
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,A,0
        T1,08:10:00,08:10:00,B1,1
        T2,08:13:00,08:13:00,B2,0
        T2,08:20:00,08:20:00,C,1
        T3,08:33:00,08:33:00,B2,0
        T3,08:40:00,08:40:00,C,1
        """,
        pathways="\n".join(
            [
                "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time,"
                "length",
                *pathways,
            ]
        ),
        transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time\n" + rules,
    )
    return read_network(write_feed(folder, **files), DAY, include_spill=False)


def at_stop(network: Network, name: str) -> Place:
    stops = network.timetable.stops
    i = stops.ids.index(name)
    return Place(name=name, lat=float(stops.lat[i]), lon=float(stops.lon[i]), stops=(i,))


def arrivals(network, traveller, start="A", end="C"):
    """The arrivals of who sets out at 08:00, by the itineraries found."""
    usable = network_for(network, traveller)
    search = find_itineraries(
        usable, at_stop(usable, start), at_stop(usable, end), departure_s=8 * 3600
    )
    return [format_clock(i.arrival_s) for i in search.itineraries]


BY_STAIRS = [("B1", "B2", STAIRS, 60, "")]
BY_LIFT = [("B1", "B2", STAIRS, 60, ""), ("B1", "B2", LIFT, 90, "")]


def test_who_takes_no_steps_cannot_change_where_there_are_stairs_alone(tmp_path):
    network = read(tmp_path, BY_STAIRS)
    assert arrivals(network, DEFAULT) == ["08:20"]
    assert arrivals(network, WHEELCHAIR) == []


def test_a_lift_lets_a_wheelchair_change(tmp_path):
    # 90 s by lift, at any walking speed: 08:11:30.
    network = read(tmp_path, BY_LIFT)
    assert arrivals(network, WHEELCHAIR) == ["08:20"]
    assert arrivals(network, Traveller(step_free=True)) == ["08:20"]


def test_a_slow_walker_takes_longer_to_change(tmp_path):
    # 150 m of walkway: 125 s at 1.2 m/s, 08:12:05; 187.5 s at 0.8 m/s, 08:13:08, too late.
    network = read(tmp_path, [("B1", "B2", WALKWAY, "", 150)])
    assert arrivals(network, DEFAULT) == ["08:20"]
    assert arrivals(network, SLOW) == ["08:40"]


def test_a_minimum_time_of_the_feed_stays_for_a_slow_walker(tmp_path):
    network = read(tmp_path, [("B1", "B2", WALKWAY, "", 150)], rules="B1,B2,2,180\n")
    assert arrivals(network, DEFAULT) == arrivals(network, SLOW) == ["08:20"]


@pytest.mark.parametrize("stop", ["A", "B1", "B2", "C"])
@pytest.mark.parametrize(
    ("said", "accept_unknown", "goes"),
    [(1, False, True), (0, False, False), (0, True, True), (2, True, False)],
)
def test_a_stop_that_is_not_known_to_be_accessible_is_not_used_unless_asked(
    tmp_path, stop, said, accept_unknown, goes
):
    network = read(tmp_path, BY_LIFT, stops={stop: said})
    wheels = Traveller(
        speed_mps=0.8, step_free=True, wheelchair=True, accept_unknown=accept_unknown
    )
    assert arrivals(network, wheels) == (["08:20"] if goes else [])
    assert arrivals(network, SLOW) == ["08:20"]


@pytest.mark.parametrize(
    ("said", "accept_unknown", "arrival"),
    [(1, False, "08:20"), (0, False, "08:40"), (0, True, "08:20"), (2, True, "08:40")],
)
def test_a_trip_that_takes_no_wheelchair_is_left_for_the_next_that_does(
    tmp_path, said, accept_unknown, arrival
):
    network = read(tmp_path, BY_LIFT, trips={"T2": said})
    wheels = Traveller(
        speed_mps=0.8, step_free=True, wheelchair=True, accept_unknown=accept_unknown
    )
    assert arrivals(network, wheels) == [arrival]


def test_a_feed_that_says_nothing_of_wheelchairs_has_no_way_for_one_and_patterns_stay(tmp_path):
    network = read(tmp_path, BY_LIFT, trips={"T1": 0, "T2": 0, "T3": 0})
    usable = network_for(network, WHEELCHAIR)
    assert usable.timetable.n_trips == 0
    assert usable.timetable.n_patterns == network.timetable.n_patterns
    np.testing.assert_array_equal(usable.timetable.pattern_stop, network.timetable.pattern_stop)
    assert arrivals(network, WHEELCHAIR) == []


def test_a_vehicle_that_goes_on_as_a_trip_without_wheelchairs_is_left_there(tmp_path):
    files = line_feed(
        stops="""
        stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding
        S1,One,48.90,2.30,1
        S2,Two,48.93,2.30,1
        S3,Three,48.96,2.30,1
        """,
        trips="""
        route_id,service_id,trip_id,block_id,wheelchair_accessible
        R1,WK,T1,B,1
        R1,WK,T2,B,2
        R1,WK,T3,,1
        """,
        stop_times="""
        trip_id,arrival_time,departure_time,stop_id,stop_sequence
        T1,08:00:00,08:00:00,S1,0
        T1,08:10:00,08:10:00,S2,1
        T2,08:12:00,08:12:00,S2,0
        T2,08:20:00,08:20:00,S3,1
        T3,08:32:00,08:32:00,S2,0
        T3,08:40:00,08:40:00,S3,1
        """,
    )
    network = read_network(write_feed(tmp_path, **files), DAY, include_spill=False)
    assert arrivals(network, DEFAULT, "S1", "S3") == ["08:20"]
    assert arrivals(network, WHEELCHAIR, "S1", "S3") == ["08:40"]
    names = network.timetable.trip_ids
    following = network.timetable.trip_next[names.index("T1")]
    assert names[following] == "T2"
    usable = network_for(network, WHEELCHAIR).timetable
    assert sorted(usable.trip_ids) == ["T1", "T3"]
    assert usable.trip_next.tolist() == [-1, -1]


def test_access_over_streets_goes_at_the_travellers_speed_and_by_no_steps():
    # Two ways of 240 m from S to T: one of steps, one of 300 m without. At 1.2 m/s: 200 s and
    # 250 s; at 0.8 m/s without steps 375 s.
    nodes = {1: place(0, 0), 2: place(240, 0), 3: place(120, 90)}
    steps = Street(1, 2, flags=STEPS)
    streets = hand_streets(nodes, [steps, Street(1, 3), Street(3, 2)])
    timetable = bare_timetable({"S": place(0, 0), "T": place(240, 0)})
    footpaths, links = build_walks(timetable, streets=streets)
    network = Network(timetable=timetable, footpaths=footpaths, streets=streets, stop_links=links)
    rolling = network_for(network, Traveller(speed_mps=0.8, step_free=True))
    stops, seconds = walk_access(rolling, *place(0, 0))
    assert dict(zip(stops.tolist(), seconds.tolist(), strict=True))[1] == pytest.approx(375, abs=2)
    assert walk_between(rolling, 0, 1).seconds == pytest.approx(375, abs=2)
    assert rolling.footpaths.duration_s.tolist() == pytest.approx([375, 375], abs=2)
    assert rolling.footpaths.limit_s == 900  # 600 s at 1.2 m/s, as far in metres


def test_straight_access_takes_a_slow_walker_longer(tmp_path):
    # 100 m x 1.3: 108.3 s at 1.2 m/s, 162.5 s at 0.8 m/s, rounded up.
    network = read(tmp_path, BY_LIFT)
    north = 48.90 + 100 / M_PER_DEGREE
    for traveller, expected in ((DEFAULT, 109), (SLOW, 163)):
        usable = network_for(network, traveller)
        stops, seconds = walk_access(usable, north, 2.30)
        assert (stops.tolist(), seconds.tolist()) == ([0], [expected])


def test_the_default_traveller_uses_the_network_as_it_is(tmp_path):
    network = read(tmp_path, BY_LIFT)
    assert network_for(network, DEFAULT) is network


def test_a_network_for_a_traveller_is_made_once(tmp_path):
    network = read(tmp_path, BY_LIFT)
    assert network_for(network, SLOW) is network_for(network, SLOW)
    assert network_for(network, SLOW) is not network_for(network, WHEELCHAIR)
    weighs_other = Traveller(speed_mps=SLOW.speed_mps)
    assert network_for(network, weighs_other) is network_for(network, SLOW)


def test_loads_follow_the_trips_that_are_left(tmp_path):
    network = read(tmp_path, BY_LIFT, trips={"T2": 2})
    timetable = network.timetable
    factor = np.zeros(timetable.n_stop_times, dtype=np.float32)
    factor[timetable.departure_s == 8 * 3600 + 33 * 60] = 0.7  # T3 leaving B2
    loads = SegmentLoads(load_factor=factor)
    usable = network_for(network, WHEELCHAIR)
    kept = keep_loads(network, WHEELCHAIR, loads)
    kept.refuse_other(usable.timetable)
    full = np.flatnonzero(kept.load_factor)
    assert usable.timetable.departure_s[full].tolist() == [8 * 3600 + 33 * 60]
    assert keep_loads(network, SLOW, loads) is loads


def test_what_the_feed_says_is_read_by_its_own_numbers(tmp_path):
    network = read(tmp_path, BY_LIFT, stops={"A": 2, "C": 0}, trips={"T2": 2, "T3": 0})
    said = dict(
        zip(network.timetable.stops.ids, network.timetable.stops.wheelchair.tolist(), strict=True)
    )
    assert said == {"A": NOT_POSSIBLE, "B1": POSSIBLE, "B2": POSSIBLE, "C": UNKNOWN}


@pytest.mark.parametrize("speed_mps", [0.0, -1.0, 5.0, float("nan")])
def test_a_speed_at_which_nobody_walks_is_refused(speed_mps):
    with pytest.raises(NetworkInputError, match="speed_mps"):
        Traveller(speed_mps=speed_mps)
