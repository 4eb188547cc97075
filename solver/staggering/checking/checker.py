"""A second opinion on every plan: feasibility and cost counted from the problem's own tables.

Nothing here comes from the models: no matrix, no row, no price of theirs. Tables are counted
whole at a time, since plans of a thousand employers are checked within a solve's time limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.checking.check_people import find_broken_people_rules
from solver.staggering.checking.check_teams import find_broken_team_rules
from solver.staggering.checking.counting import count_riders, match_groups, members_of, sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.problem import StaggeringProblem


def find_violations(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    route_flow: NDArray[np.float64],
    *,
    tolerance: float = 1e-6,
) -> list[str]:
    """Return what a plan breaks, in words; an empty list for a feasible plan.

    Written from the problem's definition: shares, demand of groups, loads and rules are
    counted again. A share or flow that is no number breaks what it is counted in.

    Parameters
    ----------
    x
        Share of each candidate, shape (n_candidates,).
    route_flow
        Passengers per route, shape (n_routes,).
    tolerance
        Relative to each limit (at least 1).
    """
    found = _check_shares(problem, x, tolerance)
    found += _check_demand(problem, x, route_flow, tolerance)
    found += _check_limits(problem, route_flow, tolerance)
    found += find_broken_people_rules(problem, x, tolerance)
    return found + find_broken_team_rules(problem, x, tolerance)


def count_cost_min(
    problem: StaggeringProblem, x: NDArray[np.float64], route_flow: NDArray[np.float64]
) -> float:
    """Count a plan's cost in weighted passenger-minutes: travel, crowding, moving, CO2."""
    cohorts, groups, weights = problem.cohorts, problem.groups, problem.weights
    total = weights.travel * float(route_flow @ groups.free_min)
    if groups.co2_kg is not None:
        total += weights.co2_min_per_kg * float(route_flow @ groups.co2_kg)
    owner = cohorts.candidate_cohort()
    minutes = weights.moving * cohorts.candidate_disutility_min
    minutes = minutes + weights.moved_min * (cohorts.candidate_slot != cohorts.base_slot[owner])
    if cohorts.previous_slot is not None:
        changed = cohorts.candidate_slot != cohorts.previous_slot[owner]
        minutes = minutes + weights.changed_min * changed
    total += float((cohorts.size[owner] * x) @ minutes)
    return total + weights.crowding * _count_crowding(problem, _count_loads(problem, route_flow))


def _count_crowding(problem: StaggeringProblem, load: NDArray[np.float64]) -> float:
    """Count the minutes that standing costs all who ride, passenger-minutes."""
    cells = problem.cells
    full = np.flatnonzero(load > cells.seats)
    density = (load[full] - cells.seats[full]) / cells.standing_m2[full]
    return float(np.sum(load[full] * cells.ride_min[full] * problem.curve.slope * density))


def _check_shares(
    problem: StaggeringProblem, x: NDArray[np.float64], tolerance: float
) -> list[str]:
    ids, owner = problem.cohorts.ids, problem.cohorts.candidate_cohort()
    found = [f"cohort {ids[c]} has a negative share" for c in owner[x < -tolerance]]
    if problem.rules.whole_cohorts:
        part = ~(np.minimum(np.abs(x), np.abs(x - 1)) <= tolerance)
        found += [f"cohort {ids[c]} is split" for c in owner[part]]
    total = sum_by(owner, x, len(ids))
    wrong = np.flatnonzero(~(np.abs(total - 1) <= tolerance))
    return found + [f"shares of cohort {ids[c]} sum to {float(total[c])}" for c in wrong]


def _check_demand(
    problem: StaggeringProblem,
    x: NDArray[np.float64],
    route_flow: NDArray[np.float64],
    tolerance: float,
) -> list[str]:
    groups, n = problem.groups, len(problem.groups)
    riders = count_riders(problem, x)
    group = match_groups(groups, riders.origin, riders.site, riders.slot)
    known = group >= 0
    need = sum_by(group[known], riders.pax[known], n)
    found: list[str] = []
    if n:
        first = groups.route_offset[:-1]
        least, carried = np.minimum.reduceat(route_flow, first), np.add.reduceat(route_flow, first)
        off = ~(np.abs(carried - need) <= tolerance * np.maximum(1.0, need))
        for g in np.flatnonzero(off | (least < -tolerance)).tolist():
            key = (int(groups.origin[g]), int(groups.site[g]), int(groups.slot[g]))
            if least[g] < -tolerance:
                found.append(f"a route of group {key} carries fewer than nobody")
            if off[g]:
                found.append(f"routes of group {key} carry {carried[g]}, not {need[g]}")
    lost = np.stack([riders.origin, riders.site, riders.slot])[:, ~known]
    keys, which = np.unique(lost, axis=1, return_inverse=True)
    left = sum_by(which.ravel(), riders.pax[~known], keys.shape[1])
    return found + [
        f"nobody carries group {tuple(keys[:, i].tolist())}"
        for i in np.flatnonzero(~(left <= tolerance))
    ]


def _count_loads(
    problem: StaggeringProblem, route_flow: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Count who rides in each cell, shape (n_cells,)."""
    groups, n_cells = problem.groups, len(problem.cells)
    ridden = np.flatnonzero(route_flow)
    use, which = members_of(groups.cell_offset, ridden)
    riding = route_flow[ridden][which] * groups.cell_weight[use]
    return problem.cells.background_pax + sum_by(groups.cell[use], riding, n_cells)


def _check_limits(
    problem: StaggeringProblem, route_flow: NDArray[np.float64], tolerance: float
) -> list[str]:
    limit = problem.cells.limit_pax
    if limit is None:
        return []
    load = _count_loads(problem, route_flow)
    within = np.isinf(limit) | (load <= limit + tolerance * np.maximum(1.0, limit))
    return [
        f"cell {cell} carries {load[cell]}, limit {limit[cell]}"
        for cell in np.flatnonzero(~within).tolist()
    ]
