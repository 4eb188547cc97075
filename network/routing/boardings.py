"""The departures of a graph by call, and an index to find the next of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.routing._boarding_kernels import SLOT_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.compiled import RoutingGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Boardings:
    """The calls at which one may board and from which the trip goes further, by board node.

    Rows of node ``n`` are ``offset[n]`` to ``offset[n + 1]`` of ``calls``, int32, shape (n, 5):
    the call, its pattern, its position, where its departures begin, how many they are.
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
    is_useful = graph.pattern_pickup.copy()
    is_useful[graph.pattern_offset[1:][n_calls > 0] - 1] = False  # a last call leads nowhere
    call = np.flatnonzero(is_useful)
    call = call[np.argsort(graph.pattern_board[call], kind="stable")]
    counts = np.bincount(graph.pattern_board[call], minlength=graph.n_boards)
    pattern, n_trips = pattern[call], np.diff(graph.pattern_trip_offset)
    pos = call - graph.pattern_offset[pattern]
    times = graph.pattern_time_offset[pattern].astype(np.int64) + pos * n_trips[pattern]
    some = len(graph.arrival_s) > 0
    first_s = int(graph.departure_s.min()) if some else 0
    last_s = int(graph.arrival_s.max()) if some else -1
    departures_s = _by_call(graph)
    return Boardings(
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        calls=np.column_stack((call, pattern, pos, times, n_trips[pattern])).astype(np.int32),
        departures_s=departures_s,
        slot_trip=_index_departures(departures_s, times, n_trips[pattern], first_s, last_s),
        first_s=first_s,
        last_s=last_s,
    )


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
