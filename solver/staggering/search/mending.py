"""A plan that breaks rules, mended: by moves, and by logic where moves see no way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.costs.reduce import RouteForm
from solver.staggering.programs.engine import EngineStatus
from solver.staggering.search.logic import complete_by_logic
from solver.staggering.search.moves import can_price
from solver.staggering.search.rounding import improve_choices, violation_of
from solver.staggering.search.strained import price_moves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering.programs.watch import Pulse
    from solver.staggering.search.rounding import Landscape

_SETUP_S = 5e-4  # that logic takes a row to begin with
_NEARBY = 0.01  # of what a move usually costs: what any move counts, however cheap


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """Whole cohorts, whether they keep every rule, and whether no plan could (``hopeless``)."""

    choices: NDArray[np.int64]
    is_sound: bool
    hopeless: bool = False


def mend_plan(
    landscape: Landscape,
    choices: NDArray[np.int64],
    *,
    deadline: float,
    seed: int,
    pulse: Pulse | None = None,
) -> Mended:
    """Improve a plan by moves; where rules stay broken, take the cheapest plan logic finds.

    What a cohort's candidate costs is what it would cost more than the present one, the others
    held, and a little for being another: the plan is left where it keeps the rules. Moves
    improve what logic found.
    """
    choices = improve_choices(landscape, choices, deadline=deadline, seed=seed)
    left = deadline - time.perf_counter()
    if violation_of(landscape, choices) <= 0 or left <= _SETUP_S * len(landscape.rule_limit):
        return Mended(choices=choices, is_sound=violation_of(landscape, choices) <= 0)
    found = complete_by_logic(
        landscape,
        _cost_of_leaving(landscape, choices),
        choices,
        time_limit_s=left,
        seed=seed,
        pulse=pulse,
    )
    if found.choices is None:
        hopeless = found.status is EngineStatus.INFEASIBLE and _knows_all(landscape)
        return Mended(choices=choices, is_sound=False, hopeless=hopeless)
    kept = landscape.around(_as_shares(found.choices, len(landscape.linear)))
    choices = improve_choices(kept, found.choices, deadline=deadline, seed=seed)
    return Mended(choices=choices, is_sound=violation_of(landscape, choices) <= 0)


def _cost_of_leaving(landscape: Landscape, choices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what candidates count: at least a little each, what is chosen now nothing."""
    problem = landscape.task.problem
    if can_price(landscape):
        extra = np.maximum(0.0, price_moves(landscape, choices))
        extra += _NEARBY * float(np.median(extra))
    else:
        extra = np.repeat(problem.cohorts.size, np.diff(problem.cohorts.candidate_offset))
    extra[choices] = 0.0
    return extra


def _knows_all(landscape: Landscape) -> bool:
    """Whether the rows hold whatever routes are taken: loads are limited in given routes only."""
    limits = landscape.task.problem.cells.limit_pax
    limited = limits is not None and bool(np.isfinite(limits).any())
    return landscape.task.reduced.form is RouteForm.FIXED or not limited


def _as_shares(choices: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    x = np.zeros(n)
    x[choices] = 1.0
    return x
