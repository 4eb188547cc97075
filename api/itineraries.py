"""Answer a query for itineraries on a loaded territory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from api.itinerary_direct import find_direct
from api.itinerary_legs import Writer, describe_emissions, name_mode
from api.itinerary_nearest import count_rides, find_nearest
from api.schemas import ItineraryAnswer
from api.text import get_words
from network.base import SourceClass, parse_clock
from network.routing import (
    ItinerarySearch,
    NoAnswer,
    Place,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
)

if TYPE_CHECKING:
    import datetime as dt

    from api.schemas import Emissions, ItineraryOut, ItineraryQuery, Point
    from network import Network
    from network.routing import Itinerary
    from scenarios.report import Catalogue

__all__ = ["Served", "answer_query", "name_mode"]

_MAX_DIRECT_WALK_S = 1800
_MANY_RIDES = 12


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
    """Search itineraries and return them with named legs, or the reason why there is none.

    ``itineraries`` are by transit, with the walk all the way where that is short; where
    transit may not be used, they are the direct ways.
    """
    words = get_words(lang)
    origin = _place(query.origin, words("itinerary.origin"))
    destination = _place(query.destination, words("itinerary.destination"))
    writer = Writer(origin=origin, destination=destination, geometry=query.geometry)
    search = _search(territory, query, origin, destination)
    found = list(search.itineraries)
    if search.direct_walk is not None and search.direct_walk not in found:
        found.insert(0, search.direct_walk)
    time_s = parse_clock(query.arrive or query.depart or "")
    direct, direct_notes = find_direct(territory.network, query, writer, time_s, words)
    emissions = describe_emissions(territory.network.timetable.timezone)
    none = search.reason if not found else None
    nearest = None
    if none is NoAnswer.TOO_MANY_RIDES:
        more = query.model_copy(update={"max_rides": _MANY_RIDES})
        nearest = count_rides(_search(territory, more, origin, destination), words)
    elif none is not None:
        nearest = find_nearest(territory.network, query, (origin, destination), none, words)
        if query.arrive is None and nearest is not None and nearest.last_departure is not None:
            none = NoAnswer.AFTER_LAST_DEPARTURE
    reason, code = (None, None) if none is None else (none.text(lang), str(none))
    written = [writer.write(itinerary) for itinerary in found]
    if not _allows(query, "transit"):
        written = direct
        if not direct:
            reason, code = " ".join(direct_notes), "no_direct_way"
    notes = [*territory.notes.get(lang, ()), *_notes(found, [*written, *direct], emissions, words)]
    return ItineraryAnswer(
        territory=territory.name,
        service_date=territory.service_date,
        itineraries=written,
        reason=reason,
        reason_code=code,
        nearest=nearest,
        direct=direct,
        emissions=emissions,
        notes=[*notes, *direct_notes],
    )


def _notes(
    found: list[Itinerary], written: list[ItineraryOut], emissions: Emissions, words: Catalogue
) -> list[str]:
    notes = []
    if any(leg.is_headway for itinerary in found for leg in itinerary.rides):
        notes.append(words("itinerary.headway_note"))
    if any(itinerary.co2_g for itinerary in written):
        notes.append(words("itinerary.co2_note", year=emissions.year))
        if emissions.source_class != SourceClass.PUBLISHED:
            notes.append(words("itinerary.co2_abroad"))
    return notes


def _allows(query: ItineraryQuery, mode: str) -> bool:
    return query.modes is None or mode in query.modes


def _place(point: Point, name: str) -> Place:
    return Place(name=name, lat=point.lat, lon=point.lon)


def _search(
    territory: Served, query: ItineraryQuery, origin: Place, destination: Place
) -> ItinerarySearch:
    if not _allows(query, "transit"):
        return ItinerarySearch(itineraries=(), direct_walk=None, reason=None)
    network = territory.network
    # Who does not walk all the way is not kept from rides that are slower than that.
    walk_s = _MAX_DIRECT_WALK_S if _allows(query, "walk") else 0
    if query.arrive is not None:
        return find_itineraries_arriving(
            network,
            origin,
            destination,
            arrival_s=parse_clock(query.arrive),
            window_s=None if query.window_min is None else 60 * query.window_min,
            max_rides=query.max_rides,
            max_direct_walk_s=walk_s,
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
            max_direct_walk_s=walk_s,
        )
    return find_itineraries(
        network,
        origin,
        destination,
        departure_s=depart_s,
        max_rides=query.max_rides,
        max_direct_walk_s=walk_s,
    )
