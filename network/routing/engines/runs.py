"""The trips of a graph as starts and runs, with an index of the starts, for a sweep to ride."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines._boarding_kernels import CALL, PATTERN, POS
from network.routing.engines._run_kernels import START_BITS, RunArrays, number_runs
from network.routing.engines._sweep_kernels import UNREACHED_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.engines.compiled import RoutingGraph


def index_runs(graph: RoutingGraph, board_calls: NDArray[np.int32]) -> RunArrays:
    """Lay out the trips of a graph as starts and runs, and index the starts.

    Trips that take the same seconds from their start to every call share a run, so that no time
    is lost or rounded. ``board_calls`` are those of its
    :class:`network.routing.engines.boardings.Boardings`.
    """
    n_trips, n_calls = len(graph.trip_of), np.diff(graph.pattern_offset)
    pattern = np.repeat(np.arange(graph.n_patterns), np.diff(graph.pattern_trip_offset))
    place = np.arange(n_trips) - graph.pattern_trip_offset[pattern]
    at = graph.pattern_time_offset[pattern].astype(np.int64) + place * n_calls[pattern]
    start_s = graph.departure_s[at]
    run = np.empty(n_trips, dtype=np.int32)
    first_trip = np.empty(n_trips, dtype=np.int32)
    n_runs = number_runs(
        graph.pattern_offset,
        graph.pattern_trip_offset,
        graph.pattern_time_offset,
        graph.arrival_s,
        graph.departure_s,
        run,
        first_trip,
    )
    first_trip = first_trip[:n_runs]
    offset = np.concatenate(([0], np.cumsum(n_calls[pattern[first_trip]]))).astype(np.int64)
    of_run = np.repeat(np.arange(n_runs), np.diff(offset))
    pos = np.arange(offset[-1]) - offset[of_run]
    times = at[first_trip][of_run] + pos
    start = start_s[first_trip][of_run]
    departure_s = graph.departure_s[times] - start
    call = graph.pattern_offset[pattern[first_trip]][of_run] + pos
    row_call, row_pattern, row_pos = board_calls[:, [CALL, PATTERN, POS]].T
    slot_trip, first_s = _index_starts(graph, pattern, start_s)
    return RunArrays(
        rows=np.column_stack(
            (row_call, row_pattern, row_pos, graph.pattern_trip_offset[row_pattern])
        ).astype(np.uint32),
        row_wait_s=_bound_waits(len(graph.pattern_board), call, departure_s)[row_call],
        start_s=start_s,
        run=offset[run].astype(np.uint32),
        run_arrival_s=graph.arrival_s[times] - start,
        run_departure_s=departure_s,
        past_trip=np.repeat(graph.pattern_trip_offset[1:], n_calls),
        slot_trip=slot_trip,
        first_start_s=first_s,
    )


def _bound_waits(
    n_calls: int, call: NDArray[np.int64], departure_s: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return, by call, the least and the most seconds after its start that any trip leaves it."""
    bounds = np.tile(np.asarray([UNREACHED_S, -UNREACHED_S], dtype=np.int32), (n_calls, 1))
    np.minimum.at(bounds[:, 0], call, departure_s)
    np.maximum.at(bounds[:, 1], call, departure_s)
    return bounds


def _index_starts(
    graph: RoutingGraph, pattern: NDArray[np.int64], start_s: NDArray[np.int32]
) -> tuple[NDArray[np.uint32], int]:
    """Return the first trip of each pattern that starts in each slot or later, and the first start.

    Trips of a pattern start in order: as many as start before a slot are passed by then.
    """
    first_s = int(start_s.min()) if len(start_s) else 0
    last_s = int(start_s.max()) if len(start_s) else 0
    n_slots = ((last_s - first_s) >> START_BITS) + 1
    cell = ((start_s.astype(np.int64) - first_s) >> START_BITS) * graph.n_patterns + pattern
    counts = np.bincount(cell, minlength=n_slots * graph.n_patterns).reshape(n_slots, -1)
    found = np.empty((n_slots + 1, graph.n_patterns), dtype=np.uint32)
    found[0] = graph.pattern_trip_offset[:-1]
    found[1:] = found[0] + np.cumsum(counts, axis=0)
    return found, first_s
