"""Kernel that counts how much alternatives of a group share."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def path_sizes(
    offset,
    leg_offset,
    leg_pattern,
    leg_board_pos,
    leg_alight_pos,
    pattern_offset,
    stretch_of_segment,
    ride_min_of_segment,
    n_stretches,
):
    """Compute path sizes of all alternatives; those without rides have 1."""
    sizes = np.ones(leg_offset.shape[0] - 1)
    riders = np.zeros(n_stretches)
    for g in range(len(offset) - 1):
        for sign in (1.0, -1.0):
            for a in range(offset[g], offset[g + 1]):
                total, shared = 0.0, 0.0
                for leg in range(leg_offset[a], leg_offset[a + 1]):
                    first = pattern_offset[leg_pattern[leg]]
                    for i in range(leg_board_pos[leg], leg_alight_pos[leg]):
                        s = stretch_of_segment[first + i]
                        if sign > 0.0:
                            riders[s] += 1.0
                        else:
                            minutes = max(ride_min_of_segment[first + i], 0.1)
                            total += minutes
                            shared += minutes / riders[s]
                if sign < 0.0 and total > 0.0:
                    sizes[a] = shared / total
        for a in range(offset[g], offset[g + 1]):
            for leg in range(leg_offset[a], leg_offset[a + 1]):
                first = pattern_offset[leg_pattern[leg]]
                for i in range(leg_board_pos[leg], leg_alight_pos[leg]):
                    riders[stretch_of_segment[first + i]] = 0.0
    return sizes
