"""The problem as sparse matrices: who each candidate slot sends to which group and cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from network.base import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.problem import CohortTable, GroupTable, StaggeringProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrices:
    """Linear maps of one problem.

    ``demand`` (n_groups, n_candidates): passengers a candidate sends to a group when the
    whole cohort takes it. ``use`` (n_cells, n_routes): passengers in a cell per passenger
    of a route. ``cohort`` (n_cohorts, n_candidates): 1 where the candidate is the cohort's.
    Of shape (n_candidates,), each for the whole cohort taking the candidate:
    ``moved_people`` and ``changed_people`` start elsewhere than today and than in the
    previous plan; ``burden_min`` is passenger-minutes of moving, ``moving_min`` what the
    objective counts for it; ``loss_min`` is what moving and travelling at today's crowding
    cost more than today (0 where no prices are given). ``shift_s`` is from today's start.
    """

    demand: sparse.csr_array
    use: sparse.csr_array
    cohort: sparse.csr_array
    route_group: NDArray[np.int64]
    candidate_cohort: NDArray[np.int64]
    base_candidate: NDArray[np.int64]
    moved_people: NDArray[np.float64]
    changed_people: NDArray[np.float64]
    burden_min: NDArray[np.float64]
    moving_min: NDArray[np.float64]
    loss_min: NDArray[np.float64]
    shift_s: NDArray[np.int64]

    @property
    def is_move(self) -> NDArray[np.bool_]:
        """Whether a candidate is another slot than today's, shape (n_candidates,)."""
        result = np.ones(len(self.moved_people), dtype=np.bool_)
        result[self.base_candidate] = False
        return result

    @property
    def max_demand(self) -> NDArray[np.float64]:
        """Passengers of each group if every cohort started in its slot, shape (n_groups,)."""
        return np.asarray(self.demand.sum(axis=1), dtype=np.float64).ravel()


def build_matrices(problem: StaggeringProblem) -> Matrices:
    """Build the linear maps of a problem.

    Raises
    ------
    InputError
        If a cohort could start in a slot for which an origin of its has no group.
    """
    cohorts, groups, cells = problem.cohorts, problem.groups, problem.cells
    candidate_cohort = cohorts.candidate_cohort()
    n_candidates = cohorts.n_candidates
    use = sparse.csr_array(
        (groups.cell_weight, groups.cell, groups.cell_offset),
        shape=(groups.n_routes, len(cells)),
    )
    size = cohorts.size[candidate_cohort]
    base = cohorts.base_candidate()
    starts = problem.slot_start_s[cohorts.candidate_slot].astype(np.int64)
    moved = np.where(cohorts.candidate_slot == cohorts.base_slot[candidate_cohort], 0.0, size)
    changed = np.zeros(n_candidates)
    if cohorts.previous_slot is not None:
        kept = cohorts.candidate_slot == cohorts.previous_slot[candidate_cohort]
        changed = np.where(kept, 0.0, size)
    burden = size * cohorts.candidate_disutility_min
    demand = _demand_matrix(cohorts, groups, len(problem.slot_start_s))
    weights = problem.weights
    moving = weights.moving * burden + weights.moved_min * moved + weights.changed_min * changed
    return Matrices(
        demand=demand,
        use=sparse.csr_array(use.T.tocsr()),
        cohort=sparse.csr_array(
            (np.ones(n_candidates), (candidate_cohort, np.arange(n_candidates))),
            shape=(len(cohorts), n_candidates),
        ),
        route_group=groups.route_group(),
        candidate_cohort=candidate_cohort,
        base_candidate=base,
        moved_people=moved,
        changed_people=changed,
        burden_min=burden,
        moving_min=moving,
        loss_min=_losses(groups, demand, burden, base[candidate_cohort]),
        shift_s=starts - starts[base[candidate_cohort]],
    )


def _losses(
    groups: GroupTable,
    demand: sparse.csr_array,
    burden: NDArray[np.float64],
    base: NDArray[np.int64],
) -> NDArray[np.float64]:
    if groups.priced_min is None or len(groups) == 0:
        return np.zeros(len(burden))
    cheapest = np.minimum.reduceat(groups.priced_min, groups.route_offset[:-1])
    cost = burden + cheapest @ demand
    result: NDArray[np.float64] = cost - cost[base]
    return result


def _demand_matrix(cohorts: CohortTable, groups: GroupTable, n_slots: int) -> sparse.csr_array:
    """Pair every strand with every candidate of its cohort and look its group up."""
    n_candidates = np.diff(cohorts.candidate_offset)[cohorts.strand_cohort]
    strand = np.repeat(np.arange(len(cohorts.strand_cohort)), n_candidates)
    ends = np.cumsum(n_candidates)
    within = np.arange(len(strand)) - np.repeat(ends - n_candidates, n_candidates)
    candidate = cohorts.candidate_offset[cohorts.strand_cohort[strand]] + within
    origin = cohorts.strand_origin[strand].astype(np.int64)
    site = cohorts.site[cohorts.strand_cohort[strand]].astype(np.int64)
    slot = cohorts.candidate_slot[candidate].astype(np.int64)
    group = _find_groups(groups, origin, site, slot, n_slots)
    lost = np.flatnonzero(group < 0)
    if len(lost):
        raise InputError(*(_no_group(cohorts, strand[i], int(slot[i])) for i in lost[:20]))
    return sparse.csr_array(
        (cohorts.strand_pax[strand], (group, candidate)),
        shape=(len(groups), cohorts.n_candidates),
    )


def _find_groups(
    groups: GroupTable,
    origin: NDArray[np.int64],
    site: NDArray[np.int64],
    slot: NDArray[np.int64],
    n_slots: int,
) -> NDArray[np.int64]:
    sites = int(max(groups.site.max(initial=0), site.max(initial=0))) + 1

    known = (groups.origin.astype(np.int64) * sites + groups.site) * n_slots + groups.slot
    order = np.argsort(known, kind="stable")
    wanted = (origin * sites + site) * n_slots + slot
    if len(known) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    result: NDArray[np.int64] = np.where(known[order[at]] == wanted, order[at], -1)
    return result


def _no_group(cohorts: CohortTable, strand: int, slot: int) -> Problem:
    cohort = int(cohorts.strand_cohort[strand])
    return Problem(
        file="<staggering problem>",
        field="groups",
        found=f"no routes from origin {int(cohorts.strand_origin[strand])} for cohort "
        f"{cohorts.ids[cohort]!r} in slot {slot}",
        expected="a group (origin, site, slot) for every strand and candidate slot",
        mend="Compute that group's routes, or drop the slot from the cohort's candidates.",
    )
