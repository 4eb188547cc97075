"""Second reading of a feed whose values are not all of their type: text first, then types."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import gtfs_kit
import pandas as pd
from gtfs_kit import constants

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from network.base import ProblemLog

_BLANK = {"", "nan", "NaN", "null"}
_USED = (
    "agency", "stops", "routes", "trips", "stop_times", "calendar", "calendar_dates",
    "frequencies", "transfers",
)  # fmt: skip


def read_feed_leniently(path: Path, log: ProblemLog) -> Any:  # noqa: ANN401 - gtfs-kit is untyped
    """Read the tables of a feed as text, set bad rows aside, and return a gtfs-kit feed.

    A row is set aside when it has more or fewer fields than the first line, or a value that
    is no number where its column holds numbers.

    Raises
    ------
    NetworkInputError
        If a file is not UTF-8.
    """
    frames: dict[str, pd.DataFrame] = {}
    for table, content in _tables(path):
        file = f"{path.name}/{table}.txt"
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NetworkInputError(_not_utf8(file, content, error)) from None
        frame = _typed(file, table, _rows(file, text, log), log)
        if not frame.empty:
            frames[table] = frame
    return gtfs_kit.Feed(dist_units="km", **frames)


def _tables(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for table in _USED:
            member = path / f"{table}.txt"
            if member.is_file() and member.stat().st_size:
                yield table, member.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = PurePosixPath(info.filename)
            if name.suffix == ".txt" and name.stem in _USED and info.file_size:
                yield name.stem, archive.read(info)


def _rows(file: str, text: str, log: ProblemLog) -> pd.DataFrame:
    """Return the rows as text, those of a wrong number of fields set aside."""
    reader = csv.reader(io.StringIO(text))
    header = [name.strip() for name in next(reader, [])]
    kept: list[list[str]] = []
    index: list[int] = []
    for position, row in enumerate(reader):
        if not row:
            continue
        if len(row) == len(header):
            kept.append(row)
            index.append(position)
        else:
            log.set_aside(
                "row with a wrong number of fields",
                Problem(
                    file=file,
                    row=position + 2,
                    found=f"{len(row)} fields",
                    expected=f"{len(header)}, as in the first line",
                    mend="Put values that hold a comma between double quotes.",
                ),
            )
    return pd.DataFrame(kept, columns=header, index=index, dtype="string")


def _typed(file: str, table: str, frame: pd.DataFrame, log: ProblemLog) -> pd.DataFrame:
    """Give the columns their types; rows with a value that cannot take its type go."""
    frame = frame.mask(frame.isin(_BLANK) | (frame.apply(lambda c: c.str.strip()) == ""))
    bad = pd.Series(False, index=frame.index)  # noqa: FBT003
    typed = {}
    for column, dtype in constants.DTYPES[table].items():
        if column not in frame.columns or dtype == "string":
            continue
        numbers = pd.to_numeric(frame[column], errors="coerce").astype("Float64")
        wrong = numbers.isna() & frame[column].notna()
        if dtype != "float":
            wrong |= (numbers % 1 != 0).fillna(value=False)
        for line, value in frame.loc[wrong & ~bad, column].items():
            log.set_aside(
                f"value that is not a number ({column})",
                Problem(
                    file=file,
                    row=int(str(line)) + 2,
                    field=column,
                    found=repr(value),
                    expected="a whole number" if dtype != "float" else "a number",
                    mend="Correct the value, or leave it empty where GTFS allows that.",
                ),
            )
        bad |= wrong
        typed[column] = numbers
    frame = frame.assign(**typed)[~bad]
    whole = {c: "Int64" for c in typed if constants.DTYPES[table][c] != "float"}
    return frame.astype(whole)


def _not_utf8(file: str, content: bytes, error: UnicodeDecodeError) -> Problem:
    return Problem(
        file=file,
        row=content[: error.start].count(b"\n") + 1,
        found="a character that is not UTF-8",
        expected="UTF-8 text",
        mend="Save the file again as UTF-8.",
    )
