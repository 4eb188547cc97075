"""Where there is no itinerary: the nearest thing that would work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from api.itinerary_search import find_plain
from api.schemas import End, Nearest
from network.base import distance_m
from network.routing import NoAnswer, find_itineraries, find_itineraries_arriving, find_last
from network.routing.travellers import network_for

if TYPE_CHECKING:
    from api.itinerary_clock import DayClock
    from api.itinerary_search import Question
    from network.routing import Itinerary, Place, SearchOptions

_LOOK_BACK_S = 7200
_MANY_RIDES = 12


def find_nearest(question: Question, reason: NoAnswer, clock: DayClock) -> Nearest | None:
    """Find the nearest thing that would work: a stop, a time, more rides; None where unknown."""
    options = replace(question.options, max_direct_walk_s=0)
    if question.traveller.wheelchair and not question.traveller.accept_unknown:
        taken = _with_unknown(question, options, clock)
        if taken is not None:
            return taken
    match reason:
        case NoAnswer.NO_STOP_NEAR_ORIGIN:
            return _nearest_stop(question, question.origin)
        case NoAnswer.NO_STOP_NEAR_DESTINATION:
            return _nearest_stop(question, question.destination)
        case NoAnswer.NO_SERVICE_THAT_DAY | NoAnswer.ISLANDS:
            return None
        case NoAnswer.TOO_MANY_RIDES:
            counted = _count_rides(question, options)
            if counted is not None:
                return counted
        case NoAnswer.ROUTES_EXCLUDED:
            return _with_all_routes(question, options, clock)
    return _next_departure(question, options, clock) or _last_departure(question, options, clock)


def _nearest_stop(question: Question, place: Place) -> Nearest | None:
    timetable, words = question.network.timetable, question.words
    stops = timetable.stops
    served = np.flatnonzero(np.diff(timetable.stop_pattern_offset))
    if len(served) == 0:
        return None
    metres = distance_m(place.lat, place.lon, stops.lat[served], stops.lon[served])
    nearest = int(np.argmin(metres))
    stop, away_m = int(served[nearest]), float(metres[nearest])
    return Nearest(
        text=words(
            "itinerary.nearest_stop", stop=stops.names[stop], metres=words.number(away_m, 0)
        ),
        stop=End(
            name=stops.names[stop],
            lat=float(stops.lat[stop]),
            lon=float(stops.lon[stop]),
            platform=stops.platforms[stop] or None,
        ),
        distance_m=round(away_m, 1),
    )


def _count_rides(question: Question, options: SearchOptions) -> Nearest | None:
    """Count the vehicles that it takes to get there."""
    found = find_plain(question, replace(options, max_rides=_MANY_RIDES)).itineraries
    if not found:
        return None
    count = min(itinerary.n_rides for itinerary in found)
    return Nearest(text=question.words("itinerary.rides_needed", count=count), rides_needed=count)


def _with_all_routes(question: Question, options: SearchOptions, clock: DayClock) -> Nearest | None:
    """Return the itinerary that there would be with the routes that were excluded."""
    free = replace(options, banned_routes=(), only_routes=())
    return _would_be(question, free, clock, "itinerary.with_all_routes")


def _with_unknown(question: Question, options: SearchOptions, clock: DayClock) -> Nearest | None:
    """Return the itinerary by stops and vehicles of which nothing is known."""
    traveller = replace(question.traveller, accept_unknown=True)
    wider = replace(
        question, traveller=traveller, network=network_for(question.whole_network, traveller)
    )
    return _would_be(wider, options, clock, "itinerary.with_unknown")


def _would_be(
    question: Question, options: SearchOptions, clock: DayClock, text: str
) -> Nearest | None:
    """Return the first itinerary that there would be, and say on what terms."""
    found = find_plain(question, options).itineraries
    if not found:
        return None
    first = found[0]
    return Nearest(
        text=question.words(
            text,
            departure=clock.show(first.departure_s),
            arrival=clock.show(first.arrival_s),
            lines=", ".join(dict.fromkeys(ride.line for ride in first.rides)),
        ),
        next_departure_s=first.departure_s,
        next_departure=clock.show(first.departure_s),
    )


def _next_departure(question: Question, options: SearchOptions, clock: DayClock) -> Nearest | None:
    """Return the departure that is first to arrive after what was asked."""
    ends = question.network, question.origin, question.destination
    first = None
    for start_s, after_s in _starts(question):
        found = find_itineraries(*ends, departure_s=start_s, options=options).itineraries
        arrivals = [i.arrival_s for i in found if i.arrival_s > after_s]
        if arrivals:
            first = min(arrivals)
            break
    if first is None:
        return None
    # To be there at that time one may leave later than by the search from early on.
    latest = find_itineraries_arriving(*ends, arrival_s=first, options=options).itineraries
    leave_s = _latest(latest)
    time = clock.show(leave_s)
    return Nearest(
        text=question.words("itinerary.next_departure", time=time),
        next_departure_s=leave_s,
        next_departure=time,
    )


def _starts(question: Question) -> tuple[tuple[int, int], ...]:
    """Return from when on to search, and after when to arrive; none where all was searched."""
    time_s = question.time_s
    if time_s is None:
        return ()
    if question.is_arrival:
        is_open = question.query.window_min is None
        early_s = 0 if is_open else max(0, time_s - _LOOK_BACK_S)
        return ((early_s, time_s), (time_s, time_s))
    latest_s = question.latest_s
    return () if latest_s is None else ((latest_s + 1, latest_s),)


def _last_departure(question: Question, options: SearchOptions, clock: DayClock) -> Nearest | None:
    """Return the last departure of the day that gets there."""
    found = find_last(
        question.network, question.origin, question.destination, options=options
    ).itineraries
    if not found:
        return None
    last_s = _latest(found)
    time = clock.show(last_s)
    return Nearest(
        text=question.words("itinerary.last_departure", time=time),
        last_departure_s=last_s,
        last_departure=time,
    )


def _latest(itineraries: tuple[Itinerary, ...]) -> int:
    return max(itinerary.departure_s for itinerary in itineraries)
