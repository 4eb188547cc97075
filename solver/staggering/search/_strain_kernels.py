"""Annealing that may strain the rules: what a plan is over its limits counts as a cost.

Where many rules bind at once, every way from one good plan to another leads through plans that
keep them not quite. The price of an excess rises as the plan cools, until none is left.
"""

import numpy as np
from numba import njit

from solver.staggering.search._anneal_kernels import Meetings, find_partner, replace_option
from solver.staggering.search._moves_kernels import Standing, put


@njit(cache=True, nogil=True)
def anneal_strained(
    draws: np.ndarray,
    warmth: float,
    cooling: float,
    press: float,
    choice: np.ndarray,
    meetings: Meetings,
    plan: Standing,
) -> None:
    """Take random moves, dearer ones with probability ``exp(-extra / warmth)``, cooling down.

    An excess of 1 over a limit counts ``press``. ``draws`` (n, 6) are uniform numbers, one
    row a move of one cohort or two
    (:func:`solver.staggering.search._anneal_kernels.find_partner`). ``choice`` and the
    standing are updated.
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
        price = extra + press * over
        if price <= 0.0 or draws[at, 5] < np.exp(-price / warmth):
            choice[a] = new_a
            if new_b >= 0:
                choice[owner[new_b]] = new_b
            continue
        if new_b >= 0:
            put(new_b, -1.0, plan)
            put(old_b, 1.0, plan)
        put(new_a, -1.0, plan)
        put(old_a, 1.0, plan)
