"""Itineraries of the network as they are written in an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.schemas import Emissions, End, ItineraryOut, Leg, StopCall
from network.base import SourceClass, format_clock
from network.readers.emissions import read_emission_factors
from network.routing import RideLeg
from network.routing.emissions import UNIT, compute_grams, name_vehicle

if TYPE_CHECKING:
    from api.schemas import Mode
    from network.routing import Itinerary, Place, WalkLeg
    from network.routing.drives import Drive

_STREETS_NAMED = 5
_DAY_S = 86_400
_FACTORS_TIMEZONE = "Europe/Paris"  # the factors are of France: its vehicles, its power

# GTFS Schedule reference, routes.txt, route_type; extended types go by hundreds.
_MODES: dict[int, Mode] = {
    0: "tram",
    1: "metro",
    2: "rail",
    3: "bus",
    4: "ferry",
    5: "tram",
    6: "cable",
    7: "cable",
    11: "bus",
    12: "rail",
}
_EXTENDED_MODES: dict[int, Mode] = {
    1: "rail",
    2: "bus",
    3: "rail",
    4: "metro",
    5: "metro",
    6: "metro",
    7: "bus",
    8: "bus",
    9: "tram",
    10: "ferry",
    12: "ferry",
    13: "cable",
    14: "cable",
}


def name_mode(route_type: int) -> Mode:
    """Return the mode of a GTFS route type, basic or extended."""
    if route_type >= 100:
        return _EXTENDED_MODES.get(route_type // 100, "other")
    return _MODES.get(route_type, "other")


def describe_emissions(timezone: str) -> Emissions:
    """Return what grams of CO2 equivalent rest on, for a territory of a time zone."""
    factors = read_emission_factors()
    at_home = timezone == _FACTORS_TIMEZONE
    return Emissions(
        unit=UNIT,
        source="ADEME, Impact CO2 / Base Empreinte (https://impactco2.fr/outils/transport)",
        year=max(factor.year for factor in factors.values()),
        source_class=str(SourceClass.PUBLISHED if at_home else SourceClass.ESTIMATED),
        factors_g_km={name: round(factor.g_km, 3) for name, factor in factors.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes the itineraries of one query; ``geometry`` says whether with lines on the map."""

    origin: Place
    destination: Place
    geometry: bool

    def write(self, itinerary: Itinerary) -> ItineraryOut:
        """Return an itinerary of walks and rides."""
        legs: list[Leg] = []
        ready_s = itinerary.departure_s
        for leg in itinerary.legs:
            if isinstance(leg, RideLeg):
                wait_s = 0 if leg.stay_seated else max(0, leg.departure_s - ready_s)
                legs.append(self._ride(leg, wait_s))
            else:
                legs.append(self._walk(leg))
            ready_s = leg.arrival_s
        return self._whole(legs, max(0, itinerary.n_rides - 1), itinerary.walk_m)

    def write_drive(self, drive: Drive, departure_s: int) -> ItineraryOut:
        """Return a way by bicycle or car from door to door, leaving at ``departure_s``."""
        arrival_s = departure_s + drive.seconds
        leg = Leg(
            mode="bike" if drive.mode == "bike" else "car",
            origin=_at_place(self.origin),
            destination=_at_place(self.destination),
            departure_s=departure_s,
            arrival_s=arrival_s,
            departure=_clock(departure_s),
            arrival=_clock(arrival_s),
            duration_s=drive.seconds,
            distance_m=round(drive.metres, 1),
            co2_g=_grams(str(drive.mode), drive.street_m),
            streets=list(drive.streets[:_STREETS_NAMED]),
            source_class=str(drive.source_class),
            geometry=self._line(drive.points),
        )
        return self._whole([leg], 0, drive.off_street_m)

    def _whole(self, legs: list[Leg], transfers: int, walk_m: float) -> ItineraryOut:
        departure_s, arrival_s = legs[0].departure_s, legs[-1].arrival_s
        grams = [leg.co2_g for leg in legs if leg.co2_g is not None]
        return ItineraryOut(
            departure_s=departure_s,
            arrival_s=arrival_s,
            departure=_clock(departure_s),
            arrival=_clock(arrival_s),
            duration_s=arrival_s - departure_s,
            transfers=transfers,
            walk_m=round(walk_m, 1),
            co2_g=round(sum(grams), 1) if len(grams) == len(legs) else None,
            legs=legs,
        )

    def _line(self, points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]] | None:
        if not self.geometry:
            return None
        return [(round(lat, 5), round(lon, 5)) for lat, lon in points]

    def _walk(self, leg: WalkLeg) -> Leg:
        first, last = leg.points[0], leg.points[-1]
        return Leg(
            mode="walk",
            origin=End(name=leg.from_name or self.origin.name, lat=first[0], lon=first[1]),
            destination=End(name=leg.to_name or self.destination.name, lat=last[0], lon=last[1]),
            departure_s=leg.departure_s,
            arrival_s=leg.arrival_s,
            departure=_clock(leg.departure_s),
            arrival=_clock(leg.arrival_s),
            duration_s=leg.arrival_s - leg.departure_s,
            distance_m=round(leg.metres, 1),
            co2_g=_grams("walk", leg.metres),
            streets=list(leg.streets[:_STREETS_NAMED]),
            source_class=str(leg.source_class),
            geometry=self._line(leg.points),
        )

    def _ride(self, leg: RideLeg, wait_s: int) -> Leg:
        first, last = leg.calls[0], leg.calls[-1]
        return Leg(
            mode=name_mode(leg.route_type),
            line=leg.line,
            route_id=leg.route_id,
            agency=leg.agency or None,
            color=leg.color or None,
            headsign=leg.headsign or None,
            trip_id=leg.trip_id,
            origin=End(
                name=leg.from_name, lat=first.lat, lon=first.lon, platform=leg.from_platform or None
            ),
            destination=End(
                name=leg.to_name, lat=last.lat, lon=last.lon, platform=leg.to_platform or None
            ),
            departure_s=leg.departure_s,
            arrival_s=leg.arrival_s,
            departure=_clock(leg.departure_s),
            arrival=_clock(leg.arrival_s),
            duration_s=leg.arrival_s - leg.departure_s,
            wait_s=wait_s,
            stay_seated=leg.stay_seated,
            distance_m=round(leg.metres, 1),
            co2_g=_grams(name_vehicle(leg.route_type), leg.metres),
            source_class=str(leg.source_class),
            is_headway=leg.is_headway,
            stops=_stops(leg),
            geometry=self._line(leg.points),
        )


def _clock(seconds: int) -> str:
    """Return the clock time of the service day; one of the evening before as the clock shows."""
    return format_clock(seconds if seconds >= 0 else seconds % _DAY_S)


def _at_place(place: Place) -> End:
    return End(name=place.name, lat=place.lat, lon=place.lon)


def _grams(vehicle: str | None, metres: float) -> float | None:
    factor = read_emission_factors().get(vehicle) if vehicle is not None else None
    grams = compute_grams(factor, metres)
    return None if grams is None else round(grams, 1)


def _stops(leg: RideLeg) -> list[StopCall]:
    return [
        StopCall(
            name=call.name,
            lat=call.lat,
            lon=call.lon,
            arrival_s=call.arrival_s,
            departure_s=call.departure_s,
            arrival=_clock(call.arrival_s),
            departure=_clock(call.departure_s),
        )
        for call in leg.calls
    ]
