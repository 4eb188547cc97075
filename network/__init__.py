"""Public transport and streets: files in, timetables, street graphs, walks, itineraries.

Import what is needed from where it stands: ``network.readers`` (files to networks),
``network.routing`` (itineraries and journeys), ``network.timetable``, ``network.walks`` and
``network.streets.graph`` (the arrays). This module imports the types alone, so that
``network.base`` stays cheap to import.
"""

from network.bookings import BookingRule, Bookings
from network.network import Network
from network.streets.graph import ModeGraph, StreetGraph, StreetMode
from network.timetable import UNREACHED_S, FeedInfo, Routes, Shapes, Stops, Timetable
from network.walks import Footpaths, Pathways, StopLinks, TransferRules

__all__ = [
    "UNREACHED_S",
    "BookingRule",
    "Bookings",
    "FeedInfo",
    "Footpaths",
    "ModeGraph",
    "Network",
    "Pathways",
    "Routes",
    "Shapes",
    "StopLinks",
    "Stops",
    "StreetGraph",
    "StreetMode",
    "Timetable",
    "TransferRules",
]
