"""Answers to queries by their definitions, from all journeys there are by plain rounds."""

from network.timetable import UNREACHED_S
from tests.reference.raptor import Run

Triple = tuple[int, int, int]  # departure, arrival, rides
Question = tuple[list[Run], dict[tuple[str, str], int], dict[str, int], dict[str, int]]


def arrivals_by_rides(question: Question, departure_s: int, latest_s: int, max_rides: int):
    """Arrival with at most 0, 1, ... rides, leaving from one time to another.

    Who rides to a stop that one could have walked to as soon does not board there: one would
    ride round in place of waiting, to have set out earlier.
    """
    runs, walks, access, egress = question
    on_foot = {stop: departure_s + seconds for stop, seconds in access.items()}
    ready, results = dict(on_foot), [UNREACHED_S]
    for ride in range(1, max_rides + 1):
        alighted: dict[str, int] = {}
        for run in runs:
            for i, (stop, _, leaves, may_board, _) in enumerate(run):
                if not may_board or ready.get(stop, UNREACHED_S) > leaves:
                    continue
                if ride == 1 and leaves - access[stop] > latest_s:
                    continue
                for later, arrival, _, _, may_alight in run[i + 1 :]:
                    if may_alight:
                        alighted[later] = min(arrival, alighted.get(later, UNREACHED_S))
        there = [alighted[stop] + s for stop, s in egress.items() if stop in alighted]
        results.append(min([*there, results[-1]]))
        ready = dict(alighted)
        for (a, b), seconds in walks.items():
            if a in alighted:
                ready[b] = min(alighted[a] + seconds, ready.get(b, UNREACHED_S))
        ready = {s: at for s, at in ready.items() if at < on_foot.get(s, UNREACHED_S)}
    return results


def _journeys(question: Question, window_s: tuple[int, int], max_rides: int) -> set[Triple]:
    runs, _, access, _ = question
    leaving = {
        departure - access[stop]
        for run in runs
        for stop, _, departure, _, _ in run
        if stop in access and window_s[0] <= departure - access[stop] <= window_s[1]
    }
    points = {
        (departure_s, arrival, k)
        for departure_s in leaving
        for k, arrival in enumerate(
            arrivals_by_rides(question, departure_s, window_s[1], max_rides)
        )
        if arrival < UNREACHED_S
    }
    return {
        p
        for p in points
        if not any(q != p and q[0] >= p[0] and q[1] <= p[1] and q[2] <= p[2] for q in points)
    }


def run_backwards(run: Run) -> Run:
    """The run with time and direction turned round: boarding is alighting."""
    return [
        (stop, -departure, -arrival, may_alight, may_board)
        for stop, arrival, departure, may_board, may_alight in reversed(run)
    ]


def journeys_leaving(question, window_s, max_rides) -> set[Triple]:
    """Undominated journeys of those leaving in a window; question: runs, walks, access, egress."""
    return _journeys(question, window_s, max_rides)


def journeys_arriving(question, window_s, max_rides) -> set[Triple]:
    """Undominated journeys of those arriving in a window."""
    runs, walks, access, egress = question
    turned = (
        [run_backwards(run) for run in runs],
        {(b, a): s for (a, b), s in walks.items()},
        egress,
        access,
    )
    found = _journeys(turned, (-window_s[1], -window_s[0]), max_rides)
    return {(-a, -d, k) for d, a, k in found}


def first_arrivals(question, departure_s, max_rides) -> set[Triple]:
    """Of journeys leaving at a time or later those best in arrival and rides, leaving last."""
    found = journeys_leaving(question, (departure_s, UNREACHED_S), max_rides)
    return {p for p in found if not any(q != p and q[1] <= p[1] and q[2] <= p[2] for q in found)}


def last_departures(question, arrival_s, max_rides) -> set[Triple]:
    """Of journeys there by a time those best in departure and rides, arriving first."""
    found = journeys_arriving(question, (-UNREACHED_S, arrival_s), max_rides)
    return {p for p in found if not any(q != p and q[0] >= p[0] and q[2] <= p[2] for q in found)}
