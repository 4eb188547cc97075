"""The continuous problem to near-optimality: by descent where it is large, else by programs.

Linear programs solve it, touch the curve where the plan is, and solve again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.staggering.costs.pieces import Tangents, tangent_cost
from solver.staggering.costs.reduce import Objective
from solver.staggering.descent import can_descend, descend_task
from solver.staggering.programs.bound import safe_bound, safe_reduced_cost
from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.programs.generate import first_routes, more_routes, price_routes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.descent import Descended
    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.task import Relaxed, Task

MAX_ROUNDS = 25

FEW_ROUTES = 4000
"""Up to this many route flows the program is solved whole, not by generating routes."""

DESCEND_FROM = 50_000
"""From so many uses of cells on, by candidates and by routes, descent is quicker than programs."""

_CLOSE_ENOUGH = 1e-4
"""Gap at which descent that got no further is not worth a linear program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """Outcome of the refinement: the best point, the best proven bound, the tangents.

    ``status`` is the engine's of the last round; ``point`` is None when it had none.
    ``task`` holds the routes that were in the program at the end. With shares not held, a
    plan that gives a cohort candidate k whole is at least ``bound + reduced_cost_min[k]``
    (n_candidates,), in the unit of what is minimised. ``cell_price_min`` (n_cells,): what one
    more passenger adds to the crowding, as ``start_price_min`` of a next time, and
    ``rule_price_min`` what one more unit of each row of the rules would save; None where
    programs found the point.
    """

    status: EngineStatus
    point: Relaxed | None
    bound: float
    tangents: Tangents
    task: Task
    rounds: int
    engine: str
    reduced_cost_min: NDArray[np.float64] | None = None
    cell_price_min: NDArray[np.float64] | None = None
    rule_price_min: NDArray[np.float64] | None = None


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
    start_x: NDArray[np.float64] | None = None,
    start_price_min: NDArray[np.float64] | None = None,
    descend_from: int = DESCEND_FROM,
    progress: Progress = no_progress,
) -> Relaxation:
    """Solve the continuous problem and prove a bound on it.

    Large tasks of least cost are solved by descent in shares and flows
    (:mod:`solver.staggering.descent`), all others by linear programs: each round solves one
    with some tangents and, where there are many, some routes. Its duals price every route:
    one cheaper than those its group has joins the next round (column generation); the same
    prices prove a bound over all routes. Each cell the tangents underestimate gets one more,
    at its load. Stops when true cost and bound are within ``gap`` (relative), when nothing
    is left to add, or at the time limit.

    Parameters
    ----------
    fixed_x
        Cohort shares to keep; only routes are chosen then.
    few_routes
        Up to this many route flows all routes are in from the start.
    start
        Passengers per route from which the first routes are taken.
    start_x, start_price_min
        Shares of candidates and prices of cells from which descent begins.
    descend_from
        Uses of cells from which on a task counts as large.
    """
    deadline = time.perf_counter() + time_limit_s
    first: Relaxation | None = None
    size = task.reduced.x_load.nnz + task.reduced.route_load.nnz
    if size >= descend_from and can_descend(task):
        found = descend_task(
            task,
            gap=gap,
            time_limit_s=time_limit_s,
            seed=seed,
            fixed_x=fixed_x,
            start_flow=start,
            start_x=start_x,
            start_price_min=start_price_min,
            progress=progress,
        )
        if found is not None:
            first = _relaxation(task, tangents, found)
            distance = found.point.price.total_min - found.bound
            enough = max(gap, _CLOSE_ENOUGH) * abs(found.point.price.total_min)
            if distance <= enough or time.perf_counter() > deadline:
                return first
    return _relax_by_programs(
        task,
        tangents,
        deadline=deadline,
        gap=gap,
        seed=seed,
        fixed_x=fixed_x,
        active=_first_active(task, first, few_routes, start),
        first=first,
        progress=progress,
    )


def _first_active(
    task: Task, first: Relaxation | None, few_routes: int, start: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    if len(task.reduced.routes) <= few_routes:
        return task.reduced.kept
    return first_routes(
        task, start if first is None or first.point is None else first.point.route_flow
    )


def _relaxation(task: Task, tangents: Tangents, found: Descended) -> Relaxation:
    """Hand descent's outcome on as programs would: its routes, the curve touched at its loads."""
    cells = task.problem.cells
    load = found.point.price.load_pax[task.reduced.cells]
    above = np.flatnonzero(load > cells.seats[task.reduced.cells]).astype(np.int64)
    return Relaxation(
        status=EngineStatus.OPTIMAL if found.met else EngineStatus.FEASIBLE,
        point=found.point,
        bound=found.bound,
        tangents=tangents.with_points(above, load[above]),
        task=task.restricted(found.routes),
        rounds=found.rounds,
        engine="descent",
        reduced_cost_min=found.reduced_cost_min,
        cell_price_min=found.cell_price_min,
        rule_price_min=found.rule_price_min,
    )


def _relax_by_programs(
    task: Task,
    tangents: Tangents,
    *,
    deadline: float,
    gap: float,
    seed: int,
    fixed_x: NDArray[np.float64] | None,
    active: NDArray[np.bool_],
    first: Relaxation | None,
    progress: Progress,
) -> Relaxation:
    best: Relaxed | None = None
    bound, status, engine, rounds = -np.inf, EngineStatus.UNKNOWN, "", 0
    reduced_cost: NDArray[np.float64] | None = None
    if first is not None:
        best, bound, tangents = first.point, first.bound, first.tangents
        reduced_cost = first.reduced_cost_min
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
        proven, saved = _bound_over_routes(task, tangents, model, duals, cheapest, fixed_x)
        if proven > bound:
            bound, reduced_cost = proven, saved
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
        reduced_cost_min=reduced_cost,
    )


def _bound_over_routes(
    task: Task,
    tangents: Tangents,
    model: LinearModel,
    duals: NDArray[np.float64],
    cheapest: NDArray[np.int64],
    fixed_x: NDArray[np.float64] | None,
) -> tuple[float, NDArray[np.float64]]:
    """Prove a bound over all routes from the duals of a program that had some.

    At given prices nobody can do better than the group's cheapest route, so the program
    with that route alone in each group has, at these duals, the bound of the whole one.
    The same holds for the candidates' reduced costs, which come with it.
    """
    if len(cheapest) == 0:
        return safe_bound(model, duals), safe_reduced_cost(model, duals, "x")
    alone = np.zeros(task.problem.groups.n_routes, dtype=np.bool_)
    alone[cheapest] = True
    single = _fix_x(task.restricted(alone).build(tangents), fixed_x)
    at = {block.name: duals[block.start : block.stop] for block in model.rows}
    own = np.concatenate([at[block.name] for block in single.rows])
    return safe_bound(single, own), safe_reduced_cost(single, own, "x")


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
