"""From cohorts, choice sets and cells to a staggering problem, and back to their indices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.crowding import CrowdingCurve
from solver.staggering.candidates import MoveCost
from solver.staggering.problem import (
    CellTable,
    CohortTable,
    GroupTable,
    PlanRules,
    StaggeringProblem,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from demand.employers import Cohorts
    from solver.choice.alternatives import Alternatives
    from solver.choice.cells import Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotGrid:
    """Candidate starts of work and the arrival window that serves each.

    ``window[j]`` is the window of the choice sets in which people who start at
    ``start_s[j]`` arrive.
    """

    start_s: NDArray[np.int32]
    window: NDArray[np.int32]

    def nearest(self, start_s: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the slot nearest to each start, the earlier of two as near."""
        distance = np.abs(np.asarray(start_s)[:, None] - self.start_s[None, :].astype(np.int64))
        nearest: NDArray[np.int32] = np.argmin(distance, axis=1).astype(np.int32)
        return nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class CostBasis:
    """What costs and today's behaviour are taken from.

    ``background_pax`` (n_cells,): load of everyone but the cohorts. ``priced_min`` and
    ``share`` (n_alternatives,): cost at today's crowding and today's split, or None.
    ``limit_pax`` (n_cells,) or None.
    """

    background_pax: NDArray[np.float64]
    priced_min: NDArray[np.float64] | None = None
    share: NDArray[np.float64] | None = None
    limit_pax: NDArray[np.float64] | None = None
    curve: CrowdingCurve = field(default_factory=CrowdingCurve)
    move_cost: MoveCost = field(default_factory=MoveCost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A problem and where its parts come from.

    ``route_idx[r]`` is the alternative that route ``r`` of the problem is, ``cell_idx[k]``
    the cell of the timetable that cell ``k`` is.
    """

    problem: StaggeringProblem
    route_idx: NDArray[np.int64]
    cell_idx: NDArray[np.int64]


def assemble_problem(
    cohorts: Cohorts,
    candidates: Sequence[NDArray[np.int32]],
    grid: SlotGrid,
    alternatives: Alternatives,
    cells: Cells,
    *,
    basis: CostBasis,
    rules: PlanRules | None = None,
) -> Assembled:
    """Keep what the cohorts can reach of choice sets and cells, and number it anew.

    Cells none of the cohorts' routes touch are left out: they are the same in every plan.
    The place of a choice set is the cohort's site.

    Parameters
    ----------
    candidates
        Slots of each cohort, its own of today (:meth:`SlotGrid.nearest`) among them.
    """
    table = _cohort_table(cohorts, candidates, grid, basis.move_cost)
    groups, route_idx = _group_table(table, grid, alternatives, basis)
    cell_idx = np.unique(groups.cell).astype(np.int64)
    renumbered = GroupTable(
        origin=groups.origin,
        site=groups.site,
        slot=groups.slot,
        route_offset=groups.route_offset,
        free_min=groups.free_min,
        priced_min=groups.priced_min,
        share=groups.share,
        cell_offset=groups.cell_offset,
        cell=np.searchsorted(cell_idx, groups.cell).astype(np.int32),
        cell_weight=groups.cell_weight,
    )
    limits = basis.limit_pax
    problem = StaggeringProblem(
        slot_start_s=grid.start_s,
        cohorts=table,
        groups=renumbered,
        cells=CellTable(
            seats=cells.seats[cell_idx],
            standing_m2=cells.standing_m2[cell_idx],
            ride_min=cells.ride_min[cell_idx],
            background_pax=basis.background_pax[cell_idx],
            limit_pax=None if limits is None else limits[cell_idx],
        ),
        rules=rules or PlanRules(),
        curve=basis.curve,
    )
    return Assembled(problem=problem, route_idx=route_idx, cell_idx=cell_idx)


def _cohort_table(
    cohorts: Cohorts,
    candidates: Sequence[NDArray[np.int32]],
    grid: SlotGrid,
    move_cost: MoveCost,
) -> CohortTable:
    base = grid.nearest(cohorts.start_s)
    slots = np.concatenate([np.zeros(0, dtype=np.int32), *candidates]).astype(np.int32)
    cost = [
        move_cost.disutility_min(grid.start_s[found], float(grid.start_s[base[c]]))
        for c, found in enumerate(candidates)
    ]
    return CohortTable(
        ids=cohorts.team_ids,
        employer_ids=cohorts.employer_ids,
        employer=cohorts.employer,
        site=cohorts.site,
        size=cohorts.size,
        base_slot=base,
        candidate_offset=np.cumsum([0, *(len(found) for found in candidates)], dtype=np.int64),
        candidate_slot=slots,
        candidate_disutility_min=np.concatenate([np.zeros(0), *cost]),
        strand_cohort=cohorts.strand_cohort,
        strand_origin=cohorts.strand_origin,
        strand_pax=cohorts.strand_pax,
    )


def _group_table(
    table: CohortTable, grid: SlotGrid, alternatives: Alternatives, basis: CostBasis
) -> tuple[GroupTable, NDArray[np.int64]]:
    """Take the groups some strand may use; the ones that are missing are found out later."""
    keys = _needed(table)
    at = alternatives.find_groups(keys[:, 0], keys[:, 1], grid.window[keys[:, 2]])
    keys, at = keys[at >= 0], at[at >= 0]
    routes, offset = _take(alternatives.offset, at)
    uses, cell_offset = _take(alternatives.cell_offset, routes)
    priced, share = basis.priced_min, basis.share
    groups = GroupTable(
        origin=keys[:, 0],
        site=keys[:, 1],
        slot=keys[:, 2],
        route_offset=offset,
        free_min=alternatives.free_min[routes],
        priced_min=None if priced is None else priced[routes],
        share=None if share is None else share[routes],
        cell_offset=cell_offset,
        cell=alternatives.cell[uses],
        cell_weight=alternatives.cell_weight[uses].astype(np.float64),
    )
    return groups, routes


def _needed(table: CohortTable) -> NDArray[np.int32]:
    """Return the distinct (origin, site, slot) of all strands and candidates."""
    per_cohort = [
        table.candidate_slot[table.candidate_offset[c] : table.candidate_offset[c + 1]]
        for c in table.strand_cohort
    ]
    counts = [len(slots) for slots in per_cohort]
    rows = np.stack(
        [
            np.repeat(table.strand_origin, counts),
            np.repeat(table.site[table.strand_cohort], counts),
            np.concatenate([np.zeros(0, dtype=np.int32), *per_cohort]),
        ],
        axis=1,
    )
    result: NDArray[np.int32] = np.unique(rows.astype(np.int32), axis=0)
    return result


def _take(
    offset: NDArray[np.int64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the members of the chosen ranges, in order, and their new offsets."""
    counts = offset[chosen + 1] - offset[chosen]
    new = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    members = np.arange(new[-1]) - np.repeat(new[:-1] - offset[chosen], counts)
    return members.astype(np.int64), new
