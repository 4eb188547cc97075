"""Bushes: for each origin the acyclic links its trips use, and how they are made and renewed.

A bush lists its nodes in an order in which every link leads forward, and for each node the
links that enter it, each with the flow of this origin (an *entry*). It holds every node that
can be reached, so that the labels of its nodes tell which other links would be shorter.

References
----------
Dial, "A path-based user-equilibrium traffic assignment algorithm that obviates path storage
and enumeration", Transportation Research Part B 40(10), 2006, doi:10.1016/j.trb.2006.02.008.
Nie, "A class of bush-based algorithms for the traffic assignment problem", Transportation
Research Part B 44(1), 2010, doi:10.1016/j.trb.2009.06.005.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.loading.road._cost_kernels import Links, price
from solver.loading.road._tree_kernels import grow_tree, push, spread_falls

NOTHING = 1e-15
"""An entry with less than this share of its node's flow is rounding, and dropped."""


class Bushes(NamedTuple):
    """The bushes of several origins, one behind the other.

    Nodes of bush ``b`` are ``order[node_offset[b]:node_offset[b + 1]]``, the origin first;
    entries of the node at place ``k`` are ``entry_offset[k]`` to ``entry_offset[k + 1]``;
    trips of the bush are ``trip_offset[b]`` to ``trip_offset[b + 1]``.
    """

    origin: NDArray[np.int32]
    node_offset: NDArray[np.int64]
    order: NDArray[np.int32]
    entry_offset: NDArray[np.int64]
    link: NDArray[np.int32]
    flow: NDArray[np.float64]
    trip_offset: NDArray[np.int64]
    destination: NDArray[np.int32]
    trips: NDArray[np.float64]


class Work(NamedTuple):
    """Room for one thread's kernels; all overwritten.

    By node: ``low`` and ``high`` (least and greatest cost from the origin), ``least`` (in the
    whole network), ``through`` (flow), ``place`` in the bush, ``low_entry``, ``high_entry``,
    ``entered_by``, ``settled``. By link: ``carried`` and ``listed``, zero between calls. The
    heap, ``keys`` and ``nodes``, has 2 places a link.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    least: NDArray[np.float64]
    through: NDArray[np.float64]
    place: NDArray[np.int64]
    low_entry: NDArray[np.int64]
    high_entry: NDArray[np.int64]
    entered_by: NDArray[np.int32]
    settled: NDArray[np.int32]
    carried: NDArray[np.float64]
    listed: NDArray[np.bool_]
    keys: NDArray[np.float64]
    nodes: NDArray[np.int32]


@njit(cache=True, nogil=True)
def plant(
    links: Links,
    volume: NDArray[np.float64],
    cost: NDArray[np.float64],
    rise: NDArray[np.float64],
    room: Bushes,
    work: Work,
) -> None:
    """Load each origin's trips on its shortest paths, at the costs the origins before it cause.

    ``room`` takes the bushes (its origins and trips are given); trips that cannot get there
    are set to 0 in it, which says so to the caller. ``volume``, ``cost`` and ``rise`` follow.
    """
    tail = links.tail
    settled, entered_by, label, through = work.settled, work.entered_by, work.low, work.through
    order, entry_offset, link, flow = room.order, room.entry_offset, room.link, room.flow
    n_nodes, n_entries = 0, 0
    room.node_offset[0] = 0
    entry_offset[0] = 0
    for b in range(len(room.origin)):
        n_reached = grow_tree(
            links, cost, room.origin[b], label, entered_by, settled, work.keys, work.nodes
        )
        through[:] = 0.0
        for t in range(room.trip_offset[b], room.trip_offset[b + 1]):
            if label[room.destination[t]] == np.inf:
                room.trips[t] = 0.0
            through[room.destination[t]] += room.trips[t]
        first = n_nodes
        for k in range(n_reached):
            node = settled[k]
            order[n_nodes] = node
            if k > 0:
                link[n_entries] = entered_by[node]
                n_entries += 1
            n_nodes += 1
            entry_offset[n_nodes] = n_entries
        room.node_offset[b + 1] = n_nodes
        for k in range(n_nodes - 1, first, -1):
            node, entry = order[k], entry_offset[k]
            a = link[entry]
            flow[entry] = through[node]
            if through[node] > 0.0:
                through[tail[a]] += through[node]
                volume[a] += through[node]
                cost[a], rise[a] = price(
                    volume[a],
                    links.constant[a],
                    links.slope[a],
                    links.capacity[a],
                    links.power[a],
                    links.limit[a],
                    links.waiting[a],
                    links.window,
                )


@njit(cache=True, nogil=True)
def settle(links: Links, bushes: Bushes, volume: NDArray[np.float64], work: Work) -> None:
    """Make flows leave every node as they enter it, to the last digit, and add them to volumes.

    Shifts of flow round; here each node's entries are scaled to what is needed behind it.
    """
    tail, through = links.tail, work.through
    order, entry_offset, link, flow = bushes.order, bushes.entry_offset, bushes.link, bushes.flow
    for b in range(len(bushes.origin)):
        first, last = bushes.node_offset[b], bushes.node_offset[b + 1]
        for k in range(first, last):
            through[order[k]] = 0.0
        for t in range(bushes.trip_offset[b], bushes.trip_offset[b + 1]):
            if bushes.trips[t] > 0.0:
                through[bushes.destination[t]] += bushes.trips[t]
        for k in range(last - 1, first, -1):
            needed = through[order[k]]
            start, end = entry_offset[k], entry_offset[k + 1]
            entering = 0.0
            most = start
            for e in range(start, end):
                if needed == 0.0 or flow[e] < NOTHING * needed:
                    flow[e] = 0.0
                entering += flow[e]
                if flow[e] > flow[most]:
                    most = e
            if needed == 0.0:
                continue
            if entering == 0.0:
                flow[most] = needed
                entering = needed
            share = needed / entering
            for e in range(start, end):
                if flow[e] > 0.0:
                    if share != 1.0:
                        flow[e] *= share
                    volume[link[e]] += flow[e]
                    through[tail[link[e]]] += flow[e]


@njit(cache=True, nogil=True)
def sort_by_label(
    nodes: NDArray[np.int32], keys: NDArray[np.float64], sorted_keys: NDArray[np.float64]
) -> None:
    """Sort nodes by the key of each, those of equal key as they stand; in place.

    They nearly are sorted, so each is moved to its place; where that takes long, all are
    sorted anew.
    """
    n = len(nodes)
    budget = 16 * n
    for k in range(n):
        sorted_keys[k] = keys[nodes[k]]
    for k in range(1, n):
        key, node = sorted_keys[k], nodes[k]
        at = k
        while at > 0 and sorted_keys[at - 1] > key:
            sorted_keys[at] = sorted_keys[at - 1]
            nodes[at] = nodes[at - 1]
            at -= 1
        sorted_keys[at] = key
        nodes[at] = node
        budget -= k - at
        if budget < 0:
            nodes[:] = nodes[np.argsort(keys[nodes], kind="mergesort")]
            return


@njit(cache=True, nogil=True)
def renew(links: Links, cost: NDArray[np.float64], old: Bushes, new: Bushes, work: Work) -> float:
    """Drop the unused links of each bush, take in shorter ones; return the excess cost.

    A link is taken in where it is shorter than the longest way its head is reached by:
    ``high[tail] + cost < high[head]``. So ``high`` never falls along a link of the new bush
    and rises along new ones, and sorting by it, nodes of equal label as they stood, leaves no
    cycle even among links that cost nothing. ``new`` is overwritten, but for origins and trips.

    The excess is what all trips pay beyond the least cost there is, summed as flow times
    reduced cost, every term of which is 0 or more: it does not drown in rounding as the
    difference of two totals would.
    """
    tail, in_offset, in_link, passable = links.tail, links.in_offset, links.in_link, links.passable
    low, high, least = work.low, work.high, work.least
    carried, listed, settled = work.carried, work.listed, work.settled
    keys, nodes = work.keys, work.nodes
    order, entry_offset, link, flow = old.order, old.entry_offset, old.link, old.flow
    n_nodes, n_entries, excess = 0, 0, 0.0
    new.node_offset[0] = 0
    new.entry_offset[0] = 0
    for b in range(len(old.origin)):
        origin = old.origin[b]
        first, last = old.node_offset[b], old.node_offset[b + 1]
        high[:] = np.inf
        least[:] = np.inf
        for k in range(first, last):
            node = order[k]
            settled[k - first] = node
            start, end = entry_offset[k], entry_offset[k + 1]
            if start == end:
                low[node], high[node], least[node] = 0.0, 0.0, 0.0
                continue
            best, best_entry, worst = np.inf, start, -np.inf
            for e in range(start, end):
                i, a = tail[link[e]], link[e]
                if low[i] + cost[a] < best:
                    best, best_entry = low[i] + cost[a], e
                if flow[e] > 0.0:
                    worst = max(worst, high[i] + cost[a])
            if worst == -np.inf:
                kept = link[best_entry]
                listed[kept] = True
                worst = high[tail[kept]] + cost[kept]
            low[node], high[node], least[node] = best, worst, best
            for e in range(start, end):
                if flow[e] > 0.0:
                    listed[link[e]] = True
                    carried[link[e]] = flow[e]
        count = last - first
        sort_by_label(settled[:count], high, low)
        size, own = 0, n_nodes
        for k in range(count):
            node = settled[k]
            new.order[n_nodes] = node
            n_nodes += 1
            for at in range(in_offset[node], in_offset[node + 1]):
                a = in_link[at]
                i = tail[a]
                if listed[a]:
                    listed[a] = False
                elif not (passable[i] or i == origin):
                    continue
                else:
                    if least[i] + cost[a] < least[node]:
                        least[node] = least[i] + cost[a]
                        size = push(keys, nodes, size, least[node], node)
                    if not high[i] + cost[a] < high[node]:
                        continue
                new.link[n_entries] = a
                new.flow[n_entries] = carried[a]
                n_entries += 1
                carried[a] = 0.0
            new.entry_offset[n_nodes] = n_entries
        new.node_offset[b + 1] = n_nodes
        spread_falls(links, cost, origin, size, least, keys, nodes)
        for k in range(own, n_nodes):
            there = least[new.order[k]]
            for e in range(new.entry_offset[k], new.entry_offset[k + 1]):
                if new.flow[e] > 0.0:
                    a = new.link[e]
                    excess += new.flow[e] * max(0.0, least[tail[a]] + cost[a] - there)
    return excess
