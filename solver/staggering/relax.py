"""The continuous problem to near-optimality: solve, touch the curve where the plan is, again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.staggering.bound import safe_bound
from solver.staggering.engine import EngineStatus, solve_linear
from solver.staggering.generate import first_routes, more_routes, price_routes
from solver.staggering.pieces import Tangents, tangent_cost
from solver.staggering.reduce import Objective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.linear import LinearModel
    from solver.staggering.task import Relaxed, Task

MAX_ROUNDS = 25

FEW_ROUTES = 4000
"""Up to this many route flows the program is solved whole, not by generating routes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """Outcome of the refinement: the best point, the best proven bound, the tangents.

    ``status`` is the engine's of the last round; ``point`` is None when it had none.
    ``task`` holds the routes that were in the program at the end.
    """

    status: EngineStatus
    point: Relaxed | None
    bound: float
    tangents: Tangents
    task: Task
    rounds: int
    engine: str


def relax(
    task: Task,
    tangents: Tangents,
    *,
    time_limit_s: float,
    gap: float,
    seed: int = 0,
    fixed_x: NDArray[np.float64] | None = None,
    few_routes: int = FEW_ROUTES,
    start: NDArray[np.float64] | None = None,
    progress: Progress = no_progress,
) -> Relaxation:
    """Solve the continuous problem, adding tangents and routes where the solution asks.

    Each round solves a program with some tangents and, where there are many, some routes.
    Its duals price every route: one cheaper than those its group has joins the next round
    (column generation); the same prices prove a bound over all routes. Each cell the
    tangents underestimate gets one more, at its load. Stops when true cost and bound are
    within ``gap`` (relative), when nothing is left to add, or at the time limit.

    Parameters
    ----------
    fixed_x
        Cohort shares to keep; only routes are chosen then.
    few_routes
        Up to this many route flows all routes are in from the start.
    start
        Passengers per route from which the first routes are taken.
    """
    deadline = time.perf_counter() + time_limit_s
    best: Relaxed | None = None
    bound, status, engine, rounds = -np.inf, EngineStatus.UNKNOWN, "", 0
    active = task.reduced.kept
    if len(task.reduced.routes) > few_routes:
        active = first_routes(task, start)
    now = task
    while rounds < MAX_ROUNDS:
        left = deadline - time.perf_counter()
        if rounds and left <= 0:
            break
        progress("relax", rounds, MAX_ROUNDS)
        now = task if active is task.reduced.kept else task.restricted(active)
        model = _fix_x(now.build(tangents), fixed_x)
        outcome = solve_linear(model, time_limit_s=max(left, 0.05), seed=seed)
        rounds, engine, status = rounds + 1, outcome.engine, outcome.status
        if status is EngineStatus.INFEASIBLE and active is not task.reduced.kept:
            active = task.reduced.kept
            continue
        if outcome.values is None:
            if status is not EngineStatus.INFEASIBLE:  # costs are not negative: duals 0 prove 0
                bound = max(bound, safe_bound(model, np.zeros(len(model.row_lower))))
            break
        duals = np.zeros(len(model.row_lower)) if outcome.duals is None else outcome.duals
        cheapest, cost = price_routes(task, model, duals)
        bound = max(bound, _bound_over_routes(task, tangents, model, duals, cheapest, fixed_x))
        point = now.read(model, outcome.values)
        value = point.price.value(task.objective)
        if best is None or value < best.price.value(task.objective):
            best = point
        if best.price.value(task.objective) - bound <= gap * abs(value):
            break
        refined, more = refine(task, tangents, point), more_routes(task, active, cheapest, cost)
        if refined is None and more is None:
            break
        tangents = refined or tangents
        active = active if more is None else more
    return Relaxation(
        status=status,
        point=best,
        bound=bound,
        tangents=tangents,
        task=now,
        rounds=rounds,
        engine=engine,
    )


def _bound_over_routes(
    task: Task,
    tangents: Tangents,
    model: LinearModel,
    duals: NDArray[np.float64],
    cheapest: NDArray[np.int64],
    fixed_x: NDArray[np.float64] | None,
) -> float:
    """Prove a bound over all routes from the duals of a program that had some.

    At given prices nobody can do better than the group's cheapest route, so the program
    with that route alone in each group has, at these duals, the bound of the whole one.
    """
    if len(cheapest) == 0:
        return safe_bound(model, duals)
    alone = np.zeros(task.problem.groups.n_routes, dtype=np.bool_)
    alone[cheapest] = True
    single = _fix_x(task.restricted(alone).build(tangents), fixed_x)
    at = {block.name: duals[block.start : block.stop] for block in model.rows}
    return safe_bound(single, np.concatenate([at[block.name] for block in single.rows]))


def refine(task: Task, tangents: Tangents, point: Relaxed) -> Tangents | None:
    """Return the tangents with one more where a cell is underestimated, None if none is."""
    if task.objective is not Objective.COST or len(task.reduced.cells) == 0:
        return None
    cells, kept = task.problem.cells, task.reduced.cells
    load = point.price.load_pax[kept]
    true = task.problem.curve.cost_min(
        load, cells.seats[kept], cells.standing_m2[kept], cells.ride_min[kept]
    )
    missing = true - tangent_cost(task.problem, task.reduced, tangents, load)
    short = np.flatnonzero(missing > 1e-9 * max(1.0, float(true.sum())) / len(kept))
    if len(short) == 0:
        return None
    more = tangents.with_points(short.astype(np.int64), load[short])
    return more if len(more) > len(tangents) else None


def _fix_x(model: LinearModel, x: NDArray[np.float64] | None) -> LinearModel:
    if x is None:
        return model
    block = model.column_block("x")
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[block.span] = upper[block.span] = x
    integer = np.zeros_like(model.integer)
    return replace(model, lower=lower, upper=upper, integer=integer)
