"""One mode's graph while it is made: vertices and directed edges, not yet sorted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.streets.raw import BACKWARD, FORWARD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.streets.graph import Segments
    from network.streets.modes import ModeSegments


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexGraph:
    """Vertices by the junction they stand for, and edges between them.

    The first ``n_plain`` vertices stand for one junction each, in order; copies come behind.
    Edge ``e`` leads from vertex ``tail[e]`` to ``head[e]`` along ``segment[e]``, ``forward`` or
    not. A trip that starts on a segment takes its ``is_start`` edge, one per direction.
    """

    node: NDArray[np.int32]
    n_plain: int
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    segment: NDArray[np.int32]
    forward: NDArray[np.bool_]
    is_start: NDArray[np.bool_]

    @property
    def n_vertices(self) -> int:
        """Number of vertices, copies included."""
        return len(self.node)

    def move_key(self) -> NDArray[np.int64]:
        """Return a number for each edge's segment and direction."""
        return move_key(self.segment, self.forward)


def move_key(segment: NDArray[np.int32], forward: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return twice the segment, plus one against its direction."""
    return segment.astype(np.int64) * 2 + ~forward


def build_vertex_graph(
    segments: Segments, mode: ModeSegments, n_nodes: int, closed: NDArray[np.bool_]
) -> VertexGraph:
    """Build the graph of one mode before pruning, split where a barrier closes a junction.

    ``closed`` says which junctions the mode cannot pass, shape (n_nodes,). Each segment then
    ends there at a vertex of its own: it can be driven to the barrier from both sides. Where
    three or more streets meet, a barrier stands beside the most important of them: those keep
    one vertex together, and only the others are cut off.
    """
    used = np.flatnonzero(mode.passage)
    vertex_a, vertex_b, node = _split_barriers(segments, mode, used, n_nodes, closed)
    ahead = (mode.passage[used] & FORWARD) != 0
    back = (mode.passage[used] & BACKWARD) != 0
    forward = np.concatenate([np.ones(ahead.sum(), np.bool_), np.zeros(back.sum(), np.bool_)])
    return VertexGraph(
        node=node,
        n_plain=n_nodes,
        tail=np.concatenate([vertex_a[ahead], vertex_b[back]]).astype(np.int32),
        head=np.concatenate([vertex_b[ahead], vertex_a[back]]).astype(np.int32),
        segment=np.concatenate([used[ahead], used[back]]).astype(np.int32),
        forward=forward,
        is_start=np.ones(len(forward), dtype=np.bool_),
    )


def _split_barriers(
    segments: Segments,
    mode: ModeSegments,
    used: NDArray[np.int64],
    n_nodes: int,
    closed: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the vertices at both ends of the used segments, and the junction of each vertex."""
    ends = np.concatenate([segments.node_a[used], segments.node_b[used]])
    rank = np.concatenate([mode.rank[used], mode.rank[used]])
    at_barrier = np.flatnonzero(closed[ends])
    # By junction, then segment: the numbers of new vertices follow from that alone.
    segment = np.concatenate([used, used])
    order = at_barrier[np.lexsort((at_barrier, segment[at_barrier], ends[at_barrier]))]
    junction = ends[order]
    count = np.bincount(junction, minlength=n_nodes)
    best = np.full(n_nodes, np.iinfo(np.int16).max, dtype=np.int16)
    np.minimum.at(best, junction, rank[order])
    first = np.append(True, junction[1:] != junction[:-1])[: len(junction)]
    is_main = (count[junction] > 2) & (rank[order] == best[junction])
    # The junction's own vertex serves the main streets, or the first end where there are none.
    keeps = np.where(count[junction] > 2, is_main, first)
    own = order[~keeps]
    vertex = ends.copy()
    vertex[own] = n_nodes + np.arange(len(own), dtype=np.int32)
    node = np.concatenate([np.arange(n_nodes, dtype=np.int32), ends[own]]).astype(np.int32)
    return vertex[: len(used)], vertex[len(used) :], node


def keep_edges(graph: VertexGraph, keep: NDArray[np.bool_]) -> VertexGraph:
    """Return the graph of the kept edges, vertices without any left out and numbered anew."""
    tail, head = graph.tail[keep], graph.head[keep]
    used = np.unique(np.concatenate([tail, head]))
    node = graph.node[used]
    order = np.lexsort((used, node))
    first = np.append(True, node[order][1:] != node[order][:-1])[: len(order)]
    order = np.concatenate([order[first], order[~first]])
    number = np.empty(graph.n_vertices, dtype=np.int32)
    number[used[order]] = np.arange(len(used), dtype=np.int32)
    return VertexGraph(
        node=node[order],
        n_plain=int(first.sum()),
        tail=number[tail],
        head=number[head],
        segment=graph.segment[keep],
        forward=graph.forward[keep],
        is_start=graph.is_start[keep],
    )


def sort_edges(graph: VertexGraph) -> VertexGraph:
    """Return the graph with edges by tail, then head, then segment, then direction."""
    order = np.lexsort((~graph.forward, graph.segment, graph.head, graph.tail))
    return replace(
        graph,
        tail=graph.tail[order],
        head=graph.head[order],
        segment=graph.segment[order],
        forward=graph.forward[order],
        is_start=graph.is_start[order],
    )


def edge_offsets(tail: NDArray[np.int32], n_vertices: int) -> NDArray[np.int32]:
    """Return where the edges of each vertex begin among edges sorted by tail."""
    return np.searchsorted(tail, np.arange(n_vertices + 1)).astype(np.int32)
