"""The departures of a graph by call, and an index to find the next of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines._boarding_kernels import SLOT_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.engines.compiled import RoutingGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Boardings:
    """The calls at which one may board and from which the vehicle goes further, by board node.

    Rows of node ``n`` are ``offset[n]`` to ``offset[n + 1]`` of ``calls``, int32, shape (n, 5):
    the call, its pattern, its position, where its departures begin, how many they are: none at
    a last call, which is there for the seats kept in trips that go on as others.
    ``departures_s`` are those of one call side by side, trips in order. ``slot_trip``, shape
    (n, n_slots + 1), is the first trip that leaves in an hour, counted from ``first_s``, or
    later. ``first_s`` is the first departure of all, ``last_s`` the last arrival.
    """

    offset: NDArray[np.int32]
    calls: NDArray[np.int32]
    departures_s: NDArray[np.int32]
    slot_trip: NDArray[np.int32]
    first_s: int
    last_s: int


def index_boardings(graph: RoutingGraph) -> Boardings:
    """Lay out and index the departures of a graph."""
    n_calls = np.diff(graph.pattern_offset)
    pattern = np.repeat(np.arange(graph.n_patterns, dtype=np.int32), n_calls)
    last_call = graph.pattern_offset[1:][n_calls > 0] - 1
    is_useful = graph.pattern_pickup.copy()
    # A last call leads nowhere but to other trips of the vehicle.
    is_useful[last_call] &= np.diff(graph.seats.offset)[n_calls > 0] > 0
    call = np.flatnonzero(is_useful)
    call = call[np.argsort(graph.pattern_board[call], kind="stable")]
    counts = np.bincount(graph.pattern_board[call], minlength=graph.n_boards)
    pattern, n_trips = pattern[call], np.diff(graph.pattern_trip_offset)
    pos = call - graph.pattern_offset[pattern]
    n_departures = np.where(np.isin(call, last_call), 0, n_trips[pattern])
    times = graph.pattern_time_offset[pattern].astype(np.int64) + pos * n_trips[pattern]
    some = len(graph.arrival_s) > 0
    first_s = int(graph.departure_s.min()) if some else 0
    last_s = int(graph.arrival_s.max()) if some else -1
    departures_s = _by_call(graph)
    return Boardings(
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        calls=np.column_stack((call, pattern, pos, times, n_departures)).astype(np.int32),
        departures_s=departures_s,
        slot_trip=_index_departures(departures_s, times, n_departures, first_s, last_s),
        first_s=first_s,
        last_s=last_s,
    )


def list_departures(
    graph: RoutingGraph,
    stop: NDArray[np.int32],
    seconds: NDArray[np.int32],
    banned: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """List every time of leaving a place that just catches some departure, s of the service day.

    Parameters
    ----------
    stop, seconds
        Stops at which one can board, and the seconds it takes to get to each.
    banned
        Routes not to be ridden, shape (n_routes,).

    Returns
    -------
    times
        int64, ascending, each once.
    """
    nodes, at = expand(graph.stop_board_offset, stop)
    calls, of_node = expand(graph.board_pattern_offset, graph.stop_board[nodes])
    pattern, pos = graph.board_pattern[calls], graph.board_pattern_pos[calls]
    use = graph.pattern_pickup[graph.pattern_offset[pattern] + pos]
    if banned is not None:
        use &= ~banned[graph.pattern_route[pattern]]
    pattern, pos, away_s = pattern[use], pos[use], seconds[at][of_node][use].astype(np.int64)
    n_calls = np.diff(graph.pattern_offset)[pattern]
    is_last = pos == n_calls - 1
    trips, of_call = expand(graph.pattern_trip_offset, pattern)
    place = trips - graph.pattern_trip_offset[pattern][of_call]
    first = graph.pattern_time_offset[pattern] + pos
    leaving = graph.departure_s[first[of_call] + place * n_calls[of_call]] - away_s[of_call]
    ending, of_last = pattern[is_last], away_s[is_last]
    pairs, of_end = expand(_pair_offset(graph), ending)
    at_end = leave_last_calls(graph)[1][pairs] - of_last[of_end]
    return np.unique(np.concatenate((leaving[~is_last[of_call]], at_end)))


def _pair_offset(graph: RoutingGraph) -> NDArray[np.int32]:
    """Return, by pattern, the first of its pairs of ``graph.seats``."""
    return graph.seats.pair_offset[graph.seats.offset]


def expand(
    offset: NDArray[np.int32], groups: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of some groups of a CSR array, and which of the groups each is of."""
    first = offset[groups].astype(np.int64)
    counts = offset[groups + 1] - first
    owner = np.repeat(np.arange(len(groups)), counts)
    rows = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner] + first[owner]
    return rows, owner


def leave_last_calls(graph: RoutingGraph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, by pair of ``graph.seats``, the last call of its first trip and when it is left.

    The vehicle is gone when it leaves as the one trip or as the other, whichever is sooner.
    """
    seats = graph.seats
    n_calls = np.diff(graph.pattern_offset).astype(np.int64)
    sizes = np.diff(seats.pair_offset)
    pattern = np.repeat(np.repeat(np.arange(graph.n_patterns), np.diff(seats.offset)), sizes)
    following = np.repeat(seats.next_pattern, sizes)
    row = seats.trip - graph.pattern_trip_offset[pattern] + 1
    last = graph.pattern_time_offset[pattern] + row * n_calls[pattern] - 1
    row = seats.next_trip - graph.pattern_trip_offset[following]
    first = graph.pattern_time_offset[following] + row * n_calls[following]
    leaves_s = np.minimum(graph.departure_s[last], graph.departure_s[first])
    last_call = graph.pattern_offset[pattern + 1].astype(np.int64) - 1
    return last_call, leaves_s.astype(np.int64)


def _by_call(graph: RoutingGraph) -> NDArray[np.int32]:
    """Return the departures of each pattern with those of one call side by side."""
    turned = np.empty_like(graph.departure_s)
    sizes = np.diff(graph.pattern_trip_offset) * np.diff(graph.pattern_offset)
    for pattern, (start, size) in enumerate(
        zip(graph.pattern_time_offset.tolist(), sizes.tolist(), strict=False)
    ):
        n_calls = int(graph.pattern_offset[pattern + 1] - graph.pattern_offset[pattern])
        block = graph.departure_s[start : start + size].reshape(-1, n_calls)
        turned[start : start + size] = block.T.ravel()
    return turned


def _index_departures(
    departures_s: NDArray[np.int32],
    times: NDArray[np.int64],
    n_trips: NDArray[np.int32],
    first_s: int,
    last_s: int,
) -> NDArray[np.int32]:
    """Return, by call, the first trip that leaves in each slot of time or later."""
    n_slots = max(1, (last_s - first_s) // SLOT_S + 1)
    rows = np.repeat(np.arange(len(times)), n_trips)
    place = np.arange(len(rows)) + np.repeat(times - (np.cumsum(n_trips) - n_trips), n_trips)
    slot = (departures_s[place] - first_s) // SLOT_S
    # Departures of a call ascend: as many as leave before a slot are passed by then.
    counts = np.bincount(rows * n_slots + slot, minlength=len(times) * n_slots)
    found = np.zeros((len(times), n_slots + 1), dtype=np.int32)
    np.cumsum(counts.reshape(len(times), n_slots), axis=1, out=found[:, 1:])
    return found
