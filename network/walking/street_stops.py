"""The stops around any place, and walks all the way, looked up in place of searched for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from network.base.kept import Kept
from network.streets.snap import MAX_OFF_STREET_M
from network.walking.access import walk_access
from network.walking.index import find_walk_index
from network.walking.straight import DEFAULT_DETOUR
from network.walking.walk_lists import NO_LINKS, WalkEnds, WalkLists
from network.walks import StopLinks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.itineraries import Place


class StreetStops(WalkLists):
    """Walks between any place and the stops around it, without a search of the streets.

    The same answers as :func:`network.walking.access.walk_access`.
    """

    def __init__(
        self,
        network: Network,
        max_walk_s: int = 1200,
        *,
        speed_mps: float | None = None,
        detour: float = DEFAULT_DETOUR,
    ) -> None:
        """Index the stops; the lists are made later.

        Parameters
        ----------
        max_walk_s
            The longest walk that will be asked for, seconds.
        speed_mps
            Walking speed on the flat; that of the network's footpaths where None.
        """
        speed = network.footpaths.speed_mps if speed_mps is None else speed_mps
        over = find_walk_index(network, speed).over
        stops = network.timetable.stops
        n_stops = len(stops.lat)
        nowhere = np.zeros(n_stops, dtype=np.bool_)
        ends = WalkEnds(
            lat=stops.lat,
            lon=stops.lon,
            links=NO_LINKS if over is None else over.walks.links,
            off_m=np.full(n_stops, np.inf) if over is None else over.off_m,
            is_straight=nowhere if over is None else over.is_straight,
            is_shut_in=nowhere if over is None else over.is_shut_in,
        )
        super().__init__(over, ends, max_walk_s=max_walk_s, speed_mps=speed, detour=detour)


class PlaceWalks(WalkLists):
    """Walks all the way from any place to the same many places.

    The same answers as :meth:`network.routing.reach.direct.DirectSearch.compute_times` on
    foot.
    """

    def __init__(
        self,
        network: Network,
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        max_walk_s: int,
    ) -> None:
        """Put the places (degrees) on the streets; the lists are made later."""
        speed = network.footpaths.speed_mps
        over = find_walk_index(network, speed).over
        links, off_m = NO_LINKS, np.full(len(lat), np.inf)
        is_near = np.zeros(len(lat), dtype=np.bool_)
        if over is not None:
            points = over.snapper.snap(lat, lon, limit_m=MAX_OFF_STREET_M)
            is_near, off_m = points.is_near, points.distance_m
            links = StopLinks(
                offset=np.concatenate(([0], np.cumsum(is_near))).astype(np.int32),
                segment=points.segment[is_near],
                fraction=points.fraction[is_near],
                in_s=off_m[is_near] / speed,
                out_s=off_m[is_near] / speed,
            )
        ends = WalkEnds(
            lat=lat,
            lon=lon,
            links=links,
            off_m=off_m,
            is_straight=~is_near,
            is_shut_in=np.zeros(len(lat), dtype=np.bool_),
        )
        super().__init__(over, ends, max_walk_s=max_walk_s, speed_mps=speed)


def find_street_stops(network: Network, max_walk_s: int) -> StreetStops:
    """Find the lists of a network's stops among the last few, or make them."""
    return _stops.find((network,), lambda: StreetStops(network, max_walk_s), values=max_walk_s)


class StopFinder:
    """The stops around the places that are asked for, one after another, on one network.

    Lists take as long to make as a few hundred searches of the streets: they are made when so
    many have been asked for, and each place costs microseconds from then on. Several threads
    may use one object.
    """

    def __init__(self, network: Network, max_walk_s: int) -> None:
        """Note the network; nothing is made yet."""
        self._network, self._max_walk_s = network, max_walk_s
        self._n_asked = 0
        self._lists: StreetStops | None = None

    def prepare(self) -> StopFinder:
        """Make the lists of both directions now."""
        if self._lists is None:
            lists = StreetStops(self._network, self._max_walk_s)
            for reverse in (False, True):
                lists.access_many((), (), reverse=reverse)
            self._lists = lists
        return self

    def find(
        self, lat: float, lon: float, *, reverse: bool = False
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Find the stops within the walk of a place: as :func:`walk_access` does, to the second."""
        if self._lists is None:
            self._n_asked += 1
            if self._n_asked < _WORTH_LISTS:
                limit_s = self._max_walk_s
                return walk_access(self._network, lat, lon, max_walk_s=limit_s, reverse=reverse)
            self.prepare()
        return cast("StreetStops", self._lists).access(lat, lon, reverse=reverse)


def find_stop_finder(network: Network, max_walk_s: int) -> StopFinder:
    """Find what looks for a network's stops within a walk among the last few, or begin it."""
    return _finders.find((network,), lambda: StopFinder(network, max_walk_s), values=max_walk_s)


def find_stops(
    network: Network, place: Place, max_walk_s: int, *, reverse: bool = False
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find the stops around a place and the walks in seconds; a place that is stops is there."""
    if place.stops:
        return np.array(place.stops, dtype=np.int32), np.zeros(len(place.stops), dtype=np.int32)
    return find_stop_finder(network, max_walk_s).find(place.lat, place.lon, reverse=reverse)


_WORTH_LISTS = 300
_KEPT = 4
_stops: Kept[StreetStops] = Kept(_KEPT)
_finders: Kept[StopFinder] = Kept(_KEPT)
