"""Which columns of which GTFS tables are read, and the kind of their values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TIMETABLE = ("stops", "routes", "trips", "stop_times")
"""Tables without which there is no timetable."""
CALENDARS = ("calendar", "calendar_dates")
"""Tables of which one is needed."""
WIDE = frozenset({"stop_times", "shapes"})
"""Tables that may have millions of rows: their text is kept as categories."""

_NO_VALUE = frozenset({"na", "n/a", "#n/a", "<na>", "nan", "null", "none"})


def is_no_value(text: str) -> bool:
    """Return whether a text is one of the words that databases write for an empty field."""
    return text.casefold() in _NO_VALUE


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """The columns of one table that are read: kind by column, as gtfs_columns.toml says.

    ``either`` holds sets of columns of which one set must be there in full. A table read
    has every column, without values where the file lacks it; but those ``seldom`` given only
    where the file has them.
    """

    name: str
    required: dict[str, str]
    optional: dict[str, str]
    seldom: dict[str, str]
    either: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> dict[str, str]:
        """Every column that is read, with its kind."""
        return self.required | self.optional | self.seldom

    @property
    def expected(self) -> str:
        """The columns that must be there, in words."""
        named = ", ".join(self.required)
        sets = " or ".join(", ".join(columns) for columns in self.either)
        return "columns " + ", ".join(part for part in (named, sets) if part)

    def missing(self, columns: list[str]) -> list[str]:
        """Return the columns that must be there and are not."""
        lacking = [name for name in self.required if name not in columns]
        if self.either and not any(set(one) <= set(columns) for one in self.either):
            lacking.append(" or ".join(", ".join(one) for one in self.either))
        return lacking


@cache
def get_schemas() -> dict[str, TableSchema]:
    """Return the schema of each table that is read, by its name without ``.txt``."""
    return {
        name: TableSchema(
            name=name,
            required=table.get("required", {}),
            optional=table.get("optional", {}),
            seldom=table.get("seldom", {}),
            either=tuple(tuple(columns) for columns in table.get("either", ())),
        )
        for name, table in _document().items()
        if name != "links"
    }


@cache
def get_links() -> dict[tuple[str, str], tuple[str, str]]:
    """Return, for columns that refer to another table, the table and column they refer to."""
    return {_split(column): _split(target) for column, target in _document()["links"].items()}


def _split(dotted: str) -> tuple[str, str]:
    table, column = dotted.split(".")
    return table, column


@cache
def _document() -> dict[str, dict[str, Any]]:
    path = Path(__file__).parent / "data" / "gtfs_columns.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
