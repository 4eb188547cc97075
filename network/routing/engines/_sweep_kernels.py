"""Earliest arrivals, nodes settled in order of time and patterns ridden, on flat arrays.

Nodes wait in a queue with a place for each half minute. An alight node, when its turn comes,
walks on from its earliest arrival by vehicle; a board node then boards, in each pattern that
calls, the first trip that is not too late, and rides it to the end or to where an earlier trip
of the pattern came by before: trips of a pattern do not overtake. The work does not grow with
the number of trips, as that of a connection scan does, and ends with the last stop that can
be reached.

A node whose time falls waits once more, and where it waited before it is passed by. Within half a
minute the order is not that of time: a node whose time falls after its turn has another.

References
----------
Dial, "Algorithm 360: Shortest-path forest with topological ordering", Communications of the
ACM 12(11), 1969, doi:10.1145/363269.363610 (the queue). Meyer, Sanders, "Delta-stepping: a
parallelizable shortest path algorithm", Journal of Algorithms 49(1), 2003,
doi:10.1016/S0196-6774(03)00076-2 (places wider than a second). Delling, Pajor, Werneck,
"Round-Based Public Transit Routing", Transportation Science 49(3), 2015,
doi:10.1287/trsc.2014.0534, section 3.1 (riding patterns; here in order of time in place of
rounds).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.routing.engines._boarding_kernels import TIMES
from network.routing.engines._label_kernels import grown
from network.routing.engines._run_kernels import (
    CALL,
    FIRST_TRIP,
    PATTERN,
    POS,
    START_BITS,
    RunArrays,
)

UNREACHED_S = 2**30

SLOT_BITS = 5
"""Of the queue: nodes of 32 seconds wait together. Fewer places are empty, and few turns double."""
# Of ``entries``: the node that waits, and the entry after this one.
WAITING, FOLLOWING = 0, 1
# Of ``rides``: a trip, counted in its pattern, from a call on; nobody alights before a time.
RIDE_PATTERN, RIDE_TRIP, RIDE_POS, RIDE_NOT_BEFORE = 0, 1, 2, 3


class SweepArrays(NamedTuple):
    """A network as the kernel reads it; nothing is modified.

    Board nodes are numbered first, then alight nodes. ``board_call*``, ``slot_trip``,
    ``departures_s``, ``first_s`` and ``last_s`` are as in
    :class:`network.routing.engines.boardings.Boardings`.
    ``call_node`` is the alight node of each call, -1 where one may not alight. ``departures_s``
    are the departures with those of one call side by side, trips in order; ``arrival_s``
    has those of one trip side by side; both begin, for a pattern, at ``pattern_time_offset``.
    ``first_s`` is the first departure of all, ``last_s`` the last arrival.
    """

    board_call_offset: NDArray[np.int32]
    board_calls: NDArray[np.int32]
    slot_trip: NDArray[np.int32]
    transfer_offset: NDArray[np.int32]
    transfer_board: NDArray[np.int32]
    transfer_s: NDArray[np.int32]
    pattern_route: NDArray[np.int32]
    pattern_offset: NDArray[np.int32]
    call_node: NDArray[np.int32]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    departures_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    seat_offset: NDArray[np.int32]
    seat_next_pattern: NDArray[np.int32]
    seat_pair_offset: NDArray[np.int32]
    seat_trip: NDArray[np.int32]
    seat_next_trip: NDArray[np.int32]
    first_s: int
    last_s: int


class SweepWork(NamedTuple):
    """Labels and queue of one search; all are overwritten.

    By node: ``label_s`` and ``egress_s``, which is UNREACHED_S between searches. ``bucket`` is -1
    between searches; it has the first of the ``entries`` that wait in a slot of time: alight nodes
    at even places, board nodes at odd ones. ``boarded_s`` is when each board node had its turn,
    ``ridden`` the first trip ridden past each call, ``seat_pair`` the first pair of each group that
    was caught, ``gone_on`` the trips gone on to, ``rides`` those to be ridden.
    """

    label_s: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    bucket: NDArray[np.int32]
    entries: NDArray[np.int32]
    boarded_s: NDArray[np.int32]
    ridden: NDArray[np.int32]
    seat_pair: NDArray[np.int32]
    gone_on: NDArray[np.bool_]
    rides: NDArray[np.int32]


class SweepQuery(NamedTuple):
    """Where and when one can board, where a search may end, what must not be ridden.

    Nothing at ``bound_s`` or later counts. ``egress_node`` are alight nodes, numbered after the
    ``n_boards`` board nodes.
    """

    access_board: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_node: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    banned_route: NDArray[np.bool_]
    departure_s: int
    bound_s: int
    n_boards: int


@njit(cache=True, nogil=True)
def _put(
    bucket: NDArray[np.int32], entries: NDArray[np.int32], n: int, place: int, node: int
) -> int:
    """Have a node wait at a place of the queue; return how many entries were made."""
    entries[np.uint32(n), WAITING] = node
    entries[np.uint32(n), FOLLOWING] = bucket[np.uint32(place)]
    bucket[np.uint32(place)] = n
    return n + 1


@njit(cache=True, nogil=True)
def _start(
    net: SweepArrays, runs: RunArrays, query: SweepQuery, work: SweepWork
) -> tuple[int, int]:
    """Clear all, set access and egress; return how many nodes wait and their first slot."""
    work.label_s[:] = UNREACHED_S
    work.boarded_s[:] = UNREACHED_S
    work.seat_pair[:] = UNREACHED_S
    work.gone_on[:] = False
    work.ridden[:] = runs.past_trip
    n, first_slot = 0, len(work.bucket) // 2
    for i in range(len(query.access_board)):
        node = query.access_board[i]
        ready = query.departure_s + query.access_s[i]
        if ready < min(work.label_s[node], query.bound_s):
            work.label_s[node] = ready
            if ready <= net.last_s:
                slot = max(ready - net.first_s, 0) >> SLOT_BITS
                n = _put(work.bucket, work.entries, n, 2 * slot + 1, node)
                first_slot = min(first_slot, slot)
    for i in range(len(query.egress_node)):
        node = query.egress_node[i]
        work.egress_s[node] = min(work.egress_s[node], query.egress_s[i])
    return n, first_slot


@njit(cache=True, nogil=True)
def _last_arrival(net: SweepArrays, pattern: int, trip: int) -> int:
    """Return when a trip, counted in its pattern, is at its last stop."""
    n_pos = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]
    return int(net.arrival_s[net.pattern_time_offset[pattern] + (trip + 1) * n_pos - 1])


@njit(cache=True, nogil=True)
def _follow(
    net: SweepArrays, query: SweepQuery, work: SweepWork, group: int, pair: int, last: int, n: int
) -> int:
    """List the ride that a vehicle goes on to, unless listed before; return how many there are."""
    follower, pattern = net.seat_next_trip[pair], net.seat_next_pattern[group]
    if work.gone_on[follower] or query.banned_route[net.pattern_route[pattern]]:
        return n
    work.gone_on[follower] = True
    work.rides[n, RIDE_PATTERN] = pattern
    work.rides[n, RIDE_TRIP] = follower - net.pattern_trip_offset[pattern]
    work.rides[n, RIDE_POS] = 0
    work.rides[n, RIDE_NOT_BEFORE] = last
    return n + 1


@njit(cache=True, nogil=True)
def _leaves_last_call(net: SweepArrays, times: int, pattern: int, group: int, pair: int) -> int:
    """Return when the vehicle is gone from a trip's last call: as the one trip or the other."""
    leaves = net.departures_s[times + net.seat_trip[pair] - net.pattern_trip_offset[pattern]]
    following = net.seat_next_pattern[group]
    row = net.seat_next_trip[pair] - net.pattern_trip_offset[following]
    return int(min(leaves, net.departures_s[net.pattern_time_offset[following] + row]))


@njit(cache=True, nogil=True)
def _list_last_seats(
    net: SweepArrays, query: SweepQuery, work: SweepWork, pattern: int, times: int, ready: int
) -> int:
    """List the rides in seats taken at a last call, each past its first call; return how many.

    They hide none of those that start at that call: neither groups nor trips are marked.
    """
    n = 0
    for group in range(net.seat_offset[pattern], net.seat_offset[pattern + 1]):
        following = net.seat_next_pattern[group]
        if query.banned_route[net.pattern_route[following]]:
            continue
        low = net.seat_pair_offset[group]
        end = high = min(work.seat_pair[group], net.seat_pair_offset[group + 1])
        while low < high:
            middle = (low + high) // 2
            if _leaves_last_call(net, times, pattern, group, middle) >= ready:
                high = middle
            else:
                low = middle + 1
        if low < end and not work.gone_on[net.seat_next_trip[low]]:
            work.rides[n, RIDE_PATTERN] = following
            work.rides[n, RIDE_TRIP] = net.seat_next_trip[low] - net.pattern_trip_offset[following]
            work.rides[n, RIDE_POS] = 1
            work.rides[n, RIDE_NOT_BEFORE] = _last_arrival(
                net, pattern, net.seat_trip[low] - net.pattern_trip_offset[pattern]
            )
            n += 1
    return n


@njit(cache=True, nogil=True)
def _list_seats(
    net: SweepArrays,
    query: SweepQuery,
    work: SweepWork,
    pattern: int,
    pos: int,
    times: int,
    ready: int,
) -> int:
    """List the rides in seats kept from trips that can be caught at a call; return how many.

    Of each group of trips that go on, the first counts; and from trips gone on to, all further.
    """
    if pos == net.pattern_offset[pattern + 1] - net.pattern_offset[pattern] - 1:
        n = _list_last_seats(net, query, work, pattern, times, ready)
        return _list_further(net, query, work, n)
    first_trip = net.pattern_trip_offset[pattern]
    n = 0
    for group in range(net.seat_offset[pattern], net.seat_offset[pattern + 1]):
        low = net.seat_pair_offset[group]
        end = high = min(work.seat_pair[group], net.seat_pair_offset[group + 1])
        while low < high:
            middle = (low + high) // 2
            if net.departures_s[times + net.seat_trip[middle] - first_trip] >= ready:
                high = middle
            else:
                low = middle + 1
        if low < end:
            work.seat_pair[group] = low
            last = _last_arrival(net, pattern, net.seat_trip[low] - first_trip)
            n = _follow(net, query, work, group, low, last, n)
    return _list_further(net, query, work, n)


@njit(cache=True, nogil=True)
def _list_further(net: SweepArrays, query: SweepQuery, work: SweepWork, n: int) -> int:
    """List the rides that the vehicles of ``n`` rides go on to; return how many there are."""
    row = 0
    while row < n:
        here, trip = work.rides[row, RIDE_PATTERN], work.rides[row, RIDE_TRIP]
        last = max(work.rides[row, RIDE_NOT_BEFORE], _last_arrival(net, here, trip))
        row += 1
        for group in range(net.seat_offset[here], net.seat_offset[here + 1]):
            for pair in range(net.seat_pair_offset[group], net.seat_pair_offset[group + 1]):
                if net.seat_trip[pair] - net.pattern_trip_offset[here] == trip:
                    n = _follow(net, query, work, group, pair, last, n)
    return n


@njit(cache=True, nogil=True)
def _first_run(
    start_s: NDArray[np.int32],
    run: NDArray[np.uint32],
    run_departure_s: NDArray[np.int32],
    pos: np.uint32,
    low: np.uint32,
    high: np.uint32,
    ready: int,
) -> np.uint32:
    """Return the first trip in [low, high) that leaves a call at ``ready`` or later, or high."""
    while low < high:
        middle = np.uint32((low + high) >> np.uint32(1))
        if start_s[middle] + run_departure_s[np.uint32(run[middle] + pos)] >= ready:
            high = middle
        else:
            low = np.uint32(middle + np.uint32(1))
    return low


@njit(cache=True, nogil=True)
def run_sweep(net: SweepArrays, runs: RunArrays, query: SweepQuery, work: SweepWork) -> int:
    """Settle nodes until nothing earlier can come; return the bound (arrival at the target, s).

    ``work`` is overwritten: labels are exact up to the bound.
    """
    # Read once: a tuple handed on or read in a loop costs a count of references an array.
    label_s, boarded_s, bucket, entries = work.label_s, work.boarded_s, work.bucket, work.entries
    ridden, rides, egress_s = work.ridden, work.rides, work.egress_s
    board_call_offset, board_calls, rows = net.board_call_offset, net.board_calls, runs.rows
    transfer_offset, transfer_board = net.transfer_offset, net.transfer_board
    transfer_s, pattern_offset = net.transfer_s, net.pattern_offset
    pattern_route, banned_route = net.pattern_route, query.banned_route
    call_node, trip_offset, seat_offset = net.call_node, net.pattern_trip_offset, net.seat_offset
    has_seats, has_bans = len(net.seat_next_pattern) > 0, banned_route.any()
    start_s, run, row_wait_s = runs.start_s, runs.run, runs.row_wait_s
    run_arrival_s, run_departure_s = runs.run_arrival_s, runs.run_departure_s
    slot_trip, first_start_s = runs.slot_trip, runs.first_start_s
    last_slot = slot_trip.shape[0] - 1
    first_s, last_s, n_boards = net.first_s, net.last_s, query.n_boards
    bound, n_nodes = query.bound_s, len(label_s)
    n, place = _start(net, runs, query, work)
    n_waiting = n
    # Indices are made unsigned where they are used: others are looked at whether they are negative.
    while n_waiting > 0:
        entry = bucket[np.uint32(place)]
        if entry < 0:
            place += -1 if place & 1 and bucket[np.uint32(place - 1)] >= 0 else 1
            continue
        node = entries[np.uint32(entry), WAITING]
        bucket[np.uint32(place)] = entries[np.uint32(entry), FOLLOWING]
        n_waiting -= 1
        now = label_s[np.uint32(node)]
        if max(now - first_s, 0) >> SLOT_BITS != place >> 1 or now >= bound:
            continue  # it had its turn, or will have none
        if node >= n_boards:
            origin = np.uint32(node - n_boards)
            start = np.uint32(transfer_offset[origin])
            end = np.uint32(transfer_offset[origin + np.uint32(1)])
            if n + n_nodes > len(entries):
                entries = grown(entries, n + n_nodes)
            for j in range(start, end):
                ready = now + transfer_s[j]
                if ready >= bound:
                    break  # sorted by duration
                board = np.uint32(transfer_board[j])
                if ready < label_s[board]:
                    label_s[board] = ready
                    if ready <= last_s:  # else too late for any ride
                        slot = max(ready - first_s, 0) >> SLOT_BITS
                        n = _put(bucket, entries, n, 2 * slot + 1, transfer_board[j])
                        n_waiting += 1
            continue
        if boarded_s[np.uint32(node)] == now:
            continue
        boarded_s[np.uint32(node)] = now
        start = np.uint32(board_call_offset[np.uint32(node)])
        for i in range(start, np.uint32(board_call_offset[np.uint32(node + 1)])):
            pattern = rows[i, PATTERN]
            if has_bans and banned_route[pattern_route[pattern]]:
                continue
            pos, n_rides = rows[i, POS], 0
            if has_seats and seat_offset[pattern + 1] > seat_offset[pattern]:
                times = board_calls[i, TIMES]
                n_rides = _list_seats(net, query, work, pattern, pos, times, now)
            end, first = np.uint32(ridden[rows[i, CALL]]), rows[i, FIRST_TRIP]
            if end > first:
                before = np.uint32(end - np.uint32(1))
                if start_s[before] + run_departure_s[np.uint32(run[before] + pos)] >= now:
                    # It can be caught, if not an earlier one.
                    slot = max(now - row_wait_s[i, 1] - first_start_s, 0) >> START_BITS
                    low = slot_trip[np.uint32(min(slot, last_slot)), pattern]
                    slot = (max(now - row_wait_s[i, 0] - first_start_s, 0) >> START_BITS) + 1
                    high = min(before, slot_trip[np.uint32(min(slot, last_slot)), pattern])
                    low = _first_run(start_s, run, run_departure_s, pos, low, high, now)
                    rides[n_rides, RIDE_PATTERN] = pattern
                    rides[n_rides, RIDE_TRIP] = low - first
                    rides[n_rides, RIDE_POS] = pos + 1
                    rides[n_rides, RIDE_NOT_BEFORE] = -UNREACHED_S
                    n_rides += 1
            for k in range(n_rides):
                pattern = np.uint32(rides[k, RIDE_PATTERN])
                trip = np.uint32(trip_offset[pattern] + rides[k, RIDE_TRIP])
                not_before = rides[k, RIDE_NOT_BEFORE]
                first = np.uint32(pattern_offset[pattern])
                last = np.uint32(pattern_offset[pattern + np.uint32(1)])
                start = np.uint32(first + rides[k, RIDE_POS])
                begin, at = start_s[trip], np.uint32(run[trip] + rides[k, RIDE_POS])
                if n + n_nodes > len(entries):
                    entries = grown(entries, n + n_nodes)
                # A vehicle too late for its own timetable must not hide the trips after it.
                is_late = not_before > begin + run_arrival_s[at]
                for here in range(start, last):
                    after_s = run_arrival_s[np.uint32(at + (here - start))]
                    arrival = max(int(begin + after_s), not_before)
                    if np.uint32(ridden[here]) <= trip or arrival >= bound:
                        break
                    if not is_late:
                        ridden[here] = trip
                    if call_node[here] < 0:
                        continue
                    alight = np.uint32(call_node[here])
                    if arrival < label_s[alight]:
                        label_s[alight] = arrival
                        to = 2 * (max(arrival - first_s, 0) >> SLOT_BITS)
                        n = _put(bucket, entries, n, to, call_node[here])
                        n_waiting += 1
                        if egress_s[alight] < UNREACHED_S:  # times may be negative
                            bound = min(bound, arrival + egress_s[alight])
    for k in range(len(query.egress_node)):
        egress_s[query.egress_node[k]] = UNREACHED_S
    return bound
