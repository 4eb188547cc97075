"""The golden program texts of the staggering model, one a family of constraints.

Regenerate with ``python -m tests.golden.staggering_lp`` and read the difference.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from solver.staggering import (
    CellTable,
    Cohesion,
    CohortTable,
    EligibleShare,
    EmployerCap,
    GroupTable,
    Meeting,
    Objective,
    PlanRules,
    Presence,
    RouteForm,
    StaggeringProblem,
)
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pieces import initial_tangents
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.programs.linear import format_lp
from solver.staggering.task import Task

FOLDER = Path(__file__).parent

# From 08:00 or 08:15, 8 and 9 hours: at 16:00 the first cohort is gone if it began at 08:00.
PRESENCE = Presence(
    name="desk",
    cohorts=(0, 1),
    work_s=(28_800, 32_400),
    from_s=29_700,
    to_s=58_000,
    min_people=60.0,
)
MEETING = Meeting(name="handover", cohorts=(0, 1), work_s=(28_800, 32_400), common_s=28_800)

# Family -> rules, objective, form, load limits, whole cohorts.
CASES: dict[str, tuple[PlanRules, Objective, RouteForm, bool, bool]] = {
    "one_slot": (PlanRules(), Objective.BURDEN, RouteForm.FIXED, False, True),
    "demand": (PlanRules(), Objective.COST, RouteForm.JOINT, False, False),
    "cell_load": (PlanRules(), Objective.COST, RouteForm.FIXED, False, False),
    "peak": (PlanRules(), Objective.PEAK, RouteForm.JOINT, False, False),
    "burden": (PlanRules(), Objective.BURDEN, RouteForm.FIXED, False, False),
    "moved_at_most": (
        PlanRules(max_moved_people=60.0),
        Objective.PEAK,
        RouteForm.FIXED,
        False,
        False,
    ),
    "burden_limit": (PlanRules(max_burden_min=1.5), Objective.PEAK, RouteForm.FIXED, False, False),
    "no_employer_worse_off": (
        PlanRules(no_employer_worse_off=True, worse_off_slack_min=0.25),
        Objective.PEAK,
        RouteForm.FIXED,
        False,
        False,
    ),
    "load_limit": (PlanRules(), Objective.BURDEN, RouteForm.JOINT, True, False),
    "loss": (PlanRules(), Objective.LOSS, RouteForm.FIXED, False, False),
    "cohorts_moved_at_most": (
        PlanRules(max_moved_cohorts=1.0),
        Objective.PEAK,
        RouteForm.FIXED,
        False,
        False,
    ),
    "largest_shift": (PlanRules(max_shift_s=600), Objective.PEAK, RouteForm.FIXED, False, False),
    "exempt": (PlanRules(exempt=(1,)), Objective.PEAK, RouteForm.FIXED, False, False),
    "eligible_share": (
        PlanRules(eligible=(EligibleShare(cohort=0, share=0.4),)),
        Objective.PEAK,
        RouteForm.FIXED,
        False,
        False,
    ),
    "employer_cap": (
        PlanRules(caps=(EmployerCap(employer=1, max_moved_people=20.0, max_moved_cohorts=1.0),)),
        Objective.PEAK,
        RouteForm.FIXED,
        False,
        False,
    ),
    "envy": (PlanRules(max_envy_min=0.5), Objective.PEAK, RouteForm.FIXED, False, False),
    "changed_at_most": (
        PlanRules(max_changed_people=30.0),
        Objective.PEAK,
        RouteForm.FIXED,
        False,
        False,
    ),
    "presence": (PlanRules(presence=(PRESENCE,)), Objective.PEAK, RouteForm.FIXED, False, False),
    "team_cohesion": (
        PlanRules(cohesion=(Cohesion(name="team", cohorts=(0, 1), max_spread_s=0),)),
        Objective.PEAK,
        RouteForm.FIXED,
        False,
        False,
    ),
    "team_meeting": (PlanRules(meetings=(MEETING,)), Objective.PEAK, RouteForm.FIXED, False, False),
}


def golden_text(family: str) -> str:
    """Return the program of the two-cohort example with the given family switched on."""
    rules, objective, form, limited, whole = CASES[family]
    problem = replace(_two_cohorts(), rules=rules)
    if limited:
        limits = np.array([100.0, 80.0, np.inf, np.inf])
        problem = replace(problem, cells=replace(problem.cells, limit_pax=limits))
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=form, objective=objective)
    task = Task(problem=problem, matrices=matrices, reduced=reduced, objective=objective)
    return format_lp(task.build(initial_tangents(problem, reduced, 3), whole=whole))


def _two_cohorts() -> StaggeringProblem:
    """Two employers of 100 and 50 (60 and 40 ride), one origin and site, two slots, two routes.

    Cells 0 and 1 are the direct route in slots 0 and 1, cells 2 and 3 the detour, which is
    5 minutes longer. 10 others ride everywhere.
    """
    two = np.array([0, 1], dtype=np.int32)
    zero = np.zeros(2, dtype=np.int32)
    return StaggeringProblem(
        slot_start_s=np.array([28_800, 29_700], dtype=np.int32),
        cohorts=CohortTable(
            ids=("a1", "b1"),
            employer_ids=("a", "b"),
            employer=two,
            site=zero,
            size=np.array([100.0, 50.0]),
            base_slot=zero,
            candidate_offset=np.array([0, 2, 4], dtype=np.int64),
            candidate_slot=np.array([0, 1, 0, 1], dtype=np.int32),
            candidate_disutility_min=np.array([0.0, 2.0, 0.0, 3.0]),
            strand_cohort=two,
            strand_origin=zero,
            strand_pax=np.array([60.0, 40.0]),
            previous_slot=np.array([1, 0], dtype=np.int32),
        ),
        groups=GroupTable(
            origin=zero,
            site=zero,
            slot=two,
            route_offset=np.array([0, 2, 4], dtype=np.int64),
            free_min=np.array([20.0, 25.0, 20.0, 25.0]),
            priced_min=np.array([24.0, 26.0, 21.0, 25.0]),
            share=np.array([0.75, 0.25, 0.75, 0.25]),
            cell_offset=np.arange(5, dtype=np.int64),
            cell=np.array([0, 2, 1, 3], dtype=np.int32),
            cell_weight=np.ones(4),
        ),
        cells=CellTable(
            seats=np.full(4, 20.0),
            standing_m2=np.full(4, 10.0),
            ride_min=np.full(4, 10.0),
            background_pax=np.full(4, 10.0),
        ),
    )


if __name__ == "__main__":
    for name in CASES:
        (FOLDER / f"staggering_{name}.lp").write_text(golden_text(name), encoding="utf-8")
