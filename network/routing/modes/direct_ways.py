"""Ways from door to door without transit, as itineraries: walk, bicycle, car, car-pool."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from network.routing._assemble import direct_walk
from network.routing.drives import Drive, find_drive
from network.routing.itineraries import Itinerary
from network.routing.modes.car_pool import find_pooled_drive
from network.routing.modes.combined_answers import Mode
from network.routing.modes.no_way import NoWay
from network.routing.street_legs import leg_of_drive
from network.streets.graph import StreetMode

if TYPE_CHECKING:
    from network.network import Network
    from network.routing.itineraries import Place
    from network.routing.modes.combined_answers import CombinedOptions
    from network.routing.modes.ends_search import When


def find_direct_way(
    network: Network,
    origin: Place,
    destination: Place,
    mode: Mode,
    when: When,
    options: CombinedOptions,
) -> Itinerary | NoWay:
    """Find the way by one mode all the way, or why there is none.

    It leaves at the departure that is asked for, or is there at the arrival. Places that are
    stops are left and reached as points.
    """
    if mode is Mode.WALK:
        start, end = replace(origin, stops=()), replace(destination, stops=())
        walk = direct_walk(network, start, end, 0, options.max_direct_walk_s)
        return NoWay.WALK_TOO_LONG if walk is None else shift_to(walk, when)
    if mode is Mode.CAR_POOL:
        leg = find_pooled_drive(
            network,
            origin,
            destination,
            departure_s=0,
            detour_factor=options.pool_detour,
            pickup_s=options.pool_pickup_s,
            occupants=options.pool_occupants,
        )
        return leg if isinstance(leg, NoWay) else shift_to(Itinerary(legs=(leg,)), when)
    drive = find_drive(network, origin, destination, StreetMode(str(mode)))
    if not isinstance(drive, Drive):
        return NoWay(str(drive))
    leg = leg_of_drive(drive, origin.name, destination.name, 0)
    return shift_to(Itinerary(legs=(leg,)), when)


def shift_to(way: Itinerary, when: When) -> Itinerary:
    """Return a way that may be taken at any time at the time that is asked for."""
    later_s = when.time_s - (way.arrival_s if when.is_arrival else way.departure_s)
    return Itinerary(
        legs=tuple(
            replace(leg, departure_s=leg.departure_s + later_s, arrival_s=leg.arrival_s + later_s)
            for leg in way.legs
        )
    )
