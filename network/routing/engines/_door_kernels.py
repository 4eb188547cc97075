"""Earliest arrival at one end, settling first the nodes from which the end looks nearest.

As :mod:`network.routing.engines._sweep_kernels`, with nodes in order of their time plus a lower
bound of what is left (A*). The bound is a shortest distance without timetable, so it is consistent:
the first time a node's turn comes, its label is final, and the search ends when no node
waits that could still be in time. Only what was touched is cleared after it.

References
----------
Hart, Nilsson, Raphael, "A Formal Basis for the Heuristic Determination of Minimum Cost
Paths", IEEE Transactions on Systems Science and Cybernetics 4(2), 1968,
doi:10.1109/TSSC.1968.300136.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.routing.engines._boarding_kernels import CALL, N_TRIPS, PATTERN, POS, TIMES, first_trip
from network.routing.engines._bound_kernels import TOO_FAR_S, merge_bounds
from network.routing.engines._sweep_kernels import (
    RIDE_NOT_BEFORE,
    RIDE_PATTERN,
    RIDE_POS,
    RIDE_TRIP,
    UNREACHED_S,
    SweepArrays,
    SweepQuery,
    SweepWork,
    _list_seats,
)

# Of ``nodes``: the neighbours in the node's bucket.
PREVIOUS, FOLLOWING = 0, 1
NOT_FITTING, NOT_FILLED, NO_ROOM = UNREACHED_S + 1, UNREACHED_S + 2, UNREACHED_S + 3
"""In place of an arrival: stops or walks that there are not, bounds or a queue to be made."""
OUT = -2
"""In place of a neighbour: the node's turn has come."""


class DoorStops(NamedTuple):
    """What leads from stops to nodes and bounds; nothing is modified but ``least_s``.

    Nodes by stop are as in :class:`network.routing.engines.compiled.RoutingGraph`;
    ``group_of_stop``, ``rows`` and ``is_filled`` as in
    :class:`network.routing.engines.bounds.RemainingBounds`. ``least_s``, by group, is
    UNREACHED_S between searches.
    """

    board_offset: NDArray[np.int32]
    board: NDArray[np.int32]
    alight_offset: NDArray[np.int32]
    alight: NDArray[np.int32]
    group_of_stop: NDArray[np.int32]
    rows: NDArray[np.uint16]
    is_filled: NDArray[np.bool_]
    least_s: NDArray[np.int32]


class DoorWork(NamedTuple):
    """What a search towards an end works in; between searches all is as at the start.

    ``sweep`` are labels, queue, rides and seats; ``nodes`` has the neighbours of each node in its
    bucket, int32, shape (n_nodes, 2); ``left_s``, by node, what is left at least to
    the end; ``touched`` and ``ridden_calls`` list what is to be cleared.
    The queue has a bucket for each second of time plus what is left, from the first such on.
    """

    sweep: SweepWork
    nodes: NDArray[np.int32]
    left_s: NDArray[np.int32]
    touched: NDArray[np.int32]
    ridden_calls: NDArray[np.int32]


@njit(cache=True, nogil=True)
def _put(nodes: NDArray[np.int32], bucket: NDArray[np.int32], node: int, old: int, new: int) -> int:
    """Put a node into a bucket, out of its old one where it waits; return how many more wait."""
    more = 1
    if old >= 0 and nodes[node, PREVIOUS] != OUT:
        more = 0
        before, after = nodes[node, PREVIOUS], nodes[node, FOLLOWING]
        if before >= 0:
            nodes[before, FOLLOWING] = after
        else:
            bucket[old] = after
        if after >= 0:
            nodes[after, PREVIOUS] = before
    after = bucket[new]
    bucket[new] = node
    nodes[node, PREVIOUS] = -1
    nodes[node, FOLLOWING] = after
    if after >= 0:
        nodes[after, PREVIOUS] = node
    return more


@njit(cache=True, nogil=True)
def _longest_walk(n_stops: int, stop: NDArray[np.int32], seconds: NDArray[np.int32]) -> int:
    """Return the longest walk at one end, or NOT_FITTING."""
    if len(stop) != len(seconds):
        return NOT_FITTING
    longest = 0
    for i in range(len(stop)):
        if not (0 <= stop[i] < n_stops and 0 <= seconds[i] < UNREACHED_S):
            return NOT_FITTING
        longest = max(longest, seconds[i])
    return longest


@njit(cache=True, nogil=True)
def _bound_left(
    stops: DoorStops,
    egress_stop: NDArray[np.int32],
    egress_s: NDArray[np.int32],
    left_s: NDArray[np.int32],
) -> None:
    """Write what is left at least from every node to an end near some stops."""
    least_s, n_groups = stops.least_s, 0
    groups = np.empty(len(egress_stop), dtype=np.int32)
    for i in range(len(egress_stop)):
        group = stops.group_of_stop[egress_stop[i]]
        if least_s[group] == UNREACHED_S:
            groups[n_groups] = group
            n_groups += 1
        least_s[group] = min(least_s[group], egress_s[i])
    more = np.empty(n_groups, dtype=np.int32)
    for k in range(n_groups):
        more[k] = least_s[groups[k]]
        least_s[groups[k]] = UNREACHED_S
    merge_bounds(stops.rows, groups[:n_groups], more, left_s)


@njit(cache=True, nogil=True)
def run_door(
    net: SweepArrays,
    stops: DoorStops,
    work: DoorWork,
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    egress_stop: NDArray[np.int32],
    egress_s: NDArray[np.int32],
    banned_route: NDArray[np.bool_],
    departure: int,
    bound: int,
) -> int:
    """Return the earliest arrival at the end before ``bound``, else UNREACHED_S.

    Beyond that, NOT_FITTING, NOT_FILLED or NO_ROOM where the question cannot be asked so: the
    queue needs a bucket for every second of the timetable and of the longest walks.
    """
    longest_s = _longest_walk(len(stops.group_of_stop), access_stop, access_s)
    last_walk_s = _longest_walk(len(stops.group_of_stop), egress_stop, egress_s)
    if longest_s > UNREACHED_S or last_walk_s > UNREACHED_S:
        return NOT_FITTING
    for i in range(len(egress_stop)):
        if not stops.is_filled[stops.group_of_stop[egress_stop[i]]]:
            return NOT_FILLED
    # Before the first departure of all there is nothing to do but wait.
    base = max(departure, net.first_s - longest_s)
    bound = min(bound, net.last_s + last_walk_s + 1)
    if len(access_stop) == 0 or len(egress_stop) == 0 or bound <= base:
        return UNREACHED_S
    if bound - base > len(work.sweep.bucket):
        return NO_ROOM
    too_late = bound
    _bound_left(stops, egress_stop, egress_s, work.left_s)
    query = SweepQuery(
        access_stop, access_s, egress_stop, egress_s, banned_route, base, bound, len(stops.board)
    )
    # Read once: a tuple handed on or read in a loop costs a count of references an array.
    label_s, nodes, bucket = work.sweep.label_s, work.nodes, work.sweep.bucket
    ridden, rides = work.sweep.ridden, work.sweep.rides
    end_s, left_s = work.sweep.egress_s, work.left_s
    touched, ridden_calls = work.touched, work.ridden_calls
    board_calls, board_call_offset = net.board_calls, net.board_call_offset
    transfer_offset, transfer_board = net.transfer_offset, net.transfer_board
    transfer_s, departures_s, arrival_s = net.transfer_s, net.departures_s, net.arrival_s
    pattern_offset, time_offset = net.pattern_offset, net.pattern_time_offset
    pattern_route = net.pattern_route
    call_node, seat_offset = net.call_node, net.seat_offset
    n_boards = len(stops.board)
    slot_trip, first_s = net.slot_trip, net.first_s
    n_touched, n_calls, n_waiting, place = 0, 0, 0, len(bucket)
    work.sweep.seat_pair[:] = UNREACHED_S
    work.sweep.gone_on[:] = False
    for i in range(len(egress_stop)):
        for j in range(
            stops.alight_offset[egress_stop[i]], stops.alight_offset[egress_stop[i] + 1]
        ):
            node = n_boards + stops.alight[j]
            end_s[node] = min(end_s[node], egress_s[i])
    for i in range(len(access_stop)):
        for j in range(stops.board_offset[access_stop[i]], stops.board_offset[access_stop[i] + 1]):
            node = stops.board[j]
            now, old = base + access_s[i], label_s[node]
            left = left_s[node]
            if left >= TOO_FAR_S or now + left >= bound or now >= old:
                continue
            slot = now + left - base
            old_slot = -1
            if old == UNREACHED_S:
                touched[n_touched] = node
                n_touched += 1
            else:
                old_slot = old + left - base
            n_waiting += _put(nodes, bucket, node, old_slot, slot)
            label_s[node] = now
            place = min(place, slot)
    while n_waiting > 0 and place < bound - base:
        node = bucket[place]
        if node < 0:
            place += 1
            continue
        after = nodes[node, FOLLOWING]
        bucket[place] = after
        if after >= 0:
            nodes[after, PREVIOUS] = -1
        nodes[node, PREVIOUS] = OUT
        n_waiting -= 1
        now = label_s[node]
        if node >= n_boards:
            origin = node - n_boards
            for j in range(transfer_offset[origin], transfer_offset[origin + 1]):
                ready = now + transfer_s[j]
                if ready >= bound:
                    break  # sorted by duration
                board = transfer_board[j]
                old = label_s[board]
                left = left_s[board]
                if ready < old and left < TOO_FAR_S and ready + left < bound:
                    label_s[board] = ready
                    slot = ready + left - base
                    place = min(place, slot)
                    old_slot = -1
                    if old == UNREACHED_S:
                        touched[n_touched] = board
                        n_touched += 1
                    else:
                        old_slot = old + left - base
                    n_waiting += _put(nodes, bucket, board, old_slot, slot)
            continue
        for i in range(board_call_offset[node], board_call_offset[node + 1]):
            call, pattern = board_calls[i, CALL], board_calls[i, PATTERN]
            if banned_route[pattern_route[pattern]]:
                continue
            times = board_calls[i, TIMES]
            n_rides = 0
            if seat_offset[pattern + 1] > seat_offset[pattern]:
                n_rides = _list_seats(
                    net, query, work.sweep, pattern, board_calls[i, POS], times, now
                )
            end = min(ridden[call], board_calls[i, N_TRIPS])
            if end > 0 and departures_s[times + end - 1] >= now:  # else all trips are missed
                rides[n_rides, RIDE_PATTERN] = pattern
                rides[n_rides, RIDE_TRIP] = first_trip(
                    departures_s, slot_trip, i, first_s, times, end, now
                )
                rides[n_rides, RIDE_POS] = board_calls[i, POS] + 1
                rides[n_rides, RIDE_NOT_BEFORE] = -UNREACHED_S
                n_rides += 1
            for k in range(n_rides):
                pattern, trip = rides[k, RIDE_PATTERN], rides[k, RIDE_TRIP]
                not_before = rides[k, RIDE_NOT_BEFORE]
                first, last_call = pattern_offset[pattern], pattern_offset[pattern + 1]
                at = time_offset[pattern] + trip * (last_call - first) - first
                start = first + rides[k, RIDE_POS]
                # A vehicle too late for its own timetable must not hide the trips after it.
                is_late = not_before > arrival_s[at + start]
                for here in range(start, last_call):
                    arrival = max(arrival_s[at + here], not_before)
                    if ridden[here] <= trip or arrival >= bound:
                        break
                    if not is_late:
                        if ridden[here] == UNREACHED_S:
                            ridden_calls[n_calls] = here
                            n_calls += 1
                        ridden[here] = trip
                    alight = call_node[here]
                    if alight < 0:
                        continue
                    old = label_s[alight]
                    left = left_s[alight]
                    if arrival < old and left < TOO_FAR_S and arrival + left < bound:
                        label_s[alight] = arrival
                        slot = arrival + left - base
                        place = min(place, slot)
                        old_slot = -1
                        if old == UNREACHED_S:
                            touched[n_touched] = alight
                            n_touched += 1
                        else:
                            old_slot = old + left - base
                        n_waiting += _put(nodes, bucket, alight, old_slot, slot)
                        if end_s[alight] < UNREACHED_S:  # times may be negative
                            bound = min(bound, arrival + end_s[alight])
    for i in range(n_touched):
        node = touched[i]
        bucket[label_s[node] + left_s[node] - base] = -1
        label_s[node] = UNREACHED_S
    for i in range(n_calls):
        ridden[ridden_calls[i]] = UNREACHED_S
    for i in range(len(egress_stop)):
        for j in range(
            stops.alight_offset[egress_stop[i]], stops.alight_offset[egress_stop[i] + 1]
        ):
            end_s[n_boards + stops.alight[j]] = UNREACHED_S
    return bound if bound < too_late else UNREACHED_S


@njit(cache=True, nogil=True)
def run_doors(
    net: SweepArrays,
    stops: DoorStops,
    work: DoorWork,
    access_offset: NDArray[np.int32],
    access_stop: NDArray[np.int32],
    access_s: NDArray[np.int32],
    egress_offset: NDArray[np.int32],
    egress_stop: NDArray[np.int32],
    egress_s: NDArray[np.int32],
    banned_route: NDArray[np.bool_],
    departures_s: NDArray[np.int32],
    bounds_s: NDArray[np.int32],
    first: int,
    last: int,
    arrivals_s: NDArray[np.int32],
) -> int:
    """Write the earliest arrivals of the queries from ``first`` on; return where it stopped.

    That is ``last``, or the first query that cannot be asked so, its reason in its place.
    """
    for i in range(first, last):
        start, stop = access_offset[i], access_offset[i + 1]
        begin, end = egress_offset[i], egress_offset[i + 1]
        arrivals_s[i] = run_door(
            net, stops, work, access_stop[start:stop], access_s[start:stop],
            egress_stop[begin:end], egress_s[begin:end], banned_route,
            departures_s[i], bounds_s[i],
        )  # fmt: skip
        if arrivals_s[i] > UNREACHED_S:
            return i
    return last
