"""Streets that only those may use whose trip starts or ends there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.streets.islands import label_components
from network.streets.vertices import VertexGraph

if TYPE_CHECKING:
    from numpy.typing import NDArray


def bar_through_traffic(graph: VertexGraph, limited: NDArray[np.bool_]) -> VertexGraph:
    """Return a graph in which no trip passes through limited segments on its way.

    A trip may begin on limited streets, leave them once for public ones, and end on limited
    streets again. Vertices inside limited areas are doubled: a vehicle that comes from public
    streets moves on copies whose edges don't lead out again; at their edges the areas have one
    more copy for trips that started within. Areas with at most one way in are left as they
    are: nothing can pass through. Public streets that can only be reached over limited ones
    (a village behind a "residents only" sign) count as limited too, or nobody would reach them.

    ``limited`` is by segment.
    """
    limited_edge = _areas_with_two_ways_in(graph, _extend_limited(graph, limited[graph.segment]))
    if not limited_edge.any():
        return graph
    n = graph.n_vertices
    touches_limited = np.zeros(n, dtype=np.bool_)
    touches_public = np.zeros(n, dtype=np.bool_)
    for ends in (graph.tail, graph.head):
        touches_limited[ends[limited_edge]] = True
        touches_public[ends[~limited_edge]] = True
    inside = np.flatnonzero(touches_limited)
    border = np.flatnonzero(touches_limited & touches_public)
    # Where a trip moves that began inside: on the plain vertex, at the border on a copy.
    outbound = np.arange(n, dtype=np.int32)
    outbound[border] = n + np.arange(len(border), dtype=np.int32)
    # Where a trip moves that came from public streets and will end inside.
    inbound = np.full(n, -1, dtype=np.int32)
    inbound[inside] = n + len(border) + np.arange(len(inside), dtype=np.int32)

    lim = np.flatnonzero(limited_edge)
    pub = np.flatnonzero(~limited_edge)
    leaving = pub[(touches_limited & touches_public)[graph.tail[pub]]]
    entering = lim[touches_public[graph.tail[lim]]]
    source = np.concatenate([pub, leaving, lim, entering, lim])
    tail = [graph.tail[pub], outbound[graph.tail[leaving]], outbound[graph.tail[lim]],
            graph.tail[entering], inbound[graph.tail[lim]]]  # fmt: skip
    head = [graph.head[pub], graph.head[leaving], outbound[graph.head[lim]],
            inbound[graph.head[entering]], inbound[graph.head[lim]]]  # fmt: skip
    is_start = np.zeros(len(source), dtype=np.bool_)
    is_start[: len(pub)] = True
    is_start[len(pub) + len(leaving) :][: len(lim)] = True
    return VertexGraph(
        node=np.concatenate([graph.node, graph.node[border], graph.node[inside]]),
        n_plain=graph.n_plain,
        tail=np.concatenate(tail),
        head=np.concatenate(head),
        segment=graph.segment[source],
        forward=graph.forward[source],
        is_start=is_start & graph.is_start[source],
    )


def _extend_limited(graph: VertexGraph, limited: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add the public edges that hang together with the rest over limited ones alone.

    Within each strong component of the graph the largest strong component of its public edges
    is the public network; the rest of it is behind limited streets.
    """
    if not limited.any():
        return limited
    whole = label_components(graph, strong=True)
    public = label_components(graph, keep=~limited, strong=True)
    size = np.bincount(public)
    first = np.unique(public, return_index=True)[1]
    # The largest public part of each whole, the one with the lowest vertex where two are equal.
    order = np.lexsort((first, -size, whole[first]))
    leads = np.append(True, whole[first][order][1:] != whole[first][order][:-1])
    is_main = np.zeros(len(size), dtype=np.bool_)
    is_main[order[leads]] = True
    within = whole[graph.tail] == whole[graph.head]
    off_main = ~(is_main[public[graph.tail]] & is_main[public[graph.head]])
    result: NDArray[np.bool_] = limited | (within & off_main)
    return result


def _areas_with_two_ways_in(graph: VertexGraph, limited: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the limited edges of areas that two or more vertices join to public edges."""
    if not limited.any():
        return limited
    area = label_components(graph, keep=limited, strong=False)
    touches_limited = np.zeros(graph.n_vertices, dtype=np.bool_)
    touches_public = np.zeros(graph.n_vertices, dtype=np.bool_)
    for ends in (graph.tail, graph.head):
        touches_limited[ends[limited]] = True
        touches_public[ends[~limited]] = True
    ways_in = np.bincount(area[touches_limited & touches_public], minlength=int(area.max()) + 1)
    result: NDArray[np.bool_] = limited & (ways_in[area[graph.tail]] > 1)
    return result
