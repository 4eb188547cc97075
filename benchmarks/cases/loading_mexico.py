"""Loading at size: two million illustrative trips on a weekday morning of Mexico City."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from benchmarks.cases.inputs import find_real_data
from benchmarks.cases.mexico_morning import build_morning
from benchmarks.cases.routing import read_mexico_city
from benchmarks.phases import Phase
from benchmarks.registry import case, peak_memory_mib

if TYPE_CHECKING:
    from collections.abc import Callable

TRIPS = 2_000_000.0
START, END = "06:00", "11:00"
GAP = 1e-3
PAX_PER_ROW = 4.0
SEED = 1


class NotConverged(Exception):  # noqa: N818 - says what happened
    """The loading did not reach its gap."""


@case("mexico-2-million", Phase.SOLVER_LOADING, repeats=1)
def load_mexico_city() -> Callable[[], object]:
    """Load 2 million illustrative trips on Mexico City's vehicles, 6 to 11 h, to a gap of 1e-3."""
    find_real_data("mexico-city", "gtfs_cdmx.zip")
    return load_morning


def load_morning() -> None:
    """Read, build demand and journeys, load, sum; print what each took to standard error.

    Raises
    ------
    NotConverged
        If the gap is not reached.
    """
    from demand.readers import read_arrival_profile
    from scenarios.territory import PACKS
    from solver.loading.vehicles import (
        CallTable,
        PathSettings,
        RunSettings,
        build_run_choices,
        load_runs,
        sum_line_hours,
    )

    seconds: dict[str, tuple[float, float]] = {}
    began = time.perf_counter(), time.process_time()

    def lap(stage: str) -> None:
        nonlocal began
        now = time.perf_counter(), time.process_time()
        seconds[stage], began = (now[0] - began[0], now[1] - began[1]), now

    network = read_mexico_city()
    lap("network")
    profile = read_arrival_profile(PACKS / "plaine_commune" / "arrival_profile.csv")
    morning = build_morning(
        network, profile, trips=TRIPS, start=START, end=END, pax_per_row=PAX_PER_ROW, seed=SEED
    )
    lap("demand")
    choices = build_run_choices(
        network, morning.connectors, morning.rows, settings=PathSettings(), workers=2
    )
    lap("journeys")
    loading = load_runs(network.timetable, choices, settings=RunSettings(relative_gap=GAP))
    lap("loading")
    calls = CallTable.of(network.timetable)
    hours = sum_line_hours(network.timetable, calls, loading)
    lap("sums")
    timetable = network.timetable
    for line in (
        f"{timetable.n_trips:,} trips, {timetable.n_stop_times:,} calls, "
        f"{len(morning.places)} zones, {morning.n_pairs:,} pairs, {choices.n_groups:,} groups, "
        f"{len(choices.journeys):,} journeys; demand illustrative, seed {SEED}",
        ", ".join(f"{stage} {took:.1f} s" for stage, (took, _) in seconds.items())
        + f"; {sum(took for took, _ in seconds.values()):.0f} s in all, of processor "
        f"{sum(took for _, took in seconds.values()):.0f} s, peak {peak_memory_mib():,.0f} MiB",
        f"relative gap {loading.assignment_gap:.1e} after {loading.iterations} iterations; "
        f"{morning.rows.pax.sum():,.0f} trips, of them without a journey "
        f"{choices.stranded_pax:,.0f}, left unserved {loading.unserved_pax:,.0f}; "
        f"{hours.ride_pax_h.sum():,.0f} passenger-hours on board, "
        f"fullest run {loading.load_factor(calls).max():.2f} of its capacity",
    ):
        print(line, file=sys.stderr, flush=True)
    if not loading.converged:
        msg = f"gap {loading.assignment_gap:.1e} after {loading.iterations} iterations"
        raise NotConverged(msg)
