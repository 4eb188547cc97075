"""Kernels of the stochastic loading: prices, choices, loads."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def price_alternatives(free_min, cell_offset, cell, cell_weight, extra_min):
    """Compute the cost of each alternative: free-flow plus the extra minutes of its cells."""
    cost = np.empty(len(free_min))
    for a in range(len(free_min)):
        total = free_min[a]
        for at in range(cell_offset[a], cell_offset[a + 1]):
            total += cell_weight[at] * extra_min[cell[at]]
        cost[a] = total
    return cost


@njit(cache=True, nogil=True)
def choose_logit(offset, cost, scale, demand, flow, expected_min):
    """Write logit flows and each group's expected least cost (log-sum); both in place.

    Groups without demand get zero flow. Costs are shifted by the group's least first, so
    that no exponential overflows.
    """
    for g in range(len(demand)):
        first, last = offset[g], offset[g + 1]
        least = cost[first]
        for a in range(first + 1, last):
            least = min(least, cost[a])
        total = 0.0
        for a in range(first, last):
            flow[a] = np.exp(-scale * (cost[a] - least))
            total += flow[a]
        for a in range(first, last):
            flow[a] *= demand[g] / total
        expected_min[g] = least - np.log(total) / scale


@njit(cache=True, nogil=True)
def load_cells(flow, cell_offset, cell, cell_weight, n_cells):
    """Sum flows into cells."""
    load = np.zeros(n_cells)
    for a in range(len(flow)):
        if flow[a] == 0.0:
            continue
        for at in range(cell_offset[a], cell_offset[a + 1]):
            load[cell[at]] += flow[a] * cell_weight[at]
    return load


@njit(cache=True, nogil=True)
def entropy_slope(offset, demand, flow, step, share, scale):
    """Compute the derivative of sum h ln(h/q) / scale at ``flow + share * step`` along ``step``.

    Flows of a logit are never zero where there is demand, so the logarithm is finite for
    shares below 1; at a zero the term counts as its limit from inside.
    """
    total = 0.0
    for g in range(len(demand)):
        if demand[g] <= 0.0:
            continue
        for a in range(offset[g], offset[g + 1]):
            if step[a] == 0.0:
                continue
            h = flow[a] + share * step[a]
            total += step[a] * np.log(max(h, 1e-300) / demand[g])
    return total / scale


@njit(cache=True, nogil=True)
def choice_gap(offset, demand, flow, cost, expected_min, scale):
    """Compute how far flows are from a logit equilibrium, passenger-minutes.

    It is sum_g [ sum_r h_r (c_r + ln(h_r/q_g)/scale) - q_g S_g ], a Kullback-Leibler
    divergence over the scale: never negative, zero only where flows are the logit of their
    own costs.
    """
    gap = 0.0
    for g in range(len(demand)):
        if demand[g] <= 0.0:
            continue
        for a in range(offset[g], offset[g + 1]):
            if flow[a] > 0.0:
                gap += flow[a] * (cost[a] + np.log(flow[a] / demand[g]) / scale)
        gap -= demand[g] * expected_min[g]
    return gap


@njit(cache=True, nogil=True)
def count_first_boardings(
    group_origin,
    offset,
    flow,
    leg_offset,
    leg_pattern,
    leg_board_pos,
    pattern_offset,
    pattern_stop,
    cell_offset,
    cell,
    cell_weight,
    n_windows,
    n_stops,
    enters,
):
    """Count passengers by the stop and window of their first boarding, by how they came.

    ``enters[o, s]`` says whether origin ``o`` reaches stop ``s`` from the street. Returns two
    arrays of shape (n_stops, n_windows): from the street, and from other lines.
    """
    entered = np.zeros((n_stops, n_windows))
    changed = np.zeros((n_stops, n_windows))
    for g in range(len(group_origin)):
        for a in range(offset[g], offset[g + 1]):
            if flow[a] == 0.0 or leg_offset[a + 1] == leg_offset[a]:
                continue
            leg = leg_offset[a]
            stop = pattern_stop[pattern_offset[leg_pattern[leg]] + leg_board_pos[leg]]
            from_street = enters[group_origin[g], stop]
            for at in range(cell_offset[a], cell_offset[a + 1]):
                segment = cell[at] // n_windows
                if pattern_stop[segment] == stop:
                    w = cell[at] % n_windows
                    if from_street:
                        entered[stop, w] += flow[a] * cell_weight[at]
                    else:
                        changed[stop, w] += flow[a] * cell_weight[at]
    return entered, changed
