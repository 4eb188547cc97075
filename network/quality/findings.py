"""How checks say what they found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import Problem
from network.quality.report import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from network.building.inputs import FeedTables

MAX_EXAMPLES = 5
MAX_PLACES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of finding: its code, how much it matters, what is counted.

    ``field`` is the column to blame, where it is always the same.
    """

    code: str
    severity: Severity
    unit: str
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said of one example, as a :class:`network.base.Problem` has it."""

    found: str
    expected: str
    mend: str


def build_finding(
    kind: Kind,
    file: str,
    examples: Sequence[Problem],
    *,
    count: int,
    lat: ArrayLike = (),
    lon: ArrayLike = (),
) -> Finding | None:
    """Build a finding of ``count`` things; None where there are none.

    Of the examples the first five stay, of the places (degrees) the first thousand that
    are known, each once.
    """
    if count == 0:
        return None
    places = np.column_stack((np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)))
    places = places[np.isfinite(places).all(axis=1)]
    _, first = np.unique(places, axis=0, return_index=True)
    places = places[np.sort(first)[:MAX_PLACES]]
    return Finding(
        code=kind.code,
        severity=kind.severity,
        count=int(count),
        unit=kind.unit,
        file=file,
        examples=tuple(examples[:MAX_EXAMPLES]),
        lat=np.ascontiguousarray(places[:, 0]),
        lon=np.ascontiguousarray(places[:, 1]),
    )


def build_row_finding(
    kind: Kind,
    tables: FeedTables,
    table: str,
    rows: NDArray[np.integer[Any]],
    describe: Callable[[int], Words],
    places: tuple[ArrayLike, ArrayLike] = ((), ()),
) -> Finding | None:
    """Build a finding of some rows of a table of a feed.

    ``rows`` are positions in the table's frame; ``describe`` says one of them in words, by
    its position in ``rows``; ``places`` are latitudes and longitudes, degrees.
    """
    file = tables.file(table)
    index = getattr(tables, table).index
    examples = [
        problem(file, describe(i), row=int(index[row]) + 2, field=kind.field)
        for i, row in enumerate(rows[:MAX_EXAMPLES])
    ]
    return build_finding(kind, file, examples, count=len(rows), lat=places[0], lon=places[1])


def problem(
    file: str, words: Words, *, row: int | None = None, field: str | None = None
) -> Problem:
    """Build a problem of a file from its words."""
    return Problem(
        file=file,
        row=row,
        field=field,
        found=words.found,
        expected=words.expected,
        mend=words.mend,
    )
