"""Seeded staggering problems of any size on an invented radial network; they stand for nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from solver.staggering import (
    CellTable,
    CohortTable,
    GroupTable,
    PlanRules,
    StaggeringProblem,
    candidate_slots,
)
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows

N_LINES, SEGMENTS, SEGMENT_MIN, WINDOW_S = 6, 20, 2.0, 900
FIRST_SLOT_S, N_SLOTS = 7 * 3600 + 1800, 11
WINDOWS_BEFORE = 6  # the longest ride starts this many windows before work


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large an invented problem is."""

    n_employers: int = 12
    cohorts_per_employer: int = 4
    n_sites: int = 12
    n_origins: int = 200
    routes_per_group: int = 3
    passengers: float = 20_000.0
    max_shift_s: int = 2700


def synthetic_problem(
    seed: int, size: Size | None = None, *, rules: PlanRules | None = None, fill: float = 0.9
) -> StaggeringProblem:
    """Build an illustrative problem: six radial lines that cross at a hub.

    Origins ride in to the hub and out to their site; alternatives walk to a neighbouring
    line. Work starts cluster at 08:30 and 09:00. ``fill`` scales the background against the
    capacity of the inner segments, so larger means harder. The same seed gives the same
    problem.
    """
    size = size or Size()
    rng = np.random.default_rng(seed)
    cohorts = _cohorts(rng, size)
    groups = _groups(rng, size, cohorts)
    cells = _cells(rng, fill)
    if rules is None:
        rules = PlanRules(
            max_moved_people=0.3 * float(cohorts.size.sum()), no_employer_worse_off=True
        )
    problem = StaggeringProblem(
        slot_start_s=(FIRST_SLOT_S + WINDOW_S * np.arange(N_SLOTS)).astype(np.int32),
        cohorts=cohorts,
        groups=groups,
        cells=cells,
        rules=rules,
    )
    return _with_prices(problem)


def _with_prices(problem: StaggeringProblem) -> StaggeringProblem:
    """Price the routes at the crowding of everyone in today's slot by the cheapest route."""
    matrices, cells = build_matrices(problem), problem.cells
    x = np.zeros(problem.cohorts.n_candidates)
    x[matrices.base_candidate] = 1.0
    flow = share_flows(matrices, x, problem.groups.shares_or_cheapest())
    load = cells.background_pax + matrices.use @ flow
    extra = problem.curve.extra_min(load, cells.seats, cells.standing_m2, cells.ride_min)
    priced = problem.groups.free_min + extra @ matrices.use
    return replace(problem, groups=replace(problem.groups, priced_min=priced))


def _cohorts(rng: np.random.Generator, size: Size) -> CohortTable:
    n = size.n_employers * size.cohorts_per_employer
    employer = np.repeat(np.arange(size.n_employers), size.cohorts_per_employer)
    base = rng.choice([3, 4, 5, 6, 7], size=n, p=[0.1, 0.35, 0.1, 0.35, 0.1])
    starts = FIRST_SLOT_S + WINDOW_S * np.arange(N_SLOTS, dtype=np.int32)
    candidates = [
        candidate_slots(
            starts,
            base_slot=int(base[c]),
            work_s=int(8.5 * 3600),
            earliest_s=FIRST_SLOT_S,
            latest_s=36_000,
            max_shift_s=size.max_shift_s,
            core_start_s=36_000,
            core_end_s=56_700,
            movable=bool(rng.random() < 0.9),
        )
        for c in range(n)
    ]
    slots = np.concatenate(candidates)
    counts = np.array([len(found) for found in candidates])
    staff = rng.lognormal(0.0, 0.8, n)
    staff *= size.passengers / 0.6 / staff.sum()
    shares = rng.dirichlet(np.full(size.n_origins, 0.3), size=n)
    cohort, origin = np.nonzero(shares > 0.05 / size.n_origins)
    return CohortTable(
        ids=tuple(f"cohort-{c}" for c in range(n)),
        employer_ids=tuple(f"employer-{e}" for e in range(size.n_employers)),
        employer=employer.astype(np.int32),
        site=(employer % size.n_sites).astype(np.int32),
        size=staff,
        base_slot=base.astype(np.int32),
        candidate_offset=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        candidate_slot=slots.astype(np.int32),
        candidate_disutility_min=0.3 * np.abs(slots - np.repeat(base, counts)),
        strand_cohort=cohort.astype(np.int32),
        strand_origin=origin.astype(np.int32),
        strand_pax=0.6 * staff[cohort] * shares[cohort, origin],
    )


def _groups(rng: np.random.Generator, size: Size, cohorts: CohortTable) -> GroupTable:
    """Lay routes for every (origin, site, slot) some cohort may need."""
    line = rng.integers(0, N_LINES, size.n_origins)
    depth = rng.integers(3, SEGMENTS + 1, size.n_origins)
    site_line = rng.integers(0, N_LINES, size.n_sites)
    site_depth = rng.integers(2, 10, size.n_sites)
    cohort = cohorts.candidate_cohort()
    pairs = np.unique(
        np.stack([cohorts.site[cohort], cohorts.candidate_slot], axis=1).astype(np.int64), axis=0
    )
    origins = np.arange(size.n_origins)
    table = [(o, int(s), int(j)) for s, j in pairs for o in origins.tolist()]
    cost, cell, offset = [], [], [0]
    walk = rng.uniform(1.0, 8.0, (size.n_origins, size.routes_per_group))
    for o, s, j in table:
        for r in range(size.routes_per_group):
            used = _ride(int(line[o] + r) % N_LINES, int(depth[o]), site_line[s], site_depth[s], j)
            changed = 5.0 if (line[o] + r) % N_LINES != site_line[s] else 0.0
            cost.append(SEGMENT_MIN * len(used) + changed + r * walk[o, r])
            cell.append(np.sort(used))
            offset.append(offset[-1] + len(used))
    keys = np.array(table, dtype=np.int32)
    n_routes = len(cost)
    return GroupTable(
        origin=keys[:, 0],
        site=keys[:, 1],
        slot=keys[:, 2],
        route_offset=np.arange(0, n_routes + 1, size.routes_per_group, dtype=np.int64),
        free_min=np.array(cost),
        priced_min=np.array(cost),
        cell_offset=np.array(offset, dtype=np.int64),
        cell=np.concatenate(cell).astype(np.int32),
        cell_weight=np.ones(offset[-1]),
    )


def _ride(
    line: int, depth: int, site_line: int, site_depth: int, slot: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the cells of a ride to the hub and out again that arrives just before the slot."""
    inward = line * 2 * SEGMENTS + np.arange(depth - 1, -1, -1)
    outward = (site_line * 2 + 1) * SEGMENTS + np.arange(site_depth)
    segments = np.concatenate([inward, outward])
    minutes_before = SEGMENT_MIN * np.arange(len(segments), 0, -1)
    window = slot + WINDOWS_BEFORE - np.ceil(minutes_before * 60 / WINDOW_S).astype(np.int64)
    cells: np.ndarray[tuple[int], np.dtype[np.int64]] = segments * (N_SLOTS + WINDOWS_BEFORE)
    return cells + np.maximum(window, 0)


def _cells(rng: np.random.Generator, fill: float) -> CellTable:
    n_windows = N_SLOTS + WINDOWS_BEFORE
    segment = np.arange(N_LINES * 2 * SEGMENTS)
    inner = 1.0 - (segment % SEGMENTS) / SEGMENTS
    profile = np.exp(-(((np.arange(n_windows) - 8.5) / 2.0) ** 2))
    trains = rng.uniform(4.0, 7.0, len(segment) // SEGMENTS)[segment // SEGMENTS]
    seats = np.repeat(trains * 200.0, n_windows)
    room = np.repeat(trains * 110.0, n_windows)
    background = fill * (inner[:, None] * profile[None, :]).ravel() * (seats + 4.0 * room) * 0.8
    return CellTable(
        seats=seats,
        standing_m2=room,
        ride_min=np.full(len(seats), SEGMENT_MIN),
        background_pax=background,
    )
