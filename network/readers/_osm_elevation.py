"""Elevations of nodes: from a CSV file, and from the nodes' own tags."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from network.base import ProblemLog

COLUMNS = ("osm_id", "elevation_m")
MIN_ELEVATION_M, MAX_ELEVATION_M = -500.0, 9000.0
"""Land lies between the Dead Sea (-430 m) and Mount Everest (8,849 m)."""

_METRES = re.compile(r"^(-?\d+(?:[.,]\d+)?)\s*(?:m|metres|meters)?$", re.IGNORECASE)


def parse_elevation(text: str) -> float | None:
    """Return metres above the sea, None where the text says none that can be."""
    match = _METRES.match(text.strip())
    if match is None:
        return None
    metres = float(match[1].replace(",", "."))
    return metres if MIN_ELEVATION_M <= metres <= MAX_ELEVATION_M else None


def read_elevations(path: Path, log: ProblemLog) -> dict[int, float]:
    """Read metres above the sea by node id from a CSV file.

    Columns ``osm_id`` and ``elevation_m``, any others are passed over. A row that is wrong or
    repeats a node is set aside.

    Raises
    ------
    NetworkInputError
        If the file cannot be read or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            missing = [name for name in COLUMNS if name not in reader.fieldnames]
            if missing:
                raise NetworkInputError(_no_columns(path.name, missing))
            return _collect(path.name, reader, log)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NetworkInputError(_unreadable(path, error)) from None


def _collect(file: str, reader: csv.DictReader[str], log: ProblemLog) -> dict[int, float]:
    elevations: dict[int, float] = {}
    for row in reader:
        node, metres = (row["osm_id"] or "").strip(), parse_elevation(row["elevation_m"] or "")
        is_number = re.fullmatch(r"-?\d{1,18}", node) is not None
        if is_number and metres is not None and int(node) not in elevations:
            elevations[int(node)] = metres
            continue
        wrong = "osm_id" if not is_number or metres is not None else "elevation_m"
        log.set_aside(
            "elevation that cannot be used",
            Problem(
                file=file,
                row=reader.line_num,
                field=wrong,
                found=repr(row[wrong]),
                expected="a node id, each once"
                if wrong == "osm_id"
                else f"metres from {MIN_ELEVATION_M:.0f} to {MAX_ELEVATION_M:.0f}",
                mend="Correct the row, or leave it out: that node's streets count as flat.",
            ),
        )
    return elevations


def fill_elevations(
    node_id: NDArray[np.int64], tagged: Mapping[int, float], given: Mapping[int, float]
) -> NDArray[np.float32] | None:
    """Return the elevation of each node, the given one before the tagged; None if there is none."""
    both = {**tagged, **given}
    known = np.fromiter(both, dtype=np.int64, count=len(both))
    known.sort()
    place = np.searchsorted(node_id, known)
    inside = place < len(node_id)
    known, place = known[inside], place[inside]
    hit = node_id[place] == known
    if not hit.any():
        return None
    elevation = np.full(len(node_id), np.nan, dtype=np.float32)
    elevation[place[hit]] = [both[int(node)] for node in known[hit]]
    return elevation


def _no_columns(file: str, missing: list[str]) -> Problem:
    return Problem(
        file=file,
        row=1,
        found="no column " + ", ".join(missing),
        expected="the columns " + ", ".join(COLUMNS),
        mend="Name the columns in the first line, separated by commas.",
    )


def _unreadable(path: Path, error: Exception) -> Problem:
    found = error.strerror if isinstance(error, OSError) else "text that is not UTF-8 CSV"
    return Problem(
        file=str(path),
        found=found or "a file that cannot be opened",
        expected="a CSV file in UTF-8 with the columns " + ", ".join(COLUMNS),
        mend="Give the path of such a file, or none: streets then count as flat.",
    )
