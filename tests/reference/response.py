"""Responses by plain counting: prices, an employer's own cost, orders of joining."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from solver.staggering import StaggeringProblem


def route_prices(problem: StaggeringProblem, route_flow: np.ndarray) -> np.ndarray:
    """Count what a passenger of each route pays when routes carry these passengers."""
    g, cells = problem.groups, problem.cells
    load = cells.background_pax.copy()
    for route, flow in enumerate(route_flow):
        for use in range(g.cell_offset[route], g.cell_offset[route + 1]):
            load[g.cell[use]] += flow * g.cell_weight[use]
    prices = g.free_min.copy()
    for route in range(len(prices)):
        for use in range(g.cell_offset[route], g.cell_offset[route + 1]):
            k = g.cell[use]
            density = max(0.0, load[k] - cells.seats[k]) / cells.standing_m2[k]
            extra = cells.ride_min[k] * problem.curve.slope * density
            prices[route] += g.cell_weight[use] * extra
    return prices


def group_demand(problem: StaggeringProblem, slots: tuple[int, ...]) -> np.ndarray:
    """Count the passengers of each group when cohort c starts in ``slots[c]``."""
    c, g = problem.cohorts, problem.groups
    demand = np.zeros(len(g))
    for cohort, origin, pax in zip(c.strand_cohort, c.strand_origin, c.strand_pax, strict=True):
        for group in range(len(g)):
            key = (g.origin[group], g.site[group], g.slot[group])
            if key == (origin, c.site[cohort], slots[cohort]):
                demand[group] += pax
    return demand


def own_cost(
    problem: StaggeringProblem, slots: tuple[int, ...], share: np.ndarray, employer: int
) -> float:
    """Count what one employer's staff bear at these starts, groups split by ``share``."""
    c, g = problem.cohorts, problem.groups
    own, total = np.zeros(g.n_routes), 0.0
    for cohort, slot in enumerate(slots):
        if c.employer[cohort] == employer:
            first, last = c.candidate_offset[cohort : cohort + 2]
            at = first + list(c.candidate_slot[first:last]).index(slot)
            total += c.size[cohort] * c.candidate_disutility_min[at]
    for cohort, origin, pax in zip(c.strand_cohort, c.strand_origin, c.strand_pax, strict=True):
        if c.employer[cohort] == employer:
            for group in range(len(g)):
                key = (g.origin[group], g.site[group], g.slot[group])
                if key == (origin, c.site[cohort], slots[cohort]):
                    span = slice(g.route_offset[group], g.route_offset[group + 1])
                    own[span] += pax * share[span]
    everybody = group_demand(problem, slots)[g.route_group()] * share
    return total + float(own @ route_prices(problem, everybody))


def shapley_by_orders(n: int, value: Callable[[frozenset[int]], float]) -> np.ndarray:
    """Average what each player adds over every order of joining."""
    credit, orders = np.zeros(n), list(permutations(range(n)))
    for order in orders:
        members: frozenset[int] = frozenset()
        for player in order:
            credit[player] += value(members | {player}) - value(members)
            members |= {player}
    return credit / len(orders)
