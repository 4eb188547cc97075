"""Itineraries between two places: leaving at a time, or within a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.routing._assemble import direct_walk
from network.routing._query import prepare
from network.routing.itineraries import ItinerarySearch
from network.routing.no_answer import find_reason
from network.routing.options import SearchOptions

if TYPE_CHECKING:
    from network.network import Network
    from network.routing.itineraries import Place


def find_itineraries(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    departure_s: int,
    options: SearchOptions | None = None,
    max_rides: int | None = None,
    max_access_s: int | None = None,
    max_direct_walk_s: int | None = None,
) -> ItinerarySearch:
    """Find itineraries leaving at ``departure_s`` or later, Pareto in arrival and rides.

    Of those that arrive at one time with as many rides the one that leaves last is taken.

    Parameters
    ----------
    departure_s
        Earliest time of leaving the origin, seconds of the service day.
    options
        What itineraries must be like; the usual where None.
    max_rides, max_access_s, max_direct_walk_s
        In place of those of the options.

    Returns
    -------
    search
        Itineraries by arrival; the direct walk is one of them where it is within its limit.

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
    walk = direct_walk(network, origin, destination, departure_s, chosen.max_direct_walk_s)
    candidates = query.find_at(departure_s, backwards=False)
    if walk is not None:
        candidates = [one for one in candidates if one.arrive < walk.arrival_s]
    found = [query.assemble(one) for one in candidates]
    if walk is not None:
        found.append(walk)
    reason = None if found else find_reason(query, departure_s)
    found.sort(key=lambda i: (i.arrival_s, i.n_rides))
    return ItinerarySearch(itineraries=tuple(found), direct_walk=walk, reason=reason)


def find_itineraries_range(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    earliest_s: int,
    latest_s: int,
    options: SearchOptions | None = None,
    max_rides: int | None = None,
    max_access_s: int | None = None,
    max_direct_walk_s: int | None = None,
) -> ItinerarySearch:
    """Find every itinerary that leaves the origin from ``earliest_s`` to ``latest_s``.

    One dominates another when it leaves no earlier, arrives no later and has no more
    rides; of those leaving in the window, the dominated are left out, and of equals one
    stays. An itinerary leaves when its first ride just can be caught; none rides round to a stop
    only to board where one could have waited. The direct walk, possible at any time, is not
    among them, but those that it dominates are left out.

    Parameters
    ----------
    options, max_rides, max_access_s, max_direct_walk_s
        As for :func:`find_itineraries`, which see for errors too.

    Returns
    -------
    search
        Itineraries by departure; ``direct_walk`` leaves at ``earliest_s``.
    """
    chosen = SearchOptions.of(
        options,
        max_rides=max_rides,
        max_access_s=max_access_s,
        max_direct_walk_s=max_direct_walk_s,
    )
    query = prepare(network, origin, destination, chosen)
    walk = direct_walk(network, origin, destination, earliest_s, chosen.max_direct_walk_s)
    candidates = query.find_range(earliest_s, latest_s, backwards=False)
    if walk is not None:
        candidates = [one for one in candidates if one.arrive - one.leave < walk.duration_s]
    reason = None
    if not candidates and walk is None:
        reason = find_reason(query, earliest_s, latest_s)
    return ItinerarySearch(
        itineraries=tuple(query.assemble(one) for one in candidates),
        direct_walk=walk,
        reason=reason,
    )
