"""User equilibrium and system optimum of a road network, to any relative gap."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem, no_progress
from network.base.errors import NetworkInputError
from network.roads import RoadNetwork, TripTable
from solver.loading.road.bushes import Forest, NodeTrips
from solver.loading.road.cost import Objective, arrange_links, read_costs
from solver.loading.road.result import RoadResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from network.base import Progress

LEVELLINGS = 12
"""At most so many passes over the bushes before they are renewed."""

PATTERN = 4
"""After so many passes their sum is repeated as often as the objective falls by it."""

ENOUGH = 0.1
"""Passes end when what they still meet is this share of the last gap."""


def solve_road(
    network: RoadNetwork,
    trips: TripTable,
    *,
    objective: Objective = Objective.USER_EQUILIBRIUM,
    gap: float = 1e-6,
    max_iterations: int = 1000,
    threads: int = 1,
    progress: Progress = no_progress,
) -> RoadResult:
    """Assign trips to a road network so that nobody, or everybody together, can do better.

    Flows of each origin live on a bush, an acyclic part of the network. Each iteration
    renews the bushes (unused links out, shorter ones in), takes the gap, and levels the ways
    to each node by Newton's method, now and then going on in the direction of the last
    shifts. Memory grows with origins times links, never with paths.

    A user equilibrium has every used path of a pair at the pair's least generalised cost. A
    system optimum minimises the sum of flow times generalised cost: tolls and lengths count
    as costs there too; it is the equilibrium of marginal costs.

    Parameters
    ----------
    network
        Links with volume-delay functions; no path leads through a node below its first thru
        node.
    trips
        Vehicles by pair of zones, in the unit of the capacities.
    gap
        Relative gap to reach, ``1 - SPTT / TSTT`` (:class:`RoadResult`).
    max_iterations
        Iterations after which the result says that it did not converge.
    threads
        How many threads renew bushes on large networks. The result does not depend on it.
    progress
        Called with the share of the way to the gap, in decades; may raise Cancelled.

    Raises
    ------
    NetworkInputError
        If trips name zones the network does not have, or a link's cost is negative or no
        number.
    ValueError
        If ``gap``, ``max_iterations`` or ``threads`` is not positive.

    References
    ----------
    Dial, "A path-based user-equilibrium traffic assignment algorithm that obviates path
    storage and enumeration", Transportation Research Part B 40(10), 2006,
    doi:10.1016/j.trb.2006.02.008.
    Beckmann, McGuire, Winsten, "Studies in the Economics of Transportation", 1956.
    """
    require_positive(gap=gap, max_iterations=max_iterations, threads=threads)
    started = time.perf_counter()
    pairs = read_trips(network, trips)
    total = float(pairs.trips.sum())
    costs = read_costs(network, total)
    links, order = arrange_links(network, costs, objective)
    begin = _make_watch(progress, [], gap)
    with Forest(links, pairs, threads=threads, watch=begin) as forest:
        history = converge(forest, gap, max_iterations, progress)
        flow = np.empty(network.n_links)
        flow[order] = forest.volume
        reached = forest.reached
    minutes, cost = costs.time(flow), costs.cost(flow)
    used = flow > 0
    total_cost = float(flow[used] @ cost[used])
    is_optimum = objective is Objective.SYSTEM_OPTIMUM
    return RoadResult(
        kind=objective,
        flow=flow,
        time=minutes,
        cost=cost,
        external_cost=costs.external_cost(flow),
        closed=costs.closed,
        objective=total_cost if is_optimum else costs.beckmann(flow),
        total_travel_time=float(flow[used] @ minutes[used]),
        total_cost=total_cost,
        relative_gap=history[-1],
        history=tuple(history),
        converged=history[-1] <= gap,
        seconds=time.perf_counter() - started,
        assigned_trips=float(pairs.trips[reached].sum()),
        intrazonal_trips=float(trips.trips[trips.origin == trips.destination].sum()),
        unreachable=replace(
            trips,
            origin=pairs.origin[~reached],
            destination=pairs.destination[~reached],
            trips=pairs.trips[~reached],
            stated_total=None,
        ),
    )


def load_kernels() -> None:
    """Load the compiled code, or compile it, so that a time measured next is that of solving."""
    zero, one = np.zeros(2), np.ones(2)
    network = RoadNetwork(
        node_numbers=np.array([1, 2], dtype=np.int32),
        tail=np.zeros(2, dtype=np.int32),
        head=np.ones(2, dtype=np.int32),
        capacity=one,
        length=zero,
        free_flow_time=np.array([1.0, 1.4]),
        b=one,
        power=one,
        speed=zero,
        toll=zero,
        link_type=np.ones(2, dtype=np.int32),
        n_zones=2,
        first_thru_node=1,
        toll_factor=0.0,
        distance_factor=0.0,
    )
    pair = np.array([0, 1], dtype=np.int32)
    trips = NodeTrips(origin=pair[:1], destination=pair[1:], trips=one[:1])
    links, _ = arrange_links(network, read_costs(network, 1.0), Objective.USER_EQUILIBRIUM)
    with Forest(links, trips) as forest:
        forest.renew(lambda: None)
        # As if the first link had had more before: going on from there, the objective falls.
        (before,) = forest.remember()
        forest.go_on([before + np.array([0.1, -0.1])])
        forest.level(0.0, lambda: None)


def read_trips(network: RoadNetwork, trips: TripTable) -> NodeTrips:
    """Return the trips between different zones, by origin, then destination.

    Raises
    ------
    NetworkInputError
        If a zone is none of the network's, or trips are no number of 0 or more.
    """
    problems = []
    zones = np.union1d(trips.origin, trips.destination)
    for zone in zones[(zones < 0) | (zones >= network.n_zones)].tolist():
        problems.append(
            Problem(
                file="trips",
                found=f"trips from or to zone {zone + 1}",
                expected=f"a zone of the network, 1 to {network.n_zones}",
                mend="Give the trips of this network, or its number of zones.",
            )
        )
    for at in np.flatnonzero(~((trips.trips >= 0) & (trips.trips < np.inf))).tolist():
        problems.append(
            Problem(
                file="trips",
                field=f"{trips.origin[at] + 1} to {trips.destination[at] + 1}",
                found=f"{trips.trips[at]:g} trips",
                expected="a number, 0 or more",
                mend="Correct the entry.",
            )
        )
    if problems:
        raise NetworkInputError(*problems)
    kept = np.flatnonzero((trips.origin != trips.destination) & (trips.trips > 0))
    kept = kept[np.lexsort((trips.destination[kept], trips.origin[kept]))]
    return NodeTrips(
        origin=trips.origin[kept], destination=trips.destination[kept], trips=trips.trips[kept]
    )


def converge(forest: Forest, gap: float, max_iterations: int, progress: Progress) -> list[float]:
    """Renew and level bushes until the relative gap is reached; return its history."""
    history: list[float] = []
    watch = _make_watch(progress, history, gap)
    while True:
        excess = forest.renew(watch)
        paid = _pay(forest)
        history.append(excess / paid if paid > 0 else 0.0)
        watch = _make_watch(progress, history, gap)
        watch()
        if history[-1] <= gap or len(history) >= max_iterations:
            return history
        for rounds in range(LEVELLINGS):
            if rounds % PATTERN == 0:
                before = forest.remember()
            if forest.level(0.0, watch) <= ENOUGH * history[-1] * paid:
                break
            if rounds % PATTERN == PATTERN - 1:
                forest.go_on(before)
        forest.settle()


def _pay(forest: Forest) -> float:
    used = forest.volume > 0
    return float(forest.volume[used] @ forest.cost[used])


def _make_watch(progress: Progress, history: list[float], gap: float) -> Callable[[], None]:
    best = min(history, default=1.0)
    done = 100 if best <= gap else 0
    if history and gap < best < history[0]:
        done = min(99, int(100 * math.log(history[0] / best) / math.log(history[0] / gap)))
    return lambda: progress("road", done, 100)


def require_positive(**values: float) -> None:
    """Raise ValueError for a value that is not above 0."""
    for name, value in values.items():
        if not value > 0:
            msg = f"{name} must be positive, got {value}"
            raise ValueError(msg)
