"""Stretches of lines by quarter hour: what the pictures of a loading are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenarios.results import MapSegment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scenarios.loads.run import DayLoads

SERVED_VEHICLES = 2.0
"""Vehicles a quarter hour needs to count as anybody's peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchLoads:
    """Passengers, capacity and vehicles by stretch and window, shape (n_stretches, n_windows)."""

    load_pax: NDArray[np.float64]
    capacity_pax: NDArray[np.float64]
    vehicles: NDArray[np.float64]

    def load_factor(self) -> NDArray[np.float64]:
        """Return passengers over capacity, 0 where there is none."""
        return np.divide(
            self.load_pax,
            self.capacity_pax,
            out=np.zeros_like(self.load_pax),
            where=self.capacity_pax > 0,
        )


def sum_stretches(loads: DayLoads) -> StretchLoads:
    """Sum the cells of a loading by stretch of line and direction."""
    segments, cells = loads.segments, loads.cells
    used = segments.of_segment >= 0

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.zeros((len(segments), loads.windows.count))
        np.add.at(summed, segments.of_segment[used], values[used])
        return summed

    return StretchLoads(
        load_pax=total(cells.load_pax),
        capacity_pax=total(cells.capacity_pax),
        vehicles=total(cells.vehicles),
    )


def fullest_by_line(loads: DayLoads, stretches: StretchLoads) -> list[tuple[int, int]]:
    """Return each line's fullest (stretch, window), the fullest line first."""
    factor = np.where(stretches.vehicles >= SERVED_VEHICLES, stretches.load_factor(), 0.0)
    best: dict[str, tuple[float, int, int]] = {}
    for stretch, line in enumerate(loads.segments.line):
        window = int(factor[stretch].argmax())
        found = (float(factor[stretch, window]), stretch, window)
        if found[0] > best.get(line, (0.0, 0, 0))[0]:
            best[line] = found
    ranked = sorted(best.values(), key=lambda item: (-item[0], item[1]))
    return [(stretch, window) for _, stretch, window in ranked]


def map_segments(loads: DayLoads, stretches: StretchLoads, window: int) -> list[MapSegment]:
    """Return the fuller direction of every stretch in one quarter hour."""
    segments, factor = loads.segments, stretches.load_factor()[:, window]
    fullest: dict[tuple[str, frozenset[str]], int] = {}
    for k in range(len(segments)):
        key = segments.line[k], frozenset((segments.from_station[k], segments.to_station[k]))
        if key not in fullest or factor[k] > factor[fullest[key]]:
            fullest[key] = k
    return [
        MapSegment(
            line=segments.line[k],
            color=segments.color[k],
            lat=(float(segments.lat[k, 0]), float(segments.lat[k, 1])),
            lon=(float(segments.lon[k, 0]), float(segments.lon[k, 1])),
            from_stop=segments.from_station[k],
            to_stop=segments.to_station[k],
            load_pax=float(stretches.load_pax[k, window]),
            load_factor=float(factor[k]),
        )
        for k in fullest.values()
    ]
