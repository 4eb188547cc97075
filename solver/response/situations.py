"""What a situation costs everybody and how full it gets, in the plan's own terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from solver.crowding import excess_pax_min
from solver.response.choices import route_choices
from solver.response.equilibrium import choose_at, solve_equilibrium
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.measures import absorb_weights
from solver.staggering.costs.pricing import price_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.response.equilibrium import Equilibrium, RouteChoice
    from solver.staggering import StaggeringProblem
    from solver.staggering.costs.matrices import Matrices

UNITS = {
    "total_min": "passenger-minutes",
    "travel_min": "passenger-minutes",
    "crowding_min": "passenger-minutes",
    "moving_min": "passenger-minutes",
    "peak_load_factor": "share",
    "above_seats_pax_min": "passenger-minutes",
    "above_capacity_pax_min": "passenger-minutes",
    "moved_people": "people",
    "cells_over_limit": "cells",
    "relative_gap": "share",
}
"""Figures of a situation and their units, in the order they are shown."""

_OVER = 1e-6
"""A limit is broken by more than this share of it (of one passenger at least)."""


class SituationName(StrEnum):
    """The situations that are laid side by side."""

    STATUS_QUO = "status_quo"  # today's starts, routes in equilibrium
    PLANNED = "planned"  # the plan with the routes the optimiser gave it
    FREE_RESPONSE = "free_response"  # the plan's starts, routes in equilibrium: the headline
    FLEXTIME_ASKED = "flextime_asked"  # those the plan moves choose start, everybody route
    FLEXTIME = "flextime"  # everybody chooses start and route
    UNCOORDINATED = "uncoordinated"  # each employer for itself, routes in equilibrium


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One situation in figures; the units are those of ``UNITS``.

    ``total_min`` is the plan's objective, weights included: ``travel_min`` + ``crowding_min``
    + ``moving_min``, the background's crowding among it. ``peak_load_factor`` is the fullest
    cell's. ``above_seats_pax_min`` and ``above_capacity_pax_min`` count those who find no
    seat, and those beyond 4 standing per square metre, by the minutes they ride so.
    ``relative_gap`` is how far from equilibrium it may be, after ``sweeps``; None where
    nobody chose.
    """

    name: SituationName
    total_min: float
    travel_min: float
    crowding_min: float
    moving_min: float
    peak_load_factor: float
    above_seats_pax_min: float
    above_capacity_pax_min: float
    moved_people: float
    cells_over_limit: int
    relative_gap: float | None = None
    sweeps: int = 0
    converged: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return the situation as plain JSON values."""
        return {
            **{name: getattr(self, name) for name in UNITS},
            "sweeps": self.sweeps,
            "converged": self.converged,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where everybody is in a situation: starts, routes, loads, and what that comes to.

    ``x`` (n_candidates,), ``route_flow`` (n_routes,), ``load_pax`` (n_cells,).
    """

    situation: Situation
    x: NDArray[np.float64]
    route_flow: NDArray[np.float64]
    load_pax: NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """A problem with what all its situations share: matrices, and its weights in its costs.

    People choose by ``problem``, at the plain minutes; ``priced`` is the same problem with
    the objective's weights, by which situations are compared.
    """

    problem: StaggeringProblem

    @cached_property
    def priced(self) -> StaggeringProblem:
        """The problem whose plain cost is the weighted one."""
        return absorb_weights(self.problem)

    @cached_property
    def matrices(self) -> Matrices:
        """The problem's linear maps; weights of travel and crowding are not in them."""
        return build_matrices(self.problem)

    @cached_property
    def base_x(self) -> NDArray[np.float64]:
        """Today's starts as shares of candidates."""
        x = np.zeros(self.problem.cohorts.n_candidates)
        x[self.matrices.base_candidate] = 1.0
        return x

    def measure(
        self,
        name: SituationName,
        x: NDArray[np.float64],
        route_flow: NDArray[np.float64],
        *,
        background_pax: NDArray[np.float64] | None = None,
        equilibrium: Equilibrium | None = None,
    ) -> State:
        """Price starts and routes by the objective and count who finds no room.

        ``background_pax`` stands in for the problem's; the equilibrium gives its gap.
        """
        problem = self.priced
        if background_pax is not None:
            problem = with_background(problem, background_pax)
        price = price_plan(problem, self.matrices, x, route_flow)
        cells, load = problem.cells, price.load_pax
        above = np.maximum(0.0, load - cells.seats) * cells.ride_min
        beyond = excess_pax_min(load, cells.seats, cells.standing_m2, cells.ride_min)
        situation = Situation(
            name=name,
            total_min=price.total_min,
            travel_min=price.travel_min,
            crowding_min=price.crowding_min,
            moving_min=price.moving_min,
            peak_load_factor=price.peak_load_factor,
            above_seats_pax_min=float(above.sum()),
            above_capacity_pax_min=float(beyond.sum()),
            moved_people=price.moved_people,
            cells_over_limit=_count_over(problem, load),
            relative_gap=None if equilibrium is None else equilibrium.relative_gap,
            sweeps=0 if equilibrium is None else equilibrium.sweeps,
            converged=equilibrium is None or equilibrium.converged,
        )
        return State(situation=situation, x=x, route_flow=route_flow, load_pax=load)

    def respond(
        self,
        name: SituationName,
        x: NDArray[np.float64],
        *,
        choice: RouteChoice,
        start: NDArray[np.float64] | None = None,
        background_pax: NDArray[np.float64] | None = None,
        progress: Progress | None = None,
    ) -> State:
        """Let everybody choose the route at given starts, from the routes of ``start``."""
        more = {} if progress is None else {"progress": progress}
        found = solve_equilibrium(
            self.problem,
            route_choices(self.problem, self.matrices, x),
            choice=choice,
            start=start,
            background_pax=background_pax,
            **more,
        )
        return self.measure(
            name, x, found.flow_pax, background_pax=background_pax, equilibrium=found
        )

    def shares_of(
        self,
        route_flow: NDArray[np.float64],
        load_pax: NDArray[np.float64],
        *,
        choice: RouteChoice,
    ) -> NDArray[np.float64]:
        """Return how groups split: as they ride, or by choice at the loads where nobody does."""
        group, n_groups = self.matrices.route_group, len(self.problem.groups)
        everyone = np.ones(self.problem.cohorts.n_candidates)
        table = route_choices(self.problem, self.matrices, everyone)
        chosen = choose_at(self.problem, table, load_pax, choice=choice)
        chosen /= np.where(table.demand_pax > 0, table.demand_pax, 1.0)[group]
        ridden = np.bincount(group, weights=route_flow, minlength=n_groups)
        flow = route_flow / np.where(ridden > 0, ridden, 1.0)[group]
        result: NDArray[np.float64] = np.where((ridden > 0)[group], flow, chosen)
        return result


def with_background(
    problem: StaggeringProblem, background_pax: NDArray[np.float64]
) -> StaggeringProblem:
    """Return the problem with other people's load in place of its own."""
    return replace(problem, cells=replace(problem.cells, background_pax=background_pax))


def _count_over(problem: StaggeringProblem, load: NDArray[np.float64]) -> int:
    limit = problem.cells.limit_pax
    if limit is None:
        return 0
    finite = np.isfinite(limit)
    slack = _OVER * np.maximum(1.0, limit[finite])
    return int(np.sum(load[finite] > limit[finite] + slack))
