"""Each employer's own sheet: what it is asked, gives and gains, and what it could do instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenarios.after.results import EmployerView, OtherSlot, TeamEffect
from scenarios.headline import team_gains_min
from scenarios.planning import SHARE_SHOWN, teams_of
from solver.credits import CreditSettings, share_credits
from solver.staggering import RouteForm
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.deviations import build_candidate_loads
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scenarios.headline import Outcome
    from scenarios.model import Model
    from solver.staggering.costs.deviations import CandidateLoads

FLAT_SHARE = 0.02
"""A start is as good as the planned one if it costs no more than this share of the plan's gain."""

PAIRS = 500
"""Orders of joining drawn for credits, each with its reverse."""

OWN_SHARES = (0.0, 0.5, 1.0)
LEAST_OTHERS = 3
LARGEST_OF_OTHERS = 0.85
"""Sums over others are shown for three employers at least, none of them above 85 %: the
threshold of business tables in France (INSEE)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """All employers' sheets, and up to which cost other starts are offered, hours a day."""

    views: tuple[EmployerView, ...]
    flat_h: float


def view_employers(model: Model, outcome: Outcome, *, seed: int) -> Sheets:
    """Draw up every employer's sheet from a plan and its free response.

    Credits, other starts and the own compliance are priced in the optimiser's model with the
    plan's splits over routes; gains a head are those of the free response.
    """
    problem, plan = outcome.basis.problem, outcome.plan
    if plan.x is None or plan.route_flow is None:
        return Sheets(views=(), flat_h=0.0)
    matrices = build_matrices(problem)
    share = _shares(outcome)
    loads = build_candidate_loads(problem, share)
    base = np.zeros(len(plan.x))
    base[matrices.base_candidate] = 1.0
    planned_h = (loads.total_min(base) - loads.total_min(plan.x)) / 60
    flat_h = FLAT_SHARE * max(0.0, planned_h)
    credits = share_credits(
        problem, plan.x, share=share, settings=CreditSettings(pairs=PAIRS, seed=seed)
    )
    credit_of = {row.employer_id: row for row in credits.employers}
    gains = team_gains_min(model, outcome)
    teams = teams_of(model)
    start_s = problem.slot_start_s[problem.cohorts.candidate_slot]
    moved = np.add.reduceat(matrices.moved_people * plan.x, problem.cohorts.candidate_offset[:-1])
    more_h = loads.deviations_min(plan.x) / 60
    other = _other_slots(outcome, share, more_h, flat_h)
    employer = problem.cohorts.employer
    moved_of = np.bincount(employer, weights=moved, minlength=len(problem.cohorts.employer_ids))
    views = []
    for e, employer_id in enumerate(problem.cohorts.employer_ids):
        own = np.flatnonzero(employer == e)
        if len(own) == 0:
            continue
        size = problem.cohorts.size[own]
        others_moved, others_count = sum_others(np.delete(moved_of, e))
        views.append(
            EmployerView(
                employer_id=employer_id,
                employer=teams[own[0]][0].name,
                staff=float(size.sum()),
                moved=float(moved[own].sum()),
                gain_min=float(gains[own] @ size / size.sum()) if size.sum() > 0 else 0.0,
                teams=tuple(
                    part
                    for c in own.tolist()
                    for part in _parts(model, outcome, c, gains[c], start_s)
                ),
                other_slots=tuple(
                    OtherSlot(
                        team_id=teams[c][1].id, start_s=int(start_s[j]), cost_h=float(more_h[j])
                    )
                    for c, j in other
                    if employer[c] == e
                ),
                follows=_follow(loads, base, plan.x, np.isin(matrices.candidate_cohort, own)),
                credit_h=credit_of[employer_id].shapley_min / 60,
                credit_error_h=credit_of[employer_id].standard_error_min / 60,
                last_in_h=credit_of[employer_id].last_in_min / 60,
                others_moved=others_moved,
                others_count=others_count,
            )
        )
    return Sheets(views=tuple(views), flat_h=flat_h)


def _shares(outcome: Outcome) -> NDArray[np.float64]:
    """Return each group's split over its routes: today's, but the plan's where it chose routes.

    Groups that the plan empties keep today's split, so that staying costs what it does today.
    """
    groups, flow = outcome.basis.problem.groups, outcome.plan.route_flow
    today = groups.shares_or_cheapest()
    if flow is None or outcome.plan.form is RouteForm.FIXED:
        return today
    group = groups.route_group()
    total = np.bincount(group, weights=flow, minlength=len(groups))[group]
    result: NDArray[np.float64] = np.where(total > 0, flow / np.where(total > 0, total, 1.0), today)
    return result


def _parts(
    model: Model, outcome: Outcome, cohort: int, gain_min: float, start_s: NDArray[np.int32]
) -> tuple[TeamEffect, ...]:
    """Return what a cohort is asked, one row for each start its people have."""
    cohorts, problem = model.cohorts, outcome.basis.problem
    _, team = teams_of(model)[cohort]
    first, last = problem.cohorts.candidate_offset[cohort : cohort + 2]
    assert outcome.plan.x is not None  # view_employers asks only where there is a plan
    share = outcome.plan.x[first:last]
    riders = float(cohorts.strand_pax[cohorts.strand_cohort == cohort].sum())
    return tuple(
        TeamEffect(
            team_id=team.id,
            team=team.name,
            people=float(share[j] * cohorts.size[cohort]),
            transit_pax=float(share[j] * riders),
            from_s=int(cohorts.start_s[cohort]),
            to_s=int(start_s[int(first) + j]),
            gain_min=float(gain_min),
        )
        for j in np.flatnonzero(share > SHARE_SHOWN).tolist()
    )


def _other_slots(
    outcome: Outcome, share: NDArray[np.float64], more_h: NDArray[np.float64], flat_h: float
) -> list[tuple[int, int]]:
    """Return (cohort, candidate) of starts nearly as good as the plan's that keep the rules."""
    problem, x = outcome.basis.problem, outcome.plan.x
    assert x is not None  # view_employers asks only where there is a plan
    matrices = build_matrices(problem)
    moved = set(matrices.candidate_cohort[(x > 0) & matrices.is_move].tolist())
    found = []
    for candidate in np.flatnonzero((more_h <= flat_h) & (x == 0)).tolist():
        cohort = int(matrices.candidate_cohort[candidate])
        if cohort not in moved:
            continue
        tried = x.copy()
        tried[matrices.candidate_cohort == cohort] = 0.0
        tried[candidate] = 1.0
        if not find_violations(problem, tried, share_flows(matrices, tried, share)):
            found.append((cohort, candidate))
    return found


def _follow(
    loads: CandidateLoads,
    base: NDArray[np.float64],
    x: NDArray[np.float64],
    own: NDArray[np.bool_],
) -> tuple[tuple[float, float], ...]:
    """Return the planned gain, hours a day, by the share of one employer's staff who follow."""
    before = loads.total_min(base)
    gains = []
    for share in OWN_SHARES:
        mixed = np.where(own, share * x + (1 - share) * base, x)
        gains.append((share, (before - loads.total_min(mixed)) / 60))
    return tuple(gains)


def sum_others(moved: NDArray[np.float64]) -> tuple[float | None, int | None]:
    """Return people and employers asked elsewhere, None where one could be told from the sum."""
    asked = moved[moved > 0]
    total = float(asked.sum())
    if len(asked) < LEAST_OTHERS or asked.max() > LARGEST_OF_OTHERS * total:
        return None, None
    return total, len(asked)
