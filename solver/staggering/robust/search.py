"""Whole cohorts for several scenarios at once: moves priced on what each of them costs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.robust._robust_kernels import Outcomes, robust_anneal, robust_pass
from solver.staggering.search._anneal_kernels import Meetings
from solver.staggering.search._moves_kernels import price_options
from solver.staggering.search.moves import can_price, standing_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.robust.compliance import Compliance
    from solver.staggering.search._moves_kernels import Standing
    from solver.staggering.search.rounding import Landscape

_PARTNERS = 12  # pairs tried a cohort in one pass
_CHUNK = 50  # cohorts or pairs between two looks at the clock
_STEPS = 2_000  # of annealing between two looks at the clock
_STEPS_PER_COHORT = 1_000
_SOFTNESS = 100.0  # times the warmth: how far costs may lie apart and still be averaged
_WARMTH, _COOLED = 0.1, 0.05  # begins with this share of what a move costs, cools to this


def improve_robustly(
    landscape: Landscape,
    choices: NDArray[np.int64],
    scenarios: Sequence[Compliance],
    *,
    pairs: bool,
    deadline: float,
    seed: int,
    progress: Progress,
) -> NDArray[np.int64]:
    """Move one cohort at a time while that lowers the dearest scenario's cost.

    With ``pairs`` two at once come first, each cohort with some partners, which takes far
    longer. Starts from ``choices``, one candidate a cohort; partners and order are drawn from
    ``seed``. Stops at a plan no single move improves, or when ``time.perf_counter()`` passes
    ``deadline``. Where the compiled moves do not know all rules the choices come back as they
    are. Raising Cancelled from ``progress`` leaves at once.
    """
    choices = choices.copy()
    offset = landscape.task.problem.cohorts.candidate_offset
    movable = np.flatnonzero(np.diff(offset) > 1)
    if not can_price(landscape) or len(movable) == 0:
        return choices
    rng = np.random.default_rng(seed)
    state = (
        choices,
        _outcomes_of(landscape, choices, scenarios),
        standing_of(landscape, choices),
    )
    alone = np.full(len(movable), -1)
    if pairs:
        order = rng.permutation(np.repeat(movable, _PARTNERS))
        _try(state, order, rng.choice(movable, size=len(order)), deadline, progress)
    while time.perf_counter() < deadline and _try(
        state, rng.permutation(movable), alone, deadline, progress
    ):
        pass
    return choices


def anneal_robustly(
    landscape: Landscape,
    choices: NDArray[np.int64],
    scenarios: Sequence[Compliance],
    *,
    prior: NDArray[np.float64],
    deadline: float,
    seed: int,
    progress: Progress,
    steps_per_cohort: int = _STEPS_PER_COHORT,
) -> NDArray[np.int64]:
    """Look further from a plan by simulated annealing on the dearest scenario's cost.

    Returns the best plan met, not above the one given. Begins about as warm as a cohort's
    next best options are dear, and cools by steps done or by time gone, whichever is further;
    from the average by ``prior`` (n_scenarios,) on to the largest cost alone.
    Where the compiled moves do not know all rules the choices come back as they are.
    """
    choices = choices.copy()
    cohorts, matrices = landscape.task.problem.cohorts, landscape.task.matrices
    movable = np.flatnonzero(np.diff(cohorts.candidate_offset) > 1)
    if not can_price(landscape) or len(movable) == 0:
        return choices
    rng = np.random.default_rng(seed)
    now, plan = choices.copy(), standing_of(landscape, choices)
    by_cell = sparse.csr_array(landscape.load.tocsr())
    meetings = Meetings(
        movable=movable,
        owner=matrices.candidate_cohort,
        cell_at=by_cell.indptr.astype(np.int64),
        cell_option=by_cell.indices.astype(np.int64),
    )
    hot = max(_WARMTH * _usual_cost_of_a_move(plan, now), 1e-9)
    outcomes = _outcomes_of(landscape, now, scenarios)
    best, total, done = float(outcomes.value.max()), steps_per_cohort * len(movable), 0
    started = time.perf_counter()
    cooling = _COOLED ** (1.0 / total)
    while done < total and time.perf_counter() < deadline:
        progress("round", done, total)
        passed = (time.perf_counter() - started) / max(1e-3, deadline - started)
        warmth = hot * _COOLED ** max(done / total, passed)
        draws = rng.random((_STEPS, 6))
        best = robust_anneal(
            draws,
            warmth,
            cooling,
            now,
            choices,
            best,
            prior,
            _SOFTNESS,
            meetings,
            outcomes,
            plan,
        )
        done += _STEPS
    return choices


def _usual_cost_of_a_move(plan: Standing, choices: NDArray[np.int64]) -> float:
    """Compute the median, over cohorts, of what a second best option costs more."""
    extra = np.full(len(plan.linear), np.inf)
    price_options(choices, extra, plan)
    extra[choices] = np.inf
    dearer = np.minimum.reduceat(extra, plan.offset[:-1])
    dearer = np.abs(dearer[np.isfinite(dearer)])
    return float(np.median(dearer)) if len(dearer) else 0.0


def _outcomes_of(
    landscape: Landscape, choices: NDArray[np.int64], scenarios: Sequence[Compliance]
) -> Outcomes:
    """Return loads and costs of every scenario of one plan, as the kernels take them."""
    task = landscape.task
    problem, kept = task.problem, task.reduced.cells
    cells, base = problem.cells, task.matrices.base_candidate
    follow = np.ascontiguousarray(np.stack([one.share for one in scenarios]).T)
    loads = np.empty((len(kept), len(scenarios)))
    value = np.empty(len(scenarios))
    for s, share in enumerate(follow.T):
        x = np.zeros(len(landscape.linear))
        x[choices] = share
        x[base] += 1.0 - share
        loads[:, s] = cells.background_pax[kept] + landscape.load @ x
        crowding = problem.curve.cost_min(
            loads[:, s], cells.seats[kept], cells.standing_m2[kept], cells.ride_min[kept]
        )
        value[s] = float(landscape.linear @ x) + float(crowding.sum())
    return Outcomes(follow=follow, loads=loads, value=value)


def _try(
    state: tuple[NDArray[np.int64], Outcomes, Standing],
    order: NDArray[np.int64],
    partner: NDArray[np.int64],
    deadline: float,
    progress: Progress,
) -> bool:
    n_moved = 0
    for start in range(0, len(order), _CHUNK):
        if time.perf_counter() > deadline:
            break
        progress("round", start, len(order))
        some = slice(start, start + _CHUNK)
        n_moved += robust_pass(order[some], partner[some], *state)
    return n_moved > 0
