"""Checks of the rules and weights of a staggering problem: who they bind and with what."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from network.base import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solver.staggering.problem import StaggeringProblem

_LIMITS = (
    "max_moved_people",
    "max_moved_cohorts",
    "max_shift_s",
    "max_burden_min",
    "max_envy_min",
    "max_changed_people",
)
_WEIGHTS = ("travel", "crowding", "moving", "moved_min", "changed_min", "co2_min_per_kg")
_AT_LEAST_0 = "a number >= 0"
_LARGEST = 1e12
"""A weight or slack beyond it makes costs that are no numbers."""


def find_broken_rules(problem: StaggeringProblem) -> list[Problem]:
    """Return one Problem per rule or weight that cannot be used."""
    rules, groups = problem.rules, problem.groups
    found = [
        _problem(f"rules.{name}", repr(getattr(rules, name)), _AT_LEAST_0)
        for name in _LIMITS
        if not getattr(rules, name) >= 0
    ]
    slack = rules.worse_off_slack_min
    if not (isfinite(slack) and slack >= 0):
        found.append(_problem("rules.worse_off_slack_min", repr(slack), "a finite number >= 0"))
    elif slack > _LARGEST:
        found.append(_problem("rules.worse_off_slack_min", repr(slack), f"at most {_LARGEST:g}"))
    if rules.no_employer_worse_off and groups.priced_min is None:
        found.append(_problem("groups.priced_min", "nothing", "routes' costs at today's crowding"))
    stable = isfinite(rules.max_changed_people) or problem.weights.changed_min > 0
    if stable and problem.cohorts.previous_slot is None:
        found.append(_problem("cohorts.previous_slot", "nothing", "the slots of the last plan"))
    for name in _WEIGHTS:
        value = getattr(problem.weights, name)
        if not (isfinite(value) and value >= 0):
            found.append(_problem(f"weights.{name}", repr(value), "a finite number >= 0"))
        elif value > _LARGEST:
            found.append(_problem(f"weights.{name}", repr(value), f"at most {_LARGEST:g}"))
    if problem.weights.co2_min_per_kg > 0 and groups.co2_kg is None:
        found.append(_problem("groups.co2_kg", "nothing", "kilograms of CO2 of every route"))
    return found + _check_records(problem)


def _check_records(problem: StaggeringProblem) -> list[Problem]:
    rules = problem.rules
    n, n_employers = len(problem.cohorts), len(problem.cohorts.employer_ids)
    found = _check_indices("rules.exempt", rules.exempt, n, "cohorts")
    for i, share in enumerate(rules.eligible):
        at = f"rules.eligible[{i}]"
        found += _check_indices(f"{at}.cohort", [share.cohort], n, "cohorts")
        if not 0 <= share.share <= 1:
            found.append(_problem(f"{at}.share", repr(share.share), "a share from 0 to 1"))
    for i, cap in enumerate(rules.caps):
        at = f"rules.caps[{i}]"
        found += _check_indices(f"{at}.employer", [cap.employer], n_employers, "employers")
        for name in ("max_moved_people", "max_moved_cohorts"):
            if not getattr(cap, name) >= 0:
                found.append(_problem(f"{at}.{name}", repr(getattr(cap, name)), _AT_LEAST_0))
    for i, kept in enumerate(rules.presence):
        at = f"rules.presence[{i}]"
        found += _check_members(at, kept.cohorts, n)
        found += _check_work(at, kept.work_s, len(kept.cohorts))
        if kept.from_s >= kept.to_s:
            period = f"from {kept.from_s} to {kept.to_s}"
            found.append(_problem(f"{at}.to_s", period, "an end after from_s"))
        if not (isfinite(kept.min_people) and kept.min_people >= 0):
            found.append(_problem(f"{at}.min_people", repr(kept.min_people), _AT_LEAST_0))
    for i, team in enumerate(rules.cohesion):
        at = f"rules.cohesion[{i}]"
        found += _check_members(at, team.cohorts, n)
        if team.max_spread_s < 0:
            found.append(_problem(f"{at}.max_spread_s", repr(team.max_spread_s), "seconds >= 0"))
    for i, met in enumerate(rules.meetings):
        at = f"rules.meetings[{i}]"
        found += _check_members(at, met.cohorts, n)
        if len(met.cohorts) != 2:
            found.append(_problem(f"{at}.cohorts", f"{len(met.cohorts)}", "two cohorts"))
        found += _check_work(at, met.work_s, 2)
        if met.common_s < 0:
            found.append(_problem(f"{at}.common_s", repr(met.common_s), "seconds >= 0"))
    return found


def _check_members(at: str, cohorts: tuple[int, ...], n: int) -> list[Problem]:
    found = _check_indices(f"{at}.cohorts", cohorts, n, "cohorts")
    if len(set(cohorts)) != len(cohorts):
        found.append(_problem(f"{at}.cohorts", repr(cohorts), "each cohort at most once"))
    return found


def _check_work(at: str, work_s: tuple[int, ...], n: int) -> list[Problem]:
    if len(work_s) == n and all(work > 0 for work in work_s):
        return []
    return [_problem(f"{at}.work_s", repr(work_s), f"{n} durations > 0, one a cohort")]


def _check_indices(at: str, given: Iterable[int], n: int, what: str) -> list[Problem]:
    wrong = [index for index in given if not 0 <= index < n]
    return [_problem(at, f"{index}", f"indices of {what}, 0 to {n - 1}") for index in wrong[:5]]


def _problem(name: str, found: str, expected: str) -> Problem:
    return Problem(
        file="<staggering problem>",
        field=name,
        found=found,
        expected=expected,
        mend="Correct this value.",
    )
