"""frequencies.txt expanded: one run for each departure it implies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.building.rows import find_rows, parse_times, set_rows_aside, whole_numbers
from network.building.runs import TODAY, TripRuns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.calls import TripCalls
    from network.building.inputs import FeedTables

_MAX_DEPARTURES = 20_000
"""Of one row: more than a departure every five seconds all day is an error, and fills memory."""


def expand_frequencies(tables: FeedTables, calls: TripCalls) -> TripRuns:
    """Return one run a trip, and of trips that frequencies.txt names one run a departure.

    Departures from the first stop are start, start + headway, ... before end; one that two
    rows imply runs once. A run goes by headway, not by the clock, where exact_times is not 1.

    References
    ----------
    GTFS Schedule reference, frequencies.txt.
    """
    frame = tables.frequencies
    if frame is None:
        return _runs(calls, *_nothing(), templates=np.empty(0, dtype=np.int64))
    row_trip = find_rows(pd.Index(calls.trip_ids, dtype=object), frame["trip_id"])
    _name_unknown_trips(tables, frame)
    start, end = parse_times(frame["start_time"]), parse_times(frame["end_time"])
    headway = whole_numbers(frame["headway_secs"], default=0)
    bad = (start < 0) | (end <= start) | (headway <= 0)
    bad |= (end - start) > _MAX_DEPARTURES * np.maximum(headway, 1)
    set_rows_aside(
        tables, "frequencies", "frequency that cannot be read", frame.index.to_numpy()[bad],
        lambda _: (
            "a start, end or headway that gives no departure, or too many",
            "start_time before end_time and headway_secs above 0", "Correct the row.",
        ),
    )  # fmt: skip
    exact = whole_numbers(frame["exact_times"], default=0) == 1
    rows = np.flatnonzero(~bad & (row_trip >= 0))
    counts = -(-(end[rows] - start[rows]) // headway[rows])
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return _runs(
        calls,
        np.repeat(row_trip[rows], counts),
        np.repeat(start[rows], counts) + step * np.repeat(headway[rows], counts),
        np.repeat(~exact[rows], counts),
        templates=np.unique(row_trip[row_trip >= 0]),
    )


def _nothing() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_)


def _name_unknown_trips(tables: FeedTables, frame: pd.DataFrame) -> None:
    known = pd.Index(tables.trips["trip_id"].dropna().unique(), dtype=object)
    unknown = find_rows(known, frame["trip_id"]) < 0
    ids = frame["trip_id"].to_numpy(dtype=object)[unknown]
    set_rows_aside(
        tables, "frequencies", "frequency of an unknown trip", frame.index.to_numpy()[unknown],
        lambda i: (f"trip_id {ids[i]!r}", "a trip of trips.txt", "Add the trip."),
    )  # fmt: skip


def _runs(
    calls: TripCalls,
    trip: NDArray[np.int64],
    leaves_s: NDArray[np.int64],
    is_headway: NDArray[np.bool_],
    *,
    templates: NDArray[np.int64],
) -> TripRuns:
    """Return the runs of trips with times of their own, then the departures, each once."""
    fixed = np.setdiff1d(np.arange(len(calls)), templates)
    order = np.lexsort((is_headway, leaves_s, trip))  # of a departure twice the exact one first
    trip, leaves_s, is_headway = trip[order], leaves_s[order], is_headway[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(trip) != 0) | (np.diff(leaves_s) != 0)
    trip, leaves_s, is_headway = trip[first], leaves_s[first], is_headway[first]
    n_runs = len(fixed) + len(trip)
    shift_s = leaves_s - calls.first_departure_s[trip]
    return TripRuns(
        trip=np.concatenate((fixed, trip)).astype(np.int64),
        shift_s=np.concatenate((np.zeros(len(fixed), dtype=np.int64), shift_s)),
        leaves_s=np.concatenate((np.full(len(fixed), -1, dtype=np.int64), leaves_s)),
        is_headway=np.concatenate((np.zeros(len(fixed), dtype=bool), is_headway)),
        day=np.full(n_runs, TODAY, dtype=np.int8),
    )
