"""Walks between stops, and between any place and the stops around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from network.base import Problem, distance_m
from network.base.geodesy import EARTH_RADIUS_M
from network.walks import Footpaths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from network.timetable import Timetable

DEFAULT_SPEED_MPS = 1.2
DEFAULT_DETOUR = 1.3
_PROJECTION_SLACK = 1.02  # the plane is a little off: search wider, then measure on the sphere
_MIN_TIME, _FORBIDDEN, _LAST_WALK_TYPE = 2, 3, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walks:
    """Walking times by pair of stops while transfers.txt is being merged in."""

    seconds: dict[tuple[int, int], int]
    timetable: Timetable
    speed_mps: float
    detour: float

    def straight_s(self, a: int, b: int) -> int:
        """Compute the walk from stop a to stop b in seconds, however far it is."""
        stops = self.timetable.stops
        metres = distance_m(stops.lat[a], stops.lon[a], stops.lat[b], stops.lon[b])
        return walk_s(float(metres), self.speed_mps, self.detour)


def walk_s(distance: float, speed_mps: float, detour: float) -> int:
    """Compute the walking time in seconds of a straight-line distance (m), rounded up."""
    return int(np.ceil(distance * detour / speed_mps - 1e-9))


def build_footpaths(
    timetable: Timetable,
    *,
    max_walk_s: int = 600,
    speed_mps: float = DEFAULT_SPEED_MPS,
    detour: float = DEFAULT_DETOUR,
    transfers: pd.DataFrame | None = None,
    station_members: Mapping[str, Sequence[str]] | None = None,
) -> Footpaths:
    """Build the walks between stops in use, in seconds.

    Every ordered pair of stops within ``max_walk_s`` is joined by a walk of straight line x
    ``detour`` / ``speed_mps``. Rows of transfers.txt then change single pairs: type 2 sets
    min_transfer_time in the walk's place; type 3 removes the walk; types 0, 1 and 2 without
    a time allow the walk at its straight-line duration even beyond ``max_walk_s`` (that a
    vehicle waits, type 1, is not used). A row between stations holds for all their stops.
    Rows for single routes or trips, in-seat transfers, and rows from a stop to itself are
    counted and not used: changing at one stop takes 0 s. Walks are not closed under
    composition; routing walks once between two rides.

    Parameters
    ----------
    transfers
        The feed's transfers.txt, or None.
    station_members
        Stop ids by the id of their parent station, for rows of transfers.txt that name it.

    References
    ----------
    GTFS Schedule reference, transfers.txt.
    """
    walks = _Walks(
        seconds=_near_pairs(timetable, max_walk_s, speed_mps, detour),
        timetable=timetable,
        speed_mps=speed_mps,
        detour=detour,
    )
    if transfers is not None:
        _merge_transfers(walks, transfers, station_members or {})
    ordered = sorted((a, seconds, b) for (a, b), seconds in walks.seconds.items())
    origin = np.array([a for a, _, _ in ordered], dtype=np.int64)
    counts = np.bincount(origin, minlength=timetable.n_stops)
    return Footpaths(
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        stop=np.array([b for _, _, b in ordered], dtype=np.int32),
        duration_s=np.array([seconds for _, seconds, _ in ordered], dtype=np.int32),
        kind=f"straight-line x {detour:g}",
        speed_mps=speed_mps,
        limit_s=max_walk_s,
        n_straight_stops=0,
    )


def walk_access(
    timetable: Timetable,
    lat: float,
    lon: float,
    *,
    max_walk_s: int = 1200,
    speed_mps: float = DEFAULT_SPEED_MPS,
    detour: float = DEFAULT_DETOUR,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Compute the stops within a walk of a place, and the walks in seconds, by stop_idx."""
    metres = distance_m(lat, lon, timetable.stops.lat, timetable.stops.lon)
    seconds = np.ceil(metres * detour / speed_mps - 1e-9)
    reached = np.flatnonzero(seconds <= max_walk_s)
    return reached.astype(np.int32), seconds[reached].astype(np.int32)


def _near_pairs(
    timetable: Timetable, max_walk_s: int, speed_mps: float, detour: float
) -> dict[tuple[int, int], int]:
    lat, lon = timetable.stops.lat, timetable.stops.lon
    middle = np.radians((lat.min() + lat.max()) / 2)
    plane = EARTH_RADIUS_M * np.radians(np.column_stack((lon * np.cos(middle), lat)))
    # Away from the middle latitude east-west lengths are wrong by the ratio of cosines.
    widest = np.cos(np.radians(np.abs(lat).min())) / np.cos(middle)
    narrowest = np.cos(np.radians(np.abs(lat).max())) / np.cos(middle)
    slack = _PROJECTION_SLACK * max(widest, 1 / max(narrowest, 0.05))
    radius_m = max_walk_s * speed_mps / detour * slack
    pairs = cKDTree(plane).query_pairs(radius_m, output_type="ndarray")
    a, b = pairs[:, 0], pairs[:, 1]
    metres = distance_m(lat[a], lon[a], lat[b], lon[b])
    seconds = np.ceil(metres * detour / speed_mps - 1e-9).astype(np.int64)
    walks: dict[tuple[int, int], int] = {}
    for i in np.flatnonzero(seconds <= max_walk_s):
        walks[int(a[i]), int(b[i])] = walks[int(b[i]), int(a[i])] = int(seconds[i])
    return walks


def _merge_transfers(
    walks: _Walks, transfers: pd.DataFrame, station_members: Mapping[str, Sequence[str]]
) -> None:
    """Apply the rows of transfers.txt to the walks; where rows repeat, in order of ids."""
    index_of = {stop_id: i for i, stop_id in enumerate(walks.timetable.stops.ids)}
    specific = transfers[["from_route_id", "to_route_id", "from_trip_id", "to_trip_id"]]
    is_specific = specific.notna().any(axis=1).to_numpy(dtype=bool)
    rows = list(
        zip(
            transfers["from_stop_id"].fillna("").astype(str),
            transfers["to_stop_id"].fillna("").astype(str),
            transfers["transfer_type"].fillna(0).to_numpy(dtype=np.int64).tolist(),
            transfers["min_transfer_time"].fillna(-1).to_numpy(dtype=np.int64).tolist(),
            is_specific.tolist(),
            transfers.index.tolist(),
            strict=True,
        )
    )
    for origin, target, kind, min_s, specific_row, line in sorted(rows):
        if specific_row or not 0 <= kind <= _LAST_WALK_TYPE or origin == target:
            _not_used(walks.timetable, int(line), origin, target)
            continue
        for a in _stops_of(origin, index_of, station_members):
            for b in _stops_of(target, index_of, station_members):
                if a != b:
                    _apply(walks, a, b, kind, min_s)


def _stops_of(
    stop_id: str, index_of: dict[str, int], station_members: Mapping[str, Sequence[str]]
) -> list[int]:
    if stop_id in index_of:
        return [index_of[stop_id]]
    return [index_of[m] for m in station_members.get(stop_id, ()) if m in index_of]


def _apply(walks: _Walks, a: int, b: int, kind: int, min_s: int) -> None:
    if kind == _FORBIDDEN:
        walks.seconds.pop((a, b), None)
    elif kind == _MIN_TIME and min_s >= 0:
        walks.seconds[a, b] = min_s
    else:
        walks.seconds.setdefault((a, b), walks.straight_s(a, b))


def _not_used(timetable: Timetable, line: int, origin: str, target: str) -> None:
    timetable.set_aside.set_aside(
        "transfer rule not used",
        Problem(
            file="transfers.txt",
            row=line + 2,
            found=f"a rule from {origin!r} to {target!r} for one stop, route or trip, or in-seat",
            expected="a rule of type 0 to 3 between two stops",
            mend="Nothing to mend: changing at one stop is taken to need no time.",
        ),
    )
