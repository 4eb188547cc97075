"""The plan for when everybody follows: where a robust search begins and what it is held against."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from network.base import Cancelled
from solver.staggering.costs.pieces import idle_cost_min
from solver.staggering.costs.reduce import Objective, RouteForm
from solver.staggering.solve import solve_staggering

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.result import SolveSettings, StaggeringResult
    from solver.staggering.warm import WarmStart


@dataclass(slots=True)
class Heard:
    """Passes progress on and remembers that somebody asked to stop.

    A solve within the search keeps its plan and returns, as if it had ended: who called it
    learns here that it did not.
    """

    progress: Progress
    is_cancelled: bool = False

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report progress; Cancelled goes through."""
        try:
            self.progress(stage, done, total)
        except Cancelled:
            self.is_cancelled = True
            raise


def until_closing(progress: Progress, deadline: float) -> Progress:
    """Return progress that ends a solve where branch and bound would begin, or at a deadline.

    By ``time.perf_counter()``. What the solve found and proved until then is kept.
    """

    def report(stage: str, done: int, total: int) -> None:
        progress(stage, done, total)
        if stage == "close" or time.perf_counter() > deadline:
            raise Cancelled

    return report


def solve_plainly(
    problem: StaggeringProblem,
    settings: SolveSettings,
    *,
    time_limit_s: float,
    progress: Progress,
    start: WarmStart | None = None,
) -> StaggeringResult:
    """Find the plan of least cost where everybody follows, routes in today's shares."""
    asked = replace(
        settings, form=RouteForm.FIXED, objective=Objective.COST, time_limit_s=time_limit_s
    )
    return solve_staggering(problem, settings=asked, start=start, progress=progress)


def cost_of_shares(problem: StaggeringProblem, reduced: Reduced, x: NDArray[np.float64]) -> float:
    """Compute what shares of candidates cost, passenger-minutes, by the true crowding curve.

    ``reduced`` has routes in today's shares; ``x`` is what people do, shape (n_candidates,).
    """
    cells, kept = problem.cells, reduced.cells
    load = cells.background_pax[kept] + reduced.x_load @ x
    crowding = problem.curve.cost_min(
        load, cells.seats[kept], cells.standing_m2[kept], cells.ride_min[kept]
    )
    return float(reduced.x_cost @ x) + idle_cost_min(problem, reduced) + float(crowding.sum())
