"""A feed made ready for checks: its tables, and what several checks need of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from network.building.calendar import ServiceCalendar
from network.building.inputs import basic_route_type
from network.quality.calls import build_calls, build_hops, match_rows
from network.quality.coverage import build_coverage, count_departures

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from network.building.inputs import FeedTables
    from network.quality.calls import Calls, Hops
    from network.quality.coverage import Coverage

BUS = 3
_BOARDING = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFeed:
    """A feed and arrays by row of its tables; -1 stands for a reference to nothing.

    ``lat`` and ``lon`` are degrees by row of stops, NaN where they are missing, out of range
    or both 0. ``is_boarding`` says which rows of stops vehicles can call at (location_type
    0), ``is_used`` at which some call is made. ``trip_route`` is the row of routes and
    ``trip_type`` the basic route type of each trip, ``n_departures`` how often it runs on a
    date of its service. ``frequency_trip`` is the row of trips of each row of frequencies.
    ``today`` is the date on which the check is made.
    """

    tables: FeedTables
    today: dt.date
    coverage: Coverage
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    is_boarding: NDArray[np.bool_]
    is_used: NDArray[np.bool_]
    route_type: NDArray[np.int32]
    trip_route: NDArray[np.int32]
    trip_type: NDArray[np.int32]
    n_departures: NDArray[np.int64]
    frequency_trip: NDArray[np.int32]
    calls: Calls
    hops: Hops


def compute_coverage(tables: FeedTables) -> Coverage:
    """Compute which dates a feed covers, with how many trips."""
    n_departures = count_departures(tables, _frequency_trips(tables))
    return build_coverage(tables, ServiceCalendar(tables), n_departures)


def prepare_feed(tables: FeedTables, coverage: Coverage, today: dt.date) -> CheckedFeed:
    """Prepare a feed for its checks."""
    lat, lon = _places(tables)
    route_type = _route_types(tables)
    trip_route = match_rows(tables.trips["route_id"], tables.routes["route_id"])
    frequency_trip = _frequency_trips(tables)
    kind = tables.stops["location_type"].fillna(_BOARDING).to_numpy(dtype=np.int64)
    is_boarding = kind == _BOARDING
    calls = build_calls(tables, is_boarding)
    is_used = np.zeros(len(tables.stops), dtype=bool)
    is_used[calls.stop] = True
    return CheckedFeed(
        tables=tables,
        today=today,
        coverage=coverage,
        lat=lat,
        lon=lon,
        is_boarding=is_boarding,
        is_used=is_used,
        route_type=route_type,
        trip_route=trip_route,
        trip_type=np.append(route_type, BUS)[trip_route].astype(np.int32),
        n_departures=count_departures(tables, frequency_trip),
        frequency_trip=frequency_trip,
        calls=calls,
        hops=build_hops(calls, lat, lon),
    )


def _frequency_trips(tables: FeedTables) -> NDArray[np.int32]:
    if tables.frequencies is None:
        return np.zeros(0, dtype=np.int32)
    return match_rows(tables.frequencies["trip_id"], tables.trips["trip_id"])


def _places(tables: FeedTables) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lat = tables.stops["stop_lat"].to_numpy(dtype=float, na_value=np.nan)
    lon = tables.stops["stop_lon"].to_numpy(dtype=float, na_value=np.nan)
    wrong = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180)) | ((lat == 0) & (lon == 0))
    return np.where(wrong, np.nan, lat), np.where(wrong, np.nan, lon)


def _route_types(tables: FeedTables) -> NDArray[np.int32]:
    given = tables.routes["route_type"].fillna(BUS).to_numpy(dtype=np.int64)
    return np.array([basic_route_type(int(kind)) for kind in given], dtype=np.int32)
