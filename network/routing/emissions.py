"""Greenhouse gases of travelling: grams of CO2 equivalent a passenger, by vehicle and metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.routing.itineraries import RideLeg
from network.routing.street_legs import StreetLeg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network.base import SourceClass
    from network.routing.itineraries import Itinerary, WalkLeg

UNIT = "g CO2e/passenger"
"""What :func:`compute_grams` returns."""

# GTFS Schedule reference, routes.txt, route_type, and the extended types of Google Transit.
# An electric bus stands for a trolleybus. Ferries, cable cars, funiculars, monorails and taxis
# have no factor here. Trains that say no more of themselves count as suburban.
_BASIC = {0: "tram", 1: "metro", 2: "suburban_rail", 3: "bus", 11: "electric_bus"}
_EXTENDED = {
    101: "high_speed_rail",
    102: "intercity_rail",
    103: "intercity_rail",
    105: "intercity_rail",
    106: "regional_rail",
    109: "suburban_rail",
    405: None,
}
_HUNDREDS = {
    1: "suburban_rail",
    2: "coach",
    3: "suburban_rail",
    4: "metro",
    5: "metro",
    6: "metro",
    7: "bus",
    8: "electric_bus",
    9: "tram",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionFactor:
    """Grams of CO2 equivalent a kilometre: of use (fuel and power, made and burnt) and of making.

    ``per`` is ``"passenger"``, or ``"vehicle"`` where they are shared by who is in it. Roads,
    rails and stations are left out.
    """

    vehicle: str
    use_g_km: float
    making_g_km: float
    per: str
    year: int
    source: str
    source_class: SourceClass

    @property
    def g_km(self) -> float:
        """Grams of CO2 equivalent a kilometre, use and making together."""
        return self.use_g_km + self.making_g_km


def name_vehicle(route_type: int) -> str | None:
    """Return the vehicle of a GTFS route type as factors name it, None where none fits."""
    if route_type < 100:
        return _BASIC.get(route_type)
    if route_type in _EXTENDED:
        return _EXTENDED[route_type]
    return _HUNDREDS.get(route_type // 100)


def compute_grams(
    factor: EmissionFactor | None, metres: float, *, occupants: float = 1.0
) -> float | None:
    """Compute the grams of CO2 equivalent a passenger of ``metres`` travelled, None unknown.

    ``occupants`` share what a factor gives by vehicle.

    References
    ----------
    ADEME, Impact CO2, transport (https://impactco2.fr/outils/transport), factors of Base
    Empreinte: vehicles' making and use, infrastructure left out.
    """
    if factor is None:
        return None
    grams = factor.g_km * metres / 1000
    return grams / occupants if factor.per == "vehicle" else grams


def compute_leg_grams(
    leg: WalkLeg | RideLeg | StreetLeg, factors: Mapping[str, EmissionFactor]
) -> float | None:
    """Compute the grams of CO2 equivalent of one passenger on a leg, None where unknown.

    Who shares a car shares its grams; the metres walked to and from a bicycle or a car have
    those of walking.

    Parameters
    ----------
    factors
        By vehicle, as :func:`network.readers.emissions.read_emission_factors` reads them.
    """
    if isinstance(leg, RideLeg):
        vehicle = name_vehicle(leg.route_type)
        return compute_grams(factors.get(vehicle) if vehicle else None, leg.metres)
    if not isinstance(leg, StreetLeg):
        return compute_grams(factors.get("walk"), leg.metres)
    driven = compute_grams(factors.get(str(leg.mode)), leg.street_m, occupants=leg.occupants)
    walked = compute_grams(factors.get("walk"), leg.off_street_m)
    return None if driven is None or walked is None else driven + walked


def compute_grams_by_leg(
    itinerary: Itinerary, factors: Mapping[str, EmissionFactor]
) -> tuple[float | None, ...]:
    """Compute the grams of CO2 equivalent of one passenger, leg by leg, None where unknown."""
    return tuple(compute_leg_grams(leg, factors) for leg in itinerary.legs)
