"""Tables of links in TNTP files: which column is which, and rows to columns of numbers."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.readers._tntp_text import parse_number, parse_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from network.readers._tntp_text import TntpLines

_UNITS = re.compile(r"\(.*?\)|\[.*?\]")
_LONGEST_NAME = 4  # words: "free flow travel time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its names in headers (letters and digits alone), and what may stand in it."""

    name: str
    aliases: tuple[str, ...]
    low: float = float("-inf")
    whole: bool = False
    default: float | None = None  # None: every file has it

    @property
    def expected(self) -> str:
        """What is expected, in words."""
        kind = "a whole number" if self.whole else "a number"
        return kind if self.low == float("-inf") else f"{kind}, {self.low:g} or more"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKind:
    """The columns of one kind of file, in the order that holds where no header says another."""

    columns: tuple[Column, ...]
    mend: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    @property
    def needed(self) -> tuple[str, ...]:
        """The names of the columns that every file has."""
        return tuple(column.name for column in self.columns if column.default is None)


def read_columns(
    lines: Iterable[tuple[int, str]], kind: TableKind, out: TntpLines
) -> dict[str, NDArray[np.float64]]:
    """Return the columns of a table that are there; what is wrong is noted in ``out``.

    A header is the last line before the first row, with or without ``~``, that names the
    two nodes and other columns; other text before the first row is passed over. Fields beyond
    those of the header (or beyond the standard ones) mean nothing and are passed over too.
    """
    order: tuple[str | None, ...] | None = None
    table: _Table | None = None
    for row, text in lines:
        if table is None:
            header = find_order(text.lstrip("~").split("~")[0], kind)
            if header is not None:
                order = header
                _require_columns(row, header, kind, out)
            if header is not None or not (text[0].isdigit() or text[0] in "+-."):
                _refuse_origin(row, text, out)
                continue
            table = _Table(kind, order)
        if not text.startswith("~"):
            for piece in _pieces(text):
                table.add(row, piece, out)
    return {} if table is None else table.to_arrays()


def find_order(header: str, kind: TableKind) -> tuple[str | None, ...] | None:
    """Return a header's columns (None: one that means nothing here), None if it is no header.

    Tabs or else commas tell names of several words apart; where there are none, the names
    known do.
    """
    known = {alias: column.name for column in kind.columns for alias in column.aliases}
    text = _UNITS.sub(" ", header.replace(";", " ").replace(":", " "))
    if "\t" not in text:
        text = text.replace(",", "\t")
    cells = (_letters(cell) for cell in text.split("\t"))
    by_tabs = tuple(known.get(cell) for cell in cells if cell)
    for order in (by_tabs, tuple(_match_words(text.split(), known))):
        found = [name for name in order if name is not None]
        is_header = len(set(found)) == len(found) and 3 <= len(found) >= len(order) / 2
        if is_header and _names_both_ends(order, kind):
            return order
    return None


def _names_both_ends(order: tuple[str | None, ...], kind: TableKind) -> bool:
    tail, head = kind.names[:2]
    return tail in order and head in order and abs(order.index(tail) - order.index(head)) == 1


def _require_columns(
    row: int, header: tuple[str | None, ...], kind: TableKind, out: TntpLines
) -> None:
    missing = [name for name in kind.needed if name not in header]
    if missing:
        out.complain(
            row,
            "columns " + ", ".join(name or "?" for name in header),
            "also " + ", ".join(missing),
            "Add the columns, or correct the names in the header.",
        )
        out.raise_problems()


def _match_words(words: list[str], known: dict[str, str]) -> Iterator[str | None]:
    """Yield the columns that words name, the longest name first where several begin alike."""
    at = 0
    while at < len(words):
        for count in range(_LONGEST_NAME, 0, -1):
            name = known.get(_letters("".join(words[at : at + count])))
            if name is not None:
                yield name
                at += count
                break
        else:
            yield None
            at += 1


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def _pieces(text: str) -> list[str]:
    """Return the rows of a line, which a semicolon ends."""
    return [piece for piece in text.split(";") if piece.strip()]


def _refuse_origin(row: int, text: str, out: TntpLines) -> None:
    if text.lower().startswith("origin"):
        out.complain(
            row,
            "the beginning of a trip table",
            "a table of links",
            "Give the other file: names of networks, trips and flows may be exchanged.",
        )
        out.raise_problems()


def _fields(text: str, least: int) -> list[str]:
    """Return a row's fields, which blanks divide, or commas where nothing else does."""
    if "," in text:
        fields = text.split(",")
        if len(fields) >= least and all(len(field.split()) == 1 for field in fields[:least]):
            return fields
    return text.replace(":", " ").split()


class _Table:
    """Rows as they come, checked; a number column by column."""

    def __init__(self, kind: TableKind, header: tuple[str | None, ...] | None) -> None:
        self._kind = kind
        order = header or kind.names
        self._at = {name: k for k, name in enumerate(order) if name is not None}
        self._columns = {c.name: c for c in kind.columns if c.name in self._at}
        self._values = {name: array("d") for name in self._columns}
        self._n_fields = 1 + max(self._at.values()) if header else 0

    def add(self, row: int, text: str, out: TntpLines) -> None:
        """Take one row, or note what is wrong with it."""
        fields = _fields(text, len(self._kind.needed))
        if self._n_fields == 0:
            self._measure(len(fields))
        if len(fields) < self._n_fields:
            names = ", ".join(name for name in self._at)
            found = f"{len(fields)} fields, {text.strip()[:60]!r}"
            out.complain(row, found, f"{self._n_fields}: {names}", self._kind.mend)
            return
        values = {}
        for name, column in self._columns.items():
            field = fields[self._at[name]]
            value = parse_whole(field) if column.whole else parse_number(field)
            if value is None or value < column.low:
                out.complain(row, f"{name} {field!r}", column.expected, self._kind.mend)
                return
            values[name] = value
        for name, value in values.items():
            self._values[name].append(value)

    def _measure(self, n_fields: int) -> None:
        """Let the first row say which of the optional columns at the end there are."""
        least = len(self._kind.needed)
        self._n_fields = max(least, min(n_fields, len(self._kind.columns)))
        for name in self._kind.names[self._n_fields :]:
            del self._at[name], self._columns[name], self._values[name]

    def to_arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the columns."""
        return {name: np.array(values, dtype=np.float64) for name, values in self._values.items()}
