"""Clean lines to rows: header, fields between quotes, rows with a wrong number of fields."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.readers._gtfs_files import TableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from network.base import ProblemLog
    from network.readers._gtfs_schema import TableSchema
    from network.readers._gtfs_text import CleanText

MAX_SPAN = 100
"""A value between quotes may run over this many lines; beyond, its quote was never closed."""

_SHORT = "row with fields left out at its end, read as blank"
_UNEVEN = "row with a wrong number of fields"
_OPEN = "row with a quotation mark that is not closed"
_SHOWN = 12
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a table: names tidied, and where the columns that are read stand."""

    names: tuple[str, ...]
    positions: dict[str, int]
    needed: int
    """Fields a row must have at least to hold every column that it cannot do without."""

    @property
    def width(self) -> int:
        """Fields of a full row."""
        return len(self.names)


def build_header(line: str, schema: TableSchema, file: str, log: ProblemLog) -> Header:
    """Build the header of a table from its first line.

    Names are taken without spaces or quotes around them and in lower case. Of columns with
    one name the first is read.

    Raises
    ------
    TableError
        If columns that must be there are missing.
    """
    fields = next(csv.reader([line], skipinitialspace=True), [])
    names = tuple(name.strip(" \t\ufeff\xa0\"'").lower() for name in fields)
    read = [(name, at) for at, name in enumerate(names) if name in schema.columns]
    positions = dict(reversed(read))
    missing = schema.missing(list(positions))
    if missing:
        raise TableError(_missing(file, line, names, missing, schema))
    for name, at in read:
        if at != positions[name]:
            log.set_aside("column given twice", _twice(file, name))
    held = [positions[name] for name in schema.required if name in positions]
    return Header(names=names, positions=positions, needed=max(held, default=0) + 1)


class RowSplitter:
    """Splits the lines of one table into fields, and logs those that are no row of it."""

    def __init__(self, header: Header, text: CleanText, log: ProblemLog) -> None:
        self._width, self._needed = header.width, header.needed
        self._text, self._log = text, log

    def rows(self, blocks: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
        """Yield each row below the header as its line (0-based, the header 0) and its fields.

        A quote that is not closed costs the line it stands in, not those that follow.
        """
        first = 1
        pending: list[str] = []
        for block in _with_end(blocks):
            if block is not None:
                pending += block.decode("utf-8").split("\n")[:-1]
            at = 0
            while at < len(pending):
                fields, used = _split(pending, at)
                if used == 0 and block is not None and len(pending) - at < MAX_SPAN:
                    break  # the quote may be closed in the next block
                row = self._fitted(fields) if used else None
                if row is None:
                    self._log_row(_UNEVEN if used else _OPEN, first + at, len(fields))
                    used = 1
                elif row:
                    if len(fields) < self._width:
                        self._log_row(_SHORT, first + at, len(fields))
                    yield first + at, row
                at += used
            first += at
            del pending[:at]

    def split(self, line: int, text: str) -> list[str] | None:
        """Return the fields of a row that stands in one line; None where it is none."""
        fields, used = _split([text], 0)
        row = self._fitted(fields) if used else None
        if row is None:
            self._log_row(_UNEVEN if used else _OPEN, line, len(fields))
        elif row and len(fields) < self._width:
            self._log_row(_SHORT, line, len(fields))
        return row or None

    def note_short(self, lines: NDArray[np.int64], width: int) -> None:
        """Log rows whose last fields were left out."""
        kept = max(self._log.keep - len(self._log.examples.get(_SHORT, ())), 0)
        for line in lines[:kept].tolist():
            self._log_row(_SHORT, line, width)
        self._log.counts[_SHORT] += len(lines[kept:])

    def _fitted(self, fields: list[str]) -> list[str] | None:
        """Return the fields, one a column; none where the line is blank; None if no row."""
        width = self._width
        if len(fields) == width:
            return fields
        if len(fields) > width:
            return None if any(map(str.strip, fields[width:])) else fields[:width]
        if len(fields) >= self._needed and width > 1:
            return fields + [""] * (width - len(fields))
        return None if any(map(str.strip, fields)) else []

    def _log_row(self, kind: str, line: int, n_fields: int) -> None:
        if len(self._log.examples.get(kind, ())) >= self._log.keep:
            self._log.counts[kind] += 1  # millions of rows may be alike: no more examples
            return
        found, expected = f"{n_fields} fields", f"{self._width}, as in the first line"
        mend = "Put values that hold a comma between double quotes."
        if kind == _OPEN:
            found, expected = "a quotation mark that is not closed", "double quotes in pairs"
            mend = 'Close the quotes, and write a quote within a value twice ("").'
        row = int(self._text.line_numbers(np.array([line]))[0])
        problem = Problem(file=self._text.file, row=row, found=found, expected=expected, mend=mend)
        self._log.set_aside(kind, problem)


def _with_end(blocks: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from blocks
    yield None


def _split(lines: list[str], at: int) -> tuple[list[str], int]:
    """Return the fields of the row that begins at a line, and how many lines it takes.

    No lines are taken where a quote is never closed.
    """
    if '"' not in lines[at]:
        return lines[at].split(","), 1
    fields, used = _split_quoted(lines, at, skip_space=False)
    if used == 1 and ', "' in lines[at]:
        return _split_quoted(lines, at, skip_space=True)
    return fields, used


def _split_quoted(lines: list[str], at: int, *, skip_space: bool) -> tuple[list[str], int]:
    is_open = False

    def fed() -> Iterator[str]:
        nonlocal is_open
        for i in range(at, min(at + MAX_SPAN, len(lines))):
            yield lines[i] + "\n"
        is_open = True  # asked for a line more than there is

    try:
        reader = csv.reader(fed(), skipinitialspace=skip_space)
        fields = next(reader)
        used = reader.line_num
        if used > 1:  # then quotes must be right to the letter, or one of them is a stray
            next(csv.reader([line + "\n" for line in lines[at : at + used]], strict=True))
    except csv.Error:  # or a value above the module's own limit on its length
        return [], 0
    return fields, 0 if is_open else used


def _twice(file: str, name: str) -> Problem:
    return Problem(
        file=file,
        row=1,
        field=name,
        found="the column twice",
        expected="each column once",
        mend="The first is read; leave the other out.",
    )


def _missing(
    file: str, line: str, names: tuple[str, ...], missing: list[str], schema: TableSchema
) -> Problem:
    for delimiter, word in _DELIMITERS.items():
        if line.count(delimiter) > line.count(","):
            return Problem(
                file=file,
                row=1,
                found=f"columns separated by {word}",
                expected="columns separated by commas: " + schema.expected,
                mend="Save the file as CSV with commas.",
            )
    shown = ", ".join(names[:_SHOWN])
    return Problem(
        file=file,
        row=1,
        found=f"no column {', '.join(missing)} (columns: {shown[:200]})",
        expected=schema.expected,
        mend="Add the columns, or correct their names in the first line.",
    )
