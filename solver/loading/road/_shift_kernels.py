"""Shifts of flow inside bushes, from longer to shorter ends of paths.

References
----------
Dial, "A path-based user-equilibrium traffic assignment algorithm that obviates path storage
and enumeration", Transportation Research Part B 40(10), 2006, doi:10.1016/j.trb.2006.02.008.
Here nodes are visited from the origin on, not towards it, so that the paths behind a node are
level when it is its turn; and a shift is found to a tenth of its difference, not by one step.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.loading.road._bush_kernels import Bushes, Work
from solver.loading.road._cost_kernels import Links, price

MAX_STEPS = 40
LEVEL = 0.1
"""A shift is done where it leaves this share of the difference it began with."""


@njit(cache=True, nogil=True)
def _move(
    links: Links,
    entries: NDArray[np.int64],
    count: int,
    moved: float,
    link: NDArray[np.int32],
    flow: NDArray[np.float64],
    volume: NDArray[np.float64],
    cost: NDArray[np.float64],
    rise: NDArray[np.float64],
) -> tuple[float, float]:
    """Add flow to the entries of a path's end; return its new cost and derivative."""
    total, slope = 0.0, 0.0
    for s in range(count):
        e = entries[s]
        a = link[e]
        flow[e] = max(0.0, flow[e] + moved)
        volume[a] = max(0.0, volume[a] + moved)
        c, r = price(
            volume[a],
            links.constant[a],
            links.slope[a],
            links.capacity[a],
            links.power[a],
            links.limit[a],
            links.waiting[a],
            links.window,
        )
        cost[a], rise[a] = c, r
        total += c
        slope += r
    return total, slope


@njit(cache=True, nogil=True)
def level_bushes(
    links: Links,
    bushes: Bushes,
    tolerance: float,
    volume: NDArray[np.float64],
    cost: NDArray[np.float64],
    rise: NDArray[np.float64],
    work: Work,
    short: NDArray[np.int64],
    long: NDArray[np.int64],
) -> float:
    """Level the longest used and the shortest way to each node of each bush, in place.

    The two ways part at some node behind; as much flow moves from one end to the other as
    makes them cost the same, or all there is. Differences below ``tolerance`` (relative) are
    left. Returns the excess cost met, flow times difference.
    """
    tail = links.tail
    low, high, place = work.low, work.high, work.place
    low_entry, high_entry = work.low_entry, work.high_entry
    order, entry_offset, link, flow = bushes.order, bushes.entry_offset, bushes.link, bushes.flow
    excess = 0.0
    for b in range(len(bushes.origin)):
        for k in range(bushes.node_offset[b], bushes.node_offset[b + 1]):
            node = order[k]
            place[node] = k
            start, end = entry_offset[k], entry_offset[k + 1]
            if start == end:
                low[node], high[node] = 0.0, 0.0
                continue
            best, worst = np.inf, -np.inf
            best_entry, worst_entry = start, -1
            for e in range(start, end):
                a = link[e]
                i = tail[a]
                if low[i] + cost[a] < best:
                    best, best_entry = low[i] + cost[a], e
                if flow[e] > 0.0 and high[i] + cost[a] > worst:
                    worst, worst_entry = high[i] + cost[a], e
            if worst_entry < 0:
                worst, worst_entry = best, best_entry
            low[node], high[node] = best, worst
            low_entry[node], high_entry[node] = best_entry, worst_entry
            if best_entry == worst_entry or worst - best <= tolerance * worst:
                continue
            # The two ways back to where they part, with what they cost now.
            n_long, n_short = 1, 1
            long[0], short[0] = worst_entry, best_entry
            a, i = link[worst_entry], link[best_entry]
            gap, slope, most = cost[a] - cost[i], rise[a] + rise[i], flow[worst_entry]
            up, down = tail[a], tail[i]
            while up != down:
                if place[up] > place[down]:
                    e = high_entry[up]
                    a = link[e]
                    long[n_long] = e
                    n_long += 1
                    most = min(most, flow[e])
                    gap += cost[a]
                    slope += rise[a]
                    up = tail[a]
                else:
                    e = low_entry[down]
                    a = link[e]
                    short[n_short] = e
                    n_short += 1
                    gap -= cost[a]
                    slope += rise[a]
                    down = tail[a]
            if most <= 0.0 or gap <= 0.0:
                continue
            excess += most * gap
            # Newton's method between bounds that close in on the root.
            wanted = LEVEL * gap
            below, above, moved = 0.0, most, 0.0
            longest, shortest = worst, best
            for _ in range(MAX_STEPS):
                target = moved + gap / slope if slope > 0.0 else above
                if target >= above:
                    target = most if above == most else 0.5 * (below + above)
                elif not target > below:
                    target = 0.5 * (below + above)
                if target == moved:
                    break
                step = target - moved
                longest, more = _move(links, long, n_long, -step, link, flow, volume, cost, rise)
                shortest, less = _move(links, short, n_short, step, link, flow, volume, cost, rise)
                moved, gap, slope = target, longest - shortest, more + less
                if abs(gap) <= wanted or (moved == most and gap > 0.0):
                    break
                if gap > 0.0:
                    below = moved
                else:
                    above = moved
            low[node] = low[up] + shortest
            high[node] = max(low[node], high[up] + longest) if moved < most else low[node]
    return excess
