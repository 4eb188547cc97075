"""Every stop time of a feed as flat arrays, and the hops between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import distance_m
from network.building.rows import BLANK, find_rows, parse_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.inputs import FeedTables


_NO_SEQUENCE = -1
_CHUNK = 1 << 18  # calls at a time: distances need many arrays between


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Stop times of known trips at known stops, by trip and stop_sequence, shape (n_calls,).

    ``row``, ``trip`` and ``stop`` are positions in the frames of stop_times, trips and stops;
    times are seconds of the service day, -1 where blank or no time, one taken for the other
    where only one is given. ``trip_offset`` bounds the calls of each row of trips.
    ``unknown_trip_row`` and ``unknown_stop_row`` are the rows of stop_times left out because
    trips or stops have no such id, ``no_boarding_row`` those where no vehicle can call.
    """

    row: NDArray[np.int32]
    trip: NDArray[np.int32]
    stop: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    trip_offset: NDArray[np.int64]
    unknown_trip_row: NDArray[np.int32]
    unknown_stop_row: NDArray[np.int32]
    no_boarding_row: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def n_calls(self) -> NDArray[np.int64]:
        """Calls of each trip, by row of trips."""
        result: NDArray[np.int64] = np.diff(self.trip_offset)
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Hops:
    """Rides between consecutive timed calls of a trip, shape (n_hops,).

    ``before`` and ``after`` are positions in the calls. ``distance_m`` is the sum of the
    great-circle distances from call to call, metres, so never more than was driven; a stop
    without coordinates adds nothing. ``is_rounded`` says that both times are whole minutes.
    """

    before: NDArray[np.int32]
    after: NDArray[np.int32]
    distance_m: NDArray[np.float32]
    ride_s: NDArray[np.int32]
    is_rounded: NDArray[np.bool_]


def match_rows(values: pd.Series, ids: pd.Series) -> NDArray[np.int32]:
    """Return the first row of ``ids`` that has each value; -1 where none has or it is missing."""
    known = np.flatnonzero(ids.notna() & ~ids.duplicated())
    found = find_rows(pd.Index(ids.iloc[known].astype(object)), values)
    result: NDArray[np.int32] = np.append(known, -1)[found].astype(np.int32)
    return result


def build_calls(tables: FeedTables, is_boarding: NDArray[np.bool_]) -> Calls:
    """Build the calls of every trip, whatever its dates; of a repeated place one call stays.

    ``is_boarding`` says by row of stops where vehicles can call. Of calls with one
    stop_sequence in a trip the one with the earlier departure, then the earlier stop, stays.
    """
    frame = tables.stop_times
    trip = match_rows(frame["trip_id"], tables.trips["trip_id"])
    stop = match_rows(frame["stop_id"], tables.stops["stop_id"])
    can_board = np.append(is_boarding, False)[stop]  # noqa: FBT003 - of no stop at all
    sequence = frame["stop_sequence"].fillna(_NO_SEQUENCE).to_numpy(dtype=np.int32)
    left_out = (
        np.flatnonzero(trip < 0).astype(np.int32),
        np.flatnonzero(stop < 0).astype(np.int32),
        np.flatnonzero((stop >= 0) & ~can_board).astype(np.int32),
    )
    rows = np.flatnonzero((trip >= 0) & can_board & (sequence >= 0)).astype(np.int32)
    # One column at a time: a feed may have millions of rows.
    times = []
    for column in ("arrival_time", "departure_time"):
        seconds = parse_times(frame[column]).astype(np.int32)[rows]
        times.append(np.maximum(seconds, BLANK, out=seconds))
    arrival, departure = times
    np.copyto(arrival, departure, where=arrival < 0)
    np.copyto(departure, arrival, where=departure < 0)
    order = _order(trip[rows], sequence[rows], departure, stop[rows])
    rows, arrival, departure = rows[order], arrival[order], departure[order]
    trip = trip[rows]
    return Calls(
        row=rows,
        trip=trip,
        stop=stop[rows],
        arrival_s=arrival,
        departure_s=departure,
        trip_offset=np.searchsorted(trip, np.arange(len(tables.trips) + 1)).astype(np.int64),
        unknown_trip_row=left_out[0],
        unknown_stop_row=left_out[1],
        no_boarding_row=left_out[2],
    )


def _order(
    trip: NDArray[np.int32],
    sequence: NDArray[np.int32],
    departure: NDArray[np.int32],
    stop: NDArray[np.int32],
) -> NDArray[np.intp]:
    """Return the order by trip and stop_sequence, each sequence of a trip once."""
    place = trip.astype(np.int64) << 32 | sequence
    if bool(np.all(place[1:] > place[:-1])):
        return np.arange(len(place))
    order = np.argsort(place, kind="stable")
    kept = np.ones(len(order), dtype=bool)
    np.not_equal(place[order][1:], place[order][:-1], out=kept[1:])
    if not kept.all():  # rare: only now is it worth the time to sort by all four
        order = np.lexsort((stop, departure, place))
    return order[kept]


def build_hops(calls: Calls, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> Hops:
    """Build the rides between timed calls; ``lat`` and ``lon`` are degrees by row of stops."""
    timed = np.flatnonzero(calls.departure_s >= 0).astype(np.int32)
    inside = np.diff(calls.trip[timed]) == 0
    before, after = timed[:-1][inside], timed[1:][inside]
    along = _along_m(calls, lat, lon)
    distance = (along[after] - along[before]).astype(np.float32)
    del along
    start, end = calls.departure_s[before], calls.arrival_s[after]
    return Hops(
        before=before,
        after=after,
        distance_m=distance,
        ride_s=end - start,
        is_rounded=(start % 60 == 0) & (end % 60 == 0),
    )


def _along_m(
    calls: Calls, lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the metres from the first call to each, trip after trip, nothing between trips."""
    along = np.zeros(len(calls))
    for first in range(0, len(calls) - 1, _CHUNK):
        last = min(first + _CHUNK, len(calls) - 1)
        here, there = calls.stop[first:last], calls.stop[first + 1 : last + 1]
        step = distance_m(lat[here], lon[here], lat[there], lon[there])
        other = calls.trip[first:last] != calls.trip[first + 1 : last + 1]
        step[~np.isfinite(step) | other] = 0.0
        along[first + 1 : last + 1] = along[first] + np.cumsum(step)
    return along
