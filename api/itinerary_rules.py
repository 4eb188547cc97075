"""Which parts of a query for itineraries do not go together, said in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from network.base import InputError, Problem
from network.routing import HeadwayWait, SearchOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from api.itinerary_query import ItineraryQuery, TravelMode
    from network.timetable import Routes
    from scenarios.report import Catalogue

FILE = "request"
"""What problems with a query are problems of, until a caller puts its own words there."""
STREET_AND_TRANSIT: tuple[TravelMode, ...] = ("bike-transit", "bike-carried", "park-and-ride")

_ROUTES = ("ban", "only", "prefer")
_OPTIONS = (*_ROUTES, "min_transfer_min", "headway_wait")
_EXCLUSIVE = {
    "after": ("depart", "arrive", "first", "last", "window_min"),
    "first": ("depart", "arrive", "last", "window_min", "page"),
    "last": ("depart", "arrive", "window_min", "page"),
    "page": ("window_min",),
    "criteria": ("arrive", "first", "last", "page", "after", *_OPTIONS),
}
_NEED_TRANSIT = ("first", "last", "page", "after", "criteria")


def refuse_together(
    query: ItineraryQuery,
    words: Catalogue,
    name: Callable[[str], str] = str,
    *,
    knows_car_parks: bool = False,
) -> None:
    """Refuse what cannot be asked together, or not without something else.

    Parameters
    ----------
    name
        What the reader calls a field: that of a body, or an option of the command line.
    knows_car_parks
        Whether there are car parks, given or known of the territory.

    Raises
    ------
    InputError
        Naming each part and what it does not go with.
    """
    refusals = _Refusals(words=words, name=name, problems=[])
    _refuse_pairs(query, _list_given(query), refusals)
    _refuse_lacking(query, _list_given(query), refusals)
    if query.allows("park-and-ride") and not knows_car_parks:
        refusals.lacking("modes", refusals.name("car_parks"))
    if len(set(query.criteria)) < len(query.criteria):
        refusals.add(
            "criteria",
            ", ".join(query.criteria),
            words("itinerary.each_once"),
            words("itinerary.leave_one_out"),
        )
    if refusals.problems:
        raise InputError(*refusals.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusals:
    """Collects what does not go together, in the words of the reader."""

    words: Catalogue
    name: Callable[[str], str]
    problems: list[Problem]

    def add(self, part: str, found: str, expected: str, mend: str) -> None:
        self.problems.append(
            Problem(file=FILE, field=part, found=found, expected=expected, mend=mend)
        )

    def both(self, part: str, other: str) -> None:
        """Refuse a field beside something that the reader knows under the name ``other``."""
        texts = {"part": self.name(part), "other": other}
        keys = ("itinerary.together", "itinerary.one_of", "itinerary.leave_one")
        self.add(part, *(self.words(key, **texts) for key in keys))

    def lacking(self, part: str, needed: str) -> None:
        """Refuse a field without something that the reader knows under the name ``needed``."""
        own = self.name(part)
        self.add(
            part,
            self.words("itinerary.alone", part=own),
            self.words("itinerary.beside", needed=needed),
            self.words("itinerary.add", needed=needed, part=own),
        )


def _refuse_pairs(query: ItineraryQuery, given: set[str], refusals: _Refusals) -> None:
    for part, others in _EXCLUSIVE.items():
        for other in others:
            if part in given and other in given:
                refusals.both(part, refusals.name(other))
    for mode in STREET_AND_TRANSIT:
        if not query.allows(mode):
            continue
        named = f"{refusals.name('modes')} {mode}"
        for part in (*_NEED_TRANSIT, *_OPTIONS):
            if part in given:
                refusals.both(part, named)
        if {"arrive", "window_min"} <= given:
            refusals.both("window_min", named)


def _refuse_lacking(query: ItineraryQuery, given: set[str], refusals: _Refusals) -> None:
    modes = refusals.name("modes")
    if not query.allows("transit"):
        for part in _NEED_TRANSIT:
            if part in given:
                refusals.lacking(part, f"{modes} transit")
    if query.accept_unknown and not (
        query.traveller == "wheelchair" or query.allows("bike-carried")
    ):
        refusals.lacking("accept_unknown", f"{refusals.name('traveller')} wheelchair")
    if query.car_parks and not query.allows("park-and-ride"):
        refusals.lacking("car_parks", f"{modes} park-and-ride")


def refuse_crowding(query: ItineraryQuery, words: Catalogue) -> None:
    """Refuse to weigh crowding where no loads are known.

    Raises
    ------
    InputError
        If that is asked for.
    """
    if "crowded" in query.criteria:
        raise InputError(
            Problem(
                file=FILE,
                field="criteria",
                found=words("itinerary.no_loads"),
                expected="walking, co2, generalised",
                mend=words("itinerary.other_criterion"),
            )
        )


def read_options(query: ItineraryQuery, routes: Routes, words: Catalogue) -> SearchOptions:
    """Return what a query asks of itineraries; a line stands for all routes of its name.

    Raises
    ------
    InputError
        Naming every route or line that the network does not have, with those most like it.
    """
    problems: list[Problem] = []
    found = {part: _find_routes(part, getattr(query, part), routes, words, problems)
             for part in _ROUTES}  # fmt: skip
    if problems:
        raise InputError(*problems)
    walk_s = None if query.max_walk_min is None else 60 * query.max_walk_min
    usual = SearchOptions()
    # Who does not walk all the way is not kept from rides that are slower than that.
    direct_s = usual.max_direct_walk_s if walk_s is None else walk_s
    return SearchOptions(
        max_rides=query.max_rides,
        max_access_s=usual.max_access_s if walk_s is None else walk_s,
        max_direct_walk_s=direct_s if query.allows("walk") else 0,
        min_transfer_s=60 * query.min_transfer_min,
        banned_routes=found["ban"],
        only_routes=found["only"],
        preferred_routes=found["prefer"],
        headway_wait=HeadwayWait(query.headway_wait),
    )


def _find_routes(
    part: str, asked: Iterable[str], routes: Routes, words: Catalogue, problems: list[Problem]
) -> tuple[str, ...]:
    ids = set(routes.ids)
    chosen: list[str] = []
    for text in asked:
        if text in ids:
            chosen.append(text)
            continue
        folded = text.casefold()
        of_line = [
            i for i, line in zip(routes.ids, routes.lines, strict=True) if line.casefold() == folded
        ]
        chosen += of_line
        if not of_line:
            near = get_close_matches(text, {*routes.lines, *ids} - {""}, n=3, cutoff=0.5)
            like = ", ".join(repr(one) for one in sorted(near))
            problems.append(
                Problem(
                    file=FILE,
                    field=part,
                    found=repr(text),
                    expected=words("itinerary.a_route_like", like=like)
                    if near
                    else words("itinerary.a_route"),
                    mend=words("itinerary.correct_route"),
                )
            )
    return tuple(dict.fromkeys(chosen))


def _list_given(query: ItineraryQuery) -> set[str]:
    """Return the parts that say something else than what is usual."""
    fields = type(query).model_fields
    return {part for part in fields if getattr(query, part) != fields[part].default}
