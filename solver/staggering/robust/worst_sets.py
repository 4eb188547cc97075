"""Which employers' staying away makes a plan cost most."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.costs.pieces import idle_cost_min

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem

_NOISE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstSets:
    """Finds the dearest set of at most ``budget`` employers; routes stay in today's shares."""

    problem: StaggeringProblem
    matrices: Matrices
    reduced: Reduced
    budget: int

    def find(self, x: NDArray[np.float64]) -> tuple[float, tuple[int, ...]]:
        """Return what a plan costs at worst, passenger-minutes, and who stays away then.

        Every set is priced with the true crowding curve; of sets as dear as each other the
        first and smallest is named. ``x``: shares of candidates, shape (n_candidates,).
        """
        problem, kept = self.problem, self.reduced.cells
        cells, curve = problem.cells, problem.curve
        seats, room, ride = cells.seats[kept], cells.standing_m2[kept], cells.ride_min[kept]
        employer = problem.cohorts.employer[self.matrices.candidate_cohort]
        back = -x
        back[self.matrices.base_candidate] += 1.0  # what changes where nobody follows
        movers = np.unique(employer[back != 0]).tolist()
        change = {e: np.where(employer == e, back, 0.0) for e in movers}
        loads = {e: self.reduced.x_load @ change[e] for e in movers}
        costs = {e: float(self.reduced.x_cost @ change[e]) for e in movers}
        load = cells.background_pax[kept] + self.reduced.x_load @ x
        linear = float(self.reduced.x_cost @ x) + idle_cost_min(problem, self.reduced)
        worst = -np.inf
        found: tuple[int, ...] = ()
        for size in range(min(self.budget, len(movers)) + 1):
            for chosen in combinations(movers, size):
                at = load + sum((loads[e] for e in chosen), np.zeros(len(kept)))
                crowding = float(curve.cost_min(at, seats, room, ride).sum())
                cost = linear + sum(costs[e] for e in chosen) + crowding
                if worst == -np.inf or cost > worst + _NOISE * abs(worst):
                    worst, found = cost, chosen
        return worst, found
