"""Transfers that lead to nothing but what a nearer boarding of the same vehicles leads to.

Who walks on along a line is no sooner on it than who boards at a stop before, where the walk
there and the ride between the two take no longer than the walk on. A transfer is of no use where
so it is with every line of its end. Meant for lower bounds, where a ride takes as long whatever
the hour and nobody waits: so they stay as they are, and are found from fewer transfers.

References
----------
Baum, Buchhold, Sauer, Wagner, Zündorf, "UnLimited TRAnsfers for Multi-Modal Route Planning",
ESA 2019, doi:10.4230/LIPIcs.ESA.2019.14 (transfers that no best journey needs are left out
beforehand; here by a test of each alone, without a search).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def find_useful_transfers(
    transfer_offset: NDArray[np.int32],
    transfer_board: NDArray[np.int32],
    transfer_s: NDArray[np.int32],
    board_offset: NDArray[np.int32],
    board_call: NDArray[np.int32],
    call_board: NDArray[np.int32],
    gap_s: NDArray[np.int32],
    is_exempt: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Tell of each transfer whether something is caught by it that is not caught further up.

    Calls of board node ``n`` are ``board_call[board_offset[n]:board_offset[n + 1]]``;
    ``call_board`` is the board node of a call, -1 where nobody boards. ``gap_s`` are the
    seconds from the call before to this one, -1 at a first call. Boarding at a call that
    ``is_exempt`` is of use in any case.
    """
    is_useful = np.zeros(len(transfer_board), dtype=np.bool_)
    walk_s = np.full(len(board_offset) - 1, -1, dtype=np.int64)
    for origin in range(len(transfer_offset) - 1):
        start, end = transfer_offset[origin], transfer_offset[origin + 1]
        for j in range(start, end):
            walk_s[transfer_board[j]] = transfer_s[j]
        for j in range(start, end):
            node = transfer_board[j]
            for k in range(board_offset[node], board_offset[node + 1]):
                call = board_call[k]
                if is_exempt[call] or not _is_caught_before(
                    call, transfer_s[j], walk_s, call_board, gap_s
                ):
                    is_useful[j] = True
                    break
        for j in range(start, end):
            walk_s[transfer_board[j]] = -1
    return is_useful


@njit(cache=True, nogil=True)
def _is_caught_before(
    call: int,
    seconds: int,
    walk_s: NDArray[np.int64],
    call_board: NDArray[np.int32],
    gap_s: NDArray[np.int32],
) -> bool:
    """Tell whether who is at a call after so many seconds could board further up as well."""
    ridden_s = 0
    while gap_s[call] >= 0:
        ridden_s += gap_s[call]
        if ridden_s > seconds:
            return False
        call -= 1
        node = call_board[call]
        if node >= 0 and walk_s[node] >= 0 and walk_s[node] + ridden_s <= seconds:
            return True
    return False
