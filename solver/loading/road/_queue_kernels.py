"""Flows of a window held back at full links, and who waits there to go where.

A bush says of each node by which links its vehicles come, in which shares. A vehicle meets the
links of its path in that order and passes each with the link's share; so the part of a node's
vehicles that gets there within the window follows from the parts of the nodes before it,
whoever they are and wherever they go.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.loading.road._bush_kernels import Bushes
from solver.loading.road._cost_kernels import Links


@njit(cache=True, nogil=True)
def hold_back(
    links: Links,
    bushes: Bushes,
    passing: NDArray[np.float64],
    arriving: NDArray[np.float64],
    part: NDArray[np.float64],
) -> None:
    """Add the vehicles that get to the end of each link, held back on the links before it.

    ``passing`` is the share of a link's arrivals that it lets out; ``part`` (by place in the
    bushes) is overwritten with the part of each node's vehicles that get there.
    """
    tail = links.tail
    order, entry_offset, link, flow = bushes.order, bushes.entry_offset, bushes.link, bushes.flow
    place = np.empty(len(links.passable), dtype=np.int64)
    for b in range(len(bushes.origin)):
        first = bushes.node_offset[b]
        part[first] = 1.0
        place[order[first]] = first
        for k in range(first + 1, bushes.node_offset[b + 1]):
            place[order[k]] = k
            planned, there = 0.0, 0.0
            for e in range(entry_offset[k], entry_offset[k + 1]):
                if flow[e] > 0.0:
                    come = flow[e] * part[place[tail[link[e]]]]
                    arriving[link[e]] += come
                    planned += flow[e]
                    there += come * passing[link[e]]
            part[k] = there / planned if planned > 0.0 else 0.0


@njit(cache=True, nogil=True)
def find_waiting(
    links: Links,
    bushes: Bushes,
    passing: NDArray[np.float64],
    part: NDArray[np.float64],
    slot: NDArray[np.int64],
    waiting: NDArray[np.float64],
) -> float:
    """Add those who wait at the end of each link by where they go; return how many arrive.

    ``slot`` is a link's row of ``waiting`` (n_slots, n_nodes), -1 for a link all can leave.
    """
    tail = links.tail
    order, entry_offset, link, flow = bushes.order, bushes.entry_offset, bushes.link, bushes.flow
    n_nodes = len(links.passable)
    place = np.empty(n_nodes, dtype=np.int64)
    through = np.zeros(n_nodes)
    arrived = 0.0
    for b in range(len(bushes.origin)):
        first, last = bushes.node_offset[b], bushes.node_offset[b + 1]
        for k in range(first, last):
            place[order[k]] = k
        for t in range(bushes.trip_offset[b], bushes.trip_offset[b + 1]):
            if bushes.trips[t] <= 0.0:
                continue
            goal = bushes.destination[t]
            arrived += bushes.trips[t] * part[place[goal]]
            through[goal] = bushes.trips[t]
            for k in range(place[goal], first - 1, -1):
                here = through[order[k]]
                if here == 0.0:
                    continue
                through[order[k]] = 0.0
                planned = 0.0
                for e in range(entry_offset[k], entry_offset[k + 1]):
                    planned += flow[e]
                for e in range(entry_offset[k], entry_offset[k + 1]):
                    if flow[e] == 0.0:
                        continue
                    a = link[e]
                    come = here * (flow[e] / planned)
                    through[tail[a]] += come
                    if slot[a] >= 0:
                        held = come * part[place[tail[a]]] * (1.0 - passing[a])
                        waiting[slot[a], goal] += held
    return arrived
