"""Zones for a pack made from files: a grid around the stops, or given polygons."""

from scenarios.zoning.files import format_geojson, format_zone_table, read_outlines
from scenarios.zoning.grid import GridSettings, build_grid
from scenarios.zoning.plan import Zone, ZonePlan
from scenarios.zoning.points import PeoplePoints, place_people, read_points
from scenarios.zoning.polygons import build_polygon_zones, read_polygons

__all__ = [
    "GridSettings",
    "PeoplePoints",
    "Zone",
    "ZonePlan",
    "build_grid",
    "build_polygon_zones",
    "format_geojson",
    "format_zone_table",
    "place_people",
    "read_outlines",
    "read_points",
    "read_polygons",
]
