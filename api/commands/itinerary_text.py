"""Itineraries as lines of text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from api.output import print_line
from api.text import get_words
from scenarios.report import get_catalogue

if TYPE_CHECKING:
    from api.schemas import End, FareOut, ItineraryAnswer, ItineraryOut, Leg, OccupancyOut

_SAID = ("line_straight", "walk_straight", "wheelchair_unknown", "bicycle_unknown")
"""What is said of legs, once for all; the rest is in the JSON."""


def print_answer(answer: ItineraryAnswer, lang: str) -> None:
    """Write an answer to standard output."""
    words = get_words(lang)
    print_line(
        words(
            "itinerary.heading",
            territory=answer.territory,
            date=answer.service_date.isoformat(),
            count=len(answer.itineraries),
        )
    )
    if answer.reason is not None:
        print_line(words("itinerary.none", reason=answer.reason))
    if answer.nearest is not None:
        print_line(answer.nearest.text)
    for found in answer.itineraries:
        _print_itinerary(found, lang)
    if answer.direct and answer.direct != answer.itineraries:
        print_line()
        print_line(words("itinerary.direct"))
        for found in answer.direct:
            print_line(_describe_direct(found, lang))
    for key, cursor in (("next", answer.next), ("previous", answer.previous)):
        if cursor is not None:
            print_line()
            print_line(words(f"itinerary.{key}_page", cursor=cursor))
    notes = [*answer.notes, *_list_quality(answer, lang)]
    if notes:
        print_line()
    for note in notes:
        print_line(note)


def _print_itinerary(found: ItineraryOut, lang: str) -> None:
    words = get_words(lang)
    summary = words(
        "itinerary.summary",
        departure=found.departure,
        arrival=found.arrival,
        duration=_shown_minutes(found.departure_s, found.arrival_s),
        transfers=found.transfers,
        walk=words.number(found.walk_m, 0),
    )
    print_line()
    mode = "" if found.mode in ("transit", "walk") else f"   {words.find('mode', found.mode)}"
    print_line(f"{summary}{_describe_co2(found, lang)}{mode}")
    if found.fare is not None:
        print_line(f"  {_describe_fare(found.fare, lang)}")
    for cost in found.criteria:
        print_line(
            "  "
            + words(
                "itinerary.cost",
                name=words.find("criterion", cost.criterion),
                value=words.number(cost.value, 0),
                unit=words.find("cost_unit", cost.unit),
                origin=get_catalogue(lang).find("class", cost.source_class),
            )
        )
    for leg in found.legs:
        print_line(f"  {leg.departure}–{leg.arrival}  {_describe(leg, lang)}")
        for booking in leg.bookings:
            print_line(f"    {booking.text}")


def _describe_fare(fare: FareOut, lang: str) -> str:
    words = get_words(lang)
    counts: dict[str, int] = {}
    for ticket in fare.tickets:
        counts[ticket.name] = counts.get(ticket.name, 0) + 1
    return words(
        "itinerary.fare",
        amount=words.number(fare.amount, 2),
        currency=fare.currency,
        tickets=", ".join(f"{n} × {name}" for name, n in counts.items()),
        origin=get_catalogue(lang).find("class", fare.source_class),
        source=fare.source,
        date=fare.source_date.isoformat(),
    )


def _describe_co2(found: ItineraryOut, lang: str) -> str:
    if found.co2_g is None:
        return ""
    words = get_words(lang)
    return "   " + words("itinerary.co2", grams=words.number(found.co2_g, 0))


def _describe_direct(found: ItineraryOut, lang: str) -> str:
    words = get_words(lang)
    leg = found.legs[0]
    text = words(
        "itinerary.direct_line",
        mode=words.find("mode", found.mode),
        duration=_shown_minutes(found.departure_s, found.arrival_s),
        departure=found.departure,
        arrival=found.arrival,
        km=words.number(leg.distance_m / 1000, 1),
    )
    return f"{text}{_describe_co2(found, lang)}{_describe_streets(leg, lang)}"


def _describe_streets(leg: Leg, lang: str) -> str:
    if not leg.streets:
        return ""
    return "   " + get_words(lang)("itinerary.by_street", streets=", ".join(leg.streets))


def _describe(leg: Leg, lang: str) -> str:
    words = get_words(lang)
    if leg.mode == "walk":
        metres = words.number(leg.distance_m, 0)
        return words("itinerary.walk", metres=metres, to=leg.destination.name)
    if leg.mode in ("bike", "car"):
        mode, metres = words.find("mode", leg.mode), words.number(leg.distance_m, 0)
        text = words("itinerary.drive", mode=mode, metres=metres, to=leg.destination.name)
        if leg.standing_s:
            shown = _shown_minutes(leg.departure_s, leg.arrival_s)
            minutes = min(_minutes(leg.standing_s), shown)
            text += ", " + words("itinerary.standing", minutes=minutes)
        return f"{text}{_describe_streets(leg, lang)}"
    source = get_catalogue(lang).find("class", leg.source_class)
    if leg.is_headway:
        source = f"{words('itinerary.about')}, {source}"
    parts = [f"{_describe_ride(leg, lang)} ({words('itinerary.class_note', origin=source)})"]
    if leg.headway_s is not None:
        parts.append(words("itinerary.every", minutes=_minutes(leg.headway_s)))
    waited = _shown_minutes(leg.departure_s - leg.wait_s, leg.departure_s)
    if waited > 0:
        parts.append(words("itinerary.wait", minutes=waited))
    if leg.occupancy is not None:
        load = words.percent(leg.occupancy.max_load_factor)
        parts.append(words("itinerary.occupancy", load=load) + _describe_range(leg.occupancy, lang))
    return ", ".join(parts)


def _describe_range(occupancy: OccupancyOut, lang: str) -> str:
    if occupancy.low is None or occupancy.high is None:
        return ""
    words = get_words(lang)
    low, high = words.percent(occupancy.low), words.percent(occupancy.high)
    return " " + words("itinerary.occupancy_range", low=low, high=high)


def _describe_ride(leg: Leg, lang: str) -> str:
    words = get_words(lang)
    mode, line = words.find("mode", leg.mode), leg.line or ""
    to = _name_end(leg.destination, lang)
    headsign = leg.headsign or leg.destination.name
    if leg.stay_seated:
        return words("itinerary.seated", mode=mode, line=line, headsign=headsign, to=to)
    origin = _name_end(leg.origin, lang)
    return words("itinerary.ride", mode=mode, line=line, headsign=headsign, origin=origin, to=to)


def _name_end(end: End, lang: str) -> str:
    if not end.platform:
        return end.name
    return f"{end.name} ({get_words(lang)('itinerary.platform', name=end.platform)})"


def _list_quality(answer: ItineraryAnswer, lang: str) -> list[str]:
    found = {
        word for itinerary in answer.itineraries for leg in itinerary.legs for word in leg.quality
    }
    words = get_words(lang)
    return [words(f"itinerary.{word}") for word in _SAID if word in found]


def _shown_minutes(start_s: int, end_s: int) -> int:
    """Return the minutes between two times as clocks show them, without their seconds."""
    return end_s // 60 - start_s // 60


def _minutes(seconds: int) -> int:
    return math.ceil(seconds / 60)
