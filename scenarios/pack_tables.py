"""The small files of a pack: where its figures come from, and where other lines arrive."""

from __future__ import annotations

import csv
import io
import tomllib
import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import Problem, SourceClass
from network.base.errors import ScenarioInputError
from scenarios.results import SourceLine

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from network import Network
    from network.base import ProblemLog
    from solver.choice import OtherStations

SOURCE_KEYS = ("path", "title", "source", "licence", "date", "source_class")
CLASSES = tuple(str(item) for item in SourceClass)


def read_text(path: Path) -> str:
    """Return a file's text; raise ScenarioInputError if it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        found, mend = f"byte {error.start} is not UTF-8", "Save the file as UTF-8."
    except OSError as error:
        found = f"it cannot be read ({type(error).__name__})"
        mend = "Correct the path, or the file's permissions."
    raise ScenarioInputError(
        Problem(file=str(path), found=found, expected="a text file in UTF-8", mend=mend)
    )


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file's content; raise ScenarioInputError naming the line where it breaks."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                found=f"broken TOML: {error}",
                expected="a TOML file",
                mend="Correct that line.",
            )
        ) from None


def read_sources(path: Path) -> list[SourceLine]:
    """Read the source of each file of a pack.

    Raises
    ------
    ScenarioInputError
        If the file cannot be read, or entries lack a part; names each.
    """
    entries = read_toml(path).get("file", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ScenarioInputError(
            Problem(
                file=str(path),
                field="file",
                found=f"file = {entries!r}"[:120],
                expected="a [[file]] table for each file",
                mend="Start each entry with [[file]].",
            )
        )
    problems = [problem for entry in entries for problem in _check_source(entry, path)]
    if problems:
        raise ScenarioInputError(*problems)
    return [SourceLine(**{key: str(entry[key]) for key in SOURCE_KEYS}) for entry in entries]


def _check_source(entry: dict[str, Any], path: Path) -> list[Problem]:
    problems = [
        Problem(
            file=str(path),
            field=key,
            found=f"no {key} for {entry.get('path', 'a file')}",
            expected="path, title, source, licence, date and source_class",
            mend="Say where the file's figures come from.",
        )
        for key in SOURCE_KEYS
        if not str(entry.get(key, "")).strip()
    ]
    if entry.get("source_class", CLASSES[0]) not in CLASSES:
        problems.append(
            Problem(
                file=str(path),
                field="source_class",
                found=f"{entry['source_class']!r} for {entry.get('path', 'a file')}",
                expected="one of " + ", ".join(CLASSES),
                mend="Say how sure the file's figures are.",
            )
        )
    return problems


def read_hubs(path: Path, network: Network, log: ProblemLog) -> NDArray[np.int32]:
    """Return the stops of the stations that the hub table names; unknown names are set aside.

    Rows of kind ``local`` (where only buses and trams call) are no hubs: local lines reach
    every station anyway.

    Raises
    ------
    ScenarioInputError
        If the file cannot be read or has no column ``station_name``.
    """
    stops = network.timetable.stops
    by_name: dict[str, list[int]] = {}
    for station, name in enumerate(stops.station_names):
        by_name.setdefault(fold_name(name), []).append(station)
    reader = open_table(path, ("station_name",))
    wanted: set[int] = set()
    for row in reader:
        if (row.get("kind") or "rail").strip() == "local":
            continue
        name = row.get("station_name") or ""
        found = by_name.get(fold_name(name), [])
        wanted.update(found)
        if not found:
            log.set_aside(
                "hub",
                Problem(
                    file=str(path),
                    row=reader.line_num,
                    field="station_name",
                    found=f"{name!r}, which no station of the feed is called",
                    expected="the name of a station",
                    mend="Correct the name, or leave the row: the hub is not used.",
                ),
            )
    return np.flatnonzero(np.isin(stops.station, sorted(wanted))).astype(np.int32)


def read_other_stations(path: Path, log: ProblemLog) -> OtherStations:
    """Read the stations of fast lines outside the feed: columns ``lat`` and ``lon``, degrees.

    Raises
    ------
    ScenarioInputError
        If the file cannot be read or a column is missing.
    """
    from solver.choice import OtherStations  # its searches take a second to import

    reader = open_table(path, ("lat", "lon"))
    places: list[tuple[float, float]] = []
    for row in reader:
        lat, lon = _degrees(row.get("lat"), 90.0), _degrees(row.get("lon"), 180.0)
        if lat is not None and lon is not None:
            places.append((lat, lon))
            continue
        field = "lat" if lat is None else "lon"
        log.set_aside(
            "other station",
            Problem(
                file=str(path),
                row=reader.line_num,
                field=field,
                found=repr(row.get(field)),
                expected="degrees, WGS 84",
                mend="Correct the coordinate; the station is not used.",
            ),
        )
    table = np.asarray(places, dtype=np.float64).reshape(-1, 2)
    return OtherStations(lat=table[:, 0].copy(), lon=table[:, 1].copy())


def _degrees(text: str | None, limit: float) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) <= limit else None


def open_table(path: Path, required: tuple[str, ...]) -> csv.DictReader[str]:
    """Open a CSV file; raise ScenarioInputError if a required column is missing."""
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    columns = [column.strip() for column in reader.fieldnames or ()]
    missing = [name for name in required if name not in columns]
    if missing:
        raise ScenarioInputError(
            Problem(
                file=str(path),
                row=1,
                found="columns " + (", ".join(columns) or "none"),
                expected="also " + ", ".join(missing),
                mend="Add the missing column to the header and the rows.",
            )
        )
    reader.fieldnames = columns
    return reader


def fold_name(text: str) -> str:
    """Return a name without accents, case, punctuation: how names of two sources are compared."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.upper().split())
