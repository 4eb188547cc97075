"""What a search returns to a person: itineraries with named legs, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from network.base import SourceClass
from network.routing.street_legs import StreetLeg

if TYPE_CHECKING:
    from network.timetable import Timetable


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An end of an itinerary: a point from which one walks, or stops one stands at.

    Where ``stops`` (stop_idx) are given, they are reached in 0 s and nothing is walked.
    """

    name: str
    lat: float
    lon: float
    stops: tuple[int, ...] = ()

    @classmethod
    def at_station(cls, timetable: Timetable, station: int) -> Place:
        """Return the place that is all stops of a station."""
        members = [i for i, s in enumerate(timetable.stops.station.tolist()) if s == station]
        return cls(
            name=timetable.stops.station_names[station],
            lat=float(timetable.stops.lat[members].mean()),
            lon=float(timetable.stops.lon[members].mean()),
            stops=tuple(members),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A vehicle at a stop: where and when (seconds of the service day)."""

    stop_idx: int
    name: str
    lat: float
    lon: float
    arrival_s: int
    departure_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkLeg:
    """A walk along streets, or a straight line times a detour; stops are None at places.

    ``streets`` are the names of the streets it takes, in order, unnamed ones left out.
    """

    from_name: str
    to_name: str
    from_stop: int | None
    to_stop: int | None
    departure_s: int
    arrival_s: int
    metres: float
    points: tuple[tuple[float, float], ...]
    streets: tuple[str, ...] = ()
    source_class: SourceClass = SourceClass.ESTIMATED


@dataclass(frozen=True, slots=True, kw_only=True)
class RideLeg:
    """A ride on one trip, with every call from boarding to alighting.

    ``metres`` is the length of the line that ``points`` draw (estimated). Where
    ``is_headway``, the feed gives a frequency and the times are one possible departure.
    Where ``stay_seated``, one sits in the vehicle of the leg before, which goes on as another
    trip. ``shape`` are the points (lat, lon) of the feed's own line from boarding to
    alighting, none where the feed draws none.

    ``headway_s`` is how far apart the runs of its frequency are at that time, seconds, None
    where the trip keeps to the clock (or runs alone); the wait at the stop is then half of it
    on average and all of it at worst. ``wait_s`` is what of this the search was asked to reckon
    (:class:`network.routing.options.HeadwayWait`): one is at the stop so many seconds before
    ``departure_s``.
    """

    line: str
    route_id: str
    route_type: int
    color: str
    headsign: str
    trip_id: str
    from_name: str
    to_name: str
    from_platform: str
    to_platform: str
    departure_s: int
    arrival_s: int
    calls: tuple[Call, ...]
    metres: float
    is_headway: bool
    pattern_idx: int
    trip_idx: int
    board_pos: int
    alight_pos: int
    agency: str = ""
    stay_seated: bool = False
    headway_s: int | None = None
    wait_s: int = 0
    shape: tuple[tuple[float, float], ...] = ()
    source_class: SourceClass = SourceClass.PUBLISHED

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """The line on the map as (lat, lon): the feed's shape, else through the calls."""
        return self.shape or tuple((call.lat, call.lon) for call in self.calls)

    @property
    def expected_wait_s(self) -> int:
        """Seconds one waits for it on average, half its headway; 0 where it keeps to the clock."""
        return -(-(self.headway_s or 0) // 2)

    @property
    def worst_wait_s(self) -> int:
        """Seconds one waits for it at most, its headway; 0 where it keeps to the clock."""
        return self.headway_s or 0


Leg = WalkLeg | RideLeg | StreetLeg


@dataclass(frozen=True, slots=True, kw_only=True)
class Itinerary:
    """Ordered legs from origin to destination; times in seconds of the service day."""

    legs: tuple[Leg, ...]

    @property
    def departure_s(self) -> int:
        """When one leaves the origin, or is at the stop that is the origin."""
        first = self.legs[0]
        return first.departure_s - (first.wait_s if isinstance(first, RideLeg) else 0)

    @property
    def arrival_s(self) -> int:
        """When one is at the destination."""
        return self.legs[-1].arrival_s

    @property
    def duration_s(self) -> int:
        """Seconds from leaving the origin to the destination."""
        return self.arrival_s - self.departure_s

    @property
    def rides(self) -> tuple[RideLeg, ...]:
        """The legs on vehicles."""
        return tuple(leg for leg in self.legs if isinstance(leg, RideLeg))

    @property
    def n_rides(self) -> int:
        """How many vehicles are taken; one that goes on as another trip counts once."""
        return sum(not leg.stay_seated for leg in self.rides)

    @property
    def walk_m(self) -> float:
        """Metres walked in all (estimated), those to and from a bicycle or car included."""
        walked = sum(leg.metres for leg in self.legs if isinstance(leg, WalkLeg))
        return walked + sum(leg.off_street_m for leg in self.legs if isinstance(leg, StreetLeg))


class NoAnswer(StrEnum):
    """Why there is no itinerary; of several reasons the first of these."""

    NO_STOP_NEAR_ORIGIN = "no_stop_near_origin"
    NO_STOP_NEAR_DESTINATION = "no_stop_near_destination"
    NO_SERVICE_THAT_DAY = "no_service_that_day"
    ISLANDS = "islands"
    ROUTES_EXCLUDED = "routes_excluded"
    NO_SERVICE = "no_service"
    TOO_MANY_RIDES = "too_many_rides"
    AFTER_LAST_DEPARTURE = "after_last_departure"
    BEFORE_FIRST_ARRIVAL = "before_first_arrival"
    NOT_CONNECTED = "not_connected"

    def text(self, language: str = "fr") -> str:
        """Return the reason in words, French (``fr``) or English (``en``)."""
        return _TEXTS[self]["en" if language == "en" else "fr"]


_TEXTS = {
    NoAnswer.NO_STOP_NEAR_ORIGIN: {
        "fr": "Aucun arrêt desservi à distance de marche du départ.",
        "en": "No stop in service within a walk of the origin.",
    },
    NoAnswer.NO_STOP_NEAR_DESTINATION: {
        "fr": "Aucun arrêt desservi à distance de marche de l'arrivée.",
        "en": "No stop in service within a walk of the destination.",
    },
    NoAnswer.NO_SERVICE_THAT_DAY: {
        "fr": "Aucune course ne circule ce jour-là.",
        "en": "Nothing runs on that day.",
    },
    NoAnswer.ISLANDS: {
        "fr": "Aucune suite de lignes ne relie ces lieux ce jour-là, à quelque heure que ce soit.",
        "en": "No sequence of lines joins these places on that day, at whatever hour.",
    },
    NoAnswer.ROUTES_EXCLUDED: {
        "fr": "Les lignes exclues sont nécessaires pour relier ces lieux.",
        "en": "These places are joined only by lines that were excluded.",
    },
    NoAnswer.NO_SERVICE: {
        "fr": "Plus aucun départ près de l'origine à ces heures.",
        "en": "No departure near the origin at these hours.",
    },
    NoAnswer.TOO_MANY_RIDES: {
        "fr": "Trajet possible seulement avec plus de correspondances que demandé.",
        "en": "Reachable only with more changes than asked for.",
    },
    NoAnswer.AFTER_LAST_DEPARTURE: {
        "fr": "Le dernier départ de ce jour vers la destination est déjà passé.",
        "en": "The last departure of the day to the destination has gone.",
    },
    NoAnswer.BEFORE_FIRST_ARRIVAL: {
        "fr": "La première arrivée possible de ce jour est plus tard.",
        "en": "The first arrival of the day is later than that.",
    },
    NoAnswer.NOT_CONNECTED: {
        "fr": "Aucune suite de lignes ne mène à destination à ces heures.",
        "en": "No sequence of lines leads to the destination at these hours.",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItinerarySearch:
    """Itineraries, none dominated; ``reason`` is set where there is no answer at all.

    ``direct_walk`` is the walk all the way where that is within the limit.
    """

    itineraries: tuple[Itinerary, ...]
    direct_walk: Itinerary | None
    reason: NoAnswer | None
