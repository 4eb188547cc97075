"""Riding in a search with costs: who boards, who alights."""

from numba import njit

from network.routing.criteria._bag_kernels import (
    ALIGHT,
    AT,
    BOARD,
    FROM,
    FULL_LABELS,
    FULL_ON,
    GONE,
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
    is_later_copy,
    is_useless,
    step_on,
)
from network.routing.criteria._return_kernels import get_off, was_at
from network.routing.criteria._seat_cost_kernels import keep_last_seats, keep_seats


@njit(cache=True, nogil=True)
def _board(
    net: GraphArrays,
    terms: CostTerms,
    query: CostQuery,
    work: CostWork,
    pattern: int,
    pos: int,
    rides: int,
    n_on: int,
    n_found: int,
) -> int:
    """Board the trips that labels at a call can catch; return how many labels are on board."""
    departure_s, trip_next = net.departure_s, net.trip_next
    board, board_x, on, on_x = work.board, work.board_x, work.on, work.on_x
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    first_trip = net.pattern_trip_offset[pattern]
    n_trips = net.pattern_trip_offset[pattern + 1] - first_trip
    base = net.pattern_time_offset[pattern] + pos
    node = net.pattern_board[first + pos]
    latest = query.late_board[query.max_rides - rides + 1, node]
    wait_0, wait_1 = terms.wait[0], terms.wait[1]
    has_seats = net.seat_offset[pattern + 1] > net.seat_offset[pattern]
    i = work.board_head[node]
    while i >= 0 and board[i, ROUND] == rides - 1:
        ready = board[i, TIME]
        low, high = 0, n_trips
        while low < high:
            middle = (low + high) // 2
            if departure_s[base + middle * n_pos] >= ready:
                high = middle
            else:
                low = middle + 1
        is_first = True
        for row in range(low, n_trips):
            at = base + row * n_pos
            leaves = departure_s[at]
            if leaves > latest:
                break
            waited = ready if rides == 1 else leaves  # nobody waits before the first ride
            c0 = board_x[i, 0] + wait_0 * waited
            c1 = board_x[i, 1] + wait_1 * waited
            if rides > 1:
                c0 += terms.change[0]
                c1 += terms.change[1]
            if is_useless(query, work, n_found, rides, leaves, c0, c1):
                if len(query.wanted) == 0:
                    break  # later trips are no better
                continue
            v0, v1 = c0 - terms.ride[0] * leaves, c1 - terms.ride[1] * leaves
            if terms.by_trip[0]:
                v0 -= terms.extra_out_0[at]
            elif terms.by_pattern[0]:
                v0 -= terms.extra_out_0[first + pos]
            if terms.by_trip[1]:
                v1 -= terms.extra_out_1[at]
            elif terms.by_pattern[1]:
                v1 -= terms.extra_out_1[first + pos]
            is_kept = terms.every_trip or (has_seats and trip_next[first_trip + row] >= 0)
            if is_kept or (is_first and not is_later_copy(on, on_x, n_on, row, v0, v1)):
                if n_on == len(on):
                    return FULL_ON
                n_on = step_on(on, on_x, work.trip_head, n_on, row, i, pos, v0, v1)
            is_first = False
            if not (terms.every_trip or has_seats):
                break
        i = board[i, NEXT]
    return n_on


@njit(cache=True, nogil=True)
def _alight(
    net: GraphArrays,
    terms: CostTerms,
    query: CostQuery,
    work: CostWork,
    pattern: int,
    pos: int,
    rides: int,
    n_on: int,
    n_labels: int,
    n_found: int,
) -> int:
    """Enter who is on board at a call where one may alight; return how many labels there are."""
    arrival_s = net.arrival_s
    label, label_x, head = work.label, work.label_x, work.head
    on, on_x = work.on, work.on_x
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    first_trip = net.pattern_trip_offset[pattern]
    base = net.pattern_time_offset[pattern] + pos
    node = net.pattern_alight[first + pos]
    latest = query.late_alight[query.max_rides - rides, node]
    on_back = rides > 1 and not query.rides_back
    for i in range(n_on):
        row = on[i, ROW]
        if row < 0:
            continue
        at = base + row * n_pos
        time = arrival_s[at]
        if time > latest:
            continue
        c0, c1 = on_x[i, 0] + terms.ride[0] * time, on_x[i, 1] + terms.ride[1] * time
        if terms.by_trip[0]:
            c0 += terms.extra_in_0[at]
        elif terms.by_pattern[0]:
            c0 += terms.extra_in_0[first + pos]
        if terms.by_trip[1]:
            c1 += terms.extra_in_1[at]
        elif terms.by_pattern[1]:
            c1 += terms.extra_in_1[first + pos]
        if is_useless(query, work, n_found, rides, time, c0, c1):
            continue
        if on_back and was_at(net, work, on[i, FROM], net.pattern_station[first + pos]):
            continue
        if n_labels == len(label):
            return FULL_LABELS
        x0, x1 = c0 - terms.wait[0] * time, c1 - terms.wait[1] * time
        if enter(head, label, label_x, node, n_labels, rides, time, x0, x1):
            label[n_labels, PARENT] = on[i, FROM]
            label[n_labels, NODE] = node
            label[n_labels, TRIP] = first_trip + row
            label[n_labels, PATTERN] = pattern
            label[n_labels, BOARD] = on[i, AT]
            label[n_labels, ALIGHT] = pos
            n_labels += 1
    return n_labels


@njit(cache=True, nogil=True)
def scan_pattern(
    net: GraphArrays, terms: CostTerms, query: CostQuery, work: CostWork, pattern: int,
    rides: int, n_labels: int, n_ridden: int, n_found: int, stamp: int,
) -> tuple[int, int]:  # fmt: skip
    """Ride one pattern from its first boardable call; return the counts of labels and seats."""
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    n_on = 0
    may_go_back = rides == 1 or query.rides_back
    has_seats = net.seat_offset[pattern + 1] > net.seat_offset[pattern]
    for pos in range(work.first_pos[pattern], n_pos):
        if n_on > 0 and net.pattern_dropoff[first + pos]:
            n_labels = _alight(
                net, terms, query, work, pattern, pos, rides, n_on, n_labels, n_found
            )
            if n_labels < 0:
                return n_labels, n_ridden
        if pos == n_pos - 1:
            break
        if n_on > 0 and not may_go_back and net.pattern_pickup[first + pos]:
            get_off(net, work, pattern, pos, n_on)
        node = net.pattern_board[first + pos]
        if work.boardable[node] == stamp and net.pattern_pickup[first + pos]:
            n_on = _board(net, terms, query, work, pattern, pos, rides, n_on, n_found)
            if n_on < 0:
                return n_on, n_ridden
    if has_seats:
        n_ridden = keep_seats(net, terms, work, pattern, n_on, n_ridden)
        if n_ridden >= 0:
            n_ridden = keep_last_seats(
                net, terms, query, work, pattern, rides, n_ridden, n_found, stamp
            )
    for i in range(n_on):
        row = work.on[i, ROW]
        if row >= 0:
            work.trip_head[row] = -1
        elif row <= GONE:
            work.trip_head[GONE - row] = -1
    work.first_pos[pattern] = -1
    return n_labels, n_ridden
