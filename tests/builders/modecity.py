"""The grid city with streets for bicycles and cars: who lives where, which trips take bicycles."""

from pathlib import Path

from network.network import Network
from network.readers import read_network
from network.routing import Place
from tests.builders.feeds import write_feed
from tests.builders.gridstreets import BLOCK_M, GRID_DAY, at, grid_streets, grid_streets_feed

BIKE_MPS = 4.2
WALK_MPS = 1.2

FARM = (-2000.0, -24.0)
"""On the road to W, 3 km from its end and 2 km from the city, 24 m (20 s) off it."""
WORK = (4 * BLOCK_M - 24, 4 * BLOCK_M + 6000 - 300.6)
"""300.6 m before Z on its road, 24 m off it: 10 + 250.5 + 20 s on foot, 102 s by bicycle."""

UNKNOWN, YES, NO = "", "1", "2"


def place(x_m: float, y_m: float, name: str = "") -> Place:
    """Return a place so many metres east and north of the junction x=0, y=0."""
    lat, lon = at(x_m, y_m)
    return Place(name=name or f"{x_m:g},{y_m:g}", lat=lat, lon=lon)


def crossing(x: int, y: int, name: str = "") -> Place:
    """Return the place that is a junction of the grid."""
    return place(x * BLOCK_M, y * BLOCK_M, name)


def mode_city(folder: Path, *, bikes: tuple[str, str, str] = (UNKNOWN, NO, YES)) -> Network:
    """Read the grid city; ``bikes`` are what T1 (line 1), T2 and T3 (line 2) say of bicycles."""
    trips = [
        f"{route},ALL,{trip},0,{takes}"
        for route, trip, takes in zip(
            ("L1", "L2", "L2", "L3"), ("T1", "T2", "T3", "T4"), (*bikes, NO), strict=True
        )
    ]
    head = "route_id,service_id,trip_id,direction_id,bikes_allowed"
    feed = grid_streets_feed(trips="\n".join([head, *trips]) + "\n")
    return read_network(write_feed(folder, **feed), GRID_DAY, streets=grid_streets().read(folder))


def free_mps(network: Network, way: int) -> float:
    """Return the speed that the streets give a car on a way."""
    segments = network.streets.segments
    (speed_kmh,) = set(segments.speed_kmh[segments.way == way].tolist())
    return speed_kmh / 3.6
