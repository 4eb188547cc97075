"""One line, three stops, three trains, and people at its doors: who boards which is found by hand.

::

    S1 ---- S2 ---- S3      trains leave S1 at 08:00, 08:10 and 08:20, five minutes a hop
            |
            T2 ---- T3      a shuttle beside it leaves T2 (one station with S2) at 08:08 and
                            08:18 and is at T3 (one station with S3) ten minutes later

A train takes 100 people (20 sit, 80 stand on 20 square metres), the shuttle 1,000. Places 0,
1 and 2 are the doors of S1, S2 and S3: no walk, and no other lines. The shuttle runs only
where it is asked for.
"""

import numpy as np

from network.base import SourceClass, parse_clock
from network.building.inputs import Capacity, VehicleCapacities
from network.readers import read_network
from solver.choice import WALK, Connectors
from solver.loading.vehicles import MinuteDemand, PathSettings, build_run_choices
from tests.builders.feeds import write_feed
from tests.builders.gridcity import GRID_DAY

TRAIN, SHUTTLE = (20.0, 20.0), (200.0, 200.0)
"""Seats, and square metres to stand on."""
_PLACES = {"S1": 2.30, "S2": 2.34, "S3": 2.38}
_TRAINS = ("08:00", "08:10", "08:20")


def three_trains(folder, *, train=TRAIN, shuttle=False, trains=_TRAINS, dwell_s=0):
    """The network; ``train`` is the trains' (seats, standing m2)."""
    folder.mkdir(exist_ok=True)
    trips = ["route_id,service_id,trip_id,direction_id"]
    calls = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    runs = [("M", start, ("S1", "S2", "S3"), 300) for start in trains]
    if shuttle:
        runs += [("Z", start, ("T2", "T3"), 600) for start in ("08:08", "08:18")]
    for line, start, path, hop_s in runs:
        trips.append(f"{line},ALL,{line}-{start},0")
        for i, stop in enumerate(path):
            arrival_s = parse_clock(start) + i * (hop_s + dwell_s)
            leave_s = arrival_s + (dwell_s if 0 < i < len(path) - 1 else 0)
            calls.append(f"{line}-{start},{_clock(arrival_s)},{_clock(leave_s)},{stop},{i + 1}")
    stops = ["stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station"]
    for stop, lon in _PLACES.items():
        stops += [
            f"P{stop[1]},Station {stop[1]},48.9,{lon},1,",
            f"{stop},{stop},48.9,{lon},0,P{stop[1]}",
        ]
        if shuttle and stop != "S1":
            stops.append(f"T{stop[1]},T{stop[1]},48.9,{lon},0,P{stop[1]}")
    feed = write_feed(
        folder,
        agency="agency_id,agency_name,agency_url,agency_timezone\n"
        "G,Three Trains,http://example.org,Europe/Paris\n",
        stops="\n".join(stops),
        routes="route_id,route_short_name,route_long_name,route_type\n"
        "M,M,Main,1\n" + ("Z,Z,Shuttle,3\n" if shuttle else ""),
        trips="\n".join(trips),
        stop_times="\n".join(calls),
        calendar="service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        "start_date,end_date\nALL,1,1,1,1,1,1,1,20240101,20241231\n",
    )
    vehicles = VehicleCapacities(
        by_line={
            line: Capacity(
                seats=seats,
                standing_m2=room,
                source="made up",
                source_class=SourceClass.ILLUSTRATIVE,
            )
            for line, (seats, room) in (("M", train), ("Z", SHUTTLE))
        }
    )
    return read_network(feed, GRID_DAY, vehicles=vehicles)


def doors(network):
    """Places 0, 1, 2 at the doors of stations 1, 2, 3, every stop of them at no distance."""
    stops = network.timetable.stops
    station = [int(stops.ids[s][1]) - 1 for s in range(len(stops))]
    order = np.argsort(station, kind="stable").astype(np.int32)
    count = np.bincount(station, minlength=3)
    n = len(order)
    return Connectors(
        offset=np.concatenate(([0], np.cumsum(count))).astype(np.int32),
        stop=order,
        seconds=np.zeros(n, dtype=np.int32),
        out_s=np.zeros(n, dtype=np.int32),
        kind=np.full(n, WALK, dtype=np.int8),
        other_min=np.full((3, 3), np.inf),
        other_out_min=np.zeros((3, 3)),
        other_changes=0.0,
    )


def people(*rows, flexible=False):
    """Demand of rows (from, to, clock, passengers) or (..., owner)."""
    return MinuteDemand(
        origin=np.asarray([row[0] - 1 for row in rows], dtype=np.int32),
        place=np.asarray([row[1] - 1 for row in rows], dtype=np.int32),
        wanted_s=np.asarray([parse_clock(row[2]) for row in rows], dtype=np.int32),
        pax=np.asarray([row[3] for row in rows], dtype=np.float64),
        flexible=np.full(len(rows), flexible),
        owner=np.asarray([(*row, -1)[4] for row in rows], dtype=np.int32),
    )


def choices_of(network, demand, **settings):
    """The choice sets; by departure, one train a route and no pruning, unless said otherwise."""
    usual = {
        "by_departure": True,
        "trains_per_route": 1,
        "prune_min": 1e6,
        "earliest_departure_s": parse_clock("07:00"),
    }
    return build_run_choices(
        network, doors(network), demand, settings=PathSettings(**usual | settings)
    )


def by_train(network, values, line="M"):
    """A value by call as rows: one a trip of the line, one column a stop."""
    timetable = network.timetable
    rows = []
    for pattern in range(timetable.n_patterns):
        if timetable.routes.lines[int(timetable.pattern_route[pattern])] == line:
            n_stops = len(timetable.pattern_stops(pattern))
            first, last = timetable.pattern_trip_offset[pattern : pattern + 2]
            start = int(timetable.pattern_time_offset[pattern])
            rows.append(values[start : start + int(last - first) * n_stops].reshape(-1, n_stops))
    return np.concatenate(rows)


def _clock(seconds):
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
