"""Least times from every node to a group of stops, whatever the hour, on flat arrays.

Every hop of a pattern takes the least time that any of its trips takes, nobody waits, and
walks are as they are: what is left is a lower bound of every real journey, and a consistent
one, for it is a shortest distance. Patterns are ridden backwards, in rounds, until nothing
falls any more.

References
----------
Goldberg, Harrelson, "Computing the shortest path: A* search meets graph theory", SODA 2005
(lower bounds from preprocessed distances). Delling, Pajor, Werneck, "Round-Based Public
Transit Routing", Transportation Science 49(3), 2015, doi:10.1287/trsc.2014.0534 (riding
patterns in rounds; here backwards and without times).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNREACHED_S = 2**30
NO_WAY_S = 2**31 - 1
"""More than any time and bound can make up for."""
ANY_RIDES = 3
"""The last column of bounds: those before it are of 0, 1 and 2 rides at most."""
MANY_RIDES = 2**30
"""As many as one likes."""
TOO_FAR_S = 65535
"""No way at all; merged bounds that are as long or longer say the same."""
_LONGEST_S, _LONGEST_WALK_S = 60_000, 5_000


class BoundArrays(NamedTuple):
    """A network without times.

    By call: ``call_board`` (the board node where one may board, else -1), ``call_alight``
    (likewise), ``hop_s`` (least seconds to the next call), ``dwell_s`` (least seconds it
    stands). ``alight_call*`` list, by alight node, its calls' patterns and positions;
    ``into_*``, by board node, the transfers that lead to it; ``before_*``, by pattern, the
    patterns whose vehicles go on as it.
    """

    pattern_offset: NDArray[np.int32]
    call_board: NDArray[np.int32]
    call_alight: NDArray[np.int32]
    hop_s: NDArray[np.int32]
    dwell_s: NDArray[np.int32]
    alight_pattern_offset: NDArray[np.int32]
    alight_pattern: NDArray[np.int32]
    alight_pattern_pos: NDArray[np.int32]
    into_offset: NDArray[np.int32]
    into_alight: NDArray[np.int32]
    into_s: NDArray[np.int32]
    before_offset: NDArray[np.int32]
    before_pattern: NDArray[np.int32]


@njit(cache=True, nogil=True)
def search_bounds(
    net: BoundArrays, seeds: NDArray[np.int32], seed_s: NDArray[np.int32], max_rides: int
) -> NDArray[np.int32]:
    """Compute the least seconds from every board node, alight node and call to an end.

    From the alight nodes ``seeds`` it takes ``seed_s``; from a call, who boards there. int32,
    shape (4, n_nodes + n_calls): by 0, 1, 2 rides at most, and by ``max_rides``; NO_WAY_S where
    there is no way.
    """
    pattern_offset, call_board, call_alight = net.pattern_offset, net.call_board, net.call_alight
    hop_s, dwell_s = net.hop_s, net.dwell_s
    alight_pattern_offset, alight_pattern = net.alight_pattern_offset, net.alight_pattern
    alight_pattern_pos, before_offset = net.alight_pattern_pos, net.before_offset
    into_offset, into_alight, into_s = net.into_offset, net.into_alight, net.into_s
    n_patterns = len(pattern_offset) - 1
    n_boards, n_alights = len(into_offset) - 1, len(alight_pattern_offset) - 1
    left_s = np.empty((ANY_RIDES + 1, n_boards + n_alights + len(call_board)), dtype=np.int32)
    board_s = np.full(n_boards, UNREACHED_S, dtype=np.int32)
    alight_s = np.full(n_alights, UNREACHED_S, dtype=np.int32)
    call_s = np.full(len(call_board), UNREACHED_S, dtype=np.int32)
    end_s = np.full(n_patterns, UNREACHED_S, dtype=np.int32)
    last_pos = np.full(n_patterns, -1, dtype=np.int32)
    queue = np.empty(n_patterns, dtype=np.int32)
    is_marked = np.zeros(n_alights, dtype=np.bool_)
    is_fallen = np.zeros(n_boards, dtype=np.bool_)
    marked = np.empty(n_alights, dtype=np.int32)
    fallen = np.empty(n_boards, dtype=np.int32)
    n_marked, rides = 0, 0
    for i in range(len(seeds)):
        seed = seeds[i]
        alight_s[seed] = min(alight_s[seed], seed_s[i])
        if not is_marked[seed]:
            is_marked[seed] = True
            marked[n_marked] = seed
            n_marked += 1
    _write_bounds(board_s, alight_s, call_s, left_s[0])
    # Indices are made unsigned where they are used: others are looked at whether they are negative.
    while n_marked > 0 and rides < max_rides:
        n_queued, row = 0, 0
        for i in range(n_marked):
            alight = np.uint32(marked[i])
            is_marked[alight] = False
            start, end = alight_pattern_offset[alight], alight_pattern_offset[alight + np.uint32(1)]
            for j in range(np.uint32(start), np.uint32(end)):
                pattern = np.uint32(alight_pattern[j])
                if last_pos[pattern] < 0:
                    queue[n_queued] = pattern
                    n_queued += 1
                last_pos[pattern] = max(last_pos[pattern], alight_pattern_pos[j])
        n_fallen = 0
        while n_queued > 0:
            # A ring: who goes on in a kept seat is of the same ride, so of the same round.
            pattern = np.uint32(queue[row])
            row = (row + 1) % n_patterns
            n_queued -= 1
            first = pattern_offset[pattern]
            call = first + last_pos[pattern]
            last_pos[pattern] = -1
            left = UNREACHED_S
            if call == pattern_offset[pattern + np.uint32(1)] - 1:
                left = end_s[pattern]
                node = call_board[call]
                if node >= 0:
                    call_s[call] = left
                if node >= 0 and left < board_s[node]:
                    board_s[node] = left
                    if not is_fallen[node]:
                        is_fallen[node] = True
                        fallen[n_fallen] = node
                        n_fallen += 1
            while True:
                if call_alight[np.uint32(call)] >= 0:
                    left = min(left, alight_s[np.uint32(call_alight[np.uint32(call)])])
                if call == first:
                    break
                call -= 1
                here = np.uint32(call)
                left = min(left + hop_s[here], UNREACHED_S)
                if call_board[here] >= 0:
                    board = np.uint32(call_board[here])
                    call_s[here] = min(call_s[here], left)
                    if left < board_s[board]:
                        board_s[board] = left
                        if not is_fallen[board]:
                            is_fallen[board] = True
                            fallen[np.uint32(n_fallen)] = board
                            n_fallen += 1
                if call > first:
                    left = min(left + dwell_s[here], UNREACHED_S)
            for j in range(before_offset[pattern], before_offset[pattern + np.uint32(1)]):
                before = net.before_pattern[j]
                if left < end_s[before]:
                    end_s[before] = left
                    if last_pos[before] < 0:
                        queue[(row + n_queued) % n_patterns] = before
                        n_queued += 1
                    n_calls = pattern_offset[before + 1] - pattern_offset[before]
                    last_pos[before] = n_calls - 1
        n_marked = 0
        for i in range(n_fallen):
            board = np.uint32(fallen[i])
            is_fallen[board] = False
            ready = board_s[board]
            start, end = into_offset[board], into_offset[board + np.uint32(1)]
            for j in range(np.uint32(start), np.uint32(end)):
                alight = np.uint32(into_alight[j])
                seconds = ready + into_s[j]
                if seconds < alight_s[alight]:
                    alight_s[alight] = seconds
                    if not is_marked[alight]:
                        is_marked[alight] = True
                        marked[np.uint32(n_marked)] = alight
                        n_marked += 1
        rides += 1
        if rides < ANY_RIDES:
            _write_bounds(board_s, alight_s, call_s, left_s[rides])
    for column in range(min(rides, ANY_RIDES - 1) + 1, ANY_RIDES + 1):
        _write_bounds(board_s, alight_s, call_s, left_s[column])
    return left_s


@njit(cache=True, nogil=True)
def _write_bounds(
    board_s: NDArray[np.int32],
    alight_s: NDArray[np.int32],
    call_s: NDArray[np.int32],
    left_s: NDArray[np.int32],
) -> None:
    first = 0
    for of_kind in (board_s, alight_s, call_s):
        written = left_s[first : first + len(of_kind)]
        for node in range(len(of_kind)):
            written[node] = of_kind[node] if of_kind[node] < UNREACHED_S else NO_WAY_S
        first += len(of_kind)


@njit(cache=True, nogil=True)
def fill_bounds(net: BoundArrays, seeds: NDArray[np.int32], row: NDArray[np.uint16]) -> None:
    """Write the least seconds from every node to the alight nodes ``seeds``, in two bytes."""
    left_s = search_bounds(net, seeds, np.zeros(len(seeds), dtype=np.int32), MANY_RIDES)
    for node in range(len(row)):
        seconds = left_s[ANY_RIDES, node]
        row[node] = TOO_FAR_S if seconds >= UNREACHED_S else min(seconds, _LONGEST_S)


@njit(cache=True, nogil=True)
def merge_bounds(
    rows: NDArray[np.uint16],
    groups: NDArray[np.int32],
    group_s: NDArray[np.int32],
    merged: NDArray[np.int32],
) -> None:
    """Write the least of some groups' bounds, each with the seconds from its stops on added."""
    merged[:] = TOO_FAR_S
    for k in range(len(groups)):
        # Without a case to tell apart, eight nodes are done at once.
        row, more = rows[groups[k]], min(group_s[k], _LONGEST_WALK_S)
        for node in range(len(merged)):
            merged[node] = min(merged[node], np.int32(row[node]) + more)
