"""What no plan's equilibrium can be below: a bound on starts and routes chosen together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from network.base import no_progress
from solver.staggering import Objective, RouteForm, SolveSettings
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.programs.relax import relax
from solver.staggering.task import Task

if TYPE_CHECKING:
    from network.base import Progress
    from solver.response.settings import ProposedPlan
    from solver.response.situations import Ground


class BoundSource(StrEnum):
    """What proved a joint bound."""

    PLAN = "plan"  # came with the plan, starts and routes chosen together
    RELAXATION = "relaxation"  # the continuous problem with its rules
    FREE_OPTIMUM = "free_optimum"  # everybody led, without limits on sums


@dataclass(frozen=True, slots=True, kw_only=True)
class JointBound:
    """Total cost, passenger-minutes, that no plan reaches below, whatever people's routes."""

    bound_min: float
    source: BoundSource


def find_joint_bound(
    ground: Ground,
    plan: ProposedPlan,
    *,
    free_bound_min: float | None,
    time_limit_s: float,
    gap: float,
    progress: Progress = no_progress,
) -> JointBound:
    """Return the best joint bound at hand; solve the continuous problem where the plan has none.

    Equilibrium flows of any plan that keeps the rules are flows the joint problem may choose
    too, so its bound holds for every plan's equilibrium. The optimum of those who choose
    freely (``free_bound_min``) is one as well: they have every freedom a plan has.
    """
    found = []
    if free_bound_min is not None and np.isfinite(free_bound_min):
        found.append(JointBound(bound_min=free_bound_min, source=BoundSource.FREE_OPTIMUM))
    if plan.form is RouteForm.JOINT and plan.best_bound is not None:
        found.append(JointBound(bound_min=plan.best_bound, source=BoundSource.PLAN))
    else:
        bound = _relax(ground, time_limit_s, gap, progress)
        found.append(JointBound(bound_min=bound, source=BoundSource.RELAXATION))
    return max(found, key=lambda bound: bound.bound_min)


def _relax(ground: Ground, time_limit_s: float, gap: float, progress: Progress) -> float:
    problem, matrices = ground.priced, ground.matrices
    reduced = reduce_problem(problem, matrices, form=RouteForm.JOINT)
    task = Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)
    tangents = initial_tangents(problem, reduced, SolveSettings().initial_tangents)
    found = relax(task, tangents, time_limit_s=time_limit_s, gap=gap, progress=progress)
    return float(found.bound)
