"""What one asks of all modes together, and what one is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network.routing.itineraries import Itinerary
    from network.routing.modes.no_way import NoWay


class Mode(StrEnum):
    """How one travels: with transit in one of four ways, or directly in one of four."""

    TRANSIT = "transit"
    BIKE_PARKED = "bike_parked"
    BIKE_CARRIED = "bike_carried"
    PARK_AND_RIDE = "park_and_ride"
    WALK = "walk"
    BIKE = "bike"
    CAR = "car"
    CAR_POOL = "car_pool"


DIRECT = (Mode.WALK, Mode.BIKE, Mode.CAR, Mode.CAR_POOL)
"""Modes from door to door, beside transit."""


_RANGES = {"max_rides": (1, 20), "pool_detour": (1, 10), "pool_occupants": (1, 9)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedOptions:
    """How far one goes by each mode, and what changing from one to another takes.

    ``max_bike_s`` and ``max_car_s`` hold for one ride to or from transit, without parking;
    ``max_walk_s`` for each walk to and from stops. ``bike_parking_s`` is the time to lock a
    bicycle up at a stop. ``accept_unknown_bikes`` carries bicycles also on trips of which the
    feed does not say whether they take them. A car-pool takes ``pool_detour`` times the
    seconds and metres of the drive, ``pool_pickup_s`` once, shared by ``pool_occupants``. All
    defaults are judgements, to be replaced by what is known of a place.

    Raises
    ------
    NetworkInputError
        If a value is out of its range; names all.
    """

    max_rides: int = 5
    max_walk_s: int = 1200
    max_direct_walk_s: int = 1800
    max_bike_s: int = 1200
    max_car_s: int = 2700
    bike_parking_s: int = 60
    accept_unknown_bikes: bool = False
    pool_detour: float = 1.2
    pool_pickup_s: int = 120
    pool_occupants: int = 2

    def __post_init__(self) -> None:
        problems = []
        for name in self.__slots__:
            value = getattr(self, name)
            least, most = _RANGES.get(name, (0, 4 * 3600))
            if not least <= value <= most:
                problems.append(
                    Problem(
                        file="combined modes",
                        field=name,
                        found=f"{value}",
                        expected=f"from {least} to {most}",
                        mend="Correct the option.",
                    )
                )
        if problems:
            raise NetworkInputError(*problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeItinerary:
    """An itinerary by a mode; ``grams`` of CO2 equivalent a passenger, by leg, None unknown."""

    mode: Mode
    itinerary: Itinerary
    grams: tuple[float | None, ...]

    @property
    def total_g(self) -> float | None:
        """Grams of CO2 equivalent in all, None where one leg's are unknown."""
        known = [g for g in self.grams if g is not None]
        return sum(known) if len(known) == len(self.grams) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedSearch:
    """Itineraries with transit, those without beside them, and why a mode has none.

    Within a mode no itinerary is dominated, and none by bicycle or car and transit is there
    that walking and transit do as well.
    """

    itineraries: tuple[ModeItinerary, ...]
    direct: tuple[ModeItinerary, ...]
    reasons: Mapping[Mode, NoWay] = field(default_factory=lambda: MappingProxyType({}))
