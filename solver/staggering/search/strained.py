"""Search through plans that strain many rules, back to one that keeps them all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from solver.staggering.search._anneal_kernels import Meetings
from solver.staggering.search._moves_kernels import Standing, price_options
from solver.staggering.search._strain_kernels import anneal_strained
from solver.staggering.search.moves import standing_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.search.rounding import Landscape

_STEPS = 20_000
_STEPS_PER_COHORT = 4_000
_WARMTH, _COOLED = 0.5, 1e-3  # begins with this share of what a move costs, cools to this
_PRESS = (0.5, 100.0)  # what an excess costs, of what a move saves that makes it
_MANY_ROWS = (2, 0.02)  # rows, and such a share of the cohorts


def has_many_rules(landscape: Landscape) -> bool:
    """Whether several rules at once may stand in a cohort's way, and only rules of whole plans.

    A limit on a cell's load has no price beside the others.
    """
    limits = landscape.task.problem.cells.limit_pax
    limited = limits is not None and bool(np.isfinite(limits).any())
    least, share = _MANY_ROWS
    many = max(least, share * len(landscape.task.problem.cohorts))
    return not limited and landscape.windowed()[0].shape[0] >= many


def strain_plan(
    landscape: Landscape,
    choices: NDArray[np.int64],
    *,
    deadline: float,
    seed: int,
    steps_per_cohort: int = _STEPS_PER_COHORT,
    progress: Progress | None = None,
) -> NDArray[np.int64]:
    """Anneal on cost and the price of broken rules; return the plan where it cooled down.

    A row's excess is worth what its cohorts' moves cost, over their use of it, times a factor
    that rises from a half to a hundred: in the end little is left of the excess, and what is
    left is for others to mend. Stops early when ``time.perf_counter()`` passes ``deadline``;
    the same seed gives the same plan where it does not.
    """
    offset = landscape.task.problem.cohorts.candidate_offset
    movable = np.flatnonzero(np.diff(offset) > 1)
    now = choices.copy()
    if len(movable) == 0:
        return now
    rng = np.random.default_rng(seed)
    plan, hot = _priced_standing(landscape, now)
    meetings = _meetings_of(landscape, movable)
    started = time.perf_counter()
    budget = max(1e-3, deadline - started)
    total, done = steps_per_cohort * len(movable), 0
    cooling = _COOLED ** (1.0 / total)
    while done < total and time.perf_counter() < deadline:
        if progress is not None:
            progress("round", done, total)
        gone = max(done / total, (time.perf_counter() - started) / budget)
        press = _PRESS[0] * (_PRESS[1] / _PRESS[0]) ** gone
        warmth = hot * _COOLED**gone
        draws = rng.random((_STEPS, 6))
        anneal_strained(draws, warmth, cooling, press, now, meetings, plan)
        done += _STEPS
    return now


def price_moves(landscape: Landscape, choices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute what each option would cost more than its cohort's choice, the others held."""
    plan = standing_of(landscape, choices)
    extra = np.zeros(len(plan.linear))
    price_options(choices, extra, plan)
    return extra


def _priced_standing(landscape: Landscape, choices: NDArray[np.int64]) -> tuple[Standing, float]:
    """Return the standing with rows in units of cost, and the warmth to begin with."""
    plan = standing_of(landscape, choices)
    extra = price_moves(landscape, choices)
    spread = np.maximum.reduceat(np.abs(extra), plan.offset[:-1])
    own = extra.copy()
    own[choices] = np.inf
    dearer = np.abs(np.minimum.reduceat(own, plan.offset[:-1]))
    dearer = dearer[np.isfinite(dearer)]
    rows, limit = landscape.windowed()
    entries = sparse.coo_array(rows)
    cohort = np.repeat(np.arange(len(spread)), np.diff(plan.offset))[entries.col]
    used = np.abs(entries.data) > 0
    n = len(limit)
    worth = np.bincount(entries.row[used], weights=spread[cohort[used]], minlength=n)
    use = np.bincount(entries.row[used], weights=np.abs(entries.data[used]), minlength=n)
    price = np.where(use > 0, worth / np.where(use > 0, use, 1.0), 0.0)
    priced = sparse.csc_array(sparse.diags_array(price) @ rows)
    standing = plan._replace(
        rule_at=priced.indptr.astype(np.int64),
        rule_row=priced.indices.astype(np.int64),
        rule_value=priced.data,
        used=price * plan.used,
        rule_most=price * plan.rule_most,
    )
    return standing, max(_WARMTH * float(np.median(dearer)), 1e-9)


def _meetings_of(landscape: Landscape, movable: NDArray[np.int64]) -> Meetings:
    by_cell = sparse.csr_array(landscape.load.tocsr())
    return Meetings(
        movable=movable,
        owner=landscape.task.matrices.candidate_cohort,
        cell_at=by_cell.indptr.astype(np.int64),
        cell_option=by_cell.indices.astype(np.int64),
    )
