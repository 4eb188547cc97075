"""A task of the staggering problem solved by descent: in and out of the net's terms."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from network.base import Cancelled, no_progress
from solver.staggering.costs.pricing import model_flows, price_plan
from solver.staggering.costs.reduce import RouteForm
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.repair import keep_rules
from solver.staggering.descent.search import Start, descend
from solver.staggering.descent.stopped import DescentStopped, TaskStopped
from solver.staggering.task import Relaxed, clean_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.descent.net import Resources
    from solver.staggering.descent.search import Descent
    from solver.staggering.task import Task

_TRIES = 8
_MENDING = 0.15  # of the time, at most, for shares that keep the rules
_MEND_S_PER_COLUMN = 4e-5  # what the linear program takes that finds them
_CLOSER = 0.3
_TOLERANCE = 1e-9
_IN_USE = 1e-6  # passengers
_NEARLY = 2e-2  # minutes by which a route may miss its group's cheapest and still be of use


@dataclass(frozen=True, slots=True, kw_only=True)
class Descended:
    """A continuous plan that keeps the rules, and what the prices prove.

    ``point`` is None where the time was up before a plan was found that keeps the rules.
    ``bound`` passenger-minutes; ``reduced_cost_min`` (n_candidates,): a plan that gives a
    cohort candidate k whole costs at least ``bound + reduced_cost_min[k]``.
    ``cell_price_min`` (n_cells,): minutes that one more passenger costs all others and
    itself by crowding, also where the load stands at the seats and the cost has a kink.
    ``rule_price_min``: what one more unit of each row of the rules would save.
    ``routes`` (n_routes,): routes in use or nearly as cheap as the best of their group.
    ``met`` tells whether point and bound are as close as asked.
    """

    point: Relaxed | None
    bound: float
    reduced_cost_min: NDArray[np.float64]
    cell_price_min: NDArray[np.float64]
    rule_price_min: NDArray[np.float64]
    routes: NDArray[np.bool_]
    rounds: int
    met: bool


def descend_task(
    task: Task,
    *,
    gap: float,
    time_limit_s: float,
    seed: int = 0,
    fixed_x: NDArray[np.float64] | None = None,
    start_flow: NDArray[np.float64] | None = None,
    start_x: NDArray[np.float64] | None = None,
    start_price_min: NDArray[np.float64] | None = None,
    progress: Progress = no_progress,
) -> Descended | None:
    """Solve the continuous problem of a task that ``can_descend``; None where rules may conflict.

    At the time limit what is known by then is returned, the bound at least. Where ``progress``
    raises Cancelled, :class:`solver.staggering.descent.stopped.TaskStopped` takes it along.

    Parameters
    ----------
    gap
        Relative distance of point and bound at which to stop.
    fixed_x
        Cohort shares to keep, shape (n_candidates,): only routes are chosen, rules left aside.
    start_flow, start_x, start_price_min
        Passengers per route, shares of candidates and prices of all cells to begin from.
    """
    deadline = time.perf_counter() + time_limit_s
    resources = build_resources(task, with_rules=fixed_x is None)
    today = today_of(task, resources)
    x = start_x if fixed_x is None else fixed_x
    start = Start(
        x=today if x is None else np.concatenate([x, today[resources.n_candidates :]]),
        share=split_of(task, start_flow),
        centre=centre_of(task, resources, start_price_min),
    )
    known = _Known(task=task, resources=resources, gap=gap)
    to_mend_s = min(_MENDING * time_limit_s, _MEND_S_PER_COLUMN * len(resources.net.cost))
    if resources.row_use.nnz == 0:
        to_mend_s = 0.0
    try:
        for _ in range(_TRIES):
            done = descend(
                resources,
                start,
                gap=known.aim,
                time_limit_s=deadline - to_mend_s - time.perf_counter(),
                seed=seed + known.rounds,
                fixed=fixed_x is not None,
                progress=progress,
            )
            known.note(done)
            kept: NDArray[np.float64] | None = done.x
            if fixed_x is None:
                kept = _mend(resources, done.x, today, deadline=deadline, seed=seed)
            if kept is None:
                return known.result() if time.perf_counter() >= deadline else None
            known.offer(plan_of(task, done.share, kept))
            if known.is_met() or not done.met:
                break
            # Keeping the rules cost what was left of the gap: go on from here, closer.
            known.aim *= _CLOSER
            start = Start(x=done.x, share=done.share, centre=done.centre)
    except Cancelled as stop:
        if isinstance(stop, DescentStopped):
            known.note(stop.reached)
        if known.best is None:
            raise
        raise TaskStopped(known.result()) from stop
    return known.result()


@dataclass(slots=True, kw_only=True)
class _Known:
    """The best plan and the best bound of the descents of one task so far."""

    task: Task
    resources: Resources
    gap: float
    aim: float = field(init=False)
    point: Relaxed | None = None
    best: Descent | None = None
    rounds: int = 0

    def __post_init__(self) -> None:
        self.aim = self.gap

    def note(self, done: Descent) -> None:
        """Keep the bound of a descent if it is the best."""
        self.rounds += done.rounds
        if self.best is None or done.priced.bound > self.best.priced.bound:
            self.best = done

    def offer(self, plan: Relaxed) -> None:
        """Keep a plan that keeps the rules if it is the best."""
        if self.point is None or plan.price.total_min < self.point.price.total_min:
            self.point = plan

    def is_met(self) -> bool:
        """Whether plan and bound are as close as asked."""
        if self.point is None or self.best is None:
            return False
        value = self.point.price.total_min
        return value - self.best.priced.bound <= self.gap * abs(value)

    def result(self) -> Descended:
        """Return what is known; a descent has been noted before."""
        task, resources, best = self.task, self.resources, self.best
        assert best is not None  # nothing is returned before the first bound
        price = np.zeros(len(task.problem.cells))
        price[task.reduced.cells] = best.price[: resources.n_cells]
        return Descended(
            point=self.point,
            bound=best.priced.bound,
            reduced_cost_min=best.priced.reduced[: resources.n_candidates],
            cell_price_min=price,
            rule_price_min=best.price[resources.n_cells :],
            routes=_useful_routes(task, self.point, price),
            rounds=self.rounds,
            met=self.is_met(),
        )


def _mend(
    resources: Resources,
    x: NDArray[np.float64],
    today: NDArray[np.float64],
    *,
    deadline: float,
    seed: int,
) -> NDArray[np.float64] | None:
    """Return shares near ``x`` that keep the rules; nearer to today where time is short."""
    left = deadline - time.perf_counter()
    if left >= 0.5 * _MEND_S_PER_COLUMN * len(x):
        kept = keep_rules(resources, x, today, time_limit_s=left, seed=seed)
        if kept is not None or time.perf_counter() < deadline:
            return kept
    return mix_with(resources, x, today)


def mix_with(
    resources: Resources, x: NDArray[np.float64], safe: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Mix as much of ``safe`` into ``x`` as the rules take; None where ``safe`` breaks them too.

    Rules are linear: between shares that break a row and shares that keep it lie some that
    just keep it. They may cost far more than the cheapest that do.
    """
    rows, limit = resources.row_use, resources.net.room[resources.n_cells :]
    over, spare = rows @ x - limit, limit - rows @ safe
    slack = _TOLERANCE * (1.0 + np.abs(limit))
    if np.any(spare < -slack):
        return None
    bad = over > slack
    room = np.maximum(0.0, spare[bad])
    part = float(np.max(over[bad] / (over[bad] + room), initial=0.0))
    mixed: NDArray[np.float64] = (1.0 - part) * x + part * safe
    return mixed


def today_of(task: Task, resources: Resources) -> NDArray[np.float64]:
    """Return everyone in today's slot; columns of rules at nothing."""
    x = np.zeros(len(resources.net.cost))
    x[task.matrices.base_candidate] = 1.0
    x[resources.n_candidates + 1 :: 2] = 1.0
    return x


def split_of(task: Task, flow: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return how groups split over their routes in given flows; on the first without any."""
    reduced = task.reduced
    share = np.zeros(len(reduced.routes))
    if len(share) == 0:
        return share
    group = np.searchsorted(reduced.groups, task.matrices.route_group[reduced.routes])
    if flow is not None:
        used = np.maximum(0.0, flow[reduced.routes])
        total = np.bincount(group, weights=used, minlength=len(reduced.groups))
        share = np.where(total[group] > _IN_USE, used / np.maximum(total[group], _IN_USE), 0.0)
    none = np.bincount(group, weights=share, minlength=len(reduced.groups)) <= 0
    first = np.searchsorted(group, np.arange(len(reduced.groups)))
    share[first[none]] = 1.0
    return share


def centre_of(
    task: Task,
    resources: Resources,
    price_min: NDArray[np.float64] | None,
    rule_price_min: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return prices of all cells and of the rules' rows as prices of resources, 0 where none."""
    centre = np.zeros(len(resources.net.room))
    if price_min is not None:
        centre[: resources.n_cells] = price_min[task.reduced.cells]
    if rule_price_min is not None and len(rule_price_min) == len(centre) - resources.n_cells:
        centre[resources.n_cells :] = rule_price_min
    return centre


def plan_of(task: Task, share: NDArray[np.float64], shares: NDArray[np.float64]) -> Relaxed:
    """Price shares with every group's split, which is the cheapest route where it is empty."""
    problem, matrices, reduced = task.problem, task.matrices, task.reduced
    x = clean_shares(matrices, shares[: problem.cohorts.n_candidates])
    demand = (matrices.demand @ x)[matrices.route_group[reduced.routes]]
    flow = model_flows(matrices, reduced, x, share * demand)
    return Relaxed(x=x, route_flow=flow, price=price_plan(problem, matrices, x, flow))


def _useful_routes(
    task: Task, point: Relaxed | None, price: NDArray[np.float64]
) -> NDArray[np.bool_]:
    groups, kept = task.problem.groups, task.reduced.kept
    if task.reduced.form is RouteForm.FIXED or len(groups) == 0 or point is None:
        return kept
    cost = np.where(kept, groups.free_min + price @ task.matrices.use, np.inf)
    least = np.minimum.reduceat(cost, groups.route_offset[:-1])[task.matrices.route_group]
    result: NDArray[np.bool_] = kept & ((point.route_flow > _IN_USE) | (cost <= least + _NEARLY))
    return result
