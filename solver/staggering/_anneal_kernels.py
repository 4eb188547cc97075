"""Annealing and rounding of whole cohorts on the true convex cost.

A plan that is nearly right has a few cells too full and others not full enough. A move that
mends one cell mostly spoils another, so that single moves are dear; the moves that pay are
pairs which meet in a cell: one cohort comes where another leaves.
"""

import numpy as np
from numba import njit

from solver.staggering._moves_kernels import merit, shift


@njit(cache=True, nogil=True)
def take_wanted(
    order: np.ndarray,
    wanted: np.ndarray,
    choice: np.ndarray,
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
    """Give each cohort of ``order`` its ``wanted`` option unless that breaks a limit further.

    ``choice``, ``load`` and ``used`` are updated; arrays as in
    :func:`solver.staggering._moves_kernels.single_pass`.
    """
    for cohort in order:
        old, new = choice[cohort], wanted[cohort]
        if old == new:
            continue
        shift(old, -1.0, load_at, load_cell, load_pax, load)
        shift(old, -1.0, rule_at, rule_row, rule_value, used)
        over_old, _ = merit(
            old, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
            load, used, seats, factor, most, rule_most,
        )  # fmt: skip
        over_new, _ = merit(
            new, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
            load, used, seats, factor, most, rule_most,
        )  # fmt: skip
        if over_new <= over_old:
            choice[cohort] = new
        shift(choice[cohort], 1.0, load_at, load_cell, load_pax, load)
        shift(choice[cohort], 1.0, rule_at, rule_row, rule_value, used)


@njit(cache=True, nogil=True)
def find_partner(
    a: int,
    new_a: int,
    draws: np.ndarray,
    movable: np.ndarray,
    choice: np.ndarray,
    offset: np.ndarray,
    owner: np.ndarray,
    load_at: np.ndarray,
    load_cell: np.ndarray,
    cell_at: np.ndarray,
    cell_option: np.ndarray,
) -> int:
    """Draw an option of another cohort to take with cohort a's ``new_a``; -1 for none.

    By ``draws`` (3 uniform numbers): somebody leaves a cell that ``new_a`` fills, somebody
    comes to a cell that a leaves, anybody moves, or nobody. Options that load cell k are
    ``cell_option[cell_at[k]:cell_at[k + 1]]``, ``owner`` is the cohort of an option.
    """
    kind = draws[0]
    if kind >= 0.5:
        return -1
    if kind >= 0.4:
        b = movable[int(draws[1] * len(movable))]
        new_b = offset[b] + int(draws[2] * (offset[b + 1] - offset[b]))
        return -1 if b == a or new_b == choice[b] else new_b
    met = new_a if kind < 0.2 else choice[a]
    n_cells = load_at[met + 1] - load_at[met]
    if n_cells == 0:
        return -1
    cell = load_cell[load_at[met] + int(draws[1] * n_cells)]
    # Two numbers from one draw: which option of the cell, and which other slot.
    spread = draws[2] * (cell_at[cell + 1] - cell_at[cell])
    there = cell_option[cell_at[cell] + int(spread)]
    b = owner[there]
    if b == a:
        return -1
    if kind >= 0.2:
        return -1 if choice[b] == there else there
    if choice[b] != there:
        return -1
    new_b = offset[b] + int((spread - int(spread)) * (offset[b + 1] - offset[b]))
    return -1 if new_b == there else new_b


@njit(cache=True, nogil=True)
def anneal(
    draws: np.ndarray,
    movable: np.ndarray,
    warmth: float,
    cooling: float,
    choice: np.ndarray,
    best_choice: np.ndarray,
    above_best: float,
    owner: np.ndarray,
    cell_at: np.ndarray,
    cell_option: np.ndarray,
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

    ``draws`` (n, 6) are uniform numbers, one row a move: of one cohort, or of two at once
    (:func:`find_partner`). ``best_choice`` keeps the best plan met; returns by how much the
    last is above it, which the next call takes as ``above_best``. Excess over limits never
    grows. Arrays otherwise as in :func:`solver.staggering._moves_kernels.single_pass`.
    """
    for at in range(len(draws)):
        warmth *= cooling
        a = movable[int(draws[at, 0] * len(movable))]
        old_a, new_a = choice[a], offset[a] + int(draws[at, 1] * (offset[a + 1] - offset[a]))
        if new_a == old_a:
            continue
        new_b = find_partner(
            a, new_a, draws[at, 2:5], movable, choice, offset, owner,
            load_at, load_cell, cell_at, cell_option,
        )  # fmt: skip
        over, extra = _replace(
            old_a, new_a, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
            load, used, seats, factor, most, rule_most,
        )  # fmt: skip
        old_b = -1
        if new_b >= 0:
            old_b = choice[owner[new_b]]
            more_over, more = _replace(
                old_b, new_b, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
                load, used, seats, factor, most, rule_most,
            )  # fmt: skip
            over, extra = over + more_over, extra + more
        if over <= 1e-9 and (extra <= 0.0 or draws[at, 5] < np.exp(-extra / warmth)):
            choice[a] = new_a
            if new_b >= 0:
                choice[owner[new_b]] = new_b
            above_best += extra
            if above_best < -1e-9:
                best_choice[:] = choice
                above_best = 0.0
            continue
        if new_b >= 0:
            shift(new_b, -1.0, load_at, load_cell, load_pax, load)
            shift(new_b, -1.0, rule_at, rule_row, rule_value, used)
            shift(old_b, 1.0, load_at, load_cell, load_pax, load)
            shift(old_b, 1.0, rule_at, rule_row, rule_value, used)
        shift(new_a, -1.0, load_at, load_cell, load_pax, load)
        shift(new_a, -1.0, rule_at, rule_row, rule_value, used)
        shift(old_a, 1.0, load_at, load_cell, load_pax, load)
        shift(old_a, 1.0, rule_at, rule_row, rule_value, used)
    return above_best


@njit(cache=True, nogil=True)
def _replace(
    old: int,
    new: int,
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
    """Put one option in another's place; return by how much excess and cost grow."""
    shift(old, -1.0, load_at, load_cell, load_pax, load)
    shift(old, -1.0, rule_at, rule_row, rule_value, used)
    over_old, value_old = merit(
        old, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
        load, used, seats, factor, most, rule_most,
    )  # fmt: skip
    over, value = merit(
        new, linear, load_at, load_cell, load_pax, rule_at, rule_row, rule_value,
        load, used, seats, factor, most, rule_most,
    )  # fmt: skip
    shift(new, 1.0, load_at, load_cell, load_pax, load)
    shift(new, 1.0, rule_at, rule_row, rule_value, used)
    return over - over_old, value - value_old
