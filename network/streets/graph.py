"""The frozen street graph: junctions, the street between them, and a graph for each mode.

Index words: ``node`` is a junction (shared by all modes), ``segment`` a stretch of one way
between two junctions, ``edge`` a directed move along a segment in one mode's graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from network.base import ProblemLog


class StreetMode(StrEnum):
    """Who moves on the streets."""

    WALK = "walk"
    BIKE = "bike"
    CAR = "car"


STEPS, FERRY, ROUNDABOUT, BRIDGE, TUNNEL, TOLL = 1, 2, 4, 8, 16, 32
"""Bits of :attr:`Segments.flags`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetNodes:
    """Junctions and ends of streets, shape (n_nodes,), by OSM id.

    ``elevation_m`` is metres above the sea, NaN where unknown; None where none was given.
    """

    osm_id: NDArray[np.int64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    elevation_m: NDArray[np.float32] | None

    def __len__(self) -> int:
        return len(self.osm_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Stretches of ways between two junctions, shape (n_segments,), by way and place in it.

    A segment runs from ``node_a`` to ``node_b`` in the way's own direction; its points, both
    ends included, are ``point_offset[i]`` to ``point_offset[i + 1]`` of ``point_lat`` and
    ``point_lon`` (degrees). ``kind`` indexes ``kinds`` (the highway value, or ``ferry``),
    ``name`` indexes ``names`` ("" first). ``speed_kmh`` is a car's free speed, ``lanes`` the
    lanes of both directions together (0 unknown).
    """

    node_a: NDArray[np.int32]
    node_b: NDArray[np.int32]
    length_m: NDArray[np.float32]
    way: NDArray[np.int64]
    kind: NDArray[np.int16]
    kinds: tuple[str, ...]
    name: NDArray[np.int32]
    names: tuple[str, ...]
    speed_kmh: NDArray[np.float32]
    lanes: NDArray[np.int8]
    flags: NDArray[np.uint8]
    point_offset: NDArray[np.int32]
    point_lat: NDArray[np.float64]
    point_lon: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.node_a)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeGraph:
    """One mode's graph as CSR by tail, islands pruned; edges of a tail by head, then segment.

    A vertex stands for junction ``node[v]``. Where a turn is restricted, the junction has
    further vertices behind the first ones (``n_plain`` vertices stand for one junction each,
    in order of node): a vehicle that came by the restricted street is at such a copy, whose
    edges leave the forbidden turns out. A junction closed by a barrier has a vertex for each
    street that ends there, and copies keep through traffic out of streets that only their own
    traffic may use. Edges of vertex ``v`` are ``offset[v]`` to
    ``offset[v + 1]``: ``head``, ``duration_s``, ``length_m``, ``segment``, and ``forward``
    (from the segment's ``node_a`` to its ``node_b``). ``segment_edge[i]`` is the edge of
    segment ``i``, shape (n_segments, 2), forward and backward, that a trip starting on it
    takes, -1 where the mode may not; edges of other vertices on the same segment may lead to
    other copies of the same junction. ``snap_segment`` are the segments a trip of this mode may
    start or end on (no motorways, no ferries), ascending.
    """

    mode: StreetMode
    node: NDArray[np.int32]
    n_plain: int
    offset: NDArray[np.int32]
    head: NDArray[np.int32]
    duration_s: NDArray[np.float32]
    length_m: NDArray[np.float32]
    segment: NDArray[np.int32]
    forward: NDArray[np.bool_]
    segment_edge: NDArray[np.int32]
    snap_segment: NDArray[np.int32]
    n_islands_pruned: int
    n_island_nodes_pruned: int
    n_turn_restrictions: int

    @property
    def n_vertices(self) -> int:
        """Number of vertices, copies for turn restrictions included."""
        return len(self.node)

    @property
    def n_edges(self) -> int:
        """Number of directed edges."""
        return len(self.head)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetGraph:
    """Streets of an extract for walking, cycling and driving.

    ``walk_speed_mps`` is the speed on the flat that ``walk.duration_s`` holds.
    """

    name: str
    nodes: StreetNodes
    segments: Segments
    walk: ModeGraph
    bike: ModeGraph
    car: ModeGraph
    walk_speed_mps: float
    bike_speed_mps: float
    n_ways_read: int
    set_aside: ProblemLog

    def mode_graph(self, mode: StreetMode) -> ModeGraph:
        """Return the graph of a mode."""
        return {StreetMode.WALK: self.walk, StreetMode.BIKE: self.bike}.get(mode, self.car)
