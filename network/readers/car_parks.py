"""Car parks at which one changes to transit, from a CSV file."""

from __future__ import annotations

import csv
from math import isfinite
from typing import TYPE_CHECKING

from network.base import Problem
from network.base.errors import NetworkInputError
from network.routing.modes.park_and_ride import DEFAULT_TRANSFER_S, CarPark

if TYPE_CHECKING:
    from pathlib import Path

_REQUIRED = ("id", "name", "lat", "lon", "capacity")
_MAX_SPACES = 100_000
_MAX_TRANSFER_S = 3600


def read_car_parks(path: Path) -> tuple[CarPark, ...]:
    """Read car parks from a CSV file, in the order of its rows.

    Columns ``id`` (each once), ``name`` (the id where empty), ``lat`` and ``lon`` (degrees),
    ``capacity`` (spaces, empty where unknown), and, where the file has it, ``transfer_s``
    (seconds from driving in to walking out). Other columns are passed by.

    Raises
    ------
    NetworkInputError
        If the file cannot be read, columns are missing or rows are wrong; names all.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            columns = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NetworkInputError(_unreadable(path, error)) from None
    if any(name not in columns for name in _REQUIRED):
        raise NetworkInputError(_missing_columns(path, columns))
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    parks = [_read_row(path.name, line, row, seen, problems) for line, row in rows]
    if problems:
        raise NetworkInputError(*problems)
    return tuple(parks)


def _read_row(
    file: str, line: int, row: dict[str, str | None], seen: dict[str, int], problems: list[Problem]
) -> CarPark:
    """Return a row as a car park; what is wrong with it is added to the problems."""

    def wrong(field: str, expected: str, mend: str) -> None:
        found = repr(text(field)) if text(field) else "nothing"
        problems.append(
            Problem(file=file, row=line, field=field, found=found, expected=expected, mend=mend)
        )

    def text(field: str) -> str:
        return (row.get(field) or "").strip()

    def number(field: str, least: float, most: float, expected: str, mend: str) -> float:
        try:
            value = float(text(field))
        except ValueError:
            value = float("nan")
        if isfinite(value) and least <= value <= most:
            return value
        wrong(field, expected, mend)
        return 0.0

    def whole(field: str, most: int, default: int | None, mend: str) -> int | None:
        if not text(field):
            return default
        if text(field).isascii() and text(field).isdigit() and int(text(field)) <= most:
            return int(text(field))
        wrong(field, f"a whole number from 0 to {most}, or nothing", mend)
        return default

    key = text("id")
    if not key:
        wrong("id", "an id of its own", "Give the car park an id.")
    elif key in seen:
        wrong("id", f"an id of its own, not that of line {seen[key]}", "Give each its own id.")
    seen.setdefault(key, line)
    lat = number("lat", -90, 90, "degrees from -90 to 90", "Write the latitude, such as 48.93.")
    lon = number("lon", -180, 180, "degrees from -180 to 180", "Write the longitude, such as 2.35.")
    transfer_s = whole("transfer_s", _MAX_TRANSFER_S, None, "Write the seconds, or leave it empty.")
    return CarPark(
        name=text("name") or key,
        lat=lat,
        lon=lon,
        capacity=whole("capacity", _MAX_SPACES, None, "Write the spaces, or leave it empty."),
        transfer_s=DEFAULT_TRANSFER_S if transfer_s is None else transfer_s,
    )


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem(
        file=str(path),
        found=f"cannot be read ({error.__class__.__name__})",
        expected="a UTF-8 CSV file of car parks",
        mend="Check the path, and save the file as CSV in UTF-8.",
    )


def _missing_columns(path: Path, columns: list[str]) -> Problem:
    return Problem(
        file=path.name,
        row=1,
        found="columns " + (", ".join(columns) or "none"),
        expected=", ".join(_REQUIRED),
        mend="Add the missing columns to the first line.",
    )
