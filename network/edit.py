"""Change a timetable into another: the network's part of scenario modifications."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

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
    A vehicle still goes on as another trip (``trip_next``) where both trips stay as they were.

    Raises
    ------
    KeyError
        If no route of the timetable is called ``line``.
    """
    on_line = _routes_of(timetable, line)
    return _with_parts(
        timetable,
        [
            _scale_pattern(timetable, pattern, factor, start_s, end_s)
            if on_line[timetable.pattern_route[pattern]]
            else _keep_pattern(timetable, pattern)
            for pattern in range(timetable.n_patterns)
        ],
    )


def close_line(timetable: Timetable, *, line: str, start_s: int, end_s: int) -> Timetable:
    """Return a timetable without the trips of a line that leave their first stop in a time.

    Its patterns stay, with the trips before ``start_s`` and from ``end_s`` on; no vehicle goes
    on as a trip that is gone.

    Raises
    ------
    KeyError
        If no route of the timetable is called ``line``.
    """
    on_line = _routes_of(timetable, line)
    return _with_parts(
        timetable,
        [
            _close_pattern(timetable, pattern, start_s, end_s)
            if on_line[timetable.pattern_route[pattern]]
            else _keep_pattern(timetable, pattern)
            for pattern in range(timetable.n_patterns)
        ],
    )


def scale_capacity(timetable: Timetable, *, line: str, factor: float) -> Timetable:
    """Return a timetable in which vehicles of a line have ``factor`` times seats and room.

    Raises
    ------
    KeyError
        If no route of the timetable is called ``line``.
    """
    route = np.repeat(timetable.pattern_route, np.diff(timetable.pattern_trip_offset))
    times = np.where(_routes_of(timetable, line)[route], factor, 1.0)
    return replace(
        timetable,
        trip_seats=timetable.trip_seats * times,
        trip_standing_m2=timetable.trip_standing_m2 * times,
    )


def _routes_of(timetable: Timetable, line: str) -> NDArray[np.bool_]:
    """Return which routes are called so, shape (n_routes,); KeyError where none is."""
    on_line = np.asarray([name == line for name in timetable.routes.lines])
    if not on_line.any():
        raise KeyError(line)
    return on_line


def _with_parts(timetable: Timetable, parts: list[_Part]) -> Timetable:
    """Return the timetable with other trips, one part a pattern."""
    counts = np.asarray([len(part.donor) for part in parts], dtype=np.int64)
    n_stops = np.diff(timetable.pattern_offset)
    donor = np.concatenate([part.donor for part in parts]).astype(np.int64)
    stays = np.concatenate([part.stays for part in parts])
    ids = _name_trips(timetable, donor)
    return replace(
        timetable,
        pattern_trip_offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        pattern_time_offset=np.concatenate(([0], np.cumsum(counts * n_stops))).astype(np.int32),
        arrival_s=np.concatenate([part.arrival_s.ravel() for part in parts]),
        departure_s=np.concatenate([part.departure_s.ravel() for part in parts]),
        trip_ids=ids,
        trip_seats=timetable.trip_seats[donor],
        trip_standing_m2=timetable.trip_standing_m2[donor],
        trip_is_headway=timetable.trip_is_headway[donor],
        trip_next=_following(timetable.trip_next, donor, stays),
        trip_wheelchair=timetable.trip_wheelchair[donor],
        trip_bikes=timetable.trip_bikes[donor],
    )


class _Part(NamedTuple):
    """Trips of one pattern: their times, the trip each follows, whether it is that trip."""

    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    donor: NDArray[np.int64]
    stays: NDArray[np.bool_]


def _keep_pattern(timetable: Timetable, pattern: int) -> _Part:
    arrival_s, departure_s = timetable.pattern_times(pattern)
    first, last = timetable.pattern_trip_offset[pattern : pattern + 2]
    donor = np.arange(first, last, dtype=np.int64)
    return _Part(arrival_s, departure_s, donor, np.ones(len(donor), dtype=np.bool_))


def _scale_pattern(
    timetable: Timetable, pattern: int, factor: float, start_s: int, end_s: int
) -> _Part:
    old = _keep_pattern(timetable, pattern)
    leaves_s = old.departure_s[:, 0]
    inside = np.flatnonzero((leaves_s >= start_s) & (leaves_s < end_s))
    n_old = len(inside)
    n_new = max(1, int(np.floor(n_old * factor + 0.5))) if n_old else 0
    if n_new == n_old:
        return old
    first = int(inside[0])
    place = np.linspace(0, n_old - 1, n_new) if n_new > 1 else np.asarray([(n_old - 1) / 2])
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, n_old - 1)
    weight = (place - low)[:, None]

    def around(values: NDArray[Any], new: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate((values[:first], new, values[first + n_old :]))

    def between(times: NDArray[np.int32]) -> NDArray[np.int32]:
        rows = times[inside]
        mixed = np.rint(rows[low] * (1 - weight) + rows[high] * weight)
        return around(times, mixed.astype(np.int32))

    return _Part(
        between(old.arrival_s),
        between(old.departure_s),
        around(old.donor, old.donor[inside][low]),
        around(old.stays, weight[:, 0] == 0),
    )


def _close_pattern(timetable: Timetable, pattern: int, start_s: int, end_s: int) -> _Part:
    old = _keep_pattern(timetable, pattern)
    leaves_s = old.departure_s[:, 0]
    runs = (leaves_s < start_s) | (leaves_s >= end_s)
    return _Part(old.arrival_s[runs], old.departure_s[runs], old.donor[runs], old.stays[runs])


def _following(
    trip_next: NDArray[np.int32], donor: NDArray[np.int64], stays: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return what each trip goes on as: what it did, where neither trip has changed."""
    new_of = np.full(len(trip_next) + 1, -1, dtype=np.int32)
    new_of[donor[stays]] = np.flatnonzero(stays)
    following: NDArray[np.int32] = np.where(stays, new_of[trip_next[donor]], -1).astype(np.int32)
    return following


def _name_trips(timetable: Timetable, donor: NDArray[np.int64]) -> tuple[str, ...]:
    """Name new trips after the trip they follow: the second of a kind gets ``+2``, and so on."""
    seen: dict[int, int] = {}
    names = []
    for trip in donor.tolist():
        seen[trip] = seen.get(trip, 0) + 1
        suffix = "" if seen[trip] == 1 else f"+{seen[trip]}"
        names.append(timetable.trip_ids[trip] + suffix)
    return tuple(names)
