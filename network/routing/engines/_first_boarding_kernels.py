"""What each departure of a range catches that later ones do not: all it need be searched for."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.routing.engines._boarding_kernels import N_TRIPS, PATTERN, TIMES, first_trip
from network.routing.engines._label_kernels import NetworkArrays, QueryArrays
from network.routing.engines._seat_kernels import leaves_last_call


@njit(cache=True, nogil=True)
def list_first_boardings(
    net: NetworkArrays, query: QueryArrays
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List, by departure, the calls at which one catches a trip that later ones do not catch.

    Who leaves earlier and can catch no other first trip has nothing new: all that follows
    from the trips of later departures is in the labels. Calls are rows of ``board_calls``.
    """
    departures_s = query.departures_s
    n_departures = len(departures_s)
    offset = np.zeros(n_departures + 1, dtype=np.int64)
    rows = np.empty(0, dtype=np.int32)
    if n_departures == 0:
        return offset, rows
    earliest, latest = departures_s[n_departures - 1], departures_s[0]
    place = offset.copy()
    for is_written in (False, True):
        for i in range(len(query.access_board)):
            node, access = query.access_board[i], query.access_s[i]
            for row in range(net.board_call_offset[node], net.board_call_offset[node + 1]):
                times, n_trips = net.board_calls[row, TIMES], net.board_calls[row, N_TRIPS]
                trip = first_trip(
                    net.departures_s, net.slot_trip, row, net.first_s, times, n_trips,
                    earliest + access,
                )  # fmt: skip
                k = n_departures - 1
                while trip < n_trips:
                    leaving = net.departures_s[times + trip] - access
                    while k > 0 and departures_s[k - 1] <= leaving:
                        k -= 1
                    if is_written:
                        rows[place[k]] = row
                        place[k] += 1
                    else:
                        offset[k + 1] += 1
                    if leaving >= latest:
                        break
                    trip += 1
                if n_trips > 0:
                    continue
                # A last call, at which one only takes seats in trips that go on.
                pattern = net.board_calls[row, PATTERN]
                for group in range(net.seat_offset[pattern], net.seat_offset[pattern + 1]):
                    k = n_departures - 1
                    for pair in range(net.seat_pair_offset[group], net.seat_pair_offset[group + 1]):
                        leaving = leaves_last_call(net, pattern, group, pair) - access
                        if leaving < earliest:
                            continue
                        while k > 0 and departures_s[k - 1] <= leaving:
                            k -= 1
                        if is_written:
                            rows[place[k]] = row
                            place[k] += 1
                        else:
                            offset[k + 1] += 1
                        if leaving >= latest:
                            break
        if not is_written:
            for k in range(n_departures):
                offset[k + 1] += offset[k]
                place[k + 1] = offset[k + 1]
            rows = np.empty(offset[n_departures], dtype=np.int32)
    return offset, rows
