"""Rules for invented staggering problems that today's hours keep, whatever those are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering import Cohesion, EmployerCap, Meeting, Presence

if TYPE_CHECKING:
    from solver.staggering import StaggeringProblem

WORK_S = 8 * 3600 + 1800
DESK_FROM_S, DESK_TO_S = 9 * 3600, 17 * 3600
SPREAD_S, COMMON_S = 1800, 7 * 3600
COVERED, MOVED, ENVY_MIN = 0.6, 0.5, 2.0


def with_rules(problem: StaggeringProblem) -> StaggeringProblem:
    """Return the problem with rules on every employer that has teams enough for them.

    The first three teams start at most half an hour apart, or as far as today; the fourth and
    fifth work seven hours together, or as long as today; 60 % of the staff are there from
    09:00 to 17:00, or as many as today; at most half of the people move. No employer is worse
    off at today's crowding, none bears 2 minutes a head more than another.
    """
    cohorts = problem.cohorts
    members = [
        tuple(np.flatnonzero(cohorts.employer == e).tolist())
        for e in range(len(cohorts.employer_ids))
    ]
    employers = [(e, own) for e, own in enumerate(members) if own]
    return replace(
        problem,
        rules=replace(
            problem.rules,
            no_employer_worse_off=True,
            max_envy_min=ENVY_MIN,
            cohesion=tuple(_cohesion(problem, e, own[:3]) for e, own in employers if len(own) > 1),
            meetings=tuple(_meeting(problem, e, own[3:5]) for e, own in employers if len(own) > 4),
            presence=tuple(_presence(problem, e, own) for e, own in employers),
            caps=tuple(
                EmployerCap(
                    employer=e, max_moved_people=MOVED * float(cohorts.size[list(own)].sum())
                )
                for e, own in employers
            ),
        ),
    )


def _starts_s(problem: StaggeringProblem, cohorts: tuple[int, ...]) -> list[int]:
    starts: list[int] = problem.slot_start_s[problem.cohorts.base_slot[list(cohorts)]].tolist()
    return starts


def _cohesion(problem: StaggeringProblem, employer: int, cohorts: tuple[int, ...]) -> Cohesion:
    starts = _starts_s(problem, cohorts)
    return Cohesion(
        name=f"e{employer}/team",
        cohorts=cohorts,
        max_spread_s=max(SPREAD_S, max(starts) - min(starts)),
    )


def _meeting(problem: StaggeringProblem, employer: int, cohorts: tuple[int, ...]) -> Meeting:
    first, second = _starts_s(problem, cohorts)
    return Meeting(
        name=f"e{employer}/meeting",
        cohorts=cohorts,
        work_s=(WORK_S, WORK_S),
        common_s=min(COMMON_S, WORK_S - abs(first - second)),
    )


def _presence(problem: StaggeringProblem, employer: int, cohorts: tuple[int, ...]) -> Presence:
    size, starts = problem.cohorts.size[list(cohorts)], np.array(_starts_s(problem, cohorts))
    moments = {DESK_FROM_S} | {t for t in (starts + WORK_S).tolist() if DESK_FROM_S < t < DESK_TO_S}
    today = min(
        float(size[(starts <= moment) & (moment < starts + WORK_S)].sum()) for moment in moments
    )
    return Presence(
        name=f"e{employer}/desk",
        cohorts=cohorts,
        work_s=(WORK_S,) * len(cohorts),
        from_s=DESK_FROM_S,
        to_s=DESK_TO_S,
        min_people=min(today, COVERED * float(size.sum())),
    )
