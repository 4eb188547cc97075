"""Change a timetable into another: the network's part of scenario modifications."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.timetable import Timetable


def scale_frequency(
    timetable: Timetable, *, line: str, factor: float, start_s: int, end_s: int
) -> Timetable:
    """Return a timetable with ``factor`` times the trips of a line between two times.

    Trips of each pattern that leave its first stop in ``[start_s, end_s)`` are resampled:
    the k-th new trip lies at the place ``k (n - 1) / (m - 1)`` among the n old ones, its
    times interpolated between its two neighbours. Neighbours do not overtake each other, so
    neither do trips between them; first and last trip stay; a factor of 1 changes nothing.

    Raises
    ------
    KeyError
        If no route of the timetable is called ``line``.
    """
    on_line = np.asarray([name == line for name in timetable.routes.lines])
    if not on_line.any():
        raise KeyError(line)
    parts = [
        _scale_pattern(timetable, pattern, factor, start_s, end_s)
        if on_line[timetable.pattern_route[pattern]]
        else _keep_pattern(timetable, pattern)
        for pattern in range(timetable.n_patterns)
    ]
    counts = np.asarray([len(part[2]) for part in parts], dtype=np.int64)
    n_stops = np.diff(timetable.pattern_offset)
    donor = np.concatenate([part[2] for part in parts]).astype(np.int64)
    ids = _name_trips(timetable, donor)
    return replace(
        timetable,
        pattern_trip_offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        pattern_time_offset=np.concatenate(([0], np.cumsum(counts * n_stops)[:-1])).astype(
            np.int32
        ),
        arrival_s=np.concatenate([part[0].ravel() for part in parts]),
        departure_s=np.concatenate([part[1].ravel() for part in parts]),
        trip_ids=ids,
        trip_seats=timetable.trip_seats[donor],
        trip_standing_m2=timetable.trip_standing_m2[donor],
        trip_is_headway=timetable.trip_is_headway[donor],
        trip_next=np.full(len(donor), -1, dtype=np.int32),
        trip_wheelchair=timetable.trip_wheelchair[donor],
        trip_bikes=timetable.trip_bikes[donor],
    )


_Part = tuple["NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.int64]"]


def _keep_pattern(timetable: Timetable, pattern: int) -> _Part:
    arrival_s, departure_s = timetable.pattern_times(pattern)
    first, last = timetable.pattern_trip_offset[pattern : pattern + 2]
    return arrival_s, departure_s, np.arange(first, last, dtype=np.int64)


def _scale_pattern(
    timetable: Timetable, pattern: int, factor: float, start_s: int, end_s: int
) -> _Part:
    arrival_s, departure_s, donor = _keep_pattern(timetable, pattern)
    inside = np.flatnonzero((departure_s[:, 0] >= start_s) & (departure_s[:, 0] < end_s))
    n_old = len(inside)
    n_new = max(1, int(np.floor(n_old * factor + 0.5))) if n_old else 0
    if n_new == n_old:
        return arrival_s, departure_s, donor
    first = int(inside[0])
    place = np.linspace(0, n_old - 1, n_new) if n_new > 1 else np.asarray([(n_old - 1) / 2])
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, n_old - 1)
    weight = (place - low)[:, None]

    def between(times: NDArray[np.int32]) -> NDArray[np.int32]:
        rows = times[inside]
        mixed = np.rint(rows[low] * (1 - weight) + rows[high] * weight).astype(np.int32)
        return np.concatenate((times[:first], mixed, times[first + n_old :]))

    kept = np.concatenate((donor[:first], donor[inside][low], donor[first + n_old :]))
    return between(arrival_s), between(departure_s), kept


def _name_trips(timetable: Timetable, donor: NDArray[np.int64]) -> tuple[str, ...]:
    """Name new trips after the trip they follow: the second of a kind gets ``+2``, and so on."""
    seen: dict[int, int] = {}
    names = []
    for trip in donor.tolist():
        seen[trip] = seen.get(trip, 0) + 1
        suffix = "" if seen[trip] == 1 else f"+{seen[trip]}"
        names.append(timetable.trip_ids[trip] + suffix)
    return tuple(names)
