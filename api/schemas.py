"""Itineraries as they are answered, on the command line and over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.itinerary_query import (
    Body,
    ClockTime,
    CriterionName,
    HeadwayWaitName,
    ItineraryQuery,
    Point,
    TravelMode,
)

__all__ = [
    "Body",
    "BookingOut",
    "ClockTime",
    "Cost",
    "Emissions",
    "End",
    "FareOut",
    "ItineraryAnswer",
    "ItineraryOut",
    "ItineraryQuery",
    "Leg",
    "Mode",
    "Nearest",
    "OccupancyOut",
    "OffStreetOut",
    "Point",
    "Quality",
    "StopCall",
    "Ticket",
    "TravelMode",
]


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


class OccupancyOut(BaseModel):
    """How full a vehicle is on a ride."""

    max_load_factor: float = Field(
        description="Passengers over capacity where that is largest (estimated); 1 is full."
    )
    unit: str = Field("passengers over capacity", description="Of `max_load_factor` and its range.")
    crowded_s: int = Field(description="Seconds in a full vehicle (estimated).")
    source_class: str = Field(description="Class of both.")
    low: float | None = Field(
        None,
        description="`max_load_factor` less the error of the loading beside counted entries; "
        "null where that error is not known.",
    )
    high: float | None = Field(None, description="The same, more that error.")


class CarParkOut(BaseModel):
    """Where the car is left for transit; whether a space is free is not known."""

    name: str
    capacity: int | None = Field(None, description="Spaces; null where unknown.")
    fee: bool | None = Field(None, description="Whether one pays; null where unknown.")
    source_class: str | None = Field(
        None, description="Class of both; null where the query gave the car park."
    )


class BookingOut(BaseModel):
    """What one has to book, or to agree with the driver, to board a ride or to get off it."""

    side: Literal["pick_up", "drop_off"] = Field(description="Boarding, or getting off.")
    arrange_with: Literal["agency", "driver"] = Field(description="Whom one asks.")
    book_from: str | None = Field(
        None, description="From when one may book, ISO 8601; null where that is not said."
    )
    book_by: str | None = Field(
        None, description="By when one has to book, ISO 8601; null where that is not known."
    )
    days_ahead: int | None = Field(
        None, description="Days before travel at the latest, where no date follows from it."
    )
    days_ahead_by: str | None = Field(None, description="Until when on that day, HH:MM.")
    is_working_days: bool = Field(
        False, description="`days_ahead` counts days on which whoever takes bookings works."
    )
    phone: str | None = Field(None, description="To call.")
    booking_url: str | None = Field(None, description="Where to book.")
    info_url: str | None = Field(None, description="Where the rule is explained.")
    message: str | None = Field(None, description="What the feed says of it, in its language.")
    source_class: str = Field(description="Of what the feed says.")
    text: str = Field(description="All of it in words.")


Quality = Literal[
    "line_shape",
    "line_straight",
    "walk_streets",
    "walk_straight",
    "walk_pathways",
    "free_flow",
    "headway",
    "wheelchair_unknown",
    "bicycle_unknown",
]
"""What a leg rests on, as fixed words."""

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
    departure: str = Field(description="Clock time HH:MM, as clocks show it.")
    arrival: str = Field(description="Clock time HH:MM, as clocks show it.")
    duration_s: int = Field(description="Seconds.")
    wait_s: int = Field(0, description="Seconds of waiting before boarding.")
    headway_s: int | None = Field(
        None, description="Seconds between two runs; null where the ride keeps to the clock."
    )
    headway_wait: HeadwayWaitName | None = Field(
        None, description="How the wait for it is reckoned; null where it keeps to the clock."
    )
    standing_s: int = Field(
        0, description="Seconds of a way by bicycle or car that nobody moves: parking, picking up."
    )
    occupants: int | None = Field(None, description="People who share a car; null off cars.")
    car_park: CarParkOut | None = Field(
        None, description="The car park that a drive ends at; null elsewhere."
    )
    occupancy: OccupancyOut | None = Field(
        None, description="How full the vehicle is; null where no loads are known."
    )
    stay_seated: bool = Field(
        False,
        description="One stays in the vehicle of the leg before, which goes on as this one.",
    )
    bookings: list[BookingOut] = Field(
        default_factory=list,
        description="What has to be booked or agreed with the driver; empty where nothing has.",
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
    quality: list[Quality] = Field(
        default_factory=list,
        description="What the leg rests on: drawn along the feed's shape or straight from stop "
        "to stop; walked over streets, through a station or straight; by frequency; not known "
        "to take wheelchairs or bicycles.",
    )


class Ticket(BaseModel):
    """A ticket that an itinerary takes."""

    name: str
    price: float = Field(description="Of one, in the fare's currency.")
    legs: list[int] = Field(description="Places of the rides it covers in `legs`, from 0.")


class FareOut(BaseModel):
    """What single tickets for an itinerary cost, by what the territory's file states."""

    amount: float = Field(description="Of all tickets, in the currency.")
    currency: str = Field(description="ISO 4217 code.")
    tickets: list[Ticket]
    source: str = Field(description="Who publishes the prices.")
    source_date: dt.date = Field(description="Since when or as of when they hold.")
    source_class: str = Field(description="Of the prices, as their source gives them.")


class Cost(BaseModel):
    """What an itinerary costs by one criterion."""

    criterion: CriterionName
    value: float
    unit: str
    source_class: str


class ItineraryOut(BaseModel):
    """Ordered legs from origin to destination."""

    mode: TravelMode = Field(description="How one travels, as in the query's `modes`.")
    departure_s: int = Field(description="Seconds of the service day.")
    arrival_s: int = Field(description="Seconds of the service day.")
    departure: str = Field(description="Clock time HH:MM, as clocks show it.")
    arrival: str = Field(description="Clock time HH:MM, as clocks show it.")
    departure_at: str | None = Field(
        None, description="Date, time and offset, ISO 8601; null where the time zone is unknown."
    )
    arrival_at: str | None = Field(None, description="The same of the arrival.")
    duration_s: int = Field(description="Seconds.")
    transfers: int = Field(description="Rides less one; 0 for a walk.")
    walk_m: float = Field(description="Metres walked in all, estimated.")
    walk_s: int = Field(
        description="Seconds of the legs on foot, estimated; changes within a stop are waiting."
    )
    co2_g: float | None = Field(
        None, description="Sum of the legs' grams; null where that of a leg is not known."
    )
    fare: FareOut | None = Field(
        None,
        description="Single tickets; null where the territory states no fare for a ride of it.",
    )
    criteria: list[Cost] = Field(
        default_factory=list, description="The costs asked for, in that order; none on other modes."
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
    dates: list[dt.date] | None = Field(
        None, description="Where nothing runs on the date: the nearest before and after that do."
    )


class OffStreetOut(BaseModel):
    """An end far from any street, from and to which walks are straight lines."""

    end: Literal["from", "to"]
    street_m: float | None = Field(
        description="Straight line to the nearest street to walk on, metres; null where there "
        "is none within 25 km."
    )
    walk_m: float | None = Field(
        description="Walked there in the first itinerary that is on foot there, metres; null "
        "where none is."
    )
    detour: float = Field(description="What the straight line is multiplied by.")
    source_class: str = Field(description="Of the walks: estimated.")
    text: str = Field(description="The same in words.")


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
    off_street: list[OffStreetOut] = Field(
        default_factory=list,
        description="Ends farther than 250 m from any street; empty where streets are near, and "
        "where the territory has none.",
    )
    emissions: Emissions = Field(description="What the grams of CO2 equivalent rest on.")
    next: str | None = Field(
        None, description="Cursor of the page after this one, for `after`; null if there is none."
    )
    previous: str | None = Field(None, description="Cursor of the page before this one.")
    notes: list[str] = Field(description="What the answer rests on.")
