"""A zone tree on its way into a pack: places, outlines, who lives and works there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from network.base.geodesy import EARTH_RADIUS_M
from scenarios.zone_people import QUANTITIES, sum_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

METRES_PER_DEGREE = math.pi * EARTH_RADIUS_M / 180
ALL_ROUND = 360.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One zone of any level; ``geometry`` in degrees (lon, lat), None for one without outline.

    ``lat``/``lon`` is its centre, ``spread_m`` the root mean square distance of its area from
    there, metres. ``population`` and ``jobs`` are None where unknown.
    """

    zone_id: str
    name: str
    level: str
    parent_id: str | None
    lat: float
    lon: float
    spread_m: float
    geometry: shapely.Geometry | None
    source_class: str
    population: float | None = None
    jobs: float | None = None

    def of(self, quantity: str) -> float | None:
        """Return ``population`` or ``jobs``."""
        return self.population if quantity == "population" else self.jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePlan:
    """Zones of all levels, every parent before its children."""

    zones: tuple[Zone, ...]

    @property
    def parents(self) -> dict[str, str]:
        """The parent of every zone that has one."""
        return {zone.zone_id: zone.parent_id for zone in self.zones if zone.parent_id is not None}

    @property
    def leaves(self) -> tuple[Zone, ...]:
        """The zones without children."""
        above = set(self.parents.values())
        return tuple(zone for zone in self.zones if zone.zone_id not in above)

    def summed(self, leaf_values: Mapping[str, Mapping[str, float | None]]) -> ZonePlan:
        """Return the plan with figures of the leaves replaced and those above summed up.

        ``leaf_values`` gives, by quantity (``population``, ``jobs``), figures by leaf; a
        quantity that it leaves out keeps the figures of the plan.
        """
        ids = [zone.zone_id for zone in self.zones]
        found = {}
        for quantity in QUANTITIES:
            given = {zone.zone_id: zone.of(quantity) for zone in self.zones}
            if quantity in leaf_values:
                given = {**dict.fromkeys(ids), **leaf_values[quantity]}
            found[quantity] = sum_up(ids, self.parents, given)
        zones = tuple(
            replace(
                zone,
                population=found["population"][zone.zone_id],
                jobs=found["jobs"][zone.zone_id],
            )
            for zone in self.zones
        )
        return ZonePlan(zones=zones)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPlane:
    """Metres east and north of a point, as if the Earth were flat there.

    Parallels keep the length they have at ``lat0``: a degree of latitude farther north or
    south, lengths east to west are off by about 2 % at 45 degrees.
    """

    lat0: float
    lon0: float

    @classmethod
    def around(cls, lat: ArrayLike, lon: ArrayLike) -> LocalPlane:
        """Return the plane amid points, its origin on a hundredth of a degree.

        The middle is that of the mean directions, so points on both sides of the
        antimeridian lie near each other; it does not depend on the points' order.
        """
        angles = np.radians(np.asarray(lon, dtype=np.float64))
        east, north = math.fsum(np.sin(angles)), math.fsum(np.cos(angles))
        lats = np.asarray(lat, dtype=np.float64)
        middle = math.fsum(lats.tolist()) / len(lats)
        return cls(lat0=round(middle, 2), lon0=round(math.degrees(math.atan2(east, north)), 2))

    @property
    def _east_m(self) -> float:
        return METRES_PER_DEGREE * max(0.01, math.cos(math.radians(self.lat0)))

    def to_metres(
        self, lat: ArrayLike, lon: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return metres east and north of the origin."""
        turn = (np.asarray(lon, dtype=np.float64) - self.lon0 + ALL_ROUND / 2) % ALL_ROUND
        x = (turn - ALL_ROUND / 2) * self._east_m
        y = (np.asarray(lat, dtype=np.float64) - self.lat0) * METRES_PER_DEGREE
        return x, y

    def to_degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return latitude and longitude; longitudes past 180 degrees go on (180.01)."""
        return self.lat0 + y / METRES_PER_DEGREE, self.lon0 + x / self._east_m


def wrap_longitude(lon: float) -> float:
    """Return a longitude from -180 to 180 degrees."""
    return lon if -ALL_ROUND / 2 <= lon <= ALL_ROUND / 2 else (lon + 180) % ALL_ROUND - 180


def measure_spread_m(geometry: shapely.Geometry, lat: float, lon: float) -> float:
    """Compute the root mean square distance of an area from a point, metres.

    The second moment of each ring about the point by Green's theorem, holes subtracted, over
    the area.
    """
    plane = LocalPlane(lat0=lat, lon0=lon)
    area = moment = 0.0
    for polygon in shapely.get_parts(geometry):
        if polygon.geom_type != "Polygon":
            continue
        for ring, sign in [(polygon.exterior, 1.0), *((hole, -1.0) for hole in polygon.interiors)]:
            lons, lats = np.asarray(ring.coords)[:, :2].T
            x, y = plane.to_metres(lats, lons)
            cross = x[:-1] * y[1:] - x[1:] * y[:-1]
            second = sum(a[:-1] ** 2 + a[:-1] * a[1:] + a[1:] ** 2 for a in (x, y))
            turn = sign * (1.0 if cross.sum() >= 0 else -1.0)
            area += turn * float(cross.sum()) / 2
            moment += turn * float((cross * second).sum()) / 12
    return math.sqrt(max(0.0, moment / area)) if area > 0 else 0.0
