"""Territories as the command line shows them: tables, JSON objects, their words."""

from api.territories.documents import describe_built, describe_pack
from api.territories.tables import print_built, print_made, print_pack, say_cache_trouble

PACKAGE = "api.territories"

__all__ = [
    "PACKAGE",
    "describe_built",
    "describe_pack",
    "print_built",
    "print_made",
    "print_pack",
    "say_cache_trouble",
]
