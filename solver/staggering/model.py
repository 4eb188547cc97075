"""The staggering problem as a linear program: one function per family of constraints.

Columns: ``x`` (share of a cohort that starts in a candidate slot), ``y`` (passengers of a
group on a route), ``piece`` (load of a cell on one linear piece of its crowding cost), and
``peak`` or ``burden`` where that is what is minimised.

The crowding cost enters as its tangents. ``z >= slope_i * load + intercept_i`` for rising
slopes is the same as splitting the load above the seats into pieces between the tangents'
intersections, each piece costing its slope: the cheap pieces fill first. One row per cell
instead of one per tangent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.linear import Block, LinearModel, ModelBuilder
from solver.staggering.reduce import ROOM, Objective, Reduced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from solver.staggering.matrices import Matrices
    from solver.staggering.pieces import Pieces
    from solver.staggering.problem import StaggeringProblem

RULE_FAMILIES = ("moved_at_most", "burden_limit", "no_employer_worse_off", "load_limit")
"""Families a user's rules switch on; any of them may conflict with the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What every family needs: the problem, its matrices and reduction, columns so far."""

    problem: StaggeringProblem
    matrices: Matrices
    reduced: Reduced
    x: Block
    y: Block


def build_model(
    problem: StaggeringProblem,
    matrices: Matrices,
    reduced: Reduced,
    pieces: Pieces,
    *,
    objective: Objective = Objective.COST,
    whole: bool = False,
    without: Iterable[str] = (),
) -> LinearModel:
    """Build the linear program; ``whole`` asks for whole cohorts, ``without`` drops families."""
    builder = ModelBuilder()
    counts = objective is Objective.COST
    x = builder.add_columns(
        "x",
        cost=reduced.x_cost if counts else np.zeros(len(reduced.x_cost)),
        upper=np.ones(len(reduced.x_cost)),
        integer=whole,
    )
    group_of = matrices.route_group[reduced.routes]
    free_min = problem.groups.free_min[reduced.routes]
    y = builder.add_columns(
        "y",
        cost=free_min if counts else np.zeros(len(free_min)),
        upper=matrices.max_demand[group_of] * ROOM,
    )
    parts = _Parts(problem=problem, matrices=matrices, reduced=reduced, x=x, y=y)
    add_one_slot(builder, parts)
    add_demand(builder, parts)
    if counts:
        add_cell_load(builder, parts, pieces)
    elif objective is Objective.PEAK:
        add_peak(builder, parts)
    else:
        add_burden(builder, parts)
    dropped = set(without)
    for name, add in _RULES.items():
        if name not in dropped:
            add(builder, parts)
    return builder.build()


def add_one_slot(builder: ModelBuilder, parts: _Parts) -> None:
    """Give each cohort one slot: ``sum_j x[c, j] = 1``."""
    cohort = parts.matrices.cohort
    builder.add_rows("one_slot", [(parts.x, cohort)], lower=1.0, upper=1.0, n=cohort.shape[0])


def add_demand(builder: ModelBuilder, parts: _Parts) -> None:
    """Let routes carry whoever starts then: ``sum_r y[g, r] = sum_c pax[c, o] x[c, j]``."""
    groups, routes = parts.reduced.groups, parts.reduced.routes
    row = np.searchsorted(groups, parts.matrices.route_group[routes])
    carried = sparse.csr_array(
        (np.ones(len(routes)), (row, np.arange(len(routes)))), shape=(len(groups), len(routes))
    )
    demand = sparse.csr_array(-parts.matrices.demand[groups])
    builder.add_rows(
        "demand", [(parts.y, carried), (parts.x, demand)], lower=0.0, upper=0.0, n=len(groups)
    )


def add_cell_load(builder: ModelBuilder, parts: _Parts, pieces: Pieces) -> None:
    """Fill the pieces of each cell: ``sum_r w y + sum_cj l x - sum_i piece[k, i] <= free_k``.

    ``free_k = max(0, seats - background)`` is the room that costs nothing. The pieces' costs
    are the tangents' slopes; what the background costs by itself is a constant.
    """
    cells = parts.reduced.cells
    piece = builder.add_columns("piece", cost=pieces.slope, upper=pieces.width)
    builder.offset += pieces.constant
    filled = sparse.csr_array(
        (-np.ones(len(pieces.cell)), (pieces.cell, np.arange(len(pieces.cell)))),
        shape=(len(cells), len(pieces.cell)),
    )
    background = parts.problem.cells.background_pax[cells]
    builder.add_rows(
        "cell_load",
        [*_load_terms(parts), (piece, filled)],
        upper=np.maximum(0.0, parts.problem.cells.seats[cells] - background),
        n=len(cells),
    )


def add_peak(builder: ModelBuilder, parts: _Parts) -> None:
    """Keep every cell under the peak: ``background + load <= capacity_k * peak``."""
    cells = parts.reduced.cells
    capacity = parts.problem.cells.capacity_pax[cells]
    served = np.flatnonzero(capacity > 0)
    most = float((parts.reduced.max_load[served] / capacity[served]).max(initial=0.0))
    floor = parts.reduced.floor
    peak = builder.add_columns(
        "peak", cost=np.ones(1), lower=floor, upper=np.array([max(most, floor)])
    )
    cap = sparse.csr_array(-capacity[:, None])
    background = parts.problem.cells.background_pax[cells]
    builder.add_rows("peak", [*_load_terms(parts), (peak, cap)], upper=-background, n=len(cells))


def add_burden(builder: ModelBuilder, parts: _Parts) -> None:
    """Keep every employer under the burden: ``sum n_c d_cj x_cj <= burden * sum n_c``."""
    per_employer, staff = _employer_sums(parts, parts.matrices.burden_min)
    most = float((np.asarray(per_employer.sum(axis=1)) / np.maximum(staff, 1e-12)).max(initial=0.0))
    burden = builder.add_columns("burden", cost=np.ones(1), upper=np.array([most * ROOM]))
    heads = sparse.csr_array(-staff[:, None])
    builder.add_rows("burden", [(parts.x, per_employer), (burden, heads)], upper=0.0, n=len(staff))


def add_moved_at_most(builder: ModelBuilder, parts: _Parts) -> None:
    """Move at most B people: ``sum_(c, j != base) n_c x[c, j] <= B``."""
    limit = parts.problem.rules.max_moved_people
    if np.isfinite(limit):
        row = sparse.csr_array(parts.matrices.moved_people[None, :])
        builder.add_rows("moved_at_most", [(parts.x, row)], upper=limit, n=1)


def add_burden_limit(builder: ModelBuilder, parts: _Parts) -> None:
    """Bound each employer's moving: ``sum n_c d_cj x_cj <= F sum n_c``."""
    limit = parts.problem.rules.max_burden_min
    if np.isfinite(limit):
        per_employer, staff = _employer_sums(parts, parts.matrices.burden_min)
        builder.add_rows(
            "burden_limit", [(parts.x, per_employer)], upper=limit * staff, n=len(staff)
        )


def add_no_employer_worse_off(builder: ModelBuilder, parts: _Parts) -> None:
    """Let nobody's staff lose: ``sum (n_c d_cj + sum_o pax p_g) x_cj <= today + slack n``.

    ``p_g`` is the group's cheapest route at today's crowding, what a passenger who knows
    the line pays; "today" is the same sum with everyone in today's slot.
    """
    if parts.problem.rules.no_employer_worse_off:
        cost = candidate_priced_min(parts.problem, parts.matrices)
        per_employer, staff = _employer_sums(parts, cost)
        today = per_employer[:, parts.matrices.base_candidate].sum(axis=1)
        slack = parts.problem.rules.worse_off_slack_min * staff
        builder.add_rows(
            "no_employer_worse_off",
            [(parts.x, per_employer)],
            upper=np.asarray(today) + slack,
            n=len(staff),
        )


def add_load_limit(builder: ModelBuilder, parts: _Parts) -> None:
    """Keep limited cells under their limit: ``background + load <= limit_k``."""
    limits = parts.problem.cells.limit_pax
    if limits is None:
        return
    cells = parts.reduced.cells
    bound = np.flatnonzero(np.isfinite(limits[cells]))
    background = parts.problem.cells.background_pax[cells][bound]
    terms = [(block, sparse.csr_array(matrix[bound])) for block, matrix in _load_terms(parts)]
    builder.add_rows("load_limit", terms, upper=limits[cells][bound] - background, n=len(bound))


_RULES = {
    "moved_at_most": add_moved_at_most,
    "burden_limit": add_burden_limit,
    "no_employer_worse_off": add_no_employer_worse_off,
    "load_limit": add_load_limit,
}


def candidate_priced_min(problem: StaggeringProblem, matrices: Matrices) -> NDArray[np.float64]:
    """Compute passenger-minutes of moving and travelling at today's crowding, by candidate."""
    priced = problem.groups.priced_min
    if priced is None or len(problem.groups) == 0:
        return matrices.burden_min
    cheapest = np.minimum.reduceat(priced, problem.groups.route_offset[:-1])
    result: NDArray[np.float64] = matrices.burden_min + cheapest @ matrices.demand
    return result


def _load_terms(parts: _Parts) -> list[tuple[Block, sparse.csr_array]]:
    return [(parts.y, parts.reduced.route_load), (parts.x, parts.reduced.x_load)]


def _employer_sums(
    parts: _Parts, per_candidate: NDArray[np.float64]
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Return the (n_employers, n_candidates) matrix of a candidate's value, and staff."""
    cohorts = parts.problem.cohorts
    employer = cohorts.employer[parts.matrices.candidate_cohort]
    n_employers, n = len(cohorts.employer_ids), len(per_candidate)
    matrix = sparse.csr_array((per_candidate, (employer, np.arange(n))), shape=(n_employers, n))
    staff = np.bincount(cohorts.employer, weights=cohorts.size, minlength=n_employers)
    return matrix, staff.astype(np.float64)
