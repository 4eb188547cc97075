"""Range RAPTOR from one origin to many targets, on flat arrays.

Times are int32 seconds. Labels are kept by number of rides and are monotone: a label of
``k`` rides is the best of ``k`` rides or fewer over every departure handled so far, so that
departures taken latest first prune each other. Two labels stand at each stop: ``veh``, the
earliest arrival by vehicle, from which walks and egresses start, and ``best``, the earliest
arrival by vehicle or by one walk after a vehicle, from which rides are boarded. With one
label alone a walk would hide the vehicle arrival that another walk needs.

References
----------
Delling, Pajor, Werneck, "Round-Based Public Transit Routing", Transportation Science
49(3), 2015, doi:10.1287/trsc.2014.0534: section 3.1 (rounds), 4.2 (rRAPTOR). Here walks are
not transitively closed, a stop is boarded only where its label fell in the round before
(so parents are always of this run), and every improvement is written out at once.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNREACHED_S = 2**30

N_JOURNEY_FIELDS = 6  # target, rides, departure, arrival, access, egress
N_LEG_FIELDS = 4  # trip, pattern, board position, alight position

_Written = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


class NetworkArrays(NamedTuple):
    """A network as the kernel reads it; nothing is modified."""

    pattern_route: NDArray[np.int32]
    pattern_offset: NDArray[np.int32]
    pattern_stop: NDArray[np.int32]
    pattern_pickup: NDArray[np.bool_]
    pattern_dropoff: NDArray[np.bool_]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    stop_pattern_offset: NDArray[np.int32]
    stop_pattern: NDArray[np.int32]
    stop_pattern_pos: NDArray[np.int32]
    walk_offset: NDArray[np.int32]
    walk_stop: NDArray[np.int32]
    walk_s: NDArray[np.int32]


class QueryArrays(NamedTuple):
    """One origin, its targets by egress stop, and what may be ridden; not modified.

    ``departures_s`` descend. ``latest_s`` is the latest time of leaving the origin.
    """

    access_stop: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_offset: NDArray[np.int32]
    egress_target: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    departures_s: NDArray[np.int32]
    banned_route: NDArray[np.bool_]
    n_targets: int
    latest_s: int
    max_rides: int


class Workspace(NamedTuple):
    """Labels and lists, all overwritten by each run; labels are (rides + 1, stops)."""

    best: NDArray[np.int32]
    veh: NDArray[np.int32]
    trip: NDArray[np.int32]
    pattern: NDArray[np.int32]
    board_pos: NDArray[np.int32]
    alight_pos: NDArray[np.int32]
    walk_from: NDArray[np.int32]
    boardable: NDArray[np.int64]
    improved: NDArray[np.int64]
    marked_stops: NDArray[np.int32]
    improved_stops: NDArray[np.int32]
    queue: NDArray[np.int32]
    first_pos: NDArray[np.int32]


@njit(cache=True, nogil=True)
def _start(query: QueryArrays, work: Workspace, departure: int, stamp: int) -> int:
    """Set the labels of no ride; return how many stops may be boarded."""
    n_marked = 0
    for i in range(len(query.access_stop)):
        stop = query.access_stop[i]
        arrival = departure + query.access_s[i]
        if arrival < work.best[0, stop]:
            for rides in range(query.max_rides + 1):
                work.best[rides, stop] = min(work.best[rides, stop], arrival)
            if work.boardable[stop] != -stamp:
                work.boardable[stop] = -stamp
                work.marked_stops[n_marked] = stop
                n_marked += 1
    return n_marked


@njit(cache=True, nogil=True)
def _queue_patterns(
    net: NetworkArrays, query: QueryArrays, work: Workspace, n_marked: int, stamp: int
) -> int:
    """List the patterns to scan, each from its first boardable stop; return how many."""
    n_queued = 0
    for i in range(n_marked):
        stop = work.marked_stops[i]
        work.boardable[stop] = stamp
        for j in range(net.stop_pattern_offset[stop], net.stop_pattern_offset[stop + 1]):
            pattern = net.stop_pattern[j]
            pos = net.stop_pattern_pos[j]
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
    """Ride one pattern from its first boardable stop; return the count of improved stops."""
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    first_trip = net.pattern_trip_offset[pattern]
    n_trips = net.pattern_trip_offset[pattern + 1] - first_trip
    base = net.pattern_time_offset[pattern]
    current = n_trips
    boarded = -1
    for pos in range(work.first_pos[pattern], n_pos):
        stop = net.pattern_stop[first + pos]
        if current < n_trips and net.pattern_dropoff[first + pos]:
            arrival = net.arrival_s[base + current * n_pos + pos]
            if arrival < work.veh[rides, stop] and arrival < bound:
                for more in range(rides, query.max_rides + 1):
                    work.veh[more, stop] = min(work.veh[more, stop], arrival)
                work.trip[rides, stop] = first_trip + current
                work.pattern[rides, stop] = pattern
                work.board_pos[rides, stop] = boarded
                work.alight_pos[rides, stop] = pos
                if work.improved[stop] != stamp:
                    work.improved[stop] = stamp
                    work.improved_stops[n_improved] = stop
                    n_improved += 1
        if work.boardable[stop] != stamp or not net.pattern_pickup[first + pos]:
            continue
        ready = work.best[rides - 1, stop]
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
def _walk(
    net: NetworkArrays, query: QueryArrays, work: Workspace, rides: int, n_improved: int, stamp: int
) -> int:
    """Relax walks from this round's vehicle arrivals; return how many stops may be boarded."""
    n_marked = 0
    for i in range(n_improved):
        stop = work.improved_stops[i]
        arrival = work.veh[rides, stop]
        if arrival < work.best[rides, stop]:
            for more in range(rides, query.max_rides + 1):
                work.best[more, stop] = min(work.best[more, stop], arrival)
            work.walk_from[rides, stop] = -1
            work.boardable[stop] = -stamp
            work.marked_stops[n_marked] = stop
            n_marked += 1
    for i in range(n_improved):
        origin = work.improved_stops[i]
        for j in range(net.walk_offset[origin], net.walk_offset[origin + 1]):
            stop = net.walk_stop[j]
            arrival = work.veh[rides, origin] + net.walk_s[j]
            if arrival < work.best[rides, stop]:
                for more in range(rides, query.max_rides + 1):
                    work.best[more, stop] = min(work.best[more, stop], arrival)
                work.walk_from[rides, stop] = origin
                if work.boardable[stop] != -stamp:
                    work.boardable[stop] = -stamp
                    work.marked_stops[n_marked] = stop
                    n_marked += 1
    return n_marked


@njit(cache=True, nogil=True)
def _write_journey(
    net: NetworkArrays,
    work: Workspace,
    journey: NDArray[np.int32],
    legs: NDArray[np.int32],
    target: int,
    rides: int,
    stop: int,
    departure: int,
    arrival: int,
    egress: int,
) -> None:
    """Write one journey to a row of ``journey`` and its rides to ``legs`` by its parents."""
    for leg in range(rides - 1, -1, -1):
        pattern = work.pattern[leg + 1, stop]
        board = work.board_pos[leg + 1, stop]
        legs[leg, 0] = work.trip[leg + 1, stop]
        legs[leg, 1] = pattern
        legs[leg, 2] = board
        legs[leg, 3] = work.alight_pos[leg + 1, stop]
        stop = net.pattern_stop[net.pattern_offset[pattern] + board]
        if leg > 0 and work.walk_from[leg, stop] >= 0:
            stop = work.walk_from[leg, stop]
    access = work.best[0, stop] - departure
    pattern = legs[0, 1]
    n_pos = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]
    trip = legs[0, 0] - net.pattern_trip_offset[pattern]
    boarding = net.departure_s[net.pattern_time_offset[pattern] + trip * n_pos + legs[0, 2]]
    journey[0] = target
    journey[1] = rides
    journey[2] = boarding - access
    journey[3] = arrival
    journey[4] = access
    journey[5] = egress


@njit(cache=True, nogil=True)
def _grown(rows: NDArray[np.int32], needed: int) -> NDArray[np.int32]:
    """Return ``rows``, or a copy of at least twice its length that has room for ``needed``."""
    if needed <= len(rows):
        return rows
    bigger = np.empty((max(needed, 2 * len(rows)), rows.shape[1]), dtype=np.int32)
    bigger[: len(rows)] = rows
    return bigger


@njit(cache=True, nogil=True)
def _sorted(
    journeys: NDArray[np.int32], legs: NDArray[np.int32], n_targets: int, max_rides: int
) -> _Written:
    """Return the journeys by target, rides, departure, with leg offsets and legs to match.

    The input has later departures first in each (target, rides): a counting sort from the
    end puts it in order.
    """
    n_journeys = len(journeys)
    n_keys = n_targets * (max_rides + 1)
    place = np.zeros(n_keys + 1, dtype=np.int64)
    starts = np.empty(n_journeys, dtype=np.int64)
    n_legs = 0
    for i in range(n_journeys):
        place[journeys[i, 0] * (max_rides + 1) + journeys[i, 1] + 1] += 1
        starts[i] = n_legs
        n_legs += journeys[i, 1]
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
        for leg in range(journeys[source, 1]):
            for field in range(legs.shape[1]):
                leg_fields[field, written] = legs[starts[source] + leg, field]
            written += 1
        leg_offset[i + 1] = written
    return fields, leg_offset, leg_fields


@njit(cache=True, nogil=True)
def run_profile(net: NetworkArrays, query: QueryArrays, work: Workspace) -> _Written:
    """Search every departure, latest first, and return journeys, leg offsets and legs.

    ``work`` is overwritten. Fields come first: journeys are (6, n), legs (4, n_legs).
    """
    work.best[:] = UNREACHED_S
    work.veh[:] = UNREACHED_S
    work.boardable[:] = 0
    work.improved[:] = 0
    work.first_pos[:] = -1
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
        n_marked = _start(query, work, departure, stamp)
        for rides in range(1, max_rides + 1):
            if n_marked == 0:
                break
            stamp += 1
            n_queued = _queue_patterns(net, query, work, n_marked, stamp)
            bound = reached[rides, 0] if n_targets == 1 else UNREACHED_S
            n_improved = 0
            for i in range(n_queued):
                n_improved = _scan_pattern(
                    net, query, work, work.queue[i], rides, departure, bound, stamp, n_improved
                )
            n_touched = 0
            for i in range(n_improved):
                stop = work.improved_stops[i]
                for j in range(query.egress_offset[stop], query.egress_offset[stop + 1]):
                    target = query.egress_target[j]
                    arrival = work.veh[rides, stop] + query.egress_s[j]
                    if arrival < reached[rides, target]:
                        for more in range(rides, max_rides + 1):
                            reached[more, target] = min(reached[more, target], arrival)
                        via[target, 0] = stop
                        via[target, 1] = query.egress_s[j]
                        if touched_at[target] != stamp:
                            touched_at[target] = stamp
                            touched[n_touched] = target
                            n_touched += 1
            journeys = _grown(journeys, n_journeys + n_touched)
            legs = _grown(legs, n_legs + n_touched * rides)
            for i in range(n_touched):
                target = touched[i]
                _write_journey(
                    net, work, journeys[n_journeys], legs[n_legs : n_legs + rides], target, rides,
                    via[target, 0], departure, reached[rides, target], via[target, 1],
                )  # fmt: skip
                n_journeys += 1
                n_legs += rides
            if rides < max_rides:
                n_marked = _walk(net, query, work, rides, n_improved, stamp)
    return _sorted(journeys[:n_journeys], legs[:n_legs], n_targets, max_rides)
