"""Earliest arrivals by settling nodes in order of time: the fast answer to "when".

Same questions, same answers as :mod:`network.routing.engines.scan`, by another algorithm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines._sweep_kernels import (
    SLOT_BITS,
    UNREACHED_S,
    SweepArrays,
    SweepQuery,
    SweepWork,
    run_sweep,
)
from network.routing.engines.boardings import index_boardings
from network.routing.engines.ends import fold_by_stop
from network.routing.engines.runs import index_runs
from network.routing.engines.scan import refuse_ends, spread_stops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.engines._run_kernels import RunArrays
    from network.routing.engines.boardings import Boardings
    from network.routing.engines.compiled import RoutingGraph

_NO_STOPS = np.zeros(0, dtype=np.int32)


class SweepWorkspace:
    """A graph as the kernel reads it and arrays a sweep works in, made once and used again.

    One workspace serves one thread at a time; ``SweepWorkspace(graph, like=other)`` makes
    another that shares all that does not change.
    """

    def __init__(
        self,
        graph: RoutingGraph,
        *,
        like: SweepWorkspace | None = None,
        boardings: Boardings | None = None,
    ) -> None:
        self.graph: RoutingGraph = graph
        shared: SweepArrays | None = None
        if like is not None and like.graph is graph:
            shared = like.arrays
        self.arrays: SweepArrays = shared or _kernel_arrays(
            graph, boardings or index_boardings(graph)
        )
        self.no_bans = np.zeros(len(graph.network.timetable.routes), dtype=np.bool_)
        self._like: SweepWorkspace | None = like if shared else None
        self._runs: RunArrays | None = None
        n_nodes, seats = graph.n_boards + graph.n_alights, graph.seats
        n_seconds = max(0, self.arrays.last_s - self.arrays.first_s + 1)
        self.work = SweepWork(
            label_s=np.empty(n_nodes, dtype=np.int32),
            egress_s=np.full(n_nodes, UNREACHED_S, dtype=np.int32),
            bucket=np.full(2 * ((n_seconds >> SLOT_BITS) + 1), -1, dtype=np.int32),
            # Most wait a few times at most; the system gives no memory before.
            entries=np.empty((8 * n_nodes, 2), dtype=np.int32),
            boarded_s=np.empty(graph.n_boards, dtype=np.int32),
            ridden=np.empty(len(graph.pattern_board), dtype=np.int32),
            seat_pair=np.empty(seats.n_groups, dtype=np.int32),
            gone_on=np.empty(len(graph.trip_of) if seats.n_groups else 0, dtype=np.bool_),
            # Seats taken at a last call beside those of every trip gone on to.
            rides=np.empty((2 * len(seats.trip) + 1, 4), dtype=np.int32),
        )

    @property
    def runs(self) -> RunArrays:
        """The trips as starts and runs, made when a sweep first needs them."""
        if self._runs is None:
            like = self._like
            self._runs = (
                index_runs(self.graph, self.arrays.board_calls) if like is None else like.runs
            )
        return self._runs


def sweep_earliest(
    workspace: SweepWorkspace,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    target_stop: NDArray[np.int32],
    target_s: NDArray[np.int32],
    departure_s: int,
    *,
    banned_routes: NDArray[np.bool_] | None = None,
) -> int:
    """Compute the earliest arrival at a target, seconds of the service day.

    As :func:`network.routing.engines.scan.scan_earliest` does, with the same parameters, result and
    errors.

    References
    ----------
    See :mod:`network.routing.engines._sweep_kernels`.
    """
    refuse_ends(workspace.graph, "target", target_stop, target_s)
    graph = workspace.graph
    ends = spread_stops(graph.stop_alight_offset, graph.stop_alight, target_stop, target_s)
    query = _query(workspace, access_stop, access_s, departure_s, banned_routes)
    query = query._replace(egress_node=ends[0] + np.int32(graph.n_boards), egress_s=ends[1])
    return int(run_sweep(workspace.arrays, workspace.runs, query, workspace.work))


def sweep_one_to_all(
    workspace: SweepWorkspace,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    departure_s: int,
    *,
    horizon_s: int | None = None,
    banned_routes: NDArray[np.bool_] | None = None,
) -> NDArray[np.int32]:
    """Compute when one can stand at each stop at the earliest, seconds of the service day.

    As :func:`network.routing.engines.scan.scan_one_to_all` does, with the same parameters, result
    (int32, shape (n_stops,), UNREACHED_S where there is none) and errors.

    References
    ----------
    See :mod:`network.routing.engines._sweep_kernels`.
    """
    graph = workspace.graph
    refuse_ends(graph, "horizon", _NO_STOPS, _NO_STOPS, horizon_s=horizon_s)
    query = _query(workspace, access_stop, access_s, departure_s, banned_routes)
    if horizon_s is not None:
        query = query._replace(bound_s=departure_s + horizon_s + 1)
    run_sweep(workspace.arrays, workspace.runs, query, workspace.work)
    label_s = workspace.work.label_s
    return fold_by_stop(graph, label_s[: graph.n_boards], label_s[graph.n_boards :])


def _query(
    workspace: SweepWorkspace,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    departure_s: int,
    banned_routes: NDArray[np.bool_] | None,
) -> SweepQuery:
    """Return the query of an origin, without an end."""
    graph = workspace.graph
    refuse_ends(graph, "access", access_stop, access_s, banned_routes=banned_routes)
    starts = spread_stops(graph.stop_board_offset, graph.stop_board, access_stop, access_s)
    return SweepQuery(
        access_board=starts[0],
        access_s=starts[1],
        egress_node=_NO_STOPS,
        egress_s=_NO_STOPS,
        banned_route=workspace.no_bans if banned_routes is None else banned_routes,
        departure_s=departure_s,
        bound_s=UNREACHED_S,
        n_boards=graph.n_boards,
    )


def _kernel_arrays(graph: RoutingGraph, boardings: Boardings) -> SweepArrays:
    return SweepArrays(
        board_call_offset=boardings.offset,
        board_calls=boardings.calls,
        slot_trip=boardings.slot_trip,
        transfer_offset=graph.transfers.offset,
        transfer_board=graph.transfers.board,
        transfer_s=graph.transfers.seconds,
        pattern_route=graph.pattern_route,
        pattern_offset=graph.pattern_offset,
        call_node=np.where(graph.pattern_dropoff, graph.n_boards + graph.pattern_alight, -1).astype(
            np.int32
        ),
        pattern_trip_offset=graph.pattern_trip_offset,
        pattern_time_offset=graph.pattern_time_offset,
        departures_s=boardings.departures_s,
        arrival_s=graph.arrival_s,
        seat_offset=graph.seats.offset,
        seat_next_pattern=graph.seats.next_pattern,
        seat_pair_offset=graph.seats.pair_offset,
        seat_trip=graph.seats.trip,
        seat_next_trip=graph.seats.next_trip,
        first_s=boardings.first_s,
        last_s=boardings.last_s,
    )
