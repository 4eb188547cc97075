"""What has to be booked, or agreed with the driver, to board or to get off: booking_rules.txt."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from network.timetable import RUN_SUFFIX

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_RULE = -1


class BookingKind(IntEnum):
    """When one may book, by GTFS's own numbers; UNSAID where a feed names nothing but a phone."""

    UNSAID = -1
    REAL_TIME = 0
    SAME_DAY = 1
    DAYS_BEFORE = 2


class Arrangement(IntEnum):
    """Whom one arranges a pick-up or a drop-off with; the two calls to make by GTFS's numbers."""

    BY_RULE = 0
    AGENCY = 2
    DRIVER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRule:
    """One row of booking_rules.txt; texts are "" and numbers None where it says nothing.

    ``notice_min`` and ``notice_max_min`` are how many minutes before travel one has to book at
    the latest, and may at the earliest. ``last_day`` and ``first_day`` are the same in days
    before travel, at ``last_time_s`` and ``first_time_s`` by the clock, seconds after midnight;
    with ``on_working_days``, of days on which whoever takes bookings works, which are not known
    here.
    """

    kind: BookingKind
    notice_min: int | None = None
    notice_max_min: int | None = None
    last_day: int | None = None
    last_time_s: int | None = None
    first_day: int | None = None
    first_time_s: int | None = None
    on_working_days: bool = False
    message: str = ""
    pickup_message: str = ""
    dropoff_message: str = ""
    phone: str = ""
    info_url: str = ""
    booking_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookings:
    """Which calls have to be arranged, of the trips in use.

    ``trips`` are the trip_id of the feeds, sorted; entries of trip ``t`` are ``offset[t]`` to
    ``offset[t + 1]`` of the arrays, shape (n_entries,) each: the place of the call in its trip,
    whether it is boarding there that is arranged or getting off, with whom
    (:class:`Arrangement`), and which of ``rules`` holds, or :data:`NO_RULE`.
    """

    rules: tuple[BookingRule, ...]
    trips: tuple[str, ...]
    offset: NDArray[np.int32]
    stop_pos: NDArray[np.int32]
    is_pickup: NDArray[np.bool_]
    arrangement: NDArray[np.int8]
    rule: NDArray[np.int32]

    def find(
        self, trip_id: str, stop_pos: int, *, is_pickup: bool
    ) -> tuple[Arrangement, BookingRule | None] | None:
        """Find what a run's call has to be arranged by; None where it needs nothing."""
        for name in dict.fromkeys((trip_id, RUN_SUFFIX.sub("", trip_id))):
            trip = bisect_left(self.trips, name)
            if trip == len(self.trips) or self.trips[trip] != name:
                continue
            for entry in range(int(self.offset[trip]), int(self.offset[trip + 1])):
                if self.stop_pos[entry] == stop_pos and bool(self.is_pickup[entry]) is is_pickup:
                    rule = int(self.rule[entry])
                    return (
                        Arrangement(int(self.arrangement[entry])),
                        None if rule == NO_RULE else self.rules[rule],
                    )
        return None
