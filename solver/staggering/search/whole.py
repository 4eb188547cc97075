"""The search for whole cohorts: round, improve, lift the bound, route anew, close what is left."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.costs.pieces import Tangents, initial_tangents, touch_near
from solver.staggering.costs.pricing import marginal_shares, share_flows
from solver.staggering.costs.reduce import RouteForm
from solver.staggering.descent import dive_to_whole
from solver.staggering.programs.cuts import with_cuts
from solver.staggering.programs.engine import EngineStatus, solve_linear
from solver.staggering.programs.lifted import (
    can_lift,
    keep_within,
    lift_bound,
    plan_columns,
)
from solver.staggering.programs.relax import Relaxation, refine, relax
from solver.staggering.search.ascent import ascend_bound, can_ascend
from solver.staggering.search.employers import bound_by_employers, bound_by_prices, can_split
from solver.staggering.search.mending import mend_plan
from solver.staggering.search.moves import anneal_plan, can_price
from solver.staggering.search.rounding import better_choices, build_landscape, round_shares
from solver.staggering.search.state import SearchState
from solver.staggering.search.strained import has_many_rules, strain_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.programs.engine import EngineOutcome
    from solver.staggering.programs.lifted import Lifted
    from solver.staggering.programs.linear import LinearModel
    from solver.staggering.search.rounding import Landscape
    from solver.staggering.task import Relaxed, Task

_CLOSING_ROUNDS = 6
_RELAX_SHARE = 0.05  # of the gap asked for: what the continuous problem may leave open
_MANY_CANDIDATES = 1000
_FEW_TANGENTS = 3
_SHORT_S = 5.0  # branch and bound on a large program brings nothing in less
_REROUTINGS = 4
_DIVE_SHARE = (0.2, 0.45)  # of the time that is left, at first and from shares with cuts
_NEXT_TO_NOTHING = 0.02  # of the gap asked for
_LIFT_SHARE = 0.88  # of the time that is left: plans come from what cuts leave
_STRAINS = 4
_ASCENT_SHARE = 0.15  # of the time that is left
_HOPED = 1.003  # a plan's cost over the bound, where none is known
_STRAIN_SHARE = 0.7  # of the time for straining and mending
_MEND_SHARE = 0.1  # of the time that is left


@dataclass(slots=True)
class WholeSearch(SearchState):
    """The phases of a solve that make cohorts whole, and what they know."""

    def make_whole(self, task: Task, relaxation: Relaxation) -> None:
        """Find whole cohorts near the continuous optimum and raise the bound towards them."""
        point, tangents, now = relaxation.point, relaxation.tangents, relaxation.task
        assert point is not None  # nothing is rounded from nothing
        routed: Relaxation | None = None
        with self._phase("lift"):
            self._keep_own_rules(task, relaxation)
        with self._phase("round"):
            near = self._dive(task, relaxation)
            choices = self._round(task, near, near.x, anneal=False)
            if self.infeasible:
                return
            if relaxation.cell_price_min is None or not can_lift(task):  # no dive follows
                routed = self._route(task, choices, tangents, near, turns=1)
        if not self._ascend(task, relaxation):
            return
        if can_lift(task) and not self._good_enough():
            with self._phase("lift"):
                if relaxation.engine == "descent":  # few tangents will do: they touch its loads
                    tangents = initial_tangents(self.problem, task.reduced, _FEW_TANGENTS)
                tangents = self._lift(task, relaxation, tangents)
            if not self._ascend(task, relaxation):
                return
        if not self._good_enough():
            with self._phase("round"):
                if self.lifted is not None:  # its shares are nearer to whole
                    near = self._dive(task, relaxation, self.lifted.x)
                    if self.price_min is not None and not self._good_enough():
                        self._dive(task, relaxation, self.lifted.x, turn=1)
                best = self.plans.best
                if best is not None and self.settings.form is RouteForm.JOINT:
                    near = best  # another dive may have come out better than the last
                choices = self._round(task, near, near.x, anneal=True)
                routed = self._route(task, choices, tangents, point, turns=_REROUTINGS) or routed
        if routed is not None:
            tangents, now = routed.tangents, routed.task
        if not self._good_enough():
            with self._phase("close"):
                self._close(now, tangents)

    def _bound_wanted(self) -> float:
        value = self.plans.value
        return np.inf if value is None else value * (1.0 - self._enough())

    def _dive(
        self,
        task: Task,
        relaxation: Relaxation,
        x: NDArray[np.float64] | None = None,
        *,
        turn: int = 0,
    ) -> Relaxed:
        """Settle cohorts and routes together where descent found the point, else return it.

        With routes held there is nothing that rounding and moves do not see as well. ``x``:
        shares to begin from in place of the point's. The order of visits is drawn anew each
        ``turn``.
        """
        point, price = relaxation.point, relaxation.cell_price_min
        assert point is not None  # nothing is rounded from nothing
        if price is None or self.settings.form is not RouteForm.JOINT:
            return point if x is None else replace(point, x=x)
        share = _DIVE_SHARE[0 if x is None else 1]
        point = point if x is None else replace(point, x=x)
        self.price_min = price
        dived = dive_to_whole(
            task,
            point,
            cell_price_min=price,
            rule_price_min=relaxation.rule_price_min,
            deadline=time.perf_counter() + share * self._left(),
            seed=self.settings.seed + turn,
        )
        self._offer(dived)
        return dived

    def _round(
        self, task: Task, point: Relaxed, x: NDArray[np.float64], *, anneal: bool
    ) -> NDArray[np.int64]:
        """Round shares to whole cohorts with the routes' shares held, then improve by moves."""
        share = self._shares(task, point.route_flow)
        model = task.build(initial_tangents(self.problem, task.reduced, 2))
        landscape = build_landscape(task, model, share).around(x)
        deadline = time.perf_counter() + 0.2 * self._left()
        first = round_shares(landscape, x)
        if self.start is not None and (best := self.plans.best) is not None:
            kept = np.flatnonzero(best.x > 0.5)
            first = better_choices(landscape, first, kept)
        choices = self._mend(landscape, first, share, deadline)
        if self.infeasible or self._good_enough() or not can_price(landscape):
            return choices
        deadline = time.perf_counter() + 0.5 * self._left()
        if has_many_rules(landscape) and (anneal or self.start is None):
            turns = _STRAINS if anneal else 1
            return self._strain(landscape, choices, share, deadline, turns=turns)
        if anneal:
            choices = anneal_plan(landscape, choices, deadline=deadline, seed=self.settings.seed)
            choices = self._mend(landscape, choices, share, deadline)
        return choices

    def _mend(
        self,
        landscape: Landscape,
        choices: NDArray[np.int64],
        share: NDArray[np.float64],
        deadline: float,
    ) -> NDArray[np.int64]:
        """Make a plan keep the rules, by moves or by logic, and offer it."""
        mended = mend_plan(
            landscape, choices, deadline=deadline, seed=self.settings.seed, pulse=self._pulse
        )
        point = self._priced(landscape.task, self._as_x(mended.choices), share)
        self._offer(point, sound=mended.is_sound)
        if mended.hopeless and self.plans.check() is None:
            self.infeasible = True
        return mended.choices

    def _strain(
        self,
        landscape: Landscape,
        choices: NDArray[np.int64],
        share: NDArray[np.float64],
        deadline: float,
        *,
        turns: int,
    ) -> NDArray[np.int64]:
        """Look for better plans through such as strain the rules, from the best one again."""
        for turn in range(turns):
            if self._good_enough() or time.perf_counter() > deadline:
                break
            now = time.perf_counter()
            strained = strain_plan(
                landscape,
                choices,
                deadline=now + _STRAIN_SHARE * (deadline - now),
                seed=self.settings.seed + turn,
                progress=self._report,
            )
            found = self._mend(landscape, strained, share, max(deadline, self._brief()))
            choices = better_choices(landscape, choices, found)
            landscape = landscape.around(self._as_x(choices))
        return choices

    def _brief(self) -> float:
        """Return when a last mending has to end that came after its time."""
        return time.perf_counter() + _MEND_SHARE * max(0.0, self._left())

    def _keep_own_rules(self, task: Task, relaxation: Relaxation) -> None:
        """Raise the bound by what whole cohorts owe to their employer's own rules."""
        cells, rules = relaxation.cell_price_min, relaxation.rule_price_min
        if can_split(task) and cells is not None and rules is not None:
            self._raise_bound(bound_by_prices(task, cells, rules))

    def _ascend(self, task: Task, relaxation: Relaxation) -> bool:
        """Raise the bound by prices that suit whole cohorts; False where there is no plan."""
        if not can_ascend(task, relaxation) or self._good_enough():
            return not self.infeasible
        aim = self.plans.value or self.bound * _HOPED
        with self._phase("lift"):
            bound = ascend_bound(
                task,
                relaxation,
                lifted=self.lifted,
                aim=aim,
                enough=aim * (1.0 - self._enough()),
                deadline=time.perf_counter() + _ASCENT_SHARE * self._left(),
                progress=self._report,
            )
            self._raise_bound(bound)
        return not self.infeasible

    def _shares(self, task: Task, flow: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.settings.form is RouteForm.FIXED:
            return self.problem.groups.shares_or_cheapest()
        return marginal_shares(self.problem, task.matrices, flow)

    def _lift(self, task: Task, relaxation: Relaxation, tangents: Tangents) -> Tangents:
        """Raise the bound by cuts for whole cohorts; return tangents with more at the optimum.

        Where routes are chosen, shares of every other program with cuts are settled to whole
        cohorts at once: a little luck is in which of them lead to the better plan.
        """
        point, turn = relaxation.point, 0
        assert point is not None  # nothing is lifted from nothing
        tangents = touch_near(self.problem, task.reduced, tangents, point.price.load_pax)

        def take(lifted: Lifted) -> float:
            nonlocal turn
            self.lifted = lifted
            self.bound = max(self.bound, lifted.bound)
            if turn % 2 and not self._good_enough():
                self._dive(task, relaxation, lifted.x)
            turn += 1
            return self._bound_wanted()

        lift_bound(
            task,
            relaxation.task,
            tangents,
            point,
            enough=self._bound_wanted(),
            time_limit_s=_LIFT_SHARE * self._left(),
            seed=self.settings.seed,
            start=None if self.start is None else self.start.cuts_for(task),
            pulse=self._pulse,
            on_better=take,
        )
        held = self.settings.form is RouteForm.FIXED
        if self.lifted is not None and held and can_split(task):
            model, duals = self.lifted.model, self.lifted.duals
            self._raise_bound(bound_by_employers(model, duals, self.problem.cohorts))
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
            refined = self._take(task, tangents, model, outcome)
            if refined is None:
                return
            tangents = refined

    def _take(
        self, task: Task, tangents: Tangents, model: LinearModel, outcome: EngineOutcome
    ) -> Tangents | None:
        """Keep what branch and bound found and claims; return finer tangents to go on with.

        None where nothing is left to do.
        """
        if outcome.status is EngineStatus.INFEASIBLE:
            self._nothing_better(task)
            return None
        if task.is_whole:
            self._trust(outcome.bound)
        if outcome.values is None:
            return None
        x = model.column_block("x").span
        values = outcome.values.copy()
        values[x] = np.round(values[x])
        point = task.read(model, values)
        self._offer(point)
        refined = refine(task, tangents, point)
        return None if self._good_enough() else refined

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
        return with_cuts(task, tangents, model, self.lifted.cuts)

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
