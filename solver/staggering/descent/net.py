"""The problem as the descent sees it: candidates and routes that use priced resources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.pieces import cell_factors, idle_cost_min
from solver.staggering.costs.reduce import Objective
from solver.staggering.descent._descent_kernels import Net
from solver.staggering.programs.families import RULES
from solver.staggering.programs.linear import LinearModel, ModelBuilder
from solver.staggering.programs.parts import Parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """A task as a :class:`Net`, and what ties the two together.

    Resources are the kept cells, then the rows of the rules. A rule's own column (envy has
    one) stands as one more cohort with two candidates, all of it or nothing: they follow
    the ``n_candidates`` of the task. ``row_use`` (n_rows, n_columns) is the rules' part of
    the use. ``own_room`` are the largest numbers each resource's room was taken from, by
    which its rounding error is bounded. ``constant`` is what cells cost that nobody here
    can change.
    """

    net: Net
    n_candidates: int
    n_cells: int
    row_use: sparse.csr_array
    own_room: NDArray[np.float64]
    constant: float


def can_descend(task: Task) -> bool:
    """Tell whether a task is of the kind this method solves: least cost, no load limits.

    Rules then concern start times alone, so that routes never make a plan infeasible.
    """
    limits = task.problem.cells.limit_pax
    limited = limits is not None and bool(np.isfinite(limits).any())
    return (
        task.objective is Objective.COST and not limited and task.problem.cohorts.n_candidates > 0
    )


def build_resources(task: Task, *, with_rules: bool = True) -> Resources:
    """Lay out a task that :func:`can_descend` as resources and their users."""
    problem, matrices, reduced = task.problem, task.matrices, task.reduced
    rules = _rule_rows(task, with_rules=with_rules)
    n, n_cells, n_rows = problem.cohorts.n_candidates, len(reduced.cells), rules.matrix.shape[0]
    n_extra = rules.matrix.shape[1] - n
    extra = rules.matrix[:, n:] @ sparse.diags_array(rules.upper[n:])
    # A column of a rule is all or nothing of its largest value, in shares that sum to 1.
    pairs = sparse.hstack([extra, sparse.csr_array((n_rows, n_extra))])
    pairs = sparse.csr_array(pairs)[:, np.arange(2 * n_extra).reshape(2, -1).T.ravel()]
    row_use = sparse.csr_array(sparse.hstack([rules.matrix[:, :n], pairs]))
    loads = sparse.hstack([reduced.x_load, sparse.csr_array((n_cells, 2 * n_extra))])
    own = sparse.csr_array(sparse.vstack([loads, row_use]).T.tocsr())
    pax = sparse.csr_array(matrices.demand[reduced.groups].T.tocsr())
    use = sparse.csr_array(reduced.route_load.T.tocsr())
    offset = problem.cohorts.candidate_offset
    of_group = np.searchsorted(reduced.groups, matrices.route_group[reduced.routes])
    background = problem.cells.background_pax[reduced.cells]
    seats = problem.cells.seats[reduced.cells]
    factor = cell_factors(problem, reduced)
    net = Net(
        cohort_at=np.concatenate([offset, n + 2 * np.arange(1, n_extra + 1)]),
        cost=np.concatenate([reduced.x_cost, np.zeros(2 * n_extra)]),
        own_at=own.indptr.astype(np.int64),
        own_of=own.indices.astype(np.int32),
        own_use=own.data,
        group_at=np.concatenate([pax.indptr, np.full(2 * n_extra, pax.nnz)]).astype(np.int64),
        group_of=pax.indices.astype(np.int32),
        pax=pax.data,
        route_at=np.searchsorted(of_group, np.arange(len(reduced.groups) + 1)).astype(np.int64),
        free=problem.groups.free_min[reduced.routes],
        use_at=use.indptr.astype(np.int64),
        use_of=use.indices.astype(np.int32),
        use=use.data,
        room=np.concatenate([seats - background, rules.row_upper]),
        factor=np.concatenate([factor, np.zeros(n_rows)]),
        jump=np.concatenate([factor * seats, np.full(n_rows, np.inf)]),
    )
    return Resources(
        net=net,
        n_candidates=n,
        n_cells=n_cells,
        row_use=row_use,
        own_room=np.concatenate([seats + background, np.abs(rules.row_upper)]),
        constant=idle_cost_min(problem, reduced),
    )


def _rule_rows(task: Task, *, with_rules: bool) -> LinearModel:
    """Build the rules alone: columns ``x`` and those the rules bring, rows ``<= row_upper``."""
    builder = ModelBuilder()
    n = task.problem.cohorts.n_candidates
    x = builder.add_columns("x", cost=np.zeros(n), upper=np.ones(n))
    y = builder.add_columns("y", cost=np.zeros(0), upper=np.zeros(0))
    parts = Parts(problem=task.problem, matrices=task.matrices, reduced=task.reduced, x=x, y=y)
    # A row that always holds: a model of no rows cannot be built.
    nothing = sparse.csr_array((1, n))
    builder.add_rows("nothing", [(x, nothing)], upper=np.zeros(1), n=1)
    for add in RULES.values() if with_rules else ():
        add(builder, parts)
    return builder.build()
