"""The parts of streets that are reached within a time, found once for all shorter times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.streets.snap import compute_point_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.streets.search import StreetSearch
    from network.streets.snap import SnapPoints


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
        self._search = search
        self._segments = search.streets.segments
        self._share = compute_point_shares(self._segments)

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
        near = reached.metres < max_m
        vertex, vertex_s = reached.vertex[near], reached.seconds[near]
        arrays = self._search.arrays
        counts = np.diff(arrays.offset)[vertex].astype(np.int64)
        first = np.repeat(arrays.offset[vertex] - (np.cumsum(counts) - counts), counts)
        edge = first + np.arange(counts.sum())
        forward = self._search.graph.forward
        partial = np.flatnonzero(ends.edge >= 0)
        own, point = ends.edge[partial], ends.point[partial]
        at_s = seconds[point]
        along_s = ends.seconds[partial] - at_s
        every = np.concatenate((edge, own)).astype(np.int64)
        ahead = forward[every]
        found = Pieces(
            segment=self._search.graph.segment[every],
            start=np.concatenate((np.where(ahead[: len(edge)], 0.0, 1.0), points.fraction[point])),
            end=np.where(ahead, 1.0, 0.0),
            seconds=np.concatenate((np.repeat(vertex_s, counts), at_s)),
            duration_s=np.concatenate((arrays.duration_s[edge].astype(np.float64), along_s)),
        )
        return _take(found, np.isfinite(found.duration_s) & (found.seconds < limit_s))

    def draw(
        self, pieces: Pieces, limit_s: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return the points (lat, lon, degrees) of what is reached by ``limit_s``, by line.

        Whole segments stand once; the third array numbers the lines, ascending.
        """
        begun = _take(pieces, pieces.seconds < limit_s)
        done = np.minimum((limit_s - begun.seconds) / np.maximum(begun.duration_s, 1e-9), 1.0)
        is_whole = np.zeros(len(self._segments), dtype=np.bool_)
        is_whole[begun.segment[(done >= 1) & (np.abs(begun.end - begun.start) == 1)]] = True
        whole = np.flatnonzero(is_whole)
        part = np.flatnonzero(~is_whole[begun.segment])
        reach = begun.start[part] + done[part] * (begun.end[part] - begun.start[part])
        low, high = np.minimum(begun.start[part], reach), np.maximum(begun.start[part], reach)
        offset = self._segments.point_offset
        counts = np.diff(offset)[whole].astype(np.int64)
        rows = np.repeat(offset[whole] - (np.cumsum(counts) - counts), counts)
        rows = rows + np.arange(counts.sum())
        lat, lon = [self._segments.point_lat[rows]], [self._segments.point_lon[rows]]
        line = [np.repeat(np.arange(len(whole)), counts)]
        for i, segment in enumerate(begun.segment[part].tolist()):
            a, b = self._cut(segment, float(low[i]), float(high[i]))
            lat.append(a)
            lon.append(b)
            line.append(np.full(len(a), len(whole) + i))
        return np.concatenate(lat), np.concatenate(lon), np.concatenate(line)

    def _cut(
        self, segment: int, low: float, high: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the points of a segment between two shares, both ends among them."""
        first, last = self._segments.point_offset[segment : segment + 2]
        share = self._share[first:last]
        inside = (share > low) & (share < high)
        at = np.concatenate(([low], share[inside], [high]))
        lat = np.interp(at, share, self._segments.point_lat[first:last])
        return lat, np.interp(at, share, self._segments.point_lon[first:last])


def _take(pieces: Pieces, rows: NDArray[np.bool_]) -> Pieces:
    return Pieces(
        segment=pieces.segment[rows],
        start=pieces.start[rows],
        end=pieces.end[rows],
        seconds=pieces.seconds[rows],
        duration_s=pieces.duration_s[rows],
    )
