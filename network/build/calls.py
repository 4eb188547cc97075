"""Trips as flat arrays of calls: checked, sorted, blank times filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from network.base import Problem, distance_m, parse_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.build.inputs import FeedTables
    from network.build.stops import StopTable

_BLANK, _BAD = -1, -2
_NOT_ALLOWED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TripCalls:
    """Trips and their calls; calls of trip ``t`` are ``offset[t]`` to ``offset[t + 1]``.

    ``stop`` is a row of the stop table, ``route`` a row of the sorted routes; ``service``
    numbers service_ids in sorted order. Times are seconds of the service day of the trip.
    """

    trip_ids: NDArray[np.object_]
    services: NDArray[np.object_]
    headsigns: NDArray[np.object_]
    route: NDArray[np.int32]
    direction: NDArray[np.int32]
    is_headway: NDArray[np.bool_]
    offset: NDArray[np.int64]
    stop: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    pickup: NDArray[np.bool_]
    dropoff: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.trip_ids)

    def calls_of(self, trips: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the offsets and the call indices of some trips, in their order."""
        lengths = (self.offset[1:] - self.offset[:-1])[trips]
        offset = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        calls = np.arange(offset[-1]) + np.repeat(self.offset[trips] - offset[:-1], lengths)
        return offset, calls

    def take(
        self,
        trips: NDArray[np.int64],
        *,
        shift_s: NDArray[np.int64] | int = 0,
        trip_ids: NDArray[np.object_] | None = None,
        is_headway: NDArray[np.bool_] | None = None,
    ) -> TripCalls:
        """Return some trips (repeats allowed), each moved by its shift in seconds."""
        offset, calls = self.calls_of(trips)
        shifts = np.broadcast_to(np.asarray(shift_s, dtype=np.int32), trips.shape)
        by_call = np.repeat(shifts, offset[1:] - offset[:-1])
        return TripCalls(
            trip_ids=self.trip_ids[trips] if trip_ids is None else trip_ids,
            services=self.services[trips],
            headsigns=self.headsigns[trips],
            route=self.route[trips],
            direction=self.direction[trips],
            is_headway=self.is_headway[trips] if is_headway is None else is_headway,
            offset=offset,
            stop=self.stop[calls],
            arrival_s=self.arrival_s[calls] + by_call,
            departure_s=self.departure_s[calls] + by_call,
            pickup=self.pickup[calls],
            dropoff=self.dropoff[calls],
        )

    def keep_calls(self, mask: NDArray[np.bool_]) -> TripCalls:
        """Return the trips with only the masked calls; trips left with fewer than 2 go."""
        owner = np.repeat(np.arange(len(self)), self.offset[1:] - self.offset[:-1])
        lengths = np.bincount(owner[mask], minlength=len(self))
        kept = lengths >= 2
        calls = mask & kept[owner]
        return TripCalls(
            trip_ids=self.trip_ids[kept],
            services=self.services[kept],
            headsigns=self.headsigns[kept],
            route=self.route[kept],
            direction=self.direction[kept],
            is_headway=self.is_headway[kept],
            offset=np.concatenate(([0], np.cumsum(lengths[kept]))).astype(np.int64),
            stop=self.stop[calls],
            arrival_s=self.arrival_s[calls],
            departure_s=self.departure_s[calls],
            pickup=self.pickup[calls],
            dropoff=self.dropoff[calls],
        )


def build_trip_calls(
    tables: FeedTables, stops: StopTable, route_ids: list[str], services: set[str]
) -> TripCalls:
    """Build the calls of every trip of some services, in order of trip_id.

    A stop time is set aside when its trip or stop is unknown, its stop_sequence is missing
    or repeated, or a time is no time; a trip, when its route is unknown, it goes back in
    time, or fewer than two calls remain. Blank times between two timed calls are spread by
    shape_dist_traveled, else by straight-line distance; blank ones at the ends are dropped.
    """
    trips = _usable_trips(tables, route_ids)
    active = trips[trips["service_id"].isin(services).to_numpy(dtype=bool)]
    calls = _read_calls(tables, stops, active, set(trips["trip_id"]))
    calls = _drop_untimed_ends(tables, calls)
    calls = _interpolate(calls, stops)
    calls = _drop_bad_trips(tables, calls, active)
    return _assemble(calls, active, route_ids)


def set_rows_aside(
    tables: FeedTables,
    table: str,
    kind: str,
    lines: NDArray[np.int64],
    describe: Callable[[int], tuple[str, str, str]],
) -> None:
    """Count rows of one kind, describing the first few as (found, expected, mend)."""
    for i, line in enumerate(lines[: tables.log.keep]):
        found, expected, mend = describe(i)
        problem = Problem(
            file=tables.file(table), row=int(line) + 2, found=found, expected=expected, mend=mend
        )
        is_last = i == tables.log.keep - 1
        tables.log.set_aside(kind, problem, count=len(lines) - i if is_last else 1)


def parse_times(values: pd.Series) -> NDArray[np.int64]:
    """Return clock times in seconds; -1 where blank, -2 where the text is no time."""
    codes, texts = pd.factorize(values)
    seconds = np.full(len(texts) + 1, _BLANK, dtype=np.int64)
    for i, text in enumerate(texts):
        try:
            seconds[i] = parse_clock(str(text))
        except ValueError:
            seconds[i] = _BAD
    result: NDArray[np.int64] = seconds[codes]
    return result


def _usable_trips(tables: FeedTables, route_ids: list[str]) -> pd.DataFrame:
    """Return the trips with a known route and an id of their own, by trip_id."""
    trips = tables.trips
    broken = (~trips["route_id"].isin(route_ids) | trips["trip_id"].isna()).to_numpy(dtype=bool)
    route_of = trips["route_id"].to_numpy(dtype=object)[broken]
    set_rows_aside(
        tables, "trips", "trip of an unknown route", trips.index.to_numpy()[broken],
        lambda i: (f"route_id {route_of[i]!r}", "a route_id of routes.txt", "Add the route."),
    )  # fmt: skip
    trips = trips[~broken]
    repeated = trips["trip_id"].duplicated().to_numpy(dtype=bool)
    ids = trips["trip_id"].to_numpy(dtype=object)[repeated]
    set_rows_aside(
        tables, "trips", "trip_id given twice", trips.index.to_numpy()[repeated],
        lambda i: (f"trip_id {ids[i]!r} again", "each trip_id once", "Rename one trip."),
    )  # fmt: skip
    return trips[~repeated].sort_values("trip_id")


def _read_calls(
    tables: FeedTables, stops: StopTable, active: pd.DataFrame, known: set[str]
) -> dict[str, NDArray[Any]]:
    """Return the usable stop times of the active trips as sorted columns."""
    frame = tables.stop_times
    trip = pd.Index(active["trip_id"]).get_indexer(pd.Index(frame["trip_id"]))
    idle = trip < 0
    if len(active) < len(known) or idle.any():
        names = frame["trip_id"][idle]
        orphan = ~names.isin(known).to_numpy(dtype=bool)
        texts = names.to_numpy(dtype=object)[orphan]
        set_rows_aside(
            tables, "stop_times", "stop time of an unknown trip", names.index.to_numpy()[orphan],
            lambda i: (f"trip_id {texts[i]!r}", "a usable trip of trips.txt", "Add the trip."),
        )  # fmt: skip
    frame, trip = frame[~idle], trip[~idle].astype(np.int64)
    columns: dict[str, NDArray[Any]] = {
        "line": frame.index.to_numpy(dtype=np.int64),
        "trip": trip,
        "stop": stops.index_of(frame["stop_id"]),
        "sequence": frame["stop_sequence"].fillna(-1).to_numpy(dtype=np.int64),
        "arrival": parse_times(frame["arrival_time"]),
        "departure": parse_times(frame["departure_time"]),
        "pickup": frame["pickup_type"].fillna(0).to_numpy(dtype=np.int64) != _NOT_ALLOWED,
        "dropoff": frame["drop_off_type"].fillna(0).to_numpy(dtype=np.int64) != _NOT_ALLOWED,
        "dist": frame["shape_dist_traveled"]
        .astype("Float64")
        .to_numpy(dtype=float, na_value=np.nan),
    }
    columns = _drop(
        tables, columns, columns["stop"] < 0, "stop time at an unknown stop",
        ("a stop_id that is no usable stop", "a boarding stop of stops.txt with coordinates"),
    )  # fmt: skip
    columns = _drop(
        tables, columns, (columns["arrival"] == _BAD) | (columns["departure"] == _BAD),
        "stop time with an unreadable time", ("a text that is no time", "HH:MM:SS"),
    )  # fmt: skip
    columns = _drop(
        tables, columns, columns["sequence"] < 0, "stop time without a stop_sequence",
        ("no stop_sequence", "a whole number, 0 or more"),
    )  # fmt: skip
    blank = columns["arrival"] == _BLANK
    columns["arrival"] = np.where(blank, columns["departure"], columns["arrival"])
    columns["departure"] = np.where(
        columns["departure"] == _BLANK, columns["arrival"], columns["departure"]
    )
    order = np.lexsort(
        (columns["stop"], columns["departure"], columns["sequence"], columns["trip"])
    )
    columns = {name: values[order] for name, values in columns.items()}
    repeated = np.zeros(len(order), dtype=bool)
    repeated[1:] = (np.diff(columns["trip"]) == 0) & (np.diff(columns["sequence"]) == 0)
    return _drop(
        tables, columns, repeated, "stop_sequence given twice in a trip",
        ("the same stop_sequence again", "each stop_sequence once in a trip"),
    )  # fmt: skip


def _drop(
    tables: FeedTables,
    columns: dict[str, NDArray[Any]],
    bad: NDArray[np.bool_],
    kind: str,
    words: tuple[str, str],
) -> dict[str, NDArray[Any]]:
    if not bad.any():
        return columns
    set_rows_aside(
        tables, "stop_times", kind, np.sort(columns["line"][bad]),
        lambda _: (*words, "Correct the row, or leave it out."),
    )  # fmt: skip
    return {name: values[~bad] for name, values in columns.items()}


def _neighbours(
    columns: dict[str, NDArray[Any]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the nearest timed call at or before, and at or after, each call; -1 where none."""
    n_calls = len(columns["trip"])
    timed = columns["departure"] != _BLANK
    position = np.arange(n_calls)
    before = np.maximum.accumulate(np.where(timed, position, -1))
    after = np.minimum.accumulate(np.where(timed, position, n_calls)[::-1])[::-1]
    trip = columns["trip"]
    before = np.where((before >= 0) & (trip[before] == trip), before, -1)
    safe = np.minimum(after, n_calls - 1)
    after = np.where((after < n_calls) & (trip[safe] == trip), safe, -1)
    return before, after


def _drop_untimed_ends(
    tables: FeedTables, columns: dict[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    if len(columns["trip"]) == 0:
        return columns
    before, after = _neighbours(columns)
    return _drop(
        tables, columns, (before < 0) | (after < 0), "first or last stop time without a time",
        ("no time at an end of the trip", "times at the first and the last stop"),
    )  # fmt: skip


def _interpolate(columns: dict[str, NDArray[Any]], stops: StopTable) -> dict[str, NDArray[Any]]:
    """Fill blank times between two timed calls, in proportion to distance."""
    blank = np.flatnonzero(columns["departure"] == _BLANK)
    if len(blank) == 0:
        return columns
    before, after = (side[blank] for side in _neighbours(columns))
    lat, lon = stops.lat[columns["stop"]], stops.lon[columns["stop"]]
    step = np.zeros(len(lat))
    step[1:] = distance_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
    along = np.cumsum(step)
    share = _share(along, before, blank, after)
    by_shape = _share(columns["dist"], before, blank, after)
    by_place = (blank - before) / (after - before)
    share = np.where(np.isfinite(share), share, by_place)
    share = np.where(np.isfinite(by_shape) & (by_shape >= 0) & (by_shape <= 1), by_shape, share)
    start, end = columns["departure"][before], columns["arrival"][after]
    filled = start + np.rint(share * (end - start)).astype(np.int64)
    columns["arrival"][blank] = filled
    columns["departure"][blank] = filled
    return columns


def _share(
    along: NDArray[np.float64],
    before: NDArray[np.int64],
    here: NDArray[np.int64],
    after: NDArray[np.int64],
) -> NDArray[np.float64]:
    length = along[after] - along[before]
    length = np.where(length > 0, length, np.nan)
    result: NDArray[np.float64] = (along[here] - along[before]) / length
    return result


def _drop_bad_trips(
    tables: FeedTables, columns: dict[str, NDArray[Any]], active: pd.DataFrame
) -> dict[str, NDArray[Any]]:
    """Set aside trips that go back in time, then trips of fewer than two calls."""
    trip, arrival, departure = columns["trip"], columns["arrival"], columns["departure"]
    n_trips = len(active)
    backwards = arrival > departure
    backwards[1:] |= (np.diff(trip) == 0) & (arrival[1:] < departure[:-1])
    guilty = np.zeros(n_trips, dtype=bool)
    guilty[trip[backwards]] = True
    counts = np.bincount(trip, minlength=n_trips)
    short = (counts < 2) & ~guilty
    first_bad = np.full(n_trips, -1, dtype=np.int64)
    first_bad[trip[backwards][::-1]] = columns["line"][backwards][::-1]
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
    kept = ~(guilty | short)[trip]
    return {name: values[kept] for name, values in columns.items()}


def _assemble(
    columns: dict[str, NDArray[Any]], active: pd.DataFrame, route_ids: list[str]
) -> TripCalls:
    present, lengths = np.unique(columns["trip"], return_counts=True)
    rows = active.iloc[present]
    return TripCalls(
        trip_ids=rows["trip_id"].to_numpy(dtype=object),
        services=rows["service_id"].to_numpy(dtype=object),
        headsigns=rows["trip_headsign"].fillna("").to_numpy(dtype=object),
        route=pd.Index(route_ids).get_indexer(pd.Index(rows["route_id"])).astype(np.int32),
        direction=rows["direction_id"].fillna(-1).to_numpy(dtype=np.int32),
        is_headway=np.zeros(len(present), dtype=bool),
        offset=np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        stop=columns["stop"].astype(np.int32),
        arrival_s=columns["arrival"].astype(np.int32),
        departure_s=columns["departure"].astype(np.int32),
        pickup=columns["pickup"],
        dropoff=columns["dropoff"],
    )
