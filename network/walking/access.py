"""Walks between any place and the stops around it, and from place to place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from network.streets.search import NO_LIMIT_S
from network.streets.snap import MAX_OFF_STREET_M
from network.walking.index import OnStreets, WalkIndex, find_walk_index
from network.walking.pairs import round_up
from network.walking.straight import DEFAULT_DETOUR, straight_access, walk_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.streets.paths import NamedPart, StreetPath
    from network.streets.snap import SnapPoints

WalkEnd = int | tuple[float, float]
"""Where a walk starts or ends: a stop_idx, or a place as (lat, lon) in degrees."""
STREETS, PATHWAYS = "streets", "pathways"
_DRAWN_KEPT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A walk from one place or stop to another.

    ``kind`` says what it rests on: ``"streets"``, ``"pathways"`` inside a station, or
    ``"straight-line x 1.3"``. ``points`` (lat, lon) draw it, both ends included; ``parts`` are
    the streets it takes, in order.
    """

    seconds: int
    metres: float
    points: tuple[tuple[float, float], ...]
    kind: str
    parts: tuple[NamedPart, ...] = ()


def walk_access(
    network: Network,
    lat: float,
    lon: float,
    *,
    max_walk_s: int = 1200,
    speed_mps: float | None = None,
    detour: float = DEFAULT_DETOUR,
    reverse: bool = False,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Compute the stops within a walk of a place, and the walks in seconds, by stop_idx.

    Over the streets where the network has them: from the nearest point of a street to each
    stop's own (or its station's entrances), the ways between places and streets walked
    straight. By the straight line x ``detour`` where there are no streets, where the place is
    farther than 250 m from any, to stops that are, and to a stop that is nearer to the place
    than one of them is to its street.

    Parameters
    ----------
    speed_mps
        Walking speed on the flat; that of the network's footpaths where None.
    reverse
        From the stops to the place, in place of from the place to the stops.
    """
    speed = network.footpaths.speed_mps if speed_mps is None else speed_mps
    straight = straight_access(
        network.timetable, lat, lon, max_walk_s=max_walk_s, speed_mps=speed, detour=detour
    )
    over = find_walk_index(network, speed).over
    if over is None:
        return straight
    stop, straight_s = (column[~over.is_shut_in[straight[0]]] for column in straight)
    place = over.snapper.snap(lat, lon, limit_m=MAX_OFF_STREET_M)
    if not place.is_near[0]:
        return stop, straight_s
    off_s = float(place.distance_m[0]) / speed
    by_street = over.walks.compute_access(place, off_s, max_walk_s, reverse=reverse)
    seconds = np.full(network.timetable.n_stops, max_walk_s + 1, dtype=np.int64)
    found = np.isfinite(by_street)
    seconds[found] = round_up(by_street[found])
    beside = _may_walk_straight(over, network, (lat, lon), float(place.distance_m[0]), stop)
    seconds[stop[beside]] = np.minimum(seconds[stop[beside]], straight_s[beside])
    reached = np.flatnonzero(seconds <= max_walk_s)
    return reached.astype(np.int32), seconds[reached].astype(np.int32)


def walk_between(
    network: Network,
    start: WalkEnd,
    end: WalkEnd,
    *,
    speed_mps: float | None = None,
    detour: float = DEFAULT_DETOUR,
    max_walk_s: int | None = None,
) -> Walk | None:
    """Find the walk from a place or stop to another: seconds, metres and its line on the map.

    Between two stops by pathways where those join them, else over the streets, or straight,
    by the rules of :func:`walk_access`. That transfers.txt may ask for more time between two
    stops is not looked at. None where there is no way, or none within ``max_walk_s``.
    """
    speed = network.footpaths.speed_mps if speed_mps is None else speed_mps
    index = find_walk_index(network, speed)
    walk = _inside(network, index, start, end)
    if walk is None:
        walk = _straight(network, start, end, speed, detour)
        if index.over is not None:
            here = _foot(network, index.over, start, speed, leaving=True)
            there = _foot(network, index.over, end, speed, leaving=False)
            limit_s = NO_LIMIT_S if max_walk_s is None else max_walk_s + 0.5
            walk = _on_streets(index.over, here, there, walk, limit_s)
    if walk is None or (max_walk_s is not None and walk.seconds > max_walk_s):
        return None
    return walk


def draw_walk(network: Network, start: WalkEnd, end: WalkEnd) -> Walk:
    """Find the metres and the line on the map of a walk that is known to be possible.

    As :func:`walk_between`; straight where streets and pathways have no way (a change that
    transfers.txt alone allows). The last walks drawn on a network are kept.
    """
    index = find_walk_index(network, network.footpaths.speed_mps)
    key = (start, end, _spot(network, start), _spot(network, end))
    found = index.drawn.get(key)
    if found is None:
        found = walk_between(network, start, end)
        if found is None:
            found = _straight(network, start, end, index.speed_mps, DEFAULT_DETOUR)
        if len(index.drawn) >= _DRAWN_KEPT:
            index.drawn.clear()
        index.drawn[key] = found
    return found


def _may_walk_straight(
    over: OnStreets,
    network: Network,
    place: tuple[float, float],
    off_m: float,
    stop: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Return which stops may be walked to straight from a place ``off_m`` from its street."""
    stops = network.timetable.stops
    metres = distance_m(*place, stops.lat[stop], stops.lon[stop])
    own_m = over.off_m[stop]
    nearer = np.isfinite(own_m) & (metres <= np.maximum(off_m, own_m))
    return np.asarray(over.is_straight[stop] | nearer)


def _spot(network: Network, end: WalkEnd) -> tuple[float, float]:
    if isinstance(end, tuple):
        return end
    stops = network.timetable.stops
    return float(stops.lat[end]), float(stops.lon[end])


def _straight(
    network: Network, start: WalkEnd, end: WalkEnd, speed_mps: float, detour: float
) -> Walk:
    a, b = _spot(network, start), _spot(network, end)
    metres = float(distance_m(*a, *b))
    return Walk(
        seconds=walk_s(metres, speed_mps, detour),
        metres=metres * detour,
        points=(a, b),
        kind=f"straight-line x {detour:g}",
    )


def _inside(network: Network, index: WalkIndex, start: WalkEnd, end: WalkEnd) -> Walk | None:
    """Return the walk along pathways between two stops, None where there is none."""
    if isinstance(start, tuple) or isinstance(end, tuple) or index.ways is None:
        return None
    found = index.ways.find_route(start, end)
    if found is None:
        return None
    seconds, nodes = found
    pathways = index.ways.pathways
    line = [(float(pathways.lat[n]), float(pathways.lon[n])) for n in nodes[1:-1]]
    placed = [p for p in line if np.isfinite(p).all()]
    points = np.array([_spot(network, start), *placed, _spot(network, end)])
    metres = distance_m(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
    return Walk(
        seconds=int(round_up(np.array([seconds]))[0]),
        metres=float(metres.sum()),
        points=tuple((lat, lon) for lat, lon in points.tolist()),
        kind=PATHWAYS,
    )


@dataclass(frozen=True, slots=True)
class _Foot:
    """An end of a walk on the streets: its points, and what each costs on top."""

    spot: tuple[float, float]
    points: SnapPoints
    seconds: NDArray[np.float64]
    off_m: float
    is_straight: bool


def _foot(
    network: Network, over: OnStreets, end: WalkEnd, speed_mps: float, *, leaving: bool
) -> _Foot:
    spot = _spot(network, end)
    if isinstance(end, tuple):
        points = over.snapper.snap(*spot, limit_m=MAX_OFF_STREET_M)
        near = points.take(np.flatnonzero(points.is_near))
        off_m = float(points.distance_m[0])
        return _Foot(spot, near, near.distance_m / speed_mps, off_m, len(near) == 0)
    rows = over.walks.link_rows(end)
    links = over.walks.links
    seconds = links.out_s[rows] if leaving else links.in_s[rows]
    points = over.walks.points.take(rows)
    return _Foot(spot, points, seconds, float(over.off_m[end]), bool(over.is_straight[end]))


def _on_streets(over: OnStreets, a: _Foot, b: _Foot, straight: Walk, limit_s: float) -> Walk | None:
    """Return the walk over the streets, or the straight one where that is to be taken."""
    if any(len(foot.points) == 0 and not foot.is_straight for foot in (a, b)):
        return None  # behind steps
    if a.is_straight or b.is_straight:
        return straight
    path = over.walks.search.find_path(
        a.points, b.points, origin_s=a.seconds, target_s=b.seconds, limit_s=limit_s
    )
    walk = None if path is None else _drawn(path, a, b)
    metres = float(distance_m(*a.spot, *b.spot))
    beside = np.isfinite((a.off_m, b.off_m)).all() and metres <= max(a.off_m, b.off_m)
    if beside and (walk is None or straight.seconds <= walk.seconds):
        return straight
    return walk


def _drawn(path: StreetPath, a: _Foot, b: _Foot) -> Walk:
    line = list(zip(path.lat.tolist(), path.lon.tolist(), strict=True))
    points = [a.spot, *line, b.spot]
    ends = np.array([points[0], points[1], points[-2], points[-1]])
    off_m = distance_m(ends[[0, 2], 0], ends[[0, 2], 1], ends[[1, 3], 0], ends[[1, 3], 1])
    seconds = path.seconds + a.seconds[path.origin] + b.seconds[path.target]
    return Walk(
        seconds=int(round_up(np.array([seconds]))[0]),
        metres=path.metres + float(off_m.sum()),
        points=tuple(p for i, p in enumerate(points) if i == 0 or p != points[i - 1]),
        kind=STREETS,
        parts=path.parts,
    )
