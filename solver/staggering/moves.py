"""Local search on the true cost by compiled moves, for what they can price."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering._moves_kernels import anneal, pair_pass, single_pass
from solver.staggering.pieces import cell_factors
from solver.staggering.reduce import Objective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.rounding import Landscape

_TOLERANCE = 1e-9
_FEW_COHORTS = 60
_PARTNERS = 24
_CHUNK = 64
_STEPS, _STEPS_PER_COHORT = 20_000, 10_000
_WARMTH, _COOLED = 0.15, 1e-3  # of the mean deviation of options' linear costs


def can_price(landscape: Landscape) -> bool:
    """Whether the compiled moves know all of a landscape: cost, sums under limits, no envy."""
    task = landscape.task
    return task.objective is Objective.COST and not np.isfinite(task.problem.rules.max_envy_min)


def improve_by_moves(
    landscape: Landscape, choices: NDArray[np.int64], *, deadline: float, seed: int
) -> NDArray[np.int64]:
    """Move one cohort, then two, while that lowers the excess over limits or the true cost.

    With few cohorts all pairs are tried, and the plan returned is one no pair improves; with
    many, each is tried once with partners drawn from ``seed``; then :func:`anneal_plan` goes
    further. Stops when ``time.perf_counter()`` passes ``deadline``.
    """
    rng = np.random.default_rng(seed)
    choices = choices.copy()
    offset = landscape.task.problem.cohorts.candidate_offset
    movable = np.flatnonzero(np.diff(offset) > 1)
    is_small = len(movable) <= _FEW_COHORTS
    while len(movable) and time.perf_counter() < deadline:
        state = _State(landscape, choices)
        while time.perf_counter() < deadline and single_pass(
            rng.permutation(movable), choices, *state.arrays
        ):
            pass
        n_moved = _try_pairs(state, choices, movable, rng, deadline, all_pairs=is_small)
        if not n_moved or not is_small:
            break
    return choices


class _State:
    """Arrays of one landscape for the kernels; loads and sums are those of given choices."""

    def __init__(self, landscape: Landscape, choices: NDArray[np.int64]) -> None:
        task = landscape.task
        cells, kept = task.problem.cells, task.reduced.cells
        load = cells.background_pax[kept] + _sums(landscape.load[:, choices])
        limit = np.full(len(kept), np.inf)
        if cells.limit_pax is not None:
            limit = cells.limit_pax[kept]
        slack = _TOLERANCE * np.maximum(1.0, np.where(np.isfinite(limit), limit, 1.0))
        columns, rules = landscape.load, landscape.rule
        self.arrays = (
            task.problem.cohorts.candidate_offset,
            landscape.linear,
            columns.indptr.astype(np.int64),
            columns.indices.astype(np.int64),
            columns.data,
            rules.indptr.astype(np.int64),
            rules.indices.astype(np.int64),
            rules.data,
            load,
            _sums(rules[:, choices]),
            cells.seats[kept],
            cell_factors(task.problem, task.reduced),
            limit + slack,
            landscape.rule_limit + _TOLERANCE * (1.0 + np.abs(landscape.rule_limit)),
        )


def anneal_plan(
    landscape: Landscape, choices: NDArray[np.int64], *, deadline: float, seed: int
) -> NDArray[np.int64]:
    """Look further from a plan by simulated annealing; return the best plan met, polished.

    Begins as warm as moves at random are dear on average and cools a thousandfold, by steps
    done or by time gone, whichever is further. Limits that are kept stay kept.

    References
    ----------
    Kirkpatrick, Gelatt, Vecchi, "Optimization by simulated annealing", Science 220, 1983,
    doi:10.1126/science.220.4598.671 (here with moves of two cohorts at once as well).
    """
    rng = np.random.default_rng(seed)
    offset = landscape.task.problem.cohorts.candidate_offset
    movable = np.flatnonzero(np.diff(offset) > 1)
    best = choices.copy()
    started = time.perf_counter()
    budget = max(1e-3, deadline - started)
    total, done, above = _STEPS_PER_COHORT * len(movable), 0, 0.0
    if len(movable) <= _FEW_COHORTS:  # every pair was tried
        return best
    now = choices.copy()
    state = _State(landscape, now)
    hot = _WARMTH * float(np.mean(np.abs(landscape.linear - landscape.linear.mean())))
    while done < total and time.perf_counter() < deadline:
        gone = max(done / total, (time.perf_counter() - started) / budget)
        warmth = max(hot, 1e-9) * _COOLED**gone
        cooling = _COOLED ** (_STEPS / total)
        draws = rng.random((_STEPS, 6))
        above = anneal(
            draws, movable, warmth, cooling ** (1 / _STEPS), now, best, above, *state.arrays
        )
        done += _STEPS
    state = _State(landscape, best)
    while time.perf_counter() < deadline and single_pass(movable, best, *state.arrays):
        pass
    return best


def _try_pairs(
    state: _State,
    choices: NDArray[np.int64],
    movable: NDArray[np.int64],
    rng: np.random.Generator,
    deadline: float,
    *,
    all_pairs: bool,
) -> int:
    order, n_moved = rng.permutation(movable), 0
    for start in range(0, len(order), _CHUNK):
        if time.perf_counter() > deadline:
            break
        some = order[start : start + _CHUNK]
        partner = (
            np.tile(movable, (len(some), 1))
            if all_pairs
            else rng.choice(movable, size=(len(some), _PARTNERS))
        )
        n_moved += pair_pass(some, partner, choices, *state.arrays)
    return n_moved


def _sums(matrix: object) -> NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()  # type: ignore[attr-defined]
