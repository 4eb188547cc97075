"""The best plan so far, checked by code that shares nothing with the model."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solver.staggering.checking.checker import find_violations

if TYPE_CHECKING:
    from solver.staggering.costs.reduce import Objective
    from solver.staggering.problem import StaggeringProblem
    from solver.staggering.task import Relaxed

_log = logging.getLogger(__name__)

_KEPT = 4
"""Plans kept in case better ones fail their check."""


@dataclass(slots=True)
class Incumbent:
    """Plans offered, the best first; a plan is checked when something is to rest on it.

    The check of a large plan takes as long as thousands of moves, so it waits until a plan
    would end the search or be returned.
    """

    problem: StaggeringProblem
    objective: Objective
    _plans: list[Relaxed] = field(default_factory=list)
    _checked: Relaxed | None = None

    @property
    def best(self) -> Relaxed | None:
        """The best plan offered, checked or not yet."""
        return self._plans[0] if self._plans else self._checked

    @property
    def value(self) -> float | None:
        """What the best plan offered costs."""
        return None if self.best is None else self.best.price.value(self.objective)

    def offer(self, plan: Relaxed, *, sound: bool = False) -> bool:
        """Keep a plan if it is better than the best; return whether it was kept.

        ``sound``: the plan breaks no rule as far as those who made it know, and its check may
        wait. Any other plan is checked at once.
        """
        now = self.value
        if now is not None and plan.price.value(self.objective) >= now:
            return False
        if not sound:
            if self._broken(plan):
                return False
            self._plans, self._checked = [], plan
            return True
        self._plans = [plan, *self._plans[: _KEPT - 1]]
        return True

    def check(self) -> Relaxed | None:
        """Return the best plan that passes the check; those that fail are set aside."""
        while self._plans:
            plan = self._plans.pop(0)
            if not self._broken(plan):
                self._plans, self._checked = [], plan
        return self._checked

    def _broken(self, plan: Relaxed) -> bool:
        broken = find_violations(self.problem, plan.x, plan.route_flow)
        if broken:
            _log.info("plan set aside: %s", "; ".join(broken[:3]))
        return bool(broken)
