"""Kernel that picks, for every minute somebody travels, the journeys they choose among."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

MAX_CANDIDATES = 256
MINUTE_S = 60


class JourneyList(NamedTuple):
    """Journeys of one origin, sorted by (target, rank, departure); nothing is modified.

    Within a rank later departures arrive later.
    """

    target: NDArray[np.int32]
    rank: NDArray[np.int64]
    departure_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    cost: NDArray[np.float64]
    signature: NDArray[np.int64]


class Wanted(NamedTuple):
    """Groups of one origin, sorted by target; nothing is modified."""

    target: NDArray[np.int32]
    wanted_s: NDArray[np.int32]
    flexible: NDArray[np.bool_]


class PickRules(NamedTuple):
    """How far from the minute wanted one looks, what a minute off weighs, what is kept."""

    by_departure: bool
    look_s: int
    off_weight: float
    early_s: int
    late_s: int
    early_weight: float
    late_weight: float
    trains_per_route: int
    max_routes: int
    max_flexible: int
    prune_min: float


@njit(cache=True, nogil=True)
def _first_from(times: NDArray[np.int32], first: int, last: int, at_s: int) -> int:
    """Return the first index in [first, last) whose time is at_s or later, last if none."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if times[middle] < at_s:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def pick_journeys(
    journeys: JourneyList, wanted: Wanted, rules: PickRules, other_min: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Pick the journeys of every group, cheapest first.

    Of each rank the journeys within reach of the minute wanted are gone through from the
    nearest on; one signature (same lines, same stops) counts ``trains_per_route`` times at
    most. Those who are flexible look both before and after. What costs over
    ``prune_min`` more than the best, other lines (``other_min`` by target) included, is left
    out. Ties go by the order of the list, so the result is deterministic.

    Returns
    -------
    size
        Journeys of each group, shape (n_groups,).
    picked, cost
        Index of the journey and its generalised minutes, shape (size.sum(),).
    """
    target, rank, signature = journeys.target, journeys.rank, journeys.signature
    departure_s, arrival_s, journey_cost = journeys.departure_s, journeys.arrival_s, journeys.cost
    wanted_target, wanted_s, flexible = wanted.target, wanted.wanted_s, wanted.flexible
    by_departure, look_s, off_weight = rules.by_departure, rules.look_s, rules.off_weight
    early_s, late_s = rules.early_s, rules.late_s
    early_weight, late_weight = rules.early_weight, rules.late_weight
    n_groups, n_journeys = len(wanted_target), len(target)
    size = np.zeros(n_groups, dtype=np.int32)
    picked = np.empty(1024, dtype=np.int32)
    cost = np.empty(1024)
    candidate = np.empty(MAX_CANDIDATES, dtype=np.int32)
    price = np.empty(MAX_CANDIDATES)
    n_out, start = 0, 0
    for g in range(n_groups):
        k = wanted_target[g]
        while start < n_journeys and target[start] < k:
            start += 1
        n, best = 0, other_min[k]
        most = 1_000_000 if flexible[g] else rules.trains_per_route
        first = start
        while first < n_journeys and target[first] == k:
            last = first + 1
            while last < n_journeys and target[last] == k and rank[last] == rank[first]:
                last += 1
            if flexible[g]:
                at = _first_from(arrival_s, first, last, wanted_s[g] - early_s)
                stop = _first_from(arrival_s, first, last, wanted_s[g] + late_s + 1)
                step = 1
            elif by_departure:
                at = _first_from(departure_s, first, last, wanted_s[g])
                stop = _first_from(departure_s, first, last, wanted_s[g] + look_s + 1)
                step = 1
            else:
                at = _first_from(arrival_s, first, last, wanted_s[g] + 1) - 1
                stop = _first_from(arrival_s, first, last, wanted_s[g] - look_s) - 1
                step = -1
            while at != stop and n < MAX_CANDIDATES:
                if flexible[g]:
                    off_s = wanted_s[g] - arrival_s[at]
                    off_min = early_weight * off_s if off_s >= 0 else -late_weight * off_s
                elif by_departure:
                    off_min = off_weight * (departure_s[at] - wanted_s[g])
                else:
                    off_min = off_weight * (wanted_s[g] - arrival_s[at])
                seen = 0
                for other in range(n):
                    if signature[candidate[other]] == signature[at]:
                        seen += 1
                if seen < most:
                    candidate[n] = at
                    price[n] = journey_cost[at] + off_min / MINUTE_S
                    best = min(best, price[n])
                    n += 1
                at += step
            first = last
        kept = rules.max_flexible if flexible[g] else rules.max_routes
        if n_out + kept > len(picked):
            more_picked = np.empty(2 * len(picked) + kept, dtype=np.int32)
            more_picked[:n_out] = picked[:n_out]
            more_cost = np.empty(len(more_picked))
            more_cost[:n_out] = cost[:n_out]
            picked, cost = more_picked, more_cost
        order = np.argsort(price[:n], kind="mergesort")
        for at in order[:kept]:
            if price[at] <= best + rules.prune_min:
                picked[n_out] = candidate[at]
                cost[n_out] = price[at]
                n_out += 1
                size[g] += 1
    return size, picked[:n_out].copy(), cost[:n_out].copy()


@njit(cache=True, nogil=True)
def path_sizes(
    offset: NDArray[np.int64],
    journey: NDArray[np.int32],
    leg_offset: NDArray[np.int64],
    leg_board: NDArray[np.int32],
    leg_alight: NDArray[np.int32],
    stretch: NDArray[np.int32],
    ride_s: NDArray[np.int32],
    n_stretches: int,
) -> NDArray[np.float64]:
    """Compute each entry's path size: 1 if it shares no stretch, 1/n if n are the same.

    ``stretch`` and ``ride_s`` are by call. An entry without a journey (other lines) has 1.
    """
    size = np.ones(len(journey))
    users = np.zeros(n_stretches)
    for g in range(len(offset) - 1):
        for change in (1.0, 0.0):
            for e in range(offset[g], offset[g + 1]):
                j = journey[e]
                if j < 0:
                    continue
                own, total = 0.0, 0.0
                for leg in range(leg_offset[j], leg_offset[j + 1]):
                    for call in range(leg_board[leg], leg_alight[leg]):
                        if change > 0.0:
                            users[stretch[call]] += 1.0
                        else:
                            total += ride_s[call]
                            own += ride_s[call] / users[stretch[call]]
                if change == 0.0 and total > 0.0:
                    size[e] = own / total
        for e in range(offset[g], offset[g + 1]):
            j = journey[e]
            if j < 0:
                continue
            for leg in range(leg_offset[j], leg_offset[j + 1]):
                for call in range(leg_board[leg], leg_alight[leg]):
                    users[stretch[call]] = 0.0
    return size


@njit(cache=True, nogil=True)
def transfer_walks(
    offset: NDArray[np.int32],
    stop: NDArray[np.int32],
    duration_s: NDArray[np.int32],
    from_stop: NDArray[np.int32],
    to_stop: NDArray[np.int32],
    change_s: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Look up the walk from stop to stop, seconds, never longer than the change itself."""
    walk_s = np.zeros(len(from_stop), dtype=np.int32)
    for i in range(len(from_stop)):
        if from_stop[i] == to_stop[i] or change_s[i] <= 0:
            continue
        walk_s[i] = change_s[i]
        for at in range(offset[from_stop[i]], offset[from_stop[i] + 1]):
            if stop[at] == to_stop[i]:
                walk_s[i] = min(duration_s[at], change_s[i])
                break
    return walk_s
