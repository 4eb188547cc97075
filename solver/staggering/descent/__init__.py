"""The continuous problem of least cost at size: descent, prices, a proven bound.

:func:`can_descend` says whether a task is of this kind, :func:`descend_task` solves it,
:func:`dive_to_whole` rounds what it found to whole cohorts.
"""

from solver.staggering.descent.dive import dive_to_whole
from solver.staggering.descent.net import can_descend
from solver.staggering.descent.stopped import TaskStopped
from solver.staggering.descent.task import Descended, descend_task

__all__ = ["Descended", "TaskStopped", "can_descend", "descend_task", "dive_to_whole"]
