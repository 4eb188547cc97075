"""A run: status quo, plan, free response, side by side."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from network.base import no_progress
from scenarios.after import study_plan
from scenarios.entries import compare_entries
from scenarios.headline import Outcome, build_headline, summarise_plan
from scenarios.measures import choose_lookouts, measure_situation
from scenarios.model import Model, build_model
from scenarios.modifications import apply_modifications
from scenarios.planning import PlanBasis, build_problem
from scenarios.results import RunResult, SensitivityRow
from scenarios.territory import load_territory
from solver.crowding import SLOPE_RANGE, CrowdingCurve
from solver.loading import assign_transit
from solver.staggering import RouteForm, SolveSettings, solve_staggering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from network.base import Progress
    from scenarios.after import AfterPlan
    from scenarios.schema import Scenario
    from solver.loading import TransitLoading
    from solver.staggering import StaggeringResult

SHIFT_COSTS = (0.0, 0.05)
"""Disutilities of moving, minutes per minute, that a run tries beside the scenario's own."""


def run_scenario(
    scenario: Scenario, *, progress: Progress = no_progress, path: Path | None = None
) -> RunResult:
    """Run a scenario: load the territory, its status quo, a plan, and the response to it.

    The headline is the free response: what is left of the plan's gain once everybody
    chooses routes again. The optimiser's own saving is reported beside it, never alone.

    Parameters
    ----------
    scenario
        What to run.
    progress
        Called in every stage; raising Cancelled from it stops the run. While the optimiser
        is at work it keeps the plan it has instead.
    path
        File that the scenario was read from: a territory given as a path is relative to its
        folder, and problems name it.

    Raises
    ------
    InputError
        If the territory, its data or the scenario's names are wrong.
    """
    return _Run(scenario=scenario, progress=progress).finish(path)


@dataclass(slots=True)
class _Run:
    """The stages of one run and how long each took."""

    scenario: Scenario
    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    def finish(self, path: Path | None) -> RunResult:
        scenario = self.scenario
        with self._stage("territory"):
            name = scenario.territory
            given = name if path is None or "/" not in name else path.parent / name
            territory = apply_modifications(
                load_territory(given, service_date=scenario.date, progress=self.progress),
                scenario.modifications,
                file=scenario.name if path is None else str(path),
            )
        with self._stage("choice"):
            model = build_model(territory, scenario, progress=self.progress)
        with self._stage("loading"):
            status_quo = self._assign(model, self._demand(model, None, 1.0))
        with self._stage("staggering"):
            basis = build_problem(model, scenario, status_quo)
            plan = self._solve(basis)
        with self._stage("response"):
            outcome = self._respond(model, basis, plan, status_quo)
        with self._stage("after"):
            after = self._study(model, outcome)
        with self._stage("sensitivity"):
            slopes = self._gain_by_slope(model, outcome)
            rows = self._try_shift_costs(model, outcome)
        with self._stage("measures"):
            result = self._report(model, outcome, slopes, rows, after)
        return replace(result, seconds=dict(self.seconds))

    def _demand(
        self, model: Model, plan: tuple[PlanBasis, StaggeringResult] | None, compliance: float
    ) -> NDArray[np.float64]:
        """Return everybody by group when a share of the staff asked to move does so."""
        today = model.staff_today()
        if plan is None:
            return model.background.pax + today
        basis, result = plan
        moved = model.staff_at(*basis.starts_and_shares(result))
        return model.background.pax + compliance * moved + (1 - compliance) * today

    def _assign(
        self,
        model: Model,
        demand: NDArray[np.float64],
        start: TransitLoading | None = None,
        curve: CrowdingCurve | None = None,
    ) -> TransitLoading:
        return assign_transit(
            model.alternatives,
            model.cells,
            demand,
            curve=curve or model.curve,
            settings=model.assignment,
            path_size=model.path_size,
            start=None if start is None else start.flow_pax,
            progress=self.progress,
        )

    def _solve(self, basis: PlanBasis) -> StaggeringResult:
        rules = self.scenario.plan
        return solve_staggering(
            basis.problem,
            settings=SolveSettings(
                time_limit_s=rules.time_limit_s,
                gap=rules.mip_gap,
                seed=self.scenario.seed,
                form=RouteForm(rules.routes),
            ),
            progress=self.progress,
        )

    def _respond(
        self, model: Model, basis: PlanBasis, plan: StaggeringResult, status_quo: TransitLoading
    ) -> Outcome:
        chosen = (basis, plan)
        response = self._assign(model, self._demand(model, chosen, 1.0), status_quo)
        some = self._demand(model, chosen, self.scenario.plan.compliance)
        return Outcome(
            basis=basis,
            plan=plan,
            status_quo=status_quo,
            response=response,
            partly=self._assign(model, some, response),
            compliance=self.scenario.plan.compliance,
        )

    def _study(self, model: Model, outcome: Outcome) -> AfterPlan | None:
        """Say who follows, who comes back, what nobody coordinating would bring, who gave what."""
        return study_plan(
            model,
            outcome,
            load=lambda demand, start: self._assign(model, demand, start),
            time_limit_s=self.scenario.plan.time_limit_s,
            seed=self.scenario.seed,
            progress=self.progress,
        )

    def _gain_by_slope(self, model: Model, outcome: Outcome) -> tuple[float, float]:
        """Return the plan's gain in the free response, minutes, at both ends of the slopes."""
        gains = []
        for slope in SLOPE_RANGE:
            curve = CrowdingCurve(slope=slope)
            before = self._assign(model, outcome.status_quo.demand_pax, outcome.status_quo, curve)
            after = self._assign(model, outcome.response.demand_pax, before, curve)
            gains.append(before.total_cost_min - after.total_cost_min - outcome.moving_min)
        return gains[0], gains[1]

    def _try_shift_costs(self, model: Model, outcome: Outcome) -> tuple[SensitivityRow, ...]:
        """Plan again with other disutilities of moving, and load the response to each."""
        own = self.scenario.plan.shift_cost_per_min
        rows = []
        for value in sorted({own, *SHIFT_COSTS}):
            tried = outcome
            if value != own:
                rules = self.scenario.plan.model_copy(update={"shift_cost_per_min": value})
                scenario = self.scenario.model_copy(update={"plan": rules})
                basis = build_problem(model, scenario, outcome.status_quo)
                plan = self._solve(basis)
                demand = self._demand(model, (basis, plan), 1.0)
                response = self._assign(model, demand, outcome.response)
                tried = replace(outcome, basis=basis, plan=plan, response=response)
            rows.append(
                SensitivityRow(
                    parameter="shift_cost_per_min",
                    value=value,
                    unit="minutes of travel per minute moved",
                    people_moved=tried.people_moved,
                    free_response_gain_h=tried.gain_min / 60,
                    is_default=value == own,
                )
            )
        return tuple(rows)

    def _report(
        self,
        model: Model,
        outcome: Outcome,
        slopes: tuple[float, float],
        sensitivity: tuple[SensitivityRow, ...],
        after: AfterPlan | None,
    ) -> RunResult:
        territory = model.territory
        lookouts = choose_lookouts(model, outcome.status_quo)
        situations = {
            name: measure_situation(model, lookouts, name=name, load_pax=load, loading=loading)
            for name, load, loading in (
                ("status_quo", outcome.status_quo.load_pax, outcome.status_quo),
                ("plan", outcome.planned_load_pax(), None),
                ("free_response", outcome.response.load_pax, outcome.response),
                ("partial_compliance", outcome.partly.load_pax, outcome.partly),
            )
        }
        return RunResult(
            scenario=self.scenario,
            territory=territory.name,
            territory_title=territory.title,
            service_date=territory.service_date.isoformat(),
            situations=situations,
            plan=summarise_plan(model, outcome),
            gain_kept=outcome.gain_kept,
            headline=build_headline(model, outcome, situations, slopes),
            sensitivity=sensitivity,
            after=after,
            entries=compare_entries(model, outcome.status_quo),
            notes=territory.notes,
            sources=territory.sources,
            set_aside=territory.set_aside,
            seconds=dict(self.seconds),
            inputs_sha256=territory.inputs_sha256,
            version=version("creneau"),
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = time.perf_counter() - started
