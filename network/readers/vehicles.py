"""Vehicle capacities from a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

from network.base import Problem, SourceClass
from network.base.errors import NetworkInputError
from network.building.inputs import Capacity, VehicleCapacities

_REQUIRED = ("seats", "standing_m2", "source", "source_class")
_KEYS = ("route_id", "line", "route_type")
_CLASSES = ", ".join(SourceClass)


def default_vehicles() -> VehicleCapacities:
    """Return the capacities by route type that hold when no file is given (all estimated)."""
    return read_vehicles(Path(__file__).parent / "data" / "default_vehicles.csv")


def read_vehicles(path: Path) -> VehicleCapacities:
    """Read vehicle capacities: seats and standing room (m2) by route, line or route type.

    Columns ``route_id``, ``line`` (the route's short name) and ``route_type`` say what a
    row is for: the first of the three that is filled counts. ``seats``, ``standing_m2``,
    ``source`` and ``source_class`` are required in every row.

    Raises
    ------
    NetworkInputError
        If the file cannot be read or a row is wrong; names every wrong row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            columns = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = columns
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NetworkInputError(_unreadable(path, error)) from None
    missing = [name for name in _REQUIRED if name not in columns]
    if missing or not any(key in columns for key in _KEYS):
        raise NetworkInputError(_missing_columns(path, columns))
    return _collect(path.name, rows)


def _collect(file: str, rows: list[dict[str, str]]) -> VehicleCapacities:
    vehicles = VehicleCapacities()
    problems: list[Problem] = []
    for line, row in enumerate(rows, start=2):
        found = _problem_of(file, line, row)
        if found is not None:
            problems.append(found)
            continue
        capacity = Capacity(
            seats=float(row["seats"]),
            standing_m2=float(row["standing_m2"]),
            source=row["source"].strip(),
            source_class=SourceClass(row["source_class"].strip()),
        )
        key = next(k for k in _KEYS if (row.get(k) or "").strip())
        value = (row[key] or "").strip()
        if key == "route_type":
            vehicles.by_route_type[int(value)] = capacity
        else:
            (vehicles.by_route_id if key == "route_id" else vehicles.by_line)[value] = capacity
    if problems:
        raise NetworkInputError(*problems)
    return vehicles


def _problem_of(file: str, line: int, row: dict[str, str]) -> Problem | None:
    def problem(field: str, expected: str, mend: str) -> Problem:
        found = repr((row.get(field) or "").strip()) if field in row else "nothing"
        return Problem(file=file, row=line, field=field, found=found, expected=expected, mend=mend)

    for field in ("seats", "standing_m2"):
        if not _is_amount(row.get(field)):
            return problem(field, "a number, 0 or more", "Write the amount for one vehicle.")
    if (row.get("source_class") or "").strip() not in set(SourceClass):
        return problem("source_class", f"one of {_CLASSES}", "Say how sure the figure is.")
    if not (row.get("source") or "").strip():
        return problem("source", "where the figure is from", "Name the document or 'judgement'.")
    filled = [k for k in _KEYS if (row.get(k) or "").strip()]
    if not filled:
        return problem("route_id", "a route_id, a line or a route_type", "Fill one of the three.")
    if filled[0] == "route_type" and not (row["route_type"] or "").strip().isdigit():
        return problem("route_type", "a GTFS route type, such as 1 or 3", "Write its number.")
    return None


def _is_amount(text: str | None) -> bool:
    try:
        value = float(text or "")
    except ValueError:
        return False
    return 0.0 <= value < 1e6


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem(
        file=str(path),
        found=f"cannot be read ({error.__class__.__name__})",
        expected="a UTF-8 CSV file of vehicle capacities",
        mend="Check the path, and save the file as CSV in UTF-8.",
    )


def _missing_columns(path: Path, columns: list[str]) -> Problem:
    return Problem(
        file=path.name,
        row=1,
        found="columns " + (", ".join(columns) or "none"),
        expected=f"{', '.join(_REQUIRED)} and at least one of {', '.join(_KEYS)}",
        mend="Add the missing columns to the first line.",
    )
