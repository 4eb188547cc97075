"""The nearest point of many polylines: pieces in a grid of cells, rings of cells searched.

Distances are those of the plane that touches the sphere at the point asked for: east-west
lengths shrink by the cosine of its own latitude, so that they are right wherever the extract
lies and however tall it is. The grid is only a way to find candidates.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

METRES_PER_DEGREE = 6_371_008.8 * np.pi / 180
_TIE_M = 1e-6  # rings this little beyond the best are searched too, for ties to be decided


class Pieces(NamedTuple):
    """Straight pieces of segments: from point ``start[i]`` to the next; not modified."""

    start: NDArray[np.int32]
    segment: NDArray[np.int32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]


class Grid(NamedTuple):
    """Cells by row from the south-west corner, with the pieces that touch each; not modified.

    ``cell_m`` on a side, east-west metres taken at one latitude (``lon_m`` a degree).
    """

    south: float
    west: float
    lon_m: float
    cell_m: float
    n_rows: int
    n_cols: int
    offset: NDArray[np.int32]
    piece: NDArray[np.int32]


@njit(cache=True, nogil=True)
def _columns(
    x0: float, y0: float, x1: float, y1: float, low: float, high: float
) -> tuple[float, float]:
    """Return the least and greatest x of a piece between two values of y (in cells)."""
    if y0 > y1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    if y1 - y0 < 1e-12:
        return min(x0, x1), max(x0, x1)
    slope = (x1 - x0) / (y1 - y0)
    a = x0 + (max(low, y0) - y0) * slope
    b = x0 + (min(high, y1) - y0) * slope
    return min(a, b), max(a, b)


@njit(cache=True, nogil=True)
def fill_grid(
    pieces: Pieces,
    south: float,
    west: float,
    lon_m: float,
    cell_m: float,
    n_rows: int,
    n_cols: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return, by cell, the pieces that touch it: int32 offset and pieces, ascending by cell."""
    offset = np.zeros(n_rows * n_cols + 1, dtype=np.int32)
    found = np.empty(0, dtype=np.int32)
    for run in range(2):  # count, then fill
        for i in range(len(pieces.start)):
            p = pieces.start[i]
            x0 = (pieces.lon[p] - west) * lon_m / cell_m
            x1 = (pieces.lon[p + 1] - west) * lon_m / cell_m
            y0 = (pieces.lat[p] - south) * METRES_PER_DEGREE / cell_m
            y1 = (pieces.lat[p + 1] - south) * METRES_PER_DEGREE / cell_m
            for row in range(int(min(y0, y1)), min(int(max(y0, y1)), n_rows - 1) + 1):
                left, right = _columns(x0, y0, x1, y1, row, row + 1)
                for col in range(max(int(left), 0), min(int(right), n_cols - 1) + 1):
                    cell = row * n_cols + col
                    if run == 0:
                        offset[cell + 1] += 1
                    else:
                        found[offset[cell]] = i
                        offset[cell] += 1
        if run == 0:
            for cell in range(n_rows * n_cols):
                offset[cell + 1] += offset[cell]
            found = np.empty(offset[-1], dtype=np.int32)
    # Filling has moved each start to its end: put the starts back.
    for cell in range(n_rows * n_cols, 0, -1):
        offset[cell] = offset[cell - 1]
    offset[0] = 0
    return offset, found


@njit(cache=True, nogil=True)
def _share_nearest(x0: float, y0: float, x1: float, y1: float) -> float:
    """Return the share of a piece before its point nearest to the origin of the plane."""
    dx, dy = x1 - x0, y1 - y0
    square = dx * dx + dy * dy
    if square <= 0:
        return 0.0
    return min(max(-(x0 * dx + y0 * dy) / square, 0.0), 1.0)


@njit(cache=True, nogil=True)
def snap_places(
    pieces: Pieces,
    grid: Grid,
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    limit_m: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return for each place the nearest piece within ``limit_m``, share along it, and metres.

    -1, 0 and infinity where there is none. Of pieces equally near, the first.
    """
    n = len(lat)
    found = np.full(n, -1, dtype=np.int32)
    found_share = np.zeros(n, dtype=np.float64)
    distance_m = np.full(n, np.inf, dtype=np.float64)
    for q in range(n):
        lon_m = METRES_PER_DEGREE * np.cos(np.radians(lat[q]))
        x = (lon[q] - grid.west) * grid.lon_m / grid.cell_m
        y = (lat[q] - grid.south) * METRES_PER_DEGREE / grid.cell_m
        if not (np.isfinite(x) and np.isfinite(y)):
            continue
        col, row = int(np.floor(x)), int(np.floor(y))
        cell_x_m = grid.cell_m * lon_m / grid.lon_m  # a cell's true width at this latitude
        inner_m = min(min(x - col, col + 1 - x) * cell_x_m, min(y - row, row + 1 - y) * grid.cell_m)
        narrow_m = min(cell_x_m, grid.cell_m)
        best_m = limit_m
        # Rings that lie wholly outside the grid hold nothing: begin at the first that does not.
        ring = max(0, -col, -row, col - grid.n_cols + 1, row - grid.n_rows + 1)
        last_ring = max(col, row, grid.n_cols - 1 - col, grid.n_rows - 1 - row)
        while ring <= last_ring:
            if ring > 0 and (ring - 1) * narrow_m + inner_m > best_m + _TIE_M:
                break
            for r in range(max(row - ring, 0), min(row + ring, grid.n_rows - 1) + 1):
                # The whole row at the ring's top and bottom, else its two ends.
                step = 1 if abs(r - row) == ring else 2 * ring
                first = col - ring if step > 1 else max(col - ring, 0)
                for c in range(first, min(col + ring, grid.n_cols - 1) + 1, step):
                    if c < 0:
                        continue
                    cell = r * grid.n_cols + c
                    for k in range(grid.offset[cell], grid.offset[cell + 1]):
                        i = grid.piece[k]
                        p = pieces.start[i]
                        x0 = (pieces.lon[p] - lon[q]) * lon_m
                        y0 = (pieces.lat[p] - lat[q]) * METRES_PER_DEGREE
                        x1 = (pieces.lon[p + 1] - lon[q]) * lon_m
                        y1 = (pieces.lat[p + 1] - lat[q]) * METRES_PER_DEGREE
                        share = _share_nearest(x0, y0, x1, y1)
                        # Ends as they are, so that pieces that meet there are equally near.
                        dx = x1 if share == 1 else x0 + share * (x1 - x0)
                        dy = y1 if share == 1 else y0 + share * (y1 - y0)
                        metres = np.sqrt(dx * dx + dy * dy)
                        if metres < best_m or (metres == best_m and (found[q] < 0 or i < found[q])):
                            best_m = metres
                            found[q], found_share[q], distance_m[q] = i, share, metres
            ring += 1
    return found, found_share, distance_m
