"""How groups split over their routes once everybody has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.response.situations import Ground, SituationName
from solver.staggering.costs.pricing import share_flows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from solver.response.equilibrium import RouteChoice
    from solver.staggering import StaggeringProblem


def riding_shares(
    problem: StaggeringProblem, x: NDArray[np.float64], *, choice: RouteChoice
) -> NDArray[np.float64]:
    """Compute how groups split in equilibrium, today and under a plan, shape (n_routes,).

    A group that rides in both takes the mean of its flows; one that rides in neither what it
    would choose at the plan's loads. With these shares a plan's saving at fixed routes comes
    close to that of its free response.

    Parameters
    ----------
    x
        Share of each candidate in the plan, shape (n_candidates,).
    """
    ground = Ground(problem)
    start = share_flows(ground.matrices, ground.base_x, problem.groups.shares_or_cheapest())
    today = ground.respond(SituationName.STATUS_QUO, ground.base_x, choice=choice, start=start)
    then = ground.respond(SituationName.FREE_RESPONSE, x, choice=choice, start=today.route_flow)
    return ground.shares_of(today.route_flow + then.route_flow, then.load_pax, choice=choice)
