"""What the optimiser is asked: cohorts, slots, groups with routes, cells, rules. Arrays only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.crowding import CrowdingCurve, capacity_pax
from solver.staggering.checking.validate import validate_problem
from solver.staggering.rules import ObjectiveWeights, PlanRules

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortTable:
    """Cohorts, their candidate slots and where their passengers come from.

    Arrays of shape (n_cohorts,): ``employer`` indexes ``employer_ids``, ``site`` is any
    integer key shared with the groups, ``size`` is people whose start may move (all modes),
    ``base_slot`` is today's slot. Candidates of cohort ``c`` are
    ``candidate_offset[c]:candidate_offset[c + 1]`` of ``candidate_slot`` (today's among
    them) and ``candidate_disutility_min`` (minutes a head of starting then instead of
    today). ``previous_slot`` is each cohort's slot of the last plan, None where there was
    none; rules of stability count from it. A cohort that may not move has one candidate.
    Strands, shape (n_strands,): ``strand_pax`` passengers of ``strand_cohort`` from
    ``strand_origin``.
    """

    ids: tuple[str, ...]
    employer_ids: tuple[str, ...]
    employer: NDArray[np.int32]
    site: NDArray[np.int32]
    size: NDArray[np.float64]
    base_slot: NDArray[np.int32]
    candidate_offset: NDArray[np.int64]
    candidate_slot: NDArray[np.int32]
    candidate_disutility_min: NDArray[np.float64]
    strand_cohort: NDArray[np.int32]
    strand_origin: NDArray[np.int32]
    strand_pax: NDArray[np.float64]
    previous_slot: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def n_candidates(self) -> int:
        """Number of (cohort, slot) pairs."""
        return len(self.candidate_slot)

    def candidate_cohort(self) -> NDArray[np.int64]:
        """Return the cohort of every candidate, shape (n_candidates,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.candidate_offset))

    def base_candidate(self) -> NDArray[np.int64]:
        """Return the candidate that is each cohort's slot of today, shape (n_cohorts,)."""
        cohort = self.candidate_cohort()
        is_base = self.candidate_slot == self.base_slot[cohort]
        found = np.full(len(self), -1, dtype=np.int64)
        found[cohort[is_base]] = np.flatnonzero(is_base)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """Groups (origin, site, slot) and the routes their passengers may take.

    Everyone of one group has the same routes whoever employs them, so flows are counted by
    group and route, not by cohort: this loses nothing and keeps the model small. Routes of
    group ``g`` are ``route_offset[g]:route_offset[g + 1]``; ``free_min`` is a route's
    generalised cost without crowding, ``priced_min`` the same at today's crowding (None when
    no rule needs it), ``share`` today's split of a group over its routes (None: all on the
    cheapest). A passenger of route ``r`` loads ``cell[cell_offset[r]:cell_offset[r + 1]]``
    with ``cell_weight`` passengers each. ``co2_kg`` is what a passenger of a route emits
    (None: not counted).
    """

    origin: NDArray[np.int32]
    site: NDArray[np.int32]
    slot: NDArray[np.int32]
    route_offset: NDArray[np.int64]
    free_min: NDArray[np.float64]
    cell_offset: NDArray[np.int64]
    cell: NDArray[np.int32]
    cell_weight: NDArray[np.float64]
    priced_min: NDArray[np.float64] | None = None
    share: NDArray[np.float64] | None = None
    co2_kg: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.origin)

    @property
    def n_routes(self) -> int:
        """Number of routes of all groups."""
        return len(self.free_min)

    def route_group(self) -> NDArray[np.int64]:
        """Return the group of every route, shape (n_routes,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.route_offset))

    def shares_or_cheapest(self) -> NDArray[np.float64]:
        """Return today's shares, or all on each group's cheapest route where none are given."""
        if self.share is not None:
            return self.share
        shares = np.zeros(self.n_routes)
        group = self.route_group()
        order = np.lexsort((np.arange(self.n_routes), self.free_min, group))
        shares[order[self.route_offset[:-1]]] = 1.0
        return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTable:
    """Capacity, ride time and other people's load of every cell, shape (n_cells,) each.

    ``seats`` and ``standing_m2`` are sums over the vehicles of the window. ``limit_pax`` is
    a load that must not be exceeded (None: no such limit). Cells without service (both
    zero) may be present as long as nobody rides them. ``place`` and ``window`` say which cells
    are one segment at different hours: both given or neither, from 0, no pair twice; windows
    that follow each other differ by 1. No plan depends on them.
    """

    seats: NDArray[np.float64]
    standing_m2: NDArray[np.float64]
    ride_min: NDArray[np.float64]
    background_pax: NDArray[np.float64]
    limit_pax: NDArray[np.float64] | None = None
    place: NDArray[np.int32] | None = None
    window: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.seats)

    @property
    def capacity_pax(self) -> NDArray[np.float64]:
        """Seats and 4 standing passengers per square metre."""
        return capacity_pax(self.seats, self.standing_m2)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaggeringProblem:
    """One staggering problem, checked: every array consistent with every other.

    Raises
    ------
    InputError
        Naming each inconsistent array, what was found and how to mend it.
    """

    slot_start_s: NDArray[np.int32]
    cohorts: CohortTable
    groups: GroupTable
    cells: CellTable
    rules: PlanRules = field(default_factory=PlanRules)
    curve: CrowdingCurve = field(default_factory=CrowdingCurve)
    weights: ObjectiveWeights = field(default_factory=ObjectiveWeights)

    def __post_init__(self) -> None:
        validate_problem(self)
