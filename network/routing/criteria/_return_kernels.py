"""Where a way has been: nobody rides back over a station that an earlier vehicle came by."""

from numba import njit

from network.routing.criteria._bag_kernels import (
    ALIGHT,
    AT,
    BOARD,
    FROM,
    GONE,
    PARENT,
    PATTERN,
    ROW,
    TRIP,
    CostWork,
    GraphArrays,
)


@njit(cache=True, nogil=True)
def leave_last_call(net: GraphArrays, pattern: int, trip: int) -> int:
    """Return when the vehicle is gone from a trip's last call: as the one trip or the other."""
    n_pos = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern]
    row = trip - net.pattern_trip_offset[pattern] + 1
    leaves = net.departure_s[net.pattern_time_offset[pattern] + row * n_pos - 1]
    other, following = net.next_pattern[trip], net.trip_next[trip]
    n_pos = net.pattern_offset[other + 1] - net.pattern_offset[other]
    row = following - net.pattern_trip_offset[other]
    return int(min(leaves, net.departure_s[net.pattern_time_offset[other] + row * n_pos]))


@njit(cache=True, nogil=True)
def was_at(net: GraphArrays, work: CostWork, parent: int, station: int) -> bool:
    """Return whether an earlier vehicle was boarded at a station, or could be left there.

    ``parent`` is the label that the vehicle now ridden was boarded with.
    """
    at = work.board[parent, PARENT]
    while at >= 0:
        pattern, board, alight = (
            work.label[at, PATTERN],
            work.label[at, BOARD],
            work.label[at, ALIGHT],
        )
        while True:
            first = net.pattern_offset[pattern]
            for pos in range(max(board, 0), alight + 1):
                may_be_there = pos == board or net.pattern_dropoff[first + pos]
                if may_be_there and net.pattern_station[first + pos] == station:
                    return True
            if board >= 0:
                break
            seat = -2 - board
            pattern, board = work.ridden[seat, 1], work.ridden[seat, 2]
            alight = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern] - 1
        at = work.board[work.label[at, PARENT], PARENT]
    return False


@njit(cache=True, nogil=True)
def _could_change(
    net: GraphArrays, work: CostWork, parent: int, station: int, node: int, leaves: int
) -> bool:
    """Return whether who left an earlier vehicle at a station would be in time at a board node."""
    at = work.board[parent, PARENT]
    while at >= 0:
        trip, pattern = work.label[at, TRIP], work.label[at, PATTERN]
        board, alight = work.label[at, BOARD], work.label[at, ALIGHT]
        while True:
            first = net.pattern_offset[pattern]
            n_pos = net.pattern_offset[pattern + 1] - first
            row = trip - net.pattern_trip_offset[pattern]
            times = net.pattern_time_offset[pattern] + row * n_pos
            for pos in range(max(board, -1) + 1, alight + 1):
                if net.pattern_station[first + pos] != station:
                    continue
                if not net.pattern_dropoff[first + pos]:
                    continue
                origin = net.pattern_alight[first + pos]
                spare = leaves - net.arrival_s[times + pos]
                for j in range(net.transfer_offset[origin], net.transfer_offset[origin + 1]):
                    if net.transfer_board[j] == node and net.transfer_s[j] <= spare:
                        return True
            if board >= 0:
                break
            seat = -2 - board
            trip, pattern, board = work.ridden[seat, 0], work.ridden[seat, 1], work.ridden[seat, 2]
            alight = net.pattern_offset[pattern + 1] - net.pattern_offset[pattern] - 1
        at = work.board[work.label[at, PARENT], PARENT]
    return False


@njit(cache=True, nogil=True)
def get_off(net: GraphArrays, work: CostWork, pattern: int, pos: int, n_on: int) -> None:
    """Take from a vehicle, at a call, who came by that station and could have caught it there."""
    on = work.on
    first = net.pattern_offset[pattern]
    n_pos = net.pattern_offset[pattern + 1] - first
    station, node = net.pattern_station[first + pos], net.pattern_board[first + pos]
    for i in range(n_on):
        row = on[i, ROW]
        if row < 0 or on[i, AT] >= pos or not was_at(net, work, on[i, FROM], station):
            continue
        leaves = net.departure_s[net.pattern_time_offset[pattern] + row * n_pos + pos]
        if _could_change(net, work, on[i, FROM], station, node, leaves):
            on[i, ROW] = GONE - row
