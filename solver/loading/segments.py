"""Cells summed to what people see: stretches of a line in one direction, and whole lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network import Timetable
    from solver.choice import Cells

MAX_TERMINI = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSegments:
    """Stretches of lines: all patterns of a line and direction between the same two stations.

    ``of_segment`` maps each pattern segment to its stretch (-1 for the last stop of a
    pattern, which starts none). The other arrays have shape (n_stretches,): the names of
    line, direction (its termini), stations, and the coordinates of both ends.
    """

    of_segment: NDArray[np.int32]
    line: tuple[str, ...]
    direction: tuple[str, ...]
    from_station: tuple[str, ...]
    to_station: tuple[str, ...]
    color: tuple[str, ...]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.line)

    def sum_cells(self, values: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
        """Sum a value by cell to (n_stretches, n_windows)."""
        by_segment = values.reshape(cells.n_segments, cells.n_windows)
        used = self.of_segment >= 0
        total = np.zeros((len(self), cells.n_windows))
        np.add.at(total, self.of_segment[used], by_segment[used])
        return total


def build_line_segments(timetable: Timetable) -> LineSegments:
    """Group pattern segments into stretches by line, direction and pair of stations."""
    routes, stops = timetable.routes, timetable.stops
    names = _name_directions(timetable)
    index: dict[tuple[str, int, int, int], int] = {}
    rows: list[tuple[str, str, str, str, str, float, float, float, float]] = []
    of_segment = np.full(len(timetable.pattern_stop), -1, dtype=np.int32)
    for pattern in range(timetable.n_patterns):
        route = int(timetable.pattern_route[pattern])
        line, direction = routes.lines[route], int(timetable.pattern_direction[pattern])
        first = int(timetable.pattern_offset[pattern])
        calls = timetable.pattern_stops(pattern)
        for pos, (a, b) in enumerate(zip(calls[:-1], calls[1:], strict=True)):
            key = (line, direction, int(stops.station[a]), int(stops.station[b]))
            if key not in index:
                index[key] = len(rows)
                rows.append(
                    (
                        line,
                        names[line, direction],
                        stops.station_names[key[2]],
                        stops.station_names[key[3]],
                        routes.colors[route],
                        float(stops.lat[a]),
                        float(stops.lon[a]),
                        float(stops.lat[b]),
                        float(stops.lon[b]),
                    )
                )
            of_segment[first + pos] = index[key]
    return LineSegments(
        of_segment=of_segment,
        line=tuple(row[0] for row in rows),
        direction=tuple(row[1] for row in rows),
        from_station=tuple(row[2] for row in rows),
        to_station=tuple(row[3] for row in rows),
        color=tuple(row[4] for row in rows),
        lat=np.asarray([(row[5], row[7]) for row in rows]).reshape(-1, 2),
        lon=np.asarray([(row[6], row[8]) for row in rows]).reshape(-1, 2),
    )


def _name_directions(timetable: Timetable) -> dict[tuple[str, int], str]:
    """Name each direction of each line by the stations where most of its trips end."""
    ends: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for pattern in range(timetable.n_patterns):
        line = timetable.routes.lines[int(timetable.pattern_route[pattern])]
        last = int(timetable.pattern_stops(pattern)[-1])
        trips = int(np.diff(timetable.pattern_trip_offset[pattern : pattern + 2])[0])
        name = timetable.stops.station_names[int(timetable.stops.station[last])]
        ends[line, int(timetable.pattern_direction[pattern])][name] += trips
    return {
        key: " / ".join(
            name
            for name, _ in sorted(count.items(), key=lambda item: (-item[1], item[0]))[:MAX_TERMINI]
        )
        for key, count in ends.items()
    }


def rolling_sum(by_window: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Sum ``n`` consecutive windows; column ``w`` holds windows ``w`` to ``w + n - 1``."""
    padded = np.concatenate(
        (np.zeros((by_window.shape[0], 1)), np.cumsum(by_window, axis=1)), axis=1
    )
    result: NDArray[np.float64] = padded[:, n:] - padded[:, :-n]
    return result
