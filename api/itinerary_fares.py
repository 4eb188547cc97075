"""What single tickets for an itinerary cost, by what the territory's file states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.schemas import FareOut, Ticket
from scenarios.fares import FareRide, buy_tickets

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from api.schemas import ItineraryOut
    from scenarios.fares import Fare


def compute_fare(
    itinerary: ItineraryOut, fares: Sequence[Fare], service_date: dt.date, lang: str
) -> FareOut | None:
    """Compute what the rides of an itinerary cost; None where one of them has no fare.

    Who stays on board while the vehicle goes on as another trip boards nothing: that ride
    counts as boarded with the one before.
    """
    places: list[int] = []
    rides: list[FareRide] = []
    for place, leg in enumerate(itinerary.legs):
        if leg.line is None:
            continue
        boarded_s = rides[-1].departure_s if leg.stay_seated and rides else leg.departure_s
        places.append(place)
        rides.append(
            FareRide(
                mode=leg.mode,
                agency=leg.agency or "",
                line=leg.line,
                from_name=leg.origin.name,
                to_name=leg.destination.name,
                departure_s=boarded_s,
            )
        )
    bought = buy_tickets(fares, rides, service_date)
    if bought is None:
        return None
    first = bought[0].fare
    return FareOut(
        amount=round(sum(ticket.fare.price for ticket in bought), 2),
        currency=first.currency,
        tickets=[
            Ticket(
                name=ticket.fare.name_en if lang == "en" else ticket.fare.name_fr,
                price=ticket.fare.price,
                legs=[places[ride] for ride in ticket.rides],
            )
            for ticket in bought
        ],
        source=", ".join(dict.fromkeys(ticket.fare.source for ticket in bought)),
        source_date=max(ticket.fare.source_date for ticket in bought),
        source_class=str(first.source_class),
    )
