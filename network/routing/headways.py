"""Runs that go by headway: how far apart they are, and graphs that reckon the wait for them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from network.routing.options import HeadwayWait

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.routing.engines.compiled import RoutingGraph
    from network.timetable import Timetable

_DEPARTURE = re.compile(r"@\d+:\d\d:\d\d")
_COPY = re.compile(r"\+\d+$")
_NONE = np.iinfo(np.int64).max
_DAY_S = 86_400


def compute_headways(timetable: Timetable) -> NDArray[np.int32]:
    """Compute the headway of every run of a frequency, seconds, from the runs beside it.

    Runs of one trip of the feed are taken in order. A run's headway is the time to the next, or
    that since the last where its row of frequencies.txt ends there: of the two, the first that
    one more run keeps, else the shorter.

    Returns
    -------
    headway_s
        int32, shape (n_trips,): 0 where a trip keeps to the clock or runs alone.
    """
    headway_s = np.zeros(timetable.n_trips, dtype=np.int32)
    runs, gap_s = _gaps(timetable)
    gaps = np.concatenate(([_NONE], gap_s, [_NONE]))
    before, after = gaps[1:-2], gaps[2:-1]
    keeps_on = (after < _NONE) & ((after == gaps[3:]) | (after == before))
    came_so = (before < _NONE) & (before == gaps[:-3])
    found = np.where(keeps_on, after, np.where(came_so, before, np.minimum(before, after)))
    headway_s[runs] = np.where(found == _NONE, 0, found)
    return headway_s


def reckon_waits(timetable: Timetable, wait: HeadwayWait) -> NDArray[np.int32] | None:
    """Compute the wait reckoned for each run of a frequency; None where none is.

    Returns
    -------
    wait_s
        int32, shape (n_trips,): how long before a run is listed one is at the stop; 0 where a
        trip keeps to the clock.
    """
    if wait is HeadwayWait.TIMETABLE or not timetable.trip_is_headway.any():
        return None
    if wait is HeadwayWait.EXPECTED:
        # Half of an odd headway is rounded up: never promised earlier than it is.
        return -(-compute_headways(timetable) // 2)
    wait_s = np.zeros(timetable.n_trips, dtype=np.int32)
    runs, gap_s = _gaps(timetable)
    # The first is certain for nobody; from a day before the timetable begins nobody asks.
    leaves_s = _first_departures(timetable)[runs]
    never_s = leaves_s - int(timetable.departure_s.min()) + _DAY_S
    wait_s[runs] = np.where(gap_s[:-1] == _NONE, never_s, gap_s[:-1])
    return wait_s


def _gaps(timetable: Timetable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the runs of frequencies by trip of the feed and time, and the gaps between them.

    Gaps are seconds, shape (n_runs + 1,): before each run and after the last; ``_NONE`` at the
    first and the last of a trip.
    """
    runs = np.flatnonzero(timetable.trip_is_headway)
    names: dict[str, int] = {}
    ids = (_COPY.sub("", _DEPARTURE.sub("", timetable.trip_ids[run])) for run in runs.tolist())
    base = np.array([names.setdefault(i, len(names)) for i in ids], dtype=np.int64)
    leaves_s = _first_departures(timetable)[runs].astype(np.int64)
    order = np.lexsort((leaves_s, base))
    gap_s = np.where(np.diff(base[order]) == 0, np.diff(leaves_s[order]), _NONE)
    gap_s[gap_s == 0] = _NONE  # one departure twice is no frequency
    ends = np.array([_NONE])
    return runs[order], np.concatenate((ends, gap_s, ends))


def wait_for_runs(graph: RoutingGraph, wait_s: NDArray[np.int32]) -> RoutingGraph:
    """Return the graph with every departure earlier by its run's wait, seconds by trip_idx.

    A search compares departures with when one is at the stop and with nothing else, so it then
    boards those who have waited that long, and they arrive when the run is listed. Where runs
    become less frequent, one may have to be there earlier for a run than for the run before:
    whoever can catch the one before is let board both, which makes nobody arrive earlier and
    keeps departures in order.
    """
    departure_s = graph.departure_s.copy()
    n_calls = np.diff(graph.pattern_offset)
    n_trips = np.diff(graph.pattern_trip_offset)
    waits = wait_s[graph.trip_of]
    for pattern in range(graph.n_patterns):
        first, last = graph.pattern_trip_offset[pattern : pattern + 2]
        own = waits[first:last]
        if not own.any():
            continue
        start = int(graph.pattern_time_offset[pattern])
        shape = (int(n_trips[pattern]), int(n_calls[pattern]))
        block = departure_s[start : start + shape[0] * shape[1]].reshape(shape)
        block -= own[:, None]
        np.maximum.accumulate(block, axis=0, out=block)
    return replace(graph, departure_s=departure_s)


def _first_departures(timetable: Timetable) -> NDArray[np.int32]:
    """Return when each trip leaves its first stop, shape (n_trips,)."""
    n_trips = np.diff(timetable.pattern_trip_offset).astype(np.int64)
    n_calls = np.diff(timetable.pattern_offset).astype(np.int64)
    pattern = np.repeat(np.arange(timetable.n_patterns), n_trips)
    place = np.arange(timetable.n_trips) - timetable.pattern_trip_offset[pattern]
    first: NDArray[np.int32] = timetable.departure_s[
        timetable.pattern_time_offset[pattern] + place * n_calls[pattern]
    ]
    return first
