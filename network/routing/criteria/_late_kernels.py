"""How late one may be anywhere and still be in time at the destination: rounds run backwards."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.routing.criteria._bag_kernels import GraphArrays
from network.routing.criteria._return_kernels import leave_last_call

NEVER_S = -(2**30)


@njit(cache=True, nogil=True)
def _scan_back(
    net: GraphArrays,
    pattern: int,
    late_alight: NDArray[np.int32],
    late_board: NDArray[np.int32],
) -> None:
    """Set how late one may be at a pattern's calls to ride to one of its later calls in time."""
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    n_trips = net.pattern_trip_offset[pattern + 1] - net.pattern_trip_offset[pattern]
    base = net.pattern_time_offset[pattern]
    last_row = -1  # the latest trip that is in time at one of the calls seen: none overtakes it
    for pos in range(n_pos - 1, -1, -1):
        if last_row >= 0 and net.pattern_pickup[first + pos]:
            node = net.pattern_board[first + pos]
            leaves = net.departure_s[base + last_row * n_pos + pos]
            late_board[node] = max(late_board[node], leaves)
        late = late_alight[net.pattern_alight[first + pos]]
        if late == NEVER_S or not net.pattern_dropoff[first + pos]:
            continue
        low, high = last_row + 1, n_trips
        while low < high:
            middle = (low + high) // 2
            if net.arrival_s[base + middle * n_pos + pos] <= late:
                low = middle + 1
            else:
                high = middle
        last_row = low - 1


@njit(cache=True, nogil=True)
def _ride_on_back(
    net: GraphArrays,
    late_alight: NDArray[np.int32],
    late_board: NDArray[np.int32],
    goes_on: NDArray[np.bool_],
) -> None:
    """Do the same for trips whose seat is kept into one that is in time; ``goes_on`` by trip."""
    is_changed = True
    while is_changed:
        is_changed = False
        for pattern in range(len(net.pattern_offset) - 1):
            if net.seat_offset[pattern + 1] == net.seat_offset[pattern]:
                continue
            for trip in range(
                net.pattern_trip_offset[pattern], net.pattern_trip_offset[pattern + 1]
            ):
                following = net.trip_next[trip]
                if following < 0 or goes_on[trip]:
                    continue
                if goes_on[following] or _is_in_time(
                    net, following, net.next_pattern[trip], late_alight
                ):
                    goes_on[trip] = True
                    is_changed = True
    for pattern in range(len(net.pattern_offset) - 1):
        if net.seat_offset[pattern + 1] == net.seat_offset[pattern]:
            continue
        first = net.pattern_offset[pattern]
        n_pos = net.pattern_offset[pattern + 1] - first
        first_trip = net.pattern_trip_offset[pattern]
        for trip in range(first_trip, net.pattern_trip_offset[pattern + 1]):
            if goes_on[trip]:
                at = net.pattern_time_offset[pattern] + (trip - first_trip) * n_pos
                for pos in range(n_pos):
                    node = net.pattern_board[first + pos]
                    if net.pattern_pickup[first + pos]:
                        leaves = net.departure_s[at + pos]
                        if pos == n_pos - 1:
                            leaves = leave_last_call(net, pattern, trip)
                        late_board[node] = max(late_board[node], leaves)


@njit(cache=True, nogil=True)
def _is_in_time(net: GraphArrays, trip: int, pattern: int, late_alight: NDArray[np.int32]) -> bool:
    """Return whether one of a trip's calls is reached in time."""
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    at = net.pattern_time_offset[pattern] + (trip - net.pattern_trip_offset[pattern]) * n_pos
    for pos in range(n_pos):
        late = late_alight[net.pattern_alight[first + pos]]
        if net.pattern_dropoff[first + pos] and net.arrival_s[at + pos] <= late:
            return True
    return False


@njit(cache=True, nogil=True)
def fill_late(
    net: GraphArrays,
    egress_s: NDArray[np.int32],
    latest_arrival: int,
    late_board: NDArray[np.int32],
    late_alight: NDArray[np.int32],
) -> None:
    """Set the latest times at nodes, by rides still allowed, of who arrives in time.

    They are bounds: nobody who is later can be in time. ``egress_s`` is by alight node,
    negative where there is none; the other two are overwritten, NEVER_S where there is no way.
    """
    late_board[:] = NEVER_S
    late_alight[:] = NEVER_S
    changed = np.zeros(len(egress_s), dtype=np.int8)
    for node in range(len(egress_s)):
        if egress_s[node] >= 0:
            late_alight[0, node] = latest_arrival - egress_s[node]
            changed[node] = 1
    has_seats = net.seat_offset[len(net.pattern_offset) - 1] > 0
    goes_on = np.zeros(len(net.trip_next), dtype=np.bool_)
    for rides in range(1, len(late_board)):
        late_board[rides] = late_board[rides - 1]
        late_alight[rides] = late_alight[rides - 1]
        for pattern in range(len(net.pattern_offset) - 1):
            for row in range(net.pattern_offset[pattern], net.pattern_offset[pattern + 1]):
                if changed[net.pattern_alight[row]] == rides:
                    _scan_back(net, pattern, late_alight[rides - 1], late_board[rides])
                    break
        if has_seats:
            _ride_on_back(net, late_alight[rides - 1], late_board[rides], goes_on)
        for node in range(len(egress_s)):
            for j in range(net.transfer_offset[node], net.transfer_offset[node + 1]):
                ready = late_board[rides, net.transfer_board[j]]
                if ready != NEVER_S and ready - net.transfer_s[j] > late_alight[rides, node]:
                    late_alight[rides, node] = ready - net.transfer_s[j]
                    changed[node] = rides + 1
