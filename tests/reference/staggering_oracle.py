"""Staggering by brute force: every plan of whole cohorts, counted from the definition."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from solver.crowding import CrowdingCurve
from solver.staggering import CellTable, CohortTable, GroupTable, PlanRules, StaggeringProblem

if TYPE_CHECKING:
    from collections.abc import Iterator


def random_problem(seed: int, *, split: bool = False, **rules: float | bool) -> StaggeringProblem:
    """Draw a small problem: 4 cohorts, 3 slots, 2 sites, 2 origins, 2 routes, 7 cells."""
    rng = np.random.default_rng(seed)
    n, n_slots, n_sites, n_origins, n_cells = 4, 3, 2, 2, 7
    keys = [(o, s, j) for o in range(n_origins) for s in range(n_sites) for j in range(n_slots)]
    routes = [np.sort(rng.choice(n_cells, size=2, replace=False)) for _ in range(2 * len(keys))]
    share = rng.uniform(0.2, 0.8, len(keys))
    free = rng.uniform(10.0, 15.0, len(routes))
    return StaggeringProblem(
        slot_start_s=np.arange(n_slots, dtype=np.int32) * 900 + 28_800,
        cohorts=CohortTable(
            ids=tuple(f"c{i}" for i in range(n)),
            employer_ids=("a", "b"),
            employer=np.array([0, 0, 1, 1], dtype=np.int32),
            site=np.array([0, 1, 0, 1], dtype=np.int32),
            size=rng.uniform(50.0, 150.0, n),
            base_slot=np.ones(n, dtype=np.int32),
            candidate_offset=np.arange(n + 1, dtype=np.int64) * n_slots,
            candidate_slot=np.tile(np.arange(n_slots, dtype=np.int32), n),
            candidate_disutility_min=np.tile([0.6, 0.0, 0.9], n) * rng.uniform(0.5, 1.5, 3 * n),
            strand_cohort=np.repeat(np.arange(n, dtype=np.int32), n_origins),
            strand_origin=np.tile(np.arange(n_origins, dtype=np.int32), n),
            strand_pax=rng.uniform(10.0, 60.0, n * n_origins),
        ),
        groups=GroupTable(
            origin=np.array([k[0] for k in keys], dtype=np.int32),
            site=np.array([k[1] for k in keys], dtype=np.int32),
            slot=np.array([k[2] for k in keys], dtype=np.int32),
            route_offset=np.arange(len(keys) + 1, dtype=np.int64) * 2,
            free_min=free,
            priced_min=free + rng.uniform(0.0, 3.0, len(routes)),
            share=np.stack([share, 1 - share], axis=1).ravel(),
            cell_offset=np.arange(len(routes) + 1, dtype=np.int64) * 2,
            cell=np.concatenate(routes).astype(np.int32),
            cell_weight=rng.uniform(0.5, 1.0, 2 * len(routes)),
        ),
        cells=CellTable(
            seats=rng.uniform(20.0, 60.0, n_cells),
            standing_m2=rng.uniform(5.0, 20.0, n_cells),
            ride_min=rng.uniform(1.0, 4.0, n_cells),
            background_pax=rng.uniform(0.0, 80.0, n_cells),
        ),
        rules=PlanRules(whole_cohorts=not split, **rules),
        curve=CrowdingCurve(slope=0.1),
    )


def fixed_route_loads(problem: StaggeringProblem, slots: tuple[int, ...]) -> np.ndarray:
    """Count loads when cohort c starts in ``slots[c]`` and groups keep their shares."""
    c, g = problem.cohorts, problem.groups
    load = problem.cells.background_pax.copy()
    for cohort, origin, pax in zip(c.strand_cohort, c.strand_origin, c.strand_pax, strict=True):
        for group in range(len(g)):
            if (g.origin[group], g.site[group], g.slot[group]) != (
                origin,
                c.site[cohort],
                slots[cohort],
            ):
                continue
            for route in range(g.route_offset[group], g.route_offset[group + 1]):
                for use in range(g.cell_offset[route], g.cell_offset[route + 1]):
                    load[g.cell[use]] += pax * g.share[route] * g.cell_weight[use]
    return load


def fixed_route_cost(problem: StaggeringProblem, slots: tuple[int, ...]) -> float:
    """Count the cost of a plan of whole cohorts with routes in today's shares."""
    c, g, cells = problem.cohorts, problem.groups, problem.cells
    total = 0.0
    for cohort, slot in enumerate(slots):
        total += c.size[cohort] * c.candidate_disutility_min[c.candidate_offset[cohort] + slot]
    for cohort, origin, pax in zip(c.strand_cohort, c.strand_origin, c.strand_pax, strict=True):
        for group in range(len(g)):
            if (g.origin[group], g.site[group], g.slot[group]) == (
                origin,
                c.site[cohort],
                slots[cohort],
            ):
                for route in range(g.route_offset[group], g.route_offset[group + 1]):
                    total += pax * g.share[route] * g.free_min[route]
    for cell, load in enumerate(fixed_route_loads(problem, slots)):
        density = max(0.0, load - cells.seats[cell]) / cells.standing_m2[cell]
        total += load * cells.ride_min[cell] * problem.curve.slope * density
    return float(total)


def feasible_plans(problem: StaggeringProblem) -> Iterator[tuple[int, ...]]:
    """List the plans of whole cohorts (every slot a candidate) that respect all rules."""
    for slots in product(range(len(problem.slot_start_s)), repeat=len(problem.cohorts)):
        if _respects(problem, slots):
            yield slots


def _respects(problem: StaggeringProblem, slots: tuple[int, ...]) -> bool:
    c, rules = problem.cohorts, problem.rules
    moved = sum(c.size[i] for i, s in enumerate(slots) if s != c.base_slot[i])
    if moved > rules.max_moved_people + 1e-9:
        return False
    base = tuple(int(s) for s in c.base_slot)
    for employer in range(len(c.employer_ids)):
        own = [i for i in range(len(c)) if c.employer[i] == employer]
        staff = sum(c.size[i] for i in own)
        if _burden(problem, own, slots) > rules.max_burden_min * staff + 1e-9:
            return False
        if rules.no_employer_worse_off and (
            _price(problem, own, slots)
            > _price(problem, own, base) + rules.worse_off_slack_min * staff + 1e-9
        ):
            return False
    limits = problem.cells.limit_pax
    return limits is None or bool(np.all(fixed_route_loads(problem, slots) <= limits + 1e-9))


def _burden(problem: StaggeringProblem, own: list[int], slots: tuple[int, ...]) -> float:
    c = problem.cohorts
    return float(
        sum(c.size[i] * c.candidate_disutility_min[c.candidate_offset[i] + slots[i]] for i in own)
    )


def _price(problem: StaggeringProblem, own: list[int], slots: tuple[int, ...]) -> float:
    c, g = problem.cohorts, problem.groups
    total = _burden(problem, own, slots)
    for cohort, origin, pax in zip(c.strand_cohort, c.strand_origin, c.strand_pax, strict=True):
        if cohort in own:
            (group,) = np.flatnonzero(
                (g.origin == origin) & (g.site == c.site[cohort]) & (g.slot == slots[cohort])
            )
            total += pax * g.priced_min[g.route_offset[group] : g.route_offset[group + 1]].min()
    return float(total)
