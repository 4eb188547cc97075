"""The frozen timetable: stops, routes, shapes, and one service date's patterns and trips.

Everything is flat arrays so that kernels take it as it is and an artefact maps it
from disk. Index words: ``stop_idx``, ``route_idx``, ``pattern_idx``, ``trip_idx`` are
positions in these arrays; ``stop_pos`` is a place in a pattern, from 0.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from network.base import ProblemLog

UNREACHED_S = 2**30
"""No arrival. Not int32's maximum: adding a walk to that would wrap round."""

UNKNOWN, POSSIBLE, NOT_POSSIBLE = 0, 1, 2
"""What GTFS says of wheelchairs and of bicycles, by its own numbers."""

RUN_SUFFIX = re.compile(r"(@\d+:\d\d:\d\d)?(?:\+\d+)?(/(\d{4}-\d\d-\d\d))?$")
"""What stands behind a feed's trip_id in that of a run: its departure, its copy, its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Stops in use (boarding places, location_type 0), shape (n_stops,) each.

    ``station`` numbers stops that share a parent station (or stand alone), so that
    "a station's entries" can be summed; ``station_names`` and ``station_ids`` are indexed by
    it (the id is the parent station's, or that of the first stop where there is none).
    ``wheelchair`` is :data:`UNKNOWN`, :data:`POSSIBLE` or :data:`NOT_POSSIBLE`, taken from
    the parent station where the stop says nothing.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    platforms: tuple[str, ...]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    station: NDArray[np.int32]
    station_names: tuple[str, ...]
    station_ids: tuple[str, ...]
    wheelchair: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Routes of the feed, shape (n_routes,) each; ``types`` are GTFS route types.

    ``lines`` is what a person calls the route ("13", "D"): the short name, else the
    long one. Several routes may be one line (a feed may give each direction its own).
    ``agencies`` are agency_name of each route's agency (its id where it has no name), ""
    where the feed does not say.
    """

    ids: tuple[str, ...]
    lines: tuple[str, ...]
    long_names: tuple[str, ...]
    types: NDArray[np.int32]
    colors: tuple[str, ...]
    agencies: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedInfo:
    """One feed that a timetable was built from, and what it says of itself.

    ``prefix`` stands before every id of the feed ("" where there is only one feed).
    ``service_date`` is the feed's own date whose service runs (another than the timetable's
    where the feed does not cover that one and its owner was told so). ``first_date`` and
    ``last_date`` are the dates it covers; ``attributions`` are the names of attributions.txt.
    """

    name: str
    prefix: str
    service_date: dt.date
    first_date: dt.date
    last_date: dt.date
    publisher: str
    version: str
    language: str
    attributions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """The line on the map of every pattern, where the feed draws one (shapes.txt).

    Points of pattern ``p`` are ``offset[p]`` to ``offset[p + 1]`` of ``lat`` and ``lon``
    (degrees); none where no trip of it has a shape. They are the points of shapes.txt with,
    between them, the places of calls that are not near one. ``stop_point``, aligned with
    ``Timetable.pattern_stop``, is the place of each call, the nearest of those that never go
    backwards, counted from the pattern's first point; -1 where there is no shape.
    """

    offset: NDArray[np.int32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    stop_point: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """One service date as patterns of non-overtaking trips.

    A *pattern* is trips of one route and direction with the same stops and the same
    pick-up and drop-off rules, split so that no trip overtakes another. Trips of pattern
    ``p`` are ``pattern_trip_offset[p]`` to ``pattern_trip_offset[p + 1]``, by departure.
    Times are seconds of the service day (int32); those of trip ``t`` of pattern ``p`` at
    ``stop_pos`` ``i`` stand at ``pattern_time_offset[p] + (t - pattern_trip_offset[p]) *
    n_stops(p) + i`` of ``arrival_s`` and ``departure_s``. Trips of the day before that go on
    past midnight are whole, their times before 0:00 negative: nobody who sets out at 0:00 or
    later can board there, and who counts a day's departures leaves them out. A timetable that
    was asked to go on into the day after has its trips of the morning too, past 24:00.

    ``stop_pattern_*`` list, by stop, the patterns that call there and at which position.
    ``trip_seats`` (seats) and ``trip_standing_m2`` (standing room, square metres) come from
    vehicle capacities; a vehicle is "full" at 4 passengers per standing square metre.
    ``trip_ids`` are the feed's, with ``@06:10:00`` where frequencies.txt implies that departure
    and ``/2024-05-14`` where the trip is of the day before or, with that date, of the day after.
    ``trip_next`` is the trip that the same vehicle goes on as, passengers staying on board
    (block_id, transfers of type 4), or -1. ``trip_wheelchair`` and ``trip_bikes`` are
    :data:`UNKNOWN`, :data:`POSSIBLE` or :data:`NOT_POSSIBLE`.
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
    trip_next: NDArray[np.int32]
    trip_wheelchair: NDArray[np.int8]
    trip_bikes: NDArray[np.int8]
    stop_pattern_offset: NDArray[np.int32]
    stop_pattern: NDArray[np.int32]
    stop_pattern_pos: NDArray[np.int32]
    shapes: Shapes | None
    feeds: tuple[FeedInfo, ...]
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


def find_run_day(timetable: Timetable, trip_id: str) -> int:
    """Return the day of a run's service: 0 the timetable's date, -1 that before, 1 that after."""
    suffix = RUN_SUFFIX.search(trip_id)
    text = None if suffix is None else suffix.group(3)
    if text is None:
        return 0
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return 0
    for feed in timetable.feeds:
        days = (date - feed.service_date).days
        if days in (-1, 1) and trip_id.startswith(f"{feed.prefix}:" if feed.prefix else ""):
            return days
    return 0
