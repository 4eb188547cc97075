"""Whole cohorts from shares: the largest settle first, all others and the routes adapt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.descent._descent_kernels import mark_cheapest, settle, sweep
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.prices import price_out
from solver.staggering.descent.search import Start, barred_candidates, begin, move_centres
from solver.staggering.descent.task import centre_of, plan_of, split_of, today_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.task import Relaxed, Task

_AT_ONCE = 40  # cohorts, or the 25th part of all where that is more
_PARTS = 25
_SWEEPS = 4
_ACTIVE = 3


def dive_to_whole(
    task: Task,
    point: Relaxed,
    *,
    cell_price_min: NDArray[np.float64],
    rule_price_min: NDArray[np.float64] | None = None,
    deadline: float = np.inf,
    seed: int = 0,
) -> Relaxed:
    """Round a continuous plan to whole cohorts, descending on between the roundings.

    The largest cohorts take their largest share whole, what is left of the others' shares
    and of the routes descends to the cheapest beside them, and so on down to the smallest,
    which even out what the large ones left. Rules may end up broken by a little: the moves
    that follow mend that.

    Parameters
    ----------
    point
        The continuous plan.
    cell_price_min, rule_price_min
        Prices that go with it, of all cells and of the rules' rows.
    deadline
        By ``time.perf_counter()``: what is not settled then takes its largest share at once.
    """
    resources = build_resources(task)
    net, n = resources.net, resources.n_candidates
    offset = task.problem.cohorts.candidate_offset
    today = today_of(task, resources)
    state = begin(
        resources,
        Start(
            x=np.concatenate([point.x, today[n:]]),
            share=split_of(task, point.route_flow),
            centre=centre_of(task, resources, cell_price_min, rule_price_min),
        ),
        barred_candidates(resources),
    )
    barred = barred_candidates(resources)
    active = np.zeros(len(net.cost), dtype=np.bool_)
    rng = np.random.default_rng(seed)
    order = np.argsort(-task.problem.cohorts.size, kind="stable")
    step = max(_AT_ONCE, len(order) // _PARTS)
    for first in range(0, len(order), step):
        for cohort in order[first : first + step]:
            _settle_cohort(state.x, barred, offset[cohort], offset[cohort + 1])
        settle(net, state)
        if time.perf_counter() > deadline:
            continue
        cost = price_out(resources, state.price, barred=barred).cost
        mark_cheapest(net.cohort_at, cost, _ACTIVE, active)
        for _ in range(_SWEEPS):
            sweep(net, state, rng.permutation(len(net.cohort_at) - 1), active)
            move_centres(resources, state)
    return plan_of(task, state.share, state.x)


def _settle_cohort(
    x: NDArray[np.float64], barred: NDArray[np.bool_], first: int, last: int
) -> None:
    best = first + int(np.argmax(x[first:last]))
    x[first:last] = 0.0
    x[best] = 1.0
    barred[first:last] = True
    barred[best] = False
