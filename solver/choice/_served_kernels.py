"""Kernel of the least cost of any trip by stops near both ends."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def least_pair_costs(
    out_offset: NDArray[np.int64],
    out_stop: NDArray[np.int64],
    out_min: NDArray[np.float64],
    back_offset: NDArray[np.int64],
    back_stop: NDArray[np.int64],
    back_min: NDArray[np.float64],
    spot: NDArray[np.float64],
    min_per_m: float,
) -> NDArray[np.float64]:
    """Compute ``min out[k] + flight(stop[k], stop[l]) + back[l]`` for each (origin, place).

    ``k`` are the origin's connectors, ``l`` the place's: ``offset[i]`` to ``offset[i + 1]``.
    ``spot`` has x, y, z of each stop in metres; the flight is the straight line through the
    ground, never longer than the way over it. Infinite where an end has no stop.
    """
    n_origins, n_places, n_stops = len(out_offset) - 1, len(back_offset) - 1, len(spot)
    result = np.full((n_origins, n_places), np.inf)
    reached = np.empty(n_stops)
    used = np.zeros(n_stops, dtype=np.bool_)
    for at in range(len(back_stop)):
        used[back_stop[at]] = True
    for i in range(n_origins):
        if out_offset[i] == out_offset[i + 1]:
            continue
        for s in range(n_stops):
            if not used[s]:
                continue
            best = np.inf
            x, y, z = spot[s, 0], spot[s, 1], spot[s, 2]
            for k in range(out_offset[i], out_offset[i + 1]):
                if out_min[k] >= best:
                    continue
                a = out_stop[k]
                dx, dy, dz = spot[a, 0] - x, spot[a, 1] - y, spot[a, 2] - z
                best = min(best, out_min[k] + min_per_m * np.sqrt(dx * dx + dy * dy + dz * dz))
            reached[s] = best
        for p in range(n_places):
            least = np.inf
            for at in range(back_offset[p], back_offset[p + 1]):
                least = min(least, reached[back_stop[at]] + back_min[at])
            result[i, p] = least
    return result
