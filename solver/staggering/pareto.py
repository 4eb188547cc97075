"""Several aims at once: one after the other, or cost against the limits of another aim."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import no_progress
from solver.staggering.costs.reduce import Objective
from solver.staggering.result import SolveSettings
from solver.staggering.solve import solve_staggering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network.base import Progress
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.result import StaggeringResult


class Aim(StrEnum):
    """What can be limited while another aim is minimised."""

    PEAK = "peak"  # the largest load factor of any cell
    BURDEN = "burden"  # the largest average minutes of moving of any employer
    MOVED = "moved"  # people who start in another slot than today


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoPoint:
    """The least cost while an aim stays within ``limit``; ``value`` is what the plan has of it."""

    aim: Aim
    limit: float
    value: float
    result: StaggeringResult

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values; an absent limit is null."""
        return {
            "aim": str(self.aim),
            "limit": self.limit if isfinite(self.limit) else None,
            "value": self.value,
            "objective": self.result.objective,
            "best_bound": self.result.best_bound,
            "mip_gap": self.result.mip_gap,
            "status": str(self.result.status),
        }


def limit_aim(problem: StaggeringProblem, aim: Aim, limit: float) -> StaggeringProblem:
    """Return the problem with one more limit: the epsilon constraint of an aim.

    A load factor of z limits every served cell to z of its capacity; a tighter limit that
    is already there stays.
    """
    rules, cells = problem.rules, problem.cells
    if aim is Aim.MOVED:
        most = min(limit, rules.max_moved_people)
        return replace(problem, rules=replace(rules, max_moved_people=most))
    if aim is Aim.BURDEN:
        most = min(limit, rules.max_burden_min)
        return replace(problem, rules=replace(rules, max_burden_min=most))
    capacity = cells.capacity_pax
    loads = np.where(capacity > 0, limit * capacity, np.inf)
    if cells.limit_pax is not None:
        loads = np.minimum(loads, cells.limit_pax)
    return replace(problem, cells=replace(cells, limit_pax=loads))


def solve_lexicographic(
    problem: StaggeringProblem,
    order: Sequence[Aim],
    *,
    tolerance: float = 0.01,
    settings: SolveSettings | None = None,
    progress: Progress = no_progress,
) -> StaggeringResult:
    """Minimise aims one after the other, cost last, each kept within ``tolerance`` of its least.

    ``tolerance`` is relative: after an aim's value v, the next are minimised with it at most
    ``(1 + tolerance) v``. The result is of the last solve, whose bound holds under the limits
    so set. Where an aim has no plan, its result is returned.

    Parameters
    ----------
    order
        Aims by rank, the first before all; people moved cannot be one, its least is 0.
    """
    settings = settings or SolveSettings()
    limited = problem
    for aim in order:
        goal = Objective(str(aim))
        first = solve_staggering(
            limited, settings=replace(settings, objective=goal), progress=progress
        )
        if first.objective is None:
            return first
        limited = limit_aim(limited, aim, (1.0 + tolerance) * first.objective)
    last = replace(settings, objective=Objective.COST)
    return solve_staggering(limited, settings=last, progress=progress)


def find_pareto_front(
    problem: StaggeringProblem,
    aim: Aim,
    *,
    n_points: int = 5,
    settings: SolveSettings | None = None,
    progress: Progress = no_progress,
) -> list[ParetoPoint]:
    """Find the least cost at limits of another aim, from none to the tightest that can be kept.

    The limits are spread evenly between what the cheapest plan has of the aim and the least
    of it that was found; each solve begins from the one before. Points another point beats
    in both respects (by the gap that was left) are dropped.

    Returns
    -------
    front
        By falling limit; empty where there is no plan at all.
    """
    settings = replace(settings or SolveSettings(), objective=Objective.COST)
    cheapest = solve_staggering(problem, settings=settings, progress=progress)
    if cheapest.x is None:
        return []
    least = _least(problem, aim, settings, progress)
    most = _value(cheapest, aim)
    points = [ParetoPoint(aim=aim, limit=np.inf, value=most, result=cheapest)]
    for limit in np.linspace(most, least, n_points)[1:].tolist():
        # The least was found by another program: its last digits are no reason to fail.
        limited = limit_aim(problem, aim, limit * (1.0 + 1e-9))
        result = solve_staggering(
            limited, settings=settings, start=points[-1].result.warm, progress=progress
        )
        if result.x is not None:
            value = _value(result, aim)
            points.append(ParetoPoint(aim=aim, limit=limit, value=value, result=result))
    return _undominated(points)


def _least(
    problem: StaggeringProblem, aim: Aim, settings: SolveSettings, progress: Progress
) -> float:
    if aim is Aim.MOVED:
        return 0.0
    goal = Objective(str(aim))
    result = solve_staggering(
        problem, settings=replace(settings, objective=goal), progress=progress
    )
    return 0.0 if result.objective is None else result.objective


def _value(result: StaggeringResult, aim: Aim) -> float:
    price = result.price
    assert price is not None  # asked of results with a plan only
    if aim is Aim.PEAK:
        return price.peak_load_factor
    if aim is Aim.BURDEN:
        return float(price.employer_burden_min.max(initial=0.0))
    return price.moved_people


def _undominated(points: list[ParetoPoint]) -> list[ParetoPoint]:
    def cost(point: ParetoPoint) -> float:
        return np.inf if point.result.objective is None else point.result.objective

    return [
        point
        for point in points
        if not any(
            other.value <= point.value
            and cost(other) <= cost(point)
            and (other.value, cost(other)) != (point.value, cost(point))
            for other in points
        )
    ]
