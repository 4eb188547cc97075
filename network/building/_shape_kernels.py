"""Kernel that places calls along shapes."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

MAX_CELLS = 50_000_000
"""Calls times samples of one path; beyond it (a shape of a million points) nothing is placed."""


@njit(cache=True, nogil=True)
def match_calls(
    sample_x: NDArray[np.float64],
    sample_y: NDArray[np.float64],
    sample_offset: NDArray[np.int64],
    call_x: NDArray[np.float64],
    call_y: NDArray[np.float64],
    call_offset: NDArray[np.int64],
    path_shape: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the sample of each call, int64, never going backwards within a path.

    Metres on a plane; nothing is modified. By dynamic programming over (call, sample): the
    cost of a call at a sample is the least cost of the call before at this or an earlier
    sample, plus the squared distance. Of equal costs the earliest sample is taken.
    """
    chosen = np.empty(len(call_x), dtype=np.int64)
    for path in range(len(path_shape)):
        first = sample_offset[path_shape[path]]
        n_samples = sample_offset[path_shape[path] + 1] - first
        start = call_offset[path]
        n_calls = call_offset[path + 1] - start
        if n_calls * n_samples > MAX_CELLS:
            chosen[start : start + n_calls] = first
            continue
        cost = np.zeros(n_samples)
        came_from = np.zeros((n_calls, n_samples), dtype=np.int32)
        for i in range(n_calls):
            x, y = call_x[start + i], call_y[start + i]
            least, least_at = np.inf, 0
            for j in range(n_samples):
                if cost[j] < least:
                    least, least_at = cost[j], j
                came_from[i, j] = least_at
                dx, dy = sample_x[first + j] - x, sample_y[first + j] - y
                cost[j] = least + dx * dx + dy * dy
        at = 0
        for j in range(n_samples):
            if cost[j] < cost[at]:
                at = j
        for i in range(n_calls - 1, -1, -1):
            chosen[start + i] = first + at
            at = came_from[i, at]
    return chosen
