"""Loading by vehicle runs: demand by minute, each train by itself, soft or hard capacity."""

from solver.loading.vehicles.assign import RunLoading, load_runs
from solver.loading.vehicles.build import PathSettings, build_run_choices
from solver.loading.vehicles.calls import CallTable
from solver.loading.vehicles.joining import NO_OTHER_MIN, GroupPart
from solver.loading.vehicles.outputs import (
    LineHours,
    RunCells,
    Windows,
    average_segment_loads,
    sum_cells,
    sum_line_hours,
    sum_stops,
)
from solver.loading.vehicles.paths import NOBODY, Journeys, MinuteDemand, RunChoices
from solver.loading.vehicles.seats import KeptSeats, RideMinutes, find_seated_minutes
from solver.loading.vehicles.select import SelectedLink, select_link
from solver.loading.vehicles.settings import (
    Capacity,
    DwellRule,
    LeftBehind,
    RouteChoice,
    RunSettings,
)

__all__ = [
    "NOBODY",
    "NO_OTHER_MIN",
    "CallTable",
    "Capacity",
    "DwellRule",
    "GroupPart",
    "Journeys",
    "KeptSeats",
    "LeftBehind",
    "LineHours",
    "MinuteDemand",
    "PathSettings",
    "RideMinutes",
    "RouteChoice",
    "RunCells",
    "RunChoices",
    "RunLoading",
    "RunSettings",
    "SelectedLink",
    "Windows",
    "average_segment_loads",
    "build_run_choices",
    "find_seated_minutes",
    "load_runs",
    "select_link",
    "sum_cells",
    "sum_line_hours",
    "sum_stops",
]
