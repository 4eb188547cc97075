"""Road test networks: links with a volume-delay function, trips by zone pair, link flows.

These hold what the public test networks of traffic assignment give, in their own units: a
link's travel time at volume v is ``free_flow_time * (1 + b * (v / capacity) ** power)``, its
generalised cost that time plus ``toll_factor * toll + distance_factor * length``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadNetwork:
    """Directed links between numbered nodes, in the file's order and units.

    ``tail`` and ``head`` are node indices from 0 (int32, shape (n_links,)); the file's own
    numbers are ``node_numbers`` (int32, ascending, shape (n_nodes,)). The zones are the
    first ``n_zones`` nodes, as read numbered 1 to ``n_zones``. No path may pass through a node
    whose number is below ``first_thru_node``; it may start or end there. ``capacity`` may be 0
    where ``b`` or ``power`` makes the time constant; ``speed`` is as the file has it, which
    need not agree with the times; ``link_type`` is the file's own numbering. The two factors
    are 0 where the file states none: publishers often give them in a page beside the file.
    """

    node_numbers: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    capacity: NDArray[np.float64]
    length: NDArray[np.float64]
    free_flow_time: NDArray[np.float64]
    b: NDArray[np.float64]
    power: NDArray[np.float64]
    speed: NDArray[np.float64]
    toll: NDArray[np.float64]
    link_type: NDArray[np.int32]
    n_zones: int
    first_thru_node: int
    toll_factor: float
    distance_factor: float

    @property
    def n_nodes(self) -> int:
        """How many nodes there are, those without links included."""
        return len(self.node_numbers)

    @property
    def n_links(self) -> int:
        """How many directed links there are."""
        return len(self.tail)

    @property
    def first_thru_idx(self) -> int:
        """Index of the first node that paths may pass through; n_nodes if there is none."""
        return int(np.searchsorted(self.node_numbers, self.first_thru_node))


@dataclass(frozen=True, slots=True, kw_only=True)
class TripTable:
    """Trips between zones: the positive entries, by origin, then destination.

    ``origin`` and ``destination`` are zone indices from 0 (int32, shape (n_pairs,)), trips
    within a zone included; ``trips`` is in the file's unit. ``stated_total`` is the sum the
    file says it has, None where it says nothing.
    """

    n_zones: int
    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    trips: NDArray[np.float64]
    stated_total: float | None

    @property
    def total(self) -> float:
        """The sum of all trips, those within a zone included."""
        return float(self.trips.sum())

    def to_matrix(self) -> NDArray[np.float64]:
        """Return the trips as a dense matrix, ``od[i, j]`` from zone i to zone j."""
        matrix = np.zeros((self.n_zones, self.n_zones), dtype=np.float64)
        matrix[self.origin, self.destination] = self.trips
        return matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFlows:
    """Volumes on links, in the file's order; shape (n_links,) each.

    ``tail_number`` and ``head_number`` are the file's node numbers (int32). ``cost`` is a
    link's travel time or generalised cost, None where the file has no such column.
    """

    tail_number: NDArray[np.int32]
    head_number: NDArray[np.int32]
    volume: NDArray[np.float64]
    cost: NDArray[np.float64] | None


def match_zones(
    network: RoadNetwork, trips: TripTable, *, file: str = "trips"
) -> tuple[RoadNetwork, TripTable]:
    """Return a network and trips whose zones are the same nodes, where numbers have gaps.

    A zone numbered beyond the network's number of zones must be one of its nodes, before the
    first thru node where that is not 1. Both come back as they are where there is none.

    Parameters
    ----------
    file
        What the trips are called in a complaint.

    Raises
    ------
    NetworkInputError
        If a zone is none of the network's; names each.
    """
    numbers = np.union1d(trips.origin, trips.destination) + 1
    if not (numbers > network.n_zones).any():
        return network, trips
    end = network.first_thru_node if network.first_thru_node > 1 else np.inf
    is_zone = np.isin(numbers, network.node_numbers) & (numbers < end)
    wrong = numbers[~(is_zone | (numbers <= network.n_zones))]
    if len(wrong):
        raise NetworkInputError(*(_no_zone(network, zone, file) for zone in wrong.tolist()))
    zones = np.searchsorted(network.node_numbers, numbers).astype(np.int32)
    n_zones = int(zones[-1]) + 1
    return replace(network, n_zones=n_zones), replace(
        trips,
        n_zones=n_zones,
        origin=zones[np.searchsorted(numbers, trips.origin + 1)],
        destination=zones[np.searchsorted(numbers, trips.destination + 1)],
    )


def _no_zone(network: RoadNetwork, zone: int, file: str) -> Problem:
    return Problem(
        file=file,
        found=f"trips from or to zone {zone}",
        expected=f"a zone of the network, 1 to {network.n_zones}",
        mend="Give the trips of this network, or its number of zones.",
    )


def match_flows(network: RoadNetwork, flows: LinkFlows, *, file: str = "flows") -> LinkFlows:
    """Return flows in the order of a network's links.

    Parallel links are told apart by their order alone, the same in both files.

    Parameters
    ----------
    file
        What the flows are called in a complaint.

    Raises
    ------
    NetworkInputError
        If a link has no flow, or a flow no link; names each pair of nodes.
    """
    of_links = _keys(network.node_numbers[network.tail], network.node_numbers[network.head])
    of_flows = _keys(flows.tail_number, flows.head_number)
    links, rows = np.argsort(of_links, kind="stable"), np.argsort(of_flows, kind="stable")
    if not np.array_equal(of_links[links], of_flows[rows]):
        raise NetworkInputError(*_explain_mismatch(of_links, of_flows, file))
    order = np.empty(len(rows), dtype=np.int64)
    order[links] = rows
    return LinkFlows(
        tail_number=flows.tail_number[order],
        head_number=flows.head_number[order],
        volume=flows.volume[order],
        cost=None if flows.cost is None else flows.cost[order],
    )


def _keys(tail: NDArray[np.int32], head: NDArray[np.int32]) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = tail.astype(np.int64) << 32 | head.astype(np.int64)
    return keys


def _explain_mismatch(
    of_links: NDArray[np.int64], of_flows: NDArray[np.int64], file: str
) -> list[Problem]:
    keys = np.unique(np.concatenate((of_links, of_flows)))
    n_links = np.bincount(np.searchsorted(keys, of_links), minlength=len(keys))
    n_flows = np.bincount(np.searchsorted(keys, of_flows), minlength=len(keys))
    return [
        Problem(
            file=file,
            found=f"{int(n_flows[k])} flows from node {keys[k] >> 32} to node "
            f"{keys[k] & 0xFFFFFFFF}",
            expected=f"{int(n_links[k])}, as many as the network has links there",
            mend="Give the flows of this network, every link once.",
        )
        for k in np.flatnonzero(n_links != n_flows).tolist()
    ]
