"""Stops as one comes to them by bicycle: over the streets, then the last metres on foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from network.base.kept import Kept
from network.routing.drives import Drive, find_street_tools
from network.streets.snap import compute_point_shares
from network.walking.pairs import round_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.streets.graph import Segments, StreetGraph, StreetMode
    from network.streets.paths import StreetPath
    from network.streets.snap import SnapPoints
    from network.walks import StopLinks

_KEPT = 4


class StreetPlace:
    """A place on the streets of a mode: its point there, and the walk between in seconds."""

    def __init__(self, streets: StreetGraph, mode: StreetMode, spot: tuple[float, float]) -> None:
        """Put the place at (lat, lon) on the nearest street that a trip may start or end on."""
        self.spot = spot
        snapper, self.search = find_street_tools(streets, mode)
        self.points = snapper.snap(*spot)

    @property
    def is_near(self) -> bool:
        """Whether there is such a street near enough."""
        return bool(self.points.is_near[0])

    def off_s(self, walk_mps: float) -> NDArray[np.float64]:
        """Return the seconds between the place and its point, shape (1,)."""
        return np.asarray(self.points.distance_m / walk_mps)


class ModeStops:
    """All stops of a network on the streets of one mode.

    A stop is come to by every street point that it is linked to on foot (its own, or one for
    each entrance of its station): to the nearest point open to the mode, from there straight
    to the link's own point and on as walkers do. Stops off the streets are not come to.
    """

    def __init__(
        self, streets: StreetGraph, links: StopLinks, walk_mps: float, mode: StreetMode
    ) -> None:
        """Put the stops' links on the mode's streets."""
        snapper, self.search = find_street_tools(streets, mode)
        self.streets = streets
        self.mode = mode
        self.walk_mps = walk_mps
        self.offset = links.offset
        n_links = np.diff(links.offset)
        self.n_stops = len(n_links)
        self.stop = np.repeat(np.arange(self.n_stops, dtype=np.int32), n_links)
        lat, lon = _find_positions(streets.segments, links.segment, links.fraction)
        self.points: SnapPoints = snapper.snap(lat, lon)
        beside_s = self.points.distance_m / walk_mps
        self.in_s = links.in_s + beside_s
        self.out_s = links.out_s + beside_s

    def compute_seconds(
        self, place: StreetPlace, limit_s: int, *, reverse: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Compute the stops within ``limit_s`` of a place, and whole seconds, by stop_idx.

        With ``reverse``, from the stops to the place. One search of the streets in all.
        """
        by_link, _ = self.search.compute_times(
            place.points,
            self.points,
            origin_s=place.off_s(self.walk_mps),
            target_s=self.out_s if reverse else self.in_s,
            limit_s=limit_s + 0.5,
            reverse=reverse,
        )
        by_stop = np.full(self.n_stops, np.inf)
        np.minimum.at(by_stop, self.stop, by_link)
        stop = np.flatnonzero(np.isfinite(by_stop))
        seconds = round_up(by_stop[stop])
        within = seconds <= limit_s
        return stop[within].astype(np.int32), seconds[within].astype(np.int32)

    def draw(
        self, place: StreetPlace, stop: int, spot: tuple[float, float], *, reverse: bool = False
    ) -> Drive:
        """Find the way from a place to a stop at ``spot`` that is known to be reached, drawn.

        Raises
        ------
        ValueError
            If there is no way.
        """
        rows = np.arange(self.offset[stop], self.offset[stop + 1])
        path = known(self._find_path(place, rows, reverse=reverse) if len(rows) else None)
        off_s = place.off_s(self.walk_mps)
        if reverse:
            walk_s = float(self.out_s[rows][path.origin] + off_s[0])
            return draw_drive(self.mode, path, spot, place.spot, walk_s)
        walk_s = float(self.in_s[rows][path.target] + off_s[0])
        return draw_drive(self.mode, path, place.spot, spot, walk_s)

    def _find_path(
        self, place: StreetPlace, rows: NDArray[np.int64], *, reverse: bool
    ) -> StreetPath | None:
        """Find the fastest path between a place and some links, from them with ``reverse``."""
        points, off_s = self.points.take(rows), place.off_s(self.walk_mps)
        if reverse:
            return self.search.find_path(
                points, place.points, origin_s=self.out_s[rows], target_s=off_s
            )
        return self.search.find_path(place.points, points, origin_s=off_s, target_s=self.in_s[rows])


def known(path: StreetPath | None) -> StreetPath:
    """Return a path that was searched for because seconds of it had been found.

    Raises
    ------
    ValueError
        If there is none.
    """
    if path is None:
        msg = "a way that is drawn has to be one that was found"
        raise ValueError(msg)
    return path


def draw_drive(
    mode: StreetMode,
    path: StreetPath,
    start: tuple[float, float],
    end: tuple[float, float],
    walk_s: float,
) -> Drive:
    """Return a path with the straight walks of ``walk_s`` seconds together at its ends."""
    line = list(zip(path.lat.tolist(), path.lon.tolist(), strict=True))
    off_m = float(distance_m(*start, *line[0]) + distance_m(*line[-1], *end))
    points = [start, *line, end]
    return Drive(
        mode=mode,
        seconds=int(round_up(np.array([path.seconds + walk_s]))[0]),
        metres=path.metres + off_m,
        off_street_m=off_m,
        points=tuple(p for i, p in enumerate(points) if i == 0 or p != points[i - 1]),
        streets=tuple(dict.fromkeys(part.name for part in path.parts if part.name)),
    )


def find_mode_stops(network: Network, mode: StreetMode) -> ModeStops | None:
    """Find the stops of a network on a mode's streets, None where it has no streets."""
    streets, links = network.streets, network.stop_links
    if streets is None or links is None:
        return None
    walk_mps = network.footpaths.speed_mps
    return _stops.find(
        (streets, links),
        lambda: ModeStops(streets, links, walk_mps, mode),
        values=(mode, walk_mps),
    )


_stops: Kept[ModeStops] = Kept(_KEPT)


def _find_positions(
    segments: Segments, segment: NDArray[np.int32], fraction: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (lat, lon) of points that lie at shares of the length of segments."""
    # Shares run from 0 to 1 within a segment: two a segment keep all points in one order.
    of_segment = np.repeat(np.arange(len(segments)), np.diff(segments.point_offset))
    known = 2 * of_segment + compute_point_shares(segments)
    wanted = 2 * segment + fraction
    return (
        np.interp(wanted, known, segments.point_lat),
        np.interp(wanted, known, segments.point_lon),
    )
