"""Where one boards and which trip is the next there, looked up in an index of departures."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

SLOT_S = 3600
"""Of the index of departures: an hour's departures of a call are few enough to lie together."""

# Of a row of ``board_calls``: where one boards, and where that call's departures are.
CALL, PATTERN, POS, TIMES, N_TRIPS = 0, 1, 2, 3, 4


@njit(cache=True, nogil=True)
def first_trip(
    departures_s: NDArray[np.int32],
    slot_trip: NDArray[np.int32],
    row: int,
    first_s: int,
    times: int,
    end: int,
    ready: int,
) -> int:
    """Return the first trip of a call that leaves at ``ready`` or later, ``end`` or more if none.

    ``departures_s`` of the call begin at ``times``. Those of a slot lie side by side: a search
    among all of the day would read one place after another from far memory.
    """
    slot = min(max(ready - first_s, 0) // SLOT_S, slot_trip.shape[1] - 2)
    low, high = slot_trip[row, slot], min(slot_trip[row, slot + 1], end)
    while low < high:
        middle = (low + high) // 2
        if departures_s[times + middle] >= ready:
            high = middle
        else:
            low = middle + 1
    return int(low)
