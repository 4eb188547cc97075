"""Readers of published census tables: commuters by pair and mode, communes, population."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from shapely.errors import GEOSException
from shapely.geometry import shape

from demand.communes import Commune, CommunePairs, ModePairs
from demand.readers._table import read_table, read_text
from network.base import Problem, ProblemLog
from network.base.errors import DemandInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

TRANSIT_MODE = 5
"""INSEE's TRANS code of public transport as the main mode."""


def read_insee_od(path: Path | str, *, log: ProblemLog | None = None) -> CommunePairs:
    """Read workers by home and work commune: origin_insee, dest_insee, workers, distance_m.

    Raises
    ------
    DemandInputError
        If the file cannot be read or no row is usable.
    """
    table = read_table(path, ("origin_insee", "dest_insee", "workers", "distance_m"), log)
    workers = table.numbers("workers", low=0, high=np.inf, unit="people")
    distance = table.numbers("distance_m", low=0, high=np.inf, unit="metres")
    table.once("origin_insee", "dest_insee")
    table.require_rows()
    good = table.good
    origin = table.columns["origin_insee"][good]
    destination = table.columns["dest_insee"][good]
    codes, place = np.unique(np.concatenate([origin, destination]), return_inverse=True)
    return CommunePairs(
        codes=tuple(codes.tolist()),
        origin=place[: len(origin)].astype(np.int32),
        destination=place[len(origin) :].astype(np.int32),
        workers=workers[good],
        distance_m=distance[good],
    )


def read_insee_modes(path: Path | str, *, log: ProblemLog | None = None) -> ModePairs:
    """Read workers by pair, class and main mode (ORI, DES, SCP, MODE, WGT); sum over classes.

    Raises
    ------
    DemandInputError
        If the file cannot be read or no row is usable.
    """
    table = read_table(path, ("ORI", "DES", "SCP", "MODE", "WGT"), log)
    mode = table.numbers("MODE", low=1, high=5, unit="mode (code)")
    weight = table.numbers("WGT", low=0, high=np.inf, unit="people")
    table.require_rows()
    good = table.good
    ends = np.char.add(
        np.char.add(_plain_codes(table.columns["ORI"][good]), " "),
        _plain_codes(table.columns["DES"][good]),
    )
    pairs, place = np.unique(ends, return_inverse=True)
    transit = np.where(mode[good] == TRANSIT_MODE, weight[good], 0.0)
    return ModePairs(
        origin_code=tuple(pair.split(" ")[0] for pair in pairs.tolist()),
        destination_code=tuple(pair.split(" ")[1] for pair in pairs.tolist()),
        workers=np.bincount(place, weights=weight[good]).astype(np.float64),
        transit=np.bincount(place, weights=transit).astype(np.float64),
    )


def _plain_codes(text: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return INSEE codes without the decimals that a spreadsheet gave them ("75101.0")."""
    return np.asarray([item.removesuffix(".0") for item in text.tolist()], dtype=np.str_)


def read_communes(
    geojson_path: Path | str,
    population_path: Path | str,
    *,
    default_population: int | None = None,
    log: ProblemLog | None = None,
) -> list[Commune]:
    """Read communes: outlines (GeoJSON with ``code`` and ``nom``) and residents.

    The population table has ``insee``, ``name`` and ``population_municipale``; its names
    are taken (outline files tend to leave out articles). A commune without
    population (merged into another since) takes ``default_population`` or, without one, is
    set aside; so is an outline that is no polygon.

    Raises
    ------
    DemandInputError
        If a file cannot be read or no commune is usable.
    """
    log = ProblemLog() if log is None else log
    table = read_table(population_path, ("insee", "name", "population_municipale"), log)
    people = table.numbers("population_municipale", low=0, high=np.inf, unit="residents")
    table.once("insee")
    known = {
        str(table.columns["insee"][i]): (str(table.columns["name"][i]), int(people[i]))
        for i in np.flatnonzero(table.good)
    }
    communes = []
    for number, feature in enumerate(_features(Path(geojson_path)), start=1):
        commune, found = _commune(feature, known, default_population)
        if commune is not None:
            communes.append(commune)
            continue
        log.set_aside(
            "commune unusable",
            Problem(
                file=str(geojson_path),
                field=f"feature {number}",
                found=found,
                expected="properties code and nom, a polygon, and a row in the population table",
                mend="Complete the feature or the population table.",
            ),
        )
    if not communes:
        none = Problem(
            file=str(geojson_path),
            found="no usable commune",
            expected="at least one",
            mend="Check both files.",
        )
        raise DemandInputError(none, *log.problems)
    return sorted(communes, key=lambda commune: commune.code)


def _features(path: Path) -> list[dict[str, Any]]:
    found = None
    try:
        content = json.loads(read_text(path))
        features = content.get("features") if isinstance(content, dict) else None
        if isinstance(features, list):
            return features
        found = "JSON without a list of features"
    except json.JSONDecodeError as error:
        found = f"no JSON at line {error.lineno}: {error.msg}"
    raise DemandInputError(
        Problem(
            file=str(path),
            found=found,
            expected="a GeoJSON FeatureCollection",
            mend="Export the outlines as GeoJSON.",
        )
    )


def _commune(
    feature: dict[str, Any], known: dict[str, tuple[str, int]], default: int | None
) -> tuple[Commune | None, str]:
    try:
        properties = feature["properties"]
        code, name = str(properties["code"]), str(properties["nom"])
        outline: BaseGeometry = shape(feature["geometry"])
    except (KeyError, TypeError, ValueError, AttributeError, GEOSException) as error:
        return None, f"it cannot be read ({type(error).__name__}: {error})"
    if outline.geom_type not in ("Polygon", "MultiPolygon") or outline.is_empty:
        return None, f"{code} is a {outline.geom_type}"
    name, population = known.get(code, (name, default))
    if population is None:
        return None, f"{code} has no population"
    valid = outline if outline.is_valid else outline.buffer(0)
    return Commune(code=code, name=name, polygon=valid, population=population), ""
