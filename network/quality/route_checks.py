"""Routes: names, colours, types, vehicles, trips."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.building.rows import texts
from network.quality.findings import Kind, Words, build_row_finding
from network.quality.report import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.building.inputs import VehicleCapacities
    from network.quality.feed import CheckedFeed
    from network.quality.report import Finding

_COLOR = re.compile(r"[0-9A-Fa-f]{6}")
_BASIC_TYPES = frozenset((0, 1, 2, 3, 4, 5, 6, 7, 11, 12))
_EXTENDED_TYPES = range(100, 1703)
"""Route types: GTFS Schedule reference, routes.txt; Google Transit, Extended GTFS Route Types."""

_NAMELESS = Kind(code="route_without_name", severity=Severity.WARNING, unit="routes")
_SAME_NAME = Kind(code="route_name_repeated", severity=Severity.NOTE, unit="routes")
_IDLE = Kind(code="route_without_trips", severity=Severity.NOTE, unit="routes")
_NO_COLOR = Kind(code="route_without_color", severity=Severity.NOTE, unit="routes")
_BAD_COLOR = Kind(code="route_color_unreadable", severity=Severity.NOTE, unit="routes")
_BAD_TYPE = Kind(code="route_type_unknown", severity=Severity.WARNING, unit="routes")
_NO_ROOM = Kind(code="vehicle_capacity_unknown", severity=Severity.WARNING, unit="routes")
_WHEELCHAIR = Kind(code="trip_wheelchair_unknown", severity=Severity.NOTE, unit="trips")


def check_route_names(feed: CheckedFeed) -> Finding | None:
    """Find routes with neither a short nor a long name."""
    short, long = _names(feed)
    rows = np.flatnonzero((short == "") & (long == ""))
    return _route_finding(
        feed, _NAMELESS, rows, "neither a short nor a long name", "at least one of them",
        "Add the name; the route_id is shown until then.",
    )  # fmt: skip


def check_repeated_names(feed: CheckedFeed) -> Finding | None:
    """Find routes with the agency, type and names of an earlier one."""
    short, long = _names(feed)
    keys = pd.DataFrame(
        {
            "agency": texts(feed.tables.routes["agency_id"]),
            "type": feed.route_type,
            "short": short,
            "long": long,
        }
    )
    named = (short != "") | (long != "")
    rows = np.flatnonzero(keys.duplicated().to_numpy(dtype=bool) & named)
    return _route_finding(
        feed, _SAME_NAME, rows, "another route has the same names, type and agency",
        "names that tell routes apart", "Give the route a name of its own, or join the two.",
    )  # fmt: skip


def check_idle_routes(feed: CheckedFeed) -> Finding | None:
    """Find routes without any trip."""
    n_trips = np.bincount(feed.trip_route[feed.trip_route >= 0], minlength=len(feed.tables.routes))
    return _route_finding(
        feed, _IDLE, np.flatnonzero(n_trips == 0), "no trip", "at least one trip",
        "Leave the route out, or look for the trips that are missing.",
    )  # fmt: skip


def check_missing_colors(feed: CheckedFeed) -> Finding | None:
    """Find routes without a colour for the map."""
    colors = texts(feed.tables.routes["route_color"])
    rows = np.flatnonzero(np.array([not color.strip() for color in colors], dtype=bool))
    return _route_finding(
        feed, _NO_COLOR, rows, "no route_color", "six hexadecimal digits",
        "Add the colour that the line has on maps.",
    )  # fmt: skip


def check_unreadable_colors(feed: CheckedFeed) -> Finding | None:
    """Find routes whose colours are not six hexadecimal digits."""
    bad = np.zeros(len(feed.tables.routes), dtype=bool)
    for column in ("route_color", "route_text_color"):
        given = [str(text).strip() for text in texts(feed.tables.routes[column])]
        bad |= np.array([bool(t) and _COLOR.fullmatch(t) is None for t in given], dtype=bool)
    return _route_finding(
        feed, _BAD_COLOR, np.flatnonzero(bad), "a colour that cannot be read",
        "six hexadecimal digits, as in 6EC4E8", "Correct the colour; no # before it.",
    )  # fmt: skip


def check_route_types(feed: CheckedFeed) -> Finding | None:
    """Find routes whose type is missing or none of GTFS."""
    given = feed.tables.routes["route_type"]
    kinds = given.fillna(-1).to_numpy(dtype=np.int64)
    known = np.array([int(k) in _BASIC_TYPES or int(k) in _EXTENDED_TYPES for k in kinds], bool)
    return _route_finding(
        feed, _BAD_TYPE, np.flatnonzero(~known), "no route_type of GTFS",
        "0 to 7, 11, 12, or an extended type (100 to 1702)",
        "Correct the type: speeds, vehicles and pictures depend on it.",
    )  # fmt: skip


def check_vehicle_room(feed: CheckedFeed, vehicles: VehicleCapacities) -> Finding | None:
    """Find routes with trips for which no vehicle capacity is known: nobody would fit in."""
    used = np.unique(feed.trip_route[feed.trip_route >= 0])
    ids, (short, long) = texts(feed.tables.routes["route_id"]), _names(feed)
    given = feed.tables.routes["route_type"].fillna(-1).to_numpy(dtype=np.int64)
    rows = [
        row
        for row in used.tolist()
        if vehicles.find(ids[row], short[row] or long[row], int(given[row])).full_pax <= 0
    ]
    return _route_finding(
        feed, _NO_ROOM, np.array(rows, dtype=np.int64), "no vehicle capacity for its type",
        "seats and standing room by route, line or route_type",
        "Add a row to the file of vehicle capacities.",
    )  # fmt: skip


def check_wheelchair_trips(feed: CheckedFeed) -> Finding | None:
    """Find trips that do not say whether they take a wheelchair."""
    says = feed.tables.trips["wheelchair_accessible"].fillna(0).to_numpy(dtype=np.int64)
    rows = np.flatnonzero(says == 0)
    ids = texts(feed.tables.trips["trip_id"])
    return build_row_finding(
        _WHEELCHAIR,
        feed.tables,
        "trips",
        rows,
        lambda i: Words(
            found=f"trip {ids[rows[i]]!r}: wheelchair_accessible blank or 0",
            expected="1 or 2",
            mend="Say whether the vehicle takes a wheelchair.",
        ),
    )


def _names(feed: CheckedFeed) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    routes = feed.tables.routes
    short, long = (
        np.array([str(text).strip() for text in texts(routes[column])], dtype=object)
        for column in ("route_short_name", "route_long_name")
    )
    return short, long


def _route_finding(
    feed: CheckedFeed, kind: Kind, rows: NDArray[np.intp], found: str, expected: str, mend: str
) -> Finding | None:
    ids = texts(feed.tables.routes["route_id"])
    return build_row_finding(
        kind,
        feed.tables,
        "routes",
        rows,
        lambda i: Words(found=f"route {ids[rows[i]]!r}: {found}", expected=expected, mend=mend),
    )
