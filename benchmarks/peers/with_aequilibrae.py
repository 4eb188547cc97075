"""Road assignment by AequilibraE's bi-conjugate Frank-Wolfe, on one core, beside our own."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.registry import Unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.roads import RoadNetwork, TripTable

_MOST_ITERATIONS = 100_000


class Aequilibrae:
    """A network and its trips in AequilibraE's own terms; costs without tolls or lengths."""

    def __init__(self, network: RoadNetwork, trips: TripTable) -> None:
        os.environ["AEQ_SHOW_PROGRESS"] = "FALSE"  # its progress bars would count as its time
        try:
            import pandas as pd
            from aequilibrae.matrix import AequilibraeMatrix
            from aequilibrae.paths import Graph
        except ImportError as error:
            msg = "needs aequilibrae: pip install -c constraints.txt '.[bench]'"
            raise Unavailable(msg) from error
        logging.getLogger("aequilibrae").setLevel(logging.ERROR)
        links = pd.DataFrame(
            {
                "link_id": np.arange(1, network.n_links + 1),
                "a_node": network.node_numbers[network.tail],
                "b_node": network.node_numbers[network.head],
                "direction": np.ones(network.n_links, dtype=np.int8),
                "capacity": network.capacity,
                "free_flow_time": network.free_flow_time,
                "b": network.b,
                "power": network.power,
            }
        )
        graph = Graph()
        graph.network = links
        graph.prepare_graph(network.node_numbers[: network.n_zones].astype(np.int64))
        graph.set_graph("free_flow_time")
        graph.cost = np.array(graph.cost, dtype=np.float64)
        graph.set_blocked_centroid_flows(network.first_thru_node > 1)
        self._graph = graph
        demand = trips.to_matrix()
        np.fill_diagonal(demand, 0.0)
        matrix = AequilibraeMatrix()
        matrix.create_empty(zones=network.n_zones, matrix_names=["trips"], memory_only=True)
        matrix.index[:] = network.node_numbers[: network.n_zones]
        matrix.matrices[:, :, 0] = demand
        matrix.computational_view(["trips"])
        self._matrix = matrix

    def solve(self, gap: float) -> NDArray[np.float64]:
        """Return link flows, in the network's order, at a relative gap."""
        from aequilibrae.paths import TrafficAssignment, TrafficClass

        traffic: Any = TrafficAssignment()
        traffic.set_classes([TrafficClass("car", self._graph, self._matrix)])
        traffic.set_vdf("BPR")
        traffic.set_vdf_parameters({"alpha": "b", "beta": "power"})
        traffic.set_capacity_field("capacity")
        traffic.set_time_field("free_flow_time")
        traffic.set_cores(1)
        traffic.set_algorithm("bfw")
        traffic.max_iter, traffic.rgap_target = _MOST_ITERATIONS, gap
        traffic.execute()
        result = traffic.results().sort_index()
        flow: NDArray[np.float64] = result["PCE_AB"].to_numpy(dtype=np.float64)
        return flow
