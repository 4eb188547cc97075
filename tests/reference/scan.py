"""Earliest labels on a routing graph by repetition until nothing changes: plain and slow."""

from network.routing.engines.compiled import RoutingGraph
from network.timetable import UNREACHED_S

Labels = dict[int, int]


def earliest_labels(
    graph: RoutingGraph, access: Labels, departure_s: int, banned: frozenset[int] = frozenset()
) -> tuple[Labels, Labels]:
    """Earliest times at board nodes and, by vehicle, at alight nodes; access by stop_idx."""
    ready: Labels = {}
    vehicle: Labels = {}
    for node, stop in enumerate(graph.board_stop.tolist()):
        if stop in access:
            ready[node] = departure_s + access[stop]
    while True:
        before = (dict(ready), dict(vehicle))
        for pattern in range(graph.n_patterns):
            if int(graph.pattern_route[pattern]) not in banned:
                for trip in range(*graph.pattern_trip_offset[pattern : pattern + 2].tolist()):
                    _ride(graph, pattern, trip, ready, vehicle, banned)
        for node, seconds in vehicle.items():
            for j in range(*graph.transfers.offset[node : node + 2].tolist()):
                _lower(
                    ready, int(graph.transfers.board[j]), seconds + int(graph.transfers.seconds[j])
                )
        if before == (ready, vehicle):
            return ready, vehicle


def earliest_stops(
    graph: RoutingGraph, access: Labels, departure_s: int, banned: frozenset[int] = frozenset()
) -> list[int]:
    """Earliest time at each stop, by access, by vehicle or by a walk after one."""
    ready, vehicle = earliest_labels(graph, access, departure_s, banned)
    times = [UNREACHED_S] * graph.network.timetable.n_stops
    for labels, stop_of in ((ready, graph.board_stop), (vehicle, graph.alight_stop)):
        for node, seconds in labels.items():
            times[stop_of[node]] = min(times[stop_of[node]], seconds)
    return times


def earliest_at_target(
    graph: RoutingGraph,
    access: Labels,
    egress: Labels,
    departure_s: int,
    banned: frozenset[int] = frozenset(),
) -> int:
    """Earliest arrival by vehicle and egress; UNREACHED_S where there is none."""
    _, vehicle = earliest_labels(graph, access, departure_s, banned)
    stop_of = graph.alight_stop.tolist()
    ends = [s + egress[stop_of[node]] for node, s in vehicle.items() if stop_of[node] in egress]
    return min(ends, default=UNREACHED_S)


def _ride(
    graph: RoutingGraph,
    pattern: int,
    trip: int,
    ready: Labels,
    vehicle: Labels,
    banned: frozenset[int],
) -> None:
    """Board a trip wherever possible, alight wherever possible, and go on in kept seats."""
    calls = range(*graph.pattern_offset[pattern : pattern + 2].tolist())
    on_board = False
    for i, (call, (arrival, departure)) in enumerate(
        zip(calls, _times(graph, pattern, trip), strict=True)
    ):
        if on_board and graph.pattern_dropoff[call]:
            _lower(vehicle, int(graph.pattern_alight[call]), arrival)
        if graph.pattern_pickup[call] and i < len(calls) - 1:
            on_board |= ready.get(int(graph.pattern_board[call]), UNREACHED_S) <= departure
    if on_board:
        _go_on(graph, pattern, trip, vehicle, banned, set())
    elif graph.pattern_pickup[calls[-1]]:
        ready_s = ready.get(int(graph.pattern_board[calls[-1]]), UNREACHED_S)
        _go_on(graph, pattern, trip, vehicle, banned, set(), boarded_last_s=ready_s)


def _go_on(
    graph: RoutingGraph,
    pattern: int,
    trip: int,
    vehicle: Labels,
    banned: frozenset[int],
    seen: set[int],
    *,
    boarded_last_s: int | None = None,
) -> None:
    """Ride what a vehicle goes on as; who got on at the last call rides a hop before getting off.

    One gets on there until the vehicle leaves, as the one trip or as the other.
    """
    end_s = _times(graph, pattern, trip)[-1][0]
    for pair, here in enumerate(graph.seats.trip.tolist()):
        following = int(graph.seats.next_trip[pair])
        if here != trip or following in seen:
            continue
        seen.add(following)
        starts = graph.pattern_trip_offset.tolist()
        there = max(p for p in range(graph.n_patterns) if starts[p] <= following)
        if int(graph.pattern_route[there]) in banned:
            continue
        first = int(graph.pattern_offset[there])
        times = _times(graph, there, following)
        if boarded_last_s is not None:
            leaves_s = min(_times(graph, pattern, trip)[-1][1], times[0][1])
            if boarded_last_s > leaves_s:
                seen.discard(following)
                continue
        for i, (arrival, _) in enumerate(times):
            if graph.pattern_dropoff[first + i] and (i > 0 or boarded_last_s is None):
                _lower(vehicle, int(graph.pattern_alight[first + i]), max(arrival, end_s))
        _go_on(graph, there, following, vehicle, banned, seen)


def _times(graph: RoutingGraph, pattern: int, trip: int) -> list[tuple[int, int]]:
    """Return arrival and departure of a trip at each call."""
    n_calls = int(graph.pattern_offset[pattern + 1] - graph.pattern_offset[pattern])
    row = trip - int(graph.pattern_trip_offset[pattern])
    start = int(graph.pattern_time_offset[pattern]) + row * n_calls
    rows = slice(start, start + n_calls)
    return list(zip(graph.arrival_s[rows].tolist(), graph.departure_s[rows].tolist(), strict=True))


def _lower(labels: Labels, node: int, seconds: int) -> None:
    labels[node] = min(seconds, labels.get(node, UNREACHED_S))
