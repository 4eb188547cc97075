"""Street graphs from and to OSMnx: places by name, plots, analyses, and a second opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import Problem, Progress, no_progress
from network.base.errors import NetworkInputError
from network.streets._osmnx_edges import collect_edges, fit_lengths, to_raw_ways
from network.streets.build import build_streets
from network.streets.graph import BRIDGE, ROUNDABOUT, TUNNEL, StreetMode

if TYPE_CHECKING:
    from collections.abc import Callable

    import networkx as nx
    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from network.streets.graph import ModeGraph, Segments, StreetGraph

_MODE_KEY = "creneau_mode"
NETWORK_TYPES = {
    StreetMode.WALK: "walk",
    StreetMode.BIKE: "bike",
    StreetMode.CAR: "drive_service",
}
"""OSMnx's network_type for each mode."""


def from_osmnx(
    graph: nx.MultiDiGraph[Any],
    *,
    mode: StreetMode | None = None,
    name: str = "OSMnx graph",
    walk_speed_mps: float = 1.2,
    bike_speed_mps: float = 4.2,
    car_speed_share: float = 1.0,
    progress: Progress = no_progress,
) -> StreetGraph:
    """Build a street graph from a graph of OSMnx, simplified or not, projected or not.

    With ``mode``, the graph is that mode's alone, and its directed edges are exactly the moves
    it may make, whatever their tags: so for graphs of network_type ``walk`` and ``bike``,
    which no longer know the one-way streets of cars, and for those of :func:`to_osmnx`, which
    say their mode themselves. Without, edges are decoded by their tags as ways of an extract
    are, in their own directions for bicycles and cars and both ways on foot.

    Lengths are the edges' ``length``, else those of their lines. Cars drive at ``speed_kph``
    where the edges have it (``osmnx.routing.add_edge_speeds``), else by ``maxspeed`` and class
    of street; an ``elevation`` of the nodes is heeded. Small islands are pruned as always. An
    OSMnx graph has no turn restrictions and no barriers, and so has the result none.

    Parameters
    ----------
    graph
        Nodes with ``x`` and ``y``; edges with ``highway`` and what else they have.

    Raises
    ------
    NetworkInputError
        If the graph has no edges, or nodes without coordinates.
    """
    if mode is None and _MODE_KEY in graph.graph:
        mode = StreetMode(graph.graph[_MODE_KEY])
    edges = collect_edges(graph, name)
    raw = to_raw_ways(graph, edges, mode, name)
    streets = build_streets(
        raw,
        walk_speed_mps=walk_speed_mps,
        bike_speed_mps=bike_speed_mps,
        car_speed_share=car_speed_share,
        progress=progress,
    )
    return fit_lengths(streets, edges)


def to_osmnx(streets: StreetGraph, mode: StreetMode) -> nx.MultiDiGraph[Any]:
    """Build a graph of OSMnx from one mode's streets, to be plotted and analysed there.

    Nodes are OSM ids with ``x``, ``y`` and ``street_count``; edges have ``osmid``, ``length``
    (metres), ``highway``, ``oneway``, ``reversed``, ``geometry``, ``travel_time`` (seconds of
    this mode) and, where known, ``name``, ``maxspeed`` (km/h), ``lanes``, ``bridge``,
    ``tunnel`` and ``junction``. Turn restrictions, barriers within junctions and the rule that
    nobody passes through private streets cannot be said in such a graph and are lost.
    """
    import networkx as nx

    mode_graph = streets.mode_graph(mode)
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    graph.graph |= {
        "crs": "epsg:4326",
        "created_with": "Créneau",
        "simplified": True,
        _MODE_KEY: str(mode),
    }
    used = np.unique(mode_graph.node)
    ids = streets.nodes.osm_id
    for node in used.tolist():
        place = {"x": float(streets.nodes.lon[node]), "y": float(streets.nodes.lat[node])}
        if streets.nodes.elevation_m is not None and np.isfinite(streets.nodes.elevation_m[node]):
            place["elevation"] = float(streets.nodes.elevation_m[node])
        graph.add_node(int(ids[node]), **place)
    moves = _moves(mode_graph)
    both = {(segment, forward) for segment, forward, *_ in moves}
    for segment, forward, tail, head, seconds, metres in moves:
        attributes = _attributes(streets.segments, segment, forward)
        graph.add_edge(
            int(ids[tail]),
            int(ids[head]),
            **attributes,
            oneway=(segment, not forward) not in both,
            length=metres,
            travel_time=seconds,
        )
    for node, count in _street_counts(streets.segments, moves).items():
        graph.nodes[int(ids[node])]["street_count"] = count
    return graph


def read_streets_from_place(
    name: str,
    *,
    mode: StreetMode | None = None,
    walk_speed_mps: float = 1.2,
    bike_speed_mps: float = 4.2,
) -> StreetGraph:
    """Download the streets of a place by its name, through OSMnx, and build their graph.

    Needs the internet: OSMnx asks Nominatim for the
    place and Overpass for its streets, and keeps the answers. For anything larger than a town
    an extract and :func:`network.readers.read_streets` are faster and know turn restrictions.

    Parameters
    ----------
    name
        As one would type into a map's search: ``"Saint-Denis, France"``.
    mode
        Walking, cycling or driving alone; all of them by their tags where None.

    Raises
    ------
    NetworkInputError
        If the place is not found, has no streets, or the services cannot be reached.
    """
    import osmnx as ox

    kind = "all" if mode is None else NETWORK_TYPES[mode]
    graph = _download(name, lambda: ox.graph.graph_from_place(name, network_type=kind))
    return from_osmnx(
        graph, mode=mode, name=name, walk_speed_mps=walk_speed_mps, bike_speed_mps=bike_speed_mps
    )


def read_streets_from_polygon(
    polygon: Polygon | MultiPolygon,
    *,
    mode: StreetMode | None = None,
    name: str = "polygon",
    walk_speed_mps: float = 1.2,
    bike_speed_mps: float = 4.2,
) -> StreetGraph:
    """Download the streets within a polygon (longitudes and latitudes in degrees).

    Otherwise as :func:`read_streets_from_place`.

    Raises
    ------
    NetworkInputError
        If nothing is found, or the services cannot be reached.
    """
    import osmnx as ox

    kind = "all" if mode is None else NETWORK_TYPES[mode]
    graph = _download(name, lambda: ox.graph.graph_from_polygon(polygon, network_type=kind))
    return from_osmnx(
        graph, mode=mode, name=name, walk_speed_mps=walk_speed_mps, bike_speed_mps=bike_speed_mps
    )


def _download(name: str, fetch: Callable[[], nx.MultiDiGraph[Any]]) -> nx.MultiDiGraph[Any]:
    """Run a download; whatever goes wrong on the way is one clear problem."""
    import requests
    from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError

    mend = (
        "Check the connection and try again, or fetch an extract of the area by hand and read "
        "it as a file."
    )
    try:
        return fetch()
    except InsufficientResponseError as error:
        found, expected = f"nothing ({error})", "a place with streets, as OpenStreetMap names it"
        mend = "Write the place as a map's search knows it: town, region, country."
    except ResponseStatusCodeError as error:
        found, expected = f"an answer that is no data ({error})", "data from OpenStreetMap"
    except (requests.exceptions.RequestException, OSError) as error:
        found = f"no answer from OpenStreetMap's services ({type(error).__name__})"
        expected = "the internet"
    except (TypeError, ValueError) as error:
        found, expected = f"a place that cannot be used ({error})", "an area, not a point"
        mend = "Ask for a town or a district, or give a polygon."
    raise NetworkInputError(Problem(file=name, found=found, expected=expected, mend=mend))


def _moves(graph: ModeGraph) -> list[tuple[int, bool, int, int, float, float]]:
    """Return (segment, forward, tail node, head node, seconds, metres), each move once."""
    tail = np.repeat(np.arange(graph.n_vertices), np.diff(graph.offset))
    starts = graph.segment_edge[graph.segment_edge >= 0]
    edge = np.sort(starts)
    return list(
        zip(
            graph.segment[edge].tolist(),
            graph.forward[edge].tolist(),
            graph.node[tail[edge]].tolist(),
            graph.node[graph.head[edge]].tolist(),
            graph.duration_s[edge].astype(float).tolist(),
            graph.length_m[edge].astype(float).tolist(),
            strict=True,
        )
    )


def _attributes(segments: Segments, segment: int, forward: bool) -> dict[str, Any]:  # noqa: FBT001
    from shapely import LineString

    first, last = segments.point_offset[segment : segment + 2]
    line = np.column_stack((segments.point_lon[first:last], segments.point_lat[first:last]))
    flags = int(segments.flags[segment])
    attributes: dict[str, Any] = {
        "osmid": int(segments.way[segment]),
        "highway": segments.kinds[segments.kind[segment]],
        "reversed": not forward,
        "geometry": LineString(line if forward else line[::-1]),
    }
    texts = {
        "name": segments.names[segments.name[segment]],
        "maxspeed": f"{segments.speed_kmh[segment]:g}" if segments.speed_kmh[segment] > 0 else "",
        "lanes": str(segments.lanes[segment]) if segments.lanes[segment] > 0 else "",
        "bridge": "yes" if flags & BRIDGE else "",
        "tunnel": "yes" if flags & TUNNEL else "",
        "junction": "roundabout" if flags & ROUNDABOUT else "",
    }
    return attributes | {key: value for key, value in texts.items() if value}


def _street_counts(
    segments: Segments, moves: list[tuple[int, bool, int, int, float, float]]
) -> dict[int, int]:
    """Count the street ends at each node, as OSMnx does."""
    used = np.unique(np.array([move[0] for move in moves], dtype=np.int64))
    ends: NDArray[np.int32] = np.concatenate((segments.node_a[used], segments.node_b[used]))
    node, count = np.unique(ends, return_counts=True)
    return dict(zip(node.tolist(), count.tolist(), strict=True))
