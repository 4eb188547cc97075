"""The exception tree and the record of what is wrong with an input.

::

    CreneauError
    ├── InputError              the user's files or arguments are wrong; carries Problems
    │   ├── NetworkInputError   feeds and timetables        (network)
    │   │   └── NoServiceError  feeds run nothing on a date, and are fine otherwise
    │   ├── DemandInputError    zones, flows, employers     (demand)
    │   └── ScenarioInputError  scenarios and territories   (scenarios)
    └── Cancelled               the caller asked to stop    (base.progress)

Solver outcomes (infeasible, time limit) are values, never exceptions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

MAX_PROBLEMS_SHOWN = 20


class CreneauError(Exception):
    """Root of every error this distribution raises on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with one input: what was found, where, what was expected, how to mend it.

    ``row`` is the 1-based line of the file, header included, so that an editor goes to it;
    None where a problem concerns the whole file.
    """

    file: str
    found: str
    expected: str
    mend: str
    row: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        where = self.file if self.row is None else f"{self.file}, line {self.row}"
        if self.field:
            where += f", {self.field}"
        return f"{where}: {self.found}; expected {self.expected}. {self.mend}"

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the record as plain JSON values."""
        return {
            "file": self.file,
            "row": self.row,
            "field": self.field,
            "found": self.found,
            "expected": self.expected,
            "mend": self.mend,
        }


class InputError(CreneauError):
    """Input that leaves nothing to build on; every problem is collected, then raised once."""

    def __init__(self, *problems: Problem) -> None:
        self.problems: tuple[Problem, ...] = problems
        lines = [str(p) for p in problems[:MAX_PROBLEMS_SHOWN]]
        if len(problems) > MAX_PROBLEMS_SHOWN:
            lines.append(f"... and {len(problems) - MAX_PROBLEMS_SHOWN} more")
        super().__init__("\n".join(lines))


class NetworkInputError(InputError):
    """A feed, an extract or a timetable cannot be used."""


class NoServiceError(NetworkInputError):
    """Feeds run nothing on a date; ``nearest`` are the dates before and after it that they serve.

    Of a feed that serves no date at all there are none.
    """

    def __init__(self, *problems: Problem, nearest: tuple[dt.date, ...]) -> None:
        self.nearest = nearest
        super().__init__(*problems)


class DemandInputError(InputError):
    """Zones, flows, profiles or employers cannot be used."""


class ScenarioInputError(InputError):
    """A scenario, a modification or a territory pack cannot be used."""


@dataclass(slots=True)
class ProblemLog:
    """Rows that were set aside while reading: all counted by kind, the first of each kept whole.

    A bad row is not fatal. The reader sets it aside here and goes on; whoever
    shows the result shows these counts with it.
    """

    keep: int = 5
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Problem]] = field(default_factory=dict)

    def set_aside(self, kind: str, problem: Problem, *, count: int = 1) -> None:
        """Count ``count`` rows of one kind and keep the problem as an example."""
        self.counts[kind] += count
        kept = self.examples.setdefault(kind, [])
        if len(kept) < self.keep:
            kept.append(problem)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The kept examples, by kind in order of first appearance."""
        return tuple(p for kept in self.examples.values() for p in kept)

    @property
    def total(self) -> int:
        """How many rows were set aside in all."""
        return sum(self.counts.values())
