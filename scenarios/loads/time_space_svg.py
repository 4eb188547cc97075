"""The time-space diagram of a line: every run, coloured by how full it is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from network.base import format_clock
from scenarios.report import svg
from scenarios.report.map_svg import load_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scenarios.loads.run import DayLoads
    from scenarios.report.text import Catalogue

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 1080.0, 210.0, 26.0, 10.0, 28.0
_ROW_PX, _LEAST_PX = 17.0, 180.0
_BEFORE_S, _AFTER_S = 3600, 3600
_TICK_S = 900


def draw_time_space(loads: DayLoads, stretch: int, window: int, words: Catalogue) -> str:
    """Return the diagram of a stretch's line and direction, an hour either side of a window.

    Stations stand as far apart as the usual ride between them; runs of other patterns of the
    direction are drawn where they share these stations.
    """
    segments, timetable = loads.segments, loads.territory.network.timetable
    line, direction = segments.line[stretch], segments.direction[stretch]
    patterns = _patterns(loads, line, direction)
    names, at_s = _axis(loads, patterns, segments.from_station[stretch])
    middle = int(loads.windows.starts_s()[window])
    start_s, end_s = middle - _BEFORE_S, middle + _TICK_S + _AFTER_S
    height = max(_LEAST_PX, _ROW_PX * len(names)) + _TOP + _BOTTOM
    span = max(1.0, at_s[-1])

    def x(seconds: float) -> float:
        return _LEFT + (seconds - start_s) / (end_s - start_s) * (_WIDTH - _LEFT - _RIGHT)

    rows = {
        name: _TOP + 6 + seconds / span * (height - _TOP - _BOTTOM - 12)
        for name, seconds in zip(names, at_s, strict=True)
    }
    parts = [_grid(rows, start_s, end_s, x, height)]
    factor = loads.loading.load_factor(loads.calls)
    runs: list[tuple[int, str]] = []
    for pattern in patterns:
        stops = timetable.pattern_stops(pattern)
        called = [timetable.stops.station_names[s] for s in timetable.stops.station[stops]]
        arrival, departure = timetable.pattern_times(pattern)
        first = int(timetable.pattern_time_offset[pattern])
        for row in range(len(departure)):
            for i, (here, there) in enumerate(zip(called[:-1], called[1:], strict=True)):
                leave_s, reach_s = int(departure[row, i]), int(arrival[row, i + 1])
                if here not in rows or there not in rows:
                    continue
                if leave_s < start_s or reach_s > end_s:
                    continue
                call = first + row * len(stops) + i
                step = load_class(float(factor[call]))
                hint = (
                    f"{here} {format_clock(leave_s)} → {there}: "
                    f"{words.number(float(loads.loading.load_pax[call]), 0)} "
                    f"{words('unit.pax')}, {words.percent(float(factor[call]))}"
                )
                runs.append(
                    (
                        step,
                        svg.element(
                            "path",
                            svg.element("title", escape(hint)),
                            d=svg.moves(
                                (
                                    (x(leave_s), rows[here]),
                                    (x(reach_s), rows[there]),
                                )
                            ),
                            class_=f"run q{step}",
                            stroke_width=2.4,
                        ),
                    )
                )
    parts.extend(content for _, content in sorted(runs, key=lambda run: run[0]))
    title = words("loads.diagram_title", line=line, direction=direction)
    return svg.drawing(_WIDTH, height, title, "".join(parts), "time-space")


def _patterns(loads: DayLoads, line: str, direction: str) -> list[int]:
    """Return the patterns of a line and direction."""
    timetable, segments = loads.territory.network.timetable, loads.segments
    found = []
    for pattern in range(timetable.n_patterns):
        stretch = int(segments.of_segment[timetable.pattern_offset[pattern]])
        if stretch >= 0 and (segments.line[stretch], segments.direction[stretch]) == (
            line,
            direction,
        ):
            found.append(pattern)
    return found


def _axis(
    loads: DayLoads, patterns: list[int], through: str
) -> tuple[list[str], NDArray[np.float64]]:
    """Return the stations of the pattern with most runs through a station, and how far each is."""
    timetable = loads.territory.network.timetable

    def stations(pattern: int) -> list[str]:
        stops = timetable.stops
        return [stops.station_names[s] for s in stops.station[timetable.pattern_stops(pattern)]]

    def worth(pattern: int) -> tuple[bool, int, int]:
        runs = int(np.diff(timetable.pattern_trip_offset[pattern : pattern + 2])[0])
        calls = stations(pattern)
        return through in calls, runs * len(calls), -pattern

    best = max(patterns, key=worth)
    arrival, departure = timetable.pattern_times(best)
    hop_s = np.median(arrival[:, 1:] - departure[:, :-1], axis=0)
    return stations(best), np.concatenate(([0.0], np.cumsum(np.maximum(hop_s, 1.0))))


def _grid(
    rows: dict[str, float],
    start_s: int,
    end_s: int,
    x: Callable[[float], float],
    height: float,
) -> str:
    parts = []
    last = -100.0
    for name, y in rows.items():
        parts.append(svg.path([(_LEFT, y), (_WIDTH - _RIGHT, y)], class_="grid"))
        if y - last >= 12.0:
            parts.append(svg.text(_LEFT - 8, y + 4, name, text_anchor="end", class_="tick"))
            last = y
    for at in range(-(-start_s // _TICK_S) * _TICK_S, end_s + 1, _TICK_S):
        left = x(at)
        parts.append(svg.path([(left, _TOP), (left, height - _BOTTOM)], class_="hour"))
        parts.append(
            svg.text(left, height - 8, format_clock(at), text_anchor="middle", class_="tick")
        )
    return "".join(parts)
