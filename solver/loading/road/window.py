"""One window of a road assignment: routes are chosen, full links hold back, the rest waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from solver.loading.road._cost_kernels import price_links
from solver.loading.road._queue_kernels import find_waiting, hold_back
from solver.loading.road.bushes import Forest, NodeTrips
from solver.loading.road.cost import LinkCosts, Objective, arrange_links
from solver.loading.road.equilibrium import converge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from network.roads import RoadNetwork
    from solver.loading.road._cost_kernels import Links

PLAIN_ROUNDS, MOST_ROUNDS = 30, 2000
"""Rounds of holding back: after so many plain ones the shares are averaged with the last."""

SETTLED = 1e-13
"""Shares that change by less between rounds are final."""

ROUNDING = 1e-12
"""A link lets out so much more, relatively, rather than keep what only rounding left over."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Vehicles at the ends of links (sorted by tail, as the kernels have them) by goal."""

    link: NDArray[np.int64]
    goal: NDArray[np.int64]
    vehicles: NDArray[np.float64]


NOBODY = Waiting(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
NO_TRIPS = NodeTrips(
    origin=np.zeros(0, dtype=np.int32),
    destination=np.zeros(0, dtype=np.int32),
    trips=np.zeros(0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What happened in a window, links in the network's order.

    ``mean_queue`` is vehicles, ``wait`` in the unit of the costs; the rest is described in
    :class:`solver.loading.road.WindowsResult`.
    """

    arriving: NDArray[np.float64]
    leaving: NDArray[np.float64]
    queue: NDArray[np.float64]
    cost: NDArray[np.float64]
    wait: NDArray[np.float64]
    mean_queue: NDArray[np.float64]
    entered: float
    arrived: float
    unreachable: float
    gap: float
    overload: float


class WindowSolver:
    """Solves windows one after the other on one network.

    ``share`` is a window's length in the period of the capacities, ``window`` its length in
    the unit of the costs.
    """

    def __init__(
        self,
        network: RoadNetwork,
        costs: LinkCosts,
        *,
        share: float,
        window: float,
        gap: float,
        max_iterations: int,
    ) -> None:
        grows = costs.growth > 0
        scaled = replace(costs, capacity=np.where(grows, costs.capacity * share, 1.0))
        bounded = (network.capacity > 0) & ~costs.closed
        self._links, self._order = arrange_links(
            network,
            scaled,
            Objective.USER_EQUILIBRIUM,
            limit=np.where(bounded, network.capacity * share, np.inf),
            window=window,
        )
        self._gap, self._max_iterations = gap, max_iterations

    def step(
        self, fresh: NodeTrips, waiting: Waiting, *, progress: Progress
    ) -> tuple[Window, Waiting]:
        """Let trips set out and those who wait go on; return the window and who waits now."""
        limit = self._links.limit
        before = _sum_by(waiting.link, waiting.vehicles, len(limit))
        links = self._links._replace(waiting=before)
        let_out = np.where(before > limit * (1.0 + ROUNDING), limit, before)
        share = np.divide(let_out, before, out=np.ones(len(limit)), where=before > 0)
        released = waiting.vehicles * share[waiting.link]
        at = links.head[waiting.link]
        goes_on = at != waiting.goal
        trips = _merge(fresh, at[goes_on], waiting.goal[goes_on], released[goes_on])
        with Forest(links, trips) as forest:
            gap = converge(forest, self._gap, self._max_iterations, progress)[-1]
            passing, arriving, parts = _hold_back(forest, np.maximum(limit - let_out, 0.0))
            arrived, held = _find_waiting(forest, passing, parts)
            lost = float(trips.trips[~forest.reached].sum())
        cost, rise = np.empty(len(limit)), np.empty(len(limit))
        price_links(links, arriving, cost, rise)
        queue = (before - let_out) + arriving * (1.0 - passing)
        wait, mean_queue = _measure_queue(links, before, arriving, queue)
        leaving = let_out + arriving * passing
        window = Window(
            arriving=self._restore(arriving),
            leaving=self._restore(leaving),
            queue=self._restore(queue),
            cost=self._restore(cost),
            wait=self._restore(wait),
            mean_queue=self._restore(mean_queue),
            entered=float(fresh.trips.sum()) - lost,
            arrived=arrived + float(released[~goes_on].sum()),
            unreachable=lost,
            gap=gap,
            overload=float(np.max(leaving / limit, initial=1.0)) - 1.0,
        )
        stays = Waiting(waiting.link, waiting.goal, waiting.vehicles * (1.0 - share[waiting.link]))
        return window, _join(stays, held)

    def _restore(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put links in the network's order."""
        out = np.empty(len(values))
        out[self._order] = values
        return out


def _merge(
    fresh: NodeTrips,
    origin: NDArray[np.int32],
    goal: NDArray[np.int64],
    vehicles: NDArray[np.float64],
) -> NodeTrips:
    """Return all who choose a route, by node they start from and node they go to."""
    pairs = np.stack(
        [
            np.concatenate([fresh.origin, origin]).astype(np.int64),
            np.concatenate([fresh.destination, goal]).astype(np.int64),
        ]
    )
    unique, where = np.unique(pairs, axis=1, return_inverse=True)
    total = _sum_by(where, np.concatenate([fresh.trips, vehicles]), unique.shape[1])
    return NodeTrips(
        origin=unique[0].astype(np.int32), destination=unique[1].astype(np.int32), trips=total
    )


def _hold_back(
    forest: Forest, room: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[NDArray[np.float64]]]:
    """Find the share of its arrivals that each link lets out, at most ``room`` vehicles.

    Holding back at one link empties those behind it, so shares are found round by round; on
    links one behind the other each round settles one more. Where flows of different origins
    hold each other back in a circle, averages of two rounds settle.
    """
    passing = np.ones(len(room))
    parts = [np.empty(len(block.order)) for block in forest.blocks]
    for rounds in range(MOST_ROUNDS):
        arriving = np.zeros(len(room))
        for block, part in zip(forest.blocks, parts, strict=True):
            hold_back(forest.links, block, passing, arriving, part)
        full = arriving > room * (1.0 + ROUNDING)
        wanted = np.divide(room, arriving, out=np.ones(len(room)), where=full)
        if np.abs(wanted - passing).max() <= SETTLED:
            break
        passing = wanted if rounds < PLAIN_ROUNDS else 0.5 * (passing + wanted)
    return passing, arriving, parts


def _find_waiting(
    forest: Forest, passing: NDArray[np.float64], parts: list[NDArray[np.float64]]
) -> tuple[float, Waiting]:
    """Return how many vehicles arrive, and who of those set out waits where."""
    held = np.flatnonzero(passing < 1.0)
    slot = np.full(len(passing), -1, dtype=np.int64)
    slot[held] = np.arange(len(held))
    table = np.zeros((len(held), len(forest.links.passable)))
    arrived = 0.0
    for block, part in zip(forest.blocks, parts, strict=True):
        arrived += find_waiting(forest.links, block, passing, part, slot, table)
    row, goal = np.nonzero(table)
    return arrived, Waiting(held[row], goal, table[row, goal])


def _join(first: Waiting, second: Waiting) -> Waiting:
    """Return all of both who wait, each link and goal once."""
    link, goal = np.concatenate([first.link, second.link]), np.append(first.goal, second.goal)
    vehicles = np.append(first.vehicles, second.vehicles)
    unique, where = np.unique(np.stack([link, goal]), axis=1, return_inverse=True)
    total = _sum_by(where, vehicles, unique.shape[1])
    stays = total > 0
    return Waiting(unique[0][stays], unique[1][stays], total[stays])


def _sum_by(
    index: NDArray[np.integer], values: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    return np.bincount(index, weights=values, minlength=count).astype(np.float64)


def _measure_queue(
    links: Links,
    before: NDArray[np.float64],
    arriving: NDArray[np.float64],
    after: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean wait of those who arrive and the mean queue of the window.

    Vehicles arrive evenly and leave at capacity while any wait: the queue changes in a
    straight line, to its end or until nobody waits any more.
    """
    room = links.limit - arriving
    lasts = before > room
    # What the queue falls by; at least 1 where nobody waits, to divide by.
    falls = np.where(before > 0, np.where(lasts, 1.0, room), 1.0)
    ends = 0.5 * before * before / falls
    mean_queue = np.where(lasts, 0.5 * (before + after), ends)
    bounded = np.isfinite(links.limit)
    limit = np.where(bounded, links.limit, 1.0)
    late = np.where(lasts, before - 0.5 * np.where(bounded, room, 0.0), ends)
    return np.where(bounded, links.window * late / limit, 0.0), mean_queue
