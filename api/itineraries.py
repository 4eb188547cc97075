"""Answer a query for itineraries on a loaded territory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from api.schemas import End, ItineraryAnswer, ItineraryOut, Leg, StopCall
from api.text import get_words
from network.base import format_clock, parse_clock
from network.routing import (
    Place,
    RideLeg,
    WalkLeg,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
)

if TYPE_CHECKING:
    import datetime as dt

    from api.schemas import ItineraryQuery, Mode, Point
    from network import Network
    from network.routing import Itinerary, ItinerarySearch

# GTFS Schedule reference, routes.txt, route_type; extended types go by hundreds.
_MODES: dict[int, Mode] = {
    0: "tram",
    1: "metro",
    2: "rail",
    3: "bus",
    4: "ferry",
    5: "tram",
    6: "cable",
    7: "cable",
    11: "bus",
    12: "rail",
}
_EXTENDED_MODES: dict[int, Mode] = {
    1: "rail",
    2: "bus",
    3: "rail",
    4: "metro",
    5: "metro",
    6: "metro",
    7: "bus",
    8: "bus",
    9: "tram",
    10: "ferry",
    12: "ferry",
    13: "cable",
    14: "cable",
}


class Served(Protocol):
    """What itineraries need of a territory: its network on a date, and what to say with it."""

    @property
    def name(self) -> str:
        """Short name."""

    @property
    def service_date(self) -> dt.date:
        """Date that runs."""

    @property
    def network(self) -> Network:
        """What is searched."""

    @property
    def notes(self) -> dict[str, tuple[str, ...]]:
        """What every answer says, by language."""


def answer_query(territory: Served, query: ItineraryQuery, *, lang: str) -> ItineraryAnswer:
    """Search itineraries and return them with named legs, or the reason why there is none."""
    words = get_words(lang)
    origin = _place(query.origin, words("itinerary.origin"))
    destination = _place(query.destination, words("itinerary.destination"))
    search = _search(territory, query, origin, destination)
    found = list(search.itineraries)
    if search.direct_walk is not None and search.direct_walk not in found:
        found.insert(0, search.direct_walk)
    notes = list(territory.notes.get(lang, ()))
    if any(leg.is_headway for itinerary in found for leg in itinerary.rides):
        notes.append(words("itinerary.headway_note"))
    none = not found and search.reason is not None
    return ItineraryAnswer(
        territory=territory.name,
        service_date=territory.service_date,
        itineraries=[_itinerary(itinerary, origin, destination) for itinerary in found],
        reason=search.reason.text(lang) if none and search.reason else None,
        reason_code=str(search.reason) if none else None,
        notes=notes,
    )


def name_mode(route_type: int) -> Mode:
    """Return the mode of a GTFS route type, basic or extended."""
    if route_type >= 100:
        return _EXTENDED_MODES.get(route_type // 100, "other")
    return _MODES.get(route_type, "other")


def _place(point: Point, name: str) -> Place:
    return Place(name=name, lat=point.lat, lon=point.lon)


def _search(
    territory: Served, query: ItineraryQuery, origin: Place, destination: Place
) -> ItinerarySearch:
    network = territory.network
    if query.arrive is not None:
        return find_itineraries_arriving(
            network,
            origin,
            destination,
            arrival_s=parse_clock(query.arrive),
            window_s=None if query.window_min is None else 60 * query.window_min,
            max_rides=query.max_rides,
        )
    depart_s = parse_clock(query.depart or "")
    if query.window_min is not None:
        return find_itineraries_range(
            network,
            origin,
            destination,
            earliest_s=depart_s,
            latest_s=depart_s + 60 * query.window_min,
            max_rides=query.max_rides,
        )
    return find_itineraries(
        network, origin, destination, departure_s=depart_s, max_rides=query.max_rides
    )


def _itinerary(itinerary: Itinerary, origin: Place, destination: Place) -> ItineraryOut:
    legs = [
        _ride(leg) if isinstance(leg, RideLeg) else _walk(leg, origin, destination)
        for leg in itinerary.legs
    ]
    return ItineraryOut(
        departure_s=itinerary.departure_s,
        arrival_s=itinerary.arrival_s,
        departure=format_clock(itinerary.departure_s),
        arrival=format_clock(itinerary.arrival_s),
        duration_s=itinerary.duration_s,
        transfers=max(0, itinerary.n_rides - 1),
        walk_m=round(itinerary.walk_m, 1),
        legs=legs,
    )


def _walk(leg: WalkLeg, origin: Place, destination: Place) -> Leg:
    first, last = leg.points[0], leg.points[-1]
    return Leg(
        mode="walk",
        origin=End(name=leg.from_name or origin.name, lat=first[0], lon=first[1]),
        destination=End(name=leg.to_name or destination.name, lat=last[0], lon=last[1]),
        departure_s=leg.departure_s,
        arrival_s=leg.arrival_s,
        departure=format_clock(leg.departure_s),
        arrival=format_clock(leg.arrival_s),
        duration_s=leg.arrival_s - leg.departure_s,
        distance_m=round(leg.metres, 1),
        source_class=str(leg.source_class),
    )


def _ride(leg: RideLeg) -> Leg:
    first, last = leg.calls[0], leg.calls[-1]
    return Leg(
        mode=name_mode(leg.route_type),
        line=leg.line,
        headsign=leg.headsign or None,
        trip_id=leg.trip_id,
        origin=End(
            name=leg.from_name, lat=first.lat, lon=first.lon, platform=leg.from_platform or None
        ),
        destination=End(
            name=leg.to_name, lat=last.lat, lon=last.lon, platform=leg.to_platform or None
        ),
        departure_s=leg.departure_s,
        arrival_s=leg.arrival_s,
        departure=format_clock(leg.departure_s),
        arrival=format_clock(leg.arrival_s),
        duration_s=leg.arrival_s - leg.departure_s,
        distance_m=round(leg.metres, 1),
        source_class=str(leg.source_class),
        is_headway=leg.is_headway,
        stops=[
            StopCall(
                name=call.name,
                lat=call.lat,
                lon=call.lon,
                arrival_s=call.arrival_s,
                departure_s=call.departure_s,
                arrival=format_clock(call.arrival_s),
                departure=format_clock(call.departure_s),
            )
            for call in leg.calls
        ],
    )
