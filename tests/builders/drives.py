"""The fastest drive on a street graph, move by move: a plain search for tests."""

import heapq

import numpy as np

from network.streets.graph import StreetGraph


def fastest(streets: StreetGraph, start: tuple[int, int], end: tuple[int, int]) -> list[int]:
    """Return the edges of the fastest drive from one move to another, both included.

    A move is (way, OSM node it leads to). Empty where there is none.
    """
    car = streets.car
    key = move_keys(streets)
    queue = [(0.0, [start_edge(streets, start)])]
    seen = set()
    while queue:
        seconds, path = heapq.heappop(queue)
        if path[-1] in seen:
            continue
        seen.add(path[-1])
        if key[path[-1]] == end:
            return path
        vertex = int(car.head[path[-1]])
        for after in range(int(car.offset[vertex]), int(car.offset[vertex + 1])):
            heapq.heappush(queue, (seconds + float(car.duration_s[after]), [*path, after]))
    return []


def move_keys(streets: StreetGraph) -> list[tuple[int, int]]:
    """Return the way and the OSM node it leads to, of each edge for cars."""
    car = streets.car
    way, head = streets.segments.way[car.segment], streets.nodes.osm_id[car.node[car.head]]
    return list(zip(way.tolist(), head.tolist(), strict=True))


def start_edge(streets: StreetGraph, start: tuple[int, int]) -> int:
    key = move_keys(streets)
    return next(e for e in streets.car.segment_edge.ravel().tolist() if e >= 0 and key[e] == start)


def drive(streets: StreetGraph, start: tuple[int, int], end: tuple[int, int]) -> list[int]:
    """Return the junctions of the fastest drive from one move to another."""
    key, path = move_keys(streets), fastest(streets, start, end)
    car = streets.car
    tail = np.repeat(np.arange(car.n_vertices), np.diff(car.offset))
    first = [int(streets.nodes.osm_id[car.node[tail[path[0]]]])] if path else []
    return first + [key[e][1] for e in path]


def drive_ways(streets: StreetGraph, start: tuple[int, int], end: tuple[int, int]) -> list[int]:
    """Return the ways of the fastest drive from one move to another."""
    key = move_keys(streets)
    return [key[e][0] for e in fastest(streets, start, end)]
