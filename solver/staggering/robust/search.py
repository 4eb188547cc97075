"""Whole cohorts for several scenarios at once: moves priced on what each of them costs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.robust._robust_kernels import Outcomes, robust_pass
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


def improve_robustly(
    landscape: Landscape,
    choices: NDArray[np.int64],
    scenarios: Sequence[Compliance],
    *,
    is_worst: bool,
    pairs: bool,
    deadline: float,
    seed: int,
    progress: Progress,
) -> NDArray[np.int64]:
    """Move one cohort at a time while that lowers the average or the largest scenario's cost.

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
        _outcomes_of(landscape, choices, scenarios, is_worst=is_worst),
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


def _outcomes_of(
    landscape: Landscape,
    choices: NDArray[np.int64],
    scenarios: Sequence[Compliance],
    *,
    is_worst: bool,
) -> Outcomes:
    """Return loads and costs of every scenario of one plan, as the kernels take them."""
    task = landscape.task
    problem, kept = task.problem, task.reduced.cells
    cells, base = problem.cells, task.matrices.base_candidate
    follow = np.array([one.share for one in scenarios])
    loads = np.empty((len(scenarios), len(kept)))
    value = np.empty(len(scenarios))
    for s, share in enumerate(follow):
        x = np.zeros(len(landscape.linear))
        x[choices] = share
        x[base] += 1.0 - share
        loads[s] = cells.background_pax[kept] + landscape.load @ x
        crowding = problem.curve.cost_min(
            loads[s], cells.seats[kept], cells.standing_m2[kept], cells.ride_min[kept]
        )
        value[s] = float(landscape.linear @ x) + float(crowding.sum())
    weight = np.zeros(0) if is_worst else np.array([one.weight for one in scenarios])
    return Outcomes(follow=follow, weight=weight, loads=loads, value=value)


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
