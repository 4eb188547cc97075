"""A run: status quo, plan, free response, side by side."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from network.base import Figure, SourceClass, no_progress
from scenarios.entries import compare_entries
from scenarios.measures import choose_lookouts, measure_situation
from scenarios.model import Model, build_model
from scenarios.modifications import apply_modifications
from scenarios.planning import PlanBasis, build_problem, price_status_quo, read_moves
from scenarios.results import PlanSummary, RunResult
from scenarios.territory import load_territory
from solver.loading import assign_transit
from solver.staggering import RouteForm, SolveSettings, solve_staggering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from network.base import Progress
    from scenarios.results import Situation
    from scenarios.schema import Scenario
    from solver.loading import TransitLoading
    from solver.staggering import StaggeringResult


def run_scenario(
    scenario: Scenario, *, progress: Progress = no_progress, base_dir: Path | None = None
) -> RunResult:
    """Run a scenario: load the territory, its status quo, a plan, and the response to it.

    The headline is the free response: what is left of the plan's gain once everybody
    chooses routes again. The optimiser's own saving is reported beside it, never alone.

    Parameters
    ----------
    scenario
        What to run.
    progress
        Called in every stage; raising Cancelled from it stops the run.
    base_dir
        Folder that a territory given as a path is relative to.

    Raises
    ------
    InputError
        If the territory, its data or the scenario's names are wrong.
    """
    return _Run(scenario=scenario, progress=progress).finish(base_dir)


@dataclass(slots=True)
class _Run:
    """The stages of one run and how long each took."""

    scenario: Scenario
    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    def finish(self, base_dir: Path | None) -> RunResult:
        scenario = self.scenario
        with self._stage("territory"):
            name = scenario.territory
            given = name if base_dir is None or "/" not in name else base_dir / name
            territory = apply_modifications(
                load_territory(given, service_date=scenario.date, progress=self.progress),
                scenario.modifications,
                file=scenario.name,
            )
        with self._stage("choice"):
            model = build_model(territory, scenario, progress=self.progress)
        with self._stage("loading"):
            today = model.staff_today()
            status_quo = self._assign(model, model.background.pax + today)
        with self._stage("staggering"):
            basis = build_problem(model, scenario, status_quo)
            plan = self._solve(basis)
        with self._stage("response"):
            start_s, share = basis.starts_and_shares(plan)
            moved = model.staff_at(start_s, share)
            response = self._assign(model, model.background.pax + moved, status_quo)
            some = scenario.plan.compliance
            partly = self._assign(
                model, model.background.pax + some * moved + (1 - some) * today, response
            )
        with self._stage("measures"):
            return self._report(model, basis, plan, status_quo, response, partly)

    def _assign(
        self, model: Model, demand: NDArray[np.float64], start: TransitLoading | None = None
    ) -> TransitLoading:
        return assign_transit(
            model.alternatives,
            model.cells,
            demand,
            curve=model.curve,
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

    def _report(
        self,
        model: Model,
        basis: PlanBasis,
        plan: StaggeringResult,
        status_quo: TransitLoading,
        response: TransitLoading,
        partly: TransitLoading,
    ) -> RunResult:
        lookouts = choose_lookouts(model, status_quo)
        planned_load = status_quo.load_pax.copy()
        if plan.price is not None:
            planned_load[basis.cells] = plan.price.load_pax
        situations: dict[str, Situation] = {}
        for name, load, loading in (
            ("status_quo", status_quo.load_pax, status_quo),
            ("plan", planned_load, None),
            ("free_response", response.load_pax, response),
            ("partial_compliance", partly.load_pax, partly),
        ):
            situations[name] = measure_situation(
                model, lookouts, name=name, load_pax=load, loading=loading
            )
        summary = _summarise_plan(model, basis, plan, status_quo, response)
        moving_min = 0.0 if plan.price is None else plan.price.moving_min
        planned = (summary.status_quo_objective or 0.0) - (summary.objective or 0.0)
        left = status_quo.total_cost_min - response.total_cost_min - moving_min
        some = self.scenario.plan.compliance
        part = status_quo.total_cost_min - partly.total_cost_min - some * moving_min
        territory = model.territory
        return RunResult(
            scenario=self.scenario,
            territory=territory.name,
            territory_title=territory.title,
            service_date=territory.service_date.isoformat(),
            situations=situations,
            plan=summary,
            gain_kept=left / planned if planned > 0 else None,
            headline=_headline(model, situations, planned, left, part, some),
            entries=compare_entries(model, status_quo),
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


def _summarise_plan(
    model: Model,
    basis: PlanBasis,
    plan: StaggeringResult,
    status_quo: TransitLoading,
    response: TransitLoading,
) -> PlanSummary:
    moves = read_moves(model, basis, plan)
    people = sum(move.people for move in moves)
    minutes = sum(move.people * abs(move.to_s - move.from_s) / 60 for move in moves)
    return PlanSummary(
        status=str(plan.status),
        objective=plan.objective,
        best_bound=plan.best_bound if np.isfinite(plan.best_bound) else None,
        mip_gap=plan.mip_gap,
        status_quo_objective=price_status_quo(basis),
        seconds=plan.seconds["total"],
        lp_seconds=plan.seconds.get("build", 0.0) + plan.seconds.get("relax", 0.0),
        moves=moves,
        people_moved=people,
        people_total=float(model.cohorts.size.sum()),
        mean_shift_min=minutes / people if people else 0.0,
        employer_gain_min=_employer_gains(model, basis, plan, status_quo, response),
        reason=plan.reason,
    )


def _employer_gains(
    model: Model,
    basis: PlanBasis,
    plan: StaggeringResult,
    status_quo: TransitLoading,
    response: TransitLoading,
) -> dict[str, float]:
    """Return minutes a head each employer's passengers gain in the free response.

    What a passenger can expect (the log-sum) before, less what it is after, less the
    disutility of moving; positive is better off.
    """
    before = _expected_by_cohort(model, status_quo, model.cohorts.start_s[:, None], None)
    start_s, share = basis.starts_and_shares(plan)
    after = _expected_by_cohort(model, response, start_s, share)
    table = basis.problem.cohorts
    moving = np.zeros(len(table))
    if plan.x is not None:
        np.add.at(
            moving,
            table.candidate_cohort(),
            plan.x * table.candidate_disutility_min * table.size[table.candidate_cohort()],
        )
    gains = {}
    for employer, employer_id in enumerate(model.cohorts.employer_ids):
        own = model.cohorts.employer == employer
        size = float(model.cohorts.size[own].sum())
        gain = float((before - after - moving)[own].sum())
        gains[employer_id] = gain / size if size > 0 else 0.0
    return gains


def _expected_by_cohort(
    model: Model,
    loading: TransitLoading,
    start_s: NDArray[np.int32],
    share: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Return each cohort's expected passenger-minutes; groups without choice cost nothing here."""
    part = np.ones_like(start_s, dtype=np.float64) if share is None else share
    demand = model.staff_by_cohort(start_s, part)
    return np.asarray(demand @ loading.expected_min)


def _headline(
    model: Model,
    situations: dict[str, Situation],
    planned_min: float,
    left_min: float,
    part_min: float,
    compliance: float,
) -> dict[str, Figure]:
    estimated = SourceClass.ESTIMATED
    before = situations["status_quo"].kpis["crowding_cost_h"].value
    after = situations["free_response"].kpis["crowding_cost_h"].value
    return {
        "planned_gain_h": Figure(
            value=planned_min / 60,
            unit="hours a day, the optimiser's own figure",
            source_class=estimated,
        ),
        "free_response_gain_h": Figure(
            value=left_min / 60, unit="hours a day", source_class=estimated
        ),
        "partial_compliance_gain_h": Figure(
            value=part_min / 60,
            unit="hours a day",
            source_class=estimated,
            note=f"{compliance:.0%} of those asked follow",
        ),
        "crowding_change": Figure(
            value=after / before - 1 if before > 0 else 0.0,
            unit="share of crowding cost",
            source_class=estimated,
        ),
        "modelled_trips": Figure(
            value=model.background_demand.trips.sum() + model.cohorts.strand_pax.sum(),
            unit="transit trips a day",
            source_class=estimated,
        ),
        "trips_left_out": Figure(
            value=model.left_out_trips, unit="transit trips a day", source_class=estimated
        ),
    }


