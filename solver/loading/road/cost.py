"""What a road network's links cost: the published volume-delay function, tolls and lengths."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError
from solver.loading.road._cost_kernels import Links

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.roads import RoadNetwork

MAX_COST = 1e200
"""A link that costs more when it carries every trip has a wrong capacity or power."""


class Objective(StrEnum):
    """What an assignment seeks."""

    USER_EQUILIBRIUM = "user_equilibrium"
    SYSTEM_OPTIMUM = "system_optimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCosts:
    """Generalised cost of each link in the network's order, ``time(v) + fixed``.

    The time at volume v is ``free + growth * (v / capacity) ** power`` with
    ``growth = free_flow_time * b``, the fixed part tolls and lengths with their factors.
    Where the time does not depend on the volume ``growth`` is 0, ``capacity`` and ``power``
    are 1. Links that have no capacity but whose time depends on the volume are ``closed``.
    """

    free: NDArray[np.float64]
    fixed: NDArray[np.float64]
    growth: NDArray[np.float64]
    capacity: NDArray[np.float64]
    power: NDArray[np.float64]
    closed: NDArray[np.bool_]

    def time(self, volume: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute travel times; infinite on closed links."""
        extra = self.growth * (volume / self.capacity) ** self.power
        return np.where(self.closed, np.inf, self.free + extra)

    def cost(self, volume: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute generalised costs; infinite on closed links."""
        return self.time(volume) + self.fixed

    def external_cost(self, volume: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute what one more vehicle costs those who are on each link, ``v * time'(v)``.

        As a toll on top of the cost it makes a system optimum an equilibrium.
        """
        extra = self.growth * self.power * (volume / self.capacity) ** self.power
        return np.where(self.closed, 0.0, extra)

    def beckmann(self, volume: NDArray[np.float64]) -> float:
        """Compute the sum over links of the integral of the cost from 0 to the volume."""
        ratio = volume / self.capacity
        grown = self.growth * self.capacity / (self.power + 1) * ratio ** (self.power + 1)
        return float(np.sum((self.free + self.fixed) * volume + grown))


def read_costs(network: RoadNetwork, most: float) -> LinkCosts:
    """Take the cost functions of a network's links.

    Parameters
    ----------
    most
        The most vehicles a link may have to carry.

    Raises
    ------
    NetworkInputError
        If a link would cost less than nothing, or no number, at some volume up to ``most``;
        names each.
    """
    growth = network.free_flow_time * network.b
    free = network.free_flow_time.copy()
    constant = (network.power == 0) | (growth == 0)
    free[constant] += np.where(network.power == 0, growth, 0.0)[constant]
    fixed = network.toll_factor * network.toll + network.distance_factor * network.length
    closed = ~constant & (network.capacity <= 0)
    simple = constant | closed
    costs = LinkCosts(
        free=free,
        fixed=fixed,
        growth=np.where(simple, 0.0, growth),
        capacity=np.where(simple, 1.0, network.capacity),
        power=np.where(simple, 1.0, network.power),
        closed=closed,
    )
    _check(network, costs, most)
    return costs


def _check(network: RoadNetwork, costs: LinkCosts, most: float) -> None:
    problems = []
    with np.errstate(over="ignore", invalid="ignore"):
        full = costs.cost(np.full(network.n_links, max(most, 0.0)))
    least = costs.free + costs.fixed
    for what, bad, figure in (
        ("cost below 0 without traffic", ~(least >= 0), least),
        ("capacity below 0", network.capacity < 0, network.capacity),
        ("power below 0", ~(network.power >= 0), network.power),
        ("b below 0", ~(network.b >= 0), network.b),
        ("cost with all trips on it", ~costs.closed & ~(full <= MAX_COST), full),
    ):
        problems += [
            Problem(
                file="network",
                field=_name(network, a),
                found=f"{what}: {figure[a]:g}",
                expected="a number, 0 or more, for each volume the trips can make",
                mend="Correct the link, or the factors of tolls and lengths.",
            )
            for a in np.flatnonzero(bad).tolist()
        ]
    if problems:
        raise NetworkInputError(*problems)


def _name(network: RoadNetwork, link: int) -> str:
    numbers = network.node_numbers
    return f"link {numbers[network.tail[link]]} to {numbers[network.head[link]]}"


def arrange_links(
    network: RoadNetwork,
    costs: LinkCosts,
    objective: Objective,
    *,
    limit: NDArray[np.float64] | None = None,
    waiting: NDArray[np.float64] | None = None,
    window: float = 0.0,
) -> tuple[Links, NDArray[np.int64]]:
    """Lay links out for the kernels; return them and the network's index of each.

    For the system optimum the slope is that of the marginal cost: what a vehicle pays and
    what it costs the others, ``growth * (1 + power)``.
    """
    order = np.argsort(network.tail, kind="stable")
    tail, head = network.tail[order], network.head[order]
    slope = costs.growth * (
        1.0 + costs.power if objective is Objective.SYSTEM_OPTIMUM else np.ones(1)
    )
    slope = np.where(costs.closed, np.inf, slope)
    nodes = np.arange(network.n_nodes + 1)
    into = np.argsort(head, kind="stable").astype(np.int32)
    none = np.zeros(network.n_links)
    links = Links(
        tail=np.ascontiguousarray(tail, dtype=np.int32),
        head=np.ascontiguousarray(head, dtype=np.int32),
        out_offset=np.searchsorted(tail, nodes).astype(np.int32),
        in_offset=np.searchsorted(head[into], nodes).astype(np.int32),
        in_link=into,
        passable=nodes[:-1] >= network.first_thru_idx,
        constant=(costs.free + costs.fixed)[order],
        slope=slope[order],
        capacity=costs.capacity[order],
        power=costs.power[order],
        limit=np.full(network.n_links, np.inf) if limit is None else limit[order],
        waiting=none if waiting is None else waiting[order],
        window=float(window),
    )
    return links, order
