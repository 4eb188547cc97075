"""Times that cannot be, or hardly: speeds, hops in no time, hops and dwells of hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import format_clock
from network.quality.findings import MAX_EXAMPLES, Kind, Words, build_finding, problem
from network.quality.report import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from network.quality.feed import CheckedFeed
    from network.quality.report import Finding

TOP_SPEED_KMH = {
    0: 100.0, 1: 150.0, 2: 500.0, 3: 150.0, 4: 80.0, 5: 30.0, 6: 50.0, 7: 50.0, 11: 150.0,
    12: 150.0,
}  # fmt: skip
"""Speeds that no vehicle of a route type exceeds between two stops, km/h.

Source: MobilityData canonical GTFS validator, rule fast_travel_between_consecutive_stops
(threshold by route type); 200 km/h for a type it does not know.
"""

UNKNOWN_TYPE_KMH = 200.0
ROUNDING_S = 60
"""Where both times are whole minutes the ride may have taken up to this much longer (same rule)."""

EXACT_ZERO_M = 100.0
"""Our limit: no vehicle passes more than this between two times that are given to the second."""
START_STOP_SHARE = 0.4
"""Our limit: share of its top speed that a vehicle keeps up from one halt to the next."""

SLOW_HOP_S, WALK_MPS = 3600, 1.2
LONG_HOP_S = 24 * 3600
LONG_DWELL_S = 2 * 3600
"""Our limits: a hop of over an hour that a walker beats (1.2 m/s along the straight line from
stop to stop), or of over a day; a dwell of over two hours."""

_SPEED = Kind(code="impossible_speed", severity=Severity.WARNING, unit="hops")
_ZERO = Kind(code="zero_time_hop", severity=Severity.WARNING, unit="hops")
_LONG = Kind(code="long_hop", severity=Severity.WARNING, unit="hops")
_DWELL = Kind(code="long_dwell", severity=Severity.WARNING, unit="stop_times")
_BACK = Kind(code="times_go_back", severity=Severity.ERROR, unit="trips")


def check_speeds(feed: CheckedFeed) -> Finding | None:
    """Find hops faster than any vehicle of their route type.

    The distance is at most what was driven, the time at least what was meant, so that what
    is found is wrong beyond rounding: a stop's place, a time or a route type.
    """
    hops = feed.hops
    limit_mps = _top_speed_mps(feed)[feed.calls.trip[hops.before]]
    longest_s = hops.ride_s + np.where(hops.is_rounded, ROUNDING_S, 0)
    longest_s = np.where(hops.ride_s <= 0, ROUNDING_S, longest_s)
    speed_mps = hops.distance_m / longest_s
    fast = np.flatnonzero((speed_mps > limit_mps) & (hops.ride_s >= 0))
    fast = fast[np.argsort(-speed_mps[fast], kind="stable")]
    return _hop_finding(
        feed,
        _SPEED,
        fast,
        lambda hop: Words(
            found=f"{hops.distance_m[hop] / 1000:.1f} km in {_duration(hops.ride_s[hop])}, "
            f"at least {3.6 * speed_mps[hop]:.0f} km/h, {_between(feed, hop)}",
            expected=f"at most {3.6 * limit_mps[hop]:.0f} km/h for route type "
            f"{feed.trip_type[feed.calls.trip[hops.before[hop]]]}",
            mend="Correct the time, the place of one of the stops, or the route's type.",
        ),
    )


def check_zero_times(feed: CheckedFeed) -> Finding | None:
    """Find hops that take no time over a distance that takes some.

    Consecutive hops in the same instant count together. Where times are whole minutes a run
    of them may hide nearly a minute: it is found only where the vehicle would have to keep
    up more than 0.4 of its top speed for that minute, halts included.
    """
    hops, calls = feed.hops, feed.calls
    zero = np.flatnonzero(hops.ride_s == 0)
    before, metres = hops.before[zero], hops.distance_m[zero]
    goes_on = calls.departure_s[before] == calls.arrival_s[before]
    goes_on[:1] = False
    goes_on[1:] &= hops.after[zero[:-1]] == before[1:]
    run = np.cumsum(~goes_on) - 1
    run_m = np.bincount(run, weights=metres)[run]
    limit_mps = _top_speed_mps(feed)[calls.trip[before]]
    hidden_m = np.where(
        hops.is_rounded[zero], START_STOP_SHARE * limit_mps * ROUNDING_S, EXACT_ZERO_M
    )
    found = np.flatnonzero(run_m > hidden_m)
    found = zero[found[np.argsort(-run_m[found], kind="stable")]]
    return _hop_finding(
        feed,
        _ZERO,
        found,
        lambda hop: Words(
            found=f"{hops.distance_m[hop]:.0f} m in no time, {_between(feed, hop)}",
            expected="an arrival after the departure from the stop before",
            mend="Correct the times, or leave one blank: it is filled in by distance.",
        ),
    )


def check_long_hops(feed: CheckedFeed) -> Finding | None:
    """Find hops of over an hour slower than a walker, and of over a day."""
    hops = feed.hops
    crawls = (hops.ride_s > SLOW_HOP_S) & (hops.distance_m < WALK_MPS * hops.ride_s)
    found = np.flatnonzero(crawls | (hops.ride_s > LONG_HOP_S))
    return _hop_finding(
        feed,
        _LONG,
        found[np.argsort(-hops.ride_s[found], kind="stable")],
        lambda hop: Words(
            found=f"{_duration(hops.ride_s[hop])} for {hops.distance_m[hop] / 1000:.1f} km, "
            f"{_between(feed, hop)}",
            expected="a ride that is faster than walking and shorter than a day",
            mend="Correct the times; hours past midnight are written 24, 25, ...",
        ),
    )


def check_dwells(feed: CheckedFeed) -> Finding | None:
    """Find calls at which the vehicle stays for over two hours."""
    calls = feed.calls
    dwell_s = calls.departure_s - calls.arrival_s
    found = np.flatnonzero(dwell_s > LONG_DWELL_S)
    found = found[np.argsort(-dwell_s[found], kind="stable")]
    trips, stops = feed.tables.trips["trip_id"], feed.tables.stops["stop_id"]
    return _call_finding(
        feed,
        _DWELL,
        found,
        calls.stop[found],
        lambda call: Words(
            found=f"{_duration(dwell_s[call])} at stop {stops.iloc[calls.stop[call]]!r} of trip "
            f"{trips.iloc[calls.trip[call]]!r}",
            expected="a departure within two hours of the arrival",
            mend="Correct the times, or make two trips of it.",
        ),
    )


def check_order(feed: CheckedFeed) -> Finding | None:
    """Find trips whose times go back, on whatever date they run."""
    calls, hops = feed.calls, feed.hops
    leaves_early = (calls.departure_s < calls.arrival_s) & (calls.departure_s >= 0)
    bad = np.union1d(hops.after[hops.ride_s < 0], np.flatnonzero(leaves_early))
    _, first = np.unique(calls.trip[bad], return_index=True)
    found = bad[first].astype(np.int64)
    trips = feed.tables.trips["trip_id"]
    return _call_finding(
        feed,
        _BACK,
        found,
        np.arange(len(found)),
        lambda call: Words(
            found=f"trip {trips.iloc[calls.trip[call]]!r} goes back in time here, to "
            f"{format_clock(calls.arrival_s[call], with_seconds=True)}",
            expected="times that never decrease",
            mend="Correct the times; hours past midnight are written 24, 25, ...",
        ),
    )


def _top_speed_mps(feed: CheckedFeed) -> NDArray[np.float64]:
    """Return the top speed of each trip, by row of trips, metres a second."""
    highest = max(TOP_SPEED_KMH)
    by_type = np.full(highest + 2, UNKNOWN_TYPE_KMH / 3.6)
    for kind, speed_kmh in TOP_SPEED_KMH.items():
        by_type[kind] = speed_kmh / 3.6
    kinds = feed.trip_type
    known = (kinds >= 0) & (kinds <= highest)
    result: NDArray[np.float64] = by_type[np.where(known, kinds, highest + 1)]
    return result


def _hop_finding(
    feed: CheckedFeed, kind: Kind, hops: NDArray[np.integer[Any]], describe: Callable[[int], Words]
) -> Finding | None:
    """Build the finding of some hops; examples are of different pairs of stops."""
    before, after = feed.hops.before[hops], feed.hops.after[hops]
    pair = feed.calls.stop[before].astype(np.int64) * len(feed.lat) + feed.calls.stop[after]
    return _finding(feed, kind, hops, after, pair, describe)


def _call_finding(
    feed: CheckedFeed,
    kind: Kind,
    calls: NDArray[np.integer[Any]],
    group: NDArray[Any],
    describe: Callable[[int], Words],
) -> Finding | None:
    """Build the finding of some calls; examples are of different groups."""
    return _finding(feed, kind, calls, calls, group, describe)


def _finding(
    feed: CheckedFeed,
    kind: Kind,
    things: NDArray[np.integer[Any]],
    calls: NDArray[np.integer[Any]],
    group: NDArray[Any],
    describe: Callable[[int], Words],
) -> Finding | None:
    """Build the finding of hops or calls, worst first, shown where ``calls`` are made."""
    file = feed.tables.file("stop_times")
    line = feed.tables.stop_times.index.to_numpy()
    _, first = np.unique(group, return_index=True)
    shown = np.sort(first)[:MAX_EXAMPLES]
    examples = [
        problem(file, describe(int(things[i])), row=int(line[feed.calls.row[calls[i]]]) + 2)
        for i in shown
    ]
    stops = feed.calls.stop[calls]
    return build_finding(
        kind, file, examples, count=len(things), lat=feed.lat[stops], lon=feed.lon[stops]
    )


def _between(feed: CheckedFeed, hop: int) -> str:
    calls, stops = feed.calls, feed.tables.stops["stop_id"]
    before, after = feed.hops.before[hop], feed.hops.after[hop]
    trip = feed.tables.trips["trip_id"].iloc[calls.trip[before]]
    start, end = stops.iloc[calls.stop[before]], stops.iloc[calls.stop[after]]
    return f"from {start!r} to {end!r} of trip {trip!r}"


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
