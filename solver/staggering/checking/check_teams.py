"""The rules on who is at work together, counted from what they mean."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.checking.counting import members_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.rules import Presence

_AT_ONCE = 1 << 20
"""Numbers held at a time when pairs of cohorts are compared slot by slot."""


def find_broken_team_rules(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    """Return which rules on coverage, cohesion and meetings a plan breaks, in words.

    ``x`` (n_candidates,): share of each candidate.
    """
    found: list[str] = []
    for rule in problem.rules.presence:
        found += _check_presence(problem, rule, x, tolerance)
    return found + _check_cohesion(problem, x, tolerance) + _check_meetings(problem, x, tolerance)


def _check_presence(
    problem: StaggeringProblem, rule: Presence, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    """Count who is there at the first moment and whenever somebody comes or goes."""
    cohorts = problem.cohorts
    of = np.array(rule.cohorts, dtype=np.int64)
    k, which = members_of(cohorts.candidate_offset, of)
    come = problem.slot_start_s[cohorts.candidate_slot[k]].astype(np.int64)
    go = come + np.array(rule.work_s, dtype=np.int64)[which]
    people = x[k] * cohorts.size[of][which]
    moments = np.unique(np.concatenate([[rule.from_s], come, go]))
    moments = moments[(moments >= rule.from_s) & (moments < rule.to_s)]
    there = _sum_until(come, people, moments) - _sum_until(go, people, moments)
    short = there < rule.min_people - tolerance * max(1.0, rule.min_people)
    return [
        f"{there[i]} people of {rule.name} at work at {moments[i]} s" for i in np.flatnonzero(short)
    ]


def _sum_until(
    when: NDArray[np.int64], people: NDArray[np.float64], moments: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sum the people whose time has come at each moment."""
    order = np.argsort(when, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(people[order])])
    result: NDArray[np.float64] = total[np.searchsorted(when[order], moments, side="right")]
    return result


def _check_cohesion(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    teams, ids = problem.rules.cohesion, problem.cohorts.ids
    pairs = [(i, a, b) for i, team in enumerate(teams) for a, b in permutations(team.cohorts, 2)]
    if not pairs:
        return []
    team, a, b = np.array(pairs, dtype=np.int64).T
    most_s = np.array([rule.max_spread_s for rule in teams], dtype=np.int64)[team]
    return [
        f"{ids[b[i]]} starts too long after {ids[a[i]]} for {teams[team[i]].name}"
        for i in np.flatnonzero(_lags(problem, x, a, b, most_s, tolerance))
    ]


def _check_meetings(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    meetings, ids = problem.rules.meetings, problem.cohorts.ids
    if not meetings:
        return []
    a, b = np.array([met.cohorts for met in meetings], dtype=np.int64).T
    work = np.array([met.work_s for met in meetings], dtype=np.int64)
    most = work - np.array([met.common_s for met in meetings], dtype=np.int64)[:, None]
    apart = _lags(problem, x, a, b, most[:, 0], tolerance)
    apart |= _lags(problem, x, b, a, most[:, 1], tolerance)
    return [
        f"{ids[a[i]]} and {ids[b[i]]} are not together long enough for {meetings[i].name}"
        for i in np.flatnonzero(apart)
    ]


def _lags(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    most_s: NDArray[np.int64],
    tolerance: float,
) -> NDArray[np.bool_]:
    """Return for which pairs a larger share of a has started than of b ``most_s`` later.

    Looked at whenever somebody of a may start. ``a``, ``b``, ``most_s``: one a pair.
    """
    starts, started, may_start = _count_started(problem, x)
    step = max(1, _AT_ONCE // max(1, len(starts)))
    late = np.zeros(len(a), dtype=np.bool_)
    for first in range(0, len(a), step):
        of = slice(first, first + step)
        by = np.searchsorted(starts, starts[None, :] + most_s[of, None], side="right")
        followed = np.take_along_axis(started[b[of]], by, axis=1)
        more = started[a[of], 1:] > followed + 2 * tolerance
        late[of] = np.any(more & may_start[a[of]], axis=1)
    return late


def _count_started(
    problem: StaggeringProblem, x: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Count the share of each cohort that has started by each start time.

    Returns the times (n_times,), the shares (n_cohorts, 1 + n_times) with 0 before the first,
    and when somebody of a cohort may start (n_cohorts, n_times).
    """
    cohorts = problem.cohorts
    starts, time_of = np.unique(problem.slot_start_s.astype(np.int64), return_inverse=True)
    owner, at = cohorts.candidate_cohort(), time_of[cohorts.candidate_slot]
    started = np.zeros((len(cohorts), 1 + len(starts)))
    np.add.at(started, (owner, at + 1), x)
    may_start = np.zeros((len(cohorts), len(starts)), dtype=np.bool_)
    may_start[owner, at] = True
    return starts, np.cumsum(started, axis=1), may_start
