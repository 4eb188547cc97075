"""Round-based search with bags of labels: arrival, rides and up to two costs, on flat arrays.

Costs are int64. A label's cost is kept as ``x = cost - wait * time``, for who comes earlier
to a stop can wait there and pay for it: one label is as good as another at a node where its
time is no later and no ``x`` is greater. At the destination nobody waits, and costs compare as
they are. Before the first ride nobody waits either: one leaves the origin in time for it.

References
----------
Delling, Pajor, Werneck, "Round-Based Public Transit Routing", Transportation Science
49(3), 2015, doi:10.1287/trsc.2014.0534, section 4.3 (McRAPTOR). Delling, Dibbelt, Pajor, "Fast
and Exact Public Transit Routing with Restricted Pareto Sets", ALENEX 2019,
doi:10.1137/1.9781611975499.5: labels that cannot be in time at the destination are cut by a
search backwards. Here costs may differ from trip to trip of a pattern, and then every trip in
time is ridden; waiting may cost; and kept seats take part in the round of their boarding.
"""

from numba import njit

from network.routing.criteria._bag_kernels import (
    FULL_BOARDS,
    FULL_FOUND,
    NODE,
    PARENT,
    ROUND,
    TIME,
    CostQuery,
    CostTerms,
    CostWork,
    GraphArrays,
    enter,
    is_useless,
    round_up,
)
from network.routing.criteria._criteria_ride_kernels import scan_pattern
from network.routing.criteria._seat_cost_kernels import ride_on


@njit(cache=True, nogil=True)
def _reach(
    terms: CostTerms, query: CostQuery, work: CostWork, first: int, n_labels: int, rides: int,
    n_found: int,
) -> int:  # fmt: skip
    """Go from this round's labels to the destination; return how many ways there are found."""
    label, label_x, found, found_c = work.label, work.label_x, work.found, work.found_c
    for i in range(first, n_labels):
        egress = query.egress_s[label[i, NODE]]
        if label[i, ROUND] != rides or egress < 0:
            continue
        time = label[i, TIME]
        arrival = time + egress
        if arrival > query.latest_arrival:
            continue
        c0 = label_x[i, 0] + terms.wait[0] * time + terms.walk[0] * egress
        c1 = label_x[i, 1] + terms.wait[1] * time + terms.walk[1] * egress
        if is_useless(query, work, n_found, rides, arrival, c0, c1):
            continue
        stepped = round_up(arrival, query.step)
        s0, s1 = round_up(c0, query.cost_step[0]), round_up(c1, query.cost_step[1])
        kept = 0
        for j in range(n_found):
            is_worse = stepped <= found[j, 0] and s0 <= found_c[j, 0] and s1 <= found_c[j, 1]
            if found[j, 1] == rides and is_worse:
                continue
            found[kept] = found[j]
            found_c[kept] = found_c[j]
            work.found_x[kept] = work.found_x[j]
            kept += 1
        if kept == len(found):
            return FULL_FOUND
        found[kept, 0] = stepped
        found[kept, 1] = rides
        found[kept, 2] = i
        found[kept, 3] = egress
        found[kept, 4] = arrival
        found_c[kept, 0], found_c[kept, 1] = s0, s1
        work.found_x[kept, 0], work.found_x[kept, 1] = c0, c1
        n_found = kept + 1
    return n_found


@njit(cache=True, nogil=True)
def _transfer(
    net: GraphArrays, terms: CostTerms, query: CostQuery, work: CostWork, first: int,
    n_labels: int, rides: int, n_boards: int, n_found: int, stamp: int,
) -> tuple[int, int]:  # fmt: skip
    """Change from this round's labels; return the counts of board labels and marked nodes."""
    label, label_x, board, board_x = work.label, work.label_x, work.board, work.board_x
    wait_0, wait_1 = terms.wait[0], terms.wait[1]
    n_marked = 0
    for i in range(first, n_labels):
        if label[i, ROUND] != rides:
            continue
        origin, time = label[i, NODE], label[i, TIME]
        for j in range(net.transfer_offset[origin], net.transfer_offset[origin + 1]):
            node, seconds = net.transfer_board[j], net.transfer_s[j]
            ready = time + seconds
            if ready > query.late_board[query.max_rides - rides, node]:
                continue
            x0, x1 = label_x[i, 0], label_x[i, 1]
            if net.alight_stop[origin] != net.board_stop[node]:
                x0 += (terms.walk[0] - wait_0) * seconds
                x1 += (terms.walk[1] - wait_1) * seconds
            c0 = x0 + wait_0 * ready + terms.change[0]
            c1 = x1 + wait_1 * ready + terms.change[1]
            if is_useless(query, work, n_found, rides + 1, ready, c0, c1):
                continue
            if n_boards == len(board):
                return FULL_BOARDS, n_marked
            if enter(work.board_head, board, board_x, node, n_boards, rides, ready, x0, x1):
                board[n_boards, PARENT] = i
                n_boards += 1
                if work.boardable[node] != -stamp:
                    work.boardable[node] = -stamp
                    work.marked[n_marked] = node
                    n_marked += 1
    return n_boards, n_marked


@njit(cache=True, nogil=True)
def _start(terms: CostTerms, query: CostQuery, work: CostWork, stamp: int) -> tuple[int, int]:
    """Enter the labels of no ride; return the counts of board labels and marked nodes."""
    n_boards, n_marked = 0, 0
    for i in range(len(query.access_board)):
        node, seconds = query.access_board[i], query.access_s[i]
        ready = query.departure + seconds
        if ready > query.late_board[query.max_rides, node]:
            continue
        x0 = terms.walk[0] * seconds - terms.wait[0] * ready
        x1 = terms.walk[1] * seconds - terms.wait[1] * ready
        if n_boards == len(work.board):
            return FULL_BOARDS, n_marked
        if enter(work.board_head, work.board, work.board_x, node, n_boards, 0, ready, x0, x1):
            work.board[n_boards, PARENT] = -1
            work.board[n_boards, NODE] = seconds
            n_boards += 1
            if work.boardable[node] != -stamp:
                work.boardable[node] = -stamp
                work.marked[n_marked] = node
                n_marked += 1
    return n_boards, n_marked


@njit(cache=True, nogil=True)
def _queue(net: GraphArrays, work: CostWork, n_marked: int, stamp: int) -> int:
    """List the patterns to scan, each from its first boardable call; return how many."""
    n_queued = 0
    for i in range(n_marked):
        node = work.marked[i]
        work.boardable[node] = stamp
        for j in range(net.board_pattern_offset[node], net.board_pattern_offset[node + 1]):
            pattern, pos = net.board_pattern[j], net.board_pattern_pos[j]
            if work.first_pos[pattern] < 0:
                work.queue[n_queued] = pattern
                n_queued += 1
                work.first_pos[pattern] = pos
            elif pos < work.first_pos[pattern]:
                work.first_pos[pattern] = pos
    return n_queued


@njit(cache=True, nogil=True)
def run_criteria(
    net: GraphArrays, terms: CostTerms, query: CostQuery, work: CostWork
) -> tuple[int, int, int]:
    """Search one departure; return how many ways are found, and how many labels were made.

    Ways found stand in ``work.found`` and ``work.found_c``, labels in ``work.label`` and
    ``work.board``. A negative first number is one of the FULL words: that list was too short.
    """
    work.head[:] = -1
    work.board_head[:] = -1
    work.boardable[:] = 0
    work.first_pos[:] = -1
    work.trip_head[:] = -1
    n_found, n_labels, n_ridden, stamp = 0, 0, 0, 1
    if len(query.walk):
        work.found[0, 0] = round_up(query.walk[0], query.step)
        work.found[0, 1] = 0
        work.found[0, 2] = -1
        work.found[0, 3] = 0
        work.found[0, 4] = query.walk[0]
        for c in range(2):
            work.found_c[0, c] = round_up(query.walk[2 + c], query.cost_step[c])
            work.found_x[0, c] = query.walk[2 + c]
        n_found = 1
    n_boards, n_marked = _start(terms, query, work, stamp)
    for rides in range(1, query.max_rides + 1):
        if n_boards < 0:
            return n_boards, n_labels, 0
        if n_marked == 0:
            break
        stamp += 1
        n_queued = _queue(net, work, n_marked, stamp)
        first_label, first_ridden = n_labels, n_ridden
        for i in range(n_queued):
            n_labels, n_ridden = scan_pattern(
                net, terms, query, work, work.queue[i], rides, n_labels, n_ridden, n_found, stamp
            )
            if min(n_labels, n_ridden) < 0:
                return min(n_labels, n_ridden), 0, 0
        n_labels, n_ridden = ride_on(
            net, terms, query, work, first_ridden, n_ridden, rides, n_labels, n_found
        )
        if min(n_labels, n_ridden) < 0:
            return min(n_labels, n_ridden), 0, 0
        n_found = _reach(terms, query, work, first_label, n_labels, rides, n_found)
        if n_found < 0:
            return n_found, 0, 0
        if rides < query.max_rides:
            n_boards, n_marked = _transfer(
                net, terms, query, work, first_label, n_labels, rides, n_boards, n_found, stamp
            )
    return n_found, n_labels, n_boards
