"""Every engine asked the same question, each held to one list of best ways through a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from network.routing import (
    Place,
    ProfileWorkspace,
    find_itineraries,
    find_itineraries_arriving,
    find_itineraries_range,
    search_profile,
)
from network.routing.engines.compiled import compile_routing, mirror_routing
from network.routing.engines.scan import ScanWorkspace, scan_earliest, scan_one_to_all
from network.routing.engines.sweep import SweepWorkspace, sweep_earliest, sweep_one_to_all
from network.timetable import UNREACHED_S
from tests.reference.time_expanded_network import TimeExpanded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from network.network import Network
    from network.routing.engines.profile import ProfileJourneys

MAX_RIDES = 5
LAST_S = 48 * 3600


class Ride(NamedTuple):
    """A way from one stop to another: when it leaves at the latest, arrives, and its rides."""

    leaves_s: int
    arrives_s: int
    n_rides: int


class EveryEngine:
    """All engines opened on one network, forwards and with time run backwards."""

    def __init__(self, network: Network) -> None:
        self.network = network
        graph = compile_routing(network)
        back = mirror_routing(graph)
        self.profiles = [ProfileWorkspace(network, MAX_RIDES, graph=g) for g in (graph, back)]
        self.scans = [ScanWorkspace(g) for g in (graph, back)]
        self.sweeps = [SweepWorkspace(g) for g in (graph, back)]
        self.plain = TimeExpanded(network)
        # A stop that nothing serves is not in the timetable, and on no way.
        self.index_of = {stop: i for i, stop in enumerate(network.timetable.stops.ids)}

    def check_leaving(self, origin: str, destination: str, best: Iterable[Ride]) -> None:
        """Assert that the best ways of the whole service day are these, whoever is asked.

        They are all those of which no other leaves as late, arrives as soon and has as few
        rides. What each engine must say when asked at some time follows from them, so that
        each is asked at and just after every departure.
        """
        ends, best = self._find(origin, destination, best)
        if ends is not None:
            self._check_whole_day(*ends, best)
            leaving = {s for ride in best for s in (ride.leaves_s, ride.leaves_s + 1)}
            for departure_s in sorted(leaving | {0}):
                self._check_leaving(*ends, best, departure_s)

    def check_arriving(self, origin: str, destination: str, best: Iterable[Ride]) -> None:
        """Assert the same with time run backwards, at and just before every arrival."""
        ends, best = self._find(origin, destination, best)
        if ends is not None:
            arriving = {s for ride in best for s in (ride.arrives_s, ride.arrives_s - 1)}
            for arrival_s in sorted(arriving | {LAST_S}):
                self._check_arriving(*ends, best, arrival_s)

    def _find(
        self, origin: str, destination: str, best: Iterable[Ride]
    ) -> tuple[tuple[int, int] | None, list[Ride]]:
        best = sorted(best)
        missing = {origin, destination} - set(self.index_of)
        if missing:
            assert not best, f"nothing calls at {missing}"
            return None, best
        return (self.index_of[origin], self.index_of[destination]), best

    def _check_whole_day(self, start: int, end: int, best: list[Ride]) -> None:
        found = find_itineraries_range(
            self.network, self._place(start), self._place(end), earliest_s=0, latest_s=LAST_S
        )
        rides = [Ride(i.departure_s, i.arrival_s, i.n_rides) for i in found.itineraries]
        assert sorted(rides) == best, "range"
        asked = np.array([0, *(ride.leaves_s for ride in best)], dtype=np.int32)
        assert sorted(_rides(self._profile(0, start, asked), end)) == best, "profile"

    def _check_leaving(self, start: int, end: int, best: list[Ride], departure_s: int) -> None:
        in_time = [ride for ride in best if ride.leaves_s >= departure_s]
        expected = {
            (ride.arrives_s, ride.n_rides)
            for ride in in_time
            if not any(_sooner(other, ride) for other in in_time)
        }
        found = find_itineraries(
            self.network, self._place(start), self._place(end), departure_s=departure_s
        )
        assert {(i.arrival_s, i.n_rides) for i in found.itineraries} == expected, "itineraries"
        journeys = _rides(self._profile(0, start, np.array([departure_s], dtype=np.int32)), end)
        assert {ride[1:] for ride in journeys} == expected, "profile at one time"
        earliest_s = min((arrives_s for arrives_s, _ in expected), default=UNREACHED_S)
        assert self._earliest(0, start, end, departure_s) == [earliest_s] * 2, "scan, sweep"
        plain = self.plain.earliest(start, departure_s).get(end, UNREACHED_S)
        assert plain == earliest_s, "time-expanded graph"

    def _check_arriving(self, start: int, end: int, best: list[Ride], arrival_s: int) -> None:
        in_time = [ride for ride in best if ride.arrives_s <= arrival_s]
        expected = {
            (ride.leaves_s, ride.n_rides)
            for ride in in_time
            if not any(_later(other, ride) for other in in_time)
        }
        found = find_itineraries_arriving(
            self.network, self._place(start), self._place(end), arrival_s=arrival_s
        )
        rides = {(i.departure_s, i.n_rides) for i in found.itineraries}
        assert rides == expected, "arriving"
        latest_s = max((leaves_s for leaves_s, _ in expected), default=-1)
        back = np.array([-arrival_s], dtype=np.int32)
        mirrored = [ride.arrives_s for ride in _rides(self._profile(1, end, back), start)]
        answers = [min(mirrored, default=UNREACHED_S), *self._earliest(1, end, start, -arrival_s)]
        # Who is not back by 0:00 would have had to leave on the day before.
        assert [max(-answer, -1) for answer in answers] == [latest_s] * 3, "mirrored"

    def _place(self, stop: int) -> Place:
        stops = self.network.timetable.stops
        return Place(
            name=stops.names[stop],
            lat=float(stops.lat[stop]),
            lon=float(stops.lon[stop]),
            stops=(stop,),
        )

    def _profile(self, way: int, start: int, departures_s: NDArray[np.int32]) -> ProfileJourneys:
        """Search from a stop to every stop at once."""
        n_stops = self.network.timetable.n_stops
        return search_profile(
            self.network,
            np.array([start], dtype=np.int32),
            np.zeros(1, dtype=np.int32),
            np.arange(n_stops + 1, dtype=np.int32),
            np.arange(n_stops, dtype=np.int32),
            np.zeros(n_stops, dtype=np.int32),
            departures_s,
            max_rides=MAX_RIDES,
            workspace=self.profiles[way],
        )

    def _earliest(self, way: int, start: int, end: int, departure_s: int) -> list[int]:
        """Return the arrival by scan and by sweep, whose times at all stops must be equal."""
        at, zero = (np.array([stop], dtype=np.int32) for stop in (start, 0))
        to = np.array([end], dtype=np.int32)
        scan, sweep = self.scans[way], self.sweeps[way]
        everywhere = scan_one_to_all(scan, at, zero, departure_s)
        np.testing.assert_array_equal(everywhere, sweep_one_to_all(sweep, at, zero, departure_s))
        found = [
            scan_earliest(scan, at, zero, to, zero, departure_s),
            sweep_earliest(sweep, at, zero, to, zero, departure_s),
        ]
        assert start == end or min(found) >= everywhere[end]
        return found


def _rides(journeys: ProfileJourneys, target: int) -> list[Ride]:
    rows = np.flatnonzero(journeys.target == target).tolist()
    columns = (journeys.departure_s, journeys.arrival_s, journeys.n_rides)
    return [Ride(*(int(column[row]) for column in columns)) for row in rows]


def _sooner(other: Ride, ride: Ride) -> bool:
    """Return whether another is there as soon with as few rides, and better in one of them."""
    better = other[1:] != ride[1:]
    return better and other.arrives_s <= ride.arrives_s and other.n_rides <= ride.n_rides


def _later(other: Ride, ride: Ride) -> bool:
    """Return whether another leaves as late with as few rides, and is better in one of them."""
    better = (other.leaves_s, other.n_rides) != (ride.leaves_s, ride.n_rides)
    return better and other.leaves_s >= ride.leaves_s and other.n_rides <= ride.n_rides
