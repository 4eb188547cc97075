"""Edges of an OSMnx graph, each street once, as raw ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from network.base import Problem, ProblemLog
from network.base.errors import NetworkInputError
from network.streets.graph import StreetMode
from network.streets.raw import BACKWARD, BOTH, FORWARD, RawWays, WayRules
from network.streets.rules import RULE_KEYS, decode_way

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import networkx as nx
    from numpy.typing import NDArray

    from network.streets.graph import ModeGraph, StreetGraph
    from network.streets.tables import StreetTables

_DIGITS = 9  # of coordinates that are compared: the two directions of a street have the same
_DIRECTION_WORDS = ("oneway", "forward", "backward", "cycleway", "conveying")
_TAG_KEYS = {key for key in RULE_KEYS if not any(word in key for word in _DIRECTION_WORDS)}
"""What is decoded: directions are the graph's own."""
_Line = tuple[tuple[float, float], ...]


@dataclass(slots=True)
class Street:
    """A street of the graph: its line from the lower node, and the edges each way."""

    ends: tuple[int, int]
    line: _Line
    osmid: int
    there: dict[str, Any] | None = None
    back: dict[str, Any] | None = None

    @property
    def data(self) -> dict[str, Any]:
        """Attributes of one of the edges."""
        return self.there if self.there is not None else self.back or {}

    @property
    def passage(self) -> int:
        """The directions in which there are edges, as bits."""
        return FORWARD * (self.there is not None) | BACKWARD * (self.back is not None)


def collect_edges(graph: nx.MultiDiGraph[Any], name: str) -> list[Street]:
    """Pair the directed edges of a graph into streets, in an order of their content alone.

    Raises
    ------
    NetworkInputError
        If there are no edges, or an end of one has no coordinates.
    """
    if graph.number_of_edges() == 0:
        raise NetworkInputError(_problem(name, "a graph without edges", "streets"))
    to_degrees = _projection(graph)
    numbers = number_nodes(graph)
    streets: dict[tuple[Any, ...], Street] = {}
    for u, v, data in graph.edges(data=True):
        line = to_degrees(_line(graph, u, v, data, name))
        a, b = numbers[u], numbers[v]
        turned = a > b or (a == b and _rounded(line[::-1]) < _rounded(line))
        if turned:
            a, b, line = b, a, line[::-1]
        osmid = min(_whole_numbers(data.get("osmid")), default=0)
        key = (a, b, _rounded(line), osmid)
        street = streets.setdefault(key, Street((a, b), line, osmid))
        side = "back" if turned else "there"
        known = getattr(street, side)
        if known is None or _content(data) < _content(known):
            setattr(street, side, data)
    return [streets[key] for key in sorted(streets)]


def number_nodes(graph: nx.MultiDiGraph[Any]) -> dict[Any, int]:
    """Return the OSM id of each node; nodes that are no numbers get negative ones."""
    strangers = sorted((n for n in graph.nodes if not _is_whole(n)), key=str)
    lowest = min((int(n) for n in graph.nodes if _is_whole(n)), default=0)
    numbers = {n: int(n) for n in graph.nodes if _is_whole(n)}
    return numbers | {n: min(lowest, 0) - 1 - i for i, n in enumerate(strangers)}


def to_raw_ways(
    graph: nx.MultiDiGraph[Any], streets: Sequence[Street], mode: StreetMode | None, name: str
) -> RawWays:
    """Return streets as raw ways, numbered from 1 in their order."""
    from network.readers.street_tables import default_street_tables

    decoder = _Decoder(mode, default_street_tables())
    log = ProblemLog()
    rules: dict[WayRules, int] = {}
    names = sorted({"", *(_text(s.data, "name") or _text(s.data, "ref") for s in streets)})
    name_of = {text: i for i, text in enumerate(names)}
    kept, rule, way_name = [], [], []
    for i, street in enumerate(streets):
        found = decoder.decode(street)
        if found is None:
            log.set_aside("edge that nobody travels on", _unused(name, street))
            continue
        kept.append(i)
        rule.append(rules.setdefault(found, len(rules)))
        way_name.append(name_of[_text(street.data, "name") or _text(street.data, "ref")])
    if not kept:
        raise NetworkInputError(_problem(name, "no edge that anybody travels on", "streets"))
    places, refs, ref_offset = _nodes(streets, kept)
    node_id = np.array(sorted(places), dtype=np.int64)
    lat_lon = np.array([places[i] for i in node_id.tolist()])
    return RawWays(
        name=name,
        way_id=np.array(kept, dtype=np.int64) + 1,
        ref_offset=ref_offset,
        ref=refs,
        rule=np.array(rule, dtype=np.int32),
        rules=tuple(rules),
        way_name=np.array(way_name, dtype=np.int32),
        names=tuple(names),
        node_id=node_id,
        lat=lat_lon[:, 0].copy(),
        lon=lat_lon[:, 1].copy(),
        elevation_m=_elevations(graph, node_id),
        barrier_node=np.empty(0, dtype=np.int64),
        barrier_closed=np.empty(0, dtype=np.uint8),
        restrictions=(),
        n_ways_read=len({osmid for s in streets for osmid in _whole_numbers(s.data.get("osmid"))})
        or len(streets),
        log=log,
    )


def fit_lengths(streets: StreetGraph, edges: Sequence[Street]) -> StreetGraph:
    """Return the streets with the edges' own lengths and OSM ids, times in proportion."""
    segments = streets.segments
    place = segments.way - 1
    own_m = np.array([_number(e.data.get("length")) for e in edges], dtype=np.float64)
    drawn_m = np.bincount(place, weights=segments.length_m, minlength=len(edges))
    ratio = np.ones(len(edges))
    usable = np.isfinite(own_m) & (own_m > 0) & (drawn_m > 0)
    ratio[usable] = own_m[usable] / drawn_m[usable]
    factor = ratio[place].astype(np.float32)
    osmid = np.array([e.osmid for e in edges], dtype=np.int64)

    def fitted(graph: ModeGraph) -> ModeGraph:
        by_edge = factor[graph.segment]
        return replace(
            graph, duration_s=graph.duration_s * by_edge, length_m=graph.length_m * by_edge
        )

    return replace(
        streets,
        segments=replace(segments, way=osmid[place], length_m=segments.length_m * factor),
        walk=fitted(streets.walk),
        bike=fitted(streets.bike),
        car=fitted(streets.car),
    )


def _line(
    graph: nx.MultiDiGraph[Any], u: object, v: object, data: dict[str, Any], name: str
) -> _Line:
    """Return the line (x, y) of an edge from u to v."""
    ends = []
    for node in (u, v):
        x, y = (_number(graph.nodes[node].get(key)) for key in ("x", "y"))
        if not np.isfinite((x, y)).all():
            found = f"node {node!r} without x and y"
            raise NetworkInputError(_problem(name, found, "coordinates of every node"))
        ends.append((x, y))
    geometry = data.get("geometry")
    between = [] if geometry is None else [(float(x), float(y)) for x, y, *_ in geometry.coords]
    return (ends[0], *between[1:-1], ends[1])


def _projection(graph: nx.MultiDiGraph[Any]) -> Callable[[_Line], _Line]:
    """Return what turns a line of the graph into (lat, lon)."""
    crs = graph.graph.get("crs")
    if crs is not None:
        from pyproj import CRS, Transformer

        own = CRS.from_user_input(crs)
        if not own.is_geographic:
            transform = Transformer.from_crs(own, "EPSG:4326", always_xy=True).transform

            def to_degrees(line: _Line) -> _Line:
                xy = np.array(line)
                lon, lat = transform(xy[:, 0], xy[:, 1])
                return tuple(zip(lat.tolist(), lon.tolist(), strict=True))

            return to_degrees
    return lambda line: tuple((y, x) for x, y in line)


class _Decoder:
    """Decodes streets, those of the same tags once."""

    def __init__(self, mode: StreetMode | None, tables: StreetTables) -> None:
        self._mode = mode
        self._tables = tables
        self._known: dict[tuple[object, ...], WayRules | None] = {}

    def decode(self, street: Street) -> WayRules | None:
        """Return what the modes may do on a street, None where nobody travels on it."""
        data = street.data
        tags = {key: text for key in sorted(_TAG_KEYS & data.keys()) if (text := _text(data, key))}
        there, back = _speeds_kmh(street)
        key = (tuple(tags.items()), street.passage, str((there, back)))
        if key not in self._known:
            self._known[key] = self._decode(tags, street.passage, there, back)
        return self._known[key]

    def _decode(
        self, tags: dict[str, str], passage: int, there_kmh: float, back_kmh: float
    ) -> WayRules | None:
        found = decode_way({"highway": "road"} | tags, self._tables)
        if found is None and self._mode is not None:  # the graph is right, whatever its tags
            found = decode_way({"highway": "road"}, self._tables)
        if found is None:
            return None
        found = replace(
            found,
            car_kmh_forward=there_kmh if there_kmh > 0 else found.car_kmh_forward,
            car_kmh_backward=back_kmh if back_kmh > 0 else found.car_kmh_backward,
        )
        if self._mode is None:
            bike = found.bike and (BOTH if found.bike_pushed else passage)
            car = found.car and passage
            return replace(found, walk=BOTH if found.walk else 0, bike=bike, car=car)
        walk, bike, car = (passage if mode is self._mode else 0 for mode in StreetMode)
        return replace(
            found,
            walk=walk,
            bike=bike,
            car=car,
            bike_limited=False,
            car_limited=False,
            car_snap=True,
            walk_snap=True,
        )


def _speeds_kmh(street: Street) -> tuple[float, float]:
    """Return speed_kph there and back, NaN where the edges have none."""
    sides = (street.there or street.data, street.back or street.data)
    return _number(sides[0].get("speed_kph")), _number(sides[1].get("speed_kph"))


def _nodes(
    streets: Sequence[Street], kept: Sequence[int]
) -> tuple[dict[int, tuple[float, float]], NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of each point by its id, the points ways pass, and each way's first."""
    places: dict[int, tuple[float, float]] = {}
    for i in kept:
        places[streets[i].ends[0]] = streets[i].line[0]
        places[streets[i].ends[1]] = streets[i].line[-1]
    next_id = min(0, *places) - 1
    refs: list[int] = []
    ref_offset = [0]
    for i in kept:
        street = streets[i]
        between = range(next_id, next_id - len(street.line) + 2, -1)
        next_id -= len(between)
        places.update(zip(between, street.line[1:-1], strict=True))
        refs += [street.ends[0], *between, street.ends[1]]
        ref_offset.append(len(refs))
    return places, np.array(refs, dtype=np.int64), np.array(ref_offset, dtype=np.int64)


def _elevations(
    graph: nx.MultiDiGraph[Any], node_id: NDArray[np.int64]
) -> NDArray[np.float32] | None:
    numbers = number_nodes(graph)
    known = {numbers[n]: _number(e) for n, e in graph.nodes(data="elevation") if e is not None}
    if not known:
        return None
    return np.array([known.get(i, np.nan) for i in node_id.tolist()], dtype=np.float32)


def _text(data: dict[str, Any], key: str) -> str:
    """Return an attribute as text; of a list, where streets were merged, the first by order."""
    value = data.get(key)
    if isinstance(value, (list, set, tuple)):
        value = min((str(v) for v in value), default="")
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(value)


def _content(data: dict[str, Any]) -> tuple[float, str]:
    """Return what orders edges that lie on each other: the shortest is used."""
    rest = sorted((str(k), str(v)) for k, v in data.items() if k != "geometry")
    return (_number(data.get("length", np.inf)), str(rest))


def _whole_numbers(value: object) -> list[int]:
    values = value if isinstance(value, (list, set, tuple)) else [value]
    return [int(v) for v in values if _is_whole(v)]


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _number(value: object) -> float:
    """Return a value as a number, NaN where it is none."""
    if isinstance(value, (str, int, float, np.number)):
        try:
            return float(value)
        except ValueError:
            return float("nan")
    return float("nan")


def _rounded(line: _Line) -> _Line:
    return tuple((round(a, _DIGITS), round(b, _DIGITS)) for a, b in line)


def _problem(name: str, found: str, expected: str) -> Problem:
    return Problem(
        file=name,
        found=found,
        expected=expected,
        mend="Make the graph with osmnx.graph.graph_from_place, _polygon or _xml.",
    )


def _unused(name: str, street: Street) -> Problem:
    return Problem(
        file=name,
        field=f"edge {street.ends[0]} - {street.ends[1]}",
        found=f"highway={_text(street.data, 'highway')!r}",
        expected="a street that somebody may travel on",
        mend="Nothing to do, or name the mode that the graph is for.",
    )
