"""Ways between two places by arrival, rides and costs: bounded, searched, left late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError
from network.routing.criteria._bag_kernels import CostQuery
from network.routing.criteria._late_kernels import fill_late
from network.routing.criteria.bags import Bags, Way, lay_out
from network.routing.criteria.costs import CostRules, Criterion, build_terms
from network.routing.engines._label_kernels import UNREACHED_S
from network.routing.engines.ends import refuse_stops
from network.routing.engines.profile import search_profile
from network.routing.loads import CrowdedRides
from network.routing.opened import open_routing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.network import Network

    Stops = tuple[NDArray[np.int32], NDArray[np.int32]]

_NAME = "find_itineraries_by"
_NO_ROWS = np.empty((0, 4), dtype=np.int64)


class CriteriaWorkspace:
    """What searches by the same criteria on one network use again, in the thread that made it.

    Raises
    ------
    NetworkInputError
        If criteria, rules and network do not fit each other.
    """

    def __init__(
        self,
        network: Network,
        criteria: Sequence[Criterion] = (Criterion.WALKING,),
        *,
        rules: CostRules | None = None,
        max_rides: int = 5,
    ) -> None:
        """Prepare the counting of costs and the lists that labels are kept in."""
        if max_rides < 1:
            raise refused("max_rides", f"{max_rides} rides", "1 or more")
        opened = open_routing(network)
        self.network = network
        self.criteria = tuple(criteria)
        self.rules = rules or CostRules()
        self.max_rides = max_rides
        self.graph = opened.graph
        self.terms = build_terms(self.graph, self.criteria, self.rules)
        self.profile = opened.profile(max_rides)
        self.bags = Bags(self.graph)
        self.crowded: CrowdedRides | None = None
        if self.rules.loads is not None:
            self.crowded = CrowdedRides(
                timetable=network.timetable,
                loads=self.rules.loads,
                crowded_from=self.rules.crowded_from,
            )
        self.arrays = lay_out(self.graph)
        self.late_board = np.empty((max_rides + 1, self.graph.n_boards), dtype=np.int32)
        self.late_alight = np.empty((max_rides + 1, self.graph.n_alights), dtype=np.int32)


class WaySearch:
    """Ways from stops to stops, each stop with the seconds it takes to or from it."""

    def __init__(
        self,
        work: CriteriaWorkspace,
        access: Stops,
        egress: Stops,
        *,
        within_s: int | None,
        step_s: int,
    ) -> None:
        """Note the ends; ``within_s`` and ``step_s`` as :func:`find_itineraries_by` says."""
        if step_s < 1:
            raise refused("arrival_step_s", f"{step_s} s", "1 or more")
        if within_s is not None and within_s < 0:
            raise refused("within_s", f"{within_s} s", "0 or more, or None")
        refuse_stops(work.network, _NAME, "access", *access)
        refuse_stops(work.network, _NAME, "egress", *egress)
        self._work, self._access, self._egress = work, access, egress
        self._within_s, self._step_s = within_s, step_s

    def find(self, departure_s: int, walk: tuple[int, int, int] | None = None) -> list[Way]:
        """Find the ways of which none is as good as another, each leaving as late as it can.

        ``walk`` is the arrival of a direct walk and its costs, which beats like any way.
        """
        latest_s = self._latest_arrival(departure_s, walk)
        if latest_s is None:
            return []
        query = self._query(departure_s, latest_s, walk)
        net, terms, bags = self._work.arrays, self._work.terms, self._work.bags
        best = {way.point: way for way in bags.run(net, terms, query)}
        open_points = set(best)
        while open_points:
            # Whoever leaves later and is as good as one of these is equal to it.
            later_s = min(best[point].departure_s for point in open_points) + 1
            wanted = np.array(sorted(open_points), dtype=np.int64)
            again = bags.run(net, terms, query._replace(departure=later_s, wanted=wanted))
            met = {way.point: way for way in again}
            open_points &= set(met)
            for point in open_points:
                best[point] = max(best[point], met[point], key=lambda way: way.departure_s)
        return [best[point] for point in sorted(best)]

    def _latest_arrival(self, departure_s: int, walk: tuple[int, int, int] | None) -> int | None:
        """Return the latest arrival that counts, None where no ride leads there."""
        stops, seconds = self._egress
        journeys = search_profile(
            self._work.network,
            *self._access,
            np.array([0, len(stops)], dtype=np.int32),
            stops,
            seconds,
            np.array([departure_s], dtype=np.int32),
            max_rides=self._work.max_rides,
            workspace=self._work.profile,
        )
        if len(journeys) == 0:
            return None
        if self._within_s is None:
            last_s = int(self._work.graph.arrival_s.max(initial=0)) + int(seconds.max())
            return max(last_s, int(journeys.arrival_s.max()))
        earliest_s = int(journeys.arrival_s.min())
        if walk is not None:
            earliest_s = min(earliest_s, walk[0])
        return earliest_s + self._within_s

    def _query(
        self, departure_s: int, latest_s: int, walk: tuple[int, int, int] | None
    ) -> CostQuery:
        work, graph = self._work, self._work.graph
        egress_s = _by_node(graph.alight_stop, *self._egress, graph.network.timetable.n_stops)
        access_s = _by_node(graph.board_stop, *self._access, graph.network.timetable.n_stops)
        access_board = np.flatnonzero(access_s >= 0).astype(np.int32)
        fill_late(work.arrays, egress_s, latest_s, work.late_board, work.late_alight)
        return CostQuery(
            departure=departure_s,
            access_board=access_board,
            access_s=access_s[access_board],
            egress_s=egress_s,
            late_board=work.late_board,
            late_alight=work.late_alight,
            wanted=_NO_ROWS,
            walk=np.array([] if walk is None else [walk[0], 0, *walk[1:]], dtype=np.int64),
            latest_arrival=latest_s,
            step=self._step_s,
            cost_step=work.rules.count_steps(work.criteria),
            rides_back=work.rules.rides_back,
            max_rides=work.max_rides,
        )


def refused(field: str, found: str, expected: str) -> NetworkInputError:
    """Return the error that says which argument does not fit."""
    return NetworkInputError(
        Problem(
            file=_NAME,
            field=field,
            found=found,
            expected=expected,
            mend="Give arguments that fit the network and each other.",
        )
    )


def _by_node(
    node_stop: NDArray[np.int32],
    stops: NDArray[np.int32],
    seconds: NDArray[np.int32],
    n_stops: int,
) -> NDArray[np.int32]:
    """Return the seconds of every node of some stops, the least of a stop given twice, else -1."""
    of_stop = np.full(n_stops, UNREACHED_S, dtype=np.int32)
    np.minimum.at(of_stop, stops, seconds)
    of_stop[of_stop == UNREACHED_S] = -1
    return of_stop[node_stop]
