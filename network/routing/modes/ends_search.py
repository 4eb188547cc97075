"""Searches of a timetable between any two ways of reaching it: on foot, by bicycle, by car."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from network.routing._assemble import assemble_itinerary
from network.routing.engines.boardings import list_departures
from network.routing.engines.mirrored import turn_back
from network.routing.engines.profile import search_profile
from network.routing.itineraries import Itinerary, WalkLeg
from network.walking.access import draw_walk
from network.walking.street_stops import find_stops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.engines.compiled import RoutingGraph
    from network.routing.engines.profile import ProfileJourneys
    from network.routing.itineraries import Call, Place
    from network.routing.opened import OpenedRouting
    from network.routing.street_legs import StreetLeg


class End(Protocol):
    """The stops that one end of an itinerary has, and how one comes to them or from them.

    ``stop`` are stop_idx, ``seconds`` those from the place to each (or back), shape (n,) int32.
    """

    stop: NDArray[np.int32]
    seconds: NDArray[np.int32]

    def legs(self, call: Call, time_s: int, seconds: int) -> tuple[WalkLeg | StreetLeg, ...]:
        """Return the legs of ``seconds`` that end, or start, at ``call`` at ``time_s``."""
        ...


class WalkEnd:
    """Stops on foot from a place, or with ``reverse`` the place from stops."""

    def __init__(self, network: Network, place: Place, *, limit_s: int, reverse: bool) -> None:
        """Walk to all stops; a place that is stops is at them at once."""
        self._network, self._place, self._reverse = network, place, reverse
        self.stop, self.seconds = find_stops(network, place, limit_s, reverse=reverse)

    def legs(self, call: Call, time_s: int, seconds: int) -> tuple[WalkLeg, ...]:
        """Return the walk of ``seconds``, none where one stands at the stop."""
        place = self._place
        if place.stops:
            return ()
        here = (place.lat, place.lon)
        ends = (call.stop_idx, here) if self._reverse else (here, call.stop_idx)
        drawn = draw_walk(self._network, *ends)
        names = (place.name, call.name)
        stops = (None, call.stop_idx)
        start_s = time_s if self._reverse else time_s - seconds
        side = -1 if self._reverse else 1
        from_name, to_name = names[::side]
        from_stop, to_stop = stops[::side]
        return (
            WalkLeg(
                from_name=from_name,
                to_name=to_name,
                from_stop=from_stop,
                to_stop=to_stop,
                departure_s=start_s,
                arrival_s=start_s + seconds,
                metres=drawn.metres,
                points=drawn.points,
                streets=tuple(dict.fromkeys(part.name for part in drawn.parts if part.name)),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The time asked for: leaving at ``time_s`` or later, or there by it where ``is_arrival``.

    With ``latest_s``, every departure from ``time_s`` to ``latest_s``.
    """

    time_s: int
    latest_s: int | None = None
    is_arrival: bool = False

    def beats(self, a: Itinerary, b: Itinerary) -> bool:
        """Return whether ``a`` does as well as ``b`` in all that this question asks for."""
        if a.n_rides > b.n_rides:
            return False
        if self.is_arrival:
            return a.departure_s >= b.departure_s
        leaves_as_late = self.latest_s is None or a.departure_s >= b.departure_s
        return leaves_as_late and a.arrival_s <= b.arrival_s

    def order(self, i: Itinerary) -> tuple[int, ...]:
        """Return what itineraries are sorted by: the best first, of a window by departure."""
        if self.is_arrival:
            return (-i.departure_s, i.n_rides)
        if self.latest_s is not None:
            return (i.departure_s, i.arrival_s, i.n_rides)
        return (i.arrival_s, i.n_rides)


def search_between(
    opened: OpenedRouting,
    origin: Place,
    destination: Place,
    access: End,
    egress: End,
    when: When,
    *,
    max_rides: int,
) -> list[Itinerary]:
    """Find the itineraries between two ends, Pareto in time and rides.

    In arrival and rides for a departure, in departure, arrival and rides for a window, in
    departure and rides for an arrival, for which the search runs back from the destination.
    """
    if len(access.stop) == 0 or len(egress.stop) == 0:
        return []
    network = opened.network
    journeys = _search(opened, access, egress, when, max_rides)
    stops = [(p, replace(p, stops=(0,))) for p in (origin, destination)]
    found = []
    for j in range(len(journeys)):
        ridden = assemble_itinerary(network, stops[0][1], stops[1][1], journeys, j)
        rides = ridden.rides
        before = access.legs(rides[0].calls[0], rides[0].departure_s, int(journeys.access_s[j]))
        after = egress.legs(rides[-1].calls[-1], rides[-1].arrival_s, int(journeys.egress_s[j]))
        found.append(Itinerary(legs=(*before, *ridden.legs, *after)))
    return found


def _search(
    opened: OpenedRouting, access: End, egress: End, when: When, max_rides: int
) -> ProfileJourneys:
    if when.is_arrival:
        found = search_profile(
            opened.network,
            egress.stop,
            egress.seconds,
            np.array([0, len(access.stop)], dtype=np.int32),
            access.stop,
            access.seconds,
            np.array([-when.time_s], dtype=np.int32),
            max_rides=max_rides,
            workspace=opened.mirror_profile(max_rides),
        )
        return turn_back(opened.network.timetable, found)
    departures_s = np.array([when.time_s], dtype=np.int32)
    if when.latest_s is not None:
        departures_s = list_boardings(opened.graph, access, when.time_s, when.latest_s)
    return search_profile(
        opened.network,
        access.stop,
        access.seconds,
        np.array([0, len(egress.stop)], dtype=np.int32),
        egress.stop,
        egress.seconds,
        departures_s,
        max_rides=max_rides,
        latest_s=when.latest_s,
        workspace=opened.profile(max_rides),
    )


def list_boardings(
    graph: RoutingGraph, access: End, earliest_s: int, latest_s: int
) -> NDArray[np.int32]:
    """List every time of leaving a place that just catches some departure, in a window.

    Returns
    -------
    times
        Seconds of the service day, int32, ascending, each once.
    """
    leaving = list_departures(graph, access.stop, access.seconds)
    return leaving[(leaving >= earliest_s) & (leaving <= latest_s)].astype(np.int32)
