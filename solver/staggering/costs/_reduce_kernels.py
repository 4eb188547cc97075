"""Which routes of a group another route beats in every respect."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def find_kept_routes(
    route_offset: np.ndarray,
    cost: np.ndarray,
    use_offset: np.ndarray,
    use_cell: np.ndarray,
    use_weight: np.ndarray,
    kept: np.ndarray,
) -> None:
    """Write into ``kept`` (bool, n_routes) whether no other route of the group dominates.

    Route q dominates r when it costs no more and loads no cell more. Of equal routes the
    first is kept. ``use_cell`` is sorted within each route.
    """
    for group in range(len(route_offset) - 1):
        first, last = route_offset[group], route_offset[group + 1]
        for r in range(first, last):
            kept[r] = True
        for r in range(first, last):
            for q in range(first, last):
                if q == r or not kept[q] or cost[q] > cost[r]:
                    continue
                if _loads_no_more(q, r, use_offset, use_cell, use_weight):
                    same = cost[q] == cost[r] and _loads_no_more(
                        r, q, use_offset, use_cell, use_weight
                    )
                    if not same or q < r:
                        kept[r] = False
                        break


@njit(cache=True, nogil=True)
def _loads_no_more(
    q: int, r: int, use_offset: np.ndarray, use_cell: np.ndarray, use_weight: np.ndarray
) -> bool:
    at = use_offset[r]
    end = use_offset[r + 1]
    for i in range(use_offset[q], use_offset[q + 1]):
        while at < end and use_cell[at] < use_cell[i]:
            at += 1
        if at >= end or use_cell[at] != use_cell[i] or use_weight[at] < use_weight[i]:
            return False
    return True
