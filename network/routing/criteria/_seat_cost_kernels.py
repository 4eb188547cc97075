"""Seats kept in a search with costs, where a vehicle goes on as another trip.

One may also get on at the last call of a trip that goes on, and off at the first call of one
that a vehicle went on as, but not both: who rode no hop of any timetable has not ridden.
"""

from numba import njit

from network.routing.criteria._bag_kernels import (
    ALIGHT,
    AT,
    BOARD,
    FROM,
    FULL_LABELS,
    FULL_RIDDEN,
    NEXT,
    NODE,
    PARENT,
    PATTERN,
    ROUND,
    ROW,
    TIME,
    TRIP,
    CostQuery,
    CostTerms,
    CostWork,
    GraphArrays,
    enter,
    is_useless,
)
from network.routing.criteria._return_kernels import leave_last_call, was_at


@njit(cache=True, nogil=True)
def keep_seats(
    net: GraphArrays,
    terms: CostTerms,
    work: CostWork,
    pattern: int,
    n_on: int,
    n_ridden: int,
) -> int:
    """List the seats kept at the end of a scanned pattern; return how many are listed."""
    last = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern] - 1
    first_trip = net.pattern_trip_offset[pattern]
    for i in range(n_on):
        if work.on[i, ROW] < 0:
            continue
        trip = first_trip + work.on[i, ROW]
        if net.trip_next[trip] >= 0:
            n_ridden = _reach_end(
                net, terms, work, trip, pattern, last, work.on[i, AT], work.on[i, FROM],
                work.on_x[i, 0], work.on_x[i, 1], n_ridden,
            )  # fmt: skip
        if n_ridden < 0:
            return n_ridden
    return n_ridden


@njit(cache=True, nogil=True)
def _reach_end(
    net: GraphArrays,
    terms: CostTerms,
    work: CostWork,
    trip: int,
    pattern: int,
    last: int,
    boarded: int,
    parent: int,
    v0: int,
    v1: int,
    n_ridden: int,
) -> int:
    """List a seat kept by who rides a trip to its end; return how many are listed."""
    row = trip - net.pattern_trip_offset[pattern]
    at = net.pattern_time_offset[pattern] + row * (last + 1) + last
    if terms.by_trip[0]:
        v0 += terms.extra_in_0[at]
    elif terms.by_pattern[0]:
        v0 += terms.extra_in_0[net.pattern_offset[pattern] + last]
    if terms.by_trip[1]:
        v1 += terms.extra_in_1[at]
    elif terms.by_pattern[1]:
        v1 += terms.extra_in_1[net.pattern_offset[pattern] + last]
    return _list_seat(net, work, trip, pattern, boarded, parent, False, v0, v1, n_ridden)


@njit(cache=True, nogil=True)
def _list_seat(
    net: GraphArrays,
    work: CostWork,
    trip: int,
    pattern: int,
    boarded: int,
    parent: int,
    is_last: bool,
    v0: int,
    v1: int,
    n_ridden: int,
) -> int:
    """List one kept seat unless its next trip is ridden already at no greater costs.

    Who got on at a trip's last call rides its next trip past the first call only, and so hides
    nobody who may get off there.
    """
    ridden, ridden_x = work.ridden, work.ridden_x
    following = net.trip_next[trip]
    for i in range(n_ridden):
        if ridden[i, 5] != following or (not is_last and _is_from_last_call(net, work, i)):
            continue
        if ridden_x[i, 0] <= v0 and ridden_x[i, 1] <= v1:
            return n_ridden
    if n_ridden == len(ridden):
        return FULL_RIDDEN
    ridden[n_ridden, 0] = trip
    ridden[n_ridden, 1] = pattern
    ridden[n_ridden, 2] = boarded
    ridden[n_ridden, 3] = parent
    ridden[n_ridden, 4] = net.next_pattern[trip]
    ridden[n_ridden, 5] = following
    ridden_x[n_ridden, 0] = v0
    ridden_x[n_ridden, 1] = v1
    return n_ridden + 1


@njit(cache=True, nogil=True)
def _is_from_last_call(net: GraphArrays, work: CostWork, i: int) -> bool:
    """Return whether a kept seat was taken at the last call of the trip before."""
    pattern = work.ridden[i, 1]
    n_pos = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]
    return bool(work.ridden[i, 2] == n_pos - 1)


@njit(cache=True, nogil=True)
def keep_last_seats(
    net: GraphArrays,
    terms: CostTerms,
    query: CostQuery,
    work: CostWork,
    pattern: int,
    rides: int,
    n_ridden: int,
    n_found: int,
    stamp: int,
) -> int:
    """List the seats taken at a pattern's last call, in vehicles that go on as another trip."""
    board, board_x = work.board, work.board_x
    last_call = net.pattern_offset[pattern + 1] - 1
    node = net.pattern_board[last_call]
    if work.boardable[node] != stamp or not net.pattern_pickup[last_call]:
        return n_ridden
    last = last_call - net.pattern_offset[pattern]
    latest = query.late_board[query.max_rides - rides + 1, node]
    i = work.board_head[node]
    while i >= 0 and board[i, ROUND] == rides - 1:
        ready = board[i, TIME]
        for trip in range(net.pattern_trip_offset[pattern], net.pattern_trip_offset[pattern + 1]):
            if net.trip_next[trip] < 0:
                continue
            leaves = leave_last_call(net, pattern, trip)
            if leaves < ready or leaves > latest:
                continue
            waited = ready if rides == 1 else leaves  # nobody waits before the first ride
            c0 = board_x[i, 0] + terms.wait[0] * waited
            c1 = board_x[i, 1] + terms.wait[1] * waited
            if rides > 1:
                c0 += terms.change[0]
                c1 += terms.change[1]
            if is_useless(query, work, n_found, rides, leaves, c0, c1):
                continue
            n_ridden = _list_seat(
                net, work, trip, pattern, last, i, True, c0 - terms.ride[0] * leaves,
                c1 - terms.ride[1] * leaves, n_ridden,
            )  # fmt: skip
            if n_ridden < 0:
                return n_ridden
        i = board[i, NEXT]
    return n_ridden


@njit(cache=True, nogil=True)
def ride_on(
    net: GraphArrays,
    terms: CostTerms,
    query: CostQuery,
    work: CostWork,
    first_ridden: int,
    n_ridden: int,
    rides: int,
    n_labels: int,
    n_found: int,
) -> tuple[int, int]:
    """Ride the trips gone on to in kept seats; return the counts of labels and of seats."""
    label, ridden, ridden_x = work.label, work.ridden, work.ridden_x
    may_go_back = rides == 1 or query.rides_back
    i = first_ridden
    while i < n_ridden:
        before, pattern, trip = ridden[i, 1], ridden[i, 4], ridden[i, 5]
        n_before = net.pattern_offset[before + 1] - net.pattern_offset[before]
        row = ridden[i, 0] - net.pattern_trip_offset[before]
        ended = net.arrival_s[net.pattern_time_offset[before] + (row + 1) * n_before - 1]
        first = net.pattern_offset[pattern]
        n_pos = net.pattern_offset[pattern + 1] - first
        at = net.pattern_time_offset[pattern] + (trip - net.pattern_trip_offset[pattern]) * n_pos
        for pos in range(int(_is_from_last_call(net, work, i)), n_pos):
            # Nobody is at the next trip's first stop before the vehicle is.
            time = max(net.arrival_s[at + pos], ended)
            node = net.pattern_alight[first + pos]
            if not net.pattern_dropoff[first + pos]:
                continue
            if time > query.late_alight[query.max_rides - rides, node]:
                continue
            c0 = ridden_x[i, 0] + terms.ride[0] * time
            c1 = ridden_x[i, 1] + terms.ride[1] * time
            if terms.by_trip[0]:
                c0 += terms.extra_in_0[at + pos]
            elif terms.by_pattern[0]:
                c0 += terms.extra_in_0[first + pos]
            if terms.by_trip[1]:
                c1 += terms.extra_in_1[at + pos]
            elif terms.by_pattern[1]:
                c1 += terms.extra_in_1[first + pos]
            if is_useless(query, work, n_found, rides, time, c0, c1):
                continue
            if not may_go_back and was_at(
                net, work, ridden[i, 3], net.pattern_station[first + pos]
            ):
                continue
            if n_labels == len(label):
                return FULL_LABELS, n_ridden
            x0, x1 = c0 - terms.wait[0] * time, c1 - terms.wait[1] * time
            if enter(work.head, label, work.label_x, node, n_labels, rides, time, x0, x1):
                label[n_labels, PARENT] = ridden[i, 3]
                label[n_labels, NODE] = node
                label[n_labels, TRIP] = trip
                label[n_labels, PATTERN] = pattern
                label[n_labels, BOARD] = -2 - i
                label[n_labels, ALIGHT] = pos
                n_labels += 1
        if net.trip_next[trip] >= 0:
            n_ridden = _reach_end(
                net, terms, work, trip, pattern, n_pos - 1, -2 - i, ridden[i, 3],
                ridden_x[i, 0], ridden_x[i, 1], n_ridden,
            )  # fmt: skip
            if n_ridden < 0:
                return n_labels, n_ridden
        i += 1
    return n_labels, n_ridden
