"""Zones from given polygons: one level or several in one file, nested by name or by place."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import shape

from demand.zones import LEVELS
from network.base import Problem, SourceClass
from network.base.errors import ScenarioInputError
from scenarios.pack_tables import fold_name
from scenarios.zone_people import QUANTITIES
from scenarios.zoning.files import read_features
from scenarios.zoning.plan import Zone, ZonePlan, measure_spread_m

if TYPE_CHECKING:
    from pathlib import Path

    from network.base import ProblemLog

LARGER = 1.05
"""A zone that holds another one by place alone is larger by at least this factor."""

COMMUNE, AGGLOMERATION = LEVELS.index("commune"), LEVELS.index("agglomeration")
ROOT = "all"


@dataclass(slots=True)
class _Given:
    """One polygon of the file; ``level`` counts in LEVELS, None where not said."""

    zone_id: str
    name: str
    level: int | None
    parent: str | None
    geometry: shapely.Geometry
    people: dict[str, float | None]


def read_polygons(path: Path, log: ProblemLog) -> list[_Given]:
    """Read the polygons of a GeoJSON file.

    Properties: ``id`` (else the feature's id, else the name), ``name``, ``level`` (quartier,
    commune, agglomeration, departement, region), ``parent`` (the id of the zone above),
    ``population``, ``jobs``; all but the first may be missing. Features that cannot be used
    are set aside, with their number in the file.

    Raises
    ------
    ScenarioInputError
        If the file cannot be read, its coordinates are no degrees, or no polygon is usable.
    """
    features = read_features(path)
    given: dict[str, _Given] = {}
    for number, feature in enumerate(features, start=1):
        try:
            zone = _read_feature(feature)
            if zone.zone_id in given:
                raise _Unusable("id", f"{zone.zone_id!r} again", "each id once")
        except _Unusable as bad:
            log.set_aside(
                "polygon",
                Problem(
                    file=str(path),
                    field=bad.field,
                    found=f"{bad.found} (feature {number})",
                    expected=bad.expected,
                    mend="Correct the feature; it is not used.",
                ),
            )
        else:
            given[zone.zone_id] = zone
    if not given:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                found=f"no usable polygon among {len(features)} features",
                expected="polygons with a property id, in degrees (WGS 84)",
                mend="Export the zones as GeoJSON polygons, or use --grid.",
            ),
            *log.problems,
        )
    return sorted(given.values(), key=lambda zone: zone.zone_id)


def build_polygon_zones(
    path: Path, given: list[_Given], log: ProblemLog, *, root_name: str
) -> ZonePlan:
    """Build the zone tree of polygons.

    A zone's parent is the one its property names; else, by place, the smallest zone of a
    higher level (or, where levels are not said, larger) that holds a point inside it. Levels
    that are not said follow from the nesting: the lowest are communes where nothing is
    nested, else quartiers. Where several zones have no parent, an agglomeration (or a higher
    level, as fits) named ``root_name`` is put above them.

    Raises
    ------
    ScenarioInputError
        If zones are nested deeper than there are levels.
    """
    zones = {zone.zone_id: zone for zone in given}
    parents = _name_parents(path, zones, log)
    _find_parents(zones, parents)
    levels = _find_levels(path, zones, parents)
    source = str(SourceClass.PUBLISHED)
    built = []
    for zone in given:
        lat, lon = _centre(zone.geometry)
        built.append(
            Zone(
                zone_id=zone.zone_id,
                name=zone.name,
                level=LEVELS[levels[zone.zone_id]],
                parent_id=parents.get(zone.zone_id),
                lat=lat,
                lon=lon,
                spread_m=round(measure_spread_m(zone.geometry, lat, lon), 1),
                geometry=zone.geometry,
                source_class=source,
                **zone.people,
            )
        )
    roots = [zone for zone in built if zone.parent_id is None]
    top = max(levels[zone.zone_id] for zone in roots)
    if len(roots) > 1 and top + 1 < len(LEVELS):
        built = _put_root(built, roots, max(top + 1, AGGLOMERATION), root_name)
    order = {level: i for i, level in enumerate(reversed(LEVELS))}
    built.sort(key=lambda zone: (order[zone.level], zone.zone_id))
    plan = ZonePlan(zones=tuple(built))
    summed = plan.summed({})
    _report_other_sums(path, plan, summed, log)
    return summed


class _Unusable(Exception):  # noqa: N818 - a feature's state, handled at once
    def __init__(self, field: str, found: str, expected: str) -> None:
        super().__init__(found)
        self.field, self.found, self.expected = field, found, expected


def _read_feature(feature: dict[str, Any]) -> _Given:
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    ids = (properties.get("id"), feature.get("id"), properties.get("name"))
    zone_id = next((str(value).strip() for value in ids if str(value or "").strip()), "")
    if not zone_id:
        raise _Unusable("id", "no id and no name", "a property id")
    level = properties.get("level")
    place = None
    if str(level or "").strip():
        word = fold_name(str(level)).lower()
        if word not in LEVELS:
            raise _Unusable("level", repr(level), "one of " + ", ".join(LEVELS))
        place = LEVELS.index(word)
    parent = properties.get("parent")
    return _Given(
        zone_id=zone_id,
        name=str(properties.get("name") or zone_id).strip(),
        level=place,
        parent=str(parent).strip() if str(parent or "").strip() else None,
        geometry=_read_geometry(feature.get("geometry")),
        people={quantity: _read_figure(properties, quantity) for quantity in QUANTITIES},
    )


def _read_geometry(raw: object) -> shapely.Geometry:
    if not isinstance(raw, dict) or raw.get("type") not in ("Polygon", "MultiPolygon"):
        kind = raw.get("type") if isinstance(raw, dict) else None
        raise _Unusable("geometry", f"{kind or 'nothing'}", "a Polygon or MultiPolygon")
    try:
        geometry = shapely.force_2d(shape(raw))
    except (ValueError, TypeError, IndexError, AttributeError, shapely.errors.ShapelyError):
        raise _Unusable("geometry", "coordinates that make no ring", "rings of points") from None
    coordinates = shapely.get_coordinates(geometry)
    if len(coordinates) == 0 or not np.isfinite(coordinates).all():
        raise _Unusable("geometry", "no coordinates", "rings of points")
    if np.abs(coordinates[:, 1]).max() > 90 or np.abs(coordinates[:, 0]).max() > 360:
        found = f"coordinates such as {coordinates[0, 0]:g}, {coordinates[0, 1]:g}"
        raise _Unusable("geometry", found, "degrees, longitude first (WGS 84, EPSG:4326)")
    valid = geometry if geometry.is_valid else shapely.make_valid(geometry)
    faces = [part for part in shapely.get_parts(valid) if part.geom_type == "Polygon"]
    if valid.geom_type == "GeometryCollection":
        parts = shapely.get_parts(shapely.get_parts(valid))
        faces = [part for part in parts if part.geom_type == "Polygon"]
    if not faces or sum(face.area for face in faces) <= 0:
        raise _Unusable("geometry", "a polygon without area", "an area")
    return faces[0] if len(faces) == 1 else shapely.MultiPolygon(faces)


def _read_figure(properties: dict[str, Any], quantity: str) -> float | None:
    value = properties.get(quantity)
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not (math.isfinite(number) and number >= 0):
        raise _Unusable(quantity, repr(value)[:80], "a number of people, 0 or more, or nothing")
    return number


def _name_parents(path: Path, zones: dict[str, _Given], log: ProblemLog) -> dict[str, str]:
    """Return the parents that properties name; those that cannot be are counted and left out."""
    parents: dict[str, str] = {}
    for zone in zones.values():
        if zone.parent is None:
            continue
        above = zones.get(zone.parent)
        found = ""
        if above is None:
            found = f"{zone.parent!r}, which is no zone of the file"
        elif None not in (zone.level, above.level) and zone.level >= above.level:  # type: ignore[operator]
            found = f"{zone.parent!r}, whose level is not above"
        elif _leads_back(zone.zone_id, zone.parent, parents):
            found = f"{zone.parent!r}, which lies below the zone itself"
        if not found:
            parents[zone.zone_id] = zone.parent
            continue
        log.set_aside(
            "parent of a polygon",
            Problem(
                file=str(path),
                field="parent",
                found=f"{found} (of zone {zone.zone_id!r})",
                expected="the id of a zone of a higher level",
                mend="Correct parent; the zone is put where it lies.",
            ),
        )
    return parents


def _leads_back(zone_id: str, parent: str, parents: dict[str, str]) -> bool:
    current: str | None = parent
    while current is not None and current != zone_id:
        current = parents.get(current)
    return current == zone_id


def _find_parents(zones: dict[str, _Given], parents: dict[str, str]) -> None:
    """Add the parents that follow from where zones lie."""
    ids = list(zones)
    shapes = np.asarray([zones[zone_id].geometry for zone_id in ids], dtype=object)
    areas = shapely.area(shapes)
    inner = shapely.point_on_surface(shapes)
    pairs = shapely.STRtree(shapes).query(inner, "intersects")
    best: dict[str, tuple[float, str]] = {}
    for below, above in pairs.T.tolist():
        zone, other = zones[ids[below]], zones[ids[above]]
        if below == above or zone.zone_id in parents:
            continue
        if zone.level is not None and other.level is not None:
            is_above = other.level > zone.level
        else:
            is_above = areas[above] > LARGER * areas[below]
        if is_above and not _leads_back(zone.zone_id, other.zone_id, parents):
            rank = (float(areas[above]), other.zone_id)
            best[zone.zone_id] = min(best.get(zone.zone_id, rank), rank)
    for zone_id in sorted(best):
        parent = best[zone_id][1]
        if not _leads_back(zone_id, parent, parents):
            parents[zone_id] = parent


def _find_levels(path: Path, zones: dict[str, _Given], parents: dict[str, str]) -> dict[str, int]:
    """Return the level of every zone: as said, else from the nesting."""
    lowest = 0 if parents else COMMUNE
    levels: dict[str, int] = {}
    above = Counter(parents.values())
    waiting = [zone_id for zone_id in zones if not above[zone_id]]
    floor = dict.fromkeys(zones, lowest)
    while waiting:
        zone_id = waiting.pop()
        said = zones[zone_id].level
        alone = not parents.get(zone_id) and floor[zone_id] == lowest
        levels[zone_id] = said if said is not None else max(COMMUNE if alone else 0, floor[zone_id])
        parent = parents.get(zone_id)
        if parent is not None:
            floor[parent] = max(floor[parent], levels[zone_id] + 1)
            above[parent] -= 1
            if not above[parent]:
                waiting.append(parent)
    deep = sorted(zone_id for zone_id, level in levels.items() if level >= len(LEVELS))
    if deep:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                field="level",
                found=f"zones nested deeper than {len(LEVELS)} levels, as {deep[0]!r}",
                expected="at most " + ", ".join(LEVELS),
                mend="Leave a level out, or give each zone its level and parent.",
            )
        )
    return levels


def _put_root(built: list[Zone], roots: list[Zone], level: int, root_name: str) -> list[Zone]:
    ids = {zone.zone_id for zone in built}
    root_id = ROOT
    while root_id in ids:
        root_id += "-"
    middle = shapely.MultiPoint([(zone.lon, zone.lat) for zone in roots]).centroid
    root = Zone(
        zone_id=root_id,
        name=root_name,
        level=LEVELS[level],
        parent_id=None,
        lat=round(middle.y, 6),
        lon=round(middle.x, 6),
        spread_m=0.0,
        geometry=None,
        source_class=str(SourceClass.ESTIMATED),
    )
    top = {zone.zone_id for zone in roots}
    moved = [replace(zone, parent_id=root_id) if zone.zone_id in top else zone for zone in built]
    return [root, *moved]


def _centre(geometry: shapely.Geometry) -> tuple[float, float]:
    """Return the centroid of a geometry, or a point inside where that lies outside."""
    point = shapely.centroid(geometry)
    if not shapely.intersects(geometry, point):
        point = shapely.point_on_surface(geometry)
    return round(shapely.get_y(point).item(), 6), round(shapely.get_x(point).item(), 6)


def _report_other_sums(path: Path, plan: ZonePlan, summed: ZonePlan, log: ProblemLog) -> None:
    """Count the zones whose own figure is not the sum of the zones below them."""
    for zone, sums in zip(plan.zones, summed.zones, strict=True):
        for quantity in QUANTITIES:
            said, found = zone.of(quantity), sums.of(quantity)
            if said is not None and found is not None and not math.isclose(said, found):
                log.set_aside(
                    "sum of zones",
                    Problem(
                        file=str(path),
                        field=quantity,
                        found=f"{said:g} for {zone.zone_id}, whose parts sum to {found:g}",
                        expected="the sum of the zones it is made of",
                        mend="The sum of the parts is used; correct one or the other.",
                    ),
                )
