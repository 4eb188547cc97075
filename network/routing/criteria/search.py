"""Itineraries between two places by arrival, rides and one or two costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.routing._assemble import assemble_itinerary, direct_walk
from network.routing.criteria.bags import as_journeys
from network.routing.criteria.costs import CostRules, Criterion
from network.routing.criteria.ways import CriteriaWorkspace, WaySearch, refused
from network.routing.search import find_itineraries
from network.walking.street_stops import find_stops

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.criteria.bags import Way
    from network.routing.itineraries import Itinerary, NoAnswer, Place
    from network.routing.loads import CrowdedRides, Occupancy

DEFAULT_WITHIN_S = 3600
"""Itineraries that arrive more than this after the earliest are no answer, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedItinerary:
    """An itinerary with its costs, in the units of the criteria asked for and in their order.

    ``occupancies`` are of its rides in order; none where no loads are given.
    """

    itinerary: Itinerary
    costs: tuple[float, ...]
    occupancies: tuple[Occupancy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaSearch:
    """Itineraries of which none is as good as another in everything that was asked for.

    ``direct_walk`` is the walk all the way where that is within its limit; ``reason`` is set
    where there is no answer at all.
    """

    criteria: tuple[Criterion, ...]
    itineraries: tuple[RatedItinerary, ...]
    direct_walk: RatedItinerary | None
    reason: NoAnswer | None


def find_itineraries_by(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    departure_s: int,
    criteria: Sequence[Criterion] = (Criterion.WALKING,),
    rules: CostRules | None = None,
    max_rides: int = 5,
    max_access_s: int = 1200,
    max_direct_walk_s: int = 1800,
    within_s: int | None = DEFAULT_WITHIN_S,
    arrival_step_s: int = 1,
    workspace: CriteriaWorkspace | None = None,
) -> CriteriaSearch:
    """Find the itineraries leaving at ``departure_s`` or later that no other beats.

    One beats another that arrives no earlier, has no fewer rides and costs no less by any of
    ``criteria``; of equals the one stays that leaves last. Costs count from leaving the origin.

    Parameters
    ----------
    departure_s
        Earliest time of leaving the origin, seconds of the service day.
    criteria
        One or two; see :class:`network.routing.criteria.costs.CostRules` for how each is counted.
    max_access_s, max_direct_walk_s
        Longest walk to and from stops, and longest walk all the way, in seconds.
    within_s
        Itineraries count that arrive at most this long after the earliest, seconds; without
        (None) an empty train late in the day is an answer too.
    arrival_step_s
        Arrivals are compared in steps of so many seconds, rounded up: more than 1 gives fewer
        answers, each with the least costs of its step; exact in every other respect. Two costs
        that pull apart (walking and CO2, say) may have hundreds of answers: a shorter
        ``within_s`` and a coarser ``co2_step_g`` of the rules are the other ways to have fewer.
    workspace
        Made for this network, criteria, rules and rides; for this search alone where None.

    Returns
    -------
    search
        Itineraries by arrival, rides and costs.

    Raises
    ------
    NetworkInputError
        If the arguments do not fit each other.
    """
    ends = _Ends(network, origin, destination, max_access_s)
    work = _open(network, criteria, rules, max_rides, workspace)
    search = ends.search(work, within_s, arrival_step_s)
    walk = direct_walk(network, origin, destination, departure_s, max_direct_walk_s)
    walked = None if walk is None else (walk.arrival_s, *_count_walk(work, walk))
    found = ends.rate(work, search.find(departure_s, walked))
    rated_walk = None if walk is None else _rate_walk(work, walk)
    if rated_walk is not None:
        found.append(rated_walk)
    reason = None
    if not found:
        reason = find_itineraries(
            network,
            origin,
            destination,
            departure_s=departure_s,
            max_rides=max_rides,
            max_access_s=max_access_s,
            max_direct_walk_s=max_direct_walk_s,
        ).reason
    found.sort(key=lambda r: (r.itinerary.arrival_s, r.itinerary.n_rides, r.costs))
    return CriteriaSearch(
        criteria=work.criteria, itineraries=tuple(found), direct_walk=rated_walk, reason=reason
    )


def find_itineraries_range_by(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    earliest_s: int,
    latest_s: int,
    criteria: Sequence[Criterion] = (Criterion.WALKING,),
    rules: CostRules | None = None,
    max_rides: int = 5,
    max_access_s: int = 1200,
    max_direct_walk_s: int = 1800,
    within_s: int | None = DEFAULT_WITHIN_S,
    workspace: CriteriaWorkspace | None = None,
) -> CriteriaSearch:
    """Find the itineraries that leave from ``earliest_s`` to ``latest_s`` and no other beats.

    As :func:`find_itineraries_by`, but one beats another only if it leaves no earlier as well.
    The direct walk, possible at any time, is not among them, but those that it beats when
    leaving at the same time are left out. ``within_s`` counts from the earliest arrival of who
    leaves at the same time.

    Returns
    -------
    search
        Itineraries by departure, arrival, rides and costs; ``direct_walk`` leaves at
        ``earliest_s``.
    """
    ends = _Ends(network, origin, destination, max_access_s)
    work = _open(network, criteria, rules, max_rides, workspace)
    search = ends.search(work, within_s, 1)
    walk = direct_walk(network, origin, destination, earliest_s, max_direct_walk_s)
    ways: dict[tuple[int, ...], Way] = {}
    departure_s = earliest_s
    while departure_s <= latest_s:
        found = search.find(departure_s)
        ways |= {(*way.point, way.departure_s): way for way in found}
        # Whoever leaves before the first of these is beaten by one of them.
        departure_s = min((way.departure_s for way in found), default=latest_s) + 1
    kept = [way for way in ways.values() if way.departure_s <= latest_s]
    rated_walk = None if walk is None else _rate_walk(work, walk)
    if walk is not None:
        walked = _count_walk(work, walk)
        kept = [way for way in kept if not _is_beaten_by_walk(way, walk.duration_s, walked)]
    reason = None
    if not kept and walk is None:
        reason = find_itineraries(
            network, origin, destination, departure_s=earliest_s, max_rides=max_rides,
            max_access_s=max_access_s, max_direct_walk_s=max_direct_walk_s,
        ).reason  # fmt: skip
    rated = ends.rate(work, kept)
    rated.sort(
        key=lambda r: (
            r.itinerary.departure_s,
            r.itinerary.arrival_s,
            r.itinerary.n_rides,
            r.costs,
        )
    )
    return CriteriaSearch(
        criteria=work.criteria, itineraries=tuple(rated), direct_walk=rated_walk, reason=reason
    )


@dataclass(frozen=True, slots=True)
class _Ends:
    """Two places and how far from them stops are walked to."""

    network: Network
    origin: Place
    destination: Place
    max_access_s: int

    def search(self, work: CriteriaWorkspace, within_s: int | None, step_s: int) -> WaySearch:
        return WaySearch(
            work,
            self._stops_around(self.origin),
            self._stops_around(self.destination, reverse=True),
            within_s=within_s,
            step_s=step_s,
        )

    def rate(self, work: CriteriaWorkspace, ways: Sequence[Way]) -> list[RatedItinerary]:
        journeys = as_journeys(work.graph, ways)
        rated = []
        for j, way in enumerate(ways):
            itinerary = assemble_itinerary(self.network, self.origin, self.destination, journeys, j)
            rated.append(
                RatedItinerary(
                    itinerary=itinerary,
                    costs=_in_units(work, way.costs),
                    occupancies=_occupy(work.crowded, itinerary),
                )
            )
        return rated

    def _stops_around(
        self, place: Place, *, reverse: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return find_stops(self.network, place, self.max_access_s, reverse=reverse)


def _occupy(crowded: CrowdedRides | None, itinerary: Itinerary) -> tuple[Occupancy, ...]:
    if crowded is None:
        return ()
    return tuple(
        crowded.find(ride.pattern_idx, ride.trip_idx, ride.board_pos, ride.alight_pos)
        for ride in itinerary.rides
    )


def _is_beaten_by_walk(way: Way, duration_s: int, costs: tuple[int, int]) -> bool:
    arrival_s, _, c0, c1 = way.point
    return way.departure_s + duration_s <= arrival_s and costs[0] <= c0 and costs[1] <= c1


def _open(
    network: Network,
    criteria: Sequence[Criterion],
    rules: CostRules | None,
    max_rides: int,
    workspace: CriteriaWorkspace | None,
) -> CriteriaWorkspace:
    if workspace is None:
        return CriteriaWorkspace(network, criteria, rules=rules, max_rides=max_rides)
    if workspace.network is not network or workspace.max_rides != max_rides:
        raise refused("workspace", "one of another network or number of rides", "one for these")
    if workspace.criteria != tuple(criteria) or (rules and workspace.rules is not rules):
        raise refused("workspace", "one of other criteria or rules", "one for these")
    return workspace


def _count_walk(work: CriteriaWorkspace, walk: Itinerary) -> tuple[int, int]:
    first, *second = (work.rules.count_walk(c, walk.duration_s) for c in work.criteria)
    return first, second[0] if second else 0


def _rate_walk(work: CriteriaWorkspace, walk: Itinerary) -> RatedItinerary:
    return RatedItinerary(itinerary=walk, costs=_in_units(work, _count_walk(work, walk)))


def _in_units(work: CriteriaWorkspace, costs: Iterable[int]) -> tuple[float, ...]:
    return tuple(
        work.rules.in_units(c, cost) for c, cost in zip(work.criteria, costs, strict=False)
    )
