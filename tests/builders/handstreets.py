"""Small street graphs made by hand, without any reader: what searches are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import ProblemLog, distance_m
from network.streets.graph import ModeGraph, Segments, StreetGraph, StreetMode, StreetNodes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

METRE = 1 / 111_195.08  # degrees of latitude in a metre on the sphere


@dataclass(frozen=True)
class Street:
    """A street from node ``a`` to node ``b``; seconds each way, None where it is closed."""

    a: int
    b: int
    there_s: float | None = None
    back_s: float | None = None
    name: str = ""
    flags: int = 0
    kind: str = "residential"
    between: tuple[tuple[float, float], ...] = ()


def place(x_m: float, y_m: float) -> tuple[float, float]:
    """Return the (lat, lon) of a place on the plane at the equator, metres east and north."""
    return y_m * METRE, x_m * METRE


def hand_streets(
    nodes: Mapping[int, tuple[float, float]],
    streets: Sequence[Street],
    *,
    forbidden: Sequence[tuple[int, int, int]] = (),
    speed_mps: float = 1.2,
) -> StreetGraph:
    """Build a graph, the same for all modes, of nodes at (lat, lon) and streets between them.

    Turns of ``forbidden`` are (street come by, node, street not to be entered). A street
    without seconds takes its length at ``speed_mps``, both ways.
    """
    ids = sorted(nodes)
    at = {node: i for i, node in enumerate(ids)}
    lines = [[nodes[s.a], *s.between, nodes[s.b]] for s in streets]
    length_m = np.array([_length_m(line) for line in lines])
    points = np.array([p for line in lines for p in line]).reshape(-1, 2)
    names = ("", *sorted({s.name for s in streets} - {""}))
    kinds = tuple(sorted({s.kind for s in streets}))
    segments = Segments(
        node_a=np.array([at[s.a] for s in streets], dtype=np.int32),
        node_b=np.array([at[s.b] for s in streets], dtype=np.int32),
        length_m=length_m.astype(np.float32),
        way=np.arange(1, len(streets) + 1, dtype=np.int64),
        kind=np.array([kinds.index(s.kind) for s in streets], dtype=np.int16),
        kinds=kinds,
        name=np.array([names.index(s.name) for s in streets], dtype=np.int32),
        names=names,
        speed_kmh=np.full(len(streets), 30, dtype=np.float32),
        lanes=np.zeros(len(streets), dtype=np.int8),
        flags=np.array([s.flags for s in streets], dtype=np.uint8),
        point_offset=np.concatenate(([0], np.cumsum([len(x) for x in lines]))).astype(np.int32),
        point_lat=points[:, 0].copy(),
        point_lon=points[:, 1].copy(),
    )
    edges = _edges(streets, at, length_m, speed_mps)
    graphs = {
        str(mode): _mode_graph(
            mode, len(ids), edges, length_m, [(f, at[n], t) for f, n, t in forbidden]
        )
        for mode in StreetMode
    }
    return StreetGraph(
        name="by hand",
        nodes=StreetNodes(
            osm_id=np.array(ids, dtype=np.int64),
            lat=np.array([nodes[i][0] for i in ids]),
            lon=np.array([nodes[i][1] for i in ids]),
            elevation_m=None,
        ),
        segments=segments,
        **graphs,
        walk_speed_mps=speed_mps,
        bike_speed_mps=4.2,
        n_ways_read=len(streets),
        set_aside=ProblemLog(),
    )


def _length_m(line: Sequence[tuple[float, float]]) -> float:
    lat, lon = np.array(line).T
    return float(distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())


def _edges(
    streets: Sequence[Street], at: Mapping[int, int], length_m: np.ndarray, speed_mps: float
) -> list[tuple[int, int, int, bool, float]]:
    """Return (tail node, head node, segment, forward, seconds) of every edge."""
    edges = []
    for i, s in enumerate(streets):
        there_s, back_s = s.there_s, s.back_s
        if there_s is None and back_s is None:
            there_s = back_s = length_m[i] / speed_mps
        if there_s is not None:
            edges.append((at[s.a], at[s.b], i, True, there_s))
        if back_s is not None:
            edges.append((at[s.b], at[s.a], i, False, back_s))
    return edges


def _mode_graph(
    mode: StreetMode,
    n_nodes: int,
    edges: list[tuple[int, int, int, bool, float]],
    length_m: np.ndarray,
    forbidden: Sequence[tuple[int, int, int]],
) -> ModeGraph:
    """Lay the edges out, with a copy of a node for each street that a turn is forbidden from."""
    banned: dict[tuple[int, int], set[int]] = {}
    for come_by, node, not_into in forbidden:
        banned.setdefault((node, come_by), set()).add(not_into)
    copies = {key: n_nodes + i for i, key in enumerate(sorted(banned))}
    laid = []
    for tail, head, segment, forward, seconds in edges:
        to = copies.get((head, segment), head)
        tails = [tail]
        tails += [v for (n, s), v in copies.items() if n == tail and segment not in banned[n, s]]
        laid += [(v, to, segment, forward, seconds) for v in tails]
    laid.sort()
    segment_edge = np.full((len(length_m), 2), -1, dtype=np.int32)
    for e, (tail, _, segment, forward, _) in enumerate(laid):
        if tail < n_nodes:
            segment_edge[segment, 0 if forward else 1] = e
    n_vertices = n_nodes + len(copies)
    counts = np.bincount([x[0] for x in laid], minlength=n_vertices)
    segment = np.array([x[2] for x in laid], dtype=np.int32)
    return ModeGraph(
        mode=mode,
        node=np.array([*range(n_nodes), *(n for n, _ in sorted(banned))], dtype=np.int32),
        n_plain=n_nodes,
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        head=np.array([x[1] for x in laid], dtype=np.int32),
        duration_s=np.array([x[4] for x in laid], dtype=np.float32),
        length_m=length_m[segment].astype(np.float32),
        segment=segment,
        forward=np.array([x[3] for x in laid], dtype=np.bool_),
        segment_edge=segment_edge,
        snap_segment=np.unique(segment).astype(np.int32),
        n_islands_pruned=0,
        n_island_nodes_pruned=0,
        n_turn_restrictions=len(forbidden),
    )
