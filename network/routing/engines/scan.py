"""Earliest arrivals by connection scan: at one target, or at every stop.

It answers "when" alone, for any number of rides: beside :mod:`network.routing.engines.profile` and
:mod:`network.routing.engines.sweep` a third algorithm, that each can be checked against the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines._scan_kernels import (
    ALIGHT_SHIFT,
    BOARD_SHIFT,
    DROPOFF,
    GOES_ON,
    PICKUP,
    UNREACHED_S,
    ScanArrays,
    ScanQuery,
    ScanWork,
    run_scan,
)
from network.routing.engines.boardings import leave_last_calls
from network.routing.engines.ends import fold_by_stop, refuse_stops, refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.engines.compiled import RoutingGraph

_NO_STOPS = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Every ride from one call of a trip to the next, in order of departure.

    ``table`` is int32, shape (n_connections, 5): departure and arrival (s), board node with
    the pick-up bit, alight node with the bits "drop-off" and "last of its trip, which goes
    on", and the graph's trip. A row of no length at the end of a trip that goes on is there
    to board at its last call: its trip is the number of trips plus that of the pair of
    ``graph.seats``. Within a second those that take no time stand first, and those
    of one trip in its order. ``minute_offset[m]`` is the first connection that departs in
    minute ``first_minute + m`` or later.
    """

    table: NDArray[np.int32]
    first_minute: int
    minute_offset: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.table)

    def find_first(self, departure_s: int) -> int:
        """Return a row before which nothing departs at ``departure_s`` or later."""
        minute = departure_s // 60 - self.first_minute
        return int(self.minute_offset[min(max(minute, 0), len(self.minute_offset) - 1)])


def build_connections(graph: RoutingGraph) -> Connections:
    """Build the connections of a routing graph, every trip's in one table."""
    n_calls = np.diff(graph.pattern_offset).astype(np.int64)
    sizes = np.diff(graph.pattern_trip_offset) * n_calls
    pattern = np.repeat(np.arange(graph.n_patterns), sizes)
    place = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    trip, pos = np.divmod(place, n_calls[pattern])
    rides = np.flatnonzero(pos + 1 < n_calls[pattern])
    pattern, place, trip, pos = pattern[rides], place[rides], trip[rides], pos[rides]
    call = graph.pattern_time_offset[pattern] + place
    departure, arrival = graph.departure_s[call], graph.arrival_s[call + 1]
    # Stable: a trip's connections that leave in one second stay in its order.
    order = np.argsort(departure.astype(np.int64) * 2 + (arrival > departure), kind="stable")
    trip += graph.pattern_trip_offset[pattern]
    goes_on = np.isin(trip, graph.seats.trip) & (pos + 2 == n_calls[pattern])
    row = graph.pattern_offset[pattern] + pos
    table = np.empty((len(order), 5), dtype=np.int32)
    table[:, 0] = departure[order]
    table[:, 1] = arrival[order]
    board = (graph.pattern_board[row] << BOARD_SHIFT) + PICKUP * graph.pattern_pickup[row]
    table[:, 2] = board[order]
    alight = (graph.pattern_alight[row + 1] << ALIGHT_SHIFT) + GOES_ON * goes_on
    table[:, 3] = (alight + DROPOFF * graph.pattern_dropoff[row + 1])[order]
    table[:, 4] = trip[order]
    table = _with_last_calls(graph, table)
    if len(table) == 0:
        return Connections(table=table, first_minute=0, minute_offset=np.zeros(1, dtype=np.int64))
    first, last = int(table[0, 0]) // 60, int(table[-1, 0]) // 60
    minutes = np.arange(first, last + 2) * 60
    return Connections(
        table=table,
        first_minute=first,
        minute_offset=np.searchsorted(np.ascontiguousarray(table[:, 0]), minutes),
    )


def _with_last_calls(graph: RoutingGraph, table: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return connections with those of no length at the last calls of trips that go on."""
    last_call, leaves_s = leave_last_calls(graph)
    pairs = np.flatnonzero(graph.pattern_pickup[last_call])
    if len(pairs) == 0:
        return table
    call = last_call[pairs]
    more = np.empty((len(pairs), 5), dtype=np.int32)
    more[:, 0] = more[:, 1] = leaves_s[pairs]
    more[:, 2] = (graph.pattern_board[call] << BOARD_SHIFT) + PICKUP
    more[:, 3] = (graph.pattern_alight[call] << ALIGHT_SHIFT) + GOES_ON
    more[:, 4] = len(graph.trip_of) + pairs
    both = np.concatenate((table, more))
    order = np.argsort(both[:, 0].astype(np.int64) * 2 + (both[:, 1] > both[:, 0]), kind="stable")
    return np.ascontiguousarray(both[order])


class ScanWorkspace:
    """Connections of a graph and arrays a scan works in, made once and used again.

    One workspace serves one thread at a time; ``ScanWorkspace(graph, like=other)`` makes
    another that shares all that does not change.
    """

    def __init__(self, graph: RoutingGraph, *, like: ScanWorkspace | None = None) -> None:
        self.graph: RoutingGraph = graph
        if like is not None and like.graph is graph:
            self.connections: Connections = like.connections
            self.arrays: ScanArrays = like.arrays
        else:
            self.connections = build_connections(graph)
            self.arrays = _kernel_arrays(graph, self.connections)
        self.no_bans = np.zeros(len(graph.network.timetable.routes), dtype=np.bool_)
        n_numbers = len(graph.trip_of) + len(graph.seats.trip)
        n_words = n_numbers // 64 + 1
        self.work = ScanWork(
            ready_s=np.empty(graph.n_boards, dtype=np.int32),
            vehicle_s=np.empty(graph.n_alights, dtype=np.int32),
            egress_s=np.full(graph.n_alights, UNREACHED_S, dtype=np.int32),
            boarded=np.empty(n_words, dtype=np.uint64),
            ridden_on=np.empty(n_words, dtype=np.uint64),
            queue=np.empty(len(np.unique(graph.seats.next_trip)) + 1, dtype=np.int32),
            at_once=np.empty(n_numbers, dtype=np.int32),
        )


def scan_earliest(
    workspace: ScanWorkspace,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    target_stop: NDArray[np.int32],
    target_s: NDArray[np.int32],
    departure_s: int,
    *,
    banned_routes: NDArray[np.bool_] | None = None,
) -> int:
    """Compute the earliest arrival at a target, seconds of the service day.

    At least one ride, any number of them, at most one walk between two; waiting allowed.

    Parameters
    ----------
    access_stop, access_s
        Stops at which one can board, and the seconds it takes to get there.
    target_stop, target_s
        Stops from which the target is reached, and the seconds that takes.
    departure_s
        When the origin is left. On a mirrored graph all times are negative.
    banned_routes
        True by route_idx where a route must not be ridden.

    Returns
    -------
    arrival_s
        UNREACHED_S where there is no journey.

    Raises
    ------
    NetworkInputError
        If arrays do not fit each other or the network.

    References
    ----------
    See :mod:`network.routing.engines._scan_kernels`.
    """
    graph = workspace.graph
    refuse_ends(graph, "target", target_stop, target_s)
    ends = spread_stops(graph.stop_alight_offset, graph.stop_alight, target_stop, target_s)
    query = _query(workspace, access_stop, access_s, departure_s, banned_routes)
    query = query._replace(egress_alight=ends[0], egress_s=ends[1])
    return int(run_scan(workspace.arrays, query, workspace.work))


def scan_one_to_all(
    workspace: ScanWorkspace,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    departure_s: int,
    *,
    horizon_s: int | None = None,
    banned_routes: NDArray[np.bool_] | None = None,
) -> NDArray[np.int32]:
    """Compute when one can stand at each stop at the earliest, seconds of the service day.

    By access alone, by vehicle, or by one walk after a vehicle.

    Parameters
    ----------
    access_stop, access_s, departure_s, banned_routes
        As for :func:`scan_earliest`.
    horizon_s
        Arrivals more than so many seconds after ``departure_s`` are not looked for; a short
        horizon is fast.

    Returns
    -------
    arrival_s
        int32, shape (n_stops,); UNREACHED_S where there is none within the horizon.

    Raises
    ------
    NetworkInputError
        If arrays do not fit each other or the network.

    References
    ----------
    See :mod:`network.routing.engines._scan_kernels`.
    """
    graph, work = workspace.graph, workspace.work
    refuse_ends(graph, "horizon", _NO_STOPS, _NO_STOPS, horizon_s=horizon_s)
    query = _query(workspace, access_stop, access_s, departure_s, banned_routes)
    if horizon_s is not None:
        query = query._replace(bound_s=departure_s + horizon_s + 1)
    run_scan(workspace.arrays, query, work)
    return fold_by_stop(graph, work.ready_s, work.vehicle_s)


def _query(
    workspace: ScanWorkspace,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    departure_s: int,
    banned_routes: NDArray[np.bool_] | None,
) -> ScanQuery:
    """Return the query of an origin, without an end."""
    graph = workspace.graph
    refuse_ends(graph, "access", access_stop, access_s, banned_routes=banned_routes)
    starts = spread_stops(graph.stop_board_offset, graph.stop_board, access_stop, access_s)
    soonest_s = departure_s + int(starts[1].min()) if len(starts[1]) else departure_s
    first = workspace.connections.find_first(soonest_s)
    return ScanQuery(
        access_board=starts[0],
        access_s=starts[1],
        egress_alight=_NO_STOPS,
        egress_s=_NO_STOPS,
        banned_route=workspace.no_bans if banned_routes is None else banned_routes,
        has_bans=banned_routes is not None,
        departure_s=departure_s,
        first=first if len(starts[0]) else len(workspace.connections),
        bound_s=UNREACHED_S,
    )


def spread_stops(
    offset: NDArray[np.int32],
    nodes: NDArray[np.int32],
    stops: NDArray[np.int32],
    seconds: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the nodes of some stops with the seconds of each."""
    stops = np.ascontiguousarray(stops, dtype=np.int32)
    seconds = np.ascontiguousarray(seconds, dtype=np.int32)
    if len(nodes) == len(offset) - 1:  # one node a stop, numbered alike
        return stops, seconds
    counts = np.diff(offset)[stops]
    first = np.repeat(offset[stops] - (np.cumsum(counts) - counts), counts)
    spread = np.ascontiguousarray(nodes[first + np.arange(len(first))])
    return spread, np.repeat(seconds, counts)


def _kernel_arrays(graph: RoutingGraph, connections: Connections) -> ScanArrays:
    seats = graph.seats
    order = np.argsort(seats.trip, kind="stable")
    n_trips = len(graph.trip_of)
    counts = np.bincount(seats.trip, minlength=n_trips)
    n_trips_of = np.diff(graph.pattern_trip_offset)
    trip_pattern = np.repeat(np.arange(graph.n_patterns, dtype=np.int32), n_trips_of)
    # After the trips, the pairs: each as a trip that goes on as the pair's second.
    counts = np.concatenate((counts, np.ones(len(seats.trip), dtype=np.int64)))
    return ScanArrays(
        connections=connections.table,
        transfer_offset=graph.transfers.offset,
        transfer_board=graph.transfers.board,
        transfer_s=graph.transfers.seconds,
        seat_offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        seat_next=np.concatenate((seats.next_trip[order], seats.next_trip)),
        seat_trip=seats.trip,
        trip_pattern=np.concatenate((trip_pattern, trip_pattern[seats.trip])),
        pattern_route=graph.pattern_route,
        pattern_offset=graph.pattern_offset,
        pattern_alight=graph.pattern_alight,
        pattern_dropoff=graph.pattern_dropoff,
        pattern_trip_offset=graph.pattern_trip_offset,
        pattern_time_offset=graph.pattern_time_offset,
        arrival_s=graph.arrival_s,
    )


def refuse_ends(
    graph: RoutingGraph,
    name: str,
    stop: NDArray[np.int32],
    seconds: NDArray[np.int32],
    *,
    banned_routes: NDArray[np.bool_] | None = None,
    horizon_s: int | None = None,
) -> None:
    """Raise NetworkInputError unless the arrays of one end of a search fit the network."""
    n_routes = len(graph.network.timetable.routes)
    if banned_routes is not None and banned_routes.shape != (n_routes,):
        raise refused("scan", "banned_routes", f"{banned_routes.shape} in place of {(n_routes,)}")
    if horizon_s is not None and horizon_s < 0:
        raise refused("scan", "horizon_s", f"{horizon_s} seconds")
    refuse_stops(graph.network, "scan", name, stop, seconds)
