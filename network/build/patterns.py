"""Trips to patterns: same stops and rules, in lanes where no trip overtakes another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.build.calls import TripCalls


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One lane: its trips (rows of the trip calls) in order, and what they share."""

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


def group_patterns(trips: TripCalls, stop_names: NDArray[np.object_]) -> list[Pattern]:
    """Group trips into patterns, ordered by route, direction, stops and lane.

    The result depends on the trips alone, not on their order in the feed.
    """
    groups: dict[_Key, list[int]] = {}
    for t in range(len(trips)):
        calls = slice(int(trips.offset[t]), int(trips.offset[t + 1]))
        key = (
            int(trips.route[t]),
            int(trips.direction[t]),
            tuple(trips.stop[calls].tolist()),
            trips.pickup[calls].tobytes(),
            trips.dropoff[calls].tobytes(),
        )
        groups.setdefault(key, []).append(t)
    patterns: list[Pattern] = []
    for key in sorted(groups):
        patterns.extend(_lanes(key, np.array(groups[key]), trips, stop_names))
    return patterns


def _lanes(
    key: _Key, members: NDArray[np.int64], trips: TripCalls, stop_names: NDArray[np.object_]
) -> list[Pattern]:
    """Split trips of one key into lanes: each trip joins the first lane it does not overtake."""
    members = members[np.argsort(trips.trip_ids[members].astype(str), kind="stable")]
    calls = trips.offset[members][:, None] + np.arange(len(key[2]))[None, :]
    arrival, departure = trips.arrival_s[calls], trips.departure_s[calls]
    order = np.lexsort((*arrival.T[::-1], *departure.T[::-1]))
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
            headsign=_headsign(trips.headsigns[members[lane]], str(stop_names[stop[-1]])),
            stop=stop,
            pickup=np.frombuffer(key[3], dtype=np.bool_),
            dropoff=np.frombuffer(key[4], dtype=np.bool_),
            trips=members[lane],
            arrival_s=arrival[lane],
            departure_s=departure[lane],
        )
        for lane in lanes
    ]


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
