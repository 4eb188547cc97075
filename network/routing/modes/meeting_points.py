"""Where a car may stop for somebody on foot: at their street, and at junctions around."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from network.routing.drives import find_street_tools
from network.streets.graph import StreetMode
from network.streets.snap import SnapPoints
from network.walking.access import walk_between
from network.walking.index import find_walk_index
from network.walking.pairs import round_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.streets.graph import StreetGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingWalk:
    """A walk between a place and a meeting point, in the direction that it is walked."""

    seconds: int
    metres: float
    points: tuple[tuple[float, float], ...]
    streets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPoints:
    """Points on the streets of cars with the walk between each and a place, shape (n,).

    The first is the nearest to the place and walked to straight, the others are junctions.
    With ``reverse`` one walks from the points to the place. ``drive_s`` are the seconds by car
    between each and the driver's own end.
    """

    network: Network
    place: tuple[float, float]
    reverse: bool
    points: SnapPoints
    walk_s: NDArray[np.float64]
    drive_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.points)

    def with_drive(self, drive_s: NDArray[np.float64]) -> MeetingPoints:
        """Return the points with the seconds by car to them."""
        return replace(self, drive_s=drive_s)

    def spot(self, row: int) -> tuple[float, float]:
        """Return (lat, lon) of a point."""
        return float(self.points.lat[row]), float(self.points.lon[row])

    def walk(self, row: int) -> MeetingWalk:
        """Return the walk between the place and a point, drawn."""
        here, there = self.place, self.spot(row)
        ends = (there, here) if self.reverse else (here, there)
        seconds = int(round_up(self.walk_s[row : row + 1])[0])
        found = None if row == 0 else walk_between(self.network, *ends)
        if found is None:
            metres = float(distance_m(*here, *there))
            return MeetingWalk(seconds=seconds, metres=metres, points=ends, streets=())
        names = tuple(dict.fromkeys(part.name for part in found.parts if part.name))
        return MeetingWalk(seconds=seconds, metres=found.metres, points=found.points, streets=names)


def find_meeting_points(
    network: Network,
    streets: StreetGraph,
    place: tuple[float, float],
    max_walk_s: int,
    *,
    reverse: bool,
) -> MeetingPoints:
    """Find the points that a car may stop at within a walk of a place at (lat, lon).

    None at all where no street of cars is near the place. ``streets`` are the network's.
    """
    walk_mps = network.footpaths.speed_mps
    own = find_street_tools(streets, StreetMode.CAR)[0].snap(*place)
    own = own.take(np.flatnonzero(own.is_near))
    walk_s = own.distance_m / walk_mps
    if max_walk_s > 0 and len(own):
        node, node_s = _walk_to_junctions(network, place, max_walk_s, reverse=reverse)
        points, rows = _stand_at(streets, node)
        own, walk_s = _joined(own, points), np.concatenate((walk_s, node_s[rows]))
    return MeetingPoints(
        network=network,
        place=place,
        reverse=reverse,
        points=own,
        walk_s=walk_s,
        drive_s=np.full(len(own), np.inf),
    )


def _walk_to_junctions(
    network: Network, place: tuple[float, float], max_walk_s: int, *, reverse: bool
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the nodes within a walk of the place, ascending, and the seconds to each."""
    over = find_walk_index(network, network.footpaths.speed_mps).over
    at = None if over is None else over.snapper.snap(*place)
    if over is None or at is None or not at.is_near[0]:
        return np.empty(0, dtype=np.int32), np.empty(0)
    search = over.walks.search
    off_s = np.asarray(at.distance_m / network.footpaths.speed_mps)
    seeds = (search.ends.arrive if reverse else search.ends.leave)(at).later(off_s)
    reached = search.find_reached(seeds, limit_s=float(max_walk_s), reverse=reverse)
    # Nearest first, so that the first of each node is the shortest walk to it.
    node, first = np.unique(search.graph.node[reached.vertex], return_index=True)
    return node, reached.seconds[first]


def _stand_at(
    streets: StreetGraph, node: NDArray[np.int32]
) -> tuple[SnapPoints, NDArray[np.int64]]:
    """Return those of the nodes that cars may stop at as points, and which they are."""
    segments, stopping = streets.segments, streets.car.snap_segment
    segment = np.concatenate((stopping, stopping))
    fraction = np.repeat([0.0, 1.0], len(stopping))
    end = np.concatenate((segments.node_a[stopping], segments.node_b[stopping]))
    here, first = np.unique(end, return_index=True)
    _, rows, of_node = np.intersect1d(here, node, assume_unique=True, return_indices=True)
    chosen = first[rows]
    points = SnapPoints(
        segment=segment[chosen],
        fraction=fraction[chosen],
        distance_m=np.zeros(len(chosen)),
        lat=streets.nodes.lat[end[chosen]],
        lon=streets.nodes.lon[end[chosen]],
    )
    return points, of_node


def _joined(a: SnapPoints, b: SnapPoints) -> SnapPoints:
    return SnapPoints(
        segment=np.concatenate((a.segment, b.segment)),
        fraction=np.concatenate((a.fraction, b.fraction)),
        distance_m=np.concatenate((a.distance_m, b.distance_m)),
        lat=np.concatenate((a.lat, b.lat)),
        lon=np.concatenate((a.lon, b.lon)),
    )
