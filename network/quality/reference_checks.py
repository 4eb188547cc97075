"""Rows that name something which is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from network.building.flexible import given_columns
from network.building.rows import texts
from network.quality.calls import match_rows
from network.quality.findings import Kind, Words, build_row_finding
from network.quality.report import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.quality.feed import CheckedFeed
    from network.quality.report import Finding

_STATION = 1

_STOP_OF_NOWHERE = Kind(
    code="stop_time_of_unknown_stop", severity=Severity.ERROR, unit="stop_times", field="stop_id"
)
_STOP_NO_BOARDING = Kind(
    code="stop_time_at_no_boarding_stop",
    severity=Severity.ERROR,
    unit="stop_times",
    field="stop_id",
)
_TRIP_OF_NOWHERE = Kind(
    code="stop_time_of_unknown_trip", severity=Severity.ERROR, unit="stop_times", field="trip_id"
)
_UNKNOWN_ROUTE = Kind(
    code="trip_of_unknown_route", severity=Severity.ERROR, unit="trips", field="route_id"
)
_UNKNOWN_SERVICE = Kind(
    code="trip_of_unknown_service", severity=Severity.ERROR, unit="trips", field="service_id"
)
_UNKNOWN_SHAPE = Kind(
    code="trip_of_unknown_shape", severity=Severity.WARNING, unit="trips", field="shape_id"
)
_UNKNOWN_AGENCY = Kind(
    code="route_of_unknown_agency", severity=Severity.WARNING, unit="routes", field="agency_id"
)
_UNKNOWN_PARENT = Kind(
    code="stop_of_unknown_parent", severity=Severity.WARNING, unit="stops", field="parent_station"
)
_NO_STATION = Kind(
    code="parent_is_no_station", severity=Severity.WARNING, unit="stops", field="parent_station"
)
_FREQUENCY = Kind(
    code="frequency_of_unknown_trip", severity=Severity.ERROR, unit="frequencies", field="trip_id"
)
_TRANSFER = Kind(code="transfer_of_unknown_stop", severity=Severity.ERROR, unit="transfers")


def check_stop_times_trip(feed: CheckedFeed) -> Finding | None:
    """Find stop times of trips that trips.txt does not have."""
    return _broken(
        feed, _TRIP_OF_NOWHERE, "stop_times", "trips.trip_id", feed.calls.unknown_trip_row
    )


def check_stop_times_stop(feed: CheckedFeed) -> Finding | None:
    """Find stop times at stops that stops.txt does not have; a call on demand needs none."""
    rows, frame = feed.calls.unknown_stop_row, feed.tables.stop_times
    zones = frame[given_columns(frame, ("location_id", "location_group_id"))].iloc[rows]
    is_on_demand = zones.notna().any(axis=1) & frame["stop_id"].iloc[rows].isna()
    return _broken(
        feed, _STOP_OF_NOWHERE, "stop_times", "stops.stop_id", rows[~is_on_demand.to_numpy()]
    )


def check_stop_times_boarding(feed: CheckedFeed) -> Finding | None:
    """Find stop times at stations, entrances and nodes, where no vehicle calls."""
    wrong = feed.calls.no_boarding_row
    stops = feed.tables.stop_times["stop_id"].iloc[wrong].to_numpy(dtype=object)
    return build_row_finding(
        _STOP_NO_BOARDING,
        feed.tables,
        "stop_times",
        wrong,
        lambda i: Words(
            found=f"stop {stops[i]!r} is no boarding stop",
            expected="a stop of location_type 0 or blank",
            mend="Name the platform, or correct the stop's location_type.",
        ),
    )


def check_trips_route(feed: CheckedFeed) -> Finding | None:
    """Find trips of routes that routes.txt does not have."""
    unknown = np.flatnonzero(feed.trip_route < 0)
    return _broken(feed, _UNKNOWN_ROUTE, "trips", "routes.route_id", unknown)


def check_trips_service(feed: CheckedFeed) -> Finding | None:
    """Find trips whose service_id neither calendar.txt nor calendar_dates.txt has."""
    known: set[str] = set()
    for frame in (feed.tables.calendar, feed.tables.calendar_dates):
        if frame is not None:
            known |= set(frame["service_id"].dropna().astype(str))
    unknown = ~feed.tables.trips["service_id"].isin(known).to_numpy(dtype=bool)
    calendars = "calendar.service_id or calendar_dates.service_id"
    return _broken(feed, _UNKNOWN_SERVICE, "trips", calendars, np.flatnonzero(unknown))


def check_trips_shape(feed: CheckedFeed) -> Finding | None:
    """Find trips whose shape_id shapes.txt does not have."""
    given = feed.tables.trips["shape_id"]
    shapes = feed.tables.shapes
    known = given.isin(set() if shapes is None else set(shapes["shape_id"].dropna()))
    unknown = (given.notna() & ~known).to_numpy(dtype=bool)
    return _broken(feed, _UNKNOWN_SHAPE, "trips", "shapes.shape_id", np.flatnonzero(unknown))


def check_routes_agency(feed: CheckedFeed) -> Finding | None:
    """Find routes whose agency_id agency.txt does not have."""
    agency = feed.tables.agency
    if agency is None or "agency_id" not in agency.columns:
        return None
    given = feed.tables.routes["agency_id"]
    unknown = (given.notna() & ~given.isin(set(agency["agency_id"].dropna()))).to_numpy(dtype=bool)
    return _broken(feed, _UNKNOWN_AGENCY, "routes", "agency.agency_id", np.flatnonzero(unknown))


def check_stops_parent(feed: CheckedFeed) -> Finding | None:
    """Find stops whose parent_station stops.txt does not have."""
    given, parent = _parents(feed)
    unknown = np.flatnonzero(given & (parent < 0))
    return _broken(feed, _UNKNOWN_PARENT, "stops", "stops.stop_id", unknown)


def check_parents_type(feed: CheckedFeed) -> Finding | None:
    """Find stops whose parent is not a station.

    Platforms, entrances and nodes (location_type 0, 2, 3) belong to a station (1), boarding
    areas (4) to a platform (0); a station belongs to nothing (GTFS Schedule reference).
    """
    frame = feed.tables.stops
    given, parent = _parents(feed)
    kind = frame["location_type"].fillna(0).to_numpy(dtype=np.int64)
    expected = np.where(kind == 4, 0, _STATION)
    wrong = given & (parent >= 0) & ((kind[parent] != expected) | (kind == _STATION))
    rows = np.flatnonzero(wrong)
    names = texts(frame["parent_station"])[rows]
    return build_row_finding(
        _NO_STATION,
        feed.tables,
        "stops",
        rows,
        lambda i: Words(
            found=f"location_type {kind[rows[i]]} in {names[i]!r}, whose location_type is "
            f"{kind[parent[rows[i]]]}",
            expected="a parent of location_type 1 (0 for a boarding area; none for a station)",
            mend="Correct parent_station, or the location_type of one of the two.",
        ),
        places=(feed.lat[rows], feed.lon[rows]),
    )


def check_frequencies_trip(feed: CheckedFeed) -> Finding | None:
    """Find frequencies of trips that trips.txt does not have."""
    unknown = np.flatnonzero(feed.frequency_trip < 0)
    return _broken(feed, _FREQUENCY, "frequencies", "trips.trip_id", unknown)


def check_transfers_stop(feed: CheckedFeed) -> Finding | None:
    """Find transfers from or to stops that stops.txt does not have.

    Transfers in one seat (transfer_type 4 and 5) may leave the stops out.
    """
    frame = feed.tables.transfers
    if frame is None:
        return None
    in_seat = frame["transfer_type"].isin((4, 5)).to_numpy(dtype=bool)
    wrong = np.zeros(len(frame), dtype=bool)
    for column in ("from_stop_id", "to_stop_id"):
        unknown = match_rows(frame[column], feed.tables.stops["stop_id"]) < 0
        wrong |= unknown & ~(in_seat & frame[column].isna().to_numpy(dtype=bool))
    rows = np.flatnonzero(wrong)
    return build_row_finding(
        _TRANSFER,
        feed.tables,
        "transfers",
        rows,
        lambda i: Words(
            found=f"from {_quoted(frame['from_stop_id'].iloc[rows[i]])} to "
            f"{_quoted(frame['to_stop_id'].iloc[rows[i]])}",
            expected="two stop_id of stops.txt",
            mend="Correct the ids, or leave the transfer out.",
        ),
    )


def _parents(feed: CheckedFeed) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    frame = feed.tables.stops
    given = frame["parent_station"].notna() & (frame["parent_station"] != "")
    return given.to_numpy(dtype=bool), match_rows(frame["parent_station"], frame["stop_id"])


def _broken(
    feed: CheckedFeed, kind: Kind, table: str, target: str, rows: NDArray[np.integer[Any]]
) -> Finding | None:
    """Build the finding of rows of a table whose field names nothing of the target."""
    if len(rows) == 0:
        return None
    names = getattr(feed.tables, table)[kind.field]
    return build_row_finding(
        kind,
        feed.tables,
        table,
        rows,
        lambda i: Words(
            found=_quoted(names.iloc[rows[i]]),
            expected=f"one of {target}",
            mend="Correct the id, or add the row that is missing.",
        ),
    )


def _quoted(value: object) -> str:
    return repr(value) if isinstance(value, str) and value else "nothing"
