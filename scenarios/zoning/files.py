"""The zone files of a pack: the table, and the outlines as GeoJSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from shapely.geometry import mapping

from demand.readers.territory import ZONE_COLUMNS
from network.base import Problem
from network.base.errors import ScenarioInputError
from scenarios.pack_tables import read_text

if TYPE_CHECKING:
    from pathlib import Path

    from scenarios.zoning.plan import Zone, ZonePlan

COLUMNS = (*ZONE_COLUMNS[:-1], "spread_m", ZONE_COLUMNS[-1])
DECIMALS = 6
"""Of a coordinate in degrees: 0.1 m."""


def format_zone_table(plan: ZonePlan) -> str:
    """Return a plan as the text of ``zones.csv``, which ``demand.readers.read_zones`` reads.

    Figures that are unknown are left blank.
    """
    leaves = {zone.zone_id for zone in plan.leaves}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for zone in plan.zones:
        row = {
            "zone_id": zone.zone_id,
            "name": zone.name,
            "level": zone.level,
            "parent_id": zone.parent_id or "",
            "lat": f"{zone.lat:.{DECIMALS}f}",
            "lon": f"{zone.lon:.{DECIMALS}f}",
            "population": _figure(zone.population),
            "jobs": _figure(zone.jobs),
            "in_territory": "1",
            "leaf": "1" if zone.zone_id in leaves else "0",
            "spread_m": f"{zone.spread_m:.0f}" if zone.zone_id in leaves else "",
            "source_class": zone.source_class,
        }
        writer.writerow([row[column] for column in COLUMNS])
    return text.getvalue()


def format_geojson(plan: ZonePlan) -> str:
    """Return the outlines of a plan as GeoJSON, one zone a line; those without are left out.

    ``creneau territory init --zones`` reads it again.
    """
    features = [_feature(zone, zone.geometry) for zone in plan.zones if zone.geometry is not None]
    lines = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in features]
    body = ",\n".join(lines)
    return f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'


def read_outlines(path: Path) -> dict[str, dict[str, Any]]:
    """Return the GeoJSON geometry of each zone of an outline file, by property ``id``.

    Raises
    ------
    ScenarioInputError
        If it cannot be read or is no GeoJSON of features.
    """
    outlines: dict[str, dict[str, Any]] = {}
    for feature in read_features(path):
        properties, geometry = feature.get("properties"), feature.get("geometry")
        if isinstance(properties, dict) and isinstance(geometry, dict):
            zone_id = properties.get("id", feature.get("id"))
            if zone_id is not None:
                outlines.setdefault(str(zone_id), geometry)
    return outlines


def read_features(path: Path) -> list[dict[str, Any]]:
    """Return the features of a GeoJSON file.

    Raises
    ------
    ScenarioInputError
        If it cannot be read or is no GeoJSON FeatureCollection.
    """
    mend = "Export the polygons as GeoJSON in WGS 84 (EPSG:4326)."
    try:
        data = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                row=error.lineno,
                found=f"no JSON: {error.msg}",
                expected="a GeoJSON FeatureCollection",
                mend=mend,
            )
        ) from None
    except RecursionError:
        data = None
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list):
        raise ScenarioInputError(
            Problem(
                file=str(path),
                found="JSON without a list of features",
                expected="a GeoJSON FeatureCollection",
                mend=mend,
            )
        )
    return [feature if isinstance(feature, dict) else {} for feature in features]


def _feature(zone: Zone, geometry: Any) -> dict[str, Any]:  # noqa: ANN401 - shapely's
    properties: dict[str, Any] = {
        "id": zone.zone_id,
        "name": zone.name,
        "level": zone.level,
        "parent": zone.parent_id,
    }
    for quantity in ("population", "jobs"):
        value = zone.of(quantity)
        if value is not None:
            properties[quantity] = int(value) if value == int(value) else value
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": _round(dict(mapping(geometry))),
    }


def _round(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a geometry with its numbers rounded, so that they are written short."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, list | tuple):
        return [_round(item) for item in value]
    if isinstance(value, dict):
        return {key: _round(item) for key, item in value.items()}
    return value


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else f"{value:.3f}".rstrip("0").rstrip(".")
