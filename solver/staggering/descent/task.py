"""A task of the staggering problem solved by descent: in and out of the net's terms."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.staggering.costs.pricing import model_flows, price_plan
from solver.staggering.costs.reduce import RouteForm
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.repair import keep_rules
from solver.staggering.descent.search import Start, descend
from solver.staggering.task import Relaxed, clean_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.descent.net import Resources
    from solver.staggering.descent.search import Descent
    from solver.staggering.task import Task

_TRIES = 8
_CLOSER = 0.3
_IN_USE = 1e-6  # passengers
_NEARLY = 2e-2  # minutes by which a route may miss its group's cheapest and still be of use


@dataclass(frozen=True, slots=True, kw_only=True)
class Descended:
    """A continuous plan that keeps the rules, and what the prices prove.

    ``bound`` passenger-minutes; ``reduced_cost_min`` (n_candidates,): a plan that gives a
    cohort candidate k whole costs at least ``bound + reduced_cost_min[k]``.
    ``cell_price_min`` (n_cells,): minutes that one more passenger costs all others and
    itself by crowding, also where the load stands at the seats and the cost has a kink.
    ``rule_price_min``: what one more unit of each row of the rules would save.
    ``routes`` (n_routes,): routes in use or nearly as cheap as the best of their group.
    ``met`` tells whether point and bound are as close as asked.
    """

    point: Relaxed
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
    point: Relaxed | None = None
    best: Descent | None = None
    aim, rounds = gap, 0
    for _ in range(_TRIES):
        done = descend(
            resources,
            start,
            gap=aim,
            time_limit_s=deadline - time.perf_counter(),
            seed=seed + rounds,
            fixed=fixed_x is not None,
            progress=progress,
        )
        rounds += done.rounds
        if best is None or done.priced.bound > best.priced.bound:
            best = done
        kept: NDArray[np.float64] | None = done.x
        if fixed_x is None:
            left = max(1.0, deadline - time.perf_counter())
            kept = keep_rules(resources, done.x, today, time_limit_s=left, seed=seed)
        if kept is None:
            return None
        plan = plan_of(task, done.share, kept)
        if point is None or plan.price.total_min < point.price.total_min:
            point = plan
        distance = point.price.total_min - best.priced.bound
        if distance <= gap * abs(point.price.total_min) or not done.met:
            break
        # Keeping the rules cost what was left of the gap: go on from here, closer.
        aim *= _CLOSER
        start = Start(x=done.x, share=done.share, centre=done.centre)
    assert point is not None
    assert best is not None
    return _result(task, resources, best, point, gap=gap, rounds=rounds)


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


def _result(
    task: Task,
    resources: Resources,
    best: Descent,
    point: Relaxed,
    *,
    gap: float,
    rounds: int,
) -> Descended:
    price = np.zeros(len(task.problem.cells))
    price[task.reduced.cells] = best.price[: resources.n_cells]
    value = point.price.total_min
    return Descended(
        point=point,
        bound=best.priced.bound,
        reduced_cost_min=best.priced.reduced[: resources.n_candidates],
        cell_price_min=price,
        rule_price_min=best.price[resources.n_cells :],
        routes=_useful_routes(task, point, price),
        rounds=rounds,
        met=value - best.priced.bound <= gap * abs(value),
    )


def _useful_routes(task: Task, point: Relaxed, price: NDArray[np.float64]) -> NDArray[np.bool_]:
    groups, kept = task.problem.groups, task.reduced.kept
    if task.reduced.form is RouteForm.FIXED or len(groups) == 0:
        return kept
    cost = np.where(kept, groups.free_min + price @ task.matrices.use, np.inf)
    least = np.minimum.reduceat(cost, groups.route_offset[:-1])[task.matrices.route_group]
    result: NDArray[np.bool_] = kept & ((point.route_flow > _IN_USE) | (cost <= least + _NEARLY))
    return result
