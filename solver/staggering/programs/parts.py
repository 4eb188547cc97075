"""What every family of constraints needs: the problem, its matrices, the columns so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.linear import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A problem with its matrices and reduction, and its columns of shares and of flows."""

    problem: StaggeringProblem
    matrices: Matrices
    reduced: Reduced
    x: Block
    y: Block

    def load_terms(self) -> list[tuple[Block, sparse.csr_array]]:
        """Return what loads the kept cells: flows on routes, and shares where routes are fixed."""
        return [(self.y, self.reduced.route_load), (self.x, self.reduced.x_load)]

    def employer_sums(
        self, per_candidate: NDArray[np.float64]
    ) -> tuple[sparse.csr_array, NDArray[np.float64]]:
        """Return the (n_employers, n_candidates) matrix of a candidate's value, and staff."""
        cohorts = self.problem.cohorts
        employer = cohorts.employer[self.matrices.candidate_cohort]
        n_employers, n = len(cohorts.employer_ids), len(per_candidate)
        matrix = sparse.csr_array((per_candidate, (employer, np.arange(n))), shape=(n_employers, n))
        staff = np.bincount(cohorts.employer, weights=cohorts.size, minlength=n_employers)
        return matrix, staff.astype(np.float64)

    def candidates_of(self, cohort: int) -> slice:
        """Return the candidates of one cohort."""
        first, last = self.problem.cohorts.candidate_offset[cohort : cohort + 2]
        return slice(int(first), int(last))

    def starts_of(self, cohort: int) -> NDArray[np.int64]:
        """Return the starts of one cohort's candidates, seconds."""
        slots = self.problem.cohorts.candidate_slot[self.candidates_of(cohort)]
        return self.problem.slot_start_s[slots].astype(np.int64)

    def rows_of(self, rows: list[dict[int, float]]) -> sparse.csr_array:
        """Return rows over the candidates, each written as candidate -> coefficient."""
        entries = [(i, k, v) for i, row in enumerate(rows) for k, v in row.items()]
        at = np.array([e[:2] for e in entries], dtype=np.int64).reshape(-1, 2)
        values = np.array([e[2] for e in entries], dtype=np.float64)
        shape = (len(rows), self.problem.cohorts.n_candidates)
        return sparse.csr_array((values, (at[:, 0], at[:, 1])), shape=shape)


def candidate_priced_min(problem: StaggeringProblem, matrices: Matrices) -> NDArray[np.float64]:
    """Compute passenger-minutes of moving and travelling at today's crowding, by candidate."""
    priced = problem.groups.priced_min
    if priced is None or len(problem.groups) == 0:
        return matrices.burden_min
    cheapest = np.minimum.reduceat(priced, problem.groups.route_offset[:-1])
    result: NDArray[np.float64] = matrices.burden_min + cheapest @ matrices.demand
    return result
