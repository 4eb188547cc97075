"""Places off the streets: how far the nearest street is, where walks are straight lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.streets.snap import MAX_OFF_STREET_M
from network.walking.index import find_walk_index

if TYPE_CHECKING:
    from network.network import Network
    from network.streets.snap import Snapper

LOOKED_FOR_M = 25_000.0
"""How far around a place a street is looked for, metres."""


def measure_off_street(network: Network, lat: float, lon: float) -> float | None:
    """Measure how far the nearest street to walk on is from a place off the streets.

    Walks from and to such a place are straight lines times a detour: an estimate, over fields
    and water alike.

    Returns
    -------
    metres
        Straight line, more than 250 m; infinite where there is no street within 25 km. None
        where a street is near, and where the network has no streets at all.
    """
    over = find_walk_index(network, network.footpaths.speed_mps).over
    return None if over is None else measure_to_street(over.snapper, lat, lon)


def measure_to_street(snapper: Snapper, lat: float, lon: float) -> float | None:
    """Measure the same to the streets that a snapper looks at."""
    metres = float(snapper.snap(lat, lon, limit_m=LOOKED_FOR_M).distance_m[0])
    return None if metres <= MAX_OFF_STREET_M else metres
