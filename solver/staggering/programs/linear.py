"""A linear program as arrays, built family by family, and its readable text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Consecutive columns or rows of one family; ``label(i)`` is ``name[i]``."""

    name: str
    start: int
    stop: int

    @property
    def span(self) -> slice:
        """The block as a slice of columns or rows."""
        return slice(self.start, self.stop)

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearModel:
    """Minimise ``offset + cost v`` with ``row_lower <= A v <= row_upper``, ``v`` in a box.

    Every column has finite bounds: a valid bound can then be had from any duals. Row i
    stands for ``row_item[i]`` of its family: an employer, a cohort, a cell, a rule.
    """

    cost: NDArray[np.float64]
    offset: float
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    integer: NDArray[np.bool_]
    matrix: sparse.csr_array
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    columns: tuple[Block, ...]
    rows: tuple[Block, ...]
    row_item: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def column_block(self, name: str) -> Block:
        """Return the columns of a family; an empty block where the model has none."""
        return next((b for b in self.columns if b.name == name), Block(name=name, start=0, stop=0))


@dataclass(slots=True)
class ModelBuilder:
    """Collects columns and rows; :meth:`build` freezes them."""

    offset: float = 0.0
    _columns: list[Block] = field(default_factory=list)
    _rows: list[Block] = field(default_factory=list)
    _cost: list[NDArray[np.float64]] = field(default_factory=list)
    _bounds: list[NDArray[np.float64]] = field(default_factory=list)
    _integer: list[NDArray[np.bool_]] = field(default_factory=list)
    _row_bounds: list[NDArray[np.float64]] = field(default_factory=list)
    _items: list[NDArray[np.int64]] = field(default_factory=list)
    _entries: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = field(
        default_factory=list
    )

    @property
    def n_columns(self) -> int:
        """Number of columns so far."""
        return self._columns[-1].stop if self._columns else 0

    @property
    def n_rows(self) -> int:
        """Number of rows so far."""
        return self._rows[-1].stop if self._rows else 0

    def add_columns(
        self,
        name: str,
        *,
        cost: NDArray[np.float64],
        upper: NDArray[np.float64],
        lower: float = 0.0,
        integer: bool = False,
    ) -> Block:
        """Add one family of columns and return where it stands."""
        n = len(cost)
        block = Block(name=name, start=self.n_columns, stop=self.n_columns + n)
        self._columns.append(block)
        self._cost.append(np.asarray(cost, dtype=np.float64))
        self._bounds.append(np.stack([np.full(n, lower), np.broadcast_to(upper, (n,))]))
        self._integer.append(np.full(n, integer))
        return block

    def add_rows(
        self,
        name: str,
        terms: Mapping[Block, sparse.csr_array] | list[tuple[Block, sparse.csr_array]],
        *,
        lower: NDArray[np.float64] | float = -np.inf,
        upper: NDArray[np.float64] | float = np.inf,
        n: int,
        item: NDArray[np.int64] | int = 0,
    ) -> None:
        """Add ``n`` rows of one family: the sum of each block's matrix times its columns."""
        if n == 0:
            return
        block = Block(name=name, start=self.n_rows, stop=self.n_rows + n)
        self._rows.append(block)
        low = np.broadcast_to(np.asarray(lower, dtype=np.float64), (n,))
        high = np.broadcast_to(np.asarray(upper, dtype=np.float64), (n,))
        self._row_bounds.append(np.stack([low, high]))
        self._items.append(np.broadcast_to(np.asarray(item, dtype=np.int64), (n,)))
        for columns, matrix in terms if isinstance(terms, list) else terms.items():
            part = sparse.coo_array(matrix)
            self._entries.append(
                (
                    part.row.astype(np.int64) + block.start,
                    part.col.astype(np.int64) + columns.start,
                    np.asarray(part.data, dtype=np.float64),
                )
            )

    def build(self) -> LinearModel:
        """Freeze the model."""
        rows, cols, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        bounds, row_bounds = np.hstack(self._bounds), np.hstack(self._row_bounds)
        matrix = sparse.csr_array((values, (rows, cols)), shape=(self.n_rows, self.n_columns))
        matrix.eliminate_zeros()
        return LinearModel(
            cost=np.concatenate(self._cost),
            offset=self.offset,
            lower=bounds[0],
            upper=bounds[1],
            integer=np.concatenate(self._integer),
            matrix=matrix,
            row_lower=row_bounds[0],
            row_upper=row_bounds[1],
            columns=tuple(self._columns),
            rows=tuple(self._rows),
            row_item=np.concatenate(self._items),
        )


def format_lp(model: LinearModel) -> str:
    """Write a model as CPLEX LP text, for reading and for comparison.

    Numbers have seven significant digits, terms are in column order.
    """
    names = [f"{b.name}({i})" for b in model.columns for i in range(len(b))]
    lines = ["Minimize", f" cost: {_terms(model.cost, np.arange(len(names)), names)}"]
    if model.offset:
        lines[-1] += f" + {model.offset:.7g} constant"
    lines.append("Subject To")
    for block in model.rows:
        for i in range(len(block)):
            lines += _row_lines(model, f"{block.name}({i})", block.start + i, names)
    lines.append("Bounds")
    lines += [
        f" {low:.7g} <= {name} <= {high:.7g}"
        for name, low, high in zip(names, model.lower, model.upper, strict=True)
    ]
    if model.integer.any():
        lines += [
            "General",
            " " + " ".join(n for n, i in zip(names, model.integer, strict=True) if i),
        ]
    return "\n".join([*lines, "End", ""])


def _row_lines(model: LinearModel, name: str, row: int, names: list[str]) -> list[str]:
    start, stop = model.matrix.indptr[row], model.matrix.indptr[row + 1]
    order = np.argsort(model.matrix.indices[start:stop])
    columns = model.matrix.indices[start:stop][order].astype(np.int64)
    body = _terms(model.matrix.data[start:stop][order], columns, names)
    low, high = model.row_lower[row], model.row_upper[row]
    if low == high:
        return [f" {name}: {body} = {low:.7g}"]
    lines = [f" {name}: {body} >= {low:.7g}"] if np.isfinite(low) else []
    return lines + ([f" {name}: {body} <= {high:.7g}"] if np.isfinite(high) else [])


def _terms(values: NDArray[np.float64], columns: NDArray[np.int64], names: list[str]) -> str:
    parts = [
        f"{'-' if value < 0 else '+'} {abs(value):.7g} {names[column]}"
        for value, column in zip(values, columns, strict=True)
        if value
    ]
    return " ".join(parts) if parts else "0"
