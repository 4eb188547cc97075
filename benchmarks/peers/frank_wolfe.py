"""Bi-conjugate Frank-Wolfe in numpy and scipy: the method road assignment packages ship.

References
----------
Mitradjieva, Lindberg, "The Stiff Is Moving: Conjugate Direction Frank-Wolfe Methods with
Applications to Traffic Assignment", Transportation Science 47(2), 2013,
doi:10.1287/trsc.1120.0409.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.roads import RoadNetwork, TripTable

_BISECTIONS = 40
_NEARLY_ONE = 0.99999


class FrankWolfe:
    """A user equilibrium of a network without parallel links, at costs without tolls.

    Zones before the first thru node are split: their links start at a copy that none enters.
    """

    def __init__(self, network: RoadNetwork, trips: TripTable) -> None:
        self._network = network
        n = network.n_nodes
        tail = np.where(network.tail < network.first_thru_idx, network.tail + n, network.tail)
        by_row = np.lexsort((network.head, tail))
        self._order = by_row
        self._row_offset = np.searchsorted(tail[by_row], np.arange(2 * n + 1))
        self._head = network.head[by_row]
        self._link = np.full((2 * n, 2 * n), -1, dtype=np.int32)
        self._link[tail, network.head] = np.arange(network.n_links)
        self._demand = trips.to_matrix()
        np.fill_diagonal(self._demand, 0.0)
        self._origins = np.flatnonzero(self._demand.sum(axis=1))
        starts = self._origins
        self._starts = np.where(starts < network.first_thru_idx, starts + n, starts)

    def solve(self, gap: float, *, max_iterations: int = 100_000) -> NDArray[np.float64]:
        """Return link flows at a relative gap, ``1 - SPTT / TSTT``."""
        flow, _ = self._load(self._cost(np.zeros(self._network.n_links)))
        past: list[NDArray[np.float64]] = []
        step = 1.0
        for _ in range(max_iterations):
            cost = self._cost(flow)
            target, least = self._load(cost)
            if 1.0 - least / float(flow @ cost) <= gap:
                break
            goal = self._conjugate(flow, target, past, step)
            step = self._search(flow, goal - flow)
            past = [goal, *past[:1]] if step < _NEARLY_ONE else []
            flow = flow + step * (goal - flow)
        return flow

    def _cost(self, flow: NDArray[np.float64]) -> NDArray[np.float64]:
        net = self._network
        cost: NDArray[np.float64] = net.free_flow_time * (
            1.0 + net.b * (flow / net.capacity) ** net.power
        )
        return cost

    def _slope(self, flow: NDArray[np.float64]) -> NDArray[np.float64]:
        net = self._network
        slope: NDArray[np.float64] = (
            net.free_flow_time
            * net.b
            * net.power
            * (flow / net.capacity) ** np.maximum(net.power - 1.0, 0.0)
            / net.capacity
        )
        return slope

    def _load(self, cost: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Put all trips on shortest paths; return the flows and the trips' total cost."""
        n = len(self._row_offset) - 1
        graph = csr_array((cost[self._order], self._head, self._row_offset), shape=(n, n))
        distance, before = dijkstra(graph, indices=self._starts, return_predecessors=True)
        carried = np.zeros(distance.shape)
        carried[:, : self._demand.shape[1]] = self._demand[self._origins]
        zones = distance[:, : self._demand.shape[1]]
        asked = self._demand[self._origins]
        least = float(np.sum(asked[asked > 0] * zones[asked > 0]))
        flow = np.zeros(self._network.n_links)
        rows = np.arange(len(distance))
        far_first = np.argsort(-distance, axis=1, kind="stable")
        for k in range(n):
            node = far_first[:, k]
            parent = before[rows, node]
            own = (parent >= 0) & (carried[rows, node] > 0)
            if own.any():
                amount = carried[rows[own], node[own]]
                np.add.at(flow, self._link[parent[own], node[own]], amount)
                carried[rows[own], parent[own]] += amount
        return flow, least

    def _conjugate(
        self,
        flow: NDArray[np.float64],
        target: NDArray[np.float64],
        past: list[NDArray[np.float64]],
        step: float,
    ) -> NDArray[np.float64]:
        """Return where to go: the target, bent to be conjugate to the last two directions."""
        if not past:
            return target
        slope, ahead = self._slope(flow), target - flow
        one = past[0] - flow
        size = float(np.sum(one * slope * one))
        nu = -float(np.sum(one * slope * ahead)) / size if size > 0 else 0.0
        mu = 0.0
        if len(past) == 2:
            two = step * past[0] + (1.0 - step) * past[1] - flow
            across = float(np.sum(two * slope * (past[1] - past[0])))
            if across:
                mu = max(0.0, -float(np.sum(two * slope * ahead)) / across)
            nu += mu * step / (1.0 - step)
        nu = max(0.0, nu)
        share = 1.0 / (1.0 + nu + mu)
        goal = share * target + nu * share * past[0]
        return goal + mu * share * past[1] if mu else goal

    def _search(self, flow: NDArray[np.float64], ahead: NDArray[np.float64]) -> float:
        """Return the step at which the objective stops falling."""
        low, high = 0.0, 1.0
        if float(self._cost(flow + ahead) @ ahead) <= 0:
            return 1.0
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            if float(self._cost(flow + middle * ahead) @ ahead) <= 0:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)
