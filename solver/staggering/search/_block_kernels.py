"""The cheapest way for one employer's whole cohorts to keep its own rules, by tree search."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def cheapest_kept(
    offset: np.ndarray,
    cost: np.ndarray,
    use: np.ndarray,
    limit: np.ndarray,
    price: np.ndarray,
    max_nodes: int,
) -> tuple[float, int, np.ndarray]:
    """Return a value that no choice of one option a cohort within all limits is cheaper than.

    It is the cheapest choice's own cost when the tree was searched to its end, and at least
    what ``price`` proves when it was not; infinite when no choice is within the limits.

    Cohort c has the options ``offset[c]:offset[c + 1]``; option k costs ``cost[k]`` and uses
    ``use[k]`` (n_options, n_rows), sums of which stay at most ``limit``. A node's bound is
    the Lagrangian one at ``price`` (n_rows, at least 0): cohorts without a choice yet take
    the cheapest at cost plus prices. Returns the value, the nodes visited and the cheapest
    choice met (n_cohorts,), each cohort's cheapest option where none was.
    """
    n, n_rows = len(offset) - 1, len(limit)
    paid = cost.copy()
    for k in range(len(cost)):
        for row in range(n_rows):
            paid[k] += price[row] * use[k, row]
    turn, ranked = _order(offset, paid)
    rest = np.zeros(n + 1)  # least that cohorts from the d-th turn on pay
    least = np.zeros((n + 1, n_rows))  # least that they use of each row
    for d in range(n - 1, -1, -1):
        first, last = offset[turn[d]], offset[turn[d] + 1]
        rest[d] = rest[d + 1] + paid[first:last].min()
        for row in range(n_rows):
            least[d, row] = least[d + 1, row] + use[first:last, row].min()
    given = 0.0
    for row in range(n_rows):
        given += price[row] * limit[row]
    used, spent, truly = np.zeros((n + 1, n_rows)), np.zeros(n + 1), np.zeros(n + 1)
    at = np.zeros(n, dtype=np.int64)
    kept, now = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for c in range(n):
        kept[c] = ranked[offset[c]]
    best, nodes, d = np.inf, 0, 0
    while d >= 0:
        first, last = offset[turn[d]], offset[turn[d] + 1]
        if at[d] >= last - first:
            at[d] = 0
            d -= 1
            continue
        k = ranked[first + at[d]]
        bound = max(spent[d] + paid[k] + rest[d + 1] - given, truly[d] + cost[k])
        if spent[d] + paid[k] + rest[d + 1] - given >= best:  # and so are all that follow it
            at[d] = 0
            d -= 1
            continue
        if nodes >= max_nodes:
            value = _least_open(d, at, offset, turn, ranked, spent, paid, rest, given, best)
            return value, nodes, kept
        at[d] += 1
        nodes += 1
        if bound >= best or not _may_fit(used[d], use[k], least[d + 1], limit):
            continue
        now[turn[d]] = k
        if d == n - 1:
            if truly[d] + cost[k] < best:
                best = truly[d] + cost[k]
                kept[:] = now
            continue
        used[d + 1] = used[d] + use[k]
        spent[d + 1] = spent[d] + paid[k]
        truly[d + 1] = truly[d] + cost[k]
        d += 1
    return best, nodes, kept


@njit(cache=True, nogil=True)
def _order(offset: np.ndarray, paid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order cohorts by what their second best option costs more, and options by what they cost."""
    n = len(offset) - 1
    gap = np.zeros(n)
    ranked = np.zeros(len(paid), dtype=np.int64)
    for c in range(n):
        first, last = offset[c], offset[c + 1]
        ranked[first:last] = first + np.argsort(paid[first:last])
        if last - first > 1:
            gap[c] = paid[ranked[first + 1]] - paid[ranked[first]]
        else:
            gap[c] = np.inf
    return np.argsort(-gap), ranked


@njit(cache=True, nogil=True)
def _may_fit(used: np.ndarray, more: np.ndarray, least: np.ndarray, limit: np.ndarray) -> bool:
    fits = True
    for row in range(len(limit)):
        fits = fits and used[row] + more[row] + least[row] <= limit[row]
    return fits


@njit(cache=True, nogil=True)
def _least_open(
    depth: int,
    at: np.ndarray,
    offset: np.ndarray,
    turn: np.ndarray,
    ranked: np.ndarray,
    spent: np.ndarray,
    paid: np.ndarray,
    rest: np.ndarray,
    given: float,
    best: float,
) -> float:
    """Return the least bound of what was not visited: options in order, the next is the least."""
    value = best
    for d in range(depth + 1):
        first, last = offset[turn[d]], offset[turn[d] + 1]
        if at[d] < last - first:
            k = ranked[first + at[d]]
            value = min(value, spent[d] + paid[k] + rest[d + 1] - given)
    return value
