"""Rows that hold for plans of whole cohorts only, each on what one cell costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.pieces import build_pieces, tangent_cost
from solver.staggering.costs.reduce import ROOM, share_matrix
from solver.staggering.programs.linear import Block

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.pieces import Tangents
    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """What cells cost at least in every plan of whole cohorts.

    Cell ``cell[i]`` costs, passenger-minutes, no less than

        least[i] + on_x[i] @ x + on_route[i] @ (passengers on routes).

    ``cell`` int64, places among the kept cells; ``on_x`` shape (n_cuts, n_candidates);
    ``on_route`` minutes a passenger, shape (n_cuts, n_routes).
    """

    cell: NDArray[np.int64]
    least: NDArray[np.float64]
    on_x: sparse.csr_array
    on_route: sparse.csr_array

    def __len__(self) -> int:
        return len(self.cell)

    def and_more(self, *others: Cuts) -> Cuts:
        """Return all together."""
        every = (self, *others)
        return Cuts(
            cell=np.concatenate([one.cell for one in every]),
            least=np.concatenate([one.least for one in every]),
            on_x=sparse.csr_array(sparse.vstack([one.on_x for one in every])),
            on_route=sparse.csr_array(sparse.vstack([one.on_route for one in every])),
        )

    def on_candidates(self, task: Task) -> sparse.csr_array:
        """Return coefficients of candidates with those of the routes that a task leaves no choice.

        Shape (n_cuts, n_candidates).
        """
        ridden = share_matrix(task.reduced.share, task.matrices) @ task.matrices.demand
        return sparse.csr_array(self.on_x + self.on_route @ ridden)

    def only(self, kept: NDArray[np.bool_]) -> Cuts:
        """Return those of a mask."""
        rows = np.flatnonzero(kept)
        return Cuts(
            cell=self.cell[rows],
            least=self.least[rows],
            on_x=sparse.csr_array(self.on_x[rows]),
            on_route=sparse.csr_array(self.on_route[rows]),
        )


def with_cuts(task: Task, tangents: Tangents, model: LinearModel, cuts: Cuts) -> LinearModel:
    """Add cuts to a program: one more cost column a cell, one row a cut.

    With the cell's cost written as ``const_k + sum_i slope_i piece[k, i] + extra_k``:

        extra_k + sum_i slope_i piece[k, i] - on_route @ y - on_x @ x >= least - const_k.

    with the coefficients of routes without a choice on ``x``.
    """
    if len(cuts) == 0:
        return model
    problem, reduced = task.problem, task.reduced
    pieces = build_pieces(problem, reduced, tangents)
    background = problem.cells.background_pax[reduced.cells]
    slope = sparse.csr_array(
        (pieces.slope, (pieces.cell, np.arange(len(pieces.cell)))),
        shape=(len(background), len(pieces.cell)),
    )
    at, extra = np.unique(cuts.cell, return_inverse=True)
    width = model.matrix.shape[1]
    blocks = {
        "x": -cuts.on_candidates(task),
        "y": -cuts.on_route[:, reduced.routes],
        "piece": slope[cuts.cell],
    }
    n = len(cuts)
    row = sparse.hstack([blocks.get(b.name, sparse.csr_array((n, len(b)))) for b in model.columns])
    own = sparse.csr_array((np.ones(n), (np.arange(n), extra)), shape=(n, len(at)))
    old = sparse.hstack([model.matrix, sparse.csr_array((model.matrix.shape[0], len(at)))])
    known = tangent_cost(problem, reduced, tangents, background)[cuts.cell]
    most = problem.curve.cost_min(
        reduced.max_load[at] * ROOM,
        problem.cells.seats[reduced.cells[at]],
        problem.cells.standing_m2[reduced.cells[at]],
        problem.cells.ride_min[reduced.cells[at]],
    )
    n_rows = model.matrix.shape[0]
    return replace(
        model,
        cost=np.concatenate([model.cost, np.ones(len(at))]),
        lower=np.concatenate([model.lower, np.zeros(len(at))]),
        upper=np.concatenate([model.upper, most]),
        integer=np.concatenate([model.integer, np.zeros(len(at), dtype=np.bool_)]),
        matrix=sparse.csr_array(sparse.vstack([old, sparse.hstack([row, own])])),
        row_lower=np.concatenate([model.row_lower, cuts.least - known]),
        row_upper=np.concatenate([model.row_upper, np.full(n, np.inf)]),
        columns=(*model.columns, Block(name="extra", start=width, stop=width + len(at))),
        rows=(*model.rows, Block(name="lifted", start=n_rows, stop=n_rows + n)),
        row_item=np.concatenate([model.row_item, reduced.cells[cuts.cell]]),
    )


def loads_and_costs(
    task: Task,
    tangents: Tangents,
    cuts: Cuts,
    model: LinearModel,
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute each kept cell's load and what a program counts for it at its solution."""
    problem, reduced = task.problem, task.reduced
    background = problem.cells.background_pax[reduced.cells]
    load = background + reduced.x_load @ values[model.column_block("x").span]
    load = load + reduced.route_load @ values[model.column_block("y").span]
    pieces = build_pieces(problem, reduced, tangents)
    cost = tangent_cost(problem, reduced, tangents, background)
    paid = pieces.slope * values[model.column_block("piece").span]
    cost += np.bincount(pieces.cell, weights=paid, minlength=len(cost))
    if len(cuts):
        cost[np.unique(cuts.cell)] += values[model.column_block("extra").span]
    return load, cost
