"""Seeded territories of E employers on RER, metro, tram and bus lines; they stand for nobody.

``python -m benchmarks.cases.staggering_territory OUT.npz --seed 1 --heavy`` writes one as a
file that ``creneau solve`` reads (JSON where the name ends in .json).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.cases.staggering_rules import with_rules
from solver.staggering import CellTable, CohortTable, GroupTable, PlanRules, StaggeringProblem
from solver.staggering.costs.matrices import build_matrices
from solver.staggering.costs.pricing import share_flows

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_S, WINDOWS_BEFORE, SEGMENT_MIN = 900, 6, 3.0
N_SLOTS, FIRST_SLOT_S, SLOTS_EACH_SIDE = 14, 6 * 3600 + 2700, 4
BASES, BASE_SHARES = (4, 5, 6, 7, 8, 9), (0.08, 0.12, 0.3, 0.12, 0.3, 0.08)

# Seats and standing m2 of 15 minutes in one direction: about 8 RER, 8 metro, 4 tram, 3 bus runs.
KINDS = ((7600.0, 2600.0), (1200.0, 840.0), (200.0, 160.0), (90.0, 45.0))
CHANGE_MIN = 5.0
_HEAVY_PEAKS = (0.8, 1.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """How large an invented territory is, and how full.

    ``heavy``: status-quo peaks of the lines from 80 to 140 % of capacity, and 30 % of people
    may move; else ``peaks``, and anybody may. ``lines`` counts RER, metro, tram, bus, whose
    capacity is ``service`` times the kinds'. ``ruled`` adds teams that keep together and
    meet, coverage, caps and fairness (:func:`benchmarks.cases.staggering_rules.with_rules`).
    """

    n_employers: int = 100
    cohorts_per_employer: int = 10
    staff: float = 200_000.0
    origins_per_cohort: int = 5
    n_origins: int = 300
    lines: tuple[int, int, int, int] = (4, 6, 2, 2)
    segments: int = 9
    service: float = 1.0
    peaks: tuple[float, float] = (0.55, 1.05)
    heavy: bool = False
    ruled: bool = False


EASY = Territory(service=1.5, peaks=(0.3, 0.6))
"""Few cells over their seats, which is where crowding begins to cost, and none over capacity.

HiGHS alone closes its fixed form to 0.01 % in about ten seconds.
"""

THOUSAND = Territory(
    n_employers=1000,
    staff=2_000_000.0,
    n_origins=3000,
    lines=(16, 24, 8, 8),
    service=2.5,  # ten times the staff on four times the lines
)
"""A thousand employers on 20,160 cells."""


def territory_problem(
    seed: int, territory: Territory | None = None, *, whole_cohorts: bool = True
) -> StaggeringProblem:
    """Build a problem: every cohort has nine slots and, by origin and slot, two routes.

    Employers' sizes are lognormal, each at one site; teams start mostly at 08:15 or 08:45.
    The first route of a home changes at the hub where lines differ, the second walks to
    another line of the same quarter. The same seed gives the same problem.
    """
    territory = territory or Territory()
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(len(KINDS)), territory.lines)
    capacity = territory.service * np.array(KINDS)[kind]
    weight = capacity[:, 0] / capacity[:, 0].sum()
    cohorts = _cohorts(rng, territory)
    groups = _groups(rng, territory, cohorts, weight)
    n_windows = N_SLOTS + WINDOWS_BEFORE
    each = np.repeat(capacity, 2 * territory.segments * n_windows, axis=0)
    empty = CellTable(
        seats=each[:, 0].copy(),
        standing_m2=each[:, 1].copy(),
        ride_min=np.full(len(each), SEGMENT_MIN),
        background_pax=np.zeros(len(each)),
    )
    people = float(cohorts.size.sum())
    problem = StaggeringProblem(
        slot_start_s=(FIRST_SLOT_S + WINDOW_S * np.arange(N_SLOTS)).astype(np.int32),
        cohorts=cohorts,
        groups=groups,
        cells=empty,
        rules=PlanRules(
            max_moved_people=0.3 * people if territory.heavy else people,
            whole_cohorts=whole_cohorts,
        ),
    )
    problem = _filled(rng, problem, territory)
    return with_rules(problem) if territory.ruled else problem


def _cohorts(rng: np.random.Generator, territory: Territory) -> CohortTable:
    per, n_employers = territory.cohorts_per_employer, territory.n_employers
    n = n_employers * per
    size = np.repeat(rng.lognormal(0.0, 1.0, n_employers), per) * rng.lognormal(0.0, 0.5, n)
    size *= territory.staff / size.sum()
    base = rng.choice(BASES, size=n, p=BASE_SHARES)
    shifts = np.arange(-SLOTS_EACH_SIDE, SLOTS_EACH_SIDE + 1)
    n_slots = len(shifts)
    per_slot = rng.uniform(0.6, 2.4, n)  # minutes a head a quarter of an hour
    k = territory.origins_per_cohort
    origins = np.concatenate(
        [rng.choice(territory.n_origins, size=k, replace=False) for _ in range(n)]
    )
    shares = rng.dirichlet(np.full(k, 2.0), size=n).ravel()
    employer = np.repeat(np.arange(n_employers), per)
    return CohortTable(
        ids=tuple(f"e{e}/team-{c % per}" for c, e in enumerate(employer.tolist())),
        employer_ids=tuple(f"e{e}" for e in range(n_employers)),
        employer=employer.astype(np.int32),
        site=employer.astype(np.int32),
        size=size,
        base_slot=base.astype(np.int32),
        candidate_offset=np.arange(n + 1, dtype=np.int64) * n_slots,
        candidate_slot=(base[:, None] + shifts).ravel().astype(np.int32),
        candidate_disutility_min=(per_slot[:, None] * np.abs(shifts)).ravel(),
        strand_cohort=np.repeat(np.arange(n), k).astype(np.int32),
        strand_origin=origins.astype(np.int32),
        strand_pax=np.repeat(size, k) * shares,
    )


def _groups(
    rng: np.random.Generator,
    territory: Territory,
    cohorts: CohortTable,
    weight: NDArray[np.float64],
) -> GroupTable:
    """Lay two routes for each (origin, site, slot) that some cohort may need."""
    n_lines = len(weight)
    home = rng.choice(n_lines, size=territory.n_origins, p=weight)
    other = rng.choice(n_lines, size=territory.n_origins, p=weight)
    other = np.where(other == home, (home + 1) % n_lines, other)
    depth = rng.integers(2, territory.segments + 1, territory.n_origins)
    walk = rng.uniform(2.0, 9.0, territory.n_origins)
    site_line = rng.choice(n_lines, size=territory.n_employers, p=weight)
    site_depth = rng.integers(1, territory.segments, territory.n_employers)
    n_slots = np.diff(cohorts.candidate_offset)[cohorts.strand_cohort]
    origin = np.repeat(cohorts.strand_origin, n_slots)
    site = np.repeat(cohorts.site[cohorts.strand_cohort], n_slots)
    slot = cohorts.candidate_slot.reshape(len(cohorts), -1)[cohorts.strand_cohort].ravel()
    keys = np.unique(np.stack([origin, site, slot], axis=1), axis=0)
    o, s, j = keys.T
    line = np.stack([home[o], other[o]], axis=1).ravel()
    route = np.repeat(np.arange(len(keys)), 2)
    cell, cell_offset = _rides(
        line,
        depth[o][route],
        site_line[s][route],
        site_depth[s][route],
        j[route],
        territory.segments,
    )
    extra = np.stack([np.zeros(len(keys)), walk[o]], axis=1).ravel()
    change = np.where(line != site_line[s][route], CHANGE_MIN, 0.0)
    return GroupTable(
        origin=keys[:, 0].astype(np.int32),
        site=keys[:, 1].astype(np.int32),
        slot=keys[:, 2].astype(np.int32),
        route_offset=np.arange(0, len(line) + 1, 2, dtype=np.int64),
        free_min=SEGMENT_MIN * np.diff(cell_offset) + change + extra,
        cell_offset=cell_offset,
        cell=cell,
        cell_weight=np.ones(len(cell)),
    )


def _rides(
    line: NDArray[np.int64],
    depth: NDArray[np.int64],
    site_line: NDArray[np.int64],
    site_depth: NDArray[np.int64],
    slot: NDArray[np.int64],
    n: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the cells, in order, of rides to the hub and out again that arrive before the slot.

    One ride a place of the arrays; the cells of ride r are ``cell[offset[r]:offset[r + 1]]``.
    """
    length = depth + site_depth
    offset = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    ride = np.repeat(np.arange(len(line)), length)
    step = np.arange(offset[-1]) - offset[ride]
    inward = line[ride] * 2 * n + depth[ride] - 1 - step
    outward = (site_line[ride] * 2 + 1) * n + step - depth[ride]
    segment = np.where(step < depth[ride], inward, outward)
    minutes_before = SEGMENT_MIN * (length[ride] - step)
    n_windows = N_SLOTS + WINDOWS_BEFORE
    window = slot[ride] + WINDOWS_BEFORE - np.ceil(minutes_before * 60 / WINDOW_S).astype(np.int64)
    cell = segment * n_windows + window
    cell = cell[np.lexsort((cell, ride))]
    return cell.astype(np.int32), offset


def _filled(
    rng: np.random.Generator, problem: StaggeringProblem, territory: Territory
) -> StaggeringProblem:
    """Add others until each line's fullest cell is as full as drawn, then price today's routes."""
    matrices, cells = build_matrices(problem), problem.cells
    share = np.tile([0.75, 0.25], len(problem.groups))
    x = np.zeros(problem.cohorts.n_candidates)
    x[matrices.base_candidate] = 1.0
    own = matrices.use @ share_flows(matrices, x, share)
    n_windows = N_SLOTS + WINDOWS_BEFORE
    n_lines = sum(territory.lines)
    low, high = _HEAVY_PEAKS if territory.heavy else territory.peaks
    peak = rng.uniform(low, high, n_lines)
    profile = np.exp(-(((np.arange(n_windows) - 11.0) / 3.0) ** 2))
    inner = 1.0 - np.arange(territory.segments) / (1.5 * territory.segments)
    shape = np.broadcast_to(
        inner[:, None] * profile, (n_lines, 2, territory.segments, n_windows)
    ).reshape(n_lines, -1)
    room = peak[:, None] * cells.capacity_pax.reshape(n_lines, -1)
    spare = room - own.reshape(n_lines, -1)
    others = np.maximum(0.0, np.min(np.where(shape > 0.2, spare / shape, np.inf), axis=1))
    background = (others[:, None] * shape).ravel()
    load = background + own
    extra = problem.curve.extra_min(load, cells.seats, cells.standing_m2, cells.ride_min)
    priced = problem.groups.free_min + extra @ matrices.use
    return replace(
        problem,
        groups=replace(problem.groups, priced_min=priced, share=share),
        cells=replace(cells, background_pax=background),
    )


def write_territory(words: list[str] | None = None) -> None:
    """Write a territory to the file that the command line names."""
    from api.staggering_files import write_problem

    parser = argparse.ArgumentParser(description="Write an invented staggering problem.")
    parser.add_argument("out", type=Path, help="file to write, .json or .npz")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--employers", type=int, default=100)
    parser.add_argument("--staff", type=float, default=200_000.0)
    parser.add_argument("--thousand", action="store_true", help="1,000 employers, 20,160 cells")
    parser.add_argument("--easy", action="store_true", help="few cells over their seats")
    parser.add_argument("--heavy", action="store_true", help="many cells over capacity")
    parser.add_argument("--ruled", action="store_true", help="teams, coverage, caps, fairness")
    given = parser.parse_args(words)
    territory = EASY if given.easy else Territory()
    territory = replace(territory, n_employers=given.employers, staff=given.staff)
    if given.thousand:
        territory = THOUSAND
    territory = replace(territory, heavy=given.heavy, ruled=given.ruled)
    write_problem(territory_problem(given.seed, territory), given.out)


if __name__ == "__main__":
    write_territory()
