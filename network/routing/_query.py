"""Two places with the stops around them, searched from either end; candidates to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from network.routing._assemble import assemble_itinerary
from network.routing.engines.boardings import list_departures
from network.routing.engines.mirrored import turn_back
from network.routing.engines.profile import search_profile
from network.routing.opened import OpenedRouting, open_routing
from network.timetable import UNREACHED_S
from network.walking.street_stops import find_stops

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.engines.profile import ProfileJourneys
    from network.routing.itineraries import Itinerary, Place
    from network.routing.options import SearchOptions

Ends = tuple["NDArray[np.int32]", "NDArray[np.int32]"]
"""Stops (stop_idx) and the seconds it takes from a place to each, or from each to it."""


class Candidate(NamedTuple):
    """A journey among those an answer is chosen from: row ``row`` of ``journeys``.

    ``leave`` and ``arrive`` are seconds on the axis of its search: departure and arrival, or,
    where that ran backwards, the arrival and the departure, both negated.
    """

    leave: int
    arrive: int
    n_rides: int
    is_preferred: bool
    journeys: ProfileJourneys
    row: int

    @property
    def key(self) -> tuple[int, int, int]:
        """What no two candidates of one answer share, in order of leaving."""
        return self.leave, self.arrive, self.n_rides


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Two places, the stops around them, and what is asked of the way between.

    ``banned`` are the routes that must not be ridden, by route_idx, ``others`` those and the
    ones that are not preferred; None where there are none.
    """

    network: Network
    opened: OpenedRouting
    origin: Place
    destination: Place
    access: Ends
    egress: Ends
    options: SearchOptions
    banned: NDArray[np.bool_] | None
    others: NDArray[np.bool_] | None

    def search(
        self,
        leaving: NDArray[np.int32],
        *,
        backwards: bool,
        latest: int | None = None,
        banned: NDArray[np.bool_] | None = None,
    ) -> ProfileJourneys:
        """Search journeys that leave at some times; backwards, those that arrive at them.

        ``leaving`` and ``latest`` are on the axis of the search: backwards, arrivals negated.
        The journeys are the timetable's, whichever way they were found.
        """
        max_rides = self.options.max_rides
        starts, (stops, seconds) = self._ends(backwards)
        opened = self.opened
        found = search_profile(
            self.network,
            *starts,
            np.array([0, len(stops)], dtype=np.int32),
            stops,
            seconds,
            leaving,
            max_rides=max_rides,
            banned_routes=banned,
            latest_s=latest,
            workspace=opened.mirror_profile(max_rides) if backwards else opened.profile(max_rides),
        )
        return turn_back(self.network.timetable, found) if backwards else found

    def list_leaving(self, earliest: int, latest: int, *, backwards: bool) -> NDArray[np.int32]:
        """List every time of leaving the origin that just catches some departure.

        Backwards, every time of reaching the destination by some arrival, negated.
        """
        graph = self.opened.mirror if backwards else self.opened.graph
        leaving = list_departures(graph, *self._ends(backwards)[0], self.banned)
        return leaving[(leaving >= earliest) & (leaving <= latest)].astype(np.int32)

    def find_range(
        self, earliest: int, latest: int, *, backwards: bool, is_open: bool = False
    ) -> list[Candidate]:
        """Find the journeys that leave from ``earliest`` to ``latest``, none dominated.

        With ``is_open``, none dominated by one that leaves later either.
        """
        leaving = self.list_leaving(earliest, latest, backwards=backwards)
        if len(leaving) == 0:
            return []
        if is_open:
            leaving = np.append(leaving, np.int32(latest + 1))
        found: list[Candidate] = []
        for banned, is_preferred in self._bans():
            journeys = self.search(
                leaving, backwards=backwards, latest=None if is_open else latest, banned=banned
            )
            found += list_candidates(journeys, backwards=backwards, is_preferred=is_preferred)
        return [one for one in self.choose(found) if one.leave <= latest]

    def find_at(self, leave: int, *, backwards: bool) -> list[Candidate]:
        """Find the journeys that leave at a time or later, Pareto in arrival and rides.

        Of those that arrive at one time with as many rides the one that leaves last is taken:
        it is found by searching back from that arrival.
        """
        found: list[Candidate] = []
        for banned, is_preferred in self._bans():
            journeys = self.search(
                np.array([leave], dtype=np.int32), backwards=backwards, banned=banned
            )
            first = list_candidates(journeys, backwards=backwards, is_preferred=is_preferred)
            if not first:
                continue
            journeys = self.search(
                np.array([-one.arrive for one in first], dtype=np.int32),
                backwards=not backwards,
                banned=banned,
            )
            again = list_candidates(journeys, backwards=backwards, is_preferred=is_preferred)
            found += [
                max(
                    (
                        one,
                        *(c for c in again if c.arrive <= one.arrive and c.n_rides <= one.n_rides),
                    ),
                    key=lambda c: c.leave,
                )
                for one in first
            ]
        return self.choose(found, by_leaving=False)

    def choose(
        self, candidates: Iterable[Candidate], *, by_leaving: bool = True
    ) -> list[Candidate]:
        """Return the candidates that no other dominates, in order of leaving.

        One dominates another that leaves no later (where that counts, ``by_leaving``), arrives
        no sooner and has no fewer rides; of equals one stays. One that rides a route that is
        not preferred counts as arriving later by the penalty for that.
        """
        penalty = self.options.not_preferred_s

        def rank(one: Candidate) -> tuple[int, int, int, bool, int]:
            counted = one.arrive + (0 if one.is_preferred else penalty)
            leave = -one.leave
            return leave if by_leaving else 0, counted, one.n_rides, not one.is_preferred, leave

        kept: list[Candidate] = []
        earliest = [UNREACHED_S] * (self.options.max_rides + 1)
        for one in sorted(candidates, key=rank):
            counted = rank(one)[1]
            if counted >= earliest[one.n_rides]:
                continue
            kept.append(one)
            for rides in range(one.n_rides, len(earliest)):
                earliest[rides] = min(earliest[rides], counted)
        return sorted(kept, key=lambda one: one.key)

    def assemble(self, one: Candidate) -> Itinerary:
        """Return a candidate as an itinerary with names."""
        ends = self.origin, self.destination
        return assemble_itinerary(self.network, *ends, one.journeys, one.row, opened=self.opened)

    def _bans(self) -> list[tuple[NDArray[np.bool_] | None, bool]]:
        """Return what to search without, and whether only preferred routes are left to ride."""
        if self.others is None:
            return [(self.banned, True)]
        return [(self.banned, False), (self.others, True)]

    def _ends(self, backwards: bool) -> tuple[Ends, Ends]:
        return (self.egress, self.access) if backwards else (self.access, self.egress)


def prepare(network: Network, origin: Place, destination: Place, options: SearchOptions) -> Query:
    """Look for the stops around two places, and refuse routes the network does not have."""
    routes = network.timetable.routes
    limit_s = options.max_access_s
    return Query(
        network=network,
        opened=open_routing(network).changing(options.min_transfer_s, options.headway_wait),
        origin=origin,
        destination=destination,
        access=find_stops(network, origin, limit_s),
        egress=find_stops(network, destination, limit_s, reverse=True),
        options=options,
        banned=options.ban_routes(routes),
        others=options.ban_not_preferred(routes),
    )


def list_candidates(
    journeys: ProfileJourneys, *, backwards: bool, is_preferred: bool
) -> list[Candidate]:
    """Return journeys as candidates, times on the axis of a search."""
    leave, arrive = journeys.departure_s, journeys.arrival_s
    if backwards:
        leave, arrive = -arrive, -leave
    columns = zip(leave.tolist(), arrive.tolist(), journeys.n_rides.tolist(), strict=True)
    return [
        Candidate(*times, is_preferred=is_preferred, journeys=journeys, row=row)
        for row, times in enumerate(columns)
    ]
