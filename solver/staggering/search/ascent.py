"""Prices that prove more for whole cohorts: ascent on the bound of employers' own rules.

Prices that are best for cohorts which may split are not best for whole ones. The bound by
employers is concave in the prices; the loads of the choices that are cheapest at some prices
tell where it rises.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.reduce import RouteForm
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.task import centre_of
from solver.staggering.programs.model import RULE_FAMILIES
from solver.staggering.search.employers import can_split, split_by_employer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.descent.net import Resources
    from solver.staggering.programs.lifted import Lifted
    from solver.staggering.programs.relax import Relaxation
    from solver.staggering.task import Task

_ROUNDS = 300
_STEP = 0.05  # of the way to the value aimed at
_SHORTER = 0.6
_PATIENCE = 12  # rounds without a better bound
_NEW = 0.3  # weight of the last direction among all before
_WORTH = 1e-7  # of the bound: what counts as better
_SHORTEST = 1e-4
_NEARLY_ALL = 1.0 - 1e-9


def can_ascend(task: Task, relaxation: Relaxation) -> bool:
    """Whether prices are known and routes are held, so that choices alone make the loads."""
    return (
        can_split(task)
        and task.reduced.form is RouteForm.FIXED
        and relaxation.cell_price_min is not None
        and relaxation.rule_price_min is not None
    )


def ascend_bound(
    task: Task,
    relaxation: Relaxation,
    *,
    lifted: Lifted | None,
    aim: float,
    enough: float,
    deadline: float,
    progress: Progress,
) -> float:
    """Prove a bound for whole cohorts from prices that rise towards ``aim``.

    Stops when the bound reaches ``enough``, when it has not risen for long, or when
    ``time.perf_counter()`` passes ``deadline``. Draws nothing at random.

    Parameters
    ----------
    lifted
        Cuts for whole cohorts with their duals; cells then begin at the duals' prices, and
        what the cuts ask of candidates stays in their costs.
    aim
        Cost of a plan, or what the bound might reach.

    References
    ----------
    Polyak, "Minimization of unsmooth functionals", USSR Computational Mathematics and
    Mathematical Physics 9, 1969 (the step); directions averaged as in Camerini, Fratta,
    Maffioli, Mathematical Programming Study 3, 1975.
    """
    resources = build_resources(task)
    assert relaxation.cell_price_min is not None  # see can_ascend
    price = centre_of(task, resources, relaxation.cell_price_min, relaxation.rule_price_min)
    if lifted is not None:
        resources, price = lift_resources(task, resources, lifted, price)
    employers = split_by_employer(resources, price, task.problem.cohorts)
    if not employers.blocks:
        return -np.inf
    price[employers.own_row] = 0.0
    # Where a cost does not bend, a price above its slope proves nothing.
    dearest = np.where(resources.net.factor > 0, np.inf, resources.net.jump)
    price = np.minimum(price, dearest)
    use = _uses_of(resources)
    best, best_price, step, since = -np.inf, price, _STEP, 0
    way: NDArray[np.float64] | None = None
    for turn in range(_ROUNDS):
        progress("lift", turn, _ROUNDS)
        bound, choices = employers.bound(price)
        since += 1
        if bound > best:
            since = 0 if bound > best + _WORTH * abs(bound) else since
            best, best_price = bound, price
        if best >= enough or step < _SHORTEST or time.perf_counter() > deadline:
            break
        if since > _PATIENCE:
            step, since, price, way = step * _SHORTER, 0, best_price, None
            continue
        rise = _rise(resources, use, choices, price)
        rise[employers.own_row] = 0.0
        way = rise if way is None else (1.0 - _NEW) * way + _NEW * rise
        moved = np.where((price <= 0) & (way < 0), 0.0, way)
        length = float(moved @ moved)
        if length <= 0 or aim <= bound:
            break
        price = np.clip(price + step * (aim - bound) / length * moved, 0.0, dearest)
    return best


def lift_resources(
    task: Task, resources: Resources, lifted: Lifted, price: NDArray[np.float64]
) -> tuple[Resources, NDArray[np.float64]]:
    """Put cuts for whole cohorts, weighed by their duals, in place of a part of the cells' costs.

    A cell costs ``f(load)`` and no less than each of its cuts ``least + on_x @ x`` (routes are
    held), so with weights w of at most 1 no less than
    ``(1 - sum w) f(load) + sum w (least + on_x @ x)``.
    The cuts' part is linear in the choices. Returns the resources, and prices that begin
    with the duals of the cells.
    """
    k, n = resources.n_cells, resources.n_candidates
    paid = {b.name: lifted.duals[b.start : b.stop] for b in lifted.model.rows}
    weight = paid.get("lifted", np.zeros(0))
    weight = weight[weight > 0]  # the cuts kept are those with a price
    cuts = lifted.cuts
    total = np.bincount(cuts.cell, weights=weight, minlength=k)
    weight = weight / np.maximum(1.0, total)[cuts.cell]
    rest = np.where(total > _NEARLY_ALL, 0.0, 1.0 - total)
    net = resources.net
    factor, jump, cost = net.factor.copy(), net.jump.copy(), net.cost.copy()
    factor[:k] *= rest
    jump[:k] *= rest
    cost[:n] += weight @ cuts.on_candidates(task)
    lowered = replace(
        resources,
        net=net._replace(factor=factor, jump=jump, cost=cost),
        constant=resources.constant + float(weight @ cuts.least),
    )
    begun = price.copy()
    begun[:k] = np.maximum(0.0, -paid["cell_load"])
    rules = np.concatenate([paid[name] for name in RULE_FAMILIES if name in paid] or [np.zeros(0)])
    if len(rules) == len(price) - k - 1:  # the first row of the resources' rules is empty
        begun[k + 1 :] = np.maximum(0.0, -rules)
    return lowered, begun


def _uses_of(resources: Resources) -> sparse.csr_array:
    """Return what columns use of resources, shape (n_resources, n_columns); no routes in it."""
    net = resources.net
    shape = (len(net.cost), len(net.room))
    return sparse.csr_array(sparse.csr_array((net.own_use, net.own_of, net.own_at), shape=shape).T)


def _rise(
    resources: Resources,
    use: sparse.csr_array,
    choices: NDArray[np.int64],
    price: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Compute by how much the bound rises with each price: use less room, less the excess paid."""
    net = resources.net
    chosen = np.zeros(len(net.cost))
    chosen[choices] = 1.0
    steep = net.factor > 0
    rise: NDArray[np.float64] = use @ chosen - net.room
    beyond = np.maximum(0.0, price[steep] - net.jump[steep])
    rise[steep] -= beyond / (2.0 * net.factor[steep])
    return rise
