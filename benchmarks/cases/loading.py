"""Loading by vehicle runs: all Paris metro lines on a weekday, a million trips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.cases.inputs import find_real_data
from benchmarks.phases import Phase
from benchmarks.registry import case

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.loads import DayLoads

GAP = 1e-3
METRO_TRIPS = 1_050_000
"""Passengers who ride the metro in the cases, at least; about as many who go by other lines."""


class NotConverged(Exception):  # noqa: N818 - says what happened
    """The loading did not reach its gap, or too few people ride."""


def _load(factor: float, pax_per_row: float, gap: float = GAP) -> Callable[[], object]:
    from scenarios.loads import LoadRequest, run_loads
    from solver.loading.vehicles import RunSettings

    find_real_data("plaine-commune", "ratp_metro_all_week_20190311.zip")
    request = LoadRequest(
        start="06:00",
        end="11:00",
        factor=factor,
        pax_per_row=pax_per_row,
        settings=RunSettings(relative_gap=gap),
        reuse=False,
    )

    def load() -> DayLoads:
        loads = run_loads("plaine-commune-metro", request)
        if not loads.loading.converged or loads.riders_pax < METRO_TRIPS:
            msg = f"gap {loads.loading.assignment_gap:.1e}, {loads.riders_pax:.0f} riders"
            raise NotConverged(msg)
        return loads

    return load


@case("metro-million", Phase.SOLVER_LOADING, repeats=1)
def load_metro() -> Callable[[], object]:
    """Load 1.1 million metro riders, 6 to 11 h, with journeys, to a gap of 1e-3."""
    return _load(1.0, 2.0)


@case("metro-million-1e-6", Phase.SOLVER_LOADING, repeats=1)
def load_metro_closely() -> Callable[[], object]:
    """Load the same to a gap of 1e-6: at 1e-3 single trains are still a third too full."""
    return _load(1.0, 2.0, 1e-6)


@case("metro-two-millions", Phase.SOLVER_LOADING, repeats=1)
def load_metro_twice() -> Callable[[], object]:
    """Load twice the riders of the same pairs and minutes."""
    return _load(2.0, 4.0)
