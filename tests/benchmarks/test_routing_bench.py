"""Engines side by side: what is exported, how answers are compared and causes are named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cases.routing import find_divergences
from benchmarks.peers import own
from benchmarks.peers.compare import (
    DEFECT,
    HAS_MORE,
    LACKS,
    NOT_ALIKE,
    ON_FOOT,
    OTHER_ENDS,
    OWN_WALKS,
    UNEXPLAINED,
    compare,
    compare_sets,
    compare_tables,
    matrix_again,
)
from benchmarks.peers.ends import (
    DIRECT_WALK_S,
    DOOR_OFFSET_M,
    DoorEnds,
    Ends,
    StopEnds,
    draw_doors,
    draw_pairs,
    write_ends,
)
from benchmarks.peers.export import plain_network, write_gtfs
from benchmarks.peers.question import NO_ARRIVAL, Answers, Questions
from benchmarks.peers.replay import replay
from benchmarks.peers.rules import (
    CAFEIN_DOOR_RULES,
    NIGIRI_RULES,
    change_in_two_minutes,
    ignore_pickup_rules,
    join_walks,
    truncate_minutes,
)
from network.base import distance_m
from network.network import Network
from network.readers import read_network
from tests.benchmarks.routing_city import (
    DAY,
    DOOR,
    EIGHT_S,
    STOP_TIMES,
    answers,
    build,
    clock,
    export,
    questions,
    stop,
)

SEARCHES = {"raptor": own.search_raptor, **own.UNLIMITED}


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """A to B at 08:10, B to C at 08:21 or 08:26, D to A at night."""
    return build(tmp_path / "feed")


def ask_stops(
    network: Network,
    origin: str,
    destination: str,
    make: Callable[[Network, Questions], Callable[[Ends], int]] = own.search_raptor,
) -> int:
    asked = questions((stop(network, origin), stop(network, destination)))
    return make(network, asked)(StopEnds(network, asked)(0))


@pytest.mark.parametrize("name", list(SEARCHES))
def test_every_search_changes_in_thirty_seconds(network: Network, name: str) -> None:
    assert clock(ask_stops(network, "A", "C", SEARCHES[name])) == "08:31:10"
    assert ask_stops(network, "C", "A", SEARCHES[name]) == NO_ARRIVAL


@pytest.mark.parametrize("name", list(SEARCHES))
def test_a_destination_may_be_reached_by_a_last_walk(network: Network, name: str) -> None:
    first, end = network.footpaths.offset[stop(network, "C") : stop(network, "C") + 2]
    (walk_s,) = network.footpaths.duration_s[first:end]
    to_c, to_d = (ask_stops(network, "A", end, SEARCHES[name]) for end in "CD")
    assert to_d == to_c + walk_s


@pytest.mark.parametrize("name", list(SEARCHES))
def test_doors_are_reached_on_foot_from_the_last_stop(network: Network, name: str) -> None:
    # 111 m x 1.3 at 1.2 m/s are 121 s: at A long before 08:10; from C 222 m x 1.3, 241 s.
    asked = questions(doors=(DOOR,))
    arrival_s = SEARCHES[name](network, asked)(DoorEnds(network, asked)(0))
    assert clock(arrival_s) == "08:35:11"


def test_the_exported_feed_reads_back_as_the_same_timetable(
    network: Network, tmp_path: Path
) -> None:
    assert write_gtfs(plain_network(network), tmp_path / "out") == 0
    again = read_network(tmp_path / "out", DAY)
    assert again.timetable.n_trips == 4
    assert sorted(again.timetable.departure_s) == sorted(network.timetable.departure_s)
    name = {stop_id: f"s{stop(network, stop_id)}" for stop_id in "ABCD"}
    for a in "ABCD":
        for b in "ABCD".replace(a, ""):
            assert ask_stops(again, name[a], name[b]) == ask_stops(network, a, b)


def test_a_trip_of_the_day_before_is_left_out_of_the_export(
    network: Network, tmp_path: Path
) -> None:
    times = network.timetable.departure_s.copy()
    arrivals = network.timetable.arrival_s.copy()
    times[:2], arrivals[:2] = (-600, 300), (-600, 300)
    moved = replace(
        network, timetable=replace(network.timetable, departure_s=times, arrival_s=arrivals)
    )
    assert write_gtfs(moved, tmp_path / "out") == 1
    assert len((tmp_path / "out" / "trips.txt").read_text().splitlines()) == 4


def test_truncated_minutes_keep_the_change_and_two_minutes_lose_it(network: Network) -> None:
    cut = truncate_minutes(network)
    assert clock(ask_stops(cut, "A", "C")) == "08:31:00"
    slow = change_in_two_minutes(cut)
    assert clock(ask_stops(slow, "A", "C")) == "08:36:00"
    assert (slow.footpaths.duration_s >= 120).all()


def test_walks_joined_end_to_end_stop_at_the_longest_walk(network: Network) -> None:
    # A-B 200 s, B-C 300 s, C-D 200 s: A-C is 500 s, B-D 500 s, A-D 700 s is too long.
    joined = join_walks(with_walks(network, [0, 1, 2, 3, 3], [1, 2, 3], [200, 300, 200])).footpaths
    assert joined.offset.tolist() == [0, 2, 4, 5, 5]
    assert joined.stop.tolist() == [1, 2, 2, 3, 3]
    assert joined.duration_s.tolist() == [200, 500, 300, 500, 200]


def with_walks(
    network: Network, offset: list[int], stops: list[int], seconds: list[int]
) -> Network:
    walks = replace(
        network.footpaths,
        offset=np.array(offset, dtype=np.int32),
        stop=np.array(stops, dtype=np.int32),
        duration_s=np.array(seconds, dtype=np.int32),
        limit_s=600,
    )
    return replace(network, footpaths=walks)


def test_pickup_rules_ignored_open_a_closed_call(tmp_path: Path) -> None:
    closed = STOP_TIMES.replace("08:21:00,B,0,0,0", "08:21:00,B,0,1,0")
    network = build(tmp_path / "closed", closed)
    assert clock(ask_stops(network, "A", "C")) == "08:36:10"
    assert clock(ask_stops(ignore_pickup_rules(network), "A", "C")) == "08:31:10"


@pytest.mark.parametrize(
    ("peer", "cause"),
    [
        ("08:31:00", "minutes truncated"),
        ("08:36:00", "minimum change time"),
        ("08:50:00", DEFECT),
        ("none", DEFECT),
        ("08:30:00", UNEXPLAINED),
    ],
)
def test_a_disagreement_is_named_by_the_first_rule_that_gives_the_peers_answer(
    network: Network, peer: str, cause: str
) -> None:
    asked = questions((stop(network, "A"), stop(network, "C")))
    found = compare(
        network,
        asked,
        answers("raptor", EIGHT_S + 1870),
        answers("nigiri", seconds(peer)),
        NIGIRI_RULES,
    )
    assert found.n_agreed == 0
    assert dict(found.causes) == {cause: 1}
    assert [one.cause for one in found.examples()] == [cause]
    assert found.n_explained == (0 if cause in (DEFECT, UNEXPLAINED) else 1)


def seconds(text: str) -> int:
    if text == "none":
        return NO_ARRIVAL
    hours, minutes, rest = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize(
    ("peer", "cause"),
    [
        # 121 s and 241 s are cut to 120 s and 240 s, and 08:31:10 to 08:31.
        ("08:35:00", "minutes truncated"),
        ("08:40:00", "minimum change time"),
        ("08:39:59", DEFECT),
        ("08:34:00", UNEXPLAINED),
    ],
)
def test_a_disagreement_between_doors_is_named_as_between_stops(
    network: Network, tmp_path: Path, peer: str, cause: str
) -> None:
    asked = export(network, questions(doors=(DOOR,)), tmp_path / "out")
    ours = answers("raptor", seconds("08:35:11"))
    slower = (*NIGIRI_RULES[:1], *NIGIRI_RULES[1:2]) if cause == "minimum change time" else ()
    rules = slower or NIGIRI_RULES[:1]
    found = compare(plain_network(network), asked, ours, answers("p", seconds(peer)), rules)
    assert dict(found.causes) == {cause: 1}


def test_a_footpath_before_the_last_walk_is_a_rule_of_cafein(
    network: Network, tmp_path: Path
) -> None:
    # The door is given with D alone at its end: C is 100 s from D, and D 50 s from the door.
    walked = plain_network(with_walks(network, [0, 0, 0, 1, 2], [3, 2], [100, 100]))
    asked = replace(questions(doors=(DOOR,)), folder=str(tmp_path))
    zero = np.zeros(1, dtype=np.int32)
    at_a, at_d = (np.array([stop(network, s)], dtype=np.int32) for s in "AD")
    write_ends([Ends(at_a, zero, at_d, zero + 50)], asked)
    ours = answers("raptor", NO_ARRIVAL)
    peer = answers("cafein", EIGHT_S + 1870 + 150)
    found = compare(walked, asked, ours, peer, CAFEIN_DOOR_RULES)
    assert dict(found.causes) == {"walking rules: a footpath before the last walk": 1}


def test_no_journey_where_joined_walks_lead_there_is_named_on_foot(network: Network) -> None:
    # A-B and B-C are 300 s each: nigiri's walks lead from A to C, and it answers no ride.
    walked = with_walks(network, [0, 1, 2, 2, 2], [1, 2], [300, 300])
    ours, peer = answers("raptor", EIGHT_S + 1870), answers("nigiri", NO_ARRIVAL)
    found = compare(walked, questions((0, 2)), ours, peer, NIGIRI_RULES)
    assert dict(found.causes) == {ON_FOOT: 1}


@pytest.mark.parametrize(
    ("late_s", "cause"),
    [
        (-61, "earlier"),
        (60, "within a minute"),
        (300, "later by up to 5 minutes"),
        (301, "later by over 5 minutes"),
    ],
)
def test_a_peer_with_its_own_walks_is_only_measured(
    network: Network, late_s: int, cause: str
) -> None:
    asked = questions((stop(network, "A"), stop(network, "C")))
    ours, peer = answers("raptor", EIGHT_S + 1870), answers("ferrobus", EIGHT_S + 1870 + late_s)
    found = compare(network, asked, ours, peer, (), own_walks=True)
    assert dict(found.causes) == {f"{OWN_WALKS}, {cause}": 1}
    assert found.n_explained == 0


def test_a_peer_that_tells_its_walks_is_explained_by_them(network: Network, tmp_path: Path) -> None:
    asked = export(network, questions(doors=(DOOR,)), tmp_path / "out")
    (ends,) = [DoorEnds(network, asked)(0)]
    write_ends([ends._replace(egress_s=ends.egress_s - 7)], asked, "peer")
    ours = answers("raptor", seconds("08:35:11"))
    plain = plain_network(network)
    told = compare(plain, asked, ours, answers("peer", seconds("08:35:04")), (), own_walks=True)
    assert (dict(told.causes), told.n_explained) == ({OTHER_ENDS: 1}, 1)
    silent = compare(plain, asked, ours, answers("mute", seconds("08:35:04")), (), own_walks=True)
    assert silent.n_explained == 0


def test_equal_answers_agree_without_a_cause(network: Network) -> None:
    asked = questions((stop(network, "A"), stop(network, "C")))
    both = answers("cafein", EIGHT_S + 1870)
    found = compare(network, asked, both, both, ())
    assert (found.n_agreed, found.n_explained, dict(found.causes)) == (1, 1, {})


@pytest.mark.parametrize(
    ("theirs", "causes"),
    [
        ([[1, 3, 1], [2, 4, 2]], {}),
        ([[1, 3, 1]], {LACKS: 1}),
        ([[1, 3, 1], [2, 4, 2], [3, 9, 1]], {HAS_MORE: 1}),
        ([[1, 3, 1], [2, 5, 2]], {f"{LACKS} and {HAS_MORE}": 1}),
    ],
    ids=["equal", "fewer", "more", "other"],
)
def test_pareto_sets_agree_where_all_entries_do(
    theirs: list[list[int]], causes: dict[str, int]
) -> None:
    ours = Answers(engine="raptor", found=([[2, 4, 2], [1, 3, 1]],))
    found = compare_sets(ours, Answers(engine="peer", found=(theirs,)))
    assert dict(found.causes) == causes
    assert found.n_agreed == found.n_explained == (0 if causes else 1)


def test_numbers_of_a_table_are_named_by_the_first_rule_that_gives_them() -> None:
    ours = Answers(engine="matrix", found=([10, 20, 30],))
    peer = Answers(engine="peer", found=([10, 21, 32],))
    rules = [("one", np.array([9, 21, 31])), ("two", np.array([10, 22, 33]))]
    found = compare_tables(ours, peer, again=lambda: iter(rules))
    assert dict(found.causes) == {"one": 1, UNEXPLAINED: 1}
    assert (found.n_pairs, found.n_agreed, found.n_explained) == (3, 1, 2)


def test_the_matrix_under_rules_is_that_of_single_searches(
    network: Network, tmp_path: Path
) -> None:
    # Cut to minutes the walks are 2 and 4 minutes, and 08:31:10 is 08:31: 35 minutes in all.
    asked = export(network, questions(doors=(DOOR, DOOR)), tmp_path / "out")
    found = dict(matrix_again(plain_network(network), asked, NIGIRI_RULES))
    assert found["minutes truncated"].tolist() == [35 * 60] * 4
    assert found["minimum change time"].tolist() == [40 * 60] * 4


def test_tables_are_compared_number_by_number() -> None:
    ours = Answers(engine="sweep", found=([10, 20], [30, NO_ARRIVAL]))
    peer = Answers(engine="peer", found=([10, 21], [30, 40]))
    found = compare_tables(ours, peer)
    assert (found.n_pairs, found.n_agreed, found.n_explained) == (4, 2, 2)
    assert dict(found.causes) == {UNEXPLAINED: 2}
    other = compare_tables(ours, Answers(engine="peer", found=([10, 20], [30])))
    assert dict(other.causes) == {NOT_ALIKE: 4}
    assert other.n_explained == 0


def test_a_journey_is_replayed_call_by_call_and_an_impossible_one_refused(
    network: Network,
) -> None:
    asked = questions((stop(network, "A"), stop(network, "C")))
    ends = StopEnds(network, asked)(0)
    rides = own.find_rides(network, asked, ends)
    assert len(rides) == 2
    assert replay(network, rides, ends, EIGHT_S) == EIGHT_S + 1870
    assert replay(network, rides, ends, EIGHT_S + 601) is None  # the first trip has left
    assert replay(network, rides, ends, EIGHT_S, change_s=31) is None  # 30 s at B
    assert replay(network, rides[1:], ends, EIGHT_S) is None  # it does not start at A
    assert replay(network, rides[:1], ends, EIGHT_S) is None  # nor end at C
    late = ends._replace(access_s=ends.access_s + 601)
    assert replay(network, rides, late, EIGHT_S) is None


def test_pairs_are_drawn_alike_from_one_seed_and_never_within_a_walk(network: Network) -> None:
    pairs = draw_pairs(network, 50, seed=3)
    assert pairs == draw_pairs(network, 50, seed=3)
    assert len(pairs) == 50
    near = {stop(network, "C"), stop(network, "D")}
    assert all(a != b and {a, b} != near for a, b in pairs)


def test_doors_are_drawn_around_stops_and_out_of_walking_distance(network: Network) -> None:
    doors = draw_doors(network, 50, seed=3)
    assert doors == draw_doors(network, 50, seed=3)
    assert len(doors) == 50
    stops = network.timetable.stops
    for lat, lon, to_lat, to_lon in doors:
        for place in ((lat, lon), (to_lat, to_lon)):
            assert distance_m(*place, stops.lat, stops.lon).min() <= DOOR_OFFSET_M + 1
        apart_m = float(distance_m(lat, lon, to_lat, to_lon))
        assert apart_m > DIRECT_WALK_S * network.footpaths.speed_mps


def test_own_searches_agree_on_every_pair_and_on_doors(network: Network) -> None:
    pairs = tuple((a, b) for a in range(4) for b in range(4))
    assert find_divergences(network, questions(*pairs)) == []
    assert find_divergences(network, questions(doors=(DOOR,))) == []


def test_a_divergence_names_the_question_and_both_searches(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "UNLIMITED", {"late": lambda _network, _asked: lambda _ends: 99})
    pair = (stop(network, "A"), stop(network, "C"))
    assert find_divergences(network, questions(pair)) == [
        f"{pair}: raptor {EIGHT_S + 1870} s, late 99 s"
    ]
