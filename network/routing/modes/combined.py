"""One question, all modes: transit reached on foot, by bicycle or by car, and direct ways."""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from network.base import Problem
from network.base.errors import NetworkInputError
from network.routing._assemble import direct_walk
from network.routing.emissions import compute_grams_by_leg
from network.routing.itineraries import Itinerary
from network.routing.modes.bike_transit import BikeEnd, find_bike_trips, open_bike_routing
from network.routing.modes.combined_answers import (
    DIRECT,
    CombinedOptions,
    CombinedSearch,
    Mode,
    ModeItinerary,
)
from network.routing.modes.direct_ways import find_direct_way, shift_to
from network.routing.modes.ends_search import End, WalkEnd, When, search_between
from network.routing.modes.mode_stops import StreetPlace, find_mode_stops
from network.routing.modes.no_way import NoWay
from network.routing.modes.park_and_ride import CarParkEnd, find_car_parks
from network.routing.opened import OpenedRouting, open_routing
from network.streets.graph import StreetMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from network.network import Network
    from network.routing.emissions import EmissionFactor
    from network.routing.itineraries import Place
    from network.routing.modes.park_and_ride import CarPark


class _Question:
    """What is asked, and the ends it is searched between, each made once."""

    def __init__(
        self,
        network: Network,
        ends: tuple[Place, Place],
        when: When,
        car_parks: tuple[CarPark, ...],
        options: CombinedOptions,
    ) -> None:
        self.network = network
        self.origin, self.destination = ends
        self.when = when
        self.car_parks = car_parks
        self.options = options

    @cached_property
    def walk_access(self) -> WalkEnd:
        return WalkEnd(self.network, self.origin, limit_s=self.options.max_walk_s, reverse=False)

    @cached_property
    def walk_egress(self) -> WalkEnd:
        return WalkEnd(
            self.network, self.destination, limit_s=self.options.max_walk_s, reverse=True
        )

    @cached_property
    def bike_access(self) -> BikeEnd | NoWay:
        return self._ride(self.origin, reverse=False)

    @cached_property
    def bike_egress(self) -> BikeEnd | NoWay:
        return self._ride(self.destination, reverse=True)

    def _ride(self, place: Place, *, reverse: bool) -> BikeEnd | NoWay:
        stops = find_mode_stops(self.network, StreetMode.BIKE)
        if stops is None:
            return NoWay.NO_STREETS
        at = StreetPlace(stops.streets, StreetMode.BIKE, (place.lat, place.lon))
        if not at.is_near:
            return NoWay.DESTINATION_OFF_STREETS if reverse else NoWay.ORIGIN_OFF_STREETS
        return BikeEnd(stops, place, at, limit_s=self.options.max_bike_s, reverse=reverse)

    def search(self, opened: OpenedRouting, access: End, egress: End) -> list[Itinerary] | NoWay:
        if len(access.stop) == 0 or len(egress.stop) == 0:
            return NoWay.NO_STOP_REACHED
        return search_between(
            opened,
            self.origin,
            self.destination,
            access,
            egress,
            self.when,
            max_rides=self.options.max_rides,
        )


def find_combined(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    departure_s: int | None = None,
    latest_s: int | None = None,
    arrival_s: int | None = None,
    modes: Sequence[Mode] = tuple(Mode),
    car_parks: Sequence[CarPark] = (),
    options: CombinedOptions | None = None,
    factors: Mapping[str, EmissionFactor] | None = None,
) -> CombinedSearch:
    """Find itineraries by each of some modes, leaving at a time, in a window, or arriving by one.

    Bicycles and cars go over the streets at free flow, one search of the streets for each end
    and mode. A bicycle is parked at the first stop, or carried on trips that take bicycles
    and ridden from the last stop; a car is left at one of ``car_parks``. Of these, an
    itinerary is left out where one that walks to and from transit (or all the way) does as
    well: arrives no later with no more rides; for a window, leaving no earlier besides; for an
    arrival, leaves no earlier with no more rides.

    Parameters
    ----------
    departure_s, latest_s
        Leaving at ``departure_s`` or later; with ``latest_s``, every departure between the two.
    arrival_s
        There by this time, in place of a departure.
    factors
        Emission factors by vehicle; grams are None where they are not given.

    Raises
    ------
    NetworkInputError
        If not just one of a departure and an arrival is given, or the window ends before it
        begins.
    """
    when = _read_when(departure_s, latest_s, arrival_s)
    question = _Question(
        network, (origin, destination), when, tuple(car_parks), options or CombinedOptions()
    )
    by_mode = {
        mode: find_direct_way(network, origin, destination, mode, when, question.options)
        for mode in DIRECT
        if mode in modes
    }
    reasons = {mode: way for mode, way in by_mode.items() if isinstance(way, NoWay)}
    found: dict[Mode, list[Itinerary]] = {}
    plain = _Plain(question) if any(mode not in DIRECT for mode in modes) else None
    for mode in Mode:
        if mode in modes and plain is not None and mode not in DIRECT:
            answer = _find_with_transit(question, mode, plain)
            if isinstance(answer, NoWay):
                reasons[mode] = answer
            else:
                found[mode] = answer
    known = factors or {}
    listed = [_weigh(mode, i, known) for mode, answers in found.items() for i in answers]
    listed.sort(key=lambda i: when.order(i.itinerary))
    return CombinedSearch(
        itineraries=tuple(listed),
        direct=tuple(
            _weigh(mode, way, known) for mode, way in by_mode.items() if isinstance(way, Itinerary)
        ),
        reasons=MappingProxyType(reasons),
    )


def _weigh(
    mode: Mode, itinerary: Itinerary, factors: Mapping[str, EmissionFactor]
) -> ModeItinerary:
    return ModeItinerary(
        mode=mode, itinerary=itinerary, grams=compute_grams_by_leg(itinerary, factors)
    )


class _Plain:
    """Walking and transit, which all other modes are held against."""

    def __init__(self, question: _Question) -> None:
        self.when = question.when
        self.found = question.search(
            open_routing(question.network), question.walk_access, question.walk_egress
        )
        walk = direct_walk(
            question.network,
            question.origin,
            question.destination,
            0,
            question.options.max_direct_walk_s,
        )
        self.walk = None if walk is None else shift_to(walk, self.when)

    def leave_out_walked(self, found: list[Itinerary]) -> list[Itinerary]:
        """Return those that the walk all the way, possible at any time, does not beat."""
        walk = self.walk
        if walk is None:
            return found
        if self.when.latest_s is not None:
            return [i for i in found if i.duration_s < walk.duration_s]
        return [i for i in found if not self.when.beats(walk, i)]

    def leave_out_beaten(self, found: list[Itinerary]) -> list[Itinerary]:
        """Return those that neither the walk nor walking and transit beat."""
        plain = [] if isinstance(self.found, NoWay) else self.found
        return [
            i
            for i in self.leave_out_walked(found)
            if not any(self.when.beats(other, i) for other in plain)
        ]


def _find_with_transit(question: _Question, mode: Mode, plain: _Plain) -> list[Itinerary] | NoWay:
    match mode:
        case Mode.BIKE_PARKED:
            found = _find_bike_parked(question)
        case Mode.BIKE_CARRIED:
            found = _find_bike_carried(question)
        case Mode.PARK_AND_RIDE:
            found = _find_park_and_ride(question)
        case _:
            found = plain.found
    if isinstance(found, NoWay):
        return found
    if not found:
        return NoWay.NOT_CONNECTED
    leave_out = plain.leave_out_walked if mode is Mode.TRANSIT else plain.leave_out_beaten
    return leave_out(found) or NoWay.NO_BETTER_THAN_WALKING


def _find_bike_parked(question: _Question) -> list[Itinerary] | NoWay:
    access = question.bike_access
    if isinstance(access, NoWay):
        return access
    access = access.parking(question.options.bike_parking_s)
    return question.search(open_routing(question.network), access, question.walk_egress)


def _find_bike_carried(question: _Question) -> list[Itinerary] | NoWay:
    network, accept = question.network, question.options.accept_unknown_bikes
    access, egress = question.bike_access, question.bike_egress
    if isinstance(access, NoWay):
        return access
    if isinstance(egress, NoWay):
        return egress
    if not find_bike_trips(network.timetable, accept_unknown=accept).any():
        return NoWay.NO_BICYCLES_ON_BOARD
    return question.search(open_bike_routing(network, accept_unknown=accept), access, egress)


def _find_park_and_ride(question: _Question) -> list[Itinerary] | NoWay:
    network, origin = question.network, question.origin
    if network.streets is None:
        return NoWay.NO_STREETS
    parks = find_car_parks(network, question.car_parks, question.options.max_walk_s)
    if parks is None:
        return NoWay.NO_CAR_PARK
    at = StreetPlace(network.streets, StreetMode.CAR, (origin.lat, origin.lon))
    if not at.is_near:
        return NoWay.ORIGIN_OFF_STREETS
    access = CarParkEnd(parks, origin, at, limit_s=question.options.max_car_s)
    if not access.reached.any():
        return NoWay.NO_CAR_PARK_REACHED
    return question.search(open_routing(network), access, question.walk_egress)


def _read_when(departure_s: int | None, latest_s: int | None, arrival_s: int | None) -> When:
    if departure_s is not None and arrival_s is None:
        if latest_s is not None and latest_s < departure_s:
            raise _refused("latest_s", f"{latest_s}", "a time no earlier than departure_s")
        return When(time_s=departure_s, latest_s=latest_s)
    if arrival_s is None or departure_s is not None:
        raise _refused("departure_s", "both or neither of departure and arrival", "one of the two")
    if latest_s is not None:
        raise _refused("latest_s", f"{latest_s} and an arrival", "a window of departures alone")
    return When(time_s=arrival_s, is_arrival=True)


def _refused(name: str, found: str, expected: str) -> NetworkInputError:
    return NetworkInputError(
        Problem(
            file="find_combined",
            field=name,
            found=found,
            expected=expected,
            mend="Correct the argument.",
        )
    )
