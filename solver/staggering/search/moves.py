"""Local search on the true cost by compiled moves, for what they can price."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.costs.pieces import cell_factors
from solver.staggering.costs.reduce import Objective
from solver.staggering.search._anneal_kernels import Meetings, anneal, take_wanted
from solver.staggering.search._moves_kernels import (
    Standing,
    pair_pass,
    price_options,
    single_pass,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.search.rounding import Landscape

_TOLERANCE = 1e-9
_FEW_COHORTS = 60
_PARTNERS = 24
_CHUNK = 64
_STEPS = 20_000
_STEPS_PER_COHORT = 2_000
_WARMTH, _COOLED = 0.1, 0.05  # begins with this share of what a move costs, cools to this


def can_price(landscape: Landscape) -> bool:
    """Whether the compiled moves know all of a landscape: least cost, sums under limits."""
    return landscape.task.objective is Objective.COST


def improve_by_moves(
    landscape: Landscape,
    choices: NDArray[np.int64],
    *,
    deadline: float,
    seed: int,
    pairs: bool = True,
) -> NDArray[np.int64]:
    """Move one cohort, then two, while that lowers the excess over limits or the true cost.

    With few cohorts all pairs are tried, and the plan returned is one no pair improves; with
    many, each is tried once with partners drawn from ``seed``; then :func:`anneal_plan` goes
    further. Without ``pairs`` only one at a time moves. Stops when ``time.perf_counter()``
    passes ``deadline``.
    """
    rng = np.random.default_rng(seed)
    choices = choices.copy()
    offset = landscape.task.problem.cohorts.candidate_offset
    movable = np.flatnonzero(np.diff(offset) > 1)
    is_small = len(movable) <= _FEW_COHORTS
    while len(movable) and time.perf_counter() < deadline:
        plan = standing_of(landscape, choices)
        while time.perf_counter() < deadline and single_pass(
            rng.permutation(movable), choices, plan
        ):
            pass
        if not pairs:
            break
        n_moved = _try_pairs(plan, choices, movable, rng, deadline, all_pairs=is_small)
        if not n_moved or not is_small:
            break
    return choices


def standing_of(landscape: Landscape, choices: NDArray[np.int64]) -> Standing:
    """Return a landscape as the kernels take it, with the loads and sums of given choices."""
    task = landscape.task
    cells, kept = task.problem.cells, task.reduced.cells
    limit = np.full(len(kept), np.inf)
    if cells.limit_pax is not None:
        limit = cells.limit_pax[kept]
    slack = _TOLERANCE * np.maximum(1.0, np.where(np.isfinite(limit), limit, 1.0))
    columns = landscape.load
    rules, rule_limit = landscape.windowed()
    return Standing(
        offset=task.problem.cohorts.candidate_offset,
        linear=landscape.linear,
        load_at=columns.indptr.astype(np.int64),
        load_cell=columns.indices.astype(np.int64),
        load_pax=columns.data,
        rule_at=rules.indptr.astype(np.int64),
        rule_row=rules.indices.astype(np.int64),
        rule_value=rules.data,
        load=cells.background_pax[kept] + _sums(columns[:, choices]),
        used=_sums(rules[:, choices]),
        seats=cells.seats[kept],
        factor=cell_factors(task.problem, task.reduced),
        most=limit + slack,
        rule_most=rule_limit + _TOLERANCE * (1.0 + np.abs(rule_limit)),
    )


def round_by_moves(
    landscape: Landscape,
    choices: NDArray[np.int64],
    wanted: NDArray[np.int64],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Give cohorts, in this order, the option they want where no limit is broken further."""
    choices = choices.copy()
    take_wanted(order, wanted, choices, standing_of(landscape, choices))
    return choices


def anneal_plan(
    landscape: Landscape,
    choices: NDArray[np.int64],
    *,
    deadline: float,
    seed: int,
    steps_per_cohort: int = _STEPS_PER_COHORT,
) -> NDArray[np.int64]:
    """Look further from a plan by simulated annealing; return the best plan met, polished.

    Begins about as warm as a cohort's next best options are dear and cools by steps done or
    by time gone, whichever is further. Of the moves, a fifth each are pairs in which another
    cohort leaves where the first comes, and comes where it leaves. Limits that are kept
    stay kept.

    References
    ----------
    Kirkpatrick, Gelatt, Vecchi, "Optimization by simulated annealing", Science 220, 1983,
    doi:10.1126/science.220.4598.671 (here with moves of two cohorts at once as well).
    """
    rng = np.random.default_rng(seed)
    matrices, cohorts = landscape.task.matrices, landscape.task.problem.cohorts
    movable = np.flatnonzero(np.diff(cohorts.candidate_offset) > 1)
    best = choices.copy()
    if len(movable) <= _FEW_COHORTS:  # every pair was tried
        return best
    now = choices.copy()
    plan = standing_of(landscape, now)
    by_cell = sparse.csr_array(landscape.load.tocsr())
    meetings = Meetings(
        movable=movable,
        owner=matrices.candidate_cohort,
        cell_at=by_cell.indptr.astype(np.int64),
        cell_option=by_cell.indices.astype(np.int64),
    )
    started = time.perf_counter()
    budget = max(1e-3, deadline - started)
    total, done, above = steps_per_cohort * len(movable), 0, 0.0
    hot = max(_WARMTH * _usual_cost_of_a_move(plan, now), 1e-9)
    while done < total and time.perf_counter() < deadline:
        gone = max(done / total, (time.perf_counter() - started) / budget)
        cooling = _COOLED ** (1.0 / total)
        above = anneal(
            rng.random((_STEPS, 6)), hot * _COOLED**gone, cooling, now, best, above, meetings, plan
        )
        done += _STEPS
    plan = standing_of(landscape, best)
    while time.perf_counter() < deadline and single_pass(movable, best, plan):
        pass
    return best


def _usual_cost_of_a_move(plan: Standing, choices: NDArray[np.int64]) -> float:
    """Compute the median, over cohorts, of what a cohort's second best option costs more."""
    extra = np.full(len(plan.linear), np.inf)
    price_options(choices, extra, plan)
    extra[choices] = np.inf
    dearer = np.minimum.reduceat(extra, plan.offset[:-1])
    dearer = np.abs(dearer[np.isfinite(dearer)])
    return float(np.median(dearer)) if len(dearer) else 0.0


def _try_pairs(
    plan: Standing,
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
        n_moved += pair_pass(some, partner, choices, plan)
    return n_moved


def _sums(matrix: object) -> NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()  # type: ignore[attr-defined]
