"""The answer of a date on which nothing runs: a reason and the dates nearest to it, no error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api.itinerary_legs import describe_emissions
from api.schemas import ItineraryAnswer, Nearest
from api.text import get_words
from network.routing import NoAnswer

if TYPE_CHECKING:
    import datetime as dt

    from api.itinerary_query import ItineraryQuery
    from network.base.errors import NoServiceError


def answer_without_service(
    query: ItineraryQuery, error: NoServiceError, *, lang: str
) -> ItineraryAnswer:
    """Return the answer to a query for a date that no feed of its territory serves.

    Raises
    ------
    NoServiceError
        If the query names no date: then it is the territory's own that is wrong.
    """
    day = query.date
    if day is None:
        raise error
    reason = NoAnswer.NO_SERVICE_THAT_DAY
    return ItineraryAnswer(
        territory=Path(query.territory).name,
        service_date=day,
        itineraries=[],
        reason=reason.text(lang),
        reason_code=str(reason),
        nearest=_nearest(day, error.nearest, lang),
        emissions=describe_emissions(""),
        notes=[],
    )


def _nearest(day: dt.date, served: tuple[dt.date, ...], lang: str) -> Nearest | None:
    """Return the last date with service before a date, and the first after it."""
    before = [one for one in served if one < day][-1:]
    dates = before + [one for one in served if one > day][:1]
    if not dates:
        return None
    named = ", ".join(one.isoformat() for one in dates)
    return Nearest(text=get_words(lang)("itinerary.nearest_dates", dates=named), dates=dates)
