"""A feed's files as tidy tables: everything that is wrong with the files is said here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from network.base import Problem, ProblemLog
from network.base.errors import NetworkInputError
from network.base.progress import no_progress
from network.building.inputs import FeedTables
from network.readers._gtfs_columns import blank_column
from network.readers._gtfs_files import FeedLimits, TableError, open_feed
from network.readers._gtfs_schema import (
    CALENDARS,
    TIMETABLE,
    get_links,
    get_schemas,
    is_no_value,
)
from network.readers._gtfs_table import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from network.base.progress import Progress
    from network.readers._gtfs_files import FeedFiles

__all__ = ["FeedLimits", "read_feed_tables"]

_DEFAULT_LIMITS = FeedLimits()


def read_feed_tables(
    path: Path, *, limits: FeedLimits = _DEFAULT_LIMITS, progress: Progress = no_progress
) -> FeedTables:
    """Read a GTFS feed, a zip file or a folder, as tables with checked columns.

    The files may lie in a folder of their own inside; other files are passed by. Every row is
    kept or set aside with its line and counted: one that is no row of its table, or that has
    a wrong value in a column it cannot do without. A wrong value in another column is left
    blank. A table that a timetable can do without is set aside as a whole when it is broken.

    Parameters
    ----------
    path
        A zip file or a folder.
    limits
        How much text the feed may unpack to.
    progress
        Told the bytes of text read, stage ``feed``.

    Raises
    ------
    NetworkInputError
        If there is no such path, it is no feed or several, it is too large, or tables or
        columns are missing that a timetable needs; names all.
    """
    log = ProblemLog()
    with open_feed(path, limits, log) as files:
        frames, problems = _read_frames(files, log, progress)
    problems += _absent(files.name, frames, problems)
    if problems:
        raise NetworkInputError(*problems)
    _blank_links(frames)
    tables = {name: _completed(name, frame) for name, frame in frames.items() if frame is not None}
    return FeedTables(
        name=files.name,
        timezone=_timezone(tables.get("agency")),
        log=log,
        stops=tables["stops"],
        routes=tables["routes"],
        trips=tables["trips"],
        stop_times=tables["stop_times"],
        **{name: tables.get(name) for name in frames if name not in TIMETABLE},
    )


def _read_frames(
    files: FeedFiles, log: ProblemLog, progress: Progress
) -> tuple[dict[str, pd.DataFrame | None], list[Problem]]:
    """Return the tables, and the problems of those a timetable cannot do without."""
    total = sum(source.size for source in files.tables.values())
    done = 0

    def on_read(size: int) -> None:
        nonlocal done
        done += size
        progress("feed", min(done, total), total)

    frames: dict[str, pd.DataFrame | None] = dict.fromkeys(get_schemas())
    broken: dict[str, Problem] = {}
    for table in frames:
        if files.tables.get(table) is None or files.tables[table].size == 0:
            continue
        try:
            frames[table] = read_table(files, table, log, on_read)
        except TableError as error:
            broken[table] = error.problem
    needed = {*TIMETABLE}
    if all(frames[table] is None for table in CALENDARS):
        needed |= {*CALENDARS}
    for table, problem in broken.items():
        if table not in needed:
            log.set_aside(f"table that cannot be used ({table})", problem)
    return frames, [problem for table, problem in broken.items() if table in needed]


def _absent(
    name: str, frames: dict[str, pd.DataFrame | None], known: list[Problem]
) -> list[Problem]:
    """Return a problem for each table that is needed and has no row, unless one is known."""
    files = {problem.file for problem in known}
    schemas = get_schemas()
    problems = [
        Problem(
            file=f"{name}/{table}.txt",
            found="missing or without rows",
            expected=schemas[table].expected,
            mend="Add the file to the feed, or choose a complete feed.",
        )
        for table in TIMETABLE
        if frames[table] is None and f"{name}/{table}.txt" not in files
    ]
    has_calendar = any(frames[table] is not None for table in CALENDARS)
    if not has_calendar and not files & {f"{name}/{table}.txt" for table in CALENDARS}:
        problems.append(
            Problem(
                file=f"{name}/calendar.txt",
                found="neither calendar.txt nor calendar_dates.txt has rows",
                expected="at least one of the two",
                mend="Add the file that says on which dates services run.",
            )
        )
    return problems


def _blank_links(frames: dict[str, pd.DataFrame | None]) -> None:
    """Empty links to other tables that hold a word for no value, and no id of that table."""
    for table, schema in get_schemas().items():
        frame = frames[table]
        if frame is None:
            continue
        for column, kind in schema.columns.items():
            if kind != "link" or column not in frame.columns:
                continue
            words = {w for w in frame[column].dropna().unique() if is_no_value(w)}
            words -= _known(frames, get_links().get((table, column))) if words else set()
            if words:
                frame[column] = frame[column].mask(frame[column].isin(list(words)))


def _known(frames: dict[str, pd.DataFrame | None], column: tuple[str, str] | None) -> set[str]:
    """Return the ids of a column of a table; none where there is no such column."""
    frame = frames[column[0]] if column else None
    if frame is None or column is None or column[1] not in frame.columns:
        return set()
    return set(frame[column[1]].dropna())


def _completed(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its columns in order, those it lacks without a value.

    Columns that are seldom given are there only where the file has them.
    """
    schema = get_schemas()[table]
    columns = {
        name: frame[name].array if name in frame.columns else blank_column(table, kind, len(frame))
        for name, kind in schema.columns.items()
        if name in frame.columns or name not in schema.seldom
    }
    return pd.DataFrame(columns, index=frame.index, copy=False)


def _timezone(agency: pd.DataFrame | None) -> str:
    """Return the timezone of the feed's agencies: the first that is named."""
    if agency is None:
        return "UTC"
    named = agency["agency_timezone"].dropna()
    return str(named.iloc[0]) if len(named) else "UTC"
