"""Seconds from one place to many without transit: on foot, by bicycle, by car."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem, distance_m
from network.base.errors import NetworkInputError
from network.streets.graph import StreetMode
from network.streets.search import StreetSearch
from network.streets.snap import MAX_OFF_STREET_M, Snapper
from network.walking.index import find_walk_index
from network.walking.off_street import measure_to_street
from network.walking.pairs import round_up
from network.walking.straight import DEFAULT_DETOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.network import Network

BIKE_MPS = 4.2
"""Cycling speed where no streets say it; that of :func:`network.streets.build` by default."""


class DirectSearch:
    """Searches of one mode from any place, over the streets or straight where there are none.

    Ways between places and streets are walked straight; a place farther than 250 m from any
    street that the mode may use is walked or cycled to straight x 1.3, and not driven to.
    ``streets`` is None where the network has none; a car then has no answer.
    """

    def __init__(self, network: Network, mode: StreetMode) -> None:
        """Prepare the searches.

        Raises
        ------
        NetworkInputError
            If cars are asked for and the network has no streets.
        """
        self.mode = mode
        self.walk_mps = network.footpaths.speed_mps
        self.mps = self.walk_mps
        self.streets: StreetSearch | None = None
        if mode is StreetMode.WALK:
            over = find_walk_index(network, self.walk_mps).over
            if over is not None:
                self.streets, self.snapper = over.walks.search, over.snapper
        elif network.streets is not None:
            self.streets = StreetSearch(network.streets, mode)
            self.snapper = Snapper(network.streets, mode)
        if mode is StreetMode.BIKE:
            self.mps = BIKE_MPS if network.streets is None else network.streets.bike_speed_mps
        if mode is StreetMode.CAR and self.streets is None:
            raise NetworkInputError(
                Problem(
                    file="--mode",
                    found="car, in a network without streets",
                    expected="a territory whose pack names an OpenStreetMap extract",
                    mend="Add streets to the pack, or ask for another mode.",
                )
            )

    def measure_off_street(self, lat: float, lon: float) -> float | None:
        """Measure how far the nearest street of the mode is from a place off its streets, metres.

        Infinite where there is none within 25 km; None where one is near, and where the network
        has no streets.
        """
        return None if self.streets is None else measure_to_street(self.snapper, lat, lon)

    def compute_times(
        self,
        place: tuple[float, float],
        lat: NDArray[np.float64],
        lon: NDArray[np.float64],
        limit_s: float,
    ) -> NDArray[np.float64]:
        """Compute whole seconds from a place to others, shape (n,); infinite beyond the limit."""
        metres = np.asarray(distance_m(*place, lat, lon), dtype=np.float64)
        straight = np.ceil(metres * DEFAULT_DETOUR / self.mps - 1e-9) + 0.0  # never -0
        if self.mode is StreetMode.CAR:
            straight = np.full(len(metres), np.inf)
        if self.streets is None:
            return np.where(straight <= limit_s, straight, np.inf)
        here = self.snapper.snap(*place, limit_m=MAX_OFF_STREET_M)
        if not here.is_near[0]:
            return np.where(straight <= limit_s, straight, np.inf)
        there = self.snapper.snap(lat, lon, limit_m=MAX_OFF_STREET_M)
        near = np.flatnonzero(there.is_near)
        seconds = straight.copy()
        if len(near):
            found, _ = self.streets.compute_times(
                here,
                there.take(near),
                origin_s=here.distance_m / self.walk_mps,
                target_s=there.distance_m[near] / self.walk_mps,
                limit_s=limit_s + 0.5,
            )
            by_street = np.full(len(near), np.inf)
            known = np.isfinite(found)
            by_street[known] = round_up(found[known])
            # Nearer to each other than to their street: across the garden, not round the block.
            off_m = np.maximum(here.distance_m[0], there.distance_m[near])
            beside = (metres[near] <= off_m) & (self.mode is StreetMode.WALK)
            by_street[beside] = np.minimum(by_street[beside], straight[near][beside])
            seconds[near] = by_street
        return np.where(seconds <= limit_s, seconds, np.inf)
