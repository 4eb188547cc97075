"""Staggered hours: which cohort starts when, by which routes, and how far from the best.

:func:`solve_staggering` takes a :class:`StaggeringProblem` and returns a plan with a bound
that this program proves itself.
"""

from solver.staggering.candidates import MoveCost, candidate_slots
from solver.staggering.costs.reduce import Objective, RouteForm
from solver.staggering.problem import (
    CellTable,
    CohortTable,
    GroupTable,
    StaggeringProblem,
)
from solver.staggering.result import PlanStatus, SolveSettings, StaggeringResult
from solver.staggering.robust.compliance import Compliance, RobustResult
from solver.staggering.robust.plans import solve_expected, solve_worst_case
from solver.staggering.rules import (
    Cohesion,
    EligibleShare,
    EmployerCap,
    Meeting,
    ObjectiveWeights,
    PlanRules,
    Presence,
)
from solver.staggering.solve import solve_staggering
from solver.staggering.warm import WarmStart, make_warm_start

__all__ = [
    "CellTable",
    "Cohesion",
    "CohortTable",
    "Compliance",
    "EligibleShare",
    "EmployerCap",
    "GroupTable",
    "Meeting",
    "MoveCost",
    "Objective",
    "ObjectiveWeights",
    "PlanRules",
    "PlanStatus",
    "Presence",
    "RobustResult",
    "RouteForm",
    "SolveSettings",
    "StaggeringProblem",
    "StaggeringResult",
    "WarmStart",
    "candidate_slots",
    "make_warm_start",
    "solve_expected",
    "solve_staggering",
    "solve_worst_case",
]
