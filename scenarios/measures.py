"""Loads measured: key figures, busiest stretches, load curves, the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.base import Figure, SourceClass, parse_clock
from scenarios.results import LineProfile, MapSegment, SegmentLoad, Situation
from solver.crowding import SLOPE_RANGE, excess_pax_min, exposed_pax_min
from solver.loading import rolling_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scenarios.model import Model
    from solver.loading import TransitLoading

WINDOWS_AN_HOUR = 4
N_BUSIEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookouts:
    """Where and when to look, fixed on the status quo so that situations compare.

    ``peak`` holds for each stretch the first window of its fullest hour; ``busiest`` and
    ``watched`` are stretches by index; ``at_moment`` the fullest stretches of each watched
    line and direction in the window ``moment``; ``curves`` the fullest stretch of each line and
    direction; ``map_window`` the quarter hour with the most passengers in the network.
    """

    peak: NDArray[np.int64]
    busiest: tuple[int, ...]
    watched: tuple[int, ...]
    moment: int
    at_moment: tuple[int, ...]
    curves: tuple[int, ...]
    map_window: int


def choose_lookouts(model: Model, loading: TransitLoading) -> Lookouts:
    """Choose the stretches and times that every situation is shown at."""
    segments, cells = model.segments, model.cells
    load = segments.sum_cells(loading.load_pax, cells)
    room = segments.sum_cells(cells.capacity_pax, cells)
    hourly, hourly_room = rolling_sum(load, WINDOWS_AN_HOUR), rolling_sum(room, WINDOWS_AN_HOUR)
    factor = np.divide(hourly, hourly_room, out=np.zeros_like(hourly), where=hourly_room > 0)
    # The fullest hour counts by passengers, so that an almost empty early hour never wins.
    peak = hourly.argmax(axis=1)
    at_peak = factor[np.arange(len(segments)), peak]
    order = np.argsort(-at_peak, kind="stable")
    first_of: dict[tuple[str, str], int] = {}
    for stretch in order.tolist():
        first_of.setdefault((segments.line[stretch], segments.direction[stretch]), stretch)
    moment = (parse_clock(model.territory.file.watch_time) - cells.start_s) // cells.window_s
    rides = segments.sum_cells(loading.load_pax * cells.ride_min, cells).sum(axis=0)
    return Lookouts(
        peak=peak,
        busiest=tuple(list(first_of.values())[:N_BUSIEST]),
        watched=_find_watched(model),
        moment=moment,
        at_moment=_fullest_at(model, load[:, moment], room[:, moment]),
        curves=tuple(first_of.values()),
        map_window=int(rides.argmax()),
    )


def measure_situation(
    model: Model,
    lookouts: Lookouts,
    *,
    name: str,
    load_pax: NDArray[np.float64],
    loading: TransitLoading | None,
    with_map: bool = True,
) -> Situation:
    """Measure one state of the network at the chosen lookouts."""
    cells = model.cells
    load = model.segments.sum_cells(load_pax, cells)
    room = model.segments.sum_cells(cells.capacity_pax, cells)
    watched = tuple(
        _segment_load(model, k, lookouts.moment, 1, load, room) for k in lookouts.at_moment
    ) + tuple(_segment_hour(model, lookouts, k, load, room) for k in lookouts.watched)
    return Situation(
        name=name,
        kpis=_key_figures(model, load_pax, loading),
        busiest=tuple(_segment_hour(model, lookouts, k, load, room) for k in lookouts.busiest),
        watched=watched,
        curves=tuple(_curve(model, k, load, room) for k in lookouts.curves),
        map_segments=_map(model, lookouts, load, room) if with_map else (),
        assignment_gap=None if loading is None else loading.assignment_gap,
        iterations=None if loading is None else loading.iterations,
        converged=None if loading is None else loading.converged,
    )


def total_cost_min(
    model: Model, load_pax: NDArray[np.float64], slope: float | None = None
) -> float:
    """Compute crowding cost of all passengers, minutes, at the model's slope or another."""
    cells = model.cells
    used = load_pax > 0
    curve = model.curve if slope is None else type(model.curve)(slope=slope)
    return float(
        curve.cost_min(
            load_pax[used], cells.seats[used], cells.standing_m2[used], cells.ride_min[used]
        ).sum()
    )


def _key_figures(
    model: Model, load_pax: NDArray[np.float64], loading: TransitLoading | None
) -> dict[str, Figure]:
    cells = model.cells
    load, ride = load_pax, cells.ride_min
    room = cells.capacity_pax
    served = room > 0
    low, high = SLOPE_RANGE
    estimated = SourceClass.ESTIMATED
    figures = {
        "passenger_hours": Figure(
            value=float((load * ride).sum()) / 60, unit="passenger-hours", source_class=estimated
        ),
        "excess_pax_min": Figure(
            value=float(excess_pax_min(load, cells.seats, cells.standing_m2, ride).sum()),
            unit="passenger-minutes above 4 per m2",
            source_class=estimated,
        ),
        "exposed_pax_min": Figure(
            value=float(exposed_pax_min(load, cells.seats, cells.standing_m2, ride).sum()),
            unit="passenger-minutes in vehicles above 4 per m2",
            source_class=estimated,
        ),
        "crowding_cost_h": Figure(
            value=total_cost_min(model, load) / 60,
            unit="hours",
            source_class=estimated,
            low=total_cost_min(model, load, low) / 60,
            high=total_cost_min(model, load, high) / 60,
            note=f"range: crowding cost {low:g} to {high:g} per passenger per m2",
        ),
        "peak_load_factor": Figure(
            value=float((load[served] / room[served]).max(initial=0.0)),
            unit="passengers per place, fullest quarter hour",
            source_class=estimated,
        ),
    }
    if loading is not None:
        figures["travel_cost_h"] = Figure(
            value=loading.total_cost_min / 60, unit="hours", source_class=estimated
        )
    return figures


def _find_watched(model: Model) -> tuple[int, ...]:
    segments = model.segments
    found = []
    for watch in model.territory.file.watch:
        for k in range(len(segments)):
            names = (segments.line[k], segments.from_station[k], segments.to_station[k])
            if names == (watch.line, watch.from_station, watch.to_station):
                found.append(k)
    return tuple(found)


def _fullest_at(
    model: Model, load: NDArray[np.float64], room: NDArray[np.float64]
) -> tuple[int, ...]:
    """Return the fullest stretch of each watched line and direction, given one window."""
    segments = model.segments
    lines = {watch.line for watch in model.territory.file.watch}
    factor = np.divide(load, room, out=np.zeros_like(load), where=room > 0)
    fullest: dict[tuple[str, str], int] = {}
    for k in np.argsort(-factor, kind="stable").tolist():
        if segments.line[k] in lines:
            fullest.setdefault((segments.line[k], segments.direction[k]), k)
    return tuple(fullest.values())


def _segment_hour(
    model: Model,
    lookouts: Lookouts,
    k: int,
    load: NDArray[np.float64],
    room: NDArray[np.float64],
) -> SegmentLoad:
    return _segment_load(model, k, int(lookouts.peak[k]), WINDOWS_AN_HOUR, load, room)


def _segment_load(
    model: Model,
    k: int,
    first: int,
    n_windows: int,
    load: NDArray[np.float64],
    room: NDArray[np.float64],
) -> SegmentLoad:
    segments, cells = model.segments, model.cells
    windows = slice(first, first + n_windows)
    start_s = cells.start_s + first * cells.window_s
    return SegmentLoad(
        line=segments.line[k],
        direction=segments.direction[k],
        from_stop=segments.from_station[k],
        to_stop=segments.to_station[k],
        start_s=start_s,
        end_s=start_s + n_windows * cells.window_s,
        load_pax=float(load[k, windows].sum()),
        capacity_pax=float(room[k, windows].sum()),
    )


def _curve(
    model: Model, k: int, load: NDArray[np.float64], room: NDArray[np.float64]
) -> LineProfile:
    segments = model.segments
    return LineProfile(
        line=segments.line[k],
        direction=segments.direction[k],
        from_stop=segments.from_station[k],
        to_stop=segments.to_station[k],
        start_s=tuple(int(s) for s in model.cells.window_starts_s()),
        load_pax=tuple(float(v) for v in load[k]),
        capacity_pax=tuple(float(v) for v in room[k]),
    )


def _map(
    model: Model, lookouts: Lookouts, load: NDArray[np.float64], room: NDArray[np.float64]
) -> tuple[MapSegment, ...]:
    """Return each stretch once, by the fuller of its two directions."""
    segments, w = model.segments, lookouts.map_window
    fullest: dict[tuple[str, frozenset[str]], int] = {}
    factor = np.divide(load[:, w], room[:, w], out=np.zeros(len(segments)), where=room[:, w] > 0)
    for k in range(len(segments)):
        key = (segments.line[k], frozenset((segments.from_station[k], segments.to_station[k])))
        if key not in fullest or factor[k] > factor[fullest[key]]:
            fullest[key] = k
    return tuple(
        MapSegment(
            line=segments.line[k],
            color=segments.color[k],
            lat=(float(segments.lat[k, 0]), float(segments.lat[k, 1])),
            lon=(float(segments.lon[k, 0]), float(segments.lon[k, 1])),
            from_stop=segments.from_station[k],
            to_stop=segments.to_station[k],
            load_pax=float(load[k, w]),
            load_factor=float(factor[k]),
        )
        for k in fullest.values()
    )
