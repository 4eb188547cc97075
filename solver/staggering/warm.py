"""What a solve leaves to the next one: its plan, its routes, where it touched the curves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.costs.pieces import Tangents
    from solver.staggering.costs.reduce import Objective, Reduced, RouteForm
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.cuts import Cuts
    from solver.staggering.task import Task

_AS_GOOD = 1.1  # a gap up to this times the last one counts as the same
_AS_LONG = 0.9  # a search of this share of the time allowed counts as as long


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmStart:
    """A plan to begin from, for a problem with the same cohorts, groups and cells or nearly so.

    ``slot`` (n_cohorts,): the slot most of each cohort starts in. ``route_flow`` (n_routes,):
    routes with passengers are in the first program; empty where routes changed. ``cell`` and
    ``load_pax``: loads at which cells' costs are touched from the start. ``x``
    (n_candidates,) and ``cell_price_min`` (n_cells,): the continuous optimum and what one
    more passenger adds to the crowding there, both empty where unknown. ``task`` is what was
    built of the last problem, ``cuts`` its cuts for whole cohorts; None where unknown. ``gap`` is
    the relative gap that a search of ``searched_s`` seconds left, infinite where unknown. What
    does not fit the new problem is left aside, so a warm start can slow a solve but never
    spoil it.
    """

    slot: NDArray[np.int32]
    route_flow: NDArray[np.float64]
    cell: NDArray[np.int64]
    load_pax: NDArray[np.float64]
    x: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    cell_price_min: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    task: Task | None = None
    cuts: Cuts | None = None
    gap: float = np.inf
    searched_s: float = 0.0

    def choices(self, problem: StaggeringProblem) -> NDArray[np.int64]:
        """Return the candidate of each cohort, today's where the old slot is none any more."""
        cohorts = problem.cohorts
        found = cohorts.base_candidate()
        if len(self.slot) != len(cohorts):
            return found
        owner = cohorts.candidate_cohort()
        same = cohorts.candidate_slot == self.slot[owner]
        found[owner[same]] = np.flatnonzero(same)
        return found

    def flows(self, problem: StaggeringProblem) -> NDArray[np.float64] | None:
        """Return the passengers of each route, None where the routes are others."""
        return self.route_flow if len(self.route_flow) == problem.groups.n_routes else None

    def built(
        self, problem: StaggeringProblem, form: RouteForm, objective: Objective
    ) -> Task | None:
        """Return the task for a problem with the same tables and other rules, None for others.

        Matrices and reduction follow from the tables alone.
        """
        task = self.task
        if task is None or (task.reduced.form, task.objective) != (form, objective):
            return None
        old = task.problem
        same = old.cohorts is problem.cohorts and old.groups is problem.groups
        same &= old.cells is problem.cells and np.array_equal(
            old.slot_start_s, problem.slot_start_s
        )
        same &= (old.curve, old.weights) == (problem.curve, problem.weights)
        return replace(task, problem=problem) if same else None

    def gap_in_reach(self, problem: StaggeringProblem, time_limit_s: float) -> float:
        """Return the gap at which to be content: the last solve's, after a change of rules.

        What as long a search did not close then, it will not close now. It is 0 with the same
        rules (who solves them again wants to get further), and with clearly more time than was
        used.
        """
        if self.task is None or not np.isfinite(self.gap):
            return 0.0
        if self.searched_s < _AS_LONG * time_limit_s:
            return 0.0
        return 0.0 if self.task.problem.rules == problem.rules else _AS_GOOD * self.gap

    def cuts_for(self, task: Task) -> Cuts | None:
        """Return the cuts, which rules have no part in, where tables are the same, else None."""
        same = self.task is not None and self.task.reduced is task.reduced
        return self.cuts if same else None

    def shares(self, problem: StaggeringProblem) -> NDArray[np.float64] | None:
        """Return the share of each candidate, None where the candidates are others."""
        return self.x if len(self.x) == problem.cohorts.n_candidates else None

    def prices(self, problem: StaggeringProblem) -> NDArray[np.float64] | None:
        """Return the price of each cell, None where none are known for these cells."""
        return self.cell_price_min if len(self.cell_price_min) == len(problem.cells) else None

    def touch(self, seats: NDArray[np.float64], reduced: Reduced, tangents: Tangents) -> Tangents:
        """Return the tangents and those of the last solve in cells that still matter."""
        if len(reduced.cells) == 0:
            return tangents
        at = np.minimum(np.searchsorted(reduced.cells, self.cell), len(reduced.cells) - 1)
        kept = (reduced.cells[at] == self.cell) & (self.load_pax < reduced.max_load[at])
        kept &= self.load_pax > seats[reduced.cells[at]]
        return tangents.with_points(at[kept].astype(np.int64), self.load_pax[kept])


def make_warm_start(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    route_flow: NDArray[np.float64],
    *,
    reduced: Reduced | None = None,
    tangents: Tangents | None = None,
    cell_price_min: NDArray[np.float64] | None = None,
) -> WarmStart:
    """Build a warm start from a plan, and from the program it came from where that is known.

    Parameters
    ----------
    x
        Share of each candidate, shape (n_candidates,).
    route_flow
        Passengers per route, shape (n_routes,); routes that should be in the first program.
    """
    cohorts = problem.cohorts
    order = np.lexsort((-x, cohorts.candidate_cohort()))
    best = order[cohorts.candidate_offset[:-1]]
    cell, load = np.zeros(0, dtype=np.int64), np.zeros(0)
    if reduced is not None and tangents is not None:
        seats = problem.cells.seats[reduced.cells][tangents.cell]
        inner = tangents.load > seats
        cell, load = reduced.cells[tangents.cell[inner]], tangents.load[inner]
    return WarmStart(
        slot=cohorts.candidate_slot[best],
        route_flow=route_flow,
        cell=cell,
        load_pax=load,
        x=x,
        cell_price_min=np.zeros(0) if cell_price_min is None else cell_price_min,
    )
