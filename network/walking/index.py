"""What walks of a network are searched with, made once and kept for the next search."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from network.walking.over_streets import StreetWalks, build_walk_snapper
from network.walking.stations import StationWays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network
    from network.streets.graph import StreetGraph
    from network.streets.snap import Snapper
    from network.walking.access import Walk
    from network.walks import StopLinks

_KEPT = 4


class WalkIndex:
    """Streets, stops on them and stations' pathways of a network, ready to be searched.

    ``speed_mps`` is the walker's; walks between stops and streets, which the network holds at
    the speed of its footpaths, change in proportion.
    """

    def __init__(self, network: Network, speed_mps: float) -> None:
        """Note what is needed of the network; all else is made when it is first asked for."""
        self.streets = network.streets
        self.links = network.stop_links
        self.pathways = network.pathways
        self.n_stops = network.timetable.n_stops
        self.given_mps = network.footpaths.speed_mps
        self.step_free = network.footpaths.step_free
        self.speed_mps = speed_mps
        self.drawn: dict[object, Walk] = {}

    @cached_property
    def over(self) -> OnStreets | None:
        """The streets with the stops on them, None where the network has none."""
        if self.streets is None or self.links is None:
            return None
        return OnStreets(self, self.streets, self.links)

    @cached_property
    def ways(self) -> StationWays | None:
        """The ways inside stations, None where no pathways are given."""
        if self.pathways is None or len(self.pathways.node_ids) == 0:
            return None
        return StationWays(self.pathways, self.n_stops, step_free=self.step_free)

    @cached_property
    def is_named(self) -> NDArray[np.bool_]:
        """Which stops pathways name, shape (n_stops,)."""
        if self.ways is None:
            return np.zeros(self.n_stops, dtype=np.bool_)
        return self.ways.is_named()


class OnStreets:
    """Searches from and to places on the streets of a network.

    ``off_m`` is the distance between a stop and its point on the street, shape (n_stops,),
    infinite where the stop is linked through entrances or not at all. ``is_straight`` are the
    stops off the streets, which are walked to straight; ``is_shut_in`` those behind steps.
    """

    def __init__(self, index: WalkIndex, streets: StreetGraph, links: StopLinks) -> None:
        """Prepare the searches."""
        scaled = _scaled(links, index.given_mps / index.speed_mps)
        self.snapper: Snapper = build_walk_snapper(streets, step_free=index.step_free)
        self.walks = StreetWalks(
            streets, scaled, speed_mps=index.speed_mps, step_free=index.step_free
        )
        n_links = np.diff(links.offset)
        self.is_shut_in = (n_links == 0) & index.is_named & index.step_free
        self.is_straight = (n_links == 0) & ~self.is_shut_in
        self.off_m = np.full(len(n_links), np.inf)
        own = np.flatnonzero((n_links == 1) & ~index.is_named)
        self.off_m[own] = links.in_s[links.offset[own]] * index.given_mps


def find_walk_index(network: Network, speed_mps: float) -> WalkIndex:
    """Find the index of a network and a speed among the last few, or make it.

    Parts of networks are told apart by being the same objects: they never change, and an
    index keeps its own alive.
    """
    index = WalkIndex(network, speed_mps)
    key = (id(index.streets), id(index.links), id(index.pathways), index.n_stops,
           index.given_mps, index.step_free, speed_mps)  # fmt: skip
    with _lock:
        found = _recent.setdefault(key, index)
        _recent.move_to_end(key)
        while len(_recent) > _KEPT:
            _recent.popitem(last=False)
    return found


_recent: OrderedDict[tuple[float, ...], WalkIndex] = OrderedDict()
_lock = Lock()


def _scaled(links: StopLinks, factor: float) -> StopLinks:
    if factor == 1:
        return links
    return replace(links, in_s=links.in_s * factor, out_s=links.out_s * factor)
