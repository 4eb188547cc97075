"""Itineraries of the network as they are written in an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.itinerary_bookings import list_bookings
from api.itinerary_quality import describe_ride, describe_walk
from api.schemas import CarParkOut, Cost, Emissions, End, ItineraryOut, Leg, OccupancyOut, StopCall
from network.base import SourceClass
from network.readers.emissions import read_emission_factors
from network.routing import RideLeg, WalkLeg
from network.routing.emissions import UNIT, compute_leg_grams

if TYPE_CHECKING:
    from api.itinerary_clock import DayClock
    from api.itinerary_query import TravelMode
    from api.itinerary_search import Answer, Question
    from api.schemas import FareOut, Mode
    from network.routing.itineraries import Leg as FoundLeg
    from network.routing.loads import CrowdedRides
    from network.routing.street_legs import StreetLeg

_STREETS_NAMED = 5
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
    """Writes the itineraries of one query.

    ``crowded`` is None where no loads are known; ``load_error`` is the share that they may be
    off by, None where that is not known.
    """

    question: Question
    clock: DayClock
    emissions_class: str
    crowded: CrowdedRides | None = None
    load_error: float | None = None

    def write(self, answer: Answer) -> ItineraryOut:
        """Return an itinerary as it is answered, still without its fare."""
        itinerary = answer.itinerary
        legs: list[Leg] = []
        ready_s = itinerary.departure_s
        for leg in itinerary.legs:
            if isinstance(leg, RideLeg):
                wait_s = 0 if leg.stay_seated else max(0, leg.departure_s - ready_s)
                legs.append(self._ride(leg, wait_s, answer.mode))
            elif isinstance(leg, WalkLeg):
                legs.append(self._walk(leg))
            else:
                legs.append(self._drive(leg))
            ready_s = leg.arrival_s
        grams = [leg.co2_g for leg in legs if leg.co2_g is not None]
        clock, departure_s, arrival_s = self.clock, itinerary.departure_s, itinerary.arrival_s
        return ItineraryOut(
            mode=answer.mode,
            departure_s=departure_s,
            arrival_s=arrival_s,
            departure=clock.show(departure_s),
            arrival=clock.show(arrival_s),
            departure_at=clock.stamp(departure_s),
            arrival_at=clock.stamp(arrival_s),
            duration_s=arrival_s - departure_s,
            transfers=max(0, itinerary.n_rides - 1),
            walk_m=round(itinerary.walk_m, 1),
            walk_s=sum(
                leg.arrival_s - leg.departure_s
                for leg in itinerary.legs
                if isinstance(leg, WalkLeg)
            ),
            co2_g=round(sum(grams), 1) if len(grams) == len(legs) else None,
            fare=None,
            criteria=[
                Cost(
                    criterion=criterion.value,
                    value=value,
                    unit=criterion.unit,
                    source_class=self.emissions_class
                    if criterion.value == "co2"
                    else str(SourceClass.ESTIMATED),
                )
                for criterion, value in answer.costs
            ],
            legs=legs,
        )

    def _line(self, points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]] | None:
        if not self.question.query.geometry:
            return None
        return [(round(lat, 5), round(lon, 5)) for lat, lon in points]

    def _end(self, name: str, stop: int | None, at: tuple[float, float], *, last: bool) -> End:
        """Return an end of a way through streets: a stop, or a place by its own name."""
        platforms = self.question.network.timetable.stops.platforms
        place = self.question.destination if last else self.question.origin
        return End(
            name=name or place.name,
            lat=at[0],
            lon=at[1],
            platform=None if stop is None else platforms[stop] or None,
        )

    def _walk(self, leg: WalkLeg) -> Leg:
        return Leg(
            mode="walk",
            origin=self._end(leg.from_name, leg.from_stop, leg.points[0], last=False),
            destination=self._end(leg.to_name, leg.to_stop, leg.points[-1], last=True),
            departure_s=leg.departure_s,
            arrival_s=leg.arrival_s,
            departure=self.clock.show(leg.departure_s),
            arrival=self.clock.show(leg.arrival_s),
            duration_s=leg.arrival_s - leg.departure_s,
            distance_m=round(leg.metres, 1),
            co2_g=_grams(leg),
            streets=list(leg.streets[:_STREETS_NAMED]),
            source_class=str(leg.source_class),
            geometry=self._line(leg.points),
            quality=describe_walk(self.question.network, leg),
        )

    def _drive(self, leg: StreetLeg) -> Leg:
        is_car = str(leg.mode) == "car"
        return Leg(
            mode="car" if is_car else "bike",
            origin=self._end(leg.from_name, leg.from_stop, leg.points[0], last=False),
            destination=self._end(leg.to_name, leg.to_stop, leg.points[-1], last=True),
            departure_s=leg.departure_s,
            arrival_s=leg.arrival_s,
            departure=self.clock.show(leg.departure_s),
            arrival=self.clock.show(leg.arrival_s),
            duration_s=leg.arrival_s - leg.departure_s,
            standing_s=leg.standing_s,
            occupants=leg.occupants if is_car else None,
            car_park=self._car_park(leg) if is_car else None,
            distance_m=round(leg.metres, 1),
            co2_g=_grams(leg),
            streets=list(leg.streets[:_STREETS_NAMED]),
            source_class=str(leg.source_class),
            geometry=self._line(leg.points),
            quality=["free_flow"],
        )

    def _car_park(self, leg: StreetLeg) -> CarParkOut | None:
        """Return what is known of the car park that a drive ends at."""
        for park in self.question.car_parks:
            if leg.to_name == park.name and leg.points[-1] == (park.lat, park.lon):
                origin = None if park.source_class is None else str(park.source_class)
                return CarParkOut(
                    name=park.name, capacity=park.capacity, fee=park.fee, source_class=origin
                )
        return None

    def _ride(self, leg: RideLeg, wait_s: int, mode: TravelMode) -> Leg:
        first, last = leg.calls[0], leg.calls[-1]
        query = self.question.query
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
            departure=self.clock.show(leg.departure_s),
            arrival=self.clock.show(leg.arrival_s),
            duration_s=leg.arrival_s - leg.departure_s,
            wait_s=wait_s,
            headway_s=leg.headway_s,
            headway_wait=query.headway_wait if leg.is_headway else None,
            stay_seated=leg.stay_seated,
            occupancy=self._occupancy(leg),
            bookings=list_bookings(self.question.network, leg, self.clock, self.question.words),
            distance_m=round(leg.metres, 1),
            co2_g=_grams(leg),
            source_class=str(leg.source_class),
            is_headway=leg.is_headway,
            stops=self._stops(leg),
            geometry=self._line(leg.points),
            quality=describe_ride(
                self.question.network.timetable,
                leg,
                wheelchair=query.traveller == "wheelchair",
                bicycle=mode == "bike-carried",
            ),
        )

    def _occupancy(self, leg: RideLeg) -> OccupancyOut | None:
        if self.crowded is None:
            return None
        found = self.crowded.find(leg.pattern_idx, leg.trip_idx, leg.board_pos, leg.alight_pos)
        factor, error = found.max_load_factor, self.load_error
        return OccupancyOut(
            max_load_factor=round(factor, 3),
            crowded_s=found.crowded_s,
            source_class=str(SourceClass.ESTIMATED),
            low=None if error is None else round(max(0.0, factor * (1 - error)), 3),
            high=None if error is None else round(factor * (1 + error), 3),
        )

    def _stops(self, leg: RideLeg) -> list[StopCall]:
        show = self.clock.show
        return [
            StopCall(
                name=call.name,
                lat=call.lat,
                lon=call.lon,
                arrival_s=call.arrival_s,
                departure_s=call.departure_s,
                arrival=show(call.arrival_s),
                departure=show(call.departure_s),
            )
            for call in leg.calls
        ]


def _grams(leg: FoundLeg) -> float | None:
    grams = compute_leg_grams(leg, read_emission_factors())
    return None if grams is None else round(grams, 1)


def add_fare(written: ItineraryOut, fare: FareOut | None) -> ItineraryOut:
    """Return an itinerary with what it costs."""
    return written if fare is None else written.model_copy(update={"fare": fare})
