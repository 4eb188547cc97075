"""Reading CSV tables by name: rows that cannot be used are set aside with their line."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem, ProblemLog
from network.base.errors import DemandInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


def read_text(path: Path) -> str:
    """Return a file's text (UTF-8, plain or .gz); raise DemandInputError if that fails."""
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        found, mend = "no such file", "Put the file there or correct the path."
    except (OSError, EOFError) as error:
        found, mend = f"it cannot be read ({error})", "Check the file and its permissions."
    except UnicodeDecodeError as error:
        found, mend = f"byte {error.start} is not UTF-8", "Save the file as UTF-8."
    raise DemandInputError(
        Problem(file=str(path), found=found, expected="a readable UTF-8 file", mend=mend)
    )


@dataclass(slots=True)
class Table:
    """Columns of text with the line each row came from, and which rows are still good."""

    file: str
    columns: dict[str, NDArray[np.str_]]
    line: NDArray[np.int64]
    good: NDArray[np.bool_]
    log: ProblemLog

    def set_aside(
        self, rows: NDArray[np.bool_], kind: str, column: str, expected: str, mend: str
    ) -> None:
        """Set rows aside (those not already so) and log what was found in ``column``."""
        for i in np.flatnonzero(rows & self.good).tolist():
            self.log.set_aside(
                kind,
                Problem(
                    file=self.file,
                    row=int(self.line[i]),
                    field=column,
                    found=f"found {str(self.columns[column][i])!r}",
                    expected=expected,
                    mend=mend,
                ),
            )
        self.good &= ~rows

    def numbers(self, column: str, *, low: float, high: float, unit: str) -> NDArray[np.float64]:
        """Return a column as numbers; rows that are no number in range are set aside as NaN."""
        text = self.columns[column]
        try:
            values = text.astype(np.float64)
        except ValueError:
            values = np.asarray([_number(item) for item in text.tolist()], dtype=np.float64)
        with np.errstate(invalid="ignore"):
            bad = ~((values >= low) & (values <= high) & np.isfinite(values))
        span = f"a number of {unit} from {low:g}" + (f" to {high:g}" if np.isfinite(high) else "")
        self.set_aside(bad, f"{column} out of range", column, span, "Correct the value.")
        return np.where(bad, np.nan, values)

    def known(self, column: str, allowed: Iterable[str], *, what: str) -> NDArray[np.str_]:
        """Return a column whose values must be among ``allowed``; set the other rows aside."""
        text = self.columns[column]
        bad = ~np.isin(text, np.asarray(sorted(allowed), dtype=np.str_))
        self.set_aside(bad, f"unknown {column}", column, what, "Correct the name or add it.")
        return text

    def once(self, *columns: str) -> None:
        """Set aside rows whose combination of columns stood on an earlier good row."""
        seen: set[tuple[str, ...]] = set()
        again = np.zeros(len(self.line), dtype=np.bool_)
        keys = zip(*(self.columns[name].tolist() for name in columns), strict=True)
        for i, key in enumerate(keys):
            if self.good[i]:
                again[i] = key in seen
                seen.add(key)
        name = "+".join(columns)
        self.set_aside(again, f"{name} twice", columns[0], f"each {name} once", "Keep one row.")

    def require_rows(self) -> None:
        """Raise DemandInputError if no row is usable, with what was wrong with the first ones."""
        if not self.good.any():
            problem = Problem(
                file=self.file,
                found=f"no usable row among {len(self.line)}",
                expected="at least one",
                mend="Mend the rows below, or give another file.",
            )
            raise DemandInputError(problem, *self.log.problems)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _mend_header(header: list[str]) -> str:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        return "Save the table with commas between columns, and points as decimal marks."
    return "Add the missing columns to the header and the rows."


def read_table(path: Path | str, required: Sequence[str], log: ProblemLog | None = None) -> Table:
    """Read a comma-separated table with a header; keep its text and line numbers.

    Blank lines are skipped; rows with another number of fields than the header are set
    aside.

    Raises
    ------
    DemandInputError
        If the file cannot be read or a required column is missing.
    """
    path = Path(path)
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    header = [name.strip() for name in next(reader, [])]
    missing = [name for name in required if name not in header]
    if missing:
        raise DemandInputError(
            Problem(
                file=str(path),
                row=1,
                found=f"columns {', '.join(header) or '(none)'}",
                expected=f"also {', '.join(missing)}",
                mend=_mend_header(header),
            )
        )
    log = ProblemLog() if log is None else log
    rows, lines = [], []
    for row in reader:
        if len(row) == len(header):
            rows.append(row)
            lines.append(reader.line_num)
        elif row:
            log.set_aside(
                "wrong number of fields",
                Problem(
                    file=str(path),
                    row=reader.line_num,
                    found=f"{len(row)} fields",
                    expected=f"{len(header)} as in the header",
                    mend="Quote texts that hold commas, or complete the row.",
                ),
            )
    cells = np.asarray(rows, dtype=np.str_).reshape(len(rows), len(header))
    columns = {name: np.char.strip(cells[:, i]) for i, name in enumerate(header)}
    return Table(
        file=str(path),
        columns=columns,
        line=np.asarray(lines, dtype=np.int64),
        good=np.ones(len(rows), dtype=np.bool_),
        log=log,
    )
