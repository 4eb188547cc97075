"""transfers.txt as rules between the stops, routes and trips of a timetable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Problem
from network.building.blocks import IN_SEAT, NO_IN_SEAT
from network.building.rows import texts, whole_numbers
from network.walks import TransferRules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network.building.inputs import FeedTables
    from network.timetable import Timetable

ANY = -1
_MIN_TIME = 2

_Rule = tuple[int, int, int, int, int, int]  # stops, routes, trips: from and to of each


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row of transfers.txt as texts ("" where blank) and numbers (-1 where blank)."""

    line: int
    stops: tuple[str, str]
    routes: tuple[str, str]
    trips: tuple[str, str]
    kind: int
    min_s: int

    @property
    def is_in_seat(self) -> bool:
        return self.kind in (IN_SEAT, NO_IN_SEAT)

    def __str__(self) -> str:
        return f"a rule of type {self.kind} from {self.stops[0]!r} to {self.stops[1]!r}"


class _Places:
    """Which stops in use a stop_id of transfers.txt stands for."""

    def __init__(self, tables: FeedTables, timetable: Timetable) -> None:
        frame = tables.stops
        self._stop_of = {stop_id: i for i, stop_id in enumerate(timetable.stops.ids)}
        self._known = set(texts(frame["stop_id"]).tolist())
        self._members: dict[str, list[int]] = {}
        pairs = zip(texts(frame["stop_id"]), texts(frame["parent_station"]), strict=True)
        for stop_id, parent in pairs:
            if parent and stop_id in self._stop_of:
                self._members.setdefault(parent, []).append(self._stop_of[stop_id])

    def knows(self, stop_id: str) -> bool:
        return stop_id in self._known

    def find(self, stop_id: str) -> tuple[Sequence[int], bool]:
        """Return the stops in use, and whether the id is one of them and no station."""
        if stop_id in self._stop_of:
            return [self._stop_of[stop_id]], True
        return sorted(set(self._members.get(stop_id, ()))), False


def build_transfer_rules(tables: FeedTables, timetable: Timetable) -> TransferRules:
    """Build the rules of transfers.txt that concern stops in use of a feed's timetable.

    A row between stations becomes a rule for each pair of their stops in use; one for the
    stops themselves comes before one for their station. Where rows of equal rank contradict
    each other the greater transfer_type holds, then the longer time, and it is counted. A
    blank transfer_type is 0. Rows with an unknown stop, route, trip or type are set aside.

    Parameters
    ----------
    timetable
        Built from ``tables`` alone, its ids as in the feed.

    References
    ----------
    GTFS Schedule reference, transfers.txt: "Specificity of a transfer", "Linked trips".
    """
    places = _Places(tables, timetable)
    route_of = {route_id: i for i, route_id in enumerate(timetable.routes.ids)}
    rows = _usable_rows(tables, places, set(route_of))
    trip_names = sorted({trip for row in rows for trip in row.trips if trip})
    trip_of = {trip: i for i, trip in enumerate(trip_names)}
    best: dict[tuple[_Rule, bool], tuple[int, int, int]] = {}
    clashes: dict[int, _Row] = {}
    for row in rows:
        ends = [places.find(stop) if stop else ([ANY], True) for stop in row.stops]
        rank = sum(is_stop for _, is_stop in ends)
        value = (rank, row.kind, row.min_s)
        routes = [route_of.get(route, ANY) for route in row.routes]
        trips = [trip_of.get(trip, ANY) for trip in row.trips]
        for a in ends[0][0]:
            for b in ends[1][0]:
                key = ((a, b, routes[0], routes[1], trips[0], trips[1]), row.is_in_seat)
                known = best.get(key)
                if known is not None and known[0] == rank and known != value:
                    clashes[row.line] = row
                best[key] = value if known is None else max(known, value)
    _count_clashes(tables, clashes)
    return _as_arrays(best, tuple(trip_names))


def _usable_rows(tables: FeedTables, places: _Places, routes: set[str]) -> list[_Row]:
    """Return the rows that name what the feed has, in an order of their content."""
    frame = tables.transfers
    if frame is None:
        return []
    trips = set(texts(tables.trips["trip_id"]).tolist())
    columns = [
        texts(frame[name]).tolist()
        for name in (
            "from_stop_id", "to_stop_id", "from_route_id", "to_route_id", "from_trip_id",
            "to_trip_id",
        )
    ]  # fmt: skip
    kinds = whole_numbers(frame["transfer_type"], default=0).tolist()
    times = whole_numbers(frame["min_transfer_time"], default=-1).tolist()
    usable = []
    for line, kind, min_s, *ids in zip(frame.index.tolist(), kinds, times, *columns, strict=True):
        row = _Row(
            line=int(line),
            stops=(ids[0], ids[1]),
            routes=(ids[2], ids[3]),
            trips=(ids[4], ids[5]),
            kind=kind,
            min_s=min_s if kind == _MIN_TIME else -1,
        )
        found = _wrong(row, min_s, places, routes, trips)
        if found is None:
            usable.append(row)
        else:
            _set_aside(tables, row, found)
    usable.sort(key=lambda r: (r.stops, r.routes, r.trips, r.kind, r.min_s, r.line))
    return usable


def _wrong(
    row: _Row, min_s: int, places: _Places, routes: set[str], trips: set[str]
) -> tuple[str, str] | None:
    """Return what is wrong with a row and what is expected; None for a good row."""
    if not 0 <= row.kind <= NO_IN_SEAT:
        return f"transfer_type {row.kind}", "a whole number from 0 to 5"
    if min_s < -1:
        return f"min_transfer_time {min_s}", "seconds, 0 or more"
    if row.is_in_seat and not all(row.trips):
        return "an in-seat transfer without both its trips", "from_trip_id and to_trip_id"
    if not row.is_in_seat and not all(row.stops):
        return "a transfer without both its stops", "from_stop_id and to_stop_id"
    for kind, ids, known in (
        ("stop_id", row.stops, places.knows),
        ("route_id", row.routes, routes.__contains__),
        ("trip_id", row.trips, trips.__contains__),
    ):
        for given in ids:
            if given and not known(given):
                return f"{kind} {given!r}", f"a {kind} of the feed"
    return None


def _set_aside(tables: FeedTables, row: _Row, found: tuple[str, str]) -> None:
    tables.log.set_aside(
        "transfer rule that cannot be used",
        Problem(
            file=tables.file("transfers"),
            row=row.line + 2,
            found=found[0],
            expected=found[1],
            mend="Correct the row, or leave it out.",
        ),
    )


def _count_clashes(tables: FeedTables, clashes: dict[int, _Row]) -> None:
    for line, row in sorted(clashes.items()):
        tables.log.set_aside(
            "transfer rule that contradicts another",
            Problem(
                file=tables.file("transfers"),
                row=line + 2,
                found=f"{row}, of which other rows say otherwise",
                expected="one rule for a transfer",
                mend="Keep one of the rows; the greater type holds, then the longer time.",
            ),
        )


def _specificity(rule: _Rule) -> int:
    """Return how specific a rule is, from 0: routes and trips given, by the GTFS order."""
    routes = sum(route != ANY for route in rule[2:4])
    trips = sum(trip != ANY for trip in rule[4:6])
    if trips == 0:
        return routes
    if trips == 2:
        return 5
    trip_side = 0 if rule[4] != ANY else 1
    return 4 if rule[3 - trip_side] != ANY else 3


def _as_arrays(
    best: dict[tuple[_Rule, bool], tuple[int, int, int]], trip_names: tuple[str, ...]
) -> TransferRules:
    ordered = sorted(best, key=lambda k: (k[0][:2], _specificity(k[0]), k[0][2:], k[1]))
    rules = np.array([rule for rule, _ in ordered], dtype=np.int32).reshape(-1, 6)
    values = np.array([best[key] for key in ordered], dtype=np.int64).reshape(-1, 3)
    columns = [np.ascontiguousarray(rules[:, i]) for i in range(6)]
    return TransferRules(
        from_stop=columns[0],
        to_stop=columns[1],
        from_route=columns[2],
        to_route=columns[3],
        from_trip=columns[4],
        to_trip=columns[5],
        kind=values[:, 1].astype(np.int8),
        min_s=values[:, 2].astype(np.int32),
        trip_names=trip_names,
    )
