"""Cells: one pattern segment in one window, where loads, prices and bars live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.choice._cell_kernels import fill_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable

FULL_PAX_M2 = 4.0
"""Standing passengers per square metre at which a vehicle counts as full (Ile-de-France)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Capacity and ride time of every pattern segment in every window.

    The segment of pattern ``p`` from ``stop_pos`` ``i`` to ``i + 1`` has index
    ``pattern_offset[p] + i``; cell ``segment * n_windows + w`` is that segment for vehicles
    that leave ``i`` in window ``w``, ``[start_s + w window_s, start_s + (w + 1) window_s)``.
    ``seats`` and ``standing_m2`` are sums over those vehicles, ``vehicles`` their number;
    ``ride_min`` is their mean time from leaving ``i`` to leaving ``i + 1``, minutes.
    Cells without a vehicle hold zeros and can carry nobody.
    """

    start_s: int
    window_s: int
    n_windows: int
    n_segments: int
    seats: NDArray[np.float64]
    standing_m2: NDArray[np.float64]
    vehicles: NDArray[np.float64]
    ride_min: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.seats)

    @property
    def capacity_pax(self) -> NDArray[np.float64]:
        """Seats plus 4 standing passengers per square metre, by cell."""
        return self.seats + FULL_PAX_M2 * self.standing_m2

    def window_starts_s(self) -> NDArray[np.int64]:
        """Return the start of every window, seconds of the service day."""
        return self.start_s + self.window_s * np.arange(self.n_windows)


def build_cells(timetable: Timetable, *, start_s: int, end_s: int, window_s: int = 900) -> Cells:
    """Build the cells of a timetable between two times of the service day.

    Parameters
    ----------
    timetable
        One service date.
    start_s, end_s
        Seconds of the service day; the last window is the one that reaches ``end_s``.
    window_s
        Length of a window, seconds.
    """
    n_windows = -(-(end_s - start_s) // window_s)
    n_segments = len(timetable.pattern_stop)
    arrays = fill_cells(
        timetable.pattern_offset,
        timetable.pattern_trip_offset,
        timetable.pattern_time_offset,
        timetable.arrival_s,
        timetable.departure_s,
        timetable.trip_seats,
        timetable.trip_standing_m2,
        np.int64(start_s),
        np.int64(window_s),
        np.int64(n_windows),
    )
    seats, standing_m2, vehicles, ride_min = arrays
    return Cells(
        start_s=start_s,
        window_s=window_s,
        n_windows=n_windows,
        n_segments=n_segments,
        seats=seats,
        standing_m2=standing_m2,
        vehicles=vehicles,
        ride_min=ride_min,
    )
