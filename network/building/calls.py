"""Trips as flat arrays of calls, and the trips that run on a date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.building.rows import (
    find_rows,
    repeated_rows,
    set_rows_aside,
    texts,
    whole_numbers,
)
from network.building.stop_times import read_calls
from network.timetable import NOT_POSSIBLE, UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.inputs import FeedTables
    from network.building.shapes import ShapeTable
    from network.building.stops import StopTable


@dataclass(frozen=True, slots=True, kw_only=True)
class TripCalls:
    """Trips and their calls; calls of trip ``t`` are ``offset[t]`` to ``offset[t + 1]``.

    ``stop`` is a row of the stop table, ``route`` a row of the sorted routes, ``shape`` a row
    of the shape table or -1, ``block`` the block_id or "". Times are seconds of the service
    day of the trip; ``shape_dist`` is shape_dist_traveled in the feed's unit, NaN where blank.
    """

    trip_ids: NDArray[np.object_]
    services: NDArray[np.object_]
    headsigns: NDArray[np.object_]
    blocks: NDArray[np.object_]
    route: NDArray[np.int32]
    direction: NDArray[np.int32]
    shape: NDArray[np.int32]
    wheelchair: NDArray[np.int8]
    bikes: NDArray[np.int8]
    offset: NDArray[np.int64]
    stop: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    pickup: NDArray[np.bool_]
    dropoff: NDArray[np.bool_]
    shape_dist: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.trip_ids)

    @property
    def first_departure_s(self) -> NDArray[np.int32]:
        """Departure of each trip from its first stop, seconds."""
        return self.departure_s[self.offset[:-1]]

    @property
    def last_arrival_s(self) -> NDArray[np.int32]:
        """Arrival of each trip at its last stop, seconds."""
        return self.arrival_s[self.offset[1:] - 1]


def find_usable_trips(tables: FeedTables, route_ids: tuple[str, ...]) -> pd.DataFrame:
    """Return the trips with a known route and an id of their own, by id; others are set aside."""
    trips = tables.trips
    route = find_rows(pd.Index(route_ids, dtype=object), trips["route_id"])
    broken = (route < 0) | trips["trip_id"].isna().to_numpy(dtype=bool)
    route_of = trips["route_id"].to_numpy(dtype=object)[broken]
    set_rows_aside(
        tables, "trips", "trip of an unknown route", trips.index.to_numpy()[broken],
        lambda i: (f"route_id {route_of[i]!r}", "a route_id of routes.txt", "Add the route."),
    )  # fmt: skip
    trips = trips.assign(route=route)[~broken]
    repeated = repeated_rows(trips, "trip_id")
    ids = trips["trip_id"].to_numpy(dtype=object)[repeated]
    set_rows_aside(
        tables, "trips", "trip_id given twice", trips.index.to_numpy()[repeated],
        lambda i: (f"trip_id {ids[i]!r} again", "each trip_id once", "Rename one trip."),
    )  # fmt: skip
    return trips[~repeated].sort_values("trip_id")


def build_trip_calls(
    tables: FeedTables,
    stops: StopTable,
    usable: pd.DataFrame,
    active: pd.DataFrame,
    shapes: ShapeTable,
) -> TripCalls:
    """Build the calls of the active trips, in order of trip_id.

    Stop times and trips that cannot be used are set aside as
    :func:`network.building.stop_times.read_calls` says; ``active`` are some of the ``usable``
    trips, which come from :func:`find_usable_trips`.
    """
    trip_shape = shapes.find(tables, active)
    _name_unknown_trips(tables, usable)
    calls = read_calls(tables, stops, active, shapes, trip_shape)
    present, lengths = np.unique(calls.trip, return_counts=True)
    rows = active.iloc[present]
    return TripCalls(
        trip_ids=rows["trip_id"].to_numpy(dtype=object),
        services=rows["service_id"].to_numpy(dtype=object),
        headsigns=texts(rows["trip_headsign"]),
        blocks=texts(rows["block_id"]),
        route=rows["route"].to_numpy(dtype=np.int32),
        direction=whole_numbers(rows["direction_id"], default=-1).astype(np.int32),
        shape=trip_shape[present],
        wheelchair=yes_no_unknown(rows["wheelchair_accessible"]),
        bikes=yes_no_unknown(rows["bikes_allowed"]),
        offset=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        stop=calls.stop,
        arrival_s=calls.arrival,
        departure_s=calls.departure,
        pickup=calls.pickup,
        dropoff=calls.dropoff,
        shape_dist=calls.dist,
    )


def _name_unknown_trips(tables: FeedTables, usable: pd.DataFrame) -> None:
    """Count the stop times of trips that are unknown or were set aside."""
    frame = tables.stop_times
    lost = np.flatnonzero(
        find_rows(pd.Index(usable["trip_id"], dtype=object), frame["trip_id"]) < 0
    )
    ids = frame["trip_id"].iloc[lost[: tables.log.keep]].to_numpy(dtype=object)
    set_rows_aside(
        tables, "stop_times", "stop time of an unknown trip", frame.index.to_numpy()[lost],
        lambda i: (f"trip_id {ids[i]!r}", "a usable trip of trips.txt", "Add the trip."),
    )  # fmt: skip


def yes_no_unknown(values: pd.Series) -> NDArray[np.int8]:
    """Return 0 (unknown), 1 (possible) or 2 (not possible) as GTFS numbers them."""
    given = whole_numbers(values, default=UNKNOWN)
    known = (given >= UNKNOWN) & (given <= NOT_POSSIBLE)
    return np.where(known, given, UNKNOWN).astype(np.int8)
