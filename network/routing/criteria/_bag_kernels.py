"""Bags of labels with costs: the arrays they live in, and how a label enters one."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

TIME, NEXT, ROUND, PARENT, NODE, TRIP, PATTERN, BOARD, ALIGHT = range(9)
"""Columns of a label; one at a board node has the first four, or its access seconds in NODE."""
N_LABEL_FIELDS = 9
N_BOARD_FIELDS = 5
ROW, FROM, AT, BELOW = range(4)  # columns of a label on board
N_ON_FIELDS = 4
GONE = -2  # less its row, in place of it: no longer on board of a trip that is still listed
N_RIDDEN_FIELDS = 6  # trip, pattern, boarded, parent, pattern and trip gone on to
N_FOUND_FIELDS = 5  # arrival in steps, rides, label, egress seconds, arrival
DEAD = -9
FULL_LABELS, FULL_BOARDS, FULL_ON, FULL_RIDDEN, FULL_FOUND = -1, -2, -3, -4, -5
"""What the search returns when one of its lists is full."""


class GraphArrays(NamedTuple):
    """A network as the kernels of costs read it; nothing is modified.

    ``trip_next`` is the trip that a trip goes on as, of ``next_pattern``; -1 where none.
    ``pattern_station`` is the station of each call, aligned with ``pattern_board``.
    """

    pattern_offset: NDArray[np.int32]
    pattern_board: NDArray[np.int32]
    pattern_alight: NDArray[np.int32]
    pattern_pickup: NDArray[np.bool_]
    pattern_dropoff: NDArray[np.bool_]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    departure_s: NDArray[np.int32]
    board_pattern_offset: NDArray[np.int32]
    board_pattern: NDArray[np.int32]
    board_pattern_pos: NDArray[np.int32]
    transfer_offset: NDArray[np.int32]
    transfer_board: NDArray[np.int32]
    transfer_s: NDArray[np.int32]
    seat_offset: NDArray[np.int32]
    trip_next: NDArray[np.int32]
    next_pattern: NDArray[np.int32]
    alight_stop: NDArray[np.int32]
    board_stop: NDArray[np.int32]
    pattern_station: NDArray[np.int32]


class CostTerms(NamedTuple):
    """Two costs: what a second of each thing adds, and what riding from call to call adds.

    ``ride``, ``wait`` and ``walk`` are by second, ``change`` by boarding after the first, shape
    (2,) each, int64. ``by_trip`` and ``by_pattern`` say where cost ``c`` has ``extra`` beyond
    that: sums from the first call on, ``extra_in[c]`` on arriving and ``extra_out[c]`` on
    leaving, aligned with the times of trips or with the calls of patterns.
    """

    ride: NDArray[np.int64]
    wait: NDArray[np.int64]
    walk: NDArray[np.int64]
    change: NDArray[np.int64]
    by_trip: NDArray[np.bool_]
    by_pattern: NDArray[np.bool_]
    extra_in_0: NDArray[np.int32]
    extra_out_0: NDArray[np.int32]
    extra_in_1: NDArray[np.int32]
    extra_out_1: NDArray[np.int32]
    every_trip: bool


class CostQuery(NamedTuple):
    """One origin and one destination; not modified.

    ``egress_s`` is by alight node, negative where there is none. ``late_board`` and
    ``late_alight``, shape (rides + 1, nodes), are the latest times at a node, by rides still
    allowed, from which one can be in time. Where ``wanted`` has
    rows (arrival, rides, costs), only labels within one of them are kept. ``walk`` is the same
    row of the direct walk, or none. Arrivals are compared in steps of ``step`` seconds, costs
    in steps of ``cost_step``, both rounded up. Unless ``rides_back``, nobody rides back over a
    station that an earlier vehicle brought them to.
    """

    departure: int
    access_board: NDArray[np.int32]
    access_s: NDArray[np.int32]
    egress_s: NDArray[np.int32]
    late_board: NDArray[np.int32]
    late_alight: NDArray[np.int32]
    wanted: NDArray[np.int64]
    walk: NDArray[np.int64]
    latest_arrival: int
    step: int
    cost_step: NDArray[np.int64]
    rides_back: bool
    max_rides: int


class CostWork(NamedTuple):
    """Labels and lists, all overwritten by each run.

    ``found_c`` are the costs of ways found as they are compared, ``found_x`` as they are.
    """

    head: NDArray[np.int32]
    label: NDArray[np.int32]
    label_x: NDArray[np.int64]
    board_head: NDArray[np.int32]
    board: NDArray[np.int32]
    board_x: NDArray[np.int64]
    on: NDArray[np.int32]
    on_x: NDArray[np.int64]
    trip_head: NDArray[np.int32]
    ridden: NDArray[np.int32]
    ridden_x: NDArray[np.int64]
    found: NDArray[np.int32]
    found_c: NDArray[np.int64]
    found_x: NDArray[np.int64]
    boardable: NDArray[np.int64]
    marked: NDArray[np.int32]
    queue: NDArray[np.int32]
    first_pos: NDArray[np.int32]


@njit(cache=True, nogil=True)
def round_up(value: int, step: int) -> int:
    """Return the least multiple of a step that is no less than a value."""
    return value if step == 1 else -(-value // step) * step


@njit(cache=True, nogil=True)
def is_useless(
    query: CostQuery, work: CostWork, n_found: int, rides: int, time: int, c0: int, c1: int
) -> bool:
    """Return whether what is found is as good as this label can become, or none wants it."""
    found, found_c, wanted = work.found, work.found_c, query.wanted
    time = round_up(time, query.step)
    c0, c1 = round_up(c0, query.cost_step[0]), round_up(c1, query.cost_step[1])
    for i in range(n_found - 1, -1, -1):
        if found[i, 0] <= time and found_c[i, 0] <= c0 and found_c[i, 1] <= c1:
            return True
    for i in range(len(wanted)):
        if (
            time <= wanted[i, 0]
            and rides <= wanted[i, 1]
            and c0 <= wanted[i, 2]
            and c1 <= wanted[i, 3]
        ):
            return False
    return len(wanted) > 0


@njit(cache=True, nogil=True)
def enter(
    head: NDArray[np.int32],
    label: NDArray[np.int32],
    label_x: NDArray[np.int64],
    node: int,
    n: int,
    rides: int,
    time: int,
    x0: int,
    x1: int,
) -> bool:
    """Put label ``n`` in the bag of a node unless one there is as good; take out the worse.

    Those taken out in the round of their making are marked dead.
    """
    before = -1
    i = head[node]
    while i >= 0:
        after = label[i, NEXT]
        if label[i, TIME] <= time and label_x[i, 0] <= x0 and label_x[i, 1] <= x1:
            return False
        if time <= label[i, TIME] and x0 <= label_x[i, 0] and x1 <= label_x[i, 1]:
            if before < 0:
                head[node] = after
            else:
                label[before, NEXT] = after
            if label[i, ROUND] == rides:
                label[i, ROUND] = DEAD
        else:
            before = i
        i = after
    label[n, TIME] = time
    label[n, NEXT] = head[node]
    label[n, ROUND] = rides
    label_x[n, 0] = x0
    label_x[n, 1] = x1
    head[node] = n
    return True


@njit(cache=True, nogil=True)
def step_on(
    on: NDArray[np.int32],
    on_x: NDArray[np.int64],
    trip_head: NDArray[np.int32],
    n_on: int,
    row: int,
    parent: int,
    pos: int,
    v0: int,
    v1: int,
) -> int:
    """List a label on board of a trip unless one there is as good; return how many are listed."""
    before = -1
    i = trip_head[row]
    while i >= 0:
        after = on[i, BELOW]
        if on[i, ROW] >= 0 and on_x[i, 0] <= v0 and on_x[i, 1] <= v1:
            return n_on
        if on[i, ROW] < 0 or (v0 <= on_x[i, 0] and v1 <= on_x[i, 1]):
            on[i, ROW] = -1
            if before < 0:
                trip_head[row] = after
            else:
                on[before, BELOW] = after
        else:
            before = i
        i = after
    on[n_on, ROW] = row
    on[n_on, FROM] = parent
    on[n_on, AT] = pos
    on[n_on, BELOW] = trip_head[row]
    on_x[n_on, 0] = v0
    on_x[n_on, 1] = v1
    trip_head[row] = n_on
    return n_on + 1


@njit(cache=True, nogil=True)
def is_later_copy(
    on: NDArray[np.int32], on_x: NDArray[np.int64], n_on: int, row: int, v0: int, v1: int
) -> bool:
    """Return whether an earlier trip of the pattern is ridden at no greater costs."""
    for i in range(n_on):
        if 0 <= on[i, ROW] <= row and on_x[i, 0] <= v0 and on_x[i, 1] <= v1:
            return True
    return False
