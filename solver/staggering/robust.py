"""Plans for when not everybody follows: best on average over scenarios, or in the worst case.

Who does not follow keeps today's start. A scenario is the share of each cohort that follows;
a plan ``x`` then leads to ``p x + (1 - p) [j = base]`` and costs what that does. Routes stay in
today's shares. Rules bind the plan as it is asked for, not what becomes of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from network.base import Cancelled, InputError, Problem, no_progress
from solver.staggering.bound import safe_bound
from solver.staggering.checker import find_violations
from solver.staggering.compliance import Compliance, RobustResult, check_scenarios
from solver.staggering.engine import EngineStatus, solve_linear
from solver.staggering.families import RULES
from solver.staggering.linear import ModelBuilder
from solver.staggering.matrices import build_matrices
from solver.staggering.measures import absorb_weights
from solver.staggering.model import add_one_slot
from solver.staggering.parts import Parts
from solver.staggering.pieces import Tangents, build_pieces, initial_tangents, tangent_cost
from solver.staggering.pricing import price_plan, share_flows
from solver.staggering.reduce import Objective, RouteForm, reduce_problem
from solver.staggering.result import PlanStatus, SolveSettings, relative_gap
from solver.staggering.solve import solve_staggering
from solver.staggering.task import clean_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.linear import Block, LinearModel
    from solver.staggering.matrices import Matrices
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.reduce import Reduced

MAX_SETS = 20_000
"""Up to this many sets of employers are tried for the worst one."""
_MAX_ROUNDS = 60
_FIRST_LOOK = 0.25  # of the time goes into the plan for when everybody follows
_UNTOUCHED = 1e-9


def solve_expected(
    problem: StaggeringProblem,
    scenarios: Sequence[Compliance],
    *,
    settings: SolveSettings | None = None,
    progress: Progress = no_progress,
) -> RobustResult:
    """Find the plan of least average cost over scenarios of compliance.

    ``min sum_s w_s cost(p_s x + (1 - p_s) base) / sum_s w_s``: every scenario has loads of its
    own, ``load_ks = g_k + sum_cj l_kcj (p_sc x_cj + (1 - p_sc) [j = base])``, and pieces of each
    cell's crowding cost. Raising Cancelled from ``progress`` keeps the best plan so far.

    Raises
    ------
    InputError
        If there is no scenario, a share is not from 0 to 1, or a weight is not positive.
    """
    check_scenarios(problem, scenarios)
    total = sum(one.weight for one in scenarios)
    weighed = [replace(one, weight=one.weight / total) for one in scenarios]
    run = _Run(
        problem=absorb_weights(problem), settings=settings or SolveSettings(), is_worst=False
    )
    for one in weighed:
        run.add(one)
    return run.finish(progress)


def solve_worst_case(
    problem: StaggeringProblem,
    budget: int,
    *,
    settings: SolveSettings | None = None,
    progress: Progress = no_progress,
) -> RobustResult:
    """Find the plan that is best when the worst ``budget`` employers do not follow.

    ``min_x max_(S: |S| <= budget) cost(x where e(c) not in S, base where it is)``. Sets are
    generated: the program knows some, the worst for its plan joins them, until no other is
    worse. Some sets give a valid bound; the plan is priced over all. Raising Cancelled from
    ``progress`` keeps the best plan so far.

    Raises
    ------
    InputError
        If the budget is negative or there are more sets than are tried.
    """
    n = len(problem.cohorts.employer_ids)
    n_sets = sum(comb(n, k) for k in range(min(budget, n) + 1)) if budget >= 0 else 0
    if not 0 < n_sets <= MAX_SETS:
        raise InputError(
            Problem(
                file="<robust plan>",
                field="budget",
                found=f"{budget} of {n} employers, {n_sets} sets",
                expected=f"an integer >= 0 with at most {MAX_SETS} sets of employers",
                mend="Lower the budget.",
            )
        )
    run = _Run(
        problem=absorb_weights(problem),
        settings=settings or SolveSettings(),
        is_worst=True,
        budget=min(budget, n),
    )
    run.add(run.without(()))
    return run.finish(progress)


@dataclass(slots=True)
class _Run:
    """The state of one robust solve: scenarios with their tangents, incumbent and bounds."""

    problem: StaggeringProblem
    settings: SolveSettings
    is_worst: bool
    budget: int = 0
    matrices: Matrices = field(init=False)
    reduced: Reduced = field(init=False)
    scenarios: list[Compliance] = field(default_factory=list)
    tangents: list[Tangents] = field(default_factory=list)
    known: set[tuple[int, ...]] = field(default_factory=set)
    best: NDArray[np.float64] | None = None
    value: float = np.inf
    worst: tuple[int, ...] = ()
    bound: float = -np.inf
    engine_bound: float | None = None
    infeasible: bool = False
    cancelled: bool = False
    rounds: int = 0
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.matrices = build_matrices(self.problem)
        self.reduced = reduce_problem(self.problem, self.matrices, form=RouteForm.FIXED)

    def add(self, scenario: Compliance) -> None:
        """Let a scenario count from now on."""
        first = initial_tangents(self.problem, self.reduced, self.settings.initial_tangents)
        self.scenarios.append(scenario)
        self.tangents.append(first)

    def without(self, employers: tuple[int, ...]) -> Compliance:
        """Return the scenario in which these employers stay as today; it is known from now on."""
        self.known.add(employers)
        away = np.isin(self.problem.cohorts.employer, list(employers))
        return Compliance(share=np.where(away, 0.0, 1.0))

    def finish(self, progress: Progress) -> RobustResult:
        """Solve the continuous problem for the bound, then for whole cohorts where asked."""
        try:
            self._search(progress)
        except Cancelled:
            self.cancelled = True
        has_plan = self.best is not None
        return RobustResult(
            status=self._status(),
            objective=self.value if has_plan else None,
            best_bound=self.bound,
            mip_gap=relative_gap(self.value, self.bound) if has_plan else None,
            engine_bound=self.engine_bound,
            seconds=time.perf_counter() - self.started,
            rounds=self.rounds,
            x=self.best,
            scenario_cost_min=()
            if self.best is None
            else tuple(self._cost(one, self.best) for one in self.scenarios),
            not_following=self.worst,
        )

    def _search(self, progress: Progress) -> None:
        self._offer(self._status_quo())
        self._start_plainly(progress)
        if self._is_good():
            return
        self._solve(progress, whole=False)
        if self.problem.rules.whole_cohorts and not self.infeasible and not self._is_good():
            self._solve(progress, whole=True)

    def _start_plainly(self, progress: Progress) -> None:
        """Begin from the plan that is best where everybody follows.

        Its bound holds for the worst case as well: nobody staying away is one of the cases.
        """
        settings = replace(
            self.settings,
            form=RouteForm.FIXED,
            objective=Objective.COST,
            time_limit_s=_FIRST_LOOK * self.settings.time_limit_s,
        )
        plain = solve_staggering(self.problem, settings=settings, progress=progress)
        if plain.x is not None:
            self._offer(plain.x)
        if self.is_worst:
            self.bound = max(self.bound, plain.best_bound)

    def _solve(self, progress: Progress, *, whole: bool) -> None:
        """Solve, touch the curves and add the worst set where the solution is, until neither is."""
        integral = self.problem.rules.whole_cohorts
        for step in range(_MAX_ROUNDS):
            left = self.settings.time_limit_s - (time.perf_counter() - self.started)
            if left <= 0:
                return
            progress("close" if whole else "relax", step, _MAX_ROUNDS)
            model = self._build(whole=whole)
            outcome = solve_linear(
                model, time_limit_s=left, gap=0.5 * self.settings.gap, seed=self.settings.seed
            )
            self.rounds += 1
            if outcome.status is EngineStatus.INFEASIBLE:
                self.infeasible = self.best is None
                return
            if whole:
                self.engine_bound = max(outcome.bound, self.engine_bound or -np.inf)
            elif outcome.duals is not None:
                self.bound = max(self.bound, safe_bound(model, outcome.duals))
            if outcome.values is None:
                return
            x = outcome.values[model.column_block("x").span]
            x = clean_shares(self.matrices, np.round(x) if whole else x)
            if whole or not integral:
                self._offer(x)
            added = self._add_worst(x) if self.is_worst else False
            touched = self._touch(x)
            if not (added or touched) or self._is_good():
                return
            if not whole and relative_gap(self._value(x)[0], self.bound) <= self._reach():
                return

    def _build(self, *, whole: bool) -> LinearModel:
        """Build the program: shares, and loads and pieces a scenario."""
        builder = ModelBuilder()
        n = len(self.reduced.x_cost)
        cost = np.zeros(n)
        if not self.is_worst:
            for one in self.scenarios:
                follows = one.share[self.matrices.candidate_cohort]
                cost += one.weight * follows * self.reduced.x_cost
                builder.offset += one.weight * self._staying_cost(one)
        x = builder.add_columns("x", cost=cost, upper=np.ones(n), integer=whole)
        y = builder.add_columns("y", cost=np.zeros(0), upper=np.zeros(0))
        parts = Parts(problem=self.problem, matrices=self.matrices, reduced=self.reduced, x=x, y=y)
        add_one_slot(builder, parts)
        for add in RULES.values():
            add(builder, parts)
        theta = self._add_theta(builder) if self.is_worst else None
        for one, tangents in zip(self.scenarios, self.tangents, strict=True):
            self._add_scenario(builder, x, theta, one, tangents)
        return builder.build()

    def _add_theta(self, builder: ModelBuilder) -> Block:
        """Add the worst cost; no scenario of a plan can cost more than its upper bound."""
        largest = np.maximum.reduceat(
            self.reduced.x_cost, self.problem.cohorts.candidate_offset[:-1]
        )
        cells, kept = self.problem.cells, self.reduced.cells
        full = cells.background_pax.copy()
        full[kept] = np.maximum(full[kept], self.reduced.max_load)
        most = self.problem.curve.cost_min(full, cells.seats, cells.standing_m2, cells.ride_min)
        upper = float(np.maximum(largest, 0.0).sum() + most.sum()) * (1 + _UNTOUCHED) + 1.0
        return builder.add_columns("worst", cost=np.ones(1), upper=np.array([upper]))

    def _add_scenario(
        self,
        builder: ModelBuilder,
        x: Block,
        theta: Block | None,
        one: Compliance,
        tangents: Tangents,
    ) -> None:
        """Add ``sum l p x - sum piece <= room`` by cell; for the worst case ``cost_s <= worst``."""
        cells, kept = self.problem.cells, self.reduced.cells
        stay = self.reduced.x_load[:, self.matrices.base_candidate] @ (1.0 - one.share)
        background = cells.background_pax.copy()
        background[kept] += stay
        there = replace(self.problem, cells=replace(cells, background_pax=background))
        pieces = build_pieces(there, self.reduced, tangents)
        weight = 0.0 if self.is_worst else one.weight
        piece = builder.add_columns("piece", cost=weight * pieces.slope, upper=pieces.width)
        builder.offset += weight * pieces.constant
        follows = one.share[self.matrices.candidate_cohort]
        n = len(pieces.cell)
        filled = sparse.csr_array((-np.ones(n), (pieces.cell, np.arange(n))), shape=(len(kept), n))
        load = sparse.csr_array(self.reduced.x_load @ sparse.diags_array(follows))
        room = np.maximum(0.0, cells.seats[kept] - background[kept])
        builder.add_rows("cell_load", [(x, load), (piece, filled)], upper=room, n=len(kept))
        if theta is not None:
            builder.add_rows(
                "worst",
                [
                    (x, sparse.csr_array((follows * self.reduced.x_cost)[None, :])),
                    (piece, sparse.csr_array(pieces.slope[None, :])),
                    (theta, sparse.csr_array(np.array([[-1.0]]))),
                ],
                upper=-(pieces.constant + self._staying_cost(one)),
                n=1,
            )

    def _staying_cost(self, one: Compliance) -> float:
        """Compute what those who do not follow cost wherever the plan sends them."""
        return float((1.0 - one.share) @ self.reduced.x_cost[self.matrices.base_candidate])

    def _touch(self, x: NDArray[np.float64]) -> bool:
        """Add a tangent at the load of each cell that a scenario's tangents underestimate."""
        changed = False
        cells, kept = self.problem.cells, self.reduced.cells
        for place, one in enumerate(self.scenarios):
            load = self._load(one, x)[kept]
            true = self.problem.curve.cost_min(
                load, cells.seats[kept], cells.standing_m2[kept], cells.ride_min[kept]
            )
            tangents = self.tangents[place]
            missing = true - tangent_cost(self.problem, self.reduced, tangents, load)
            least = _UNTOUCHED * max(1.0, float(true.sum())) / max(1, len(kept))
            short = np.flatnonzero(missing > least)
            more = tangents.with_points(short.astype(np.int64), load[short])
            changed |= len(more) > len(tangents)
            self.tangents[place] = more
        return changed

    def _add_worst(self, x: NDArray[np.float64]) -> bool:
        """Add the worst set of employers for a plan; return whether the program lacked it."""
        _, employers = self._find_worst(x)
        if employers in self.known:
            return False
        self.add(self.without(employers))
        return True

    def _find_worst(self, x: NDArray[np.float64]) -> tuple[float, tuple[int, ...]]:
        """Try every set of at most ``budget`` employers; the first of the dearest is the worst."""
        cells, problem = self.problem.cells, self.problem
        employer = problem.cohorts.employer[self.matrices.candidate_cohort]
        back = -x
        back[self.matrices.base_candidate] += 1.0  # what changes where nobody follows
        shares = problem.groups.shares_or_cheapest()
        load = cells.background_pax + self.matrices.use @ share_flows(self.matrices, x, shares)
        linear = float(self.reduced.x_cost @ x)
        movers = [e for e in range(len(problem.cohorts.employer_ids)) if back[employer == e].any()]
        change = {e: np.where(employer == e, back, 0.0) for e in movers}
        loads = {
            e: self.matrices.use @ share_flows(self.matrices, change[e], shares) for e in movers
        }
        costs = {e: float(self.reduced.x_cost @ change[e]) for e in movers}
        worst = -np.inf
        found: tuple[int, ...] = ()
        for size in range(min(self.budget, len(movers)) + 1):
            for chosen in combinations(movers, size):
                at = load + sum((loads[e] for e in chosen), np.zeros(len(cells)))
                crowding = problem.curve.cost_min(
                    at, cells.seats, cells.standing_m2, cells.ride_min
                )
                cost = linear + sum(costs[e] for e in chosen) + float(crowding.sum())
                if worst == -np.inf or cost > worst + _UNTOUCHED * abs(worst):
                    worst, found = cost, chosen
        return worst, found

    def _load(self, one: Compliance, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute the load of every cell when a scenario comes true."""
        there = one.apply(self.matrices, x)
        flow = share_flows(self.matrices, there, self.problem.groups.shares_or_cheapest())
        load: NDArray[np.float64] = self.problem.cells.background_pax + self.matrices.use @ flow
        return load

    def _cost(self, one: Compliance, x: NDArray[np.float64]) -> float:
        there = one.apply(self.matrices, x)
        flow = share_flows(self.matrices, there, self.problem.groups.shares_or_cheapest())
        return price_plan(self.problem, self.matrices, there, flow).total_min

    def _status_quo(self) -> NDArray[np.float64]:
        x = np.zeros(self.problem.cohorts.n_candidates)
        x[self.matrices.base_candidate] = 1.0
        return x

    def _value(self, x: NDArray[np.float64]) -> tuple[float, tuple[int, ...]]:
        """Return what a plan comes to, and who is away then (nobody in an average)."""
        if self.is_worst:
            return self._find_worst(x)
        return sum(one.weight * self._cost(one, x) for one in self.scenarios), ()

    def _reach(self) -> float:
        """Return the relative gap at which the continuous problem counts as solved."""
        settings = self.settings
        if self.problem.rules.whole_cohorts:
            return settings.refine_gap
        return min(settings.refine_gap, settings.gap)

    def _offer(self, x: NDArray[np.float64]) -> None:
        """Keep a plan if it is better than the incumbent and keeps the rules as asked for."""
        value, worst = self._value(x)
        if value >= self.value:
            return
        flow = share_flows(self.matrices, x, self.problem.groups.shares_or_cheapest())
        if not find_violations(self.problem, x, flow):
            self.best, self.value, self.worst = x, value, worst

    def _is_good(self) -> bool:
        if self.best is None:
            return False
        bound = max(self.bound, self.engine_bound or -np.inf)
        return relative_gap(self.value, bound) <= self.settings.gap + _UNTOUCHED

    def _status(self) -> PlanStatus:
        if self.infeasible and not self.cancelled:
            return PlanStatus.INFEASIBLE
        if self.cancelled or self.best is None:
            return PlanStatus.STOPPED
        return PlanStatus.OPTIMAL if self._is_good() else PlanStatus.FEASIBLE
