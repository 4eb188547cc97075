"""Itineraries between two places: leaving at a time, within a window, arriving by a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.routing._assemble import assemble_itinerary, direct_walk
from network.routing.itineraries import Itinerary, ItinerarySearch, NoAnswer
from network.routing.profile import search_profile
from network.walking.access import walk_access

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.itineraries import Place
    from network.routing.profile import ProfileJourneys

_MANY_RIDES = 12
_LOOK_BACK_S = (2 * 3600, 6 * 3600, 48 * 3600)


@dataclass(frozen=True, slots=True)
class _Query:
    """Two places with the stops around them."""

    network: Network
    origin: Place
    destination: Place
    access: tuple[NDArray[np.int32], NDArray[np.int32]]
    egress: tuple[NDArray[np.int32], NDArray[np.int32]]

    def search(
        self,
        departures_s: NDArray[np.int32],
        max_rides: int,
        latest_s: int | None = None,
    ) -> ProfileJourneys:
        stops, seconds = self.egress
        return search_profile(
            self.network,
            *self.access,
            np.array([0, len(stops)], dtype=np.int32),
            stops,
            seconds,
            departures_s,
            max_rides=max_rides,
            latest_s=latest_s,
        )

    def itineraries(self, journeys: ProfileJourneys) -> list[Itinerary]:
        return [
            assemble_itinerary(self.network, self.origin, self.destination, journeys, j)
            for j in range(len(journeys))
        ]


def find_itineraries(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    departure_s: int,
    max_rides: int = 5,
    max_access_s: int = 1200,
    max_direct_walk_s: int = 1800,
) -> ItinerarySearch:
    """Find itineraries leaving at ``departure_s`` or later, Pareto in arrival and rides.

    Parameters
    ----------
    departure_s
        Earliest time of leaving the origin, seconds of the service day.
    max_access_s, max_direct_walk_s
        Longest walk to and from stops, and longest walk all the way, in seconds.

    Returns
    -------
    search
        Itineraries by arrival; the direct walk is one of them where it is within its limit.
    """
    query = _prepare(network, origin, destination, max_access_s)
    walk = direct_walk(network, origin, destination, departure_s, max_direct_walk_s)
    journeys = query.search(np.array([departure_s], dtype=np.int32), max_rides)
    found = query.itineraries(journeys)
    if walk is not None:
        found = [walk] + [i for i in found if i.arrival_s < walk.arrival_s]
    reason = None if found else _why_none(query, departure_s, None, max_rides)
    found.sort(key=lambda i: (i.arrival_s, i.n_rides))
    return ItinerarySearch(itineraries=tuple(found), direct_walk=walk, reason=reason)


def find_itineraries_range(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    earliest_s: int,
    latest_s: int,
    max_rides: int = 5,
    max_access_s: int = 1200,
    max_direct_walk_s: int = 1800,
) -> ItinerarySearch:
    """Find every itinerary that leaves the origin from ``earliest_s`` to ``latest_s``.

    One dominates another when it leaves no earlier, arrives no later and has no more
    rides; of those leaving in the window, the dominated are left out, and of equals one
    stays. An itinerary leaves when its first ride just can be caught. The direct walk,
    possible at any time, is not among them, but those that it dominates are left out.

    Returns
    -------
    search
        Itineraries by departure; ``direct_walk`` leaves at ``earliest_s``.
    """
    query = _prepare(network, origin, destination, max_access_s)
    walk = direct_walk(network, origin, destination, earliest_s, max_direct_walk_s)
    found = _range(query, earliest_s, latest_s, max_rides)
    if walk is not None:
        found = [i for i in found if i.duration_s < walk.duration_s]
    reason = None
    if not found and walk is None:
        reason = _why_none(query, earliest_s, latest_s, max_rides)
    found.sort(key=lambda i: (i.departure_s, i.arrival_s, i.n_rides))
    return ItinerarySearch(itineraries=tuple(found), direct_walk=walk, reason=reason)


def find_itineraries_arriving(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    arrival_s: int,
    window_s: int | None = None,
    max_rides: int = 5,
    max_access_s: int = 1200,
    max_direct_walk_s: int = 1800,
) -> ItinerarySearch:
    """Find itineraries at the destination by ``arrival_s``, Pareto in departure and rides.

    Looks back two hours, then six, then two days, and stops at the first window that has
    an answer: a ride with fewer changes that leaves before that window is not sought. With
    ``window_s`` all itineraries count that arrive in the ``window_s`` before ``arrival_s``
    and that no other beats in departure, arrival and rides.

    Returns
    -------
    search
        Itineraries, latest departure first; the direct walk, arriving at ``arrival_s``, is
        one of them where it is within its limit.
    """
    query = _prepare(network, origin, destination, max_access_s)
    walk = direct_walk(network, origin, destination, 0, max_direct_walk_s)
    if walk is not None:
        start_s = arrival_s - walk.duration_s
        walk = direct_walk(network, origin, destination, start_s, max_direct_walk_s)
    found: list[Itinerary] = []
    for look_back_s in _LOOK_BACK_S:
        earliest_s = max(0, arrival_s - look_back_s)
        in_time = [
            i for i in _range(query, earliest_s, arrival_s, max_rides) if i.arrival_s <= arrival_s
        ]
        if window_s is None:
            found = _latest_by_rides(in_time)
        else:
            found = [i for i in in_time if i.arrival_s >= arrival_s - window_s]
        if found or walk is not None or earliest_s == 0:
            break
    if walk is not None:
        found = [walk] + [i for i in found if i.departure_s > walk.departure_s]
    reason = None
    if not found:
        first_s = 0 if window_s is None else arrival_s - window_s
        reason = _why_none(query, 0, arrival_s, max_rides, arrival_s=(first_s, arrival_s))
    found.sort(key=lambda i: (-i.departure_s, i.n_rides))
    return ItinerarySearch(itineraries=tuple(found), direct_walk=walk, reason=reason)


def _prepare(network: Network, origin: Place, destination: Place, max_access_s: int) -> _Query:
    return _Query(
        network,
        origin,
        destination,
        _stops_around(network, origin, max_access_s),
        _stops_around(network, destination, max_access_s, reverse=True),
    )


def _stops_around(
    network: Network, place: Place, max_walk_s: int, *, reverse: bool = False
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    if place.stops:
        return np.array(place.stops, dtype=np.int32), np.zeros(len(place.stops), dtype=np.int32)
    return walk_access(network, place.lat, place.lon, max_walk_s=max_walk_s, reverse=reverse)


def _boardings(query: _Query, earliest_s: int, latest_s: int | None) -> NDArray[np.int32]:
    """Return every time of leaving the origin that just catches some departure."""
    timetable = query.network.timetable
    leaving = [np.empty(0, dtype=np.int32)]
    for stop, seconds in zip(*query.access, strict=True):
        first, last = timetable.stop_pattern_offset[stop : stop + 2]
        for pattern, pos in zip(
            timetable.stop_pattern[first:last], timetable.stop_pattern_pos[first:last], strict=True
        ):
            start, end = timetable.pattern_offset[pattern : pattern + 2]
            is_last = start + pos == end - 1
            if timetable.pattern_pickup[start + pos] and not is_last:
                leaving.append(timetable.pattern_times(int(pattern))[1][:, pos] - seconds)
    times = np.unique(np.concatenate(leaving))
    in_window = times >= earliest_s
    if latest_s is not None:
        in_window &= times <= latest_s
    return times[in_window]


def _range(query: _Query, earliest_s: int, latest_s: int, max_rides: int) -> list[Itinerary]:
    departures_s = _boardings(query, earliest_s, latest_s)
    return query.itineraries(query.search(departures_s, max_rides, latest_s))


def _latest_by_rides(itineraries: list[Itinerary]) -> list[Itinerary]:
    """Return those of which none leaves as late or later with as few or fewer rides."""
    kept: list[Itinerary] = []
    latest_s = -1
    for i in sorted(itineraries, key=lambda i: (i.n_rides, -i.departure_s, i.arrival_s)):
        if i.departure_s > latest_s:
            kept.append(i)
            latest_s = i.departure_s
    return kept


def _why_none(
    query: _Query,
    earliest_s: int,
    latest_s: int | None,
    max_rides: int,
    *,
    arrival_s: tuple[int, int] | None = None,
) -> NoAnswer:
    """Return the first reason that explains why no itinerary was found.

    ``arrival_s`` are the first and last arrival that were asked for, if any.
    """
    if len(query.access[0]) == 0:
        return NoAnswer.NO_STOP_NEAR_ORIGIN
    if len(query.egress[0]) == 0:
        return NoAnswer.NO_STOP_NEAR_DESTINATION
    departures_s = _boardings(query, earliest_s, latest_s)
    if len(departures_s) == 0:
        return NoAnswer.NO_SERVICE
    if max_rides < _MANY_RIDES:
        others = query.itineraries(query.search(departures_s, _MANY_RIDES, latest_s))
        if any(arrival_s is None or arrival_s[0] <= i.arrival_s <= arrival_s[1] for i in others):
            return NoAnswer.TOO_MANY_RIDES
    return NoAnswer.NOT_CONNECTED
