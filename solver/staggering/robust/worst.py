"""The plan that is best when the worst so many employers do not follow."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from network.base import Cancelled
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import Tangents, initial_tangents, tangent_cost
from solver.staggering.costs.pricing import share_flows
from solver.staggering.costs.reduce import Objective, RouteForm, reduce_problem
from solver.staggering.descent import can_descend
from solver.staggering.programs.bound import safe_bound
from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.result import PlanStatus, relative_gap
from solver.staggering.robust.balance import Balanced, balance_sets, kept_rules
from solver.staggering.robust.compliance import Compliance, RobustResult
from solver.staggering.robust.model import RobustModel
from solver.staggering.robust.plain import Heard, solve_plainly, until_closing
from solver.staggering.robust.search import anneal_robustly, improve_robustly
from solver.staggering.robust.stacked import stack_scenarios
from solver.staggering.robust.worst_sets import THOROUGH, Worst, WorstSets
from solver.staggering.search.rounding import build_landscape, round_shares
from solver.staggering.task import Task, clean_shares
from solver.staggering.warm import make_warm_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.costs.matrices import Matrices
    from solver.staggering.costs.reduce import Reduced
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.conflict import RuleInConflict
    from solver.staggering.result import SolveSettings
    from solver.staggering.search.rounding import Landscape

BALANCE_FROM = 5_000
"""From so many uses of cells by candidates on, weights on sets prove more than a program."""
_MANY_CANDIDATES = 1_000
"""From so many on branch and bound over all sets' cells has no hope of an end."""
_MAX_ROUNDS = 60
_FIRST_LOOK = 0.25  # of the time goes into the plan for when everybody follows
_CLOSE = 0.1  # of the gap asked for: as near as the bound of whole cohorts need be
_LATER_TANGENTS = 2
_RELAXING = 0.5  # of the time goes at most into the bound before plans of whole cohorts
_AVERAGING = 0.4  # of the time that is left goes into the plan of least weighted average
_DRAWS = 12
_ANNEALINGS = 8
_FLOOR = 0.02  # of the largest weight: what sets count in annealing that proved nothing
_SHARE_EACH, _SHORT_S = 0.4, 2.0  # of the time that is left, but no less than so many seconds
_UNTOUCHED = 1e-9


def find_worst_case_plan(
    problem: StaggeringProblem, budget: int, settings: SolveSettings, progress: Progress
) -> RobustResult:
    """Find the plan of least cost with the worst ``budget`` employers away.

    ``problem`` has its weights absorbed. Raising Cancelled from ``progress`` keeps the best
    plan so far.
    """
    return _Run(
        problem=problem, settings=settings, budget=budget, progress=Heard(progress)
    ).finish()


@dataclass(slots=True)
class _Run:
    """The state of one search: sets with their tangents, incumbent and bounds."""

    problem: StaggeringProblem
    settings: SolveSettings
    budget: int
    progress: Heard
    matrices: Matrices = field(init=False)
    reduced: Reduced = field(init=False)
    task: Task = field(init=False)
    worst_sets: WorstSets = field(init=False)
    landscape: Landscape = field(init=False)
    scenarios: list[Compliance] = field(default_factory=list)
    tangents: list[Tangents] = field(default_factory=list)
    known: set[tuple[int, ...]] = field(default_factory=set)
    searched: dict[tuple[int, ...], Compliance] = field(default_factory=dict)
    weights: dict[tuple[int, ...], float] = field(default_factory=dict)
    continuous: NDArray[np.float64] | None = None
    best: NDArray[np.float64] | None = None
    worst: Worst | None = None
    bound: float = -np.inf
    engine_bound: float | None = None
    status_quo_min: float | None = None
    plain_x: NDArray[np.float64] | None = None
    plain_bound_min: float | None = None
    reason: tuple[str, str] = ("", "")
    conflict: tuple[RuleInConflict, ...] = ()
    infeasible: bool = False
    rounds: int = 0
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.matrices = build_matrices(self.problem)
        self.reduced = reduce_problem(self.problem, self.matrices, form=RouteForm.FIXED)
        self.worst_sets = WorstSets(
            problem=self.problem, matrices=self.matrices, reduced=self.reduced, budget=self.budget
        )
        self.task = Task(
            problem=self.problem,
            matrices=self.matrices,
            reduced=self.reduced,
            objective=Objective.COST,
        )
        model = self.task.build(initial_tangents(self.problem, self.reduced, 2))
        share = self.problem.groups.shares_or_cheapest()
        self.landscape = build_landscape(self.task, model, share)
        self._know(())

    def finish(self) -> RobustResult:
        """Search, then rule out that another set is worse for the plan, as far as that goes."""
        try:
            self._search()
        except Cancelled:
            self.progress.is_cancelled = True
        if self.best is not None:
            self.worst = self.worst_sets.find(self.best, effort=THOROUGH)
        upper = None if self.worst is None else self.worst.upper_min
        status = self._status()
        gap = None if upper is None else relative_gap(upper, self.bound)
        sets, plain = self.worst_sets, self.plain_x
        return RobustResult(
            status=status,
            objective=None if self.worst is None else self.worst.cost_min,
            best_bound=self.bound,
            mip_gap=gap,
            engine_bound=self.engine_bound,
            seconds=time.perf_counter() - self.started,
            rounds=self.rounds,
            x=self.best,
            scenario_cost_min=()
            if self.best is None
            else tuple(sets.cost_min(sets.without(self.best, away)) for away in sorted(self.known)),
            not_following=() if self.worst is None else self.worst.employers,
            status_quo_min=self.status_quo_min,
            plain_min=None if plain is None else sets.find(plain).cost_min,
            plain_x=plain,
            nominal_min=None if self.best is None else sets.cost_min(self.best),
            plain_nominal_min=None if plain is None else sets.cost_min(plain),
            plain_bound_min=self.plain_bound_min,
            upper_min=upper,
            reason=self.reason if self.infeasible else ("", ""),
            conflict=self.conflict if self.infeasible else (),
            rests_on_engine=status is PlanStatus.OPTIMAL
            and gap is not None
            and gap > self.settings.gap + _UNTOUCHED,
        )

    def _search(self) -> None:
        today = np.zeros(self.problem.cohorts.n_candidates)
        today[self.matrices.base_candidate] = 1.0
        self.status_quo_min = self.worst_sets.cost_min(today)
        self._offer(today)
        self._start_plainly()
        if self.infeasible or self.progress.is_cancelled or self._is_good():
            return
        integral = self.problem.rules.whole_cohorts
        if self.reduced.x_load.nnz >= BALANCE_FROM and can_descend(self.task):
            self._search_by_weights()
        else:
            self._solve(whole=False, until=_RELAXING if integral else 1.0)
        if not integral or self.infeasible or self.progress.is_cancelled or self._is_good():
            return
        if self.problem.cohorts.n_candidates >= _MANY_CANDIDATES:
            self._anneal()
            return
        if self.best is not None:
            self._make_whole(np.flatnonzero(self.best), pairs=True)
        self._draw_plans()
        for whole in (False, True):
            if not self._is_good():
                self._solve(whole=whole)

    def _start_plainly(self) -> None:
        """Begin from the plan that is best where everybody follows.

        Its bound holds for the worst case as well: nobody staying away is one of the cases.
        """
        limit = _FIRST_LOOK * self.settings.time_limit_s
        plain = solve_plainly(
            self.problem, self.settings, time_limit_s=limit, progress=self.progress
        )
        self.infeasible = plain.status is PlanStatus.INFEASIBLE
        self.reason, self.conflict = (plain.reason, plain.reason_fr), plain.conflict
        self.bound = max(self.bound, plain.best_bound)
        if plain.x is not None:
            self.plain_x, self.plain_bound_min = plain.x, plain.best_bound
            self._offer(plain.x)

    def _search_by_weights(self) -> None:
        """Prove a bound by weights on sets; let the weighted average's best plan be improved."""
        integral = self.problem.rules.whole_cohorts
        later = (1.0 - _RELAXING) * self.settings.time_limit_s if integral else 0.0
        found = balance_sets(
            self.task,
            self.worst_sets,
            [()],
            [x for x in (self.best, self.plain_x) if x is not None],
            gap=self._reach(),
            time_limit_s=max(0.1, self._time_left() - later),
            seed=self.settings.seed,
            progress=self.progress,
        )
        self.bound = max(self.bound, found.bound)
        self.rounds += found.rounds
        for away, weight in zip(found.sets, found.weight.tolist(), strict=True):
            self._know(away)
            self.weights[away] = weight
        if self.progress.is_cancelled:
            raise Cancelled
        x = kept_rules(self.task, found.x, time_limit_s=max(1.0, self._time_left()))
        if not integral:
            if x is not None:
                self._offer(x)
            return
        self.continuous = clean_shares(self.matrices, found.x if x is None else x)
        if self._is_good():
            return
        rounded = round_shares(self.landscape, self.continuous)
        for start in (self._least_average(found, self.continuous), rounded):
            if start is not None and not self._is_good():
                self._make_whole(start, pairs=False)

    def _least_average(
        self, found: Balanced, near: NDArray[np.float64]
    ) -> NDArray[np.int64] | None:
        """Find whole cohorts of least average at the weights found: what they prove holds.

        Begins from shares ``near``. Stops before branch and bound, which proves next to
        nothing here.
        """
        scenarios = [
            Compliance(share=self._away(away).share, weight=float(weight))
            for away, weight in zip(found.sets, found.weight, strict=True)
            if weight > 0
        ]
        stacked = stack_scenarios(self.problem, self.matrices, self.reduced, scenarios)
        limit = max(0.1, _AVERAGING * self._time_left())
        plan = solve_plainly(
            stacked.problem,
            replace(self.settings, gap=_CLOSE * self.settings.gap),
            time_limit_s=limit,
            progress=until_closing(self.progress, time.perf_counter() + limit),
            start=make_warm_start(stacked.problem, near, near),
        )
        if self.progress.is_cancelled:
            raise Cancelled
        self.bound = max(self.bound, plan.best_bound - stacked.rounding_min)
        return None if plan.x is None else np.flatnonzero(plan.x)

    def _solve(self, *, whole: bool, until: float = 1.0) -> None:
        """Solve, touch the curves and add the worst set where the solution is, until neither is.

        Stops after a share ``until`` of the time.
        """
        integral = self.problem.rules.whole_cohorts
        for step in range(_MAX_ROUNDS):
            left = self._time_left() - (1.0 - until) * self.settings.time_limit_s
            if left <= 0:
                return
            self.progress("close" if whole else "relax", step, _MAX_ROUNDS)
            model = RobustModel(
                problem=self.problem,
                matrices=self.matrices,
                reduced=self.reduced,
                scenarios=self.scenarios,
                tangents=self.tangents,
            ).build(whole=whole)
            outcome = solve_linear(
                model,
                time_limit_s=left,
                gap=0.5 * self.settings.gap,
                seed=self.settings.seed,
                pulse=partial(self.progress, "close" if whole else "relax", step, _MAX_ROUNDS),
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
                self._make_whole(round_shares(self.landscape, x), pairs=False)
            worst = self.worst_sets.find(x)
            added = self._know(worst.employers)
            touched = self._touch(x)
            if not (added or touched) or self._is_good():
                return
            if not whole and relative_gap(worst.cost_min, self.bound) <= self._reach():
                return

    def _time_left(self) -> float:
        return self.settings.time_limit_s - (time.perf_counter() - self.started)

    def _know(self, employers: tuple[int, ...]) -> bool:
        """Let a set count in the program from now on; return whether it is new there."""
        if employers in self.known:
            return False
        n = self.settings.initial_tangents if not self.scenarios else _LATER_TANGENTS
        self.known.add(employers)
        self.scenarios.append(self._away(employers))
        self.tangents.append(initial_tangents(self.problem, self.reduced, n))
        return True

    def _away(self, employers: tuple[int, ...]) -> Compliance:
        """Return the scenario in which these employers stay; moves are priced on it from now."""
        if employers not in self.searched:
            away = np.isin(self.problem.cohorts.employer, list(employers))
            self.searched[employers] = Compliance(share=np.where(away, 0.0, 1.0))
        return self.searched[employers]

    def _anneal(self) -> None:
        """Look further from the best plan, again and again, as long as there is time."""
        for turn in range(_ANNEALINGS):
            if self.best is None or self._is_good() or self._time_left() <= 0:
                return
            left = self._time_left()
            choices = anneal_robustly(
                self.landscape,
                np.flatnonzero(self.best),
                list(self.searched.values()),
                prior=self._prior(),
                deadline=time.perf_counter() + max(_SHARE_EACH * left, min(left, _SHORT_S)),
                seed=self.settings.seed + turn,
                progress=self.progress,
            )
            self._make_whole(choices, pairs=False)
        if self.best is not None:
            self._make_whole(np.flatnonzero(self.best), pairs=True)

    def _prior(self) -> NDArray[np.float64]:
        """Return how much each searched set counts, those without a weight a little."""
        weight = np.array([self.weights.get(away, 0.0) for away in self.searched])
        weight += _FLOOR * float(weight.max()) or 1.0
        return np.asarray(weight / weight.sum())

    def _draw_plans(self) -> None:
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
            self._make_whole(np.clip(drawn, offset[:-1], offset[1:] - 1), pairs=True)

    def _make_whole(self, choices: NDArray[np.int64], *, pairs: bool) -> None:
        """Move cohorts until no set of employers is worse for the plan than those known.

        With ``pairs`` then also two at a time, and so on until neither changes the plan.
        """
        two, before = False, choices
        while self._time_left() > 0:
            choices = self._move(choices, pairs=two)
            plan = np.zeros(self.problem.cohorts.n_candidates)
            plan[choices] = 1.0
            away = self._offer(plan).employers
            if away not in self.searched:
                self._away(away)
                two = False
                continue
            if not pairs or (two and np.array_equal(before, choices)) or self._is_good():
                return
            two, before = True, choices

    def _move(self, choices: NDArray[np.int64], *, pairs: bool) -> NDArray[np.int64]:
        return improve_robustly(
            self.landscape,
            choices,
            list(self.searched.values()),
            pairs=pairs,
            deadline=self.started + self.settings.time_limit_s,
            seed=self.settings.seed,
            progress=self.progress,
        )

    def _touch(self, x: NDArray[np.float64]) -> bool:
        """Add a tangent at the load of each cell that a scenario's tangents underestimate."""
        changed = False
        cells, kept = self.problem.cells, self.reduced.cells
        for place, one in enumerate(self.scenarios):
            there = one.apply(self.matrices, x)
            load = cells.background_pax[kept] + self.reduced.x_load @ there
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

    def _reach(self) -> float:
        """Return the relative gap at which the continuous problem counts as solved."""
        settings = self.settings
        if self.problem.rules.whole_cohorts:
            return max(settings.refine_gap, _CLOSE * settings.gap)
        return min(settings.refine_gap, settings.gap)

    def _offer(self, x: NDArray[np.float64]) -> Worst:
        """Keep a plan if it is better than the incumbent and keeps the rules as asked for."""
        worst = self.worst_sets.find(x)
        if self.worst is None or worst.cost_min < self.worst.cost_min:
            flow = share_flows(self.matrices, x, self.problem.groups.shares_or_cheapest())
            if not find_violations(self.problem, x, flow):
                self.best, self.worst = x, worst
        return worst

    def _is_good(self) -> bool:
        if self.worst is None:
            return False
        bound = max(self.bound, self.engine_bound or -np.inf)
        return relative_gap(self.worst.upper_min, bound) <= self.settings.gap + _UNTOUCHED

    def _status(self) -> PlanStatus:
        is_cancelled = self.progress.is_cancelled
        if self.infeasible and not is_cancelled:
            return PlanStatus.INFEASIBLE
        if is_cancelled or self.best is None:
            return PlanStatus.STOPPED
        return PlanStatus.OPTIMAL if self._is_good() else PlanStatus.FEASIBLE
