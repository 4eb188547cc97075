"""Earliest arrival from door to door: the fastest answer to "when am I there".

Same answer as :mod:`network.routing.engines.scan`, :mod:`network.routing.engines.sweep` and the
searches by rounds, by a search that goes where its end is.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock, local
from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines._door_kernels import DoorStops, DoorWork, run_door, run_doors
from network.routing.engines._sweep_kernels import UNREACHED_S
from network.routing.engines.bounds import RemainingBounds
from network.routing.engines.scan import refuse_ends
from network.routing.engines.sweep import SweepWorkspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.engines.boardings import Boardings
    from network.routing.engines.compiled import RoutingGraph

_WALK_S = 7200
_BATCH = 64


class DoorWorkspace:
    """A graph, bounds of what is left, and arrays a search towards one end works in.

    One workspace serves one thread at a time; ``DoorWorkspace(graph, like=other)`` makes
    another that shares all that does not change. ``bounds`` and ``boardings`` are those of the
    graph, where they are at hand.
    """

    def __init__(
        self,
        graph: RoutingGraph,
        *,
        like: DoorWorkspace | None = None,
        bounds: RemainingBounds | None = None,
        boardings: Boardings | None = None,
    ) -> None:
        if like is not None and like.graph is not graph:
            like = None
        sweep = SweepWorkspace(
            graph, like=None if like is None else like.sweep, boardings=boardings
        )
        sweep.work.label_s[:] = UNREACHED_S
        sweep.work.ridden[:] = UNREACHED_S
        n_nodes = graph.n_boards + graph.n_alights
        self.graph: RoutingGraph = graph
        self.sweep: SweepWorkspace = sweep
        self.bounds: RemainingBounds = (
            like.bounds if like is not None else bounds or RemainingBounds(graph)
        )
        self.stops = DoorStops(
            board_offset=graph.stop_board_offset,
            board=graph.stop_board,
            alight_offset=graph.stop_alight_offset,
            alight=graph.stop_alight,
            group_of_stop=self.bounds.group_of_stop,
            rows=self.bounds.rows,
            is_filled=self.bounds.is_filled,
            least_s=np.full(self.bounds.n_groups, UNREACHED_S, dtype=np.int32),
        )
        self.work = DoorWork(
            sweep=sweep.work,
            nodes=np.empty((n_nodes, 2), dtype=np.int32),
            left_s=np.empty(n_nodes, dtype=np.int32),
            touched=np.empty(n_nodes, dtype=np.int32),
            ridden_calls=np.empty(len(graph.pattern_board), dtype=np.int32),
        )
        self._make_room(_WALK_S)

    def mend(
        self, access: tuple[NDArray[np.int32], NDArray[np.int32]],
        egress: tuple[NDArray[np.int32], NDArray[np.int32]],
    ) -> None:  # fmt: skip
        """Refuse ends that do not fit; have bounds to the end and a queue long enough for both."""
        refuse_ends(self.graph, "access", *access)
        refuse_ends(self.graph, "target", *egress)
        self.bounds.fill(egress[0])
        self._make_room(int(access[1].max(initial=0)) + int(egress[1].max(initial=0)))

    def _make_room(self, walk_s: int) -> None:
        arrays = self.sweep.arrays
        n_seconds = max(0, arrays.last_s - arrays.first_s) + walk_s + 2
        if len(self.work.sweep.bucket) < n_seconds:
            bucket = np.full(n_seconds, -1, dtype=np.int32)
            self.work = self.work._replace(sweep=self.work.sweep._replace(bucket=bucket))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The stops at one end of many queries: those of query ``i`` from ``offset[i]`` on.

    ``seconds`` are the walks between the end and each ``stop``; int32 all.
    """

    offset: NDArray[np.int32]
    stop: NDArray[np.int32]
    seconds: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.offset) - 1


def door_earliest(
    workspace: DoorWorkspace,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    egress_stop: NDArray[np.int32],
    egress_s: NDArray[np.int32],
    departure_s: int,
    *,
    bound_s: int = UNREACHED_S,
    banned_routes: NDArray[np.bool_] | None = None,
) -> int:
    """Compute the earliest arrival at an end reached from ``egress_stop``, by any rides.

    Parameters
    ----------
    access_stop, access_s
        Stops within reach of the origin and the seconds it takes to stand at each, int32.
    egress_stop, egress_s
        Stops from which the end is reached, and the seconds from each, after a ride, int32.
    bound_s
        Arrivals at this time or later do not count, seconds of the service day.
    banned_routes
        Routes not to be ridden, shape (n_routes,).

    Returns
    -------
    arrival_s
        Seconds of the service day; UNREACHED_S where there is none before ``bound_s``.

    Raises
    ------
    NetworkInputError
        Where the arrays do not fit the network or each other.

    References
    ----------
    See :mod:`network.routing.engines._door_kernels`.
    """
    start, start_s, end, end_s = (
        np.ascontiguousarray(column, dtype=np.int32)
        for column in (access_stop, access_s, egress_stop, egress_s)
    )
    no_bans = workspace.sweep.no_bans
    if banned_routes is not None:
        refuse_ends(workspace.graph, "access", start, start_s, banned_routes=banned_routes)
    while True:
        found_s = run_door(
            workspace.sweep.arrays,
            workspace.stops,
            workspace.work,
            start,
            start_s,
            end,
            end_s,
            no_bans if banned_routes is None else banned_routes,
            departure_s,
            bound_s,
        )
        if found_s <= UNREACHED_S:
            return int(found_s)
        workspace.mend((start, start_s), (end, end_s))


class DoorSearch:
    """Earliest arrivals of many queries on one graph, by several threads where asked for.

    Several threads may use one object.
    """

    def __init__(self, graph: RoutingGraph) -> None:
        self.graph: RoutingGraph = graph
        self._first = DoorWorkspace(graph)
        self._own = local()

    @property
    def bounds(self) -> RemainingBounds:
        """What is left at least from everywhere, worked out as far as was needed."""
        return self._first.bounds

    def workspace(self) -> DoorWorkspace:
        """Return the calling thread's workspace."""
        found: DoorWorkspace | None = getattr(self._own, "workspace", None)
        if found is None:
            found = self._own.workspace = DoorWorkspace(self.graph, like=self._first)
        return found

    def earliest_arrivals(
        self,
        access: Ends,
        egress: Ends,
        departures_s: NDArray[np.int32],
        *,
        bounds_s: NDArray[np.int32] | None = None,
        n_threads: int = 1,
    ) -> NDArray[np.int32]:
        """Compute the earliest arrival of every query, as :func:`door_earliest` each.

        Parameters
        ----------
        access, egress
            The stops at both ends, shape (n_queries,) each.
        departures_s, bounds_s
            When each sets out, and before when it has to arrive; shape (n_queries,).

        Returns
        -------
        arrivals_s
            int32, shape (n_queries,), UNREACHED_S where there is none.

        Raises
        ------
        NetworkInputError
            Where the arrays do not fit the network or each other.
        """
        n_queries = len(departures_s)
        if bounds_s is None:
            bounds_s = np.full(n_queries, UNREACHED_S, dtype=np.int32)
        arrivals_s = np.empty(n_queries, dtype=np.int32)
        firsts = iter(range(0, n_queries, _BATCH))
        taking = Lock()

        def work() -> None:
            workspace = self.workspace()
            workspace.mend((access.stop, access.seconds), (egress.stop, egress.seconds))
            while True:
                with taking:
                    first = next(firsts, None)
                if first is None:
                    return
                run_doors(
                    workspace.sweep.arrays,
                    workspace.stops,
                    workspace.work,
                    access.offset,
                    access.stop,
                    access.seconds,
                    egress.offset,
                    egress.stop,
                    egress.seconds,
                    workspace.sweep.no_bans,
                    departures_s,
                    bounds_s,
                    first,
                    min(first + _BATCH, n_queries),
                    arrivals_s,
                )

        if n_threads == 1:
            work()
        else:
            with ThreadPoolExecutor(n_threads) as pool:
                for future in [pool.submit(work) for _ in range(n_threads)]:
                    future.result()
        return arrivals_s
