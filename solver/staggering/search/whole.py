"""The search for whole cohorts: round, improve, lift the bound, route anew, close what is left."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.costs.pieces import Tangents, initial_tangents, touch_near
from solver.staggering.costs.pricing import marginal_shares, price_plan, share_flows
from solver.staggering.costs.reduce import RouteForm
from solver.staggering.descent import dive_to_whole
from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.programs.lifted import (
    Lifted,
    can_lift,
    forced_loads,
    keep_within,
    lift_bound,
    plan_columns,
    with_lifts,
)
from solver.staggering.programs.relax import Relaxation, refine, relax
from solver.staggering.result import SolveSettings, relative_gap
from solver.staggering.search.incumbent import Incumbent
from solver.staggering.search.moves import anneal_plan, can_price
from solver.staggering.search.rounding import (
    better_choices,
    build_landscape,
    improve_choices,
    round_shares,
    violation_of,
)
from solver.staggering.task import Relaxed, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.warm import WarmStart

STAGES = ("build", "relax", "round", "lift", "close", "check")
"""Phases of a solve, in the order they are reported."""

_CLOSING_ROUNDS = 6
_UNTOUCHED = 1e-9
"""As much of the cost as tangents may leave out and still count as touching the curve."""
_RELAX_SHARE = 0.05  # of the gap asked for: what the continuous problem may leave open
_MANY_CANDIDATES = 1000
_FEW_TANGENTS = 3
_SHORT_S = 5.0  # branch and bound on a large program brings nothing in less
_REROUTINGS = 4
_DIVE_SHARE = 0.2  # of the time that is left
_NEXT_TO_NOTHING = 0.02  # of the gap asked for


@dataclass(slots=True)
class WholeSearch:
    """What is known in the course of one solve, and the phases that make cohorts whole."""

    problem: StaggeringProblem
    settings: SolveSettings
    start: WarmStart | None
    progress: Progress
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    plans: Incumbent = field(init=False)
    lifted: Lifted | None = None
    price_min: NDArray[np.float64] | None = None
    bound: float = -np.inf
    engine_bound: float | None = None
    infeasible: bool = False
    stage: tuple[str, int, int] = ("build", 0, len(STAGES))

    def __post_init__(self) -> None:
        self.plans = Incumbent(problem=self.problem, objective=self.settings.objective)

    def make_whole(self, task: Task, relaxation: Relaxation) -> None:
        """Find whole cohorts near the continuous optimum and raise the bound towards them."""
        point, tangents, now = relaxation.point, relaxation.tangents, relaxation.task
        assert point is not None  # nothing is rounded from nothing
        with self._phase("round"):
            near = self._dive(task, relaxation)
            choices = self._round(task, near, near.x, anneal=False)
            routed = self._route(task, choices, tangents, near, turns=1)
        if can_lift(task) and not self._good_enough():
            with self._phase("lift"):
                if relaxation.engine == "descent":  # few tangents will do: they touch its loads
                    tangents = initial_tangents(self.problem, task.reduced, _FEW_TANGENTS)
                tangents = self._lift(task, now, tangents, point)
        if not self._good_enough():
            with self._phase("round"):
                x = point.x if self.lifted is None else self.lifted.x
                choices = self._round(task, point, x, anneal=True)
                routed = self._route(task, choices, tangents, point, turns=_REROUTINGS) or routed
        if routed is not None:
            tangents, now = routed.tangents, routed.task
        if not self._good_enough():
            with self._phase("close"):
                self._close(now, tangents)

    def _dive(self, task: Task, relaxation: Relaxation) -> Relaxed:
        """Settle cohorts and routes together where descent found the point, else return it.

        With routes held there is nothing that rounding and moves do not see as well.
        """
        point, price = relaxation.point, relaxation.cell_price_min
        assert point is not None  # nothing is rounded from nothing
        if price is None or self.settings.form is not RouteForm.JOINT:
            return point
        self.price_min = price
        dived = dive_to_whole(
            task,
            point,
            cell_price_min=price,
            rule_price_min=relaxation.rule_price_min,
            deadline=time.perf_counter() + _DIVE_SHARE * self._left(),
            seed=self.settings.seed,
        )
        self._offer(dived)
        return dived

    def _round(
        self, task: Task, point: Relaxed, x: NDArray[np.float64], *, anneal: bool
    ) -> NDArray[np.int64]:
        """Round shares to whole cohorts with the routes' shares held, then improve by moves."""
        share = self._shares(task, point.route_flow)
        model = task.build(initial_tangents(self.problem, task.reduced, 2))
        landscape = build_landscape(task, model, share)
        deadline = time.perf_counter() + 0.2 * self._left()
        first = round_shares(landscape, x)
        if self.start is not None and (best := self.plans.best) is not None:
            kept = np.flatnonzero(best.x > 0.5)
            first = better_choices(landscape, first, kept)
        choices = improve_choices(landscape, first, deadline=deadline, seed=self.settings.seed)
        sound = violation_of(landscape, choices) <= 0
        self._offer(self._priced(task, self._as_x(choices), share), sound=sound)
        if anneal and can_price(landscape) and not self._good_enough():
            deadline = time.perf_counter() + 0.5 * self._left()
            choices = anneal_plan(landscape, choices, deadline=deadline, seed=self.settings.seed)
            sound = violation_of(landscape, choices) <= 0
            self._offer(self._priced(task, self._as_x(choices), share), sound=sound)
        return choices

    def _shares(self, task: Task, flow: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.settings.form is RouteForm.FIXED:
            return self.problem.groups.shares_or_cheapest()
        return marginal_shares(self.problem, task.matrices, flow)

    def _lift(self, task: Task, now: Task, tangents: Tangents, point: Relaxed) -> Tangents:
        """Raise the bound by lifted tangents; return the tangents with more at the optimum."""
        tangents = touch_near(self.problem, task.reduced, tangents, point.price.load_pax)
        value = self.plans.value
        self.lifted = lift_bound(
            task,
            now,
            tangents,
            point,
            enough=np.inf if value is None else value * (1.0 - self._enough()),
            time_limit_s=self._left(),
            seed=self.settings.seed,
            start=None if self.start is None else self.start.lifts_for(task),
            pulse=self._pulse,
        )
        if self.lifted is not None:
            self.bound = max(self.bound, self.lifted.bound)
        return tangents

    def _route(
        self,
        task: Task,
        choices: NDArray[np.int64],
        tangents: Tangents,
        point: Relaxed,
        *,
        turns: int,
    ) -> Relaxation | None:
        """Choose routes for fixed start times and start times on those routes, in turn.

        In the joint form only. Ends when a turn brings next to nothing.
        """
        if self.settings.form is not RouteForm.JOINT:
            return None
        routed: Relaxation | None = None
        flow = point.route_flow
        for turn in range(turns):
            if self._good_enough() or self._left() <= 0:
                break
            before = self.plans.value or np.inf
            x = self._as_x(choices)
            first = share_flows(task.matrices, x, self._shares(task, flow))
            routed = relax(
                task,
                tangents,
                time_limit_s=self._left(),
                gap=self._relax_gap(),
                seed=self.settings.seed,
                fixed_x=x,
                start=flow + first,
                start_price_min=self.price_min,
                progress=self._report,
            )
            if routed.point is None:
                break
            self._offer(routed.point)
            if routed.cell_price_min is not None:
                self.price_min = routed.cell_price_min
            flow, now = routed.point.route_flow, self.plans.value or np.inf
            if self._good_enough() or before - now <= _NEXT_TO_NOTHING * self.settings.gap * before:
                break
            if turn + 1 < turns:
                choices = self._round(task, routed.point, x, anneal=True)
        return routed

    def _close(self, task: Task, tangents: Tangents) -> None:
        """Let branch and bound look for whole cohorts; touch the curve where it ends, again."""
        many = self.problem.cohorts.n_candidates >= _MANY_CANDIDATES
        for step in range(_CLOSING_ROUNDS):
            if self._left() <= (_SHORT_S if many else 0.1):
                break
            self._report("close", step, _CLOSING_ROUNDS)
            model = self._whole_model(task, tangents)
            outcome = solve_linear(
                model,
                time_limit_s=self._left(),
                gap=0.5 * self.settings.gap,
                seed=self.settings.seed,
                hint=self._hint(task, tangents, model),
                pulse=self._pulse,
            )
            if outcome.status is EngineStatus.INFEASIBLE:
                self._nothing_better(task)
                return
            if task.is_whole:
                self._trust(outcome.bound)
            if outcome.values is None:
                return
            x = model.column_block("x").span
            values = outcome.values.copy()
            values[x] = np.round(values[x])
            point = task.read(model, values)
            self._offer(point)
            refined = refine(task, tangents, point)
            if refined is None or self._good_enough():
                return
            tangents = refined

    def _whole_model(self, task: Task, tangents: Tangents) -> LinearModel:
        """Build the program of whole cohorts, with what lifting and reduced costs tell."""
        model = task.build(tangents, whole=True)
        best = self.plans.check()
        if self.lifted is None or best is None or self.settings.form is not RouteForm.FIXED:
            return model
        slack = best.price.value(task.objective) - self.lifted.bound
        closed = keep_within(self.lifted.model, self.lifted.duals, slack)
        x = model.column_block("x").span
        upper = model.upper.copy()
        upper[x] = closed.upper[x]
        model = replace(model, upper=upper)
        return with_lifts(task, tangents, model, self.lifted.lifts, forced_loads(task))

    def _hint(
        self, task: Task, tangents: Tangents, model: LinearModel
    ) -> NDArray[np.float64] | None:
        """Return the incumbent as columns of a fixed-route program; None for any other."""
        best = self.plans.best
        if best is None or self.settings.form is not RouteForm.FIXED:
            return None
        return plan_columns(task, tangents, model, best)

    def _nothing_better(self, task: Task) -> None:
        """Conclude from a program without a solution: the incumbent is best, or none exists."""
        best = self.plans.check()
        if best is not None and task.is_whole:
            self._trust(best.price.value(task.objective))
        self.infeasible = best is None and task.is_whole

    def _trust(self, bound: float) -> None:
        """Keep what the engine claims; plans that were closed cost the incumbent or more."""
        if not np.isfinite(bound):
            return
        if self.lifted is not None and self.plans.value is not None:
            bound = min(bound, self.plans.value)
        self.engine_bound = max(bound, self.engine_bound or -np.inf)

    def _relax_gap(self) -> float:
        """Many whole cohorts stay some way off the continuous optimum: it need not be exact."""
        rules, cohorts = self.problem.rules, self.problem.cohorts
        if not rules.whole_cohorts or cohorts.n_candidates < _MANY_CANDIDATES:
            return self.settings.refine_gap
        return max(self.settings.refine_gap, _RELAX_SHARE * self.settings.gap)

    def _as_x(self, choices: NDArray[np.int64]) -> NDArray[np.float64]:
        x = np.zeros(self.problem.cohorts.n_candidates)
        x[choices] = 1.0
        return x

    def _priced(self, task: Task, x: NDArray[np.float64], share: NDArray[np.float64]) -> Relaxed:
        flow = share_flows(task.matrices, x, share)
        price = price_plan(self.problem, task.matrices, x, flow)
        return Relaxed(x=x, route_flow=flow, price=price)

    def _report(self, stage: str, done: int, total: int) -> None:
        self.stage = (stage, done, total)
        self.progress(stage, done, total)

    def _pulse(self) -> None:
        self.progress(*self.stage)

    def _offer(self, point: Relaxed, *, sound: bool = False) -> None:
        """Keep a plan if it is better than the incumbent."""
        with self._phase("check"):
            self.plans.offer(point, sound=sound)

    def _good_enough(self) -> bool:
        """Whether the best plan is within the gap that ends the search and passes the check."""
        return self.is_within(self._enough())

    def is_within(self, gap: float) -> bool:
        """Whether the best plan is within a gap of all bounds and passes the check."""
        bound = self.bound if self.engine_bound is None else max(self.bound, self.engine_bound)
        if not self.within_gap(bound, gap):
            return False
        with self._phase("check"):
            self.plans.check()
        return self.within_gap(bound, gap)

    def within_gap(self, bound: float, gap: float) -> bool:
        """Whether the best plan is within a relative gap of a bound."""
        value = self.plans.value
        return value is not None and relative_gap(value, bound) <= gap + _UNTOUCHED

    def _enough(self) -> float:
        """Return the gap that ends the search: the one asked for, or all that is in reach."""
        return max(self.settings.gap, self.reach())

    def reach(self) -> float:
        """Return the gap the start says is in reach, 0 where there is no saying."""
        if self.start is None:
            return 0.0
        return self.start.gap_in_reach(self.problem, self.settings.time_limit_s)

    def _left(self) -> float:
        return self.settings.time_limit_s - (time.perf_counter() - self.started)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        if name in STAGES and name != "check":
            self._report(name, STAGES.index(name), len(STAGES))
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
