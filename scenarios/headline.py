"""What came of a plan: gains before and after people respond, by employer and in all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Figure, SourceClass
from scenarios.planning import price_status_quo, read_moves
from scenarios.results import PlanSummary

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scenarios.model import Model
    from scenarios.planning import PlanBasis
    from scenarios.results import Situation
    from solver.loading import TransitLoading
    from solver.staggering import StaggeringResult


NO_PLAN_YET = "The search was stopped before it had a plan."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A plan and the three loadings that judge it: before, after, and if only some follow."""

    basis: PlanBasis
    plan: StaggeringResult
    status_quo: TransitLoading
    response: TransitLoading
    partly: TransitLoading
    compliance: float

    @property
    def moving_min(self) -> float:
        """Disutility of moving, minutes, summed over all who move."""
        return 0.0 if self.plan.price is None else self.plan.price.moving_min

    @property
    def people_moved(self) -> float:
        """People of all modes who start at another time."""
        return 0.0 if self.plan.price is None else self.plan.price.moved_people

    @property
    def planned_gain_min(self) -> float:
        """The optimiser's own saving, minutes: its status quo less its objective."""
        if self.plan.objective is None:
            return 0.0
        return price_status_quo(self.basis) - self.plan.objective

    @property
    def proven_share_of_gain(self) -> float | None:
        """Own saving over the largest any plan can have by the bound; None without a plan."""
        if self.plan.objective is None or not np.isfinite(self.plan.best_bound):
            return None
        largest = price_status_quo(self.basis) - self.plan.best_bound
        return self.planned_gain_min / largest if largest > 0 else 1.0

    @property
    def gain_min(self) -> float:
        """What is gained once everybody has chosen routes again, moving taken off, minutes."""
        before, after = self.status_quo.total_cost_min, self.response.total_cost_min
        return before - after - self.moving_min

    @property
    def partial_gain_min(self) -> float:
        """The same when only the compliance share follows, minutes."""
        before, after = self.status_quo.total_cost_min, self.partly.total_cost_min
        return before - after - self.compliance * self.moving_min

    @property
    def gain_kept(self) -> float | None:
        """Gain in the free response over the optimiser's own; None where it promised none."""
        planned = self.planned_gain_min
        return self.gain_min / planned if planned > 0 else None

    def planned_load_pax(self) -> NDArray[np.float64]:
        """Return loads by cell as the optimiser has them: only the staff has moved."""
        load = self.status_quo.load_pax.copy()
        if self.plan.price is not None:
            load[self.basis.cells] = self.plan.price.load_pax
        return load


def summarise_plan(model: Model, outcome: Outcome) -> PlanSummary:
    """Summarise the plan: moves, people, bound, gap, and each employer's gain."""
    plan = outcome.plan
    moves = read_moves(model, outcome.basis, plan)
    people = sum(move.people for move in moves)
    minutes = sum(move.people * abs(move.to_s - move.from_s) / 60 for move in moves)
    return PlanSummary(
        status=str(plan.status),
        objective=plan.objective,
        best_bound=plan.best_bound if np.isfinite(plan.best_bound) else None,
        mip_gap=plan.mip_gap,
        engine_bound=plan.engine_bound,
        rests_on_engine=plan.rests_on_engine,
        status_quo_objective=price_status_quo(outcome.basis),
        proven_share_of_gain=outcome.proven_share_of_gain,
        seconds=plan.seconds["total"],
        lp_seconds=plan.seconds.get("build", 0.0) + plan.seconds.get("relax", 0.0),
        moves=moves,
        people_moved=people,
        people_total=float(model.cohorts.size.sum()),
        mean_shift_min=minutes / people if people else 0.0,
        employer_gain_min=_employer_gains(model, outcome),
        reason=plan.reason or ("" if plan.x is not None else NO_PLAN_YET),
    )


def _employer_gains(model: Model, outcome: Outcome) -> dict[str, float]:
    """Return minutes a head each employer's staff gains in the free response."""
    cohorts, gain = model.cohorts, team_gains_min(model, outcome)
    gains = {}
    for employer, employer_id in enumerate(cohorts.employer_ids):
        own = cohorts.employer == employer
        size = float(cohorts.size[own].sum())
        gains[employer_id] = float((gain * cohorts.size)[own].sum()) / size if size else 0.0
    return gains


def team_gains_min(model: Model, outcome: Outcome) -> NDArray[np.float64]:
    """Return minutes a head each cohort gains in the free response, shape (n_cohorts,).

    What a passenger can expect (the log-sum) before, less what it is after, less the
    disutility of moving; positive is better off.
    """
    cohorts = model.cohorts
    today_s, all_of_it = cohorts.start_s[:, None], np.ones((len(cohorts), 1))
    before = model.staff_by_cohort(today_s, all_of_it) @ outcome.status_quo.expected_min
    moved = model.staff_by_cohort(*outcome.basis.starts_and_shares(outcome.plan))
    after = moved @ outcome.response.expected_min
    table = outcome.basis.problem.cohorts
    of_candidate = table.candidate_cohort()
    moving = np.zeros(len(table))
    if outcome.plan.x is not None:
        minutes = outcome.plan.x * table.candidate_disutility_min * table.size[of_candidate]
        np.add.at(moving, of_candidate, minutes)
    result: NDArray[np.float64] = (before - after - moving) / np.where(
        cohorts.size > 0, cohorts.size, 1.0
    )
    return result


def build_headline(
    model: Model,
    outcome: Outcome,
    situations: dict[str, Situation],
    slopes: tuple[float, float],
) -> dict[str, Figure]:
    """Build the figures that a reader sees first."""
    estimated = SourceClass.ESTIMATED
    before = situations["status_quo"].kpis["crowding_cost_h"].value
    after = situations["free_response"].kpis["crowding_cost_h"].value
    ends = sorted((*slopes, outcome.gain_min))
    return {
        "free_response_gain_h": Figure(
            value=outcome.gain_min / 60,
            unit="hours a day",
            source_class=estimated,
            low=ends[0] / 60,
            high=ends[-1] / 60,
            note="range: crowding cost 0.05 to 0.15 per passenger per m2, loaded again",
        ),
        "planned_gain_h": Figure(
            value=outcome.planned_gain_min / 60,
            unit="hours a day, the optimiser's own figure",
            source_class=estimated,
        ),
        "partial_compliance_gain_h": Figure(
            value=outcome.partial_gain_min / 60,
            unit="hours a day",
            source_class=estimated,
            note=f"{outcome.compliance:.0%} of those asked follow",
        ),
        "crowding_change": Figure(
            value=after / before - 1 if before > 0 else 0.0,
            unit="share of crowding cost, free response against status quo",
            source_class=estimated,
        ),
        "modelled_trips": Figure(
            value=float(model.background_demand.trips.sum() + model.cohorts.strand_pax.sum()),
            unit="outward transit trips a day, whole region",
            source_class=estimated,
        ),
        "trips_left_out": Figure(
            value=model.left_out_trips,
            unit="outward transit trips a day, of pairs too small to model",
            source_class=estimated,
        ),
    }
