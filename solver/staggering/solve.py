"""From a problem to a plan: relax, round, route, close the gap, check."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import Cancelled, no_progress
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.measures import absorb_weights
from solver.staggering.costs.pieces import Tangents, initial_tangents, touch_near
from solver.staggering.costs.pricing import marginal_shares
from solver.staggering.costs.reduce import Objective, RouteForm, reduce_problem
from solver.staggering.descent import can_descend
from solver.staggering.programs.conflict import find_conflict
from solver.staggering.programs.engine import EngineStatus
from solver.staggering.programs.explain import describe_conflict, find_conflicting_rules
from solver.staggering.programs.parts import candidate_priced_min
from solver.staggering.programs.relax import DESCEND_FROM, RelaxStopped, relax
from solver.staggering.result import PlanStatus, SolveSettings, StaggeringResult, relative_gap
from solver.staggering.search.moves import can_price, improve_by_moves
from solver.staggering.search.rounding import (
    build_landscape,
    improve_choices,
    violation_of,
)
from solver.staggering.search.whole import WholeSearch
from solver.staggering.task import Relaxed, Task
from solver.staggering.warm import make_warm_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.conflict import RuleInConflict
    from solver.staggering.programs.relax import Relaxation
    from solver.staggering.warm import WarmStart

_FIRST_LOOK = 0.05  # of the time that is left

# Seconds of work that does not watch the clock, measured where two cores were shared.
_FINISH_S_PER_ROUTE = 1e-6  # the last check, and writing the plan down
_WHOLE_S_PER_USE = 3e-7  # one program of whole cohorts, its landscape and rounding
_WHOLE_S_PER_RULE = 1.2e-3
_WHOLE_SHARES = (0.25, 0.4)  # of what is left: at least, and at most, kept for whole cohorts
_GRACE = 0.01  # of the time limit: phases that watch the clock themselves end within it
_GRACE_S = 0.1
_LONG = ("round", "lift")
"""Phases that begin with as much work as a round of whole cohorts before they watch the clock."""
_FITS_IN = 0.7
_LEAST_S = 0.1


def solve_staggering(
    problem: StaggeringProblem,
    *,
    settings: SolveSettings | None = None,
    start: WarmStart | None = None,
    progress: Progress = no_progress,
) -> StaggeringResult:
    """Find start times (and routes, in the joint form) of least objective, with a proven bound.

    The continuous problem is solved first, which gives the bound; whole cohorts are rounded
    from it and improved by moves priced exactly. Where that leaves a gap, tangents lifted
    by what whole cohorts overfill raise the bound, and what is still open goes to branch and
    bound for the remaining time. Every plan returned has passed an independent check.

    Parameters
    ----------
    problem
        What to decide. Not modified.
    settings
        Time, gap, seed, form and objective.
    start
        What an earlier solve of this or a similar problem left (``result.warm``). It saves
        time and never changes what is proven. After a change of rules the search ends, as
        FEASIBLE, where it has come as near as an earlier one of as much time did.
    progress
        Called between and within phases; raising Cancelled from it ends the search with the
        best plan so far and status STOPPED. While an engine runs the last call is repeated
        several times a second, so that it may be cancelled then as well.

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
        run.cancelled = not run.late
    return run.finish()


class _OutOfTime(Cancelled):
    """The time limit is over: the search ends where it stands."""


@dataclass(slots=True)
class _Run(WholeSearch):
    """The state of one solve: what is known so far."""

    task: Task | None = None
    lp_objective: float | None = None
    rounds: int = 0
    cancelled: bool = False
    late: bool = False
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
            if self.start is not None:
                self._offer_start(self.task, self.start.choices(self.problem))
            tangents = self._look_first(self.task, tangents)
        with self._phase("relax"):
            relaxation = self._relax(self.task, tangents)
        whole = self.problem.rules.whole_cohorts and relaxation.point is not None
        if whole and not self.infeasible and not self._good_enough():
            self.make_whole(self.task, relaxation)
        if self.infeasible:
            with self._phase("explain"):
                self._explain(self.task, tangents)

    def _explain(self, task: Task, tangents: Tangents) -> None:
        """Say which rules conflict, in half the time each for families and for single rules."""
        whole = self.problem.rules.whole_cohorts
        self.conflicting = find_conflicting_rules(
            task,
            tangents,
            whole=whole,
            time_limit_s=max(_LEAST_S, 0.5 * self._left()),
            pulse=self._pulse,
        )
        self.conflict = find_conflict(
            self.problem,
            task.build(tangents, whole=whole),
            time_limit_s=max(_LEAST_S, self._left()),
            seed=self.settings.seed,
            pulse=self._pulse,
        )

    def finish(self) -> StaggeringResult:
        """Freeze what is known; called also after a cancellation."""
        with self._phase("check"):
            best = self.plans.check()
        settings = self.settings
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
            rests_on_engine=gap is not None
            and self._status() is PlanStatus.OPTIMAL
            and not self.within_gap(self.bound, settings.gap),
            reason=english,
            reason_fr=french,
        )

    def _status(self) -> PlanStatus:
        if self.cancelled:
            return PlanStatus.STOPPED
        if self.infeasible:
            return PlanStatus.INFEASIBLE
        if self.plans.best is None:
            return PlanStatus.STOPPED
        return PlanStatus.OPTIMAL if self.is_within(self.settings.gap) else PlanStatus.FEASIBLE

    def _build(self) -> Task:
        if self.start is not None:
            built = self.start.built(self.problem, self.settings.form, self.settings.objective)
            if built is not None:
                return built
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
        A warm start brings its own loads.
        """
        if self.start is not None:
            return self.start.touch(self.problem.cells.seats, task.reduced, tangents)
        if task.objective is not Objective.COST or len(task.reduced.cells) == 0:
            return tangents
        if is_descended(task):  # descent needs no tangents
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
            self._offer(plan, sound=True)
        return touch_near(self.problem, task.reduced, tangents, plan.price.load_pax)

    def _offer_start(self, task: Task, choices: NDArray[np.int64]) -> None:
        """Offer the warm start's plan, on its routes or today's, with what rules ask mended."""
        share = self._start_shares(task)
        landscape = build_landscape(
            task, task.build(initial_tangents(self.problem, task.reduced, 2)), share
        )
        if can_price(landscape) and violation_of(landscape, choices) > 0:
            deadline = time.perf_counter() + _FIRST_LOOK * self._left()
            choices = improve_by_moves(
                landscape, choices, deadline=deadline, seed=self.settings.seed, pairs=False
            )
        sound = violation_of(landscape, choices) <= 0
        self._offer(self._priced(task, self._as_x(choices), share), sound=sound)

    def _start_shares(self, task: Task) -> NDArray[np.float64]:
        flow = None if self.start is None else self.start.flows(self.problem)
        if flow is None or self.settings.form is RouteForm.FIXED:
            return self.problem.groups.shares_or_cheapest()
        return marginal_shares(self.problem, task.matrices, flow)

    def _note_warm(self, task: Task, relaxation: Relaxation) -> None:
        """Keep the continuous optimum's routes and tangents for a next solve."""
        if relaxation.point is not None:
            self.warm = make_warm_start(
                self.problem,
                relaxation.point.x,
                relaxation.point.route_flow,
                reduced=task.reduced,
                tangents=relaxation.tangents,
                cell_price_min=relaxation.cell_price_min,
            )

    def _warm_start(self) -> WarmStart | None:
        best = self.plans.best
        if best is None:
            return self.warm
        own = make_warm_start(self.problem, best.x, best.route_flow)
        if self.warm is None:
            return own
        cuts = None if self.lifted is None else self.lifted.cuts
        gap, searched_s = relative_gap(self.plans.value or np.inf, self.bound), self._searched_s()
        if self.start is not None and self.reach() > 0:  # else it would grow from solve to solve
            gap, searched_s = self.start.gap, self.start.searched_s
        return replace(
            self.warm,
            slot=own.slot,
            task=self.task,
            cuts=cuts,
            gap=gap,
            searched_s=searched_s,
        )

    def _searched_s(self) -> float:
        """Return the time allowed where search ran its course short of the gap, else its own."""
        if self._status() is PlanStatus.FEASIBLE:
            return self.settings.time_limit_s
        return time.perf_counter() - self.started

    def _relax(self, task: Task, tangents: Tangents) -> Relaxation:
        to_round_s = 0.0
        if self.problem.rules.whole_cohorts:
            least, most = (share * self._left() for share in _WHOLE_SHARES)
            to_round_s = min(most, max(least, self._whole_s(task)))
        try:
            relaxation = relax(
                task,
                tangents,
                time_limit_s=max(_LEAST_S, self._left() - to_round_s),
                gap=self._relax_gap(),
                seed=self.settings.seed,
                start=None if self.start is None else self.start.flows(self.problem),
                start_x=None if self.start is None else self.start.shares(self.problem),
                start_price_min=None if self.start is None else self.start.prices(self.problem),
                progress=self._report,
            )
        except RelaxStopped as stop:
            self._note(task, stop.reached)
            raise
        self._note(task, relaxation)
        self.infeasible = relaxation.status is EngineStatus.INFEASIBLE
        return relaxation

    def _note(self, task: Task, relaxation: Relaxation) -> None:
        """Keep the bound, and the point where shares may stay as they are."""
        self.bound = max(self.bound, relaxation.bound)
        self.rounds = relaxation.rounds
        if relaxation.point is None:
            return
        self.lp_objective = relaxation.point.price.value(task.objective)
        self._note_warm(task, relaxation)
        if not self.problem.rules.whole_cohorts:
            self._offer(relaxation.point)

    def _left(self) -> float:
        """Return the seconds left for searching; finishing needs some, too."""
        to_finish = _FINISH_S_PER_ROUTE * self.problem.groups.n_routes
        return WholeSearch._left(self) - to_finish

    def _whole_s(self, task: Task) -> float:
        """Return the seconds that one round of whole cohorts takes."""
        rules = self.problem.rules
        if not rules.whole_cohorts:
            return 0.0
        uses = task.reduced.x_load.nnz + task.reduced.route_load.nnz
        n_rules = sum(
            len(some)
            for some in (rules.caps, rules.presence, rules.cohesion, rules.meetings, rules.eligible)
        )
        return _WHOLE_S_PER_USE * uses + _WHOLE_S_PER_RULE * n_rules

    def _report(self, stage: str, done: int, total: int) -> None:
        WholeSearch._report(self, stage, done, total)
        self._end_when_late(stage)

    def _pulse(self) -> None:
        WholeSearch._pulse(self)
        self._end_when_late()

    def _end_when_late(self, stage: str = "") -> None:
        """Leave the search when its time is over, or before a phase that would not fit in.

        Not before today's plan is known, nor while the reason is sought why there is none,
        which has a limit of its own.
        """
        if self.task is None or self.infeasible:
            return
        least = -max(_GRACE_S, _GRACE * self.settings.time_limit_s)
        if stage in _LONG:
            least = max(least, _FITS_IN * self._whole_s(self.task) - _GRACE_S)
        if self._left() < least:
            self.late = True
            raise _OutOfTime

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


def is_descended(task: Task) -> bool:
    """Whether the continuous problem is solved by descent and not by linear programs."""
    uses = task.reduced.x_load.nnz + task.reduced.route_load.nnz
    return uses >= DESCEND_FROM and can_descend(task)
