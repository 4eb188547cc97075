"""Small staggering problems written by hand: one origin, one site, one cell per slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.crowding import CrowdingCurve
from solver.staggering import CellTable, CohortTable, GroupTable, PlanRules, StaggeringProblem

if TYPE_CHECKING:
    from collections.abc import Sequence


def slot_problem(
    *,
    sizes: Sequence[float],
    disutility_min: Sequence[Sequence[float]],
    base_slot: Sequence[int] | int = 0,
    employer: Sequence[int] | None = None,
    standing_m2: Sequence[float] | float = 100.0,
    seats: float = 0.0,
    limit_pax: Sequence[float] | None = None,
    background_pax: float = 0.0,
    ride_min: float = 10.0,
    slope: float = 0.1,
    **rules: float | bool,
) -> StaggeringProblem:
    """Build cohorts that all ride one segment, whose cell is that of their slot.

    ``disutility_min[c][j]`` is cohort c's cost a head in slot j; every slot is a candidate.
    With the defaults a cell with x people costs each of them 0.01 x minutes.
    """
    n, n_slots = len(sizes), len(disutility_min[0])
    employers = list(range(n)) if employer is None else list(employer)
    bases = [base_slot] * n if isinstance(base_slot, int) else list(base_slot)
    index = np.arange(n_slots)
    return StaggeringProblem(
        slot_start_s=(8 * 3600 + 900 * index).astype(np.int32),
        cohorts=CohortTable(
            ids=tuple(f"c{i}" for i in range(n)),
            employer_ids=tuple(f"e{i}" for i in range(max(employers) + 1)),
            employer=np.array(employers, dtype=np.int32),
            site=np.zeros(n, dtype=np.int32),
            size=np.array(sizes, dtype=np.float64),
            base_slot=np.array(bases, dtype=np.int32),
            candidate_offset=np.arange(n + 1, dtype=np.int64) * n_slots,
            candidate_slot=np.tile(index, n).astype(np.int32),
            candidate_disutility_min=np.array(disutility_min, dtype=np.float64).ravel(),
            strand_cohort=np.arange(n, dtype=np.int32),
            strand_origin=np.zeros(n, dtype=np.int32),
            strand_pax=np.array(sizes, dtype=np.float64),
        ),
        groups=GroupTable(
            origin=np.zeros(n_slots, dtype=np.int32),
            site=np.zeros(n_slots, dtype=np.int32),
            slot=index.astype(np.int32),
            route_offset=np.arange(n_slots + 1, dtype=np.int64),
            free_min=np.zeros(n_slots),
            cell_offset=np.arange(n_slots + 1, dtype=np.int64),
            cell=index.astype(np.int32),
            cell_weight=np.ones(n_slots),
        ),
        cells=CellTable(
            seats=np.full(n_slots, seats),
            standing_m2=np.broadcast_to(np.asarray(standing_m2, dtype=float), (n_slots,)).copy(),
            ride_min=np.full(n_slots, ride_min),
            background_pax=np.full(n_slots, background_pax),
            limit_pax=None if limit_pax is None else np.array(limit_pax, dtype=np.float64),
        ),
        rules=PlanRules(**rules),
        curve=CrowdingCurve(slope=slope),
    )


def two_route_problem() -> StaggeringProblem:
    """Build 1,000 people who cannot move but have two routes, the second 4 minutes longer.

    Each route has its own cell, costing 0.01 x minutes a head.
    """
    one, two = np.zeros(1, dtype=np.int32), np.arange(2, dtype=np.int32)
    return StaggeringProblem(
        slot_start_s=np.array([28_800], dtype=np.int32),
        cohorts=CohortTable(
            ids=("c",),
            employer_ids=("e",),
            employer=one,
            site=one,
            size=np.array([1000.0]),
            base_slot=one,
            candidate_offset=np.array([0, 1], dtype=np.int64),
            candidate_slot=one,
            candidate_disutility_min=np.zeros(1),
            strand_cohort=one,
            strand_origin=one,
            strand_pax=np.array([1000.0]),
        ),
        groups=GroupTable(
            origin=one,
            site=one,
            slot=one,
            route_offset=np.array([0, 2], dtype=np.int64),
            free_min=np.array([0.0, 4.0]),
            cell_offset=np.array([0, 1, 2], dtype=np.int64),
            cell=two,
            cell_weight=np.ones(2),
        ),
        cells=CellTable(
            seats=np.zeros(2),
            standing_m2=np.full(2, 100.0),
            ride_min=np.full(2, 10.0),
            background_pax=np.zeros(2),
        ),
    )
