"""Searches on arrays: the network laid out for them, and RAPTOR, scan, sweep and door search."""
