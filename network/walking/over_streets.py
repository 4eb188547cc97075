"""Walks over the streets: between stops, and between any place and the stops around it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from network.streets._street_kernels import LinkArrays, reach_stops
from network.streets.graph import STEPS, StreetMode
from network.streets.search import StreetSearch
from network.streets.snap import Snapper, SnapPoints
from network.walking.pairs import Pairs, round_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from network.streets._street_kernels import SearchWork
    from network.streets.ends import Ends
    from network.streets.graph import StreetGraph
    from network.walks import StopLinks

_STOPS_AT_A_TIME = 256


def build_walk_snapper(streets: StreetGraph, *, step_free: bool) -> Snapper:
    """Build what finds the nearest point of a street to walk on."""
    return Snapper(streets, StreetMode.WALK, without_flags=STEPS if step_free else 0)


class StreetWalks:
    """Walks between stops that are linked to the streets, and places on them, in seconds."""

    def __init__(
        self, streets: StreetGraph, links: StopLinks, *, speed_mps: float, step_free: bool
    ) -> None:
        """Prepare the searches; with ``step_free`` no steps are walked."""
        self.search = StreetSearch(
            streets,
            StreetMode.WALK,
            speed_mps=speed_mps,
            without_flags=STEPS if step_free else 0,
        )
        self.links = links
        self.n_stops = len(links.offset) - 1
        self._stop = np.repeat(np.arange(self.n_stops, dtype=np.int32), np.diff(links.offset))
        unknown = np.full(len(links.segment), np.nan)  # searches need neither
        self.points = SnapPoints(
            segment=links.segment,
            fraction=links.fraction,
            distance_m=unknown,
            lat=unknown,
            lon=unknown,
        )

    @cached_property
    def _outward(self) -> LinkArrays:
        """Stops as starts, and as ends of walks along the graph's edges."""
        return self._arrays(
            self.search.ends.leave(self.points).later(self.links.out_s),
            self.search.ends.arrive(self.points).later(self.links.in_s),
        )

    @cached_property
    def _inward(self) -> LinkArrays:
        """The same for walks against the graph's edges, from an end back to starts."""
        return self._arrays(
            self.search.ends.arrive(self.points).later(self.links.in_s),
            self.search.ends.leave(self.points).later(self.links.out_s),
        )

    def _arrays(self, starts: Ends, ends: Ends) -> LinkArrays:
        by_stop = np.argsort(self._stop[starts.point], kind="stable")
        by_vertex = np.argsort(ends.vertex, kind="stable")
        n_vertices = self.search.graph.n_vertices
        return LinkArrays(
            seed_offset=_offsets(self._stop[starts.point], self.n_stops),
            seed_vertex=starts.vertex[by_stop],
            seed_s=starts.seconds[by_stop],
            end_offset=_offsets(ends.vertex, n_vertices),
            end_stop=self._stop[ends.point[by_vertex]],
            end_s=ends.seconds[by_vertex],
        )

    def find_pairs(self, limit_s: int, *, progress: Progress = no_progress) -> Pairs:
        """Find the walks between linked stops within ``limit_s``, seconds rounded up."""
        work = self.search.new_work()
        found = [self._pairs_along(limit_s)]
        for first in range(0, self.n_stops, _STOPS_AT_A_TIME):
            progress("walks between stops", first, self.n_stops)
            last = min(first + _STOPS_AT_A_TIME, self.n_stops)
            found.append(self._pairs_from(first, last, limit_s, work))
        progress("walks between stops", self.n_stops, self.n_stops)
        return Pairs.joined(found)

    def _pairs_from(self, first: int, last: int, limit_s: int, work: SearchWork) -> Pairs:
        """Find the walks from stops ``first`` to before ``last`` over the graph's vertices."""
        graph, links = self.search.arrays, self._outward
        targets, seconds = [], []
        for stop in range(first, last):
            a, b = links.seed_offset[stop], links.seed_offset[stop + 1]
            target, target_s = reach_stops(
                graph, work, links, links.seed_vertex[a:b], links.seed_s[a:b], limit_s + 0.5
            )
            targets.append(target)
            seconds.append(target_s)
        origin = np.repeat(np.arange(first, last), [len(t) for t in targets])
        return _within(origin, np.concatenate(targets), np.concatenate(seconds), limit_s)

    def _pairs_along(self, limit_s: int) -> Pairs:
        """Find the walks between stops linked to one segment, along it."""
        order = np.argsort(self.points.segment, kind="stable")
        segment = self.points.segment[order]
        first = np.searchsorted(segment, segment, side="left")
        counts = np.searchsorted(segment, segment, side="right") - first
        a = np.repeat(order, counts)
        end = np.cumsum(counts)
        within = np.arange(int(end[-1]) if len(end) else 0) - np.repeat(end - counts, counts)
        b = order[np.repeat(first, counts) + within]
        seconds, _ = self.search.ends.compute_along(self.points.take(a), self.points.take(b))
        seconds += self.links.out_s[a] + self.links.in_s[b]
        return _within(self._stop[a], self._stop[b], seconds, limit_s)

    def compute_times(
        self, origin: int, targets: NDArray[np.int64], limit_s: float
    ) -> NDArray[np.float64]:
        """Compute the seconds from one stop to others; infinite beyond the limit or if none."""
        a = self.link_rows(origin)
        b = np.concatenate([self.link_rows(target) for target in targets.tolist()])
        by_link, _ = self.search.compute_times(
            self.points.take(a),
            self.points.take(b),
            origin_s=self.links.out_s[a],
            target_s=self.links.in_s[b],
            limit_s=limit_s,
        )
        by_stop = np.full(self.n_stops, np.inf)
        np.minimum.at(by_stop, self._stop[b], by_link)
        return by_stop[targets]

    def link_rows(self, stop: int) -> NDArray[np.int64]:
        """Return which links are a stop's."""
        return np.arange(self.links.offset[stop], self.links.offset[stop + 1])

    def compute_access(
        self, place: SnapPoints, off_s: float, limit_s: int, *, reverse: bool
    ) -> NDArray[np.float64]:
        """Compute seconds from a place on the streets to each stop; infinite beyond the limit.

        ``off_s`` is the walk between the place and its point on the street. With ``reverse``,
        from each stop to the place.
        """
        ends, links = self.search.ends, self.links
        same = np.flatnonzero(self.points.segment == place.segment[0])
        beside, one = self.points.take(same), place.take(np.zeros(len(same), dtype=np.int64))
        if reverse:
            seeds, arrays = ends.arrive(place), self._inward
            along = ends.compute_along(beside, one)[0] + links.out_s[same]
        else:
            seeds, arrays = ends.leave(place), self._outward
            along = ends.compute_along(one, beside)[0] + links.in_s[same]
        with self.search.lend_work() as work:
            stop, stop_s = reach_stops(
                self.search.reversed_arrays if reverse else self.search.arrays,
                work,
                arrays,
                seeds.vertex,
                seeds.seconds + off_s,
                limit_s + 0.5,
            )
        seconds = np.full(self.n_stops, np.inf)
        np.minimum.at(seconds, stop, stop_s)
        np.minimum.at(seconds, self._stop[same], along + off_s)
        seconds[seconds > limit_s + 0.5] = np.inf
        return seconds


def _offsets(owner: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n)))).astype(np.int32)


def _within(
    origin: NDArray[np.integer],
    target: NDArray[np.integer],
    seconds: NDArray[np.float64],
    limit_s: int,
) -> Pairs:
    finite = np.isfinite(seconds)
    whole = np.full(len(seconds), limit_s + 1, dtype=np.int64)
    whole[finite] = round_up(seconds[finite])
    kept = whole <= limit_s
    return Pairs.of(origin[kept], target[kept], whole[kept])
