"""Trips that stand twice, never run, or have too little to run on; overlapping frequencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import format_clock
from network.building.rows import parse_times, texts
from network.quality.calls import match_rows
from network.quality.findings import Kind, Words, build_row_finding
from network.quality.report import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.quality.feed import CheckedFeed
    from network.quality.report import Finding

_TWICE = Kind(code="duplicate_trip", severity=Severity.WARNING, unit="trips")
_NEVER = Kind(code="trip_never_runs", severity=Severity.WARNING, unit="trips", field="service_id")
_SHORT = Kind(code="trip_without_ride", severity=Severity.ERROR, unit="trips")
_OVERLAP = Kind(code="frequencies_overlap", severity=Severity.WARNING, unit="frequencies")
_INTERLEAVED = Kind(code="exact_frequencies_overlap", severity=Severity.NOTE, unit="frequencies")


def check_duplicate_trips(feed: CheckedFeed) -> Finding | None:
    """Find trips that run on a date when an equal one runs: same route, stops and times.

    Of trips with frequencies the frequencies must be equal too. The first of equal trips, by
    trip_id, is not counted.
    """
    ids = texts(feed.tables.trips["trip_id"])
    services = texts(feed.tables.trips["service_id"])
    masks = feed.coverage.masks
    rows: list[int] = []
    twins: list[int] = []
    for members in _equal_trips(feed):
        seen: list[tuple[int, int]] = []
        for row in sorted(members, key=lambda r: str(ids[r])):
            mask = masks.get(str(services[row]), 0)
            twin = next((other for other, dates in seen if dates & mask), None)
            if twin is None:
                seen.append((row, mask))
            else:
                rows.append(row)
                twins.append(twin)
    order = np.argsort(np.array(rows, dtype=np.int64), kind="stable")
    found = np.array(rows, dtype=np.int64)[order]
    twin_of = np.array(twins, dtype=np.int64)[order]
    return build_row_finding(
        _TWICE,
        feed.tables,
        "trips",
        found,
        lambda i: Words(
            found=f"trip {ids[found[i]]!r} runs like trip {ids[twin_of[i]]!r}, on the same dates",
            expected="each trip once",
            mend="Leave one of the two out, or correct the service of one.",
        ),
    )


def check_trips_that_never_run(feed: CheckedFeed) -> Finding | None:
    """Find trips of services that are in the calendar but have no date."""
    services = feed.tables.trips["service_id"]
    known: set[str] = set()
    for frame in (feed.tables.calendar, feed.tables.calendar_dates):
        if frame is not None:
            known |= set(frame["service_id"].dropna().astype(str))
    idle = services.isin(known) & ~services.isin(set(feed.coverage.masks))
    rows = np.flatnonzero(idle.to_numpy(dtype=bool))
    return build_row_finding(
        _NEVER,
        feed.tables,
        "trips",
        rows,
        lambda i: Words(
            found=f"service {services.iloc[rows[i]]!r} has no date",
            expected="a service with at least one date",
            mend="Correct its weekdays and dates, or leave the trip out.",
        ),
    )


def check_trips_without_ride(feed: CheckedFeed) -> Finding | None:
    """Find trips with fewer than two timed calls at known stops."""
    calls = feed.calls
    n_timed = np.bincount(calls.trip[calls.departure_s >= 0], minlength=len(feed.tables.trips))
    own = match_rows(feed.tables.trips["trip_id"], feed.tables.trips["trip_id"])
    rows = np.flatnonzero((n_timed < 2) & (own == np.arange(len(own))))
    ids = texts(feed.tables.trips["trip_id"])
    return build_row_finding(
        _SHORT,
        feed.tables,
        "trips",
        rows,
        lambda i: Words(
            found=f"trip {ids[rows[i]]!r} has {n_timed[rows[i]]} timed calls at known stops",
            expected="two or more",
            mend="Add its stop times, or leave the trip out.",
        ),
    )


def check_frequencies(feed: CheckedFeed) -> Finding | None:
    """Find frequencies of one trip that overlap in time: service is counted twice."""
    return _overlaps(feed, _OVERLAP, is_exact=False)


def check_exact_frequencies(feed: CheckedFeed) -> Finding | None:
    """Find overlapping frequencies of one trip by exact times: departures are interleaved."""
    return _overlaps(feed, _INTERLEAVED, is_exact=True)


def _overlaps(feed: CheckedFeed, kind: Kind, *, is_exact: bool) -> Finding | None:
    """Find rows that start before the end of an earlier one of their trip."""
    frame = feed.tables.frequencies
    if frame is None:
        return None
    start, end = parse_times(frame["start_time"]), parse_times(frame["end_time"])
    exact = (frame["exact_times"].fillna(0) == 1).to_numpy(dtype=bool)
    trip = feed.frequency_trip.astype(np.int64)
    usable = np.flatnonzero((trip >= 0) & (start >= 0) & (end > start) & (exact == is_exact))
    order = usable[np.lexsort((end[usable], start[usable], trip[usable]))]
    # Ends grow within a trip only: a running maximum must not look back into another trip.
    day = int(end[order].max(initial=0)) + 1
    latest = np.maximum.accumulate(end[order] + trip[order] * day) - trip[order] * day
    late = np.zeros(len(order), dtype=bool)
    late[1:] = (np.diff(trip[order]) == 0) & (start[order][1:] < latest[:-1])
    rows = np.sort(order[late])
    ids = texts(frame["trip_id"])
    return build_row_finding(
        kind,
        feed.tables,
        "frequencies",
        rows,
        lambda i: Words(
            found=f"trip {ids[rows[i]]!r} again from {format_clock(int(start[rows[i]]))} to "
            f"{format_clock(int(end[rows[i]]))}",
            expected="frequencies of one trip that follow each other",
            mend="Correct the times, or make two trips of it.",
        ),
    )


def _equal_trips(feed: CheckedFeed) -> list[list[int]]:
    """Return groups of rows of trips with equal route, stops, times and frequencies."""
    calls = feed.calls
    n_calls = calls.n_calls
    candidates = np.flatnonzero((n_calls >= 2) & (feed.trip_route >= 0))
    keys = pd.DataFrame(
        {
            "route": feed.trip_route[candidates],
            "n_calls": n_calls[candidates],
            "hash": _hash_calls(feed)[candidates],
            "frequencies": _frequency_groups(feed)[candidates],
        }
    )
    alike = keys.duplicated(keep=False).to_numpy(dtype=bool)
    number = keys[alike].groupby(list(keys.columns), sort=False).ngroup().to_numpy()
    groups: dict[tuple[int, bytes], list[int]] = {}
    for row, group in zip(candidates[alike].tolist(), number.tolist(), strict=True):
        own = slice(int(calls.trip_offset[row]), int(calls.trip_offset[row + 1]))
        content = b"".join(
            array[own].tobytes() for array in (calls.stop, calls.arrival_s, calls.departure_s)
        )
        groups.setdefault((group, content), []).append(row)
    return [members for members in groups.values() if len(members) > 1]


def _hash_calls(feed: CheckedFeed) -> NDArray[np.uint64]:
    """Return a number for each trip that equal calls give equally, by row of trips.

    Only narrows the search: trips that agree in it are compared in full.
    """
    calls = feed.calls
    place = (np.arange(len(calls)) - calls.trip_offset[calls.trip]).astype(np.uint64)
    mixed = np.full(len(calls), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for part in (place, calls.stop, calls.arrival_s, calls.departure_s):
        mixed = (mixed ^ part.astype(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(31)
    sums = np.append(np.uint64(0), np.cumsum(mixed, dtype=np.uint64))
    result: NDArray[np.uint64] = sums[calls.trip_offset[1:]] - sums[calls.trip_offset[:-1]]
    return result


def _frequency_groups(feed: CheckedFeed) -> NDArray[np.int64]:
    """Return a number for each trip that equal frequencies give equally; 0 without any."""
    result = np.zeros(len(feed.tables.trips), dtype=np.int64)
    frame = feed.tables.frequencies
    if frame is None:
        return result
    start, end = parse_times(frame["start_time"]), parse_times(frame["end_time"])
    headway = frame["headway_secs"].fillna(0).to_numpy(dtype=np.int64)
    own: dict[int, list[tuple[int, int, int]]] = {}
    for row in np.flatnonzero(feed.frequency_trip >= 0).tolist():
        band = (int(start[row]), int(end[row]), int(headway[row]))
        own.setdefault(int(feed.frequency_trip[row]), []).append(band)
    number: dict[tuple[tuple[int, int, int], ...], int] = {}
    for trip, bands in own.items():
        result[trip] = number.setdefault(tuple(sorted(bands)), len(number) + 1)
    return result
