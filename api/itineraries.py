"""Answer a query for itineraries on a loaded territory."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from api.itinerary_car_parks import find_car_parks
from api.itinerary_clock import DayClock
from api.itinerary_direct import find_direct, say_no_way
from api.itinerary_fares import compute_fare
from api.itinerary_legs import Writer, add_fare, describe_emissions, name_mode
from api.itinerary_loads import describe_loads
from api.itinerary_nearest import find_nearest
from api.itinerary_night import say_next_date
from api.itinerary_off_street import list_off_street
from api.itinerary_rules import FILE, STREET_AND_TRANSIT, refuse_together
from api.itinerary_search import ask, find, list_steps
from api.schemas import ItineraryAnswer
from api.text import get_words
from network.base import InputError, SourceClass
from network.readers.gtfs import IDLE_FEED
from network.readers.loads import GivenLoads
from network.routing import NoAnswer, Place
from network.routing.criteria.costs import Criterion
from network.routing.loads import CrowdedRides

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.itinerary_car_parks import KnownCarParks
    from api.itinerary_query import ItineraryQuery, Point
    from api.itinerary_search import Found, Question
    from api.schemas import Emissions, ItineraryOut, Nearest
    from network import Network
    from network.base import Problem
    from network.routing.loads import SegmentLoads
    from network.timetable import Timetable
    from scenarios.parameters import TerritoryFile
    from scenarios.report import Catalogue

__all__ = ["Served", "answer_query", "name_mode"]

_LIBRARY_FIELDS = {
    "page of itineraries": {"cursor": "after", "n_itineraries": "page"},
    "<segment loads>": {"load_factor": "criteria"},
}


_DAY_HOURS = 24
_NIGHT_HOURS = 4
"""Up to which hour one may well have left on the evening before."""


class Served(Protocol):
    """What itineraries need of a territory: its network on a date, and what to say with it."""

    @property
    def name(self) -> str:
        """Short name."""

    @property
    def service_date(self) -> dt.date:
        """Date that runs."""

    @property
    def network(self) -> Network:
        """What is searched."""

    @property
    def notes(self) -> dict[str, tuple[str, ...]]:
        """What every answer says, by language."""

    @property
    def file(self) -> TerritoryFile:
        """What its file states; of this, fares."""


def answer_query(
    territory: Served,
    query: ItineraryQuery,
    *,
    lang: str,
    loads: SegmentLoads | GivenLoads | None = None,
    name: Callable[[str], str] = str,
) -> ItineraryAnswer:
    """Search itineraries and return them with named legs, or the reason why there is none.

    ``itineraries`` are by transit, alone and together with bicycle and car, with the walk all
    the way where that is short; where none of that may be used, they are the direct ways.

    Parameters
    ----------
    loads
        How full the network's vehicles are, where that is known; those of a file are named
        in the notes.
    name
        What the reader calls a field of the query, in what is said of wrong ones.

    Raises
    ------
    InputError
        If parts of the query do not go together, or name what the territory does not have.
    """
    words = get_words(lang)
    try:
        parks = find_car_parks(territory, query, words)
        refuse_together(query, words, name, knows_car_parks=bool(parks.parks))
        return _answer(territory, query, words, loads, parks)
    except InputError as error:
        raise InputError(
            *(_in_readers_terms(problem, name) for problem in error.problems)
        ) from None


def _answer(
    territory: Served,
    query: ItineraryQuery,
    words: Catalogue,
    loads: SegmentLoads | GivenLoads | None,
    parks: KnownCarParks,
) -> ItineraryAnswer:
    timetable = territory.network.timetable
    clock = DayClock.of(timetable, territory.service_date)
    origin = _place(query.origin, words("itinerary.origin"))
    destination = _place(query.destination, words("itinerary.destination"))
    given = loads if isinstance(loads, GivenLoads) else None
    known = loads.loads if isinstance(loads, GivenLoads) else loads
    question = ask(territory.network, query, (origin, destination), clock, known, words)
    question = replace(question, car_parks=parks.parks)
    emissions = describe_emissions(timetable.timezone)
    crowded = None
    if question.loads is not None:
        crowded = CrowdedRides(timetable=question.network.timetable, loads=question.loads)
    writer = Writer(
        question=question,
        clock=clock,
        emissions_class=emissions.source_class,
        crowded=crowded,
        load_error=None if given is None else given.relative_error,
    )
    found = find(question)
    found_direct, direct_notes = find_direct(question, _time_of_direct(question, found))
    direct = [writer.write(one) for one in found_direct]

    def priced(written: ItineraryOut) -> ItineraryOut:
        fares = territory.file.fares
        return add_fare(written, compute_fare(written, fares, territory.service_date, words.lang))

    off_street = list_off_street(question, [*found.answers, *found_direct])
    itineraries = [priced(writer.write(one)) for one in found.answers]
    is_direct = not any(query.allows(mode) for mode in ("transit", *STREET_AND_TRANSIT))
    reason, code, nearest = _say_none(question, found, words), None, None
    none = None if itineraries else found.reason
    if none is not None:
        nearest = find_nearest(question, none, clock)
        none = _refine(none, query, nearest)
        reason, code = none.text(words.lang), str(none)
        if none is NoAnswer.NO_SERVICE_THAT_DAY and timetable.n_stop_times > 0:
            reason, code = words("itinerary.no_accessible"), "no_accessible_service"
    elif not itineraries and found.no_ways:
        code = str(next(iter(found.no_ways.values())))
    if is_direct:
        itineraries = direct
        if not direct:
            reason, code = " ".join(direct_notes), "no_direct_way"
    notes = [
        *territory.notes.get(words.lang, ()),
        *(end.text for end in off_street),
        *_notes([*itineraries, *direct], emissions, words),
        *([] if given is None else describe_loads(given, words)),
        *parks.notes,
        *_say_steps(query, words),
        *_say_idle(timetable, words),
        *say_next_date(timetable, found.answers, territory.service_date, words),
        *_say_other_date(query, territory.service_date, words, is_none=none is not None),
        *direct_notes,
        *(say_no_way(way, mode, words) for mode, way in found.no_ways.items()),
    ]
    return ItineraryAnswer(
        territory=territory.name,
        service_date=territory.service_date,
        itineraries=itineraries,
        reason=None if itineraries else reason or words("itinerary.page_empty"),
        reason_code=None if itineraries else code or "page_empty",
        nearest=nearest,
        direct=direct,
        off_street=off_street,
        emissions=emissions,
        next=found.next,
        previous=found.previous,
        notes=list(dict.fromkeys(notes)),
    )


def _refine(reason: NoAnswer, query: ItineraryQuery, nearest: Nearest | None) -> NoAnswer:
    """Return the reason as the search for what would work instead has made it clearer."""
    if nearest is None:
        return reason
    if query.depart is not None and nearest.last_departure is not None:
        return NoAnswer.AFTER_LAST_DEPARTURE
    if reason is NoAnswer.TOO_MANY_RIDES and nearest.rides_needed is None:
        # Only whoever set out the evening before would be there with more rides.
        is_early = query.arrive is not None and query.window_min is None
        return NoAnswer.BEFORE_FIRST_ARRIVAL if is_early else NoAnswer.NOT_CONNECTED
    return reason


def _say_none(question: Question, found: Found, words: Catalogue) -> str | None:
    """Return in words why no mode with transit has an itinerary."""
    if question.query.allows("transit") and found.reason is not None:
        return found.reason.text(words.lang)
    return " ".join(say_no_way(way, mode, words) for mode, way in found.no_ways.items()) or None


def _time_of_direct(question: Question, found: Found) -> int:
    """Return when the ways beside transit leave, or arrive, where the query names no time."""
    if question.time_s is not None:
        return question.time_s
    if found.answers:
        return found.answers[0].itinerary.departure_s
    return 0 if found.direct_walk is None else found.direct_walk.departure_s


def _say_idle(timetable: Timetable, words: Catalogue) -> list[str]:
    """Return which feeds run nothing on the date, where others do."""
    idle = timetable.set_aside.examples.get(IDLE_FEED, [])
    if not idle:
        return []
    return [words("itinerary.idle_feeds", feeds=", ".join(problem.file for problem in idle))]


def _say_other_date(
    query: ItineraryQuery, service_date: dt.date, words: Catalogue, *, is_none: bool
) -> list[str]:
    """Return which date to ask for where the night lies between the time asked for and it.

    Of the day before only what runs past midnight is searched, of the day after what sets out
    before its noon: whoever leaves in its morning may need more, found something or not.
    """
    text = query.depart if query.arrive is None else query.arrive
    if text is None:
        return []
    hour, minute = (int(part) for part in text.split(":"))
    ordinal = service_date.toordinal()
    first_hour = _DAY_HOURS if is_none else _DAY_HOURS + _NIGHT_HOURS
    if query.arrive is None and hour >= first_hour and service_date < dt.date.max:
        day, hour, key = ordinal + 1, hour - _DAY_HOURS, "itinerary.day_after"
    elif is_none and query.arrive and hour < _NIGHT_HOURS and service_date > dt.date.min:
        day, hour, key = ordinal - 1, hour + _DAY_HOURS, "itinerary.day_before"
    else:
        return []
    return [words(key, date=dt.date.fromordinal(day).isoformat(), time=f"{hour:02}:{minute:02}")]


def _say_steps(query: ItineraryQuery, words: Catalogue) -> list[str]:
    """Return in what steps itineraries are compared by the criteria asked for."""
    steps = list_steps(tuple(Criterion(name) for name in query.criteria))
    if not steps:
        return []
    parts = [
        f"{words.find('criterion', criterion)} "
        f"{words.number(step, 0)} {words.find('cost_unit', criterion.unit)}"
        for criterion, step in steps.items()
    ]
    return [words("itinerary.steps_note", steps=", ".join(parts))]


def _notes(written: list[ItineraryOut], emissions: Emissions, words: Catalogue) -> list[str]:
    notes = []
    legs = [leg for itinerary in written for leg in itinerary.legs]
    waits = {leg.headway_wait for leg in legs if leg.headway_wait is not None}
    if waits:
        notes.append(words("itinerary.headway_note"))
        notes.extend(words(f"itinerary.wait_{wait}") for wait in sorted(waits))
    if any(itinerary.co2_g for itinerary in written):
        notes.append(words("itinerary.co2_note", year=emissions.year))
        if emissions.source_class != SourceClass.PUBLISHED:
            notes.append(words("itinerary.co2_abroad"))
    return notes


def _place(point: Point, name: str) -> Place:
    return Place(name=name, lat=point.lat, lon=point.lon)


def _in_readers_terms(problem: Problem, name: Callable[[str], str]) -> Problem:
    """Return a problem under the name that the reader gave to what is wrong."""
    fields = _LIBRARY_FIELDS.get(problem.file)
    if problem.file != FILE and fields is None:
        return problem
    field = (fields or {}).get(problem.field or "", problem.field or "")
    if name is str:
        return replace(problem, file=FILE, field=field)
    return replace(problem, file=name(field), field=None)
