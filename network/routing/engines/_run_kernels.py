"""Trips as a start and a run: the few running times that the trips of a pattern repeat.

A trip is when it starts, and which run it makes: seconds from the start to each call. A day
of trips then takes little more memory than the patterns, and a search reads near memory where
rows of times lie far apart.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

_FACTOR, _BITS = 1_000_003, 2**40 - 1

START_BITS = 10
"""Of the index of starts: so few trips of a pattern start in 1,024 s that the right one is near."""
# Of a row of ``RunArrays.rows``.
CALL, PATTERN, POS, FIRST_TRIP = 0, 1, 2, 3


class RunArrays(NamedTuple):
    """Trips as starts and runs; nothing is modified. Indices are unsigned, for speed.

    By trip: when it starts, ``start_s``, and where in ``run_arrival_s`` and ``run_departure_s``
    its ``run`` begins: seconds after the start, call by call. ``rows`` are where one boards, as
    the calls of :class:`network.routing.engines.boardings.Boardings`: the call, its pattern, its
    position and the pattern's first trip; ``row_wait_s`` the least and the most seconds after its
    start that any trip leaves there. ``past_trip`` is, by call, the trip
    past the last of its pattern. ``slot_trip``, shape (n_slots + 1, n_patterns), is the first trip
    that starts in a slot of 1,024 s, counted from ``first_start_s``, or later.
    """

    rows: NDArray[np.uint32]
    row_wait_s: NDArray[np.int32]
    start_s: NDArray[np.int32]
    run: NDArray[np.uint32]
    run_arrival_s: NDArray[np.int32]
    run_departure_s: NDArray[np.int32]
    past_trip: NDArray[np.int32]
    slot_trip: NDArray[np.uint32]
    first_start_s: int


@njit(cache=True, nogil=True)
def _digest(
    arrival_s: NDArray[np.int32], departure_s: NDArray[np.int32], at: int, n_pos: int
) -> int:
    """Return a number that trips of one run share."""
    mixed, start = 0, departure_s[at]
    for place in range(at, at + n_pos):
        mixed = (mixed * _FACTOR + int(arrival_s[place] - start)) & _BITS
        mixed = (mixed * _FACTOR + int(departure_s[place] - start)) & _BITS
    return mixed


@njit(cache=True, nogil=True)
def _is_same_run(
    arrival_s: NDArray[np.int32], departure_s: NDArray[np.int32], at: int, other: int, n_pos: int
) -> bool:
    """Tell whether two trips take the same seconds from their start to every call."""
    later = departure_s[at] - departure_s[other]
    for pos in range(n_pos):
        if (
            arrival_s[at + pos] - arrival_s[other + pos] != later
            or departure_s[at + pos] - departure_s[other + pos] != later
        ):
            return False
    return True


@njit(cache=True, nogil=True)
def number_runs(
    pattern_offset: NDArray[np.int32],
    pattern_trip_offset: NDArray[np.int32],
    pattern_time_offset: NDArray[np.int32],
    arrival_s: NDArray[np.int32],
    departure_s: NDArray[np.int32],
    run: NDArray[np.int32],
    first_trip: NDArray[np.int32],
) -> int:
    """Write the run of each trip and the first trip of each run; return how many runs there are.

    Runs of a pattern are numbered after those of the pattern before. ``first_trip`` has room for
    a run a trip.
    """
    n_runs = 0
    digests = np.empty(len(run), dtype=np.int64)
    for pattern in range(len(pattern_offset) - 1):
        n_pos = pattern_offset[pattern + 1] - pattern_offset[pattern]
        first, start = pattern_trip_offset[pattern], pattern_time_offset[pattern]
        before = n_runs
        for trip in range(first, pattern_trip_offset[pattern + 1]):
            at = start + (trip - first) * n_pos
            digest = _digest(arrival_s, departure_s, at, n_pos)
            found = n_runs
            for known in range(before, n_runs):
                other = start + (first_trip[known] - first) * n_pos
                if digests[known] == digest and _is_same_run(
                    arrival_s, departure_s, at, other, n_pos
                ):
                    found = known
                    break
            if found == n_runs:
                digests[found] = digest
                first_trip[found] = trip
                n_runs += 1
            run[trip] = found
    return n_runs
