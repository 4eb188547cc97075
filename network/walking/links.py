"""Where stops touch the streets: at the nearest point, or through a station's entrances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.streets.snap import MAX_OFF_STREET_M
from network.walks import StopLinks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.streets.snap import Snapper, SnapPoints
    from network.timetable import Stops
    from network.walking.stations import Entrances, StationWays


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedStops:
    """Links of stops to the streets, and what became of each stop, shape (n_stops,).

    ``off_m`` is the distance of a stop that is linked at its own place, infinite of others.
    ``is_straight`` are the stops too far from any street. A stop that is neither linked nor
    straight stands behind pathways that lead to no street (all of them steps, say).
    """

    links: StopLinks
    off_m: NDArray[np.float64]
    is_straight: NDArray[np.bool_]

    @property
    def is_shut_in(self) -> NDArray[np.bool_]:
        """Which stops no street can be reached from, though their station has entrances."""
        return np.asarray((np.diff(self.links.offset) == 0) & ~self.is_straight)


def link_stops(
    stops: Stops, snapper: Snapper, station_ways: StationWays | None, *, speed_mps: float
) -> LinkedStops:
    """Link every stop to the streets within ``MAX_OFF_STREET_M`` metres.

    A stop whose station has pathways to entrances is linked at each entrance, for the time
    of the pathways and the walk between entrance and street; every other stop is linked at
    the nearest point of a street. Between a place and the street one walks straight.
    """
    own = snapper.snap(stops.lat, stops.lon, limit_m=MAX_OFF_STREET_M)
    rows = [_at_own_place(own, speed_mps)]
    by_entrance = np.zeros(len(stops), dtype=np.bool_)
    if station_ways is not None:
        doors, by_entrance = _at_entrances(len(stops), snapper, station_ways, speed_mps)
        rows = [_without(rows[0], by_entrance), doors]
    off_m = np.where(by_entrance, np.inf, own.distance_m)
    return LinkedStops(
        links=_as_links(len(stops), rows),
        off_m=off_m,
        is_straight=~np.isfinite(off_m) & ~by_entrance,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    stop: NDArray[np.int64]
    points: SnapPoints
    in_s: NDArray[np.float64]
    out_s: NDArray[np.float64]


def _at_own_place(own: SnapPoints, speed_mps: float) -> _Rows:
    near = np.flatnonzero(own.is_near)
    points = own.take(near)
    seconds = points.distance_m / speed_mps
    return _Rows(near, points, seconds, seconds)


def _without(rows: _Rows, out: NDArray[np.bool_]) -> _Rows:
    kept = np.flatnonzero(~out[rows.stop])
    return _Rows(rows.stop[kept], rows.points.take(kept), rows.in_s[kept], rows.out_s[kept])


def _at_entrances(
    n_stops: int, snapper: Snapper, station_ways: StationWays, speed_mps: float
) -> tuple[_Rows, NDArray[np.bool_]]:
    """Return links through entrances, and the stops that have no others.

    Where none of a station's entrances is near a street, its stops are linked like others.
    """
    pathways = station_ways.pathways
    points = snapper.snap(pathways.lat, pathways.lon, limit_m=MAX_OFF_STREET_M)
    usable = np.zeros(len(station_ways.has_entrance), dtype=np.bool_)
    usable[station_ways.node_group[pathways.is_entrance & points.is_near]] = True
    through = np.zeros(n_stops, dtype=np.bool_)
    named = np.flatnonzero(station_ways.is_named())
    through[named] = usable[station_ways.group[named]]
    entrances: Entrances = station_ways.find_entrances()
    kept = np.flatnonzero(points.is_near[entrances.node] & through[entrances.stop])
    node = entrances.node[kept]
    to_street_s = points.distance_m[node] / speed_mps
    rows = _Rows(
        entrances.stop[kept],
        points.take(node),
        entrances.in_s[kept] + to_street_s,
        entrances.out_s[kept] + to_street_s,
    )
    return rows, through


def _as_links(n_stops: int, rows: list[_Rows]) -> StopLinks:
    stop = np.concatenate([r.stop for r in rows])
    segment = np.concatenate([r.points.segment for r in rows])
    fraction = np.concatenate([r.points.fraction for r in rows])
    in_s = np.concatenate([r.in_s for r in rows])
    out_s = np.concatenate([r.out_s for r in rows])
    order = np.lexsort((out_s, in_s, fraction, segment, stop))
    offset = np.concatenate(([0], np.cumsum(np.bincount(stop, minlength=n_stops))))
    return StopLinks(
        offset=offset.astype(np.int32),
        segment=segment[order].astype(np.int32),
        fraction=fraction[order],
        in_s=in_s[order],
        out_s=out_s[order],
    )
