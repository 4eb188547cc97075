"""One morning of a territory loaded on its vehicles, as it is or as a scenario changes it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from network.base import Problem, format_clock, no_progress, parse_clock
from network.base.errors import ScenarioInputError
from scenarios.loads.demand import build_day_demand
from scenarios.loads.entries import compare_run_entries
from scenarios.loads.kept import keep_journeys
from scenarios.loads.published import compare_published
from scenarios.loads.stretches import sum_stretches
from scenarios.modifications import apply_modifications
from scenarios.reading import read_scenario
from scenarios.territory import load_territory
from solver.loading import build_line_segments
from solver.loading.vehicles import (
    CallTable,
    PathSettings,
    RunSettings,
    Windows,
    build_run_choices,
    load_runs,
    sum_cells,
    sum_line_hours,
)

if TYPE_CHECKING:
    import datetime as dt

    from network.base import Progress
    from scenarios.loads.demand import DayDemand
    from scenarios.loads.published import PublishedRow
    from scenarios.results import EntryComparison
    from scenarios.schema import Scenario
    from scenarios.territory import Territory
    from solver.loading import LineSegments
    from solver.loading.vehicles import LineHours, RunCells, RunChoices, RunLoading


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What to load: ``start`` and ``end`` are clock times (None: the territory's period).

    People arrive where they go in that period. ``pax_per_row`` is how many share a minute of
    their own; ``flexible_share`` of those who are no employer's staff may choose the hour;
    ``line`` is the one the report draws. ``factor`` multiplies the trips of all of these. With
    ``reuse`` journeys found before are taken from the cache, and those found are kept there.
    """

    start: str | None = None
    end: str | None = None
    line: str | None = None
    pax_per_row: float = 1.0
    flexible_share: float = 0.0
    factor: float = 1.0
    settings: RunSettings = RunSettings()
    workers: int = 2
    reuse: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLoads:
    """A loading with everything that was put in, and its sums.

    ``territory`` is as ``scenario`` changed it (None: as it is).
    """

    territory: Territory
    scenario: Scenario | None
    request: LoadRequest
    start_s: int
    end_s: int
    demand: DayDemand
    choices: RunChoices
    loading: RunLoading
    calls: CallTable
    segments: LineSegments
    windows: Windows
    cells: RunCells
    line_hours: LineHours
    entries: EntryComparison | None
    seconds: dict[str, float]
    version: str

    @property
    def riders_pax(self) -> float:
        """Passengers who ride a vehicle of the network at all."""
        loading = self.loading
        return float(loading.flow_pax[self.choices.journey >= 0].sum()) - loading.unserved_pax

    @property
    def walks(self) -> str:
        """What walks to and from stops rest on: ``streets`` or ``straight-line x <detour>``."""
        if self.demand.connectors.over_streets:
            return "streets"
        return f"straight-line x {self.territory.file.network.detour:g}"

    def published(self) -> tuple[PublishedRow, ...]:
        """Return each published load factor of the territory beside the modelled one."""
        return compare_published(self, sum_stretches(self))

    def as_dict(self) -> dict[str, Any]:
        """Return the figures of the loading as plain JSON values, units in the names."""
        loading, hours = self.loading, self.line_hours
        factor = loading.load_factor(self.calls)
        fullest = int(factor.argmax()) if len(factor) else 0
        stretch = int(self.segments.of_segment[self.calls.segment[fullest]])
        settings = loading.settings
        timetable = self.territory.network.timetable
        return {
            "territory": self.territory.name,
            "scenario": None if self.scenario is None else self.scenario.name,
            "modifications": []
            if self.scenario is None
            else [change.model_dump() for change in self.scenario.modifications],
            "walks": self.walks,
            "service_date": self.territory.service_date.isoformat(),
            "period": [format_clock(self.start_s), format_clock(self.end_s)],
            "choice": str(settings.choice),
            "capacity": str(settings.capacity),
            "left_behind_rule": str(settings.left_behind),
            "keep_seats": settings.keep_seats,
            "growing_dwell": settings.dwell is not None,
            "seed": settings.seed,
            "converged": loading.converged,
            "relative_gap": loading.assignment_gap,
            "relative_gap_asked": settings.relative_gap,
            "iterations": loading.iterations,
            "trips": self.demand.trips,
            "stranded_trips": self.choices.stranded_pax,
            "riders": self.riders_pax,
            "boardings": float(loading.boarding_pax.sum()),
            "left_behind": float(loading.left_behind_pax.sum()),
            "unserved": loading.unserved_pax,
            "passenger_hours": float(hours.ride_pax_h.sum()),
            "above_seats_passenger_hours": float(hours.above_seats_pax_min.sum()) / 60,
            "above_4_per_m2_passenger_hours": float(hours.above_4_pax_min.sum()) / 60,
            "above_4_per_m2_exposed_passenger_hours": float(hours.exposed_pax_min.sum()) / 60,
            "fullest_run": {
                "line": self.segments.line[stretch],
                "from_stop": self.segments.from_station[stretch],
                "to_stop": self.segments.to_station[stretch],
                "departure": format_clock(int(timetable.departure_s[fullest])),
                "load_factor": float(factor[fullest]),
            },
            "published": [row.as_dict() for row in self.published()],
            "entries": None if self.entries is None else self.entries.as_dict(),
            "gaps": list(loading.gaps),
            "seconds": self.seconds,
            "version": self.version,
        }


def find_scenario(source: str | Path) -> Scenario | None:
    """Return the scenario of a YAML file, None where the source is a territory.

    Raises
    ------
    ScenarioInputError
        If the file cannot be read or is no scenario.
    """
    path = Path(source)
    return read_scenario(path) if path.suffix.lower() in (".yaml", ".yml") else None


def run_loads(
    source: str | Path,
    request: LoadRequest,
    *,
    service_date: dt.date | None = None,
    progress: Progress = no_progress,
) -> DayLoads:
    """Load a territory's morning on its vehicles.

    ``source`` is a territory's name or folder, or a scenario file: then its modifications hold,
    and its date unless another is given; its plan is not made. Journeys that were found before
    for the very same question, by a loading that was stopped even, are taken from the cache.

    Raises
    ------
    InputError
        If the territory, its data or the scenario are wrong.
    """
    seconds: dict[str, float] = {}
    began = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal began
        now = time.perf_counter()
        seconds[stage], began = now - began, now

    scenario = find_scenario(source)
    pack = _open_territory(source, scenario, service_date, progress)
    _require_line(pack, request.line)
    lap("territory")
    start_s = parse_clock(request.start or pack.file.period_start)
    end_s = parse_clock(request.end or pack.file.period_end)
    demand = build_day_demand(
        pack,
        start_s=start_s,
        end_s=end_s,
        pax_per_row=request.pax_per_row,
        flexible_share=request.flexible_share,
        factor=request.factor,
        seed=request.settings.seed,
    )
    lap("demand")
    timetable = pack.network.timetable
    paths = PathSettings()
    store = None
    if request.reuse:
        question = (demand.connectors, demand.rows, paths, demand.relief)
        store = keep_journeys(pack.name, pack.network, question)
    choices = build_run_choices(
        pack.network,
        demand.connectors,
        demand.rows,
        settings=paths,
        relief=demand.relief,
        workers=request.workers,
        progress=progress,
        store=store,
    )
    lap("choice")
    loading = load_runs(timetable, choices, settings=request.settings, progress=progress)
    lap("loading")
    calls, windows = CallTable.of(timetable), _windows(start_s, end_s)
    loads = DayLoads(
        territory=pack,
        scenario=scenario,
        request=request,
        start_s=start_s,
        end_s=end_s,
        demand=demand,
        choices=choices,
        loading=loading,
        calls=calls,
        segments=build_line_segments(timetable),
        windows=windows,
        cells=sum_cells(timetable, calls, loading, windows),
        line_hours=sum_line_hours(timetable, calls, loading),
        entries=compare_run_entries(pack, demand.connectors, choices, loading, calls),
        seconds=seconds,
        version=version("creneau"),
    )
    lap("sums")
    return loads


def _open_territory(
    source: str | Path,
    scenario: Scenario | None,
    service_date: dt.date | None,
    progress: Progress,
) -> Territory:
    """Return the territory, or the scenario's with its modifications applied."""
    if scenario is None:
        return load_territory(source, service_date=service_date, progress=progress)
    name, path = scenario.territory, Path(source)
    territory = load_territory(
        path.parent / name if "/" in name else name,
        service_date=service_date or scenario.date,
        progress=progress,
    )
    return apply_modifications(territory, scenario.modifications, file=str(path))


def _require_line(territory: Territory, line: str | None) -> None:
    """Raise if the line to be drawn is none of the network's: it would be missed at the end."""
    lines = sorted(set(territory.network.timetable.routes.lines))
    if line is not None and line not in lines:
        raise ScenarioInputError(
            Problem(
                file=f"territory {territory.name}",
                field="line",
                found=f"no line {line}",
                expected="one of " + ", ".join(lines),
                mend="Name one of its lines, or leave it out.",
            )
        )


def _windows(start_s: int, end_s: int) -> Windows:
    """Return the quarter hours from an hour and a half before the period, as people set out."""
    quarter = 900
    return Windows.over(start_s // quarter * quarter - 6 * quarter, end_s, quarter)


def peak_window(loads: DayLoads) -> int:
    """Return the quarter hour with the most passenger-minutes on board."""
    return int(np.argmax(loads.cells.ride_pax_min.sum(axis=0)))
