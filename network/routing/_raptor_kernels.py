"""Range RAPTOR from one origin to many targets, on flat arrays.

Times are int32 seconds. Labels are kept by number of rides and are monotone: a label of
``k`` rides is the best of ``k`` rides or fewer over every departure handled so far, so that
departures taken latest first prune each other. ``veh`` is the earliest arrival by vehicle
at an alight node, from which transfers and egresses start; ``best`` the earliest time at a
board node, after a transfer. With one label alone a walk would hide the vehicle arrival
that another walk needs.

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

from network.routing._label_kernels import (
    N_JOURNEY_FIELDS,
    N_LEG_FIELDS,
    UNREACHED_S,
    NetworkArrays,
    QueryArrays,
    Workspace,
    Written,
    grown,
    sort_journeys,
    write_journey,
)
from network.routing._seat_kernels import hold_seats, ride_on, take_seats


@njit(cache=True, nogil=True)
def _start(query: QueryArrays, work: Workspace, departure: int, stamp: int) -> int:
    """Set the labels of no ride; return how many nodes may be boarded."""
    n_marked = 0
    for i in range(len(query.access_board)):
        node = query.access_board[i]
        arrival = departure + query.access_s[i]
        if arrival < work.best[0, node]:
            for rides in range(query.max_rides + 1):
                work.best[rides, node] = min(work.best[rides, node], arrival)
            if work.boardable[node] != -stamp:
                work.boardable[node] = -stamp
                work.marked_nodes[n_marked] = node
                n_marked += 1
    return n_marked


@njit(cache=True, nogil=True)
def _queue_patterns(
    net: NetworkArrays, query: QueryArrays, work: Workspace, n_marked: int, stamp: int
) -> int:
    """List the patterns to scan, each from its first boardable call; return how many."""
    n_queued = 0
    for i in range(n_marked):
        node = work.marked_nodes[i]
        work.boardable[node] = stamp
        for j in range(net.board_pattern_offset[node], net.board_pattern_offset[node + 1]):
            pattern = net.board_pattern[j]
            pos = net.board_pattern_pos[j]
            if work.first_pos[pattern] < 0:
                if query.banned_route[net.pattern_route[pattern]]:
                    continue
                work.queue[n_queued] = pattern
                n_queued += 1
                work.first_pos[pattern] = pos
            elif pos < work.first_pos[pattern]:
                work.first_pos[pattern] = pos
    return n_queued


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
    bound: int,
    stamp: int,
    n_improved: int,
) -> int:
    """Ride one pattern from its first boardable call; return the count of improved nodes."""
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    first_trip = net.pattern_trip_offset[pattern]
    n_trips = net.pattern_trip_offset[pattern + 1] - first_trip
    base = net.pattern_time_offset[pattern]
    has_seats = net.seat_offset[pattern + 1] > net.seat_offset[pattern]
    current = n_trips
    boarded = -1
    for pos in range(work.first_pos[pattern], n_pos):
        if current < n_trips and net.pattern_dropoff[first + pos]:
            arrival = net.arrival_s[base + current * n_pos + pos]
            node = net.pattern_alight[first + pos]
            if arrival < work.veh[rides, node] and arrival < bound:
                # As `arrive`, written out: handing the arrays over takes a third of the time.
                for more in range(rides, query.max_rides + 1):
                    work.veh[more, node] = min(work.veh[more, node], arrival)
                work.trip[rides, node] = first_trip + current
                work.pattern[rides, node] = pattern
                work.board_pos[rides, node] = boarded
                work.alight_pos[rides, node] = pos
                if work.improved[node] != stamp:
                    work.improved[node] = stamp
                    work.improved_nodes[n_improved] = node
                    n_improved += 1
        node = net.pattern_board[first + pos]
        if work.boardable[node] != stamp or not net.pattern_pickup[first + pos]:
            continue
        ready = work.best[rides - 1, node]
        if has_seats and pos < n_pos - 1:
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
    n_marked = 0
    for i in range(n_improved):
        origin = work.improved_nodes[i]
        for j in range(net.transfer_offset[origin], net.transfer_offset[origin + 1]):
            node = net.transfer_board[j]
            ready = work.veh[rides, origin] + net.transfer_s[j]
            if ready < work.best[rides, node]:
                for more in range(rides, query.max_rides + 1):
                    work.best[more, node] = min(work.best[more, node], ready)
                work.transfer_from[rides, node] = origin
                if work.boardable[node] != -stamp:
                    work.boardable[node] = -stamp
                    work.marked_nodes[n_marked] = node
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
    n_targets, max_rides = query.n_targets, query.max_rides
    reached = np.full((max_rides + 1, n_targets), UNREACHED_S, dtype=np.int32)
    touched = np.empty(n_targets, dtype=np.int32)
    touched_at = np.zeros(n_targets, dtype=np.int64)
    via = np.empty((n_targets, 2), dtype=np.int32)
    journeys = np.empty((256, N_JOURNEY_FIELDS), dtype=np.int32)
    legs = np.empty((512, N_LEG_FIELDS), dtype=np.int32)
    n_journeys, n_legs, stamp = 0, 0, 0
    for departure in query.departures_s:
        stamp += 1
        n_held = 0
        n_marked = _start(query, work, departure, stamp)
        for rides in range(1, max_rides + 1):
            if n_marked == 0:
                break
            stamp += 1
            n_queued = _queue_patterns(net, query, work, n_marked, stamp)
            bound = reached[rides, 0] if n_targets == 1 else UNREACHED_S
            n_improved = 0
            first_held = n_held
            for i in range(n_queued):
                pattern = work.queue[i]
                n_improved = _scan_pattern(
                    net, query, work, pattern, rides, departure, bound, stamp, n_improved
                )
                if net.seat_offset[pattern + 1] > net.seat_offset[pattern]:
                    n_held = hold_seats(net, work, pattern, rides, n_held)
            if n_held > first_held:
                n_improved, n_held = ride_on(
                    net, query, work, first_held, n_held, rides, bound, stamp, n_improved
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
                n_marked = _transfer(net, query, work, rides, n_improved, stamp)
    return sort_journeys(journeys[:n_journeys], legs[:n_legs], n_targets, max_rides)
