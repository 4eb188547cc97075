"""Which pairs the modelled lines may serve at all: a bound that spares the searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import pairwise_distance_m
from solver.choice._served_kernels import least_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable

FASTEST_MPS = 40.0
"""No train of a regional network covers straight-line distance faster, stops included."""


def least_cost_min(
    timetable: Timetable, connector_min: NDArray[np.float64], n_zones: int
) -> NDArray[np.float64]:
    """Compute a lower bound on the cost of any trip by modelled lines, shape (n_zones, n_places).

    The best of all ways to reach a stop, fly to another at ``FASTEST_MPS`` and go on from
    there; changes, waits and slack count nothing. A pair whose bound is above what is worth
    keeping needs no search.

    Parameters
    ----------
    connector_min
        Weighted minutes between places and stops, shape (n_places, n_stops), inf where none.
    """
    stops = timetable.stops
    flight_min = pairwise_distance_m(stops.lat, stops.lon, stops.lat, stops.lon) / FASTEST_MPS / 60
    reached = least_sums(connector_min[:n_zones], flight_min)
    bound: NDArray[np.float64] = least_sums(reached, np.ascontiguousarray(connector_min.T))
    return bound
