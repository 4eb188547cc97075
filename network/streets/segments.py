"""Ways cut at junctions: the street between two junctions, with its points and length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import Problem, distance_m
from network.streets.graph import Segments, StreetNodes
from network.streets.raw import BACKWARD, FORWARD

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.base import ProblemLog
    from network.streets.raw import RawWays, WayRules


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    """Points of the ways in order, without missing and repeated ones, in pieces of two or more.

    ``way`` indexes the ways, ``node`` the nodes of the raw input; a new ``piece`` starts with
    each way and after each gap.
    """

    way: NDArray[np.int64]
    node: NDArray[np.int64]
    piece: NDArray[np.int64]

    def take(self, keep: NDArray[np.bool_]) -> _Points:
        return _Points(way=self.way[keep], node=self.node[keep], piece=self.piece[keep])


def build_segments(
    raw: RawWays, log: ProblemLog
) -> tuple[StreetNodes, Segments, NDArray[np.int64]]:
    """Cut ways at their junctions and return junctions, segments and each segment's way.

    Junctions are the ends of ways, the nodes where ways meet or one way meets itself, barriers,
    and the places of turn restrictions. A way is cut where the extract lacks its nodes, and
    what lies beyond counts as a way's end; such ways are counted in ``log``. The third value
    indexes ``raw.way_id``.
    """
    points = _place_points(raw, log)
    at_junction = _find_junctions(raw, points)
    ends_piece = np.append(points.piece[1:] != points.piece[:-1], len(points.piece) > 0)
    stops = np.flatnonzero(at_junction)
    starts = stops[~ends_piece[stops]]
    # Within a piece the next junction after a start is where its segment ends.
    ends = stops[np.searchsorted(stops, starts, side="right")] if len(starts) else starts
    count = ends - starts + 1
    offset = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    place = np.repeat(starts - offset[:-1], count) + np.arange(offset[-1])
    point_node = points.node[place]
    lat, lon = raw.lat[point_node], raw.lon[point_node]

    used = np.unique(points.node[stops])
    nodes = StreetNodes(
        osm_id=raw.node_id[used],
        lat=raw.lat[used],
        lon=raw.lon[used],
        elevation_m=None if raw.elevation_m is None else raw.elevation_m[used],
    )
    way = points.way[starts]
    segments = Segments(
        **_way_columns(raw, way),
        node_a=np.searchsorted(used, points.node[starts]).astype(np.int32),
        node_b=np.searchsorted(used, points.node[ends]).astype(np.int32),
        length_m=_lengths(lat, lon, offset),
        point_offset=offset,
        point_lat=lat,
        point_lon=lon,
    )
    return nodes, segments, way


def _place_points(raw: RawWays, log: ProblemLog) -> _Points:
    """Look the nodes up, and drop missing ones, repeated ones, and lone points."""
    n_ways = len(raw.way_id)
    way = np.repeat(np.arange(n_ways), np.diff(raw.ref_offset))
    node = np.searchsorted(raw.node_id, raw.ref)
    known = node < len(raw.node_id)
    known[known] = raw.node_id[node[known]] == raw.ref[known]
    # A gap inside a way starts a new piece of it; pieces are numbered over all ways.
    after_gap = np.append(True, ~known[:-1])[: len(known)]
    starts_way = np.append(True, way[1:] != way[:-1])[: len(way)]
    points = _Points(way=way, node=node, piece=np.cumsum(after_gap | starts_way)).take(known)
    repeated = np.zeros(len(points.node), dtype=np.bool_)
    repeated[1:] = (points.node[1:] == points.node[:-1]) & (points.piece[1:] == points.piece[:-1])
    points = points.take(~repeated)
    size = np.bincount(points.piece, minlength=int(points.piece.max(initial=0)) + 1)
    points = points.take(size[points.piece] > 1)

    left = np.zeros(n_ways, dtype=np.bool_)
    left[points.way] = True
    cut = np.zeros(n_ways, dtype=np.bool_)
    cut[way[~known]] = True
    _log_ways(raw, log, "way without two known points", np.flatnonzero(~left), _too_short)
    _log_ways(raw, log, "way cut where nodes are missing", np.flatnonzero(cut & left), _cut)
    return points


def _find_junctions(raw: RawWays, points: _Points) -> NDArray[np.bool_]:
    """Say which points are junctions."""
    uses = np.bincount(points.node, minlength=len(raw.node_id))
    changes = points.piece[1:] != points.piece[:-1]
    ends = np.ones(len(points.node), dtype=np.bool_)
    ends[1:-1] = changes[1:] | changes[:-1]
    is_junction = uses > 1
    is_junction[points.node[ends]] = True
    via = [restriction.via_node for restriction in raw.restrictions if not restriction.via_ways]
    special = np.concatenate([raw.barrier_node, np.array(via, dtype=np.int64)])
    place = np.searchsorted(raw.node_id, special)
    inside = place < len(raw.node_id)
    place, special = place[inside], special[inside]
    is_junction[place[raw.node_id[place] == special]] = True
    return is_junction[points.node]


def _lengths(
    lat: NDArray[np.float64], lon: NDArray[np.float64], offset: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Sum the hops of each segment, metres."""
    hop = np.zeros(len(lat))
    if len(lat):
        hop[1:] = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
        hop[offset[:-1]] = 0.0
    if len(offset) < 2:
        return np.zeros(0, dtype=np.float32)
    return np.add.reduceat(hop, offset[:-1]).astype(np.float32)


def _way_columns(raw: RawWays, way: NDArray[np.int64]) -> dict[str, Any]:
    """Return the columns of Segments that say what their ways are."""
    rule = raw.rule[way]
    kinds = tuple(sorted({rules.kind for rules in raw.rules}))
    used_names = np.unique(np.append(raw.way_name[way], 0))

    def by_rule(value: Callable[[WayRules], float], dtype: type[np.generic]) -> NDArray[Any]:
        return np.array([value(rules) for rules in raw.rules], dtype=dtype)[rule]

    return {
        "way": raw.way_id[way],
        "kind": by_rule(lambda r: kinds.index(r.kind), np.int16),
        "kinds": kinds,
        "name": np.searchsorted(used_names, raw.way_name[way]).astype(np.int32),
        "names": tuple(raw.names[i] for i in used_names),
        "speed_kmh": by_rule(_shown_speed, np.float32),
        "lanes": by_rule(lambda r: r.lanes, np.int8),
        "flags": by_rule(lambda r: r.flags, np.uint8),
    }


def _shown_speed(rules: WayRules) -> float:
    if rules.car & FORWARD:
        return rules.car_kmh_forward
    return rules.car_kmh_backward if rules.car & BACKWARD else 0.0


def _log_ways(
    raw: RawWays,
    log: ProblemLog,
    kind: str,
    ways: NDArray[np.int64],
    describe: Callable[[str, int], Problem],
) -> None:
    """Count ways of one kind, the first few with their ids."""
    for i in ways[: log.keep]:
        log.set_aside(kind, describe(raw.name, int(raw.way_id[i])))
    if len(ways) > log.keep:
        last = describe(raw.name, int(raw.way_id[ways[-1]]))
        log.set_aside(kind, last, count=len(ways) - log.keep)


def _too_short(file: str, way: int) -> Problem:
    return Problem(
        file=file,
        field=f"way {way}",
        found="fewer than two different nodes of the way in the file",
        expected="two or more",
        mend="Nothing to do where the extract is cut there; else correct the way.",
    )


def _cut(file: str, way: int) -> Problem:
    return Problem(
        file=file,
        field=f"way {way}",
        found="nodes of the way that the file lacks",
        expected="every node of the way",
        mend="Make the extract with complete ways, or with a wider box.",
    )
