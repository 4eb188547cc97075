"""shapes.txt as arrays, and the shape of each pattern with the places of its calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import Problem
from network.building.rows import find_rows, numbers, set_rows_aside, whole_numbers
from network.building.shape_matching import CallPaths, cut_at_calls, match_paths, points_along
from network.timetable import Shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.building.calls import TripCalls
    from network.building.inputs import FeedTables
    from network.building.patterns import Pattern
    from network.building.runs import TripRuns
    from network.building.shape_matching import MatchedPaths
    from network.building.stops import StopTable

_SNAP_M = 5.0  # a call so near a point of the shape is at that point


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeTable:
    """Usable shapes by shape_id; points of shape ``s`` are ``offset[s]`` to ``offset[s + 1]``.

    ``lat`` and ``lon`` are degrees, ``dist`` is shape_dist_traveled in the feed's own unit,
    NaN in all points of a shape where it does not grow along the shape.
    """

    ids: NDArray[np.object_]
    offset: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    dist: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    def turned(self) -> ShapeTable:
        """Return the shapes from their last points to their first, without distances."""
        lengths = np.diff(self.offset)
        within = np.arange(len(self.lat)) - np.repeat(self.offset[:-1], lengths)
        turn = np.repeat(self.offset[1:] - 1, lengths) - within
        return ShapeTable(
            ids=self.ids,
            offset=self.offset,
            lat=self.lat[turn],
            lon=self.lon[turn],
            dist=np.full(len(turn), np.nan),
        )

    def find(self, tables: FeedTables, trips: pd.DataFrame) -> NDArray[np.int32]:
        """Return the shape of each trip, -1 where it names none; unknown ones are counted."""
        row = find_rows(pd.Index(self.ids, dtype=object), trips["shape_id"])
        lost = np.flatnonzero((row < 0) & trips["shape_id"].notna().to_numpy(dtype=bool))
        lost = lost[np.argsort(trips.index.to_numpy()[lost])]
        ids = trips["shape_id"].iloc[lost[: tables.log.keep]].to_numpy(dtype=object)
        set_rows_aside(
            tables, "trips", "trip of an unknown shape", trips.index.to_numpy()[lost],
            lambda i: (
                f"shape_id {ids[i]!r}", "a shape_id of shapes.txt with two points or more",
                "Add the shape, or leave shape_id empty: the trip is drawn from stop to stop.",
            ),
        )  # fmt: skip
        return row.astype(np.int32)


def build_shape_table(tables: FeedTables, shape_ids: set[str]) -> ShapeTable:
    """Build the shapes of some ids; points without a place or number are set aside.

    Points are in order of shape_pt_sequence; of those with the same number the first by
    place stays. A shape of fewer than two points is no shape.
    """
    frame = tables.shapes
    if frame is None or not shape_ids:
        return _no_shapes()
    frame = frame[frame["shape_id"].isin(shape_ids).to_numpy(dtype=bool)]
    lat, lon = numbers(frame["shape_pt_lat"]), numbers(frame["shape_pt_lon"])
    sequence = whole_numbers(frame["shape_pt_sequence"], default=-1)
    placed = (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ~((lat == 0) & (lon == 0))
    bad = ~placed | (sequence < 0)
    ids = np.array(sorted(frame["shape_id"].unique()), dtype=object)
    shape = find_rows(pd.Index(ids, dtype=object), frame["shape_id"])
    order = np.lexsort((lon, lat, sequence, shape))
    order = order[~bad[order]]
    again = np.zeros(len(order), dtype=bool)
    again[1:] = (np.diff(shape[order]) == 0) & (np.diff(sequence[order]) == 0)
    bad[order[again]] = True
    order = order[~again]
    lines = frame.index.to_numpy(dtype=np.int64)
    set_rows_aside(
        tables, "shapes", "shape point that cannot be used", np.sort(lines[bad]),
        lambda _: (
            "a point without a place or a number of its own",
            "shape_pt_lat, shape_pt_lon in degrees and each shape_pt_sequence once in a shape",
            "Correct the row.",
        ),
    )  # fmt: skip
    dist = numbers(frame["shape_dist_traveled"])
    return _pack(ids, shape[order], lat[order], lon[order], dist[order])


def _no_shapes() -> ShapeTable:
    nothing = np.empty(0)
    return ShapeTable(
        ids=np.empty(0, dtype=object),
        offset=np.zeros(1, dtype=np.int64),
        lat=nothing,
        lon=nothing,
        dist=nothing,
    )


def _pack(
    ids: NDArray[np.object_],
    shape: NDArray[np.int64],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    dist: NDArray[np.float64],
) -> ShapeTable:
    """Return the shapes of two points or more; distances that do not grow become NaN."""
    lengths = np.bincount(shape, minlength=len(ids))
    usable = lengths >= 2
    kept = usable[shape]
    shape, lat, lon, dist = shape[kept], lat[kept], lon[kept], dist[kept]
    broken = ~np.isfinite(dist)
    broken[1:] |= (np.diff(shape) == 0) & (np.diff(dist, prepend=np.nan)[1:] < 0)
    bad_shape = np.zeros(len(ids), dtype=bool)
    bad_shape[shape[broken]] = True
    return ShapeTable(
        ids=ids[usable],
        offset=np.concatenate(([0], np.cumsum(lengths[usable]))).astype(np.int64),
        lat=lat,
        lon=lon,
        dist=np.where(bad_shape[shape], np.nan, dist),
    )


def build_pattern_shapes(
    tables: FeedTables,
    table: ShapeTable,
    stops: StopTable,
    calls: TripCalls,
    runs: TripRuns,
    patterns: Sequence[Pattern],
) -> Shapes | None:
    """Build the shape of each pattern: the commonest among its trips, of equals the first id.

    Calls are placed along it by shape_dist_traveled where the trip and the shape both give
    it and it leads past the stops, else by the nearest places that never go backwards. A
    call that lies between two points of the shape becomes a point of its own. A shape that
    runs against its trips is turned round, and one that most of its stops are far from is
    not used; both are counted.
    """
    if len(table) == 0:
        return None
    shape = np.full(len(patterns), -1, dtype=np.int64)
    template = np.full(len(patterns), -1, dtype=np.int64)
    for p, pattern in enumerate(patterns):
        trips = runs.trip[pattern.trips]
        of_trip = calls.shape[trips]
        drawn = of_trip >= 0
        if drawn.any():
            shape[p] = np.argmax(np.bincount(of_trip[drawn]))
            template[p] = trips[of_trip == shape[p]].min()
    drawn_patterns = np.flatnonzero(shape >= 0)
    paths = CallPaths.of(
        shape[drawn_patterns].tolist(),
        [patterns[p].stop for p in drawn_patterns.tolist()],
        stops.lat,
        stops.lon,
        dists=[
            calls.shape_dist[calls.offset[t] : calls.offset[t + 1]]
            for t in template[drawn_patterns]
        ],
    )
    matched = match_paths(table, paths)
    for kind, misfit in (
        ("shape far from its stops", ~matched.fits),
        ("shape against the direction of its trips", matched.is_turned),
        ("shape_dist_traveled that does not fit", matched.fits & ~matched.dist_fits),
    ):
        _count_misfits(tables, kind, table.ids[np.unique(shape[drawn_patterns][misfit])])
    return _lay_out(table, patterns, drawn_patterns, shape, matched)


def _lay_out(
    table: ShapeTable,
    patterns: Sequence[Pattern],
    drawn: NDArray[np.int64],
    shape: NDArray[np.int64],
    matched: MatchedPaths,
) -> Shapes:
    """Return the shapes of all patterns one after another, cut at the calls."""
    sources = (table, table.turned())
    points_m = [points_along(source) for source in sources]
    lat: list[NDArray[np.float64]] = []
    lon: list[NDArray[np.float64]] = []
    lengths = np.zeros(len(patterns), dtype=np.int64)
    stop_point = [np.full(len(pattern.stop), -1, dtype=np.int64) for pattern in patterns]
    for path in np.flatnonzero(matched.fits):
        p = drawn[path]
        way = int(matched.is_turned[path])
        points = slice(table.offset[shape[p]], table.offset[shape[p] + 1])
        calls_m = matched.along_m[matched.offset[path] : matched.offset[path + 1]]
        cut = cut_at_calls(points_m[way][points], calls_m, snap_m=_SNAP_M)
        lat.append(cut.place(sources[way].lat[points]))
        lon.append(cut.place(sources[way].lon[points]))
        lengths[p] = len(lat[-1])
        stop_point[p] = cut.call_point
    return Shapes(
        offset=np.concatenate(([0], np.cumsum(lengths))).astype(np.int32),
        lat=np.concatenate([*lat, np.empty(0)]),
        lon=np.concatenate([*lon, np.empty(0)]),
        stop_point=np.concatenate(stop_point).astype(np.int32),
    )


_WORDS = {
    "shape far from its stops": (
        "more than half of the stops of a trip lie over 500 m from its shape",
        "a shape along the trip's stops",
        "Correct the shape, or the shape_id of the trips; they are drawn from stop to stop.",
    ),
    "shape against the direction of its trips": (
        "it runs from the last stop of a trip to the first",
        "points in the order in which the trip passes them",
        "Number the points the other way round; the shape is taken so.",
    ),
    "shape_dist_traveled that does not fit": (
        "distances of stop_times.txt lead to other places of the shape than the stops",
        "the same unit and start in stop_times.txt and shapes.txt",
        "Correct the distances; the nearest places are taken.",
    ),
}


def _count_misfits(tables: FeedTables, kind: str, shape_ids: NDArray[np.object_]) -> None:
    """Count the shapes that do not fit, each once."""
    found, expected, mend = _WORDS[kind]
    for shape_id in shape_ids.tolist():
        tables.log.set_aside(
            kind,
            Problem(
                file=tables.file("shapes"),
                field="shape_id",
                found=f"shape {shape_id!r}: {found}",
                expected=expected,
                mend=mend,
            ),
        )
