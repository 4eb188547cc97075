"""ferrobus: RAPTOR in Rust between points on streets; it walks by its own rules, not by ours."""

from __future__ import annotations

import datetime as dt
import importlib
from typing import TYPE_CHECKING

from benchmarks.peers.own import load_network
from benchmarks.peers.question import NO_ARRIVAL, EngineUnavailable

if TYPE_CHECKING:
    from benchmarks.peers.question import Ask, Questions

_LONGEST_ACCESS_S = 900
_NEAREST_STOPS = 1


def open_ferrobus(questions: Questions) -> Ask:
    """Open ferrobus on the exported feed and the extract; points are made before the questions.

    A point stands where its stop is and knows that nearest stop alone.
    """
    if not questions.extract:
        raise EngineUnavailable("ferrobus needs streets, and this city has no extract")
    try:
        ferrobus = importlib.import_module("ferrobus")
    except ImportError as problem:
        raise EngineUnavailable(f"ferrobus is not installed ({problem})") from None
    model = ferrobus.create_transit_model(
        questions.extract,
        [questions.folder],
        dt.date.fromisoformat(questions.date),
        questions.walk_limit_s,
    )
    stops = load_network(questions).timetable.stops
    points = {
        stop: ferrobus.create_transit_point(
            stops.lat[stop], stops.lon[stop], model, _LONGEST_ACCESS_S, _NEAREST_STOPS
        )
        for stop in {stop for pair in questions.pairs for stop in pair}
    }

    def ask(origin: int, destination: int) -> int:
        found = ferrobus.find_route(
            model,
            points[origin],
            points[destination],
            questions.departure_s,
            questions.max_rides - 1,
        )
        if found is None:
            return NO_ARRIVAL
        return questions.departure_s + int(found["travel_time_seconds"])

    return ask
