"""Where there is no itinerary: the nearest thing that would work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from api.schemas import End, Nearest
from network.base import distance_m, format_clock, parse_clock
from network.routing import (
    NoAnswer,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
)

if TYPE_CHECKING:
    from api.schemas import ItineraryQuery
    from network import Network
    from network.routing import ItinerarySearch, Place
    from scenarios.report import Catalogue

_LOOK_BACK_S = 7200


def find_nearest(
    network: Network,
    query: ItineraryQuery,
    ends: tuple[Place, Place],
    reason: NoAnswer,
    words: Catalogue,
) -> Nearest | None:
    """Find the nearest thing that would work, a stop or another time; None where unknown.

    Where it takes more rides than asked for, :func:`count_rides` says how many.
    """
    if reason is NoAnswer.NO_STOP_NEAR_ORIGIN:
        return _nearest_stop(network, ends[0], words)
    if reason is NoAnswer.NO_STOP_NEAR_DESTINATION:
        return _nearest_stop(network, ends[1], words)

    limits = {"max_rides": query.max_rides, "max_direct_walk_s": 0}
    later = _next_departure(network, query, ends, limits, words)
    return later or _last_departure(network, query, ends, limits, words)


def count_rides(found: ItinerarySearch, words: Catalogue) -> Nearest | None:
    """Count the vehicles that it takes to get there, from a search with more than asked for."""
    if not found.itineraries:
        return None
    count = min(itinerary.n_rides for itinerary in found.itineraries)
    return Nearest(text=words("itinerary.rides_needed", count=count), rides_needed=count)


def _nearest_stop(network: Network, place: Place, words: Catalogue) -> Nearest | None:
    stops = network.timetable.stops
    served = np.flatnonzero(np.diff(network.timetable.stop_pattern_offset))
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


def _next_departure(
    network: Network,
    query: ItineraryQuery,
    ends: tuple[Place, Place],
    limits: dict[str, int],
    words: Catalogue,
) -> Nearest | None:
    """Return the departure that is first to arrive after what was asked."""
    first = None
    for start_s, after_s in _starts(query):
        found = find_itineraries(
            network, ends[0], ends[1], departure_s=start_s, **limits
        ).itineraries
        arrivals = [i.arrival_s for i in found if i.arrival_s > after_s]
        if arrivals:
            first = min(arrivals)
            break
    if first is None:
        return None
    # To be there at that time one may leave later than by the search from early on.
    latest = find_itineraries_arriving(
        network, ends[0], ends[1], arrival_s=first, **limits
    ).itineraries
    leave_s = max(i.departure_s for i in latest)
    time = format_clock(leave_s)
    return Nearest(
        text=words("itinerary.next_departure", time=time),
        next_departure_s=leave_s,
        next_departure=time,
    )


def _starts(query: ItineraryQuery) -> tuple[tuple[int, int], ...]:
    """Return from when on to search, and after when to arrive; none where all was searched."""
    window_s = None if query.window_min is None else 60 * query.window_min
    if query.arrive is not None:
        arrival_s = parse_clock(query.arrive)
        early_s = 0 if window_s is None else max(0, arrival_s - _LOOK_BACK_S)
        return ((early_s, arrival_s), (arrival_s, arrival_s))
    if window_s is None:
        return ()
    last_s = parse_clock(query.depart or "") + window_s
    return ((last_s + 1, last_s),)


def _last_departure(
    network: Network,
    query: ItineraryQuery,
    ends: tuple[Place, Place],
    limits: dict[str, int],
    words: Catalogue,
) -> Nearest | None:
    """Return the last departure of the day that gets there, sought from the end backwards."""
    timetable = network.timetable
    if timetable.n_stop_times == 0:
        return None
    end_s = int(timetable.departure_s.max())
    if query.depart is not None:
        end_s = min(end_s, parse_clock(query.depart))
    for latest_s in range(end_s, -1, -_LOOK_BACK_S):
        found = find_itineraries_range(
            network,
            ends[0],
            ends[1],
            earliest_s=max(0, latest_s - _LOOK_BACK_S),
            latest_s=latest_s,
            **limits,
        ).itineraries
        if found:
            break
    else:
        return None
    last_s = max(itinerary.departure_s for itinerary in found)
    time = format_clock(last_s)
    return Nearest(
        text=words("itinerary.last_departure", time=time),
        last_departure_s=last_s,
        last_departure=time,
    )
