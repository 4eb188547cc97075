"""Single tickets of a territory, as its file states them, and what rides cost with them."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic needs it at run time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from network.base import SourceClass
from scenarios.schema import Part

if TYPE_CHECKING:
    from collections.abc import Sequence


class Fare(Part):
    """A published single ticket: what it costs, which rides it covers and for how long."""

    name_fr: str = Field(min_length=1, description="What the ticket is called, French.")
    name_en: str = Field(min_length=1, description="The same, English.")
    price: float = Field(ge=0, le=1e6, description="Of one ticket, in the currency.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code.")
    covers_min: int | None = Field(
        None,
        ge=1,
        le=1440,
        description="Rides boarded so many minutes after the first boarding or sooner; all rides "
        "if left out.",
    )
    modes: tuple[str, ...] = Field(
        (), description="Modes it covers (tram, metro, rail, bus, ferry, cable); all if left out."
    )
    agencies: tuple[str, ...] = Field(
        (), description="agency_name of the routes it covers; all if left out."
    )
    except_lines: tuple[str, ...] = Field((), description="Lines it does not cover.")
    except_stations: tuple[str, ...] = Field(
        (), description="Words in the names of stations that it neither starts nor ends at."
    )
    valid_from: dt.date = Field(description="First service date at this price.")
    valid_until: dt.date = Field(description="Last service date that the price is known for.")
    source: str = Field(min_length=1, description="Who publishes the price.")
    source_date: dt.date = Field(description="Since when or as of when the price holds.")
    source_class: SourceClass = Field(SourceClass.PUBLISHED, description="Class of the price.")

    @model_validator(mode="after")
    def _in_order(self) -> Fare:
        if self.valid_from > self.valid_until:
            msg = "valid_until is before valid_from; expected valid_from first"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class FareRide:
    """A ride as tickets look at it; ``departure_s`` is when one boards, seconds."""

    mode: str
    agency: str
    line: str
    from_name: str
    to_name: str
    departure_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtTicket:
    """A ticket, when its first ride is boarded, and the rides (places in the list) it covers."""

    fare: Fare
    first_s: int
    rides: tuple[int, ...]


def buy_tickets(
    fares: Sequence[Fare], rides: Sequence[FareRide], service_date: dt.date
) -> tuple[BoughtTicket, ...] | None:
    """Return the cheapest single tickets that cover all rides; None where a ride has none.

    A ticket covers the rides it is meant for that are boarded within its minutes of the first
    of them. Tickets of several currencies are not added up: there is no answer then.

    Which ticket is bought for a ride matters for later ones, so every choice is tried; rides
    and fares are few.
    """
    valid = [fare for fare in fares if fare.valid_from <= service_date <= fare.valid_until]
    best = _cover(valid, rides, 0, ())
    if not best or len({ticket.fare.currency for ticket in best}) > 1:
        return None
    return best


def _cover(
    fares: Sequence[Fare],
    rides: Sequence[FareRide],
    at: int,
    bought: tuple[BoughtTicket, ...],
) -> tuple[BoughtTicket, ...] | None:
    """Return the cheapest tickets for the rides from ``at`` on, with those bought before."""
    if at == len(rides):
        return bought
    ride = rides[at]
    for place, ticket in enumerate(bought):
        limit = ticket.fare.covers_min
        in_time = limit is None or ride.departure_s - ticket.first_s <= 60 * limit
        if in_time and _is_for(ticket.fare, ride):
            # To use what is bought already costs nothing and spends nothing.
            used = replace(ticket, rides=(*ticket.rides, at))
            return _cover(fares, rides, at + 1, (*bought[:place], used, *bought[place + 1 :]))
    found = []
    for fare in fares:
        if _is_for(fare, ride):
            new = BoughtTicket(fare=fare, first_s=ride.departure_s, rides=(at,))
            found.append(_cover(fares, rides, at + 1, (*bought, new)))
    known = [tickets for tickets in found if tickets is not None]
    return min(known, key=lambda tickets: sum(t.fare.price for t in tickets), default=None)


def _is_for(fare: Fare, ride: FareRide) -> bool:
    if fare.modes and ride.mode not in fare.modes:
        return False
    if fare.agencies and ride.agency not in fare.agencies:
        return False
    if ride.line in fare.except_lines:
        return False
    ends = ride.from_name.casefold(), ride.to_name.casefold()
    return not any(word.casefold() in end for word in fare.except_stations for end in ends)
