"""What is known in the course of one solve: the best plan, the bounds, the time."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from solver.staggering.costs.pricing import price_plan, share_flows
from solver.staggering.result import SolveSettings, relative_gap
from solver.staggering.search.incumbent import Incumbent
from solver.staggering.task import Relaxed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from network.base import Progress
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.programs.lifted import Lifted
    from solver.staggering.task import Task
    from solver.staggering.warm import WarmStart

STAGES = ("build", "relax", "round", "lift", "close", "check")
"""Phases of a solve, in the order they are reported."""

_UNTOUCHED = 1e-9
"""As much of the cost as tangents may leave out and still count as touching the curve."""


@dataclass(slots=True)
class SearchState:
    """Plans and bounds found so far, how the time was spent, and when enough is found."""

    problem: StaggeringProblem
    settings: SolveSettings
    start: WarmStart | None
    progress: Progress
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    plans: Incumbent = field(init=False)
    lifted: Lifted | None = None
    price_min: NDArray[np.float64] | None = None
    bound: float = -np.inf
    engine_bound: float | None = None
    infeasible: bool = False
    stage: tuple[str, int, int] = ("build", 0, len(STAGES))

    def __post_init__(self) -> None:
        self.plans = Incumbent(problem=self.problem, objective=self.settings.objective)

    def _raise_bound(self, bound: float) -> None:
        """Keep a bound of this program's own; an infinite one says that there is no plan."""
        if np.isfinite(bound):
            self.bound = max(self.bound, bound)
        elif bound > 0 and self.plans.check() is None:
            self.infeasible = True

    def _as_x(self, choices: NDArray[np.int64]) -> NDArray[np.float64]:
        x = np.zeros(self.problem.cohorts.n_candidates)
        x[choices] = 1.0
        return x

    def _priced(self, task: Task, x: NDArray[np.float64], share: NDArray[np.float64]) -> Relaxed:
        flow = share_flows(task.matrices, x, share)
        price = price_plan(self.problem, task.matrices, x, flow)
        return Relaxed(x=x, route_flow=flow, price=price)

    def _report(self, stage: str, done: int, total: int) -> None:
        self.stage = (stage, done, total)
        self.progress(stage, done, total)

    def _pulse(self) -> None:
        self.progress(*self.stage)

    def _offer(self, point: Relaxed, *, sound: bool = False) -> None:
        """Keep a plan if it is better than the incumbent."""
        with self._phase("check"):
            self.plans.offer(point, sound=sound)

    def _good_enough(self) -> bool:
        """Whether the best plan is within the gap that ends the search and passes the check."""
        return self.is_within(self._enough())

    def is_within(self, gap: float) -> bool:
        """Whether the best plan is within a gap of all bounds and passes the check."""
        bound = self.bound if self.engine_bound is None else max(self.bound, self.engine_bound)
        if not self.within_gap(bound, gap):
            return False
        with self._phase("check"):
            self.plans.check()
        return self.within_gap(bound, gap)

    def within_gap(self, bound: float, gap: float) -> bool:
        """Whether the best plan is within a relative gap of a bound."""
        value = self.plans.value
        return value is not None and relative_gap(value, bound) <= gap + _UNTOUCHED

    def _enough(self) -> float:
        """Return the gap that ends the search: the one asked for, or all that is in reach."""
        return max(self.settings.gap, self.reach())

    def reach(self) -> float:
        """Return the gap the start says is in reach, 0 where there is no saying."""
        if self.start is None:
            return 0.0
        return self.start.gap_in_reach(self.problem, self.settings.time_limit_s)

    def _left(self) -> float:
        return self.settings.time_limit_s - (time.perf_counter() - self.started)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        if name in STAGES and name != "check":
            self._report(name, STAGES.index(name), len(STAGES))
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began
