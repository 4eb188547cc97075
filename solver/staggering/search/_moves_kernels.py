"""Moves of whole cohorts on the true convex cost: one cohort at a time, then two.

Loads and rule sums are kept up to date, so that a move costs what its own columns hold and
not what the whole plan does.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Standing(NamedTuple):
    """What every option brings, and where the plan stands; ``load`` and ``used`` change.

    Options of cohort c are ``offset[c]:offset[c + 1]``. Option k costs ``linear[k]``, adds
    ``load_pax`` to ``load_cell`` in ``load_at[k]:load_at[k + 1]``, and ``rule_value`` to
    ``rule_row`` in ``rule_at[k]:rule_at[k + 1]``. A cell with load l (``load``, (n_cells,))
    costs ``factor l max(0, l - seats)`` and should hold at most ``most``; rows sum to
    ``used`` (n_rules,), at most ``rule_most``.
    """

    offset: np.ndarray
    linear: np.ndarray
    load_at: np.ndarray
    load_cell: np.ndarray
    load_pax: np.ndarray
    rule_at: np.ndarray
    rule_row: np.ndarray
    rule_value: np.ndarray
    load: np.ndarray
    used: np.ndarray
    seats: np.ndarray
    factor: np.ndarray
    most: np.ndarray
    rule_most: np.ndarray


@njit(cache=True, nogil=True)
def single_pass(order: np.ndarray, choice: np.ndarray, plan: Standing) -> int:
    """Give each cohort of ``order`` its best option, the others held; return how many moved.

    ``choice`` (int64, n_cohorts) and the standing are updated. Less excess over ``most`` and
    ``rule_most`` comes before less cost.
    """
    n_moved = 0
    for cohort in order:
        first, last = plan.offset[cohort], plan.offset[cohort + 1]
        if last - first < 2:
            continue
        old = choice[cohort]
        put(old, -1.0, plan)
        over_old, value_old = merit(old, plan)
        best, over_best, value_best = old, over_old, value_old
        for k in range(first, last):
            if k == old:
                continue
            over, value = merit(k, plan)
            if less(over, value, over_best, value_best):
                best, over_best, value_best = k, over, value
        put(best, 1.0, plan)
        if best != old:
            choice[cohort] = best
            n_moved += 1
    return n_moved


@njit(cache=True, nogil=True)
def pair_pass(order: np.ndarray, partner: np.ndarray, choice: np.ndarray, plan: Standing) -> int:
    """Move two cohorts at once where that pays; return how many pairs moved.

    ``order[i]`` is tried with the cohorts of ``partner[i]`` (n, n_partners), negative ones
    left out; the first pair that pays is taken.
    """
    offset, n_moved = plan.offset, 0
    for at in range(len(order)):
        a = order[at]
        if offset[a + 1] - offset[a] < 2:
            continue
        for i in range(partner.shape[1]):
            b = partner[at, i]
            if b < 0 or b == a or offset[b + 1] - offset[b] < 2:
                continue
            old_a, old_b = choice[a], choice[b]
            put(old_a, -1.0, plan)
            put(old_b, -1.0, plan)
            best_a, best_b = old_a, old_b
            over_best, value_best = 0.0, 0.0
            # Today's pair first: what the others must beat.
            for turn in range(offset[a + 1] - offset[a]):
                k = turned(offset[a], old_a, turn)
                over_a, value_a = merit(k, plan)
                put(k, 1.0, plan)
                if turn == 0:
                    over_b, value_b = merit(old_b, plan)
                    over_best, value_best = over_a + over_b, value_a + value_b
                else:
                    for j in range(offset[b], offset[b + 1]):
                        over_b, value_b = merit(j, plan)
                        if less(over_a + over_b, value_a + value_b, over_best, value_best):
                            best_a, best_b = k, j
                            over_best, value_best = over_a + over_b, value_a + value_b
                put(k, -1.0, plan)
            put(best_a, 1.0, plan)
            put(best_b, 1.0, plan)
            if best_a != old_a or best_b != old_b:
                choice[a], choice[b] = best_a, best_b
                n_moved += 1
    return n_moved


@njit(cache=True, nogil=True)
def price_options(choice: np.ndarray, extra: np.ndarray, plan: Standing) -> None:
    """Write into ``extra`` what each option would cost more than its cohort's choice.

    The others held, limits left aside. ``load`` and ``used`` come back as they were, to
    rounding.
    """
    for cohort in range(len(choice)):
        old = choice[cohort]
        put(old, -1.0, plan)
        _, value_old = merit(old, plan)
        for k in range(plan.offset[cohort], plan.offset[cohort + 1]):
            _, value = merit(k, plan)
            extra[k] = value - value_old
        put(old, 1.0, plan)


@njit(cache=True, nogil=True)
def merit(k: int, plan: Standing) -> tuple[float, float]:
    """Return what option k adds to the excess and to the cost of all others' loads.

    ``load`` and ``used`` are those of all other cohorts.
    """
    over, value = 0.0, plan.linear[k]
    for i in range(plan.load_at[k], plan.load_at[k + 1]):
        cell = plan.load_cell[i]
        before, seats, most = plan.load[cell], plan.seats[cell], plan.most[cell]
        after = before + plan.load_pax[i]
        value += rise(before, after, seats, plan.factor[cell])
        if after > most:
            over += after - max(before, most)
    for i in range(plan.rule_at[k], plan.rule_at[k + 1]):
        row = plan.rule_row[i]
        before = plan.used[row]
        after, most = before + plan.rule_value[i], plan.rule_most[row]
        over += max(0.0, after - most) - max(0.0, before - most)
    return over, value


@njit(cache=True, nogil=True)
def rise(before: float, after: float, seats: float, factor: float) -> float:
    """Return what a cell's crowding costs more after than before."""
    change = 0.0
    if after > seats:
        change += factor * after * (after - seats)
    if before > seats:
        change -= factor * before * (before - seats)
    return change


@njit(cache=True, nogil=True)
def put(k: int, sign: float, plan: Standing) -> None:
    """Add option k to the loads and sums (sign 1), or take it out of them (-1)."""
    for i in range(plan.load_at[k], plan.load_at[k + 1]):
        plan.load[plan.load_cell[i]] += sign * plan.load_pax[i]
    for i in range(plan.rule_at[k], plan.rule_at[k + 1]):
        plan.used[plan.rule_row[i]] += sign * plan.rule_value[i]


@njit(cache=True, nogil=True)
def turned(first: int, now: int, turn: int) -> int:
    """Return option ``turn`` of a cohort, counted from its choice of now, then the others."""
    if turn == 0:
        return now
    return first + turn - 1 if first + turn <= now else first + turn


@njit(cache=True, nogil=True)
def less(over: float, value: float, over_than: float, value_than: float) -> bool:
    """Compare (excess, cost) in this order, beyond rounding noise."""
    if abs(over - over_than) > 1e-9 * max(1.0, abs(over_than)):
        return over < over_than
    return value < value_than - 1e-9 * max(1.0, abs(value_than))
