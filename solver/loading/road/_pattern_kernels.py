"""Moves that go on as the last ones went: what levelling repeats in small steps, done at once.

Levelling moves one pair of ways at a time. Where steep links tie many pairs together it takes
the same short steps again and again; their sum is a direction in which the objective falls
much further. Each bush's part of it leaves every node's flow balanced.

References
----------
Hooke, Jeeves, "Direct search solution of numerical and statistical problems", Journal of the
ACM 8(2), 1961, doi:10.1145/321062.321069: the pattern move, here with a line search.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.loading.road._bush_kernels import Bushes
from solver.loading.road._cost_kernels import Links, price


@njit(cache=True, nogil=True)
def find_pattern(
    bushes: Bushes,
    before: NDArray[np.float64],
    taken: NDArray[np.bool_],
    direction: NDArray[np.float64],
) -> float:
    """Add how flows have changed to ``direction``; return how often that can be done again.

    ``before`` are the flows before. A bush that could not repeat its change once without a
    flow below 0 is not ``taken`` and adds nothing.
    """
    node_offset, entry_offset = bushes.node_offset, bushes.entry_offset
    link, flow = bushes.link, bushes.flow
    most = np.inf
    for b in range(len(bushes.origin)):
        first, last = entry_offset[node_offset[b]], entry_offset[node_offset[b + 1]]
        own = np.inf
        for e in range(first, last):
            if flow[e] < before[e]:
                own = min(own, flow[e] / (before[e] - flow[e]))
                if own < 1.0:
                    break
        taken[b] = 1.0 <= own < np.inf
        if taken[b]:
            most = min(most, own)
            for e in range(first, last):
                direction[link[e]] += flow[e] - before[e]
    return most


@njit(cache=True, nogil=True)
def slope_along(
    links: Links, volume: NDArray[np.float64], direction: NDArray[np.float64], step: float
) -> float:
    """Compute the derivative of the objective at ``volume + step * direction`` along it."""
    total = 0.0
    for a in range(len(volume)):
        if direction[a] != 0.0:
            cost, _ = price(
                max(0.0, volume[a] + step * direction[a]),
                links.constant[a],
                links.slope[a],
                links.capacity[a],
                links.power[a],
                links.limit[a],
                links.waiting[a],
                links.window,
            )
            total += cost * direction[a]
    return total


@njit(cache=True, nogil=True)
def follow_pattern(
    bushes: Bushes, before: NDArray[np.float64], taken: NDArray[np.bool_], step: float
) -> None:
    """Change the flows of the taken bushes ``step`` times again as they have changed."""
    node_offset, entry_offset, flow = bushes.node_offset, bushes.entry_offset, bushes.flow
    for b in range(len(bushes.origin)):
        if taken[b]:
            for e in range(entry_offset[node_offset[b]], entry_offset[node_offset[b + 1]]):
                flow[e] = max(0.0, flow[e] + step * (flow[e] - before[e]))
