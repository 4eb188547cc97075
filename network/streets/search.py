"""Shortest times and paths on the streets of one mode, between any points of segments."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from network.streets._street_kernels import GraphArrays, SearchWork, spread
from network.streets.ends import EndFinder, Ends
from network.streets.graph import FERRY, StreetMode
from network.streets.paths import Step, StreetPath, build_path
from network.streets.snap import compute_point_shares

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from network.streets.graph import StreetGraph
    from network.streets.snap import SnapPoints

NO_LIMIT_S = 1e9
"""A search without bound; finite, so that edges of infinite duration are never taken."""
_NONE = np.empty(0, dtype=np.int32)
_NO_S = np.empty(0, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Vertices in order of seconds from where a search began, shape (n_reached,) each."""

    vertex: NDArray[np.int32]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]


class StreetSearch:
    """Searches on one mode's graph; the arrays they work in are kept from one to the next.

    Points are left and reached as :class:`network.streets.ends.EndFinder` says; points of one
    segment are also joined along it. Metres are those of the fastest path. Several threads
    may use one object.
    """

    def __init__(
        self,
        streets: StreetGraph,
        mode: StreetMode,
        *,
        speed_mps: float | None = None,
        without_flags: int = 0,
    ) -> None:
        """Prepare the searches.

        Parameters
        ----------
        speed_mps
            Speed on the flat for walking or cycling, in place of the graph's own: durations
            change in proportion, those of ferries excepted. Cars keep the graph's.
        without_flags
            Segments with any of these flags (``STEPS``...) are never taken.
        """
        self.streets = streets
        self.graph = streets.mode_graph(mode)
        self.duration_s = _durations(streets, mode, speed_mps, without_flags)
        self.ends = EndFinder(streets, self.graph, self.duration_s)
        self.arrays = GraphArrays(
            offset=np.ascontiguousarray(self.graph.offset),
            head=np.ascontiguousarray(self.graph.head),
            duration_s=self.duration_s,
            length_m=np.ascontiguousarray(self.graph.length_m),
        )
        self._free: list[SearchWork] = []

    @cached_property
    def reversed_arrays(self) -> GraphArrays:
        """The graph with every edge turned round."""
        order = np.argsort(self.graph.head, kind="stable")
        counts = np.bincount(self.graph.head, minlength=self.graph.n_vertices)
        return GraphArrays(
            offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
            head=self.ends.tail[order],
            duration_s=self.duration_s[order],
            length_m=self.graph.length_m[order],
        )

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        return compute_point_shares(self.streets.segments)

    def find_reached(
        self, start: Ends, *, limit_s: float = NO_LIMIT_S, reverse: bool = False
    ) -> Reached:
        """Find every vertex within ``limit_s`` seconds of where the ways of ``start`` begin.

        With ``reverse``, the vertices from which the ways' points are reached in that time.
        """
        with self.lend_work() as work:
            n = self._spread(work, start, limit_s, reverse=reverse)
            vertex = work.settled[:n].copy()
            return Reached(vertex=vertex, seconds=work.seconds[vertex], metres=work.metres[vertex])

    def compute_times(
        self,
        origin: SnapPoints,
        targets: SnapPoints,
        *,
        origin_s: NDArray[np.float64] | None = None,
        target_s: NDArray[np.float64] | None = None,
        limit_s: float = NO_LIMIT_S,
        reverse: bool = False,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute the shortest seconds, and their metres, from a place to each of many points.

        The place is one point, or the nearest of several. ``origin_s`` and ``target_s`` are
        seconds that each point costs besides, infinite where it may not be used. The result
        is infinite beyond ``limit_s``, those seconds included, or where there is no way. With
        ``reverse``, from each of the many to the place.
        """
        before = np.zeros(len(origin)) if origin_s is None else origin_s
        after = np.zeros(len(targets)) if target_s is None else target_s
        ends = self.ends
        here = (ends.arrive if reverse else ends.leave)(origin).later(before)
        there = (ends.leave if reverse else ends.arrive)(targets).later(after)
        seconds, metres = self._along(origin, targets, before, after, reverse=reverse)
        if len(there) and len(here):
            with self.lend_work() as work:
                self._spread(work, here, limit_s, reverse=reverse, wanted=there.vertex)
                total_s, total_m = _totals(work, there)
            _take_shorter(seconds, metres, there.point, total_s, total_m)
        beyond = seconds > limit_s
        seconds[beyond], metres[beyond] = np.inf, np.inf
        return seconds, metres

    def _along(
        self,
        origin: SnapPoints,
        targets: SnapPoints,
        before: NDArray[np.float64],
        after: NDArray[np.float64],
        *,
        reverse: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute seconds and metres along one segment from the place to each point."""
        n = len(targets)
        seconds, metres = np.full(n, np.inf), np.full(n, np.inf)
        for i in range(len(origin)):
            one = origin.take(np.full(n, i))
            pair = (targets, one) if reverse else (one, targets)
            along_s, along_m = self.ends.compute_along(*pair)
            along_s += before[i] + after
            shorter = along_s < seconds
            seconds[shorter], metres[shorter] = along_s[shorter], along_m[shorter]
        return seconds, metres

    def find_path(
        self,
        origin: SnapPoints,
        target: SnapPoints,
        *,
        origin_s: NDArray[np.float64] | None = None,
        target_s: NDArray[np.float64] | None = None,
        limit_s: float = NO_LIMIT_S,
    ) -> StreetPath | None:
        """Find the fastest path from any of some points to any of others, drawn.

        ``origin_s`` and ``target_s`` are seconds that each point costs besides, infinite where
        it may not be used; they decide which points are taken, and are no part of the path.
        None where there is no way within ``limit_s``, those seconds included.
        """
        before = np.zeros(len(origin)) if origin_s is None else origin_s
        after = np.zeros(len(target)) if target_s is None else target_s
        here = self.ends.leave(origin).later(before)
        there = self.ends.arrive(target).later(after)
        best_s, pair, steps = self._shortest_along(origin, target, before, after)
        if len(there):
            with self.lend_work() as work:
                bound_s = min(limit_s, best_s)
                self._spread(work, here, bound_s, wanted=there.vertex, wanted_s=there.seconds)
                total_s, total_m = _totals(work, there)
                last = int(np.lexsort((total_m, total_s))[0])
                if total_s[last] < best_s:
                    best_s = float(total_s[last])
                    first, steps = self._steps_back(work, here, int(there.vertex[last]), origin)
                    pair = (first, int(there.point[last]))
                    steps += self._last_step(int(there.edge[last]), target, pair[1])
        if best_s > limit_s:
            return None
        start = (int(origin.segment[pair[0]]), float(origin.fraction[pair[0]]))
        moves = [step for step in steps if step.start != step.end]
        return build_path(self.streets.segments, self._shares, moves, pair, start)

    def _shortest_along(
        self,
        origin: SnapPoints,
        target: SnapPoints,
        before: NDArray[np.float64],
        after: NDArray[np.float64],
    ) -> tuple[float, tuple[int, int], list[Step]]:
        """Return seconds, points and steps of the shortest way along one segment."""
        a = np.repeat(np.arange(len(origin)), len(target))
        b = np.tile(np.arange(len(target)), len(origin))
        seconds = self.ends.compute_along(origin.take(a), target.take(b))[0] + before[a] + after[b]
        best = int(np.argmin(seconds))
        pair = (int(a[best]), int(b[best]))
        if not np.isfinite(seconds[best]):
            return np.inf, pair, []
        start, end = float(origin.fraction[pair[0]]), float(target.fraction[pair[1]])
        if start == end:
            return float(seconds[best]), pair, []
        edge = self.graph.segment_edge[origin.segment[pair[0]], 0 if end > start else 1]
        return float(seconds[best]), pair, [self._step(int(edge), start, end)]

    def _steps_back(
        self, work: SearchWork, here: Ends, vertex: int, origin: SnapPoints
    ) -> tuple[int, list[Step]]:
        """Follow the parents from a vertex back to a point; return it, and the steps in order."""
        steps = []
        parent = int(work.parent[vertex])
        while parent >= 0:
            ends = (0.0, 1.0) if self.graph.forward[parent] else (1.0, 0.0)
            steps.append(self._step(parent, *ends))
            parent = int(work.parent[self.ends.tail[parent]])
        way = -2 - parent
        point, edge = int(here.point[way]), int(here.edge[way])
        if edge >= 0:
            end = 1.0 if self.graph.forward[edge] else 0.0
            steps.append(self._step(edge, float(origin.fraction[point]), end))
        return point, steps[::-1]

    def _last_step(self, edge: int, target: SnapPoints, point: int) -> list[Step]:
        if edge < 0:
            return []
        start = 0.0 if self.graph.forward[edge] else 1.0
        return [self._step(edge, start, float(target.fraction[point]))]

    def _step(self, edge: int, start: float, end: float) -> Step:
        share = abs(end - start)
        return Step(
            segment=int(self.graph.segment[edge]),
            start=start,
            end=end,
            seconds=share * float(self.duration_s[edge]),
            metres=share * float(self.graph.length_m[edge]),
        )

    def _spread(
        self,
        work: SearchWork,
        start: Ends,
        limit_s: float,
        *,
        reverse: bool = False,
        wanted: NDArray[np.int32] = _NONE,
        wanted_s: NDArray[np.float64] | None = None,
    ) -> int:
        return spread(
            self.reversed_arrays if reverse else self.arrays,
            work,
            start.vertex,
            start.seconds,
            start.metres,
            float(min(limit_s, NO_LIMIT_S)),
            wanted,
            _NO_S if wanted_s is None else wanted_s,
            wanted_s is not None,
        )

    @contextmanager
    def lend_work(self) -> Iterator[SearchWork]:
        """Lend the arrays of one search; those given back are lent again."""
        work = self._free.pop() if self._free else self.new_work()
        yield work
        self._free.append(work)

    def new_work(self) -> SearchWork:
        """Return arrays that one search at a time works in."""
        return build_work(self.graph.n_vertices, self.graph.n_edges)


def build_work(n_vertices: int, n_edges: int) -> SearchWork:
    """Build the arrays that one search at a time works in, for a graph of this size."""
    room = n_vertices + n_edges + 1
    return SearchWork(
        seconds=np.zeros(n_vertices),
        metres=np.zeros(n_vertices),
        parent=np.zeros(n_vertices, dtype=np.int32),
        stamp=np.zeros(n_vertices, dtype=np.int32),
        wanted=np.zeros(n_vertices, dtype=np.int32),
        settled=np.zeros(n_vertices, dtype=np.int32),
        heap_key=np.zeros(room),
        heap_vertex=np.zeros(room, dtype=np.int32),
        generation=np.zeros(1, dtype=np.int32),
    )


def _durations(
    streets: StreetGraph, mode: StreetMode, speed_mps: float | None, without_flags: int
) -> NDArray[np.float32]:
    graph = streets.mode_graph(mode)
    flags = streets.segments.flags[graph.segment]
    seconds = np.array(graph.duration_s, dtype=np.float32)
    own_mps = {StreetMode.WALK: streets.walk_speed_mps, StreetMode.BIKE: streets.bike_speed_mps}
    if speed_mps is not None and mode in own_mps:
        seconds[(flags & FERRY) == 0] *= np.float32(own_mps[mode] / speed_mps)
    seconds[(flags & without_flags) != 0] = np.inf
    return seconds


def _totals(work: SearchWork, there: Ends) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return seconds and metres to the points of ``there`` by each way; infinite if none."""
    known = work.stamp[there.vertex] == work.generation[0]
    seconds = np.where(known, work.seconds[there.vertex] + there.seconds, np.inf)
    metres = np.where(known, work.metres[there.vertex] + there.metres, np.inf)
    return seconds, metres


def _take_shorter(
    seconds: NDArray[np.float64],
    metres: NDArray[np.float64],
    point: NDArray[np.int32],
    total_s: NDArray[np.float64],
    total_m: NDArray[np.float64],
) -> None:
    """Put the shortest total of each point where it is shorter than what stands there."""
    order = np.lexsort((total_m, total_s, point))
    point, total_s, total_m = point[order], total_s[order], total_m[order]
    first = np.ones(len(point), dtype=np.bool_)
    first[1:] = point[1:] != point[:-1]
    first &= total_s < seconds[point]
    seconds[point[first]] = total_s[first]
    metres[point[first]] = total_m[first]
