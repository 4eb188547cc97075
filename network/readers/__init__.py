"""Files to networks: GTFS feeds, vehicle capacities."""

from network.build.inputs import Capacity, FeedTables, VehicleCapacities
from network.readers.gtfs import count_service, read_network, read_timetable
from network.readers.tables import read_feed_tables
from network.readers.vehicles import default_vehicles, read_vehicles

__all__ = [
    "Capacity",
    "FeedTables",
    "VehicleCapacities",
    "count_service",
    "default_vehicles",
    "read_feed_tables",
    "read_network",
    "read_timetable",
    "read_vehicles",
]
