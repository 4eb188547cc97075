"""Parts of a mode's graph that cannot be reached, or not be left: pruned and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from network.streets.vertices import keep_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.streets.vertices import VertexGraph

MIN_ISLAND_VERTICES = 40
"""Smaller parts that lead nowhere are errors of the map or cut by its edge.

As in R5 (Conveyal, ``StreetLayer.MIN_SUBGRAPH_SIZE``), which prunes strong components of each
mode under this size. A stop or a home that were placed on one could not be reached.
"""


def label_components(
    graph: VertexGraph, *, keep: NDArray[np.bool_] | None = None, strong: bool
) -> NDArray[np.int32]:
    """Label the strong or weak components of the graph by vertex.

    ``keep`` leaves edges out. The component that holds the lowest vertex is 0, and so on, so
    that labels don't depend on the method.
    """
    tail, head = (graph.tail, graph.head) if keep is None else (graph.tail[keep], graph.head[keep])
    n = graph.n_vertices
    # tocsr adds parallel edges up: with two entries in one place the strong search never ends.
    matrix = coo_array((np.ones(len(tail)), (tail, head)), shape=(n, n)).tocsr()
    connected = connected_components(matrix, connection="strong" if strong else "weak")
    label: NDArray[np.int32] = connected[1]
    _, first = np.unique(label, return_index=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return rank[label]


def prune_islands(graph: VertexGraph) -> tuple[VertexGraph, int, int]:
    """Return the graph without its islands, their number, and the vertices that went.

    First the parts that nothing joins to the rest: of those with fewer than
    ``MIN_ISLAND_VERTICES`` vertices only the largest of all parts stays. Then, within what is
    left, the parts that can be entered and not left again, or left and never entered (strong
    components): smaller ones go where a larger one is there. A whole network of fewer vertices
    is left alone, so that a hand-made street that leads one way stays.
    """
    with_edges = np.zeros(graph.n_vertices, dtype=np.bool_)
    with_edges[graph.tail] = True
    with_edges[graph.head] = True
    if not with_edges.any():
        return keep_edges(graph, np.zeros(0, dtype=np.bool_)), 0, 0

    weak = label_components(graph, strong=False)
    size = np.bincount(weak[with_edges], minlength=int(weak.max()) + 1)
    stays = (size >= MIN_ISLAND_VERTICES) | (np.arange(len(size)) == np.argmax(size))
    n_islands = int((size > 0).sum() - stays.sum())
    vertex_stays = stays[weak] & with_edges

    strong = label_components(graph, strong=True)
    strong_size = np.bincount(strong[vertex_stays], minlength=int(strong.max()) + 1)
    is_large = strong_size >= MIN_ISLAND_VERTICES
    has_large = np.zeros(len(size), dtype=np.bool_)
    has_large[weak[is_large[strong] & vertex_stays]] = True
    trapped = vertex_stays & has_large[weak] & ~is_large[strong]
    n_islands += len(np.unique(strong[trapped]))

    kept = vertex_stays & ~trapped
    pruned = keep_edges(graph, kept[graph.tail] & kept[graph.head])
    return pruned, n_islands, int(with_edges.sum() - kept.sum())
