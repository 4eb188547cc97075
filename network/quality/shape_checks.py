"""Shapes: stops beside them, trips without one, shapes nobody uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from network.base.geodesy import EARTH_RADIUS_M
from network.building.rows import numbers, texts
from network.quality.calls import match_rows
from network.quality.findings import MAX_EXAMPLES, Kind, Words, build_finding, problem
from network.quality.report import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from network.quality.feed import CheckedFeed
    from network.quality.report import Finding

FAR_FROM_SHAPE_M = 100.0
"""Shapes should run within 100 m of the stops of their trips (GTFS Best Practices, shapes.txt;
MobilityData canonical GTFS validator, rule stop_too_far_from_shape)."""

_FAR = Kind(code="stop_far_from_shape", severity=Severity.WARNING, unit="stops")
_NO_SHAPES = Kind(code="feed_without_shapes", severity=Severity.NOTE, unit="feeds")
_NO_SHAPE = Kind(code="trip_without_shape", severity=Severity.NOTE, unit="trips")
_UNUSED = Kind(code="shape_unused", severity=Severity.NOTE, unit="shapes")


def check_shapes_given(feed: CheckedFeed) -> Finding | None:
    """Find a feed that draws no shape at all."""
    if feed.tables.shapes is not None:
        return None
    file = feed.tables.file("shapes")
    words = Words(
        found="no shapes.txt",
        expected="the way of each trip over the ground",
        mend="Nothing has to be done: lines are drawn straight from stop to stop.",
    )
    return build_finding(_NO_SHAPES, file, [problem(file, words)], count=1)


def check_trips_without_shape(feed: CheckedFeed) -> Finding | None:
    """Find trips without a shape_id in a feed that has shapes."""
    if feed.tables.shapes is None:
        return None
    trips = feed.tables.trips
    rows = np.flatnonzero((trips["shape_id"].fillna("") == "").to_numpy(dtype=bool))
    ids = texts(trips["trip_id"])
    return _finding(
        feed, _NO_SHAPE, "trips", trips.index.to_numpy()[rows],
        lambda i: Words(
            found=f"trip {ids[rows[i]]!r} without a shape_id",
            expected="the shape_id of its way",
            mend="Add the shape, or nothing: the line is drawn straight from stop to stop.",
        ),
    )  # fmt: skip


def check_unused_shapes(feed: CheckedFeed) -> Finding | None:
    """Find shapes that no trip has."""
    shapes = feed.tables.shapes
    if shapes is None:
        return None
    own = shapes["shape_id"].dropna().drop_duplicates()
    unused = own[~own.isin(set(feed.tables.trips["shape_id"].dropna()))]
    return _finding(
        feed, _UNUSED, "shapes", unused.index.to_numpy(),
        lambda i: Words(
            found=f"shape {unused.iloc[i]!r} of no trip",
            expected="a shape of some trip",
            mend="Leave the shape out, or give it to its trips.",
        ),
    )  # fmt: skip


def check_stops_beside_shapes(feed: CheckedFeed) -> Finding | None:
    """Find stops farther than 100 m from the shape of a trip that calls there.

    Counts stops once, with the shape they are farthest from. Distances are from the stop to
    the nearest point of the shape's line, metres, on a plane that touches the earth at the
    shape's middle.
    """
    lines = _build_lines(feed)
    if not lines:
        return None
    shape, stop = _pairs(feed, list(lines))
    far_m = np.full(len(feed.lat), -1.0)
    far_shape = np.full(len(feed.lat), -1)
    for number, (line, lat_0, lon_0) in enumerate(lines.values()):
        first, last = np.searchsorted(shape, (number, number + 1))
        own = stop[first:last]
        points = shapely.points(*_to_plane(feed.lat[own], feed.lon[own], lat_0, lon_0))
        away_m = np.asarray(shapely.distance(points, line))
        worse = away_m > np.maximum(far_m[own], FAR_FROM_SHAPE_M)
        far_m[own[worse]] = away_m[worse]
        far_shape[own[worse]] = number
    rows = np.flatnonzero(far_shape >= 0)
    rows = rows[np.argsort(-far_m[rows], kind="stable")]
    ids, names = texts(feed.tables.stops["stop_id"]), list(lines)
    return _finding(
        feed, _FAR, "stops", feed.tables.stops.index.to_numpy()[rows],
        lambda i: Words(
            found=f"stop {ids[rows[i]]!r} is {far_m[rows[i]]:.0f} m from shape "
            f"{names[far_shape[rows[i]]]!r} of a trip that calls there",
            expected=f"at most {FAR_FROM_SHAPE_M:.0f} m",
            mend="Correct the place of the stop, or draw the shape past it.",
        ),
        places=(feed.lat[rows], feed.lon[rows]),
    )  # fmt: skip


def _build_lines(feed: CheckedFeed) -> dict[str, tuple[shapely.LineString, float, float]]:
    """Return by shape_id its line in metres and the middle of the plane, degrees."""
    shapes = feed.tables.shapes
    if shapes is None:
        return {}
    frame = pd.DataFrame(
        {
            "shape": texts(shapes["shape_id"]),
            "sequence": numbers(shapes["shape_pt_sequence"]),
            "lat": numbers(shapes["shape_pt_lat"]),
            "lon": numbers(shapes["shape_pt_lon"]),
        }
    ).dropna()
    used = set(feed.tables.trips["shape_id"].dropna())
    frame = frame[frame["shape"].isin(used)].sort_values(["shape", "sequence"], kind="stable")
    lines: dict[str, tuple[shapely.LineString, float, float]] = {}
    for name, points in frame.groupby("shape", sort=False):
        lat, lon = points["lat"].to_numpy(), points["lon"].to_numpy()
        lat_0, lon_0 = float(lat.mean()), float(lon.mean())
        x, y = _to_plane(lat, lon, lat_0, lon_0)
        both = np.column_stack((x, y))
        # A shape of one point is a line of no length.
        line = shapely.LineString(both if len(both) > 1 else np.repeat(both, 2, axis=0))
        lines[str(name)] = (line, lat_0, lon_0)
    return lines


def _pairs(feed: CheckedFeed, names: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct pairs of shape and stop of all calls, by shape."""
    shape_of = match_rows(feed.tables.trips["shape_id"], pd.Series(names, dtype=object))
    shape = shape_of[feed.calls.trip].astype(np.int64)
    placed = np.isfinite(feed.lat[feed.calls.stop])
    key = shape * len(feed.lat) + feed.calls.stop
    key = np.unique(key[(shape >= 0) & placed])
    return key // len(feed.lat), key % len(feed.lat)


def _to_plane(
    lat: NDArray[np.float64], lon: NDArray[np.float64], lat_0: float, lon_0: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres east and north of a point; good to 1 % within 100 km of it."""
    east = np.radians(lon - lon_0) * EARTH_RADIUS_M * np.cos(np.radians(lat_0))
    return east, np.radians(lat - lat_0) * EARTH_RADIUS_M


def _finding(
    feed: CheckedFeed,
    kind: Kind,
    table: str,
    index: NDArray[np.int64],
    describe: Callable[[int], Words],
    places: tuple[ArrayLike, ArrayLike] = ((), ()),
) -> Finding | None:
    """Build a finding of rows of a table, given by their index."""
    file = feed.tables.file(table)
    examples = [
        problem(file, describe(i), row=int(line) + 2) for i, line in enumerate(index[:MAX_EXAMPLES])
    ]
    return build_finding(kind, file, examples, count=len(index), lat=places[0], lon=places[1])
