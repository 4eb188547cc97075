"""Journeys of several searches from one origin, joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.choice._choice_kernels import (
    RANKS_PER_SEARCH,
    journey_costs,
    journey_signatures,
)
from solver.choice.alternatives import find_ranges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.routing import ProfileJourneys
    from network.timetable import Timetable
    from solver.choice.alternatives import CostWeights


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedJourneys:
    """Journeys of several searches as one list, sorted by (target, rank, departure).

    Arrays as in :class:`network.routing.ProfileJourneys`; ``first_stop`` and ``last_stop`` are
    the ``stop_idx`` of the first boarding and of the last alighting, ``rank`` numbers the
    search and the rides in one.
    """

    target: NDArray[np.int32]
    rank: NDArray[np.int64]
    departure_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    first_stop: NDArray[np.int32]
    last_stop: NDArray[np.int32]
    leg_offset: NDArray[np.int64]
    leg_trip: NDArray[np.int32]
    leg_pattern: NDArray[np.int32]
    leg_board_pos: NDArray[np.int32]
    leg_alight_pos: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        numbered: Sequence[tuple[NDArray[np.int64], ProfileJourneys]],
        pattern_offset: NDArray[np.int32],
        pattern_stop: NDArray[np.int32],
    ) -> MergedJourneys:
        """Merge searches; a journey's rank is its search's number and its rides.

        Each search comes with the numbers that its targets have in the whole.
        """
        searches = [search for _, search in numbered]
        counts = [np.diff(search.leg_offset) for search in searches]
        n_legs = np.concatenate(counts).astype(np.int64)
        leg_start = np.concatenate(([0], np.cumsum(n_legs)))[:-1]
        rank = np.concatenate(
            [search.n_rides + RANKS_PER_SEARCH * k for k, search in enumerate(searches)]
        ).astype(np.int64)
        target = np.concatenate([number[search.target] for number, search in numbered])
        departure_s = np.concatenate([search.departure_s for search in searches])
        order = np.lexsort((departure_s, rank, target))
        legs = find_ranges(leg_start[order], (leg_start + n_legs)[order])
        trip, pattern, board, alight = (
            np.concatenate([getattr(search, name) for search in searches])[legs]
            for name in ("leg_trip", "leg_pattern", "leg_board_pos", "leg_alight_pos")
        )
        leg_offset = np.concatenate(([0], np.cumsum(n_legs[order])))
        first, last = leg_offset[:-1], leg_offset[1:] - 1
        arrival_s, access_s, egress_s = (
            np.concatenate([getattr(search, name) for search in searches])[order]
            for name in ("arrival_s", "access_s", "egress_s")
        )
        return cls(
            target=target[order],
            rank=rank[order],
            departure_s=departure_s[order],
            arrival_s=arrival_s,
            access_s=access_s,
            egress_s=egress_s,
            first_stop=pattern_stop[pattern_offset[pattern[first]] + board[first]],
            last_stop=pattern_stop[pattern_offset[pattern[last]] + alight[last]],
            leg_offset=leg_offset,
            leg_trip=trip,
            leg_pattern=pattern,
            leg_board_pos=board,
            leg_alight_pos=alight,
        )

    def price(
        self,
        timetable: Timetable,
        connectors_min: tuple[NDArray[np.float64], NDArray[np.float64]],
        weights: CostWeights,
    ) -> NDArray[np.float64]:
        """Compute the fixed cost of each journey, minutes of riding, shape (n_journeys,).

        ``connectors_min`` are the walks to the first stop and from the last, by journey.
        """
        cost: NDArray[np.float64] = journey_costs(
            self.departure_s,
            self.arrival_s,
            self.access_s,
            self.egress_s,
            *connectors_min,
            self.leg_offset,
            self.leg_trip,
            self.leg_pattern,
            self.leg_board_pos,
            self.leg_alight_pos,
            timetable.pattern_offset,
            timetable.pattern_trip_offset,
            timetable.pattern_time_offset,
            timetable.departure_s,
            timetable.arrival_s,
            weights.wait,
            weights.change_min,
        )
        return cost

    def sign(self, timetable: Timetable, pattern_line: NDArray[np.int64]) -> NDArray[np.int64]:
        """Compute a number of each journey that tells routes apart by lines and stops."""
        signature: NDArray[np.int64] = journey_signatures(
            self.leg_offset,
            self.leg_pattern,
            self.leg_board_pos,
            self.leg_alight_pos,
            timetable.pattern_offset,
            timetable.pattern_stop,
            pattern_line,
        )
        return signature
