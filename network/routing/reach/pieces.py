"""The parts of streets that are reached within a time, found once for all shorter times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base.kept import Kept
from network.routing.reach._area_kernels import gather_moves, mark_moves
from network.streets.snap import compute_point_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.streets.search import StreetSearch
    from network.streets.snap import SnapPoints

_KEPT = 4
_shares: Kept[NDArray[np.float64]] = Kept(_KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Moves along segments, shape (n,): from share ``start`` towards share ``end``.

    ``seconds`` is when one is at ``start``, ``duration_s`` what the move takes.
    """

    segment: NDArray[np.int32]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    seconds: NDArray[np.float64]
    duration_s: NDArray[np.float64]


class StreetPieces:
    """Finds and draws the parts of streets that are reached from points of segments."""

    def __init__(self, search: StreetSearch) -> None:
        """Prepare the drawing."""
        segments = search.streets.segments
        self._search = search
        self._segments = segments
        self._share = _shares.find((segments,), lambda: compute_point_shares(segments))

    def find_reached(
        self,
        points: SnapPoints,
        seconds: NDArray[np.float64],
        *,
        limit_s: float,
        max_m: float = np.inf,
    ) -> Pieces:
        """Find the moves begun within ``limit_s`` by who is at points after ``seconds``.

        Nobody walks on from a junction that is ``max_m`` metres or more from the point that
        he came from.
        """
        ends = self._search.ends.leave(points).later(seconds)
        reached = self._search.find_reached(ends, limit_s=limit_s)
        arrays, graph = self._search.arrays, self._search.graph
        segment, start, begun_s, duration_s = gather_moves(
            reached.vertex,
            reached.seconds,
            reached.metres,
            float(max_m),
            float(limit_s),
            arrays.offset,
            arrays.duration_s,
            graph.segment,
            graph.forward,
        )
        # Besides, from each point along its own segment.
        own = np.flatnonzero(ends.edge >= 0)
        own = own[seconds[ends.point[own]] < limit_s]
        edge, at_s = ends.edge[own], seconds[ends.point[own]]
        return Pieces(
            segment=np.concatenate((segment, graph.segment[edge])),
            start=np.concatenate((start, points.fraction[ends.point[own]])),
            end=np.concatenate((1 - start, np.where(graph.forward[edge], 1.0, 0.0))),
            seconds=np.concatenate((begun_s, at_s)),
            duration_s=np.concatenate((duration_s, ends.seconds[own] - at_s)),
        )

    def mark(
        self, pieces: Pieces, limit_s: float, place: tuple[float, float], cell_m: float
    ) -> NDArray[np.int32]:
        """Return the cells (column, row) of a grid through a place that are reached by ``limit_s``.

        The grid is one of metres on the plane that touches the sphere at the place (degrees);
        a cell counts where one of the points of a street half a cell apart lies in it. Shape
        (n, 2); a cell may stand there several times.
        """
        segments = self._segments
        marked: NDArray[np.int32] = mark_moves(
            pieces.segment,
            pieces.start,
            pieces.end,
            pieces.seconds,
            pieces.duration_s,
            float(limit_s),
            segments.point_offset,
            segments.point_lat,
            segments.point_lon,
            self._share,
            *place,
            float(cell_m),
        )
        return marked
