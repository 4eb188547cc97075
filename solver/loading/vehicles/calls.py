"""The stop times of a timetable as a table: whose they are, where, and how long till the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.routing.loads import find_calls

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable

LEAST_ROOM_M2 = 1.0
"""Standing room a vehicle counts with where it has none: the gangway of a coach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTable:
    """Columns aligned with ``Timetable.departure_s``; ``first`` and ``n_calls`` are by trip.

    ``segment`` numbers the pattern segment that leaves a call (``pattern_offset[p] + pos``, as
    cells do). ``ride_s`` lasts from leaving it to leaving the next call, to arriving at
    the last one; 0 at the last call, which ``leaves`` tells apart. ``seats`` and
    ``standing_m2`` are the vehicle's, ``room_m2`` the latter and at least
    :data:`LEAST_ROOM_M2`.
    """

    trip: NDArray[np.int32]
    stop: NDArray[np.int32]
    segment: NDArray[np.int32]
    leaves: NDArray[np.bool_]
    ride_s: NDArray[np.int32]
    seats: NDArray[np.float64]
    standing_m2: NDArray[np.float64]
    room_m2: NDArray[np.float64]
    first: NDArray[np.int64]
    n_calls: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.trip)

    @classmethod
    def of(cls, timetable: Timetable) -> CallTable:
        """Lay out the stop times of a timetable."""
        trip, first = find_calls(timetable)
        pattern_calls = np.diff(timetable.pattern_offset).astype(np.int64)
        pattern = np.repeat(np.arange(timetable.n_patterns), np.diff(timetable.pattern_trip_offset))
        position = np.arange(len(trip)) - first[trip]
        segment = timetable.pattern_offset[pattern[trip]] + position
        n_calls = pattern_calls[pattern]
        leaves = position < n_calls[trip] - 1
        departure, arrival = timetable.departure_s, timetable.arrival_s
        until = np.where(np.roll(leaves, -1), np.roll(departure, -1), np.roll(arrival, -1))
        standing = timetable.trip_standing_m2[trip]
        return cls(
            trip=trip.astype(np.int32),
            stop=timetable.pattern_stop[segment].astype(np.int32),
            segment=segment.astype(np.int32),
            leaves=leaves,
            ride_s=np.where(leaves, until - departure, 0).astype(np.int32),
            seats=timetable.trip_seats[trip],
            standing_m2=standing,
            room_m2=np.maximum(standing, LEAST_ROOM_M2),
            first=first,
            n_calls=n_calls,
        )
