"""Moves of whole cohorts on what a plan comes to in several scenarios at once.

In scenario s a share ``follow[s, c]`` of cohort c does as the plan asks and the rest as today.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from solver.staggering.search._moves_kernels import Standing, less, merit, put, rise, turned


class Outcomes(NamedTuple):
    """Who follows in each scenario, and what comes of the plan there.

    ``follow`` (n_scenarios, n_cohorts), ``weight`` (n_scenarios,) or empty, ``loads``
    (n_scenarios, n_cells) and ``value`` (n_scenarios,), each scenario's loads and cost. The
    plan comes to ``weight @ value``, or to ``value.max()`` where ``weight`` is empty.
    """

    follow: np.ndarray
    weight: np.ndarray
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
    offset, weight, n_moved = plan.offset, outcomes.weight, 0
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
                total = worth(with_a, weight)
                if turn == 0 or less(over_a, total, over_best, value_best):
                    best_a, over_best, value_best = k, over_a, total
                continue
            put_everywhere(k, a, 1.0, outcomes, plan)
            for other in range(offset[b + 1] - offset[b]):
                j = turned(offset[b], old_b, other)
                over_b, _ = merit(j, plan)
                price(j, b, with_b, outcomes, plan)
                total = worth(with_b, weight)
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
def worth(value: np.ndarray, weight: np.ndarray) -> float:
    """Return what costs by scenario come to: their largest, or their weighted sum."""
    if len(weight) == 0:
        return float(value.max())
    total = 0.0
    for s in range(len(value)):
        total += weight[s] * value[s]
    return total


@njit(cache=True, nogil=True)
def price(k: int, cohort: int, with_k: np.ndarray, outcomes: Outcomes, plan: Standing) -> None:
    """Write into ``with_k`` each scenario's cost when option k joins the others."""
    for s in range(len(outcomes.value)):
        share = outcomes.follow[s, cohort]
        total = outcomes.value[s]
        if share > 0.0:
            total += share * plan.linear[k]
            for i in range(plan.load_at[k], plan.load_at[k + 1]):
                cell = plan.load_cell[i]
                before = outcomes.loads[s, cell]
                after = before + share * plan.load_pax[i]
                total += rise(before, after, plan.seats[cell], plan.factor[cell])
        with_k[s] = total


@njit(cache=True, nogil=True)
def put_everywhere(k: int, cohort: int, sign: float, outcomes: Outcomes, plan: Standing) -> None:
    """Add option k to the plan as asked and, for those who follow, to every scenario (sign 1).

    Or take it out of them (-1).
    """
    put(k, sign, plan)
    for s in range(len(outcomes.value)):
        share = sign * outcomes.follow[s, cohort]
        if share == 0.0:
            continue
        outcomes.value[s] += share * plan.linear[k]
        for i in range(plan.load_at[k], plan.load_at[k + 1]):
            cell = plan.load_cell[i]
            before = outcomes.loads[s, cell]
            after = before + share * plan.load_pax[i]
            outcomes.value[s] += rise(before, after, plan.seats[cell], plan.factor[cell])
            outcomes.loads[s, cell] = after
