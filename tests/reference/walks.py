"""Shortest times on streets from the definition: every street cut at the places asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from network.base import distance_m

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.builders.handstreets import Street

Point = tuple[int, float]  # street, share of it from its node a


def shortest_s(
    streets: Sequence[Street],
    origin: Point,
    target: Point,
    forbidden: Sequence[tuple[int, int, int]] = (),
) -> float:
    """Seconds from a point of a street to another, infinite where there is no way.

    Pieces of streets, each one way, are the nodes of a graph whose edges are the allowed
    moves from the end of one piece to the start of another.
    """
    if _spot(streets, origin) == _spot(streets, target):
        return 0.0
    pieces = list(_pieces(streets, {origin, target}))
    graph = nx.DiGraph()
    graph.add_nodes_from(["start", "end"])
    for i, (tail, head, street, seconds) in enumerate(pieces):
        if tail == _spot(streets, origin):
            graph.add_edge("start", i, seconds=seconds)
        if head == _spot(streets, target):
            graph.add_edge(i, "end", seconds=0.0)
        for j, (next_tail, _, next_street, next_s) in enumerate(pieces):
            if head == next_tail and (street, head, next_street) not in forbidden:
                graph.add_edge(i, j, seconds=next_s)
    try:
        return nx.shortest_path_length(graph, "start", "end", weight="seconds")
    except nx.NetworkXNoPath:
        return np.inf


def _spot(streets: Sequence[Street], point: Point) -> int | Point:
    """The junction where the point is one, else the point."""
    street, share = point
    if share <= 0:
        return streets[street].a
    if share >= 1:
        return streets[street].b
    return point


def _pieces(streets, points):
    """(from, to, street, seconds) of every piece of every street, each way that is open."""
    for i, street in enumerate(streets):
        cuts = sorted({0.0, 1.0} | {share for s, share in points if s == i})
        for low, high in zip(cuts[:-1], cuts[1:], strict=True):
            a, b = _spot(streets, (i, low)), _spot(streets, (i, high))
            if street.there_s is not None:
                yield a, b, i, (high - low) * street.there_s
            if street.back_s is not None:
                yield b, a, i, (high - low) * street.back_s


def spread_plainly(offset, head, duration_s, seeds, limit_s):
    """Seconds to every vertex within the limit by going over all edges until nothing falls."""
    seconds = {}
    for vertex, start_s in seeds:
        if start_s <= limit_s:
            seconds[vertex] = min(start_s, seconds.get(vertex, np.inf))
    changed = True
    while changed:
        changed = False
        for v in sorted(seconds):
            for e in range(offset[v], offset[v + 1]):
                there = seconds[v] + float(duration_s[e])
                if there <= limit_s and there < seconds.get(int(head[e]), np.inf):
                    seconds[int(head[e])] = there
                    changed = True
    return seconds


def walks_plainly(streets, points, stops, parents, *, limit_s, speed_mps=1.2, detour=1.3):
    """Seconds by ordered pair of stops, as the rules of walks between stops say.

    ``points`` are (street, share, metres off it) by stop, None where no street is near.
    """
    walks = {}
    for a in stops:
        for b in stops:
            if a == b:
                continue
            metres = float(distance_m(*stops[a], *stops[b]))
            straight_s = math.ceil(metres * detour / speed_mps - 1e-9)
            ways = []
            if points[a] is None or points[b] is None:
                ways.append(straight_s)
            else:
                street_s = shortest_s(streets, points[a][:2], points[b][:2])
                street_s += (points[a][2] + points[b][2]) / speed_mps
                if street_s < np.inf:
                    ways.append(math.ceil(street_s - 1e-3))
                is_far = not ways or ways[0] > limit_s
                one_hall = parents.get(a) is not None and parents.get(a) == parents.get(b)
                if metres <= max(points[a][2], points[b][2]) or (is_far and one_hall):
                    ways.append(straight_s)
            if ways and min(ways) <= limit_s:
                walks[a, b] = min(ways)
    return walks
