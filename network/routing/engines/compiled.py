"""A network laid out for search: transfer rules and kept seats resolved into plain arrays.

A stop at which rules tell routes or trips apart is split: vehicles arrive at an *alight
node*, are boarded from a *board node*, and a transfer leads from one to the other in a given
time. Stops without such rules have one node of each sort, numbered like the stop. So a search
knows no rules, and minimum times, forbidden transfers and rules for single routes and trips
are exact in every engine alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines.seats import SeatGroups, group_seats
from network.routing.engines.transfers import (
    ANY,
    NodeSide,
    Transfers,
    build_transfers,
    name_sides,
    number_trips,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.timetable import Timetable


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingGraph:
    """Patterns, nodes and transfers as the kernels read them.

    Patterns and trips may be split and numbered anew where rules name single trips:
    ``pattern_of`` and ``trip_of`` give ``pattern_idx`` and ``trip_idx`` of the timetable, and
    positions in a pattern are the timetable's (``mirrored``: counted from its end, times
    negative). ``pattern_board`` and ``pattern_alight`` are the nodes of each call, aligned with
    ``pattern_offset``; times lie as in :class:`network.timetable.Timetable`. ``board_stop`` and
    ``alight_stop`` are the stops of the nodes; ``stop_board_offset``/``stop_board`` the board
    nodes of each stop and likewise for alighting. ``board_pattern*`` list, by board node, the
    calls at which one may try to board.
    """

    network: Network
    mirrored: bool
    pattern_of: NDArray[np.int32]
    trip_of: NDArray[np.int32]
    pattern_route: NDArray[np.int32]
    pattern_offset: NDArray[np.int32]
    pattern_board: NDArray[np.int32]
    pattern_alight: NDArray[np.int32]
    pattern_pickup: NDArray[np.bool_]
    pattern_dropoff: NDArray[np.bool_]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    board_stop: NDArray[np.int32]
    alight_stop: NDArray[np.int32]
    stop_board_offset: NDArray[np.int32]
    stop_board: NDArray[np.int32]
    stop_alight_offset: NDArray[np.int32]
    stop_alight: NDArray[np.int32]
    board_pattern_offset: NDArray[np.int32]
    board_pattern: NDArray[np.int32]
    board_pattern_pos: NDArray[np.int32]
    transfers: Transfers
    seats: SeatGroups

    @property
    def n_boards(self) -> int:
        """Number of board nodes."""
        return len(self.board_stop)

    @property
    def n_alights(self) -> int:
        """Number of alight nodes."""
        return len(self.alight_stop)

    @property
    def n_patterns(self) -> int:
        """Number of patterns."""
        return len(self.pattern_of)


def compile_routing(network: Network) -> RoutingGraph:
    """Lay a network out for search, earliest arrivals first."""
    timetable, rules = network.timetable, network.transfer_rules
    alight, board = name_sides(rules, timetable.n_stops)
    split = _split_patterns(timetable, number_trips(timetable, rules))
    pattern_alight, pattern_board = _nodes_of_calls(timetable, split, alight, board)
    transfers = build_transfers(network, alight, board)
    new_trip = np.empty(timetable.n_trips, dtype=np.int64)
    new_trip[split.trip_of] = np.arange(timetable.n_trips)
    going_on = np.flatnonzero(timetable.trip_next >= 0)
    return _complete(
        network,
        mirrored=False,
        split=split,
        pattern_board=pattern_board,
        pattern_alight=pattern_alight,
        board_stop=board.stop_of(),
        alight_stop=alight.stop_of(),
        transfers=transfers,
        seats=group_seats(
            new_trip[going_on],
            new_trip[timetable.trip_next[going_on]],
            split.pattern_trip_offset,
        ),
    )


def mirror_routing(graph: RoutingGraph) -> RoutingGraph:
    """Return the graph of the same network with time run backwards.

    Patterns are read from their end, arrival and departure, boarding and alighting and both
    ends of every transfer change places, and every time t is -t: the earliest arrival from a
    place there is the latest departure to it here.
    """
    n_calls = np.diff(graph.pattern_offset)
    flip = _reversed_rows(graph.pattern_offset)
    n_trips = np.diff(graph.pattern_trip_offset)
    starts = graph.pattern_time_offset[: graph.n_patterns].astype(np.int64)
    sizes = n_trips.astype(np.int64) * n_calls
    # Trips descend and calls descend: each pattern's block of times is read from its end.
    turned = np.repeat(2 * starts + sizes - 1, sizes) - np.arange(len(graph.arrival_s))
    trip_flip = _reversed_rows(graph.pattern_trip_offset)
    new_trip = np.empty(len(trip_flip), dtype=np.int64)
    new_trip[trip_flip] = np.arange(len(trip_flip))
    split = _Split(
        pattern_of=graph.pattern_of,
        trip_of=graph.trip_of[trip_flip],
        pattern_route=graph.pattern_route,
        pattern_offset=graph.pattern_offset,
        pattern_pickup=graph.pattern_dropoff[flip],
        pattern_dropoff=graph.pattern_pickup[flip],
        pattern_trip_offset=graph.pattern_trip_offset,
        pattern_time_offset=graph.pattern_time_offset,
        arrival_s=-graph.departure_s[turned],
        departure_s=-graph.arrival_s[turned],
    )
    origin = np.repeat(np.arange(graph.n_alights), np.diff(graph.transfers.offset))
    order = np.lexsort((origin, graph.transfers.seconds, graph.transfers.board))
    counts = np.bincount(graph.transfers.board, minlength=graph.n_boards)
    return _complete(
        graph.network,
        mirrored=not graph.mirrored,
        split=split,
        pattern_board=graph.pattern_alight[flip],
        pattern_alight=graph.pattern_board[flip],
        board_stop=graph.alight_stop,
        alight_stop=graph.board_stop,
        transfers=Transfers(
            offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
            board=origin[order].astype(np.int32),
            seconds=graph.transfers.seconds[order],
        ),
        seats=group_seats(
            new_trip[graph.seats.next_trip],
            new_trip[graph.seats.trip],
            graph.pattern_trip_offset,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """Patterns and times, as in the timetable or with single trips in patterns of their own."""

    pattern_of: NDArray[np.int32]
    trip_of: NDArray[np.int32]
    pattern_route: NDArray[np.int32]
    pattern_offset: NDArray[np.int32]
    pattern_pickup: NDArray[np.bool_]
    pattern_dropoff: NDArray[np.bool_]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    trip_name: NDArray[np.int32] | None = None


def _split_patterns(timetable: Timetable, names: NDArray[np.int32]) -> _Split:
    """Give the trips that rules name patterns of their own; without any, copy nothing."""
    if not (names >= 0).any():
        return _Split(
            pattern_of=np.arange(timetable.n_patterns, dtype=np.int32),
            trip_of=np.arange(timetable.n_trips, dtype=np.int32),
            pattern_route=timetable.pattern_route,
            pattern_offset=timetable.pattern_offset,
            pattern_pickup=timetable.pattern_pickup,
            pattern_dropoff=timetable.pattern_dropoff,
            pattern_trip_offset=timetable.pattern_trip_offset,
            pattern_time_offset=timetable.pattern_time_offset,
            arrival_s=timetable.arrival_s,
            departure_s=timetable.departure_s,
        )
    parts: list[tuple[int, NDArray[np.int64], int]] = []
    for pattern in range(timetable.n_patterns):
        trips = np.arange(*timetable.pattern_trip_offset[pattern : pattern + 2])
        for name in np.unique(names[trips]).tolist():
            parts.append((pattern, trips[names[trips] == name], name))
    source = np.asarray([pattern for pattern, _, _ in parts], dtype=np.int32)
    n_calls = np.diff(timetable.pattern_offset)[source]
    rows = _rows_of(timetable.pattern_offset, source)
    arrivals, departures = [], []
    for pattern, trips, _ in parts:
        arrival_s, departure_s = timetable.pattern_times(pattern)
        own = trips - timetable.pattern_trip_offset[pattern]
        arrivals.append(arrival_s[own].ravel())
        departures.append(departure_s[own].ravel())
    counts = np.asarray([len(trips) for _, trips, _ in parts])
    return _Split(
        pattern_of=source,
        trip_of=np.concatenate([trips for _, trips, _ in parts]).astype(np.int32),
        pattern_route=timetable.pattern_route[source],
        pattern_offset=_offsets(n_calls),
        pattern_pickup=timetable.pattern_pickup[rows],
        pattern_dropoff=timetable.pattern_dropoff[rows],
        pattern_trip_offset=_offsets(counts),
        pattern_time_offset=_offsets(counts * n_calls)[:-1],
        arrival_s=np.concatenate(arrivals),
        departure_s=np.concatenate(departures),
        trip_name=np.asarray([name for _, _, name in parts], dtype=np.int32),
    )


def _nodes_of_calls(
    timetable: Timetable, split: _Split, alight: NodeSide, board: NodeSide
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the alight node and the board node of every call; makes the nodes."""
    stop = timetable.pattern_stop[_rows_of(timetable.pattern_offset, split.pattern_of)]
    nodes = (stop.copy(), stop.copy())
    pattern = np.repeat(np.arange(len(split.pattern_of)), np.diff(split.pattern_offset))
    for side, column in zip((alight, board), nodes, strict=True):
        named = np.asarray(sorted({*side.named_routes, *side.named_trips}), dtype=np.int64)
        for row in np.flatnonzero(np.isin(stop, named)).tolist():
            here = int(pattern[row])
            name = ANY if split.trip_name is None else int(split.trip_name[here])
            column[row] = side.node(int(stop[row]), int(split.pattern_route[here]), name)
    return nodes


def _complete(
    network: Network,
    *,
    mirrored: bool,
    split: _Split,
    pattern_board: NDArray[np.int32],
    pattern_alight: NDArray[np.int32],
    board_stop: NDArray[np.int32],
    alight_stop: NDArray[np.int32],
    transfers: Transfers,
    seats: SeatGroups,
) -> RoutingGraph:
    """Add the inverse indices: calls by board node, nodes by stop."""
    lengths = np.diff(split.pattern_offset)
    pattern = np.repeat(np.arange(len(lengths)), lengths)
    position = np.arange(len(pattern_board)) - np.repeat(split.pattern_offset[:-1], lengths)
    order = np.argsort(pattern_board, kind="stable")
    n_stops = network.timetable.n_stops
    return RoutingGraph(
        network=network,
        mirrored=mirrored,
        pattern_of=split.pattern_of,
        trip_of=split.trip_of,
        pattern_route=split.pattern_route,
        pattern_offset=split.pattern_offset,
        pattern_board=pattern_board,
        pattern_alight=pattern_alight,
        pattern_pickup=split.pattern_pickup,
        pattern_dropoff=split.pattern_dropoff,
        pattern_trip_offset=split.pattern_trip_offset,
        pattern_time_offset=split.pattern_time_offset,
        arrival_s=split.arrival_s,
        departure_s=split.departure_s,
        board_stop=board_stop,
        alight_stop=alight_stop,
        stop_board_offset=_offsets(np.bincount(board_stop, minlength=n_stops)),
        stop_board=np.argsort(board_stop, kind="stable").astype(np.int32),
        stop_alight_offset=_offsets(np.bincount(alight_stop, minlength=n_stops)),
        stop_alight=np.argsort(alight_stop, kind="stable").astype(np.int32),
        board_pattern_offset=_offsets(np.bincount(pattern_board, minlength=len(board_stop))),
        board_pattern=pattern[order].astype(np.int32),
        board_pattern_pos=position[order].astype(np.int32),
        transfers=transfers,
        seats=seats,
    )


def _offsets(lengths: NDArray[np.integer]) -> NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)


def _rows_of(offset: NDArray[np.int32], groups: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the rows of some groups of a CSR array, one after the other."""
    lengths = np.diff(offset)[groups].astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)))
    rows: NDArray[np.int64] = np.arange(starts[-1]) + np.repeat(
        offset[groups] - starts[:-1], lengths
    )
    return rows


def _reversed_rows(offset: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the rows of a CSR array, each group from its last to its first."""
    lengths = np.diff(offset)
    first, last = offset[:-1].astype(np.int64), offset[1:].astype(np.int64)
    rows: NDArray[np.int64] = np.repeat(first + last - 1, lengths) - np.arange(offset[-1])
    return rows
