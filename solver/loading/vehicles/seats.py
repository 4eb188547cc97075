"""Kept seats: who sits does so until getting off; who stands sits down in order of boarding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.loading.vehicles._run_kernels import sum_journeys
from solver.loading.vehicles._seat_kernels import TripCalls, TripLegs, price_kept_seats
from solver.loading.vehicles.calls import CallTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable
    from solver.crowding import SeatedStandingCurve
    from solver.loading.vehicles.assign import RunLoading
    from solver.loading.vehicles.paths import Journeys, RunChoices


@dataclass(frozen=True, slots=True, kw_only=True)
class RideMinutes:
    """By ride (legs of the journeys): extra minutes one bears, and minutes one sits."""

    extra_min: NDArray[np.float64]
    seated_min: NDArray[np.float64]

    def extra_by_journey(self, journeys: Journeys) -> NDArray[np.float64]:
        """Return the extra minutes of all of a journey's rides, shape (n_journeys,)."""
        summed = np.concatenate(([0.0], np.cumsum(self.extra_min)))
        return np.asarray(summed[journeys.leg_offset[1:]] - summed[journeys.leg_offset[:-1]])


class KeptSeats:
    """The rides of some journeys by trip, laid out once for many loads."""

    def __init__(self, calls: CallTable, journeys: Journeys) -> None:
        """Sort the rides by trip."""
        counts = np.bincount(journeys.leg_trip, minlength=len(calls.first))
        self.legs = TripLegs(
            offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            order=np.argsort(journeys.leg_trip, kind="stable").astype(np.int64),
            board=journeys.leg_board,
            alight=journeys.leg_alight,
        )
        self.calls = TripCalls(
            first=calls.first,
            n_calls=calls.n_calls,
            seats=calls.seats,
            room_m2=calls.room_m2,
            ride_min=calls.ride_s / 60.0,
        )
        self.n_rides = np.diff(journeys.leg_offset)

    def price(
        self,
        journey_pax: NDArray[np.float64],
        load_pax: NDArray[np.float64],
        curve: SeatedStandingCurve,
    ) -> RideMinutes:
        """Compute the minutes of every ride at passengers by journey and loads by call."""
        extra, seated = price_kept_seats(
            self.calls,
            self.legs,
            np.repeat(journey_pax, self.n_rides),
            load_pax,
            curve.slope,
            curve.standing,
        )
        return RideMinutes(extra_min=extra, seated_min=seated)


def find_seated_minutes(
    timetable: Timetable, choices: RunChoices, loading: RunLoading
) -> RideMinutes:
    """Find out how long those of each ride sit and what they bear, if seats are kept.

    Rides are the legs of ``choices.journeys``. With hard capacity those of the plans.
    """
    journeys = choices.journeys
    pax = sum_journeys(loading.flow_pax, choices.journey, len(journeys))
    seats = KeptSeats(CallTable.of(timetable), journeys)
    return seats.price(pax, loading.load_pax, loading.settings.curve)
