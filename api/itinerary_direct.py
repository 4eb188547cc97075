"""Ways beside transit: on foot, by bicycle, by car and sharing one, from door to door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.itinerary_search import Answer
from network.routing import Itinerary
from network.routing.modes.combined_answers import CombinedOptions, Mode
from network.routing.modes.direct_ways import find_direct_way
from network.routing.modes.ends_search import When
from network.routing.modes.no_way import NoWay
from network.streets.snap import MAX_OFF_STREET_M

if TYPE_CHECKING:
    from api.itinerary_query import TravelMode
    from api.itinerary_search import Question
    from scenarios.report import Catalogue

MAX_DIRECT_WALK_S = 7200
_WAYS: dict[TravelMode, Mode] = {
    "walk": Mode.WALK,
    "bike": Mode.BIKE,
    "car": Mode.CAR,
    "car-pool": Mode.CAR_POOL,
}


def find_direct(question: Question, time_s: int) -> tuple[list[Answer], list[str]]:
    """Find the ways beside transit, and what is to be said of those that there are not.

    ``time_s`` is when one leaves, or when one has to be there where the query says so. Modes
    that were not asked for by name and for which the territory has no streets go unsaid.
    """
    query, words = question.query, question.words
    max_walk_min = query.max_walk_min
    limit_s = MAX_DIRECT_WALK_S if max_walk_min is None else 60 * max_walk_min
    options = CombinedOptions(max_direct_walk_s=limit_s)
    when = When(time_s=time_s, is_arrival=question.is_arrival)
    found: list[Answer] = []
    notes: list[str] = []
    for name, mode in _WAYS.items():
        if not query.allows(name):
            continue
        ends = question.origin, question.destination
        way = find_direct_way(question.network, *ends, mode, when, options)
        if isinstance(way, Itinerary):
            found.append(Answer(mode=name, itinerary=way))
            if name == "car":
                notes.append(words("itinerary.car_note"))
            if name == "car-pool":
                notes.append(_describe_pool(options, words))
        elif query.modes is not None or way not in (NoWay.NO_STREETS, NoWay.WALK_TOO_LONG):
            notes.append(say_no_way(way, name, words, limit_s=limit_s))
    return found, notes


def say_no_way(way: NoWay, mode: TravelMode, words: Catalogue, *, limit_s: int = 0) -> str:
    """Return in words why there is no way by a mode."""
    if way is NoWay.WALK_TOO_LONG:
        return words("itinerary.no_walk", minutes=limit_s // 60)
    name = words.find("mode", mode)
    name = name[:1].upper() + name[1:]
    key = f"itinerary.{way}"
    if key not in words.words:
        text = way.text(words.lang)
        return words("itinerary.no_mode", mode=name, reason=text[:1].lower() + text[1:])
    return words(key, mode=name, metres=words.number(MAX_OFF_STREET_M, 0))


def _describe_pool(options: CombinedOptions, words: Catalogue) -> str:
    return words(
        "itinerary.pool_note",
        people=options.pool_occupants,
        percent=words.percent(options.pool_detour - 1),
        minutes=options.pool_pickup_s // 60,
    )
