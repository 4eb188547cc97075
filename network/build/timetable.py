"""Tidy feed tables to the timetable of one service date."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError
from network.build.calendar import ServiceCalendar
from network.build.calls import TripCalls, build_trip_calls, set_rows_aside
from network.build.frequencies import expand_frequencies
from network.build.inputs import VehicleCapacities
from network.build.patterns import group_patterns
from network.build.stops import build_stop_table, build_stops
from network.timetable import Routes, Timetable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.build.inputs import FeedTables
    from network.build.patterns import Pattern
    from network.build.stops import StopTable

_BUS = 3


def build_timetable(
    tables: FeedTables,
    service_date: dt.date,
    *,
    vehicles: VehicleCapacities | None = None,
    include_spill: bool = True,
) -> Timetable:
    """Build the timetable of one service date.

    Trips of the service date run with the times of the feed, past 24:00 too. With
    ``include_spill``, calls of the service date before that fall at or after 0:00 of this
    one run as well, their trip_id marked ``/`` and their own date. Stops, routes, patterns
    and trips come in an order that depends on the feed's content, not on its row order.

    Raises
    ------
    NetworkInputError
        If the date has no service or no usable trip; names dates that have service.
    """
    calendar = ServiceCalendar(tables)
    today = calendar.require_service(service_date)
    day_before = service_date - dt.timedelta(days=1)
    yesterday = calendar.services_on(day_before) if include_spill else set()
    stops = build_stop_table(tables)
    routes = _build_routes(tables)
    read = build_trip_calls(tables, stops, list(routes.ids), today | yesterday)
    runs = expand_frequencies(tables, read)
    trips = runs.take(np.flatnonzero(np.isin(runs.services, sorted(today))))
    if yesterday:
        shift_s = _day_length_s(day_before, tables.timezone)
        trips = _join(trips, _spill(runs, yesterday, day_before, shift_s))
    if len(trips) == 0:
        raise NetworkInputError(_no_usable_trip(tables, service_date))
    patterns = group_patterns(trips, stops.names)
    return _flatten(tables, service_date, stops, routes, trips, patterns, vehicles)


def _spill(
    runs: TripCalls, services: set[str], service_date: dt.date, day_length_s: int
) -> TripCalls:
    """Return the calls of a date's trips from the next date's 0:00 on, in its seconds."""
    chosen = np.flatnonzero(np.isin(runs.services, sorted(services)))
    shifted = runs.take(
        chosen,
        shift_s=-day_length_s,
        trip_ids=np.array([f"{t}/{service_date}" for t in runs.trip_ids[chosen]], dtype=object),
    )
    kept = shifted.keep_calls(shifted.departure_s >= 0)
    np.maximum(kept.arrival_s, 0, out=kept.arrival_s)
    return kept


def _join(first: TripCalls, second: TripCalls) -> TripCalls:
    parts = {
        name: np.concatenate((getattr(first, name), getattr(second, name)))
        for name in TripCalls.__slots__
        if name != "offset"
    }
    offset = np.concatenate((first.offset, second.offset[1:] + first.offset[-1]))
    return TripCalls(offset=offset, **parts)


def _day_length_s(service_date: dt.date, timezone: str) -> int:
    """Compute the seconds from this service date's start to the next's (23 to 25 hours)."""
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return 86_400
    noon = dt.datetime.combine(service_date, dt.time(12), tzinfo=zone)
    next_noon = dt.datetime.combine(service_date + dt.timedelta(days=1), dt.time(12), tzinfo=zone)
    return int(next_noon.timestamp() - noon.timestamp())


def _build_routes(tables: FeedTables) -> Routes:
    frame = tables.routes
    bad = (frame["route_id"].isna() | frame["route_id"].duplicated()).to_numpy(dtype=bool)
    set_rows_aside(
        tables, "routes", "route without an id, or given twice", frame.index.to_numpy()[bad],
        lambda _: ("no route_id of its own", "each route_id once", "Correct the row."),
    )  # fmt: skip
    frame = frame[~bad].sort_values("route_id")
    short = frame["route_short_name"].fillna("").astype(str)
    long = frame["route_long_name"].fillna("").astype(str)
    lines = short.where(short != "", long).where((short != "") | (long != ""), frame["route_id"])
    return Routes(
        ids=tuple(map(str, frame["route_id"])),
        lines=tuple(map(str, lines)),
        long_names=tuple(long),
        types=frame["route_type"].fillna(_BUS).to_numpy(dtype=np.int32),
        colors=tuple(map(str, frame["route_color"].fillna(""))),
        agencies=("",) * len(frame),
    )


def _flatten(
    tables: FeedTables,
    service_date: dt.date,
    stop_table: StopTable,
    routes: Routes,
    trips: TripCalls,
    patterns: list[Pattern],
    vehicles: VehicleCapacities | None,
) -> Timetable:
    """Lay the patterns out as flat arrays over the stops in use."""
    used, pattern_stop = np.unique(
        np.concatenate([p.stop for p in patterns]).astype(np.int64), return_inverse=True
    )
    order = np.concatenate([p.trips for p in patterns])
    pattern_offset = _offsets([len(p.stop) for p in patterns])
    stop_pattern_offset, stop_pattern, stop_pattern_pos = _invert(
        pattern_stop, pattern_offset, len(used)
    )
    capacity = vehicles or VehicleCapacities()
    room = [capacity.find(*key) for key in zip(routes.ids, routes.lines, routes.types, strict=True)]
    trip_route = trips.route[order]
    return Timetable(
        service_date=service_date,
        timezone=tables.timezone,
        stops=build_stops(stop_table, used),
        routes=routes,
        pattern_route=np.array([p.route for p in patterns], dtype=np.int32),
        pattern_direction=np.array([p.direction for p in patterns], dtype=np.int32),
        pattern_headsign=tuple(p.headsign for p in patterns),
        pattern_offset=pattern_offset,
        pattern_stop=pattern_stop.astype(np.int32),
        pattern_pickup=np.concatenate([p.pickup for p in patterns]),
        pattern_dropoff=np.concatenate([p.dropoff for p in patterns]),
        pattern_trip_offset=_offsets([len(p.trips) for p in patterns]),
        pattern_time_offset=_offsets([p.arrival_s.size for p in patterns]),
        arrival_s=np.concatenate([p.arrival_s.ravel() for p in patterns]),
        departure_s=np.concatenate([p.departure_s.ravel() for p in patterns]),
        trip_ids=tuple(map(str, trips.trip_ids[order])),
        trip_seats=np.array([c.seats for c in room])[trip_route],
        trip_standing_m2=np.array([c.standing_m2 for c in room])[trip_route],
        trip_is_headway=trips.is_headway[order],
        trip_next=np.full(len(order), -1, dtype=np.int32),
        trip_wheelchair=np.zeros(len(order), dtype=np.int8),
        trip_bikes=np.zeros(len(order), dtype=np.int8),
        stop_pattern_offset=stop_pattern_offset,
        stop_pattern=stop_pattern,
        stop_pattern_pos=stop_pattern_pos,
        shapes=None,
        feeds=(),
        set_aside=tables.log,
    )


def _offsets(lengths: list[int]) -> NDArray[np.int32]:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)


def _invert(
    pattern_stop: NDArray[np.int64], pattern_offset: NDArray[np.int32], n_stops: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return, by stop, the patterns that call there and at which position."""
    lengths = np.diff(pattern_offset)
    pattern = np.repeat(np.arange(len(lengths)), lengths)
    position = np.arange(len(pattern_stop)) - np.repeat(pattern_offset[:-1], lengths)
    order = np.argsort(pattern_stop, kind="stable")
    offset = _offsets(np.bincount(pattern_stop, minlength=n_stops).tolist())
    return offset, pattern[order].astype(np.int32), position[order].astype(np.int32)


def _no_usable_trip(tables: FeedTables, service_date: dt.date) -> Problem:
    kinds = "; ".join(f"{kind}: {n}" for kind, n in tables.log.counts.items())
    return Problem(
        file=tables.file("stop_times"),
        found=f"no usable trip on {service_date} ({kinds or 'no stop times for its trips'})",
        expected="trips with at least two timed calls at known stops",
        mend="Check that stop_times.txt, stops.txt and routes.txt belong together.",
    )
