"""Queries that may run past midnight: the network that holds trips of the next date too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.base import no_progress, parse_clock
from network.timetable import find_run_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from api.engine import Engine
    from api.itineraries import Served
    from api.itinerary_query import ItineraryQuery
    from api.itinerary_search import Answer
    from network.base import Progress
    from network.timetable import Timetable
    from scenarios.report import Catalogue

_DAY_S = 86_400
EVENING_S = 18 * 3600
"""Who leaves before this is there by midnight, as a rule: the service date alone is searched."""
NIGHT_MARK = "n."
"""What cursors begin with that lead to pages of the longer timetable."""


def get_served(
    engine: Engine,
    query: ItineraryQuery,
    *,
    has_loads: bool = False,
    progress: Progress = no_progress,
) -> Served:
    """Load the network that a query is searched on, with the morning after where it may matter.

    With loads (``has_loads``) the service date is searched alone, as they were computed on it.

    Raises
    ------
    InputError
        If there is no such territory, or nothing runs on the date nor, where that is searched,
        on the morning after.
    """
    if has_loads or not reaches_next_date(query):
        return engine.get_territory(query.territory, query.date, progress=progress)
    return engine.get_territory(query.territory, query.date, include_next=True, progress=progress)


def get_until(
    engine: Engine,
    territory: str,
    service_date: dt.date | None,
    until_s: int,
    *,
    progress: Progress = no_progress,
) -> Served:
    """Load the network for a search that ends at ``until_s``, seconds of the service day.

    It has the morning after where that is past 24:00. Errors are those of :func:`get_served`.
    """
    if until_s <= _DAY_S:
        return engine.get_territory(territory, service_date, progress=progress)
    return engine.get_territory(territory, service_date, include_next=True, progress=progress)


def reaches_next_date(query: ItineraryQuery) -> bool:
    """Return whether trips of the next service date may serve a query.

    So they may whoever leaves, or whose window of departures ends, from :data:`EVENING_S` on,
    and whoever may arrive after 24:00; but for the first and the last of a day they do not count.
    """
    if query.after is not None:
        return query.after.startswith(NIGHT_MARK)
    if query.depart is not None:
        return parse_clock(query.depart) + 60 * (query.window_min or 0) >= EVENING_S
    return query.arrive is not None and parse_clock(query.arrive) > _DAY_S


def take_mark(cursor: str | None) -> str | None:
    """Return a cursor of the search from one that a reader gave."""
    return None if cursor is None else cursor.removeprefix(NIGHT_MARK)


def put_mark(cursor: str | None, query: ItineraryQuery) -> str | None:
    """Return a cursor as a reader gets it: that of the longer timetable is marked."""
    if cursor is None or not reaches_next_date(query):
        return cursor
    return NIGHT_MARK + cursor


def say_next_date(
    timetable: Timetable, answers: Iterable[Answer], service_date: dt.date, words: Catalogue
) -> list[str]:
    """Return that somebody rides what the next service date runs, where one does."""
    rides = [ride for one in answers for ride in one.itinerary.rides]
    if not any(find_run_day(timetable, ride.trip_id) > 0 for ride in rides):
        return []
    date = service_date.fromordinal(service_date.toordinal() + 1).isoformat()
    return [words("itinerary.next_date", date=date)]
