"""Our engines on one question each: RAPTOR, connection scan, sweep, doors, whole itineraries.

An engine is a function from a network and its questions to what answers them by number. Those
that search between :class:`benchmarks.peers.ends.Ends` serve stops and doors alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers.ends import DoorEnds, StopEnds, load_network
from benchmarks.peers.question import NO_ARRIVAL, WalkThenAsk

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.peers.ends import Ends
    from benchmarks.peers.question import Opened, Opener, Questions
    from benchmarks.peers.replay import Ride
    from network.network import Network
    from network.routing import Place


def over_stops(make: Callable[[Network, Questions], Callable[[Ends], int]]) -> Opener:
    """Return what opens a search between pairs of stops; footpaths are looked up before."""

    def open_engine(questions: Questions) -> Opened:
        network = load_network(questions)
        ends = StopEnds(network, questions)
        return WalkThenAsk(ends, make(network, questions))

    return open_engine


def over_doors(make: Callable[[Network, Questions], Callable[[Ends], int]]) -> Opener:
    """Return what opens a search between doors, walks to and from stops found by ours."""

    def open_engine(questions: Questions) -> Opened:
        network = load_network(questions)
        return WalkThenAsk(DoorEnds(network, questions), make(network, questions))

    return open_engine


def search_raptor(network: Network, questions: Questions) -> Callable[[Ends], int]:
    """Return RAPTOR on a network: the first arrival of its Pareto set."""
    from network.routing.engines.profile import ProfileWorkspace, search_profile

    workspace = ProfileWorkspace(network, questions.max_rides)
    departures = np.array([questions.departure_s], dtype=np.int32)

    def search(ends: Ends) -> int:
        found = search_profile(
            network,
            ends.access_stop,
            ends.access_s,
            np.array([0, len(ends.egress_stop)], dtype=np.int32),
            ends.egress_stop,
            ends.egress_s,
            departures,
            max_rides=questions.max_rides,
            workspace=workspace,
        )
        return int(found.arrival_s.min()) if len(found) else NO_ARRIVAL

    return search


def find_rides(network: Network, questions: Questions, ends: Ends) -> list[Ride]:
    """Return the rides of RAPTOR's earliest journey between two ends; none without one."""
    from network.routing.engines.profile import search_profile

    found = search_profile(
        network,
        ends.access_stop,
        ends.access_s,
        np.array([0, len(ends.egress_stop)], dtype=np.int32),
        ends.egress_stop,
        ends.egress_s,
        np.array([questions.departure_s], dtype=np.int32),
        max_rides=questions.max_rides,
    )
    if len(found) == 0:
        return []
    best = int(np.argmin(found.arrival_s))
    legs = slice(int(found.leg_offset[best]), int(found.leg_offset[best + 1]))
    columns = (found.leg_trip, found.leg_pattern, found.leg_board_pos, found.leg_alight_pos)
    rows = np.column_stack([column[legs] for column in columns])
    return [(int(t), int(p), int(b), int(a)) for t, p, b, a in rows]


def search_scan(network: Network, questions: Questions) -> Callable[[Ends], int]:
    """Return the connection scan on a network; it has no limit of rides."""
    from network.routing.engines.compiled import compile_routing
    from network.routing.engines.scan import ScanWorkspace, scan_earliest

    workspace = ScanWorkspace(compile_routing(network))
    return lambda ends: _or_none(scan_earliest(workspace, *ends, questions.departure_s))


def search_sweep(network: Network, questions: Questions) -> Callable[[Ends], int]:
    """Return the sweep over patterns on a network; it has no limit of rides."""
    from network.routing.engines.compiled import compile_routing
    from network.routing.engines.sweep import SweepWorkspace, sweep_earliest

    workspace = SweepWorkspace(compile_routing(network))
    return lambda ends: _or_none(sweep_earliest(workspace, *ends, questions.departure_s))


def search_goal(network: Network, questions: Questions) -> Callable[[Ends], int]:
    """Return the search that goes where its end is, its bounds made before the questions."""
    from network.routing.engines.compiled import compile_routing
    from network.routing.engines.doors import DoorWorkspace, door_earliest

    workspace = DoorWorkspace(compile_routing(network))
    workspace.bounds.prepare()
    return lambda ends: _or_none(door_earliest(workspace, *ends, questions.departure_s))


def open_itineraries(questions: Questions) -> Opened:
    """Open the search that answers with whole itineraries, walks drawn and legs named."""
    from network.routing import find_itineraries

    network = load_network(questions)

    def ask(number: int) -> int:
        origin, destination = door_places(questions, number)
        found = find_itineraries(
            network,
            origin,
            destination,
            departure_s=questions.departure_s,
            max_rides=questions.max_rides,
            max_access_s=questions.access_limit_s,
        )
        return min((one.arrival_s for one in found.itineraries), default=NO_ARRIVAL)

    return ask


def door_places(questions: Questions, number: int) -> tuple[Place, Place]:
    """Return the places of a question."""
    from network.routing import Place

    lat, lon, to_lat, to_lon = questions.doors[number]
    return (
        Place(name="origin", lat=lat, lon=lon),
        Place(name="destination", lat=to_lat, lon=to_lon),
    )


def _or_none(arrival_s: int) -> int:
    from network.timetable import UNREACHED_S

    return arrival_s if arrival_s < UNREACHED_S else NO_ARRIVAL


UNLIMITED = {"scan": search_scan, "sweep": search_sweep, "goal": search_goal}
"""Our searches without a limit of rides, by name."""
