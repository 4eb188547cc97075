"""Least times from anywhere to anywhere, so that a search goes where its end is.

Stops are put into groups of neighbours. The least time from every node to a group is worked
out when a search first ends in that group, and kept.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from network.routing.engines._bound_kernels import (
    ANY_RIDES,
    MANY_RIDES,
    NO_WAY_S,
    TOO_FAR_S,
    UNREACHED_S,
    BoundArrays,
    fill_bounds,
    merge_bounds,
    search_bounds,
)
from network.routing.engines.dominance import useful_transfers
from network.routing.engines.scan import spread_stops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from network.routing.engines.compiled import RoutingGraph

_GROUP_STOPS = 16


class RemainingBounds:
    """Lower bounds, in seconds, of what is left from a node to a group of stops.

    Nodes are the board nodes of the graph, then its alight nodes. ``group_of_stop``, int32,
    shape (n_stops,), has the group of each stop: up to sixteen neighbours. A row of bounds
    takes 2 bytes a node and stays; several threads may ask at once. ``rows``, uint16, shape
    (n_groups, n_nodes), are for the kernels, each of use once ``is_filled``.
    """

    def __init__(self, graph: RoutingGraph) -> None:
        """Group the stops; no bound is worked out yet."""
        stops = graph.network.timetable.stops
        self.graph = graph
        self.group_of_stop: NDArray[np.int32] = group_stops(stops.lat, stops.lon)
        n_groups = int(self.group_of_stop.max()) + 1 if len(stops) else 0
        n_nodes = graph.n_boards + graph.n_alights
        # Rows are written when they are needed; the system gives no memory before.
        self.rows = np.empty((n_groups, n_nodes), dtype=np.uint16)
        self.is_filled = np.zeros(n_groups, dtype=np.bool_)
        self._arrays = _kernel_arrays(graph)
        self._filling = Lock()

    @property
    def n_groups(self) -> int:
        """Number of groups of stops."""
        return len(self.rows)

    def prepare(self, *, progress: Progress = no_progress) -> None:
        """Work out the bounds to every group, progress stage ``bounds``."""
        for group in range(self.n_groups):
            progress("bounds", group, self.n_groups)
            self._fill(group)
        progress("bounds", self.n_groups, self.n_groups)

    def fill(self, stop: NDArray[np.int32]) -> None:
        """Have the bounds to the groups of some stops."""
        groups = self.group_of_stop[stop]
        if not self.is_filled[groups].all():
            for group in np.unique(groups).tolist():
                self._fill(group)

    def compute(
        self,
        stop: NDArray[np.int32],
        seconds: NDArray[np.int32],
        *,
        once: bool,
        max_rides: int = MANY_RIDES,
    ) -> NDArray[np.int32] | None:
        """Compute what is left at least, by node, to one end.

        To fill all the groups of one end takes longer than many a search: each call that is
        not for ``once`` fills one of those it misses, and is None while it misses others.

        Parameters
        ----------
        stop, seconds
            Stops where one may leave the last vehicle, and the way from each to the end.
        once
            For this end alone: tighter, and slower than from bounds that are filled.
        max_rides
            More rides than these are not asked about; of use ``once``.

        Returns
        -------
        seconds
            Of vehicles and walks, int32, shape (4, n_nodes + n_calls): from every board node,
            alight node and call where one boards; by 0, 1, 2 rides at most, and by
            ``max_rides``, all alike unless ``once``. NO_WAY_S where no such sequence of lines
            leads to any of the stops, whatever the hour.
        """
        graph = self.graph
        if once:
            ends = spread_stops(graph.stop_alight_offset, graph.stop_alight, stop, seconds)
            exact_s: NDArray[np.int32] = search_bounds(self._arrays, *ends, max_rides)
            return exact_s
        groups, inverse = np.unique(self.group_of_stop[stop], return_inverse=True)
        missing = groups[~self.is_filled[groups]]
        if len(missing):
            self._fill(int(missing[0]))
        if len(missing) > 1:
            return None
        least_s = np.full(len(groups), UNREACHED_S, dtype=np.int32)
        np.minimum.at(least_s, inverse, seconds)
        left_s = np.empty(self.rows.shape[1], dtype=np.int32)
        merge_bounds(self.rows, groups, least_s, left_s)
        left_s[left_s >= TOO_FAR_S] = NO_WAY_S
        left_s = np.concatenate((left_s, left_s[graph.pattern_board]))
        by_rides = np.tile(left_s, (ANY_RIDES + 1, 1))
        by_rides[0, : graph.n_boards] = NO_WAY_S
        return by_rides

    def _fill(self, group: int) -> None:
        with self._filling:
            if not self.is_filled[group]:
                seeds = np.flatnonzero(self.group_of_stop[self.graph.alight_stop] == group)
                fill_bounds(self._arrays, seeds.astype(np.int32), self.rows[group])
                self.is_filled[group] = True


def group_stops(
    lat: NDArray[np.float64], lon: NDArray[np.float64], *, at_most: int = _GROUP_STOPS
) -> NDArray[np.int32]:
    """Put neighbours together by halving along the wider side; int32, shape (n_stops,)."""
    group = np.zeros(len(lat), dtype=np.int32)
    east = lon * np.cos(np.radians(lat.mean() if len(lat) else 0.0))
    waiting = [np.arange(len(lat))] if len(lat) else []
    n_groups = 0
    while waiting:
        members = waiting.pop()
        if len(members) <= at_most:
            group[members] = n_groups
            n_groups += 1
            continue
        is_wide = np.ptp(east[members]) > np.ptp(lat[members])
        order = np.argsort(east[members] if is_wide else lat[members], kind="stable")
        half = len(members) // 2
        waiting += [members[order[:half]], members[order[half:]]]
    return group


def _kernel_arrays(graph: RoutingGraph) -> BoundArrays:
    n_calls = np.diff(graph.pattern_offset)
    pattern = np.repeat(np.arange(graph.n_patterns, dtype=np.int32), n_calls)
    position = np.arange(len(pattern)) - np.repeat(graph.pattern_offset[:-1], n_calls)
    # At a last call only they board whose vehicle goes on as another trip.
    is_end = (position == n_calls[pattern] - 1) & (np.diff(graph.seats.offset)[pattern] == 0)
    hop_s, dwell_s = _least_times(graph)
    order = np.argsort(graph.pattern_alight, kind="stable")
    order = order[graph.pattern_dropoff[order]]
    of_alight = graph.pattern_alight[order]
    # Of the way over a transfer and the way that boards further up, bounds know the lesser one.
    gap_s = dwell_s.copy()
    gap_s[1:] += hop_s[:-1]
    transfers = useful_transfers(graph, gap_s)
    origin = np.repeat(np.arange(graph.n_alights), np.diff(transfers.offset))
    into = np.argsort(transfers.board, kind="stable")
    seats = graph.seats
    before = np.repeat(np.arange(graph.n_patterns), np.diff(seats.offset))
    by_next = np.argsort(seats.next_pattern, kind="stable")
    return BoundArrays(
        pattern_offset=graph.pattern_offset,
        call_board=np.where(graph.pattern_pickup & ~is_end, graph.pattern_board, -1).astype(
            np.int32
        ),
        call_alight=np.where(graph.pattern_dropoff, graph.pattern_alight, -1).astype(np.int32),
        hop_s=hop_s,
        dwell_s=dwell_s,
        alight_pattern_offset=_offsets(of_alight, graph.n_alights),
        alight_pattern=pattern[order],
        alight_pattern_pos=position[order].astype(np.int32),
        into_offset=_offsets(transfers.board, graph.n_boards),
        into_alight=origin[into].astype(np.int32),
        into_s=transfers.seconds[into],
        before_offset=_offsets(seats.next_pattern, graph.n_patterns),
        before_pattern=before[by_next].astype(np.int32),
    )


def _offsets(groups: NDArray[np.int32], n_groups: int) -> NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(np.bincount(groups, minlength=n_groups)))).astype(
        np.int32
    )


def _least_times(graph: RoutingGraph) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return, by call, the least seconds to the next call and the least seconds of standing."""
    hop_s = np.zeros(len(graph.pattern_board), dtype=np.int32)
    dwell_s = np.zeros(len(graph.pattern_board), dtype=np.int32)
    late = _late_patterns(graph)
    n_trips = np.diff(graph.pattern_trip_offset)
    for p in range(graph.n_patterns):
        if n_trips[p] == 0 or late[p]:
            continue  # 0 s is a bound of any time
        first, last = graph.pattern_offset[p : p + 2]
        start = graph.pattern_time_offset[p]
        end = start + n_trips[p] * (last - first)
        arrival = graph.arrival_s[start:end].reshape(n_trips[p], -1)
        departure = graph.departure_s[start:end].reshape(n_trips[p], -1)
        hop_s[first : last - 1] = (arrival[:, 1:] - departure[:, :-1]).min(axis=0)
        dwell_s[first:last] = (departure - arrival).min(axis=0)
    return np.maximum(hop_s, 0), np.maximum(dwell_s, 0)


def _late_patterns(graph: RoutingGraph) -> NDArray[np.bool_]:
    """Return the patterns that some vehicle may come to later than it leaves by the timetable.

    One who stays seated then is not riding by the timetable: its hops take less than they say.
    """
    seats = graph.seats
    late = np.zeros(graph.n_patterns, dtype=np.bool_)
    if seats.n_groups == 0:
        return late
    source = np.repeat(np.arange(graph.n_patterns), np.diff(seats.offset))
    of_pair = np.repeat(np.arange(seats.n_groups), np.diff(seats.pair_offset))
    arrival = _end_times(graph, source[of_pair], seats.trip)[1]
    departure = _end_times(graph, seats.next_pattern[of_pair], seats.next_trip)[0]
    late[seats.next_pattern[of_pair[arrival > departure]]] = True
    while True:
        further = late.copy()
        further[seats.next_pattern[late[source]]] = True
        if (further == late).all():
            return late
        late = further


def _end_times(
    graph: RoutingGraph, pattern: NDArray[np.integer], trip: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the first departure and the last arrival of some trips."""
    n_calls = np.diff(graph.pattern_offset)[pattern]
    row = graph.pattern_time_offset[pattern].astype(np.int64)
    row += (trip - graph.pattern_trip_offset[pattern]).astype(np.int64) * n_calls
    return graph.departure_s[row], graph.arrival_s[row + n_calls - 1]
