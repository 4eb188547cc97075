"""Kernel that turns one origin's journeys into the choice sets of its groups."""

import numpy as np
from numba import njit

MAX_SIGNATURES = 24
MINUTES = 60


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
    leg_offset, leg_pattern, leg_board_pos, leg_alight_pos, pattern_offset, pattern_stop, pattern_line
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
def collect_alternatives(
    n_targets,
    window_start_s,
    window_s,
    other_min,
    target,
    rank,
    departure_s,
    arrival_s,
    cost,
    signature,
    leg_offset,
    leg_trip,
    leg_pattern,
    leg_board_pos,
    pattern_offset,
    pattern_trip_offset,
    pattern_time_offset,
    stop_departure_s,
    leg_alight_pos,
    cell_start_s,
    cell_window_s,
    cell_n_windows,
    scratch,
    slack_weight,
    max_slack_s,
    prune_min,
    max_routes,
):
    """Collect the alternatives of every (target, window) of one origin.

    Journeys are sorted by (target, rank, departure); within a rank later departures arrive
    later. ``scratch`` has one float by cell, zero on entry and on return. For each window
    and minute, each rank offers its latest journey in time; journeys of the same signature
    are one alternative, priced and spread over all minutes where a journey of it is in time.
    """
    n_windows = len(window_start_s)
    minutes = window_s // MINUTES
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

    found = np.empty(MAX_SIGNATURES, dtype=np.int64)
    found_first = np.empty(MAX_SIGNATURES, dtype=np.int64)
    found_last = np.empty(MAX_SIGNATURES, dtype=np.int64)
    found_cost = np.empty(MAX_SIGNATURES)
    found_time = np.empty(MAX_SIGNATURES)
    found_n = np.empty(MAX_SIGNATURES, dtype=np.int64)
    picked = np.empty((MAX_SIGNATURES, minutes), dtype=np.int64)

    rank_first = np.empty(64, dtype=np.int64)
    rank_last = np.empty(64, dtype=np.int64)
    start = 0
    for k in range(n_targets):
        while start < len(target) and target[start] < k:
            start += 1
        end = start
        n_ranks = 0
        while end < len(target) and target[end] == k:
            if (end == start or rank[end] != rank[end - 1]) and n_ranks < 64:
                if n_ranks > 0:
                    rank_last[n_ranks - 1] = end
                rank_first[n_ranks] = end
                n_ranks += 1
            end += 1
        if n_ranks == 0:
            continue
        rank_last[n_ranks - 1] = end

        for w in range(n_windows):
            n_found = 0
            for r in range(n_ranks):
                for m in range(minutes):
                    by_s = window_start_s[w] + (m + 1) * MINUTES
                    j = _latest(arrival_s, rank_first[r], rank_last[r], by_s)
                    if j < rank_first[r] or arrival_s[j] < by_s - max_slack_s:
                        continue
                    known = False
                    for s in range(n_found):
                        if found[s] == signature[j]:
                            known = True
                            break
                    if not known and n_found < MAX_SIGNATURES:
                        found[n_found] = signature[j]
                        found_first[n_found] = rank_first[r]
                        found_last[n_found] = rank_last[r]
                        n_found += 1
            if n_found == 0:
                continue
            best = other_min[k]
            for s in range(n_found):
                found_cost[s] = 0.0
                found_time[s] = 0.0
                found_n[s] = 0
                for m in range(minutes):
                    by_s = window_start_s[w] + (m + 1) * MINUTES
                    j = _latest(arrival_s, found_first[s], found_last[s], by_s)
                    while (
                        j >= found_first[s]
                        and arrival_s[j] >= by_s - max_slack_s
                        and signature[j] != found[s]
                    ):
                        j -= 1
                    if j < found_first[s] or arrival_s[j] < by_s - max_slack_s:
                        continue
                    picked[s, found_n[s]] = j
                    found_n[s] += 1
                    found_cost[s] += cost[j] + slack_weight * (by_s - arrival_s[j]) / 60.0
                    found_time[s] += (by_s - departure_s[j]) / 60.0
                found_cost[s] /= found_n[s]
                found_time[s] /= found_n[s]
                best = min(best, found_cost[s])

            # Cheapest first; ties by order of discovery, so that the result is deterministic.
            order = np.argsort(found_cost[:n_found], kind="mergesort")
            size = 0
            for at in range(n_found):
                s = order[at]
                if size >= max_routes or found_cost[s] > best + prune_min:
                    break
                n_touched = 0
                for m in range(found_n[s]):
                    j = picked[s, m]
                    for leg in range(leg_offset[j], leg_offset[j + 1]):
                        p = leg_pattern[leg]
                        n_stops = pattern_offset[p + 1] - pattern_offset[p]
                        base = (
                            pattern_time_offset[p]
                            + (leg_trip[leg] - pattern_trip_offset[p]) * n_stops
                        )
                        for i in range(leg_board_pos[leg], leg_alight_pos[leg]):
                            cw = (stop_departure_s[base + i] - cell_start_s) // cell_window_s
                            if cw < 0 or cw >= cell_n_windows:
                                continue
                            cell = (pattern_offset[p] + i) * cell_n_windows + cw
                            if scratch[cell] == 0.0:
                                touched = _grow(touched, n_touched + 1)
                                touched[n_touched] = cell
                                n_touched += 1
                            scratch[cell] += 1.0
                cells = _grow(cells, n_cells + n_touched)
                weights = _grow(weights, n_cells + n_touched)
                for q in range(n_touched):
                    cells[n_cells] = touched[q]
                    weights[n_cells] = scratch[touched[q]] / found_n[s]
                    scratch[touched[q]] = 0.0
                    n_cells += 1
                out_cost = _grow(out_cost, n_out + 1)
                out_time = _grow(out_time, n_out + 1)
                out_journey = _grow(out_journey, n_out + 1)
                out_n_cells = _grow(out_n_cells, n_out + 1)
                out_cost[n_out] = found_cost[s]
                out_time[n_out] = found_time[s]
                out_journey[n_out] = picked[s, found_n[s] // 2]
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
        start = end
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
