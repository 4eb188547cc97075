"""The dearest set of employers to stay away, by branch and bound on what each set adds."""

from typing import NamedTuple

import numpy as np
from numba import njit

from solver.staggering.search._moves_kernels import rise


class Stayers(NamedTuple):
    """What changes where an employer stays as today, for all employers whose staff move.

    Employer e adds ``cost[e]`` passenger-minutes of travel and moving, and ``change`` passengers
    to ``cell`` in ``at[e]:at[e + 1]``. A cell with load l (``load``, changed while the search
    runs) costs ``factor l max(0, l - seats)``.
    """

    at: np.ndarray
    cell: np.ndarray
    change: np.ndarray
    cost: np.ndarray
    load: np.ndarray
    seats: np.ndarray
    factor: np.ndarray


@njit(cache=True, nogil=True)
def search_sets(
    stayers: Stayers, budget: int, most_effort: float, noise: float, best: np.ndarray
) -> tuple[float, float, int]:
    """Find the set of at most ``budget`` employers that adds most; return what it adds.

    Also what no set adds more than, which is the same where the search ran to its end; it
    stops short of that after ``most_effort`` visits of cells. The third value is how many
    employers the set has; they are in ``best`` (int64, (budget,)). What adds less than
    ``noise`` more counts as no more.

    Crowding costs are convex, so r employers together add at most the sum of an r-th of what
    each would add r times over (Jensen). At every node those still free are sorted by that.
    """
    n = len(stayers.cost)
    order = np.empty((budget, n), dtype=np.int64)
    limit = np.empty((budget, n))
    count, place = np.zeros(budget, dtype=np.int64), np.zeros(budget, dtype=np.int64)
    chosen, gain = np.empty(budget, dtype=np.int64), np.zeros(budget + 1)
    order[0], count[0] = np.arange(n), n
    found, n_best, left_open = 0.0, 0, 0.0
    effort, depth, entering = 0.0, 0, True
    while depth >= 0:
        if entering:
            effort += 2.0 * _look(stayers, order[depth, : count[depth]])
            top, most = _dearest(stayers, order[depth, : count[depth]])
            if top >= 0 and gain[depth] + most > found + noise:
                found, n_best = gain[depth] + most, depth + 1
                best[:depth] = chosen[:depth]
                best[depth] = top
            place[depth] = 0
            if depth + 1 < budget:
                _sort(stayers, order[depth], limit[depth], count[depth], budget - depth)
            entering = False
        at = place[depth]
        go_on = depth + 1 < budget and at < count[depth]
        if go_on:
            reach = gain[depth] + limit[depth, at]
            if reach <= found + noise:  # and so are all that follow
                go_on = False
            elif effort > most_effort:
                left_open = max(left_open, reach)
                go_on = False
        if not go_on:
            depth -= 1
            if depth >= 0:
                _put(stayers, chosen[depth], -1.0)
            continue
        employer = order[depth, at]
        gain[depth + 1] = gain[depth] + _adds(stayers, employer, 1.0)
        _put(stayers, employer, 1.0)
        chosen[depth] = employer
        place[depth] = at + 1
        count[depth + 1] = count[depth] - at - 1
        order[depth + 1, : count[depth + 1]] = order[depth, at + 1 : count[depth]]
        depth += 1
        entering = True
    return found, max(found, left_open), n_best


@njit(cache=True, nogil=True)
def _adds(stayers: Stayers, employer: int, times: float) -> float:
    """Return what an employer adds, a ``times``-th of it ``times`` over."""
    crowding = 0.0
    for i in range(stayers.at[employer], stayers.at[employer + 1]):
        cell = stayers.cell[i]
        before = stayers.load[cell]
        after = before + times * stayers.change[i]
        crowding += rise(before, after, stayers.seats[cell], stayers.factor[cell])
    added: float = stayers.cost[employer] + crowding / times
    return added


@njit(cache=True, nogil=True)
def _look(stayers: Stayers, employers: np.ndarray) -> int:
    """Count the cells these employers change."""
    total = 0
    for e in employers:
        total += stayers.at[e + 1] - stayers.at[e]
    return total


@njit(cache=True, nogil=True)
def _dearest(stayers: Stayers, employers: np.ndarray) -> tuple[int, float]:
    top, most = -1, -np.inf
    for e in employers:
        added = _adds(stayers, e, 1.0)
        if added > most:
            top, most = e, added
    return top, most


@njit(cache=True, nogil=True)
def _sort(stayers: Stayers, order: np.ndarray, limit: np.ndarray, n: int, left: int) -> None:
    """Sort the first n employers by their bound; ``limit``: with the next ones, at most so much."""
    each = np.empty(n)
    for i in range(n):
        each[i] = _adds(stayers, order[i], float(left))
    by = np.argsort(-each)
    order[:n] = order[:n][by].copy()
    each = each[by]
    for i in range(n):
        total = each[i]
        for j in range(i + 1, min(n, i + left)):
            total += max(0.0, each[j])
        limit[i] = total


@njit(cache=True, nogil=True)
def _put(stayers: Stayers, employer: int, sign: float) -> None:
    for i in range(stayers.at[employer], stayers.at[employer + 1]):
        stayers.load[stayers.cell[i]] += sign * stayers.change[i]
