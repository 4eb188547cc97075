"""The plan beside what employers and staff do without it, all loaded the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenarios.after.results import Regime
from scenarios.measures import total_cost_min
from solver.loading import window_of_start
from solver.response import RouteChoice, SituationName, proposed_plan
from solver.response.alone import respond_alone
from solver.response.choices import free_choices, only_asked
from solver.response.flextime import free_starts, respond_freely
from solver.response.joint_bound import find_joint_bound
from solver.response.optimum import solve_optimum
from solver.response.situations import Ground

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.base import Progress
    from scenarios.headline import Outcome
    from scenarios.model import Model
    from scenarios.planning import PlanBasis
    from solver.loading import TransitLoading
    from solver.response.situations import State

BOUND_GAP = 5e-4
LED_GAP = 5e-4
MAX_ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeComparison:
    """Regimes side by side; certificate and bound as :class:`AfterPlan` has them."""

    regimes: tuple[Regime, ...]
    certificate: float | None
    joint_bound_min: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """How a regime came out in the optimiser's model, before it is loaded."""

    name: str
    by_person: bool
    state: State
    settled: bool
    rounds: int


def compare_regimes(
    model: Model,
    outcome: Outcome,
    *,
    load: Callable[[NDArray[np.float64], TransitLoading], TransitLoading],
    time_limit_s: float,
    progress: Progress,
) -> RegimeComparison:
    """Lay the plan beside what employers and staff would do, and beside leading each person.

    Starts under all but the plan come from the optimiser's model, in which the staff chooses
    and everybody else stays (:mod:`solver.response`); each is then loaded as the free response
    is, everybody choosing routes, so that gains compare. The certificate stays in the
    optimiser's model: the plan's own equilibrium of routes there, over the joint bound.
    """
    ground, choice = Ground(outcome.basis.problem), RouteChoice()
    plan = proposed_plan(outcome.plan)
    progress("regimes", 0, 3)
    share = ground.problem.groups.shares_or_cheapest()
    status_quo = ground.respond(
        SituationName.STATUS_QUO,
        ground.base_x,
        choice=choice,
        start=share * (ground.matrices.demand @ ground.base_x)[ground.matrices.route_group],
    )
    alone = respond_alone(
        ground, status_quo, choice=choice, max_rounds=MAX_ROUNDS, progress=progress
    )
    progress("regimes", 1, 3)
    asked = Ground(only_asked(ground.problem, ground.matrices, plan.x))
    choices = (
        _Choice(
            name="uncoordinated",
            by_person=False,
            state=alone.state,
            settled=alone.settled,
            rounds=alone.rounds,
        ),
        _free("flextime_asked", respond_freely(asked, choice=choice, progress=progress)),
        _free("flextime", respond_freely(ground, choice=choice, progress=progress)),
        _lead(ground, progress),
    )
    progress("regimes", 2, 3)
    response = ground.respond(
        SituationName.FREE_RESPONSE, plan.x, choice=choice, start=status_quo.route_flow
    )
    bound = find_joint_bound(
        ground,
        plan,
        free_bound_min=None,
        time_limit_s=time_limit_s,
        gap=BOUND_GAP,
        progress=progress,
    ).bound_min
    total = response.situation.total_min
    certified = bool(np.isfinite(bound)) and not response.situation.cells_over_limit
    planned = _row(
        model,
        outcome,
        outcome.response,
        name="plan",
        by_person=False,
        moving_min=outcome.moving_min,
        people_moved=outcome.people_moved,
        passengers_moved=_riders_moved(ground, plan.x),
        settled=outcome.response.converged,
        rounds=outcome.response.iterations,
    )
    others = (_load_choice(model, outcome, ground, made, load) for made in choices)
    return RegimeComparison(
        regimes=(planned, *others),
        certificate=(total - bound) / total if certified and total > 0 else None,
        joint_bound_min=bound if certified else None,
    )


def staff_by_group(
    model: Model, basis: PlanBasis, route_flow: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the staff by the model's groups from passengers by route of the problem.

    Shape (n_groups,) from shape (n_routes,). Who has no modelled line worth taking in a slot
    loads nothing, as in every loading.
    """
    groups, alternatives = basis.problem.groups, model.alternatives
    pax = np.bincount(groups.route_group(), weights=route_flow, minlength=len(groups))
    window = window_of_start(basis.problem.slot_start_s, alternatives)[groups.slot]
    place = (model.n_zones + groups.site).astype(np.int32)
    at = alternatives.find_groups(groups.origin, place, np.maximum(window, 0))
    known = (at >= 0) & (window >= 0)
    result: NDArray[np.float64] = np.bincount(
        at[known], weights=pax[known], minlength=alternatives.n_groups
    ).astype(np.float64)
    return result


def _free(name: str, state: State) -> _Choice:
    return _Choice(
        name=name,
        by_person=True,
        state=state,
        settled=state.situation.converged,
        rounds=state.situation.sweeps,
    )


def _lead(ground: Ground, progress: Progress) -> _Choice:
    """Give every passenger the start and the route that are best for all together.

    They have the freedom of free hours and nobody's own interest: what coordination could add
    to those. Settled means proven within ``LED_GAP`` of the least cost, in the optimiser's model.
    """
    problem, matrices = ground.problem, ground.matrices
    table = free_choices(problem, matrices, problem.cohorts.candidate_disutility_min)
    found = solve_optimum(problem, table, relative_gap=LED_GAP, progress=progress)
    state = ground.measure(
        SituationName.PLANNED,
        free_starts(ground, table, found.flow_pax),
        table.route_flow(found.flow_pax, problem.groups.n_routes),
    )
    return _Choice(
        name="led",
        by_person=True,
        state=state,
        settled=found.relative_gap <= LED_GAP,
        rounds=found.sweeps,
    )


def _riders_moved(ground: Ground, x: NDArray[np.float64]) -> float:
    """Return how many passengers start elsewhere than today if teams move with all their people."""
    cohorts, matrices = ground.problem.cohorts, ground.matrices
    pax = np.bincount(cohorts.strand_cohort, weights=cohorts.strand_pax, minlength=len(cohorts))
    return float((x * matrices.is_move) @ pax[matrices.candidate_cohort])


def _load_choice(
    model: Model,
    outcome: Outcome,
    ground: Ground,
    made: _Choice,
    load: Callable[[NDArray[np.float64], TransitLoading], TransitLoading],
) -> Regime:
    state = made.state
    staff = staff_by_group(model, outcome.basis, state.route_flow)
    people = state.situation.moved_people
    return _row(
        model,
        outcome,
        load(model.background.pax + staff, outcome.response),
        name=made.name,
        by_person=made.by_person,
        moving_min=state.situation.moving_min,
        people_moved=people,
        passengers_moved=people if made.by_person else _riders_moved(ground, state.x),
        settled=made.settled,
        rounds=made.rounds,
    )


def _row(
    model: Model,
    outcome: Outcome,
    loading: TransitLoading,
    *,
    name: str,
    by_person: bool,
    moving_min: float,
    people_moved: float,
    passengers_moved: float,
    settled: bool,
    rounds: int,
) -> Regime:
    room = model.cells.capacity_pax
    served = room > 0
    saved = outcome.status_quo.total_cost_min - loading.total_cost_min
    crowding = total_cost_min(model, loading.load_pax)
    uncrowded = total_cost_min(model, outcome.status_quo.load_pax) - crowding
    return Regime(
        name=name,
        by_person=by_person,
        gain_h=(saved - moving_min) / 60,
        crowding_gain_h=uncrowded / 60,
        travel_gain_h=(saved - uncrowded) / 60,
        moving_h=moving_min / 60,
        people_moved=people_moved,
        passengers_moved=passengers_moved,
        peak_load_factor=float((loading.load_pax[served] / room[served]).max(initial=0.0)),
        crowding_cost_h=crowding / 60,
        settled=settled,
        rounds=rounds,
    )
