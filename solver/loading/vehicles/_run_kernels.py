"""Kernels that price journeys and load vehicle runs, in time proportional to the legs."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def sum_along(extra_min: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum by stop time: what is ridden from call i to call j of a trip is ``s[j] - s[i]``."""
    total = np.zeros(len(extra_min) + 1)
    for call in range(len(extra_min)):
        total[call + 1] = total[call] + extra_min[call]
    return total


@njit(cache=True, nogil=True)
def price_entries(
    free_min: NDArray[np.float64],
    journey: NDArray[np.int32],
    leg_offset: NDArray[np.int64],
    leg_board: NDArray[np.int32],
    leg_alight: NDArray[np.int32],
    summed_min: NDArray[np.float64],
    late_min: NDArray[np.float64],
    wait: float,
) -> NDArray[np.float64]:
    """Compute each entry's minutes: free, crowded, and those that late vehicles add.

    ``late_min`` is by how much each call leaves late; the next is reached as late. Riders bear
    how much more late they get, at 1 a minute, those who wait how late the vehicle comes, at
    ``wait``; a change takes up what the vehicle before was late (connections are held).
    """
    n_journeys = len(leg_offset) - 1
    extra = np.zeros(n_journeys)
    for j in range(n_journeys):
        before = 0.0
        for leg in range(leg_offset[j], leg_offset[j + 1]):
            board, alight = leg_board[leg], leg_alight[leg]
            extra[j] += summed_min[alight] - summed_min[board]
            extra[j] += late_min[alight - 1] - late_min[board]
            extra[j] += wait * max(0.0, late_min[board] - before)
            before = late_min[alight - 1]
    cost = np.empty(len(journey))
    for e in range(len(journey)):
        cost[e] = free_min[e]
        if journey[e] >= 0:
            cost[e] += extra[journey[e]]
    return cost


@njit(cache=True, nogil=True)
def sum_journeys(
    flow: NDArray[np.float64], journey: NDArray[np.int32], n_journeys: int
) -> NDArray[np.float64]:
    """Sum the flows of entries by journey; those without a journey load nothing."""
    pax = np.zeros(n_journeys)
    for e in range(len(journey)):
        if journey[e] >= 0:
            pax[journey[e]] += flow[e]
    return pax


@njit(cache=True, nogil=True)
def count_calls(
    pax: NDArray[np.float64],
    leg_offset: NDArray[np.int64],
    leg_board: NDArray[np.int32],
    leg_alight: NDArray[np.int32],
    n_calls: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count who gets on and off at every call, by journeys; returns both."""
    boarding, alighting = np.zeros(n_calls), np.zeros(n_calls)
    for j in range(len(pax)):
        if pax[j] == 0.0:
            continue
        for leg in range(leg_offset[j], leg_offset[j + 1]):
            boarding[leg_board[leg]] += pax[j]
            alighting[leg_alight[leg]] += pax[j]
    return boarding, alighting


@njit(cache=True, nogil=True)
def load_calls(
    boarding: NDArray[np.float64],
    alighting: NDArray[np.float64],
    first: NDArray[np.int64],
    n_calls_of: NDArray[np.int64],
    n_calls: int,
) -> NDArray[np.float64]:
    """Compute who is on board on leaving every call; nobody at a trip's last call."""
    load = np.zeros(n_calls)
    for trip in range(len(first)):
        aboard = 0.0
        for call in range(first[trip], first[trip] + n_calls_of[trip] - 1):
            aboard = max(0.0, aboard + boarding[call] - alighting[call])
            load[call] = aboard
    return load


@njit(cache=True, nogil=True)
def delay_calls(
    boarding: NDArray[np.float64],
    alighting: NDArray[np.float64],
    dwell_s: NDArray[np.float64],
    first: NDArray[np.int64],
    n_calls_of: NDArray[np.int64],
    fixed_s: float,
    per_pax_s: float,
    n_calls: int,
) -> NDArray[np.float64]:
    """Compute by how much every call leaves late, minutes, when exchange takes its time.

    A stop needs ``fixed_s`` and ``per_pax_s`` for each who gets on or off; what the timetable
    gives less than that is late, and so is every call after it. No trip makes up time, except
    by standing longer than it needs.
    """
    late_min = np.zeros(n_calls)
    for trip in range(len(first)):
        late_s = 0.0
        for at in range(n_calls_of[trip]):
            call = first[trip] + at
            if 0 < at < n_calls_of[trip] - 1:
                needed = fixed_s + per_pax_s * (boarding[call] + alighting[call])
                late_s = max(0.0, late_s + needed - max(dwell_s[call], fixed_s))
            late_min[call] = late_s / 60.0
    return late_min


@njit(cache=True, nogil=True)
def choose_least(
    offset: NDArray[np.int64],
    cost: NDArray[np.float64],
    demand: NDArray[np.float64],
    flow: NDArray[np.float64],
    least_min: NDArray[np.float64],
) -> None:
    """Send everybody by the cheapest entry, the first of equals; both results in place."""
    for g in range(len(demand)):
        best = offset[g]
        for e in range(offset[g], offset[g + 1]):
            flow[e] = 0.0
            if cost[e] < cost[best]:
                best = e
        flow[best] = demand[g]
        least_min[g] = cost[best]


@njit(cache=True, nogil=True)
def move_towards(flow: NDArray[np.float64], target: NDArray[np.float64], share: float) -> float:
    """Move flows by a share of the way to the target, in place; return how far off they were."""
    squares = 0.0
    for e in range(len(flow)):
        step = target[e] - flow[e]
        squares += step * step
        flow[e] += share * step
    return float(np.sqrt(squares))
