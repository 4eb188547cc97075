"""Stops, pathways and rules by hand, and walks between stops as plain values."""

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from network.base import ProblemLog
from network.network import Network
from network.timetable import Routes, Stops, Timetable
from network.walks import Footpaths, Pathways, TransferRules


def bare_timetable(
    stops: Mapping[str, tuple[float, float]], *, parents: Mapping[str, str] | None = None
) -> Timetable:
    """Return a timetable of stops at (lat, lon) and one trip that calls at all of them."""
    ids, n = tuple(stops), len(stops)
    station_of = [(parents or {}).get(stop, stop) for stop in ids]
    stations = tuple(dict.fromkeys(station_of))
    one, none = np.zeros(1, dtype=np.int32), np.zeros(1, dtype=np.int8)
    times = np.arange(n, dtype=np.int32) * 60
    return Timetable(
        service_date=dt.date(2024, 5, 15),
        timezone="UTC",
        stops=Stops(
            ids=ids,
            names=ids,
            platforms=("",) * n,
            lat=np.array([stops[i][0] for i in ids]),
            lon=np.array([stops[i][1] for i in ids]),
            station=np.array([stations.index(s) for s in station_of], dtype=np.int32),
            station_names=stations,
            station_ids=stations,
            wheelchair=np.zeros(n, dtype=np.int8),
        ),
        routes=Routes(
            ids=("R",),
            lines=("R",),
            long_names=("",),
            types=np.array([3], dtype=np.int32),
            colors=("",),
            agencies=("",),
        ),
        pattern_route=one,
        pattern_direction=one,
        pattern_headsign=("",),
        pattern_offset=np.array([0, n], dtype=np.int32),
        pattern_stop=np.arange(n, dtype=np.int32),
        pattern_pickup=np.ones(n, dtype=np.bool_),
        pattern_dropoff=np.ones(n, dtype=np.bool_),
        pattern_trip_offset=np.array([0, 1], dtype=np.int32),
        pattern_time_offset=np.array([0, n], dtype=np.int32),
        arrival_s=times,
        departure_s=times,
        trip_ids=("T",),
        trip_seats=np.zeros(1),
        trip_standing_m2=np.zeros(1),
        trip_is_headway=np.zeros(1, dtype=np.bool_),
        trip_next=np.array([-1], dtype=np.int32),
        trip_wheelchair=none,
        trip_bikes=none,
        stop_pattern_offset=np.arange(n + 1, dtype=np.int32),
        stop_pattern=np.zeros(n, dtype=np.int32),
        stop_pattern_pos=np.arange(n, dtype=np.int32),
        shapes=None,
        feeds=(),
        set_aside=ProblemLog(),
    )


def hand_pathways(
    timetable: Timetable,
    nodes: Mapping[str, tuple[float, float]],
    ways: Sequence[tuple[str, str, float, str]],
) -> Pathways:
    """Return pathways between stops and nodes at (lat, lon); entrances begin with "E".

    A way is (from, to, seconds, how); how holds "2" where it leads both ways and "s" where
    it has steps.
    """
    stops = timetable.stops
    places = {
        **{s: (stops.lat[i], stops.lon[i]) for i, s in enumerate(stops.ids)},
        **nodes,
    }
    ids = sorted({end for a, b, _, _ in ways for end in (a, b)})
    edges = [(a, b, s, "s" not in how) for a, b, s, how in ways]
    edges += [(b, a, s, "s" not in how) for a, b, s, how in ways if "2" in how]
    edges.sort()
    return Pathways(
        node_ids=tuple(ids),
        lat=np.array([places[i][0] for i in ids], dtype=np.float64),
        lon=np.array([places[i][1] for i in ids], dtype=np.float64),
        node_stop=np.array(
            [stops.ids.index(i) if i in stops.ids else -1 for i in ids], dtype=np.int32
        ),
        is_entrance=np.array([i.startswith("E") for i in ids], dtype=np.bool_),
        level=np.full(len(ids), np.nan),
        from_node=np.array([ids.index(e[0]) for e in edges], dtype=np.int32),
        to_node=np.array([ids.index(e[1]) for e in edges], dtype=np.int32),
        duration_s=np.array([e[2] for e in edges], dtype=np.float64),
        mode=np.ones(len(edges), dtype=np.int8),
        is_step_free=np.array([e[3] for e in edges], dtype=np.bool_),
    )


def hand_rules(
    timetable: Timetable, rows: Sequence[tuple[str, str, int, int] | tuple[str, str, int, int, int]]
) -> TransferRules:
    """Return rules (from, to, type, seconds or -1, from_route where given), in this order."""
    ids = timetable.stops.ids
    n = len(rows)
    any_ = np.full(n, -1, dtype=np.int32)
    return TransferRules(
        from_stop=np.array([ids.index(r[0]) for r in rows], dtype=np.int32),
        to_stop=np.array([ids.index(r[1]) for r in rows], dtype=np.int32),
        from_route=np.array([r[4] if len(r) > 4 else -1 for r in rows], dtype=np.int32),
        to_route=any_,
        from_trip=any_,
        to_trip=any_,
        kind=np.array([r[2] for r in rows], dtype=np.int8),
        min_s=np.array([r[3] for r in rows], dtype=np.int32),
        trip_names=(),
    )


def as_walks(timetable: Timetable, footpaths: Footpaths) -> dict[tuple[str, str], int]:
    """Return the seconds of every footpath by the stop_ids it leads from and to."""
    ids = timetable.stops.ids
    return {
        (ids[a], ids[footpaths.stop[i]]): int(footpaths.duration_s[i])
        for a in range(len(ids))
        for i in range(footpaths.offset[a], footpaths.offset[a + 1])
    }


def walks_by_id(network: Network) -> dict[tuple[str, str], int]:
    """Return the seconds of every footpath of a network by the stop_ids."""
    return as_walks(network.timetable, network.footpaths)
