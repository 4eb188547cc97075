"""Blank times between two timed calls, spread by distance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from network.building.rows import BLANK
from network.building.shape_matching import CallPaths, match_paths

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.shapes import ShapeTable
    from network.building.stop_times import CallColumns
    from network.building.stops import StopTable


def nearest_timed(
    trip: NDArray[np.int32], timed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the nearest timed call of the trip at or before, and at or after, each call.

    Calls are sorted by ``trip``; -1 where there is none.
    """
    n_calls = len(trip)
    position = np.arange(n_calls)
    before = np.maximum.accumulate(np.where(timed, position, -1))
    after = np.minimum.accumulate(np.where(timed, position, n_calls)[::-1])[::-1]
    before = np.where((before >= 0) & (trip[before] == trip), before, -1)
    safe = np.minimum(after, n_calls - 1)
    after = np.where((after < n_calls) & (trip[safe] == trip), safe, -1)
    return before, after


def fill_blank_times(
    calls: CallColumns, stops: StopTable, shapes: ShapeTable, trip_shape: NDArray[np.int32]
) -> CallColumns:
    """Fill blank times (s) between two timed calls, in proportion to the distance ridden.

    All calls between two timed ones are spread by one measure: shape_dist_traveled where all
    of them give one that grows, else the length along the trip's shape, else the straight
    lines from stop to stop; where stops stand in one place, calls are spread evenly.
    """
    blank = np.flatnonzero(calls.departure == BLANK)
    if len(blank) == 0:
        return calls
    timed = calls.departure != BLANK
    before, after = (side[blank] for side in nearest_timed(calls.trip, timed))
    lat, lon = stops.lat[calls.stop], stops.lon[calls.stop]
    step = np.zeros(len(lat))
    step[1:] = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
    along_shape = _along_shapes(calls, np.unique(calls.trip[blank]), stops, shapes, trip_shape)
    gap = np.unique(before, return_inverse=True)[1]
    share = (blank - before) / (after - before)
    for along in (np.cumsum(step), along_shape, calls.dist):
        better = _share(along, before, blank, after)
        bad = ~((better >= 0) & (better <= 1))
        bad[1:] |= (np.diff(gap) == 0) & (better[1:] < better[:-1])
        share = np.where(np.bincount(gap[bad], minlength=len(gap))[gap] == 0, better, share)
    start, end = calls.departure[before], calls.arrival[after]
    filled = start + np.rint(share * (end - start)).astype(np.int64)
    arrival, departure = calls.arrival.copy(), calls.departure.copy()
    arrival[blank] = filled
    departure[blank] = filled
    return replace(calls, arrival=arrival, departure=departure)


def _share(
    along: NDArray[np.float64],
    before: NDArray[np.int64],
    here: NDArray[np.int64],
    after: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return how far on the way from one call to another a third lies; NaN where unknown."""
    length = along[after] - along[before]
    length = np.where(length > 0, length, np.nan)
    result: NDArray[np.float64] = (along[here] - along[before]) / length
    return result


def _along_shapes(
    calls: CallColumns,
    trips: NDArray[np.int64],
    stops: StopTable,
    shapes: ShapeTable,
    trip_shape: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return metres along its trip's shape of each call of some trips, NaN for all others."""
    along = np.full(len(calls.trip), np.nan)
    first = np.searchsorted(calls.trip, trips)
    end = np.searchsorted(calls.trip, trips, side="right")
    drawn = trip_shape[trips] >= 0
    alike: dict[tuple[int, bytes], list[int]] = {}
    for t, a, b in zip(trips[drawn], first[drawn], end[drawn], strict=True):
        alike.setdefault((int(trip_shape[t]), calls.stop[a:b].tobytes()), []).append(int(a))
    if not alike:
        return along
    stop_lists = [np.frombuffer(key[1], dtype=np.int32) for key in alike]
    matched = match_paths(
        shapes,
        CallPaths.of([key[0] for key in alike], stop_lists, stops.lat, stops.lon),
    )
    for path, starts in enumerate(alike.values()):
        a, b = matched.offset[path : path + 2]
        if matched.fits[path]:
            for start in starts:
                along[start : start + b - a] = matched.along_m[a:b]
    return along
