"""Our network under the rules a peer is known to follow, so that its answers can be explained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from network.walks import TransferRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.ends import Ends
    from network.network import Network

MINUTE_S = 60
NIGIRI_CHANGE_S = 120
ANY_RIDES = 16
_MIN_TIME = 2
_CHUNK = 256
_FAR_S = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A known difference: its name, and the network and the limit of rides with it in force.

    ``change_ends`` gives the walks to the first stop and from the last with it in force.
    """

    cause: str
    apply: Callable[[Network], Network]
    max_rides: int | None = None
    change_ends: Callable[[Network, Ends], Ends] | None = None


def truncate_minutes(network: Network) -> Network:
    """Return the network with every time and every footpath cut to whole minutes."""
    timetable, footpaths = network.timetable, network.footpaths
    return replace(
        network,
        timetable=replace(
            timetable,
            arrival_s=timetable.arrival_s // MINUTE_S * MINUTE_S,
            departure_s=timetable.departure_s // MINUTE_S * MINUTE_S,
        ),
        footpaths=replace(footpaths, duration_s=footpaths.duration_s // MINUTE_S * MINUTE_S),
    )


def truncate_ends(network: Network, ends: Ends) -> Ends:  # noqa: ARG001 - as every rule
    """Return the ends with their walks cut to whole minutes."""
    return ends._replace(
        access_s=ends.access_s // MINUTE_S * MINUTE_S, egress_s=ends.egress_s // MINUTE_S * MINUTE_S
    )


def walk_on_to_egress(network: Network, ends: Ends) -> Ends:
    """Return the ends where a footpath may come before the walk from the last stop."""
    footpaths, n_stops = network.footpaths, network.timetable.n_stops
    origin = np.repeat(np.arange(n_stops), np.diff(footpaths.offset))
    left_s = np.full(n_stops, _FAR_S, dtype=np.int64)
    left_s[ends.egress_stop] = ends.egress_s
    joined_s = left_s.copy()
    np.minimum.at(joined_s, origin, footpaths.duration_s + left_s[footpaths.stop])
    stops = np.flatnonzero(joined_s < _FAR_S)
    return ends._replace(
        egress_stop=stops.astype(np.int32), egress_s=joined_s[stops].astype(np.int32)
    )


def change_in_two_minutes(network: Network) -> Network:
    """Return the network where any change, on foot or at one stop, takes two minutes or more."""
    footpaths, n_stops = network.footpaths, network.timetable.n_stops
    stops, nothing = np.arange(n_stops, dtype=np.int32), np.full(n_stops, -1, dtype=np.int32)
    change = TransferRules(
        from_stop=stops,
        to_stop=stops,
        from_route=nothing,
        to_route=nothing,
        from_trip=nothing,
        to_trip=nothing,
        kind=np.full(n_stops, _MIN_TIME, dtype=np.int8),
        min_s=np.full(n_stops, NIGIRI_CHANGE_S, dtype=np.int32),
        trip_names=(),
    )
    duration_s = np.maximum(footpaths.duration_s, np.int32(NIGIRI_CHANGE_S))
    return replace(
        network,
        footpaths=replace(footpaths, duration_s=duration_s),
        transfer_rules=change,
    )


def join_walks(network: Network) -> Network:
    """Return the network where walks may follow each other within the longest walk.

    Cut to whole minutes, two footpaths in a row may be shorter than the one that joins their
    ends; nigiri closes its walks over such chains. Every footpath must take some time.
    """
    footpaths, n_stops = network.footpaths, network.timetable.n_stops
    links = csr_array(
        (footpaths.duration_s, footpaths.stop, footpaths.offset), shape=(n_stops, n_stops)
    )
    offset, stops, seconds = [0], [], []
    for first in range(0, n_stops, _CHUNK):
        origins = np.arange(first, min(first + _CHUNK, n_stops))
        reached = dijkstra(links, indices=origins, limit=footpaths.limit_s)
        reached[np.arange(len(origins)), origins] = np.inf
        for row in reached:
            targets = np.flatnonzero(np.isfinite(row))
            walk_s = row[targets].astype(np.int32)
            order = np.lexsort((targets, walk_s))
            stops.append(targets[order])
            seconds.append(walk_s[order])
            offset.append(offset[-1] + len(targets))
    closed = replace(
        footpaths,
        offset=np.array(offset, dtype=np.int32),
        stop=np.concatenate(stops).astype(np.int32),
        duration_s=np.concatenate(seconds).astype(np.int32),
    )
    return replace(network, footpaths=closed)


def ignore_pickup_rules(network: Network) -> Network:
    """Return the network where one may board and alight at every call."""
    timetable = network.timetable
    allowed = np.ones(len(timetable.pattern_pickup), dtype=np.bool_)
    return replace(
        network, timetable=replace(timetable, pattern_pickup=allowed, pattern_dropoff=allowed)
    )


def same_network(network: Network) -> Network:
    """Return the network as it is."""
    return network


CAFEIN_RULES = (Rule(cause="pick-up and drop-off rules ignored", apply=ignore_pickup_rules),)
CAFEIN_DOOR_RULES = (
    *CAFEIN_RULES,
    Rule(
        cause="walking rules: a footpath before the last walk",
        apply=same_network,
        change_ends=walk_on_to_egress,
    ),
)
NIGIRI_RULES = (
    Rule(cause="minutes truncated", apply=truncate_minutes, change_ends=truncate_ends),
    Rule(cause="minimum change time", apply=change_in_two_minutes),
    Rule(cause="walking rules: footpaths follow each other", apply=join_walks),
)
SCAN_RULES = (Rule(cause="no limit of rides", apply=same_network, max_rides=ANY_RIDES),)
