"""Plans for when not everybody follows: best on average over scenarios, or in the worst case.

Who does not follow keeps today's start. A scenario is the share of each cohort that follows;
a plan ``x`` then leads to ``p x + (1 - p) [j = base]`` and costs what that does. Routes stay in
today's shares. Rules bind the plan as it is asked for, not what becomes of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from network.base import Cancelled, InputError, Problem, no_progress
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.measures import absorb_weights
from solver.staggering.costs.pieces import Tangents, initial_tangents, tangent_cost
from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.costs.reduce import Objective, RouteForm, reduce_problem
from solver.staggering.programs.bound import safe_bound
from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.result import PlanStatus, SolveSettings, relative_gap
from solver.staggering.robust.compliance import Compliance, RobustResult, check_scenarios
from solver.staggering.robust.model import RobustModel
from solver.staggering.robust.search import improve_robustly
from solver.staggering.robust.worst_sets import WorstSets
from solver.staggering.search.rounding import build_landscape, round_shares
from solver.staggering.solve import solve_staggering
from solver.staggering.task import Task, clean_shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.conflict import RuleInConflict
    from solver.staggering.search.rounding import Landscape

MAX_SETS = 20_000
"""Up to this many sets of employers are tried for the worst one."""
_MAX_ROUNDS = 60
_FIRST_LOOK = 0.25  # of the time goes into the plan for when everybody follows
_CLOSE = 0.1  # of the gap asked for: as near as the bound of whole cohorts need be
_LATER_TANGENTS = 2
_RELAXING = 0.6  # of the time goes at most into the bound before plans of whole cohorts
_DRAWS = 12
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
    worst_sets: WorstSets = field(init=False)
    landscape: Landscape = field(init=False)
    scenarios: list[Compliance] = field(default_factory=list)
    tangents: list[Tangents] = field(default_factory=list)
    known: set[tuple[int, ...]] = field(default_factory=set)
    searched: dict[tuple[int, ...], Compliance] = field(default_factory=dict)
    continuous: NDArray[np.float64] | None = None
    best: NDArray[np.float64] | None = None
    value: float = np.inf
    worst: tuple[int, ...] = ()
    bound: float = -np.inf
    engine_bound: float | None = None
    status_quo_min: float | None = None
    plain_min: float | None = None
    reason: tuple[str, str] = ("", "")
    conflict: tuple[RuleInConflict, ...] = ()
    infeasible: bool = False
    cancelled: bool = False
    rounds: int = 0
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.matrices = build_matrices(self.problem)
        self.reduced = reduce_problem(self.problem, self.matrices, form=RouteForm.FIXED)
        self.worst_sets = WorstSets(
            problem=self.problem, matrices=self.matrices, reduced=self.reduced, budget=self.budget
        )
        task = Task(
            problem=self.problem,
            matrices=self.matrices,
            reduced=self.reduced,
            objective=Objective.COST,
        )
        model = task.build(initial_tangents(self.problem, self.reduced, 2))
        share = self.problem.groups.shares_or_cheapest()
        self.landscape = build_landscape(task, model, share)

    def add(self, scenario: Compliance) -> None:
        """Let a scenario count from now on."""
        n = self.settings.initial_tangents if not self.scenarios else _LATER_TANGENTS
        first = initial_tangents(self.problem, self.reduced, n)
        self.scenarios.append(scenario)
        self.tangents.append(first)

    def without(self, employers: tuple[int, ...]) -> Compliance:
        """Return the scenario in which these employers stay as today; it is known from now on."""
        self.known.add(employers)
        return self._away(employers)

    def _away(self, employers: tuple[int, ...]) -> Compliance:
        """Return the scenario in which these employers stay; moves are priced on it from now."""
        if employers not in self.searched:
            away = np.isin(self.problem.cohorts.employer, list(employers))
            self.searched[employers] = Compliance(share=np.where(away, 0.0, 1.0))
        return self.searched[employers]

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
            status_quo_min=self.status_quo_min,
            plain_min=self.plain_min,
            reason=self.reason if self.infeasible else ("", ""),
            conflict=self.conflict if self.infeasible else (),
            rests_on_engine=self._status() is PlanStatus.OPTIMAL
            and relative_gap(self.value, self.bound) > self.settings.gap + _UNTOUCHED,
        )

    def _search(self, progress: Progress) -> None:
        today = self._status_quo()
        self.status_quo_min = self._value(today)[0]
        self._offer(today)
        self._start_plainly(progress)
        if self.infeasible or self._is_good():
            return
        integral = self.problem.rules.whole_cohorts
        self._solve(progress, whole=False, until=_RELAXING if integral else 1.0)
        if not integral or self.infeasible or self._is_good():
            return
        if self.best is not None:
            self._make_whole(np.flatnonzero(self.best), progress, pairs=True)
        self._draw_plans(progress)
        for whole in (False, True):
            if not self._is_good():
                self._solve(progress, whole=whole)

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
        self.infeasible = plain.status is PlanStatus.INFEASIBLE
        self.reason, self.conflict = (plain.reason, plain.reason_fr), plain.conflict
        if plain.x is not None:
            self.plain_min = self._value(plain.x)[0]
            self._offer(plain.x)
        if self.is_worst:
            self.bound = max(self.bound, plain.best_bound)

    def _solve(self, progress: Progress, *, whole: bool, until: float = 1.0) -> None:
        """Solve, touch the curves and add the worst set where the solution is, until neither is.

        Stops after a share ``until`` of the time.
        """
        integral = self.problem.rules.whole_cohorts
        for step in range(_MAX_ROUNDS):
            left = self._time_left() - (1.0 - until) * self.settings.time_limit_s
            if left <= 0:
                return
            progress("close" if whole else "relax", step, _MAX_ROUNDS)
            model = RobustModel(
                problem=self.problem,
                matrices=self.matrices,
                reduced=self.reduced,
                scenarios=self.scenarios,
                tangents=self.tangents,
                is_worst=self.is_worst,
            ).build(whole=whole)
            outcome = solve_linear(
                model,
                time_limit_s=left,
                gap=0.5 * self.settings.gap,
                seed=self.settings.seed,
                pulse=partial(progress, "close" if whole else "relax", step, _MAX_ROUNDS),
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
            else:
                self.continuous = x
                self._make_whole(round_shares(self.landscape, x), progress, pairs=False)
            added = self._add_worst(x) if self.is_worst else False
            touched = self._touch(x)
            if not (added or touched) or self._is_good():
                return
            if not whole and relative_gap(self._value(x)[0], self.bound) <= self._reach():
                return

    def _time_left(self) -> float:
        return self.settings.time_limit_s - (time.perf_counter() - self.started)

    def _draw_plans(self, progress: Progress) -> None:
        """Draw plans from the continuous solution's shares and improve each as far as it goes."""
        if self.continuous is None:
            return
        offset = self.problem.cohorts.candidate_offset
        rng = np.random.default_rng(self.settings.seed)
        shares = np.add.accumulate(self.continuous)
        before = np.concatenate([[0.0], shares])[offset[:-1]]
        for _ in range(_DRAWS):
            if self._is_good() or self._time_left() <= 0:
                return
            drawn = np.searchsorted(shares, before + rng.random(len(before)) * (1 - _UNTOUCHED))
            choices = np.clip(drawn, offset[:-1], offset[1:] - 1)
            self._make_whole(choices, progress, pairs=True)

    def _make_whole(self, choices: NDArray[np.int64], progress: Progress, *, pairs: bool) -> None:
        """Move cohorts until no set of employers is worse for the plan than those known.

        With ``pairs`` then also two at a time, and so on until neither changes the plan.
        """
        two, before = False, choices
        while self._time_left() > 0:
            choices = self._move(choices, progress, pairs=two)
            plan = np.zeros(self.problem.cohorts.n_candidates)
            plan[choices] = 1.0
            self._offer(plan)
            worst = self.worst_sets.find(plan)[1] if self.is_worst else ()
            if self.is_worst and worst not in self.searched:
                self._away(worst)
                two = False
                continue
            if not pairs or (two and np.array_equal(before, choices)) or self._is_good():
                return
            two, before = True, choices

    def _move(
        self, choices: NDArray[np.int64], progress: Progress, *, pairs: bool
    ) -> NDArray[np.int64]:
        return improve_robustly(
            self.landscape,
            choices,
            list(self.searched.values()) if self.is_worst else self.scenarios,
            is_worst=self.is_worst,
            pairs=pairs,
            deadline=self.started + self.settings.time_limit_s,
            seed=self.settings.seed,
            progress=progress,
        )

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
        _, employers = self.worst_sets.find(x)
        if employers in self.known:
            return False
        self.add(self.without(employers))
        return True

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
            return self.worst_sets.find(x)
        return sum(one.weight * self._cost(one, x) for one in self.scenarios), ()

    def _reach(self) -> float:
        """Return the relative gap at which the continuous problem counts as solved."""
        settings = self.settings
        if self.problem.rules.whole_cohorts:
            return max(settings.refine_gap, _CLOSE * settings.gap)
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
