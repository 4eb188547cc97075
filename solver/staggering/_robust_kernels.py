"""Moves of whole cohorts on what a plan comes to in several scenarios at once.

In scenario s a share ``follow[s, c]`` of cohort c does as the plan asks and the rest as today.
"""

import numpy as np
from numba import njit

from solver.staggering._moves_kernels import less, merit, shift


@njit(cache=True, nogil=True)
def robust_pass(
    order: np.ndarray,
    partner: np.ndarray,
    choice: np.ndarray,
    follow: np.ndarray,
    weight: np.ndarray,
    loads: np.ndarray,
    value: np.ndarray,
    offset: np.ndarray,
    linear: np.ndarray,
    load_at: np.ndarray,
    load_cell: np.ndarray,
    load_pax: np.ndarray,
    rule_at: np.ndarray,
    rule_row: np.ndarray,
    rule_value: np.ndarray,
    load: np.ndarray,
    used: np.ndarray,
    seats: np.ndarray,
    factor: np.ndarray,
    most: np.ndarray,
    rule_most: np.ndarray,
) -> int:
    """Move each cohort of ``order`` with its partner where that pays; return how many did.

    ``partner[i]`` moves together with ``order[i]``; where it is negative or the same cohort,
    that one moves alone. ``loads`` (n_scenarios, n_cells) and ``value`` (n_scenarios,) are each
    scenario's loads and cost; a plan comes to ``weight @ value``, or to ``value.max()`` where
    ``weight`` is empty. Excess over the limits of the plan as asked comes before cost. Other
    arrays as in :func:`solver.staggering._moves_kernels.single_pass`, all kept up to date.
    """
    n_moved = 0
    n = len(value)
    with_a, with_b = np.empty(n), np.empty(n)
    for at in range(len(order)):
        a, b = order[at], partner[at]
        alone = b < 0 or b == a
        old_a, old_b = choice[a], choice[b]
        put(old_a, a, -1.0, follow, loads, value, linear, load_at, load_cell, load_pax, seats,
            factor)  # fmt: skip
        shift(old_a, -1.0, load_at, load_cell, load_pax, load)
        shift(old_a, -1.0, rule_at, rule_row, rule_value, used)
        if not alone:
            put(old_b, b, -1.0, follow, loads, value, linear, load_at, load_cell, load_pax,
                seats, factor)  # fmt: skip
            shift(old_b, -1.0, load_at, load_cell, load_pax, load)
            shift(old_b, -1.0, rule_at, rule_row, rule_value, used)
        best_a, best_b = old_a, old_b
        over_best, value_best = np.inf, np.inf
        # The pair as it is comes first: what the others must beat.
        for turn in range(offset[a + 1] - offset[a]):
            k = turned(offset[a], old_a, turn)
            over_a, _ = merit(
                k, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                load, used, seats, factor, most, rule_most,
            )  # fmt: skip
            if alone:
                price(k, a, follow, loads, value, with_a, linear, load_at, load_cell, load_pax,
                      seats, factor)  # fmt: skip
                total = worth(with_a, weight)
                if turn == 0 or less(over_a, total, over_best, value_best):
                    best_a, over_best, value_best = k, over_a, total
                continue
            put(k, a, 1.0, follow, loads, value, linear, load_at, load_cell, load_pax, seats,
                factor)  # fmt: skip
            shift(k, 1.0, load_at, load_cell, load_pax, load)
            shift(k, 1.0, rule_at, rule_row, rule_value, used)
            for other in range(offset[b + 1] - offset[b]):
                j = turned(offset[b], old_b, other)
                over_b, _ = merit(
                    j, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                    load, used, seats, factor, most, rule_most,
                )  # fmt: skip
                price(j, b, follow, loads, value, with_b, linear, load_at, load_cell, load_pax,
                      seats, factor)  # fmt: skip
                total = worth(with_b, weight)
                is_first = turn == 0 and other == 0
                if is_first or less(over_a + over_b, total, over_best, value_best):
                    best_a, best_b = k, j
                    over_best, value_best = over_a + over_b, total
            put(k, a, -1.0, follow, loads, value, linear, load_at, load_cell, load_pax, seats,
                factor)  # fmt: skip
            shift(k, -1.0, load_at, load_cell, load_pax, load)
            shift(k, -1.0, rule_at, rule_row, rule_value, used)
        put(best_a, a, 1.0, follow, loads, value, linear, load_at, load_cell, load_pax, seats,
            factor)  # fmt: skip
        shift(best_a, 1.0, load_at, load_cell, load_pax, load)
        shift(best_a, 1.0, rule_at, rule_row, rule_value, used)
        if not alone:
            put(best_b, b, 1.0, follow, loads, value, linear, load_at, load_cell, load_pax,
                seats, factor)  # fmt: skip
            shift(best_b, 1.0, load_at, load_cell, load_pax, load)
            shift(best_b, 1.0, rule_at, rule_row, rule_value, used)
        if best_a != old_a or best_b != old_b:
            choice[a] = best_a
            if not alone:
                choice[b] = best_b
            n_moved += 1
    return n_moved


@njit(cache=True, nogil=True)
def turned(first: int, now: int, turn: int) -> int:
    """Return option ``turn`` of a cohort, counted from its choice of now, then the others."""
    if turn == 0:
        return now
    return first + turn - 1 if first + turn <= now else first + turn


@njit(cache=True, nogil=True)
def worth(value: np.ndarray, weight: np.ndarray) -> float:
    """Return what costs by scenario come to: their largest, or their weighted sum."""
    if len(weight) == 0:
        return float(value.max())
    total = 0.0
    for s in range(len(value)):
        total += weight[s] * value[s]
    return total


@njit(cache=True, nogil=True)
def price(
    k: int,
    cohort: int,
    follow: np.ndarray,
    loads: np.ndarray,
    value: np.ndarray,
    with_k: np.ndarray,
    linear: np.ndarray,
    load_at: np.ndarray,
    load_cell: np.ndarray,
    load_pax: np.ndarray,
    seats: np.ndarray,
    factor: np.ndarray,
) -> None:
    """Write into ``with_k`` each scenario's cost when option k joins the others."""
    for s in range(len(value)):
        share = follow[s, cohort]
        total = value[s]
        if share > 0.0:
            total += share * linear[k]
            for i in range(load_at[k], load_at[k + 1]):
                cell = load_cell[i]
                before = loads[s, cell]
                total += rise(before, before + share * load_pax[i], seats[cell], factor[cell])
        with_k[s] = total


@njit(cache=True, nogil=True)
def put(
    k: int,
    cohort: int,
    sign: float,
    follow: np.ndarray,
    loads: np.ndarray,
    value: np.ndarray,
    linear: np.ndarray,
    load_at: np.ndarray,
    load_cell: np.ndarray,
    load_pax: np.ndarray,
    seats: np.ndarray,
    factor: np.ndarray,
) -> None:
    """Add those who follow to option k in every scenario (sign 1), or take them out (-1)."""
    for s in range(len(value)):
        share = sign * follow[s, cohort]
        if share == 0.0:
            continue
        value[s] += share * linear[k]
        for i in range(load_at[k], load_at[k + 1]):
            cell = load_cell[i]
            before = loads[s, cell]
            after = before + share * load_pax[i]
            value[s] += rise(before, after, seats[cell], factor[cell])
            loads[s, cell] = after


@njit(cache=True, nogil=True)
def rise(before: float, after: float, seats: float, factor: float) -> float:
    """Return what a cell's crowding costs more after than before."""
    change = 0.0
    if after > seats:
        change += factor * after * (after - seats)
    if before > seats:
        change -= factor * before * (before - seats)
    return change
