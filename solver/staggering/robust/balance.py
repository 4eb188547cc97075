"""The weights on sets of employers under which no plan's average is low: a bound of the worst.

For weights that sum to 1 the least average over the known sets is below the least worst case
(weak duality), and for the best weights they meet where cohorts may split. Weights are found by
cutting planes: the plan of least average at some weights tells, by its cost with each set away,
what no weights can prove more than; a small program finds the weights at which these cuts leave
most room, and the shares in which the same plans together are least bad at worst.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from network.base import Cancelled, no_progress
from solver.staggering.costs.reduce import ROOM
from solver.staggering.descent.net import build_resources
from solver.staggering.descent.repair import keep_rules
from solver.staggering.descent.search import Start, descend
from solver.staggering.descent.task import today_of
from solver.staggering.programs.engine import solve_linear
from solver.staggering.programs.linear import ModelBuilder
from solver.staggering.task import clean_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.descent.net import Resources
    from solver.staggering.descent.search import Descent
    from solver.staggering.robust.worst_sets import Worst, WorstSets
    from solver.staggering.task import Task

_EPS = float(np.finfo(np.float64).eps)
_KEPT = 0.5  # of the best weights so far stays in the next ones tried
_NONE = 1e-7  # a weight below is none
_DESCENT_GAP = 0.1  # of the gap asked for: how near each average is solved
_FEW = 4  # rounds without a better bound or plan, after which there are none to expect
_MOST_USES = 30_000_000  # of cells, by all sets that count together: some 400 MB
_LITTLE = 0.02  # of the distance asked for: what counts as better


@dataclass(frozen=True, slots=True, kw_only=True)
class Balanced:
    """What weights on sets proved, passenger-minutes, and the plan they meet at.

    ``bound``: no plan's worst case is below, proven at ``weight`` on ``sets``. ``x`` is the
    continuous plan found, rules kept nearly, with its ``worst`` set.
    """

    bound: float
    weight: NDArray[np.float64]
    sets: tuple[tuple[int, ...], ...]
    x: NDArray[np.float64]
    worst: Worst
    rounds: int


@dataclass(slots=True)
class _Balance:
    task: Task
    worst_sets: WorstSets
    plain: Resources
    sets: list[tuple[int, ...]]
    fraction: dict[tuple[int, ...], NDArray[np.float64]] = field(default_factory=dict)
    rule_price: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    start_x: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    plans: list[NDArray[np.float64]] = field(default_factory=list)
    priced: list[list[float]] = field(default_factory=list)
    best_weight: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    bound: float = -np.inf
    x: NDArray[np.float64] | None = None
    worst: Worst | None = None

    def add(self, employers: tuple[int, ...]) -> bool:
        """Let a set count from now on; return whether it is new."""
        if employers in self.sets:
            return False
        self.sets.append(employers)
        return True

    def offer(self, x: NDArray[np.float64]) -> None:
        """Price a continuous plan at its worst, keep it if it is the best, learn its set."""
        worst = self.worst_sets.find(x)
        self.add(worst.employers)
        if self.worst is None or worst.cost_min < self.worst.cost_min:
            self.x, self.worst = x, worst

    def costs(self) -> NDArray[np.float64]:
        """Compute what each plan met costs with each set away, shape (n_plans, n_sets)."""
        sets = self.worst_sets
        self.priced += [[] for _ in range(len(self.plans) - len(self.priced))]
        for x, row in zip(self.plans, self.priced, strict=True):
            row += [sets.cost_min(sets.without(x, away)) for away in self.sets[len(row) :]]
        return np.array(self.priced)

    def descend(
        self,
        weight: NDArray[np.float64],
        *,
        gap: float,
        time_limit_s: float,
        seed: int,
        progress: Progress,
    ) -> Descent:
        """Find the plan of least average at given weights, and the bound that proves."""
        n_cells, counted = self.plain.n_cells, np.flatnonzero(weight)
        employer = self.task.problem.cohorts.employer
        follow = np.array(
            [np.where(np.isin(employer, self.sets[s]), 0.0, 1.0) for s in counted.tolist()]
        )
        resources = stack_resources(self.task, self.plain, follow, weight[counted])
        # Sets that are new begin with the prices the others have on average.
        mean = np.zeros(n_cells)
        if self.fraction:
            mean = np.mean(list(self.fraction.values()), axis=0)
        fraction = [self.fraction.get(self.sets[s], mean) for s in counted.tolist()]
        jump = resources.net.jump[: resources.n_cells].reshape(-1, n_cells)
        centre = np.concatenate([(np.array(fraction) * jump).ravel(), self.rule_price])
        done = descend(
            resources,
            Start(x=self.start_x, share=np.zeros(0), centre=centre),
            gap=gap,
            time_limit_s=time_limit_s,
            seed=seed,
            progress=progress,
        )
        reached = done.centre[: resources.n_cells].reshape(-1, n_cells)
        share = reached / np.where(jump > 0, jump, 1.0)
        self.fraction |= {self.sets[s]: share[i] for i, s in enumerate(counted.tolist())}
        self.rule_price = done.centre[resources.n_cells :]
        self.start_x = done.x
        return done


def balance_sets(
    task: Task,
    worst_sets: WorstSets,
    sets: Sequence[tuple[int, ...]],
    plans: Sequence[NDArray[np.float64]],
    *,
    gap: float,
    time_limit_s: float,
    seed: int = 0,
    max_rounds: int = 60,
    progress: Progress = no_progress,
) -> Balanced:
    """Find weights on sets of employers that prove much, and a plan of shares that is near it.

    Parameters
    ----------
    task
        The plain problem of a kind that ``can_descend``, routes in today's shares.
    sets
        Sets of employers known to be bad for some plan.
    plans
        Plans to begin from, shares of candidates, (n_candidates,) each: at least one.
    gap
        Relative distance of plan and bound at which to stop.
    progress
        Raising Cancelled from it ends the search with what was proven so far.
    """
    deadline = time.perf_counter() + time_limit_s
    plain = build_resources(task)
    run = _Balance(task=task, worst_sets=worst_sets, plain=plain, sets=list(dict.fromkeys(sets)))
    run.start_x = today_of(task, plain)
    run.start_x[: plain.n_candidates] = plans[0]
    run.rule_price = np.zeros(len(plain.net.room) - plain.n_cells)
    for x in plans:
        run.offer(x)
    run.plans = list(plans)
    rounding = _rounding(task)
    rounds, idle = 0, 0
    while rounds < max_rounds and idle < _FEW and time.perf_counter() < deadline:
        weight, mix = _next_weights(run.costs())
        if rounds:
            run.offer(np.tensordot(mix, np.array(run.plans), axes=1))
        assert run.worst is not None  # there is a plan to begin from
        enough = gap * abs(run.worst.cost_min)
        if run.worst.cost_min - run.bound <= enough:
            break
        before = run.worst.cost_min - run.bound
        tried = _widened(weight, len(run.sets))
        if rounds:
            tried = _KEPT * _widened(run.best_weight, len(run.sets)) + (1.0 - _KEPT) * tried
        tried = _heaviest(tried, max(2, _MOST_USES // max(1, plain.net.own_at[-1])))
        try:
            done = run.descend(
                tried,
                gap=_DESCENT_GAP * gap,
                time_limit_s=deadline - time.perf_counter(),
                seed=seed + rounds,
                progress=progress,
            )
        except Cancelled:
            break
        rounds += 1
        if done.priced.bound - rounding > run.bound:
            run.bound, run.best_weight = done.priced.bound - rounding, tried
        x = done.x[: plain.n_candidates]
        n_sets = len(run.sets)
        run.plans.append(x)
        run.offer(x)
        better = before - (run.worst.cost_min - run.bound) > _LITTLE * enough
        idle = 0 if better or len(run.sets) > n_sets else idle + 1
    assert run.x is not None
    assert run.worst is not None
    return Balanced(
        bound=run.bound,
        weight=_widened(run.best_weight, len(run.sets)),
        sets=tuple(run.sets),
        x=run.x,
        worst=run.worst,
        rounds=rounds,
    )


def kept_rules(
    task: Task, x: NDArray[np.float64], *, time_limit_s: float
) -> NDArray[np.float64] | None:
    """Return shares of candidates near ``x`` that keep the rules, None where none were found."""
    plain = build_resources(task)
    today = today_of(task, plain)
    wide = today.copy()
    wide[: plain.n_candidates] = x
    kept = keep_rules(plain, wide, today, time_limit_s=time_limit_s)
    return None if kept is None else clean_shares(task.matrices, kept[: plain.n_candidates])


def stack_resources(
    task: Task, plain: Resources, follow: NDArray[np.float64], weight: NDArray[np.float64]
) -> Resources:
    """Lay cells of several scenarios out side by side, the rules behind them.

    The cost is the scenarios' average.

    Parameters
    ----------
    plain
        The resources of the task as everybody follows.
    follow
        Share of each cohort that follows, shape (n_scenarios, n_cohorts).
    weight
        At least 0, sum 1 at most, shape (n_scenarios,).
    """
    net, k = plain.net, plain.n_cells
    n_columns = len(net.cost)
    own = sparse.csr_array(
        (net.own_use, net.own_of, net.own_at), shape=(n_columns, len(net.room))
    ).tocsc()
    base, owner = task.matrices.base_candidate, task.matrices.candidate_cohort
    loads, rules = own[:, :k], own[:, k:]
    extra = np.ones(n_columns - len(owner))
    blocks = [sparse.diags_array(np.concatenate([p[owner], extra])) @ loads for p in follow]
    use = sparse.csr_array(sparse.hstack([*blocks, rules], format="csr"))
    use.eliminate_zeros()
    stay = (task.reduced.x_load[:, base] @ (1.0 - follow).T).T
    terms = 1 + int(np.diff(task.reduced.x_load.indptr).max(initial=0))
    x_cost = task.reduced.x_cost
    cost = (weight @ follow)[owner] * x_cost
    cost += ((weight @ (1.0 - follow)) * x_cost[base])[owner]
    return replace(
        plain,
        net=net._replace(
            cost=np.concatenate([cost, net.cost[len(cost) :]]),
            own_at=use.indptr.astype(np.int64),
            own_of=use.indices.astype(np.int32),
            own_use=use.data,
            room=np.concatenate([(net.room[:k] - stay).ravel(), net.room[k:]]),
            factor=np.concatenate([np.outer(weight, net.factor[:k]).ravel(), net.factor[k:]]),
            jump=np.concatenate([np.outer(weight, net.jump[:k]).ravel(), net.jump[k:]]),
        ),
        n_cells=len(follow) * k,
        own_room=np.concatenate([(plain.own_room[:k] + terms * stay).ravel(), plain.own_room[k:]]),
    )


def _next_weights(costs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights at which the cuts leave most room, and the mix of plans they prove.

    ``max_w min_i costs_i w``, its dual ``min_mix max_S mix costs_S``.
    """
    n_plans, n_sets = costs.shape
    low, high = float(costs.min()), float(costs.max())
    if high <= low:
        return np.full(n_sets, 1.0 / n_sets), np.full(n_plans, 1.0 / n_plans)
    scaled = (costs - low) / (high - low)
    builder = ModelBuilder()
    mix = builder.add_columns("mix", cost=np.zeros(n_plans), upper=np.ones(n_plans))
    top = builder.add_columns("top", cost=np.ones(1), upper=np.ones(1))
    total = sparse.csr_array(np.ones((1, n_plans)))
    builder.add_rows("whole", [(mix, total)], lower=1.0, upper=1.0, n=1)
    terms = [(mix, sparse.csr_array(scaled.T)), (top, sparse.csr_array(-np.ones((n_sets, 1))))]
    builder.add_rows("worst", terms, upper=0.0, n=n_sets)
    outcome = solve_linear(builder.build(), time_limit_s=5.0)
    if outcome.values is None or outcome.duals is None:
        return np.full(n_sets, 1.0 / n_sets), np.full(n_plans, 1.0 / n_plans)
    weight = np.maximum(0.0, -outcome.duals[1:])
    shares = np.maximum(0.0, outcome.values[:n_plans])
    return _widened(weight, n_sets), shares / shares.sum()


def _heaviest(weight: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the n largest weights, those of the others spread over them."""
    if np.count_nonzero(weight) <= n:
        return weight
    kept = np.zeros(len(weight))
    largest = np.argsort(-weight, kind="stable")[:n]
    kept[largest] = weight[largest]
    return _widened(kept, len(weight))


def _widened(weight: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return weights of more sets, those added at 0, crumbs dropped, and their sum 1 at most."""
    wide = np.zeros(n)
    wide[: len(weight)] = np.where(weight > _NONE, weight, 0.0)
    total = float(wide.sum())
    if total <= 0:
        wide[0] = total = 1.0
    result: NDArray[np.float64] = wide / (total * (1.0 + n * _EPS))
    return result


def _rounding(task: Task) -> float:
    """Bound what rounding the weighted costs and loads does to any plan's average."""
    reduced = task.reduced
    cells, kept = task.problem.cells, reduced.cells
    steep = 2.0 * task.problem.curve.slope * cells.ride_min[kept] / cells.standing_m2[kept]
    terms = 8 + int(np.diff(reduced.x_load.indptr).max(initial=0))
    crowding = float(np.sum(steep * (ROOM * reduced.max_load) ** 2))
    largest = np.maximum.reduceat(
        np.abs(reduced.x_cost), task.problem.cohorts.candidate_offset[:-1]
    )
    return _EPS * (terms * crowding + 8.0 * float(largest.sum()))
