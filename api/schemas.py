"""Itineraries as they are asked for and answered, on the command line and over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

CLOCK_PATTERN = r"^([0-3]?[0-9]|4[0-7]):[0-5][0-9]$"
ClockTime = Annotated[
    str,
    Field(pattern=CLOCK_PATTERN, examples=["08:15"]),
]


TravelMode = Literal["walk", "bike", "car", "transit"]


class Body(BaseModel):
    """Base of everything that is asked: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Point(Body):
    """A point on the ground, WGS 84."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrees north.")
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrees east.")


class ItineraryQuery(Body):
    """From where to where, and when; exactly one of ``depart`` and ``arrive``."""

    territory: str = Field("plaine-commune", description="Name of a territory.")
    origin: Point = Field(alias="from", description="Where one leaves.")
    destination: Point = Field(alias="to", description="Where one wants to be.")
    date: dt.date | None = Field(None, description="Service date; the territory's own if left out.")
    depart: ClockTime | None = Field(
        None, description="Leave at this time or later, clock time of the service day."
    )
    arrive: ClockTime | None = Field(
        None, description="Be there by this time, clock time of the service day."
    )
    window_min: int | None = Field(
        None,
        ge=1,
        le=720,
        description="All departures in so many minutes from `depart`, or all arrivals in so "
        "many minutes before `arrive`, minutes.",
    )
    max_rides: int = Field(5, ge=1, le=10, description="At most this many vehicles are taken.")
    modes: tuple[TravelMode, ...] | None = Field(
        None,
        min_length=1,
        description="What may be used: walk, bike, car, transit; all there is if left out.",
    )
    geometry: bool = Field(True, description="Whether legs carry their line on the map.")

    @model_validator(mode="after")
    def _one_time(self) -> ItineraryQuery:
        if (self.depart is None) == (self.arrive is None):
            msg = "one time is needed; expected either depart or arrive"
            raise ValueError(msg)
        return self


class End(BaseModel):
    """Where a leg starts or ends."""

    name: str = Field(description="Station or place.")
    lat: float = Field(description="Latitude, degrees north.")
    lon: float = Field(description="Longitude, degrees east.")
    platform: str | None = Field(None, description="Platform, where the feed gives one.")


class StopCall(BaseModel):
    """A vehicle at a stop."""

    name: str
    lat: float = Field(description="Latitude, degrees north.")
    lon: float = Field(description="Longitude, degrees east.")
    arrival_s: int = Field(description="Seconds of the service day.")
    departure_s: int = Field(description="Seconds of the service day.")
    arrival: str = Field(description="Clock time HH:MM; hours past 24 are the next day's.")
    departure: str = Field(description="Clock time HH:MM; hours past 24 are the next day's.")


Mode = Literal["walk", "bike", "car", "tram", "metro", "rail", "bus", "ferry", "cable", "other"]


class Leg(BaseModel):
    """One walk, one ride on a vehicle of a line, or one way by bicycle or car."""

    model_config = ConfigDict(populate_by_name=True)

    mode: Mode
    line: str | None = Field(None, description="Line as passengers call it; null for a walk.")
    route_id: str | None = Field(None, description="Route of the feed; null off transit.")
    agency: str | None = Field(None, description="Who runs the line, where the feed says so.")
    color: str | None = Field(None, description="The line's colour, RRGGBB.")
    headsign: str | None = Field(None, description="What the vehicle shows.")
    trip_id: str | None = Field(None, description="Trip of the feed.")
    origin: End = Field(alias="from")
    destination: End = Field(alias="to")
    departure_s: int = Field(description="Seconds of the service day.")
    arrival_s: int = Field(description="Seconds of the service day.")
    departure: str = Field(description="Clock time HH:MM.")
    arrival: str = Field(description="Clock time HH:MM.")
    duration_s: int = Field(description="Seconds.")
    wait_s: int = Field(0, description="Seconds of waiting before boarding.")
    stay_seated: bool = Field(
        False,
        description="One stays in the vehicle of the leg before, which goes on as this one.",
    )
    distance_m: float = Field(
        description="Length, metres: along streets or the line's shape where there are any, "
        "else estimated."
    )
    co2_g: float | None = Field(
        None,
        description="Grams of CO2 equivalent a passenger; null where no factor is published.",
    )
    streets: list[str] = Field(
        default_factory=list, description="Names of the first streets taken, in order."
    )
    source_class: str = Field(
        description="Where the times come from: observed, published, estimated or illustrative."
    )
    is_headway: bool = Field(
        False, description="The feed gives a frequency: the times are one possible departure."
    )
    stops: list[StopCall] = Field(
        default_factory=list, description="Calls from boarding to alighting, both included."
    )
    geometry: list[tuple[float, float]] | None = Field(
        None, description="Line on the map, [latitude, longitude] in degrees."
    )


class ItineraryOut(BaseModel):
    """Ordered legs from origin to destination."""

    departure_s: int = Field(description="Seconds of the service day.")
    arrival_s: int = Field(description="Seconds of the service day.")
    departure: str = Field(description="Clock time HH:MM.")
    arrival: str = Field(description="Clock time HH:MM.")
    duration_s: int = Field(description="Seconds.")
    transfers: int = Field(description="Rides less one; 0 for a walk.")
    walk_m: float = Field(description="Metres walked in all, estimated.")
    co2_g: float | None = Field(
        None, description="Sum of the legs' grams; null where that of a leg is not known."
    )
    legs: list[Leg]


class Nearest(BaseModel):
    """The nearest thing that would work, where there is no itinerary."""

    text: str = Field(description="The same in words.")
    stop: End | None = Field(None, description="Nearest stop in service.")
    distance_m: float | None = Field(None, description="Straight line to that stop, metres.")
    next_departure_s: int | None = Field(
        None, description="First departure after what was asked, seconds of the service day."
    )
    next_departure: str | None = Field(None, description="The same, clock time HH:MM.")
    last_departure_s: int | None = Field(
        None, description="Last departure of the day that gets there, seconds of the service day."
    )
    last_departure: str | None = Field(None, description="The same, clock time HH:MM.")
    rides_needed: int | None = Field(None, description="Vehicles that it takes to get there.")


class Emissions(BaseModel):
    """What the grams of CO2 equivalent rest on."""

    unit: str
    source: str
    year: int
    source_class: str = Field(
        description="published where the factors' country is that of the territory, else estimated."
    )
    factors_g_km: dict[str, float] = Field(
        description="Grams a passenger-kilometre by vehicle; of a car, with one person in it."
    )


class ItineraryAnswer(BaseModel):
    """Itineraries, none dominated by another, or the reason why there is none."""

    territory: str
    service_date: dt.date
    itineraries: list[ItineraryOut]
    reason: str | None = Field(description="Why there is no itinerary, in words; else null.")
    reason_code: str | None = Field(description="The same as a fixed word; else null.")
    nearest: Nearest | None = Field(
        None, description="Where there is no itinerary: the nearest thing that would work."
    )
    direct: list[ItineraryOut] = Field(
        default_factory=list,
        description="On foot, by bicycle and by car from door to door, beside transit.",
    )
    emissions: Emissions = Field(description="What the grams of CO2 equivalent rest on.")
    notes: list[str] = Field(description="What the answer rests on.")
