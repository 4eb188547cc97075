"""A loading's tables as Parquet files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from network.routing.loads import compute_fingerprint
from solver.loading.vehicles import select_link, sum_stops

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from scenarios.loads.run import DayLoads

RESULT_NAME = "loading.json"


def write_loads(loads: DayLoads, out_dir: Path) -> list[Path]:
    """Write the figures (JSON) and tables (Parquet) of a loading; return the paths.

    ``runs`` has a row for each vehicle and segment, ``cells`` for each pattern segment and
    quarter hour, ``line_hours``, ``stops`` (boardings, alightings, left behind by quarter
    hour), ``skims`` (what a trip costs by pair and quarter hour) and ``busiest`` (who rides
    the fullest stretch in its peak quarter hour).

    Raises
    ------
    OSError
        If the folder cannot be made or written.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    paths = [out_dir / RESULT_NAME]
    text = json.dumps(loads.as_dict(), ensure_ascii=False, indent=1, allow_nan=False)
    paths[0].write_text(text + "\n", encoding="utf-8")
    tables = {
        "runs": runs_table(loads),
        "cells": cells_table(loads),
        "line_hours": line_hours_table(loads),
        "stops": stops_table(loads),
        "skims": skims_table(loads),
        "busiest": busiest_table(loads),
    }
    for name, table in tables.items():
        paths.append(out_dir / f"{name}.parquet")
        pq.write_table(table, paths[-1], compression="zstd")
    return paths


def runs_table(loads: DayLoads) -> pa.Table:
    """Return load, capacity and exchange of every vehicle on leaving every stop.

    The table's metadata tell the timetable it is of, so that a router knows whose loads they are.
    """
    timetable, calls, loading = loads.territory.network.timetable, loads.calls, loads.loading
    stretch = loads.segments.of_segment[calls.segment]
    stops = np.asarray(timetable.stops.ids, dtype=object)[calls.stop]
    lines = np.asarray((*loads.segments.line, ""), dtype=object)[stretch]
    table = pa.table(
        {
            "trip_id": _dictionary(timetable.trip_ids, calls.trip),
            "line": pa.array(lines).dictionary_encode(),
            "stop_id": pa.array(stops).dictionary_encode(),
            "departure_s": timetable.departure_s,
            "ride_s": calls.ride_s,
            "load_pax": loading.load_pax,
            "load_factor": loading.load_factor(calls),
            "seats": calls.seats,
            "standing_m2": calls.standing_m2,
            "boarding_pax": loading.boarding_pax,
            "alighting_pax": loading.alighting_pax,
            "left_behind_pax": loading.left_behind_pax,
        }
    )
    return table.replace_schema_metadata({"timetable_sha256": compute_fingerprint(timetable)})


def cells_table(loads: DayLoads) -> pa.Table:
    """Return loads and capacities by pattern segment and quarter hour, where a vehicle runs."""
    cells, windows = loads.cells, loads.windows
    segment, window = np.nonzero(cells.vehicles)
    stretch = loads.segments.of_segment[segment]
    names = loads.segments
    return pa.table(
        {
            "segment": segment.astype(np.int32),
            "window_start_s": windows.starts_s()[window],
            "line": _dictionary(names.line, stretch),
            "from_stop": _dictionary(names.from_station, stretch),
            "to_stop": _dictionary(names.to_station, stretch),
            "vehicles": cells.vehicles[segment, window],
            "load_pax": cells.load_pax[segment, window],
            "capacity_pax": cells.capacity_pax[segment, window],
            "load_factor": cells.load_factor()[segment, window],
        }
    )


def line_hours_table(loads: DayLoads) -> pa.Table:
    """Return the sums by line and hour."""
    hours = loads.line_hours
    columns: dict[str, Any] = {
        "line": _dictionary(hours.lines, hours.line),
        "hour": hours.hour,
    }
    for name in (
        "boarding_pax",
        "left_behind_pax",
        "ride_pax_h",
        "above_seats_pax_min",
        "above_4_pax_min",
        "exposed_pax_min",
        "max_load_factor",
    ):
        columns[name] = getattr(hours, name)
    return pa.table(columns)


def stops_table(loads: DayLoads) -> pa.Table:
    """Return boardings, alightings and left behind by stop and quarter hour, if any."""
    timetable, calls, windows = loads.territory.network.timetable, loads.calls, loads.windows
    loading = loads.loading
    on = sum_stops(timetable, calls, loading.boarding_pax, windows)
    off = sum_stops(timetable, calls, loading.alighting_pax, windows, by_arrival=True)
    left = sum_stops(timetable, calls, loading.left_behind_pax, windows)
    stop, window = np.nonzero(on + off + left)
    return pa.table(
        {
            "stop_id": _dictionary(timetable.stops.ids, stop),
            "name": _dictionary(timetable.stops.names, stop),
            "window_start_s": windows.starts_s()[window],
            "boarding_pax": on[stop, window],
            "alighting_pax": off[stop, window],
            "left_behind_pax": left[stop, window],
        }
    )


def skims_table(loads: DayLoads) -> pa.Table:
    """Return mean generalised minutes by origin, place and quarter hour wanted."""
    choices, loading, windows = loads.choices, loads.loading, loads.windows
    group = choices.group_of_entry()
    window = windows.of(choices.wanted_s)
    key = (choices.group_origin.astype(np.int64) * loads.demand.n_places + choices.group_place) * (
        windows.count + 1
    ) + window
    rows, of_group = np.unique(key, return_inverse=True)
    flow, of_entry = loading.flow_pax, of_group[group]

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(of_entry, weights=values, minlength=len(rows)).astype(np.float64)

    pax = total(flow)
    there = np.maximum(pax, 1e-300)
    pair = rows // (windows.count + 1)
    starts = np.append(windows.starts_s(), -1)
    return pa.table(
        {
            "origin": (pair // loads.demand.n_places).astype(np.int32),
            "place": (pair % loads.demand.n_places).astype(np.int32),
            "window_start_s": starts[rows % (windows.count + 1)],
            "pax": pax,
            "share_riding": total(flow * (choices.journey >= 0)) / there,
            "free_min": total(flow * choices.free_min) / there,
            "cost_min": total(flow * loading.cost_min) / there,
        }
    )


def busiest_table(loads: DayLoads) -> pa.Table:
    """Return who rides the fullest run, by zone of origin, destination, and cohort.

    Values below the threshold of people are pooled under the name ``(few)``.
    """
    loading, zones = loads.loading, loads.territory.zones
    link = np.zeros(len(loads.calls), dtype=np.bool_)
    link[_fullest_quarter(loads)] = True
    chosen = select_link(
        loads.choices,
        loading,
        loads.demand.rows,
        link,
        n_places=loads.demand.n_places,
        n_owners=len(loads.demand.cohorts),
    )
    cohorts = loads.demand.cohorts
    employer = [cohorts.employer_ids[e] for e in cohorts.employer]
    places = (*zones.ids, *cohorts.site_ids)
    by_employer = dict.fromkeys(sorted(set(employer)), 0.0)
    for name, pax in zip(employer, chosen.owner_pax.tolist(), strict=True):
        by_employer[name] += pax
    rows: list[tuple[str, str, float]] = []
    for kind, names, values, hidden in (
        ("origin", places, chosen.origin_pax.tolist(), chosen.hidden_origin_pax),
        ("destination", places, chosen.place_pax.tolist(), chosen.hidden_place_pax),
        ("employer", tuple(by_employer), list(by_employer.values()), chosen.hidden_owner_pax),
    ):
        rows += [(kind, n, v) for n, v in zip(names, values, strict=True) if v > 0]
        if hidden > 0:
            rows.append((kind, "(few)", hidden))
    return pa.table(
        {
            "kind": [row[0] for row in rows],
            "name": [row[1] for row in rows],
            "pax": pa.array([row[2] for row in rows], type=pa.float64()),
        }
    )


def _fullest_quarter(loads: DayLoads) -> NDArray[np.int64]:
    """Return the calls of the fullest stretch and quarter hour with most people above seats."""
    cells, windows = loads.cells, loads.windows
    ride = np.where(cells.vehicles > 0, cells.load_factor(), 0.0)
    segment, window = np.unravel_index(int(ride.argmax()), ride.shape)
    stretch = loads.segments.of_segment[segment]
    same = loads.segments.of_segment[loads.calls.segment] == stretch
    when = windows.of(loads.territory.network.timetable.departure_s) == window
    return np.flatnonzero(same & when & loads.calls.leaves)


def _dictionary(names: tuple[str, ...], index: NDArray[np.integer]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), pa.array(list(names)))
