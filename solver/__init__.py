"""Route choice, crowding, loading and staggering: arrays in, arrays out, no files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from solver import choice, crowding, loading, staggering

__all__ = ["choice", "crowding", "loading", "staggering"]


def __getattr__(name: str) -> ModuleType:
    # Imported when asked for: who reads a timetable does not wait for an optimiser.
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return import_module(f"{__name__}.{name}")
