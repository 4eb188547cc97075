"""What a loading by vehicle runs says: by run, cell, line and hour, stop, and in crowding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.routing.loads import SegmentLoads
from solver.crowding import capacity_pax, excess_pax_min, exposed_pax_min

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable
    from solver.loading.vehicles.assign import RunLoading
    from solver.loading.vehicles.calls import CallTable

QUARTER_S = 900
HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Equal windows of the service day, ``[start_s + w length_s, ... + length_s)``."""

    start_s: int
    length_s: int
    count: int

    @classmethod
    def over(cls, start_s: int, end_s: int, length_s: int = QUARTER_S) -> Windows:
        """Return the windows that cover a period."""
        return cls(start_s=start_s, length_s=length_s, count=-(-(end_s - start_s) // length_s))

    def of(self, time_s: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the window of each time, -1 outside."""
        window = (np.asarray(time_s, dtype=np.int64) - self.start_s) // self.length_s
        return np.where((window >= 0) & (window < self.count), window, -1)

    def starts_s(self) -> NDArray[np.int64]:
        """Return when each begins."""
        return self.start_s + self.length_s * np.arange(self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCells:
    """Loads and capacity by pattern segment and window, shape (n_segments, n_windows).

    Same order as ``solver.choice.Cells`` when raveled; ``ride_pax_min`` is load x minutes.
    """

    load_pax: NDArray[np.float64]
    capacity_pax: NDArray[np.float64]
    seats: NDArray[np.float64]
    vehicles: NDArray[np.float64]
    ride_pax_min: NDArray[np.float64]

    def load_factor(self) -> NDArray[np.float64]:
        """Return passengers over capacity of all vehicles together, 0 without any."""
        return np.divide(
            self.load_pax,
            self.capacity_pax,
            out=np.zeros_like(self.load_pax),
            where=self.capacity_pax > 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineHours:
    """By line and hour, shape (n_rows,): ``line`` numbers ``lines``, ``hour`` is o'clock.

    ``boarding_pax``; ``ride_pax_h`` passenger-hours on board; ``above_seats_pax_min`` and
    ``above_4_pax_min`` those of people beyond the seats and beyond 4 standing a square
    metre, ``exposed_pax_min`` of everybody in vehicles beyond that;
    ``max_load_factor`` of a single run and segment; ``left_behind_pax``, counted at every vehicle.
    """

    lines: tuple[str, ...]
    line: NDArray[np.int32]
    hour: NDArray[np.int32]
    boarding_pax: NDArray[np.float64]
    left_behind_pax: NDArray[np.float64]
    ride_pax_h: NDArray[np.float64]
    above_seats_pax_min: NDArray[np.float64]
    above_4_pax_min: NDArray[np.float64]
    exposed_pax_min: NDArray[np.float64]
    max_load_factor: NDArray[np.float64]


def sum_cells(
    timetable: Timetable, calls: CallTable, loading: RunLoading, windows: Windows
) -> RunCells:
    """Sum runs into cells: those that leave a segment's first stop in the same window."""
    n_segments = len(timetable.pattern_stop)
    window = windows.of(timetable.departure_s)
    used = np.flatnonzero((window >= 0) & calls.leaves)
    cell = calls.segment[used].astype(np.int64) * windows.count + window[used]
    shape = (n_segments, windows.count)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.bincount(cell, weights=values[used], minlength=n_segments * windows.count)
        return summed.reshape(shape).astype(np.float64)

    return RunCells(
        load_pax=total(loading.load_pax),
        capacity_pax=total(capacity_pax(calls.seats, calls.standing_m2)),
        seats=total(calls.seats),
        vehicles=total(np.ones(len(calls))),
        ride_pax_min=total(loading.load_pax * calls.ride_s / 60),
    )


def sum_line_hours(timetable: Timetable, calls: CallTable, loading: RunLoading) -> LineHours:
    """Sum runs by line and the hour in which they leave each stop; rows with service alone."""
    lines = tuple(sorted(set(timetable.routes.lines)))
    number = {name: k for k, name in enumerate(lines)}
    of_route = np.asarray([number[name] for name in timetable.routes.lines], dtype=np.int64)
    pattern = np.searchsorted(timetable.pattern_offset, calls.segment, side="right") - 1
    line = of_route[timetable.pattern_route[pattern]]
    hour = timetable.departure_s // HOUR_S
    low = int(hour.min(initial=0))
    key = line * (int(hour.max(initial=0)) - low + 1) + (hour - low)
    rows, of_call = np.unique(key, return_inverse=True)
    span = int(hour.max(initial=0)) - low + 1
    load, ride_min = loading.load_pax, calls.ride_s / 60
    seats, room = calls.seats, calls.standing_m2

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(of_call, weights=values, minlength=len(rows)).astype(np.float64)

    peak = np.zeros(len(rows))
    np.maximum.at(peak, of_call, loading.load_factor(calls))
    return LineHours(
        lines=lines,
        line=(rows // span).astype(np.int32),
        hour=(rows % span + low).astype(np.int32),
        boarding_pax=total(loading.boarding_pax),
        left_behind_pax=total(loading.left_behind_pax),
        ride_pax_h=total(load * ride_min) / 60,
        above_seats_pax_min=total(np.maximum(0.0, load - seats) * ride_min),
        above_4_pax_min=total(excess_pax_min(load, seats, room, ride_min)),
        exposed_pax_min=total(exposed_pax_min(load, seats, room, ride_min)),
        max_load_factor=peak,
    )


def sum_stops(
    timetable: Timetable,
    calls: CallTable,
    values: NDArray[np.float64],
    windows: Windows,
    *,
    by_arrival: bool = False,
) -> NDArray[np.float64]:
    """Sum a value by call to (n_stops, n_windows), by when the vehicle leaves, or arrives."""
    window = windows.of(timetable.arrival_s if by_arrival else timetable.departure_s)
    used = np.flatnonzero(window >= 0)
    cell = calls.stop[used].astype(np.int64) * windows.count + window[used]
    n_cells = timetable.n_stops * windows.count
    summed = np.bincount(cell, weights=values[used], minlength=n_cells)
    return summed.reshape(-1, windows.count).astype(np.float64)


def average_segment_loads(
    timetable: Timetable, calls: CallTable, loading: RunLoading, windows: Windows
) -> SegmentLoads:
    """Return load factors by call, each the mean of its pattern segment and window.

    What a traveller can expect who does not know which of the vehicles of a quarter of an
    hour is the full one; outside the windows each run has its own.
    """
    factor = loading.load_factor(calls)
    mean = sum_cells(timetable, calls, loading, windows).load_factor()
    window = windows.of(timetable.departure_s)
    inside = (window >= 0) & calls.leaves
    factor[inside] = mean[calls.segment[inside], window[inside]]
    return SegmentLoads(load_factor=factor.astype(np.float32))
