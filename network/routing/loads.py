"""How full vehicles are between calls, and what that does to riding in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.timetable import Timetable

FULL = 1.0
"""Load factor from which a segment counts as crowded: 4 standing passengers a square metre."""
FULL_PAX_M2 = 4.0
"""Standing passengers a square metre in a vehicle that is full."""
_MAX_MULTIPLIER = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLoads:
    """Load factors of single trips, segment by segment.

    ``load_factor`` is passengers over capacity on leaving each call, float32, aligned with
    ``Timetable.departure_s``: 1 where a vehicle is full, with its seats taken and 4 standing
    passengers a square metre. What stands at a trip's last call is not looked at. The dwell at
    a call counts with the segment before it.

    Raises
    ------
    NetworkInputError
        If the array is not float32 of one dimension, or a value is negative or not finite.
    """

    load_factor: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Refuse what no load factor can be."""
        values = self.load_factor
        if values.ndim != 1 or values.dtype != np.float32:
            raise _refused(f"{values.dtype} of {values.ndim} dimensions", "one float32 a call")
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if len(wrong):
            found = f"{values[wrong[0]]} at {wrong[0]} and {len(wrong) - 1} others"
            raise _refused(found, "finite load factors of 0 or more")

    def refuse_other(self, timetable: Timetable) -> None:
        """Refuse a timetable that these loads are not of.

        Raises
        ------
        NetworkInputError
            If there is not one load factor for each of its calls.
        """
        if len(self.load_factor) != timetable.n_stop_times:
            raise _refused(
                f"{len(self.load_factor)} values", f"{timetable.n_stop_times}, one a call"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdingCurve:
    """How long a second feels in a vehicle, by standing passengers a square metre.

    Straight between the points ``pax_m2`` (increasing) and ``multiplier`` (1 to 10), level
    beyond both ends. The default is ``1 + 0.10 d`` up to 10 passengers a square metre: 1.4
    where a vehicle is full.

    Raises
    ------
    NetworkInputError
        If the points are no such curve.

    References
    ----------
    Kroes, Kouwenhoven, Debrincat, Pauget, "Value of crowding on public transport in
    Ile-de-France", Transportation Research Record 2417, 2014, doi:10.3141/2417-05. Tirachini,
    Sun, Erath, Chakirov, Transport Policy 47, 2016, doi:10.1016/j.tranpol.2015.12.004. The slope,
    0.05 to 0.15 in such studies, is a choice.
    """

    pax_m2: tuple[float, ...] = (0.0, 10.0)
    multiplier: tuple[float, ...] = (1.0, 2.0)

    def __post_init__(self) -> None:
        """Refuse points that are no curve."""
        x, y = np.asarray(self.pax_m2), np.asarray(self.multiplier)
        fits = len(x) == len(y) > 0 and bool(np.isfinite(x).all() and (np.diff(x) > 0).all())
        if not fits or not ((y >= 1) & (y <= _MAX_MULTIPLIER)).all():
            raise NetworkInputError(
                Problem(
                    file="<crowding curve>",
                    field="multiplier",
                    found=f"{self.multiplier} at {self.pax_m2}",
                    expected=f"as many increasing densities as multipliers of 1 to "
                    f"{_MAX_MULTIPLIER:g}",
                    mend="Give both as lists of one length.",
                )
            )

    def at(self, pax_m2: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the multiplier at standing densities, passengers a square metre."""
        found: NDArray[np.float64] = np.interp(pax_m2, self.pax_m2, self.multiplier)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """How full the vehicle of a ride is: the largest load factor, and the crowded seconds."""

    max_load_factor: float
    crowded_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RideSums:
    """Sums along every trip from its first call: on arriving at a call and on leaving it.

    Aligned with ``Timetable.arrival_s``. A ride from call ``i`` to ``j`` has ``on_arriving[j]``
    less ``on_leaving[i]``.
    """

    on_arriving: NDArray[np.int32]
    on_leaving: NDArray[np.int32]


def find_calls(timetable: Timetable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the trip_idx of every stop time, and where each trip's times start.

    Shapes (n_stop_times,) and (n_trips,).
    """
    n_calls = np.diff(timetable.pattern_offset).astype(np.int64)
    n_trips = np.diff(timetable.pattern_trip_offset)
    pattern = np.repeat(np.arange(timetable.n_patterns), n_trips)
    row = np.arange(timetable.n_trips) - timetable.pattern_trip_offset[pattern]
    start = timetable.pattern_time_offset[pattern] + row * n_calls[pattern]
    trip_at = np.empty(timetable.n_stop_times, dtype=np.int64)
    lengths = n_calls[pattern]
    first = np.cumsum(lengths) - lengths
    trip = np.repeat(np.arange(timetable.n_trips), lengths)
    trip_at[np.arange(len(trip)) - first[trip] + start[trip]] = trip
    return trip_at, start.astype(np.int64)


def compute_fingerprint(timetable: Timetable) -> str:
    """Compute a word that two timetables share where every run, stop and time is the same."""
    digest = hashlib.sha256(timetable.service_date.isoformat().encode())
    for names in (timetable.trip_ids, timetable.stops.ids):
        digest.update("\0".join(names).encode())
        digest.update(b"\1")
    for values in (
        timetable.pattern_offset,
        timetable.pattern_stop,
        timetable.pattern_trip_offset,
        timetable.arrival_s,
        timetable.departure_s,
    ):
        digest.update(np.ascontiguousarray(values, dtype="<i4").tobytes())
    return digest.hexdigest()


def compute_sums(timetable: Timetable, rate: NDArray[np.int64]) -> RideSums:
    """Sum ``rate`` a second, by segment on leaving each call, along every trip.

    Parameters
    ----------
    rate
        Of the segment that leaves a call and of the dwell at its end, aligned with
        ``Timetable.departure_s``.

    Raises
    ------
    NetworkInputError
        If a sum is beyond 32 bits.
    """
    trip_at, start = find_calls(timetable)
    arrival = timetable.arrival_s.astype(np.int64)
    departure = timetable.departure_s.astype(np.int64)
    before = np.roll(rate, 1)
    is_first = np.zeros(len(rate), dtype=np.bool_)
    is_first[start] = True
    moving = np.where(is_first, 0, before * (arrival - np.roll(departure, 1)))
    standing = np.where(is_first, 0, before * (departure - arrival))
    total = np.cumsum(moving + standing)
    left = total - total[start][trip_at]
    if left.max(initial=0) > np.iinfo(np.int32).max:
        raise _refused("a trip whose sum is beyond 32 bits", "smaller weights or shorter trips")
    return RideSums(
        on_arriving=(left - standing).astype(np.int32), on_leaving=left.astype(np.int32)
    )


def compute_density(timetable: Timetable, loads: SegmentLoads) -> NDArray[np.float64]:
    """Compute standing passengers a square metre on leaving each call, shape (n_stop_times,).

    All seats are taken first. Where a vehicle has no standing room, whoever is beyond its
    seats stands as densely as in a full one.
    """
    trip_at, _ = find_calls(timetable)
    seats, room = timetable.trip_seats[trip_at], timetable.trip_standing_m2[trip_at]
    standing = loads.load_factor * (seats + FULL_PAX_M2 * room) - seats
    dense = np.where(room > 0, standing / np.where(room > 0, room, 1.0), FULL_PAX_M2)
    density: NDArray[np.float64] = np.where(standing > 0, dense, 0.0)
    return density


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdedRides:
    """Looks up how full single rides are; ``crowded_from`` is a load factor."""

    timetable: Timetable
    loads: SegmentLoads
    crowded_from: float = FULL
    sums: RideSums = field(init=False)

    def __post_init__(self) -> None:
        """Sum the crowded seconds along every trip."""
        self.loads.refuse_other(self.timetable)
        crowded = (self.loads.load_factor >= np.float32(self.crowded_from)).astype(np.int64)
        object.__setattr__(self, "sums", compute_sums(self.timetable, crowded))

    def find(self, pattern_idx: int, trip_idx: int, board_pos: int, alight_pos: int) -> Occupancy:
        """Return the occupancy of a ride from one place in a pattern to another."""
        timetable = self.timetable
        first, last = timetable.pattern_offset[pattern_idx : pattern_idx + 2]
        row = trip_idx - int(timetable.pattern_trip_offset[pattern_idx])
        at = int(timetable.pattern_time_offset[pattern_idx]) + row * int(last - first)
        on_way = self.loads.load_factor[at + board_pos : at + alight_pos]
        crowded = self.sums.on_arriving[at + alight_pos] - self.sums.on_leaving[at + board_pos]
        return Occupancy(
            max_load_factor=float(on_way.max(initial=0.0)), crowded_s=max(0, int(crowded))
        )


def _refused(found: str, expected: str) -> NetworkInputError:
    return NetworkInputError(
        Problem(
            file="<segment loads>",
            field="load_factor",
            found=found,
            expected=expected,
            mend="Compute the loads on the timetable that is searched, as float32.",
        )
    )
