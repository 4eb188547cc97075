"""What a descent that is called off midway had reached: it goes up with the cancellation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.base import Cancelled

if TYPE_CHECKING:
    from solver.staggering.descent.search import Descent
    from solver.staggering.descent.task import Descended


class DescentStopped(Cancelled):
    """A descent was cancelled; ``reached`` is where it stood and the best it had proven."""

    def __init__(self, reached: Descent) -> None:
        super().__init__("the descent was cancelled")
        self.reached = reached


class TaskStopped(Cancelled):
    """The solution of a task was cancelled; ``reached`` is the plan, if any, and the bound."""

    def __init__(self, reached: Descended) -> None:
        super().__init__("the continuous problem was cancelled")
        self.reached = reached
