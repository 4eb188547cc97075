"""Runs: the departures of trips on a date, and those of the day before that go on into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import format_clock

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from network.building.calls import TripCalls

TODAY, DAY_BEFORE = 0, -1


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRuns:
    """Departures: run ``r`` is trip ``trip[r]`` of the trip calls, moved by ``shift_s[r]``.

    ``leaves_s`` is the departure that frequencies.txt implies, -1 for a trip with times of
    its own; ``day`` is 0 for the service date and -1 for the day before, whose runs are
    moved into the service date's seconds.
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
        # Day ordinals, so that no date is too early to have a day before it.
        before = service_date.toordinal() - 1
        suffix = {TODAY: "", DAY_BEFORE: f"/{service_date.fromordinal(before)}" if before else "/"}
        ids = calls.trip_ids[self.trip].tolist()
        rows = zip(ids, self.leaves_s.tolist(), self.day.tolist(), strict=True)
        return np.array([f"{t}{clocks[s]}{suffix[d]}" for t, s, d in rows], dtype=object)


def select_runs(
    calls: TripCalls,
    runs: TripRuns,
    today: set[str],
    yesterday: set[str],
    day_length_s: int,
) -> TripRuns:
    """Return the runs of a service date, and those of the day before that go on into it.

    A run of the day before is kept whole where two or more of its departures fall at or
    after 0:00 of the service date: its times before that are negative, so that nobody who
    sets out on the service date can board there.
    """
    service = calls.services[runs.trip]
    own = np.flatnonzero(np.isin(service, sorted(today)))
    spilled = np.flatnonzero(np.isin(service, sorted(yesterday)))
    last_but_one = calls.departure_s[calls.offset[1:] - 2][runs.trip[spilled]]
    spilled = spilled[last_but_one + runs.shift_s[spilled] >= day_length_s]
    both = runs.take(np.concatenate((own, spilled)))
    is_spilled = np.arange(len(both)) >= len(own)
    return TripRuns(
        trip=both.trip,
        shift_s=both.shift_s - np.where(is_spilled, day_length_s, 0),
        leaves_s=both.leaves_s,
        is_headway=both.is_headway,
        day=np.where(is_spilled, DAY_BEFORE, TODAY).astype(np.int8),
    )
