"""What of a problem can matter: cells that may fill, routes that may be best."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs._reduce_kernels import find_kept_routes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.problem import StaggeringProblem

ROOM = 1.0 + 1e-9
"""Largest loads are widened by this factor, so that rounding never cuts a plan off."""


class RouteForm(StrEnum):
    """Whether routes are chosen with the hours or stay in today's shares."""

    JOINT = "joint"
    FIXED = "fixed"


class Objective(StrEnum):
    """What a plan minimises."""

    COST = "cost"  # travel, crowding and moving, generalised minutes
    PEAK = "peak"  # the largest load factor of any cell
    BURDEN = "burden"  # the largest average minutes of moving of any employer
    LOSS = "loss"  # the largest average loss of any employer at today's crowding: max-min gain


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """The parts of a problem that enter its linear program.

    ``cells``: cells that can exceed their seats, their limit or the peak's floor, with
    their largest possible load ``max_load``. ``kept`` (n_routes,): routes no other route of
    the group dominates. ``routes``: routes with a flow of their own, of ``groups`` (sorted).
    All other groups have the fixed ``share`` of their routes, so what they cost and load is
    linear in the candidates: ``x_cost`` and ``x_load`` (n_cells kept, n_candidates).
    ``floor`` is the load factor the background alone reaches.
    """

    form: RouteForm
    cells: NDArray[np.int64]
    max_load: NDArray[np.float64]
    floor: float
    kept: NDArray[np.bool_]
    groups: NDArray[np.int64]
    routes: NDArray[np.int64]
    share: NDArray[np.float64]
    x_cost: NDArray[np.float64]
    x_load: sparse.csr_array
    route_load: sparse.csr_array


def reduce_problem(
    problem: StaggeringProblem,
    matrices: Matrices,
    *,
    form: RouteForm,
    objective: Objective = Objective.COST,
) -> Reduced:
    """Drop cells that cannot fill and routes that cannot be best; nothing is lost by it.

    A cell's largest load adds, over cohorts, the most that any candidate of the cohort can
    bring. Groups left with one route need no flow variables.
    """
    groups = problem.groups
    share = groups.shares_or_cheapest()
    largest = _largest_loads(problem, matrices, share, form)
    floor = _background_factor(problem)
    cells = np.flatnonzero(_may_matter(problem, largest, floor, objective)).astype(np.int64)
    kept = np.zeros(groups.n_routes, dtype=np.bool_)
    if form is RouteForm.JOINT:
        uses = sparse.csr_array(matrices.use[cells].T.tocsr())
        uses.sort_indices()
        find_kept_routes(
            groups.route_offset, groups.free_min, uses.indptr, uses.indices, uses.data, kept
        )
    return _assemble(problem, matrices, form, (cells, largest[cells] * ROOM, floor), kept, kept)


def restrict_routes(
    problem: StaggeringProblem, matrices: Matrices, reduced: Reduced, active: NDArray[np.bool_]
) -> Reduced:
    """Return the same reduction with only the ``active`` routes (one a group at least)."""
    if reduced.form is RouteForm.FIXED:
        return reduced
    scope = (reduced.cells, reduced.max_load, reduced.floor)
    return _assemble(problem, matrices, reduced.form, scope, reduced.kept, active)


def _assemble(
    problem: StaggeringProblem,
    matrices: Matrices,
    form: RouteForm,
    scope: tuple[NDArray[np.int64], NDArray[np.float64], float],
    kept: NDArray[np.bool_],
    active: NDArray[np.bool_],
) -> Reduced:
    cells, max_load, floor = scope
    groups, route_group = problem.groups, matrices.route_group
    if form is RouteForm.JOINT and len(groups):
        n_active = np.add.reduceat(active, groups.route_offset[:-1], dtype=np.int64)[route_group]
        share = (active & (n_active == 1)).astype(np.float64)
        free = active & (n_active > 1) & (matrices.max_demand > 0)[route_group]
    else:
        share = groups.shares_or_cheapest()
        free = np.zeros(groups.n_routes, dtype=np.bool_)
    routes = np.flatnonzero(free).astype(np.int64)
    fixed = share_matrix(share, matrices)
    here = matrices.use[cells]
    return Reduced(
        form=form,
        cells=cells,
        max_load=max_load,
        floor=floor,
        kept=kept,
        groups=np.unique(route_group[routes]),
        routes=routes,
        share=share,
        x_cost=matrices.moving_min + (groups.free_min @ fixed) @ matrices.demand,
        x_load=sparse.csr_array(here @ fixed @ matrices.demand),
        route_load=sparse.csr_array(here[:, routes]),
    )


def share_matrix(share: NDArray[np.float64], matrices: Matrices) -> sparse.csr_array:
    """Return the (n_routes, n_groups) matrix that spreads a group over its routes."""
    used = np.flatnonzero(share)
    return sparse.csr_array(
        (share[used], (used, matrices.route_group[used])),
        shape=(len(share), matrices.demand.shape[0]),
    )


def _largest_loads(
    problem: StaggeringProblem, matrices: Matrices, share: NDArray[np.float64], form: RouteForm
) -> NDArray[np.float64]:
    n_cells, n_groups = len(problem.cells), len(problem.groups)
    if form is RouteForm.FIXED:
        per_group = sparse.csr_array((matrices.use @ share_matrix(share, matrices)).T)
    else:
        use = sparse.coo_array(matrices.use)
        per_group = _largest_entries(
            matrices.route_group[use.col],
            use.row.astype(np.int64),
            use.data,
            (n_groups, n_cells),
        )
    brought = sparse.coo_array(matrices.demand.T @ per_group)
    most = _largest_entries(
        matrices.candidate_cohort[brought.row],
        brought.col.astype(np.int64),
        brought.data,
        (len(problem.cohorts), n_cells),
    )
    result: NDArray[np.float64] = problem.cells.background_pax + np.asarray(most.sum(axis=0))
    return result


def _largest_entries(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[np.float64],
    shape: tuple[int, int],
) -> sparse.csr_array:
    """Return a matrix of the largest value given for each (row, column)."""
    if len(values) == 0:
        return sparse.csr_array(shape)
    key = rows.astype(np.int64) * shape[1] + columns
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    largest = np.maximum.reduceat(values[order], first)
    where = key[order][first]
    return sparse.csr_array((largest, (where // shape[1], where % shape[1])), shape=shape)


def _background_factor(problem: StaggeringProblem) -> float:
    capacity = problem.cells.capacity_pax
    served = capacity > 0
    factors = problem.cells.background_pax[served] / capacity[served]
    return float(factors.max(initial=0.0))


def _may_matter(
    problem: StaggeringProblem, largest: NDArray[np.float64], floor: float, objective: Objective
) -> NDArray[np.bool_]:
    cells = problem.cells
    matters = np.zeros(len(cells), dtype=np.bool_)
    if objective is Objective.COST:
        matters = largest * ROOM > cells.seats
    elif objective is Objective.PEAK:
        matters = largest * ROOM > floor * cells.capacity_pax
    if cells.limit_pax is not None:
        matters |= largest * ROOM > cells.limit_pax
    # Where nobody of ours can come and no limit is set, the load is a constant.
    constant = largest <= cells.background_pax
    if cells.limit_pax is not None:
        constant &= cells.background_pax <= cells.limit_pax
    result: NDArray[np.bool_] = matters & ~constant
    return result
