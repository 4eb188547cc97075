"""Arrival profiles: from shares by hour or quarter hour to shares by minute."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import PchipInterpolator

from demand.flows import ArrivalProfile
from network.base.errors import DemandInputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NO_SHARE = 1e-12
"""Shares below this are none: of a whole region's trips, not one in a million days."""


def smooth_profile(edges_s: Sequence[int], shares: Sequence[float]) -> ArrivalProfile:
    """Build the share of a day's arrivals by minute from shares by interval.

    The cumulative share is interpolated by a monotone piecewise cubic (PCHIP) through the
    interval ends and read off every minute. So each interval keeps its total exactly, no
    minute is negative, and there is no jump at an interval's end.

    Parameters
    ----------
    edges_s
        Ends of the intervals, seconds of service day, whole minutes, increasing,
        one more than ``shares``.
    shares
        Share of the day's trips arriving in each interval, 0 or more, at most 1 in all.

    Raises
    ------
    DemandInputError
        If lengths, order or shares are wrong; says which.

    References
    ----------
    Fritsch and Carlson, Monotone piecewise cubic interpolation, SIAM J. Numer. Anal. 17(2),
    1980, DOI 10.1137/0717021.
    """
    edges = np.asarray(edges_s, dtype=np.int64)
    share = np.asarray(shares, dtype=np.float64)
    _check(edges, share)
    share = np.where(share < NO_SHARE, 0.0, share)
    total = np.concatenate([[0.0], np.cumsum(share)])
    minute = np.arange(edges[0], edges[-1] + 1, 60)
    curve = PchipInterpolator(edges, total)(minute)
    by_minute: NDArray[np.float64] = np.maximum(np.diff(curve), 0.0)
    for (first, last), wanted in zip(pairwise((edges - edges[0]) // 60), share, strict=True):
        found = by_minute[first:last].sum()
        if found > 0:  # takes off the last rounding, so that totals are exact
            by_minute[first:last] *= wanted / found
    return ArrivalProfile(start_s=int(edges[0]), share=by_minute)


def _check(edges: NDArray[np.int64], share: NDArray[np.float64]) -> None:
    found = None
    if len(edges) != len(share) + 1 or len(share) == 0:
        found = f"{len(edges)} interval ends for {len(share)} shares"
    elif (np.diff(edges) <= 0).any() or (edges % 60).any():
        found = "interval ends that do not increase by whole minutes"
    elif not np.isfinite(share).all() or (share < 0).any() or share.sum() > 1 + 1e-9:
        found = f"shares from {share.min():g} that sum to {share.sum():g}"
    if found is not None:
        raise DemandInputError(
            Problem(
                file="arrival profile",
                found=found,
                expected="n + 1 increasing whole-minute ends for n shares of 0 or more, "
                "at most 1 in all",
                mend="Correct the intervals or divide the shares by the day's total.",
            )
        )
