"""A network written as the plain GTFS of one date that every engine reads alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import distance_m

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from network.network import Network

SERVICE_ID = "day"
_AGENCY = "agency"
_BUS = 3
_KNOWN_TYPES = (0, 1, 2, 3, 4, 5, 6, 7, 11, 12)


def plain_network(network: Network) -> Network:
    """Return the network with what plain GTFS of one date and a list of walks can say.

    Rules for single routes and trips and seats kept from trip to trip are left out: peers
    read them differently or not at all.
    """
    timetable = replace(
        network.timetable, trip_next=np.full(network.timetable.n_trips, -1, dtype=np.int32)
    )
    return replace(network, timetable=timetable, transfer_rules=None)


def write_gtfs(network: Network, folder: Path) -> int:
    """Write a network's timetable and footpaths as GTFS; return the trips left out.

    Stops, routes and trips are named ``s0``, ``r0`` and ``t0`` by index. The footpaths are the
    rows of transfers.txt. Trips of the day before (negative times) cannot be written for one
    date and are left out.
    """
    timetable = network.timetable
    folder.mkdir(parents=True, exist_ok=True)
    n_calls = np.diff(timetable.pattern_offset)
    n_trips = np.diff(timetable.pattern_trip_offset)
    trip_pattern = np.repeat(np.arange(timetable.n_patterns), n_trips)
    calls_of = n_calls[trip_pattern]
    trip = np.repeat(np.arange(timetable.n_trips), calls_of)
    pos = np.arange(len(trip)) - np.repeat(np.cumsum(calls_of) - calls_of, calls_of)
    row = timetable.pattern_offset[trip_pattern[trip]] + pos
    first = np.cumsum(calls_of) - calls_of
    kept = timetable.departure_s[first] >= 0
    keep = kept[trip]
    write_table(
        folder / "stop_times.txt",
        trip_id=name("t", trip[keep]),
        arrival_time=clock(timetable.arrival_s[keep]),
        departure_time=clock(timetable.departure_s[keep]),
        stop_id=name("s", timetable.pattern_stop[row[keep]]),
        stop_sequence=pos[keep],
        pickup_type=np.where(timetable.pattern_pickup[row[keep]], 0, 1),
        drop_off_type=np.where(timetable.pattern_dropoff[row[keep]], 0, 1),
    )
    write_table(
        folder / "trips.txt",
        route_id=name("r", timetable.pattern_route[trip_pattern[kept]]),
        service_id=np.full(int(kept.sum()), SERVICE_ID),
        trip_id=name("t", np.flatnonzero(kept)),
    )
    _write_places(network, folder)
    return int((~kept).sum())


def _write_places(network: Network, folder: Path) -> None:
    timetable, footpaths = network.timetable, network.footpaths
    n_stops, n_routes = timetable.n_stops, len(timetable.routes)
    stops = name("s", np.arange(n_stops))
    types = timetable.routes.types
    write_table(
        folder / "stops.txt",
        stop_id=stops,
        stop_name=stops,
        stop_lat=timetable.stops.lat,
        stop_lon=timetable.stops.lon,
    )
    write_table(
        folder / "routes.txt",
        route_id=name("r", np.arange(n_routes)),
        agency_id=np.full(n_routes, _AGENCY),
        route_short_name=name("r", np.arange(n_routes)),
        route_long_name=np.full(n_routes, ""),
        route_type=np.where(np.isin(types, _KNOWN_TYPES), types, _BUS),
    )
    write_table(
        folder / "agency.txt",
        agency_id=[_AGENCY],
        agency_name=["Agency"],
        agency_url=["https://example.org"],
        agency_timezone=[timetable.timezone],
    )
    day = timetable.service_date.strftime("%Y%m%d")
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    write_table(
        folder / "calendar.txt",
        service_id=[SERVICE_ID],
        **{weekday: [1] for weekday in week},
        start_date=[day],
        end_date=[day],
    )
    origin = np.repeat(np.arange(n_stops), np.diff(footpaths.offset))
    write_table(
        folder / "transfers.txt",
        from_stop_id=name("s", origin),
        to_stop_id=name("s", footpaths.stop),
        transfer_type=np.full(len(origin), 2),
        min_transfer_time=footpaths.duration_s,
    )


def footpath_edges(network: Network) -> list[tuple[str, str, int, float]]:
    """Return the footpaths as (from stop_id, to stop_id, seconds, metres)."""
    stops, footpaths = network.timetable.stops, network.footpaths
    origin = np.repeat(np.arange(len(stops)), np.diff(footpaths.offset))
    target = footpaths.stop
    metres = distance_m(stops.lat[origin], stops.lon[origin], stops.lat[target], stops.lon[target])
    return [
        (f"s{a}", f"s{b}", s, m)
        for a, b, s, m in zip(
            origin.tolist(),
            target.tolist(),
            footpaths.duration_s.tolist(),
            np.asarray(metres).tolist(),
            strict=True,
        )
    ]


def name(prefix: str, numbers: NDArray[np.integer]) -> list[str]:
    """Return ids made of a letter and a number."""
    return [f"{prefix}{number}" for number in numbers.tolist()]


def clock(seconds: NDArray[np.int32]) -> list[str]:
    """Return times as HH:MM:SS, above 24:00:00 where a trip goes on past midnight."""
    distinct, place = np.unique(seconds, return_inverse=True)
    texts = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in distinct.tolist()]
    return np.asarray(texts, dtype=object)[place].tolist() if texts else []


def write_table(path: Path, **columns: object) -> None:
    """Write columns as a CSV file."""
    pd.DataFrame(columns).to_csv(path, index=False)
