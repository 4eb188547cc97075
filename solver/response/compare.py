"""Status quo, plan, free response, flextime and going it alone, side by side."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from network.base import no_progress
from solver.response.alone import respond_alone
from solver.response.choices import only_asked
from solver.response.comparison import Comparison
from solver.response.compliance import trace_compliance, trace_rebound
from solver.response.flextime import (
    everyone_counts_once,
    free_optimum,
    respond_freely,
    route_optimum,
)
from solver.response.joint_bound import find_joint_bound
from solver.response.peaks import find_new_peaks
from solver.response.settings import ComparisonSettings
from solver.response.situations import Ground, SituationName
from solver.staggering.costs.pricing import share_flows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.response.alone import Uncoordinated
    from solver.response.flextime import Optimum
    from solver.response.places import CellPlaces
    from solver.response.settings import ProposedPlan
    from solver.response.situations import State
    from solver.staggering import StaggeringProblem


def compare_plans(
    problem: StaggeringProblem,
    plan: ProposedPlan,
    *,
    settings: ComparisonSettings | None = None,
    places: CellPlaces | None = None,
    progress: Progress = no_progress,
) -> Comparison:
    """Judge a plan by what people make of it, beside what they do without it.

    The headline is the free response: the plan's starts with routes in equilibrium, against
    today's starts with routes in equilibrium. Beside it: the plan as the optimiser priced it,
    flextime of those the plan moves and of everybody, and each employer for itself; the joint
    bound, which certifies the whole; how much is left when some follow, when others fill the
    room; and new peaks.

    Only the problem's own passengers choose; the background's load is given (but for the
    rebound). Figures are those of the model: no figure here is an observation.

    Parameters
    ----------
    problem
        Any staggering problem. Not modified.
    plan
        Its starts; routes and bound where known.
    places
        Which cells are one place at different hours; without it there is no rebound and no
        new peaks of cells.
    """
    run = _Run(
        ground=Ground(problem),
        plan=plan,
        settings=settings or ComparisonSettings(),
        places=places,
        progress=progress,
    )
    return run.compare()


@dataclass(slots=True)
class _Run:
    """One comparison: its inputs and the seconds each part took."""

    ground: Ground
    plan: ProposedPlan
    settings: ComparisonSettings
    places: CellPlaces | None
    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    def compare(self) -> Comparison:
        """Reckon every part in turn."""
        settings, ground, choice = self.settings, self.ground, self.settings.choice
        with self._timed("status_quo"):
            status_quo = self._status_quo()
        with self._timed("free_response"):
            planned = self._planned(status_quo)
            response = ground.respond(
                SituationName.FREE_RESPONSE,
                self.plan.x,
                choice=choice,
                start=planned.route_flow,
                progress=self.progress,
            )
        states = [status_quo, planned, response]
        free = self._flextime(states)
        alone = self._alone(status_quo, states)
        with self._timed("bound"):
            routes = route_optimum(
                ground, response, gap=settings.optimum_gap, progress=self.progress
            )
            usable = free is not None and everyone_counts_once(ground)
            bound = find_joint_bound(
                ground,
                self.plan,
                free_bound_min=free.bound_min if usable and free is not None else None,
                time_limit_s=settings.bound_time_limit_s,
                gap=settings.bound_gap,
                progress=self.progress,
            )
        with self._timed("compliance"):
            compliance = trace_compliance(
                ground,
                status_quo,
                response,
                shares=settings.compliance,
                choice=choice,
                progress=self.progress,
            )
        with self._timed("rebound"):
            rebound = None
            if self.places is not None:
                rebound = trace_rebound(
                    ground,
                    status_quo,
                    response,
                    places=self.places,
                    refill_shares=settings.refill_shares,
                    reach=settings.refill_windows,
                    choice=choice,
                )
            peaks = find_new_peaks(
                ground, status_quo, response, places=self.places, at_most=settings.peaks_shown
            )
        return Comparison(
            situations={state.situation.name: state.situation for state in states},
            priced_status_quo_min=ground.measure(
                SituationName.STATUS_QUO, ground.base_x, self._today()
            ).situation.total_min,
            planned_bound_min=self.plan.best_bound,
            joint_bound=bound,
            free_optimum=free,
            route_optimum=routes,
            uncoordinated=alone,
            compliance=compliance,
            rebound=rebound,
            refill_windows=settings.refill_windows,
            new_peaks=peaks,
            choice=choice,
            seconds=self.seconds,
        )

    def _status_quo(self) -> State:
        """Let today's starts come to equilibrium, from today's routes."""
        return self.ground.respond(
            SituationName.STATUS_QUO,
            self.ground.base_x,
            choice=self.settings.choice,
            start=self._today(),
            progress=self.progress,
        )

    def _today(self) -> NDArray[np.float64]:
        """Return today's passengers by route."""
        ground = self.ground
        share = ground.problem.groups.shares_or_cheapest()
        return share_flows(ground.matrices, ground.base_x, share)

    def _planned(self, status_quo: State) -> State:
        """Price the plan with its own routes, with today's shares where it has none."""
        ground, flow = self.ground, self.plan.route_flow
        if flow is None:
            share = ground.problem.groups.shares_or_cheapest()
            flow = share_flows(ground.matrices, self.plan.x, share)
        return ground.measure(SituationName.PLANNED, self.plan.x, flow)

    def _flextime(self, states: list[State]) -> Optimum | None:
        if not self.settings.flextime:
            return None
        ground = self.ground
        asked = Ground(only_asked(ground.problem, ground.matrices, self.plan.x))
        with self._timed("flextime"):
            states.append(self._free_hours(asked, SituationName.FLEXTIME_ASKED))
            states.append(self._free_hours(self.ground, SituationName.FLEXTIME))
        with self._timed("free_optimum"):
            return free_optimum(self.ground, gap=self.settings.optimum_gap, progress=self.progress)

    def _free_hours(self, ground: Ground, name: SituationName) -> State:
        return respond_freely(
            ground, choice=self.settings.choice, name=name, progress=self.progress
        )

    def _alone(self, status_quo: State, states: list[State]) -> Uncoordinated | None:
        if not self.settings.uncoordinated:
            return None
        with self._timed("uncoordinated"):
            alone = respond_alone(
                self.ground,
                status_quo,
                choice=self.settings.choice,
                max_rounds=self.settings.max_rounds,
                progress=self.progress,
            )
        states.append(alone.state)
        return alone

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
