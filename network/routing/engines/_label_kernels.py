"""Labels of round-based search: the arrays they live in, and journeys written from them."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNREACHED_S = 2**30

N_JOURNEY_FIELDS = 7  # target, rides, departure, arrival, access, egress, legs
N_LEG_FIELDS = 5  # trip, pattern, board position, alight position, whether the seat was kept
N_PARENT_FIELDS = 4
TRIP, RIDDEN_PATTERN, BOARD_POS, ALIGHT_POS = 0, 1, 2, 3
"""Of ``parent``: the ride by which a label was reached."""
N_HELD_FIELDS = 5  # trip and pattern left, where that was boarded, pattern and trip gone on to

Written = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


class NetworkArrays(NamedTuple):
    """A network as the kernel reads it; nothing is modified.

    ``board_call*``, ``departures_s``, ``slot_trip`` and ``first_s`` are as in
    :class:`network.routing.engines.boardings.Boardings`.
    """

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
    board_pattern_offset: NDArray[np.int32]
    board_pattern: NDArray[np.int32]
    board_pattern_pos: NDArray[np.int32]
    board_call_offset: NDArray[np.int32]
    board_calls: NDArray[np.int32]
    departures_s: NDArray[np.int32]
    slot_trip: NDArray[np.int32]
    transfer_offset: NDArray[np.int32]
    transfer_board: NDArray[np.int32]
    transfer_s: NDArray[np.int32]
    seat_offset: NDArray[np.int32]
    seat_next_pattern: NDArray[np.int32]
    seat_pair_offset: NDArray[np.int32]
    seat_trip: NDArray[np.int32]
    seat_next_trip: NDArray[np.int32]
    first_s: int


class QueryArrays(NamedTuple):
    """One origin, its targets by egress node, and what may be ridden; not modified.

    ``departures_s`` descend. ``latest_s`` is the latest time of leaving the origin.
    ``left_s`` is, where there is one target, what is left to it at least by 0, 1, 2 rides at most
    and by any, (4, places): from every board node, then every alight node, then every call where
    one boards. No label and no boarding counts with which it cannot be reached in time.
    """

    access_board: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_offset: NDArray[np.int32]
    egress_target: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    departures_s: NDArray[np.int32]
    banned_route: NDArray[np.bool_]
    n_targets: int
    left_s: NDArray[np.int32]
    latest_s: int
    max_rides: int


class Workspace(NamedTuple):
    """Labels and lists, all overwritten by each run.

    ``best`` and ``transfer_from`` are (rides + 1, board nodes), ``veh`` (rides + 1, alight
    nodes): an arrival is written for its rides and all more, and the labels of a round lie
    together in near memory. ``parent`` has for each of ``veh`` the ride, its fields as named
    above. ``limit`` is room for a time by node. ``held`` lists seats kept since the departure
    at hand; the boarding position of a label reached in such a seat is ``-2 - row`` of it.
    ``seated`` is the fewest rides with
    which a trip was gone on to, (trips, 2), by who got on before the last call and at it;
    ``ridden``, (calls, rides + 1), the first trip ridden past a call, counted in its pattern,
    where no trip of the pattern goes on as another.
    """

    best: NDArray[np.int32]
    transfer_from: NDArray[np.int32]
    veh: NDArray[np.int32]
    parent: NDArray[np.int32]
    boardable: NDArray[np.int64]
    improved: NDArray[np.int64]
    limit: NDArray[np.int32]
    marked_nodes: NDArray[np.int32]
    improved_nodes: NDArray[np.int32]
    ridden: NDArray[np.int32]
    rows: NDArray[np.int32]
    queue: NDArray[np.int32]
    first_pos: NDArray[np.int32]
    seat_pair: NDArray[np.int32]
    seat_pos: NDArray[np.int32]
    seated: NDArray[np.int8]
    held: NDArray[np.int32]


@njit(cache=True, nogil=True)
def write_journey(
    net: NetworkArrays,
    work: Workspace,
    journey: NDArray[np.int32],
    legs: NDArray[np.int32],
    target: int,
    rides: int,
    node: int,
    departure: int,
    arrival: int,
    egress: int,
) -> int:
    """Write one journey and, last first, its legs by their parents; return how many legs."""
    n_legs = 0
    board_node = 0
    for ride in range(rides, 0, -1):
        parent = work.parent[ride, node]
        trip, pattern = parent[TRIP], parent[RIDDEN_PATTERN]
        board, alight = parent[BOARD_POS], parent[ALIGHT_POS]
        while True:
            legs[n_legs, 0] = trip
            legs[n_legs, 1] = pattern
            legs[n_legs, 2] = max(board, 0)
            legs[n_legs, 3] = alight
            legs[n_legs, 4] = board < 0
            n_legs += 1
            if board >= 0:
                break
            held = -2 - board
            trip, pattern, board = work.held[held, 0], work.held[held, 1], work.held[held, 2]
            alight = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern] - 1
        board_node = net.pattern_board[net.pattern_offset[pattern] + board]
        if ride > 1:
            node = work.transfer_from[ride - 1, board_node]
    access = work.best[0, board_node] - departure
    first = legs[n_legs - 1]
    n_pos = net.pattern_offset[first[1] + 1] - net.pattern_offset[first[1]]
    trip = first[0] - net.pattern_trip_offset[first[1]]
    boarding = net.departure_s[net.pattern_time_offset[first[1]] + trip * n_pos + first[2]]
    if n_legs > 1 and first[2] == n_pos - 1 and legs[n_legs - 2, 4]:
        # From its last call the vehicle leaves as the next trip, if that is sooner.
        following = legs[n_legs - 2]
        n_pos = net.pattern_offset[following[1] + 1] - net.pattern_offset[following[1]]
        trip = following[0] - net.pattern_trip_offset[following[1]]
        starts = net.departure_s[net.pattern_time_offset[following[1]] + trip * n_pos]
        boarding = min(boarding, starts)
    journey[0] = target
    journey[1] = rides
    journey[2] = boarding - access
    journey[3] = arrival
    journey[4] = access
    journey[5] = egress
    journey[6] = n_legs
    return n_legs


@njit(cache=True, nogil=True)
def grown(rows: NDArray[np.int32], needed: int) -> NDArray[np.int32]:
    """Return ``rows``, or a copy of at least twice its length that has room for ``needed``."""
    if needed <= len(rows):
        return rows
    bigger = np.empty((max(needed, 2 * len(rows)), rows.shape[1]), dtype=np.int32)
    bigger[: len(rows)] = rows
    return bigger


@njit(cache=True, nogil=True)
def sort_journeys(
    journeys: NDArray[np.int32], legs: NDArray[np.int32], n_targets: int, max_rides: int
) -> Written:
    """Return the journeys by target, rides, departure, with leg offsets and legs to match.

    The input has later departures first in each (target, rides), and each journey's legs
    last first: a counting sort from the end puts both in order.
    """
    n_journeys = len(journeys)
    n_keys = n_targets * (max_rides + 1)
    place = np.zeros(n_keys + 1, dtype=np.int64)
    ends = np.empty(n_journeys, dtype=np.int64)
    n_legs = 0
    for i in range(n_journeys):
        place[journeys[i, 0] * (max_rides + 1) + journeys[i, 1] + 1] += 1
        n_legs += journeys[i, 6]
        ends[i] = n_legs
    for key in range(n_keys):
        place[key + 1] += place[key]
    order = np.empty(n_journeys, dtype=np.int64)
    for i in range(n_journeys - 1, -1, -1):
        key = journeys[i, 0] * (max_rides + 1) + journeys[i, 1]
        order[place[key]] = i
        place[key] += 1
    fields = np.empty((journeys.shape[1], n_journeys), dtype=np.int32)
    leg_offset = np.zeros(n_journeys + 1, dtype=np.int32)
    leg_fields = np.empty((legs.shape[1], n_legs), dtype=np.int32)
    written = 0
    for i in range(n_journeys):
        source = order[i]
        for field in range(journeys.shape[1]):
            fields[field, i] = journeys[source, field]
        for leg in range(journeys[source, 6]):
            for field in range(legs.shape[1]):
                leg_fields[field, written] = legs[ends[source] - 1 - leg, field]
            written += 1
        leg_offset[i + 1] = written
    return fields, leg_offset, leg_fields
