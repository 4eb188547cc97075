"""What a class of street, a speed zone or a barrier means where no tag says more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Default(StrEnum):
    """May a mode use a class of street where no access tag says so."""

    YES = "yes"
    PUSH = "push"  # bicycles only: beside the bicycle, at walking speed
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetClass:
    """One class of street (a highway value, ``platform``, ``pier`` or ``ferry``).

    ``rank`` is its place in the table, 0 the most important. ``car_kmh`` is the free speed of
    a car where no limit is tagged. Paces multiply the walking and the cycling speed.
    """

    rank: int
    walk: Default
    bike: Default
    car: Default
    car_kmh: float
    walk_pace: float
    bike_pace: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetTables:
    """Classes of streets, speeds (km/h) of zones by value, closed modes of barriers by kind.

    Zones are keyed as tagged (``FR:rural``) or without the country (``rural``). Closed modes
    are bits as in ``RawWays.barrier_closed``; ``other`` holds for barriers not in the table.
    """

    classes: dict[str, StreetClass]
    zone_kmh: dict[str, float]
    barrier_closed: dict[str, int]
