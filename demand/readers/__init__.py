"""Readers: files in, checked objects out; bad rows are set aside and counted."""

from demand.readers.census import read_communes, read_insee_modes, read_insee_od
from demand.readers.employers import read_employers
from demand.readers.territory import (
    StationEntries,
    read_arrival_profile,
    read_commune_zones,
    read_flows,
    read_station_entries,
    read_zones,
)

__all__ = [
    "StationEntries",
    "read_arrival_profile",
    "read_commune_zones",
    "read_communes",
    "read_employers",
    "read_flows",
    "read_insee_modes",
    "read_insee_od",
    "read_station_entries",
    "read_zones",
]
