"""Itineraries and journeys on a network."""

from network.routing.itineraries import (
    Call,
    Itinerary,
    ItinerarySearch,
    NoAnswer,
    Place,
    RideLeg,
    WalkLeg,
)
from network.routing.profile import ProfileJourneys, ProfileWorkspace, search_profile
from network.routing.search import (
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
)

__all__ = [
    "Call",
    "Itinerary",
    "ItinerarySearch",
    "NoAnswer",
    "Place",
    "ProfileJourneys",
    "ProfileWorkspace",
    "RideLeg",
    "WalkLeg",
    "find_itineraries",
    "find_itineraries_arriving",
    "find_itineraries_range",
    "search_profile",
]
