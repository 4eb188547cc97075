"""Our engines on many answers at once: windows of departures, all stops, matrices, areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers.ends import DoorEnds, StopEnds, load_network
from benchmarks.peers.own import door_places
from benchmarks.peers.question import NO_ARRIVAL, WalkThenAsk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from benchmarks.peers.ends import Ends
    from benchmarks.peers.question import Opened, Opener, Questions
    from network.network import Network

Entry = list[int]
"""A member of a Pareto set: departure, arrival (seconds of the service day) and rides."""
_ZERO = np.zeros(1, dtype=np.int32)


def open_range(questions: Questions) -> Opened:
    """Open the Pareto set of a window from stop to stop by range RAPTOR."""
    network = load_network(questions)
    ends = StopEnds(network, questions)
    return WalkThenAsk(ends, _search_range(network, questions, waits_beyond=True))


def open_range_doors(questions: Questions) -> Opened:
    """Open the Pareto set of a window from door to door by range RAPTOR."""
    network = load_network(questions)
    ends = DoorEnds(network, questions)
    return WalkThenAsk(ends, _search_range(network, questions, waits_beyond=False))


def open_range_itineraries(questions: Questions) -> Opened:
    """Open the Pareto set of a window from door to door as whole itineraries."""
    from network.routing import find_itineraries_range

    network = load_network(questions)

    def ask(number: int) -> list[Entry]:
        origin, destination = door_places(questions, number)
        found = find_itineraries_range(
            network,
            origin,
            destination,
            earliest_s=questions.departure_s,
            latest_s=questions.departure_s + questions.window_s - 1,
            max_rides=questions.max_rides,
            max_access_s=questions.access_limit_s,
        )
        return sorted([one.departure_s, one.arrival_s, one.n_rides] for one in found.itineraries)

    return ask


def _search_range(
    network: Network, questions: Questions, *, waits_beyond: bool
) -> Callable[[Ends], list[Entry]]:
    """Return the search of a window: departures are those that just catch a ride.

    With ``waits_beyond``, who leaves at the window's last second may wait for a ride after it;
    such a journey counts as leaving at that second.
    """
    from network.routing.engines.bounds import RemainingBounds
    from network.routing.engines.compiled import compile_routing
    from network.routing.engines.profile import ProfileWorkspace, search_profile

    graph = compile_routing(network)
    workspace = ProfileWorkspace(
        network, questions.max_rides, graph=graph, bounds=RemainingBounds(graph)
    )
    first_s, last_s = questions.departure_s, questions.departure_s + questions.window_s - 1
    boardings = _Boardings(network)

    def search(ends: Ends) -> list[Entry]:
        leaving_s = boardings.find(ends, first_s, last_s)
        if waits_beyond:
            leaving_s = np.append(leaving_s, np.int32(last_s))
        found = search_profile(
            network,
            ends.access_stop,
            ends.access_s,
            np.array([0, len(ends.egress_stop)], dtype=np.int32),
            ends.egress_stop,
            ends.egress_s,
            leaving_s,
            max_rides=questions.max_rides,
            latest_s=None if waits_beyond else last_s,
            workspace=workspace,
        )
        left_s = np.minimum(found.departure_s, last_s)
        columns = (left_s, found.arrival_s, found.n_rides)
        return sorted(np.column_stack(columns).tolist())

    return search


class _Boardings:
    """When vehicles leave each stop, ascending: int32, by stop."""

    def __init__(self, network: Network) -> None:
        timetable = network.timetable
        stops, times = [], []
        for pattern in range(timetable.n_patterns):
            first, end = timetable.pattern_offset[pattern : pattern + 2]
            open_calls = np.flatnonzero(timetable.pattern_pickup[first : end - 1])
            departures = timetable.pattern_times(pattern)[1][:, open_calls]
            times.append(departures.ravel())
            stops.append(np.tile(timetable.pattern_stop[first + open_calls], len(departures)))
        stop, time = np.concatenate(stops), np.concatenate(times)
        order = np.lexsort((time, stop))
        self._time = time[order]
        self._offset = np.searchsorted(stop[order], np.arange(timetable.n_stops + 1))

    def find(self, ends: Ends, first_s: int, last_s: int) -> NDArray[np.int32]:
        """Return the times of leaving the origin that just catch a ride, within a window."""
        leaving = [np.empty(0, dtype=np.int32)]
        for stop, walk_s in zip(ends.access_stop.tolist(), ends.access_s.tolist(), strict=True):
            times = self._time[self._offset[stop] : self._offset[stop + 1]]
            a, b = np.searchsorted(times, (first_s + walk_s, last_s + walk_s + 1))
            leaving.append(times[a:b] - np.int32(walk_s))
        return np.unique(np.concatenate(leaving))


def open_sweep_all(questions: Questions) -> Opened:
    """Open the earliest arrivals at all stops from one, by sweep."""
    from network.routing.engines.compiled import compile_routing
    from network.routing.engines.sweep import SweepWorkspace, sweep_one_to_all

    workspace = SweepWorkspace(compile_routing(load_network(questions)))
    return _one_to_all(
        questions, lambda stop: sweep_one_to_all(workspace, stop, _ZERO, questions.departure_s)
    )


def open_scan_all(questions: Questions) -> Opened:
    """Open the earliest arrivals at all stops from one, by connection scan."""
    from network.routing.engines.compiled import compile_routing
    from network.routing.engines.scan import ScanWorkspace, scan_one_to_all

    workspace = ScanWorkspace(compile_routing(load_network(questions)))
    return _one_to_all(
        questions, lambda stop: scan_one_to_all(workspace, stop, _ZERO, questions.departure_s)
    )


def _one_to_all(
    questions: Questions, ask: Callable[[NDArray[np.int32]], NDArray[np.int32]]
) -> Opened:
    from network.timetable import UNREACHED_S

    def read(arrival_s: NDArray[np.int32]) -> list[int]:
        return [int(s) for s in np.where(arrival_s < UNREACHED_S, arrival_s, NO_ARRIVAL)]

    def origin(number: int) -> NDArray[np.int32]:
        return np.array([questions.pairs[number][0]], dtype=np.int32)

    return WalkThenAsk(origin, ask, read)


def open_goal_bulk(questions: Questions) -> Opened:
    """Open the goal search by its call for many questions, walks found before."""
    return _ManyDoors(questions)


class _ManyDoors:
    """Doors by the call that takes many questions at once, and any number of threads."""

    def __init__(self, questions: Questions) -> None:
        from network.routing.engines.compiled import compile_routing
        from network.routing.engines.doors import DoorSearch
        from network.routing.engines.doors import Ends as ManyEnds

        def join(stops: list[NDArray[np.int32]], walks: list[NDArray[np.int32]]) -> ManyEnds:
            offset = np.cumsum([0, *(len(one) for one in stops)]).astype(np.int32)
            return ManyEnds(
                offset=offset, stop=np.concatenate(stops), seconds=np.concatenate(walks)
            )

        network = load_network(questions)
        find_ends = DoorEnds(network, questions)
        ends = [find_ends(number) for number in range(len(questions))]
        self._access = join([e.access_stop for e in ends], [e.access_s for e in ends])
        self._egress = join([e.egress_stop for e in ends], [e.egress_s for e in ends])
        self._departures_s = np.full(len(ends), questions.departure_s, dtype=np.int32)
        self._search = DoorSearch(compile_routing(network))
        self._search.bounds.prepare()

    def __call__(self, number: int) -> int:
        """Return the earliest arrival of one question; all are asked."""
        return int(self.answer_all(1)[number])

    def answer_all(self, n_threads: int) -> NDArray[np.int32]:
        """Return the earliest arrivals of all questions."""
        return self._search.earliest_arrivals(
            self._access, self._egress, self._departures_s, n_threads=n_threads
        )


def open_matrix(questions: Questions) -> Opened:
    """Open the matrix from doors' origins to doors' destinations, walks to stops found by ours.

    Walking all the way is left out, for the peer that is given its walks has no such walk.
    """
    from network.routing.reach.matrix import Departures, ReachPlaces, ReachRules, compute_matrix

    network = load_network(questions)
    doors = np.array(questions.doors)
    ids = tuple(str(number) for number in range(len(doors)))
    origins = ReachPlaces(ids=ids, lat=doors[:, 0], lon=doors[:, 1])
    targets = ReachPlaces(ids=ids, lat=doors[:, 2], lon=doors[:, 3])
    rules = ReachRules(
        max_rides=questions.max_rides, max_access_s=questions.access_limit_s, max_direct_walk_s=0
    )

    def ask(number: int) -> NDArray[np.float64]:  # noqa: ARG001 - the one question is it all
        departures = Departures(depart_s=questions.departure_s)
        return compute_matrix(network, origins, targets, departures, rules)

    def read(seconds: NDArray[np.float64]) -> list[int]:
        known = np.where(np.isfinite(seconds), seconds, NO_ARRIVAL).astype(np.int64)
        return [int(s) for s in known.ravel()]

    return WalkThenAsk(lambda number: number, ask, read)


def compute_table(
    network: Network, questions: Questions, ends: Sequence[Ends]
) -> NDArray[np.int64]:
    """Compute the seconds by RAPTOR from every origin to every destination, row by row."""
    from network.routing.engines.profile import ProfileWorkspace, search_profile

    workspace = ProfileWorkspace(network, questions.max_rides)
    offset = np.cumsum([0, *(len(one.egress_stop) for one in ends)]).astype(np.int32)
    stops = np.concatenate([one.egress_stop for one in ends])
    seconds = np.concatenate([one.egress_s for one in ends])
    departure_s = np.array([questions.departure_s], dtype=np.int32)
    result = np.full((len(ends), len(ends)), np.iinfo(np.int64).max)
    for row, one in zip(result, ends, strict=True):
        found = search_profile(
            network,
            one.access_stop,
            one.access_s,
            offset,
            stops,
            seconds,
            departure_s,
            max_rides=questions.max_rides,
            workspace=workspace,
        )
        np.minimum.at(row, found.target, found.arrival_s.astype(np.int64))
    reached = result < np.iinfo(np.int64).max
    return np.where(reached, result - questions.departure_s, NO_ARRIVAL).ravel()


def over_areas(mode: Literal["walk", "transit"]) -> Opener:
    """Return what opens isochrones by a mode; the answer is the area in square kilometres."""

    def open_engine(questions: Questions) -> Opened:
        from network.routing.reach.areas import IsochroneSearch
        from network.routing.reach.matrix import ReachRules

        rules = ReachRules(max_rides=questions.max_rides, max_access_s=questions.access_limit_s)
        search = IsochroneSearch(load_network(questions), mode, rules)

        def ask(number: int) -> float:
            lat, lon = questions.doors[number][:2]
            (area,) = search.find_areas(
                lat, lon, [questions.horizon_s], depart_s=questions.departure_s
            )
            return area.area_km2

        return ask

    return open_engine
