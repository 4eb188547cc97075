"""Public transport networks: feeds in, timetables, walks between stops, itineraries.

Import what is needed from where it stands: ``network.readers`` (files to networks),
``network.routing`` (itineraries and journeys), ``network.timetable`` (the arrays). This
module imports the types alone, so that ``network.base`` stays cheap to import.
"""

from network.timetable import UNREACHED_S, Footpaths, Network, Routes, Stops, Timetable

__all__ = ["UNREACHED_S", "Footpaths", "Network", "Routes", "Stops", "Timetable"]
