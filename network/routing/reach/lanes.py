"""Travel times from many places to many at one departure: many origins in one scan."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np

from network.base.kept import Kept
from network.routing.engines._scan_kernels import UNREACHED_S
from network.routing.engines.boardings import leave_last_calls
from network.routing.engines.scan import Connections, build_connections
from network.routing.opened import open_routing
from network.routing.reach._lane_kernels import (
    LANES,
    MOST_RIDES,
    RIDES_SHIFT,
    LaneArrays,
    LaneWork,
    scan_lanes,
)
from network.walking.street_stops import PlaceWalks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.engines.compiled import RoutingGraph
    from network.routing.reach.matrix import TransitReach

_KEPT = 4
_Ends = tuple["NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.int32]"]


class LaneSearch:
    """Searches from many places to the targets of a :class:`TransitReach` at one departure.

    The same answers, by one scan of the connections for up to 16 origins, near ones
    together. A scan knows no limit of rides: where a journey it finds has more than are
    allowed, and only there, the search by rounds is asked. Where that was so for most
    origins, it is asked for the others at once.
    """

    def __init__(self, reach: TransitReach, *, n_origins: int) -> None:
        """Lay out the network and the targets for ``n_origins`` origins in all."""
        graph = open_routing(reach.network).graph
        connections, arrays = _lanes.find((graph,), lambda: _lay_out(graph))
        self._reach = reach
        self._graph = graph
        self._connections = connections
        self._arrays = arrays
        self._alight = _spread(*reach.egress, graph.stop_alight_offset, graph.stop_alight)
        self._walks: PlaceWalks | None = None
        if n_origins >= len(reach.targets):  # the fewer are searched from
            self._walks = self._place_walks(reach.targets.lat, reach.targets.lon)
        self._works: SimpleQueue[LaneWork] = SimpleQueue()
        self._n_scanned, self._n_refined = 0, 0

    def compute_rows(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        departure_s: int,
        *,
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Compute the seconds from each place to each target, shape (n, n_targets).

        Infinite where there is no way. With several ``threads`` each scans for other origins.
        """
        rows = self._walk_all_the_way(lat, lon)
        order = _order_by_place(lat, lon)
        access = self._reach.find_stops(lat[order], lon[order])
        while self._works.qsize() < threads:
            self._works.put(self._new_work())

        def fill(first: int) -> None:
            lanes = slice(first, min(first + LANES, len(order)))
            work = self._works.get()
            self._fill(rows, order[lanes], _take(access, lanes), departure_s, work)
            self._works.put(work)

        firsts = range(0, len(order), LANES)
        if threads == 1:
            for first in firsts:
                fill(first)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(fill, firsts))
        return rows

    def _fill(
        self,
        rows: NDArray[np.float64],
        origins: NDArray[np.int64],
        access: _Ends,
        departure_s: int,
        work: LaneWork,
    ) -> None:
        """Put the rows of up to 16 origins in the place of longer ones."""
        graph = self._graph
        offset, board, access_s = _spread(*access, graph.stop_board_offset, graph.stop_board)
        if len(board) == 0:
            return
        if 2 * self._n_refined > self._n_scanned:
            self._fill_by_rounds(rows, origins, access, departure_s)
            return
        best = np.empty((rows.shape[1], LANES), dtype=np.int32)
        first = self._connections.find_first(departure_s + int(access_s.min()))
        scan_lanes(
            self._arrays, first, offset, board, access_s, departure_s, *self._alight, work, best
        )
        label = best.T[: len(origins)]
        seconds = np.where(label < UNREACHED_S, (label >> RIDES_SHIFT) - departure_s, np.inf)
        rides = label & MOST_RIDES
        direct = rows[origins]
        most = min(self._reach.rules.max_rides, MOST_RIDES - 1)
        over = (rides > most) & (seconds < direct)
        self._n_scanned += len(origins)
        self._n_refined += int(over.any(axis=1).sum())
        for k in np.flatnonzero(over.any(axis=1)).tolist():
            own = slice(access[0][k], access[0][k + 1])
            targets = np.flatnonzero(over[k])
            seconds[k, targets] = self._reach.compute_by_rounds(
                access[1][own], access[2][own], departure_s, targets
            )
        rows[origins] = np.minimum(seconds, direct)

    def _fill_by_rounds(
        self,
        rows: NDArray[np.float64],
        origins: NDArray[np.int64],
        access: _Ends,
        departure_s: int,
    ) -> None:
        targets = np.arange(rows.shape[1])
        for k, origin in enumerate(origins.tolist()):
            own = slice(access[0][k], access[0][k + 1])
            seconds = self._reach.compute_by_rounds(
                access[1][own], access[2][own], departure_s, targets
            )
            rows[origin] = np.minimum(rows[origin], seconds)

    def _walk_all_the_way(
        self, lat: NDArray[np.float64], lon: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the seconds on foot from each place to each target, infinite beyond the limit."""
        targets = self._reach.targets
        rows = np.full((len(lat), len(targets)), np.inf)
        if self._walks is not None:
            found = self._walks.access_many(lat, lon)
            rows[np.repeat(np.arange(len(lat)), np.diff(found.offset)), found.stop] = found.seconds
        else:
            found = self._place_walks(lat, lon).access_many(targets.lat, targets.lon, reverse=True)
            target = np.repeat(np.arange(len(targets)), np.diff(found.offset))
            rows[found.stop, target] = found.seconds
        return rows

    def _place_walks(self, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> PlaceWalks:
        return PlaceWalks(self._reach.network, lat, lon, self._reach.rules.max_direct_walk_s)

    def _new_work(self) -> LaneWork:
        graph = self._graph
        return LaneWork(
            ready=np.empty((graph.n_boards, LANES), dtype=np.int32),
            vehicle=np.empty((graph.n_alights, LANES), dtype=np.int32),
            rides=np.empty((len(graph.trip_of), LANES), dtype=np.int32),
        )


def can_scan_lanes(graph: RoutingGraph) -> bool:
    """Return whether vehicles that go on as other trips leave a scan in lanes exact.

    Each has arrived before it leaves, so that the connections of the other trip come after
    those of the first; and who could get on at the last call of the first can as well get on
    at the first call of the other, so that the rows for the former are of no use.
    """
    before, after = graph.seats.trip, graph.seats.next_trip
    if len(before) == 0:
        return True
    first, n_calls = _first_calls(graph)
    last_s = graph.arrival_s[first[before] + n_calls[before] - 1]
    no_call = (n_calls[before] < 2) | (n_calls[after] < 2)
    if (no_call | (graph.departure_s[first[after]] < last_s)).any():
        return False
    last_call, _ = leave_last_calls(graph)
    pattern = np.searchsorted(graph.pattern_trip_offset, after, side="right") - 1
    first_call = graph.pattern_offset[pattern]
    same = graph.pattern_board[last_call] == graph.pattern_board[first_call]
    same &= graph.pattern_pickup[first_call]
    return bool((same | ~graph.pattern_pickup[last_call]).all())


def _lay_out(graph: RoutingGraph) -> tuple[Connections, LaneArrays]:
    """Build the connections of a graph and what else the kernel reads."""
    connections = build_connections(graph).without_last_calls(len(graph.trip_of))
    order = np.argsort(graph.seats.trip, kind="stable")
    before, after = graph.seats.trip[order], graph.seats.next_trip[order]
    first, n_calls = _first_calls(graph)
    pattern = np.searchsorted(graph.pattern_trip_offset, after, side="right") - 1
    call = graph.pattern_offset[pattern]
    last_s = graph.arrival_s[first[before] + n_calls[before] - 1]
    return connections, LaneArrays(
        connections=connections.table,
        transfer_offset=graph.transfers.offset,
        transfer_board=graph.transfers.board,
        transfer_s=graph.transfers.seconds,
        seat_offset=_offsets(np.bincount(before, minlength=len(graph.trip_of))),
        seat_next=after,
        seat_alight=np.where(graph.pattern_dropoff[call], graph.pattern_alight[call], -1).astype(
            np.int32
        ),
        seat_s=np.maximum(graph.arrival_s[first[after]], last_s),
    )


def _first_calls(graph: RoutingGraph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return by trip where its times begin and how many calls it has."""
    n_trips = np.diff(graph.pattern_trip_offset)
    n_calls = np.repeat(np.diff(graph.pattern_offset).astype(np.int64), n_trips)
    start = np.repeat(graph.pattern_time_offset[: graph.n_patterns].astype(np.int64), n_trips)
    place = np.arange(len(n_calls)) - np.repeat(graph.pattern_trip_offset[:-1], n_trips)
    return start + place * n_calls, n_calls


def _order_by_place(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return places in an order in which near ones follow each other: to and fro in strips."""
    n_strips = max(1, int(np.sqrt(len(lat) / LANES)))
    strip = np.argsort(np.argsort(lat, kind="stable")) * n_strips // max(1, len(lat))
    return np.lexsort((np.where(strip % 2 == 0, lon, -lon), strip))


def _take(access: _Ends, rows: slice) -> _Ends:
    offset = access[0][rows.start : rows.stop + 1]
    own = slice(int(offset[0]), int(offset[-1]))
    return offset - offset[0], access[1][own], access[2][own]


def _spread(
    offset: NDArray[np.int32],
    stop: NDArray[np.int32],
    seconds: NDArray[np.int32],
    node_offset: NDArray[np.int32],
    nodes: NDArray[np.int32],
) -> _Ends:
    """Return the nodes of stops in place of the stops, each list still together."""
    if len(nodes) == len(node_offset) - 1:  # one node a stop, numbered alike
        return offset, stop, seconds
    counts = (node_offset[stop + 1] - node_offset[stop]).astype(np.int64)
    ends = np.concatenate(([0], np.cumsum(counts)))
    first = np.repeat(node_offset[stop] - ends[:-1], counts)
    spread = nodes[first + np.arange(ends[-1])]
    return ends[offset].astype(np.int32), spread, np.repeat(seconds, counts)


def _offsets(counts: NDArray[np.integer]) -> NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int32)


_lanes: Kept[tuple[Connections, LaneArrays]] = Kept(_KEPT)
