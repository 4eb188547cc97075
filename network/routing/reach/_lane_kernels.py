"""Earliest arrivals from many origins in one scan: a lane for each, side by side in memory.

The connection scan of :mod:`network.routing.engines._scan_kernels` for ``LANES`` origins that
leave at the same second. A connection is read once for all of them, and what is done for one
lane is done for all by the same instructions, without a branch. A label is a time and the number
of rides of a journey that is there by then, in one number: ``time * 8 + rides``, so that
the lesser of two labels is the earlier and, of equally early ones, that of fewer rides.

References
----------
Dibbelt, Pajor, Strasser, Wagner, "Connection Scan Algorithm", ACM Journal of Experimental
Algorithmics 23, 2018, doi:10.1145/3274661, section 3. Then, Kaufmann, Chirigati et al., "The
More the Merrier: Efficient Multi-Source Graph Traversal", PVLDB 8(4), 2014,
doi:10.14778/2735496.2735507 (many sources in one pass, there for breadth-first search).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.routing.engines._scan_kernels import (
    ALIGHT,
    ALIGHT_SHIFT,
    ARRIVAL,
    BOARD,
    BOARD_SHIFT,
    DEPARTURE,
    DROPOFF,
    GOES_ON,
    PICKUP,
    TRIP,
    UNREACHED_S,
)

LANES = 16
RIDES_SHIFT = 3
MOST_RIDES = 7
"""So many rides, or more: labels count no further."""
LABELS_END_S = UNREACHED_S >> (RIDES_SHIFT + 1)
"""Who leaves before this has labels for every time within years, all below UNREACHED_S."""
_NOT_ON = 64  # more than any number of rides
_FIRST_LOOK_S = 2400
_LOOK_EVERY_S = 900


class LaneWork(NamedTuple):
    """Labels of one scan, int32, shape (n, LANES); all are overwritten.

    ``ready`` is by board node, ``vehicle`` by alight node, ``rides`` by trip: the fewest
    rides, this one counted, of who is on it.
    """

    ready: NDArray[np.int32]
    vehicle: NDArray[np.int32]
    rides: NDArray[np.int32]


class LaneArrays(NamedTuple):
    """A network as the kernel reads it; nothing is modified.

    ``connections`` are those of the connection scan. Vehicles of trip ``t`` go on as
    ``seat_next``, ``seat_offset[t]`` to ``[t + 1]``, whose first departure is not before the
    arrival there; it may be alighted at its first call at ``seat_s``, at ``seat_alight``, -1
    where not.
    """

    connections: NDArray[np.int32]
    transfer_offset: NDArray[np.int32]
    transfer_board: NDArray[np.int32]
    transfer_s: NDArray[np.int32]
    seat_offset: NDArray[np.int32]
    seat_next: NDArray[np.int32]
    seat_alight: NDArray[np.int32]
    seat_s: NDArray[np.int32]


@njit(cache=True, nogil=True)
def _stay_on(net: LaneArrays, work: LaneWork, trip: int) -> bool:
    """Keep the seats of a trip whose last call is reached; return whether that was new."""
    is_new = False
    for i in range(net.seat_offset[trip], net.seat_offset[trip + 1]):
        following, node = net.seat_next[i], net.seat_alight[i]
        for k in range(LANES):
            on = work.rides[trip, k]
            if on >= work.rides[following, k]:
                continue
            is_new = True
            work.rides[following, k] = on
            label = (net.seat_s[i] << RIDES_SHIFT) + on
            if node < 0 or label >= work.vehicle[node, k]:
                continue
            work.vehicle[node, k] = label
            for j in range(net.transfer_offset[node], net.transfer_offset[node + 1]):
                ready = label + (net.transfer_s[j] << RIDES_SHIFT)
                to = net.transfer_board[j]
                work.ready[to, k] = min(work.ready[to, k], ready)
    return is_new


@njit(cache=True, nogil=True)
def _is_open(
    target: int, n_lanes: int, now: int,
    vehicle: NDArray[np.int32],
    egress_offset: NDArray[np.int32], egress_node: NDArray[np.int32], egress_s: NDArray[np.int32],
    best: NDArray[np.int32],
) -> bool:  # fmt: skip
    """Note the best labels of a target; return whether any could still be earlier than now."""
    for k in range(LANES):
        best[target, k] = UNREACHED_S
    for i in range(egress_offset[target], egress_offset[target + 1]):
        node, more = egress_node[i], np.int32(egress_s[i] << RIDES_SHIFT)
        for k in range(LANES):
            best[target, k] = min(best[target, k], np.int32(vehicle[node, k] + more))
    latest = np.int32(-UNREACHED_S)
    for k in range(n_lanes):
        latest = max(latest, best[target, k])
    return bool((latest >> RIDES_SHIFT) > now)


@njit(cache=True, nogil=True)
def scan_lanes(
    net: LaneArrays,
    first: int,
    access_offset: NDArray[np.int32],
    access_board: NDArray[np.int32],
    access_s: NDArray[np.int32],
    departure_s: int,
    egress_offset: NDArray[np.int32],
    egress_node: NDArray[np.int32],
    egress_s: NDArray[np.int32],
    work: LaneWork,
    best: NDArray[np.int32],
) -> None:
    """Find the labels of every target from each of up to LANES origins, at least one ride.

    Access of origin ``k`` is ``access_offset[k]`` to ``[k + 1]``, egress of target ``t``
    likewise. ``best``, int32, shape (n_targets, LANES),
    is overwritten: ``UNREACHED_S`` or more where there is no way.
    """
    connections, transfer_offset = net.connections, net.transfer_offset
    transfer_board, transfer_s = net.transfer_board, net.transfer_s
    ready, vehicle, rides = work.ready, work.vehicle, work.rides
    ready[:], vehicle[:], rides[:] = UNREACHED_S, UNREACHED_S, _NOT_ON
    n_origins = len(access_offset) - 1
    for k in range(n_origins):
        for i in range(access_offset[k], access_offset[k + 1]):
            label = (departure_s + access_s[i]) << RIDES_SHIFT
            ready[access_board[i], k] = min(ready[access_board[i], k], label)
    n_targets = len(egress_offset) - 1
    waiting = np.empty(n_targets, dtype=np.int32)
    n_waiting = 0
    for t in range(n_targets):
        best[t, :] = UNREACHED_S
        if egress_offset[t + 1] > egress_offset[t]:
            waiting[n_waiting] = t
            n_waiting += 1
    look_s = departure_s + _FIRST_LOOK_S
    # Of the labels' own size: else all is done in twice as many bits.
    zero, one, seven = np.int32(0), np.int32(1), np.int32(MOST_RIDES)
    not_on, unreached = np.int32(_NOT_ON), np.int32(UNREACHED_S)
    again = False
    i, n = first, len(connections)
    while n_waiting > 0 and (i < n or again):
        if again and (
            i == n
            or connections[i, ARRIVAL] > connections[i, DEPARTURE]
            or connections[i, DEPARTURE] > connections[i - 1, DEPARTURE]
        ):
            # A connection that takes no time changed a label of its own second.
            i -= 1
            while i > 0 and connections[i - 1, DEPARTURE] == connections[i, DEPARTURE]:
                i -= 1
            again = False
        departure, arrival = connections[i, DEPARTURE], connections[i, ARRIVAL]
        if departure >= look_s:
            look_s = departure + _LOOK_EVERY_S
            n_open = 0
            for j in range(n_waiting):
                if _is_open(
                    waiting[j], n_origins, departure, vehicle,
                    egress_offset, egress_node, egress_s, best,
                ):  # fmt: skip
                    waiting[n_open] = waiting[j]
                    n_open += 1
            n_waiting = n_open
        trip = connections[i, TRIP]
        board, alight = connections[i, BOARD], connections[i, ALIGHT]
        i += 1
        node = board >> BOARD_SHIFT
        too_late = np.int32((departure + 1) << RIDES_SHIFT)
        if not board & PICKUP:
            too_late = np.int32(-UNREACHED_S)
        fewest = not_on
        for k in range(LANES):
            label = ready[node, k]
            boarded = min(np.int32(np.int32(label & seven) + one), seven)
            on = min(rides[trip, k], boarded if label < too_late else not_on)
            rides[trip, k] = on
            fewest = min(fewest, on)
        if fewest == not_on:
            continue
        if alight & GOES_ON and _stay_on(net, work, trip):
            again |= arrival == departure
        if not alight & DROPOFF:
            continue
        node = alight >> ALIGHT_SHIFT
        there = np.int32(arrival << RIDES_SHIFT)
        is_better = zero
        for k in range(LANES):
            on = rides[trip, k]
            label = np.int32(there + on) if on < not_on else unreached
            old = vehicle[node, k]
            is_better = max(is_better, np.int32(old - label))
            vehicle[node, k] = min(label, old)
        if is_better <= 0:
            continue
        again |= arrival == departure
        for j in range(transfer_offset[node], transfer_offset[node + 1]):
            walk, to = np.int32(transfer_s[j] << RIDES_SHIFT), transfer_board[j]
            for k in range(LANES):
                ready[to, k] = min(ready[to, k], np.int32(vehicle[node, k] + walk))
    for j in range(n_waiting):
        _is_open(
            waiting[j], n_origins, 0, vehicle, egress_offset, egress_node, egress_s, best
        )  # fmt: skip
