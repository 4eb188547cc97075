"""Who rides where under a plan, counted from the problem's tables and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.problem import GroupTable, StaggeringProblem

_WIDE = 1 << 20
"""Keys that spread over more numbers than this are ranked before they are joined into one."""


class Riders(NamedTuple):
    """Passengers of one strand who start in one slot: arrays of one length."""

    cohort: NDArray[np.int64]
    origin: NDArray[np.int64]
    site: NDArray[np.int64]
    slot: NDArray[np.int64]
    pax: NDArray[np.float64]


def count_riders(problem: StaggeringProblem, x: NDArray[np.float64]) -> Riders:
    """Count who rides from which origin to which site to start in which slot.

    ``x`` (n_candidates,): share of each candidate; those without a share are left out.
    """
    cohorts = problem.cohorts
    taken = np.flatnonzero(x != 0)
    owner = cohorts.candidate_cohort()[taken]
    first = np.searchsorted(owner, np.arange(len(cohorts) + 1))
    choice, strand = members_of(first, cohorts.strand_cohort.astype(np.int64))
    k, cohort = taken[choice], cohorts.strand_cohort[strand].astype(np.int64)
    return Riders(
        cohort=cohort,
        origin=cohorts.strand_origin[strand].astype(np.int64),
        site=cohorts.site[cohort].astype(np.int64),
        slot=cohorts.candidate_slot[k].astype(np.int64),
        pax=cohorts.strand_pax[strand] * x[k],
    )


def sum_by(
    owner: NDArray[np.int32] | NDArray[np.int64], values: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Sum the values of each of ``n`` owners, 0 for those who own none."""
    return np.bincount(owner, weights=values, minlength=n).astype(np.float64)


def members_of(
    offset: NDArray[np.int64], owners: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the members ``offset[o]:offset[o + 1]`` of each owner, and whose each one is.

    The second array holds positions in ``owners``.
    """
    first, count = offset[owners], offset[owners + 1] - offset[owners]
    which = np.repeat(np.arange(len(owners)), count)
    begin = np.cumsum(count) - count
    members: NDArray[np.int64] = np.arange(len(which)) + (first - begin)[which]
    return members, which


def match_groups(
    groups: GroupTable,
    origin: NDArray[np.int64],
    site: NDArray[np.int64],
    slot: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the group of each (origin, site, slot), -1 where there is none."""
    n = len(groups)
    key = np.zeros(n + len(origin), dtype=np.int64)
    for own, asked in ((groups.origin, origin), (groups.site, site), (groups.slot, slot)):
        both = _narrow(np.concatenate([own.astype(np.int64), asked]))
        key = key * (int(both.max(initial=0)) + 1) + both
    known, wanted = key[:n], key[n:]
    order = np.arange(n)
    if np.any(known[1:] < known[:-1]):
        order = np.argsort(known, kind="stable")
        known = known[order]
    if n == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(known, wanted), n - 1)
    found: NDArray[np.int64] = np.where(known[at] == wanted, order[at], -1)
    return found


def _narrow(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the same keys as small numbers from 0, in the same order."""
    if len(values) == 0:
        return values
    low, high = int(values.min()), int(values.max())
    if high - low < _WIDE:
        return values - low
    ranked: NDArray[np.int64] = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return ranked
