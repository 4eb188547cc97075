"""From a problem to a plan: relax, round, route, close the gap, check."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import Cancelled, no_progress
from solver.staggering.checker import find_violations
from solver.staggering.conflict import find_conflict
from solver.staggering.engine import EngineStatus, solve_linear
from solver.staggering.explain import describe_conflict, find_conflicting_rules
from solver.staggering.matrices import build_matrices
from solver.staggering.measures import absorb_weights
from solver.staggering.moves import anneal_plan, can_price
from solver.staggering.parts import candidate_priced_min
from solver.staggering.pieces import Tangents, initial_tangents, touch_near
from solver.staggering.pricing import marginal_shares, price_plan, share_flows
from solver.staggering.reduce import Objective, RouteForm, reduce_problem
from solver.staggering.relax import Relaxation, refine, relax
from solver.staggering.result import PlanStatus, SolveSettings, StaggeringResult, relative_gap
from solver.staggering.rounding import (
    better_choices,
    build_landscape,
    improve_choices,
    round_shares,
    violation_of,
)
from solver.staggering.task import Relaxed, Task
from solver.staggering.warm import make_warm_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.conflict import RuleInConflict
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.warm import WarmStart

_log = logging.getLogger(__name__)

_STAGES = ("build", "relax", "round", "close", "check")
_CLOSING_ROUNDS = 6
_UNTOUCHED = 1e-9
"""As much of the cost as tangents may leave out and still count as touching the curve."""
_FIRST_LOOK = 0.05  # of the time that is left


def solve_staggering(
    problem: StaggeringProblem,
    *,
    settings: SolveSettings | None = None,
    start: WarmStart | None = None,
    progress: Progress = no_progress,
) -> StaggeringResult:
    """Find start times (and routes, in the joint form) of least objective, with a proven bound.

    The continuous problem is solved first, which gives the bound; whole cohorts are rounded
    from it and improved by moves priced exactly; what is left open goes to branch and bound
    for the remaining time. Every plan returned has passed an independent check.

    Parameters
    ----------
    problem
        What to decide. Not modified.
    settings
        Time, gap, seed, form and objective.
    start
        What an earlier solve of this or a similar problem left (``result.warm``). It saves
        time and never changes what is proven.
    progress
        Called between and within phases; raising Cancelled from it ends the search with the
        best plan so far and status STOPPED. A running engine is not interrupted: the longest
        wait is one linear program, or what is left of the time limit in branch and bound.

    Returns
    -------
    result
        Plan, objective, bound and gap; or the reason why there is no plan.
    """
    run = _Run(
        problem=absorb_weights(problem),
        settings=settings or SolveSettings(),
        start=start,
        progress=progress,
    )
    try:
        run.search()
    except Cancelled:
        run.cancelled = True
    return run.finish()


@dataclass(slots=True)
class _Run:
    """The state of one solve: what is known so far."""

    problem: StaggeringProblem
    settings: SolveSettings
    start: WarmStart | None
    progress: Progress
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    task: Task | None = None
    best: Relaxed | None = None
    bound: float = -np.inf
    engine_bound: float | None = None
    lp_objective: float | None = None
    rounds: int = 0
    infeasible: bool = False
    cancelled: bool = False
    conflicting: tuple[str, ...] = ()
    conflict: tuple[RuleInConflict, ...] = ()
    warm: WarmStart | None = None

    def search(self) -> None:
        """Run the phases in turn; the incumbent survives a cancellation."""
        with self._phase("build"):
            self.task = self._build()
            tangents = initial_tangents(
                self.problem, self.task.reduced, self.settings.initial_tangents
            )
            self._offer(self._status_quo(self.task))
            tangents = self._look_first(self.task, tangents)
        with self._phase("relax"):
            relaxation = self._relax(self.task, tangents)
        point, tangents, closing = relaxation.point, relaxation.tangents, relaxation.task
        self._note_warm(self.task, relaxation)
        whole = self.problem.rules.whole_cohorts
        if not self.infeasible and point is not None and not whole:
            self._offer(point)
        if not self.infeasible and point is not None and whole and not self._good_enough():
            with self._phase("round"):
                choices = self._round(self.task, point)
                routed = self._route(self.task, choices, tangents, point.route_flow)
            if routed is not None:
                tangents, closing = routed.tangents, routed.task
            if not self._good_enough():
                with self._phase("close"):
                    self._close(closing, tangents)
        if self.infeasible:
            with self._phase("explain"):
                left = max(1.0, self._left())
                self.conflicting = find_conflicting_rules(
                    self.task, tangents, whole=whole, time_limit_s=left
                )
                model = self.task.build(tangents, whole=whole)
                self.conflict = find_conflict(
                    self.problem, model, time_limit_s=left, seed=self.settings.seed
                )

    def finish(self) -> StaggeringResult:
        """Freeze what is known; called also after a cancellation."""
        best, settings = self.best, self.settings
        value = None if best is None else best.price.value(settings.objective)
        gap = None if value is None else relative_gap(value, self.bound)
        english, french = "", ""
        if self.infeasible:
            english, french = describe_conflict(self.conflicting, self.conflict)
        self.seconds["total"] = time.perf_counter() - self.started
        return StaggeringResult(
            status=self._status(),
            objective=value,
            best_bound=self.bound,
            mip_gap=gap,
            engine_bound=self.engine_bound,
            lp_objective=self.lp_objective,
            seconds=dict(self.seconds),
            seed=settings.seed,
            form=settings.form,
            goal=settings.objective,
            rounds=self.rounds,
            x=None if best is None else best.x,
            route_flow=None if best is None else best.route_flow,
            price=None if best is None else best.price,
            employer_gain_min=None if best is None else self._gains(best.x),
            conflicting_rules=self.conflicting,
            conflict=self.conflict,
            warm=self._warm_start(),
            reason=english,
            reason_fr=french,
        )

    def _status(self) -> PlanStatus:
        if self.cancelled:
            return PlanStatus.STOPPED
        if self.infeasible:
            return PlanStatus.INFEASIBLE
        if self.best is None:
            return PlanStatus.STOPPED
        return PlanStatus.OPTIMAL if self._good_enough() else PlanStatus.FEASIBLE

    def _build(self) -> Task:
        matrices = build_matrices(self.problem)
        reduced = reduce_problem(
            self.problem, matrices, form=self.settings.form, objective=self.settings.objective
        )
        return Task(
            problem=self.problem,
            matrices=matrices,
            reduced=reduced,
            objective=self.settings.objective,
        )

    def _status_quo(self, task: Task) -> Relaxed:
        x = np.zeros(self.problem.cohorts.n_candidates)
        x[task.matrices.base_candidate] = 1.0
        return self._priced(task, x, self.problem.groups.shares_or_cheapest())

    def _look_first(self, task: Task, tangents: Tangents) -> Tangents:
        """Find a plan by moves alone and touch the curves at its loads.

        The program then needs few rounds: its optimum loads most cells much as a good plan.
        A warm start brings its own plan and loads.
        """
        if self.start is not None:
            self._offer(self._whole_plan(task, self.start.choices(self.problem)))
            return self.start.touch(self.problem.cells.seats, task.reduced, tangents)
        if task.objective is not Objective.COST or len(task.reduced.cells) == 0:
            return tangents
        share = self._shares(task, self._status_quo(task).route_flow)
        model = task.build(initial_tangents(self.problem, task.reduced, 2))
        landscape = build_landscape(task, model, share)
        if not can_price(landscape):
            return tangents
        choices = improve_choices(
            landscape,
            task.matrices.base_candidate,
            deadline=time.perf_counter() + _FIRST_LOOK * self._left(),
            seed=self.settings.seed,
        )
        plan = self._priced(task, self._as_x(choices), share)
        if violation_of(landscape, choices) <= 0:
            self._offer(plan)
        return touch_near(self.problem, task.reduced, tangents, plan.price.load_pax)

    def _as_x(self, choices: NDArray[np.int64]) -> NDArray[np.float64]:
        x = np.zeros(self.problem.cohorts.n_candidates)
        x[choices] = 1.0
        return x

    def _whole_plan(self, task: Task, choices: NDArray[np.int64]) -> Relaxed:
        """Price a plan of whole cohorts on the routes of the warm start, else on today's."""
        x = self._as_x(choices)
        flow = None if self.start is None else self.start.flows(self.problem)
        if flow is None or self.settings.form is RouteForm.FIXED:
            return self._priced(task, x, self.problem.groups.shares_or_cheapest())
        return self._priced(task, x, marginal_shares(self.problem, task.matrices, flow))

    def _note_warm(self, task: Task, relaxation: Relaxation) -> None:
        """Keep the continuous optimum's routes and tangents for a next solve."""
        if relaxation.point is not None:
            self.warm = make_warm_start(
                self.problem,
                relaxation.point.x,
                relaxation.point.route_flow,
                reduced=task.reduced,
                tangents=relaxation.tangents,
            )

    def _warm_start(self) -> WarmStart | None:
        if self.best is None:
            return self.warm
        own = make_warm_start(self.problem, self.best.x, self.best.route_flow)
        if self.warm is None:
            return own
        return replace(self.warm, slot=own.slot)

    def _priced(self, task: Task, x: NDArray[np.float64], share: NDArray[np.float64]) -> Relaxed:
        flow = share_flows(task.matrices, x, share)
        price = price_plan(self.problem, task.matrices, x, flow)
        return Relaxed(x=x, route_flow=flow, price=price)

    def _relax(self, task: Task, tangents: Tangents) -> Relaxation:
        relaxation = relax(
            task,
            tangents,
            time_limit_s=self._left(),
            gap=self.settings.refine_gap,
            seed=self.settings.seed,
            start=None if self.start is None else self.start.flows(self.problem),
            progress=self.progress,
        )
        self.bound = max(self.bound, relaxation.bound)
        self.rounds = relaxation.rounds
        self.infeasible = relaxation.status is EngineStatus.INFEASIBLE
        if relaxation.point is not None:
            self.lp_objective = relaxation.point.price.value(task.objective)
        return relaxation

    def _round(self, task: Task, point: Relaxed) -> NDArray[np.int64]:
        """Round to whole cohorts with the routes' shares held, then improve by moves."""
        share = self._shares(task, point.route_flow)
        model = task.build(initial_tangents(self.problem, task.reduced, 2))
        landscape = build_landscape(task, model, share)
        deadline = time.perf_counter() + 0.2 * self._left()
        first = round_shares(landscape, point.x)
        if self.start is not None:
            first = better_choices(landscape, first, self.start.choices(self.problem))
        choices = improve_choices(landscape, first, deadline=deadline, seed=self.settings.seed)
        self._offer(self._priced(task, self._as_x(choices), share))
        if can_price(landscape) and not self._good_enough():
            deadline = time.perf_counter() + 0.7 * self._left()
            choices = anneal_plan(landscape, choices, deadline=deadline, seed=self.settings.seed)
            self._offer(self._priced(task, self._as_x(choices), share))
        return choices

    def _shares(self, task: Task, flow: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.settings.form is RouteForm.FIXED:
            return self.problem.groups.shares_or_cheapest()
        return marginal_shares(self.problem, task.matrices, flow)

    def _route(
        self,
        task: Task,
        choices: NDArray[np.int64],
        tangents: Tangents,
        flow: NDArray[np.float64],
    ) -> Relaxation | None:
        """Choose the routes anew for fixed start times (joint form only)."""
        if self.settings.form is not RouteForm.JOINT or self._good_enough():
            return None
        x = self._as_x(choices)
        first = share_flows(task.matrices, x, self._shares(task, flow))
        routed = relax(
            task,
            tangents,
            time_limit_s=self._left(),
            gap=max(self.settings.refine_gap, 0.05 * self.settings.gap),
            seed=self.settings.seed,
            fixed_x=x,
            start=flow + first,
            progress=self.progress,
        )
        if routed.point is not None:
            self._offer(routed.point)
        return routed

    def _close(self, task: Task, tangents: Tangents) -> None:
        """Let branch and bound look for whole cohorts; touch the curve where it ends, again."""
        for step in range(_CLOSING_ROUNDS):
            if self._left() <= 0.1:
                break
            self.progress("close", step, _CLOSING_ROUNDS)
            outcome = solve_linear(
                task.build(tangents, whole=True),
                time_limit_s=self._left(),
                gap=0.5 * self.settings.gap,
                seed=self.settings.seed,
            )
            if outcome.status is EngineStatus.INFEASIBLE:
                self.infeasible = self.best is None and task.is_whole
                return
            if task.is_whole:
                self.engine_bound = max(outcome.bound, self.engine_bound or -np.inf)
            if outcome.values is None:
                return
            x = task.build(tangents).column_block("x").span
            values = outcome.values.copy()
            values[x] = np.round(values[x])
            point = task.read(task.build(tangents), values)
            self._offer(point)
            refined = refine(task, tangents, point)
            if refined is None or self._good_enough():
                return
            tangents = refined

    def _offer(self, point: Relaxed) -> None:
        """Keep a plan if it is better than the incumbent and passes the check."""
        goal = self.settings.objective
        if self.best is not None and point.price.value(goal) >= self.best.price.value(goal):
            return
        with self._phase("check"):
            broken = find_violations(self.problem, point.x, point.route_flow)
        if broken:
            _log.info("plan set aside: %s", "; ".join(broken[:3]))
            return
        self.best = point

    def _good_enough(self) -> bool:
        if self.best is None:
            return False
        bound = self.bound if self.engine_bound is None else max(self.bound, self.engine_bound)
        value = self.best.price.value(self.settings.objective)
        return relative_gap(value, bound) <= self.settings.gap + _UNTOUCHED

    def _gains(self, x: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Compute minutes a head each employer's staff gains at today's crowding."""
        if self.task is None or self.problem.groups.priced_min is None:
            return None
        cohorts, matrices = self.problem.cohorts, self.task.matrices
        cost = candidate_priced_min(self.problem, matrices)
        base = np.zeros(len(x))
        base[matrices.base_candidate] = 1.0
        n = len(cohorts.employer_ids)
        employer = cohorts.employer[matrices.candidate_cohort]
        gain = np.bincount(employer, weights=cost * (base - x), minlength=n)
        staff = np.bincount(cohorts.employer, weights=cohorts.size, minlength=n)
        result: NDArray[np.float64] = gain / np.where(staff > 0, staff, 1.0)
        return result

    def _left(self) -> float:
        return self.settings.time_limit_s - (time.perf_counter() - self.started)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        if name in _STAGES and name != "check":
            self.progress(name, _STAGES.index(name), len(_STAGES))
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
