"""Routes that are worth a flow of their own: found by price, not all written down at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.costs.pricing import share_flows
from solver.staggering.costs.reduce import Objective, RouteForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.task import Task


def price_routes(
    task: Task, model: LinearModel, duals: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each group's cheapest kept route at a program's duals, and all routes' costs.

    A cell's price is what its rows would pay for one place less. Routes that are not kept
    cost infinity. In the fixed form there is nothing to price and both are empty.
    """
    groups, reduced = task.problem.groups, task.reduced
    if reduced.form is RouteForm.FIXED or len(groups) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    price = np.zeros(len(task.problem.cells))
    limits = task.problem.cells.limit_pax
    for block in model.rows:
        paid = np.maximum(0.0, -duals[block.start : block.stop])
        if block.name in ("cell_load", "peak"):
            price[reduced.cells] += paid
        elif block.name == "load_limit" and limits is not None:
            price[reduced.cells[np.isfinite(limits[reduced.cells])]] += paid
    cost = price @ task.matrices.use
    if task.objective is Objective.COST:
        cost = cost + groups.free_min
    cost = np.where(reduced.kept, cost, np.inf)
    order = np.lexsort((cost, task.matrices.route_group))
    return order[groups.route_offset[:-1]], cost


def first_routes(task: Task, start: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
    """Choose routes to begin with: those in use, and the cheapest at the loads so made."""
    problem, matrices, kept = task.problem, task.matrices, task.reduced.kept
    flow = start
    if flow is None:
        x = np.zeros(problem.cohorts.n_candidates)
        x[matrices.base_candidate] = 1.0
        flow = share_flows(matrices, x, problem.groups.shares_or_cheapest())
    active = kept & (flow > 0)
    cells = problem.cells
    load = cells.background_pax + matrices.use @ flow
    price = problem.curve.marginal_min(load, cells.seats, cells.standing_m2, cells.ride_min)
    cost = np.where(kept, problem.groups.free_min + price @ matrices.use, np.inf)
    order = np.lexsort((cost, matrices.route_group))
    active[order[problem.groups.route_offset[:-1]]] = True
    return active


def more_routes(
    task: Task, active: NDArray[np.bool_], cheapest: NDArray[np.int64], cost: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """Return the active routes and each group's cheapest where it beats them, or None."""
    if len(cheapest) == 0 or active is task.reduced.kept:
        return None
    own = np.minimum.reduceat(np.where(active, cost, np.inf), task.problem.groups.route_offset[:-1])
    gain = own - cost[cheapest]
    better = (gain > 1e-9 * np.maximum(1.0, own)) & (task.matrices.max_demand > 0)
    if not better.any():
        return None
    more = active.copy()
    more[cheapest[better]] = True
    return more
