"""What is within reach of a place in a territory, and travel times between its zones."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from network.base import Problem, SourceClass, no_progress
from network.base.errors import ScenarioInputError
from network.routing.reach.areas import IsochroneSearch
from network.routing.reach.matrix import ReachPlaces, ReachRules, TransitReach, iterate_matrix
from scenarios.pack_tables import open_table
from scenarios.zone_people import QUANTITIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from demand import ZoneSystem
    from network import Network
    from network.base import Progress
    from network.routing.reach.areas import Isochrone
    from network.routing.reach.matrix import Departures
    from scenarios.zone_people import ZonePeople

MODES = ("transit", "walk", "bike", "car")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedZone:
    """A zone whose centre is reached, and the seconds it takes."""

    zone_id: str
    name: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedArea:
    """What is reached within some minutes.

    ``sums`` are the known population and jobs of the zones whose centre is reached, None
    where none of them is known; ``unknown`` counts reached zones without the figure.
    ``off_street_m`` is how far the nearest street of the mode is, metres, where the place lies
    farther than 250 m from any (infinite beyond 25 km), so that one sets out straight from there
    times a detour of 1.3, an estimate, or not at all by car; None where a street is near or the
    territory has none.
    """

    minutes: int
    isochrone: Isochrone
    zones: tuple[ReachedZone, ...]
    sums: dict[str, float | None]
    unknown: dict[str, int]
    off_street_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachQuery:
    """From where, when (seconds of the service day), how, and within how many minutes."""

    lat: float
    lon: float
    depart_s: int
    minutes: tuple[int, ...]
    mode: str = "transit"


def find_reach(
    network: Network,
    zones: ZoneSystem | None,
    people: ZonePeople | None,
    query: ReachQuery,
    *,
    progress: Progress = no_progress,
) -> tuple[ReachedArea, ...]:
    """Find the areas within reach of a place, and who lives and works there.

    A zone counts as a whole, where its centre is reached by the rules of itineraries.

    Parameters
    ----------
    zones, people
        None where the territory has no zone table: areas alone are found then.

    Raises
    ------
    NetworkInputError
        If cars are asked for and the network has no streets.
    """
    search = IsochroneSearch(network, query.mode, ReachRules())
    limits_s = [60 * minutes for minutes in query.minutes]
    found = search.find_areas(
        query.lat, query.lon, limits_s, depart_s=query.depart_s, progress=progress
    )
    seconds = np.empty(0)
    if zones is not None:
        seconds = _seconds_to_zones(network, zones, search, query, progress)
    off_street_m = search.direct.measure_off_street(query.lat, query.lon)
    counted = (_count(area, zones, people, seconds) for area in found)
    return tuple(replace(area, off_street_m=off_street_m) for area in counted)


def _seconds_to_zones(
    network: Network,
    zones: ZoneSystem,
    search: IsochroneSearch,
    query: ReachQuery,
    progress: Progress,
) -> NDArray[np.float64]:
    if not search.is_transit:
        limit_s = 60 * max(query.minutes)
        return search.direct.compute_times((query.lat, query.lon), zones.lat, zones.lon, limit_s)
    reach = TransitReach(network, zone_places(zones), search.rules, progress=progress)
    departures_s = np.array([query.depart_s], dtype=np.int32)
    return np.asarray(reach.compute_times(query.lat, query.lon, departures_s)[0])


def _count(
    area: Isochrone,
    zones: ZoneSystem | None,
    people: ZonePeople | None,
    seconds: NDArray[np.float64],
) -> ReachedArea:
    rows = np.flatnonzero(seconds <= area.limit_s)
    rows = rows[np.argsort(seconds[rows], kind="stable")]
    sums: dict[str, float | None] = {}
    unknown: dict[str, int] = {}
    reached: list[ReachedZone] = []
    if zones is not None:
        reached = [
            ReachedZone(
                zone_id=zones.ids[row], name=zones.leaf_name(row), seconds=int(seconds[row])
            )
            for row in rows.tolist()
        ]
    for quantity in QUANTITIES if zones is not None and people is not None else ():
        values = [people.of(quantity).get(zone.zone_id) for zone in reached] if people else []
        known = [value for value in values if value is not None]
        sums[quantity] = math.fsum(known) if known or not values else None
        unknown[quantity] = len(values) - len(known)
    return ReachedArea(
        minutes=area.limit_s // 60,
        isochrone=area,
        zones=tuple(reached),
        sums=sums,
        unknown=unknown,
    )


def zone_places(zones: ZoneSystem) -> ReachPlaces:
    """Return the centres of a territory's smallest zones."""
    return ReachPlaces(ids=zones.ids, lat=zones.lat, lon=zones.lon)


def describe_off_street(metres: float | None) -> dict[str, float | bool | None]:
    """Return what is said of a place off the streets, for JSON; nothing of one near a street.

    ``off_street_m`` is null where no street is within 25 km.
    """
    if metres is None:
        return {}
    known = round(metres, 1) if math.isfinite(metres) else None
    return {"is_off_street": True, "off_street_m": known}


def as_feature_collection(areas: Sequence[ReachedArea], query: ReachQuery) -> dict[str, Any]:
    """Return areas as GeoJSON (RFC 7946), the largest first so that smaller ones lie on top."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "minutes": area.minutes,
                    "mode": query.mode,
                    "area_km2": round(area.isochrone.area_km2, 4),
                    **area.sums,
                    **describe_off_street(area.off_street_m),
                    "source_class": str(SourceClass.ESTIMATED),
                },
                "geometry": draw_geometry(area.isochrone),
            }
            for area in sorted(areas, key=lambda area: -area.minutes)
        ],
    }


def draw_geometry(isochrone: Isochrone) -> dict[str, Any]:
    """Return a polygon as a GeoJSON geometry, always a MultiPolygon, outer rings to the left."""
    area = shapely.orient_polygons(isochrone.area)
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    rings = [
        [
            [[round(lon, 6), round(lat, 6)] for lon, lat in ring.coords]
            for ring in (part.exterior, *part.interiors)
        ]
        for part in parts
    ]
    return {"type": "MultiPolygon", "coordinates": rings}


def write_geojson(path: Path, collection: dict[str, Any]) -> None:
    """Write a feature collection to a file; raises OSError where it cannot be written."""
    text = json.dumps(collection, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_points(path: Path) -> ReachPlaces:
    """Read places from a CSV file with columns id, lat, lon (degrees).

    Raises
    ------
    ScenarioInputError
        If the file cannot be read, a column is missing, or rows are wrong: each is named.
    """
    reader = open_table(path, ("id", "lat", "lon"))
    ids: dict[str, int] = {}
    lat: list[float] = []
    lon: list[float] = []
    problems: list[Problem] = []
    for row in reader:
        name = (row["id"] or "").strip()
        if not name or name in ids:
            found = f"{name!r}, already on line {ids[name]}" if name else "no id"
            problems.append(_wrong_point(path, reader.line_num, "id", found, "an id of its own"))
            continue
        ids[name] = reader.line_num
        for field, limit, column in (("lat", 90, lat), ("lon", 180, lon)):
            text = (row[field] or "").strip()
            value = _degrees(text, limit)
            column.append(value)
            if math.isnan(value):
                expected = f"degrees from -{limit} to {limit}"
                problems.append(_wrong_point(path, reader.line_num, field, repr(text), expected))
    if not ids and not problems:
        problems.append(_wrong_point(path, 1, "id", "no rows", "at least one place"))
    if problems:
        raise ScenarioInputError(*problems)
    return ReachPlaces(ids=tuple(ids), lat=np.asarray(lat), lon=np.asarray(lon))


def write_matrix(
    path: Path,
    network: Network,
    places: ReachPlaces,
    departures: Departures,
    *,
    threads: int = 1,
    progress: Progress = no_progress,
) -> int:
    """Write travel times between all places to a CSV file; return the pairs that have a way.

    One row a pair: ``origin``, ``destination`` and ``minutes``, or one column a percentile of
    the window (``p50_min``); minutes with two decimals, blank where there is no way. Rows are
    written as they are found; a matrix that is not finished leaves no file.
    """
    columns = ["minutes"]
    if departures.window_min:
        columns = [f"p{percentile:g}_min" for percentile in departures.percentiles]
    unfinished = path.with_name(path.name + ".part")
    n_reached = 0
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(["origin", "destination", *columns]) + "\n")
            rows = iterate_matrix(
                network, places, places, departures, threads=threads, progress=progress
            )
            # Every id and every time is made text once: pairs are many, both of these few.
            ids = [_csv_field(place) for place in places.ids]
            texts = _Minutes()
            for origin, row in zip(ids, rows, strict=True):
                n_reached += int(np.isfinite(row).all(axis=0).sum())
                file.writelines(
                    f"{origin},{place},{','.join([texts[s] for s in seconds])}\n"
                    for place, seconds in zip(ids, row.T.tolist(), strict=True)
                )
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return n_reached


class _Minutes(dict[float, str]):
    """Seconds as minutes with two decimals, blank where infinite, each made once."""

    def __missing__(self, seconds: float) -> str:
        self[seconds] = text = f"{seconds / 60:.2f}" if math.isfinite(seconds) else ""
        return text


def _csv_field(text: str) -> str:
    """Return a text as a field of a CSV row with others, in quotes where it needs them."""
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow([text, ""])
    return row.getvalue()[:-1]


def _degrees(text: str, limit: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if abs(value) <= limit else math.nan


def _wrong_point(path: Path, row: int, field: str, found: str, expected: str) -> Problem:
    return Problem(
        file=str(path),
        row=row,
        field=field,
        found=found,
        expected=expected,
        mend="Correct the row or take it out.",
    )
