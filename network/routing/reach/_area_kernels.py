"""Areas around streets: moves put on a grid, distances to what is marked, contours as rings."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
SPARE_CELLS = 1.5  # distances are known so far beyond the contour, which runs between cells
# Marching squares: corners inside are bits 1 (x, y), 2 (x+1, y), 4 (x+1, y+1), 8 (x, y+1); sides
# are 0 south, 1 east, 2 north, 3 west. Each line keeps the inside to its left. Of two opposite
# corners each stands for itself. By code and side come in by: the side gone out by.
_NO_SIDE = -1
_ONWARD = np.full((16, 4), _NO_SIDE, dtype=np.int8)
for _code, _from, _to in (
    (1, 0, 3), (2, 1, 0), (3, 1, 3), (4, 2, 1), (5, 0, 3), (5, 2, 1), (6, 2, 0), (7, 2, 3),
    (8, 3, 2), (9, 0, 2), (10, 1, 0), (10, 3, 2), (11, 1, 2), (12, 3, 1), (13, 0, 1), (14, 3, 0),
):  # fmt: skip
    _ONWARD[_code, _from] = _to


@njit(cache=True, nogil=True)
def gather_moves(
    vertex: NDArray[np.int32],
    vertex_s: NDArray[np.float64],
    vertex_m: NDArray[np.float64],
    max_m: float,
    limit_s: float,
    offset: NDArray[np.int32],
    edge_s: NDArray[np.float32],
    segment: NDArray[np.int32],
    forward: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the moves along whole edges from vertices reached: segment, start, seconds, duration.

    From vertices within ``limit_s`` and nearer than ``max_m``; ``start`` is the share of the
    segment at which a move begins, 0 or 1.
    """
    n = 0
    for v in vertex:
        n += offset[v + 1] - offset[v]
    move_segment, start = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.float64)
    seconds, duration_s = np.empty(n, dtype=np.float64), np.empty(n, dtype=np.float64)
    n = 0
    for i in range(len(vertex)):
        if vertex_m[i] >= max_m or vertex_s[i] >= limit_s:
            continue
        for e in range(offset[vertex[i]], offset[vertex[i] + 1]):
            if edge_s[e] < np.inf:
                move_segment[n], start[n] = segment[e], 0.0 if forward[e] else 1.0
                seconds[n], duration_s[n] = vertex_s[i], edge_s[e]
                n += 1
    return move_segment[:n], start[:n], seconds[:n], duration_s[:n]


@njit(cache=True, nogil=True)
def _emit(
    cells: NDArray[np.int32], n: int, x0: float, y0: float, x1: float, y1: float
) -> tuple[NDArray[np.int32], int]:
    """Add the cells of points along a line (in cells), half a cell apart, without its last."""
    dx, dy = x1 - x0, y1 - y0
    count = max(int(np.ceil(2 * np.sqrt(dx * dx + dy * dy))), 1)
    if n + count + 1 > len(cells):
        more = np.empty((2 * len(cells) + count + 1, 2), dtype=np.int32)
        more[:n] = cells[:n]
        cells = more
    column, row = int(np.floor(x0)), int(np.floor(y0))
    if n == 0 or cells[n - 1, 0] != column or cells[n - 1, 1] != row:
        cells[n, 0], cells[n, 1] = column, row
        n += 1
    step_x, step_y = dx / count, dy / count
    for k in range(1, count):
        c, r = int(np.floor(x0 + k * step_x)), int(np.floor(y0 + k * step_y))
        if c != column or r != row:
            column, row = c, r
            cells[n, 0], cells[n, 1] = c, r
            n += 1
    return cells, n


@njit(cache=True, nogil=True)
def mark_moves(
    segment: NDArray[np.int32],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    seconds: NDArray[np.float64],
    duration_s: NDArray[np.float64],
    limit_s: float,
    point_offset: NDArray[np.int32],
    point_lat: NDArray[np.float64],
    point_lon: NDArray[np.float64],
    share: NDArray[np.float64],
    lat: float,
    lon: float,
    cell_m: float,
) -> NDArray[np.int32]:
    """Return the cells (column, row) that moves pass through by ``limit_s``, some repeated.

    Cells are those of a grid through a place (degrees) on the plane that touches the sphere
    there. A move goes along its segment from share ``start`` towards ``end``; whole segments
    are gone along once.
    """
    is_whole = np.zeros(len(point_offset) - 1, dtype=np.bool_)
    for i in range(len(segment)):
        if seconds[i] < limit_s and abs(end[i] - start[i]) == 1:
            done = (limit_s - seconds[i]) / max(duration_s[i], 1e-9)
            is_whole[segment[i]] |= done >= 1
    cells_north = EARTH_RADIUS_M * np.pi / 180 / cell_m  # to a degree
    cells_east = cells_north * np.cos(np.radians(lat))
    cells = np.empty((4 * len(segment) + 64, 2), dtype=np.int32)
    n = 0
    for i in range(-len(is_whole), len(segment)):  # whole segments first, then moves
        if i < 0:
            s, low, high = i + len(is_whole), 0.0, 1.0
            if not is_whole[s]:
                continue
        else:
            s = segment[i]
            if seconds[i] >= limit_s or is_whole[s]:
                continue
            done = min((limit_s - seconds[i]) / max(duration_s[i], 1e-9), 1.0)
            reach = start[i] + done * (end[i] - start[i])
            low, high = min(start[i], reach), max(start[i], reach)
        at, last = point_offset[s], point_offset[s + 1] - 1
        while at < last - 1 and share[at + 1] <= low:
            at += 1
        x0, y0 = 0.0, 0.0
        is_first = True
        while True:
            # The point where the line begins, then each point within it, then its end.
            if is_first:
                part = (low - share[at]) / max(share[at + 1] - share[at], 1e-300)
            elif share[at + 1] < high:
                part = 1.0
            else:
                part = (high - share[at]) / max(share[at + 1] - share[at], 1e-300)
            part = min(max(part, 0.0), 1.0)
            here_lat, here_lon = point_lat[at], point_lon[at]
            if part == 1:
                here_lat, here_lon = point_lat[at + 1], point_lon[at + 1]
            elif part > 0:
                here_lat += part * (point_lat[at + 1] - here_lat)
                here_lon += part * (point_lon[at + 1] - here_lon)
            east = here_lon - lon
            if east < -180:
                east += 360
            elif east >= 180:
                east -= 360
            x, y = east * cells_east, (here_lat - lat) * cells_north
            if not is_first:
                cells, n = _emit(cells, n, x0, y0, x, y)
                if share[at + 1] >= high or at + 1 >= last:
                    break
                at += 1
            is_first = False
            x0, y0 = x, y
        cells, n = _emit(cells, n, x, y, x, y)
    return cells[:n]


@njit(cache=True, nogil=True)
def find_distances(
    cells: NDArray[np.int32], west: int, south: int, width: int, height: int,
    reach: int, radius_m: float, cell_m: float,
) -> NDArray[np.float32]:  # fmt: skip
    """Return metres from each cell to the nearest given one, up to a little past the radius.

    The result has shape (height, width), from cell (``west``, ``south``); given cells are at
    least ``reach`` and one more cells inside.
    """
    marked = np.zeros(height * width, dtype=np.bool_)
    for i in range(len(cells)):
        marked[(cells[i, 1] - south) * width + cells[i, 0] - west] = True
    beyond_m = np.float32(radius_m + SPARE_CELLS * cell_m)
    field = np.full(height * width, beyond_m, dtype=np.float32)
    # Behind a marked neighbour (west 1, east 2, south 4, north 8) a cell is the nearest of none.
    offset = np.zeros(17, dtype=np.int64)
    step = np.empty(16 * (2 * reach + 1) ** 2, dtype=np.int64)
    metres = np.empty(len(step), dtype=np.float32)
    n = 0
    for beside in range(16):
        for dy in range(0 if beside & 4 else -reach, 1 if beside & 8 else reach + 1):
            for dx in range(0 if beside & 1 else -reach, 1 if beside & 2 else reach + 1):
                away_m = np.float32(np.sqrt(float(dx * dx + dy * dy)) * cell_m)
                if away_m < beyond_m:
                    step[n], metres[n] = dy * width + dx, away_m
                    n += 1
        offset[beside + 1] = n
    for at in range((reach + 1) * width, (height - reach - 1) * width):
        if marked[at]:
            beside = marked[at - 1] + 2 * marked[at + 1]
            beside += 4 * marked[at - width] + 8 * marked[at + width]
            for k in range(offset[beside], offset[beside + 1]):
                there = at + step[k]
                if metres[k] < field[there]:
                    field[there] = metres[k]
    return field.reshape((height, width))


@njit(cache=True, nogil=True)
def _count_crossings(inside: NDArray[np.uint8], width: int) -> int:
    """Return how many sides between neighbouring cells a contour crosses."""
    n = 0
    for at in range(len(inside) - width):
        n += (inside[at] ^ inside[at + 1]) + (inside[at] ^ inside[at + width])
    return n


@njit(cache=True, nogil=True)
def trace_rings(
    field: NDArray[np.float32], level: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the contours of a field at a level: points, where each ring begins, and its owner.

    ``points`` are (x, y) in cells, each ring closed; ring ``i`` is ``begin[i]`` to
    ``begin[i + 1]``. A ring that owns itself encloses an area to its left; any other is a
    hole of its owner. The field is beyond the level at its edges, and the level its value
    nowhere.
    """
    height, width = field.shape
    values = field.ravel()
    inside = (values < level).view(np.uint8)
    ring_of = np.full(len(values), -1, dtype=np.int32)  # of the side towards x + 1
    n_crossings = _count_crossings(inside, width)
    # A ring has four crossings at least, and its first point once more at its end.
    points = np.empty((n_crossings + n_crossings // 4 + 1, 2), dtype=np.float64)
    begin = np.zeros(n_crossings // 4 + 2, dtype=np.int64)
    owner = np.empty(n_crossings // 4 + 1, dtype=np.int64)
    # By side gone out by: the cell at its lower end, counted from the square's, as x and y;
    # whether it leads along x; and the square on its other side.
    onward = _ONWARD.ravel()
    lower_x = np.array([0, 1, 0, 0], dtype=np.int64)
    lower_y = np.array([0, 0, 1, 0], dtype=np.int64)
    along_x = np.array([1, 0, 1, 0], dtype=np.int64)
    next_x = np.array([0, 1, 0, -1], dtype=np.int64)
    next_y = np.array([-1, 0, 1, 0], dtype=np.int64)
    n, n_rings, area = 0, 0, -1
    for start in range(len(values) - 1):
        goes_in = inside[start + 1]
        if goes_in == inside[start]:
            continue
        ring = ring_of[start]
        if ring < 0:
            # First met from the west: going in an outer ring, going out a hole of the area
            # that was entered last.
            ring = n_rings
            owner[ring] = ring if goes_in else area
            first = n
            at, along = start, 1
            low_y, low_x = start // width, start % width
            # Up where the inside is to the west, into the square above; else down.
            came_by = 2 if goes_in else 0
            x, y = low_x, low_y - goes_in
            before_x, before_y, last_x, last_y = -1.0, -1.0, -1.0, -1.0
            while True:
                if along:
                    ring_of[at] = ring
                a = values[at]
                b = values[at + 1] if along else values[at + width]
                share = (level - a) / (b - a)
                here_x, here_y = low_x + share * along, low_y + share * (1 - along)
                # Of three points in a row along the grid the middle one says nothing.
                if n - first >= 2 and (
                    (before_x == last_x == here_x) or (before_y == last_y == here_y)
                ):
                    n -= 1
                else:
                    before_x, before_y = last_x, last_y
                last_x, last_y = here_x, here_y
                points[n, 0], points[n, 1] = here_x, here_y
                n += 1
                corner = y * width + x
                code = inside[corner] + 2 * inside[corner + 1]
                code += 4 * inside[corner + width + 1] + 8 * inside[corner + width]
                side = onward[4 * code + came_by]
                low_x, low_y, along = x + lower_x[side], y + lower_y[side], along_x[side]
                at = low_y * width + low_x
                if at == start and along:
                    break
                x += next_x[side]
                y += next_y[side]
                came_by = side ^ 2
            points[n] = points[first]
            n += 1
            n_rings += 1
            begin[n_rings] = n
        area = owner[ring]
    return points[:n], begin[: n_rings + 1], owner[:n_rings]
