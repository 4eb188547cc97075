"""Kernel that sums vehicles into cells."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def fill_cells(
    pattern_offset,
    pattern_trip_offset,
    pattern_time_offset,
    arrival_s,
    departure_s,
    trip_seats,
    trip_standing_m2,
    start_s,
    window_s,
    n_windows,
):
    """Sum seats, standing room and vehicles and average ride minutes by cell.

    The ride of a segment ends when the vehicle leaves the next stop, dwell included, except
    at the last stop, where it ends on arrival.
    """
    n_segments = pattern_offset[-1]
    n_cells = n_segments * n_windows
    seats = np.zeros(n_cells)
    standing_m2 = np.zeros(n_cells)
    vehicles = np.zeros(n_cells)
    ride_min = np.zeros(n_cells)
    for p in range(len(pattern_offset) - 1):
        first = pattern_offset[p]
        n_stops = pattern_offset[p + 1] - first
        for t in range(pattern_trip_offset[p], pattern_trip_offset[p + 1]):
            base = pattern_time_offset[p] + (t - pattern_trip_offset[p]) * n_stops
            for i in range(n_stops - 1):
                left = departure_s[base + i]
                if left < start_s:
                    continue
                w = (left - start_s) // window_s
                if w >= n_windows:
                    break
                if i + 2 < n_stops:
                    ride = departure_s[base + i + 1] - left
                else:
                    ride = arrival_s[base + i + 1] - left
                cell = (first + i) * n_windows + w
                seats[cell] += trip_seats[t]
                standing_m2[cell] += trip_standing_m2[t]
                vehicles[cell] += 1.0
                ride_min[cell] += ride / 60.0
    for cell in range(n_cells):
        if vehicles[cell] > 0.0:
            ride_min[cell] /= vehicles[cell]
    return seats, standing_m2, vehicles, ride_min
