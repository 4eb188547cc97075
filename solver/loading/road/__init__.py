"""Road assignment: user equilibrium, system optimum, and windows whose queues carry over."""

from solver.loading.road.cost import LinkCosts, Objective
from solver.loading.road.equilibrium import load_kernels, solve_road
from solver.loading.road.queues import WindowSettings, WindowsResult, solve_windows
from solver.loading.road.result import RoadResult

__all__ = [
    "LinkCosts",
    "Objective",
    "RoadResult",
    "WindowSettings",
    "WindowsResult",
    "load_kernels",
    "solve_road",
    "solve_windows",
]
