"""Hard capacity: the day run through, call by call, with queues on the platforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.loading.vehicles._queue_kernels import Day, Plans, order_events, run_events
from solver.loading.vehicles._run_kernels import count_calls
from solver.loading.vehicles.settings import LeftBehind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable
    from solver.loading.vehicles.calls import CallTable
    from solver.loading.vehicles.paths import Journeys, RunChoices
    from solver.loading.vehicles.settings import RunSettings

UNSERVED_S = 7200
"""How late somebody counts whom no vehicle took till the end of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Boarded:
    """Who gets on and off at every call and who is left behind; how late each entry arrives.

    Who stays seated while a vehicle goes on as another trip gets off the one and on the other.
    """

    boarding: NDArray[np.float64]
    alighting: NDArray[np.float64]
    left_behind: NDArray[np.float64]
    entry_late_min: NDArray[np.float64]
    unserved_pax: float

    @classmethod
    def on_time(cls, pax: NDArray[np.float64], journeys: Journeys, n_calls: int) -> Boarded:
        """Let everybody board the run of their journey; ``pax`` is by journey."""
        boarding, alighting = count_calls(
            pax, journeys.leg_offset, journeys.leg_board, journeys.leg_alight, n_calls
        )
        return cls(
            boarding=boarding,
            alighting=alighting,
            left_behind=np.zeros(n_calls),
            entry_late_min=np.zeros(0),
            unserved_pax=0.0,
        )


class PlatformQueues:
    """The day's events in order and everybody's plans, laid out once for many runs."""

    def __init__(
        self, timetable: Timetable, calls: CallTable, choices: RunChoices, settings: RunSettings
    ) -> None:
        time, level = order_events(
            timetable.arrival_s, timetable.departure_s, calls.first, calls.n_calls
        )
        self.events = np.lexsort((np.arange(len(time)), level, time))
        self.choose_again = settings.left_behind is LeftBehind.CHOOSE
        route = timetable.pattern_route[
            np.searchsorted(timetable.pattern_offset, calls.segment, side="right") - 1
        ]
        lines = timetable.routes.lines
        number = {line: idx for idx, line in enumerate(sorted(set(lines)))}
        line = np.asarray([number[name] for name in lines], dtype=np.int64)[route]
        _, queue = np.unique(calls.stop * len(number) + line, return_inverse=True)
        self.day = Day(
            arrival_s=timetable.arrival_s,
            departure_s=timetable.departure_s,
            trip=calls.trip,
            stop=calls.stop,
            segment=calls.segment,
            pickup=timetable.pattern_pickup,
            dropoff=timetable.pattern_dropoff,
            queue=queue.astype(np.int32),
            first=calls.first,
            n_calls=calls.n_calls,
            trip_next=timetable.trip_next,
            capacity=timetable.trip_seats + settings.full_pax_m2 * timetable.trip_standing_m2,
            station=timetable.stops.station,
        )
        journeys = choices.journeys
        self.plans = Plans(
            offset=choices.offset,
            group=choices.group_of_entry(),
            journey=choices.journey,
            first_ready_s=_first_ready_s(choices),
            arrival_s=journeys.arrival_s,
            egress_s=journeys.egress_s,
            leg_offset=journeys.leg_offset,
            leg_board=journeys.leg_board,
            leg_alight=journeys.leg_alight,
            leg_walk_s=journeys.leg_walk_s,
            leg_seated=journeys.leg_seated,
        )

    def run(self, flow: NDArray[np.float64]) -> Boarded:
        """Run the day with people by entry, shape (n_entries,)."""
        boarding, alighting, left_behind, late_min, unserved = run_events(
            self.day, self.plans, self.events, flow, self.choose_again, UNSERVED_S
        )
        return Boarded(
            boarding=boarding,
            alighting=alighting,
            left_behind=left_behind,
            entry_late_min=late_min,
            unserved_pax=float(unserved),
        )


def _first_ready_s(choices: RunChoices) -> NDArray[np.int32]:
    """Return when each entry's people reach their first stop, seconds.

    Who must be there at a given minute sets out for a given vehicle; who sets out at a given
    minute walks to the stop at once and waits there.
    """
    journeys = choices.journeys
    if len(journeys) == 0:
        return np.zeros(choices.n_entries, dtype=np.int32)
    access_s = journeys.leg_walk_s[journeys.leg_offset[:-1]][choices.journey]
    out_s = journeys.departure_s[choices.journey]
    if choices.by_departure:
        out_s = choices.wanted_s[choices.group_of_entry()]
    ready: NDArray[np.int32] = (out_s + access_s).astype(np.int32)
    return ready
