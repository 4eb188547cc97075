"""Which employers' staying away makes a plan cost most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.pieces import cell_factors
from solver.staggering.robust._worst_kernels import Stayers, search_sets
from solver.staggering.robust.plain import cost_of_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem

_NOISE = 1e-10  # of the cost: a set this much dearer is no dearer
EFFORT = 2e7
"""Visits of cells that a look at one plan among many may take, about a tenth of a second."""
THOROUGH = 4e8
"""The same for the plan that is returned, some two seconds at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The worst set of employers found for a plan; costs in weighted passenger-minutes.

    ``cost_min`` is what the plan costs with ``employers`` away, ``upper_min`` what it costs at
    most whoever stays away: the same where the search of sets ran to its end (``is_exact``).
    """

    cost_min: float
    upper_min: float
    employers: tuple[int, ...]

    @property
    def is_exact(self) -> bool:
        """Whether no other set is dearer."""
        return self.upper_min <= self.cost_min


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstSets:
    """Finds the dearest set of at most ``budget`` employers; routes stay in today's shares."""

    problem: StaggeringProblem
    matrices: Matrices
    reduced: Reduced
    budget: int

    def find(self, x: NDArray[np.float64], *, effort: float = EFFORT) -> Worst:
        """Return the worst set for a plan, or the worst met within ``effort`` visits of cells.

        Sets are left aside where a bound shows that they cannot be worst; what is reported
        is priced with the true crowding curve. ``x``: shares of candidates, (n_candidates,).
        """
        problem, kept = self.problem, self.reduced.cells
        owner = problem.cohorts.employer[self.matrices.candidate_cohort]
        back = -x
        back[self.matrices.base_candidate] += 1.0  # what changes where nobody follows
        changed = np.flatnonzero(back)
        movers, place = np.unique(owner[changed], return_inverse=True)
        plain = self.cost_min(x)
        if len(movers) == 0 or self.budget == 0:
            return Worst(cost_min=plain, upper_min=plain, employers=())
        shape = (len(back), len(movers))
        by_employer = sparse.csc_array((back[changed], (changed, place)), shape=shape)
        change = sparse.csc_array(self.reduced.x_load @ by_employer)
        stayers = Stayers(
            at=change.indptr.astype(np.int64),
            cell=change.indices.astype(np.int64),
            change=change.data,
            cost=np.asarray(by_employer.T @ self.reduced.x_cost),
            load=problem.cells.background_pax[kept] + self.reduced.x_load @ x,
            seats=problem.cells.seats[kept],
            factor=cell_factors(problem, self.reduced),
        )
        size = min(self.budget, len(movers))
        best = np.zeros(size, dtype=np.int64)
        noise = _NOISE * max(1.0, abs(plain))
        added, at_most, n_found = search_sets(stayers, size, effort, noise, best)
        employers = tuple(sorted(int(e) for e in movers[best[:n_found]]))
        cost = self.cost_min(self.without(x, employers))
        upper = cost if at_most <= added else max(cost, plain + at_most + noise)
        return Worst(cost_min=cost, upper_min=upper, employers=employers)

    def without(self, x: NDArray[np.float64], employers: tuple[int, ...]) -> NDArray[np.float64]:
        """Return what becomes of a plan where these employers stay as today."""
        cohorts = self.problem.cohorts
        away = np.isin(cohorts.employer, employers)
        there: NDArray[np.float64] = np.where(away[self.matrices.candidate_cohort], 0.0, x)
        there[self.matrices.base_candidate[away]] = 1.0
        return there

    def cost_min(self, x: NDArray[np.float64]) -> float:
        """Compute what shares of candidates cost, routes in today's shares."""
        return cost_of_shares(self.problem, self.reduced, x)
