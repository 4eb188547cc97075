"""Trips that go on as another trip, passengers staying on board, grouped for search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatGroups:
    """Vehicles that change from trips of one pattern to trips of another, in order.

    Groups of pattern ``p`` are ``offset[p]`` to ``offset[p + 1]``; group ``g`` leads to
    ``next_pattern[g]``, its pairs ``pair_offset[g]`` to ``pair_offset[g + 1]`` of ``trip`` and
    ``next_trip``, both strictly increasing in a group: who catches an earlier trip of it
    arrives by an earlier trip of the next pattern, so only the first that can be caught counts.
    """

    offset: NDArray[np.int32]
    next_pattern: NDArray[np.int32]
    pair_offset: NDArray[np.int32]
    trip: NDArray[np.int32]
    next_trip: NDArray[np.int32]

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.next_pattern)


def group_seats(
    trip: NDArray[np.int64],
    next_trip: NDArray[np.int64],
    pattern_trip_offset: NDArray[np.int32],
) -> SeatGroups:
    """Group pairs of (trip, trip that the vehicle goes on as), trips numbered by pattern."""
    n_patterns = len(pattern_trip_offset) - 1
    pattern = np.searchsorted(pattern_trip_offset, trip, side="right") - 1
    following = np.searchsorted(pattern_trip_offset, next_trip, side="right") - 1
    order = np.lexsort((next_trip, trip, following, pattern))
    groups: list[tuple[int, int, list[tuple[int, int]]]] = []
    opened: list[tuple[int, int, list[tuple[int, int]]]] = []
    for i in order.tolist():
        here, there = int(pattern[i]), int(following[i])
        if opened and opened[0][:2] != (here, there):
            groups += opened
            opened = []
        pair = (int(trip[i]), int(next_trip[i]))
        # Vehicles that overtake each other while waiting between two trips need lanes too.
        lane = next((g for g in opened if g[2][-1][0] < pair[0] and g[2][-1][1] < pair[1]), None)
        if lane is None:
            opened.append((here, there, [pair]))
        else:
            lane[2].append(pair)
    groups += opened
    of_pattern = np.asarray([g[0] for g in groups], dtype=np.int64)
    counts = np.bincount(of_pattern, minlength=n_patterns)
    sizes = [len(g[2]) for g in groups]
    pairs = np.asarray([pair for g in groups for pair in g[2]], dtype=np.int32).reshape(-1, 2)
    return SeatGroups(
        offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        next_pattern=np.asarray([g[1] for g in groups], dtype=np.int32),
        pair_offset=np.concatenate(([0], np.cumsum(sizes))).astype(np.int32),
        trip=np.ascontiguousarray(pairs[:, 0]),
        next_trip=np.ascontiguousarray(pairs[:, 1]),
    )
