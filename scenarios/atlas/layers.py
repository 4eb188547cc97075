"""The layers of a network's map as plain data for the page's script.

Everything that grows with the network is kept small: lines are drawn once however many
patterns share them, points that change nothing to the eye are left out, and coordinates are
encoded as text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from network.building.inputs import basic_route_type
from scenarios.atlas.polyline import encode_polyline
from scenarios.report.labels import line_colors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from network import Network, StreetGraph, Timetable
    from network.quality.report import QualityReport
    from scenarios.atlas.view import TerritoryView

PEAK_S = (7 * 3600, 9 * 3600)
_LINE_TOLERANCE = 3e-5  # degrees, about 3 m
_STREET_TOLERANCE = 4e-5
_ZONE_TOLERANCE = 1e-4
_MAX_STREET_POINTS = 400_000
_MAX_MARKERS = 300  # of one kind of finding: more hide the map
_STREET_LEVELS = (
    ("motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "ferry"),
    ("secondary", "secondary_link", "tertiary", "tertiary_link"),
    ("residential", "unclassified", "living_street", "pedestrian", "road"),
)
_MODES = {0: "tram", 1: "metro", 2: "rail", 3: "bus", 4: "ferry", 5: "tram", 6: "cable",
          7: "cable", 11: "bus", 12: "rail"}  # fmt: skip


_MODE_COLORS = {"tram": "4A8F3C", "metro": "30638E", "rail": "7A3E9D", "bus": "8A6D1D",
                "ferry": "1D7F8C", "cable": "A3134F"}  # fmt: skip
_UNSET_COLOR = "FFFFFF"  # what GTFS takes where a feed says nothing: not to be seen on paper


def _visible_color(color: str, route_type: int) -> str:
    if color.strip().lstrip("#").upper() in ("", _UNSET_COLOR):
        return _MODE_COLORS.get(name_mode(route_type), "")
    return color


def name_mode(route_type: int) -> str:
    """Return the mode of a GTFS route type as the catalogues name it."""
    return _MODES.get(basic_route_type(route_type), "other")


def count_own_trips(timetable: Timetable) -> NDArray[np.int64]:
    """Return, by pattern, the trips that leave their first stop on the service date.

    Trips of the day before that go on into it have negative times there.
    """
    counts = np.zeros(timetable.n_patterns, dtype=np.int64)
    for pattern in range(timetable.n_patterns):
        counts[pattern] = np.count_nonzero(timetable.pattern_times(pattern)[1][:, 0] >= 0)
    return counts


def draw_lines(timetable: Timetable) -> list[dict[str, Any]]:
    """Return the lines of a timetable, those that run most last (so that they lie on top).

    Routes of one agency that share name and type are one line. ``trips`` are trips a day,
    ``peak`` trips an hour from 07:00 to 09:00 in the busier direction.
    """
    trips = count_own_trips(timetable)
    peak = _peak_trips(timetable)
    groups: dict[tuple[str, str, int], list[int]] = {}
    for pattern, route in enumerate(timetable.pattern_route.tolist()):
        key = (
            timetable.routes.lines[route],
            timetable.routes.agencies[route],
            int(timetable.routes.types[route]),
        )
        groups.setdefault(key, []).append(pattern)
    lines = []
    for (name, agency, route_type), patterns in groups.items():
        first = int(timetable.pattern_route[patterns[0]])
        back, ink = line_colors(_visible_color(timetable.routes.colors[first], route_type))
        by_direction: dict[int, float] = {}
        for pattern in patterns:
            direction = int(timetable.pattern_direction[pattern])
            by_direction[direction] = by_direction.get(direction, 0.0) + float(peak[pattern])
        hours = (PEAK_S[1] - PEAK_S[0]) / 3600
        lines.append(
            {
                "name": name,
                "long": timetable.routes.long_names[first],
                "agency": agency,
                "mode": name_mode(route_type),
                "color": back,
                "ink": ink,
                "trips": int(trips[patterns].sum()),
                "peak": round(max(by_direction.values()) / hours, 1),
                "paths": list(_line_paths(timetable, patterns, trips)),
            }
        )
    lines.sort(key=lambda line: (line["peak"], line["trips"], line["name"], line["agency"]))
    return lines


def draw_stations(timetable: Timetable, lines: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the stations as columns: names, places, departures a day, and lines that call.

    A station's departures count every trip that calls at one of its stops and goes on.
    """
    line_of = {(line["name"], line["agency"], line["mode"]): i for i, line in enumerate(lines)}
    stops = timetable.stops
    n_stations = len(stops.station_names)
    station_of_call = stops.station[timetable.pattern_stop]
    lengths = np.diff(timetable.pattern_offset)
    pattern = np.repeat(np.arange(timetable.n_patterns), lengths)
    trips = np.concatenate(
        [
            np.append(np.count_nonzero(timetable.pattern_times(p)[1][:, :-1] >= 0, axis=0), 0)
            for p in range(timetable.n_patterns)
        ]
    )
    departures = np.bincount(station_of_call, weights=trips, minlength=n_stations)
    members = np.bincount(stops.station, minlength=n_stations)
    lat = np.bincount(stops.station, weights=stops.lat, minlength=n_stations) / members
    lon = np.bincount(stops.station, weights=stops.lon, minlength=n_stations) / members
    called: list[set[int]] = [set() for _ in range(n_stations)]
    routes = timetable.routes
    line_of_route = [
        line_of.get((routes.lines[r], routes.agencies[r], name_mode(int(routes.types[r]))), -1)
        for r in range(len(routes))
    ]
    pairs = np.unique(np.column_stack((station_of_call, timetable.pattern_route[pattern])), axis=0)
    for station, route in pairs.tolist():
        called[station].add(line_of_route[route])
    return {
        "name": list(stops.station_names),
        "at": [encode_polyline(lat, lon)],
        "stops": members.tolist(),
        "departures": departures.astype(int).tolist(),
        "lines": [sorted(found - {-1}) for found in called],
    }


def draw_streets(streets: StreetGraph) -> dict[str, Any]:
    """Return streets by level, from main roads to side streets, thinned to what a page holds.

    ``left_out`` counts the segments that are not drawn: paths, service ways, and side streets
    where there are too many.
    """
    segments = streets.segments
    kinds = np.asarray(segments.kinds, dtype=object)[segments.kind]
    levels: list[list[str]] = []
    drawn = points = 0
    for wanted in _STREET_LEVELS:
        rows = np.flatnonzero(np.isin(kinds, wanted))
        paths = _join_segments(streets, rows)
        n_points = sum(len(path.coords) for path in paths)
        if points + n_points > _MAX_STREET_POINTS:
            break
        levels.append([_encode(path) for path in paths])
        points += n_points
        drawn += len(rows)
    return {"levels": levels, "left_out": len(segments) - drawn, "drawn": drawn}


def draw_zones(view: TerritoryView) -> list[dict[str, Any]]:
    """Return the leaf zones: rings or a centre, name, level, population and jobs (None unknown)."""
    zones = view.zones
    if zones is None:
        return []
    drawn = []
    for i, zone_id in enumerate(zones.ids):
        zone: dict[str, Any] = {
            "name": zones.names[zone_id],
            "level": zones.levels[zone_id],
            "inside": bool(zones.in_territory[i]),
            "population": _known(view.population, i),
            "jobs": _known(view.jobs, i),
        }
        geometry = view.zone_polygons.get(zone_id)
        if geometry is None:
            zone["at"] = [round(float(zones.lat[i]), 5), round(float(zones.lon[i]), 5)]
        else:
            shape = shapely.from_geojson(json.dumps(geometry)).simplify(_ZONE_TOLERANCE)
            zone["rings"] = [
                [_encode(ring) for ring in (part.exterior, *part.interiors)]
                for part in getattr(shape, "geoms", [shape])
            ]
        drawn.append(zone)
    return drawn


def draw_findings(report: QualityReport) -> list[dict[str, Any]]:
    """Return the places of the findings, at most some hundred of each kind."""
    return [
        {
            "row": i,
            "severity": str(finding.severity),
            "at": encode_polyline(finding.lat[:_MAX_MARKERS], finding.lon[:_MAX_MARKERS]),
        }
        for i, finding in enumerate(report.findings)
        if len(finding.lat)
    ]


def _known(values: NDArray[np.float64] | None, i: int) -> float | None:
    return None if values is None or np.isnan(values[i]) else round(float(values[i]), 1)


def _encode(line: shapely.Geometry) -> str:
    points = shapely.get_coordinates(line)
    return encode_polyline(points[:, 1], points[:, 0])


def _peak_trips(timetable: Timetable) -> NDArray[np.int64]:
    """Return, by pattern, the trips that leave its first stop in the peak."""
    counts = np.zeros(timetable.n_patterns, dtype=np.int64)
    for pattern in range(timetable.n_patterns):
        leaves_s = timetable.pattern_times(pattern)[1][:, 0]
        counts[pattern] = np.count_nonzero((leaves_s >= PEAK_S[0]) & (leaves_s < PEAK_S[1]))
    return counts


def _line_paths(
    timetable: Timetable, patterns: list[int], trips: NDArray[np.int64]
) -> Iterator[str]:
    """Yield the patterns' paths, longest first, leaving out those that show nothing new."""
    shown: set[tuple[int, int]] = set()
    n_calls = np.diff(timetable.pattern_offset)
    for pattern in sorted(patterns, key=lambda p: (-int(n_calls[p]), -int(trips[p]), p)):
        stops = timetable.pattern_stops(pattern).tolist()
        hops = {(min(a, b), max(a, b)) for a, b in zip(stops[:-1], stops[1:], strict=True)}
        if not hops - shown:
            continue
        shown |= hops
        lat, lon = _path_of(timetable, pattern)
        line = shapely.LineString(np.column_stack((lon, lat)))
        yield _encode(line.simplify(_LINE_TOLERANCE, preserve_topology=False))


def _path_of(timetable: Timetable, pattern: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the points of a pattern's shape between its first and last call, or its stops."""
    shapes, stops = timetable.shapes, timetable.pattern_stops(pattern)
    if shapes is not None:
        first, last = shapes.offset[pattern : pattern + 2]
        call, end = timetable.pattern_offset[pattern : pattern + 2]
        near = shapes.stop_point[call:end]
        if last - first > 1 and near[-1] > near[0] >= 0:
            rows = slice(first + near[0], first + near[-1] + 1)
            return shapes.lat[rows], shapes.lon[rows]
    return timetable.stops.lat[stops], timetable.stops.lon[stops]


def _join_segments(streets: StreetGraph, rows: NDArray[np.int64]) -> list[shapely.LineString]:
    """Return segments as long lines of few points."""
    if len(rows) == 0:
        return []
    segments = streets.segments
    counts = np.diff(segments.point_offset)[rows].astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(counts)))
    points = np.arange(starts[-1]) + np.repeat(segments.point_offset[rows] - starts[:-1], counts)
    lines: NDArray[np.object_] = shapely.linestrings(  # type: ignore[assignment]
        np.column_stack((segments.point_lon[points], segments.point_lat[points])),
        indices=np.repeat(np.arange(len(rows)), counts),
    )
    merged = shapely.line_merge(shapely.multilinestrings(lines))
    # Part by part and without regard to crossings: all at once takes minutes.
    parts = shapely.get_parts(merged)
    return list(shapely.simplify(parts, _STREET_TOLERANCE, preserve_topology=False))


def compute_bounds(network: Network | None, view: TerritoryView | None) -> list[list[float]]:
    """Return the south-west and north-east corner of what matters, 98 % of the stops."""
    if network is not None and network.timetable.n_stops:
        lat, lon = network.timetable.stops.lat, network.timetable.stops.lon
    elif view is not None and view.zones is not None:
        lat, lon = view.zones.lat, view.zones.lon
    else:
        return [[-60.0, -170.0], [70.0, 170.0]]
    south, north = np.quantile(lat, [0.01, 0.99]).tolist()
    west, east = np.quantile(lon, [0.01, 0.99]).tolist()
    return [[south, west], [north, east]]
