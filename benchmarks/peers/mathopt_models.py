"""The staggering program as other engines are given it: whole cohorts, fixed tangents.

CP-SAT takes integers alone: :func:`integer_program` scales every column and row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering import Objective
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.task import Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering import RouteForm, StaggeringProblem
    from solver.staggering.costs.pieces import Tangents
    from solver.staggering.programs.linear import Block, LinearModel

LADDER = 1.06
"""Each tangent of a cell touches its curve at so many times the load of the one before, from
its seats to its largest load; the plan is priced by the curve itself afterwards."""
LOWEST = 0.05  # of the largest load, where a cell has fewer seats
PARTS = 100.0
"""Parts of a passenger in which CP-SAT counts loads and flows."""
FINE = 1e4
"""By how much rows of rules, and those whose weights are no integers, are scaled besides."""
COST_SCALE = 1e4
_ACCOUNTS = ("cell_load", "demand")
_NEVER_SHORT = 1 - 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program to give away: column j counts in ``unit[j]``, the cost in ``1 / cost_scale``."""

    task: Task
    model: LinearModel
    unit: NDArray[np.float64]
    cost_scale: float = 1.0

    def values(self, counted: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return columns in people and shares, whole shares exactly whole."""
        found = np.asarray(counted, dtype=np.float64) * self.unit
        whole = self.model.integer & (self.unit == 1)
        found[whole] = np.round(found[whole])
        return found


def whole_program(problem: StaggeringProblem, form: RouteForm) -> Program:
    """Build the whole-cohort program of least cost with tangents fixed before it is solved."""
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=form)
    task = Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)
    model = task.build(_tangents(task), whole=True)
    return Program(task=task, model=model, unit=np.ones(len(model.cost)))


def _tangents(task: Task) -> Tangents:
    """Touch each cell's curve on a ladder, so that the relative error is the same all along."""
    problem, reduced = task.problem, task.reduced
    tangents = initial_tangents(problem, reduced, 2)
    at = np.maximum(problem.cells.seats, problem.cells.background_pax)[reduced.cells]
    at = np.maximum(at, LOWEST * reduced.max_load) * LADDER
    while bool(np.any(at < reduced.max_load)):
        inside = np.flatnonzero(at < reduced.max_load)
        tangents = tangents.with_points(inside.astype(np.int64), at[inside])
        at = at * LADDER
    return tangents


def integer_program(program: Program) -> Program:
    """Return the program in integers alone.

    Shares stay 0 or 1; passengers are counted in hundredths, and costs in ten-thousandths of
    a minute. Rules are scaled by 10,000 more, so that what rounding may allow beyond them (half
    a unit an entry of the row) is far less than a person.
    """
    model = program.model
    unit = np.where(model.integer, 1.0, 1.0 / PARTS)
    accounts = np.zeros(len(model.row_lower), dtype=np.bool_)
    for block in model.rows:
        accounts[block.span] = block.name in _ACCOUNTS
    counted = sparse.coo_array(model.matrix)
    values = counted.data * unit[counted.col]
    odd = np.zeros(len(accounts), dtype=np.bool_)
    loose = ~model.integer[counted.col]
    odd[counted.row[loose & (counted.data != np.round(counted.data))]] = True
    scale = np.where(accounts & ~odd, PARTS, PARTS * FINE)
    values = np.round(values * scale[counted.row])
    matrix = sparse.csr_array((values, (counted.row, counted.col)), shape=model.matrix.shape)
    slack = np.where(accounts, 0.0, np.ceil(np.diff(matrix.indptr) / 2))
    lower, upper = model.row_lower * scale - slack, model.row_upper * scale + slack
    scaled = replace(
        model,
        cost=np.round(model.cost * unit * COST_SCALE),
        offset=model.offset * COST_SCALE,
        lower=np.floor(model.lower / unit + 1e-9),
        upper=np.ceil(model.upper / unit * _NEVER_SHORT),
        integer=np.ones(len(model.cost), dtype=np.bool_),
        matrix=matrix,
        row_lower=np.round(lower),
        row_upper=np.round(upper),
    )
    return Program(task=program.task, model=scaled, unit=unit, cost_scale=COST_SCALE)


def status_quo_hint(program: Program) -> NDArray[np.float64]:
    """Return every column of today's plan as the program counts it, auxiliary ones included.

    Everybody in today's slot; each group with a choice of routes on its first; the pieces of
    each cell filled in order of cost; the envy rule's least burden at 0.
    """
    model, task = program.model, program.task
    values = np.zeros(len(model.cost))
    values[model.column_block("x").start + task.matrices.base_candidate] = 1.0
    for block in model.rows:
        if block.name == "demand":
            _carry(model, block, values)
    for block in model.rows:
        if block.name == "cell_load":
            _fill(model, block, values)
    return values


def _carry(model: LinearModel, block: Block, values: NDArray[np.float64]) -> None:
    y = model.column_block("y")
    missing = model.row_lower[block.span] - model.matrix[block.span] @ values
    for row, amount in zip(range(block.start, block.stop), missing.tolist(), strict=True):
        columns, factors = _entries(model, row, y)
        values[columns[0]] = amount / factors[0]


def _fill(model: LinearModel, block: Block, values: NDArray[np.float64]) -> None:
    piece = model.column_block("piece")
    above = model.matrix[block.span] @ values - model.row_upper[block.span]
    for row, amount in zip(range(block.start, block.stop), above.tolist(), strict=True):
        columns, factors = _entries(model, row, piece)
        left = amount
        for column, factor in zip(columns.tolist(), (-factors).tolist(), strict=True):
            if left <= 0:
                break
            wanted = left / factor
            if model.integer[column]:
                wanted = float(np.ceil(wanted - 1e-9))
            values[column] = min(float(model.upper[column]), wanted)
            left -= values[column] * factor


def _entries(
    model: LinearModel, row: int, block: Block
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return a row's columns of one block in order, and their coefficients."""
    span = slice(model.matrix.indptr[row], model.matrix.indptr[row + 1])
    columns, factors = model.matrix.indices[span].astype(np.int64), model.matrix.data[span]
    own = (columns >= block.start) & (columns < block.stop)
    order = np.argsort(columns[own])
    return columns[own][order], factors[own][order]
