"""The columns of a staggering document, and a reader that names every value it cannot take."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_NAMED_AT_MOST = 5


@dataclass(slots=True)
class Reader:
    """Collects what is wrong with one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def complain(self, path: str, found: str, expected: str) -> None:
        """Note one fault; ``path`` is where in the document, as ``cohorts.size[3]``."""
        self.problems.append(
            Problem(
                file=self.file,
                field=path or None,
                found=found,
                expected=expected,
                mend="Correct this value in the file.",
            )
        )

    def stop_if_wrong(self) -> None:
        """Raise what was noted so far, if anything was."""
        if self.problems:
            raise InputError(*self.problems)

    def section(self, value: object, path: str, known: Iterable[str]) -> dict[str, Any]:
        """Return an object of the document; keys nobody knows are faults."""
        if not isinstance(value, dict):
            self.complain(path, _name(value), "a JSON object")
            return {}
        names = tuple(known)
        for key in value:
            if key not in names:
                at = f"{path}.{key}" if path else str(key)
                self.complain(at, "a key nobody asked for", "one of " + ", ".join(names))
        return value

    def records(self, value: object, path: str) -> list[Any]:
        """Return a list of the document, empty where it is left out."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.complain(path, _name(value), "a list")
            return []
        return value

    def number(self, path: str, value: object, *, or_inf: bool = False) -> float:
        """Return a finite number; None is infinity where ``or_inf``."""
        if value is None and or_inf:
            return inf
        if not _is_number(value):
            self.complain(path, _name(value), "a finite number" + (" or null" if or_inf else ""))
            return 0.0
        return float(value)  # type: ignore[arg-type]

    def whole(self, path: str, value: object) -> int:
        """Return an integer; JSON knows no difference between 3 and 3.0."""
        if not _is_whole(value):
            self.complain(path, _name(value), "an integer")
            return 0
        return int(value)  # type: ignore[call-overload, no-any-return]

    def flag(self, path: str, value: object) -> bool:
        """Return true or false."""
        if not isinstance(value, bool):
            self.complain(path, _name(value), "true or false")
            return False
        return value

    def distinct(self, path: str, names: tuple[str, ...]) -> None:
        """Note names that stand twice: rules could not say which is meant."""
        seen: set[str] = set()
        for i, name in enumerate(names):
            if name in seen:
                self.complain(f"{path}[{i}]", repr(name), "names that differ from each other")
            seen.add(name)


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a table: ``dtype`` None for names; infinity is written as null."""

    name: str
    dtype: np.dtype[Any] | None
    required: bool = True
    or_inf: bool = False

    def write(self, value: NDArray[Any] | tuple[str, ...]) -> list[Any]:
        """Return plain JSON values."""
        if isinstance(value, tuple):
            return list(value)
        if self.or_inf:
            return [None if v == inf else v for v in value.tolist()]
        plain: list[Any] = value.tolist()
        return plain

    def read(self, reader: Reader, path: str, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the column of a document as the table wants it, complaining of each value."""
        values = given.get(self.name)
        if values is None and not self.required:
            return None
        if not isinstance(values, list):
            reader.complain(path, _name(values), f"a list of {self._what()}")
            return () if self.dtype is None else np.zeros(0, dtype=self.dtype)
        wrong = [i for i, value in enumerate(values) if not self._takes(value)]
        for i in wrong[:_NAMED_AT_MOST]:
            reader.complain(f"{path}[{i}]", _name(values[i]), self._what(one=True))
        if len(wrong) > _NAMED_AT_MOST:
            reader.complain(path, f"{len(wrong)} such values in all", f"{self._what()} only")
        if self.dtype is None:
            return tuple(values)
        if wrong:
            return np.zeros(len(values), dtype=self.dtype)
        plain = [inf if v is None else v for v in values] if self.or_inf else values
        return np.array(plain, dtype=self.dtype)

    def take(self, reader: Reader, path: str, arrays: Mapping[str, NDArray[Any]]) -> Any:  # noqa: ANN401
        """Return the column of an array file; only casts that lose nothing are made."""
        assert self.dtype is not None  # names are in the document
        if path not in arrays:
            if self.required:
                reader.complain(path, "nothing", f"an array of {self.dtype.name}")
                return np.zeros(0, dtype=self.dtype)
            return None
        values = arrays[path]
        if values.ndim != 1 or not _fits(values, self.dtype):
            found = f"{values.dtype.name}, shape {values.shape}"
            reader.complain(path, found, f"one dimension of {self.dtype.name}")
            return np.zeros(0, dtype=self.dtype)
        return np.ascontiguousarray(values, dtype=self.dtype)

    def _takes(self, value: object) -> bool:
        if self.dtype is None:
            return isinstance(value, str)
        if self.dtype.kind == "i":
            limits = np.iinfo(self.dtype)
            return _is_whole(value) and limits.min <= value <= limits.max  # type: ignore[operator]
        return (value is None and self.or_inf) or _is_number(value)

    def _what(self, *, one: bool = False) -> str:
        if self.dtype is None:
            return "a name in quotes" if one else "names in quotes"
        if self.dtype.kind == "i":
            return f"an integer ({self.dtype.name})" if one else f"integers ({self.dtype.name})"
        more = ", or null for no limit" if self.or_inf else ""
        return ("a finite number" if one else "finite numbers") + more


_INT32, _INT64, _FLOAT = (np.dtype(t) for t in (np.int32, np.int64, np.float64))

TABLES: dict[str, tuple[Column, ...]] = {
    "cohorts": (
        Column("ids", None),
        Column("employer_ids", None),
        Column("employer", _INT32),
        Column("site", _INT32),
        Column("size", _FLOAT),
        Column("base_slot", _INT32),
        Column("candidate_offset", _INT64),
        Column("candidate_slot", _INT32),
        Column("candidate_disutility_min", _FLOAT),
        Column("strand_cohort", _INT32),
        Column("strand_origin", _INT32),
        Column("strand_pax", _FLOAT),
        Column("previous_slot", _INT32, required=False),
    ),
    "groups": (
        Column("origin", _INT32),
        Column("site", _INT32),
        Column("slot", _INT32),
        Column("route_offset", _INT64),
        Column("free_min", _FLOAT),
        Column("cell_offset", _INT64),
        Column("cell", _INT32),
        Column("cell_weight", _FLOAT),
        Column("priced_min", _FLOAT, required=False),
        Column("share", _FLOAT, required=False),
        Column("co2_kg", _FLOAT, required=False),
    ),
    "cells": (
        Column("seats", _FLOAT),
        Column("standing_m2", _FLOAT),
        Column("ride_min", _FLOAT),
        Column("background_pax", _FLOAT),
        Column("limit_pax", _FLOAT, required=False, or_inf=True),
        Column("place", _INT32, required=False),
        Column("window", _INT32, required=False),
    ),
}
"""Fields of the tables, in the order they are written."""


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # an integer of hundreds of digits
        return False


def _is_whole(value: object) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _fits(values: NDArray[Any], dtype: np.dtype[Any]) -> bool:
    """Whether an array can be cast and lose nothing: numpy's own integers are int64."""
    if np.can_cast(values.dtype, dtype, casting="safe"):
        return True
    if values.dtype.kind not in "iu" or dtype.kind != "i":
        return False
    limits = np.iinfo(dtype)
    return not len(values) or (limits.min <= int(values.min()) and int(values.max()) <= limits.max)


def _name(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
