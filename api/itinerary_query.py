"""Itineraries as they are asked for, on the command line and over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

CLOCK_PATTERN = r"^([0-3]?[0-9]|4[0-7]):[0-5][0-9]$"
ClockTime = Annotated[
    str,
    Field(pattern=CLOCK_PATTERN, examples=["08:15"]),
]

TravelMode = Literal[
    "walk", "bike", "car", "car-pool", "transit", "bike-transit", "bike-carried", "park-and-ride"
]
TravellerName = Literal["default", "slow", "wheelchair"]
CriterionName = Literal["walking", "co2", "generalised", "crowded"]
HeadwayWaitName = Literal["timetable", "expected", "worst"]
RouteName = Annotated[str, Field(min_length=1, max_length=200)]

LOADS_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$"
"""What a service's loads may be called: a file or folder in its own folder, no path."""
PAGE = 5
"""Itineraries of a page, where only a cursor is given."""


class Body(BaseModel):
    """Base of everything that is asked: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Point(Body):
    """A point on the ground, WGS 84."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrees north.")
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrees east.")


class CarParkPoint(Point):
    """A car park at which one changes to transit."""

    name: str = Field("", max_length=200, description="What it is called.")
    capacity: int | None = Field(None, ge=0, le=100_000, description="Spaces; null if unknown.")
    transfer_s: int = Field(
        180, ge=0, le=3600, description="From driving in to walking out, seconds."
    )


class ItineraryRules(Body):
    """What itineraries must be like: the part of a query that is written one way everywhere.

    Limits are what searches allow (:class:`network.routing.SearchOptions`).
    """

    territory: str = Field("plaine-commune", description="Name of a territory.")
    date: dt.date | None = Field(None, description="Service date; the territory's own if left out.")
    depart: ClockTime | None = Field(
        None, description="Leave at this time or later, as the clock shows it on the date."
    )
    arrive: ClockTime | None = Field(
        None, description="Be there by this time, as the clock shows it on the date."
    )
    window_min: int | None = Field(
        None,
        ge=1,
        le=720,
        description="All departures in so many minutes from `depart`, or all arrivals in so "
        "many minutes before `arrive`, minutes.",
    )
    page: int | None = Field(
        None, ge=1, le=100, description="Only so many itineraries; others by `next`, `previous`."
    )
    after: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="The page that a cursor of an answer (`next`, `previous`) leads to, in place "
        "of a time.",
    )
    max_rides: int = Field(5, ge=1, le=10, description="At most this many vehicles are taken.")
    max_walk_min: int | None = Field(
        None,
        ge=0,
        le=120,
        description="Longest walk to or from a stop, and all the way, minutes; 20 and 30 if "
        "left out.",
    )
    min_transfer_min: int = Field(
        0, ge=0, le=60, description="Least time from vehicle to vehicle, minutes."
    )
    headway_wait: HeadwayWaitName = Field(
        "timetable",
        description="Wait for a line that gives its frequency only: as listed (timetable), half "
        "a headway (expected), a whole one (worst).",
    )
    traveller: TravellerName = Field(
        "default",
        description="Who travels: slow walks at 0.8 m/s; wheelchair besides takes no steps and "
        "uses only stops and vehicles that the feed calls accessible.",
    )
    loads: str | None = Field(
        None,
        pattern=LOADS_NAME,
        description="How full vehicles are: the name of loads that the service was started with.",
    )


class ItineraryQuery(ItineraryRules):
    """From where to where, and when: one of depart, arrive, first, last and after."""

    origin: Point = Field(alias="from", description="Where one leaves.")
    destination: Point = Field(alias="to", description="Where one wants to be.")
    first: bool = Field(False, description="The first of the day to arrive, in place of a time.")
    last: bool = Field(False, description="The last of the day to leave, in place of a time.")
    accept_unknown: bool = Field(
        False,
        description="Take what the feed says nothing of: stops and vehicles in a wheelchair, "
        "vehicles with a bicycle.",
    )
    modes: tuple[TravelMode, ...] | None = Field(
        None,
        min_length=1,
        description="What may be used: walk, bike, car, car-pool from door to door; transit; "
        "bike-transit (bicycle left at the first stop), bike-carried, park-and-ride. Walk, "
        "bike, car and transit if left out.",
    )
    car_parks: tuple[CarParkPoint, ...] = Field(
        (), max_length=1000, description="Where the car may be left, for park-and-ride."
    )
    ban: tuple[RouteName, ...] = Field(
        (), max_length=100, description="Lines or route_id that must not be ridden."
    )
    only: tuple[RouteName, ...] = Field(
        (), max_length=100, description="Lines or route_id that alone may be ridden; any if empty."
    )
    prefer: tuple[RouteName, ...] = Field(
        (),
        max_length=100,
        description="Lines or route_id preferred: to ride another counts as ten minutes.",
    )
    criteria: tuple[CriterionName, ...] = Field(
        (),
        max_length=2,
        description="One or two costs to weigh beside arrival and rides: walking, co2, "
        "generalised, crowded (where loads are known).",
    )
    geometry: bool = Field(True, description="Whether legs carry their line on the map.")

    @model_validator(mode="after")
    def _one_time(self) -> ItineraryQuery:
        times = (self.depart is not None) + (self.arrive is not None)
        if times > 1 or not (times or self.first or self.last or self.after is not None):
            msg = "one time is needed; expected either depart or arrive"
            raise ValueError(msg)
        return self

    def allows(self, mode: TravelMode) -> bool:
        """Return whether a mode may be used."""
        if self.modes is not None:
            return mode in self.modes
        if mode == "bike":
            return self.traveller != "wheelchair"
        return mode in ("walk", "car", "transit")
