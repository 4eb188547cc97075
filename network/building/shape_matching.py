"""Calls along shapes: the nearest places of a line that never go backwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from network.base.geodesy import EARTH_RADIUS_M
from network.building._shape_kernels import match_calls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.building.shapes import ShapeTable

SPACING_M = 25.0
"""A shape is sampled at its points and between them at most so far apart, before the exact place
is sought on either side of the sample."""

FAR_M = 500.0
"""A shape does not fit when more than half of its stops lie farther from it."""

_DIST_SLACK_M = 200.0  # a stop may lie so much farther from its place by distance than by nearness
_MAX_SAMPLES = 20_000  # of one shape; longer ones are sampled more coarsely


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPaths:
    """Calls in order along a shape each; calls of path ``i`` are ``offset[i]`` on.

    ``dist`` is the trip's shape_dist_traveled, NaN where it has none.
    """

    shape: NDArray[np.int64]
    offset: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    dist: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        shape: Sequence[int],
        stop_lists: Sequence[NDArray[np.integer]],
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        *,
        dists: Sequence[NDArray[np.float64]] | None = None,
    ) -> CallPaths:
        """Return the paths of some lists of stops, placed by ``lat`` and ``lon`` of all stops."""
        lengths = [len(stops) for stops in stop_lists]
        stop = np.concatenate([*stop_lists, np.empty(0, dtype=np.int64)]).astype(np.int64)
        return cls(
            shape=np.array(shape, dtype=np.int64),
            offset=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            lat=lat[stop],
            lon=lon[stop],
            dist=np.full(len(stop), np.nan)
            if dists is None
            else np.concatenate([*dists, np.empty(0)]),
        )

    def take(self, rows: NDArray[np.int64]) -> CallPaths:
        """Return some of the paths."""
        spans = [slice(self.offset[row], self.offset[row + 1]) for row in rows]
        return CallPaths(
            shape=self.shape[rows],
            offset=np.concatenate(([0], np.cumsum(np.diff(self.offset)[rows]))),
            lat=np.concatenate([self.lat[span] for span in spans]),
            lon=np.concatenate([self.lon[span] for span in spans]),
            dist=np.concatenate([self.dist[span] for span in spans]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedPaths:
    """Where calls lie on their shapes: ``along_m`` metres from its first point, by call.

    ``fits`` is false by path where most calls are far from the shape, ``dist_fits`` where
    distances were given that lead elsewhere. ``is_turned`` is true where the metres count from
    the shape's last point.
    """

    offset: NDArray[np.int64]
    along_m: NDArray[np.float64]
    fits: NDArray[np.bool_]
    dist_fits: NDArray[np.bool_]
    is_turned: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Samples:
    """Points along all shapes in metres on a plane of each shape's own, by shape."""

    offset: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    along_m: NDArray[np.float64]


def points_along(shapes: ShapeTable) -> NDArray[np.float64]:
    """Compute metres from the first point of its shape to each point, along the shape."""
    step = np.zeros(len(shapes.lat))
    lat, lon = shapes.lat, shapes.lon
    step[1:] = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
    step[shapes.offset[:-1]] = 0.0
    total = np.cumsum(step)
    lengths = np.diff(shapes.offset)
    result: NDArray[np.float64] = total - np.repeat(total[shapes.offset[:-1]], lengths)
    return result


def match_paths(shapes: ShapeTable, paths: CallPaths) -> MatchedPaths:
    """Compute where the calls of each path lie along its shape, in metres.

    The places are those nearest to the stops, by the sum of squared distances, among all
    that never go backwards (of equals the first): a stop that a line passes twice is placed
    by its neighbours. Where shape_dist_traveled is given for the calls and the shape, it is
    taken in their stead unless it leads any call over 200 m farther from its stop. A shape
    that fits only from its last point to its first is taken that way round.
    """
    matched = _match(shapes, paths)
    misfits = np.flatnonzero(~matched.fits)
    if len(misfits) == 0:
        return matched
    again = _match(shapes.turned(), paths.take(misfits))
    along_m, fits = matched.along_m.copy(), matched.fits.copy()
    for path, first, end in zip(misfits, again.offset[:-1], again.offset[1:], strict=True):
        start = matched.offset[path]
        along_m[start : start + end - first] = again.along_m[first:end]
    fits[misfits] = again.fits
    return replace(matched, along_m=along_m, fits=fits, is_turned=fits & ~matched.fits)


def _match(shapes: ShapeTable, paths: CallPaths) -> MatchedPaths:
    """Match paths with shapes the way round they are given."""
    along_m = points_along(shapes)
    samples = _sample(shapes, along_m)
    scale = np.cos(np.radians(shapes.lat[shapes.offset[:-1]]))
    n_paths = len(paths.shape)
    owner = np.repeat(np.arange(n_paths), np.diff(paths.offset))
    shape = paths.shape[owner]
    x, y = _plane(paths.lat, paths.lon, scale[shape])
    nearest = match_calls(samples.x, samples.y, samples.offset, x, y, paths.offset, paths.shape)
    place = _never_backwards(_refine(samples, nearest, x, y, shape), owner)
    gap_m = _gap_m(samples, place, x, y, shape)
    by_dist = _place_by_dist(shapes, along_m, paths)
    astray = ~(_gap_m(samples, by_dist, x, y, shape) <= gap_m + _DIST_SLACK_M)
    given = np.bincount(owner[np.isfinite(paths.dist)], minlength=n_paths) == np.diff(paths.offset)
    given &= np.isfinite(shapes.dist[shapes.offset[paths.shape]])
    dist_fits = ~given | (np.bincount(owner[astray], minlength=n_paths) == 0)
    far = np.bincount(owner[gap_m > FAR_M], minlength=n_paths)
    return MatchedPaths(
        offset=paths.offset,
        along_m=np.where((given & dist_fits)[owner], by_dist, place),
        fits=2 * far <= np.diff(paths.offset),
        dist_fits=dist_fits,
        is_turned=np.zeros(n_paths, dtype=np.bool_),
    )


def _plane(
    lat: NDArray[np.float64], lon: NDArray[np.float64], scale: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres east and north on a plane that is true near the shape's first point."""
    metres = np.radians(1.0) * EARTH_RADIUS_M
    return lon * scale * metres, lat * metres


def _sample(shapes: ShapeTable, along_m: NDArray[np.float64]) -> _Samples:
    """Return the points of all shapes and places between those that lie far apart."""
    n_points = len(along_m)
    owner = np.repeat(np.arange(len(shapes)), np.diff(shapes.offset))
    scale = np.cos(np.radians(shapes.lat[shapes.offset[:-1]]))[owner]
    x, y = _plane(shapes.lat, shapes.lon, scale)
    length_m = along_m[shapes.offset[1:] - 1]
    spacing_m = np.maximum(SPACING_M, length_m / _MAX_SAMPLES)[owner]
    gap_m = np.zeros(n_points)
    gap_m[:-1] = np.where(owner[1:] == owner[:-1], np.diff(along_m), 0.0)
    pieces = np.maximum(1, np.ceil(gap_m / spacing_m)).astype(np.int64)
    start = np.concatenate(([0], np.cumsum(pieces)))
    point = np.repeat(np.arange(n_points), pieces)
    fraction = (np.arange(start[-1]) - start[point]) / pieces[point]
    after = np.minimum(point + 1, n_points - 1)
    return _Samples(
        offset=start[shapes.offset],
        x=x[point] + fraction * (x[after] - x[point]),
        y=y[point] + fraction * (y[after] - y[point]),
        along_m=along_m[point] + fraction * gap_m[point],
    )


def _refine(
    samples: _Samples,
    nearest: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    shape: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the metres along of the nearest place on either side of a sample."""
    first, last = samples.offset[shape], samples.offset[shape + 1] - 1
    best = samples.along_m[nearest]
    best_gap = np.hypot(samples.x[nearest] - x, samples.y[nearest] - y)
    for a, b in (
        (np.maximum(nearest - 1, first), nearest),
        (nearest, np.minimum(nearest + 1, last)),
    ):
        dx, dy = samples.x[b] - samples.x[a], samples.y[b] - samples.y[a]
        squared = dx * dx + dy * dy
        dot = (x - samples.x[a]) * dx + (y - samples.y[a]) * dy
        fraction = np.clip(dot / np.where(squared > 0, squared, 1.0), 0.0, 1.0)
        gap = np.hypot(samples.x[a] + fraction * dx - x, samples.y[a] + fraction * dy - y)
        along = samples.along_m[a] + fraction * (samples.along_m[b] - samples.along_m[a])
        best = np.where(gap < best_gap, along, best)
        best_gap = np.minimum(gap, best_gap)
    return best


def _never_backwards(place: NDArray[np.float64], owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the running maximum of each path's places."""
    width = float(place.max(initial=0.0)) + 1.0
    result: NDArray[np.float64] = np.maximum.accumulate(place + owner * width) - owner * width
    return result


def _gap_m(
    samples: _Samples,
    place: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    shape: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Compute metres from each call's stop to its place on the shape; NaN without a place."""
    width = float(samples.along_m.max(initial=0.0)) + 1.0
    owner = np.repeat(np.arange(len(samples.offset) - 1), np.diff(samples.offset))
    whole = samples.along_m + owner * width
    target = place + shape * width
    at_x, at_y = np.interp(target, whole, samples.x), np.interp(target, whole, samples.y)
    return np.hypot(at_x - x, at_y - y)


def _place_by_dist(
    shapes: ShapeTable,
    along_m: NDArray[np.float64],
    paths: CallPaths,
) -> NDArray[np.float64]:
    """Return the metres along by shape_dist_traveled; NaN outside the shape's own distances."""
    place = np.full(len(paths.dist), np.nan)
    for path, row in enumerate(paths.shape):
        a, b = paths.offset[path : path + 2]
        dist = paths.dist[a:b]
        first, end = shapes.offset[row : row + 2]
        own = shapes.dist[first:end]
        if not np.isfinite(own[0]) or not np.isfinite(dist).all() or (np.diff(dist) < 0).any():
            continue
        slack = 0.01 * (own[-1] - own[0])
        if dist[0] >= own[0] - slack and dist[-1] <= own[-1] + slack:
            place[a:b] = np.interp(dist, own, along_m[first:end])
    return place


@dataclass(frozen=True, slots=True)
class CutShape:
    """A shape with a point at each call: its points are places between the shape's own.

    ``before`` and ``fraction`` say between which (0 at the shape's point ``before``, 1 at
    the next); ``call_point`` is the point of each call.
    """

    before: NDArray[np.int64]
    fraction: NDArray[np.float64]
    call_point: NDArray[np.int64]

    def place(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the latitudes or longitudes of the points from those of the shape."""
        after = np.minimum(self.before + 1, len(degrees) - 1)
        a, b = degrees[self.before], degrees[after]
        result: NDArray[np.float64] = np.where(self.fraction > 0, a + self.fraction * (b - a), a)
        return result


def cut_at_calls(
    points_m: NDArray[np.float64], calls_m: NDArray[np.float64], *, snap_m: float
) -> CutShape:
    """Cut a shape at calls; both are metres along it, ascending.

    A call within ``snap_m`` of a point of the shape is at that point; for any other a point
    is added. The shape's own points stay, in their places.
    """
    after = np.clip(np.searchsorted(points_m, calls_m), 1, len(points_m) - 1)
    before_is_nearer = calls_m - points_m[after - 1] <= points_m[after] - calls_m
    nearest = points_m[np.where(before_is_nearer, after - 1, after)]
    place = np.where(np.abs(nearest - calls_m) <= snap_m, nearest, calls_m)
    added = np.setdiff1d(place, points_m)
    before = np.searchsorted(points_m, added) - 1
    gap = points_m[before + 1] - points_m[before]
    order = np.argsort(np.concatenate((points_m, added)), kind="stable")
    return CutShape(
        before=np.concatenate((np.arange(len(points_m)), before))[order],
        fraction=np.concatenate((np.zeros(len(points_m)), (added - points_m[before]) / gap))[order],
        call_point=np.searchsorted(np.concatenate((points_m, added))[order], place).astype(
            np.int64
        ),
    )
