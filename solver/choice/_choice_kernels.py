"""Kernel that turns one origin's journeys into the choice sets of its groups."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

MAX_SIGNATURES = 24
RANKS_PER_SEARCH = 16
MINUTE_S = 60

# The steps of a window are inlined: called for every target and window, they would take a
# quarter longer if each call had to pass all the arrays.


class JourneyArrays(NamedTuple):
    """Journeys of one origin, sorted by (target, rank, departure); nothing is modified.

    A rank is the number of a search x ``RANKS_PER_SEARCH`` and the journey's rides; within it
    later departures arrive later. Rides of journey ``j`` are
    ``leg_offset[j]`` to ``leg_offset[j + 1]``.
    """

    target: NDArray[np.int32]
    rank: NDArray[np.int64]
    departure_s: NDArray[np.int32]
    arrival_s: NDArray[np.int32]
    cost: NDArray[np.float64]
    signature: NDArray[np.int64]
    leg_offset: NDArray[np.int64]
    leg_trip: NDArray[np.int32]
    leg_pattern: NDArray[np.int32]
    leg_board_pos: NDArray[np.int32]
    leg_alight_pos: NDArray[np.int32]


class TripArrays(NamedTuple):
    """Departures of the timetable; nothing is modified."""

    pattern_offset: NDArray[np.int32]
    pattern_trip_offset: NDArray[np.int32]
    pattern_time_offset: NDArray[np.int32]
    departure_s: NDArray[np.int32]


class CellGrid(NamedTuple):
    """Windows of the cells, and one float by cell, zero before and after each use."""

    start_s: int
    window_s: int
    n_windows: int
    scratch: NDArray[np.float64]


class ChoiceRules(NamedTuple):
    """What a minute of slack weighs, how much there may be, and what is kept."""

    slack_weight: float
    max_slack_s: int
    prune_min: float
    max_routes: int


class Found(NamedTuple):
    """Signatures of one window: rides, mean cost and minutes, journeys picked.

    All overwritten; ``picked[s, :n[s]]`` are the journeys of signature ``s``, one a minute.
    """

    signature: NDArray[np.int64]
    rides: NDArray[np.int64]
    cost: NDArray[np.float64]
    time: NDArray[np.float64]
    n: NDArray[np.int64]
    picked: NDArray[np.int64]


@njit(cache=True, nogil=True)
def journey_costs(
    departure_s,
    arrival_s,
    access_s,
    egress_s,
    access_min,
    egress_min,
    leg_offset,
    leg_trip,
    leg_pattern,
    leg_board_pos,
    leg_alight_pos,
    pattern_offset,
    pattern_trip_offset,
    pattern_time_offset,
    stop_departure_s,
    stop_arrival_s,
    wait_weight,
    change_min,
):
    """Compute each journey's generalised minutes, the slack at the destination left out.

    ``access_min`` and ``egress_min`` are the weighted minutes of both ends.
    """
    n = len(departure_s)
    cost = np.empty(n)
    for j in range(n):
        ride_s = 0
        for leg in range(leg_offset[j], leg_offset[j + 1]):
            p = leg_pattern[leg]
            n_stops = pattern_offset[p + 1] - pattern_offset[p]
            base = pattern_time_offset[p] + (leg_trip[leg] - pattern_trip_offset[p]) * n_stops
            ride_s += (
                stop_arrival_s[base + leg_alight_pos[leg]]
                - stop_departure_s[base + leg_board_pos[leg]]
            )
        rides = leg_offset[j + 1] - leg_offset[j]
        rest_s = arrival_s[j] - departure_s[j] - access_s[j] - egress_s[j] - ride_s
        cost[j] = (
            access_min[j]
            + egress_min[j]
            + ride_s / 60.0
            + wait_weight * rest_s / 60.0
            + change_min * (rides - 1)
        )
    return cost


@njit(cache=True, nogil=True)
def journey_signatures(
    leg_offset,
    leg_pattern,
    leg_board_pos,
    leg_alight_pos,
    pattern_offset,
    pattern_stop,
    pattern_line,
):
    """Compute a number by journey that is the same for the same lines and the same stops."""
    n = len(leg_offset) - 1
    signature = np.empty(n, dtype=np.int64)
    for j in range(n):
        h = np.int64(1469598103934665603)
        for leg in range(leg_offset[j], leg_offset[j + 1]):
            p = leg_pattern[leg]
            first = pattern_offset[p]
            for part in (
                np.int64(pattern_line[p]),
                np.int64(pattern_stop[first + leg_board_pos[leg]]),
                np.int64(pattern_stop[first + leg_alight_pos[leg]]),
            ):
                h = (h ^ part) * np.int64(1099511628211)
                h ^= h >> np.int64(29)
        signature[j] = h
    return signature


@njit(cache=True, nogil=True)
def _grow(array, needed):
    """Return the array itself, or a copy of at least twice the length."""
    if needed <= len(array):
        return array
    larger = np.empty(max(needed, 2 * len(array)), dtype=array.dtype)
    larger[: len(array)] = array
    return larger


@njit(cache=True, nogil=True)
def _latest(arrival_s, first, last, by_s):
    """Return the last index in [first, last) that arrives by ``by_s``, first - 1 if none."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if arrival_s[middle] <= by_s:
            low = middle + 1
        else:
            high = middle
    return low - 1


@njit(cache=True, nogil=True)
def _split_ranks(journeys, start, k, rank_first, rank_last):
    """Write where the ranks of target ``k`` begin and end; return the target's end and how many."""
    end, n_ranks = start, 0
    while end < len(journeys.target) and journeys.target[end] == k:
        if end == start or journeys.rank[end] != journeys.rank[end - 1]:
            rank_first[n_ranks] = end
            n_ranks += 1
        end += 1
        rank_last[n_ranks - 1] = end
    return end, n_ranks


@njit(cache=True, nogil=True, inline="always")
def _find_signatures(journeys, rules, start_s, rank_first, rank_last, found):
    """List the signatures of the latest journeys in time, by rank and minute; return how many.

    The first ``MAX_SIGNATURES`` are kept; ranks come with the fewest rides first.
    """
    arrival_s, signature, known = journeys.arrival_s, journeys.signature, found.signature
    n_found = 0
    for r in range(len(rank_first)):
        for m in range(found.picked.shape[1]):
            by_s = start_s + (m + 1) * MINUTE_S
            j = _latest(arrival_s, rank_first[r], rank_last[r], by_s)
            if j < rank_first[r] or arrival_s[j] < by_s - rules.max_slack_s:
                continue
            s = 0
            while s < n_found and known[s] != signature[j]:
                s += 1
            if s == n_found and n_found < MAX_SIGNATURES:
                known[s] = signature[j]
                found.rides[s] = journeys.rank[j] % RANKS_PER_SEARCH
                n_found += 1
    return n_found


@njit(cache=True, nogil=True, inline="always")
def _price_signatures(journeys, rules, start_s, rank_first, rank_last, found, n_found):
    """Pick each signature's journey for each minute; average cost and time over the minutes.

    A signature may turn up in several searches, in the rank of its rides of each: the latest
    journey in time counts, the first search's of equals.
    """
    arrival_s, signature, journey_cost = journeys.arrival_s, journeys.signature, journeys.cost
    departure_s, rank, picked = journeys.departure_s, journeys.rank, found.picked
    for s in range(n_found):
        rides, wanted = found.rides[s], found.signature[s]
        cost, time, n = 0.0, 0.0, 0
        for m in range(picked.shape[1]):
            by_s = start_s + (m + 1) * MINUTE_S
            latest, latest_s = -1, by_s - rules.max_slack_s - 1
            for r in range(len(rank_first)):
                if rank[rank_first[r]] % RANKS_PER_SEARCH != rides:
                    continue
                j = _latest(arrival_s, rank_first[r], rank_last[r], by_s)
                while j >= rank_first[r] and arrival_s[j] > latest_s and signature[j] != wanted:
                    j -= 1
                if j >= rank_first[r] and arrival_s[j] > latest_s:
                    latest, latest_s = j, arrival_s[j]
            if latest < 0:
                continue
            picked[s, n] = latest
            n += 1
            cost += journey_cost[latest] + rules.slack_weight * (by_s - latest_s) / 60.0
            time += (by_s - departure_s[latest]) / 60.0
        found.cost[s], found.time[s], found.n[s] = cost / n, time / n, n


@njit(cache=True, nogil=True, inline="always")
def _spread_cells(journeys, net, grid, picked, touched):
    """Count the rides of picked journeys through each cell into ``grid.scratch``.

    Returns the cells touched, in an array that may have grown, and how many there are.
    """
    leg_offset, leg_pattern, leg_trip = journeys.leg_offset, journeys.leg_pattern, journeys.leg_trip
    board_pos, alight_pos = journeys.leg_board_pos, journeys.leg_alight_pos
    offset, departure_s, scratch = net.pattern_offset, net.departure_s, grid.scratch
    n_touched = 0
    for j in picked:
        for leg in range(leg_offset[j], leg_offset[j + 1]):
            p = leg_pattern[leg]
            first = offset[p]
            trip = leg_trip[leg] - net.pattern_trip_offset[p]
            base = net.pattern_time_offset[p] + trip * (offset[p + 1] - first)
            for i in range(board_pos[leg], alight_pos[leg]):
                w = (departure_s[base + i] - grid.start_s) // grid.window_s
                if w < 0 or w >= grid.n_windows:
                    continue
                cell = (first + i) * grid.n_windows + w
                if scratch[cell] == 0.0:
                    touched = _grow(touched, n_touched + 1)
                    touched[n_touched] = cell
                    n_touched += 1
                scratch[cell] += 1.0
    return touched, n_touched


@njit(cache=True, nogil=True)
def _empty_found(minutes):
    """Return room for the signatures of one window."""
    return Found(
        np.empty(MAX_SIGNATURES, dtype=np.int64),
        np.empty(MAX_SIGNATURES, dtype=np.int64),
        np.empty(MAX_SIGNATURES),
        np.empty(MAX_SIGNATURES),
        np.empty(MAX_SIGNATURES, dtype=np.int64),
        np.empty((MAX_SIGNATURES, minutes), dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def collect_alternatives(journeys, net, grid, rules, window_start_s, window_s, other_min):
    """Collect the alternatives of every (target, window) of one origin.

    For each window and minute, each rank offers its latest journey in time; journeys of the
    same signature are one alternative, priced and spread over all minutes where a journey of
    it is in time. ``other_min`` is the cost of other lines by target.

    Returns the groups (target, window, size), the alternatives (cost, minutes, a typical
    journey, number of cells), cheapest first by group, and their cells with weights.
    """
    n_out, n_cells, n_groups = 0, 0, 0
    group_target = np.empty(64, dtype=np.int32)
    group_window = np.empty(64, dtype=np.int32)
    group_size = np.empty(64, dtype=np.int32)
    out_cost = np.empty(256)
    out_time = np.empty(256)
    out_journey = np.empty(256, dtype=np.int64)
    out_n_cells = np.empty(256, dtype=np.int32)
    cells = np.empty(4096, dtype=np.int32)
    weights = np.empty(4096, dtype=np.float32)
    touched = np.empty(8192, dtype=np.int32)
    found = _empty_found(window_s // MINUTE_S)
    rank_first = np.empty(len(journeys.target) + 1, dtype=np.int64)
    rank_last = np.empty(len(journeys.target) + 1, dtype=np.int64)
    scratch, end = grid.scratch, 0
    for k in range(len(other_min)):
        end, n_ranks = _split_ranks(journeys, end, k, rank_first, rank_last)
        for w in range(len(window_start_s)):
            start_s = window_start_s[w]
            firsts, lasts = rank_first[:n_ranks], rank_last[:n_ranks]
            n_found = _find_signatures(journeys, rules, start_s, firsts, lasts, found)
            if n_found == 0:
                continue
            _price_signatures(journeys, rules, start_s, firsts, lasts, found, n_found)
            best = min(other_min[k], found.cost[:n_found].min())
            # Cheapest first; ties by order of discovery, so that the result is deterministic.
            order = np.argsort(found.cost[:n_found], kind="mergesort")
            size = 0
            for s in order:
                if size >= rules.max_routes or found.cost[s] > best + rules.prune_min:
                    break
                picked = found.picked[s, : found.n[s]]
                touched, n_touched = _spread_cells(journeys, net, grid, picked, touched)
                cells = _grow(cells, n_cells + n_touched)
                weights = _grow(weights, n_cells + n_touched)
                for q in range(n_touched):
                    cells[n_cells] = touched[q]
                    weights[n_cells] = scratch[touched[q]] / len(picked)
                    scratch[touched[q]] = 0.0
                    n_cells += 1
                out_cost = _grow(out_cost, n_out + 1)
                out_time = _grow(out_time, n_out + 1)
                out_journey = _grow(out_journey, n_out + 1)
                out_n_cells = _grow(out_n_cells, n_out + 1)
                out_cost[n_out] = found.cost[s]
                out_time[n_out] = found.time[s]
                out_journey[n_out] = picked[len(picked) // 2]
                out_n_cells[n_out] = n_touched
                n_out += 1
                size += 1
            if size > 0:
                group_target = _grow(group_target, n_groups + 1)
                group_window = _grow(group_window, n_groups + 1)
                group_size = _grow(group_size, n_groups + 1)
                group_target[n_groups] = k
                group_window[n_groups] = w
                group_size[n_groups] = size
                n_groups += 1
    return (
        group_target[:n_groups].copy(),
        group_window[:n_groups].copy(),
        group_size[:n_groups].copy(),
        out_cost[:n_out].copy(),
        out_time[:n_out].copy(),
        out_journey[:n_out].copy(),
        out_n_cells[:n_out].copy(),
        cells[:n_cells].copy(),
        weights[:n_cells].copy(),
    )
