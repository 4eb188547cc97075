"""What peers of the routing benchmark are given, and calls that answer many questions."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.peers.ends import write_network
from benchmarks.peers.grid_streets import write_grid_streets
from benchmarks.peers.threads import measure_threads
from benchmarks.rows import Engine
from network.readers import read_streets
from network.streets.graph import StreetMode
from network.streets.snap import Snapper
from tests.benchmarks.routing_city import DOOR, build, questions


def test_a_grid_of_streets_has_a_street_within_125_m_of_every_stop(tmp_path: Path) -> None:
    network = build(tmp_path / "feed")
    write_network(network, tmp_path)
    extract = write_grid_streets(replace(questions(), folder=str(tmp_path)))
    streets = read_streets(Path(extract))
    stops = network.timetable.stops
    found = Snapper(streets, StreetMode.WALK).snap(stops.lat, stops.lon, limit_m=126)
    assert found.is_near.all()


def test_an_engine_with_a_call_for_many_questions_is_asked_by_it() -> None:
    class Many:
        def __init__(self) -> None:
            self.asked: list[int] = []

        def __call__(self, number: int) -> int:
            raise AssertionError(number)

        def answer_all(self, n_threads: int) -> None:
            self.asked.append(n_threads)

    many = Many()
    facts = measure_threads(Engine(open=lambda _: many), questions(doors=(DOOR,) * 8))
    assert many.asked == [2, *(1, 2) * 5]  # warmed up, then in turns
    assert facts["ratio"] == pytest.approx(facts["two_threads"] / facts["one_thread"])
