"""Runs: the departures of trips on a date, and those of the days beside it that touch it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import format_clock

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from network.building.calls import TripCalls

TODAY, DAY_BEFORE, DAY_AFTER = 0, -1, 1
NEXT_UNTIL_S = 43_200
"""Up to when trips of the day after set out that are taken along, seconds of its service day.

Noon: whoever sets out at night is there by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDays:
    """The service_ids that run on a date, the day before and the day after; none where unasked.

    ``before_length_s`` are the seconds from the start of the day before to that of the date,
    ``length_s`` those from there to the start of the day after.
    """

    today: set[str]
    before: set[str]
    after: set[str]
    before_length_s: int
    length_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRuns:
    """Departures: run ``r`` is trip ``trip[r]`` of the trip calls, moved by ``shift_s[r]``.

    ``leaves_s`` is the departure that frequencies.txt implies, -1 for a trip with times of
    its own; ``day`` is 0 for the service date, -1 for the day before and 1 for the day after,
    whose runs are moved into the service date's seconds.
    """

    trip: NDArray[np.int64]
    shift_s: NDArray[np.int64]
    leaves_s: NDArray[np.int64]
    is_headway: NDArray[np.bool_]
    day: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.trip)

    def take(self, rows: NDArray[np.int64]) -> TripRuns:
        """Return some runs, in the order given."""
        return TripRuns(
            trip=self.trip[rows],
            shift_s=self.shift_s[rows],
            leaves_s=self.leaves_s[rows],
            is_headway=self.is_headway[rows],
            day=self.day[rows],
        )

    def names(self, calls: TripCalls, service_date: dt.date) -> NDArray[np.object_]:
        """Return the trip_id of each run: ``trip``, ``trip@06:10:00``, ``trip/2024-05-14``."""
        clocks = {s: f"@{format_clock(s, with_seconds=True)}" for s in set(self.leaves_s.tolist())}
        clocks[-1] = ""
        # Day ordinals: only dates that have runs need be dates of the calendar.
        own = service_date.toordinal()
        suffix = {
            day: f"/{service_date.fromordinal(own + day)}" if day else ""
            for day in set(self.day.tolist())
        }
        ids = calls.trip_ids[self.trip].tolist()
        rows = zip(ids, self.leaves_s.tolist(), self.day.tolist(), strict=True)
        return np.array([f"{t}{clocks[s]}{suffix[d]}" for t, s, d in rows], dtype=object)


def select_runs(calls: TripCalls, runs: TripRuns, days: ServiceDays) -> TripRuns:
    """Return the runs of a service date, and those of the days beside it that touch it.

    A run of the day before is kept whole where two or more of its departures fall at or
    after 0:00 of the service date: its times before that are negative, so that nobody who
    sets out on the service date can board there. A run of the day after is kept where it sets
    out before :data:`NEXT_UNTIL_S` of that day.
    """
    service = calls.services[runs.trip]
    own = np.flatnonzero(np.isin(service, sorted(days.today)))
    spilled = np.flatnonzero(np.isin(service, sorted(days.before)))
    last_but_one = calls.departure_s[calls.offset[1:] - 2][runs.trip[spilled]]
    spilled = spilled[last_but_one + runs.shift_s[spilled] >= days.before_length_s]
    following = np.flatnonzero(np.isin(service, sorted(days.after)))
    sets_out_s = calls.first_departure_s[runs.trip[following]] + runs.shift_s[following]
    following = following[sets_out_s < NEXT_UNTIL_S]
    day = np.repeat((TODAY, DAY_BEFORE, DAY_AFTER), (len(own), len(spilled), len(following)))
    moved_s = np.array([0, days.length_s, -days.before_length_s])  # by day; -1 is the last place
    taken = runs.take(np.concatenate((own, spilled, following)))
    return TripRuns(
        trip=taken.trip,
        shift_s=taken.shift_s + moved_s[day],
        leaves_s=taken.leaves_s,
        is_headway=taken.is_headway,
        day=day.astype(np.int8),
    )
