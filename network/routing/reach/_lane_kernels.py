"""Earliest arrivals from many origins and departures at once: a lane for each, side by side.

Rounds as in RAPTOR, for many lanes together: after round ``r`` a label is the earliest arrival by
at most ``r`` rides. What is done for one lane is done for all by the same instructions, without
a branch, so a pattern's trips are not chosen lane by lane: all from the first that any lane can
catch to the last that any needs are ridden one after the other, and a lane counts from where it
is on board. Near origins, and near departures, need few.

A boarding is left out where the rides of earlier rounds are at every later call of the pattern
before the fastest trip could be there.

References
----------
Delling, Pajor, Werneck, "Round-Based Public Transit Routing", Transportation Science 49(3),
2015, doi:10.1287/trsc.2014.0534, section 3.1. Then, Kaufmann, Chirigati et al., "The More the
Merrier: Efficient Multi-Source Graph Traversal", PVLDB 8(4), 2014,
doi:10.14778/2735496.2735507 (many sources in one pass, there for breadth-first search). Here
with lanes of times in place of bits, and kept seats.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNREACHED_S = 2**30
LATEST_S = UNREACHED_S // 2
"""Who leaves before this has labels for every time within years, all below UNREACHED_S."""
_UNREACHED, _ABOARD = np.int32(UNREACHED_S), np.int32(-UNREACHED_S)


class LaneArrays(NamedTuple):
    """A network as the kernels read it; nothing is modified.

    By call: ``call_board`` the board node, -1 where one may not board, as at last calls;
    ``call_alight`` the alight node, -1 where one may not alight; ``call_hop_s`` the fewest
    seconds of any trip from leaving there to the next call. Vehicles of trip ``t`` go on as
    ``seat_next``, ``seat_offset[t]`` to ``[t + 1]``, after they came to its last call at
    ``seat_last_s``; ``seat_before`` is the trip of the pair before in its group, -1 for none.
    ``trip_pattern`` is by trip; ``goes_on`` by pattern, whether any of its trips does.
    """

    pattern_offset: NDArray[np.int32]
    call_board: NDArray[np.int32]
    call_alight: NDArray[np.int32]
    call_hop_s: NDArray[np.int32]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    transfer_offset: NDArray[np.int32]
    transfer_board: NDArray[np.int32]
    transfer_s: NDArray[np.int32]
    trip_pattern: NDArray[np.int32]
    goes_on: NDArray[np.bool_]
    seat_offset: NDArray[np.int32]
    seat_next: NDArray[np.int32]
    seat_last_s: NDArray[np.int32]
    seat_before: NDArray[np.int32]


class LaneWork(NamedTuple):
    """Labels of one search, int32, shape (n, n_lanes) but for the last five; all are overwritten.

    ``ready`` and ``entry`` are by board node: the earliest times there, and those of this round
    that were new. ``vehicle`` and ``vehicle_before`` are by alight node, now and at the end of
    the round before. ``boarding`` is by call of the pattern in hand. ``seated`` and ``held``
    are by pair of seats: who has kept it, and who is still to be ridden on. ``aboard`` and
    ``new`` have one row. In these four a time is ``-UNREACHED_S`` for a lane that is in and
    ``UNREACHED_S`` for any other, so that the later of it and an arrival is the lane's own.
    ``is_ready`` and ``is_touched`` mark board and alight nodes, ``last_ready_s`` is by call
    of the pattern in hand, ``queue`` has room for every pair of seats.
    """

    ready: NDArray[np.int32]
    entry: NDArray[np.int32]
    vehicle: NDArray[np.int32]
    vehicle_before: NDArray[np.int32]
    boarding: NDArray[np.int32]
    seated: NDArray[np.int32]
    held: NDArray[np.int32]
    aboard: NDArray[np.int32]
    new: NDArray[np.int32]
    is_ready: NDArray[np.bool_]
    is_touched: NDArray[np.bool_]
    last_ready_s: NDArray[np.int32]
    queue: NDArray[np.int32]


class LaneOrigins(NamedTuple):
    """Who leaves, by lane: ``place`` and ``departure_s``; walks to board nodes by place."""

    place: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    access_offset: NDArray[np.int32]
    access_board: NDArray[np.int32]
    access_s: NDArray[np.int32]


@njit(cache=True, nogil=True)
def _start(origins: LaneOrigins, bound_s: int, work: LaneWork) -> None:
    """Clear the labels and set those of access; what is not before the bound is no gain."""
    work.ready[:], work.entry[:] = bound_s, UNREACHED_S
    work.vehicle[:], work.vehicle_before[:] = bound_s, bound_s
    work.seated[:], work.held[:] = UNREACHED_S, UNREACHED_S
    work.is_ready[:], work.is_touched[:] = False, False
    for lane in range(len(origins.place)):
        place = origins.place[lane]
        for i in range(origins.access_offset[place], origins.access_offset[place + 1]):
            node = origins.access_board[i]
            ready = origins.departure_s[lane] + origins.access_s[i]
            work.entry[node, lane] = min(work.entry[node, lane], ready)
            work.is_ready[node] = True


@njit(cache=True, nogil=True)
def _keep_entries(work: LaneWork) -> bool:
    """Keep, of this round's times at board nodes, those that are new; return whether any is."""
    ready, entry, is_ready = work.ready, work.entry, work.is_ready
    n_lanes = ready.shape[1]
    is_any = False
    for node in range(len(is_ready)):
        if not is_ready[node]:
            continue
        gain = np.int32(0)
        for k in range(n_lanes):
            before, now = ready[node, k], entry[node, k]
            gain = max(gain, np.int32(before - now))
            ready[node, k] = min(before, now)
            entry[node, k] = now if now < before else _UNREACHED
        is_ready[node] = gain > 0
        if gain > 0:
            is_any = True
    return is_any


@njit(cache=True, nogil=True)
def _find_boardings(net: LaneArrays, work: LaneWork, pattern: int) -> tuple[int, int]:
    """Find where and when lanes may board a pattern; return its first trip and call to ride.

    The trip is counted in its pattern; past the last where nobody boards.
    """
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    times = net.pattern_time_offset[pattern]
    n_trips = net.pattern_trip_offset[pattern + 1] - net.pattern_trip_offset[pattern]
    entry, vehicle, boarding, latest_s = work.entry, work.vehicle, work.boarding, work.aboard
    n_lanes = entry.shape[1]
    trip, first_pos = n_trips, n_pos
    # Who is later at a call than this is at no later call before who came by earlier rounds;
    # trips that go on lead to other calls too.
    latest_s[:] = UNREACHED_S if net.goes_on[pattern] else -UNREACHED_S
    for pos in range(n_pos - 2, -1, -1):
        if not net.goes_on[pattern]:
            hop, node = np.int32(net.call_hop_s[first + pos]), net.call_alight[first + pos + 1]
            if node >= 0:
                for k in range(n_lanes):
                    latest_s[k] = max(latest_s[k], vehicle[node, k])
            for k in range(n_lanes):
                latest_s[k] = np.int32(latest_s[k] - hop)
        work.last_ready_s[pos] = _ABOARD
        node = net.call_board[first + pos]
        if node < 0 or not work.is_ready[node]:
            continue
        earliest, latest = _UNREACHED, _ABOARD
        for k in range(n_lanes):
            ready = entry[node, k] if entry[node, k] < latest_s[k] else _UNREACHED
            boarding[pos, k] = ready
            earliest = min(earliest, ready)
            latest = max(latest, ready if ready < _UNREACHED else _ABOARD)
        if earliest == _UNREACHED:
            continue
        first_pos, work.last_ready_s[pos] = pos, latest
        if trip > 0 and net.departure_s[times + (trip - 1) * n_pos + pos] >= earliest:
            low, trip = 0, trip - 1
            while low < trip:
                middle = (low + trip) // 2
                if net.departure_s[times + middle * n_pos + pos] >= earliest:
                    trip = middle
                else:
                    low = middle + 1
    return (trip, first_pos) if first_pos < n_pos else (n_trips, n_pos)


@njit(cache=True, nogil=True)
def _ride_pattern(net: LaneArrays, work: LaneWork, pattern: int) -> None:
    """Ride a pattern's trips, from the first that any lane can catch to the last that any needs."""
    trip, first_pos = _find_boardings(net, work, pattern)
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    first_trip = net.pattern_trip_offset[pattern]
    n_trips = net.pattern_trip_offset[pattern + 1] - first_trip
    if trip == n_trips:
        return
    vehicle, boarding, aboard = work.vehicle, work.boarding, work.aboard
    n_lanes = vehicle.shape[1]
    for pos in range(first_pos + 1, n_pos):
        if net.call_alight[first + pos] >= 0:
            work.is_touched[net.call_alight[first + pos]] = True
    is_needed = True
    while is_needed and trip < n_trips:
        is_needed = False
        aboard[:] = UNREACHED_S
        row = net.pattern_time_offset[pattern] + trip * n_pos
        for pos in range(first_pos, n_pos):
            node = net.call_alight[first + pos]
            if node >= 0 and pos > first_pos:
                arrival = np.int32(net.arrival_s[row + pos])
                for k in range(n_lanes):
                    vehicle[node, k] = min(vehicle[node, k], max(arrival, aboard[k]))
            if pos < n_pos - 1 and work.last_ready_s[pos] > _ABOARD:
                departure = np.int32(net.departure_s[row + pos])
                is_needed |= departure < work.last_ready_s[pos]
                for k in range(n_lanes):
                    aboard[k] = _ABOARD if boarding[pos, k] <= departure else aboard[k]
        if net.goes_on[pattern]:
            _keep_seats(net, work, first_trip + trip, aboard)
        trip += 1
    if net.goes_on[pattern]:
        # Everybody is on the last trip ridden, but the first that goes on as another may follow.
        end = first_trip + trip
        for pair in range(net.seat_offset[end], net.seat_offset[first_trip + n_trips]):
            if net.seat_before[pair] < end:
                _ride_on(net, work, _hold(work, pair, aboard, 0))


@njit(cache=True, nogil=True)
def _keep_seats(net: LaneArrays, work: LaneWork, trip: int, aboard: NDArray[np.int32]) -> None:
    """Ride on with the vehicles of a trip whose last call is reached."""
    n_queued = 0
    for pair in range(net.seat_offset[trip], net.seat_offset[trip + 1]):
        n_queued = _hold(work, pair, aboard, n_queued)
    _ride_on(net, work, n_queued)


@njit(cache=True, nogil=True)
def _hold(work: LaneWork, pair: int, aboard: NDArray[np.int32], n_queued: int) -> int:
    """Queue a pair of seats for the lanes that never kept it; return how many are queued."""
    seated, held = work.seated, work.held
    is_new, is_queued = False, False
    for k in range(len(aboard)):
        is_queued |= held[pair, k] < 0
        if aboard[k] < seated[pair, k]:
            seated[pair, k] = _ABOARD
            held[pair, k] = _ABOARD
            is_new = True
    if is_new and not is_queued:
        work.queue[n_queued] = pair
        n_queued += 1
    return n_queued


@njit(cache=True, nogil=True)
def _ride_on(net: LaneArrays, work: LaneWork, n_queued: int) -> None:
    """Ride the pairs of seats that are queued, and all that their vehicles go on as."""
    vehicle, new = work.vehicle, work.new
    n_lanes = vehicle.shape[1]
    while n_queued > 0:
        n_queued -= 1
        pair = work.queue[n_queued]
        new[:] = work.held[pair]
        work.held[pair] = UNREACHED_S
        trip = net.seat_next[pair]
        pattern = net.trip_pattern[trip]
        first = net.pattern_offset[pattern]
        n_pos = net.pattern_offset[pattern + 1] - first
        row = net.pattern_time_offset[pattern]
        row += (trip - net.pattern_trip_offset[pattern]) * n_pos
        for pos in range(n_pos):
            node = net.call_alight[first + pos]
            if node >= 0:
                # Nobody is at the next trip's first stop before the vehicle is.
                arrival = np.int32(max(net.arrival_s[row + pos], net.seat_last_s[pair]))
                work.is_touched[node] = True
                for k in range(n_lanes):
                    vehicle[node, k] = min(vehicle[node, k], max(arrival, new[k]))
        for i in range(net.seat_offset[trip], net.seat_offset[trip + 1]):
            n_queued = _hold(work, i, new, n_queued)


@njit(cache=True, nogil=True)
def _walk_on(net: LaneArrays, work: LaneWork) -> None:
    """Clear the entries of the round and walk from where it brought lanes to earlier."""
    vehicle, before, entry, new = work.vehicle, work.vehicle_before, work.entry, work.new
    n_lanes = vehicle.shape[1]
    for node in range(len(work.is_ready)):
        if work.is_ready[node]:
            work.is_ready[node] = False
            entry[node] = UNREACHED_S
    for node in range(len(work.is_touched)):
        if not work.is_touched[node]:
            continue
        work.is_touched[node] = False
        gain = np.int32(0)
        for k in range(n_lanes):
            now = vehicle[node, k]
            gain = max(gain, np.int32(before[node, k] - now))
            new[k] = now if now < before[node, k] else _UNREACHED
            before[node, k] = now
        if gain <= 0:
            continue
        for j in range(net.transfer_offset[node], net.transfer_offset[node + 1]):
            to, walk = net.transfer_board[j], np.int32(net.transfer_s[j])
            work.is_ready[to] = True
            for k in range(n_lanes):
                entry[to, k] = min(entry[to, k], np.int32(new[k] + walk))


@njit(cache=True, nogil=True)
def search_lanes(
    net: LaneArrays,
    origins: LaneOrigins,
    max_rides: int,
    bound_s: int,
    egress_offset: NDArray[np.int32],
    egress_node: NDArray[np.int32],
    egress_s: NDArray[np.int32],
    work: LaneWork,
    best_s: NDArray[np.int32],
) -> None:
    """Find the earliest arrival of every lane at every target by 1 to ``max_rides`` rides.

    Egress of target ``t`` is ``egress_offset[t]`` to ``[t + 1]``. There may be fewer origins
    than lanes. No stop is reached at ``bound_s`` or later, ``UNREACHED_S`` at most. ``best_s``,
    int32, shape (n_targets, n_lanes), is overwritten: ``bound_s`` or more where there is no way.
    """
    _start(origins, bound_s, work)
    for rides in range(max_rides):
        if not _keep_entries(work):
            break
        for pattern in range(len(net.goes_on)):
            _ride_pattern(net, work, pattern)
        if rides + 1 < max_rides:
            _walk_on(net, work)
    vehicle = work.vehicle
    n_lanes = vehicle.shape[1]
    for t in range(len(egress_offset) - 1):
        best_s[t] = UNREACHED_S
        for i in range(egress_offset[t], egress_offset[t + 1]):
            node, walk = egress_node[i], np.int32(egress_s[i])
            for k in range(n_lanes):
                best_s[t, k] = min(best_s[t, k], np.int32(vehicle[node, k] + walk))
