"""Runs to patterns: same stops and rules, in lanes where no run overtakes another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.calls import TripCalls
    from network.building.runs import TripRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One lane: its runs (``trips``, rows of the trip runs) in order, and what they share."""

    route: int
    direction: int
    headsign: str
    stop: NDArray[np.int32]
    pickup: NDArray[np.bool_]
    dropoff: NDArray[np.bool_]
    trips: NDArray[np.int64]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]


_Key = tuple[int, int, tuple[int, ...], bytes, bytes]


def group_patterns(
    calls: TripCalls,
    runs: TripRuns,
    names: NDArray[np.object_],
    stop_names: NDArray[np.object_],
) -> list[Pattern]:
    """Group runs into patterns, ordered by route, direction, stops and lane.

    The result depends on the runs alone, not on their order; ``names`` are their trip_ids.
    """
    groups: dict[_Key, list[int]] = {}
    for t in np.unique(runs.trip).tolist():
        span = slice(int(calls.offset[t]), int(calls.offset[t + 1]))
        key = (
            int(calls.route[t]),
            int(calls.direction[t]),
            tuple(calls.stop[span].tolist()),
            calls.pickup[span].tobytes(),
            calls.dropoff[span].tobytes(),
        )
        groups.setdefault(key, []).append(t)
    group_of = np.full(len(calls), -1, dtype=np.int64)
    ordered = sorted(groups)
    for number, key in enumerate(ordered):
        group_of[groups[key]] = number
    by_group = np.argsort(group_of[runs.trip], kind="stable")
    ends = np.cumsum(np.bincount(group_of[runs.trip], minlength=len(ordered)))
    patterns: list[Pattern] = []
    for key, members in zip(ordered, np.split(by_group, ends[:-1]), strict=True):
        patterns.extend(_lanes(key, members, calls, runs, names, stop_names))
    return patterns


def _lanes(
    key: _Key,
    members: NDArray[np.int64],
    calls: TripCalls,
    runs: TripRuns,
    names: NDArray[np.object_],
    stop_names: NDArray[np.object_],
) -> list[Pattern]:
    """Split runs of one key into lanes: each run joins the first lane it does not overtake."""
    members = members[np.argsort(names[members].astype(str), kind="stable")]
    trips, shift_s = runs.trip[members], runs.shift_s[members].astype(np.int32)[:, None]
    place = calls.offset[trips][:, None] + np.arange(len(key[2]))[None, :]
    arrival, departure = calls.arrival_s[place] + shift_s, calls.departure_s[place] + shift_s
    # A vehicle that stands at a stop over midnight is there from 0:00 of the service date.
    np.maximum(arrival, 0, out=arrival, where=departure >= 0)
    order = _order(arrival, departure)
    both = np.concatenate((arrival, departure), axis=1)[order]
    if bool(np.all(both[1:] >= both[:-1])):
        lanes = [order]
    else:
        lanes = [order[lane] for lane in _split_lanes(both)]
    stop = np.array(key[2], dtype=np.int32)
    return [
        Pattern(
            route=key[0],
            direction=key[1],
            headsign=_headsign(calls.headsigns[trips[lane]], str(stop_names[stop[-1]])),
            stop=stop,
            pickup=np.frombuffer(key[3], dtype=np.bool_),
            dropoff=np.frombuffer(key[4], dtype=np.bool_),
            trips=members[lane],
            arrival_s=arrival[lane],
            departure_s=departure[lane],
        )
        for lane in lanes
    ]


def _order(arrival: NDArray[np.int32], departure: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return rows by departures, then by arrivals; equal rows stay in their order."""
    order = np.argsort(departure[:, 0], kind="stable")
    if bool((np.diff(departure[order, 0]) > 0).all()):
        return order
    return np.lexsort((*arrival.T[::-1], *departure.T[::-1]))


def _split_lanes(times: NDArray[np.int32]) -> list[list[int]]:
    """Return rows by lane; a row joins the first lane whose last row it nowhere precedes."""
    lanes: list[list[int]] = []
    for row in range(len(times)):
        for lane in lanes:
            if bool(np.all(times[row] >= times[lane[-1]])):
                lane.append(row)
                break
        else:
            lanes.append([row])
    return lanes


def _headsign(headsigns: NDArray[np.object_], last_stop: str) -> str:
    """Return the commonest headsign in words; the last stop where feeds give none or numbers."""
    counts = Counter(str(text) for text in headsigns if text and not str(text).isdigit())
    return min(counts, key=lambda text: (-counts[text], text)) if counts else last_stop
