"""The rules on how many people move, and on what employers bear, counted from their meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.checking.counting import count_riders, match_groups, sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.problem import StaggeringProblem


def find_broken_people_rules(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    """Return which limits on the moved, on cohorts and on employers a plan breaks, in words.

    ``x`` (n_candidates,): share of each candidate.
    """
    found = _check_moved(problem, x, tolerance) + _check_burden(problem, x, tolerance)
    return found + _check_cohorts(problem, x, tolerance) + _check_caps(problem, x, tolerance)


def _is_moved(problem: StaggeringProblem) -> NDArray[np.bool_]:
    """Return which candidates are another slot than today's, shape (n_candidates,)."""
    cohorts = problem.cohorts
    moved: NDArray[np.bool_] = cohorts.candidate_slot != np.repeat(
        cohorts.base_slot, np.diff(cohorts.candidate_offset)
    )
    return moved


def _moved_share(problem: StaggeringProblem, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count the share of each cohort that starts in another slot than today's."""
    cohorts, moved = problem.cohorts, _is_moved(problem)
    owner = cohorts.candidate_cohort()[moved]
    return sum_by(owner, x[moved], len(cohorts))


def _check_moved(problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float) -> list[str]:
    cohorts, rules = problem.cohorts, problem.rules
    owner, slot = cohorts.candidate_cohort(), cohorts.candidate_slot
    share, found = _moved_share(problem, x), []
    people = float(share @ cohorts.size)
    if people > rules.max_moved_people * (1 + tolerance) + tolerance:
        found.append(f"{people} people moved, at most {rules.max_moved_people}")
    movable = len(np.unique(owner[_is_moved(problem)]))
    if float(share.sum()) > rules.max_moved_cohorts + tolerance * (1 + movable):
        found.append(f"{float(share.sum())} cohorts moved, at most {rules.max_moved_cohorts}")
    if cohorts.previous_slot is not None:
        other = slot != cohorts.previous_slot[owner]
        changed = float(x[other] @ cohorts.size[owner[other]])
        if changed > rules.max_changed_people * (1 + tolerance) + tolerance:
            found.append(f"{changed} people changed, at most {rules.max_changed_people}")
    return found


def _check_cohorts(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    """Check how far each cohort moves, who is exempt, and eligible shares."""
    cohorts, rules, ids = problem.cohorts, problem.rules, problem.cohorts.ids
    owner, start_s = cohorts.candidate_cohort(), problem.slot_start_s.astype(np.int64)
    shift_s = np.abs(start_s[cohorts.candidate_slot] - start_s[cohorts.base_slot[owner]])
    share = _moved_share(problem, x)
    far = np.flatnonzero((x > tolerance) & (shift_s > rules.max_shift_s))
    found = [f"cohort {ids[owner[k]]} moves by {shift_s[k]} s" for k in far]
    found += [f"exempt cohort {ids[c]} moves" for c in rules.exempt if share[c] > tolerance]
    return found + [
        f"cohort {ids[rule.cohort]} moves by more than its eligible share"
        for rule in rules.eligible
        if share[rule.cohort] > rule.share + tolerance
    ]


def _check_caps(problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float) -> list[str]:
    cohorts, found = problem.cohorts, []
    if not problem.rules.caps:
        return []
    n, share = len(cohorts.employer_ids), _moved_share(problem, x)
    people = sum_by(cohorts.employer, share * cohorts.size, n)
    count = sum_by(cohorts.employer, share, n)
    movable = np.unique(cohorts.candidate_cohort()[_is_moved(problem)])
    n_movable = np.bincount(cohorts.employer[movable], minlength=n)
    for cap in problem.rules.caps:
        e, name = cap.employer, cohorts.employer_ids[cap.employer]
        if people[e] > cap.max_moved_people * (1 + tolerance) + tolerance:
            most = cap.max_moved_people
            found.append(f"employer {name} moves {people[e]} people, at most {most}")
        if count[e] > cap.max_moved_cohorts + tolerance * (1 + n_movable[e]):
            most = cap.max_moved_cohorts
            found.append(f"employer {name} moves {count[e]} cohorts, at most {most}")
    return found


def _check_burden(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    """Check what moving costs each employer's staff, by itself and beside the others'."""
    cohorts, rules, names = problem.cohorts, problem.rules, problem.cohorts.employer_ids
    owner, n = cohorts.candidate_cohort(), len(cohorts.employer_ids)
    staff = sum_by(cohorts.employer, cohorts.size, n)
    minutes = cohorts.size[owner] * x * cohorts.candidate_disutility_min
    burden = sum_by(cohorts.employer[owner], minutes, n)
    found = []
    limit = np.full(n, np.inf) if np.isinf(rules.max_burden_min) else rules.max_burden_min * staff
    over = burden > limit + tolerance * np.maximum(1.0, limit)
    for e in np.flatnonzero(over).tolist():
        found.append(f"employer {names[e]} bears {burden[e] / staff[e]} min a head")
    heads = burden[staff > 0] / staff[staff > 0]
    if len(heads):
        most, least = float(heads.max()), float(heads.min())
        if most - least > rules.max_envy_min + tolerance * max(1.0, most):
            found.append(f"one employer bears {most} min a head, another {least}")
    if rules.no_employer_worse_off:
        found += _check_worse_off(problem, x, burden, staff, tolerance)
    return found


def _check_worse_off(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    burden: NDArray[np.float64],
    staff: NDArray[np.float64],
    tolerance: float,
) -> list[str]:
    """Compare moving and travelling at today's crowding with today's."""
    cohorts, rules, names = problem.cohorts, problem.rules, problem.cohorts.employer_ids
    if problem.groups.priced_min is None:
        return ["no prices of today to judge by"]
    base = cohorts.base_candidate()
    stay = np.zeros(cohorts.n_candidates)
    stay[base] = 1.0
    # Today's slot may carry a disutility of its own; it is the same on both sides.
    own = cohorts.size * cohorts.candidate_disutility_min[base]
    today = sum_by(cohorts.employer, own, len(staff)) + _count_travel(problem, stay)
    cost = burden + _count_travel(problem, x)
    slack = rules.worse_off_slack_min * staff + tolerance * np.maximum(1.0, today)
    return [
        f"employer {names[e]} pays {cost[e]} min instead of {today[e]}"
        for e in np.flatnonzero(~(cost <= today + slack)).tolist()
    ]


def _count_travel(problem: StaggeringProblem, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count what each employer's riders bear on their cheapest routes of today, minutes.

    Riders whom no route carries have no price: their employer's figure is no number.
    """
    cohorts, groups = problem.cohorts, problem.groups
    assert groups.priced_min is not None  # asked before
    riders = count_riders(problem, x)
    group = match_groups(groups, riders.origin, riders.site, riders.slot)
    price = np.full(len(groups) + 1, np.nan)
    if len(groups):
        price[:-1] = np.minimum.reduceat(groups.priced_min, groups.route_offset[:-1])
    bearer = cohorts.employer[riders.cohort]
    return sum_by(bearer, riders.pax * price[group], len(cohorts.employer_ids))
