"""Journeys found with time run backwards, turned back into journeys of the true timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.routing.engines.profile import ProfileJourneys

if TYPE_CHECKING:
    from network.timetable import Timetable


def turn_back(timetable: Timetable, found: ProfileJourneys) -> ProfileJourneys:
    """Return journeys of the mirrored graph as who travels them sees them, in the same order.

    There a journey sets out from the destination at minus its arrival, its legs stand last
    first and positions are counted from the end of each pattern.
    """
    n_legs = np.diff(found.leg_offset)
    last = np.repeat(found.leg_offset[1:] - 1, n_legs)
    first = np.repeat(found.leg_offset[:-1], n_legs)
    at = np.arange(len(found.leg_trip))
    turned = first + last - at
    pattern = found.leg_pattern[turned]
    end = np.diff(timetable.pattern_offset)[pattern] - 1
    # A leg goes on in the seat of the leg before where, mirrored, that one went on in its own.
    follows = np.minimum(turned + 1, len(turned) - 1)
    seated = (at > first) & found.leg_seated[follows]
    return ProfileJourneys(
        target=found.target,
        n_rides=found.n_rides,
        departure_s=-found.arrival_s,
        arrival_s=-found.departure_s,
        access_s=found.egress_s,
        egress_s=found.access_s,
        leg_offset=found.leg_offset,
        leg_trip=found.leg_trip[turned],
        leg_pattern=pattern,
        leg_board_pos=(end - found.leg_alight_pos[turned]).astype(np.int32),
        leg_alight_pos=(end - found.leg_board_pos[turned]).astype(np.int32),
        leg_seated=np.asarray(seated, dtype=np.bool_),
    )
