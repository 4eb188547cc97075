"""Which stops hang together with the main part of a network by rides and walks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.timetable import Timetable
    from network.walks import Footpaths


class Reach(IntEnum):
    """How a stop hangs together with the main part of the network."""

    MAIN = 0  # part of it: each of its stops can reach every other
    FROM_MAIN = 1  # can be reached from it, no way back
    TO_MAIN = 2  # can reach it, no way there
    ISLAND = 3  # neither


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReach:
    """By stop: its :class:`Reach`, and the number of the part it hangs together with.

    A part is the stops off the main part that rides and walks join in any direction.
    """

    reach: NDArray[np.int8]
    part: NDArray[np.int32]


def find_reach(timetable: Timetable, footpaths: Footpaths) -> StopReach:
    """Find which stops can reach, and be reached from, the main part of the network.

    Hours do not count: a ride joins each stop where one may board with the later ones where
    one may alight, going on as the trip of ``trip_next`` included. The main part is the
    strongly connected component with the most stops (of equals, the one of the first stop).
    """
    graph = _build_graph(timetable, footpaths)
    n_stops = timetable.n_stops
    _, component = connected_components(graph, directed=True, connection="strong")
    component = component[:n_stops]
    size = np.bincount(component)
    main_stop = int(np.argmax(size[component]))
    is_main = component == component[main_stop]
    from_main = _reached(graph, main_stop)[:n_stops]
    to_main = _reached(csr_matrix(graph.T), main_stop)[:n_stops]
    reach = np.where(from_main, Reach.FROM_MAIN, np.where(to_main, Reach.TO_MAIN, Reach.ISLAND))
    reach = np.where(is_main, Reach.MAIN, reach)
    return StopReach(reach=reach.astype(np.int8), part=_number_parts(timetable, footpaths, is_main))


def _build_graph(timetable: Timetable, footpaths: Footpaths) -> csr_matrix:
    """Build the graph of stops and, behind them, of vehicles at each place of each pattern."""
    n_stops, n_places = timetable.n_stops, len(timetable.pattern_stop)
    place = n_stops + np.arange(n_places)
    last = timetable.pattern_offset[1:].astype(np.int64) - 1
    goes_on = np.ones(n_places, dtype=bool)
    goes_on[last] = False
    board, alight = timetable.pattern_pickup, timetable.pattern_dropoff
    trip_pattern = np.repeat(
        np.arange(timetable.n_patterns), np.diff(timetable.pattern_trip_offset)
    )
    staying = np.flatnonzero(timetable.trip_next >= 0)
    following = trip_pattern[timetable.trip_next[staying]]
    walk_from = np.repeat(np.arange(n_stops), np.diff(footpaths.offset))
    tails = (
        timetable.pattern_stop[board], place[alight], place[goes_on], walk_from,
        n_stops + last[trip_pattern[staying]],
    )  # fmt: skip
    heads = (
        place[board], timetable.pattern_stop[alight], place[goes_on] + 1, footpaths.stop,
        n_stops + timetable.pattern_offset[following].astype(np.int64),
    )  # fmt: skip
    return _graph(np.concatenate(tails), np.concatenate(heads), n_stops + n_places)


def _reached(graph: csr_matrix, start: int) -> NDArray[np.bool_]:
    reached = np.zeros(graph.shape[0], dtype=bool)
    reached[breadth_first_order(graph, start, return_predecessors=False)] = True
    return reached


def _number_parts(
    timetable: Timetable, footpaths: Footpaths, is_main: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return the part of each stop: 0 is the main one, others are joined without its stops."""
    n_stops = timetable.n_stops
    inside = np.ones(len(timetable.pattern_stop), dtype=bool)
    inside[timetable.pattern_offset[1:-1]] = False
    walk_from = np.repeat(np.arange(n_stops), np.diff(footpaths.offset))
    tail = np.concatenate((timetable.pattern_stop[:-1][inside[1:]], walk_from))
    head = np.concatenate((timetable.pattern_stop[1:][inside[1:]], footpaths.stop))
    kept = ~is_main[tail] & ~is_main[head]
    _, label = connected_components(_graph(tail[kept], head[kept], n_stops), directed=False)
    _, part = np.unique(np.where(is_main, -1, label), return_inverse=True)
    return part.astype(np.int32)


def _graph(tail: NDArray[Any], head: NDArray[Any], n_nodes: int) -> csr_matrix:
    """Return the graph with these edges; an edge given often weighs often, which is no matter."""
    weight = np.ones(len(tail), dtype=np.int32)
    edges = (tail.astype(np.int64), head.astype(np.int64))
    return csr_matrix((weight, edges), shape=(n_nodes, n_nodes))
