"""Scenarios side by side as one plain problem: each has loads of its own, all one plan.

What a plan comes to on average over scenarios is again travel and moving by candidate and a
convex cost by cell, if every scenario brings its own copies of the cells. So all that solves
and bounds a plain problem solves and bounds an average, and with it a largest value: for
weights that sum to 1 the average is never above the largest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.problem import CellTable, GroupTable
from solver.staggering.rules import ObjectiveWeights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import CohortTable, StaggeringProblem
    from solver.staggering.robust.compliance import Compliance

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacked:
    """A problem whose plain cost of a plan is the average over scenarios of the original's.

    Candidates are the original's, in the same order, and so are rules. Every cohort is one
    passenger from an origin of its own, with one group and one route a candidate: flows of
    routes are the shares of candidates. ``rounding_min`` bounds by how much, in passenger-
    minutes, the rounding of its coefficients moves any plan's cost.
    """

    problem: StaggeringProblem
    rounding_min: float


def stack_scenarios(
    problem: StaggeringProblem,
    matrices: Matrices,
    reduced: Reduced,
    scenarios: Sequence[Compliance],
) -> Stacked:
    """Lay scenarios out side by side, routes in today's shares.

    ``sum_s w_s cost(p_s x + (1 - p_s) base)`` with weights as they are. Of the kept cells
    each scenario has a copy: those who stay are part of its background, its ride minutes are
    the weight's share, and candidate j of cohort c loads it with ``p_sc`` of what it loads
    today. The first block are the original's cells: for the limits of the plan as asked,
    and for what the background costs where no plan changes anything.
    """
    base, owner = matrices.base_candidate, matrices.candidate_cohort
    follow = np.stack([one.share for one in scenarios])
    weight = np.array([one.weight for one in scenarios])
    mean = weight @ follow
    staying = (weight @ (1.0 - follow)) * reduced.x_cost[base]
    cost = np.maximum(0.0, mean[owner] * reduced.x_cost + staying[owner])
    stay = reduced.x_load[:, base] @ (1.0 - follow).T
    loads = [_as_asked(problem, reduced)]
    loads += [reduced.x_load @ sparse.diags_array(p[owner]) for p in follow]
    use = sparse.csr_array(sparse.vstack(loads).T.tocsr())
    use.eliminate_zeros()
    stacked = replace(
        problem,
        cohorts=_one_passenger_each(problem.cohorts),
        groups=_one_group_each(problem, matrices, cost, use),
        cells=_stack_cells(problem, reduced, weight, stay),
        weights=ObjectiveWeights(moving=0.0),
    )
    return Stacked(
        problem=stacked, rounding_min=_rounding(problem, reduced, float(weight.sum()), cost)
    )


def _as_asked(problem: StaggeringProblem, reduced: Reduced) -> sparse.csr_array:
    """Return what candidates load the original's cells with; nothing where none is limited."""
    shape = (len(problem.cells), problem.cohorts.n_candidates)
    if problem.cells.limit_pax is None:
        return sparse.csr_array(shape)
    n = len(reduced.cells)
    place = sparse.csr_array((np.ones(n), (reduced.cells, np.arange(n))), shape=(shape[0], n))
    return sparse.csr_array(place @ reduced.x_load)


def _stack_cells(
    problem: StaggeringProblem,
    reduced: Reduced,
    weight: NDArray[np.float64],
    stay: NDArray[np.float64],
) -> CellTable:
    cells, kept = problem.cells, reduced.cells
    n = len(weight)
    plain_ride = cells.ride_min * weight.sum()
    plain_ride[kept] = 0.0
    limit = None
    if cells.limit_pax is not None:
        limit = np.concatenate([cells.limit_pax, np.full(n * len(kept), np.inf)])
    background = (cells.background_pax[kept][:, None] + stay).T.ravel()
    return CellTable(
        seats=np.concatenate([cells.seats, np.tile(cells.seats[kept], n)]),
        standing_m2=np.concatenate([cells.standing_m2, np.tile(cells.standing_m2[kept], n)]),
        ride_min=np.concatenate([plain_ride, np.outer(weight, cells.ride_min[kept]).ravel()]),
        background_pax=np.concatenate([cells.background_pax, background]),
        limit_pax=limit,
    )


def _one_passenger_each(cohorts: CohortTable) -> CohortTable:
    each = np.arange(len(cohorts), dtype=np.int32)
    return replace(
        cohorts,
        site=np.zeros(len(cohorts), dtype=np.int32),
        strand_cohort=each,
        strand_origin=each,
        strand_pax=np.ones(len(cohorts)),
    )


def _one_group_each(
    problem: StaggeringProblem,
    matrices: Matrices,
    cost: NDArray[np.float64],
    use: sparse.csr_array,
) -> GroupTable:
    """Return a group and a route for each candidate; rules go by its prices of today."""
    cohorts, groups, n = problem.cohorts, problem.groups, len(cost)
    priced = None
    if groups.priced_min is not None:
        priced = np.zeros(n)
        if len(groups):
            cheapest = np.minimum.reduceat(groups.priced_min, groups.route_offset[:-1])
            priced = cheapest @ matrices.demand
    return GroupTable(
        origin=matrices.candidate_cohort.astype(np.int32),
        site=np.zeros(n, dtype=np.int32),
        slot=cohorts.candidate_slot,
        route_offset=np.arange(n + 1, dtype=np.int64),
        free_min=cost,
        cell_offset=use.indptr.astype(np.int64),
        cell=use.indices.astype(np.int32),
        cell_weight=use.data,
        priced_min=priced,
        share=np.ones(n),
    )


def _rounding(
    problem: StaggeringProblem, reduced: Reduced, weight: float, cost: NDArray[np.float64]
) -> float:
    """Bound what rounding costs and loads does to the cost of any plan.

    Loads are sums of at most so many terms, at most ``max_load``; a cell's cost changes by
    its slope there, ``2 a load`` at most, times the change of the load.
    """
    cells, kept = problem.cells, reduced.cells
    terms = 8 + int(np.diff(reduced.x_load.indptr).max(initial=0))
    steep = 2.0 * problem.curve.slope * cells.ride_min[kept] / cells.standing_m2[kept]
    crowding = float(np.sum(steep * reduced.max_load**2)) * weight
    largest = np.maximum.reduceat(cost, problem.cohorts.candidate_offset[:-1])
    return _EPS * (terms * crowding + 8.0 * float(largest.sum()))
