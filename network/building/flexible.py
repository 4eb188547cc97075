"""What of a feed is no ordinary trip from stop to stop: said by name, never passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.building.rows import find_rows, set_rows_aside, whole_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.inputs import FeedTables

# GTFS Schedule reference, stop_times.txt: what makes a row one of a trip on demand.
_ON_DEMAND = (
    "location_group_id",
    "location_id",
    "start_pickup_drop_off_window",
    "end_pickup_drop_off_window",
)
_PHONE, _DRIVER = 2, 3
_BOOKING = ("pickup_booking_rule_id", "drop_off_booking_rule_id")
_CONTINUOUS = ("continuous_pickup", "continuous_drop_off")
_NOT_CONTINUOUS = 1
_THROUGH_STATION = 0
NEEDS_BOOKING = "stop time to be booked or agreed with the driver"
"""The kind under which a timetable's log counts stop times that it holds as ordinary ones."""


def leave_out_flexible(tables: FeedTables, active: pd.DataFrame) -> pd.DataFrame:
    """Return the trips that go from stop to stop by the clock, those on demand set aside.

    A trip is on demand where a row of stop_times serves a zone or a group of stops, or any time
    in a window. Kept, and counted for what is not said of them, are stop times that need a
    booking or a word with the driver, trips that stop anywhere on their way (here they stop at
    stops alone), and stops that are reached through their station alone (here from the street).
    """
    frame = tables.stop_times
    is_flexible = np.zeros(len(active), dtype=np.bool_)
    ids = pd.Index(active["trip_id"], dtype=object)
    for column in given_columns(frame, _ON_DEMAND):
        rows = np.flatnonzero(frame[column].notna().to_numpy())
        if len(rows) == 0:
            continue
        trip, first = np.unique(find_rows(ids, frame["trip_id"].iloc[rows]), return_index=True)
        fresh = (trip >= 0) & ~is_flexible[trip]
        trip, first = trip[fresh], rows[first[fresh]]
        is_flexible[trip] = True
        _set_trips_aside(tables, ids, trip, frame.index.to_numpy()[first], column)
    kept = active[~is_flexible]
    _count_bookings(tables, kept)
    _count_continuous(tables, kept)
    _count_closed_stops(tables)
    return kept


def given_columns(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Return those of some columns that a table has: few feeds have any."""
    return [column for column in columns if column in frame.columns]


def _set_trips_aside(
    tables: FeedTables,
    ids: pd.Index,
    trip: NDArray[np.int64],
    lines: NDArray[np.int64],
    column: str,
) -> None:
    set_rows_aside(
        tables, "stop_times", f"trip on demand ({column})", lines,
        lambda i: (
            f"trip {ids[trip[i]]!r} with a {column}", "a stop_id and times at every call",
            "Nothing is wrong with it: trips on demand are not searched.",
        ),
    )  # fmt: skip


def _count_bookings(tables: FeedTables, kept: pd.DataFrame) -> None:
    frame = tables.stop_times
    asks = np.zeros(len(frame), dtype=np.bool_)
    for column in ("pickup_type", "drop_off_type"):
        given = frame[column]
        if given.notna().any():
            asks |= given.isin([_PHONE, _DRIVER]).to_numpy(dtype=np.bool_)
    for column in given_columns(frame, _BOOKING):
        asks |= frame[column].notna().to_numpy()
    lines = _rows_of(tables, kept, np.flatnonzero(asks))
    set_rows_aside(
        tables, "stop_times", NEEDS_BOOKING, lines,
        lambda _: (
            "a pick-up or drop-off to be booked or agreed with the driver",
            "one that needs no arrangement",
            "Nothing is wrong with it: it is searched as any other, and whoever rides has to ask.",
        ),
    )  # fmt: skip


def _count_continuous(tables: FeedTables, kept: pd.DataFrame) -> None:
    routes = tables.routes
    stops_anywhere = np.zeros(len(routes), dtype=np.bool_)
    for column in _CONTINUOUS:
        stops_anywhere |= whole_numbers(routes[column], default=1) != _NOT_CONTINUOUS
    of_route = kept["route_id"].isin(set(routes["route_id"][stops_anywhere].dropna()))
    is_continuous = of_route.to_numpy(dtype=np.bool_, copy=True)
    frame = tables.stop_times
    marked = np.zeros(len(frame), dtype=np.bool_)
    for column in given_columns(frame, _CONTINUOUS):
        if frame[column].notna().any():
            marked |= whole_numbers(frame[column], default=1) != _NOT_CONTINUOUS
    rows = np.flatnonzero(marked)
    if len(rows):
        ids = pd.Index(kept["trip_id"], dtype=object)
        trips = find_rows(ids, frame["trip_id"].iloc[rows])
        is_continuous[trips[trips >= 0]] = True
    names = kept["trip_id"].to_numpy(dtype=object)[is_continuous]
    set_rows_aside(
        tables, "trips", "trip that stops anywhere on its way, here at its stops alone",
        kept.index.to_numpy()[is_continuous],
        lambda i: (
            f"trip {names[i]!r} with continuous pick-up or drop-off", "stops alone",
            "Nothing is wrong with it: getting on and off between stops is not searched.",
        ),
    )  # fmt: skip


def _count_closed_stops(tables: FeedTables) -> None:
    stops = tables.stops
    closed = whole_numbers(stops["stop_access"], default=1) == _THROUGH_STATION
    names = stops["stop_id"].to_numpy(dtype=object)[closed]
    set_rows_aside(
        tables, "stops", "stop reached through its station alone, here from the street too",
        stops.index.to_numpy()[closed],
        lambda i: (
            f"stop {names[i]!r} with stop_access 0", "a stop reached from the street",
            "Nothing is wrong with it: where the feed has no pathways, it is walked to straight.",
        ),
    )  # fmt: skip


def _rows_of(tables: FeedTables, kept: pd.DataFrame, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the lines of those rows of stop_times that are of the trips kept."""
    frame = tables.stop_times
    if len(rows) == 0:
        return np.empty(0, dtype=np.int64)
    mine = find_rows(pd.Index(kept["trip_id"], dtype=object), frame["trip_id"].iloc[rows]) >= 0
    lines: NDArray[np.int64] = frame.index.to_numpy(dtype=np.int64)[rows[mine]]
    return lines
