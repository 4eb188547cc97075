"""A timetable of one line (and perhaps a second) built straight into arrays."""

import datetime as dt

import numpy as np

from network.base import ProblemLog
from network.timetable import Routes, Stops, Timetable


def line_timetable(
    *, departures_s, hops_s, other_departures_s=(), seats=100.0, standing_m2=25.0
) -> Timetable:
    """Line "L" calls at len(hops) + 1 stops, no dwell; line "M" runs the same stops backwards."""
    n_stops = len(hops_s) + 1
    offsets = np.concatenate(([0], np.cumsum(hops_s)))
    patterns = [(np.arange(n_stops), np.asarray(departures_s), offsets)]
    if len(other_departures_s):
        back = np.concatenate(([0], np.cumsum(hops_s[::-1])))
        patterns.append((np.arange(n_stops)[::-1], np.asarray(other_departures_s), back))
    times = [(starts[:, None] + hop[None, :]).ravel() for _, starts, hop in patterns]
    flat = np.concatenate(times).astype(np.int32)
    counts = [len(starts) for _, starts, _ in patterns]
    calls = [
        (int(stop), p, pos)
        for p, (stops, _, _) in enumerate(patterns)
        for pos, stop in enumerate(stops)
    ]
    calls.sort()
    n_trips = sum(counts)
    return Timetable(
        service_date=dt.date(2019, 3, 14),
        timezone="Europe/Paris",
        stops=Stops(
            ids=tuple(f"s{i}" for i in range(n_stops)),
            names=tuple(f"Stop {i}" for i in range(n_stops)),
            platforms=("",) * n_stops,
            lat=48.9 + 0.01 * np.arange(n_stops),
            lon=np.full(n_stops, 2.35),
            station=np.arange(n_stops, dtype=np.int32),
            station_names=tuple(f"Stop {i}" for i in range(n_stops)),
            station_ids=tuple(f"s{i}" for i in range(n_stops)),
            wheelchair=np.zeros(n_stops, dtype=np.int8),
        ),
        routes=Routes(
            ids=("l", "m"),
            lines=("L", "M"),
            long_names=("Line L", "Line M"),
            types=np.asarray([1, 1], dtype=np.int32),
            colors=("0055AA", "AA5500"),
            agencies=("", ""),
        ),
        pattern_route=np.arange(len(patterns), dtype=np.int32),
        pattern_direction=np.arange(len(patterns), dtype=np.int32),
        pattern_headsign=("",) * len(patterns),
        pattern_offset=(n_stops * np.arange(len(patterns) + 1)).astype(np.int32),
        pattern_stop=np.concatenate([stops for stops, _, _ in patterns]).astype(np.int32),
        pattern_pickup=np.ones(n_stops * len(patterns), dtype=np.bool_),
        pattern_dropoff=np.ones(n_stops * len(patterns), dtype=np.bool_),
        pattern_trip_offset=np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        pattern_time_offset=np.concatenate(
            ([0], np.cumsum([n * n_stops for n in counts])[:-1])
        ).astype(np.int32),
        arrival_s=flat.copy(),
        departure_s=flat.copy(),
        trip_ids=tuple(f"t{i}" for i in range(n_trips)),
        trip_seats=np.full(n_trips, seats),
        trip_standing_m2=np.full(n_trips, standing_m2),
        trip_is_headway=np.zeros(n_trips, dtype=np.bool_),
        trip_next=np.full(n_trips, -1, dtype=np.int32),
        trip_wheelchair=np.zeros(n_trips, dtype=np.int8),
        trip_bikes=np.zeros(n_trips, dtype=np.int8),
        stop_pattern_offset=np.concatenate(
            ([0], np.cumsum(np.bincount([c[0] for c in calls], minlength=n_stops)))
        ).astype(np.int32),
        stop_pattern=np.asarray([c[1] for c in calls], dtype=np.int32),
        stop_pattern_pos=np.asarray([c[2] for c in calls], dtype=np.int32),
        shapes=None,
        feeds=(),
        set_aside=ProblemLog(),
    )
