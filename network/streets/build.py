"""Ways to a street graph: junctions, segments, and a graph for each mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import Progress, no_progress
from network.streets.graph import FERRY, ModeGraph, StreetGraph, StreetMode
from network.streets.islands import prune_islands
from network.streets.limited import bar_through_traffic
from network.streets.modes import MODE_BITS, Speeds, compute_mode_segments
from network.streets.segments import build_segments
from network.streets.turn_copies import add_turn_copies
from network.streets.turns import find_turns
from network.streets.vertices import build_vertex_graph, edge_offsets, sort_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import ProblemLog
    from network.streets.graph import Segments, StreetNodes
    from network.streets.modes import ModeSegments
    from network.streets.raw import RawWays
    from network.streets.vertices import VertexGraph

_STAGE = "streets"


def build_streets(
    raw: RawWays,
    *,
    walk_speed_mps: float = 1.2,
    bike_speed_mps: float = 4.2,
    car_speed_share: float = 1.0,
    progress: Progress = no_progress,
) -> StreetGraph:
    """Build the street graph of the ways, islands pruned, turns and barriers respected.

    Cars drive at the speed limit, or where none is tagged at a speed by class of street, times
    ``car_speed_share``: 1 is an empty road without a red light. Walking and cycling follow the
    grade where the elevation of both ends is known. The result does not depend on the order of
    anything in ``raw``.

    Raises
    ------
    ValueError
        If a speed is not positive.
    """
    speeds = Speeds(walk_mps=walk_speed_mps, bike_mps=bike_speed_mps, car_share=car_speed_share)
    progress(_STAGE, 0, 4)
    nodes, segments, way = build_segments(raw, raw.log)
    modes = compute_mode_segments(raw, way, nodes, segments, speeds)
    graphs = []
    for done, mode in enumerate(modes, start=1):
        progress(_STAGE, done, 4)
        graphs.append(_build_mode_graph(raw, nodes, segments, mode, raw.log))
    walk, bike, car = graphs
    progress(_STAGE, 4, 4)
    return StreetGraph(
        name=raw.name,
        nodes=nodes,
        segments=segments,
        walk=walk,
        bike=bike,
        car=car,
        walk_speed_mps=walk_speed_mps,
        bike_speed_mps=bike_speed_mps,
        n_ways_read=raw.n_ways_read,
        set_aside=raw.log,
    )


def _build_mode_graph(
    raw: RawWays, nodes: StreetNodes, segments: Segments, mode: ModeSegments, log: ProblemLog
) -> ModeGraph:
    graph = build_vertex_graph(segments, mode, len(nodes), _closed_nodes(raw, nodes, mode))
    graph, n_islands, n_island_nodes = prune_islands(graph)
    graph = bar_through_traffic(graph, mode.limited)
    n_turns = 0
    if mode.mode is StreetMode.CAR:
        turns, n_turns = find_turns(raw, segments, nodes.osm_id, graph, log)
        graph = add_turn_copies(graph, turns)
    return _freeze(sort_edges(graph), segments, mode, (n_islands, n_island_nodes, n_turns))


def _closed_nodes(raw: RawWays, nodes: StreetNodes, mode: ModeSegments) -> NDArray[np.bool_]:
    """Say at which junctions a barrier stops the mode."""
    stops = (raw.barrier_closed & MODE_BITS[mode.mode]) != 0
    return np.isin(nodes.osm_id, raw.barrier_node[stops])


def _freeze(
    graph: VertexGraph, segments: Segments, mode: ModeSegments, counts: tuple[int, int, int]
) -> ModeGraph:
    starts = np.flatnonzero(graph.is_start)
    segment_edge = np.full((len(segments), 2), -1, dtype=np.int32)
    segment_edge[graph.segment[starts], (~graph.forward[starts]).astype(np.int8)] = starts
    is_used = (segment_edge >= 0).any(axis=1)
    snap = np.flatnonzero(is_used & mode.may_snap)
    if not len(snap):
        # A network of motorways alone: better to start on those than nowhere.
        snap = np.flatnonzero(is_used & ((segments.flags & FERRY) == 0))
    duration_s = mode.duration_s[graph.segment, (~graph.forward).astype(np.int8)]
    return ModeGraph(
        mode=mode.mode,
        node=graph.node.astype(np.int32),
        n_plain=graph.n_plain,
        offset=edge_offsets(graph.tail, graph.n_vertices),
        head=graph.head,
        duration_s=duration_s.astype(np.float32),
        length_m=segments.length_m[graph.segment],
        segment=graph.segment,
        forward=graph.forward,
        segment_edge=segment_edge,
        snap_segment=snap.astype(np.int32),
        n_islands_pruned=counts[0],
        n_island_nodes_pruned=counts[1],
        n_turn_restrictions=counts[2],
    )
