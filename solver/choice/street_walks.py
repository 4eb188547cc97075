"""Walks between places and stops as the router walks them: over streets where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.walking.street_stops import StreetStops
from solver.choice.access import StreetWalks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Network
    from solver.choice.access import Places, WalkRules


def find_walks(network: Network, places: Places, rules: WalkRules) -> StreetWalks:
    """Find the walks between places and stops within ``rules.max_s``, as the router walks them.

    To the second those of :func:`network.walking.access.walk_access`: over the streets, and
    straight where there are none or a place or a stop is off them.
    """
    stops = StreetStops(network, rules.max_s, speed_mps=rules.speed_mps, detour=rules.detour)

    def walks(*, reverse: bool) -> NDArray[np.float64]:
        found = stops.access_many(places.lat, places.lon, reverse=reverse)
        seconds = np.full((len(places), network.timetable.n_stops), np.inf)
        place = np.repeat(np.arange(len(places)), np.diff(found.offset))
        seconds[place, found.stop] = found.seconds
        return seconds

    return StreetWalks(to_stop_s=walks(reverse=False), from_stop_s=walks(reverse=True))
