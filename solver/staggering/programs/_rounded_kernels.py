"""Search for mixed-integer rounding cuts cell by cell."""

from typing import NamedTuple

import numpy as np
from numba import njit

_DIVISORS = 4  # a divisor is a step of the load, or that over 2, 3, 4
_EDGE = 0.02  # remainders nearer to a whole number of divisors are left aside: bad numbers
_NOBODY = 1e-7  # shares
_LEAST_PAX = 1e-3


class Users(NamedTuple):
    """Who loads which cell, and what a fractional solution says.

    Cell k: candidates ``option[at[k]:at[k + 1]]`` bring ``pax`` each. Candidates of cohort c
    are ``offset[c]:offset[c + 1]``, ``owner`` is a candidate's cohort, ``x`` its share.
    """

    at: np.ndarray
    option: np.ndarray
    pax: np.ndarray
    offset: np.ndarray
    owner: np.ndarray
    x: np.ndarray


class Cells(NamedTuple):
    """Crowding cost ``factor l max(0, l - seats)`` of load l, (n_cells,) each.

    ``background`` load, ``load`` of the solution with what it surely brings, ``cost`` as the
    solution counts it.
    """

    factor: np.ndarray
    seats: np.ndarray
    background: np.ndarray
    load: np.ndarray
    cost: np.ndarray


@njit(cache=True, nogil=True)
def search_cuts(
    users: Users,
    cells: Cells,
    base: np.ndarray,
    least: float,
    n_each: int,
    found: np.ndarray,
) -> int:
    """Find up to ``n_each`` cuts a cell that the solution breaks by over ``least``.

    ``base`` (n_variants, n_cohorts): candidates from which steps of the load are counted.
    Writes rows (cell, variant, divisor, remainder, low slope, high slope, touching cost,
    kink, broken by) of ``found`` (n_cells * n_each, 9); returns how many.
    """
    n_found = 0
    own = np.zeros(len(users.x))
    seen = np.full(len(users.offset) - 1, -1)
    step, share = np.empty(len(users.x)), np.empty(len(users.x))
    best = np.empty((n_each, 9))
    for k in range(len(cells.seats)):
        if cells.factor[k] <= 0.0 or cells.load[k] < 0.98 * cells.seats[k]:
            continue
        for i in range(users.at[k], users.at[k + 1]):
            own[users.option[i]] = users.pax[i]
        best[:, 8] = -np.inf
        for variant in range(len(base)):
            zero, n = _steps(k, users, base[variant], own, seen, step, share, cells)
            for j in range(n):
                for parts in range(1, _DIVISORS + 1):
                    divisor = abs(step[j]) / parts
                    if divisor < _LEAST_PAX:
                        continue
                    _try_divisor(k, variant, divisor, zero, n, step, share, cells, least, best)
            for i in range(users.at[k], users.at[k + 1]):
                seen[users.owner[users.option[i]]] = -1
        for i in range(users.at[k], users.at[k + 1]):
            own[users.option[i]] = 0.0
        for row in range(n_each):
            if best[row, 8] > -np.inf:
                found[n_found] = best[row]
                n_found += 1
    return n_found


@njit(cache=True, nogil=True)
def _steps(
    k: int,
    users: Users,
    base: np.ndarray,
    own: np.ndarray,
    seen: np.ndarray,
    step: np.ndarray,
    share: np.ndarray,
    cells: Cells,
) -> tuple[float, int]:
    """Return the cell's load with everyone at the base, and how many steps shares are split to.

    Steps are what candidates with a share bring more than their cohort's base.
    """
    zero, n = cells.background[k], 0
    for i in range(users.at[k], users.at[k + 1]):
        c = users.owner[users.option[i]]
        if seen[c] >= 0:
            continue
        seen[c] = 1
        zero += own[base[c]]
        for j in range(users.offset[c], users.offset[c + 1]):
            more = own[j] - own[base[c]]
            if j != base[c] and users.x[j] > _NOBODY and abs(more) > _LEAST_PAX:
                step[n], share[n] = more, users.x[j]
                n += 1
    return zero, n


@njit(cache=True, nogil=True)
def _try_divisor(
    k: int,
    variant: int,
    divisor: float,
    zero: float,
    n: int,
    step: np.ndarray,
    share: np.ndarray,
    cells: Cells,
    least: float,
    best: np.ndarray,
) -> None:
    """Enter the cuts of one divisor among the best, if the solution breaks them by enough.

    Two tangents meet at the seats; at the load; or half way between the two whole numbers of
    divisors beside the load, where they touch the curve if all steps are whole divisors.
    """
    factor, seats, load = cells.factor[k], cells.seats[k], cells.load[k]
    whole = _whole(seats, zero, divisor, n, step, share)
    if whole > 0.0:
        _enter(
            k, variant, divisor, zero, seats, 0.0, factor * seats, 0.0, whole, cells, least, best
        )
    below = zero + np.floor((load - zero) / divisor) * divisor
    if below < seats:
        # The lower one is that of the empty seats, the upper one touches beyond them.
        touch = seats + max(whole, 0.0) * (below + divisor - seats)
        if touch > seats:
            kink = touch * touch / (2.0 * touch - seats)
            whole = _whole(kink, zero, divisor, n, step, share)
            if whole > 0.0:
                high = factor * (2.0 * touch - seats)
                _enter(k, variant, divisor, zero, kink, 0.0, high, 0.0, whole, cells, least, best)
    if load <= seats:
        return
    for place in range(2):
        kink = load if place == 0 else below + 0.5 * divisor
        whole = _whole(kink, zero, divisor, n, step, share)
        if whole <= 0.0 or kink <= seats:
            continue
        part = (kink - zero) / divisor
        part -= np.floor(part)
        # How far from the kink they touch: the curve's sag against the rise at the kink.
        apart = min(2.0 * divisor * part * (1.0 - part) * whole, kink - seats)
        low = factor * (2.0 * (kink - apart) - seats)
        high = factor * (2.0 * (kink + apart) - seats)
        cost = factor * (kink * (kink - seats) - apart * apart)
        _enter(k, variant, divisor, zero, kink, low, high, cost, whole, cells, least, best)


@njit(cache=True, nogil=True)
def _whole(
    kink: float, zero: float, divisor: float, n: int, step: np.ndarray, share: np.ndarray
) -> float:
    """Return what is left of 1 when every share pays its step's distance from whole; <= 0: no."""
    remainder = (kink - zero) / divisor
    remainder -= np.floor(remainder)
    if remainder < _EDGE or remainder > 1.0 - _EDGE:
        return 0.0
    whole = 1.0
    for j in range(n):
        whole -= share[j] * distance(step[j] / divisor, remainder)
    return whole


@njit(cache=True, nogil=True)
def _enter(
    k: int,
    variant: int,
    divisor: float,
    zero: float,
    kink: float,
    low: float,
    high: float,
    cost: float,
    whole: float,
    cells: Cells,
    least: float,
    best: np.ndarray,
) -> None:
    """Keep a cut in place of the least broken of the best, if it is broken by more."""
    remainder = (kink - zero) / divisor
    remainder -= np.floor(remainder)
    slope = low * remainder + high * (1.0 - remainder)
    rise = (high - low) * divisor * remainder * (1.0 - remainder)
    broken = cost + slope * (cells.load[k] - kink) + rise * whole - cells.cost[k]
    worst = 0
    for row in range(len(best)):
        if best[row, 2] == divisor and best[row, 7] == kink and best[row, 1] == variant:
            return
        if best[row, 8] < best[worst, 8]:
            worst = row
    if broken <= least or broken <= best[worst, 8]:
        return
    best[worst, 0], best[worst, 1], best[worst, 2] = k, variant, divisor
    best[worst, 3], best[worst, 4], best[worst, 5] = remainder, low, high
    best[worst, 6], best[worst, 7], best[worst, 8] = cost, kink, broken


@njit(cache=True, nogil=True)
def distance(steps: float, remainder: float) -> float:
    """Return how far a number of divisors is from whole: 0 there, 1 at the remainder."""
    part: float = steps - np.floor(steps)
    if part <= remainder:
        return part / remainder
    return (1.0 - part) / (1.0 - remainder)


@njit(cache=True, nogil=True)
def write_cuts(
    users: Users,
    base: np.ndarray,
    found: np.ndarray,
    at: np.ndarray,
    column: np.ndarray,
    value: np.ndarray,
) -> int:
    """Write each found cut's coefficients on candidates; return how many there are.

    Cut i takes ``at[i]:at[i + 1]`` of ``column`` and ``value``: the slope on what candidates
    bring, less the rise times their distance from whole divisors. With an empty ``column``
    entries are only counted.
    """
    n = 0
    own = np.zeros(len(users.x))
    seen = np.full(len(users.offset) - 1, -1)
    for f in range(len(found)):
        at[f] = n
        k, remainder, divisor = int(found[f, 0]), found[f, 3], found[f, 2]
        slope = found[f, 4] * remainder + found[f, 5] * (1.0 - remainder)
        rise = (found[f, 5] - found[f, 4]) * divisor * remainder * (1.0 - remainder)
        for i in range(users.at[k], users.at[k + 1]):
            own[users.option[i]] = users.pax[i]
        for i in range(users.at[k], users.at[k + 1]):
            c = users.owner[users.option[i]]
            if seen[c] == f:
                continue
            seen[c] = f
            at_base = own[base[int(found[f, 1]), c]]
            for j in range(users.offset[c], users.offset[c + 1]):
                coefficient = slope * own[j]
                if own[j] != at_base:
                    coefficient -= rise * distance((own[j] - at_base) / divisor, remainder)
                if coefficient != 0.0:
                    if len(column):
                        column[n], value[n] = j, coefficient
                    n += 1
        for i in range(users.at[k], users.at[k + 1]):
            own[users.option[i]] = 0.0
    at[len(found)] = n
    return n
