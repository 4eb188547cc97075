"""Journeys from one origin to many targets over many departures: the bulk search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines._bound_kernels import ANY_RIDES
from network.routing.engines._label_kernels import (
    N_HELD_FIELDS,
    N_PARENT_FIELDS,
    UNREACHED_S,
    NetworkArrays,
    QueryArrays,
    Workspace,
)
from network.routing.engines._raptor_kernels import run_profile
from network.routing.engines.boardings import Boardings, index_boardings
from network.routing.engines.compiled import RoutingGraph, compile_routing
from network.routing.engines.ends import refuse_stops, refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.engines.bounds import RemainingBounds


_NAME = "search_profile"
_MANY_DEPARTURES = 8
"""From so many on, bounds for the very target are worth the time they take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileJourneys:
    """Journeys sorted by target, then number of rides, then departure.

    Within one (target, n_rides) both departure and arrival strictly increase. A journey
    with more rides is there only if it arrives before every one with fewer rides that
    leaves no earlier. ``departure_s`` is the latest time of leaving the origin that catches
    the first ride, ``arrival_s`` is at the target, both in seconds of the service day.
    Legs of journey ``j`` are ``leg_offset[j]`` to ``leg_offset[j + 1]``: ``leg_trip`` is a
    global trip_idx, ``leg_board_pos`` and ``leg_alight_pos`` are places in ``leg_pattern``.
    A leg is a ride, or, where ``leg_seated``, goes on in the seat of the leg before: then there
    are more legs than rides.
    """

    target: NDArray[np.int32]
    n_rides: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    leg_offset: NDArray[np.int32]
    leg_trip: NDArray[np.int32]
    leg_pattern: NDArray[np.int32]
    leg_board_pos: NDArray[np.int32]
    leg_alight_pos: NDArray[np.int32]
    leg_seated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.target)


class ProfileWorkspace:
    """Arrays a search works in, made once for a network and used again by many searches.

    One workspace serves one thread at a time; give each thread its own. With ``bounds`` of the
    same graph, a search to one target keeps to where it can still be reached in time;
    ``boardings`` are those of the graph, where they are at hand.
    """

    def __init__(
        self,
        network: Network,
        max_rides: int = 4,
        *,
        graph: RoutingGraph | None = None,
        bounds: RemainingBounds | None = None,
        boardings: Boardings | None = None,
    ) -> None:
        self.graph = graph or compile_routing(network)
        self.network = network
        self.max_rides = max_rides
        self.no_bans = np.zeros(len(network.timetable.routes), dtype=np.bool_)
        self.arrays = _kernel_arrays(self.graph, boardings or index_boardings(self.graph))
        self.work = _allocate(self.graph, max_rides)
        self.bounds = bounds
        n_left = self.graph.n_boards + self.graph.n_alights + len(self.graph.pattern_board)
        self.no_left = np.zeros((ANY_RIDES + 1, n_left), dtype=np.int32)


def _kernel_arrays(graph: RoutingGraph, boardings: Boardings) -> NetworkArrays:
    return NetworkArrays(
        pattern_route=graph.pattern_route,
        pattern_offset=graph.pattern_offset,
        pattern_board=graph.pattern_board,
        pattern_alight=graph.pattern_alight,
        pattern_pickup=graph.pattern_pickup,
        pattern_dropoff=graph.pattern_dropoff,
        pattern_trip_offset=graph.pattern_trip_offset,
        pattern_time_offset=graph.pattern_time_offset,
        arrival_s=graph.arrival_s,
        departure_s=graph.departure_s,
        board_pattern_offset=graph.board_pattern_offset,
        board_pattern=graph.board_pattern,
        board_pattern_pos=graph.board_pattern_pos,
        board_call_offset=boardings.offset,
        board_calls=boardings.calls,
        departures_s=boardings.departures_s,
        slot_trip=boardings.slot_trip,
        transfer_offset=graph.transfers.offset,
        transfer_board=graph.transfers.board,
        transfer_s=graph.transfers.seconds,
        seat_offset=graph.seats.offset,
        seat_next_pattern=graph.seats.next_pattern,
        seat_pair_offset=graph.seats.pair_offset,
        seat_trip=graph.seats.trip,
        seat_next_trip=graph.seats.next_trip,
        first_s=boardings.first_s,
    )


def _allocate(graph: RoutingGraph, max_rides: int) -> Workspace:
    boards, alights = (max_rides + 1, graph.n_boards), (max_rides + 1, graph.n_alights)
    n_next = len(np.unique(graph.seats.next_trip))
    return Workspace(
        best=np.empty(boards, dtype=np.int32),
        transfer_from=np.empty(boards, dtype=np.int32),
        veh=np.empty(alights, dtype=np.int32),
        parent=np.empty((*alights, N_PARENT_FIELDS), dtype=np.int32),
        boardable=np.empty(graph.n_boards, dtype=np.int64),
        improved=np.empty(graph.n_alights, dtype=np.int64),
        limit=np.empty(graph.n_boards + graph.n_alights, dtype=np.int32),
        marked_nodes=np.empty(graph.n_boards, dtype=np.int32),
        rows=np.empty(len(graph.pattern_board), dtype=np.int32),
        ridden=np.empty((len(graph.pattern_board), max_rides + 1), dtype=np.int32),
        improved_nodes=np.empty(graph.n_alights, dtype=np.int32),
        queue=np.empty(graph.n_patterns, dtype=np.int32),
        first_pos=np.empty(graph.n_patterns, dtype=np.int32),
        seat_pair=np.empty(graph.seats.n_groups, dtype=np.int32),
        seat_pos=np.empty(graph.seats.n_groups, dtype=np.int32),
        # For one departure each trip gone on to is held once at most, and once from a last call.
        seated=np.empty((len(graph.trip_of) if n_next else 0, 2), dtype=np.int8),
        held=np.empty((2 * n_next, N_HELD_FIELDS), dtype=np.int32),
    )


def search_profile(
    network: Network,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    target_offset: NDArray[np.int32],
    target_stop: NDArray[np.int32],
    target_s: NDArray[np.int32],
    departures_s: NDArray[np.int32],
    *,
    max_rides: int = 4,
    banned_routes: NDArray[np.bool_] | None = None,
    latest_s: int | None = None,
    workspace: ProfileWorkspace | None = None,
) -> ProfileJourneys:
    """Compute the Pareto journeys from one origin to many targets (seconds of service day).

    For each time of leaving the origin, and waiting allowed, the earliest arrivals by
    number of rides; each journey is written once, at the latest of the given times that it
    serves. Walks are access, at most one between two rides, and egress. With a fine enough
    ``departures_s`` (every boarding time less its access) the result is the full Pareto set
    over departure, arrival and rides. Walking all the way is no journey here.

    Parameters
    ----------
    access_stop, access_s
        Stops at which the origin's people can board, and the seconds it takes to get there.
    target_offset, target_stop, target_s
        Egress stops of target ``t`` and their seconds: ``target_offset[t]`` to ``[t + 1]``.
    departures_s
        Times of leaving the origin, any order.
    banned_routes
        True by route_idx where a route must not be ridden.
    latest_s
        No journey leaves the origin later than this; unbounded where None.
    workspace
        To be used again by the next search; made for this one where None.

    Raises
    ------
    NetworkInputError
        If arrays do not fit each other or the network.

    References
    ----------
    See :mod:`network.routing.engines._raptor_kernels`.
    """
    work = workspace or ProfileWorkspace(network, max_rides)
    _validate(network, work, max_rides, banned_routes)
    refuse_stops(network, _NAME, "access", access_stop, access_s)
    refuse_stops(network, _NAME, "target", target_stop, target_s)
    n_targets = len(target_offset) - 1
    if n_targets < 0 or int(target_offset[-1]) != len(target_stop):
        raise refused(
            "search_profile", "target_offset", "an end that is not the length of target_stop"
        )
    graph = work.graph
    access_board, access = _spread(
        graph.stop_board_offset, graph.stop_board, np.asarray(access_stop, dtype=np.int32)
    )
    target_node, target = _spread(
        graph.stop_alight_offset, graph.stop_alight, np.asarray(target_stop, dtype=np.int32)
    )
    order = np.argsort(target_node, kind="stable")
    owner = np.repeat(np.arange(n_targets, dtype=np.int32), np.diff(target_offset))
    counts = np.bincount(target_node, minlength=graph.n_alights)
    query = QueryArrays(
        access_board=access_board,
        access_s=np.asarray(access_s, dtype=np.int32)[access],
        egress_offset=np.concatenate((np.zeros(1), np.cumsum(counts))).astype(np.int32),
        egress_target=owner[target[order]],
        egress_s=np.asarray(target_s, dtype=np.int32)[target[order]],
        departures_s=_descending(departures_s),
        banned_route=work.no_bans if banned_routes is None else banned_routes,
        n_targets=n_targets,
        left_s=_left(work, target_stop, target_s, n_targets, len(departures_s), max_rides),
        latest_s=UNREACHED_S if latest_s is None else latest_s,
        max_rides=max_rides,
    )
    fields, leg_offset, legs = run_profile(work.arrays, query, work.work)
    return ProfileJourneys(
        target=fields[0],
        n_rides=fields[1],
        departure_s=fields[2],
        arrival_s=fields[3],
        access_s=fields[4],
        egress_s=fields[5],
        leg_offset=leg_offset,
        leg_trip=graph.trip_of[legs[0]],
        leg_pattern=graph.pattern_of[legs[1]],
        leg_board_pos=legs[2],
        leg_alight_pos=legs[3],
        leg_seated=legs[4].astype(np.bool_),
    )


def _descending(departures_s: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return each of the departures once, latest first."""
    given_s = np.asarray(departures_s, dtype=np.int32)
    if (given_s[1:] <= given_s[:-1]).any():
        given_s = np.unique(given_s)
    return given_s[::-1].copy()


def _left(
    work: ProfileWorkspace,
    target_stop: NDArray[np.int32],
    target_s: NDArray[np.int32],
    n_targets: int,
    n_departures: int,
    max_rides: int,
) -> NDArray[np.int32]:
    """Return what is left at least from every node to the one target, zeros where unknown."""
    if work.bounds is None or n_targets != 1:
        return work.no_left
    left_s = work.bounds.compute(
        np.asarray(target_stop, dtype=np.int32),
        np.asarray(target_s, dtype=np.int32),
        once=n_departures >= _MANY_DEPARTURES,
        max_rides=max_rides,
    )
    return work.no_left if left_s is None else left_s


def _spread(
    offset: NDArray[np.int32], nodes: NDArray[np.int32], stops: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the nodes of some stops, and for each which of the stops it is of."""
    if len(nodes) == len(offset) - 1:  # one node a stop, numbered alike
        return np.ascontiguousarray(stops), np.arange(len(stops))
    counts = np.diff(offset)[stops]
    source = np.repeat(np.arange(len(stops)), counts)
    first = np.repeat(offset[stops] - np.concatenate(([0], np.cumsum(counts)))[:-1], counts)
    return np.ascontiguousarray(nodes[first + np.arange(len(source))]), source


def _validate(
    network: Network,
    work: ProfileWorkspace,
    max_rides: int,
    banned_routes: NDArray[np.bool_] | None,
) -> None:
    if work.network is not network or work.max_rides < max_rides:
        raise refused(
            "search_profile", "workspace", "a workspace of another network or of fewer rides"
        )
    if max_rides < 1:
        raise refused(_NAME, "max_rides", f"{max_rides} rides")
    if banned_routes is not None and banned_routes.shape != work.no_bans.shape:
        raise refused(
            "search_profile",
            "banned_routes",
            f"{banned_routes.shape} in place of {work.no_bans.shape}",
        )
