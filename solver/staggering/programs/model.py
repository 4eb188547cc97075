"""The staggering problem as a linear program: one function per family of constraints.

Columns: ``x`` (share of a cohort that starts in a candidate slot), ``y`` (passengers of a
group on a route), ``piece`` (load of a cell on one linear piece of its crowding cost), and
``peak``, ``burden`` or ``loss`` where that is what is minimised. The rules are in
:mod:`solver.staggering.programs.families`.

The crowding cost enters as its tangents. ``z >= slope_i * load + intercept_i`` for rising
slopes is the same as splitting the load above the seats into pieces between the tangents'
intersections, each piece costing its slope: the cheap pieces fill first. One row per cell
instead of one per tangent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.reduce import ROOM, Objective, Reduced
from solver.staggering.programs.families import RULES
from solver.staggering.programs.linear import LinearModel, ModelBuilder
from solver.staggering.programs.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.pieces import Pieces
    from solver.staggering.problem import StaggeringProblem

RULE_FAMILIES = tuple(RULES)
"""Families a user's rules switch on; any of them may conflict with the others."""


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
    parts = Parts(problem=problem, matrices=matrices, reduced=reduced, x=x, y=y)
    add_one_slot(builder, parts)
    add_demand(builder, parts)
    if counts:
        add_cell_load(builder, parts, pieces)
    elif objective is Objective.PEAK:
        add_peak(builder, parts)
    elif objective is Objective.BURDEN:
        add_burden(builder, parts)
    else:
        add_loss(builder, parts)
    dropped = set(without)
    for name, add in RULES.items():
        if name not in dropped:
            add(builder, parts)
    return builder.build()


def add_one_slot(builder: ModelBuilder, parts: Parts) -> None:
    """Give each cohort one slot: ``sum_j x[c, j] = 1``."""
    cohort = parts.matrices.cohort
    builder.add_rows("one_slot", [(parts.x, cohort)], lower=1.0, upper=1.0, n=cohort.shape[0])


def add_demand(builder: ModelBuilder, parts: Parts) -> None:
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


def add_cell_load(builder: ModelBuilder, parts: Parts, pieces: Pieces) -> None:
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
        [*parts.load_terms(), (piece, filled)],
        upper=np.maximum(0.0, parts.problem.cells.seats[cells] - background),
        n=len(cells),
    )


def add_peak(builder: ModelBuilder, parts: Parts) -> None:
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
    builder.add_rows("peak", [*parts.load_terms(), (peak, cap)], upper=-background, n=len(cells))


def add_burden(builder: ModelBuilder, parts: Parts) -> None:
    """Keep every employer under the burden: ``sum n_c d_cj x_cj <= burden * sum n_c``."""
    per_employer, staff = parts.employer_sums(parts.matrices.burden_min)
    most = float((np.asarray(per_employer.sum(axis=1)) / np.maximum(staff, 1e-12)).max(initial=0.0))
    burden = builder.add_columns("burden", cost=np.ones(1), upper=np.array([most * ROOM]))
    heads = sparse.csr_array(-staff[:, None])
    builder.add_rows("burden", [(parts.x, per_employer), (burden, heads)], upper=0.0, n=len(staff))


def add_loss(builder: ModelBuilder, parts: Parts) -> None:
    """Keep every employer's loss under the largest: ``sum (p_cj - p_cb) x_cj <= loss * sum n_c``.

    ``p_cj`` is what moving and travelling at today's crowding cost, as for "no employer worse
    off"; to minimise the largest loss a head is to maximise the smallest gain.
    """
    per_employer, staff = parts.employer_sums(parts.matrices.loss_min)
    present = np.flatnonzero(staff > 0)
    cohorts = parts.problem.cohorts
    most = np.maximum.reduceat(np.abs(parts.matrices.loss_min), cohorts.candidate_offset[:-1])
    total = np.bincount(cohorts.employer, weights=most, minlength=len(staff))
    reach = float((total[present] / staff[present]).max(initial=0.0)) * ROOM
    loss = builder.add_columns("loss", cost=np.ones(1), lower=-reach, upper=np.array([reach]))
    heads = sparse.csr_array(-staff[present, None])
    terms = [(parts.x, sparse.csr_array(per_employer[present])), (loss, heads)]
    builder.add_rows("loss", terms, upper=0.0, n=len(present), item=present)
