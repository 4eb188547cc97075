"""Small staggering problems with rules of many kinds, and all their plans by the checker."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache

import numpy as np

from solver.staggering import (
    Cohesion,
    EmployerCap,
    Meeting,
    Objective,
    PlanRules,
    Presence,
    RouteForm,
    StaggeringProblem,
)
from solver.staggering.checking.checker import find_violations
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows
from solver.staggering.costs.reduce import reduce_problem
from solver.staggering.task import Task
from tests.reference.staggering_oracle import random_problem

WORK_S = 4 * 900
EVERY_PLAN = list(itertools.product(range(3), repeat=4))


def fixed_task(problem: StaggeringProblem) -> Task:
    """Return a problem with its routes in today's shares, ready for the phases of a solve."""
    matrices = build_matrices(problem)
    reduced = reduce_problem(problem, matrices, form=RouteForm.FIXED)
    return Task(problem=problem, matrices=matrices, reduced=reduced, objective=Objective.COST)


def shares_of(slots: tuple[int, ...]) -> np.ndarray:
    """Return four cohorts' slots as shares of their three candidates each."""
    x = np.zeros(12)
    x[choices_of(slots)] = 1.0
    return x


def choices_of(slots: tuple[int, ...]) -> np.ndarray:
    """Return four cohorts' slots as places among the candidates."""
    return 3 * np.arange(4) + np.array(slots)


def kept_plans(problem: StaggeringProblem) -> list[tuple[int, ...]]:
    """List the plans of whole cohorts that the independent checker passes."""
    matrices, share = build_matrices(problem), problem.groups.shares_or_cheapest()
    plans = [(slots, shares_of(slots)) for slots in EVERY_PLAN]
    return [
        slots
        for slots, x in plans
        if not find_violations(problem, x, share_flows(matrices, x, share))
    ]


@cache
def ruled_plans(seed: int) -> tuple[tuple[int, ...], ...]:
    """List the plans of :func:`ruled_problem` that keep its rules."""
    return tuple(kept_plans(ruled_problem(seed)))


def ruled_problem(seed: int) -> StaggeringProblem:
    """Draw a small problem and rules of every kind, often more than can be kept."""
    problem, rng = random_problem(seed), np.random.default_rng(1000 + seed)
    size = problem.cohorts.size
    return replace(
        problem,
        rules=PlanRules(
            max_envy_min=float(rng.uniform(0.2, 1.0)),
            no_employer_worse_off=bool(rng.random() < 0.5),
            worse_off_slack_min=1.0,
            max_moved_people=float(rng.uniform(0.3, 1.0) * size.sum()),
            caps=(
                EmployerCap(employer=0, max_moved_people=float(rng.uniform(0.4, 1.2) * size[0])),
            ),
            cohesion=(
                Cohesion(name="team", cohorts=(1, 2, 3), max_spread_s=int(rng.choice([0, 900]))),
            ),
            meetings=(
                Meeting(name="met", cohorts=(0, 1), work_s=(WORK_S, WORK_S), common_s=WORK_S - 900),
            ),
            presence=(
                Presence(
                    name="desk",
                    cohorts=(0, 1, 2, 3),
                    work_s=(WORK_S,) * 4,
                    from_s=28_800 + 900 * int(rng.integers(0, 2)),
                    to_s=28_800 + WORK_S,
                    min_people=float(rng.uniform(0.2, 0.9) * size.sum()),
                ),
            ),
        ),
    )


def together_problem(**more: object) -> StaggeringProblem:
    """Four people who start together, and all have to be there a quarter before today's start."""
    problem = random_problem(3)
    return replace(
        problem,
        cohorts=replace(problem.cohorts, size=np.ones(4)),
        rules=PlanRules(
            cohesion=(Cohesion(name="team", cohorts=(0, 1, 2, 3), max_spread_s=0),),
            presence=(
                Presence(
                    name="desk",
                    cohorts=(0, 1, 2, 3),
                    work_s=(WORK_S,) * 4,
                    from_s=28_800,
                    to_s=28_801,
                    min_people=4.0,
                ),
            ),
            **more,
        ),
    )


def torn_problem() -> StaggeringProblem:
    """One cohort that works a quarter of an hour has half its people there early, half late."""
    problem = random_problem(3)
    halves = [
        Presence(
            name=name,
            cohorts=(0,),
            work_s=(900,),
            from_s=at,
            to_s=at + 1,
            min_people=0.5 * float(problem.cohorts.size[0]),
        )
        for name, at in (("early", 28_800), ("late", 30_600))
    ]
    return replace(problem, rules=PlanRules(presence=tuple(halves)))
