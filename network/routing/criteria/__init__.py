"""Itineraries by more than arrival and rides: walking, crowding, CO2, generalised cost."""
