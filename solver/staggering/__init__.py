"""Staggered hours: which cohort starts when, by which routes, and how far from the best.

:func:`solve_staggering` takes a :class:`StaggeringProblem` and returns a plan with a bound
that this program proves itself.
"""

from solver.staggering.candidates import MoveCost, candidate_slots
from solver.staggering.problem import (
    CellTable,
    CohortTable,
    GroupTable,
    PlanRules,
    StaggeringProblem,
)
from solver.staggering.reduce import Objective, RouteForm
from solver.staggering.result import PlanStatus, SolveSettings, StaggeringResult
from solver.staggering.solve import solve_staggering

__all__ = [
    "CellTable",
    "CohortTable",
    "GroupTable",
    "MoveCost",
    "Objective",
    "PlanRules",
    "PlanStatus",
    "RouteForm",
    "SolveSettings",
    "StaggeringProblem",
    "StaggeringResult",
    "candidate_slots",
    "solve_staggering",
]
