"""Itineraries by their arrival, searched from the destination back; first and last of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.routing._assemble import direct_walk, move_walk
from network.routing._query import prepare
from network.routing.itineraries import ItinerarySearch
from network.routing.no_answer import find_reason
from network.routing.options import SearchOptions

if TYPE_CHECKING:
    from network.network import Network
    from network.routing.itineraries import Place


def find_itineraries_arriving(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    arrival_s: int,
    window_s: int | None = None,
    options: SearchOptions | None = None,
    max_rides: int | None = None,
    max_access_s: int | None = None,
    max_direct_walk_s: int | None = None,
) -> ItinerarySearch:
    """Find itineraries at the destination by ``arrival_s``, Pareto in departure and rides.

    The search runs back from the destination, through the timetable as a whole. Of those that
    leave at one time with as few rides the one that arrives first is taken. Before 0:00 of the
    service date no itinerary leaves but the direct walk: of the evening before, a timetable has
    those trips alone that go on past midnight.

    With ``window_s`` every itinerary counts that arrives in the ``window_s`` before
    ``arrival_s``: one dominates another when it leaves no earlier, arrives no later and has no
    more rides; of those arriving in the window the dominated are left out, and of equals one
    stays. None rides on from a stop, and back, only to arrive later.

    Parameters
    ----------
    arrival_s, window_s
        Latest arrival, seconds of the service day, and how long before it one may arrive.
    options
        What itineraries must be like; the usual where None.
    max_rides, max_access_s, max_direct_walk_s
        In place of those of the options.

    Returns
    -------
    search
        Itineraries, latest departure first; the direct walk, arriving at ``arrival_s``, is
        one of them where it is within its limit.

    Raises
    ------
    NetworkInputError
        If an option cannot be, or names a route that the network does not have.
    """
    chosen = SearchOptions.of(
        options,
        max_rides=max_rides,
        max_access_s=max_access_s,
        max_direct_walk_s=max_direct_walk_s,
    )
    query = prepare(network, origin, destination, chosen)
    walk = direct_walk(network, origin, destination, 0, chosen.max_direct_walk_s)
    if walk is not None:
        walk = move_walk(walk, arrival_s - walk.duration_s)
    latest = None if window_s is None else window_s - arrival_s
    if latest is None:
        candidates = query.find_at(-arrival_s, backwards=True)
    else:
        candidates = query.find_range(-arrival_s, latest, backwards=True)
    first_s = 0 if walk is None else walk.departure_s + 1
    found = [query.assemble(one) for one in candidates if -one.arrive >= max(0, first_s)]
    if walk is not None:
        found.append(walk)
    reason = None if found else find_reason(query, -arrival_s, latest, backwards=True)
    found.sort(key=lambda i: (-i.departure_s, i.n_rides))
    return ItinerarySearch(itineraries=tuple(found), direct_walk=walk, reason=reason)


def find_first(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    options: SearchOptions | None = None,
) -> ItinerarySearch:
    """Find the itineraries that arrive first of all that leave at 0:00 or later.

    Pareto in arrival and rides; of those that arrive at one time with as many rides the one
    that leaves last. The walk all the way, possible at any time, is not among them and hides
    none; ``direct_walk`` leaves when the first of them does.

    Returns
    -------
    search
        Itineraries by arrival.

    Raises
    ------
    NetworkInputError
        If an option names a route that the network does not have.
    """
    chosen = options or SearchOptions()
    query = prepare(network, origin, destination, chosen)
    found = [query.assemble(one) for one in query.find_at(0, backwards=False)]
    found.sort(key=lambda i: (i.arrival_s, i.n_rides))
    leave_s = min((i.departure_s for i in found), default=0)
    walk = direct_walk(network, origin, destination, leave_s, chosen.max_direct_walk_s)
    reason = None if found else find_reason(query, 0)
    return ItinerarySearch(itineraries=tuple(found), direct_walk=walk, reason=reason)


def find_last(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    options: SearchOptions | None = None,
) -> ItinerarySearch:
    """Find the itineraries that leave last of all that still arrive, not before 0:00.

    Pareto in departure and rides, searched from the last arrival of the timetable back; of
    those that leave at one time with as few rides the one that arrives first. The walk all the
    way, possible at any time, is not among them and hides none; ``direct_walk`` leaves when the
    last of them does.

    Returns
    -------
    search
        Itineraries, latest departure first.

    Raises
    ------
    NetworkInputError
        If an option names a route that the network does not have.
    """
    chosen = options or SearchOptions()
    query = prepare(network, origin, destination, chosen)
    last_s = query.opened.span_s[1] + chosen.max_access_s
    candidates = query.find_at(-last_s, backwards=True)
    found = [query.assemble(one) for one in candidates if -one.arrive >= 0]
    found.sort(key=lambda i: (-i.departure_s, i.n_rides))
    leave_s = max((i.departure_s for i in found), default=0)
    walk = direct_walk(network, origin, destination, leave_s, chosen.max_direct_walk_s)
    reason = None if found else find_reason(query, 0)
    return ItinerarySearch(itineraries=tuple(found), direct_walk=walk, reason=reason)
