"""stop_times.txt: checked, sorted, blank times filled in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.building.blank_times import fill_blank_times, nearest_timed
from network.building.rows import (
    BAD,
    BLANK,
    find_rows,
    numbers,
    parse_times,
    set_rows_aside,
    whole_numbers,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.inputs import FeedTables
    from network.building.shapes import ShapeTable
    from network.building.stops import StopTable

_NOT_ALLOWED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CallColumns:
    """Calls by trip and stop_sequence: the rows of stop_times that can be used.

    ``line`` is the row of the file, ``trip`` a row of the active trips, ``stop`` one of the
    stop table; times are seconds of the service day, -1 where blank. Five million calls are
    common, so that every column is as narrow as its values.
    """

    line: NDArray[np.int32]
    trip: NDArray[np.int32]
    stop: NDArray[np.int32]
    sequence: NDArray[np.int32]
    arrival: NDArray[np.int32]
    departure: NDArray[np.int32]
    pickup: NDArray[np.bool_]
    dropoff: NDArray[np.bool_]
    dist: NDArray[np.float64]

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> CallColumns:
        """Return some of the rows, by mask or in an order."""
        return CallColumns(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def read_calls(
    tables: FeedTables,
    stops: StopTable,
    active: pd.DataFrame,
    shapes: ShapeTable,
    trip_shape: NDArray[np.int32],
) -> CallColumns:
    """Read the usable calls of the active trips, sorted by trip and stop_sequence.

    A stop time is set aside when its stop is unknown, its stop_sequence is missing or repeated,
    or a time is no time; a trip, when it goes back in time or fewer than two calls remain.
    Blank times between two timed calls are filled in as
    :func:`network.building.blank_times.fill_blank_times` says; those at the ends are dropped.
    """
    calls = _sorted(tables, _usable(tables, _typed(tables.stop_times, stops, active)))
    if (calls.departure == BLANK).any():
        before, after = nearest_timed(calls.trip, calls.departure != BLANK)
        calls = _drop(
            tables, calls, (before < 0) | (after < 0), "first or last stop time without a time",
            ("no time at an end of the trip", "times at the first and the last stop"),
        )  # fmt: skip
    calls = fill_blank_times(calls, stops, shapes, trip_shape)
    return _drop_bad_trips(tables, calls, active)


def _typed(frame: pd.DataFrame, stops: StopTable, active: pd.DataFrame) -> CallColumns:
    """Return the stop times of the active trips as arrays."""
    trip = find_rows(pd.Index(active["trip_id"], dtype=object), frame["trip_id"])
    if (trip < 0).any():
        frame, trip = frame[trip >= 0], trip[trip >= 0]
    return CallColumns(
        line=frame.index.to_numpy(dtype=np.int32),
        trip=trip.astype(np.int32),
        stop=stops.index_of(frame["stop_id"]).astype(np.int32),
        sequence=whole_numbers(frame["stop_sequence"], default=-1).astype(np.int32),
        arrival=parse_times(frame["arrival_time"]).astype(np.int32),
        departure=parse_times(frame["departure_time"]).astype(np.int32),
        pickup=whole_numbers(frame["pickup_type"], default=0) != _NOT_ALLOWED,
        dropoff=whole_numbers(frame["drop_off_type"], default=0) != _NOT_ALLOWED,
        dist=numbers(frame["shape_dist_traveled"]),
    )


def _usable(tables: FeedTables, calls: CallColumns) -> CallColumns:
    calls = _drop(
        tables, calls, calls.stop < 0, "stop time at an unknown stop",
        ("a stop_id that is no usable stop", "a boarding stop of stops.txt with coordinates"),
    )  # fmt: skip
    calls = _drop(
        tables, calls, (calls.arrival == BAD) | (calls.departure == BAD),
        "stop time with an unreadable time", ("a text that is no time", "HH:MM:SS"),
    )  # fmt: skip
    return _drop(
        tables, calls, calls.sequence < 0, "stop time without a stop_sequence",
        ("no stop_sequence", "a whole number, 0 or more"),
    )  # fmt: skip


def _sorted(tables: FeedTables, calls: CallColumns) -> CallColumns:
    """Return the calls by trip and stop_sequence, each sequence once, with both their times."""
    np.copyto(calls.arrival, calls.departure, where=calls.arrival == BLANK)
    np.copyto(calls.departure, calls.arrival, where=calls.departure == BLANK)
    calls = calls.take(np.lexsort((calls.stop, calls.departure, calls.sequence, calls.trip)))
    repeated = np.zeros(len(calls.trip), dtype=bool)
    repeated[1:] = (np.diff(calls.trip) == 0) & (np.diff(calls.sequence) == 0)
    return _drop(
        tables, calls, repeated, "stop_sequence given twice in a trip",
        ("the same stop_sequence again", "each stop_sequence once in a trip"),
    )  # fmt: skip


def _drop(
    tables: FeedTables,
    calls: CallColumns,
    bad: NDArray[np.bool_],
    kind: str,
    words: tuple[str, str],
) -> CallColumns:
    if not bad.any():
        return calls
    set_rows_aside(
        tables, "stop_times", kind, np.sort(calls.line[bad]),
        lambda _: (*words, "Correct the row, or leave it out."),
    )  # fmt: skip
    return calls.take(~bad)


def _drop_bad_trips(tables: FeedTables, calls: CallColumns, active: pd.DataFrame) -> CallColumns:
    """Set aside trips that go back in time, then trips of fewer than two calls."""
    n_trips = len(active)
    backwards = calls.arrival > calls.departure
    backwards[1:] |= (np.diff(calls.trip) == 0) & (calls.arrival[1:] < calls.departure[:-1])
    guilty = np.zeros(n_trips, dtype=bool)
    guilty[calls.trip[backwards]] = True
    counts = np.bincount(calls.trip, minlength=n_trips)
    short = (counts < 2) & ~guilty
    if not (guilty | short).any():
        return calls
    first_bad = np.full(n_trips, -1, dtype=np.int64)
    first_bad[calls.trip[backwards][::-1]] = calls.line[backwards][::-1]
    ids = active["trip_id"].to_numpy(dtype=object)
    late, few = np.flatnonzero(guilty), np.flatnonzero(short)
    set_rows_aside(
        tables, "stop_times", "trip that goes back in time", first_bad[late],
        lambda i: (
            f"trip {ids[late[i]]!r} goes back in time here", "times that never decrease",
            "Correct the times; hours past midnight are written 24, 25, ...",
        ),
    )  # fmt: skip
    set_rows_aside(
        tables, "trips", "trip with fewer than two usable calls", active.index.to_numpy()[few],
        lambda i: (
            f"trip {ids[few[i]]!r} has {counts[few[i]]} usable calls", "two or more",
            "Add its stop times, or leave the trip out.",
        ),
    )  # fmt: skip
    return calls.take(~(guilty | short)[calls.trip])
