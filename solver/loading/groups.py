"""Who rides in which group: background and cohorts onto (origin, place, window)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from demand import BackgroundDemand, Cohorts
    from solver.choice import Alternatives


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDemand:
    """Passengers by group, and those who ride no modelled line at all.

    ``other_pax`` are passengers of pairs and windows for which no modelled line is worth
    taking: they are counted and load nothing.
    """

    pax: NDArray[np.float64]
    other_pax: float

    @property
    def total_pax(self) -> float:
        """All passengers, on modelled lines or not."""
        return float(self.pax.sum()) + self.other_pax


def spread_background(background: BackgroundDemand, alternatives: Alternatives) -> GroupDemand:
    """Spread everybody's trips over the windows of arrival."""
    shares = np.asarray(
        [
            background.profile.share_between(int(start), int(start) + alternatives.window_s)
            for start in alternatives.window_start_s
        ]
    )
    n_pairs, n_windows = len(background.trips), len(shares)
    return _sum_groups(
        alternatives,
        np.repeat(background.origin, n_windows),
        np.repeat(background.destination, n_windows),
        np.tile(np.arange(n_windows, dtype=np.int32), n_pairs),
        (background.trips[:, None] * shares[None, :]).ravel(),
    )


def window_of_start(start_s: NDArray[np.int32], alternatives: Alternatives) -> NDArray[np.int32]:
    """Return the window of arrival of people who start at a time: the one that ends there.

    A start inside a window (08:20 with quarter hours) belongs to the window it lies in.
    """
    first = int(alternatives.window_start_s[0])
    return ((np.asarray(start_s) - first - 1) // alternatives.window_s).astype(np.int32)


def spread_cohorts(
    cohorts: Cohorts,
    alternatives: Alternatives,
    *,
    n_zones: int,
    start_s: NDArray[np.int32],
    share: NDArray[np.float64],
) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Spread cohorts over groups.

    Parameters
    ----------
    cohorts
        The employers' staff.
    n_zones
        Number of zones; site ``s`` is place ``n_zones + s``.
    start_s, share
        Starts a cohort may have and the share of it that has each, shape (n_cohorts, n)
        both; shares sum to 1 by cohort.

    Returns
    -------
    passengers
        Sparse matrix, passengers by (cohort, group).
    other_pax
        Passengers of each cohort that no group holds, shape (n_cohorts,): they arrive
        outside the modelled period, or no modelled line is worth their taking.
    """
    n = start_s.shape[1]
    cohort = np.repeat(cohorts.strand_cohort, n)
    pax = (cohorts.strand_pax[:, None] * share[cohorts.strand_cohort]).ravel()
    window = window_of_start(start_s, alternatives)[cohorts.strand_cohort].ravel()
    place = (n_zones + np.repeat(cohorts.site[cohorts.strand_cohort], n)).astype(np.int32)
    group = _find(alternatives, np.repeat(cohorts.strand_origin, n), place, window)
    found = group >= 0
    matrix = sparse.coo_array(
        (pax[found], (cohort[found], group[found])),
        shape=(len(cohorts), alternatives.n_groups),
    ).tocsr()
    return matrix, _sum_by(cohort[~found], pax[~found], len(cohorts))


def _find(
    alternatives: Alternatives,
    origin: NDArray[np.int32],
    place: NDArray[np.int32],
    window: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Return groups, -1 where there is none or the window is outside the modelled period."""
    inside = (window >= 0) & (window < len(alternatives.window_start_s))
    found = alternatives.find_groups(origin, place, np.maximum(window, 0))
    return np.where(inside, found, -1)


def _sum_by(index: NDArray[np.integer], values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Sum values by index, 0 where there are none."""
    return np.bincount(index, weights=values, minlength=n).astype(np.float64)


def _sum_groups(
    alternatives: Alternatives,
    origin: NDArray[np.int32],
    place: NDArray[np.int32],
    window: NDArray[np.int32],
    pax: NDArray[np.float64],
) -> GroupDemand:
    group = _find(alternatives, origin, place, window)
    found = group >= 0
    total = _sum_by(group[found], pax[found], alternatives.n_groups)
    return GroupDemand(pax=total, other_pax=float(pax[~found].sum()))
