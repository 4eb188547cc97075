"""The search by arrival, rides and costs as the kernels run it, and the ways that it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from network.routing.criteria._bag_kernels import (
    ALIGHT,
    BOARD,
    FULL_BOARDS,
    FULL_LABELS,
    FULL_ON,
    FULL_RIDDEN,
    N_BOARD_FIELDS,
    N_FOUND_FIELDS,
    N_LABEL_FIELDS,
    N_ON_FIELDS,
    N_RIDDEN_FIELDS,
    NODE,
    PARENT,
    PATTERN,
    TRIP,
    CostQuery,
    CostTerms,
    CostWork,
    GraphArrays,
)
from network.routing.criteria._criteria_kernels import run_criteria
from network.routing.criteria._return_kernels import leave_last_call
from network.routing.engines.profile import ProfileJourneys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.routing.engines.compiled import RoutingGraph

_T = TypeVar("_T", np.int32, np.int64)
_FIRST_LABELS, _FIRST_FEW = 1 << 14, 1 << 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A journey with its costs as the search counts them.

    ``point`` is what others are compared by: arrival, rides and both costs, 0 for one that is
    not asked for, each rounded up to its step; ``costs`` are as they are. Legs are (trip,
    pattern, board, alight, seat kept) of the graph.
    """

    point: tuple[int, int, int, int]
    costs: tuple[int, int]
    departure_s: int
    arrival_s: int
    access_s: int
    egress_s: int
    legs: tuple[tuple[int, int, int, int, bool], ...]


def lay_out(graph: RoutingGraph) -> GraphArrays:
    """Return a graph as the kernels of costs read it."""
    seats, n_trips = graph.seats, len(graph.trip_of)
    station = graph.network.timetable.stops.station
    trip_next = np.full(n_trips, -1, dtype=np.int32)
    next_pattern = np.full(n_trips, -1, dtype=np.int32)
    trip_next[seats.trip] = seats.next_trip
    next_pattern[seats.trip] = np.repeat(seats.next_pattern, np.diff(seats.pair_offset))
    return GraphArrays(
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
        transfer_offset=graph.transfers.offset,
        transfer_board=graph.transfers.board,
        transfer_s=graph.transfers.seconds,
        seat_offset=graph.seats.offset,
        trip_next=trip_next,
        next_pattern=next_pattern,
        alight_stop=graph.alight_stop,
        board_stop=graph.board_stop,
        pattern_station=station[graph.board_stop[graph.pattern_board]],
    )


class Bags:
    """The lists a search with costs works in, which grow as it needs them."""

    def __init__(self, graph: RoutingGraph) -> None:
        """Make the lists, short ones at first."""
        self.graph = graph
        n_trips = np.diff(graph.pattern_trip_offset).max(initial=0)
        self._work = CostWork(
            head=np.empty(graph.n_alights, dtype=np.int32),
            label=_list(_FIRST_LABELS, N_LABEL_FIELDS),
            label_x=_costs(_FIRST_LABELS),
            board_head=np.empty(graph.n_boards, dtype=np.int32),
            board=_list(_FIRST_LABELS, N_BOARD_FIELDS),
            board_x=_costs(_FIRST_LABELS),
            on=_list(_FIRST_FEW, N_ON_FIELDS),
            on_x=_costs(_FIRST_FEW),
            trip_head=np.empty(n_trips, dtype=np.int32),
            ridden=_list(_FIRST_FEW, N_RIDDEN_FIELDS),
            ridden_x=_costs(_FIRST_FEW),
            found=_list(_FIRST_FEW, N_FOUND_FIELDS),
            found_c=_costs(_FIRST_FEW),
            found_x=_costs(_FIRST_FEW),
            boardable=np.empty(graph.n_boards, dtype=np.int64),
            marked=np.empty(graph.n_boards, dtype=np.int32),
            queue=np.empty(graph.n_patterns, dtype=np.int32),
            first_pos=np.empty(graph.n_patterns, dtype=np.int32),
        )
        self.n_labels = 0
        """Labels made by the last search, at stops after a ride and before one."""

    def run(self, net: GraphArrays, terms: CostTerms, query: CostQuery) -> list[Way]:
        """Search one departure and return the ways found, by rides, direct walk left out."""
        while True:
            n_found, n_labels, n_boards = run_criteria(net, terms, query, self._work)
            if n_found >= 0:
                break
            self._lengthen(n_found)
        self.n_labels = n_labels + n_boards
        found = self._work.found[:n_found]
        return [self._write(net, i) for i in range(n_found) if found[i, 2] >= 0]

    def _lengthen(self, full: int) -> None:
        work, longer = self._work, _lengthened
        if full == FULL_LABELS:
            work = work._replace(label=longer(work.label), label_x=longer(work.label_x))
        elif full == FULL_BOARDS:
            work = work._replace(board=longer(work.board), board_x=longer(work.board_x))
        elif full == FULL_ON:
            work = work._replace(on=longer(work.on), on_x=longer(work.on_x))
        elif full == FULL_RIDDEN:
            work = work._replace(ridden=longer(work.ridden), ridden_x=longer(work.ridden_x))
        else:
            work = work._replace(
                found=longer(work.found),
                found_c=longer(work.found_c),
                found_x=longer(work.found_x),
            )
        self._work = work

    def _write(self, net: GraphArrays, i: int) -> Way:
        """Return one way by the parents of its label."""
        work = self._work
        stepped, rides, label, egress_s, arrival_s = work.found[i].tolist()
        legs: list[tuple[int, int, int, int, bool]] = []
        while True:
            row = work.label[label].tolist()
            trip, pattern, board, alight = row[TRIP], row[PATTERN], row[BOARD], row[ALIGHT]
            while board < 0:
                legs.append((trip, pattern, 0, alight, True))
                trip, pattern, board = work.ridden[-2 - board, :3].tolist()
                alight = int(net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]) - 1
            legs.append((trip, pattern, board, alight, False))
            before = work.board[row[PARENT]].tolist()
            if before[PARENT] < 0:
                break
            label = before[PARENT]
        trip, pattern, board, _, _ = legs[-1]
        n_pos = int(net.pattern_offset[pattern + 1] - net.pattern_offset[pattern])
        at = (trip - int(net.pattern_trip_offset[pattern])) * n_pos + board
        leaves_s = int(net.departure_s[int(net.pattern_time_offset[pattern]) + at])
        if board == n_pos - 1:
            leaves_s = leave_last_call(net, pattern, trip)
        c0, c1 = work.found_c[i].tolist()
        return Way(
            point=(stepped, rides, c0, c1),
            costs=tuple(work.found_x[i].tolist()),
            departure_s=leaves_s - before[NODE],
            arrival_s=arrival_s,
            access_s=before[NODE],
            egress_s=egress_s,
            legs=tuple(reversed(legs)),
        )


def as_journeys(graph: RoutingGraph, ways: Sequence[Way]) -> ProfileJourneys:
    """Return ways as journeys to one target, in their own order, indices the timetable's."""
    legs = [leg for way in ways for leg in way.legs]
    trip, pattern, board, alight, seated = np.array(legs, dtype=np.int32).reshape(-1, 5).T
    ends = np.array(
        [(w.point[1], w.departure_s, w.arrival_s, w.access_s, w.egress_s) for w in ways],
        dtype=np.int32,
    ).reshape(-1, 5)
    return ProfileJourneys(
        target=np.zeros(len(ways), dtype=np.int32),
        n_rides=ends[:, 0],
        departure_s=ends[:, 1],
        arrival_s=ends[:, 2],
        access_s=ends[:, 3],
        egress_s=ends[:, 4],
        leg_offset=np.cumsum([0, *(len(w.legs) for w in ways)]).astype(np.int32),
        leg_trip=graph.trip_of[trip],
        leg_pattern=graph.pattern_of[pattern],
        leg_board_pos=board,
        leg_alight_pos=alight,
        leg_seated=seated.astype(np.bool_),
    )


def _list(length: int, width: int) -> NDArray[np.int32]:
    return np.empty((length, width), dtype=np.int32)


def _costs(length: int) -> NDArray[np.int64]:
    return np.empty((length, 2), dtype=np.int64)


def _lengthened(rows: NDArray[_T]) -> NDArray[_T]:
    return np.empty((4 * len(rows), rows.shape[1]), dtype=rows.dtype)
