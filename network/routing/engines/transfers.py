"""Transfer rules resolved into nodes and the transfers between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from network.base import distance_m
from network.walking.straight import DEFAULT_DETOUR, walk_s

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from network.network import Network
    from network.timetable import Timetable
    from network.walks import TransferRules

ANY = -1
_MIN_TIME, _FORBIDDEN = 2, 3
_RUN_SUFFIX = re.compile(r"(@\d+:\d\d:\d\d)?(/\d{4}-\d\d-\d\d)?$")

Key = tuple[int, int]
"""What rules tell apart at a stop: a route_idx and a trip name, -1 where they do not."""


@dataclass(slots=True)
class NodeSide:
    """The nodes of one side, arrivals or boardings: one a stop, more where rules need them."""

    n_stops: int
    named_routes: dict[int, set[int]] = field(default_factory=dict)
    named_trips: dict[int, set[int]] = field(default_factory=dict)
    keys: dict[int, dict[Key, int]] = field(default_factory=dict)
    stop_of_extra: list[int] = field(default_factory=list)

    def name(self, stop: int, route: int, trip: int) -> None:
        """Note that a rule at a stop names a route, a trip, or both."""
        if route != ANY:
            self.named_routes.setdefault(stop, set()).add(route)
        if trip != ANY:
            self.named_trips.setdefault(stop, set()).add(trip)

    def node(self, stop: int, route: int, trip: int) -> int:
        """Return the node of a route's trip at a stop, made where it is the first."""
        key = (
            route if route in self.named_routes.get(stop, ()) else ANY,
            trip if trip in self.named_trips.get(stop, ()) else ANY,
        )
        if key == (ANY, ANY):
            return stop
        known = self.keys.setdefault(stop, {})
        if key not in known:
            known[key] = self.n_stops + len(self.stop_of_extra)
            self.stop_of_extra.append(stop)
        return known[key]

    def matching(self, stop: int, route: int, trip: int) -> list[int]:
        """Return the nodes of a stop that a rule of this route and trip (or any) covers."""
        found = [stop] if (route, trip) == (ANY, ANY) else []
        for (node_route, node_trip), node in self.keys.get(stop, {}).items():
            if route in (ANY, node_route) and trip in (ANY, node_trip):
                found.append(node)
        return found

    def stop_of(self) -> NDArray[np.int32]:
        """Return the stop of every node."""
        return np.concatenate((np.arange(self.n_stops), self.stop_of_extra)).astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """Transfers by alight node as CSR, each node's sorted by duration; seconds."""

    offset: NDArray[np.int32]
    board: NDArray[np.int32]
    seconds: NDArray[np.int32]


def name_sides(rules: TransferRules | None, n_stops: int) -> tuple[NodeSide, NodeSide]:
    """Return the arrival side and the boarding side with what the rules name at each stop."""
    alight, board = NodeSide(n_stops), NodeSide(n_stops)
    if rules is not None:
        for row in np.flatnonzero(_is_specific(rules)).tolist():
            alight.name(
                int(rules.from_stop[row]), int(rules.from_route[row]), int(rules.from_trip[row])
            )
            board.name(int(rules.to_stop[row]), int(rules.to_route[row]), int(rules.to_trip[row]))
    return alight, board


def number_trips(timetable: Timetable, rules: TransferRules | None) -> NDArray[np.int32]:
    """Return the rules' trip name of every trip, -1 where none names it.

    A run of a frequency or of the day before has its trip's name with a suffix.
    """
    names = np.full(timetable.n_trips, ANY, dtype=np.int32)
    if rules is None or not rules.trip_names:
        return names
    number_of = {name: i for i, name in enumerate(rules.trip_names)}
    for trip, name in enumerate(timetable.trip_ids):
        number = number_of.get(name)
        if number is None:
            number = number_of.get(_RUN_SUFFIX.sub("", name))
        if number is not None:
            names[trip] = number
    return names


def build_transfers(network: Network, alight: NodeSide, board: NodeSide) -> Transfers:
    """Build every transfer from an alight node to a board node, in seconds.

    Between stops the footpaths hold, at one stop 0 s or its minimum time; a rule for routes
    or trips then takes the place of these for the nodes it covers, the most specific last.
    """
    origin, target, seconds = _general(network)
    rules = network.transfer_rules
    if rules is None or not (alight.stop_of_extra or board.stop_of_extra):
        return _as_csr(origin, target, seconds, alight.n_stops)
    table = _expand(alight, board, origin, target, seconds)
    for row in np.flatnonzero(_is_specific(rules)).tolist():  # from the least specific on
        _apply(network, rules, row, alight, board, table)
    pairs = np.asarray(list(table), dtype=np.int64).reshape(-1, 2)
    return _as_csr(
        pairs[:, 0],
        pairs[:, 1],
        np.asarray(list(table.values()), dtype=np.int64),
        alight.n_stops + len(alight.stop_of_extra),
    )


def _is_specific(rules: TransferRules) -> NDArray[np.bool_]:
    """Return which rules are for single routes or trips and are no in-seat rules."""
    named = (rules.from_route, rules.to_route, rules.from_trip, rules.to_trip)
    specific: NDArray[np.bool_] = np.any([column != ANY for column in named], axis=0)
    return specific & (rules.kind <= _FORBIDDEN)


def _general(
    network: Network,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the footpaths, and the changes at one stop, as (from, to, seconds)."""
    footpaths, n_stops = network.footpaths, network.timetable.n_stops
    change_s = np.zeros(n_stops, dtype=np.int64)
    rules = network.transfer_rules
    if rules is not None:
        same = (rules.from_stop == rules.to_stop) & ~_is_specific(rules)
        same &= (rules.kind <= _FORBIDDEN) & (rules.from_stop != ANY)
        for row in np.flatnonzero(same).tolist():
            kind, min_s = int(rules.kind[row]), int(rules.min_s[row])
            change_s[rules.from_stop[row]] = (
                -1 if kind == _FORBIDDEN else max(0, min_s) if kind == _MIN_TIME else 0
            )
    stays = np.flatnonzero(change_s >= 0)
    return (
        np.concatenate((np.repeat(np.arange(n_stops), np.diff(footpaths.offset)), stays)),
        np.concatenate((footpaths.stop.astype(np.int64), stays)),
        np.concatenate((footpaths.duration_s.astype(np.int64), change_s[stays])),
    )


def _expand(
    alight: NodeSide,
    board: NodeSide,
    origin: NDArray[np.int64],
    target: NDArray[np.int64],
    seconds: NDArray[np.int64],
) -> dict[tuple[int, int], int]:
    """Return the general transfers between all nodes of the stops they join."""

    def nodes(side: NodeSide, stop: int) -> Iterable[int]:
        return (stop, *side.keys.get(stop, {}).values())

    return {
        (a, b): s
        for i, j, s in zip(origin.tolist(), target.tolist(), seconds.tolist(), strict=True)
        for a in nodes(alight, i)
        for b in nodes(board, j)
    }


def _apply(
    network: Network,
    rules: TransferRules,
    row: int,
    alight: NodeSide,
    board: NodeSide,
    table: dict[tuple[int, int], int],
) -> None:
    origin, target = int(rules.from_stop[row]), int(rules.to_stop[row])
    kind, min_s = int(rules.kind[row]), int(rules.min_s[row])
    for a in alight.matching(origin, int(rules.from_route[row]), int(rules.from_trip[row])):
        for b in board.matching(target, int(rules.to_route[row]), int(rules.to_trip[row])):
            if kind == _FORBIDDEN:
                table.pop((a, b), None)
            elif kind == _MIN_TIME and min_s >= 0:
                table[a, b] = min_s
            else:
                # A transfer the feed names is possible, however far the walk was looked for.
                table.setdefault((a, b), _straight_s(network, origin, target))


def _straight_s(network: Network, origin: int, target: int) -> int:
    if origin == target:
        return 0
    lat, lon = network.timetable.stops.lat, network.timetable.stops.lon
    metres = distance_m(lat[origin], lon[origin], lat[target], lon[target])
    return walk_s(float(metres), network.footpaths.speed_mps, DEFAULT_DETOUR)


def _as_csr(
    origin: NDArray[np.int64],
    target: NDArray[np.int64],
    seconds: NDArray[np.int64],
    n_alights: int,
) -> Transfers:
    order = np.lexsort((target, seconds, origin))
    counts = np.bincount(origin, minlength=n_alights)
    return Transfers(
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        board=target[order].astype(np.int32),
        seconds=seconds[order].astype(np.int32),
    )
