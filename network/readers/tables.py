"""A feed's files as tidy tables: everything that is wrong with the files is said here."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import gtfs_kit
import pandas as pd

from network.base import Problem, ProblemLog
from network.base.errors import NetworkInputError
from network.build.inputs import FeedTables
from network.readers._lenient import read_feed_leniently

if TYPE_CHECKING:
    from pathlib import Path

_REQUIRED = {
    "stops": ("stop_id", "stop_lat", "stop_lon"),
    "routes": ("route_id", "route_type"),
    "trips": ("route_id", "service_id", "trip_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"),
}
_REQUIRED_IF_PRESENT = {
    "calendar": (
        "service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
        "sunday", "start_date", "end_date",
    ),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs"),
    "transfers": ("from_stop_id", "to_stop_id"),
}  # fmt: skip
_OPTIONAL: dict[str, dict[str, str]] = {
    "stops": {
        "stop_name": "string", "location_type": "Int64", "parent_station": "string",
        "platform_code": "string",
    },
    "routes": {"route_short_name": "string", "route_long_name": "string", "route_color": "string"},
    "trips": {"direction_id": "Int64", "trip_headsign": "string"},
    "stop_times": {
        "pickup_type": "Int64", "drop_off_type": "Int64", "shape_dist_traveled": "float",
    },
    "frequencies": {"exact_times": "Int64"},
    "transfers": {
        "transfer_type": "Int64", "min_transfer_time": "Int64", "from_route_id": "string",
        "to_route_id": "string", "from_trip_id": "string", "to_trip_id": "string",
    },
}  # fmt: skip


def read_feed_tables(path: Path) -> FeedTables:
    """Read a GTFS feed, a zip file or a folder, as tables with checked columns.

    gtfs-kit reads the files. Where a value defeats its typed reading (a word in a number's
    place, a row with fields too many), the files are read again as text and such rows are
    set aside, each with its line.

    Raises
    ------
    NetworkInputError
        If there is no such path, it is no feed, or files or columns are missing; names all.
    """
    log = ProblemLog()
    feed = _read_feed(path, log)
    frames = {name: getattr(feed, name) for name in (*_REQUIRED, *_REQUIRED_IF_PRESENT, "agency")}
    problems = _check_frames(path.name, frames)
    if problems:
        raise NetworkInputError(*problems)
    for name, columns in _OPTIONAL.items():
        if frames[name] is not None:
            frames[name] = _with_columns(frames[name], columns)
    agency = frames.pop("agency")
    return FeedTables(name=path.name, timezone=_timezone(agency), log=log, **frames)


def _read_feed(path: Path, log: ProblemLog) -> Any:  # noqa: ANN401 - gtfs-kit is untyped
    if not path.exists():
        raise NetworkInputError(
            _file_problem(path, "no such file or folder", "Check the path of the feed.")
        )
    try:
        return gtfs_kit.read_feed(path, dist_units="km")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise NetworkInputError(_bad_zip(path, error)) from None
    except (ValueError, TypeError, OverflowError, RuntimeError):
        pass  # a value that is not of its column's type: say which, and go on without it
    try:
        return read_feed_leniently(path, log)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        raise NetworkInputError(_bad_zip(path, error)) from None


def _bad_zip(path: Path, error: Exception) -> Problem:
    return _file_problem(
        path,
        f"cannot be opened as a zip file ({error.__class__.__name__}): damaged, cut short or "
        "not a zip",
        "Download it again, or unzip it and give the folder.",
    )


def _file_problem(path: Path, found: str, mend: str) -> Problem:
    return Problem(
        file=str(path),
        found=found,
        expected="a GTFS feed: a zip file, or a folder, of .txt tables",
        mend=mend,
    )


def _check_frames(name: str, frames: dict[str, Any]) -> list[Problem]:
    """Return a problem for each missing file and for each file that lacks columns."""
    problems = [
        Problem(
            file=f"{name}/{table}.txt",
            found="missing or without rows",
            expected="columns " + ", ".join(columns),
            mend="Add the file to the feed, or choose a complete feed.",
        )
        for table, columns in _REQUIRED.items()
        if frames[table] is None
    ]
    if frames["calendar"] is None and frames["calendar_dates"] is None:
        problems.append(
            Problem(
                file=f"{name}/calendar.txt",
                found="neither calendar.txt nor calendar_dates.txt has rows",
                expected="at least one of the two",
                mend="Add the file that says on which dates services run.",
            )
        )
    for table, columns in (*_REQUIRED.items(), *_REQUIRED_IF_PRESENT.items()):
        frame = frames[table]
        missing = [] if frame is None else [c for c in columns if c not in frame.columns]
        if missing:
            problems.append(
                Problem(
                    file=f"{name}/{table}.txt",
                    row=1,
                    found="no column " + ", ".join(missing),
                    expected="columns " + ", ".join(columns),
                    mend="Add the columns, or correct their names in the first line.",
                )
            )
    return problems


def _with_columns(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Return the frame with each optional column present and of its type."""
    added = {}
    for column, dtype in columns.items():
        if column not in frame.columns:
            added[column] = pd.Series(pd.NA, index=frame.index, dtype=_nullable(dtype))
        elif dtype == "string":
            added[column] = frame[column].astype("string")
        else:
            numbers = pd.to_numeric(frame[column], errors="coerce")
            added[column] = numbers.astype("Float64" if dtype == "float" else "Int64")
    return frame.assign(**added)


def _nullable(dtype: str) -> str:
    return "Float64" if dtype == "float" else dtype


def _timezone(agency: pd.DataFrame | None) -> str:
    if agency is None or "agency_timezone" not in agency.columns:
        return "UTC"
    named = agency["agency_timezone"].dropna()
    return str(named.iloc[0]) if len(named) else "UTC"
