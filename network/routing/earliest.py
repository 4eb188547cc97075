"""When one can be at a place at the earliest, without the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.routing.engines.doors import door_earliest
from network.routing.opened import open_routing
from network.timetable import UNREACHED_S
from network.walking.access import walk_between
from network.walking.street_stops import find_stops

if TYPE_CHECKING:
    from network.network import Network
    from network.routing.itineraries import Place


def find_earliest_arrival(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    departure_s: int,
    max_access_s: int = 1200,
    max_direct_walk_s: int = 1800,
) -> int:
    """Compute when one can be at a place at the earliest, by any rides or all on foot.

    Quicker than :func:`network.routing.find_itineraries`, which tells how.

    Parameters
    ----------
    departure_s
        Earliest time of leaving the origin, seconds of the service day.
    max_access_s, max_direct_walk_s
        Longest walk to and from stops, and longest walk all the way, in seconds.

    Returns
    -------
    arrival_s
        Seconds of the service day; UNREACHED_S where there is no way.
    """
    bound_s = UNREACHED_S
    if not (origin.stops or destination.stops):
        ends = (origin.lat, origin.lon), (destination.lat, destination.lon)
        walk = walk_between(network, *ends, max_walk_s=max_direct_walk_s)
        if walk is not None:
            bound_s = departure_s + walk.seconds
    arrival_s = door_earliest(
        open_routing(network).door(),
        *find_stops(network, origin, max_access_s),
        *find_stops(network, destination, max_access_s, reverse=True),
        departure_s,
        bound_s=bound_s,
    )
    return min(arrival_s, bound_s)
