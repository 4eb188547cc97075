"""Several timetables as one: arrays one after another, stations merged."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from network.base import ProblemLog
from network.building.stations import cluster_by_name, number_in_order
from network.timetable import Routes, Shapes, Stops, Timetable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


def compute_clock_shift_s(timezone: str, target: str, service_date: dt.date) -> int:
    """Compute the seconds to add to service-day times of one timezone to get another's.

    It is the difference of the clocks at noon of the date, from which GTFS counts its times;
    0 where a timezone is not known.
    """
    noons = []
    for name in (timezone, target):
        try:
            noon = dt.datetime.combine(service_date, dt.time(12), tzinfo=ZoneInfo(name))
        except (KeyError, ValueError, OSError):
            return 0
        noons.append(noon.timestamp())
    return round(noons[0] - noons[1])


def shift_times(timetable: Timetable, seconds: int) -> Timetable:
    """Return a timetable with all its times moved by some seconds."""
    if seconds == 0:
        return timetable
    return replace(
        timetable,
        arrival_s=timetable.arrival_s + np.int32(seconds),
        departure_s=timetable.departure_s + np.int32(seconds),
    )


def join_timetables(
    parts: Sequence[Timetable], *, service_date: dt.date, timezone: str
) -> Timetable:
    """Join timetables of feeds whose ids differ: their arrays one after another.

    Stations of different feeds stay apart unless they have the same name (whatever its case)
    and stops within 300 m of each other: then they are one, with the id and name that come
    first.
    """

    def flat(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    def texts(name: str) -> tuple[str, ...]:
        return tuple([text for part in parts for text in getattr(part, name)])

    def moved(name: str, size: Callable[[Timetable], int]) -> NDArray[np.int32]:
        return move_indices([getattr(part, name) for part in parts], [size(part) for part in parts])

    def chained(name: str) -> NDArray[np.int32]:
        return _chained([getattr(part, name) for part in parts])

    return Timetable(
        service_date=service_date,
        timezone=timezone,
        stops=_join_stops([part.stops for part in parts]),
        routes=_join_routes([part.routes for part in parts]),
        pattern_route=moved("pattern_route", lambda part: len(part.routes)),
        pattern_direction=flat("pattern_direction"),
        pattern_headsign=texts("pattern_headsign"),
        pattern_offset=chained("pattern_offset"),
        pattern_stop=moved("pattern_stop", lambda part: part.n_stops),
        pattern_pickup=flat("pattern_pickup"),
        pattern_dropoff=flat("pattern_dropoff"),
        pattern_trip_offset=chained("pattern_trip_offset"),
        pattern_time_offset=chained("pattern_time_offset"),
        arrival_s=flat("arrival_s"),
        departure_s=flat("departure_s"),
        trip_ids=texts("trip_ids"),
        trip_seats=flat("trip_seats"),
        trip_standing_m2=flat("trip_standing_m2"),
        trip_is_headway=flat("trip_is_headway"),
        trip_next=moved("trip_next", lambda part: part.n_trips),
        trip_wheelchair=flat("trip_wheelchair"),
        trip_bikes=flat("trip_bikes"),
        stop_pattern_offset=chained("stop_pattern_offset"),
        stop_pattern=moved("stop_pattern", lambda part: part.n_patterns),
        stop_pattern_pos=flat("stop_pattern_pos"),
        shapes=_join_shapes(parts),
        feeds=tuple(info for part in parts for info in part.feeds),
        set_aside=join_logs([part.set_aside for part in parts]),
    )


def join_logs(logs: Sequence[ProblemLog]) -> ProblemLog:
    """Return one log with the counts of all and the first examples of each kind."""
    joined = ProblemLog()
    counts: Counter[str] = Counter()
    for log in logs:
        counts.update(log.counts)
        for kind, kept in log.examples.items():
            known = joined.examples.setdefault(kind, [])
            known += kept[: joined.keep - len(known)]
    joined.counts.update(counts)
    return joined


def move_indices(arrays: Sequence[NDArray[np.int32]], sizes: Sequence[int]) -> NDArray[np.int32]:
    """Return indices one after another, each part's past the sizes before it; -1 stays."""
    firsts = np.concatenate(([0], np.cumsum(sizes)))[:-1]
    return np.concatenate(
        [np.where(a >= 0, a + first, a) for a, first in zip(arrays, firsts, strict=True)]
    ).astype(np.int32)


def _chained(offsets: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return offsets of flat arrays that are laid one after another."""
    parts = [offsets[0][:1]]
    total = 0
    for offset in offsets:
        parts.append(offset[1:] + np.int32(total))
        total += int(offset[-1])
    return np.concatenate(parts).astype(np.int32)


def _join_stops(parts: Sequence[Stops]) -> Stops:
    names = [name for part in parts for name in part.station_names]
    ids = [station for part in parts for station in part.station_ids]
    feed = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    station = move_indices(
        [part.station for part in parts], [len(part.station_ids) for part in parts]
    )
    lat = np.concatenate([part.lat for part in parts])
    lon = np.concatenate([part.lon for part in parts])
    merged = number_in_order(_merge_stations(station, feed, names, lat, lon))
    first = station[np.unique(merged, return_index=True)[1]]
    return Stops(
        ids=tuple([i for part in parts for i in part.ids]),
        names=tuple([name for part in parts for name in part.names]),
        platforms=tuple([code for part in parts for code in part.platforms]),
        lat=lat,
        lon=lon,
        station=merged,
        station_names=tuple([names[s] for s in first]),
        station_ids=tuple([ids[s] for s in first]),
        wheelchair=np.concatenate([part.wheelchair for part in parts]),
    )


def _merge_stations(
    station: NDArray[np.int32],
    feed: NDArray[np.int64],
    names: Sequence[str],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
) -> list[int]:
    """Return the station of each stop, the first of those that are one across feeds.

    Stations of one feed never become one, for the feed has parted them: a station takes in
    at most one of each other feed, the first in order.
    """
    cluster = cluster_by_name([names[s] for s in station.tolist()], lat, lon)
    into = list(range(len(names)))
    first_of: dict[int, tuple[int, int]] = {}
    taken: set[tuple[int, int]] = set()
    for s, f, c in zip(station.tolist(), feed.tolist(), cluster.tolist(), strict=True):
        head, head_feed = first_of.setdefault(c, (s, f))
        head = into[head]
        if f != head_feed and into[s] == s and (head, f) not in taken:
            taken.add((head, f))
            into[s] = head
    return [into[s] for s in station.tolist()]


def _join_routes(parts: Sequence[Routes]) -> Routes:
    return Routes(
        ids=tuple([i for part in parts for i in part.ids]),
        lines=tuple([line for part in parts for line in part.lines]),
        long_names=tuple([name for part in parts for name in part.long_names]),
        types=np.concatenate([part.types for part in parts]),
        colors=tuple([color for part in parts for color in part.colors]),
        agencies=tuple([agency for part in parts for agency in part.agencies]),
    )


def _join_shapes(parts: Sequence[Timetable]) -> Shapes | None:
    if all(part.shapes is None for part in parts):
        return None
    shapes = [part.shapes or _no_shapes(part) for part in parts]
    return Shapes(
        offset=_chained([shape.offset for shape in shapes]),
        lat=np.concatenate([shape.lat for shape in shapes]),
        lon=np.concatenate([shape.lon for shape in shapes]),
        stop_point=np.concatenate([shape.stop_point for shape in shapes]),
    )


def _no_shapes(part: Timetable) -> Shapes:
    return Shapes(
        offset=np.zeros(part.n_patterns + 1, dtype=np.int32),
        lat=np.empty(0),
        lon=np.empty(0),
        stop_point=np.full(len(part.pattern_stop), -1, dtype=np.int32),
    )
