"""Engines side by side: what is exported, how answers are compared and causes are named."""

import datetime as dt
import importlib.util
import json
import pickle
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import routing_table
from benchmarks.cases.routing import find_divergences
from benchmarks.peers import run
from benchmarks.peers.compare import DEFECT, ON_FOOT, OWN_WALKS, UNEXPLAINED, compare, draw_pairs
from benchmarks.peers.export import plain_network, write_gtfs
from benchmarks.peers.own import ask_raptor, ask_scan, find_rides
from benchmarks.peers.question import (
    NO_ARRIVAL,
    Answers,
    Questions,
    read_questions,
    write_questions,
)
from benchmarks.peers.replay import replay
from benchmarks.peers.rules import (
    NIGIRI_RULES,
    change_in_two_minutes,
    ignore_pickup_rules,
    join_walks,
    truncate_minutes,
)
from benchmarks.registry import Unavailable
from network.network import Network
from network.readers import read_network

DAY = dt.date(2024, 5, 15)
EIGHT_S = 8 * 3600
STOP_TIMES = """trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type
one,08:10:00,08:10:00,A,0,0,0
one,08:20:30,08:20:30,B,1,0,0
two,08:21:00,08:21:00,B,0,0,0
two,08:31:10,08:31:10,C,1,0,0
late,08:26:00,08:26:00,B,0,0,0
late,08:36:10,08:36:10,C,1,0,0
back,22:00:00,22:00:00,D,0,0,0
back,22:30:00,22:30:00,A,1,0,0
"""
FEED = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\na,A,http://a.org,Europe/Paris\n",
    # About 11 km apart: no footpaths but from C to D, 111 m (120 s at 1.2 m/s and detour 1.3).
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "A,A,48.0,2.0\nB,B,48.1,2.0\nC,C,48.2,2.0\nD,D,48.201,2.0\n",
    "routes.txt": "route_id,agency_id,route_short_name,route_type\nr,a,1,3\nq,a,2,3\n",
    "trips.txt": "route_id,service_id,trip_id\nr,d,one\nq,d,two\nq,d,late\nr,d,back\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\nd,1,1,1,1,1,1,1,20240515,20240515\n",
}


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """A to B at 08:10, B to C at 08:21 or 08:26, D to A at night."""
    return build(tmp_path / "feed", STOP_TIMES)


def build(folder: Path, stop_times: str) -> Network:
    folder.mkdir()
    for name, text in {**FEED, "stop_times.txt": stop_times}.items():
        folder.joinpath(name).write_text(text, encoding="utf-8")
    return read_network(folder, DAY)


def stop(network: Network, stop_id: str) -> int:
    return network.timetable.stops.ids.index(stop_id)


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def questions(*pairs: tuple[int, int]) -> Questions:
    return Questions(
        folder="",
        date=DAY.isoformat(),
        timezone="Europe/Paris",
        departure_s=EIGHT_S,
        max_rides=5,
        walk_limit_s=600,
        pairs=pairs,
    )


@pytest.mark.parametrize(
    "ask", [lambda n: ask_raptor(n, EIGHT_S, 5), lambda n: ask_scan(n, EIGHT_S)]
)
def test_both_engines_change_in_thirty_seconds(
    network: Network, ask: Callable[[Network], Callable[[int, int], int]]
) -> None:
    asked = ask(network)
    assert clock(asked(stop(network, "A"), stop(network, "C"))) == "08:31:10"
    assert asked(stop(network, "C"), stop(network, "A")) == NO_ARRIVAL


def test_a_destination_may_be_reached_by_a_last_walk(network: Network) -> None:
    a, c, d = (stop(network, name) for name in "ACD")
    first, end = network.footpaths.offset[c : c + 2]
    (walk_s,) = network.footpaths.duration_s[first:end]
    for ask in (ask_raptor(network, EIGHT_S, 5), ask_scan(network, EIGHT_S)):
        assert ask(a, d) == ask(a, c) + walk_s


def test_the_exported_feed_reads_back_as_the_same_timetable(
    network: Network, tmp_path: Path
) -> None:
    assert write_gtfs(plain_network(network), tmp_path / "out") == 0
    again = read_network(tmp_path / "out", DAY)
    assert again.timetable.n_trips == 4
    assert sorted(again.timetable.departure_s) == sorted(network.timetable.departure_s)
    pairs = [(a, b) for a in range(4) for b in range(4) if a != b]
    before, after = ask_raptor(network, EIGHT_S, 5), ask_raptor(again, EIGHT_S, 5)
    names = again.timetable.stops.ids
    for a, b in pairs:
        assert after(names.index(f"s{a}"), names.index(f"s{b}")) == before(a, b)


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
    pair = (stop(network, "A"), stop(network, "C"))
    cut = truncate_minutes(network)
    assert clock(ask_raptor(cut, EIGHT_S, 5)(*pair)) == "08:31:00"
    slow = change_in_two_minutes(cut)
    assert clock(ask_raptor(slow, EIGHT_S, 5)(*pair)) == "08:36:00"
    assert (slow.footpaths.duration_s >= 120).all()


def test_walks_joined_end_to_end_stop_at_the_longest_walk(network: Network) -> None:
    # A-B 200 s, B-C 300 s, C-D 200 s: A-C is 500 s, B-D 500 s, A-D 700 s is too long.
    chain = replace(
        network.footpaths,
        offset=np.array([0, 1, 2, 3, 3], dtype=np.int32),
        stop=np.array([1, 2, 3], dtype=np.int32),
        duration_s=np.array([200, 300, 200], dtype=np.int32),
        limit_s=600,
    )
    joined = join_walks(replace(network, footpaths=chain)).footpaths
    assert joined.offset.tolist() == [0, 2, 4, 5, 5]
    assert joined.stop.tolist() == [1, 2, 2, 3, 3]
    assert joined.duration_s.tolist() == [200, 500, 300, 500, 200]


def test_pickup_rules_ignored_open_a_closed_call(tmp_path: Path) -> None:
    closed = STOP_TIMES.replace("08:21:00,B,0,0,0", "08:21:00,B,0,1,0")
    network = build(tmp_path / "closed", closed)
    pair = (stop(network, "A"), stop(network, "C"))
    assert clock(ask_raptor(network, EIGHT_S, 5)(*pair)) == "08:36:10"
    assert clock(ask_raptor(ignore_pickup_rules(network), EIGHT_S, 5)(*pair)) == "08:31:10"


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
    h, m, s = (0, 0, 0) if peer == "none" else map(int, peer.split(":"))
    theirs = NO_ARRIVAL if peer == "none" else h * 3600 + m * 60 + s
    ours = Answers(engine="raptor", arrival_s=(EIGHT_S + 1870,))
    found = compare(
        network, asked, ours, Answers(engine="nigiri", arrival_s=(theirs,)), NIGIRI_RULES
    )
    assert found.n_agreed == 0
    assert dict(found.causes) == {cause: 1}
    assert [one.cause for one in found.examples()] == [cause]
    assert found.n_explained == (0 if cause in (DEFECT, UNEXPLAINED) else 1)


def test_no_journey_where_joined_walks_lead_there_is_named_on_foot(network: Network) -> None:
    # A-B and B-C are 300 s each: nigiri's walks lead from A to C, and it answers no ride.
    walks = replace(
        network.footpaths,
        offset=np.array([0, 1, 2, 2, 2], dtype=np.int32),
        stop=np.array([1, 2], dtype=np.int32),
        duration_s=np.array([300, 300], dtype=np.int32),
        limit_s=600,
    )
    walked = replace(network, footpaths=walks)
    ours = Answers(engine="raptor", arrival_s=(EIGHT_S + 1870,))
    peer = Answers(engine="nigiri", arrival_s=(NO_ARRIVAL,))
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
    ours = Answers(engine="raptor", arrival_s=(EIGHT_S + 1870,))
    peer = Answers(engine="ferrobus", arrival_s=(EIGHT_S + 1870 + late_s,))
    found = compare(network, asked, ours, peer, (), own_walks=True)
    assert dict(found.causes) == {f"{OWN_WALKS}, {cause}": 1}
    assert found.n_explained == 0


def test_ferrobus_is_unavailable_without_streets() -> None:
    assert "needs streets" in run.answer("ferrobus", questions((0, 1))).unavailable


def test_equal_answers_agree_without_a_cause(network: Network) -> None:
    asked = questions((stop(network, "A"), stop(network, "C")))
    both = Answers(engine="cafein", arrival_s=(EIGHT_S + 1870,))
    found = compare(network, asked, both, both, ())
    assert (found.n_agreed, found.n_explained, dict(found.causes)) == (1, 1, {})


def test_a_journey_is_replayed_call_by_call_and_an_impossible_one_refused(
    network: Network,
) -> None:
    pair = (stop(network, "A"), stop(network, "C"))
    rides = find_rides(network, pair, EIGHT_S, 5)
    assert len(rides) == 2
    assert replay(network, rides, pair, EIGHT_S) == EIGHT_S + 1870
    assert replay(network, rides, pair, EIGHT_S + 601) is None  # the first trip has left
    assert replay(network, rides, pair, EIGHT_S, change_s=31) is None  # 30 s at B
    assert replay(network, rides[1:], pair, EIGHT_S) is None  # it does not start at A


def test_pairs_are_drawn_alike_from_one_seed_and_never_within_a_walk(network: Network) -> None:
    pairs = draw_pairs(network, 50, seed=3)
    assert pairs == draw_pairs(network, 50, seed=3)
    assert len(pairs) == 50
    near = {stop(network, "C"), stop(network, "D")}
    assert all(a != b and {a, b} != near for a, b in pairs)


def test_a_run_prints_agreement_and_fails_only_where_our_engines_differ(
    network: Network, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def apart(engine: str, folder: Path, *, python: str = "") -> Answers:
        asked = read_questions(folder / "questions.json")
        if engine in ("cafein", "nigiri", "ferrobus"):
            return Answers(engine=engine, unavailable="not installed")
        found = run.answer(engine, asked)
        if engine == broken:
            return replace(found, arrival_s=tuple(s - 60 for s in found.arrival_s))
        return found

    broken = ""
    monkeypatch.setattr(routing_table, "answer_apart", apart)
    monkeypatch.setattr(routing_table, "CITIES", {"made": lambda: network})
    monkeypatch.setattr(routing_table, "read_city", lambda _: network)
    assert routing_table.run_routing(["made"], n_pairs=20) == 0
    printed = capsys.readouterr().out
    assert "made: 4 stops, 4 trips" in printed
    assert "20/20" in printed
    assert "cafein: unavailable, not installed" in printed
    broken = "scan"
    assert routing_table.run_routing(["made"], n_pairs=20, json=True) == 1
    result = json.loads(capsys.readouterr().out)["cities"][0]
    assert result["divergences"] == [f"scan and raptor differ on 20 pairs: {UNEXPLAINED}"]


def test_a_city_without_data_is_said_to_be_unavailable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(_: str) -> Network:
        raise Unavailable("needs feed.zip")

    monkeypatch.setattr(routing_table, "read_city", absent)
    assert routing_table.run_routing(["porto"]) == 0
    assert "porto: unavailable, needs feed.zip" in capsys.readouterr().out


def test_own_engines_agree_on_every_pair(network: Network) -> None:
    pairs = tuple((a, b) for a in range(4) for b in range(4))
    assert find_divergences(network, pairs, EIGHT_S) == []


@pytest.mark.parametrize(
    ("peer", "package", "arrival"),
    [("cafein", "cafein", "08:31:10"), ("nigiri", "pynigiri", "08:36:00")],
)
def test_a_peer_answers_by_its_own_rules(
    network: Network, tmp_path: Path, peer: str, package: str, arrival: str
) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {package}, of the bench extra")
    folder = tmp_path / "out"
    plain = plain_network(network)
    write_gtfs(plain, folder)
    (folder / "network.pickle").write_bytes(pickle.dumps(plain))
    asked = replace(questions((stop(network, "A"), stop(network, "C"))), folder=str(folder))
    write_questions(asked, folder / "questions.json")
    found = run.answer_apart(peer, folder)
    assert (found.unavailable, [clock(s) for s in found.arrival_s]) == ("", [arrival])


def test_an_engine_that_is_not_installed_is_unavailable_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for package in ("cafein", "pynigiri"):
        monkeypatch.setitem(sys.modules, package, None)
    for peer in ("cafein", "nigiri"):
        assert "is not installed" in run.answer(peer, questions((0, 1))).unavailable
