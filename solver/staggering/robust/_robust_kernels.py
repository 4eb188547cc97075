"""Moves of whole cohorts on what a plan comes to at worst, in several scenarios at once.

In scenario s a share ``follow[c, s]`` of cohort c does as the plan asks and the rest as today.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from solver.staggering.search._anneal_kernels import Meetings, find_partner
from solver.staggering.search._moves_kernels import Standing, less, merit, put, turned


class Outcomes(NamedTuple):
    """Who follows in each scenario, and what comes of the plan there.

    ``follow`` (n_cohorts, n_scenarios), ``loads`` (n_cells, n_scenarios) and ``value``
    (n_scenarios,), each scenario's loads and cost. The plan comes to ``value.max()``.
    """

    follow: np.ndarray
    loads: np.ndarray
    value: np.ndarray


@njit(cache=True, nogil=True)
def robust_pass(
    order: np.ndarray,
    partner: np.ndarray,
    choice: np.ndarray,
    outcomes: Outcomes,
    plan: Standing,
) -> int:
    """Move each cohort of ``order`` with its partner where that pays; return how many did.

    ``partner[i]`` moves together with ``order[i]``; where it is negative or the same cohort,
    that one moves alone. Excess over the limits of the plan as asked comes before cost.
    Choices, outcomes and standing are kept up to date.
    """
    offset, n_moved = plan.offset, 0
    n = len(outcomes.value)
    with_a, with_b = np.empty(n), np.empty(n)
    for at in range(len(order)):
        a, b = order[at], partner[at]
        alone = b < 0 or b == a
        old_a, old_b = choice[a], choice[b]
        put_everywhere(old_a, a, -1.0, outcomes, plan)
        if not alone:
            put_everywhere(old_b, b, -1.0, outcomes, plan)
        best_a, best_b = old_a, old_b
        over_best, value_best = np.inf, np.inf
        # The pair as it is comes first: what the others must beat.
        for turn in range(offset[a + 1] - offset[a]):
            k = turned(offset[a], old_a, turn)
            over_a, _ = merit(k, plan)
            if alone:
                price(k, a, with_a, outcomes, plan)
                total = with_a.max()
                if turn == 0 or less(over_a, total, over_best, value_best):
                    best_a, over_best, value_best = k, over_a, total
                continue
            put_everywhere(k, a, 1.0, outcomes, plan)
            for other in range(offset[b + 1] - offset[b]):
                j = turned(offset[b], old_b, other)
                over_b, _ = merit(j, plan)
                price(j, b, with_b, outcomes, plan)
                total = with_b.max()
                is_first = turn == 0 and other == 0
                if is_first or less(over_a + over_b, total, over_best, value_best):
                    best_a, best_b = k, j
                    over_best, value_best = over_a + over_b, total
            put_everywhere(k, a, -1.0, outcomes, plan)
        put_everywhere(best_a, a, 1.0, outcomes, plan)
        if not alone:
            put_everywhere(best_b, b, 1.0, outcomes, plan)
        if best_a != old_a or best_b != old_b:
            choice[a] = best_a
            if not alone:
                choice[b] = best_b
            n_moved += 1
    return n_moved


@njit(cache=True, nogil=True)
def robust_anneal(
    draws: np.ndarray,
    warmth: float,
    cooling: float,
    choice: np.ndarray,
    best_choice: np.ndarray,
    best: float,
    prior: np.ndarray,
    softness: float,
    meetings: Meetings,
    outcomes: Outcomes,
    plan: Standing,
) -> float:
    """Take random moves, dearer ones with probability ``exp(-extra / warmth)``, cooling down.

    What counts is the soft largest of the scenarios' costs, ``t log sum prior exp(value / t)``
    with ``t = softness warmth``: nearly the average by ``prior`` (n_scenarios,), above 0, where
    that is warm, the largest where it is cold. ``draws``
    (n, 6) are uniform numbers, one row a move of one cohort or of two
    (:func:`solver.staggering.search._anneal_kernels.find_partner`). ``best_choice`` keeps the
    plan of least worst cost met; that cost is returned, and given as ``best``. Excess over
    limits never grows.
    """
    movable, offset, owner = meetings.movable, plan.offset, meetings.owner
    before = np.empty(len(outcomes.value))
    for at in range(len(draws)):
        warmth *= cooling
        a = movable[int(draws[at, 0] * len(movable))]
        old_a, new_a = choice[a], offset[a] + int(draws[at, 1] * (offset[a + 1] - offset[a]))
        if new_a == old_a:
            continue
        new_b = find_partner(a, new_a, draws[at, 2:5], choice, meetings, plan)
        before[:] = outcomes.value
        over = _replace(old_a, new_a, a, outcomes, plan)
        old_b, b = -1, -1
        if new_b >= 0:
            b = owner[new_b]
            old_b = choice[b]
            over += _replace(old_b, new_b, b, outcomes, plan)
        extra = _soft_rise(before, outcomes.value, prior, softness * warmth)
        if over <= 1e-9 and (extra <= 0.0 or draws[at, 5] < np.exp(-extra / warmth)):
            choice[a] = new_a
            if new_b >= 0:
                choice[b] = new_b
            worst = outcomes.value.max()
            if worst < best:
                best = worst
                best_choice[:] = choice
            continue
        if new_b >= 0:
            _replace(new_b, old_b, b, outcomes, plan)
        _replace(new_a, old_a, a, outcomes, plan)
        outcomes.value[:] = before
    return best


@njit(cache=True, nogil=True)
def price(k: int, cohort: int, with_k: np.ndarray, outcomes: Outcomes, plan: Standing) -> None:
    """Write into ``with_k`` each scenario's cost when option k joins the others."""
    follow = outcomes.follow[cohort]
    for s in range(len(follow)):
        with_k[s] = outcomes.value[s] + follow[s] * plan.linear[k]
    for i in range(plan.load_at[k], plan.load_at[k + 1]):
        cell, pax = plan.load_cell[i], plan.load_pax[i]
        seats, factor = plan.seats[cell], plan.factor[cell]
        loads = outcomes.loads[cell]
        for s in range(len(follow)):
            before = loads[s]
            after = before + follow[s] * pax
            with_k[s] += factor * (
                after * max(0.0, after - seats) - before * max(0.0, before - seats)
            )


@njit(cache=True, nogil=True)
def put_everywhere(k: int, cohort: int, sign: float, outcomes: Outcomes, plan: Standing) -> None:
    """Add option k to the plan as asked and, for those who follow, to every scenario (sign 1).

    Or take it out of them (-1).
    """
    put(k, sign, plan)
    follow, value = outcomes.follow[cohort], outcomes.value
    for s in range(len(follow)):
        value[s] += sign * follow[s] * plan.linear[k]
    for i in range(plan.load_at[k], plan.load_at[k + 1]):
        cell, pax = plan.load_cell[i], sign * plan.load_pax[i]
        seats, factor = plan.seats[cell], plan.factor[cell]
        loads = outcomes.loads[cell]
        for s in range(len(follow)):
            before = loads[s]
            after = before + follow[s] * pax
            value[s] += factor * (
                after * max(0.0, after - seats) - before * max(0.0, before - seats)
            )
            loads[s] = after


@njit(cache=True, nogil=True)
def _replace(old: int, new: int, cohort: int, outcomes: Outcomes, plan: Standing) -> float:
    """Put one option in another's place everywhere; return by how much the excess grows."""
    put_everywhere(old, cohort, -1.0, outcomes, plan)
    over_old, _ = merit(old, plan)
    over_new, _ = merit(new, plan)
    put_everywhere(new, cohort, 1.0, outcomes, plan)
    return over_new - over_old


@njit(cache=True, nogil=True)
def _soft_rise(before: np.ndarray, after: np.ndarray, prior: np.ndarray, warmth: float) -> float:
    """Return by how much the soft largest value grows."""
    most = max(before.max(), after.max())
    sum_before, sum_after = 0.0, 0.0
    for s in range(len(before)):
        sum_before += prior[s] * np.exp((before[s] - most) / warmth)
        sum_after += prior[s] * np.exp((after[s] - most) / warmth)
    if sum_before <= 0.0 or sum_after <= 0.0:  # far below the other: only the largest count
        return float(after.max() - before.max())
    return float(warmth * (np.log(sum_after) - np.log(sum_before)))
