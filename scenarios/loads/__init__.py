"""A territory's morning on its vehicles: run, tables, report."""

from scenarios.loads.demand import DayDemand, build_day_demand
from scenarios.loads.page import render_page, write_page
from scenarios.loads.run import DayLoads, LoadRequest, peak_window, run_loads
from scenarios.loads.store import write_loads

__all__ = [
    "DayDemand",
    "DayLoads",
    "LoadRequest",
    "build_day_demand",
    "peak_window",
    "render_page",
    "run_loads",
    "write_loads",
    "write_page",
]
