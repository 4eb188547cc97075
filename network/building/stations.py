"""Stations: stops of one parent, or of one name close together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from network.base import distance_m
from network.base.geodesy import EARTH_RADIUS_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAME_STATION_M = 300.0
"""Stops of one name and no parent are one station within this distance of each other."""


def cluster_by_name(
    names: Sequence[str], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return a number by cluster of places of one name within 300 m (chains allowed).

    Names are compared without regard to case and outer blanks; places are degrees.
    """
    members: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        members.setdefault(name.strip().casefold(), []).append(i)
    pairs = [_near_pairs(np.array(m), lat, lon) for m in members.values() if len(m) > 1]
    a, b = np.concatenate([*pairs, np.empty((2, 0), dtype=np.int64)], axis=1)
    n = len(names)
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(n, n)).tocsr()
    labels: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def _near_pairs(
    rows: NDArray[np.int64], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the pairs of some places within 300 m of each other, shape (2, n_pairs)."""
    phi, theta = np.radians(lat[rows]), np.radians(lon[rows])
    ball = np.column_stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)))
    # A chord is shorter than its arc; a little more is looked at and measured on the sphere.
    radius = 1.001 * SAME_STATION_M / EARTH_RADIUS_M
    found = rows[cKDTree(ball).query_pairs(radius, output_type="ndarray")]
    metres = distance_m(lat[found[:, 0]], lon[found[:, 0]], lat[found[:, 1]], lon[found[:, 1]])
    result: NDArray[np.int64] = found[metres <= SAME_STATION_M].T
    return result


def number_in_order(labels: Sequence[object]) -> NDArray[np.int32]:
    """Return labels as numbers from 0, by first appearance."""
    number_of: dict[object, int] = {}
    return np.array([number_of.setdefault(x, len(number_of)) for x in labels], dtype=np.int32)
