"""GTFS feeds to timetables and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.build.calendar import ServiceCalendar
from network.build.timetable import build_timetable
from network.network import Network
from network.readers.tables import read_feed_tables
from network.readers.vehicles import default_vehicles
from network.walking.footpaths import build_footpaths

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from network.build.inputs import FeedTables, VehicleCapacities
    from network.timetable import Timetable


def read_timetable(
    path: Path,
    service_date: dt.date,
    *,
    vehicles: VehicleCapacities | None = None,
    include_spill: bool = True,
) -> Timetable:
    """Read one service date of a GTFS feed as a timetable.

    Parameters
    ----------
    path
        A zip file or a folder.
    service_date
        The date whose trips run; times are seconds of its service day.
    vehicles
        Room in the vehicles; the package's defaults by route type where None.
    include_spill
        Also run the calls past midnight of the service date before. Without it the trips
        are those of the service date alone.

    Raises
    ------
    NetworkInputError
        If the feed cannot be used, or has no service on the date (names dates that have).
    """
    return build_timetable(
        read_feed_tables(path),
        service_date,
        vehicles=vehicles or default_vehicles(),
        include_spill=include_spill,
    )


def read_network(
    path: Path,
    service_date: dt.date,
    *,
    vehicles: VehicleCapacities | None = None,
    max_walk_s: int = 600,
    speed_mps: float = 1.2,
    detour: float = 1.3,
    include_spill: bool = True,
) -> Network:
    """Read one service date of a GTFS feed as a timetable with the walks between its stops.

    ``max_walk_s`` bounds walks between stops (seconds); transfers.txt of the feed is heeded
    as :func:`network.walking.footpaths.build_footpaths` says.

    Raises
    ------
    NetworkInputError
        As :func:`read_timetable`.
    """
    tables = read_feed_tables(path)
    timetable = build_timetable(
        tables,
        service_date,
        vehicles=vehicles or default_vehicles(),
        include_spill=include_spill,
    )
    footpaths = build_footpaths(
        timetable,
        max_walk_s=max_walk_s,
        speed_mps=speed_mps,
        detour=detour,
        transfers=tables.transfers,
        station_members=_station_members(tables),
    )
    return Network(timetable=timetable, footpaths=footpaths)


def count_service(path: Path) -> dict[dt.date, int]:
    """Count the trips of each service date of a feed as listed, frequencies not expanded."""
    tables = read_feed_tables(path)
    calendar = ServiceCalendar(tables)
    trips = tables.trips["service_id"].value_counts()
    counts = {
        day: int(trips.reindex(sorted(calendar.services_on(day))).fillna(0).sum())
        for day in calendar.days()
    }
    return {day: n_trips for day, n_trips in counts.items() if n_trips}


def _station_members(tables: FeedTables) -> dict[str, list[str]]:
    """Return the stop_ids of each parent station."""
    children = tables.stops.dropna(subset=["parent_station", "stop_id"])
    groups = children.groupby("parent_station")["stop_id"]
    return {str(station): sorted(map(str, members)) for station, members in groups}
