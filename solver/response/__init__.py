"""After the plan: what people make of it, beside what they do without it.

:func:`compare_plans` takes a staggering problem and a plan of it and lays status quo, plan,
free response, flextime and going it alone side by side, with the bound that certifies them.
"""

from solver.response.choices import ChoiceTable, free_choices, route_choices
from solver.response.compare import compare_plans
from solver.response.comparison import Comparison, Ratio
from solver.response.compliance import CompliancePoint, ReboundPoint
from solver.response.equilibrium import (
    ChoiceModel,
    Equilibrium,
    RouteChoice,
    solve_equilibrium,
)
from solver.response.joint_bound import BoundSource, JointBound
from solver.response.optimum import SystemOptimum, solve_optimum
from solver.response.peaks import NewPeak, NewPeaks, NewSlotPeak
from solver.response.places import CellPlaces, places_in_rows
from solver.response.settings import ComparisonSettings, ProposedPlan, proposed_plan
from solver.response.shares import riding_shares
from solver.response.situations import Situation, SituationName

__all__ = [
    "BoundSource",
    "CellPlaces",
    "ChoiceModel",
    "ChoiceTable",
    "Comparison",
    "ComparisonSettings",
    "CompliancePoint",
    "Equilibrium",
    "JointBound",
    "NewPeak",
    "NewPeaks",
    "NewSlotPeak",
    "ProposedPlan",
    "Ratio",
    "ReboundPoint",
    "RouteChoice",
    "Situation",
    "SituationName",
    "SystemOptimum",
    "compare_plans",
    "free_choices",
    "places_in_rows",
    "proposed_plan",
    "riding_shares",
    "route_choices",
    "solve_equilibrium",
    "solve_optimum",
]
