"""A territory's morning on its vehicles: run, tables, report."""

from scenarios.loads.demand import DayDemand, build_day_demand, sample_rows
from scenarios.loads.page import render_page, write_page
from scenarios.loads.run import DayLoads, LoadRequest, find_scenario, peak_window, run_loads
from scenarios.loads.store import write_loads

__all__ = [
    "DayDemand",
    "DayLoads",
    "LoadRequest",
    "build_day_demand",
    "find_scenario",
    "peak_window",
    "render_page",
    "run_loads",
    "sample_rows",
    "write_loads",
    "write_page",
]
