"""Ends of a query that lie far from any street: said, for walks there are straight lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from api.schemas import OffStreetOut
from network.base import SourceClass
from network.routing import WalkLeg
from network.walking.off_street import LOOKED_FOR_M, measure_off_street
from network.walking.straight import DEFAULT_DETOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.itinerary_search import Answer, Question
    from network.routing import Itinerary
    from scenarios.report import Catalogue


def list_off_street(question: Question, answers: Iterable[Answer]) -> list[OffStreetOut]:
    """List the ends that are farther from any street than walks over streets begin and end.

    ``walk_m`` is of the first of the answers that is on foot there.
    """
    found = []
    itineraries = [one.itinerary for one in answers]
    ends: tuple[tuple[Literal["from", "to"], float, float], ...] = (
        ("from", question.origin.lat, question.origin.lon),
        ("to", question.destination.lat, question.destination.lon),
    )
    for end, lat, lon in ends:
        metres = measure_off_street(question.network, lat, lon)
        if metres is not None:
            walks = (_walk_m(itinerary, end) for itinerary in itineraries)
            walk_m = next((walked for walked in walks if walked is not None), None)
            found.append(_write(question, end, metres, walk_m))
    return found


def say_off_street(metres: float | None, mode: str, words: Catalogue) -> list[str]:
    """Return in words that what is within reach by a mode begins off the streets, if it does.

    ``metres`` are :attr:`scenarios.reach.ReachedArea.off_street_m`.
    """
    if metres is None:
        return []
    is_known = math.isfinite(metres)
    key = "reach.off_street" + ("_car" if mode == "car" else "") + ("" if is_known else "_far")
    return [
        words(
            key,
            metres=words.number(metres if is_known else LOOKED_FOR_M, 0),
            detour=words.number(DEFAULT_DETOUR, 1),
        )
    ]


def _walk_m(itinerary: Itinerary, end: Literal["from", "to"]) -> float | None:
    """Return the metres walked at an end of an itinerary; None where one does not walk there."""
    leg = itinerary.legs[0 if end == "from" else -1]
    return leg.metres if isinstance(leg, WalkLeg) else None


def _write(
    question: Question, end: Literal["from", "to"], metres: float, walk_m: float | None
) -> OffStreetOut:
    words = question.words
    is_known = math.isfinite(metres)
    key = f"itinerary.off_street_{end}" if is_known else f"itinerary.off_street_{end}_far"
    text = words(
        key,
        metres=words.number(metres if is_known else LOOKED_FOR_M, 0),
        detour=words.number(DEFAULT_DETOUR, 1),
    )
    if walk_m is not None:
        text += " " + words("itinerary.off_street_walk", metres=words.number(walk_m, 0))
    return OffStreetOut(
        end=end,
        street_m=round(metres, 1) if is_known else None,
        walk_m=None if walk_m is None else round(walk_m, 1),
        detour=DEFAULT_DETOUR,
        source_class=str(SourceClass.ESTIMATED),
        text=text,
    )
