"""Tidy feed tables to the timetable of one service date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from network.base import Problem
from network.base.errors import NetworkInputError
from network.building.blocks import link_trips
from network.building.calendar import ServiceCalendar
from network.building.calls import build_trip_calls, find_usable_trips
from network.building.feed_info import build_feed_info
from network.building.flexible import leave_out_flexible
from network.building.frequencies import expand_frequencies
from network.building.inputs import VehicleCapacities
from network.building.patterns import group_patterns
from network.building.routes import build_routes
from network.building.runs import TODAY, ServiceDays, select_runs
from network.building.shapes import build_pattern_shapes, build_shape_table
from network.building.stops import build_stop_table, build_stops
from network.timetable import Timetable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.calls import TripCalls
    from network.building.inputs import FeedTables
    from network.building.patterns import Pattern
    from network.building.runs import TripRuns
    from network.building.stops import StopTable
    from network.timetable import FeedInfo, Routes, Shapes


NIGHT_ONLY = "feed without service on its date but that of the night before"
"""What is counted of a feed whose only runs are of the days beside: the night before, or after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What a timetable is laid out from; ``names`` are the trip_ids of the runs."""

    tables: FeedTables
    service_date: dt.date
    feed: FeedInfo
    stops: StopTable
    routes: Routes
    calls: TripCalls
    runs: TripRuns
    names: NDArray[np.object_]
    patterns: list[Pattern]
    shapes: Shapes | None
    vehicles: VehicleCapacities


def build_timetable(
    tables: FeedTables,
    service_date: dt.date,
    *,
    vehicles: VehicleCapacities | None = None,
    include_spill: bool = True,
    include_next: bool = False,
) -> Timetable:
    """Build the timetable of one service date.

    Trips of the service date run with the times of the feed, past 24:00 too. With
    ``include_spill``, trips of the service date before that go on after 0:00 of this one run
    as well, their trip_id marked ``/`` and their own date; their times before 0:00 are
    negative. With ``include_next``, so do trips of the service date after that set out before
    noon, marked alike, their times past 24:00. So they do on a date without service of its
    own, which is counted as :data:`NIGHT_ONLY`. Stops, routes, patterns and trips come in an
    order that depends on the feed's content, not on its row order.

    Raises
    ------
    NetworkInputError
        If the date has no service or no usable trip; names dates that have service
        (:class:`network.base.errors.NoServiceError` where there is none).
    """
    calendar = ServiceCalendar(tables)
    days = _find_services(
        calendar, service_date, tables.timezone, before=include_spill, after=include_next
    )
    running = days.today | days.before | days.after
    if not running:
        raise calendar.refuse(service_date)
    stops, routes = build_stop_table(tables), build_routes(tables)
    usable = find_usable_trips(tables, routes.ids)
    active = usable[usable["service_id"].isin(running).to_numpy(dtype=bool)]
    active = leave_out_flexible(tables, active)
    shapes = build_shape_table(tables, set(active["shape_id"].dropna()))
    calls = build_trip_calls(tables, stops, usable, active, shapes)
    runs = select_runs(calls, expand_frequencies(tables, calls), days)
    _require_runs(runs, tables, calendar, service_date)
    names = runs.names(calls, service_date)
    patterns = group_patterns(calls, runs, names, stops.names)
    return _flatten(
        _Parts(
            tables=tables,
            service_date=service_date,
            feed=build_feed_info(tables, calendar, service_date),
            stops=stops,
            routes=routes,
            calls=calls,
            runs=runs,
            names=names,
            patterns=patterns,
            shapes=build_pattern_shapes(tables, shapes, stops, calls, runs, patterns),
            vehicles=vehicles or VehicleCapacities(),
        )
    )


def _find_services(
    calendar: ServiceCalendar, service_date: dt.date, timezone: str, *, before: bool, after: bool
) -> ServiceDays:
    """Return the services of a date and, where asked for, of the dates beside it."""
    services: dict[int, set[str]] = {}
    lengths = {-1: 0, 0: 0}
    for day, is_asked in ((-1, before), (1, after)):
        services[day] = set()
        if is_asked and service_date != (dt.date.min if day < 0 else dt.date.max):
            services[day] = calendar.services_on(service_date + dt.timedelta(days=day))
            first = min(day, 0)
            lengths[first] = _day_length_s(service_date + dt.timedelta(days=first), timezone)
    return ServiceDays(
        today=calendar.services_on(service_date),
        before=services[-1],
        after=services[1],
        before_length_s=lengths[-1],
        length_s=lengths[0],
    )


def _require_runs(
    runs: TripRuns, tables: FeedTables, calendar: ServiceCalendar, service_date: dt.date
) -> None:
    """Refuse a date without a run; where only a night beside it runs, say so in the log."""
    if (runs.day == TODAY).any():
        return
    if calendar.services_on(service_date):
        raise NetworkInputError(_no_usable_trip(tables, service_date))
    refusal = calendar.refuse(service_date)
    if not len(runs):
        raise refusal
    for problem in refusal.problems:
        tables.log.set_aside(NIGHT_ONLY, problem)


def _day_length_s(service_date: dt.date, timezone: str) -> int:
    """Compute the seconds from this service date's start to the next's (23 to 25 hours)."""
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return 86_400
    noon = dt.datetime.combine(service_date, dt.time(12), tzinfo=zone)
    next_noon = dt.datetime.combine(service_date + dt.timedelta(days=1), dt.time(12), tzinfo=zone)
    return int(next_noon.timestamp() - noon.timestamp())


def _flatten(parts: _Parts) -> Timetable:
    """Lay the patterns out as flat arrays over the stops in use."""
    patterns, routes, calls = parts.patterns, parts.routes, parts.calls
    used, pattern_stop = np.unique(
        np.concatenate([p.stop for p in patterns]).astype(np.int64), return_inverse=True
    )
    order = np.concatenate([p.trips for p in patterns])
    runs, names = parts.runs.take(order), parts.names[order]
    pattern_offset = offsets([len(p.stop) for p in patterns])
    stop_pattern_offset, stop_pattern, stop_pattern_pos = _invert(
        pattern_stop, pattern_offset, len(used)
    )
    stops = build_stops(parts.stops, used)
    place_of_stop = np.full(len(parts.stops.ids), -1, dtype=np.int32)
    place_of_stop[used] = stops.station
    keys = zip(routes.ids, routes.lines, routes.types.tolist(), strict=True)
    room = [parts.vehicles.find(*key) for key in keys]
    trip_route = calls.route[runs.trip]
    return Timetable(
        service_date=parts.service_date,
        timezone=parts.tables.timezone,
        stops=stops,
        routes=routes,
        pattern_route=np.array([p.route for p in patterns], dtype=np.int32),
        pattern_direction=np.array([p.direction for p in patterns], dtype=np.int32),
        pattern_headsign=tuple(p.headsign for p in patterns),
        pattern_offset=pattern_offset,
        pattern_stop=pattern_stop.astype(np.int32),
        pattern_pickup=np.concatenate([p.pickup for p in patterns]),
        pattern_dropoff=np.concatenate([p.dropoff for p in patterns]),
        pattern_trip_offset=offsets([len(p.trips) for p in patterns]),
        pattern_time_offset=offsets([p.arrival_s.size for p in patterns]),
        arrival_s=np.concatenate([p.arrival_s.ravel() for p in patterns]),
        departure_s=np.concatenate([p.departure_s.ravel() for p in patterns]),
        trip_ids=tuple(names.tolist()),
        trip_seats=np.array([c.seats for c in room])[trip_route],
        trip_standing_m2=np.array([c.standing_m2 for c in room])[trip_route],
        trip_is_headway=runs.is_headway,
        trip_next=link_trips(parts.tables, calls, runs, names, place_of_stop),
        trip_wheelchair=calls.wheelchair[runs.trip],
        trip_bikes=calls.bikes[runs.trip],
        stop_pattern_offset=stop_pattern_offset,
        stop_pattern=stop_pattern,
        stop_pattern_pos=stop_pattern_pos,
        shapes=parts.shapes,
        feeds=(parts.feed,),
        set_aside=parts.tables.log,
    )


def offsets(lengths: list[int]) -> NDArray[np.int32]:
    """Return where each of some runs of values starts in a flat array, and where the last ends."""
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)


def _invert(
    pattern_stop: NDArray[np.int64], pattern_offset: NDArray[np.int32], n_stops: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return, by stop, the patterns that call there and at which position."""
    lengths = np.diff(pattern_offset)
    pattern = np.repeat(np.arange(len(lengths)), lengths)
    position = np.arange(len(pattern_stop)) - np.repeat(pattern_offset[:-1], lengths)
    order = np.argsort(pattern_stop, kind="stable")
    offset = offsets(np.bincount(pattern_stop, minlength=n_stops).tolist())
    return offset, pattern[order].astype(np.int32), position[order].astype(np.int32)


def _no_usable_trip(tables: FeedTables, service_date: dt.date) -> Problem:
    kinds = "; ".join(f"{kind}: {n}" for kind, n in tables.log.counts.items())
    return Problem(
        file=tables.file("stop_times"),
        found=f"no usable trip on {service_date} ({kinds or 'no stop times for its trips'})",
        expected="trips with at least two timed calls at known stops",
        mend="Check that stop_times.txt, stops.txt and routes.txt belong together.",
    )
