"""What a plan truly costs: the convex crowding curve itself, no tangents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.costs.reduce import Objective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPrice:
    """Cost of a plan in passenger-minutes, by part, and its extremes.

    ``crowding_min`` counts what everyone in the cells bears, the background included.
    ``employer_burden_min`` is minutes of moving per head of each employer's staff,
    ``employer_loss_min`` minutes a head lost at today's crowding. ``moving_min`` has the
    objective's weights.
    """

    travel_min: float
    crowding_min: float
    moving_min: float
    peak_load_factor: float
    moved_people: float
    employer_burden_min: NDArray[np.float64]
    employer_loss_min: NDArray[np.float64]
    load_pax: NDArray[np.float64]

    @property
    def total_min(self) -> float:
        """Travel, crowding and moving together."""
        return self.travel_min + self.crowding_min + self.moving_min

    def value(self, objective: Objective) -> float:
        """Return what the given objective minimises."""
        if objective is Objective.COST:
            return self.total_min
        if objective is Objective.PEAK:
            return self.peak_load_factor
        if objective is Objective.BURDEN:
            return float(self.employer_burden_min.max(initial=0.0))
        return float(self.employer_loss_min.max()) if len(self.employer_loss_min) else 0.0


def price_plan(
    problem: StaggeringProblem,
    matrices: Matrices,
    x: NDArray[np.float64],
    route_flow: NDArray[np.float64],
) -> PlanPrice:
    """Price cohort shares ``x`` (n_candidates,) with passengers per route (n_routes,)."""
    cells, cohorts = problem.cells, problem.cohorts
    load = cells.background_pax + matrices.use @ route_flow
    crowding = problem.curve.cost_min(load, cells.seats, cells.standing_m2, cells.ride_min)
    capacity = cells.capacity_pax
    served = capacity > 0
    burden = matrices.burden_min * x
    employer = cohorts.employer[matrices.candidate_cohort]
    n_employers = len(cohorts.employer_ids)
    staff = np.bincount(cohorts.employer, weights=cohorts.size, minlength=n_employers)
    borne = np.bincount(employer, weights=burden, minlength=n_employers)
    lost = np.bincount(employer, weights=matrices.loss_min * x, minlength=n_employers)
    return PlanPrice(
        travel_min=float(problem.groups.free_min @ route_flow),
        crowding_min=float(crowding.sum()),
        moving_min=float(matrices.moving_min @ x),
        peak_load_factor=float((load[served] / capacity[served]).max(initial=0.0)),
        moved_people=float(matrices.moved_people @ x),
        employer_burden_min=borne / np.where(staff > 0, staff, 1.0),
        employer_loss_min=lost[staff > 0] / staff[staff > 0],
        load_pax=load,
    )


def share_flows(
    matrices: Matrices, x: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute passengers per route when every group splits by ``share`` (n_routes,)."""
    result: NDArray[np.float64] = share * (matrices.demand @ x)[matrices.route_group]
    return result


def model_flows(
    matrices: Matrices, reduced: Reduced, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Compute passengers per route from a model's columns, each group's sum made exact."""
    demand = matrices.demand @ x
    flow: NDArray[np.float64] = reduced.share * demand[matrices.route_group]
    kept = np.zeros(len(flow))
    kept[reduced.routes] = np.maximum(0.0, y)
    total = np.bincount(matrices.route_group, weights=kept, minlength=len(demand))
    scale = np.where(total > 0, demand / np.where(total > 0, total, 1.0), 0.0)
    flow += kept * scale[matrices.route_group]
    # Demand too small for the engine to have routed: by the group's first kept route.
    lost = reduced.groups[(total[reduced.groups] <= 0) & (demand[reduced.groups] > 0)]
    if len(lost):
        groups = matrices.route_group[reduced.routes]
        first = reduced.routes[np.searchsorted(groups, lost)]
        flow[first] = demand[lost]
    return flow


def marginal_shares(
    problem: StaggeringProblem,
    matrices: Matrices,
    route_flow: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return each group's split of given flows; unused groups take their cheapest route.

    Cheapest by social cost at the given loads: free cost plus what one more passenger adds
    to the crowding of every cell ridden.
    """
    cells = problem.cells
    load = cells.background_pax + matrices.use @ route_flow
    price = problem.curve.marginal_min(load, cells.seats, cells.standing_m2, cells.ride_min)
    cost = problem.groups.free_min + price @ matrices.use
    group = matrices.route_group
    total = np.bincount(group, weights=route_flow, minlength=len(problem.groups))
    used = total > 1e-9
    divisor = np.where(used, total, 1.0)[group]
    shares: NDArray[np.float64] = np.where(used[group], route_flow / divisor, 0.0)
    order = np.lexsort((np.arange(len(cost)), cost, group))
    best = order[problem.groups.route_offset[:-1]]
    shares[best[~used]] = 1.0
    return shares
