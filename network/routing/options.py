"""What a traveller asks of itineraries, and what that makes of a network's routes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.timetable import Routes

MAX_RIDES = 20
_FILE = "search options"
_DAY_S = 86_400
_ROUTES = ("banned_routes", "only_routes", "preferred_routes")


class HeadwayWait(StrEnum):
    """What waiting for a run that goes by headway, not by the clock, is reckoned at.

    Of such a run (frequencies.txt, exact_times 0) the timetable knows how often it goes and not
    when: the runs it lists, one a headway, are one way in which they may go.

    ``TIMETABLE``
        They are caught as listed: nothing is added.
    ``EXPECTED``
        Who boards a run is at the stop half its headway before it is listed, or earlier.
    ``WORST``
        Who boards a run is at the stop when the run before it is listed, or earlier. Between
        the two one comes, however they go, and so the itinerary holds: nobody arrives later
        than it shows, nor misses a change of it. The first run of all is not counted on.

    Nothing is reckoned in a kept seat.
    """

    TIMETABLE = "timetable"
    EXPECTED = "expected"
    WORST = "worst"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """What itineraries must be like; all times in seconds.

    Parameters
    ----------
    max_rides
        How many vehicles may be taken, 1 to 20.
    max_access_s, max_direct_walk_s
        Longest walk to the first and from the last stop, and all the way; 0 walks not at all.
    min_transfer_s
        From leaving a vehicle to boarding the next it takes at least so long, the walk included:
        shorter transfers take as long as this, longer ones as long as they do. Whoever stays in
        the vehicle changes nothing.
    banned_routes, only_routes
        route_id that must not be ridden, and those that alone may be (any, where none is named).
    preferred_routes, not_preferred_s
        An itinerary that rides any other route than these counts as ``not_preferred_s`` longer
        than it is, once, however many such routes it rides. Where one arrives by a time, it
        counts as leaving so much earlier, else as arriving so much later; itineraries are then
        compared as ever, and of equals one that rides preferred routes alone stays. Times are
        shown as they are.
    headway_wait
        What waiting for a run that goes by headway is reckoned at.

    Raises
    ------
    NetworkInputError
        Naming every field that cannot be and what it may be.
    """

    max_rides: int = 5
    max_access_s: int = 1200
    max_direct_walk_s: int = 1800
    min_transfer_s: int = 0
    banned_routes: tuple[str, ...] = ()
    only_routes: tuple[str, ...] = ()
    preferred_routes: tuple[str, ...] = ()
    not_preferred_s: int = 600
    headway_wait: HeadwayWait = HeadwayWait.TIMETABLE

    def __post_init__(self) -> None:
        """Refuse what cannot be searched."""
        problems = []
        if not _is_whole(self.max_rides, 1, MAX_RIDES):
            problems.append(
                _problem("max_rides", self.max_rides, f"a whole number from 1 to {MAX_RIDES}")
            )
        for name in ("max_access_s", "max_direct_walk_s", "min_transfer_s", "not_preferred_s"):
            if not _is_whole(getattr(self, name), 0, _DAY_S):
                problems.append(
                    _problem(name, getattr(self, name), f"whole seconds from 0 to {_DAY_S}")
                )
        for name in _ROUTES:
            ids = getattr(self, name)
            if not isinstance(ids, tuple) or not all(isinstance(i, str) for i in ids):
                problems.append(_problem(name, ids, "a tuple of route_id"))
        if self.headway_wait not in set(HeadwayWait):
            kinds = ", ".join(HeadwayWait)
            problems.append(_problem("headway_wait", self.headway_wait, f"one of {kinds}"))
        if problems:
            raise NetworkInputError(*problems)

    @classmethod
    def of(cls, options: SearchOptions | None, **given: int | None) -> SearchOptions:
        """Return options, or the usual ones, with what is given beside them in their place."""
        changed = {name: value for name, value in given.items() if value is not None}
        return replace(options or cls(), **changed)  # type: ignore[arg-type]

    def describe(self) -> str:
        """Return all that is asked for as one line, the same for the same options."""
        return ";".join(f"{f.name}={getattr(self, f.name)!s}" for f in fields(self))

    def ban_routes(self, routes: Routes) -> NDArray[np.bool_] | None:
        """Return by route_idx what must not be ridden; None where everything may.

        Raises
        ------
        NetworkInputError
            If the network lacks a route that any option names; with those most like it.
        """
        refuse_unknown_routes(routes, {name: getattr(self, name) for name in _ROUTES})
        banned = _mark(routes, self.banned_routes)
        if self.only_routes:
            banned |= ~_mark(routes, self.only_routes)
        return banned if banned.any() else None

    def ban_not_preferred(self, routes: Routes) -> NDArray[np.bool_] | None:
        """Return by route_idx what is banned or not preferred; None where none is preferred."""
        if not self.preferred_routes:
            return None
        others = ~_mark(routes, self.preferred_routes)
        banned = self.ban_routes(routes)
        return others if banned is None else others | banned


def refuse_unknown_routes(routes: Routes, named: dict[str, tuple[str, ...]]) -> None:
    """Raise NetworkInputError for route_id that are not there, by the field that names them."""
    known = set(routes.ids)
    problems = []
    for field, ids in named.items():
        for route_id in ids:
            if route_id in known:
                continue
            near = [*get_close_matches(route_id, routes.ids, n=3, cutoff=0.5)]
            near += [i for i, line in zip(routes.ids, routes.lines, strict=True)
                     if line.casefold() == route_id.casefold() and i not in near][:3]  # fmt: skip
            like = f"such as {', '.join(map(repr, near))}" if near else "of the network"
            problems.append(_problem(field, route_id, f"a route_id {like}"))
    if problems:
        raise NetworkInputError(*problems)


def _mark(routes: Routes, ids: tuple[str, ...]) -> NDArray[np.bool_]:
    named = set(ids)
    return np.fromiter((i in named for i in routes.ids), dtype=np.bool_, count=len(routes.ids))


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _problem(field: str, found: object, expected: str) -> Problem:
    return Problem(
        file=_FILE,
        field=field,
        found=repr(found),
        expected=expected,
        mend=f"Change {field}.",
    )
