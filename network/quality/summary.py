"""What a feed and an extract hold, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from network.building.rows import texts
from network.quality.date_checks import stated_end
from network.quality.report import FeedSummary, StreetSummary
from network.streets.graph import StreetMode

if TYPE_CHECKING:
    import datetime as dt

    from network.quality.feed import CheckedFeed
    from network.streets.graph import StreetGraph
    from network.timetable import Timetable

TABLES = (
    "agency", "stops", "routes", "trips", "stop_times", "calendar", "calendar_dates",
    "frequencies", "transfers", "shapes", "pathways", "levels", "feed_info", "attributions",
)  # fmt: skip


def summarise_feed(
    feed: CheckedFeed,
    *,
    prefix: str,
    sha256: str,
    service_date: dt.date | None,
    timetable: Timetable | None,
) -> FeedSummary:
    """Return a feed in numbers; ``timetable`` is that of all feeds, as built."""
    n_stops, n_stop_times, n_patterns = _count_built(timetable, prefix)
    return FeedSummary(
        name=feed.tables.name,
        prefix=prefix,
        sha256=sha256,
        publisher=_first_text(feed, "feed_publisher_name"),
        version=_first_text(feed, "feed_version"),
        rows={
            table: len(frame)
            for table in TABLES
            if (frame := getattr(feed.tables, table)) is not None
        },
        service_date=service_date,
        first_date=feed.coverage.first_date,
        last_date=feed.coverage.last_date,
        feed_end_date=stated_end(feed),
        trips_by_date=feed.coverage.by_date(),
        trips_by_route_type=_by_route_type(feed, service_date),
        n_stops_in_use=n_stops,
        n_stop_times=n_stop_times,
        n_patterns=n_patterns,
    )


def summarise_streets(streets: StreetGraph, sha256: str) -> StreetSummary:
    """Return an extract in numbers; lengths are kilometres of street a mode may use at all."""
    graphs = {mode: streets.mode_graph(mode) for mode in StreetMode}
    return StreetSummary(
        name=streets.name,
        sha256=sha256,
        n_ways=streets.n_ways_read,
        n_nodes=len(streets.nodes),
        n_segments=len(streets.segments),
        vertices={str(mode): graph.n_vertices for mode, graph in graphs.items()},
        edges={str(mode): graph.n_edges for mode, graph in graphs.items()},
        islands_pruned={str(mode): graph.n_islands_pruned for mode, graph in graphs.items()},
        island_nodes_pruned={
            str(mode): graph.n_island_nodes_pruned for mode, graph in graphs.items()
        },
        turn_restrictions=streets.car.n_turn_restrictions,
        length_km={
            str(mode): float(streets.segments.length_m[np.unique(graph.segment)].sum()) / 1000
            for mode, graph in graphs.items()
        },
    )


def _count_built(timetable: Timetable | None, prefix: str) -> tuple[int, int, int]:
    """Return a feed's stops in use, stop times and patterns in a timetable of all feeds."""
    if timetable is None:
        return 0, 0, 0
    start = f"{prefix}:" if prefix else ""
    n_stops = sum(stop_id.startswith(start) for stop_id in timetable.stops.ids)
    own_route = np.array([route.startswith(start) for route in timetable.routes.ids], dtype=bool)
    own = own_route[timetable.pattern_route]
    n_stop_times = np.diff(timetable.pattern_time_offset)[own].sum()
    return n_stops, int(n_stop_times), int(own.sum())


def _by_route_type(feed: CheckedFeed, service_date: dt.date | None) -> dict[int, int]:
    """Return the trips that start on a date by route type as the feed gives it."""
    first = feed.coverage.first_date
    if service_date is None or first is None or service_date < first:
        return {}
    bit = 1 << (service_date - first).days
    masks = feed.coverage.masks
    services = feed.tables.trips["service_id"]
    running = {service for service, mask in masks.items() if mask & bit}
    runs = services.isin(running).to_numpy(dtype=bool) & (feed.trip_route >= 0)
    given = feed.tables.routes["route_type"].fillna(-1).to_numpy(dtype=np.int64)
    kinds = given[feed.trip_route[runs]]
    counts = np.unique(kinds)
    return {
        int(kind): int(n)
        for kind in counts
        if (n := feed.n_departures[runs][kinds == kind].sum()) > 0
    }


def _first_text(feed: CheckedFeed, column: str) -> str:
    frame = feed.tables.feed_info
    if frame is None or column not in frame.columns:
        return ""
    given = [str(text).strip() for text in texts(frame[column])]
    return next((text for text in given if text), "")
