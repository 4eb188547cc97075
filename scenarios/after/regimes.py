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
from solver.response.flextime import respond_freely
from solver.response.joint_bound import find_joint_bound
from solver.response.situations import Ground

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.base import Progress
    from scenarios.headline import Outcome
    from scenarios.model import Model
    from scenarios.planning import PlanBasis
    from solver.loading import TransitLoading

BOUND_GAP = 5e-4
MAX_ROUNDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeComparison:
    """Regimes side by side; certificate and bound as :class:`AfterPlan` has them."""

    regimes: tuple[Regime, ...]
    certificate: float | None
    joint_bound_min: float | None


def compare_regimes(
    model: Model,
    outcome: Outcome,
    *,
    load: Callable[[NDArray[np.float64], TransitLoading], TransitLoading],
    time_limit_s: float,
    progress: Progress,
) -> RegimeComparison:
    """Lay the plan beside free hours and beside employers that plan each for itself.

    Starts under both come from the optimiser's model, in which the staff chooses and everybody
    else stays (:mod:`solver.response`); each is then loaded as the free response is, everybody
    choosing routes, so that gains compare. The certificate stays in the optimiser's model:
    the plan's own equilibrium of routes there, over the joint bound.
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
    free = respond_freely(ground, choice=choice, progress=progress)
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
    rows = [
        _row(
            model,
            outcome,
            outcome.response,
            name="plan",
            moving_min=outcome.moving_min,
            people_moved=outcome.people_moved,
            settled=outcome.response.converged,
            rounds=outcome.response.iterations,
        )
    ]
    for name, state, settled, rounds in (
        ("uncoordinated", alone.state, alone.settled, alone.rounds),
        ("flextime", free, free.situation.converged, free.situation.sweeps),
    ):
        staff = staff_by_group(model, outcome.basis, state.route_flow)
        rows.append(
            _row(
                model,
                outcome,
                load(model.background.pax + staff, outcome.response),
                name=name,
                moving_min=state.situation.moving_min,
                people_moved=state.situation.moved_people,
                settled=settled,
                rounds=rounds,
            )
        )
    return RegimeComparison(
        regimes=tuple(rows),
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


def _row(
    model: Model,
    outcome: Outcome,
    loading: TransitLoading,
    *,
    name: str,
    moving_min: float,
    people_moved: float,
    settled: bool,
    rounds: int,
) -> Regime:
    room = model.cells.capacity_pax
    served = room > 0
    gain = outcome.status_quo.total_cost_min - loading.total_cost_min - moving_min
    return Regime(
        name=name,
        gain_h=gain / 60,
        people_moved=people_moved,
        peak_load_factor=float((loading.load_pax[served] / room[served]).max(initial=0.0)),
        crowding_cost_h=total_cost_min(model, loading.load_pax) / 60,
        settled=settled,
        rounds=rounds,
    )
