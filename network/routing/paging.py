"""Itineraries of a day a few at a time, earlier and later ones by opaque cursors."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from network.base import Problem
from network.base.errors import NetworkInputError
from network.routing._assemble import direct_walk, move_walk
from network.routing._query import prepare
from network.routing.no_answer import find_reason
from network.routing.options import SearchOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from network.network import Network
    from network.routing._query import Candidate, Query
    from network.routing.itineraries import Itinerary, NoAnswer, Place

MAX_PAGE = 100
_FIRST_WIDTH_S = 1800
_HEAD = struct.Struct(">BBiii")
_SEAL_BYTES = 12
_VERSION = 1
_FAR = 2**30

Bound = tuple[int, int, int]
"""Leaving, arriving and rides of a candidate, on the axis of the search, or one beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some itineraries of a day in order, and the cursors of those after and before them.

    ``next`` is None where there are no more. ``previous`` is None where there can be none: a
    page before the first may still turn out to be empty. ``reason`` is set where the first page
    asked for has no itinerary and the walk all the way is beyond its limit.
    """

    itineraries: tuple[Itinerary, ...]
    direct_walk: Itinerary | None
    next: str | None
    previous: str | None
    reason: NoAnswer | None


class _Cursor(NamedTuple):
    """From where on a page lies: after a bound, or, going back, before it."""

    is_after: bool
    backwards: bool
    bound: Bound


def find_page(
    network: Network,
    origin: Place,
    destination: Place,
    *,
    departure_s: int | None = None,
    arrival_s: int | None = None,
    cursor: str | None = None,
    n_itineraries: int = 5,
    options: SearchOptions | None = None,
) -> Page:
    """Find the next few itineraries of a day from a departure on, or from an arrival back.

    The itineraries of the day are those that leave at 0:00 or later and that no other dominates
    (:func:`network.routing.find_itineraries_range`), in order of departure, arrival and rides;
    by arrival, the same from the latest arrival to the first. Page after page gives each once,
    whatever the sizes of the pages. Only as much of the day is searched as a page needs: half an
    hour from where it starts, then twice as much more, and so on.

    Parameters
    ----------
    departure_s, arrival_s, cursor
        One of them: the first page of those leaving at a time or later; the first page of those
        there by a time, latest first; or a page beside one that was found before, of the same
        query.
    n_itineraries
        How many itineraries a page has, 1 to 100; the last may have fewer.

    Raises
    ------
    NetworkInputError
        If it is not told from where on, if the cursor is none of this query on this network and
        service date, or if an option does not fit.
    """
    _refuse_ends(departure_s, arrival_s, cursor, n_itineraries)
    chosen = options or SearchOptions()
    query = prepare(network, origin, destination, chosen)
    digest = _digest(query)
    if cursor is not None:
        at = _read(cursor, digest)
    elif departure_s is not None:
        at = _Cursor(is_after=True, backwards=False, bound=(departure_s - 1, _FAR, _FAR))
    else:
        at = _Cursor(is_after=True, backwards=True, bound=(-(arrival_s or 0) - 1, _FAR, _FAR))
    leave, back = at.bound[0] + (at.bound[1] == _FAR), at.backwards
    walk = direct_walk(network, origin, destination, 0, chosen.max_direct_walk_s)
    limit_s = _FAR if walk is None else walk.duration_s
    if walk is not None:
        walk = move_walk(walk, -leave - walk.duration_s if back else leave)
    found, is_more = _collect(query, at, n_itineraries, limit_s)
    itineraries = tuple(query.assemble(one) for one in found)
    after, before = _bounds_beside(at, found)
    has_next = is_more if at.is_after else True
    has_previous = (
        (cursor is not None or before[0] > _axis(query, at)[0]) if at.is_after else is_more
    )
    reason = None
    if cursor is None and not found and walk is None:
        reason = find_reason(query, leave, backwards=back)
    return Page(
        itineraries=itineraries,
        direct_walk=walk,
        next=_write(_Cursor(True, back, after), digest) if has_next else None,
        previous=_write(_Cursor(False, back, before), digest) if has_previous else None,
        reason=reason,
    )


def _collect(
    query: Query, at: _Cursor, n_wanted: int, limit_s: int
) -> tuple[list[Candidate], bool]:
    """Return the candidates of a page in order, and whether more follow the way it goes."""
    found: list[Candidate] = []
    for earliest, latest in _windows(query, at):
        piece = query.find_range(earliest, latest, backwards=at.backwards, is_open=True)
        piece = [
            one
            for one in piece
            if one.arrive - one.leave < limit_s
            and (one.key > at.bound if at.is_after else one.key < at.bound)
            and (not at.backwards or -one.arrive >= 0)
        ]
        found = found + piece if at.is_after else piece + found
        if len(found) > n_wanted:
            break
    is_more = len(found) > n_wanted
    return (found[:n_wanted] if at.is_after else found[-n_wanted:]), is_more


def _windows(query: Query, at: _Cursor) -> Iterator[tuple[int, int]]:
    """List stretches of the day from a bound on, each twice as wide as the one before.

    On the axis of the search: backwards, from the last arrival to the first.
    """
    first, last = _axis(query, at)
    width = _FIRST_WIDTH_S
    here = at.bound[0]
    if at.is_after:
        here = max(here, first)
        while here <= last:
            yield here, min(here + width - 1, last)
            here += width
            width *= 2
    else:
        here = min(here, last)
        while here >= first:
            yield max(here - width + 1, first), here
            here -= width
            width *= 2


def _axis(query: Query, at: _Cursor) -> tuple[int, int]:
    """Return before and after what no journey of the day leaves, on the axis of the search."""
    last_s = query.opened.span_s[1] + query.options.max_access_s
    return (-last_s, 0) if at.backwards else (0, last_s)


def _bounds_beside(at: _Cursor, found: list[Candidate]) -> tuple[Bound, Bound]:
    """Return the bounds after which the next page lies, and before which the one before."""
    if found:
        return found[-1].key, found[0].key
    # Of an empty page the bound alone is known: it belongs to what lies the other way.
    leave, arrive, rides = at.bound
    if at.is_after:
        return at.bound, (leave, arrive, rides + 1)
    return (leave, arrive, rides - 1), at.bound


def _digest(query: Query) -> bytes:
    """Return what tells this query on this timetable from others."""
    timetable = query.network.timetable
    told = (
        *((p.lat, p.lon, p.stops) for p in (query.origin, query.destination)),
        query.options.describe(),
        timetable.service_date.isoformat(),
        timetable.n_stops,
        timetable.n_trips,
        timetable.n_stop_times,
    )
    return hashlib.blake2b(repr(told).encode()).digest()


def _write(cursor: _Cursor, digest: bytes) -> str:
    kind = 2 * cursor.is_after + cursor.backwards
    head = _HEAD.pack(_VERSION, kind, *cursor.bound)
    packed = head + _seal(head, digest)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _seal(head: bytes, digest: bytes) -> bytes:
    return hashlib.blake2b(head + digest, digest_size=_SEAL_BYTES).digest()


def _read(text: str, digest: bytes) -> _Cursor:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        version, kind, leave, arrive, rides = _HEAD.unpack(packed[: _HEAD.size])
    except (ValueError, struct.error):
        raise _refused("cursor", repr(text), "a cursor of a page that was found before") from None
    if version != _VERSION or kind > 3:
        raise _refused("cursor", repr(text), "a cursor of this version")
    if packed[_HEAD.size :] != _seal(packed[: _HEAD.size], digest):
        raise _refused(
            "cursor", "a cursor of another query, network or service date", "one of this query"
        )
    return _Cursor(is_after=kind >= 2, backwards=bool(kind % 2), bound=(leave, arrive, rides))


def _refuse_ends(
    departure_s: int | None, arrival_s: int | None, cursor: str | None, n_itineraries: int
) -> None:
    given = [name for name, value in
             (("departure_s", departure_s), ("arrival_s", arrival_s), ("cursor", cursor))
             if value is not None]  # fmt: skip
    if len(given) != 1:
        raise _refused(
            "cursor",
            " and ".join(given) or "nothing",
            "one of departure_s, arrival_s and cursor",
        )
    if not 1 <= n_itineraries <= MAX_PAGE:
        raise _refused("n_itineraries", str(n_itineraries), f"1 to {MAX_PAGE}")


def _refused(field: str, found: str, expected: str) -> NetworkInputError:
    return NetworkInputError(
        Problem(
            file="page of itineraries",
            field=field,
            found=found,
            expected=expected,
            mend="Ask for the first page again and go on from there.",
        )
    )
