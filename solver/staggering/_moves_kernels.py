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
        _shift(old, -1.0, load_at, load_cell, load_pax, load)
        _shift(old, -1.0, rule_at, rule_row, rule_value, used)
        over_old, value_old = _merit(
            old, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
            load, used, seats, factor, most, rule_most,
        )  # fmt: skip
        best, over_best, value_best = old, over_old, value_old
        for k in range(first, last):
            if k == old:
                continue
            over, value = _merit(
                k, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                load, used, seats, factor, most, rule_most,
            )  # fmt: skip
            if _less(over, value, over_best, value_best):
                best, over_best, value_best = k, over, value
        _shift(best, 1.0, load_at, load_cell, load_pax, load)
        _shift(best, 1.0, rule_at, rule_row, rule_value, used)
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
            _shift(old_a, -1.0, load_at, load_cell, load_pax, load)
            _shift(old_a, -1.0, rule_at, rule_row, rule_value, used)
            _shift(old_b, -1.0, load_at, load_cell, load_pax, load)
            _shift(old_b, -1.0, rule_at, rule_row, rule_value, used)
            best_a, best_b = old_a, old_b
            over_best, value_best = 0.0, 0.0
            # Today's pair first: what the others must beat.
            for turn in range(offset[a + 1] - offset[a]):
                k = (
                    old_a
                    if turn == 0
                    else offset[a] + turn - (1 if offset[a] + turn <= old_a else 0)
                )
                over_a, value_a = _merit(
                    k, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                    load, used, seats, factor, most, rule_most,
                )  # fmt: skip
                _shift(k, 1.0, load_at, load_cell, load_pax, load)
                _shift(k, 1.0, rule_at, rule_row, rule_value, used)
                if turn == 0:
                    over_b, value_b = _merit(
                        old_b, linear, load_at, load_cell, load_pax, rule_at, rule_row,
                        rule_value, load, used, seats, factor, most, rule_most,
                    )  # fmt: skip
                    over_best, value_best = over_a + over_b, value_a + value_b
                else:
                    for j in range(offset[b], offset[b + 1]):
                        over_b, value_b = _merit(
                            j, linear, load_at, load_cell, load_pax, rule_at, rule_row,
                            rule_value, load, used, seats, factor, most, rule_most,
                        )  # fmt: skip
                        if _less(over_a + over_b, value_a + value_b, over_best, value_best):
                            best_a, best_b = k, j
                            over_best, value_best = over_a + over_b, value_a + value_b
                _shift(k, -1.0, load_at, load_cell, load_pax, load)
                _shift(k, -1.0, rule_at, rule_row, rule_value, used)
            _shift(best_a, 1.0, load_at, load_cell, load_pax, load)
            _shift(best_a, 1.0, rule_at, rule_row, rule_value, used)
            _shift(best_b, 1.0, load_at, load_cell, load_pax, load)
            _shift(best_b, 1.0, rule_at, rule_row, rule_value, used)
            if best_a != old_a or best_b != old_b:
                choice[a], choice[b] = best_a, best_b
                n_moved += 1
    return n_moved


@njit(cache=True, nogil=True)
def _merit(
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
    """Return what option k adds to the excess and to the cost of all others' loads."""
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
def _shift(
    k: int, sign: float, at: np.ndarray, index: np.ndarray, value: np.ndarray, total: np.ndarray
) -> None:
    for i in range(at[k], at[k + 1]):
        total[index[i]] += sign * value[i]


@njit(cache=True, nogil=True)
def _less(over: float, value: float, over_than: float, value_than: float) -> bool:
    """Compare (excess, cost) in this order, beyond rounding noise."""
    if abs(over - over_than) > 1e-9 * max(1.0, abs(over_than)):
        return over < over_than
    return value < value_than - 1e-9 * max(1.0, abs(value_than))


@njit(cache=True, nogil=True)
def anneal(
    draws: np.ndarray,
    movable: np.ndarray,
    warmth: float,
    cooling: float,
    choice: np.ndarray,
    best_choice: np.ndarray,
    above_best: float,
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
) -> float:
    """Take random moves, dearer ones with probability ``exp(-extra / warmth)``, cooling down.

    ``draws`` (n, 6) are uniform numbers, one row a move: of one cohort, or of two at once.
    ``best_choice`` keeps the best plan met; returns by how much the last is above it, which
    the next call takes as ``above_best``. Excess over limits never grows.
    """
    for at in range(len(draws)):
        a = movable[int(draws[at, 0] * len(movable))]
        b = movable[int(draws[at, 1] * len(movable))]
        is_pair = draws[at, 2] < 0.4 and a != b
        old_a, new_a = choice[a], offset[a] + int(draws[at, 3] * (offset[a + 1] - offset[a]))
        old_b, new_b = choice[b], offset[b] + int(draws[at, 4] * (offset[b + 1] - offset[b]))
        if new_a == old_a or (is_pair and new_b == old_b):
            warmth *= cooling
            continue
        if is_pair:
            _shift(old_b, -1.0, load_at, load_cell, load_pax, load)
            _shift(old_b, -1.0, rule_at, rule_row, rule_value, used)
        _shift(old_a, -1.0, load_at, load_cell, load_pax, load)
        _shift(old_a, -1.0, rule_at, rule_row, rule_value, used)
        over, extra = _merit(
            new_a, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
            load, used, seats, factor, most, rule_most,
        )  # fmt: skip
        over_old, extra_old = _merit(
            old_a, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
            load, used, seats, factor, most, rule_most,
        )  # fmt: skip
        if is_pair:
            _shift(old_a, 1.0, load_at, load_cell, load_pax, load)
            _shift(old_a, 1.0, rule_at, rule_row, rule_value, used)
            more_over, more = _merit(
                old_b, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                load, used, seats, factor, most, rule_most,
            )  # fmt: skip
            over_old, extra_old = over_old + more_over, extra_old + more
            _shift(old_a, -1.0, load_at, load_cell, load_pax, load)
            _shift(old_a, -1.0, rule_at, rule_row, rule_value, used)
            _shift(new_a, 1.0, load_at, load_cell, load_pax, load)
            _shift(new_a, 1.0, rule_at, rule_row, rule_value, used)
            more_over, more = _merit(
                new_b, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                load, used, seats, factor, most, rule_most,
            )  # fmt: skip
            over, extra = over + more_over, extra + more
        else:
            _shift(new_a, 1.0, load_at, load_cell, load_pax, load)
            _shift(new_a, 1.0, rule_at, rule_row, rule_value, used)
        extra -= extra_old
        taken = over <= over_old + 1e-9 and (extra <= 0.0 or draws[at, 5] < np.exp(-extra / warmth))
        if not taken:
            _shift(new_a, -1.0, load_at, load_cell, load_pax, load)
            _shift(new_a, -1.0, rule_at, rule_row, rule_value, used)
            new_a, new_b = old_a, old_b
            _shift(old_a, 1.0, load_at, load_cell, load_pax, load)
            _shift(old_a, 1.0, rule_at, rule_row, rule_value, used)
        if is_pair:
            _shift(new_b, 1.0, load_at, load_cell, load_pax, load)
            _shift(new_b, 1.0, rule_at, rule_row, rule_value, used)
        if taken:
            choice[a] = new_a
            if is_pair:
                choice[b] = new_b
            above_best += extra
            if above_best < -1e-9:
                best_choice[:] = choice
                above_best = 0.0
        warmth *= cooling
    return above_best
