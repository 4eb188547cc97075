"""Earliest arrivals where transfer rules and kept seats count, from the definition.

Every boarding and every alighting of every run is tried, and the time of every change is looked
up for the two runs that it joins: no nodes, no groups, no labels.
"""

from dataclasses import dataclass

from network.base import distance_m
from network.timetable import UNREACHED_S

_MIN_TIME, _FORBIDDEN = 2, 3


@dataclass(frozen=True)
class Run:
    """A trip: its route_idx, trip_id, and (stop, arrival, departure, pick-up, drop-off)."""

    route: int
    name: str
    calls: tuple[tuple[int, int, int, bool, bool], ...]
    following: int


def list_runs(timetable):
    """Return every trip of a timetable as a run, by trip_idx."""
    runs = []
    for pattern in range(timetable.n_patterns):
        arrival, departure = timetable.pattern_times(pattern)
        first = int(timetable.pattern_offset[pattern])
        stops = timetable.pattern_stops(pattern).tolist()
        for row in range(len(arrival)):
            trip = int(timetable.pattern_trip_offset[pattern]) + row
            calls = tuple(
                (
                    stop,
                    int(arrival[row, i]),
                    int(departure[row, i]),
                    bool(timetable.pattern_pickup[first + i]),
                    bool(timetable.pattern_dropoff[first + i]),
                )
                for i, stop in enumerate(stops)
            )
            runs.append(
                Run(
                    route=int(timetable.pattern_route[pattern]),
                    name=timetable.trip_ids[trip],
                    calls=calls,
                    following=int(timetable.trip_next[trip]),
                )
            )
    return runs


def change_s(network, run_a, stop_a, run_b, stop_b):
    """Seconds from one run at a stop to another at a stop; None where one may not change."""
    footpaths, rules = network.footpaths, network.transfer_rules
    general = 0 if stop_a == stop_b else None
    for i in range(footpaths.offset[stop_a], footpaths.offset[stop_a + 1]):
        if footpaths.stop[i] == stop_b:
            general = int(footpaths.duration_s[i])
    specific = []
    for row in range(0 if rules is None else len(rules.kind)):
        if rules.kind[row] > _FORBIDDEN or (rules.from_stop[row], rules.to_stop[row]) != (
            stop_a,
            stop_b,
        ):
            continue
        named = [
            (rules.from_route[row], run_a.route), (rules.to_route[row], run_b.route),
            (_name(rules, rules.from_trip[row]), run_a.name),
            (_name(rules, rules.to_trip[row]), run_b.name),
        ]  # fmt: skip
        if any(wanted not in (-1, given) for wanted, given in named):
            continue
        routes = sum(wanted != -1 for wanted, _ in named[:2])
        trips = sum(wanted != -1 for wanted, _ in named[2:])
        if routes + trips == 0:
            if stop_a == stop_b:
                general = _value(rules, row, 0)
            continue
        # GTFS: both trips; a trip and the other side's route; a trip; both routes; a route.
        one_each = trips == 1 and (
            (named[2][0] != -1 and named[1][0] != -1) or (named[3][0] != -1 and named[0][0] != -1)
        )
        rank = 5 if trips == 2 else 4 if one_each else 3 if trips else routes
        specific.append((rank, row))
    if not specific:
        return general
    _, row = max(specific)
    if rules.kind[row] in (_MIN_TIME, _FORBIDDEN) and (
        rules.kind[row] == _FORBIDDEN or rules.min_s[row] >= 0
    ):
        return _value(rules, row, 0)
    # A less specific rule may have given a time already: then it is that of the next rank.
    rest = [other for other in specific if other[1] != row]
    if rest:
        below = max(rest)[1]
        if rules.kind[below] == _MIN_TIME and rules.min_s[below] >= 0:
            return int(rules.min_s[below])
    if general is not None:
        return general
    stops = network.timetable.stops
    metres = distance_m(stops.lat[stop_a], stops.lon[stop_a], stops.lat[stop_b], stops.lon[stop_b])
    return int(-(-float(metres) * 1.3 // network.footpaths.speed_mps))


def _name(rules, number):
    return -1 if number < 0 else rules.trip_names[number]


def _value(rules, row, otherwise):
    if rules.kind[row] == _FORBIDDEN:
        return None
    if rules.kind[row] == _MIN_TIME and rules.min_s[row] >= 0:
        return int(rules.min_s[row])
    return otherwise


def earliest_arrivals(network, access, egress, departure_s, max_rides):
    """Arrival with at most 0, 1, ... ``max_rides`` boardings; UNREACHED_S where there is none.

    At the last call of a run one gets on for what the vehicle goes on as, until it leaves as
    either, and not off again before a hop of the next.
    """
    runs = list_runs(network.timetable)

    def leaves_of(run, i):
        goes_on = i == len(run.calls) - 1 and run.following >= 0
        starts = [runs[run.following].calls[0][2]] if goes_on else []
        return min([run.calls[i][2], *starts])

    boarded = {
        (r, i)
        for r, run in enumerate(runs)
        for i, (stop, _, _, may_board, _) in enumerate(run.calls)
        if may_board and stop in access and departure_s + access[stop] <= leaves_of(run, i)
    }
    results = [UNREACHED_S]
    for _ in range(max_rides):
        alighted = set()
        for r, i in boarded:
            alighted |= {(r, j, call[1]) for j, call in enumerate(runs[r].calls) if j > i}
            earlier, following = r, runs[r].following
            skipped = 1 if i == len(runs[r].calls) - 1 else 0
            while following >= 0:
                end_s = runs[earlier].calls[-1][1]
                alighted |= {
                    (following, j, max(call[1], end_s))
                    for j, call in enumerate(runs[following].calls)
                    if j >= skipped
                }
                skipped = 0
                earlier, following = following, runs[following].following
        alighted = {a for a in alighted if runs[a[0]].calls[a[1]][4]}
        here = [
            arrival + egress[runs[r].calls[j][0]]
            for r, j, arrival in alighted
            if runs[r].calls[j][0] in egress
        ]
        results.append(min([*here, results[-1]]))
        boarded = set()
        for r, j, arrival in alighted:
            for b, run in enumerate(runs):
                for i, (stop, _, _, may_board, _) in enumerate(run.calls):
                    leaves = leaves_of(run, i)
                    if may_board and leaves >= arrival:
                        seconds = change_s(network, runs[r], runs[r].calls[j][0], run, stop)
                        if seconds is not None and arrival + seconds <= leaves:
                            boarded.add((b, i))
    return results
