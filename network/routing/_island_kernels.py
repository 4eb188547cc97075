"""Whether lines lead from some stops to others at all, whatever the hour.

Patterns are followed from where they can first be boarded, stops from where one alights, each
once: the work is that of reading the network.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def is_joined(
    start_board: NDArray[np.int32],
    is_target: NDArray[np.bool_],
    banned_route: NDArray[np.bool_],
    pattern_route: NDArray[np.int32],
    pattern_offset: NDArray[np.int32],
    pattern_alight: NDArray[np.int32],
    pattern_pickup: NDArray[np.bool_],
    pattern_dropoff: NDArray[np.bool_],
    pattern_trip_offset: NDArray[np.int32],
    board_pattern_offset: NDArray[np.int32],
    board_pattern: NDArray[np.int32],
    board_pattern_pos: NDArray[np.int32],
    transfer_offset: NDArray[np.int32],
    transfer_board: NDArray[np.int32],
    seat_offset: NDArray[np.int32],
    seat_next_pattern: NDArray[np.int32],
) -> bool:
    """Return whether some alight node of ``is_target`` is reached from some board node.

    The arrays are those of :class:`network.routing.engines.compiled.RoutingGraph`; none is
    modified.
    """
    n_patterns = len(pattern_route)
    was_board = np.zeros(len(board_pattern_offset) - 1, dtype=np.bool_)
    was_alight = np.zeros(len(transfer_offset) - 1, dtype=np.bool_)
    # Of a pattern the calls from ``ridden`` on have been ridden through already.
    ridden = np.empty(n_patterns, dtype=np.int32)
    waiting = np.empty(len(was_board), dtype=np.int32)
    boarded = np.empty((len(board_pattern) + len(seat_next_pattern) + 1, 2), dtype=np.int32)
    for pattern in range(n_patterns):
        ridden[pattern] = pattern_offset[pattern + 1] - pattern_offset[pattern]
    n_waiting = 0
    for node in start_board:
        if not was_board[node]:
            was_board[node] = True
            waiting[n_waiting] = node
            n_waiting += 1
    while n_waiting > 0:
        n_waiting -= 1
        node = waiting[n_waiting]
        n_boarded = 0
        for i in range(board_pattern_offset[node], board_pattern_offset[node + 1]):
            if pattern_pickup[pattern_offset[board_pattern[i]] + board_pattern_pos[i]]:
                boarded[n_boarded, 0] = board_pattern[i]
                boarded[n_boarded, 1] = board_pattern_pos[i] + 1
                n_boarded += 1
        while n_boarded > 0:
            n_boarded -= 1
            pattern, pos = boarded[n_boarded, 0], boarded[n_boarded, 1]
            if banned_route[pattern_route[pattern]]:
                continue
            if pattern_trip_offset[pattern] == pattern_trip_offset[pattern + 1]:
                continue
            first, before = pattern_offset[pattern], ridden[pattern]
            n_calls = pattern_offset[pattern + 1] - first
            if before == n_calls and pos < n_calls:
                for group in range(seat_offset[pattern], seat_offset[pattern + 1]):
                    boarded[n_boarded, 0] = seat_next_pattern[group]
                    boarded[n_boarded, 1] = 0
                    n_boarded += 1
            ridden[pattern] = min(before, pos)
            for call in range(first + pos, first + before):
                alight = pattern_alight[call]
                if not pattern_dropoff[call] or was_alight[alight]:
                    continue
                if is_target[alight]:
                    return True
                was_alight[alight] = True
                for i in range(transfer_offset[alight], transfer_offset[alight + 1]):
                    board = transfer_board[i]
                    if not was_board[board]:
                        was_board[board] = True
                        waiting[n_waiting] = board
                        n_waiting += 1
    return False
