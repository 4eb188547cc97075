"""How points within segments hang on a mode's graph: ways to and from its vertices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.streets.graph import ModeGraph, StreetGraph
    from network.streets.snap import SnapPoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Ways between points of segments and vertices, shape (n_ways,).

    ``point`` numbers the points asked for, ``vertex`` is where the way leads to (or comes
    from), with its ``seconds`` and ``metres``. ``edge`` is the edge that it is a part of, -1
    where the point is the vertex's own junction.
    """

    point: NDArray[np.int32]
    vertex: NDArray[np.int32]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    edge: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.vertex)

    def later(self, seconds: NDArray[np.float64]) -> Ends:
        """Return the ways with seconds added by point, those of infinite seconds left out."""
        total = self.seconds + seconds[self.point]
        kept = np.isfinite(total)
        return Ends(
            point=self.point[kept],
            vertex=self.vertex[kept],
            seconds=total[kept],
            metres=self.metres[kept],
            edge=self.edge[kept],
        )


class EndFinder:
    """Finds the ways between points of segments and the vertices of one mode's graph.

    A point within a segment is left along the edges that a trip starting there takes, and
    reached by any edge of the segment, each for the share of it that is travelled. A point
    at an end of a segment is the junction itself: it is left in every direction, and to stand
    at any vertex of the junction is to have arrived.
    """

    def __init__(
        self, streets: StreetGraph, graph: ModeGraph, duration_s: NDArray[np.float32]
    ) -> None:
        """Index the graph; edges of infinite ``duration_s`` are never a part of a way."""
        self._graph = graph
        self._segments = streets.segments
        self._duration_s = duration_s
        self.tail = np.repeat(np.arange(graph.n_vertices, dtype=np.int32), np.diff(graph.offset))
        self._by_segment = np.argsort(graph.segment, kind="stable").astype(np.int32)
        counts = np.bincount(graph.segment, minlength=len(streets.segments))
        self._segment_offset = np.concatenate(([0], np.cumsum(counts)))
        self._by_node = np.argsort(graph.node, kind="stable").astype(np.int32)
        self._sorted_node = graph.node[self._by_node]

    def leave(self, points: SnapPoints) -> Ends:
        """Find the ways from points to the first vertices; none for points off the streets."""
        rows = np.flatnonzero(points.is_near).astype(np.int32)
        segment, fraction = points.segment[rows], points.fraction[rows]
        edge = self._graph.segment_edge[segment].ravel()
        share = np.column_stack((1 - fraction, fraction)).ravel()
        may = edge >= 0
        along = self._part(np.repeat(rows, 2)[may], self._graph.head, edge[may], share[may])
        point, vertex = self._junctions(rows, segment, fraction)
        plain = vertex < self._graph.n_plain
        return _with_junctions(along, point[plain], vertex[plain])

    def arrive(self, points: SnapPoints) -> Ends:
        """Find the ways from the last vertices to points; none for points off the streets."""
        rows = np.flatnonzero(points.is_near).astype(np.int32)
        segment, fraction = points.segment[rows], points.fraction[rows]
        first = self._segment_offset[segment]
        counts = self._segment_offset[segment + 1] - first
        edge = self._by_segment[_ranges(first, counts)]
        before = np.repeat(fraction, counts)
        share = np.where(self._graph.forward[edge], before, 1 - before)
        along = self._part(np.repeat(rows, counts), self.tail, edge, share)
        return _with_junctions(along, *self._junctions(rows, segment, fraction))

    def compute_along(
        self, origin: SnapPoints, target: SnapPoints
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute seconds and metres along one segment, point by point; infinite elsewhere."""
        ahead = target.fraction - origin.fraction
        same = (origin.segment == target.segment) & origin.is_near
        seconds = np.where(same & (ahead == 0), 0.0, np.inf)
        metres = seconds.copy()
        for column, share in ((0, ahead), (1, -ahead)):
            rows = np.flatnonzero(same & (share > 0))
            edge = self._graph.segment_edge[origin.segment[rows], column]
            rows, edge = rows[edge >= 0], edge[edge >= 0]
            way = self._part(rows.astype(np.int32), self._graph.head, edge, share[rows])
            seconds[way.point] = way.seconds
            metres[way.point] = way.metres
        return seconds, metres

    def _part(
        self,
        point: NDArray[np.int32],
        vertex_of: NDArray[np.int32],
        edge: NDArray[np.int32],
        share: NDArray[np.float64],
    ) -> Ends:
        """Return the ways that are ``share`` of ``edge``."""
        usable = np.isfinite(self._duration_s[edge])
        point, edge, share = point[usable], edge[usable], share[usable]
        return Ends(
            point=point,
            vertex=vertex_of[edge],
            seconds=share * self._duration_s[edge],
            metres=share * self._graph.length_m[edge],
            edge=edge,
        )

    def _junctions(
        self,
        rows: NDArray[np.int32],
        segment: NDArray[np.int32],
        fraction: NDArray[np.float64],
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return (point, vertex) for the points at an end and the vertices that stand there."""
        at_end = (fraction <= 0) | (fraction >= 1)
        rows, segment, fraction = rows[at_end], segment[at_end], fraction[at_end]
        node = np.where(
            fraction <= 0, self._segments.node_a[segment], self._segments.node_b[segment]
        )
        first = np.searchsorted(self._sorted_node, node, side="left")
        counts = np.searchsorted(self._sorted_node, node, side="right") - first
        return np.repeat(rows, counts), self._by_node[_ranges(first, counts)]


def _with_junctions(along: Ends, point: NDArray[np.int32], vertex: NDArray[np.int32]) -> Ends:
    zero = np.zeros(len(vertex))
    return Ends(
        point=np.concatenate((along.point, point)),
        vertex=np.concatenate((along.vertex, vertex)),
        seconds=np.concatenate((along.seconds, zero)),
        metres=np.concatenate((along.metres, zero)),
        edge=np.concatenate((along.edge, np.full(len(vertex), -1, dtype=np.int32))),
    )


def _ranges(first: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return first[0], first[0] + 1, ... (counts[0] of them), first[1], ... in one array."""
    end = np.cumsum(counts)
    total = int(end[-1]) if len(end) else 0
    return np.asarray(np.arange(total) + np.repeat(first - (end - counts), counts))
