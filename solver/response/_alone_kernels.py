"""An employer's best starts for its own staff, everybody else's held: compiled moves."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

_BETTER = 1e-9
"""A move must lower a cost by this share of what is at stake to count as one."""


class Options(NamedTuple):
    """Candidates of every cohort, with what each costs, loads and takes of the rules.

    Cohort c may take ``offset[c]:offset[c + 1]``. Candidate k costs ``linear[k]`` besides
    crowding, loads ``load_cell[load_at[k]:load_at[k + 1]]`` with ``load_pax`` and takes
    ``rule_value`` of the rules ``rule_row[rule_at[k]:rule_at[k + 1]]``, whose sums stay under
    ``rule_most``.
    """

    offset: NDArray[np.int64]
    linear: NDArray[np.float64]
    load_at: NDArray[np.int64]
    load_cell: NDArray[np.int64]
    load_pax: NDArray[np.float64]
    rule_at: NDArray[np.int64]
    rule_row: NDArray[np.int64]
    rule_value: NDArray[np.float64]
    rule_most: NDArray[np.float64]
    seats: NDArray[np.float64]
    factor: NDArray[np.float64]


class Employers(NamedTuple):
    """Cohorts and rules of each: ``cohort[cohort_at[e]:cohort_at[e + 1]]``, and so for rules."""

    cohort_at: NDArray[np.int64]
    cohort: NDArray[np.int64]
    rule_at: NDArray[np.int64]
    rule: NDArray[np.int64]


class Standing(NamedTuple):
    """Loads of everybody and of the employer at work, and sums of the rules; kept up to date."""

    load: NDArray[np.float64]
    own: NDArray[np.float64]
    used: NDArray[np.float64]


@njit(cache=True, nogil=True)
def let_each_choose(
    options: Options, employers: Employers, standing: Standing, choice: NDArray[np.int64]
) -> int:
    """Let every employer in turn better its own plan; return how many changed theirs.

    An employer stops where no other candidate of one or of two of its cohorts lowers its own
    cost within the rules. ``choice`` (int64, n_cohorts) and ``standing`` are updated.
    """
    n_changed = 0
    for e in range(len(employers.cohort_at) - 1):
        members = employers.cohort[employers.cohort_at[e] : employers.cohort_at[e + 1]]
        rules = employers.rule[employers.rule_at[e] : employers.rule_at[e + 1]]
        before = choice[members]
        for c in members:
            _put_load(options, standing.own, choice[c], 1.0)
        while _better_own(options, standing, choice, members, rules):
            pass
        for c in members:
            _put_load(options, standing.own, choice[c], -1.0)
        if np.any(choice[members] != before):
            n_changed += 1
    return n_changed


@njit(cache=True, nogil=True)
def _better_own(
    options: Options,
    standing: Standing,
    choice: NDArray[np.int64],
    members: NDArray[np.int64],
    rules: NDArray[np.int64],
) -> bool:
    """Try every cohort, then every two, and take what pays; whether anything did."""
    found = False
    for c in members:
        if _best_single(options, standing, choice, c, rules):
            found = True
    if found:
        return True
    for i in range(len(members)):
        for j in range(i):
            if _best_pair(options, standing, choice, members[i], members[j], rules):
                found = True
    return found


@njit(cache=True, nogil=True)
def _put_load(options: Options, load: NDArray[np.float64], k: int, sign: float) -> None:
    for at in range(options.load_at[k], options.load_at[k + 1]):
        load[options.load_cell[at]] += sign * options.load_pax[at]


@njit(cache=True, nogil=True)
def _put_rules(options: Options, used: NDArray[np.float64], k: int, sign: float) -> None:
    for at in range(options.rule_at[k], options.rule_at[k + 1]):
        used[options.rule_row[at]] += sign * options.rule_value[at]


@njit(cache=True, nogil=True)
def _put(options: Options, standing: Standing, k: int, sign: float) -> None:
    """Add (1) or take away (-1) a candidate's loads and its part in the rules."""
    _put_load(options, standing.load, k, sign)
    _put_load(options, standing.own, k, sign)
    _put_rules(options, standing.used, k, sign)


@njit(cache=True, nogil=True)
def _own_cost(options: Options, standing: Standing, k: int) -> float:
    """Compute what a candidate would add to its employer's own cost, passenger-minutes.

    The employer pays ``own * factor * max(0, load - seats)`` in a cell: what its own staff
    bear there, not what they add for others.
    """
    total: float = options.linear[k]
    for at in range(options.load_at[k], options.load_at[k + 1]):
        cell, pax = options.load_cell[at], options.load_pax[at]
        seats, factor = options.seats[cell], options.factor[cell]
        load, own = standing.load[cell], standing.own[cell]
        total += factor * (own + pax) * max(0.0, load + pax - seats)
        total -= factor * own * max(0.0, load - seats)
    return total


@njit(cache=True, nogil=True)
def _excess(
    options: Options, standing: Standing, k: int, j: int, rules: NDArray[np.int64]
) -> float:
    """Compute by how much two candidates (j < 0: one) would take the rules over their limits."""
    if len(rules) == 0:
        return 0.0
    _put_rules(options, standing.used, k, 1.0)
    if j >= 0:
        _put_rules(options, standing.used, j, 1.0)
    over = 0.0
    for row in rules:
        over += max(0.0, standing.used[row] - options.rule_most[row])
    _put_rules(options, standing.used, k, -1.0)
    if j >= 0:
        _put_rules(options, standing.used, j, -1.0)
    return over


@njit(cache=True, nogil=True)
def _less(over: float, cost: float, than_over: float, than_cost: float, scale: float) -> bool:
    """Compare by excess over the rules first, then by cost."""
    if abs(over - than_over) > _BETTER * max(1.0, than_over):
        return over < than_over
    return cost < than_cost - _BETTER * scale


@njit(cache=True, nogil=True)
def _best_single(
    options: Options,
    standing: Standing,
    choice: NDArray[np.int64],
    cohort: int,
    rules: NDArray[np.int64],
) -> bool:
    """Give one cohort its best candidate, all others held; whether it changed."""
    old = choice[cohort]
    if options.offset[cohort + 1] - options.offset[cohort] < 2:
        return False
    _put(options, standing, old, -1.0)
    best = old
    over, cost = _excess(options, standing, old, -1, rules), _own_cost(options, standing, old)
    scale = max(1.0, abs(cost))
    for k in range(options.offset[cohort], options.offset[cohort + 1]):
        if k == old:
            continue
        k_over = _excess(options, standing, k, -1, rules)
        k_cost = _own_cost(options, standing, k)
        if _less(k_over, k_cost, over, cost, scale):
            best, over, cost = k, k_over, k_cost
    _put(options, standing, best, 1.0)
    choice[cohort] = best
    changed: bool = best != old
    return changed


@njit(cache=True, nogil=True)
def _best_pair(
    options: Options,
    standing: Standing,
    choice: NDArray[np.int64],
    a: int,
    b: int,
    rules: NDArray[np.int64],
) -> bool:
    """Give two cohorts of one employer their best candidates together; whether they changed."""
    old_a, old_b = choice[a], choice[b]
    _put(options, standing, old_a, -1.0)
    _put(options, standing, old_b, -1.0)
    best_a, best_b = old_a, old_b
    over = _excess(options, standing, old_a, old_b, rules)
    cost = _own_cost(options, standing, old_a)
    _put(options, standing, old_a, 1.0)
    cost += _own_cost(options, standing, old_b)
    _put(options, standing, old_a, -1.0)
    scale = max(1.0, abs(cost))
    for k in range(options.offset[a], options.offset[a + 1]):
        first = _own_cost(options, standing, k)
        _put_load(options, standing.load, k, 1.0)
        _put_load(options, standing.own, k, 1.0)
        for j in range(options.offset[b], options.offset[b + 1]):
            both_over = _excess(options, standing, k, j, rules)
            both = first + _own_cost(options, standing, j)
            if _less(both_over, both, over, cost, scale):
                best_a, best_b, over, cost = k, j, both_over, both
        _put_load(options, standing.load, k, -1.0)
        _put_load(options, standing.own, k, -1.0)
    _put(options, standing, best_a, 1.0)
    _put(options, standing, best_b, 1.0)
    choice[a], choice[b] = best_a, best_b
    changed: bool = best_a != old_a or best_b != old_b
    return changed
