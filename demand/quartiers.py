"""Quartiers: the parts of a commune that belong to one station, found on a grid of points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from network.base import distance_m, pairwise_distance_m

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

REST = -1
"""Station of the points that are out of reach of every station."""

METRES_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quartier:
    """Part of a commune: its station (``REST`` if none), centre, extent, share of the commune.

    ``spread_m`` is the root mean square distance of its points from its centre.
    """

    station: int
    lat: float
    lon: float
    share: float
    spread_m: float = 0.0


def build_grid(
    polygon: BaseGeometry, step_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitudes and longitudes of the grid points inside a polygon.

    The grid is fixed to the Earth (multiples of the step), so the result depends on the
    polygon alone. A polygon that holds no grid point gives one point inside it.
    """
    west, south, east, north = polygon.bounds
    step_lat = step_m / METRES_PER_DEGREE
    # One degree of longitude is measured at a fixed latitude per band of half a degree, so
    # that neighbours share their grid.
    band_lat = round((south + north) / 2 * 2) / 2
    step_lon = step_lat / math.cos(math.radians(band_lat))
    lats = np.arange(math.ceil(south / step_lat), math.floor(north / step_lat) + 1) * step_lat
    lons = np.arange(math.ceil(west / step_lon), math.floor(east / step_lon) + 1) * step_lon
    lon, lat = (axis.ravel() for axis in np.meshgrid(lons, lats))
    inside = shapely.contains_xy(polygon, lon, lat)
    if not inside.any():
        point = polygon.representative_point()
        return np.array([point.y]), np.array([point.x])
    return lat[inside], lon[inside]


def split_commune(
    polygon: BaseGeometry,
    *,
    stations_lat: NDArray[np.float64],
    stations_lon: NDArray[np.float64],
    activity_lat: NDArray[np.float64] | None = None,
    activity_lon: NDArray[np.float64] | None = None,
    step_m: float,
    reach_m: float,
    activity_radius_m: float,
    min_share: float,
) -> list[Quartier]:
    """Split a commune among the stations nearest to its points, shares of 1 in all.

    Every grid point goes to its nearest station within ``reach_m``, else to the rest. A
    point weighs 1 (shares are shares of the area) or, where activity places such as bus
    stops are given, the number of them within ``activity_radius_m``: parks, rail yards and
    motorways then weigh nothing. Quartiers below ``min_share`` join the nearest other.
    """
    lat, lon = build_grid(polygon, step_m)
    station = _nearest_station(lat, lon, stations_lat, stations_lon, reach_m)
    weight = np.ones(len(lat))
    if activity_lat is not None and activity_lon is not None:
        near = pairwise_distance_m(lat, lon, activity_lat, activity_lon) <= activity_radius_m
        counted = near.sum(axis=1).astype(np.float64)
        if counted.any():
            weight = counted
    weight /= weight.sum()
    parts = []
    for number in np.unique(station):
        mine = station == number
        share = float(weight[mine].sum())
        if share > 0:
            own = weight[mine] / share
            centre = (float(own @ lat[mine]), float(own @ lon[mine]))
            away_m = distance_m(*centre, lat[mine], lon[mine])
            parts.append(
                Quartier(
                    station=int(number),
                    lat=centre[0],
                    lon=centre[1],
                    share=share,
                    spread_m=math.sqrt(float(own @ away_m**2)),
                )
            )
    return _merge_small(parts, min_share)


def _nearest_station(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    stations_lat: NDArray[np.float64],
    stations_lon: NDArray[np.float64],
    reach_m: float,
) -> NDArray[np.int64]:
    if len(stations_lat) == 0:
        return np.full(len(lat), REST)
    away = pairwise_distance_m(lat, lon, stations_lat, stations_lon)
    nearest = away.argmin(axis=1)
    return np.where(away[np.arange(len(lat)), nearest] <= reach_m, nearest, REST)


def _merge_small(parts: list[Quartier], min_share: float) -> list[Quartier]:
    """Join the smallest part to the nearest other until none is below the threshold."""
    kept = sorted(parts, key=lambda part: (part.share, part.station))
    while len(kept) > 1 and kept[0].share < min_share:
        small = kept.pop(0)
        away = pairwise_distance_m(
            [small.lat], [small.lon], [part.lat for part in kept], [part.lon for part in kept]
        )[0]
        host = kept.pop(int(away.argmin()))
        kept.append(_join(host, small))
        kept.sort(key=lambda part: (part.share, part.station))
    return sorted(kept, key=lambda part: (part.station == REST, -part.share, part.station))


def _join(host: Quartier, other: Quartier) -> Quartier:
    """Join a quartier to its host; squared extents add up about the common centre."""
    share = host.share + other.share
    lat = (host.lat * host.share + other.lat * other.share) / share
    lon = (host.lon * host.share + other.lon * other.share) / share
    squared = sum(
        part.share * (part.spread_m**2 + float(distance_m(lat, lon, part.lat, part.lon)) ** 2)
        for part in (host, other)
    )
    return Quartier(
        station=host.station, lat=lat, lon=lon, share=share, spread_m=math.sqrt(squared / share)
    )
