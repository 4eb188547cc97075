"""The rows of the routing benchmark: what is timed, how ratios are made, when a run fails."""

import importlib.util
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import routing_table
from benchmarks.peers import run
from benchmarks.peers.compare import UNEXPLAINED, Comparison
from benchmarks.peers.memory import measure_memory, resident_mib
from benchmarks.peers.question import (
    NO_ARRIVAL,
    Answers,
    EngineUnavailable,
    Questions,
    WalkThenAsk,
    read_answers,
    read_questions,
    write_answers,
    write_questions,
)
from benchmarks.peers.threads import measure_threads
from benchmarks.registry import Unavailable
from benchmarks.routing_text import compute_ratios, format_row, median_ms, p95_ms
from benchmarks.rows import ROWS, Engine, Row
from network.network import Network
from tests.benchmarks.routing_city import (
    DOOR,
    EIGHT_S,
    answers,
    build,
    clock,
    export,
    questions,
    stop,
)


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """A to B at 08:10, B to C at 08:21 or 08:26, D to A at night."""
    return build(tmp_path / "feed")


def make_row(engines: dict[str, Engine], **others: Any) -> Row:
    values: dict[str, Any] = {
        "name": "made",
        "about": "a row",
        "asks": "doors",
        "compares": "arrivals",
        "n_questions": 3,
        "engines": engines,
    }
    return Row(**{**values, **others})


def engine(opened: Callable[[int], Any] = str, **others: Any) -> Engine:
    return Engine(open=lambda _: opened, **others)


def test_medians_and_p95_are_in_milliseconds_and_the_p95_is_of_a_rank() -> None:
    # Of 1 to 20 ms the 95th percentile by nearest rank is the nineteenth.
    seconds = [number / 1000 for number in range(20, 0, -1)]
    assert median_ms(seconds) == pytest.approx(10.5)
    assert p95_ms(seconds) == pytest.approx(19)
    assert (median_ms([]), p95_ms([])) == (0, 0)


def test_ratios_are_over_the_fastest_peer_the_fastest_exact_and_with_walks() -> None:
    row = make_row(
        {
            "ours": engine(is_own=True, walks="ours"),
            "inside": engine(is_own=True, walks="within"),
            "given": engine(),
            "streets": engine(walks="own"),
        }
    )
    ran = [
        answers("ours", 1, cpu_s=(2.0,), walk_cpu_s=(3.0,)),
        answers("inside", 1, cpu_s=(9.0,)),
        answers("given", 1, cpu_s=(4.0,)),
        answers("streets", 1, cpu_s=(1.0,), walk_cpu_s=(1.0,)),
    ]
    beside = {
        "given": Comparison(engine="given", n_pairs=1, n_agreed=1),
        "streets": Comparison(engine="streets", n_pairs=1, n_agreed=0, causes={UNEXPLAINED: 1}),
    }
    found = compute_ratios(row, ran, beside)
    assert found["ours"] == {"fastest": 2.0, "exact": 0.5, "whole": 2.5}  # 2/1, 2/4, 5/2
    assert found["inside"] == {"fastest": None, "exact": None, "whole": 4.5}
    assert found["given"] == {"fastest": 4.0, "exact": 1.0, "whole": None}
    assert found["streets"] == {"fastest": 1.0, "exact": 0.25, "whole": 1.0}


def test_without_peers_there_are_no_ratios() -> None:
    row = make_row({"ours": engine(is_own=True, walks="ours")})
    found = compute_ratios(row, [answers("ours", 1)], {})
    assert found == {"ours": {"fastest": None, "exact": None, "whole": None}}


def test_walks_and_search_are_timed_apart_and_what_is_read_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0

    def spend(seconds: float, answer: int) -> int:
        nonlocal now
        now += seconds
        return answer

    monkeypatch.setattr(time, "perf_counter", lambda: now)
    monkeypatch.setattr(time, "process_time", lambda: now / 2)
    opened = WalkThenAsk(
        lambda number: spend(3, number),
        lambda ends: spend(10, ends),
        lambda found: spend(99, found),
    )
    row = make_row({"ours": engine(opened, walks="ours"), "given": engine(opened)})
    found = run.answer(row, "ours", questions(doors=(DOOR, DOOR)))
    assert found.found == (0, 1)
    assert (found.walk_s, found.query_s) == ((3, 3), (10, 10))
    assert (found.walk_cpu_s, found.cpu_s) == ((1.5, 1.5), (5, 5))
    assert (found.whole_s(), found.whole_cpu_s()) == ((13, 13), (6.5, 6.5))
    given = run.answer(row, "given", questions(doors=(DOOR, DOOR)))
    assert (given.walk_s, given.whole_s()) == ((), (10, 10))


def test_a_row_that_repeats_asks_its_first_question_again_and_again() -> None:
    asked: list[int] = []
    row = make_row({"ours": engine(asked.append)}, repeats=3)
    found = run.answer(row, "ours", questions(doors=(DOOR,) * 50))
    assert len(found.query_s) == 3
    assert len(found.found) == 1
    assert asked == [0, 0, 1, 2]  # once to warm up


def test_an_engine_that_needs_more_time_than_there_is_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def late(arguments: list[str], **others: Any) -> None:
        raise subprocess.TimeoutExpired(arguments, others["timeout"])

    monkeypatch.setattr(subprocess, "run", late)
    assert run.answer_apart("doors", "nigiri", tmp_path).unavailable == "no answer within 600 s"


def test_an_engine_that_crashes_is_unavailable_with_its_last_words(tmp_path: Path) -> None:
    found = run.answer_apart("doors", "nigiri", tmp_path / "there-is-no-such-folder")
    assert "FileNotFoundError" in found.unavailable


@pytest.mark.parametrize(
    ("row", "name", "package"),
    [
        (row.name, name, about.imports[0])
        for row in ROWS.values()
        for name, about in row.engines.items()
        if not about.is_own
    ],
)
def test_a_peer_that_is_not_installed_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, row: str, name: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    asked = questions((0, 1), extract="streets.osm.pbf")
    assert f"{package} is not installed" in run.answer(ROWS[row], name, asked).unavailable


def test_a_peer_that_walks_real_streets_is_unavailable_without_an_extract() -> None:
    asked = questions(doors=(DOOR,))
    assert "needs streets" in run.answer(ROWS["doors"], "cafein-streets", asked).unavailable


def test_questions_and_answers_come_back_as_they_were_written(tmp_path: Path) -> None:
    asked = questions((1, 2), doors=(DOOR,), horizon_s=60)
    write_questions(asked, tmp_path / "q.json")
    assert read_questions(tmp_path / "q.json") == asked
    found = answers("raptor", 1, 2, walk_s=(0.5, 0.5), facts={"ratio": 1.5})
    write_answers(found, tmp_path / "a.json")
    assert read_answers(tmp_path / "a.json") == found


OWN = [
    (row.name, name)
    for row in ROWS.values()
    for name, about in row.engines.items()
    if about.is_own and row.measure is None
]


@pytest.mark.parametrize(("row", "name"), OWN)
def test_every_engine_of_ours_answers_its_row_as_the_first_does(
    network: Network, tmp_path: Path, row: str, name: str
) -> None:
    about = ROWS[row]
    is_doors = about.asks == "doors"
    asked = questions(
        *([] if is_doors else [(stop(network, "A"), stop(network, "C"))]),
        doors=(DOOR,) if is_doors else (),
        departure_s=about.departure_s,
        horizon_s=about.horizon_s,
        max_rides=about.max_rides,
    )
    asked = export(network, asked, tmp_path / "out")
    about = replace(about, repeats=1)
    found = run.answer(about, name, asked)
    assert found.unavailable == ""
    assert found.found == run.answer(about, next(iter(about.engines)), asked).found
    assert found.found[0] == EXPECTED[row](network)


def at_eight(text: str) -> Callable[[Network], int]:
    return lambda _: _seconds(text)


def _seconds(text: str) -> int:
    hours, minutes, rest = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + rest


def _at_all_stops(network: Network) -> list[int]:
    at = {"A": "08:00:00", "B": "08:20:30", "C": "08:31:10", "D": "08:33:11"}
    return [_seconds(at[stop_id]) for stop_id in network.timetable.stops.ids]


# From A at 08:10, 121 s from the door; 241 s from C to the door beyond D, 121 s to D.
EXPECTED: dict[str, Callable[[Network], object]] = {
    "stops": at_eight("08:31:10"),
    "doors": at_eight("08:35:11"),
    "range": lambda _: [[_seconds("08:10:00"), _seconds("08:31:10"), 2]],
    "range-doors": lambda _: [[_seconds("08:07:59"), _seconds("08:35:11"), 2]],
    "all": _at_all_stops,
    "matrix": lambda _: [_seconds("00:35:11")],
    # Discs walked straight at 1.2 m/s and a detour of 1.3. In 30 minutes 1,661.5 m: 8.673 km2.
    "walk-isochrone": lambda _: pytest.approx(8.673, rel=0.003),
    # In 45 minutes the same around the door, for one walks all the way for 30 minutes at most;
    # around B, reached after 1,230 s, 900 s of walking or 830.8 m: 2.168 km2; around C, after
    # 1,870 s, 830 s or 766.2 m: 1.844 km2. The disc around D lies within that of C.
    "transit-isochrone": lambda _: pytest.approx(8.673 + 2.168 + 1.844, rel=0.003),
}


def test_two_threads_share_the_questions_and_each_has_its_own_engine() -> None:
    asked: list[tuple[int, int]] = []
    opened: list[int] = []

    def opener(_: Questions) -> Callable[[int], int]:
        opened.append(len(opened))
        place = opened[-1]

        def ask(number: int) -> int:
            asked.append((place, number))
            threads.add(threading.get_ident())
            return number

        return ask

    threads: set[int] = set()
    facts = measure_threads(Engine(open=opener), questions(doors=(DOOR,) * 8))
    assert opened == [0, 1]
    assert {number for place, number in asked if place == 1} == set(range(8))
    assert facts["ratio"] == pytest.approx(facts["two_threads"] / facts["one_thread"])
    assert threading.get_ident() in threads  # warmed up here
    assert len(threads) > 1


def test_memory_is_what_opening_and_asking_add() -> None:
    kept: list[bytearray] = []
    size = 64 * 1024 * 1024

    def opener(_: Questions) -> Callable[[int], int]:
        kept.append(bytearray(b"x" * size))
        return lambda number: number

    facts = measure_memory(Engine(open=opener), questions(doors=(DOOR,) * 3))
    assert facts["opened_mib"] >= 60
    assert facts["asked_mib"] >= facts["opened_mib"] - 8
    assert facts["process_mib"] == pytest.approx(resident_mib(), abs=32)
    assert len(kept) == 1


def test_memory_of_a_peer_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(EngineUnavailable, match="no_such_peer is not installed"):
        measure_memory(engine(imports=("no_such_peer",)), questions(doors=(DOOR,)))


@pytest.fixture
def city(network: Network, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A city in which engines answer here, peers are not installed, and one of ours is broken."""
    broken: dict[str, str] = {}

    def apart(row: str, name: str, folder: Path, *, python: str = "") -> Answers:  # noqa: ARG001
        if not ROWS[row].engines[name].is_own:
            return Answers(engine=name, unavailable="not installed")
        found = run.answer(ROWS[row], name, read_questions(folder / f"{row}.json"))
        if name == broken.get("engine"):
            return replace(found, found=tuple(s - 60 for s in found.found))
        return found

    monkeypatch.setattr(routing_table, "answer_apart", apart)
    monkeypatch.setattr(routing_table, "CITIES", {"made": lambda: network})
    monkeypatch.setattr(routing_table, "read_city", lambda _: network)
    return broken


@pytest.mark.parametrize("row", ["stops", "doors"])
def test_a_run_prints_agreement_and_fails_only_where_our_engines_differ(
    city: dict[str, str], capsys: pytest.CaptureFixture[str], row: str
) -> None:
    assert routing_table.run_routing(["made"], rows=[row], n_questions=20) == 0
    printed = capsys.readouterr().out
    assert "made: 4 stops, 4 trips" in printed
    assert "20/20" in printed
    assert "cafein: unavailable, not installed" in printed
    assert "ferrobus: unavailable, not installed" in printed
    city["engine"] = "scan"
    assert routing_table.run_routing(["made"], rows=[row], n_questions=20, json=True) == 1
    (found,) = json.loads(capsys.readouterr().out)["cities"][0]["rows"]
    reached = sum(one != NO_ARRIVAL for one in found["answers"][0]["found"])
    assert found["row"] == row
    causes = " ".join(found["divergences"])
    assert causes.startswith("scan and raptor differ on")
    assert UNEXPLAINED in causes
    assert 0 < reached <= 20


def test_an_engine_of_ours_that_cannot_run_fails_the_run(
    city: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(_: Questions) -> None:
        raise EngineUnavailable("out of order")

    row = ROWS["stops"]
    engines = {**row.engines, "scan": engine()}
    engines["scan"] = replace(row.engines["scan"], open=refuse)  # type: ignore[arg-type]
    monkeypatch.setitem(ROWS, "stops", replace(row, engines=engines))
    assert city == {}
    assert routing_table.run_routing(["made"], rows=["stops"], n_questions=5) == 1
    assert "DIVERGENCE: scan could not run: out of order" in capsys.readouterr().out


def test_rows_of_figures_are_printed_by_name() -> None:
    result = routing_table.RowResult(
        row="threads",
        about="doors a second",
        n_questions=3,
        answers=(
            Answers(engine="raptor", facts={"one_thread": 500.0, "ratio": 1.75}),
            Answers(engine="nigiri", unavailable="not installed"),
        ),
        comparisons=(),
        divergences=(),
    )
    printed = format_row(result).splitlines()
    assert printed[1].split() == ["engine", "one_thread", "ratio"]
    assert printed[2].split() == ["raptor", "500", "1.75"]
    assert printed[3] == "nigiri: unavailable, not installed"


def test_a_row_is_asked_only_in_its_cities(
    city: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert routing_table.run_routing(["made"], rows=["walk-isochrone"], json=True) == 0
    assert json.loads(capsys.readouterr().out)["cities"][0]["rows"] == []
    assert city == {}


def test_a_city_without_data_is_said_to_be_unavailable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(_: str) -> Network:
        raise Unavailable("needs feed.zip")

    monkeypatch.setattr(routing_table, "read_city", absent)
    assert routing_table.run_routing(["porto"], rows=["stops"]) == 0
    assert "porto: unavailable, needs feed.zip" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"rows": ["speed"]}, "no row speed; there are: stops, doors"),
        ({"cities": ["rome"]}, "no city rome; there are: porto, mexico-city"),
        ({"n_questions": 0}, "at least one question"),
    ],
    ids=["row", "city", "questions"],
)
def test_an_unknown_row_or_city_is_refused_with_those_there_are(
    others: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        routing_table.run_routing(**others)


@pytest.mark.parametrize(
    ("row", "peer", "package", "arrival"),
    [
        ("stops", "cafein", "cafein", "08:31:10"),
        ("stops", "nigiri", "pynigiri", "08:36:00"),
        ("doors", "cafein", "cafein", "08:35:11"),
        # Walks of 121 s and 241 s are cut to 2 and 4 minutes; the change takes 2 minutes.
        ("doors", "nigiri", "pynigiri", "08:40:00"),
    ],
)
def test_a_peer_answers_by_its_own_rules(
    network: Network, tmp_path: Path, row: str, peer: str, package: str, arrival: str
) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"needs {package}, of the bench extra")
    asked = (
        questions(doors=(DOOR,))
        if row == "doors"
        else questions((stop(network, "A"), stop(network, "C")))
    )
    asked = export(network, asked, tmp_path / "out")
    write_questions(asked, tmp_path / "out" / f"{row}.json")
    found = run.answer_apart(row, peer, tmp_path / "out")
    assert (found.unavailable, [clock(s) for s in found.found]) == ("", [arrival])
    assert found.found[0] > EIGHT_S
