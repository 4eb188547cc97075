"""Shortest path trees: a binary heap, a search from a node, and labels that fall.

References
----------
Dijkstra, "A Note on Two Problems in Connexion with Graphs", Numerische Mathematik 1, 1959,
doi:10.1007/BF01386390; outdated entries stay in the heap until they come up.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.loading.road._cost_kernels import Links

NONE = -1


@njit(cache=True, nogil=True)
def push(
    keys: NDArray[np.float64], nodes: NDArray[np.int32], size: int, key: float, node: int
) -> int:
    """Add an entry to a heap of ``size`` entries; return the new size."""
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if keys[above] <= key:
            break
        keys[place] = keys[above]
        nodes[place] = nodes[above]
        place = above
    keys[place] = key
    nodes[place] = node
    return size + 1


@njit(cache=True, nogil=True)
def pop(keys: NDArray[np.float64], nodes: NDArray[np.int32], size: int) -> int:
    """Remove the least entry, which the caller has read at place 0; return the new size."""
    size -= 1
    key, node = keys[size], nodes[size]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[place] = keys[below]
        nodes[place] = nodes[below]
        place = below
    keys[place] = key
    nodes[place] = node
    return size


@njit(cache=True, nogil=True)
def grow_tree(
    links: Links,
    cost: NDArray[np.float64],
    origin: int,
    label: NDArray[np.float64],
    entered_by: NDArray[np.int32],
    order: NDArray[np.int32],
    keys: NDArray[np.float64],
    nodes: NDArray[np.int32],
) -> int:
    """Find least costs from a node; return how many nodes are reached.

    ``label``, ``entered_by`` (link, NONE at the origin) and ``order`` (nodes as they are
    settled) are overwritten; ``keys`` and ``nodes`` are the heap, one place a link and one.
    """
    out_offset, head, passable = links.out_offset, links.head, links.passable
    label[:] = np.inf
    entered_by[:] = NONE
    label[origin] = 0.0
    size = push(keys, nodes, 0, 0.0, origin)
    n_settled = 0
    while size > 0:
        key, node = keys[0], nodes[0]
        size = pop(keys, nodes, size)
        # Equal keys of one node cannot be told apart by the label: only a fall is pushed.
        if key > label[node]:
            continue
        order[n_settled] = node
        n_settled += 1
        if not passable[node] and node != origin:
            continue
        for a in range(out_offset[node], out_offset[node + 1]):
            reached = key + cost[a]
            if reached < label[head[a]]:
                label[head[a]] = reached
                entered_by[head[a]] = a
                size = push(keys, nodes, size, reached, head[a])
    return n_settled


@njit(cache=True, nogil=True)
def spread_falls(
    links: Links,
    cost: NDArray[np.float64],
    origin: int,
    size: int,
    label: NDArray[np.float64],
    keys: NDArray[np.float64],
    nodes: NDArray[np.int32],
) -> None:
    """Lower labels, each the cost of some path, by those that have fallen; in place.

    The heap of ``size`` entries holds the nodes whose label fell. Only what falls is settled
    again, so near the end of an assignment this is next to nothing.
    """
    out_offset, head, passable = links.out_offset, links.head, links.passable
    while size > 0:
        key, node = keys[0], nodes[0]
        size = pop(keys, nodes, size)
        if key > label[node] or not (passable[node] or node == origin):
            continue
        for a in range(out_offset[node], out_offset[node + 1]):
            reached = key + cost[a]
            if reached < label[head[a]]:
                label[head[a]] = reached
                size = push(keys, nodes, size, reached, head[a])
