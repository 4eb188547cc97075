"""The rules of a plan counted one by one, from what they mean and not from the model's rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from solver.staggering.problem import StaggeringProblem


@dataclass(frozen=True, slots=True)
class _Part:
    """People of one cohort who start at one time: ``share`` of the cohort."""

    cohort: int
    start_s: int
    slot: int
    share: float
    disutility_min: float


def find_broken_plan_rules(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    """Return which of the rules on cohorts, teams and employers a plan breaks, in words."""
    parts = _list_parts(problem, x)
    found = _check_cohorts(problem, parts, tolerance)
    found += _check_employers(problem, parts, tolerance)
    found += _check_presence(problem, parts, tolerance)
    return found + _check_teams(problem, parts, tolerance)


def _list_parts(problem: StaggeringProblem, x: NDArray[np.float64]) -> list[_Part]:
    cohorts = problem.cohorts
    return [
        _Part(
            c,
            int(problem.slot_start_s[cohorts.candidate_slot[k]]),
            int(cohorts.candidate_slot[k]),
            float(x[k]),
            float(cohorts.candidate_disutility_min[k]),
        )
        for c in range(len(cohorts))
        for k in range(cohorts.candidate_offset[c], cohorts.candidate_offset[c + 1])
    ]


def _check_cohorts(problem: StaggeringProblem, parts: list[_Part], tolerance: float) -> list[str]:
    cohorts, rules = problem.cohorts, problem.rules
    moved: dict[int, float] = defaultdict(float)
    changed, found = 0.0, []
    for part in parts:
        base = int(cohorts.base_slot[part.cohort])
        if part.slot != base:
            moved[part.cohort] += part.share
            shift = abs(part.start_s - int(problem.slot_start_s[base]))
            if part.share > tolerance and shift > rules.max_shift_s:
                found.append(f"cohort {cohorts.ids[part.cohort]} moves by {shift} s")
        previous = cohorts.previous_slot
        if previous is not None and part.slot != previous[part.cohort]:
            changed += part.share * float(cohorts.size[part.cohort])
    if sum(moved.values()) > rules.max_moved_cohorts + tolerance * (1 + len(moved)):
        found.append(f"{sum(moved.values())} cohorts moved, at most {rules.max_moved_cohorts}")
    if changed > rules.max_changed_people * (1 + tolerance) + tolerance:
        found.append(f"{changed} people changed, at most {rules.max_changed_people}")
    found += [f"exempt cohort {cohorts.ids[c]} moves" for c in rules.exempt if moved[c] > tolerance]
    found += [
        f"cohort {cohorts.ids[rule.cohort]} moves by more than its eligible share"
        for rule in rules.eligible
        if moved[rule.cohort] > rule.share + tolerance
    ]
    for cap in rules.caps:
        own = [c for c in moved if cohorts.employer[c] == cap.employer]
        people = sum(moved[c] * float(cohorts.size[c]) for c in own)
        name = cohorts.employer_ids[cap.employer]
        if people > cap.max_moved_people * (1 + tolerance) + tolerance:
            found.append(f"employer {name} moves {people} people, at most {cap.max_moved_people}")
        count = sum(moved[c] for c in own)
        if count > cap.max_moved_cohorts + tolerance * (1 + len(own)):
            found.append(f"employer {name} moves {count} cohorts, at most {cap.max_moved_cohorts}")
    return found


def _check_employers(problem: StaggeringProblem, parts: list[_Part], tolerance: float) -> list[str]:
    cohorts = problem.cohorts
    burden: dict[int, float] = defaultdict(float)
    staff: dict[int, float] = defaultdict(float)
    for c in range(len(cohorts)):
        staff[int(cohorts.employer[c])] += float(cohorts.size[c])
    for part in parts:
        people = part.share * float(cohorts.size[part.cohort])
        burden[int(cohorts.employer[part.cohort])] += people * part.disutility_min
    heads = [burden[e] / staff[e] for e in staff if staff[e] > 0]
    if heads and max(heads) - min(heads) > problem.rules.max_envy_min + tolerance * max(
        1.0, max(heads)
    ):
        return [f"one employer bears {max(heads)} min a head, another {min(heads)}"]
    return []


def _check_presence(problem: StaggeringProblem, parts: list[_Part], tolerance: float) -> list[str]:
    """Count who is there at the first moment and whenever somebody comes or goes."""
    cohorts, found = problem.cohorts, []
    for rule in problem.rules.presence:
        work = dict(zip(rule.cohorts, rule.work_s, strict=True))
        stays = [
            (p.start_s, p.start_s + work[p.cohort], p.share * float(cohorts.size[p.cohort]))
            for p in parts
            if p.cohort in work
        ]
        moments = {rule.from_s} | {t for stay in stays for t in stay[:2]}
        for moment in sorted(t for t in moments if rule.from_s <= t < rule.to_s):
            there = sum(people for come, go, people in stays if come <= moment < go)
            if there < rule.min_people - tolerance * max(1.0, rule.min_people):
                found.append(f"{there} people of {rule.name} at work at {moment} s")
    return found


def _check_teams(problem: StaggeringProblem, parts: list[_Part], tolerance: float) -> list[str]:
    ids, found = problem.cohorts.ids, []
    for team in problem.rules.cohesion:
        for a, b in permutations(team.cohorts, 2):
            if _lags(parts, a, b, team.max_spread_s, tolerance):
                found.append(f"{ids[b]} starts too long after {ids[a]} for {team.name}")
    for met in problem.rules.meetings:
        (a, b), (work_a, work_b) = met.cohorts, met.work_s
        if _lags(parts, a, b, work_a - met.common_s, tolerance) or _lags(
            parts, b, a, work_b - met.common_s, tolerance
        ):
            found.append(f"{ids[a]} and {ids[b]} are not together long enough for {met.name}")
    return found


def _lags(parts: list[_Part], a: int, b: int, most_s: int, tolerance: float) -> bool:
    """Return whether at some time a larger share of a has started than of b ``most_s`` later."""
    own = [p for p in parts if p.cohort == a]
    others = [p for p in parts if p.cohort == b]
    for moment in {p.start_s for p in own}:
        started = sum(p.share for p in own if p.start_s <= moment)
        followed = sum(p.share for p in others if p.start_s <= moment + most_s)
        if started > followed + 2 * tolerance:
            return True
    return False
