"""Direct ways beside transit: cycling and driving over the streets, from door to door."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from network.base import SourceClass
from network.base.kept import Kept
from network.streets.search import StreetSearch
from network.streets.snap import MAX_OFF_STREET_M, Snapper

if TYPE_CHECKING:
    from network.network import Network
    from network.routing.itineraries import Place
    from network.streets.graph import StreetGraph, StreetMode
    from network.streets.paths import StreetPath
    from network.streets.snap import SnapPoints

_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A way by bicycle or car from door to door, at free flow: no traffic, no parking.

    ``seconds`` and ``metres`` include the straight walks between the places and the street,
    ``off_street_m`` metres together. ``points`` (lat, lon) draw it, both places included;
    ``streets`` are the names of the streets it takes, in order, unnamed ones left out.
    """

    mode: StreetMode
    seconds: int
    metres: float
    off_street_m: float
    points: tuple[tuple[float, float], ...]
    streets: tuple[str, ...]
    source_class: SourceClass = SourceClass.ESTIMATED

    @property
    def street_m(self) -> float:
        """Metres ridden or driven."""
        return self.metres - self.off_street_m


class NoDrive(StrEnum):
    """Why there is no direct way by a mode."""

    NO_STREETS = "no_streets"
    ORIGIN_OFF_STREETS = "origin_off_streets"
    DESTINATION_OFF_STREETS = "destination_off_streets"
    NO_WAY = "no_way"


def find_drive(
    network: Network,
    origin: Place,
    destination: Place,
    mode: StreetMode,
    *,
    walk_mps: float | None = None,
    limit_m: float = MAX_OFF_STREET_M,
) -> Drive | NoDrive:
    """Find the fastest way by bicycle or car between two places, or why there is none.

    From the nearest point of a street that the mode may start on to the nearest where it may
    end, one-way streets, turns and access observed; the ways between places and streets are
    walked straight.

    Parameters
    ----------
    walk_mps
        Walking speed between places and streets; that of the network's footpaths where None.
    limit_m
        A place farther than this from any street of the mode is refused, metres.
    """
    if network.streets is None:
        return NoDrive.NO_STREETS
    snapper, search = find_street_tools(network.streets, mode)
    start = snapper.snap(origin.lat, origin.lon, limit_m=limit_m)
    if not start.is_near[0]:
        return NoDrive.ORIGIN_OFF_STREETS
    end = snapper.snap(destination.lat, destination.lon, limit_m=limit_m)
    if not end.is_near[0]:
        return NoDrive.DESTINATION_OFF_STREETS
    path = search.find_path(start, end)
    if path is None:
        return NoDrive.NO_WAY
    speed_mps = network.footpaths.speed_mps if walk_mps is None else walk_mps
    return _door_to_door(mode, (origin, start), path, (destination, end), speed_mps)


def _door_to_door(
    mode: StreetMode,
    start: tuple[Place, SnapPoints],
    path: StreetPath,
    end: tuple[Place, SnapPoints],
    walk_mps: float,
) -> Drive:
    off_m = float(start[1].distance_m[0] + end[1].distance_m[0])
    line = zip(path.lat.tolist(), path.lon.tolist(), strict=True)
    points = [(start[0].lat, start[0].lon), *line, (end[0].lat, end[0].lon)]
    return Drive(
        mode=mode,
        # Never promised earlier than it is; a thousandth is the rounding of the durations.
        seconds=math.ceil(path.seconds + off_m / walk_mps - 1e-3),
        metres=path.metres + off_m,
        off_street_m=off_m,
        points=tuple(p for i, p in enumerate(points) if i == 0 or p != points[i - 1]),
        streets=tuple(dict.fromkeys(part.name for part in path.parts if part.name)),
    )


def find_street_tools(streets: StreetGraph, mode: StreetMode) -> tuple[Snapper, StreetSearch]:
    """Find what a mode's places are put on the streets and searched with, or make it."""
    return _tools.find(
        (streets,), lambda: (Snapper(streets, mode), StreetSearch(streets, mode)), values=mode
    )


_tools: Kept[tuple[Snapper, StreetSearch]] = Kept(_KEPT)
