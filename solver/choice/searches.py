"""What the searches of all origins share, whatever is made of the journeys they find."""

from __future__ import annotations

from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import numpy as np

from network.routing import ProfileWorkspace, search_profile
from network.routing.engines.boardings import index_boardings
from network.routing.engines.compiled import compile_routing
from network.timetable import UNREACHED_S
from solver.choice.access import WALK
from solver.choice.alternatives import CostWeights, find_ranges
from solver.choice.journeys import MergedJourneys
from solver.choice.served import least_cost_min

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network import Network
    from network.routing import ProfileJourneys
    from network.routing.engines.boardings import Boardings
    from network.routing.engines.compiled import RoutingGraph
    from solver.choice.access import Connectors

Search = tuple["NDArray[np.int64]", "ProfileJourneys"]
"""Journeys, and the numbers that the targets of their search have among all places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginSearches:
    """Range searches from any origin to its places, and what their journeys cost.

    ``out_min`` and ``back_min`` are weighted minutes from places to stops and from stops to
    places, shape (n_places, n_stops), inf where there is no way; ``other_cost`` the generalised
    cost of trips by other lines, shape (n_zones, n_places), and ``least_cost`` a lower bound
    on that of any other trip. ``arrival_s`` are the graph's, what is too late left out.
    People leave at the minutes of ``departures_s``; vehicles are not ridden on after
    ``latest_arrival_s`` (None: whenever). Safe for several threads.
    """

    network: Network
    connectors: Connectors
    weights: CostWeights
    max_rides: int
    departures_s: NDArray[np.int32]
    latest_arrival_s: int | None
    out_min: NDArray[np.float64]
    back_min: NDArray[np.float64]
    other_cost: NDArray[np.float64]
    least_cost: NDArray[np.float64]
    pattern_line: NDArray[np.int64]
    graph: RoutingGraph
    boardings: Boardings
    arrival_s: NDArray[np.int32]
    idle: SimpleQueue[ProfileWorkspace]

    @classmethod
    def over(
        cls,
        network: Network,
        connectors: Connectors,
        weights: CostWeights,
        departures_s: NDArray[np.int32],
        *,
        max_rides: int,
        latest_arrival_s: int | None = None,
    ) -> OriginSearches:
        """Lay out the network for searches at some minutes of departure."""
        timetable = network.timetable
        graph = compile_routing(network)
        arrival_s = graph.arrival_s
        if latest_arrival_s is not None:
            # What comes too late is as good as never reached: no search goes on from there.
            arrival_s = np.where(arrival_s > latest_arrival_s, UNREACHED_S, arrival_s)
        out_min, back_min = weigh_connectors(connectors, weights, timetable.n_stops)
        other_cost = other_cost_min(connectors, weights)
        return cls(
            network=network,
            connectors=connectors,
            weights=weights,
            max_rides=max_rides,
            departures_s=departures_s,
            latest_arrival_s=latest_arrival_s,
            out_min=out_min,
            back_min=back_min,
            other_cost=other_cost,
            least_cost=least_cost_min(timetable, out_min, back_min, len(other_cost)),
            pattern_line=number_lines(timetable.routes.lines)[timetable.pattern_route],
            graph=graph,
            boardings=index_boardings(graph),
            arrival_s=np.ascontiguousarray(arrival_s, dtype=np.int32),
            idle=SimpleQueue(),
        )

    def find_worth(
        self, origin: int, places: NDArray[np.integer], prune_min: float
    ) -> NDArray[np.intp]:
        """Return which of the places a trip by modelled lines may be worth taking to.

        To the others none can cost within ``prune_min`` of other lines.
        """
        least, other = self.least_cost[origin, places], self.other_cost[origin, places]
        return np.flatnonzero(least <= other + prune_min)

    def search(
        self,
        origin: int,
        places: NDArray[np.integer],
        banned: NDArray[np.bool_] | None = None,
    ) -> ProfileJourneys:
        """Find all Pareto journeys to some places, target ``k`` being ``places[k]``.

        ``banned`` is a mask by route_idx of routes to do without.
        """
        connectors = self.connectors
        own = np.arange(connectors.offset[origin], connectors.offset[origin + 1])
        own = own[connectors.seconds[own] >= 0]
        first, last = connectors.offset[places], connectors.offset[places + 1]
        ends, back_s = find_ranges(first, last), connectors.from_stop_s
        there = back_s[ends] >= 0
        target = np.repeat(np.arange(len(places)), last - first)[there]
        counts, ends = np.bincount(target, minlength=len(places)), ends[there]
        workspace = self._take()
        try:
            return search_profile(
                self.network,
                connectors.stop[own],
                connectors.seconds[own],
                np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
                connectors.stop[ends],
                back_s[ends],
                self.departures_s,
                max_rides=self.max_rides,
                banned_routes=banned,
                workspace=workspace,
            )
        finally:
            self.idle.put(workspace)

    def merge(
        self, origin: int, places: NDArray[np.integer], searches: Sequence[Search]
    ) -> tuple[MergedJourneys, NDArray[np.float64], NDArray[np.int64]]:
        """Return the journeys of some searches as one, their fixed costs and signatures."""
        timetable = self.network.timetable
        journeys = MergedJourneys.of(searches, timetable.pattern_offset, timetable.pattern_stop)
        connectors_min = (
            self.out_min[origin, journeys.first_stop],
            self.back_min[places[journeys.target], journeys.last_stop],
        )
        cost = journeys.price(timetable, connectors_min, self.weights)
        return journeys, cost, journeys.sign(timetable, self.pattern_line)

    def _take(self) -> ProfileWorkspace:
        """Return a workspace nobody uses, a new one where all are in use."""
        try:
            return self.idle.get_nowait()
        except Empty:
            workspace = ProfileWorkspace(
                self.network, self.max_rides, graph=self.graph, boardings=self.boardings
            )
            workspace.arrays = workspace.arrays._replace(arrival_s=self.arrival_s)
            return workspace


def weigh_connectors(
    connectors: Connectors, weights: CostWeights, n_stops: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the weighted minutes from places to stops, and from stops to places.

    Coming by local or other lines is a change; a ride on other lines has changes of its own.
    Both have shape (n_places, n_stops), inf where there is no way.
    """
    walked = connectors.kind == WALK
    out = np.where(walked, weights.walk, weights.wait)
    changes = np.asarray([0.0, 1.0, 1.0 + connectors.other_changes])[connectors.kind]
    place, n_places = connectors.place_of_connector(), len(connectors.offset) - 1

    def weigh(seconds: NDArray[np.int32], out_s: NDArray[np.int32]) -> NDArray[np.float64]:
        weighted = (seconds + (out - 1) * out_s) / 60 + weights.change_min * changes
        matrix = np.full((n_places, n_stops), np.inf)
        matrix[place, connectors.stop] = np.where(seconds >= 0, weighted, np.inf)
        return matrix

    there = weigh(connectors.seconds, connectors.out_s)
    if connectors.back_s is None:
        return there, there
    back_out_s = np.where(walked, connectors.back_s, connectors.out_s)
    return there, weigh(connectors.back_s, back_out_s)


def other_cost_min(connectors: Connectors, weights: CostWeights) -> NDArray[np.float64]:
    """Compute the generalised cost of trips by other lines, shape (n_zones, n_places)."""
    return (
        connectors.other_min
        + (weights.wait - 1) * connectors.other_out_min
        + weights.change_min * connectors.other_changes
    )


def number_lines(lines: Sequence[str]) -> NDArray[np.int64]:
    """Return the number of each route's line, in order of name, shape (n_routes,)."""
    number = {line: idx for idx, line in enumerate(sorted(set(lines)))}
    return np.asarray([number[line] for line in lines], dtype=np.int64)
