"""Great-circle distances on the sphere of mean Earth radius."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_M = 6_371_008.8  # IUGG mean radius


def distance_m(
    lat_a: ArrayLike, lon_a: ArrayLike, lat_b: ArrayLike, lon_b: ArrayLike
) -> NDArray[np.float64]:
    """Compute great-circle distances in metres, element by element (haversine).

    Latitudes and longitudes are degrees (WGS 84); the shapes broadcast. Against the
    ellipsoid the error is at most 0.5 %.
    """
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_phi = (phi_b - phi_a) / 2
    half_lambda = (np.radians(lon_b) - np.radians(lon_a)) / 2
    chord = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    result: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, chord)))
    return result


def pairwise_distance_m(
    lat_a: ArrayLike, lon_a: ArrayLike, lat_b: ArrayLike, lon_b: ArrayLike
) -> NDArray[np.float64]:
    """Compute the matrix of great-circle distances in metres, shape (len(a), len(b))."""
    return distance_m(
        np.asarray(lat_a)[:, None],
        np.asarray(lon_a)[:, None],
        np.asarray(lat_b)[None, :],
        np.asarray(lon_b)[None, :],
    )
