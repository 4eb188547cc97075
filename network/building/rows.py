"""Rows of feed tables: looked up by id, read as times, set aside when they cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import Problem, parse_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.building.inputs import FeedTables

BLANK, BAD = -1, -2
"""What :func:`parse_times` gives for no text, and for a text that is no time."""


def find_rows(keys: pd.Index, values: pd.Series) -> NDArray[np.int64]:
    """Return the position of each value among ``keys`` (unique); -1 where it is none of them."""
    codes, distinct = pd.factorize(values)
    if len(distinct) == 0:
        return np.full(len(values), -1, dtype=np.int64)
    found = keys.get_indexer(pd.Index(distinct).astype(keys.dtype))
    result: NDArray[np.int64] = np.append(found, -1)[codes].astype(np.int64)
    return result


def parse_times(values: pd.Series) -> NDArray[np.int64]:
    """Return clock times in seconds; -1 where blank, -2 where the text is no time."""
    codes, texts = pd.factorize(values)
    seconds = np.full(len(texts) + 1, BLANK, dtype=np.int64)
    for i, text in enumerate(texts):
        try:
            seconds[i] = parse_clock(str(text))
        except ValueError:
            seconds[i] = BAD
    result: NDArray[np.int64] = seconds[codes]
    return result


def whole_numbers(values: pd.Series, *, default: int) -> NDArray[np.int64]:
    """Return a column of whole numbers, ``default`` where it says nothing."""
    return values.fillna(default).to_numpy(dtype=np.int64)


def numbers(values: pd.Series) -> NDArray[np.float64]:
    """Return a column of numbers, NaN where it says nothing."""
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def texts(values: pd.Series) -> NDArray[np.object_]:
    """Return a column of texts, "" where it says nothing."""
    return values.to_numpy(dtype=object, na_value="")


def repeated_rows(frame: pd.DataFrame, key: str) -> NDArray[np.bool_]:
    """Return the rows whose key another row has that comes first by content, not by place.

    So the row that stays does not depend on the order of the file. Blank keys never repeat.
    """
    mask = np.zeros(len(frame), dtype=bool)
    twice = (frame[key].duplicated(keep=False) & frame[key].notna()).to_numpy(dtype=bool)
    if twice.any():
        place = np.flatnonzero(twice)
        content = frame.iloc[place].reset_index(drop=True).astype(object)
        content = content.where(content.notna(), "").astype(str)
        order = content.sort_values(list(content.columns), kind="stable").index.to_numpy()
        again = content[key].iloc[order].duplicated().to_numpy(dtype=bool)
        mask[place[order[again]]] = True
    return mask


def set_rows_aside(
    tables: FeedTables,
    table: str,
    kind: str,
    lines: NDArray[np.int64],
    describe: Callable[[int], tuple[str, str, str]],
) -> None:
    """Count rows of one kind, describing the first few as (found, expected, mend)."""
    for i, line in enumerate(lines[: tables.log.keep]):
        found, expected, mend = describe(i)
        problem = Problem(
            file=tables.file(table), row=int(line) + 2, found=found, expected=expected, mend=mend
        )
        is_last = i == tables.log.keep - 1
        tables.log.set_aside(kind, problem, count=len(lines) - i if is_last else 1)
