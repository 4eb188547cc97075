"""Car parks that a query may use: those given with it, else those of the territory's streets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from network.base.kept import Kept
from network.readers.osm_car_parks import OsmCarParks, read_osm_car_parks
from network.routing.modes.park_and_ride import CarPark
from scenarios.network_pack import NetworkPack

if TYPE_CHECKING:
    from api.itineraries import Served
    from api.itinerary_query import ItineraryQuery
    from network.timetable import Stops
    from scenarios.report import Catalogue

_KEPT = 2
_kept: Kept[OsmCarParks] = Kept(_KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCarParks:
    """Car parks for park and ride, and what an answer has to say of them."""

    parks: tuple[CarPark, ...] = ()
    notes: tuple[str, ...] = ()


def find_car_parks(territory: Served, query: ItineraryQuery, words: Catalogue) -> KnownCarParks:
    """Find the car parks of a query; none where it does not go by park and ride.

    Raises
    ------
    InputError
        If the territory's streets cannot be read again.
    """
    if not query.allows("park-and-ride"):
        return KnownCarParks()
    if query.car_parks:
        given = [
            CarPark(
                name=park.name or f"{park.lat:g},{park.lon:g}",
                lat=park.lat,
                lon=park.lon,
                capacity=park.capacity,
                transfer_s=park.transfer_s,
            )
            for park in query.car_parks
        ]
        return KnownCarParks(parks=tuple(given))
    if not isinstance(territory, NetworkPack) or territory.built.inputs.osm is None:
        return KnownCarParks()
    path = territory.built.inputs.osm
    found = _kept.find((territory.network,), lambda: read_osm_car_parks(path), values=(str(path),))
    stops = territory.network.timetable.stops
    parks = tuple(
        park if park.name else replace(park, name=_name_by_station(park, stops, words))
        for park in found.parks
    )
    return KnownCarParks(parks=parks, notes=_describe(found, words))


def _name_by_station(park: CarPark, stops: Stops, words: Catalogue) -> str:
    """Return a name for a car park that the map does not name."""
    nearest = int(np.argmin(distance_m(stops.lat, stops.lon, park.lat, park.lon)))
    return words("itinerary.car_park_near", stop=stops.names[nearest])


def _describe(found: OsmCarParks, words: Catalogue) -> tuple[str, ...]:
    key = "itinerary.car_parks_marked" if found.is_park_and_ride else "itinerary.car_parks_open"
    notes = [words(key, count=len(found.parks))]
    if found.log.total:
        kinds = [
            f"{words.number(count, 0)} {words.find('car_parks_aside', kind)}"
            for kind, count in found.log.counts.items()
        ]
        notes.append(words("itinerary.car_parks_aside", kinds=", ".join(kinds)))
    return tuple(notes)
