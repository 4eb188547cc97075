"""Stops around places without a search: lists by street vertex, looked up and merged.

From every vertex of the walking graph the stops within a walk are listed once, with exact
seconds. A place within a segment then has, of each stop, the least of: the way over each
vertex that the place's part of the segment leads to, the way along the segment itself, and
the straight line where that is allowed.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from network.streets._snap_kernels import METRES_PER_DEGREE, Grid, Pieces, snap_places
from network.streets._street_kernels import GraphArrays

EARTH_RADIUS_M = METRES_PER_DEGREE * 180 / np.pi
FORGIVEN_S = 1e-3  # durations of streets are float32: a walk of 500 s may add up to 500.00003
SPARE_S = 0.5  # walks so much longer than the limit are listed: they may be rounded down to it
_STRAIGHT_SPARE = 1e-9
UNSEEN = np.int32(2**30)  # of stops that no walk has reached


class StopGrid(NamedTuple):
    """Stops by cell of a grid in degrees, rows from the south-west corner; not modified."""

    south: float
    west: float
    cell_lat: float
    cell_lon: float
    n_rows: int
    n_cols: int
    offset: NDArray[np.int32]
    stop: NDArray[np.int32]


class PlaceArrays(NamedTuple):
    """What is needed of stops and streets whichever way one walks; not modified.

    ``share`` is that of its segment's length before each point. ``node`` are the junctions at
    a segment's ends, shape (n_segments, 2). ``off_m`` and ``is_straight`` are by stop, as
    ``all_stops`` and ``off_street`` (those with ``is_straight``) have them in cells.
    """

    has_streets: bool
    pieces: Pieces
    grid: Grid
    share: NDArray[np.float64]
    node: NDArray[np.int32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    off_m: NDArray[np.float64]
    all_stops: StopGrid
    off_street: StopGrid
    detour: float
    speed_mps: float
    off_street_m: float
    longest_off_m: float


class WayArrays(NamedTuple):
    """Ways between places and stops in one direction of walking; not modified.

    Vertices that a place on a segment is joined to, with the seconds of the whole edge and
    whether it is the share *before* the place that is walked; those that stand for a junction;
    the stops of each vertex; links of stops by segment; and the seconds of a
    whole segment to a link farther from its ``node_a`` than the place, and to one nearer.
    """

    way_offset: NDArray[np.int32]
    way_vertex: NDArray[np.int32]
    way_s: NDArray[np.float32]
    is_before: NDArray[np.bool_]
    junction_offset: NDArray[np.int32]
    junction_vertex: NDArray[np.int32]
    list_offset: NDArray[np.int32]
    list_stop: NDArray[np.int32]
    list_s: NDArray[np.float64]
    link_offset: NDArray[np.int32]
    link_stop: NDArray[np.int32]
    link_fraction: NDArray[np.float64]
    link_s: NDArray[np.float64]
    along_s: NDArray[np.float32]


class Access(NamedTuple):
    """Stops around places: those of place ``i`` are ``offset[i]`` to ``offset[i + 1]``."""

    offset: NDArray[np.int32]
    stop: NDArray[np.int32]
    seconds: NDArray[np.int32]


@njit(cache=True, nogil=True)
def list_stops(
    graph: GraphArrays,
    seed_offset: NDArray[np.int32],
    seed_vertex: NDArray[np.int32],
    seed_s: NDArray[np.float64],
    limit_s: float,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return offset, stop and seconds by vertex of all stops within ``limit_s``.

    ``graph`` has its edges turned round: each stop's search goes out from its own points,
    with a bucket of the queue for each second. A vertex may come up again in its second: the
    least seconds are those of any search that takes vertices in order.

    References
    ----------
    Dial, "Algorithm 360: Shortest-path forest with topological ordering", Communications of the
    ACM 12(11), 1969, doi:10.1145/363269.363610.
    """
    edge_offset, head, duration_s = graph.offset, graph.head, graph.duration_s
    n_vertices = len(edge_offset) - 1
    room, n = 1024, 0
    vertex, stop = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    seconds = np.empty(room, dtype=np.float64)
    counts = np.zeros(n_vertices + 1, dtype=np.int64)
    least_s = np.full(n_vertices, np.inf, dtype=np.float64)
    touched = np.empty(n_vertices, dtype=np.int32)
    bucket = np.full(int(limit_s) + 1, -1, dtype=np.int32)
    # Entries of the queue: where, when, and the next entry of the bucket.
    entry_v, entry_next = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.int32)
    entry_s = np.empty(1024, dtype=np.float64)
    for s in range(len(seed_offset) - 1):
        n_touched, n_entries = 0, 0
        place = len(bucket)
        for i in range(seed_offset[s], seed_offset[s + 1]):
            v, there = seed_vertex[i], seed_s[i]
            if there > limit_s or there >= least_s[v]:
                continue
            if least_s[v] == np.inf:
                touched[n_touched] = v
                n_touched += 1
            least_s[v] = there
            if n_entries == len(entry_v):
                entry_v, entry_next, entry_s = _grow(entry_v, entry_next, entry_s)
            entry_v[n_entries], entry_s[n_entries] = v, there
            entry_next[n_entries] = bucket[int(there)]
            bucket[int(there)] = n_entries
            n_entries += 1
            place = min(place, int(there))
        while place < len(bucket):
            entry = bucket[place]
            if entry < 0:
                place += 1
                continue
            bucket[place] = entry_next[entry]
            v, here_s = entry_v[entry], entry_s[entry]
            if here_s > least_s[v]:
                continue
            for e in range(edge_offset[v], edge_offset[v + 1]):
                there = here_s + duration_s[e]
                w = head[e]
                if there > limit_s or there >= least_s[w]:
                    continue
                if least_s[w] == np.inf:
                    touched[n_touched] = w
                    n_touched += 1
                least_s[w] = there
                if n_entries == len(entry_v):
                    entry_v, entry_next, entry_s = _grow(entry_v, entry_next, entry_s)
                entry_v[n_entries], entry_s[n_entries] = w, there
                entry_next[n_entries] = bucket[int(there)]
                bucket[int(there)] = n_entries
                n_entries += 1
        while n + n_touched > room:
            vertex, stop, seconds = _grow(vertex, stop, seconds)
            room = len(vertex)
        for i in range(n_touched):
            v = touched[i]
            vertex[n], stop[n], seconds[n] = v, s, least_s[v]
            least_s[v] = np.inf
            counts[v + 1] += 1
            n += 1
    return _by_vertex(counts, vertex[:n], stop, seconds)


@njit(cache=True, nogil=True)
def _grow(
    a: NDArray[np.int32], b: NDArray[np.int32], c: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return three arrays with room for twice as much."""
    more = np.empty(len(a), dtype=np.int32)
    return (
        np.concatenate((a, more)),
        np.concatenate((b, more)),
        np.concatenate((c, np.empty(len(c), dtype=np.float64))),
    )


@njit(cache=True, nogil=True)
def _by_vertex(
    counts: NDArray[np.int64],
    vertex: NDArray[np.int32],
    stop: NDArray[np.int32],
    seconds: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return the entries by vertex, by stop."""
    n = len(vertex)
    offset = np.cumsum(counts).astype(np.int32)
    place = offset.copy()
    by_stop, by_seconds = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.float64)
    for i in range(n):
        at = place[vertex[i]]
        by_stop[at], by_seconds[at] = stop[i], seconds[i]
        place[vertex[i]] += 1
    return offset, by_stop, by_seconds


@njit(cache=True, nogil=True)
def _metres(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Return the great-circle distance of two places in degrees (haversine)."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = (np.radians(lon_b) - np.radians(lon_a)) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    return float(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(min(1.0, chord))))


@njit(cache=True, nogil=True)
def _cell_range(low: float, high: float, start: float, width: float, n: int) -> tuple[int, int]:
    """Return the first cell that reaches ``low`` and the one after the last up to ``high``."""
    first = min(max((low - start) / width, 0.0), float(n))
    last = min(max((high - start) / width, -1.0), float(n - 1))
    return int(first), int(np.floor(last)) + 1


@njit(cache=True, nogil=True)
def _around(grid: StopGrid, lat: float, lon: float, radius_m: float) -> tuple[int, int, int, int]:
    """Return the rows and columns of a grid that hold all stops within ``radius_m``."""
    angle = radius_m / EARTH_RADIUS_M * (1 + _STRAIGHT_SPARE) + 1e-12
    high = np.degrees(angle)
    rows = _cell_range(lat - high, lat + high, grid.south, grid.cell_lat, grid.n_rows)
    # On the sphere a circle is widest a little poleward of its middle.
    sine, cosine = np.sin(min(angle, np.pi / 2)), np.cos(np.radians(lat))
    if sine >= cosine:
        return rows[0], rows[1], 0, grid.n_cols
    wide = np.degrees(np.arcsin(sine / cosine)) * (1 + _STRAIGHT_SPARE)
    if lon - wide < -180 or lon + wide > 180:
        return rows[0], rows[1], 0, grid.n_cols
    columns = _cell_range(lon - wide, lon + wide, grid.west, grid.cell_lon, grid.n_cols)
    return rows[0], rows[1], columns[0], columns[1]


@njit(cache=True, nogil=True)
def _add_straight(
    net: PlaceArrays,
    grid: StopGrid,
    lat: float,
    lon: float,
    radius_m: float,
    off_m: float,
    limit_s: int,
    best_s: NDArray[np.int32],
    found: NDArray[np.int32],
    n: int,
) -> int:
    """Take the straight walk to each stop of a grid where it is shorter; return how many found.

    A stop farther than both ``off_m`` and its own distance from its street is left out,
    unless ``off_m`` is infinite.
    """
    row_0, row_1, column_0, column_1 = _around(grid, lat, lon, radius_m)
    for row in range(row_0, row_1):
        a = grid.offset[row * grid.n_cols + column_0]
        b = grid.offset[row * grid.n_cols + column_1]
        for k in range(a, b):
            s = grid.stop[k]
            metres = _metres(lat, lon, net.lat[s], net.lon[s])
            own_m = net.off_m[s]
            if off_m < np.inf and not (own_m < np.inf and metres <= max(off_m, own_m)):
                continue
            seconds = np.ceil(metres * net.detour / net.speed_mps - 1e-9)
            if seconds > limit_s:
                continue
            if best_s[s] == UNSEEN:
                found[n] = s
                n += 1
            best_s[s] = min(best_s[s], int(seconds))
    return n


@njit(cache=True, nogil=True)
def find_stops(
    net: PlaceArrays,
    ways: WayArrays,
    best_s: NDArray[np.int32],
    found: NDArray[np.int32],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    limit_s: int,
) -> Access:
    """Return the stops within ``limit_s`` of each place and their seconds, by stop.

    ``best_s``, by stop, is 2**30 between calls; ``found`` has room for every stop.
    """
    n_places = len(lat)
    offset = np.zeros(n_places + 1, dtype=np.int32)
    room, n_all = 64 * n_places + 64, 0
    stop, seconds = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    straight_m = limit_s * net.speed_mps / net.detour + 1.0
    if net.has_streets:
        piece, piece_share, off_m = snap_places(net.pieces, net.grid, lat, lon, net.off_street_m)
    else:
        piece = np.full(n_places, -1, dtype=np.int32)
        piece_share, off_m = np.zeros(n_places), np.full(n_places, np.inf)
    list_offset, list_stop, list_s = ways.list_offset, ways.list_stop, ways.list_s
    for q in range(n_places):
        n = 0
        if piece[q] >= 0:
            segment = net.pieces.segment[piece[q]]
            at = net.pieces.start[piece[q]]
            fraction = net.share[at + 1]
            if piece_share[q] < 1:
                fraction = net.share[at] + piece_share[q] * (net.share[at + 1] - net.share[at])
            off_s = off_m[q] / net.speed_mps
            first, last = ways.way_offset[segment], ways.way_offset[segment + 1]
            node = -1
            if fraction <= 0:
                node = net.node[segment, 0]
            elif fraction >= 1:
                node = net.node[segment, 1]
            n_junction = 0
            if node >= 0:
                n_junction = ways.junction_offset[node + 1] - ways.junction_offset[node]
            for w in range(last - first + n_junction):
                if w < last - first:
                    v = ways.way_vertex[first + w]
                    share = fraction if ways.is_before[first + w] else 1 - fraction
                    here_s = share * ways.way_s[first + w] + off_s
                else:
                    v = ways.junction_vertex[ways.junction_offset[node] + w - (last - first)]
                    here_s = off_s
                for k in range(list_offset[v], list_offset[v + 1]):
                    whole = np.ceil(here_s + list_s[k] - FORGIVEN_S)
                    if whole <= limit_s:
                        s = list_stop[k]
                        if best_s[s] == UNSEEN:
                            found[n] = s
                            n += 1
                        best_s[s] = min(best_s[s], max(int(whole), 0))
            for k in range(ways.link_offset[segment], ways.link_offset[segment + 1]):
                ahead = ways.link_fraction[k] - fraction
                along = 0.0
                if ahead > 0:
                    along = ahead * ways.along_s[segment, 0]
                elif ahead < 0:
                    along = -ahead * ways.along_s[segment, 1]
                whole = np.ceil(along + ways.link_s[k] + off_s - FORGIVEN_S)
                if whole <= limit_s:
                    s = ways.link_stop[k]
                    if best_s[s] == UNSEEN:
                        found[n] = s
                        n += 1
                    best_s[s] = min(best_s[s], max(int(whole), 0))
            beside_m = min(max(off_m[q], net.longest_off_m), straight_m)
            n = _add_straight(
                net, net.all_stops, lat[q], lon[q], beside_m, off_m[q], limit_s, best_s, found, n
            )
            n = _add_straight(
                net, net.off_street, lat[q], lon[q], straight_m, np.inf, limit_s, best_s, found, n
            )
        elif np.isfinite(lat[q]) and np.isfinite(lon[q]):
            n = _add_straight(
                net, net.all_stops, lat[q], lon[q], straight_m, np.inf, limit_s, best_s, found, n
            )
        found[:n].sort()
        while n_all + n > room:
            room *= 2
            stop = np.concatenate((stop, np.empty(room - len(stop), dtype=np.int32)))
            seconds = np.concatenate((seconds, np.empty(room - len(seconds), dtype=np.int32)))
        for k in range(n):
            s = found[k]
            stop[n_all], seconds[n_all] = s, best_s[s]
            best_s[s] = UNSEEN
            n_all += 1
        offset[q + 1] = n_all
    return Access(offset, stop[:n_all].copy(), seconds[:n_all].copy())
