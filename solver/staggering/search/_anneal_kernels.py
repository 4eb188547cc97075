"""Annealing and rounding of whole cohorts on the true convex cost.

A plan that is nearly right has a few cells too full and others not full enough. A move that
mends one cell mostly spoils another, so that single moves are dear; the moves that pay are
pairs which meet in a cell: one cohort comes where another leaves.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from solver.staggering.search._moves_kernels import Standing, merit, put


class Meetings(NamedTuple):
    """Who may meet where.

    ``cell_option[cell_at[k]:cell_at[k + 1]]`` are the options that load cell k, ``owner`` is
    the cohort of an option, ``movable`` the cohorts with a choice.
    """

    movable: np.ndarray
    owner: np.ndarray
    cell_at: np.ndarray
    cell_option: np.ndarray


@njit(cache=True, nogil=True)
def take_wanted(order: np.ndarray, wanted: np.ndarray, choice: np.ndarray, plan: Standing) -> None:
    """Give each cohort of ``order`` its ``wanted`` option unless that breaks a limit further.

    ``choice`` and the standing are updated.
    """
    for cohort in order:
        old, new = choice[cohort], wanted[cohort]
        if old == new:
            continue
        put(old, -1.0, plan)
        over_old, _ = merit(old, plan)
        over_new, _ = merit(new, plan)
        if over_new <= over_old:
            choice[cohort] = new
        put(choice[cohort], 1.0, plan)


@njit(cache=True, nogil=True)
def find_partner(
    a: int,
    new_a: int,
    draws: np.ndarray,
    choice: np.ndarray,
    meetings: Meetings,
    plan: Standing,
) -> int:
    """Draw an option of another cohort to take with cohort a's ``new_a``; -1 for none.

    By ``draws`` (3 uniform numbers): somebody leaves a cell that ``new_a`` fills, somebody
    comes to a cell that a leaves, anybody moves, or nobody.
    """
    kind, offset = draws[0], plan.offset
    if kind >= 0.5:
        return -1
    if kind >= 0.4:
        b = meetings.movable[int(draws[1] * len(meetings.movable))]
        new_b = offset[b] + int(draws[2] * (offset[b + 1] - offset[b]))
        return -1 if b == a or new_b == choice[b] else new_b
    met = new_a if kind < 0.2 else choice[a]
    n_cells = plan.load_at[met + 1] - plan.load_at[met]
    if n_cells == 0:
        return -1
    cell = plan.load_cell[plan.load_at[met] + int(draws[1] * n_cells)]
    # Two numbers from one draw: which option of the cell, and which other slot.
    spread = draws[2] * (meetings.cell_at[cell + 1] - meetings.cell_at[cell])
    there = meetings.cell_option[meetings.cell_at[cell] + int(spread)]
    b = meetings.owner[there]
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
    warmth: float,
    cooling: float,
    choice: np.ndarray,
    best_choice: np.ndarray,
    above_best: float,
    meetings: Meetings,
    plan: Standing,
) -> float:
    """Take random moves, dearer ones with probability ``exp(-extra / warmth)``, cooling down.

    ``draws`` (n, 6) are uniform numbers, one row a move: of one cohort, or of two at once
    (:func:`find_partner`). ``best_choice`` keeps the best plan met; returns by how much the
    last is above it, which the next call takes as ``above_best``. Excess over limits never
    grows.
    """
    movable, offset, owner = meetings.movable, plan.offset, meetings.owner
    for at in range(len(draws)):
        warmth *= cooling
        a = movable[int(draws[at, 0] * len(movable))]
        old_a, new_a = choice[a], offset[a] + int(draws[at, 1] * (offset[a + 1] - offset[a]))
        if new_a == old_a:
            continue
        new_b = find_partner(a, new_a, draws[at, 2:5], choice, meetings, plan)
        over, extra = replace_option(old_a, new_a, plan)
        old_b = -1
        if new_b >= 0:
            old_b = choice[owner[new_b]]
            more_over, more = replace_option(old_b, new_b, plan)
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
            put(new_b, -1.0, plan)
            put(old_b, 1.0, plan)
        put(new_a, -1.0, plan)
        put(old_a, 1.0, plan)
    return above_best


@njit(cache=True, nogil=True)
def replace_option(old: int, new: int, plan: Standing) -> tuple[float, float]:
    """Put one option in another's place; return by how much excess and cost grow."""
    put(old, -1.0, plan)
    over_old, value_old = merit(old, plan)
    over, value = merit(new, plan)
    put(new, 1.0, plan)
    return over - over_old, value - value_old
