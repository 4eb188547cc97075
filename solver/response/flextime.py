"""Hours left to everybody: each chooses start and route for itself, and what that forgoes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.response.choices import free_choices, route_choices
from solver.response.equilibrium import solve_equilibrium
from solver.response.optimum import solve_optimum
from solver.response.situations import SituationName

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.response.choices import ChoiceTable
    from solver.response.equilibrium import RouteChoice
    from solver.response.situations import Ground, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """The least total cost somebody could bring about, between two proven ends.

    ``total_min`` is reached by some flows, no flows cost less than ``bound_min``.
    """

    total_min: float
    bound_min: float


def respond_freely(
    ground: Ground,
    *,
    choice: RouteChoice,
    name: SituationName = SituationName.FLEXTIME,
    progress: Progress = no_progress,
) -> State:
    """Let every passenger choose start and route at its own cost: an equilibrium of both.

    They weigh the plain minutes of travel, crowding and schedule disutility. Rules on people
    bind (candidate slots, largest shift, exemptions, eligible shares), limits on sums do not.
    Staff who ride nowhere have nothing to gain by moving and stay in today's slot. In a
    logit, one scale serves starts and routes alike. ``name`` says whose hours are free.
    """
    problem = ground.problem
    table = free_choices(problem, ground.matrices, problem.cohorts.candidate_disutility_min)
    found = solve_equilibrium(problem, table, choice=choice, progress=progress)
    return ground.measure(
        name,
        free_starts(ground, table, found.flow_pax),
        table.route_flow(found.flow_pax, problem.groups.n_routes),
        equilibrium=found,
    )


def free_starts(
    ground: Ground, table: ChoiceTable, flow: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share of each cohort's people that starts in each candidate, (n_candidates,).

    Passengers are where they chose, the rest of the cohort's people in today's slot.
    """
    cohorts = ground.problem.cohorts
    owner = ground.matrices.candidate_cohort
    size = np.where(cohorts.size > 0, cohorts.size, 1.0)
    pax = np.zeros(cohorts.n_candidates)
    if table.candidate is not None:
        np.add.at(pax, table.candidate, flow)
    x = pax / size[owner]
    riding = np.bincount(owner, weights=x, minlength=len(cohorts))
    x[ground.matrices.base_candidate] += np.maximum(0.0, 1.0 - riding)
    return x


def free_optimum(ground: Ground, *, gap: float, progress: Progress = no_progress) -> Optimum:
    """Find what those who choose start and route could cost all together, were they led.

    The same people with the same freedom as :func:`respond_freely`, at the objective's
    weights: its total over this is the price of anarchy of flextime.
    """
    problem, matrices = ground.priced, ground.matrices
    size = np.where(problem.cohorts.size > 0, problem.cohorts.size, 1.0)
    a_head = matrices.moving_min / size[matrices.candidate_cohort]
    table = free_choices(problem, matrices, a_head)
    found = solve_optimum(problem, table, relative_gap=gap, progress=progress)
    staying = _staying_min(ground, a_head)
    return Optimum(total_min=found.total_min + staying, bound_min=found.bound_min + staying)


def route_optimum(
    ground: Ground, plan: State, *, gap: float, progress: Progress = no_progress
) -> Optimum:
    """Find what routes could cost all together at the starts of a plan."""
    problem, matrices = ground.priced, ground.matrices
    table = route_choices(problem, matrices, plan.x)
    found = solve_optimum(
        problem, table, relative_gap=gap, start=plan.route_flow, progress=progress
    )
    moving = float(matrices.moving_min @ plan.x)
    return Optimum(total_min=found.total_min + moving, bound_min=found.bound_min + moving)


def everyone_counts_once(ground: Ground) -> bool:
    """Whether no cohort has more passengers than people."""
    cohorts = ground.problem.cohorts
    riding = np.bincount(cohorts.strand_cohort, weights=cohorts.strand_pax, minlength=len(cohorts))
    return bool(np.all(riding <= cohorts.size * (1.0 + 1e-9)))


def _staying_min(ground: Ground, a_head: NDArray[np.float64]) -> float:
    """Compute the least that slots cost the people who ride nowhere, passenger-minutes."""
    cohorts = ground.problem.cohorts
    if len(cohorts) == 0:
        return 0.0
    riding = np.bincount(cohorts.strand_cohort, weights=cohorts.strand_pax, minlength=len(cohorts))
    rest = np.maximum(0.0, cohorts.size - riding)
    return float(rest @ np.minimum.reduceat(a_head, cohorts.candidate_offset[:-1]))
