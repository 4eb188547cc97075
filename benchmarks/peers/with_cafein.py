"""cafein: RAPTOR in Rust, exact to the second; footpaths are installed as given.

Stops are asked by its documented calls. Doors are asked twice: over its own streets, and, so
that the same walks hold, through the call on its core that takes stops with their seconds.
"""

from __future__ import annotations

import datetime as dt
import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.ends import Ends, load_network, read_ends
from benchmarks.peers.export import footpath_edges
from benchmarks.peers.question import NO_ARRIVAL, EngineUnavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.peers.question import Opened, Questions

KMPH = 3.6


def open_stops(questions: Questions) -> Opened:
    """Open the earliest arrival from stop to stop."""
    peer, departure = _open(questions), _clock(questions)

    def ask(number: int) -> int:
        origin, destination = questions.pairs[number]
        return _earliest(
            peer.route_between_stops(
                f"s{origin}",
                f"s{destination}",
                departure,
                max_rides=questions.max_rides,
                geometries=False,
            )
        )

    return ask


def open_doors(questions: Questions) -> Opened:
    """Open the earliest arrival from door to door, walks to and from stops given."""
    core = _open(questions)._core
    if not hasattr(core, "_route_with_access"):
        raise EngineUnavailable("this cafein cannot be given walks to and from stops")
    ends = [
        (_rows(one.access_stop, one.access_s), _rows(one.egress_stop, one.egress_s))
        for one in read_ends(questions)
    ]
    date, clock = _clock(questions).split(" ")

    def ask(number: int) -> int:
        return _earliest(
            core._route_with_access(
                *ends[number], date, clock, questions.max_rides - 1, geometries=False
            )
        )

    return ask


def open_streets(questions: Questions) -> Opened:
    """Open the earliest arrival from door to door over its own streets, with our footpaths."""
    return _OnStreets(_open_on_streets(questions), questions)


class _OnStreets:
    """Doors over the peer's own streets."""

    def __init__(self, peer: Any, questions: Questions) -> None:  # noqa: ANN401 - it has no types
        self._peer, self._questions, self._departure = peer, questions, _clock(questions)
        self._walk = {
            "walking_speed_kmph": questions.speed_mps * KMPH,
            "max_walking_time": questions.access_limit_s / 60,
        }

    def __call__(self, number: int) -> int:
        """Return the earliest arrival."""
        lat, lon, to_lat, to_lon = self._questions.doors[number]
        return _earliest(
            self._peer.route_between_coordinates(
                (lat, lon),
                (to_lat, to_lon),
                self._departure,
                max_rides=self._questions.max_rides,
                geometries=False,
                **self._walk,
            )
        )

    def find_ends(self, number: int) -> Ends:
        """Return the walks that it takes to and from stops."""
        lat, lon, to_lat, to_lon = self._questions.doors[number]
        access = self._peer.access_stops(lat, lon, **self._walk)
        egress = self._peer.access_stops(to_lat, to_lon, **self._walk)
        return Ends(*_columns(access), *_columns(egress))


def open_range(questions: Questions) -> Opened:
    """Open the Pareto set of a window from stop to stop: departure, arrival, rides."""
    peer, departure = _open(questions), _clock(questions)

    def ask(number: int) -> list[list[int]]:
        origin, destination = questions.pairs[number]
        found = peer.route_between_stops(
            f"s{origin}",
            f"s{destination}",
            departure,
            max_rides=questions.max_rides,
            departure_time_window=questions.window_s / 60,
            geometries=False,
        )
        return _entries(found)

    return ask


def open_range_streets(questions: Questions) -> Opened:
    """Open the Pareto set of a window from door to door over its own streets."""
    peer, departure = _open_on_streets(questions), _clock(questions)

    def ask(number: int) -> list[list[int]]:
        lat, lon, to_lat, to_lon = questions.doors[number]
        found = peer.route_between_coordinates(
            (lat, lon),
            (to_lat, to_lon),
            departure,
            max_rides=questions.max_rides,
            departure_time_window=questions.window_s / 60,
            walking_speed_kmph=questions.speed_mps * KMPH,
            max_walking_time=questions.access_limit_s / 60,
            geometries=False,
        )
        return _entries(found)

    return ask


def open_all(questions: Questions) -> Opened:
    """Open the earliest arrivals at all stops from one."""
    peer, departure = _open(questions), _clock(questions)
    n_stops = load_network(questions).timetable.n_stops
    number_of = {f"s{stop}": stop for stop in range(n_stops)}

    def ask(number: int) -> list[int]:
        found = peer.travel_times_from_stop(
            f"s{questions.pairs[number][0]}", departure, max_rides=questions.max_rides
        )
        arrival_s = [NO_ARRIVAL] * n_stops
        for stop, seconds in found.items():
            arrival_s[number_of[stop]] = questions.departure_s + int(seconds)
        return arrival_s

    return ask


def open_matrix(questions: Questions) -> Opened:
    """Open the matrix of travel times between doors, walks to and from stops given.

    One worker, as our matrix is asked of one thread.
    """
    core = _open(questions)._core
    if not hasattr(core, "_time_matrix_with_access"):
        raise EngineUnavailable("this cafein cannot be given walks to and from stops")
    ends = read_ends(questions)
    access = [_rows(one.access_stop, one.access_s) for one in ends]
    egress = [_rows(one.egress_stop, one.egress_s) for one in ends]
    date, clock = _clock(questions).split(" ")

    def ask(number: int) -> list[int]:  # noqa: ARG001 - the one question is the whole matrix
        found = core._time_matrix_with_access(
            access, egress, date, clock, questions.max_rides - 1, workers=1
        )
        return _seconds(found)

    return ask


def _open(questions: Questions) -> Any:  # noqa: ANN401 - the peer has no types
    cafein = _import()
    peer = cafein.TransportNetwork.from_gtfs(
        questions.folder, trip_distances=False, leg_geometries=False
    )
    peer.set_transfers(footpath_edges(load_network(questions)))
    return peer


def _open_on_streets(questions: Questions) -> Any:  # noqa: ANN401 - the peer has no types
    if not questions.extract:
        raise EngineUnavailable("needs streets, and this city has no extract")
    peer = _import().TransportNetwork.from_gtfs(
        questions.folder,
        osm_pbf=questions.extract,
        walking_speed_kmph=questions.speed_mps * KMPH,
        max_walking_time=questions.walk_limit_s / 60,
        trip_distances=False,
        leg_geometries=False,
        street_modes=(),
    )
    peer.set_transfers(footpath_edges(load_network(questions)))
    return peer


def _import() -> Any:  # noqa: ANN401 - the peer has no types
    try:
        return importlib.import_module("cafein")
    except ImportError as problem:
        raise EngineUnavailable(f"cafein is not installed ({problem})") from None


def _clock(questions: Questions) -> str:
    midnight = dt.datetime.fromisoformat(questions.date)
    return f"{midnight + dt.timedelta(seconds=questions.departure_s):%Y-%m-%d %H:%M:%S}"


def _rows(stops: NDArray[Any], seconds: NDArray[Any]) -> list[tuple[str, int]]:
    return [(f"s{stop}", s) for stop, s in zip(stops.tolist(), seconds.tolist(), strict=True)]


def _columns(seconds: dict[str, int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    stops = np.array([int(stop[1:]) for stop in seconds], dtype=np.int32)
    return stops, np.array(list(seconds.values()), dtype=np.int32)


def _earliest(journeys: Any) -> int:  # noqa: ANN401 - the peer has no types
    return min((int(journey["arrival_s"]) for journey in journeys), default=NO_ARRIVAL)


def _entries(journeys: Any) -> list[list[int]]:  # noqa: ANN401 - the peer has no types
    return sorted(
        [int(one["departure_s"]), int(one["arrival_s"]), int(one["rides"])]
        for one in journeys
        if one["rides"]
    )


def _seconds(matrix: list[list[int | None]]) -> list[int]:
    return [NO_ARRIVAL if s is None else int(s) for row in matrix for s in row]
