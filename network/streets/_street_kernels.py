"""Shortest times on a street graph: one bounded spread from seeds, and the stops it reaches.

A search starts at *seeds* (vertices with the seconds and metres it takes to get there) and
ends at *terminals* (vertices with what is left from there), so that places within a segment
need no vertices of their own. Labels of earlier searches are told apart by a generation
number: nothing is cleared between searches, whose cost is that of the vertices they settle.

References
----------
Dijkstra, "A Note on Two Problems in Connexion with Graphs", Numerische Mathematik 1, 1959,
doi:10.1007/BF01386390. Here with a binary heap whose outdated entries stay until they come up.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

LAST_GENERATION = 2**31 - 2
NO_PARENT = -1


class GraphArrays(NamedTuple):
    """A graph as CSR by tail; not modified. Edges of infinite duration are never taken."""

    offset: NDArray[np.int32]
    head: NDArray[np.int32]
    duration_s: NDArray[np.float32]
    length_m: NDArray[np.float32]


class SearchWork(NamedTuple):
    """Labels by vertex, valid where ``stamp`` is the generation; all overwritten by searches.

    ``parent`` is the edge that a vertex was reached by, or ``-2 - i`` where seed ``i`` is it.
    The heap holds at most one entry a vertex for the seeds and one an edge.
    """

    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    parent: NDArray[np.int32]
    stamp: NDArray[np.int32]
    wanted: NDArray[np.int32]
    settled: NDArray[np.int32]
    heap_key: NDArray[np.float64]
    heap_vertex: NDArray[np.int32]
    generation: NDArray[np.int32]


class LinkArrays(NamedTuple):
    """Stops on the graph; not modified.

    Seeds of stop ``a`` are ``seed_offset[a]`` to ``seed_offset[a + 1]``. Terminals of vertex
    ``v`` are ``end_offset[v]`` to ``end_offset[v + 1]``: ``end_stop`` and the seconds left.
    """

    seed_offset: NDArray[np.int32]
    seed_vertex: NDArray[np.int32]
    seed_s: NDArray[np.float64]
    end_offset: NDArray[np.int32]
    end_stop: NDArray[np.int32]
    end_s: NDArray[np.float64]


@njit(cache=True, nogil=True)
def _push(
    key: NDArray[np.float64], vertex: NDArray[np.int32], size: int, new_key: float, new_vertex: int
) -> int:
    """Add an entry to the heap of ``size`` entries and return the new size."""
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if key[above] <= new_key:
            break
        key[place] = key[above]
        vertex[place] = vertex[above]
        place = above
    key[place] = new_key
    vertex[place] = new_vertex
    return size + 1


@njit(cache=True, nogil=True)
def _drop_first(key: NDArray[np.float64], vertex: NDArray[np.int32], size: int) -> int:
    """Take the first entry off the heap and return the new size."""
    size -= 1
    last_key, last_vertex = key[size], vertex[size]
    place, below = 0, 1
    while below < size:
        if below + 1 < size and key[below + 1] < key[below]:
            below += 1
        if key[below] >= last_key:
            break
        key[place] = key[below]
        vertex[place] = vertex[below]
        place = below
        below = 2 * place + 1
    key[place] = last_key
    vertex[place] = last_vertex
    return size


@njit(cache=True, nogil=True)
def _seed(
    work: SearchWork,
    generation: int,
    seed_vertex: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    seed_m: NDArray[np.float64],
    limit_s: float,
) -> int:
    """Label the seeds and put each seeded vertex on the heap once; return the heap's size."""
    for i in range(len(seed_vertex)):
        v = seed_vertex[i]
        if seed_s[i] <= limit_s and (work.stamp[v] != generation or seed_s[i] < work.seconds[v]):
            work.stamp[v] = generation
            work.seconds[v] = seed_s[i]
            work.metres[v] = seed_m[i]
            work.parent[v] = -2 - i
    size = 0
    for i in range(len(seed_vertex)):
        v = seed_vertex[i]
        if work.stamp[v] == generation and work.parent[v] == -2 - i:
            size = _push(work.heap_key, work.heap_vertex, size, work.seconds[v], v)
    return size


@njit(cache=True, nogil=True)
def spread(
    graph: GraphArrays,
    work: SearchWork,
    seed_vertex: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    seed_m: NDArray[np.float64],
    limit_s: float,
    wanted_vertex: NDArray[np.int32],
    wanted_s: NDArray[np.float64],
    one_target: bool,
) -> int:
    """Settle vertices in order of seconds from the seeds, and return how many were settled.

    Stops beyond ``limit_s``, or when all of ``wanted_vertex`` are settled (where there are
    any). With ``one_target`` the wanted vertices are ways to one place that is ``wanted_s``
    farther: the search then also stops where none of them can be shorter any more.
    ``work`` is overwritten; ``work.settled`` lists the settled vertices.
    """
    if work.generation[0] >= LAST_GENERATION:
        work.stamp[:] = 0
        work.wanted[:] = 0
        work.generation[0] = 0
    work.generation[0] += 1
    generation = work.generation[0]
    n_wanted = 0
    for v in wanted_vertex:
        if work.wanted[v] != generation:
            work.wanted[v] = generation
            n_wanted += 1
    if len(wanted_vertex) == 0:
        n_wanted = -1
    size = _seed(work, generation, seed_vertex, seed_s, seed_m, limit_s)
    n_settled = 0
    while size > 0:
        seconds, v = work.heap_key[0], work.heap_vertex[0]
        if seconds > limit_s:
            break
        size = _drop_first(work.heap_key, work.heap_vertex, size)
        if seconds > work.seconds[v]:
            continue
        work.settled[n_settled] = v
        n_settled += 1
        if work.wanted[v] == generation:
            n_wanted -= 1
            if one_target:
                for i in range(len(wanted_vertex)):
                    if wanted_vertex[i] == v:
                        limit_s = min(limit_s, seconds + wanted_s[i])
            if n_wanted == 0:
                break
        metres = work.metres[v]
        for e in range(graph.offset[v], graph.offset[v + 1]):
            there = seconds + graph.duration_s[e]
            if there > limit_s:
                continue
            w = graph.head[e]
            if work.stamp[w] != generation or there < work.seconds[w]:
                work.stamp[w] = generation
                work.seconds[w] = there
                work.metres[w] = metres + graph.length_m[e]
                work.parent[w] = e
                size = _push(work.heap_key, work.heap_vertex, size, there, w)
    return n_settled


@njit(cache=True, nogil=True)
def reach_stops(
    graph: GraphArrays,
    work: SearchWork,
    links: LinkArrays,
    seed_vertex: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    limit_s: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return stops within ``limit_s`` of the seeds and their seconds, a stop perhaps repeated."""
    n_settled = spread(
        graph, work, seed_vertex, seed_s, seed_s, limit_s,
        np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float64), False,
    )  # fmt: skip
    n = 0
    for i in range(n_settled):
        v = work.settled[i]
        n += links.end_offset[v + 1] - links.end_offset[v]
    stop = np.empty(n, dtype=np.int32)
    seconds = np.empty(n, dtype=np.float64)
    n = 0
    for i in range(n_settled):
        v = work.settled[i]
        for k in range(links.end_offset[v], links.end_offset[v + 1]):
            total = work.seconds[v] + links.end_s[k]
            if total <= limit_s:
                stop[n], seconds[n] = links.end_stop[k], total
                n += 1
    return stop[:n], seconds[:n]
