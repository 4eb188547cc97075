"""The rows of a file of loads: Parquet as a loading writes it, or CSV by hand."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from pathlib import Path

    from network.base import ProblemLog

RUNS_NAME = "runs.parquet"
"""The table of a loading's folder that has the loads by run and segment."""
FINGERPRINT = b"timetable_sha256"
"""The word under which a Parquet file says what timetable its loads were computed on."""
KEYS = ("trip_id", "stop_id", "stop_pos", "departure_s")
_NUMBERS = ("stop_pos", "departure_s")
_LOAD = ("load_factor", "load_pax", "capacity_pax")
_USED = {*KEYS, *_LOAD}
_MAX_FACTOR = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTable:
    """Usable rows: those of :data:`KEYS` that the file has, ``load_factor``, ``row`` (line)."""

    file: str
    rows: pd.DataFrame
    n_rows: int
    fingerprint: str | None


def read_load_table(path: Path, log: ProblemLog) -> LoadTable:
    """Read a file of loads; rows without a trip or with a wrong number are set aside.

    Raises
    ------
    NetworkInputError
        If the file cannot be read or columns are missing.
    """
    path = path / RUNS_NAME if path.is_dir() else path
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            rows, fingerprint = _read_parquet(path)
        else:
            rows, fingerprint = _read_csv(path), None
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise NetworkInputError(_unreadable(path, error)) from None
    _require_columns(path.name, list(rows.columns))
    n_rows = len(rows)
    return LoadTable(
        file=path.name,
        rows=_checked(path.name, rows, log),
        n_rows=n_rows,
        fingerprint=fingerprint,
    )


def _read_parquet(path: Path) -> tuple[pd.DataFrame, str | None]:
    table = pq.read_table(path)
    said = (table.schema.metadata or {}).get(FINGERPRINT)
    rows = table.select([name for name in table.column_names if name in _USED]).to_pandas()
    rows["row"] = np.arange(1, len(rows) + 1)
    return rows, None if said is None else said.decode("ascii", "replace")


def _read_csv(path: Path) -> pd.DataFrame:
    """Return the columns that matter as text, "" where there is nothing, and each row's line."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle, restkey="", restval="")
        columns = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        used = [name for name in columns if name in _USED]
        rows = [(*(row[name] for name in used), reader.line_num) for row in reader]
    return pd.DataFrame(rows, columns=[*used, "row"], dtype=object)


def _require_columns(file: str, columns: list[str]) -> None:
    has_place = "stop_id" in columns or "stop_pos" in columns
    has_load = "load_factor" in columns or {"load_pax", "capacity_pax"} <= set(columns)
    if "trip_id" in columns and has_place and has_load:
        return
    raise NetworkInputError(
        Problem(
            file=file,
            row=1,
            found="columns " + (", ".join(c for c in columns if c != "row") or "none of use"),
            expected="trip_id, stop_id or stop_pos (place in the trip, from 0), and load_factor "
            "or both load_pax and capacity_pax",
            mend="Name the columns so in the first line, or give what creneau load wrote.",
        )
    )


def _checked(file: str, rows: pd.DataFrame, log: ProblemLog) -> pd.DataFrame:
    """Return the rows whose words and numbers are what they must be, with a load factor."""
    for name in (n for n in ("trip_id", "stop_id") if n in rows.columns):
        rows[name] = rows[name].astype(object).where(rows[name].notna(), "")
        rows[name] = rows[name].map(lambda text: str(text).strip())
        rows = _keep(file, rows, rows[name] != "", name, "an id of the feed", log)
    for name in (n for n in _NUMBERS if n in rows.columns):
        value = pd.to_numeric(rows[name], errors="coerce")
        fits = value.notna() & (value == np.floor(value)) & (value.abs() < 2**31)
        rows = _keep(file, rows, fits, name, "a whole number", log)
        rows[name] = value[fits].astype(np.int64)
    numbers = [name for name in _LOAD if name in rows.columns]
    if "load_factor" in numbers:
        numbers = ["load_factor"]
    for name in numbers:
        value = pd.to_numeric(rows[name], errors="coerce").astype(float)
        fits = value.ge(0) & value.lt(np.inf)
        expected = "a number of 0 or more"
        if name == "capacity_pax":
            fits, expected = fits & value.gt(0), "a number greater than 0"
        rows = _keep(file, rows, fits, name, expected, log)
        rows[name] = value[fits]
    if "load_factor" not in numbers:
        rows["load_factor"] = rows["load_pax"] / rows["capacity_pax"]
    fits = rows["load_factor"] <= _MAX_FACTOR
    expected = f"at most {_MAX_FACTOR:g} times the capacity; 1 is full"
    return _keep(file, rows, fits, "load_factor", expected, log)


def _keep(
    file: str,
    rows: pd.DataFrame,
    fits: pd.Series[bool],
    field: str,
    expected: str,
    log: ProblemLog,
) -> pd.DataFrame:
    wrong = rows[~fits]
    if len(wrong):
        value = wrong[field].iloc[0]
        log.set_aside(
            f"load with a wrong {field}",
            Problem(
                file=file,
                row=int(wrong["row"].iloc[0]),
                field=field,
                found=repr(str(value)) if pd.notna(value) and str(value) else "nothing",
                expected=expected,
                mend="Correct the row; it is left out.",
            ),
            count=len(wrong),
        )
    return rows[fits].copy()


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem(
        file=str(path),
        found=f"cannot be read ({error.__class__.__name__})",
        expected="a folder that creneau load wrote, its runs.parquet, or a UTF-8 CSV file",
        mend="Check the path, and run creneau load T --out DIR to make one.",
    )
