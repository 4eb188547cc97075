"""A scenario as its author writes it: a territory, ordered modifications, rules of a plan.

Every field carries its unit and its default. Clock times are ``"HH:MM"`` strings.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from network.base import parse_clock

MAX_SEED = 2**31 - 1
"""Engines keep their seed in 32 bits."""


def _check_clock(text: str) -> str:
    parse_clock(text)
    return text


def _require_order(start: str, end: str) -> None:
    if parse_clock(start) >= parse_clock(end):
        msg = f"start {start} is not before end {end}"
        raise ValueError(msg)


Clock = Annotated[str, AfterValidator(_check_clock), Field(examples=["08:30"])]


class Part(BaseModel):
    """Base of every part of a scenario: no unknown keys, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*")
    @classmethod
    def _can_be_written(cls, value: object) -> object:
        if isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
            msg = "half a character; expected text that UTF-8 can hold"
            raise ValueError(msg)
        return value


class EmployerHours(Part):
    """Change when an employer's staff (or one team) start work."""

    type: Literal["employer_hours"]
    employer: str = Field(description="Employer id of the territory.")
    team: str | None = Field(None, description="Team id; all teams of the employer if left out.")
    start: Clock = Field(description="New start of work, clock time.")


class TeleworkShare(Part):
    """Change the share of staff who work from home on the day."""

    type: Literal["telework_share"]
    employer: str | None = Field(None, description="Employer id; every employer if left out.")
    team: str | None = Field(None, description="Team id; all teams if left out.")
    share: float = Field(ge=0, le=1, description="Share of staff at home on the day, 0 to 1.")


class Frequency(Part):
    """Run more or fewer vehicles on a line: the same run times, departures spread evenly."""

    type: Literal["frequency"]
    line: str = Field(description='Line as passengers call it, for instance "13".')
    factor: float = Field(gt=0, le=4, description="Vehicles after / vehicles before.")
    start: Clock = Field("00:00", description="From this departure at the first stop, clock time.")
    end: Clock = Field("30:00", description="Until this departure at the first stop, clock time.")

    @model_validator(mode="after")
    def _in_order(self) -> Frequency:
        _require_order(self.start, self.end)
        return self


class LineClosed(Part):
    """Run no vehicle on a line."""

    type: Literal["line_closed"]
    line: str = Field(description='Line as passengers call it, for instance "13".')
    start: Clock = Field("00:00", description="From this departure at the first stop, clock time.")
    end: Clock = Field("30:00", description="Until this departure at the first stop, clock time.")

    @model_validator(mode="after")
    def _in_order(self) -> LineClosed:
        _require_order(self.start, self.end)
        return self


class VehicleCapacity(Part):
    """Run larger or smaller vehicles on a line: the same trips, more or less room in each."""

    type: Literal["vehicle_capacity"]
    line: str = Field(description='Line as passengers call it, for instance "13".')
    factor: float = Field(
        gt=0, le=4, description="Seats and standing room after / before, the same for both."
    )


AnyModification = Annotated[
    EmployerHours | TeleworkShare | Frequency | LineClosed | VehicleCapacity,
    Field(discriminator="type"),
]


class PlanRules(Part):
    """What a plan may ask of employers; the defaults are modest on purpose."""

    earliest_start: Clock = Field("07:30", description="First slot that may be proposed.")
    latest_start: Clock = Field("10:00", description="Last slot that may be proposed.")
    slot_min: Literal[15, 30] = Field(15, description="Minutes between slots.")
    max_shift_min: int = Field(30, ge=0, le=180, description="Largest shift of a start, minutes.")
    max_moved_share: float = Field(
        0.10, ge=0, le=1, description="At most this share of the employers' present staff is moved."
    )
    shift_cost_per_min: float = Field(
        0.01,
        ge=0,
        le=60,
        description="Disutility of moving a start, in minutes of travel per minute moved. No "
        "reliable value is known: a small weight against idle moves, whose sensitivity every "
        "run shows.",
    )
    whole_cohorts: bool = Field(True, description="Each team moves as a whole or not at all.")
    no_employer_worse_off: bool = Field(
        True, description="No employer's staff lose on average, at the crowding people meet today."
    )
    routes: Literal["joint", "fixed"] = Field(
        "fixed",
        description="Ask for start times only and let people split over routes as they do today "
        "(fixed), or choose routes together with start times (joint).",
    )
    compliance: float = Field(
        0.5, ge=0, le=1, description="Share of moved staff who follow, for the cautious figure."
    )
    time_limit_s: float = Field(
        20, gt=0, le=86_400, description="Stop the optimiser after this many seconds."
    )
    mip_gap: float = Field(
        1e-4,
        ge=0,
        le=1,
        description="Stop when the plan is proven this close, as a share of the whole cost; gains "
        "are a small part of that.",
    )

    @model_validator(mode="after")
    def _some_slot(self) -> PlanRules:
        if parse_clock(self.earliest_start) > parse_clock(self.latest_start):
            msg = f"earliest_start {self.earliest_start} is after latest_start {self.latest_start}"
            raise ValueError(f"{msg}; expected earliest_start first, latest_start last")
        return self


class Crowding(Part):
    """How much longer a crowded minute feels."""

    cost_per_pax_m2: float = Field(
        0.10,
        ge=0,
        le=1,
        description="A ride minute feels 1 + this x (standing passengers per m2) minutes; "
        "published curves span 0.05 to 0.15.",
    )


class Assignment(Part):
    """How people choose routes, and when the loading has converged."""

    scale_per_min: float = Field(
        0.25, gt=0, description="Logit scale: how sharply people avoid a minute of cost, 1/min."
    )
    relative_gap: float = Field(
        1e-12,
        ge=1e-14,
        description="Converged when the gap is below this. A gain is a small difference of "
        "large totals, so the gap must be far smaller still.",
    )
    max_iterations: int = Field(500, ge=1, description="Give up (and say so) after this many.")


class Scenario(Part):
    """A territory, an ordered list of modifications, and the rules of a plan."""

    name: str = Field(description="What the scenario is called.")
    territory: str = Field(
        "plaine-commune", description="Name of a territory pack, or the path of its folder."
    )
    date: dt.date | None = Field(None, description="Service date; the territory's own if left out.")
    modifications: tuple[AnyModification, ...] = Field(
        (), description="Applied in this order to the untouched territory."
    )
    plan: PlanRules = PlanRules()
    crowding: Crowding = Crowding()
    assignment: Assignment = Assignment()
    seed: int = Field(1, ge=0, le=MAX_SEED, description="Seed of everything random in the run.")
