"""Isochrones: the area that is reached from a place within some minutes, as polygons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from network.base import no_progress
from network.base.geodesy import EARTH_RADIUS_M
from network.routing.engines.profile import search_profile
from network.routing.opened import open_routing
from network.routing.reach._lane_kernels import LATEST_S
from network.routing.reach.direct import DirectSearch
from network.routing.reach.lanes import StopSearch, can_search_lanes
from network.routing.reach.matrix import ReachRules, earliest_arrivals
from network.routing.reach.pieces import Pieces, StreetPieces
from network.routing.reach.raster import to_cells, widen_cells
from network.streets.graph import StreetMode
from network.streets.snap import MAX_OFF_STREET_M
from network.walking.access import walk_access
from network.walking.index import find_walk_index
from network.walking.straight import DEFAULT_DETOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.base import Progress
    from network.network import Network
    from network.streets.search import StreetSearch

OFF_STREET_M = 60.0
"""How far beside a street that is reached the area extends, metres: half a block of 120 m."""
_CELL_M = {"walk": 20.0, "transit": 20.0, "bike": 30.0, "car": 60.0}
_AXIS_M, _ECCENTRICITY = 6_378_137.0, 0.081_819_190_842_621_49  # WGS 84
_DISC_QUARTER = 16  # points to a quarter of a circle


@dataclass(frozen=True, slots=True, kw_only=True)
class Isochrone:
    """The area reached within ``limit_s``: a polygon or several, (lon, lat) in degrees."""

    limit_s: int
    area: shapely.Geometry
    area_km2: float


@dataclass(frozen=True, slots=True)
class _Stands:
    """Places where one stands after ``seconds``, shape (n,) each.

    ``straight_s`` is how long one may go on straight from there at ``mps``, 0 where streets
    are taken instead.
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    seconds: NDArray[np.float64]
    straight_s: NDArray[np.float64]
    mps: float


class IsochroneSearch:
    """Isochrones by one mode (``"transit"``, ``"walk"``, ``"bike"``, ``"car"``) on a network.

    Over streets: the parts of streets that are reached, widened by up to 60 m for the walk
    from the street to a door, which costs its time. Without streets: discs of the straight
    line that is walked at a detour of 1.3. Transit is left at stops, on foot for at most
    ``max_access_s``. One object serves one thread at a time.
    """

    def __init__(self, network: Network, mode: str, rules: ReachRules | None = None) -> None:
        """Prepare the searches.

        Raises
        ------
        NetworkInputError
            If cars are asked for and the network has no streets.
        """
        self.network = network
        self.mode = mode
        self.rules = rules or ReachRules()
        self.cell_m = _CELL_M[mode]
        self.is_transit = mode == "transit"
        self.direct = DirectSearch(network, StreetMode("walk" if self.is_transit else mode))
        may_use_lanes = self.is_transit and can_search_lanes(open_routing(network).graph)
        self._stops = StopSearch(network, self.rules.max_rides) if may_use_lanes else None
        self._over = find_walk_index(network, self.direct.walk_mps).over
        if self.direct.streets is not None:
            self._pieces = StreetPieces(self.direct.streets)

    def find_areas(
        self,
        lat: float,
        lon: float,
        limits_s: Sequence[int],
        *,
        depart_s: int = 0,
        progress: Progress = no_progress,
    ) -> tuple[Isochrone, ...]:
        """Find the area reached within each limit (seconds), shortest limit first.

        ``depart_s`` is when one leaves, seconds of the service day; transit alone asks for it.
        A longer limit's area holds that of a shorter one.
        """
        longest_s = max(limits_s)
        walk_s = min(longest_s, self.rules.max_direct_walk_s) if self.is_transit else longest_s
        stop_s = self._seconds_at_stops(lat, lon, depart_s, longest_s)
        stands = [self._stands_at_place(lat, lon, walk_s), self._stands_at_stops(stop_s)]
        sets = self._street_sets(lat, lon, stop_s, walk_s, longest_s)
        areas = []
        # A street gone along in part may touch cells that the whole of it is not put into: the
        # cells of shorter limits stay, so that areas lie within each other.
        cells: list[NDArray[np.int32]] = []
        for done, limit_s in enumerate(sorted(set(limits_s))):
            progress("areas", done, len(limits_s))
            areas.append(self._draw((lat, lon), limit_s, stands, sets, cells))
        progress("areas", len(limits_s), len(limits_s))
        return tuple(areas)

    def _seconds_at_stops(
        self, lat: float, lon: float, depart_s: int, limit_s: int
    ) -> NDArray[np.float64]:
        """Return seconds from leaving to alighting, shape (n_stops,), infinite beyond."""
        n_stops = self.network.timetable.n_stops
        if not self.is_transit:
            return np.full(n_stops, np.inf)
        access = walk_access(
            self.network, lat, lon, max_walk_s=min(self.rules.max_access_s, limit_s)
        )
        if self._stops is not None and depart_s < LATEST_S:
            return self._stops.compute_seconds(*access, depart_s, limit_s)
        stops = np.arange(n_stops, dtype=np.int32)
        departures_s = np.array([depart_s], dtype=np.int32)
        journeys = search_profile(
            self.network,
            *access,
            np.arange(n_stops + 1, dtype=np.int32),
            stops,
            np.zeros(n_stops, dtype=np.int32),
            departures_s,
            max_rides=self.rules.max_rides,
            workspace=open_routing(self.network).profile(self.rules.max_rides),
        )
        seconds = earliest_arrivals(journeys, departures_s, n_stops)[0] - depart_s
        return np.where(seconds <= limit_s, seconds, np.inf)

    def _stands_at_place(self, lat: float, lon: float, walk_s: float) -> _Stands:
        """Return the start: a disc where no street is near, else the way to its street."""
        straight_s = 0.0 if self.mode == StreetMode.CAR else float(walk_s)
        if self.direct.streets is not None:
            here = self.direct.snapper.snap(lat, lon, limit_m=MAX_OFF_STREET_M)
            if here.is_near[0]:
                metres = float(here.distance_m[0])
                share = np.linspace(0, 1, 2 + int(metres / self.cell_m))
                return _Stands(
                    lat + share * (here.lat[0] - lat),
                    lon + share * (here.lon[0] - lon),
                    share * metres / self.direct.walk_mps,
                    np.zeros(len(share)),
                    self.direct.walk_mps,
                )
        return _Stands(
            np.array([lat]), np.array([lon]), np.zeros(1), np.array([straight_s]), self.direct.mps
        )

    def _stands_at_stops(self, stop_s: NDArray[np.float64]) -> _Stands:
        """Return the stops reached; those off the streets are left straight, in a disc."""
        reached = np.flatnonzero(np.isfinite(stop_s))
        stops = self.network.timetable.stops
        straight_s = np.full(len(reached), float(self.rules.max_access_s))
        if self._over is not None:
            straight_s[~self._over.is_straight[reached]] = 0.0
        return _Stands(
            stops.lat[reached],
            stops.lon[reached],
            stop_s[reached],
            straight_s,
            self.direct.walk_mps,
        )

    def _street_sets(
        self,
        lat: float,
        lon: float,
        stop_s: NDArray[np.float64],
        walk_s: float,
        limit_s: float,
    ) -> list[tuple[Pieces, float]]:
        """Return the streets reached from the place and from the stops, with their limits."""
        search: StreetSearch | None = self.direct.streets
        if search is None:
            return []
        sets = []
        here = self.direct.snapper.snap(lat, lon, limit_m=MAX_OFF_STREET_M)
        if here.is_near[0]:
            off_s = here.distance_m / self.direct.walk_mps
            pieces = self._pieces.find_reached(here, off_s, limit_s=walk_s)
            sets.append((pieces, float(walk_s)))
        if self._over is not None and np.isfinite(stop_s).any():
            links = self._over.walks.links
            owner = np.repeat(np.arange(len(stop_s)), np.diff(links.offset))
            rows = np.flatnonzero(np.isfinite(stop_s[owner]) & np.isfinite(links.out_s))
            pieces = self._pieces.find_reached(
                self._over.walks.points.take(rows),
                stop_s[owner[rows]] + links.out_s[rows],
                limit_s=limit_s,
                max_m=self.rules.max_access_s * self.direct.walk_mps,
            )
            sets.append((pieces, float(limit_s)))
        return sets

    def _draw(
        self,
        place: tuple[float, float],
        limit_s: int,
        stands: list[_Stands],
        sets: list[tuple[Pieces, float]],
        cells: list[NDArray[np.int32]],
    ) -> Isochrone:
        """Unite discs and widened streets on a plane that touches the sphere at the place.

        ``cells`` are those of shorter limits, to which those of this one are added.
        """
        door_s = OFF_STREET_M / self.direct.walk_mps
        discs: list[shapely.Geometry] = []
        for some in stands:
            left_s = limit_s - some.seconds
            straight = (some.straight_s > 0) & (left_s > 0)
            x, y = _to_plane(place, some.lat, some.lon)
            radius_m = np.minimum(left_s, some.straight_s) * some.mps / DEFAULT_DETOUR
            discs.extend(_unite_discs(x[straight], y[straight], radius_m[straight]))
            at_street = (some.straight_s == 0) & (left_s >= door_s)
            cells.append(to_cells(x[at_street], y[at_street], self.cell_m))
        for pieces, longest_s in sets:
            until_s = min(limit_s, longest_s) - door_s
            cells.append(self._pieces.mark(pieces, until_s, place, self.cell_m))
        area = widen_cells(
            np.concatenate(cells), OFF_STREET_M, self.cell_m, lambda xy: _from_plane(place, xy)
        )
        if discs:
            around = [shapely.transform(disc, lambda xy: _from_plane(place, xy)) for disc in discs]
            area = shapely.union_all([*around, area])
        return Isochrone(limit_s=limit_s, area=area, area_km2=measure_km2(area))


def measure_km2(area: shapely.Geometry) -> float:
    """Compute the area of polygons (lon, lat) on the ellipsoid of WGS 84, km2, holes less.

    Corners are put on an equal-area cylinder and joined there: beside geodesics a side of
    2 km is off by less than 0.1 m in its middle.

    References
    ----------
    Snyder, Map Projections: A Working Manual, USGS Professional Paper 1395, 1987,
    doi:10.3133/pp1395, equations 3-12 and 10-8.
    """
    rings, part = shapely.get_rings(shapely.get_parts(area), return_index=True)
    if len(rings) == 0:
        return 0.0
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    sine = np.sin(np.radians(corners[:, 1]))
    within = _ECCENTRICITY * sine
    q = (1 - _ECCENTRICITY**2) * (sine / (1 - within * within) + np.arctanh(within) / _ECCENTRICITY)
    # Around the first corner: small differences of large numbers lose digits.
    x = np.radians(corners[:, 0] - corners[0, 0]) * _AXIS_M
    y = (q - q[0]) / 2 * _AXIS_M
    twice = np.where(ring[1:] == ring[:-1], x[:-1] * y[1:] - x[1:] * y[:-1], 0.0)
    sizes = np.abs(np.bincount(ring[1:], weights=twice, minlength=len(rings))) / 2
    is_hole = np.append(False, part[1:] == part[:-1])
    return float(sizes[~is_hole].sum() - sizes[is_hole].sum()) / 1e6


def _unite_discs(
    x: NDArray[np.float64], y: NDArray[np.float64], radius_m: NDArray[np.float64]
) -> list[shapely.Geometry]:
    """Return discs as polygons, those inside a disc of a near larger one left out."""
    if len(x) == 0:
        return []
    order = np.argsort(-radius_m, kind="stable")
    x, y, radius_m = x[order], y[order], radius_m[order]
    points = np.asarray(shapely.points(x, y))
    tree = shapely.STRtree(points)
    inner, outer = tree.query(points, predicate="dwithin", distance=radius_m)[::-1]
    apart = np.hypot(x[inner] - x[outer], y[inner] - y[outer])
    # The outer disc is drawn as a polygon inside its circle: a little must be to spare.
    spare = np.cos(np.pi / (4 * _DISC_QUARTER))
    hidden = (inner > outer) & (apart + radius_m[inner] <= radius_m[outer] * spare)
    shown = np.ones(len(x), dtype=np.bool_)
    shown[inner[hidden]] = False
    drawn = shapely.buffer(points[shown], radius_m[shown], quad_segs=_DISC_QUARTER)
    return [shapely.union_all(drawn)]


def _to_plane(
    place: tuple[float, float], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres east and north of a place; the shorter way round the globe."""
    east = np.mod(lon - place[1] + 180, 360) - 180
    x = EARTH_RADIUS_M * np.radians(east) * np.cos(np.radians(place[0]))
    return x, EARTH_RADIUS_M * np.radians(lat - place[0])


def _from_plane(place: tuple[float, float], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    lon = place[1] + np.degrees(xy[:, 0] / (EARTH_RADIUS_M * np.cos(np.radians(place[0]))))
    lat = place[0] + np.degrees(xy[:, 1] / EARTH_RADIUS_M)
    return np.column_stack((lon, lat))
