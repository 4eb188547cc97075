"""Range RAPTOR from one origin to many targets, on flat arrays.

Times are int32 seconds. Labels are kept by number of rides and are monotone: a label of
``k`` rides is the best of ``k`` rides or fewer over every departure handled so far, so that
departures taken latest first prune each other. ``veh`` is the earliest arrival by vehicle
at an alight node, from which transfers and egresses start; ``best`` the earliest time at a
board node, after a transfer. With one label alone a walk would hide the vehicle arrival
that another walk needs. To one target, labels are lowered beforehand to the times from which
it is not reached in time (:mod:`network.routing.engines._limit_kernels`): one comparison tells
whether a time is new and of use.

Where a vehicle goes on as another trip, passengers may stay on board: beside the earliest
trip that can be caught, the scan of a pattern keeps the earliest of each group of trips that
go on into one other pattern, for the earliest trip of all need not be one of them.

References
----------
Delling, Pajor, Werneck, "Round-Based Public Transit Routing", Transportation Science
49(3), 2015, doi:10.1287/trsc.2014.0534: section 3.1 (rounds), 4.2 (rRAPTOR). Here walks are
not transitively closed, a stop is boarded only where its label fell in the round before
(so parents are always of this run), every improvement is written out at once, and kept
seats, which the paper does not have, take part in the round of their boarding.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.routing.engines._boarding_kernels import (
    CALL,
    N_TRIPS,
    PATTERN,
    POS,
    TIMES,
    first_trip,
)
from network.routing.engines._first_boarding_kernels import list_first_boardings
from network.routing.engines._label_kernels import (
    ALIGHT_POS,
    BOARD_POS,
    N_JOURNEY_FIELDS,
    N_LEG_FIELDS,
    RIDDEN_PATTERN,
    TRIP,
    UNREACHED_S,
    NetworkArrays,
    QueryArrays,
    Workspace,
    Written,
    grown,
    sort_journeys,
    write_journey,
)
from network.routing.engines._limit_kernels import limit_labels
from network.routing.engines._seat_kernels import (
    arrive,
    hold_last_seats,
    hold_seats,
    ride_on,
    take_seats,
)


@njit(cache=True, nogil=True)
def _set_bounds(reached: NDArray[np.int32], rides: int, by_s: NDArray[np.int32]) -> None:
    """Set before when one has to be at the target with 1, 2 and more rides to come."""
    last = len(reached) - 1
    for more in range(1, len(by_s)):
        by_s[more] = reached[rides + more, 0] if rides + more <= last else -UNREACHED_S


@njit(cache=True, nogil=True)
def _is_of_use(
    left_s: NDArray[np.int32], place: np.uint32, time: int, by_s: NDArray[np.int32]
) -> bool:
    """Tell whether the target may be reached in time who boards there, with any rides to come."""
    return bool(
        time + left_s[3, place] < by_s[3]
        or time + left_s[2, place] < by_s[2]
        or time + left_s[1, place] < by_s[1]
    )


@njit(cache=True, nogil=True)
def _start(query: QueryArrays, work: Workspace, departure: int, stamp: int) -> int:
    """Set the labels of no ride; return how many nodes may be boarded."""
    access_board, access_s = query.access_board, query.access_s
    best, boardable, marked_nodes = work.best, work.boardable, work.marked_nodes
    last_ride = query.max_rides
    n_marked = 0
    for i in range(len(access_board)):
        node = access_board[i]
        arrival = departure + access_s[i]
        if arrival < best[0, node]:
            for rides in range(last_ride + 1):
                best[rides, node] = min(best[rides, node], arrival)
            if boardable[node] != -stamp:
                boardable[node] = -stamp
                marked_nodes[n_marked] = node
                n_marked += 1
    return n_marked


@njit(cache=True, nogil=True)
def _list_boardings(net: NetworkArrays, work: Workspace, n_marked: int) -> int:
    """List the calls, rows of ``board_calls``, at all marked nodes; return how many."""
    offset, rows, marked_nodes = net.board_call_offset, work.rows, work.marked_nodes
    n_rows = 0
    for i in range(n_marked):
        node = np.uint32(marked_nodes[i])
        for row in range(offset[node], offset[node + np.uint32(1)]):
            rows[np.uint32(n_rows)] = row
            n_rows += 1
    return n_rows


@njit(cache=True, nogil=True)
def _ride(
    net: NetworkArrays,
    query: QueryArrays,
    work: Workspace,
    rows: NDArray[np.int32],
    rides: int,
    departure: int,
    by_s: NDArray[np.int32],
    stamp: int,
) -> tuple[int, int]:
    """Board at some calls and ride on; return the counts of improved nodes and queued patterns.

    Of each call the first trip that can be caught counts, as far as no earlier one of its
    pattern was ridden before with as few rides: trips of a pattern do not overtake. Patterns
    of which vehicles go on as other trips are queued to be scanned.
    """
    # Read once: a tuple handed on or read in a loop costs a count of references an array.
    board_calls, departures_s, slot_trip = net.board_calls, net.departures_s, net.slot_trip
    pattern_offset, time_offset = net.pattern_offset, net.pattern_time_offset
    pattern_board, pattern_alight = net.pattern_board, net.pattern_alight
    pattern_dropoff, pattern_route = net.pattern_dropoff, net.pattern_route
    seat_offset, arrival_s, first_trip_of = net.seat_offset, net.arrival_s, net.pattern_trip_offset
    ridden, best, veh, parent = work.ridden, work.best[rides - 1], work.veh, work.parent[rides]
    label = work.veh[rides]
    banned_route, first_s, last_ride = query.banned_route, net.first_s, query.max_rides
    boardable, improved, improved_nodes = work.boardable, work.improved, work.improved_nodes
    has_bans, has_seats = query.banned_route.any(), len(net.seat_next_pattern) > 0
    column, bound, left_s = np.uint32(rides), by_s[1], query.left_s
    first_left = np.uint32(work.best.shape[1] + work.veh.shape[1])
    n_improved, n_queued = 0, 0
    # Indices are made unsigned where they are used: others are looked at whether they are negative.
    for i in range(len(rows)):
        row = np.uint32(rows[i])
        call = np.uint32(board_calls[row, CALL])
        node = np.uint32(pattern_board[call])
        if boardable[node] != stamp:
            continue
        pattern = np.uint32(board_calls[row, PATTERN])
        if has_bans and banned_route[np.uint32(pattern_route[pattern])]:
            continue
        if has_seats and seat_offset[pattern + np.uint32(1)] > seat_offset[pattern]:
            pos = board_calls[row, POS]
            if work.first_pos[pattern] < 0:
                work.queue[n_queued] = pattern
                n_queued += 1
                work.first_pos[pattern] = pos
            else:
                work.first_pos[pattern] = min(work.first_pos[pattern], pos)
            continue
        ready, times = best[node], board_calls[row, TIMES]
        end = min(ridden[call, column], board_calls[row, N_TRIPS])
        if end == 0 or departures_s[np.uint32(times + end - 1)] < ready:
            continue  # no earlier trip than one ridden can be caught
        trip = first_trip(departures_s, slot_trip, rows[i], first_s, times, end, ready)
        leaves = departures_s[np.uint32(times + trip)]
        if not _is_of_use(left_s, first_left + call, leaves, by_s):
            continue
        if rides == 1 and leaves - (ready - departure) > query.latest_s:
            continue
        first, last_call = pattern_offset[pattern], pattern_offset[pattern + np.uint32(1)]
        at = time_offset[pattern] + trip * (last_call - first) - first
        for here in range(np.uint32(call + np.uint32(1)), np.uint32(last_call)):
            arrival = arrival_s[np.uint32(at + np.int64(here))]
            if ridden[here, column] <= trip or arrival >= bound:
                break
            for more in range(column, np.uint32(last_ride + 1)):
                ridden[here, more] = min(ridden[here, more], trip)
            alight = np.uint32(pattern_alight[here])
            if pattern_dropoff[here] and arrival < label[alight]:
                # As `arrive`, written out: handing the arrays over takes a third of the time.
                for more in range(column, np.uint32(last_ride + 1)):
                    veh[more, alight] = min(veh[more, alight], arrival)
                parent[alight, TRIP] = first_trip_of[pattern] + trip
                parent[alight, RIDDEN_PATTERN] = pattern
                parent[alight, BOARD_POS] = np.int64(call) - first
                parent[alight, ALIGHT_POS] = np.int64(here) - first
                if improved[alight] != stamp:
                    improved[alight] = stamp
                    improved_nodes[np.uint32(n_improved)] = alight
                    n_improved += 1
    return n_improved, n_queued


@njit(cache=True, nogil=True)
def _first_trip(
    departure_s: NDArray[np.int32], base: int, n_pos: int, pos: int, low: int, high: int, ready: int
) -> int:
    """Return the first trip in [low, high) that leaves ``pos`` at ``ready`` or later, or high."""
    while low < high:
        middle = (low + high) // 2
        if departure_s[base + middle * n_pos + pos] >= ready:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True)
def _scan_pattern(
    net: NetworkArrays,
    query: QueryArrays,
    work: Workspace,
    pattern: int,
    rides: int,
    departure: int,
    stamp: int,
    n_improved: int,
) -> int:
    """Scan a pattern with kept seats from its first boardable call; count improved nodes."""
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    first_trip = net.pattern_trip_offset[pattern]
    n_trips = net.pattern_trip_offset[pattern + 1] - first_trip
    base = net.pattern_time_offset[pattern]
    current = n_trips
    boarded = -1
    for pos in range(work.first_pos[pattern], n_pos):
        if current < n_trips and net.pattern_dropoff[first + pos]:
            arrival = net.arrival_s[base + current * n_pos + pos]
            node = net.pattern_alight[first + pos]
            if arrival < work.veh[rides, node]:
                n_improved = arrive(
                    query, work, node, rides, arrival, first_trip + current, pattern, boarded,
                    pos, stamp, n_improved,
                )  # fmt: skip
        node = net.pattern_board[first + pos]
        if work.boardable[node] != stamp or not net.pattern_pickup[first + pos]:
            continue
        ready = work.best[rides - 1, node]
        if pos < n_pos - 1:
            take_seats(net, query, work, pattern, pos, rides, departure, ready)
        if current > 0 and net.departure_s[base + (current - 1) * n_pos + pos] < ready:
            continue  # no earlier trip than the present one can be caught here
        found = _first_trip(net.departure_s, base, n_pos, pos, 0, current, ready)
        if found == current:
            continue
        if rides == 1:
            leaving = net.departure_s[base + found * n_pos + pos] - (ready - departure)
            if leaving > query.latest_s:
                continue
        current = found
        boarded = pos
    work.first_pos[pattern] = -1
    return n_improved


@njit(cache=True, nogil=True)
def _transfer(
    net: NetworkArrays, query: QueryArrays, work: Workspace, rides: int, n_improved: int, stamp: int
) -> int:
    """Relax transfers from this round's arrivals; return how many nodes may be boarded."""
    # Read once: a tuple read in a loop costs a count of references an array.
    transfer_offset, transfer_board = net.transfer_offset, net.transfer_board
    transfer_s, best = net.transfer_s, work.best
    label, veh, transfer_from = work.best[rides], work.veh[rides], work.transfer_from[rides]
    boardable, marked_nodes, improved_nodes = (
        work.boardable,
        work.marked_nodes,
        work.improved_nodes,
    )
    column, n_columns = np.uint32(rides), np.uint32(query.max_rides + 1)
    n_marked = 0
    for i in range(n_improved):
        origin = np.uint32(improved_nodes[i])
        arrival = veh[origin]
        start, end = transfer_offset[origin], transfer_offset[origin + np.uint32(1)]
        for j in range(np.uint32(start), np.uint32(end)):
            ready = arrival + transfer_s[j]
            node = np.uint32(transfer_board[j])
            if ready < label[node]:
                for more in range(column, n_columns):
                    best[more, node] = min(best[more, node], ready)
                transfer_from[node] = improved_nodes[i]
                if boardable[node] != -stamp:
                    boardable[node] = -stamp
                    marked_nodes[np.uint32(n_marked)] = transfer_board[j]
                    n_marked += 1
    return n_marked


@njit(cache=True, nogil=True)
def run_profile(net: NetworkArrays, query: QueryArrays, work: Workspace) -> Written:
    """Search every departure, latest first, and return journeys, leg offsets and legs.

    ``work`` is overwritten. Fields come first: journeys are (7, n), legs (5, n_legs).
    """
    work.best[:] = UNREACHED_S
    work.veh[:] = UNREACHED_S
    work.boardable[:] = 0
    work.improved[:] = 0
    work.first_pos[:] = -1
    work.seat_pos[:] = -1
    work.seated[:] = 127
    work.ridden[:] = UNREACHED_S
    n_targets, max_rides = query.n_targets, query.max_rides
    reached = np.full((max_rides + 1, n_targets), UNREACHED_S, dtype=np.int32)
    by_s = np.full(4, UNREACHED_S, dtype=np.int32)
    is_lower = True
    touched = np.empty(n_targets, dtype=np.int32)
    touched_at = np.zeros(n_targets, dtype=np.int64)
    via = np.empty((n_targets, 2), dtype=np.int32)
    journeys = np.empty((256, N_JOURNEY_FIELDS), dtype=np.int32)
    legs = np.empty((512, N_LEG_FIELDS), dtype=np.int32)
    n_journeys, n_legs, stamp = 0, 0, 0
    first_offset, first_rows = list_first_boardings(net, query)
    for turn in range(len(query.departures_s)):
        departure = query.departures_s[turn]
        stamp += 1
        n_held = 0
        if is_lower and n_targets == 1:
            limit_labels(query, work, reached, 0, 0)
            is_lower = False
        n_marked = _start(query, work, departure, stamp)
        for rides in range(1, max_rides + 1):
            if n_marked == 0:
                break
            stamp += 1
            for i in range(n_marked):
                work.boardable[work.marked_nodes[i]] = stamp
            if rides == 1:
                rows = first_rows[first_offset[turn] : first_offset[turn + 1]]
            else:
                rows = work.rows[: _list_boardings(net, work, n_marked)]
            if n_targets == 1:
                _set_bounds(reached, rides - 1, by_s)
            n_improved, n_queued = _ride(net, query, work, rows, rides, departure, by_s, stamp)
            first_held = n_held
            for i in range(n_queued):
                pattern = work.queue[i]
                n_improved = _scan_pattern(
                    net, query, work, pattern, rides, departure, stamp, n_improved
                )
                n_held = hold_last_seats(net, query, work, pattern, rides, departure, stamp, n_held)
                n_held = hold_seats(net, work, pattern, rides, n_held)
            if n_held > first_held:
                n_improved, n_held = ride_on(
                    net, query, work, first_held, n_held, rides, by_s[1], stamp, n_improved
                )
            n_touched = 0
            for i in range(n_improved):
                node = work.improved_nodes[i]
                for j in range(query.egress_offset[node], query.egress_offset[node + 1]):
                    target = query.egress_target[j]
                    arrival = work.veh[rides, node] + query.egress_s[j]
                    if arrival < reached[rides, target]:
                        for more in range(rides, max_rides + 1):
                            reached[more, target] = min(reached[more, target], arrival)
                        via[target, 0] = node
                        via[target, 1] = query.egress_s[j]
                        if touched_at[target] != stamp:
                            touched_at[target] = stamp
                            touched[n_touched] = target
                            n_touched += 1
            is_lower = is_lower or n_touched > 0
            journeys = grown(journeys, n_journeys + n_touched)
            for i in range(n_touched):
                target = touched[i]
                legs = grown(legs, n_legs + rides + n_held)
                n_legs += write_journey(
                    net, work, journeys[n_journeys], legs[n_legs:], target, rides,
                    via[target, 0], departure, reached[rides, target], via[target, 1],
                )  # fmt: skip
                n_journeys += 1
            if rides < max_rides:
                if n_touched > 0 and n_targets == 1:
                    limit_labels(query, work, reached, rides, rides + 1)
                n_marked = _transfer(net, query, work, rides, n_improved, stamp)
    return sort_journeys(journeys[:n_journeys], legs[:n_legs], n_targets, max_rides)
