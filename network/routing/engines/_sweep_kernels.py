"""Earliest arrivals in order of time: every node settled once, every pattern ridden on flat arrays.

Nodes wait in a queue with a bucket for each second. An alight node, when its second comes,
has its earliest arrival by vehicle and walks on; a board node then boards, in each pattern that
calls, the first trip that is not too late, and rides it to the end or to where an earlier trip
of the pattern came by before: trips of a pattern do not overtake. The work does not grow with
the number of trips, as that of a connection scan does, and ends with the last stop that can
be reached.

References
----------
Dial, "Algorithm 360: Shortest-path forest with topological ordering", Communications of the
ACM 12(11), 1969, doi:10.1145/363269.363610 (the queue). Delling, Pajor, Werneck, "Round-Based
Public Transit Routing", Transportation Science 49(3), 2015, doi:10.1287/trsc.2014.0534,
section 3.1 (riding patterns; here in order of time in place of rounds).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.routing.engines._boarding_kernels import CALL, N_TRIPS, PATTERN, POS, TIMES, first_trip

UNREACHED_S = 2**30

# Of ``nodes``: the neighbours in the node's bucket.
PREVIOUS, FOLLOWING = 0, 1
# Of ``rides``: a trip, counted in its pattern, from a call on; nobody alights before a time.
RIDE_PATTERN, RIDE_TRIP, RIDE_POS, RIDE_NOT_BEFORE = 0, 1, 2, 3


class SweepArrays(NamedTuple):
    """A network as the kernel reads it; nothing is modified.

    Board nodes are numbered first, then alight nodes. ``board_call*``, ``slot_trip``,
    ``departures_s``, ``first_s`` and ``last_s`` are as in
    :class:`network.routing.engines.boardings.Boardings`.
    ``call_node`` is the alight node of each call, -1 where one may not alight. ``departures_s``
    are the departures with those of one call side by side, trips in order; ``arrival_s`` and
    ``departure_s`` have those of one trip side by side; all begin, for a pattern, at
    ``pattern_time_offset``.
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
    departure_s: NDArray[np.int32]
    seat_offset: NDArray[np.int32]
    seat_next_pattern: NDArray[np.int32]
    seat_pair_offset: NDArray[np.int32]
    seat_trip: NDArray[np.int32]
    seat_next_trip: NDArray[np.int32]
    first_s: int
    last_s: int


class SweepWork(NamedTuple):
    """Labels and queue of one search; all are overwritten.

    ``label_s`` is by node; ``nodes`` has its neighbours in a bucket, int32, shape (n, 2).
    ``bucket`` is -1 between searches and ``egress_s``, by node, UNREACHED_S. ``ridden`` is the
    first trip ridden past each call, counted in its pattern, ``missed_s`` the departure of the
    trip before that one, ``seat_pair`` the first pair of
    each group that was caught, ``gone_on`` the trips gone on to, ``rides`` those to be ridden.
    """

    label_s: NDArray[np.int32]
    nodes: NDArray[np.int32]
    bucket: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    ridden: NDArray[np.int32]
    missed_s: NDArray[np.int32]
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
def _move(
    nodes: NDArray[np.int32],
    bucket: NDArray[np.int32],
    first_s: int,
    last_s: int,
    node: int,
    old: int,
    seconds: int,
) -> int:
    """Move a node to the bucket of its new label; return how many more nodes wait now.

    Too late for any ride, it need not wait; all times before the first departure are alike.
    """
    more = 0
    if old <= last_s:
        more -= 1
        before, after = nodes[node, PREVIOUS], nodes[node, FOLLOWING]
        if before >= 0:
            nodes[before, FOLLOWING] = after
        else:
            bucket[max(old - first_s, 0)] = after
        if after >= 0:
            nodes[after, PREVIOUS] = before
    if seconds <= last_s:
        more += 1
        place = max(seconds - first_s, 0)
        after = bucket[place]
        bucket[place] = node
        nodes[node, PREVIOUS] = -1
        nodes[node, FOLLOWING] = after
        if after >= 0:
            nodes[after, PREVIOUS] = node
    return more


@njit(cache=True, nogil=True)
def _start(net: SweepArrays, query: SweepQuery, work: SweepWork) -> tuple[int, int]:
    """Clear all, set access and egress; return how many nodes wait and their first bucket."""
    work.label_s[:] = UNREACHED_S
    work.seat_pair[:] = UNREACHED_S
    work.gone_on[:] = False
    work.ridden[:] = UNREACHED_S
    work.missed_s[:] = UNREACHED_S
    n_waiting, place = 0, len(work.bucket)
    for i in range(len(query.access_board)):
        node = query.access_board[i]
        ready = query.departure_s + query.access_s[i]
        old = work.label_s[node]
        if ready < min(old, query.bound_s):
            work.label_s[node] = ready
            n_waiting += _move(work.nodes, work.bucket, net.first_s, net.last_s, node, old, ready)
            place = min(place, max(ready - net.first_s, 0))
    for i in range(len(query.egress_node)):
        node = query.egress_node[i]
        work.egress_s[node] = min(work.egress_s[node], query.egress_s[i])
    return n_waiting, place


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
def run_sweep(net: SweepArrays, query: SweepQuery, work: SweepWork) -> int:
    """Settle nodes until nothing earlier can come; return the bound (arrival at the target, s).

    ``work`` is overwritten: labels are exact up to the bound.
    """
    # Read once: a tuple handed on or read in a loop costs a count of references an array.
    label_s, nodes, bucket, ridden, rides = (
        work.label_s,
        work.nodes,
        work.bucket,
        work.ridden,
        work.rides,
    )
    board_calls, board_call_offset = net.board_calls, net.board_call_offset
    transfer_offset, transfer_board = net.transfer_offset, net.transfer_board
    transfer_s, departures_s, arrival_s = net.transfer_s, net.departures_s, net.arrival_s
    pattern_offset, time_offset = net.pattern_offset, net.pattern_time_offset
    pattern_route, banned_route = net.pattern_route, query.banned_route
    departure_s, missed_s = net.departure_s, work.missed_s
    call_node, egress_s, seat_offset = net.call_node, work.egress_s, net.seat_offset
    slot_trip = net.slot_trip
    first_s, last_s, n_boards = net.first_s, net.last_s, query.n_boards
    bound = query.bound_s
    n_waiting, place = _start(net, query, work)
    while n_waiting > 0:
        node = bucket[place]
        if node < 0:
            place += 1
            continue
        bucket[place] = nodes[node, FOLLOWING]
        if bucket[place] >= 0:
            nodes[bucket[place], PREVIOUS] = -1
        n_waiting -= 1
        now = label_s[node]
        if now >= bound:
            continue  # the queue is emptied all the same
        if node >= n_boards:
            origin = node - n_boards
            for j in range(transfer_offset[origin], transfer_offset[origin + 1]):
                ready = now + transfer_s[j]
                if ready >= bound:
                    break  # sorted by duration
                board = transfer_board[j]
                old = label_s[board]
                if ready < old:
                    label_s[board] = ready
                    n_waiting += _move(nodes, bucket, first_s, last_s, board, old, ready)
            continue
        for i in range(board_call_offset[node], board_call_offset[node + 1]):
            call, pattern = board_calls[i, CALL], board_calls[i, PATTERN]
            if banned_route[pattern_route[pattern]]:
                continue
            times = board_calls[i, TIMES]
            n_rides = 0
            if seat_offset[pattern + 1] > seat_offset[pattern]:
                n_rides = _list_seats(net, query, work, pattern, board_calls[i, POS], times, now)
            if missed_s[call] >= now:  # else no earlier trip than one ridden can be caught
                end = min(ridden[call], board_calls[i, N_TRIPS])
                found = first_trip(departures_s, slot_trip, i, first_s, times, end, now)
                if found < end:
                    rides[n_rides, RIDE_PATTERN] = pattern
                    rides[n_rides, RIDE_TRIP] = found
                    rides[n_rides, RIDE_POS] = board_calls[i, POS] + 1
                    rides[n_rides, RIDE_NOT_BEFORE] = -UNREACHED_S
                    n_rides += 1
            for k in range(n_rides):
                pattern, trip = rides[k, RIDE_PATTERN], rides[k, RIDE_TRIP]
                not_before = rides[k, RIDE_NOT_BEFORE]
                first, last_call = pattern_offset[pattern], pattern_offset[pattern + 1]
                at = time_offset[pattern] + trip * (last_call - first) - first
                before = at - (last_call - first)
                start = first + rides[k, RIDE_POS]
                # A vehicle too late for its own timetable must not hide the trips after it.
                is_late = not_before > arrival_s[at + start]
                for here in range(start, last_call):
                    arrival = max(arrival_s[at + here], not_before)
                    if ridden[here] <= trip or arrival >= bound:
                        break
                    if not is_late:
                        ridden[here] = trip
                        missed_s[here] = departure_s[before + here] if trip else -UNREACHED_S
                    alight = call_node[here]
                    if alight < 0:
                        continue
                    old = label_s[alight]
                    if arrival < old:
                        label_s[alight] = arrival
                        n_waiting += _move(nodes, bucket, first_s, last_s, alight, old, arrival)
                        if egress_s[alight] < UNREACHED_S:  # times may be negative
                            bound = min(bound, arrival + egress_s[alight])
    for k in range(len(query.egress_node)):
        egress_s[query.egress_node[k]] = UNREACHED_S
    return bound
