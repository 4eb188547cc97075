"""Kernel of the least sum over a middle index."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def least_sums(a, b):
    """Compute ``min_k a[i, k] + b[k, j]``; infinite entries are skipped."""
    result = np.full((a.shape[0], b.shape[1]), np.inf)
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            first = a[i, k]
            if np.isfinite(first):
                for j in range(b.shape[1]):
                    total = first + b[k, j]
                    if total < result[i, j]:
                        result[i, j] = total
    return result
