"""Files to networks: GTFS feeds, streets, vehicle capacities, road test networks."""

from network.building.inputs import Capacity, FeedTables, VehicleCapacities
from network.readers.gtfs import count_service, read_network, read_timetable
from network.readers.osm import read_streets
from network.readers.street_tables import default_street_tables
from network.readers.tables import read_feed_tables
from network.readers.tntp import read_tntp_flows, read_tntp_network, read_tntp_trips
from network.readers.vehicles import default_vehicles, read_vehicles

__all__ = [
    "Capacity",
    "FeedTables",
    "VehicleCapacities",
    "count_service",
    "default_street_tables",
    "default_vehicles",
    "read_feed_tables",
    "read_network",
    "read_streets",
    "read_timetable",
    "read_tntp_flows",
    "read_tntp_network",
    "read_tntp_trips",
    "read_vehicles",
]
