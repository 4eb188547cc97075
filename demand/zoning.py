"""The zone tree of a territory and its region, built from communes and stations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import affinity

from demand.grouping import group_places
from demand.quartiers import METRES_PER_DEGREE, REST, Quartier, split_commune
from demand.zone_tree import ZoneTree
from network.base import distance_m
from network.base.errors import DemandInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from demand.communes import Commune, CommuneSplit
    from demand.zones import ZoneSystem


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoningSettings:
    """How finely the region is cut, and what its upper zones are called.

    A commune is split into quartiers if it is of the territory, within ``near_m`` of it,
    or in a département of ``split_departements``. Quartiers below ``min_quartier_share`` of
    their commune (``min_near_share`` outside the territory) are merged. Other communes are
    grouped: see :func:`demand.grouping.group_places` for ``size_per_distance`` and
    ``min_size_m``.
    """

    region_name: str
    territory_name: str
    departement_names: dict[str, str]
    near_m: float = 4_000.0
    split_departements: tuple[str, ...] = ()
    grid_m: float = 250.0
    station_reach_m: float = 1_200.0
    activity_radius_m: float = 350.0
    min_quartier_share: float = 0.04
    min_near_share: float = 0.15
    size_per_distance: float = 0.8
    min_size_m: float = 4_000.0

    def __post_init__(self) -> None:
        for name in ("grid_m", "station_reach_m", "activity_radius_m", "size_per_distance"):
            if not getattr(self, name) > 0:
                msg = f"{name} is {getattr(self, name)}; expected more than 0"
                raise ValueError(msg)
        for name in ("min_quartier_share", "min_near_share"):
            if not 0 <= getattr(self, name) < 1:
                msg = f"{name} is {getattr(self, name)}; expected 0 to below 1"
                raise ValueError(msg)


def build_zone_system(
    communes: Sequence[Commune],
    *,
    territory_codes: Sequence[str],
    stations_lat: NDArray[np.float64],
    stations_lon: NDArray[np.float64],
    stations_names: Sequence[str],
    settings: ZoningSettings,
    activity_lat: NDArray[np.float64] | None = None,
    activity_lon: NDArray[np.float64] | None = None,
) -> tuple[ZoneSystem, CommuneSplit]:
    """Build the zone tree of a region and how its communes are made of leaf zones.

    Near the territory the leaves are quartiers, one a station and commune; farther off
    they are groups of communes of one département, named after the most populous. Above
    the leaves stand commune, agglomeration (the territory; what remains of a département),
    département and region. Shares are estimates: of the grid's points, each weighing 1, or
    the number of activity places around it in the territory's communes when these are
    given (they must then cover all of the territory).

    Parameters
    ----------
    stations_lat, stations_lon, stations_names
        Stations of the lines that are modelled, one entry a station.

    Returns
    -------
    zones, split
        The tree, and by commune its leaf zones with shares of homes and jobs (equal until
        :func:`demand.spreading.weigh_work_ends` is applied).

    Raises
    ------
    DemandInputError
        If a code of the territory is not among the communes, or two communes share a code.
    """
    ordered = sorted(communes, key=lambda commune: commune.code)
    by_code = {commune.code: commune for commune in ordered}
    _check_codes(ordered, by_code, territory_codes)
    near = _near_communes(ordered, [by_code[code] for code in territory_codes], settings)
    tree = ZoneTree()
    _add_upper_zones(tree, ordered, set(territory_codes), settings)
    for commune in ordered:
        if commune.code in near:
            inside = commune.code in territory_codes
            weigh = inside and activity_lat is not None and activity_lon is not None
            quartiers = split_commune(
                commune.polygon,
                stations_lat=np.asarray(stations_lat, dtype=np.float64),
                stations_lon=np.asarray(stations_lon, dtype=np.float64),
                activity_lat=activity_lat if weigh else None,
                activity_lon=activity_lon if weigh else None,
                step_m=settings.grid_m,
                reach_m=settings.station_reach_m,
                activity_radius_m=settings.activity_radius_m,
                min_share=settings.min_quartier_share if inside else settings.min_near_share,
            )
            _add_quartiers(tree, commune, quartiers, stations_names, inside)
    far = [commune for commune in ordered if commune.code not in near]
    here = shapely.union_all([by_code[code].polygon for code in territory_codes]).centroid
    _add_groups(tree, far, here.y, here.x, settings)
    return tree.zones(), tree.split([commune.code for commune in ordered])


def _check_codes(
    ordered: list[Commune], by_code: dict[str, Commune], territory_codes: Sequence[str]
) -> None:
    problems = [
        Problem(
            file="communes",
            found=f"no commune {code}",
            expected="every commune of the territory with its outline",
            mend="Add the commune's outline or correct the INSEE code.",
        )
        for code in territory_codes
        if code not in by_code
    ]
    if len(by_code) < len(ordered) or not territory_codes:
        problems.append(
            Problem(
                file="communes",
                found=f"{len(ordered)} communes with {len(by_code)} different codes, "
                f"{len(territory_codes)} of them the territory",
                expected="different codes, and at least one commune in the territory",
                mend="Keep each commune once and name the territory's communes.",
            )
        )
    if problems:
        raise DemandInputError(*problems)


def _near_communes(
    communes: list[Commune], territory: list[Commune], settings: ZoningSettings
) -> set[str]:
    """Return the codes of the communes to split, by distance between outlines on a plane."""
    union = shapely.union_all([commune.polygon for commune in territory])
    scale_lon = METRES_PER_DEGREE * math.cos(math.radians(union.centroid.y))

    def flat(shape: BaseGeometry) -> BaseGeometry:
        return affinity.scale(shape, scale_lon, METRES_PER_DEGREE, origin=(0, 0))

    plane = flat(union)
    near = {commune.code for commune in territory}
    for commune in communes:
        split_all = commune.code[:2] in settings.split_departements
        if split_all or flat(commune.polygon).distance(plane) <= settings.near_m:
            near.add(commune.code)
    return near


def _add_upper_zones(
    tree: ZoneTree, communes: list[Commune], territory_codes: set[str], settings: ZoningSettings
) -> None:
    tree.add("region", settings.region_name, "region", None)
    homes = {code[:2] for code in territory_codes}
    for number in sorted({commune.code[:2] for commune in communes}):
        name = settings.departement_names.get(number, number)
        tree.add(f"D{number}", name, "departement", "region")
        rest = f"{name} hors {settings.territory_name}" if number in homes else name
        tree.add(f"A{number}", rest, "agglomeration", f"D{number}")
    if len(homes) == 1:
        tree.add("territory", settings.territory_name, "agglomeration", f"D{homes.pop()}")
    else:
        tree.add("territory", settings.territory_name, "agglomeration", "region")


def _add_quartiers(
    tree: ZoneTree,
    commune: Commune,
    quartiers: list[Quartier],
    stations_names: Sequence[str],
    inside: bool,
) -> None:
    upper = "territory" if inside else f"A{commune.code[:2]}"
    tree.add(commune.code, commune.name, "commune", upper)
    parts = []
    for number, quartier in enumerate(quartiers, start=1):
        zone_id = commune.code
        if len(quartiers) > 1:
            zone_id = f"{commune.code}-{number}"
            place = "reste" if quartier.station == REST else stations_names[quartier.station]
            tree.add(zone_id, f"{commune.name} : {place}", "quartier", commune.code)
        leaf = tree.add_leaf(
            zone_id, quartier.lat, quartier.lon, inside, spread_m=quartier.spread_m
        )
        parts.append((leaf, quartier.share))
    tree.parts[commune.code] = parts


def _add_groups(
    tree: ZoneTree,
    communes: list[Commune],
    from_lat: float,
    from_lon: float,
    settings: ZoningSettings,
) -> None:
    centres = [commune.polygon.centroid for commune in communes]
    lat = np.asarray([centre.y for centre in centres])
    lon = np.asarray([centre.x for centre in centres])
    for number in sorted({commune.code[:2] for commune in communes}):
        mine = np.asarray([i for i, c in enumerate(communes) if c.code[:2] == number])
        for cell in group_places(
            lat[mine],
            lon[mine],
            from_lat=from_lat,
            from_lon=from_lon,
            size_per_distance=settings.size_per_distance,
            min_size_m=settings.min_size_m,
        ):
            members = mine[cell]
            people = np.asarray([max(communes[i].population, 1) for i in members], dtype=float)
            largest = communes[members[int(people.argmax())]]
            name = largest.name if len(members) == 1 else f"autour de {largest.name}"
            zone_id = largest.code if len(members) == 1 else f"{largest.code}G"
            weight = people / people.sum()
            tree.add(zone_id, name, "commune", f"A{number}")
            centre = (float(weight @ lat[members]), float(weight @ lon[members]))
            away_m = distance_m(*centre, lat[members], lon[members])
            own_m2 = np.asarray([_disk_spread_m2(communes[i].polygon) for i in members])
            spread_m = math.sqrt(float(weight @ (away_m**2 + own_m2)))
            leaf = tree.add_leaf(zone_id, *centre, False, spread_m=spread_m)
            for i in members:
                tree.parts[communes[i].code] = [(leaf, 1.0)]


def _disk_spread_m2(polygon: BaseGeometry) -> float:
    """Return the mean square distance from its centre of a disk as large as the polygon, m2."""
    degree_m2 = METRES_PER_DEGREE**2 * math.cos(math.radians(polygon.centroid.y))
    return float(polygon.area) * degree_m2 / (2 * math.pi)
