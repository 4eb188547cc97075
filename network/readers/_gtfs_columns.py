"""Columns of text to typed columns: each distinct value is looked at once."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from network.base import Problem
from network.readers._gtfs_schema import WIDE, is_no_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

    from network.base import ProblemLog
    from network.readers._gtfs_schema import TableSchema

SPACES = " \t\xa0"
"""Characters at the ends of a value that are no part of it."""
WHOLE_MAX = 2**31 - 1
CODE_MAX = 127
_LIMITS = {"whole": WHOLE_MAX, "code": CODE_MAX, "number": math.inf}
_EXPECTED = {
    "whole": "a whole number below 2,147,483,648",
    "code": "a whole number from -128 to 127",
    "number": "a number with a decimal point",
}
_TEXTS_KEPT = 1000
_TEXT_SHOWN = 80
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Rows of a column with a text that is not of the column's kind, and that text by row."""

    rows: NDArray[np.int64]
    text: Callable[[int], str]


class _Growing:
    """One array that grows: pieces of many columns side by side leave memory full of holes."""

    def __init__(self, dtype: type[np.int32 | np.float64]) -> None:
        self._array: NDArray[Any] = np.empty(0, dtype=dtype)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def append(self, values: NDArray[Any]) -> None:
        end = self._n + len(values)
        if end > len(self._array):
            self._array.resize(max(end, len(self._array) * 3 // 2), refcheck=False)
        self._array[self._n : end] = values
        self._n = end

    def take(self) -> NDArray[Any]:
        """Return the values; none are left."""
        array, self._array = self._array, np.empty(0, dtype=self._array.dtype)
        array.resize(self._n, refcheck=False)
        self._n = 0
        return array


class TextColumn:
    """Values of one column as numbers of distinct texts; -1 where blank.

    Spaces at the ends of values are removed.
    """

    def __init__(self) -> None:
        self._code_of: dict[str, int] = {}
        self._codes = _Growing(np.int32)

    def add(self, texts: Sequence[str]) -> None:
        """Add values as they come."""
        code_of = self._code_of
        stripped = [text.strip(SPACES) for text in texts]
        codes = [code_of.setdefault(t, len(code_of)) if t else -1 for t in stripped]
        self._codes.append(np.array(codes, dtype=np.int32))

    def add_coded(self, texts: Sequence[str], codes: NDArray[np.int32]) -> None:
        """Add values given as numbers of the distinct texts."""
        code_of = self._code_of
        stripped = [text.strip(SPACES) for text in texts]
        lookup = [code_of.setdefault(t, len(code_of)) if t else -1 for t in stripped]
        self._codes.append(np.array(lookup, dtype=np.int32)[codes])

    def add_blank(self, n_rows: int) -> None:
        """Add rows without a value."""
        self._codes.append(np.full(n_rows, -1, dtype=np.int32))

    def values(self) -> tuple[list[str], NDArray[np.int32]]:
        """Return the distinct texts in sorted order, and the number of each value's text."""
        codes = self._codes.take()
        texts = list(self._code_of)
        order = sorted(range(len(texts)), key=texts.__getitem__)
        rank = np.full(len(texts) + 1, -1, dtype=np.int32)
        rank[order] = np.arange(len(texts), dtype=np.int32)
        return [texts[i] for i in order], rank[codes]


class NumberColumn:
    """Values of one column of numbers, for tables where most values are distinct."""

    def __init__(self) -> None:
        self._numbers = _Growing(np.float64)
        self._wrong: list[int] = []
        self._texts: dict[int, str] = {}

    def add(self, texts: Sequence[str]) -> None:
        """Add values as they come."""
        first = len(self._numbers)
        read = [parse_number(text.strip(SPACES), "number") for text in texts]
        for i, value in enumerate(read):
            if value is None:
                self._wrong.append(first + i)
                if len(self._texts) < _TEXTS_KEPT:
                    self._texts[first + i] = texts[i].strip(SPACES)
        self.add_numbers(np.array([math.nan if v is None else v for v in read], dtype=float))

    def add_numbers(self, numbers: NDArray[np.float64]) -> None:
        """Add finite numbers, NaN where blank."""
        self._numbers.append(numbers)

    def add_blank(self, n_rows: int) -> None:
        """Add rows without a value."""
        self.add_numbers(np.full(n_rows, np.nan))

    def values(self) -> tuple[NDArray[np.float64], Wrong]:
        """Return the numbers, NaN where blank or wrong, and which are wrong."""
        texts = self._texts
        wrong = Wrong(np.array(self._wrong, dtype=np.int64), lambda row: texts.get(row, ""))
        return self._numbers.take(), wrong


Column = TextColumn | NumberColumn


def new_column(table: str, kind: str) -> Column:
    """Return an empty column for values of a kind."""
    return NumberColumn() if kind == "number" and table in WIDE else TextColumn()


def parse_number(text: str, kind: str) -> float | None:
    """Return a number of a kind; NaN where blank, None where the text is none."""
    if not text or is_no_value(text):
        return math.nan
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    limit = _LIMITS[kind]
    if not math.isfinite(value) or not -limit - 1 <= value <= limit:
        return None
    return value if kind == "number" or value.is_integer() else None


def build_frame(
    schema: TableSchema,
    columns: dict[str, Column],
    lines: NDArray[np.int64],
    file: str,
    log: ProblemLog,
) -> pd.DataFrame:
    """Build a table from its columns; ``lines`` are lines of the file, the header line 1.

    A wrong value in a required column sets its row aside; in an optional one it is left
    blank. Both are counted. The columns are used up.
    """
    typed: dict[str, pd.Series] = {}
    bad = np.zeros(len(lines), dtype=bool)
    for name, kind in schema.columns.items():
        if name not in columns:
            continue
        typed[name], wrong = _typed(schema.name, columns.pop(name), kind)
        is_required = name in schema.required
        rows = wrong.rows[~bad[wrong.rows]] if is_required else wrong.rows
        rows = rows[np.argsort(lines[rows], kind="stable")]
        examples = [(int(lines[row]), wrong.text(int(row))) for row in rows[: log.keep]]
        _log_wrong(log, file, schema, name, examples, len(rows))
        bad[rows] |= is_required
    frame = pd.DataFrame(typed, copy=False)
    frame.index = _index(lines)
    if bad.any():
        frame = frame[~bad]
    return frame if frame.index.is_monotonic_increasing else frame.sort_index()


def _index(lines: NDArray[np.int64]) -> pd.Index:
    """Return lines of the file as an index that starts at 0 for line 2."""
    is_sorted = bool((lines[1:] > lines[:-1]).all())
    if is_sorted and len(lines) and lines[-1] - lines[0] == len(lines) - 1:
        return pd.RangeIndex(int(lines[0]) - 2, int(lines[-1]) - 1)
    return pd.Index(lines - 2)


def _typed(table: str, column: Column, kind: str) -> tuple[pd.Series, Wrong]:
    """Return a column of its kind, and which of its values are not of the kind."""
    if isinstance(column, NumberColumn):
        numbers, wrong = column.values()
        return pd.Series(pd.array(numbers, dtype="Float64")), wrong
    texts, codes = column.values()
    if kind in _LIMITS:
        return _numbers(table, texts, codes, kind)
    if kind == "mark":
        blank = np.array([is_no_value(text) for text in texts] + [True], dtype=bool)
        codes = np.where(blank[codes], np.int32(-1), codes)
    if table in WIDE:
        categories = pd.Index(texts, dtype="string")
        values = pd.Series(pd.Categorical.from_codes(codes, categories=categories))
    else:
        objects = np.array([*texts, pd.NA], dtype=object)[codes]
        values = pd.Series(pd.array(objects, dtype="string"))
    return values, Wrong(np.empty(0, dtype=np.int64), str)


def _numbers(
    table: str, texts: list[str], codes: NDArray[np.int32], kind: str
) -> tuple[pd.Series, Wrong]:
    read = [parse_number(text, kind) for text in texts]
    is_wrong = np.array([value is None for value in read] + [False], dtype=bool)
    rows = np.flatnonzero(is_wrong[codes]) if is_wrong.any() else np.empty(0, dtype=np.int64)
    wrong = Wrong(rows, lambda row: texts[codes[row]])
    numbers = np.array([math.nan if v is None else v for v in read] + [math.nan])
    if kind == "number":
        return pd.Series(pd.array(numbers[codes], dtype="Float64")), wrong
    blank = np.isnan(numbers)
    whole = np.where(blank, 0.0, numbers).astype(dtype_of(table, kind).lower())
    return pd.Series(pd.arrays.IntegerArray(whole[codes], blank[codes])), wrong


def dtype_of(table: str, kind: str) -> str:
    """Return the dtype of a column by the kind of its values."""
    if kind in ("text", "link", "mark"):
        return "category" if table in WIDE else "string"
    if kind == "number":
        return "Float64"
    if kind == "code":
        return "Int8"
    return "Int32" if table in WIDE else "Int64"


def blank_column(table: str, kind: str, n_rows: int) -> ExtensionArray:
    """Return a column of a kind without any value."""
    dtype = dtype_of(table, kind)
    blank = np.ones(n_rows, dtype=bool)
    if dtype == "string":
        return pd.array(np.full(n_rows, pd.NA, dtype=object), dtype="string")
    if dtype == "category":
        none = pd.Index([], dtype="string")
        return pd.Categorical.from_codes(np.full(n_rows, -1, dtype=np.int8), categories=none)
    if dtype == "Float64":
        return pd.arrays.FloatingArray(np.full(n_rows, np.nan), blank)
    return pd.arrays.IntegerArray(np.zeros(n_rows, dtype=dtype.lower()), blank)


def _log_wrong(
    log: ProblemLog,
    file: str,
    schema: TableSchema,
    name: str,
    examples: list[tuple[int, str]],
    count: int,
) -> None:
    kind = f"value that is not a number ({name})"
    if name not in schema.required:
        kind = f"value that is not a number, ignored ({name})"
    for i, (line, text) in enumerate(examples):
        problem = Problem(
            file=file,
            row=line,
            field=name,
            found=repr(text[:_TEXT_SHOWN]),
            expected=_EXPECTED[schema.columns[name]],
            mend="Correct the value, or leave it empty where GTFS allows that.",
        )
        log.set_aside(kind, problem, count=count - i if i == len(examples) - 1 else 1)
