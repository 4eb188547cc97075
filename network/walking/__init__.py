"""Walks: between stops, and between any place and the stops around it."""
