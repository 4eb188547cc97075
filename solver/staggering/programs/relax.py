"""The continuous problem to near-optimality: by descent where it is large, else by programs.

Linear programs solve it, touch the curve where the plan is, and solve again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from network.base import Cancelled, no_progress
from solver.staggering.costs.pieces import Tangents, tangent_cost
from solver.staggering.costs.reduce import Objective
from solver.staggering.descent import TaskStopped, can_descend, descend_task
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

_HAND_ON_S_PER_USE = 1e-7
"""Seconds to make a program's task of the routes that descent found to be of use."""

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
    progress
        Called before every program or round of descent, and while an engine runs.

    Raises
    ------
    RelaxStopped
        Where ``progress`` raises Cancelled: with what was known by then.
    """
    deadline = time.perf_counter() + time_limit_s
    known = _Known(task=task, tangents=tangents)
    size = task.reduced.x_load.nnz + task.reduced.route_load.nnz
    try:
        if size >= descend_from and can_descend(task):
            found = descend_task(
                task,
                gap=gap,
                time_limit_s=time_limit_s - min(_HAND_ON_S_PER_USE * size, 0.2 * time_limit_s),
                seed=seed,
                fixed_x=fixed_x,
                start_flow=start,
                start_x=start_x,
                start_price_min=start_price_min,
                progress=progress,
            )
            if found is not None:
                known.take(found)
                if time.perf_counter() > deadline or known.is_within(max(gap, _CLOSE_ENOUGH)):
                    return known.relaxation()
        _relax_by_programs(
            task,
            known,
            deadline=deadline,
            gap=gap,
            seed=seed,
            fixed_x=fixed_x,
            active=_first_active(task, known.point, few_routes, start),
            progress=progress,
        )
    except TaskStopped as stop:
        known.take(stop.reached)
        raise RelaxStopped(known.relaxation()) from stop
    except Cancelled as stop:
        raise RelaxStopped(known.relaxation()) from stop
    return known.relaxation()


class RelaxStopped(Cancelled):
    """The continuous problem was cancelled; ``reached`` is what was known of it by then."""

    def __init__(self, reached: Relaxation) -> None:
        super().__init__("the continuous problem was cancelled")
        self.reached = reached


@dataclass(slots=True, kw_only=True)
class _Known:
    """The best point and the best bound so far, and the program they come from."""

    task: Task
    tangents: Tangents
    point: Relaxed | None = None
    bound: float = -np.inf
    status: EngineStatus = EngineStatus.UNKNOWN
    rounds: int = 0
    engine: str = ""
    reduced_cost_min: NDArray[np.float64] | None = None
    cell_price_min: NDArray[np.float64] | None = None
    rule_price_min: NDArray[np.float64] | None = None

    def take(self, found: Descended) -> None:
        """Take descent's outcome as programs would leave it.

        Its routes are in the program, and the curve is touched at its loads.
        """
        self.point, self.bound, self.rounds = found.point, found.bound, found.rounds
        self.status = EngineStatus.OPTIMAL if found.met else EngineStatus.FEASIBLE
        self.engine, self.reduced_cost_min = "descent", found.reduced_cost_min
        self.cell_price_min, self.rule_price_min = found.cell_price_min, found.rule_price_min
        if found.point is None:
            self.status = EngineStatus.UNKNOWN
            return
        task, cells = self.task, self.task.problem.cells
        load = found.point.price.load_pax[task.reduced.cells]
        above = np.flatnonzero(load > cells.seats[task.reduced.cells]).astype(np.int64)
        self.tangents = self.tangents.with_points(above, load[above])
        self.task = task.restricted(found.routes)

    def prove(self, bound: float, reduced_cost_min: NDArray[np.float64] | None = None) -> None:
        """Keep a bound if it is the best, with the reduced costs that go with it."""
        if bound > self.bound:
            self.bound = bound
            if reduced_cost_min is not None:
                self.reduced_cost_min = reduced_cost_min

    def offer(self, point: Relaxed) -> None:
        """Keep a point if it is the best."""
        objective = self.task.objective
        if self.point is None or point.price.value(objective) < self.point.price.value(objective):
            self.point = point

    def is_within(self, gap: float) -> bool:
        """Whether point and bound are within a relative gap."""
        if self.point is None:
            return False
        value = self.point.price.value(self.task.objective)
        return value - self.bound <= gap * abs(value)

    def relaxation(self) -> Relaxation:
        """Freeze what is known."""
        return Relaxation(
            status=self.status,
            point=self.point,
            bound=self.bound,
            tangents=self.tangents,
            task=self.task,
            rounds=self.rounds,
            engine=self.engine,
            reduced_cost_min=self.reduced_cost_min,
            cell_price_min=self.cell_price_min,
            rule_price_min=self.rule_price_min,
        )


def _first_active(
    task: Task, point: Relaxed | None, few_routes: int, start: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    if len(task.reduced.routes) <= few_routes:
        return task.reduced.kept
    return first_routes(task, start if point is None else point.route_flow)


def _relax_by_programs(
    task: Task,
    known: _Known,
    *,
    deadline: float,
    gap: float,
    seed: int,
    fixed_x: NDArray[np.float64] | None,
    active: NDArray[np.bool_],
    progress: Progress,
) -> None:
    """Solve programs of the task, adding tangents and routes, and note what they tell."""
    # From here on the points are the programs', which know no prices of cells.
    known.rounds, known.cell_price_min, known.rule_price_min = 0, None, None
    tangents = known.tangents
    while known.rounds < MAX_ROUNDS:
        left = deadline - time.perf_counter()
        if known.rounds and left <= 0:
            return
        pulse = partial(progress, "relax", known.rounds, MAX_ROUNDS)
        pulse()
        now = task if active is task.reduced.kept else task.restricted(active)
        known.task, known.tangents = now, tangents
        model = _fix_x(now.build(tangents), fixed_x)
        outcome = solve_linear(model, time_limit_s=max(left, 0.05), seed=seed, pulse=pulse)
        known.rounds, known.engine, known.status = known.rounds + 1, outcome.engine, outcome.status
        if outcome.status is EngineStatus.INFEASIBLE and active is not task.reduced.kept:
            active = task.reduced.kept
            continue
        if outcome.values is None:
            if outcome.status is not EngineStatus.INFEASIBLE:
                # Costs are not negative: duals 0 prove 0.
                known.prove(safe_bound(model, np.zeros(len(model.row_lower))))
            return
        duals = np.zeros(len(model.row_lower)) if outcome.duals is None else outcome.duals
        cheapest, cost = price_routes(task, model, duals)
        known.prove(*_bound_over_routes(task, tangents, model, duals, cheapest, fixed_x))
        point = now.read(model, outcome.values)
        known.offer(point)
        if known.is_within(gap):
            return
        refined, more = refine(task, tangents, point), more_routes(task, active, cheapest, cost)
        if refined is None and more is None:
            return
        tangents = known.tangents = refined or tangents
        active = active if more is None else more


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
