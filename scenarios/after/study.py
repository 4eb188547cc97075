"""Everything a run says of what comes after its plan, loaded like the plan itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.after.compliance import trace_compliance
from scenarios.after.employers import view_employers
from scenarios.after.peaks import find_new_peaks
from scenarios.after.rebound import FLEXIBLE_SHARES, find_rebound
from scenarios.after.regimes import compare_regimes
from scenarios.after.results import AfterPlan, ReboundRow

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from network.base import Progress
    from scenarios.headline import Outcome
    from scenarios.model import Model
    from solver.loading import TransitLoading

    Load = Callable[[NDArray[np.float64], TransitLoading], TransitLoading]


def study_plan(
    model: Model,
    outcome: Outcome,
    *,
    load: Load,
    time_limit_s: float,
    seed: int,
    progress: Progress,
) -> AfterPlan | None:
    """Study a plan: compliance, rebound, new peaks, other regimes, each employer's sheet.

    Parameters
    ----------
    load
        Loads a demand by group, starting from another loading's flows.
    time_limit_s
        Of the search for the joint bound.
    seed
        Of the orders drawn for credits.
    progress
        Called between loadings; raising Cancelled from it ends the study.

    Returns
    -------
    after
        None where there is no plan.
    """
    if outcome.plan.x is None:
        return None
    others = model.background.pax
    today_staff = model.staff_today()
    planned_staff = model.staff_at(*outcome.basis.starts_and_shares(outcome.plan))
    known = {0.0: 0.0, outcome.compliance: outcome.partial_gain_min, 1.0: outcome.gain_min}

    def gain_at(share: float) -> float:
        if share not in known:
            demand = others + share * planned_staff + (1 - share) * today_staff
            loading = load(demand, outcome.partly)
            before = outcome.status_quo.total_cost_min
            known[share] = before - loading.total_cost_min - share * outcome.moving_min
        return known[share]

    compliance = trace_compliance(gain_at)
    rebound = []
    for n, share in enumerate(FLEXIBLE_SHARES):
        progress("rebound", n, len(FLEXIBLE_SHARES))
        found = find_rebound(
            model.alternatives,
            others,
            planned_staff,
            today=outcome.status_quo,
            after=outcome.response,
            flexible_share=share,
            scale_per_min=model.assignment.scale_per_min,
            load=load,
        )
        gain = outcome.status_quo.total_cost_min - found.loading.total_cost_min
        rebound.append(
            ReboundRow(
                flexible_share=share,
                shifted_pax=found.shifted_pax,
                gain_h=(gain - outcome.moving_min) / 60,
                residual=found.residual,
            )
        )
    comparison = compare_regimes(
        model, outcome, load=load, time_limit_s=time_limit_s, progress=progress
    )
    sheets = view_employers(model, outcome, seed=seed)
    return AfterPlan(
        compliance=compliance,
        rebound=tuple(rebound),
        new_peaks=find_new_peaks(model, outcome.status_quo.load_pax, outcome.response.load_pax),
        regimes=comparison.regimes,
        employers=sheets.views,
        certificate=comparison.certificate,
        joint_bound_min=comparison.joint_bound_min,
        flat_h=sheets.flat_h,
    )
