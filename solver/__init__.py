"""Route choice, crowding, loading and staggering: arrays in, arrays out, no files."""

from solver import choice, crowding, loading, staggering

__all__ = ["choice", "crowding", "loading", "staggering"]
