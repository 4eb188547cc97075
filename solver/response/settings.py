"""What is laid beside a plan, and how finely it is reckoned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from network.base import InputError, Problem
from solver.response.equilibrium import RouteChoice
from solver.staggering import Objective, RouteForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from solver.staggering import StaggeringResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPlan:
    """The starts a plan asks for, the routes it assumes, and what was proven of it.

    ``x`` (n_candidates,): share of each candidate. ``route_flow`` (n_routes,): passengers by
    route as the optimiser has them, None where it said nothing. ``best_bound``: total cost,
    passenger-minutes, that no plan with routes of the same ``form`` can beat; None: unknown.
    """

    x: NDArray[np.float64]
    route_flow: NDArray[np.float64] | None = None
    best_bound: float | None = None
    form: RouteForm = RouteForm.JOINT


def proposed_plan(result: StaggeringResult) -> ProposedPlan:
    """Return the plan of a solve; its bound where the goal was the cost.

    Raises
    ------
    InputError
        If the solve found no plan.
    """
    if result.x is None:
        raise InputError(
            Problem(
                file="<plan>",
                found=f"no plan ({result.status})",
                expected="a solve that found one",
                mend="Loosen the rules, or give the solve more time.",
            )
        )
    proven = result.goal is Objective.COST and bool(np.isfinite(result.best_bound))
    return ProposedPlan(
        x=result.x,
        route_flow=result.route_flow,
        best_bound=result.best_bound if proven else None,
        form=result.form,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSettings:
    """What to compare and how finely.

    ``choice``: how people choose and when an equilibrium is reached. ``compliance``: shares
    of each cohort that follow the plan. ``refill_shares``: low, middle and high share of the
    room a plan frees that others fill again, from up to ``refill_windows`` windows away; they
    are a judgement, no measurement. ``flextime``, ``uncoordinated``: whether to reckon these.
    ``max_rounds`` of employers choosing in turn. ``bound_time_limit_s`` and ``bound_gap``:
    when to stop looking for the joint bound where the plan brings none; ``optimum_gap`` for
    the optima of those who choose. ``peaks_shown``: the most new peaks listed.

    Raises
    ------
    InputError
        Naming every setting out of range.
    """

    choice: RouteChoice = field(default_factory=RouteChoice)
    compliance: tuple[float, ...] = tuple(i / 10 for i in range(11))
    refill_shares: tuple[float, float, float] = (0.1, 0.3, 0.6)
    refill_windows: int = 2
    flextime: bool = True
    uncoordinated: bool = True
    max_rounds: int = 50
    bound_time_limit_s: float = 60.0
    bound_gap: float = 5e-4
    optimum_gap: float = 5e-4
    peaks_shown: int = 50

    def __post_init__(self) -> None:
        rates = "shares from 0 to 1"
        wrong = [
            Problem(
                file="<comparison settings>",
                field=name,
                found=repr(getattr(self, name)),
                expected=expected,
                mend="Change this setting.",
            )
            for name, bad, expected in (
                ("compliance", not _are_shares(self.compliance), rates),
                (
                    "refill_shares",
                    not all(0 <= s <= 1 for s in self.refill_shares),
                    "shares from 0 to 1",
                ),
                ("refill_windows", self.refill_windows < 1, "at least 1 window"),
                ("max_rounds", self.max_rounds < 1, "at least 1 round"),
                ("bound_time_limit_s", not self.bound_time_limit_s > 0, "seconds > 0"),
                ("bound_gap", not 0 < self.bound_gap < 1, "above 0, below 1"),
                ("optimum_gap", not 0 < self.optimum_gap < 1, "above 0, below 1"),
                ("peaks_shown", self.peaks_shown < 0, "0 or more"),
            )
            if bad
        ]
        if wrong:
            raise InputError(*wrong)


def _are_shares(values: tuple[float, ...]) -> bool:
    return all(0 <= value <= 1 for value in values)
