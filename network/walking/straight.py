"""Walks by the straight line times a detour: where no streets are given, or none is near."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from network.base import distance_m
from network.base.geodesy import EARTH_RADIUS_M
from network.walking.pairs import Pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.timetable import Stops, Timetable

DEFAULT_SPEED_MPS = 1.2
DEFAULT_DETOUR = 1.3
_PROJECTION_SLACK = 1.02  # the plane is a little off: search wider, then measure on the sphere


def walk_s(distance: float, speed_mps: float, detour: float) -> int:
    """Compute the walking time in seconds of a straight-line distance (m), rounded up."""
    return int(np.ceil(distance * detour / speed_mps - 1e-9))


def find_near_stops(stops: Stops, *, max_walk_s: int, speed_mps: float, detour: float) -> Pairs:
    """Find the ordered pairs of stops within a straight walk of each other, seconds rounded up."""
    lat, lon = stops.lat, stops.lon
    middle = np.radians((lat.min() + lat.max()) / 2)
    plane = EARTH_RADIUS_M * np.radians(np.column_stack((lon * np.cos(middle), lat)))
    # Away from the middle latitude east-west lengths are wrong by the ratio of cosines.
    widest = np.cos(np.radians(np.abs(lat).min())) / np.cos(middle)
    narrowest = np.cos(np.radians(np.abs(lat).max())) / np.cos(middle)
    slack = _PROJECTION_SLACK * max(widest, 1 / max(narrowest, 0.05))
    radius_m = max_walk_s * speed_mps / detour * slack
    near = cKDTree(plane).query_pairs(radius_m, output_type="ndarray")
    a, b = near[:, 0], near[:, 1]
    seconds = straight_s(stops, a, b, speed_mps=speed_mps, detour=detour)
    within = seconds <= max_walk_s
    a, b, seconds = a[within], b[within], seconds[within]
    return Pairs.of(np.concatenate((a, b)), np.concatenate((b, a)), np.tile(seconds, 2))


def straight_s(
    stops: Stops,
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    *,
    speed_mps: float,
    detour: float,
) -> NDArray[np.int64]:
    """Compute the straight walks from stops ``a`` to stops ``b``, seconds rounded up."""
    metres = distance_m(stops.lat[a], stops.lon[a], stops.lat[b], stops.lon[b])
    return np.ceil(metres * detour / speed_mps - 1e-9).astype(np.int64)


def straight_access(
    timetable: Timetable,
    lat: float,
    lon: float,
    *,
    max_walk_s: int = 1200,
    speed_mps: float = DEFAULT_SPEED_MPS,
    detour: float = DEFAULT_DETOUR,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Compute the stops within a straight walk of a place and the seconds, by stop_idx."""
    metres = distance_m(lat, lon, timetable.stops.lat, timetable.stops.lon)
    seconds = np.ceil(metres * detour / speed_mps - 1e-9)
    reached = np.flatnonzero(seconds <= max_walk_s)
    return reached.astype(np.int32), seconds[reached].astype(np.int32)
