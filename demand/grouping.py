"""Groups of far communes: small near the territory, large at the edge of the region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m

if TYPE_CHECKING:
    from numpy.typing import NDArray


def group_places(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    *,
    from_lat: float,
    from_lon: float,
    size_per_distance: float,
    min_size_m: float,
) -> list[NDArray[np.int64]]:
    """Group places by a quadtree whose cells grow with their distance from a point.

    A cell is cut in four at the middle of the places' bounding box while its diagonal
    exceeds ``size_per_distance`` times the distance of its centre from the point, and
    ``min_size_m``. From afar a group is thus seen under a bounded angle: the direction
    and length of a trip change little from one of its places to another.

    Returns
    -------
    groups
        Positions of the places of each group; every place in exactly one group.
    """
    done: list[NDArray[np.int64]] = []
    todo = [np.arange(len(lat))] if len(lat) else []
    while todo:
        cell = todo.pop()
        south, north = float(lat[cell].min()), float(lat[cell].max())
        west, east = float(lon[cell].min()), float(lon[cell].max())
        middle_lat, middle_lon = (south + north) / 2, (west + east) / 2
        size_m = float(distance_m(south, west, north, east))
        away_m = float(distance_m(middle_lat, middle_lon, from_lat, from_lon))
        if len(cell) == 1 or size_m <= max(min_size_m, size_per_distance * away_m):
            done.append(cell)
            continue
        upper = lat[cell] > middle_lat
        right = lon[cell] > middle_lon
        quarters = (cell[(upper == up) & (right == side)] for up in (0, 1) for side in (0, 1))
        todo.extend(quarter for quarter in quarters if len(quarter))
    return sorted(done, key=lambda cell: int(cell[0]))
