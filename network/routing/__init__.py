"""Itineraries and journeys on a network."""

from network.routing.arriving import find_first, find_itineraries_arriving, find_last
from network.routing.engines.profile import ProfileJourneys, ProfileWorkspace, search_profile
from network.routing.itineraries import (
    Call,
    Itinerary,
    ItinerarySearch,
    NoAnswer,
    Place,
    RideLeg,
    WalkLeg,
)
from network.routing.options import HeadwayWait, SearchOptions
from network.routing.paging import Page, find_page
from network.routing.search import find_itineraries, find_itineraries_range

__all__ = [
    "Call",
    "HeadwayWait",
    "Itinerary",
    "ItinerarySearch",
    "NoAnswer",
    "Page",
    "Place",
    "ProfileJourneys",
    "ProfileWorkspace",
    "RideLeg",
    "SearchOptions",
    "WalkLeg",
    "find_first",
    "find_itineraries",
    "find_itineraries_arriving",
    "find_itineraries_range",
    "find_last",
    "find_page",
    "search_profile",
]
