"""Descent in shares and route flows, prices that follow, and the bound they prove.

The continuous problem is convex: shares of cohorts, flows on routes, a cost per cell that
rises with the square of the load and jumps in slope at the seats, and rows of rules. Jumps
and rows are smoothed by a price that grows with the excess around a *centre*; between
rounds of descent the centres move to the prices reached (method of multipliers), so that the
smoothing need not be narrow to be exact in the end. A round of descent visits the cohorts in
random order and shifts shares and flows along the difference of two slots or of two routes,
with a line search, as path-based traffic assignment does. Prices prove a bound after every
round, whatever state the descent is in.

References
----------
Bertsekas, "Constrained optimization and Lagrange multiplier methods", 1982, ch. 5 (multipliers
for problems that are not differentiable).
Jayakrishnan, Tsai, Prashker, Rajadhyaksha, "A faster path-based algorithm for traffic
assignment", Transportation Research Record 1443, 1994.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from network.base import Cancelled, no_progress
from solver.staggering.descent._descent_kernels import State, mark_cheapest, settle, sweep
from solver.staggering.descent.oracle import price_rules
from solver.staggering.descent.prices import Priced, price_out
from solver.staggering.descent.stopped import DescentStopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.descent.net import Resources

MAX_ROUNDS = 400

_WIDTH = 0.2  # share of the seats over which a jump in slope is spread
_SWEEPS = 2  # of the cohorts between two moves of the centres
_ACTIVE = 3  # slots of a cohort that are worth pricing in a sweep
_COHORTS = (1.0, 0.004)  # width of a rule's price: so many cohorts, and such a share of all
_PATIENCE = 60  # rounds without a better gap
_ASKED = 10  # rounds before rules are priced by a linear program; then 20, 40, 80 ...
_CHECKED = 8  # rounds after which a rule that is broken as before gets a steeper price


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a descent begins: shares of columns, splits of groups, prices as centres."""

    x: NDArray[np.float64]
    share: NDArray[np.float64]
    centre: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """Where a descent ended.

    ``value`` is the true cost of ``x`` and ``flow`` (passengers per route of the net);
    rules may be broken by ``violation`` (largest, over the row's largest use). ``price`` and
    ``priced`` belong to the best bound, ``share`` and ``centre`` to the last state.
    """

    x: NDArray[np.float64]
    flow: NDArray[np.float64]
    share: NDArray[np.float64]
    centre: NDArray[np.float64]
    load: NDArray[np.float64]
    price: NDArray[np.float64]
    priced: Priced
    value: float
    violation: float
    rounds: int
    met: bool


def barred_candidates(resources: Resources) -> NDArray[np.bool_]:
    """Find candidates that a row of nothing but uses, limited to nothing, forbids."""
    rows = resources.row_use.tocoo()
    limit = resources.net.room[resources.n_cells :]
    relieved = np.zeros(len(limit), dtype=np.bool_)
    relieved[rows.row[rows.data < 0]] = True
    closed = ~relieved & (limit <= 0)
    barred = np.zeros(len(resources.net.cost), dtype=np.bool_)
    barred[rows.col[closed[rows.row] & (rows.data > 0)]] = True
    return barred


@dataclass(slots=True)
class _Search:
    resources: Resources
    state: State
    barred: NDArray[np.bool_]
    fixed: bool
    rng: np.random.Generator
    active: NDArray[np.bool_]
    best: Priced | None = None
    best_price: NDArray[np.float64] | None = None
    broken: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def one_round(self) -> None:
        """Sweep, price, move the centres."""
        net, state = self.resources.net, self.state
        n = len(net.cohort_at) - 1
        for _ in range(_SWEEPS):
            sweep(net, state, self.rng.permutation(n), self.active)
        settle(net, state)
        self.prove()
        move_centres(self.resources, state)

    def prove(self) -> None:
        """Keep the bound of the present prices if it is the best, and choose active slots."""
        priced = self.keep(self.state.price)
        if not self.fixed:
            mark_cheapest(self.resources.net.cohort_at, priced.cost, _ACTIVE, self.active)

    def keep(self, price: NDArray[np.float64]) -> Priced:
        """Price everything out, and keep that if its bound is the best."""
        fixed_x = self.state.x if self.fixed else None
        priced = price_out(self.resources, price, barred=self.barred, fixed_x=fixed_x)
        if self.best is None or priced.bound > self.best.bound:
            self.best, self.best_price = priced, price.copy()
        return priced

    def price_rules(self, time_limit_s: float, seed: int) -> None:
        """Let a linear program price the rules beside the cells' best prices, and go on there.

        Of many rules that bind together descent finds the prices slowly.
        """
        if self.best_price is None:
            return
        k = self.resources.n_cells
        price = self.best_price.copy()
        price[k:] = 0.0
        free = price_out(self.resources, price, barred=self.barred)
        found = price_rules(self.resources, free.cost, time_limit_s=time_limit_s, seed=seed)
        if found is None:
            return
        price[k:] = found
        self.keep(price)
        self.state.centre[k:] = found
        settle(self.resources.net, self.state)

    def value(self) -> float:
        """Return the true cost of where the search stands."""
        net, state, k = self.resources.net, self.state, self.resources.n_cells
        return true_cost(self.resources, state.x, self.flow(), state.load[:k] - net.room[:k])

    def flow(self) -> NDArray[np.float64]:
        net, state = self.resources.net, self.state
        result: NDArray[np.float64] = state.share * np.repeat(state.demand, np.diff(net.route_at))
        return result

    def excess(self) -> NDArray[np.float64]:
        """Return by how much each rule's row is broken."""
        k = self.resources.n_cells
        result: NDArray[np.float64] = np.maximum(
            0.0, self.state.load[k:] - self.resources.net.room[k:]
        )
        return result

    def stiffen(self) -> None:
        """Double the steepness of rules that are broken nearly as much as some rounds ago."""
        now = self.excess()
        if len(self.broken) == len(now):
            k = self.resources.n_cells
            self.state.stiff[k:][now > np.maximum(0.5 * self.broken, 1e-12)] *= 2.0
        self.broken = now


def true_cost(
    resources: Resources,
    x: NDArray[np.float64],
    flow: NDArray[np.float64],
    excess: NDArray[np.float64],
) -> float:
    """Compute travel, moving and crowding of shares and flows, passenger-minutes."""
    net, k = resources.net, resources.n_cells
    above = np.maximum(0.0, excess)
    crowding = net.jump[:k] * above + net.factor[:k] * above**2
    return float(resources.constant + net.cost @ x + net.free @ flow + crowding.sum())


def descend(
    resources: Resources,
    start: Start,
    *,
    gap: float,
    time_limit_s: float,
    seed: int = 0,
    fixed: bool = False,
    max_rounds: int = MAX_ROUNDS,
    progress: Progress = no_progress,
) -> Descent:
    """Descend from ``start`` until value and bound are within ``gap`` (relative).

    Also stops at the time limit, after ``max_rounds`` or when the gap has not become smaller
    for a while. ``fixed`` keeps the shares of the cohorts and chooses routes only. The order
    of visits is drawn from ``seed``; without a time limit that binds, the same seed gives the
    same result.
    """
    deadline = time.perf_counter() + time_limit_s
    net = resources.net
    barred = np.zeros(len(net.cost), dtype=np.bool_) if fixed else barred_candidates(resources)
    search = _Search(
        resources=resources,
        state=begin(resources, start, barred),
        barred=barred,
        fixed=fixed,
        rng=np.random.default_rng(seed),
        active=np.zeros(len(net.cost), dtype=np.bool_),
    )
    search.prove()
    rounds, met, least, since = 0, False, np.inf, 0
    asked = _ASKED if not fixed and _n_binding(resources) > 1 else max_rounds + 1
    while rounds < max_rounds and since < _PATIENCE:
        try:
            progress("relax", rounds, max_rounds)
        except Cancelled as stop:
            raise DescentStopped(_end(search, rounds, met=False)) from stop
        search.one_round()
        rounds += 1
        assert search.best is not None  # proven before the first round
        value = search.value()
        k = resources.n_cells
        owed = float(search.state.price[k:] @ search.excess())
        distance = value + owed - search.best.bound
        met = distance <= gap * abs(value)
        if met or time.perf_counter() > deadline:
            break
        since = since + 1 if distance > 0.95 * least else 0
        least = min(least, distance)
        if rounds % _CHECKED == 0:
            search.stiffen()
        if rounds == asked:
            search.price_rules(deadline - time.perf_counter(), seed)
            asked *= 2
    return _end(search, rounds, met=met)


def move_centres(resources: Resources, state: State) -> None:
    """Let the smoothed part of each price start from where it is now."""
    net = resources.net
    excess = state.load - net.room
    state.centre[:] = np.clip(state.centre + state.stiff * excess, 0.0, net.jump)
    settle(net, state)


def begin(resources: Resources, start: Start, barred: NDArray[np.bool_]) -> State:
    """Return the state to descend from; barred candidates give their share to the others."""
    net, k = resources.net, resources.n_cells
    free = np.where(barred, 0.0, start.x)
    total = np.add.reduceat(free, net.cohort_at[:-1])
    x = np.where(
        np.repeat(total > 0, np.diff(net.cohort_at)),
        free / np.repeat(np.where(total > 0, total, 1.0), np.diff(net.cohort_at)),
        start.x,
    )
    n = len(net.room)
    stiff = np.zeros(n)
    stiff[:k] = net.factor[:k] / _WIDTH
    state = State(
        x=x,
        share=start.share.copy(),
        demand=np.zeros(len(net.route_at) - 1),
        load=np.zeros(n),
        price=np.zeros(n),
        centre=np.clip(start.centre, 0.0, net.jump),
        stiff=stiff,
        change=np.zeros(n),
        touched=np.zeros(n, dtype=np.int64),
    )
    settle(net, state)
    stiff[k:] = _row_stiffness(resources, price_out(resources, state.price).cost)
    settle(net, state)
    return state


def _n_binding(resources: Resources) -> int:
    """Count the rows of rules that anybody uses."""
    return int(np.count_nonzero(np.diff(resources.row_use.indptr)))


def _row_stiffness(resources: Resources, cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Choose how steeply a rule's price grows: to what its users save, over a few of them.

    What a user saves is the spread of the cohort's costs over its use of the row.
    """
    offset = resources.net.cohort_at
    top = np.maximum.reduceat(cost, offset[:-1])
    spread = np.repeat(top - np.minimum.reduceat(cost, offset[:-1]), np.diff(offset))
    rows = resources.row_use
    stiff = np.zeros(rows.shape[0])
    for i in range(rows.shape[0]):
        span = slice(rows.indptr[i], rows.indptr[i + 1])
        use = np.abs(rows.data[span])
        if len(use) == 0:
            continue
        worth = float(np.median(spread[rows.indices[span]] / use))
        cohorts = _COHORTS[0] + _COHORTS[1] * len(use)
        stiff[i] = max(worth, 1e-6) / (cohorts * float(use.mean()))
    return stiff


def _end(search: _Search, rounds: int, *, met: bool) -> Descent:
    resources, state = search.resources, search.state
    assert search.best is not None  # proven before the first round
    assert search.best_price is not None
    largest = np.zeros(resources.row_use.shape[0])
    if resources.row_use.nnz:
        largest = np.asarray(abs(resources.row_use).max(axis=1).todense(), dtype=np.float64)
    broken = search.excess() / np.where(largest > 0, largest, 1.0).ravel()
    return Descent(
        x=state.x,
        flow=search.flow(),
        share=state.share,
        centre=state.centre,
        load=state.load[: resources.n_cells].copy(),
        price=search.best_price,
        priced=search.best,
        value=search.value(),
        violation=float(broken.max(initial=0.0)),
        rounds=rounds,
        met=met,
    )
