"""What becomes of a plan's cost when one cohort starts otherwise, routes split as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.matrices import build_matrices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.problem import StaggeringProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLoads:
    """What each candidate costs and loads when its whole cohort takes it.

    ``cost_min`` is travel and moving, passenger-minutes, shape (n_candidates,); ``load_pax``
    the passengers it puts in each cell, shape (n_cells, n_candidates).
    """

    problem: StaggeringProblem
    cost_min: NDArray[np.float64]
    load_pax: sparse.csc_array

    def total_min(self, x: NDArray[np.float64]) -> float:
        """Compute the cost of shares ``x`` (n_candidates,), crowding by the true curve."""
        cells = self.problem.cells
        load = cells.background_pax + self.load_pax @ x
        crowding = self.problem.curve.cost_min(load, cells.seats, cells.standing_m2, cells.ride_min)
        return float(self.cost_min @ x) + float(crowding.sum())

    def deviations_min(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute what each candidate would cost more than the plan, its cohort alone on it.

        Shape (n_candidates,); 0 for a candidate that its cohort has as a whole. Only the
        cells that a cohort rides are priced again.
        """
        problem, cells = self.problem, self.problem.cells
        offset = problem.cohorts.candidate_offset
        load = cells.background_pax + self.load_pax @ x
        more = np.zeros(len(x))
        for cohort in range(len(problem.cohorts)):
            own = slice(int(offset[cohort]), int(offset[cohort + 1]))
            loads = self.load_pax[:, own]
            ridden = np.unique(loads.indices)
            dense = loads.tocsr()[ridden].toarray()
            rest = load[ridden] - dense @ x[own]
            at = np.maximum(0.0, np.column_stack([load[ridden], rest[:, None] + dense]))
            seats, room, ride = cells.seats[ridden], cells.standing_m2[ridden], cells.ride_min
            crowding = np.array(
                [problem.curve.cost_min(column, seats, room, ride[ridden]).sum() for column in at.T]
            )
            more[own] = crowding[1:] - crowding[0] + self.cost_min[own]
            more[own] -= float(self.cost_min[own] @ x[own])
        return more


def build_candidate_loads(problem: StaggeringProblem, share: NDArray[np.float64]) -> CandidateLoads:
    """Fold the routes of every group into its candidates, by given shares (n_routes,)."""
    matrices = build_matrices(problem)
    groups = problem.groups
    split = sparse.csr_array(
        (share, (np.arange(groups.n_routes), matrices.route_group)),
        shape=(groups.n_routes, len(groups)),
    )
    riders = sparse.csr_array(split @ matrices.demand)
    return CandidateLoads(
        problem=problem,
        cost_min=groups.free_min @ riders + matrices.moving_min,
        load_pax=sparse.csc_array(matrices.use @ riders),
    )
