"""Connection scan on flat arrays: earliest arrivals alone, one criterion, no journeys.

Connections are rides from one call to the next, in order of departure, those that take no
time first in their second. One pass decides, connection by connection, whether its trip can
be boarded or already was, and notes where it arrives. Two labels are kept: ``vehicle_s`` is the
earliest arrival by vehicle at an alight node, from which transfers and egresses start;
``ready_s`` the earliest time at a board node. With one label alone a walk would hide the
vehicle arrival that another walk needs.

References
----------
Dibbelt, Pajor, Strasser, Wagner, "Connection Scan Algorithm", ACM Journal of Experimental
Algorithmics 23, 2018, doi:10.1145/3274661: section 3 (earliest arrival, stopping and limited
walking). Here walks are not transitively closed and relax from vehicle arrivals alone, the
connections of a second that take no time are repeated until nothing changes, and a vehicle
that goes on as another trip is ridden on at once when its last connection is passed.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNREACHED_S = 2**30

DEPARTURE, ARRIVAL, BOARD, ALIGHT, TRIP = 0, 1, 2, 3, 4
PICKUP = 1  # of BOARD, the node is in the bits above
DROPOFF, GOES_ON = 1, 2  # of ALIGHT, likewise
BOARD_SHIFT, ALIGHT_SHIFT = 1, 2


class ScanArrays(NamedTuple):
    """A network as the kernels read it; nothing is modified.

    ``connections`` is int32, shape (n_connections, 5). Numbers after those of the trips are
    pairs of seats, boarded at the last call of ``seat_trip``. ``seat_next`` lists, by trip and
    pair, what the vehicle goes on as; ``trip_pattern`` and all after it serve to ride these.
    """

    connections: NDArray[np.int32]
    transfer_offset: NDArray[np.int32]
    transfer_board: NDArray[np.int32]
    transfer_s: NDArray[np.int32]
    seat_offset: NDArray[np.int32]
    seat_next: NDArray[np.int32]
    seat_trip: NDArray[np.int32]
    trip_pattern: NDArray[np.int32]
    pattern_route: NDArray[np.int32]
    pattern_offset: NDArray[np.int32]
    pattern_alight: NDArray[np.int32]
    pattern_dropoff: NDArray[np.bool_]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    arrival_s: NDArray[np.int32]


class ScanWork(NamedTuple):
    """Labels and sets of one search; all are overwritten.

    ``boarded`` and ``ridden_on`` are sets of trips and pairs, a bit each; ``queue`` has room
    for every trip gone on to, ``at_once`` for every trip and pair. ``egress_s`` is UNREACHED_S
    at every alight node between searches.
    """

    ready_s: NDArray[np.int32]
    vehicle_s: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    boarded: NDArray[np.uint64]
    ridden_on: NDArray[np.uint64]
    queue: NDArray[np.int32]
    at_once: NDArray[np.int32]


class ScanQuery(NamedTuple):
    """Where and when one can board, where a search may end, what must not be ridden.

    ``first`` is the first connection to look at. Nothing at ``bound_s`` or later counts.
    """

    access_board: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_alight: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    banned_route: NDArray[np.bool_]
    has_bans: bool
    departure_s: int
    first: int
    bound_s: int


@njit(cache=True, nogil=True)
def _start(query: ScanQuery, work: ScanWork) -> None:
    """Clear the labels and set those of access and egress."""
    work.ready_s[:] = UNREACHED_S
    work.vehicle_s[:] = UNREACHED_S
    work.boarded[:] = 0
    work.ridden_on[:] = 0
    for i in range(len(query.access_board)):
        node = query.access_board[i]
        ready = query.departure_s + query.access_s[i]
        if ready < min(work.ready_s[node], query.bound_s):
            work.ready_s[node] = ready
    for i in range(len(query.egress_alight)):
        node = query.egress_alight[i]
        work.egress_s[node] = min(work.egress_s[node], query.egress_s[i])


@njit(cache=True, nogil=True)
def _arrive(net: ScanArrays, work: ScanWork, node: int, arrival: int, bound: int) -> int:
    """Note an arrival by vehicle and walk on; return the bound."""
    work.vehicle_s[node] = arrival
    if work.egress_s[node] < UNREACHED_S:  # times may be negative
        bound = min(bound, arrival + work.egress_s[node])
    for j in range(net.transfer_offset[node], net.transfer_offset[node + 1]):
        ready = arrival + net.transfer_s[j]
        if ready >= bound:
            break  # sorted by duration
        board = net.transfer_board[j]
        if ready < work.ready_s[board]:
            work.ready_s[board] = ready
    return bound


@njit(cache=True, nogil=True)
def _ride_on(
    net: ScanArrays, query: ScanQuery, work: ScanWork, trip: int, bound: int
) -> tuple[int, bool]:
    """Ride on as far as a vehicle goes; return the bound and whether that was new."""
    n_queued, row = 1, 0
    n_trips = len(net.trip_pattern) - len(net.seat_trip)
    work.queue[0] = trip
    while row < n_queued:
        number = here = work.queue[row]
        row += 1
        if number >= n_trips:
            here = net.seat_trip[number - n_trips]
        pattern = net.trip_pattern[here]
        n_pos = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]
        at = net.pattern_time_offset[pattern]
        at += (here - net.pattern_trip_offset[pattern] + 1) * n_pos
        last = net.arrival_s[at - 1]
        for i in range(net.seat_offset[number], net.seat_offset[number + 1]):
            following, first_pos = net.seat_next[i], 0
            bit = np.uint64(1) << np.uint64(following & 63)
            if work.ridden_on[following >> 6] & bit:
                continue
            if number >= n_trips:
                # Nobody gets off at the first call who got on at the last: that hides no other.
                first_pos = 1
                bit = np.uint64(1) << np.uint64(number & 63)
                if work.ridden_on[number >> 6] & bit:
                    continue
                work.ridden_on[number >> 6] |= bit
            else:
                work.ridden_on[following >> 6] |= bit
            pattern = net.trip_pattern[following]
            if query.banned_route[net.pattern_route[pattern]]:
                continue
            work.queue[n_queued] = following
            n_queued += 1
            first = net.pattern_offset[pattern]
            n_pos = net.pattern_offset[pattern + 1] - first
            at = net.pattern_time_offset[pattern]
            at += (following - net.pattern_trip_offset[pattern]) * n_pos
            for pos in range(first_pos, n_pos):
                # Nobody is at the next trip's first stop before the vehicle is.
                arrival = max(net.arrival_s[at + pos], last)
                node = net.pattern_alight[first + pos]
                if net.pattern_dropoff[first + pos] and arrival < min(work.vehicle_s[node], bound):
                    bound = _arrive(net, work, node, arrival, bound)
    return bound, n_queued > 1


@njit(cache=True, nogil=True)
def _second_of(connections: NDArray[np.int32], row: int) -> int:
    """Return the first connection that departs at the same second."""
    while row > 0 and connections[row - 1, DEPARTURE] == connections[row, DEPARTURE]:
        row -= 1
    return row


@njit(cache=True, nogil=True)
def run_scan(net: ScanArrays, query: ScanQuery, work: ScanWork) -> int:
    """Scan until nothing earlier can come; return the bound (arrival at the target, s).

    ``work`` is overwritten: ``ready_s`` by board node and ``vehicle_s`` by alight node are
    exact up to the bound.
    """
    rows = net.connections
    bound = query.bound_s
    _start(query, work)
    again = False
    # Trips boarded this second at connections that take no time.
    n_at_once, second = 0, 0
    i = query.first
    while i < len(rows) or again:
        if again and (
            i == len(rows)
            or rows[i, ARRIVAL] > rows[i, DEPARTURE]
            or rows[i, DEPARTURE] > rows[i - 1, DEPARTURE]
        ):
            # A connection that takes no time changed a label of its own second. Trips are
            # boarded anew: a call before the one they were boarded at must not be reached.
            i = _second_of(rows, i - 1)
            again = False
            if second == rows[i, DEPARTURE]:
                for k in range(n_at_once):
                    trip = work.at_once[k]
                    work.boarded[trip >> 6] &= ~(np.uint64(1) << np.uint64(trip & 63))
            n_at_once = 0
        departure = rows[i, DEPARTURE]
        if departure >= bound:
            break
        trip = rows[i, TRIP]
        bit = np.uint64(1) << np.uint64(trip & 63)
        if not work.boarded[trip >> 6] & bit:
            board = rows[i, BOARD]
            if work.ready_s[board >> BOARD_SHIFT] > departure or not board & PICKUP:
                i += 1
                continue
            if query.has_bans and query.banned_route[net.pattern_route[net.trip_pattern[trip]]]:
                i += 1
                continue
            work.boarded[trip >> 6] |= bit
            if rows[i, ARRIVAL] == departure:
                if departure != second:
                    n_at_once, second = 0, departure
                work.at_once[n_at_once] = trip
                n_at_once += 1
        alight = rows[i, ALIGHT]
        arrival = rows[i, ARRIVAL]
        node = alight >> ALIGHT_SHIFT
        if arrival < work.vehicle_s[node] and alight & DROPOFF and arrival < bound:
            bound = _arrive(net, work, node, arrival, bound)
            again |= arrival == departure
        if alight & GOES_ON:
            bound, went_on = _ride_on(net, query, work, trip, bound)
            again |= went_on and arrival == departure
        i += 1
    for k in range(len(query.egress_alight)):
        work.egress_s[query.egress_alight[k]] = UNREACHED_S
    return bound
