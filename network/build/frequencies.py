"""frequencies.txt expanded: one trip for each departure it implies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import format_clock
from network.build.calls import TripCalls, parse_times, set_rows_aside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.build.inputs import FeedTables


def expand_frequencies(tables: FeedTables, trips: TripCalls) -> TripCalls:
    """Replace trips that frequencies.txt names by one trip a departure.

    Departures from the first stop are start, start + headway, ... before end. A trip is
    marked as run by headway, not by clock, where exact_times is not 1. The new trip_id is
    the old one with its departure: ``line@06:10:00``.

    References
    ----------
    GTFS Schedule reference, frequencies.txt.
    """
    frame = tables.frequencies
    if frame is None:
        return trips
    row_trip = pd.Index(trips.trip_ids).get_indexer(pd.Index(frame["trip_id"].astype(object)))
    start, end = parse_times(frame["start_time"]), parse_times(frame["end_time"])
    headway = frame["headway_secs"].fillna(0).to_numpy(dtype=np.int64)
    bad = (start < 0) | (end <= start) | (headway <= 0)
    set_rows_aside(
        tables, "frequencies", "frequency that cannot be read", frame.index.to_numpy()[bad],
        lambda _: (
            "a start, end or headway that gives no departure",
            "start_time before end_time and headway_secs above 0", "Correct the row.",
        ),
    )  # fmt: skip
    exact = frame["exact_times"].fillna(0).to_numpy(dtype=np.int64) == 1
    departures: dict[tuple[int, int], bool] = {}
    for row in np.flatnonzero(~bad & (row_trip >= 0)):
        for departure in range(int(start[row]), int(end[row]), int(headway[row])):
            key = (int(row_trip[row]), departure)
            departures[key] = departures.get(key, True) and not exact[row]
    return _expanded(trips, departures, np.unique(row_trip[row_trip >= 0]))


def _expanded(
    trips: TripCalls,
    departures: dict[tuple[int, int], bool],
    templates: NDArray[np.int64],
) -> TripCalls:
    fixed = np.setdiff1d(np.arange(len(trips)), templates)
    ordered = sorted(departures)
    copied = np.array([trip for trip, _ in ordered], dtype=np.int64)
    wanted = np.array([departure for _, departure in ordered], dtype=np.int64)
    first_s = trips.departure_s[trips.offset[:-1]]
    taken = np.concatenate((fixed, copied))
    shift_s = np.concatenate((np.zeros(len(fixed), dtype=np.int64), wanted - first_s[copied]))
    names = [
        f"{trips.trip_ids[trip]}@{format_clock(departure, with_seconds=True)}"
        for trip, departure in ordered
    ]
    return trips.take(
        taken,
        shift_s=shift_s,
        trip_ids=np.array([*trips.trip_ids[fixed], *names], dtype=object),
        is_headway=np.concatenate(
            (trips.is_headway[fixed], np.array([departures[key] for key in ordered], dtype=bool))
        ),
    )
