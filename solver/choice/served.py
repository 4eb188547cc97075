"""Which pairs the modelled lines may serve at all: a bound that spares the searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base.geodesy import EARTH_RADIUS_M
from solver.choice._served_kernels import least_pair_costs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable

FASTEST_MPS = 40.0
"""No train of a regional network covers straight-line distance faster, stops included."""


def least_cost_min(
    timetable: Timetable,
    out_min: NDArray[np.float64],
    back_min: NDArray[np.float64],
    n_zones: int,
) -> NDArray[np.float64]:
    """Compute a lower bound on the cost of any trip by modelled lines, shape (n_zones, n_places).

    The best of all ways to reach a stop, fly to another at ``FASTEST_MPS`` and go on from
    there; changes, waits and slack count nothing. A pair whose bound is above what is worth
    keeping needs no search.

    Parameters
    ----------
    out_min, back_min
        Weighted minutes from places to stops and from stops to places, shape (n_places,
        n_stops), inf where there is no way.
    """
    bound: NDArray[np.float64] = least_pair_costs(
        *_flatten(out_min[:n_zones]),
        *_flatten(back_min),
        _spots_m(timetable.stops.lat, timetable.stops.lon),
        1 / FASTEST_MPS / 60,
    )
    return bound


def _flatten(
    minutes: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the finite entries of a matrix row by row: offsets, columns, values."""
    row, column = np.nonzero(np.isfinite(minutes))
    counts = np.bincount(row, minlength=len(minutes))
    offset = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return offset, column.astype(np.int64), minutes[row, column]


def _spots_m(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x, y, z of points on the sphere, metres from its centre, shape (n, 3)."""
    phi, lam = np.radians(lat), np.radians(lon)
    unit = np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    return np.ascontiguousarray(EARTH_RADIUS_M * unit)
