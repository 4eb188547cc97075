"""Overlap of the alternatives of a group: routes that share most of their way are half one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from solver.choice._overlap_kernels import path_sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.choice.alternatives import Alternatives


def compute_path_sizes(
    alternatives: Alternatives,
    stretch_of_segment: NDArray[np.int32],
    ride_min_of_segment: NDArray[np.float64],
    pattern_offset: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Compute each alternative's path size: 1 if it shares nothing, 1/n if n are the same.

    ``PS_r = sum over its stretches s of (t_s / T_r) / N_s``, with ``t_s`` the ride minutes of
    the stretch, ``T_r`` of the route, ``N_s`` the number of the group's alternatives that ride
    it. A logit counts near copies of one route as so many choices; adding ``ln(PS) / scale``
    to their appeal takes that back. The trip by other lines has 1.

    Parameters
    ----------
    stretch_of_segment
        Stretch (line, direction, two stations) of each pattern segment, shape (n_segments,).
    ride_min_of_segment
        Ride minutes of each pattern segment, shape (n_segments,).

    References
    ----------
    Ben-Akiva, Bierlaire, "Discrete choice methods and their applications to short term travel
    decisions", Handbook of Transportation Science, 1999, section 4.2 (path-size logit).
    """
    sizes: NDArray[np.float64] = path_sizes(
        alternatives.offset,
        alternatives.leg_offset,
        alternatives.leg_pattern,
        alternatives.leg_board_pos,
        alternatives.leg_alight_pos,
        pattern_offset,
        stretch_of_segment,
        ride_min_of_segment,
        int(stretch_of_segment.max(initial=0)) + 1,
    )
    return sizes


def segment_ride_min(cells_ride_min: NDArray[np.float64], n_windows: int) -> NDArray[np.float64]:
    """Compute the mean ride minutes of each pattern segment over the windows it is served."""
    by_window = cells_ride_min.reshape(-1, n_windows)
    served = (by_window > 0).sum(axis=1)
    mean: NDArray[np.float64] = by_window.sum(axis=1) / np.maximum(served, 1)
    return mean
