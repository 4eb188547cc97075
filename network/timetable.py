"""The frozen network: timetable, footpaths, and both together.

Everything is flat arrays so that kernels take it as it is and an artefact maps it
from disk. Index words: ``stop_idx``, ``route_idx``, ``pattern_idx``, ``trip_idx`` are
positions in these arrays; ``stop_pos`` is a place in a pattern, from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    from numpy.typing import NDArray

    from network.base import ProblemLog

UNREACHED_S = 2**30
"""No arrival. Not int32's maximum: adding a walk to that would wrap round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Stops in use (boarding places, location_type 0), shape (n_stops,) each.

    ``station`` numbers stops that share a parent station (or stand alone), so that
    "a station's entries" can be summed; ``station_names`` is indexed by it.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    platforms: tuple[str, ...]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    station: NDArray[np.int32]
    station_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Routes of the feed, shape (n_routes,) each; ``types`` are GTFS route types.

    ``lines`` is what a person calls the route ("13", "D"): the short name, else the
    long one. Several routes may be one line (a feed may give each direction its own).
    """

    ids: tuple[str, ...]
    lines: tuple[str, ...]
    long_names: tuple[str, ...]
    types: NDArray[np.int32]
    colors: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """One service date as patterns of non-overtaking trips.

    A *pattern* is trips of one route and direction with the same stops and the same
    pick-up and drop-off rules, split so that no trip overtakes another. Trips of pattern
    ``p`` are ``pattern_trip_offset[p]`` to ``pattern_trip_offset[p + 1]``, by departure.
    Times are seconds of the service day (int32); those of trip ``t`` of pattern ``p`` at
    ``stop_pos`` ``i`` stand at ``pattern_time_offset[p] + (t - pattern_trip_offset[p]) *
    n_stops(p) + i`` of ``arrival_s`` and ``departure_s``.

    ``stop_pattern_*`` list, by stop, the patterns that call there and at which position.
    ``trip_seats`` (seats) and ``trip_standing_m2`` (standing room, square metres) come from
    vehicle capacities; a vehicle is "full" at 4 passengers per standing square metre.
    """

    service_date: dt.date
    timezone: str
    stops: Stops
    routes: Routes
    pattern_route: NDArray[np.int32]
    pattern_direction: NDArray[np.int32]
    pattern_headsign: tuple[str, ...]
    pattern_offset: NDArray[np.int32]
    pattern_stop: NDArray[np.int32]
    pattern_pickup: NDArray[np.bool_]
    pattern_dropoff: NDArray[np.bool_]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    trip_ids: tuple[str, ...]
    trip_seats: NDArray[np.float64]
    trip_standing_m2: NDArray[np.float64]
    trip_is_headway: NDArray[np.bool_]
    stop_pattern_offset: NDArray[np.int32]
    stop_pattern: NDArray[np.int32]
    stop_pattern_pos: NDArray[np.int32]
    set_aside: ProblemLog

    @property
    def n_stops(self) -> int:
        """Number of stops in use."""
        return len(self.stops)

    @property
    def n_patterns(self) -> int:
        """Number of patterns."""
        return len(self.pattern_route)

    @property
    def n_trips(self) -> int:
        """Number of trips run on the service date, frequencies expanded."""
        return len(self.trip_ids)

    @property
    def n_stop_times(self) -> int:
        """Number of calls of trips at stops on the service date."""
        return len(self.arrival_s)

    def pattern_stops(self, pattern_idx: int) -> NDArray[np.int32]:
        """Return the ``stop_idx`` of a pattern in order (a view)."""
        return self.pattern_stop[
            self.pattern_offset[pattern_idx] : self.pattern_offset[pattern_idx + 1]
        ]

    def pattern_times(self, pattern_idx: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return arrivals and departures of a pattern, shape (n_trips, n_stops) (views)."""
        n_stops = int(self.pattern_offset[pattern_idx + 1] - self.pattern_offset[pattern_idx])
        first, last = self.pattern_trip_offset[pattern_idx : pattern_idx + 2]
        start = int(self.pattern_time_offset[pattern_idx])
        stop = start + int(last - first) * n_stops
        shape = (int(last - first), n_stops)
        return self.arrival_s[start:stop].reshape(shape), self.departure_s[start:stop].reshape(
            shape
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Footpaths:
    """Walks from stop to stop as CSR by origin, each origin's sorted by duration.

    ``kind`` says what they rest on: ``"straight-line x 1.3"`` until streets are given.
    """

    offset: NDArray[np.int32]
    stop: NDArray[np.int32]
    duration_s: NDArray[np.int32]
    kind: str
    speed_mps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A timetable and the walks between its stops."""

    timetable: Timetable
    footpaths: Footpaths
