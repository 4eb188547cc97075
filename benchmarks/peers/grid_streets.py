"""Streets where a city has none: a square grid around its stops, for peers that need streets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmarks.peers.question import Questions

GRID_M = 250.0
"""Between two streets: a stop is 125 m from one at most."""
_METRES_A_DEGREE = 111_195.0
_FILE = "grid.osm.pbf"


def write_grid_streets(questions: Questions) -> str:
    """Write a grid of residential streets over the stops of a city, once a run; return its path.

    Lines run 250 m apart from north to south and from west to east. Over all directions a walk
    along them is 4/pi = 1.27 times the straight line, where ours is 1.3 times.
    """
    import osmium

    from benchmarks.peers.ends import load_network

    path = Path(questions.folder) / _FILE
    if path.exists():
        return str(path)
    stops = load_network(questions).timetable.stops
    step_lat = GRID_M / _METRES_A_DEGREE
    step_lon = step_lat / np.cos(np.radians(float(stops.lat.mean())))
    lat = np.arange(stops.lat.min() - 2 * step_lat, stops.lat.max() + 3 * step_lat, step_lat)
    lon = np.arange(stops.lon.min() - 2 * step_lon, stops.lon.max() + 3 * step_lon, step_lon)
    numbers = 1 + np.arange(len(lat) * len(lon)).reshape(len(lat), len(lon))
    with osmium.SimpleWriter(str(path)) as writer:
        for row, y in enumerate(lat.tolist()):
            for column, x in enumerate(lon.tolist()):
                number = int(numbers[row, column])
                writer.add_node(osmium.osm.mutable.Node(id=number, location=(x, y)))
        for number, nodes in enumerate((*numbers.tolist(), *numbers.T.tolist()), start=1):
            street = osmium.osm.mutable.Way(id=number, nodes=nodes, tags={"highway": "residential"})
            writer.add_way(street)
    return str(path)
