"""The nearest point of the streets: where a place touches the graph of a mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from network.base.geodesy import EARTH_RADIUS_M
from network.streets._snap_kernels import METRES_PER_DEGREE, Grid, Pieces, fill_grid, snap_places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from network.streets.graph import Segments, StreetGraph, StreetMode

MAX_OFF_STREET_M = 250.0
"""A place farther than this from any street is off the streets.

A block of 500 m a side, larger than nearly all in cities, has no point farther from its edge.
"""
_PIECES_PER_CELL = 2.0
_MIN_CELL_M = 25.0
_HALF_TURN = 180.0  # pieces wider than this, degrees, cross the antimeridian: never snapped to


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapPoints:
    """Points on the streets, shape (n,) each.

    ``segment`` is -1 where no street is near enough. ``fraction`` is the share of the
    segment's length from its ``node_a``; ``distance_m`` the straight line from the place
    (infinite where none), ``lat`` and ``lon`` the point itself (NaN where none).
    """

    segment: NDArray[np.int32]
    fraction: NDArray[np.float64]
    distance_m: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.segment)

    @property
    def is_near(self) -> NDArray[np.bool_]:
        """Which places have a street near enough."""
        return self.segment >= 0

    def take(self, rows: NDArray[np.integer] | Sequence[int]) -> SnapPoints:
        """Return some of the points."""
        return SnapPoints(
            segment=self.segment[rows],
            fraction=self.fraction[rows],
            distance_m=self.distance_m[rows],
            lat=self.lat[rows],
            lon=self.lon[rows],
        )


class Snapper:
    """Finds the nearest point of the segments a trip of one mode may start or end on.

    Built once for a graph; the pieces of the segments stand in a grid of square cells, about
    two to a cell, so that a place is compared with the few around it.
    """

    def __init__(self, streets: StreetGraph, mode: StreetMode, *, without_flags: int = 0) -> None:
        """Build the grid; segments with any of the flags (``STEPS``...) are left out."""
        segments = streets.segments
        usable = streets.mode_graph(mode).snap_segment
        usable = usable[(segments.flags[usable] & without_flags) == 0]
        self._segments = segments
        self._share = compute_point_shares(segments)
        self._pieces = _build_pieces(segments, usable)
        self._grid = _build_grid(self._pieces)

    def snap(
        self, lat: ArrayLike, lon: ArrayLike, *, limit_m: float = MAX_OFF_STREET_M
    ) -> SnapPoints:
        """Find the points nearest to places (degrees), at most ``limit_m`` metres away.

        A point within a segment where that is nearest, not only at its ends. Of segments
        equally near, the one of the least number; then the first of its points.
        """
        lat = np.atleast_1d(np.asarray(lat, dtype=np.float64))
        lon = np.atleast_1d(np.asarray(lon, dtype=np.float64))
        piece, share, metres = snap_places(self._pieces, self._grid, lat, lon, float(limit_m))
        found = piece >= 0
        at = self._pieces.start[piece[found]]
        segment = np.full(len(piece), -1, dtype=np.int32)
        segment[found] = self._pieces.segment[piece[found]]
        return SnapPoints(
            segment=segment,
            fraction=_spread_out(_between(self._share, at, share[found]), found, 0.0),
            distance_m=metres,
            lat=_spread_out(_between(self._segments.point_lat, at, share[found]), found, np.nan),
            lon=_spread_out(_between(self._segments.point_lon, at, share[found]), found, np.nan),
        )


def compute_point_shares(segments: Segments) -> NDArray[np.float64]:
    """Compute, for each point of each segment, the share of the segment's length before it."""
    lat, lon = segments.point_lat, segments.point_lon
    metres = np.zeros(len(lat))
    metres[1:] = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
    first = segments.point_offset[:-1]
    last = segments.point_offset[1:] - 1
    metres[first[first < len(lat)]] = 0.0  # from one segment's end to the next's start
    along = np.cumsum(metres)
    n_points = np.diff(segments.point_offset)
    start = np.repeat(along[first], n_points)
    length = np.repeat(along[last] - along[first], n_points)
    share = np.divide(along - start, length, out=np.zeros_like(along), where=length > 0)
    share[last] = 1.0
    share[first] = 0.0
    return np.minimum(share, 1.0)


def _build_pieces(segments: Segments, usable: NDArray[np.int32]) -> Pieces:
    n_pieces = segments.point_offset[usable + 1] - segments.point_offset[usable] - 1
    end = np.cumsum(n_pieces)
    place = np.arange(int(end[-1]) if len(end) else 0) - np.repeat(end - n_pieces, n_pieces)
    start = np.repeat(segments.point_offset[usable], n_pieces) + place
    lat, lon = segments.point_lat, segments.point_lon
    kept = np.abs(lon[start + 1] - lon[start]) <= _HALF_TURN
    return Pieces(
        start=start[kept].astype(np.int32),
        segment=np.repeat(usable, n_pieces)[kept].astype(np.int32),
        lat=np.ascontiguousarray(lat),
        lon=np.ascontiguousarray(lon),
    )


def _build_grid(pieces: Pieces) -> Grid:
    if len(pieces.start) == 0:
        empty = np.empty(0, dtype=np.int32)
        return Grid(0.0, 0.0, METRES_PER_DEGREE, 1.0, 1, 1, np.zeros(2, dtype=np.int32), empty)
    ends = np.concatenate((pieces.start, pieces.start + 1))
    lat, lon = pieces.lat[ends], pieces.lon[ends]
    south, north, west, east = lat.min(), lat.max(), lon.min(), lon.max()
    lon_m = float(METRES_PER_DEGREE * max(np.cos(np.radians((south + north) / 2)), 0.01))
    height_m = float(north - south) * EARTH_RADIUS_M * np.pi / 180
    width_m = float(east - west) * lon_m
    n_cells = max(1.0, len(pieces.start) / _PIECES_PER_CELL)
    cell_m = max(_MIN_CELL_M, np.sqrt(height_m * width_m / n_cells), (height_m + width_m) / n_cells)
    n_rows, n_cols = int(height_m / cell_m) + 1, int(width_m / cell_m) + 1
    size = (float(south), float(west), lon_m, float(cell_m), n_rows, n_cols)
    return Grid(*size, *fill_grid(pieces, *size))


def _between(
    values: NDArray[np.float64], at: NDArray[np.int32], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return values between points ``at`` and the next; exactly the next's at share 1."""
    between = values[at] + share * (values[at + 1] - values[at])
    return np.where(share >= 1, values[at + 1], between)


def _spread_out(
    values: NDArray[np.float64], found: NDArray[np.bool_], nothing: float
) -> NDArray[np.float64]:
    spread = np.full(len(found), nothing)
    spread[found] = values
    return spread
