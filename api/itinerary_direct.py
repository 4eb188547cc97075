"""Ways beside transit: on foot, by bicycle and by car from door to door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.routing import Itinerary, WalkLeg
from network.routing.drives import Drive, NoDrive, find_drive
from network.streets.graph import StreetMode
from network.streets.snap import MAX_OFF_STREET_M
from network.walking.access import walk_between

if TYPE_CHECKING:
    from api.itinerary_legs import Writer
    from api.schemas import ItineraryOut, ItineraryQuery, TravelMode
    from network import Network
    from network.routing import Place
    from scenarios.report import Catalogue

MAX_DIRECT_WALK_S = 7200
_DRIVEN: tuple[TravelMode, ...] = ("bike", "car")


def find_direct(
    network: Network, query: ItineraryQuery, writer: Writer, time_s: int, words: Catalogue
) -> tuple[list[ItineraryOut], list[str]]:
    """Find the ways beside transit, and what is to be said of those that there are not.

    ``time_s`` is when one leaves, or when one has to be there where the query says so. Modes
    that were not asked for by name and for which the territory has no streets go unsaid.
    """
    found: list[ItineraryOut] = []
    notes: list[str] = []
    arriving = query.arrive is not None
    if query.modes is None or "walk" in query.modes:
        walk = _walk(network, writer.origin, writer.destination, time_s, arriving=arriving)
        if walk is not None:
            found.append(writer.write(walk))
        elif query.modes is not None:
            notes.append(words("itinerary.no_walk", minutes=MAX_DIRECT_WALK_S // 60))
    for mode in _DRIVEN:
        if query.modes is not None and mode not in query.modes:
            continue
        drive = find_drive(network, writer.origin, writer.destination, StreetMode(mode))
        if isinstance(drive, Drive):
            leave_s = time_s - drive.seconds if arriving else time_s
            found.append(writer.write_drive(drive, leave_s))
            if mode == "car":
                notes.append(words("itinerary.car_note"))
        elif drive is not NoDrive.NO_STREETS or query.modes is not None:
            notes.append(_say_none(drive, mode, words))
    return found, notes


def _say_none(reason: NoDrive, mode: TravelMode, words: Catalogue) -> str:
    name = words.find("mode", mode)
    return words(
        f"itinerary.{reason}",
        mode=name[:1].upper() + name[1:],
        metres=words.number(MAX_OFF_STREET_M, 0),
    )


def _walk(
    network: Network, origin: Place, destination: Place, time_s: int, *, arriving: bool
) -> Itinerary | None:
    ends = (origin.lat, origin.lon), (destination.lat, destination.lon)
    walk = walk_between(network, *ends, max_walk_s=MAX_DIRECT_WALK_S)
    if walk is None:
        return None
    leave_s = time_s - walk.seconds if arriving else time_s
    leg = WalkLeg(
        from_name=origin.name,
        to_name=destination.name,
        from_stop=None,
        to_stop=None,
        departure_s=leave_s,
        arrival_s=leave_s + walk.seconds,
        metres=walk.metres,
        points=walk.points,
        streets=tuple(dict.fromkeys(part.name for part in walk.parts if part.name)),
    )
    return Itinerary(legs=(leg,))
