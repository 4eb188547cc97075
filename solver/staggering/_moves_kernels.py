"""Moves of whole cohorts on the true convex cost: one cohort at a time, then two.

Loads and rule sums are kept up to date, so that a move costs what its own columns hold and
not what the whole plan does.
"""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def single_pass(
    order: np.ndarray,
    choice: np.ndarray,
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
    """Give each cohort of ``order`` its best option, the others held; return how many moved.

    ``choice`` (int64, n_cohorts), ``load`` (n_cells) and ``used`` (n_rules) are updated.
    Options of cohort c are ``offset[c]:offset[c + 1]``; option k adds ``load_pax`` to
    ``load_cell`` in ``load_at[k]:load_at[k + 1]``, and so for rules. A cell with load l
    costs ``factor l max(0, l - seats)``. Less excess over ``most`` and ``rule_most`` comes
    before less cost.
    """
    n_moved = 0
    for at in range(len(order)):
        cohort = order[at]
        first, last = offset[cohort], offset[cohort + 1]
        if last - first < 2:
            continue
        old = choice[cohort]
        shift(old, -1.0, load_at, load_cell, load_pax, load)
        shift(old, -1.0, rule_at, rule_row, rule_value, used)
        over_old, value_old = merit(
            old, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
            load, used, seats, factor, most, rule_most,
        )  # fmt: skip
        best, over_best, value_best = old, over_old, value_old
        for k in range(first, last):
            if k == old:
                continue
            over, value = merit(
                k, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                load, used, seats, factor, most, rule_most,
            )  # fmt: skip
            if less(over, value, over_best, value_best):
                best, over_best, value_best = k, over, value
        shift(best, 1.0, load_at, load_cell, load_pax, load)
        shift(best, 1.0, rule_at, rule_row, rule_value, used)
        if best != old:
            choice[cohort] = best
            n_moved += 1
    return n_moved


@njit(cache=True, nogil=True)
def pair_pass(
    order: np.ndarray,
    partner: np.ndarray,
    choice: np.ndarray,
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
    """Move two cohorts at once where that pays; return how many pairs moved.

    ``order[i]`` is tried with the cohorts of ``partner[i]`` (n, n_partners), negative ones
    left out. Arrays otherwise as in :func:`single_pass`; the first pair that pays is taken.
    """
    n_moved = 0
    for at in range(len(order)):
        a = order[at]
        if offset[a + 1] - offset[a] < 2:
            continue
        for i in range(partner.shape[1]):
            b = partner[at, i]
            if b < 0 or b == a or offset[b + 1] - offset[b] < 2:
                continue
            old_a, old_b = choice[a], choice[b]
            shift(old_a, -1.0, load_at, load_cell, load_pax, load)
            shift(old_a, -1.0, rule_at, rule_row, rule_value, used)
            shift(old_b, -1.0, load_at, load_cell, load_pax, load)
            shift(old_b, -1.0, rule_at, rule_row, rule_value, used)
            best_a, best_b = old_a, old_b
            over_best, value_best = 0.0, 0.0
            # Today's pair first: what the others must beat.
            for turn in range(offset[a + 1] - offset[a]):
                k = (
                    old_a
                    if turn == 0
                    else offset[a] + turn - (1 if offset[a] + turn <= old_a else 0)
                )
                over_a, value_a = merit(
                    k, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                    load, used, seats, factor, most, rule_most,
                )  # fmt: skip
                shift(k, 1.0, load_at, load_cell, load_pax, load)
                shift(k, 1.0, rule_at, rule_row, rule_value, used)
                if turn == 0:
                    over_b, value_b = merit(
                        old_b, linear, load_at, load_cell, load_pax, rule_at, rule_row,
                        rule_value, load, used, seats, factor, most, rule_most,
                    )  # fmt: skip
                    over_best, value_best = over_a + over_b, value_a + value_b
                else:
                    for j in range(offset[b], offset[b + 1]):
                        over_b, value_b = merit(
                            j, linear, load_at, load_cell, load_pax, rule_at, rule_row,
                            rule_value, load, used, seats, factor, most, rule_most,
                        )  # fmt: skip
                        if less(over_a + over_b, value_a + value_b, over_best, value_best):
                            best_a, best_b = k, j
                            over_best, value_best = over_a + over_b, value_a + value_b
                shift(k, -1.0, load_at, load_cell, load_pax, load)
                shift(k, -1.0, rule_at, rule_row, rule_value, used)
            shift(best_a, 1.0, load_at, load_cell, load_pax, load)
            shift(best_a, 1.0, rule_at, rule_row, rule_value, used)
            shift(best_b, 1.0, load_at, load_cell, load_pax, load)
            shift(best_b, 1.0, rule_at, rule_row, rule_value, used)
            if best_a != old_a or best_b != old_b:
                choice[a], choice[b] = best_a, best_b
                n_moved += 1
    return n_moved


@njit(cache=True, nogil=True)
def price_options(
    choice: np.ndarray,
    extra: np.ndarray,
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
) -> None:
    """Write into ``extra`` what each option would cost more than its cohort's choice.

    The others held, limits left aside. Arrays otherwise as in :func:`single_pass`; ``load``
    and ``used`` come back as they were, to rounding.
    """
    for cohort in range(len(choice)):
        old = choice[cohort]
        shift(old, -1.0, load_at, load_cell, load_pax, load)
        shift(old, -1.0, rule_at, rule_row, rule_value, used)
        _, value_old = merit(
            old, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
            load, used, seats, factor, most, rule_most,
        )  # fmt: skip
        for k in range(offset[cohort], offset[cohort + 1]):
            _, value = merit(
                k, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                load, used, seats, factor, most, rule_most,
            )  # fmt: skip
            extra[k] = value - value_old
        shift(old, 1.0, load_at, load_cell, load_pax, load)
        shift(old, 1.0, rule_at, rule_row, rule_value, used)


@njit(cache=True, nogil=True)
def merit(
    k: int,
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
) -> tuple[float, float]:
    """Return what option k adds to the excess and to the cost of all others' loads.

    ``load`` and ``used`` are those of all other cohorts.
    """
    over, value = 0.0, linear[k]
    for i in range(load_at[k], load_at[k + 1]):
        cell = load_cell[i]
        before = load[cell]
        after = before + load_pax[i]
        if after > seats[cell]:
            value += factor[cell] * after * (after - seats[cell])
            if before > seats[cell]:
                value -= factor[cell] * before * (before - seats[cell])
        if after > most[cell]:
            over += after - max(before, most[cell])
    for i in range(rule_at[k], rule_at[k + 1]):
        row = rule_row[i]
        before = used[row]
        after = before + rule_value[i]
        over += max(0.0, after - rule_most[row]) - max(0.0, before - rule_most[row])
    return over, value


@njit(cache=True, nogil=True)
def shift(
    k: int, sign: float, at: np.ndarray, index: np.ndarray, value: np.ndarray, total: np.ndarray
) -> None:
    """Add ``sign`` times what option k holds to ``total``, in place."""
    for i in range(at[k], at[k + 1]):
        total[index[i]] += sign * value[i]


@njit(cache=True, nogil=True)
def less(over: float, value: float, over_than: float, value_than: float) -> bool:
    """Compare (excess, cost) in this order, beyond rounding noise."""
    if abs(over - over_than) > 1e-9 * max(1.0, abs(over_than)):
        return over < over_than
    return value < value_than - 1e-9 * max(1.0, abs(value_than))
