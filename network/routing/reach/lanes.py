"""Travel times from many places to many: many origins and departures in one search."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from network.base.kept import Kept
from network.routing.engines.boardings import leave_last_calls
from network.routing.opened import open_routing
from network.routing.reach._lane_kernels import (
    UNREACHED_S,
    LaneArrays,
    LaneOrigins,
    LaneWork,
    search_lanes,
)
from network.walking.street_stops import PlaceWalks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.engines.compiled import RoutingGraph
    from network.routing.reach.matrix import TransitReach

MOST_LANES = 64
"""More lanes at once are hardly faster: they have fewer rides in common."""
_LANE_STEP = 16
_KEPT = 4
_Ends = tuple["NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.int32]"]


class _Job(NamedTuple):
    """Lanes of one search: rows of the answer to fill, and who leaves."""

    origin: NDArray[np.int64]
    departure: NDArray[np.int64]
    lanes: LaneOrigins


class LaneSearch:
    """Searches from many places to the targets of a :class:`TransitReach`.

    The same answers as place by place, by rounds for up to 64 places and departures at once,
    those of one place and of near ones together.
    """

    def __init__(self, reach: TransitReach, *, n_origins: int, n_departures: int = 1) -> None:
        """Lay out the network and the targets for so many origins and departures in all."""
        graph = open_routing(reach.network).graph
        self._reach = reach
        self._graph = graph
        self._arrays = _lanes.find((graph,), lambda: _lay_out(graph))
        self._alight = _spread(*reach.egress, graph.stop_alight_offset, graph.stop_alight)
        self._walks: PlaceWalks | None = None
        if n_origins >= len(reach.targets):  # the fewer are searched from
            self._walks = self._place_walks(reach.targets.lat, reach.targets.lon)
        steps = -(-n_origins * n_departures // _LANE_STEP)
        self._n_lanes = min(MOST_LANES, _LANE_STEP * max(1, steps))
        self._works: SimpleQueue[LaneWork] = SimpleQueue()

    def compute_rows(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        departures_s: NDArray[np.int32],
        *,
        threads: int = 1,
    ) -> NDArray[np.float64]:
        """Compute the seconds from each place to each target, shape (n, n_departures, n_targets).

        Infinite where there is no way. With several ``threads`` each searches for other lanes.
        """
        walked = self._walk_all_the_way(lat, lon)
        rows = np.repeat(walked[:, None, :], len(departures_s), axis=1)
        while self._works.qsize() < threads:
            self._works.put(_new_work(self._graph, self._n_lanes))

        def fill(job: _Job) -> None:
            work = self._works.get()
            self._fill(rows, job, work)
            self._works.put(work)

        jobs = self._share_out(lat, lon, departures_s)
        if threads == 1:
            for job in jobs:
                fill(job)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(fill, jobs))
        return rows

    def _share_out(
        self,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        departures_s: NDArray[np.int32],
    ) -> Iterator[_Job]:
        """Yield lanes of the same place or of near ones."""
        order = _order_by_place(lat, lon, self._n_lanes)
        access = self._reach.find_stops(lat[order], lon[order])
        # A place's departures have more rides in common than near places have at one departure.
        place, departure = np.divmod(np.arange(len(order) * len(departures_s)), len(departures_s))
        for start in range(0, len(place), self._n_lanes):
            own = slice(start, start + self._n_lanes)
            first = int(place[own][0])
            walks = _take(access, slice(first, int(place[own][-1]) + 1))
            lanes = LaneOrigins(
                (place[own] - first).astype(np.int32),
                departures_s[departure[own]],
                *_spread(*walks, self._graph.stop_board_offset, self._graph.stop_board),
            )
            yield _Job(order[place[own]], departure[own], lanes)

    def _fill(self, rows: NDArray[np.float64], job: _Job, work: LaneWork) -> None:
        """Put the rows of some lanes in the place of longer ones."""
        best_s = np.empty((rows.shape[2], self._n_lanes), dtype=np.int32)
        search_lanes(
            self._arrays,
            job.lanes,
            self._reach.rules.max_rides,
            UNREACHED_S,
            *self._alight,
            work,
            best_s,
        )
        found_s = best_s.T[: len(job.origin)]
        seconds = np.where(found_s < UNREACHED_S, found_s - job.lanes.departure_s[:, None], np.inf)
        own = (job.origin, job.departure)
        rows[own] = np.minimum(rows[own], seconds)

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


class StopSearch:
    """Searches from a place to all stops, within a limit of time: one lane alone.

    One object serves one thread at a time.
    """

    def __init__(self, network: Network, max_rides: int) -> None:
        """Lay out the network; :func:`can_search_lanes` must hold for it."""
        graph = open_routing(network).graph
        self._graph = graph
        self._max_rides = max_rides
        self._arrays = _lanes.find((graph,), lambda: _lay_out(graph))
        self._work = _new_work(graph, 1)
        self._no_walks = np.zeros(len(graph.stop_alight), dtype=np.int32)

    def compute_seconds(
        self,
        access_stop: NDArray[np.int32],
        access_s: NDArray[np.int32],
        departure_s: int,
        limit_s: int,
    ) -> NDArray[np.float64]:
        """Compute the seconds from leaving to alighting at each stop, infinite beyond the limit."""
        graph, bound_s = self._graph, departure_s + limit_s + 1
        around = (np.array([0, len(access_stop)], dtype=np.int32), access_stop, access_s)
        origin = LaneOrigins(
            np.zeros(1, dtype=np.int32),
            np.array([departure_s], dtype=np.int32),
            *_spread(*around, graph.stop_board_offset, graph.stop_board),
        )
        best_s = np.empty((len(graph.stop_alight_offset) - 1, 1), dtype=np.int32)
        ends = (graph.stop_alight_offset, graph.stop_alight, self._no_walks)
        search_lanes(self._arrays, origin, self._max_rides, bound_s, *ends, self._work, best_s)
        return np.where(best_s < bound_s, best_s - departure_s, np.inf)[:, 0]


def _new_work(graph: RoutingGraph, n_lanes: int) -> LaneWork:
    n_calls = int(np.diff(graph.pattern_offset).max(initial=0))
    n_pairs = len(graph.seats.trip)

    def labels(n: int) -> NDArray[np.int32]:
        return np.empty((n, n_lanes), dtype=np.int32)

    return LaneWork(
        ready=labels(graph.n_boards),
        entry=labels(graph.n_boards),
        vehicle=labels(graph.n_alights),
        vehicle_before=labels(graph.n_alights),
        boarding=labels(n_calls),
        seated=labels(n_pairs),
        held=labels(n_pairs),
        aboard=labels(1)[0],
        new=labels(1)[0],
        is_ready=np.empty(graph.n_boards, dtype=np.bool_),
        is_touched=np.empty(graph.n_alights, dtype=np.bool_),
        last_ready_s=np.empty(n_calls, dtype=np.int32),
        queue=np.empty(n_pairs, dtype=np.int32),
    )


def can_search_lanes(graph: RoutingGraph) -> bool:
    """Return whether seats kept where a vehicle goes on as another trip leave lanes exact.

    Lanes board no trip at its last call. So who could get on there, to keep the seat, must
    be able to get on at the first call of the other trip as well.
    """
    before, after = graph.seats.trip, graph.seats.next_trip
    _, n_calls = _last_calls(graph)
    if ((n_calls[before] < 2) | (n_calls[after] < 2)).any():
        return False
    last_call, _ = leave_last_calls(graph)
    first_call = graph.pattern_offset[_patterns_of_trips(graph)[after]]
    same = graph.pattern_board[last_call] == graph.pattern_board[first_call]
    same &= graph.pattern_pickup[first_call]
    return bool((same | ~graph.pattern_pickup[last_call]).all())


def _lay_out(graph: RoutingGraph) -> LaneArrays:
    """Lay out what the kernel reads."""
    seats = graph.seats
    before = np.concatenate((np.full(1, -1, dtype=np.int32), seats.trip))[: len(seats.trip)]
    before[seats.pair_offset[:-1]] = -1
    order = np.argsort(seats.trip, kind="stable")
    last, _ = _last_calls(graph)
    can_board = graph.pattern_pickup.copy()
    can_board[graph.pattern_offset[1:] - 1] = False
    return LaneArrays(
        pattern_offset=graph.pattern_offset,
        call_board=np.where(can_board, graph.pattern_board, np.int32(-1)),
        call_alight=np.where(graph.pattern_dropoff, graph.pattern_alight, np.int32(-1)),
        call_hop_s=_fastest_hops(graph),
        pattern_trip_offset=graph.pattern_trip_offset,
        pattern_time_offset=graph.pattern_time_offset,
        arrival_s=graph.arrival_s,
        departure_s=graph.departure_s,
        transfer_offset=graph.transfers.offset,
        transfer_board=graph.transfers.board,
        transfer_s=graph.transfers.seconds,
        trip_pattern=_patterns_of_trips(graph),
        goes_on=np.diff(seats.offset) > 0,
        seat_offset=_offsets(np.bincount(seats.trip, minlength=len(graph.trip_of))),
        seat_next=seats.next_trip[order],
        seat_last_s=graph.arrival_s[last[seats.trip[order]]],
        seat_before=before[order],
    )


def _patterns_of_trips(graph: RoutingGraph) -> NDArray[np.int32]:
    n_trips = np.diff(graph.pattern_trip_offset)
    return np.repeat(np.arange(graph.n_patterns, dtype=np.int32), n_trips)


def _last_calls(graph: RoutingGraph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return by trip where the time of its last call stands and how many calls it has."""
    pattern = _patterns_of_trips(graph)
    n_calls = np.diff(graph.pattern_offset).astype(np.int64)[pattern]
    place = np.arange(len(pattern)) - graph.pattern_trip_offset[pattern]
    return graph.pattern_time_offset[pattern] + (place + 1) * n_calls - 1, n_calls


def _fastest_hops(graph: RoutingGraph) -> NDArray[np.int32]:
    """Return by call the fewest seconds of any trip from leaving it to the next call, 0 at last."""
    hop_s = np.zeros(len(graph.pattern_board), dtype=np.int32)
    for pattern in range(graph.n_patterns):
        first, end = graph.pattern_offset[pattern : pattern + 2].tolist()
        n_trips = int(np.diff(graph.pattern_trip_offset[pattern : pattern + 2])[0])
        if n_trips and end - first > 1:
            times = graph.pattern_time_offset[pattern]
            own = slice(times, times + n_trips * (end - first))
            arrival_s = graph.arrival_s[own].reshape(n_trips, -1)
            departure_s = graph.departure_s[own].reshape(n_trips, -1)
            hop_s[first : end - 1] = (arrival_s[:, 1:] - departure_s[:, :-1]).min(axis=0)
    return hop_s


def _order_by_place(
    lat: NDArray[np.float64], lon: NDArray[np.float64], n_together: int
) -> NDArray[np.int64]:
    """Return places in an order in which near ones follow each other: to and fro in strips."""
    n_strips = max(1, int(np.sqrt(len(lat) / n_together)))
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


_lanes: Kept[LaneArrays] = Kept(_KEPT)
