"""Stops nobody calls at, stops far from their station, names, twins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.base import distance_m
from network.building.rows import texts
from network.quality.calls import match_rows
from network.quality.findings import Kind, Words, build_row_finding
from network.quality.report import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from network.quality.feed import CheckedFeed
    from network.quality.report import Finding

FAR_FROM_STATION_M = 1000.0
"""A stop farther than this from its parent station is an error of google/transitfeed's
feedvalidator (MAX_DISTANCE_BETWEEN_STOP_AND_PARENT_STATION_ERROR), 1000 m. Its warning at 100 m
would name every large interchange."""

_UNUSED = Kind(code="stop_unused", severity=Severity.NOTE, unit="stops")
_FAR = Kind(code="stop_far_from_parent", severity=Severity.WARNING, unit="stops")
_NAMELESS = Kind(code="stop_without_name", severity=Severity.WARNING, unit="stops")
_TWIN = Kind(code="stop_twin", severity=Severity.NOTE, unit="stops")
_WHEELCHAIR = Kind(code="stop_wheelchair_unknown", severity=Severity.NOTE, unit="stops")
_NO_PLACE = Kind(code="stop_without_place", severity=Severity.ERROR, unit="stops")


def check_unused_stops(feed: CheckedFeed) -> Finding | None:
    """Find boarding stops at which no trip calls on any date."""
    rows = np.flatnonzero(feed.is_boarding & ~feed.is_used)
    return _stop_finding(
        feed, _UNUSED, rows, "no trip calls here", "a stop of some trip",
        "Leave the stop out, or look for the stop times that are missing.",
    )  # fmt: skip


def check_places(feed: CheckedFeed) -> Finding | None:
    """Find boarding stops in use whose coordinates are missing, out of range or 0, 0."""
    rows = np.flatnonzero(feed.is_boarding & feed.is_used & ~np.isfinite(feed.lat + feed.lon))
    return _stop_finding(
        feed, _NO_PLACE, rows, "no usable coordinates", "stop_lat and stop_lon in degrees",
        "Add the coordinates: the calls at this stop are left out until then.",
    )  # fmt: skip


def check_stop_names(feed: CheckedFeed) -> Finding | None:
    """Find boarding stops in use without a name."""
    nameless = np.array([not name.strip() for name in texts(feed.tables.stops["stop_name"])], bool)
    rows = np.flatnonzero(feed.is_boarding & feed.is_used & nameless)
    return _stop_finding(
        feed, _NAMELESS, rows, "no stop_name", "the name a traveller reads there",
        "Add the name; the stop_id is shown until then.",
    )  # fmt: skip


def check_parent_distances(feed: CheckedFeed) -> Finding | None:
    """Find stops, entrances and nodes far from the station they belong to."""
    frame = feed.tables.stops
    parent = match_rows(frame["parent_station"], frame["stop_id"])
    away_m = distance_m(feed.lat, feed.lon, feed.lat[parent], feed.lon[parent])
    rows = np.flatnonzero((parent >= 0) & (away_m > FAR_FROM_STATION_M))
    rows = rows[np.argsort(-away_m[rows], kind="stable")]
    ids = texts(frame["stop_id"])
    return build_row_finding(
        _FAR,
        feed.tables,
        "stops",
        rows,
        lambda i: Words(
            found=f"stop {ids[rows[i]]!r} is {away_m[rows[i]]:.0f} m from its station "
            f"{ids[parent[rows[i]]]!r}",
            expected=f"at most {FAR_FROM_STATION_M:.0f} m",
            mend="Correct the coordinates of one of the two, or parent_station.",
        ),
        places=(feed.lat[rows], feed.lon[rows]),
    )


def check_twins(feed: CheckedFeed) -> Finding | None:
    """Find stops in use that nothing tells apart: same name, place, platform and station."""
    frame = feed.tables.stops
    used = np.flatnonzero(feed.is_boarding & feed.is_used)
    keys = pd.DataFrame(
        {
            "name": texts(frame["stop_name"])[used],
            "platform": texts(frame["platform_code"])[used],
            "parent": texts(frame["parent_station"])[used],
            "lat": feed.lat[used],
            "lon": feed.lon[used],
        }
    )
    twins = keys.duplicated().to_numpy(dtype=bool) & np.isfinite(keys["lat"].to_numpy())
    return _stop_finding(
        feed, _TWIN, used[twins], "another stop has the same name and place",
        "a platform_code or a parent_station that tells the two apart",
        "Add the platform, or keep one of the two stops.",
    )  # fmt: skip


def check_wheelchair_stops(feed: CheckedFeed) -> Finding | None:
    """Find boarding stops in use of which neither they nor their station say if wheelchairs can."""
    frame = feed.tables.stops
    says = frame["wheelchair_boarding"].fillna(0).to_numpy(dtype=np.int64)
    parent = match_rows(frame["parent_station"], frame["stop_id"])
    says = np.where((says == 0) & (parent >= 0), says[parent], says)
    rows = np.flatnonzero(feed.is_boarding & feed.is_used & (says == 0))
    ids = texts(frame["stop_id"])
    return build_row_finding(  # without places: as a rule it is every stop of the feed
        _WHEELCHAIR,
        feed.tables,
        "stops",
        rows,
        lambda i: Words(
            found=f"stop {ids[rows[i]]!r}: wheelchair_boarding blank or 0",
            expected="1 or 2",
            mend="Say whether a person in a wheelchair can board here.",
        ),
    )


def _stop_finding(
    feed: CheckedFeed, kind: Kind, rows: NDArray[np.intp], found: str, expected: str, mend: str
) -> Finding | None:
    ids = texts(feed.tables.stops["stop_id"])
    return build_row_finding(
        kind,
        feed.tables,
        "stops",
        rows,
        lambda i: Words(found=f"stop {ids[rows[i]]!r}: {found}", expected=expected, mend=mend),
        places=(feed.lat[rows], feed.lon[rows]),
    )
