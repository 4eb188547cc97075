"""The checker of plans as loops: one share, one passenger flow, one rule at a time.

Slow on purpose: every line is a sentence of the problem's definition.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from solver.staggering import StaggeringProblem


def find_violations(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    route_flow: NDArray[np.float64],
    *,
    tolerance: float = 1e-6,
) -> list[str]:
    """Return what a plan breaks, in words; an empty list for a feasible plan.

    Written from the problem's definition: shares, demand of groups, loads and rules are
    counted again one by one. ``tolerance`` is relative to each limit (at least 1).
    """
    found = _check_shares(problem, x, tolerance)
    found += _check_demand(problem, x, route_flow, tolerance)
    found += _check_limits(problem, route_flow, tolerance)
    found += _check_rules(problem, x, tolerance)
    return found + find_broken_plan_rules(problem, x, tolerance)


def count_cost_min(
    problem: StaggeringProblem, x: NDArray[np.float64], route_flow: NDArray[np.float64]
) -> float:
    """Count a plan's cost in weighted passenger-minutes: travel, crowding, moving, CO2."""
    cohorts, cells, weights = problem.cohorts, problem.cells, problem.weights
    total = weights.travel * sum(
        float(flow) * float(cost)
        for flow, cost in zip(route_flow, problem.groups.free_min, strict=True)
    )
    if problem.groups.co2_kg is not None:
        emitted = zip(route_flow.tolist(), problem.groups.co2_kg.tolist(), strict=True)
        total += weights.co2_min_per_kg * sum(flow * kg for flow, kg in emitted)
    for c, k in _candidates(problem):
        minutes = weights.moving * float(cohorts.candidate_disutility_min[k])
        if cohorts.candidate_slot[k] != cohorts.base_slot[c]:
            minutes += weights.moved_min
        if cohorts.previous_slot is not None and (
            cohorts.candidate_slot[k] != cohorts.previous_slot[c]
        ):
            minutes += weights.changed_min
        total += float(cohorts.size[c] * x[k]) * minutes
    for cell, load in enumerate(_count_loads(problem, route_flow)):
        standing = load - float(cells.seats[cell])
        if standing > 0:
            density = standing / float(cells.standing_m2[cell])
            crowding = load * float(cells.ride_min[cell]) * problem.curve.slope * density
            total += weights.crowding * crowding
    return total


def _candidates(problem: StaggeringProblem) -> list[tuple[int, int]]:
    offset = problem.cohorts.candidate_offset.tolist()
    return [(c, k) for c in range(len(problem.cohorts)) for k in range(offset[c], offset[c + 1])]


def _check_shares(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    found: list[str] = []
    total: dict[int, float] = defaultdict(float)
    share = x.tolist()
    for c, k in _candidates(problem):
        total[c] += share[k]
        if share[k] < -tolerance:
            found.append(f"cohort {problem.cohorts.ids[c]} has a negative share")
        if problem.rules.whole_cohorts and min(abs(share[k]), abs(share[k] - 1)) > tolerance:
            found.append(f"cohort {problem.cohorts.ids[c]} is split")
    found += [
        f"shares of cohort {problem.cohorts.ids[c]} sum to {value}"
        for c, value in total.items()
        if abs(value - 1) > tolerance
    ]
    return found


def _check_demand(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    route_flow: NDArray[np.float64],
    tolerance: float,
) -> list[str]:
    cohorts, groups = problem.cohorts, problem.groups
    wanted: dict[tuple[int, int, int], float] = defaultdict(float)
    taken: dict[int, list[tuple[int, float]]] = defaultdict(list)
    share, slot = x.tolist(), cohorts.candidate_slot.tolist()
    for c, k in _candidates(problem):
        if share[k]:
            taken[c].append((slot[k], share[k]))
    site = cohorts.site.tolist()
    strands = (cohorts.strand_cohort, cohorts.strand_origin, cohorts.strand_pax)
    for c, origin, pax in zip(*(column.tolist() for column in strands), strict=True):
        for start, part in taken[c]:
            wanted[origin, site[c], start] += pax * part
    found = []
    keys = zip(groups.origin.tolist(), groups.site.tolist(), groups.slot.tolist(), strict=True)
    flow, offset = route_flow.tolist(), groups.route_offset.tolist()
    for g, key in enumerate(keys):
        flows = flow[offset[g] : offset[g + 1]]
        need = wanted.pop(key, 0.0)
        if flows and min(flows) < -tolerance:
            found.append(f"a route of group {key} carries fewer than nobody")
        if abs(sum(flows) - need) > tolerance * max(1.0, need):
            found.append(f"routes of group {key} carry {sum(flows)}, not {need}")
    found += [f"nobody carries group {k}" for k, need in wanted.items() if need > tolerance]
    return found


def _count_loads(problem: StaggeringProblem, route_flow: NDArray[np.float64]) -> list[float]:
    groups = problem.groups
    loads: list[float] = problem.cells.background_pax.tolist()
    cell, weight = groups.cell.tolist(), groups.cell_weight.tolist()
    offset = groups.cell_offset.tolist()
    for r, flow in enumerate(route_flow.tolist()):
        if flow:
            for i in range(offset[r], offset[r + 1]):
                loads[cell[i]] += flow * weight[i]
    return loads


def _check_limits(
    problem: StaggeringProblem, route_flow: NDArray[np.float64], tolerance: float
) -> list[str]:
    limits = problem.cells.limit_pax
    if limits is None:
        return []
    return [
        f"cell {cell} carries {load}, limit {limit}"
        for cell, (load, limit) in enumerate(
            zip(_count_loads(problem, route_flow), limits.tolist(), strict=True)
        )
        if load > limit + tolerance * max(1.0, limit)
    ]


def _check_rules(problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float) -> list[str]:
    cohorts, rules = problem.cohorts, problem.rules
    moved = 0.0
    burden: dict[int, float] = defaultdict(float)
    staff: dict[int, float] = defaultdict(float)
    for c, k in _candidates(problem):
        people = float(cohorts.size[c] * x[k])
        moved += people if cohorts.candidate_slot[k] != cohorts.base_slot[c] else 0.0
        burden[int(cohorts.employer[c])] += people * float(cohorts.candidate_disutility_min[k])
    for c in range(len(cohorts)):
        staff[int(cohorts.employer[c])] += float(cohorts.size[c])
    found = []
    if moved > rules.max_moved_people * (1 + tolerance) + tolerance:
        found.append(f"{moved} people moved, at most {rules.max_moved_people}")
    for e, minutes in burden.items():
        limit = rules.max_burden_min * staff[e] if staff[e] else 0.0
        if minutes > limit + tolerance * max(1.0, limit):
            found.append(
                f"employer {cohorts.employer_ids[e]} bears {minutes / staff[e]} min a head"
            )
    if rules.no_employer_worse_off:
        found += _check_worse_off(problem, x, burden, staff, tolerance)
    return found


def _check_worse_off(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    burden: dict[int, float],
    staff: dict[int, float],
    tolerance: float,
) -> list[str]:
    cohorts, groups, priced = problem.cohorts, problem.groups, problem.groups.priced_min
    if priced is None:
        return ["no prices of today to judge by"]
    price: dict[tuple[int, int, int], float] = {}
    keys = zip(groups.origin.tolist(), groups.site.tolist(), groups.slot.tolist(), strict=True)
    for g, key in enumerate(keys):
        price[key] = float(priced[groups.route_offset[g] : groups.route_offset[g + 1]].min())
    cost, today = dict(burden), dict.fromkeys(burden, 0.0)
    by_cohort: dict[int, list[int]] = defaultdict(list)
    for c, k in _candidates(problem):
        by_cohort[c].append(k)
    for c, origin, pax in zip(
        cohorts.strand_cohort.tolist(),
        cohorts.strand_origin.tolist(),
        cohorts.strand_pax.tolist(),
        strict=True,
    ):
        site, e = int(cohorts.site[c]), int(cohorts.employer[c])
        today[e] += pax * price[origin, site, int(cohorts.base_slot[c])]
        for k in by_cohort[c]:
            cost[e] += pax * float(x[k]) * price[origin, site, int(cohorts.candidate_slot[k])]
    # Today's slot may carry a disutility of its own; it is the same on both sides.
    base = cohorts.base_candidate()
    for c in range(len(cohorts)):
        e = int(cohorts.employer[c])
        today[e] += float(cohorts.size[c] * cohorts.candidate_disutility_min[base[c]])
    slack = problem.rules.worse_off_slack_min
    return [
        f"employer {cohorts.employer_ids[e]} pays {cost[e]} min instead of {today[e]}"
        for e in cost
        if cost[e] > today[e] + slack * staff[e] + tolerance * max(1.0, today[e])
    ]


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
