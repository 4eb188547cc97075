"""Loading: from passengers by group to passengers on every cell, with crowding fed back."""

from solver.loading.boardings import count_station_entries
from solver.loading.groups import (
    GroupDemand,
    spread_background,
    spread_cohorts,
    window_of_start,
)
from solver.loading.segments import LineSegments, build_line_segments, rolling_sum
from solver.loading.transit import AssignmentSettings, TransitLoading, assign_transit

__all__ = [
    "AssignmentSettings",
    "GroupDemand",
    "LineSegments",
    "TransitLoading",
    "assign_transit",
    "build_line_segments",
    "count_station_entries",
    "rolling_sum",
    "spread_background",
    "spread_cohorts",
    "window_of_start",
]
