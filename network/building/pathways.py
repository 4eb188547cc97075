"""pathways.txt as a graph of the ways inside stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import distance_m
from network.building.rows import (
    find_rows,
    numbers,
    repeated_rows,
    set_rows_aside,
    whole_numbers,
)
from network.walks import Pathways

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.inputs import FeedTables
    from network.timetable import Timetable

WALKWAY, STAIRS, TRAVELATOR, ESCALATOR, LIFT, FARE_GATE, EXIT_GATE = range(1, 8)
_STATION, _ENTRANCE, _BOARDING_AREA = 1, 2, 4

WALK_MPS = 1.2
"""Walking on the flat, as everywhere in the program."""

STAIRS_MPS = 0.61
"""The mean horizontal speed upstairs (Weidmann, "Transporttechnik der Fussgänger", ETH Zürich
1993); downstairs is a little faster."""

STEP_S = 0.5
"""A step of stairs: a tread of 0.30 m at that speed."""

ESCALATOR_MPS = 0.5
"""Standing on an escalator: the usual rated speed along the slope (EN 115-1, at most 0.75)."""

LIFT_S = 60.0
"""Waiting for a lift and riding it, where the feed gives no time: estimated."""

GATE_S = 2.4
"""Passing a gate: 25 passengers a minute (Transit Capacity and Quality of Service Manual, TCRP
Report 165, 2013: 25 to 35 by type of gate)."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Usable rows of pathways.txt: ends as rows of the nodes, NaN or -1 where blank."""

    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    mode: NDArray[np.int64]
    both_ways: NDArray[np.bool_]
    length_m: NDArray[np.float64]
    traversal_s: NDArray[np.float64]
    steps: NDArray[np.float64]


def build_pathways(tables: FeedTables, timetable: Timetable) -> Pathways | None:
    """Build the ways inside stations, None where the feed has none that can be used.

    A way takes its traversal_time, else its steps times 0.5 s (stairs), else its length, or the
    straight line between its ends where they have places, at 1.2 m/s (0.61 m/s on stairs, 0.5
    m/s on an escalator), else no time; a lift without a time takes 60 s, a gate 2.4 s. Stairs,
    escalators and anything else with steps are not step-free. A boarding area is joined to
    its platform by a way that takes no time. Rows with an unknown or unfit end or mode are
    set aside, and an exit gate leads one way whatever its row says.

    Parameters
    ----------
    timetable
        Built from ``tables`` alone, its ids as in the feed.

    References
    ----------
    GTFS Schedule reference, pathways.txt and stops.txt (location_type).
    """
    frame = tables.pathways
    if frame is None:
        return None
    stops = tables.stops[~repeated_rows(tables.stops, "stop_id")].dropna(subset=["stop_id"])
    stops = stops.sort_values("stop_id").reset_index(drop=True)
    rows = _usable_rows(tables, frame, stops)
    rows = _with_boarding_areas(rows, stops)
    if len(rows.mode) == 0:
        return None
    used = np.unique(np.concatenate((rows.from_node, rows.to_node)))
    lat, lon = numbers(stops["stop_lat"])[used], numbers(stops["stop_lon"])[used]
    a, b = np.searchsorted(used, rows.from_node), np.searchsorted(used, rows.to_node)
    duration_s = _durations_s(rows, distance_m(lat[a], lon[a], lat[b], lon[b]))
    back = rows.both_ways
    edges = {
        "from_node": np.concatenate((a, b[back])),
        "to_node": np.concatenate((b, a[back])),
        "duration_s": np.concatenate((duration_s, duration_s[back])),
        "mode": np.concatenate((rows.mode, rows.mode[back])),
    }
    steps = np.concatenate((rows.steps, rows.steps[back]))
    order = np.lexsort((steps, *reversed(edges.values())))
    edges = {name: values[order] for name, values in edges.items()}
    climbs = np.isin(edges["mode"], (STAIRS, ESCALATOR)) | (np.nan_to_num(steps[order]) != 0)
    ids = stops["stop_id"].to_numpy(dtype=object)[used]
    return Pathways(
        node_ids=tuple(map(str, ids)),
        lat=lat,
        lon=lon,
        node_stop=find_rows(
            pd.Index(timetable.stops.ids, dtype=object), pd.Series(ids, dtype=object)
        ).astype(np.int32),
        is_entrance=whole_numbers(stops["location_type"], default=0)[used] == _ENTRANCE,
        level=_levels(tables, stops)[used],
        from_node=edges["from_node"].astype(np.int32),
        to_node=edges["to_node"].astype(np.int32),
        duration_s=edges["duration_s"].astype(np.float64),
        mode=edges["mode"].astype(np.int8),
        is_step_free=~climbs,
    )


def _usable_rows(tables: FeedTables, frame: pd.DataFrame, stops: pd.DataFrame) -> _Rows:
    """Return the rows whose ends and mode can be used; the others are set aside."""
    known = pd.Index(stops["stop_id"], dtype=object)
    a, b = find_rows(known, frame["from_stop_id"]), find_rows(known, frame["to_stop_id"])
    mode = whole_numbers(frame["pathway_mode"], default=0)
    both_ways = whole_numbers(frame["is_bidirectional"], default=-1)
    kind = np.append(whole_numbers(stops["location_type"], default=0), 0)
    lines = frame.index.to_numpy(dtype=np.int64)
    length_m, traversal_s = numbers(frame["length"]), numbers(frame["traversal_time"])
    left = np.ones(len(frame), dtype=bool)
    for bad, found, expected in (
        ((a < 0) | (b < 0), "an unknown end", "from_stop_id and to_stop_id of stops.txt"),
        (
            (kind[a] == _STATION) | (kind[b] == _STATION), "a station as an end",
            "a platform, an entrance, a node or a boarding area",
        ),
        (a == b, "one and the same end twice", "two ends"),
        ((mode < WALKWAY) | (mode > EXIT_GATE), "an unknown pathway_mode", "a number from 1 to 7"),
        ((both_ways < 0) | (both_ways > 1), "no direction", "is_bidirectional 0 or 1"),
        (
            (length_m < 0) | (traversal_s < 0), "a length or time below 0",
            "metres and seconds, 0 or more",
        ),
    ):  # fmt: skip
        _set_aside(tables, lines[bad & left], found, expected)
        left &= ~bad
    gates = left & (mode == EXIT_GATE) & (both_ways == 1)
    set_rows_aside(
        tables, "pathways", "exit gate that leads both ways", lines[gates],
        lambda _: (
            "an exit gate with is_bidirectional 1", "0: an exit gate leads out",
            "Correct the row; the gate is taken to lead from from_stop_id to to_stop_id.",
        ),
    )  # fmt: skip
    return _Rows(
        from_node=a[left],
        to_node=b[left],
        mode=mode[left],
        both_ways=((both_ways == 1) & ~gates)[left],
        length_m=length_m[left],
        traversal_s=np.where(traversal_s > 0, traversal_s, np.nan)[left],
        steps=np.abs(numbers(frame["stair_count"]))[left],
    )


def _set_aside(tables: FeedTables, lines: NDArray[np.int64], found: str, expected: str) -> None:
    set_rows_aside(
        tables, "pathways", "pathway that cannot be used", lines,
        lambda _: (found, expected, "Correct the row, or leave it out."),
    )  # fmt: skip


def _with_boarding_areas(rows: _Rows, stops: pd.DataFrame) -> _Rows:
    """Add ways of no time between the boarding areas that ways lead to and their platforms."""
    kind = whole_numbers(stops["location_type"], default=0)
    parent = find_rows(pd.Index(stops["stop_id"], dtype=object), stops["parent_station"])
    named = np.unique(np.concatenate((rows.from_node, rows.to_node)))
    areas = named[(kind[named] == _BOARDING_AREA) & (parent[named] >= 0)]
    n = len(areas)
    return _Rows(
        from_node=np.concatenate((rows.from_node, areas)),
        to_node=np.concatenate((rows.to_node, parent[areas])),
        mode=np.concatenate((rows.mode, np.full(n, WALKWAY))),
        both_ways=np.concatenate((rows.both_ways, np.ones(n, dtype=bool))),
        length_m=np.concatenate((rows.length_m, np.zeros(n))),
        traversal_s=np.concatenate((rows.traversal_s, np.zeros(n))),
        steps=np.concatenate((rows.steps, np.full(n, np.nan))),
    )


def _durations_s(rows: _Rows, straight_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the seconds each way takes."""
    length_m = np.where(np.isfinite(rows.length_m), rows.length_m, straight_m)
    speed_mps = np.select(
        (rows.mode == STAIRS, rows.mode == ESCALATOR), (STAIRS_MPS, ESCALATOR_MPS), WALK_MPS
    )
    seconds = np.nan_to_num(length_m) / speed_mps
    stairs = (rows.mode == STAIRS) & (np.nan_to_num(rows.steps) > 0)
    seconds = np.where(stairs, rows.steps * STEP_S, seconds)
    seconds = np.where(rows.mode == LIFT, LIFT_S, seconds)
    is_gate = (rows.mode == FARE_GATE) | (rows.mode == EXIT_GATE)
    seconds = np.where(is_gate, GATE_S, seconds)
    result: NDArray[np.float64] = np.where(np.isfinite(rows.traversal_s), rows.traversal_s, seconds)
    return result


def _levels(tables: FeedTables, stops: pd.DataFrame) -> NDArray[np.float64]:
    """Return level_index of each stop, NaN where it has none."""
    frame = tables.levels
    if frame is None:
        return np.full(len(stops), np.nan)
    frame = frame[~repeated_rows(frame, "level_id")].dropna(subset=["level_id"])
    row = find_rows(pd.Index(frame["level_id"], dtype=object), stops["level_id"])
    return np.append(numbers(frame["level_index"]), np.nan)[row]
