"""Our engines: RAPTOR (journeys by rides) and connection scan (earliest arrival alone)."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers.question import NO_ARRIVAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.peers.question import Ask, Questions
    from benchmarks.peers.replay import Ride
    from network.network import Network

_ZERO = np.zeros(1, dtype=np.int32)


def open_raptor(questions: Questions) -> Ask:
    """Open RAPTOR on the pickled network."""
    return ask_raptor(load_network(questions), questions.departure_s, questions.max_rides)


def open_scan(questions: Questions) -> Ask:
    """Open the connection scan on the pickled network."""
    return ask_scan(load_network(questions), questions.departure_s)


def load_network(questions: Questions) -> Network:
    """Load the network that was written beside the feed by this same run."""
    with (Path(questions.folder) / "network.pickle").open("rb") as file:
        network: Network = pickle.load(file)
    return network


def ask_raptor(network: Network, departure_s: int, max_rides: int) -> Ask:
    """Return RAPTOR on a network: the first arrival of its Pareto set."""
    from network.routing.profile import ProfileWorkspace, search_profile

    workspace = ProfileWorkspace(network, max_rides)
    departures = np.array([departure_s], dtype=np.int32)
    walks = _Walks(network)

    def ask(origin: int, destination: int) -> int:
        stops, seconds = walks.to(destination)
        found = search_profile(
            network,
            np.array([origin], dtype=np.int32),
            _ZERO,
            np.array([0, len(stops)], dtype=np.int32),
            stops,
            seconds,
            departures,
            max_rides=max_rides,
            workspace=workspace,
        )
        return int(found.arrival_s.min()) if len(found) else NO_ARRIVAL

    return ask


def find_rides(
    network: Network, pair: tuple[int, int], departure_s: int, max_rides: int
) -> list[Ride]:
    """Return the rides of RAPTOR's earliest journey between two stops; none without one."""
    from network.routing.profile import search_profile

    stops, seconds = _Walks(network).to(pair[1])
    found = search_profile(
        network,
        np.array([pair[0]], dtype=np.int32),
        _ZERO,
        np.array([0, len(stops)], dtype=np.int32),
        stops,
        seconds,
        np.array([departure_s], dtype=np.int32),
        max_rides=max_rides,
    )
    if len(found) == 0:
        return []
    best = int(np.argmin(found.arrival_s))
    legs = slice(int(found.leg_offset[best]), int(found.leg_offset[best + 1]))
    columns = (found.leg_trip, found.leg_pattern, found.leg_board_pos, found.leg_alight_pos)
    rows = np.column_stack([column[legs] for column in columns])
    return [(int(t), int(p), int(b), int(a)) for t, p, b, a in rows]


def ask_scan(network: Network, departure_s: int) -> Ask:
    """Return the connection scan on a network; it has no limit of rides."""
    from network.routing.compiled import compile_routing
    from network.routing.scan import ScanWorkspace, scan_earliest
    from network.timetable import UNREACHED_S

    workspace = ScanWorkspace(compile_routing(network))
    walks = _Walks(network)

    def ask(origin: int, destination: int) -> int:
        stops, seconds = walks.to(destination)
        start = np.array([origin], dtype=np.int32)
        arrival_s = scan_earliest(workspace, start, _ZERO, stops, seconds, departure_s)
        return arrival_s if arrival_s < UNREACHED_S else NO_ARRIVAL

    return ask


class _Walks:
    """Footpaths by the stop they lead to, and that stop itself at 0 s."""

    def __init__(self, network: Network) -> None:
        footpaths, n_stops = network.footpaths, network.timetable.n_stops
        origin = np.repeat(np.arange(n_stops, dtype=np.int32), np.diff(footpaths.offset))
        order = np.argsort(footpaths.stop, kind="stable")
        counts = np.bincount(footpaths.stop, minlength=n_stops)
        self._offset = np.concatenate(([0], np.cumsum(counts)))
        self._origin, self._seconds = origin[order], footpaths.duration_s[order]

    def to(self, stop: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return from where a stop is reached on foot, itself first, and the seconds."""
        rows = slice(self._offset[stop], self._offset[stop + 1])
        return (
            np.concatenate((np.array([stop], dtype=np.int32), self._origin[rows])),
            np.concatenate((_ZERO, self._seconds[rows])),
        )
