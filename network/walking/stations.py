"""Walks inside stations: the fastest ways along pathways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from network.streets._street_kernels import GraphArrays, spread
from network.streets.search import NO_LIMIT_S, build_work
from network.walking.pairs import Pairs, round_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.streets._street_kernels import SearchWork
    from network.walks import Pathways

_NONE = np.empty(0, dtype=np.int32)
_NO_S = np.empty(0, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrances:
    """Ways between stops and entrances of stations, by stop, then by node.

    ``in_s`` leads from the entrance (``node`` of the pathways) to the stop, ``out_s`` back;
    infinite where that direction is not open.
    """

    stop: NDArray[np.int64]
    node: NDArray[np.int64]
    in_s: NDArray[np.float64]
    out_s: NDArray[np.float64]


class StationWays:
    """The fastest ways between the nodes of pathways, in seconds, each edge one way.

    ``node_group`` numbers connected pathways (steps included), ``group`` says by stop to
    which it belongs, -1 where no pathway names it, and ``has_entrance`` by group whether an
    entrance is among its nodes. Where pathways are given for a station, they are all its ways.

    References
    ----------
    GTFS Schedule reference, pathways.txt: a station's pathways are to be exhaustive.
    """

    def __init__(self, pathways: Pathways, n_stops: int, *, step_free: bool) -> None:
        """Index the pathways; with ``step_free`` only those without steps are walked."""
        self.pathways = pathways
        n_nodes = len(pathways.node_ids)
        usable = pathways.is_step_free if step_free else np.ones(len(pathways.mode), dtype=np.bool_)
        self._tail, self._forward = _csr(pathways, usable, n_nodes, turned=False)
        _, self._backward = _csr(pathways, usable, n_nodes, turned=True)
        links = coo_matrix(
            (np.ones(len(pathways.mode)), (pathways.from_node, pathways.to_node)),
            shape=(n_nodes, n_nodes),
        )
        n_groups, self.node_group = connected_components(links, directed=False)
        self.has_entrance = np.zeros(n_groups, dtype=np.bool_)
        self.has_entrance[self.node_group[pathways.is_entrance]] = True
        nodes = np.flatnonzero(pathways.node_stop >= 0)
        order = np.argsort(pathways.node_stop[nodes], kind="stable")
        self._nodes, self._node_stop = nodes[order], pathways.node_stop[nodes[order]]
        self.group = np.full(n_stops, -1, dtype=np.int64)
        self.group[self._node_stop] = self.node_group[self._nodes]

    def is_named(self) -> NDArray[np.bool_]:
        """Return which stops pathways name."""
        return self.group >= 0

    def find_pairs(self) -> Pairs:
        """Find the walks between stops along pathways, however long, seconds rounded up."""
        found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        work = self._new_work()
        for stop in np.unique(self._node_stop).tolist():
            node, seconds = self._spread(stop, self._forward, work)
            at_stop = self.pathways.node_stop[node] >= 0
            target = self.pathways.node_stop[node[at_stop]].astype(np.int64)
            found.append((np.full(len(target), stop), target, round_up(seconds[at_stop])))
        if not found:
            return Pairs.none()
        a, b, s = (np.concatenate(column) for column in zip(*found, strict=True))
        return Pairs.of(a, b, s)

    def find_entrances(self) -> Entrances:
        """Find the ways between each stop and the entrances of its station."""
        rows: list[tuple[int, int, float, float]] = []
        work = self._new_work()
        for stop in np.unique(self._node_stop).tolist():
            ways: dict[int, list[float]] = {}
            for column, graph in ((0, self._backward), (1, self._forward)):
                node, seconds = self._spread(stop, graph, work)
                entrance = self.pathways.is_entrance[node]
                for n, s in zip(node[entrance].tolist(), seconds[entrance].tolist(), strict=True):
                    ways.setdefault(n, [np.inf, np.inf])[column] = s
            rows += [(stop, n, *ways[n]) for n in sorted(ways)]
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return Entrances(
            stop=table[:, 0].astype(np.int64),
            node=table[:, 1].astype(np.int64),
            in_s=table[:, 2],
            out_s=table[:, 3],
        )

    def find_route(self, start: int, end: int) -> tuple[float, list[int]] | None:
        """Find the seconds and the nodes of the fastest way between two stops, None if none."""
        work = self._new_work()
        node, seconds = self._spread(start, self._forward, work)
        at_end = np.flatnonzero(self.pathways.node_stop[node] == end)
        if start == end or len(at_end) == 0:
            return None
        last = at_end[np.argmin(seconds[at_end])]
        route = [int(node[last])]
        parent = int(work.parent[route[-1]])
        while parent >= 0:
            route.append(int(self._tail[parent]))
            parent = int(work.parent[route[-1]])
        return float(seconds[last]), route[::-1]

    def _new_work(self) -> SearchWork:
        return build_work(len(self.pathways.node_ids), len(self.pathways.mode))

    def _spread(
        self, stop: int, graph: GraphArrays, work: SearchWork
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        first, last = np.searchsorted(self._node_stop, (stop, stop + 1))
        seeds = self._nodes[first:last].astype(np.int32)
        zero = np.zeros(len(seeds))
        n = spread(graph, work, seeds, zero, zero, NO_LIMIT_S, _NONE, _NO_S, False)
        node = work.settled[:n].copy()
        return node, work.seconds[node]


def _csr(
    pathways: Pathways, usable: NDArray[np.bool_], n_nodes: int, *, turned: bool
) -> tuple[NDArray[np.int32], GraphArrays]:
    """Return the tail of every edge, and the graph, each edge turned round if so asked."""
    tail, head = pathways.from_node[usable], pathways.to_node[usable]
    if turned:
        tail, head = head, tail
    seconds = pathways.duration_s[usable]
    order = np.lexsort((seconds, head, tail))
    offset = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=n_nodes))))
    return tail[order].astype(np.int32), GraphArrays(
        offset=offset.astype(np.int32),
        head=head[order].astype(np.int32),
        duration_s=seconds[order].astype(np.float32),
        length_m=np.zeros(len(order), dtype=np.float32),
    )
