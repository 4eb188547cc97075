"""The network of feeds that have been read already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from network.building.feeds import FeedNetwork, join_feeds, prefix_ids
from network.building.join import compute_clock_shift_s, shift_times
from network.building.pathways import build_pathways
from network.building.timetable import build_timetable
from network.building.transfers import build_transfer_rules
from network.network import Network
from network.walking.walks import build_walks

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from network.base import Progress
    from network.building.inputs import FeedTables, VehicleCapacities
    from network.streets.graph import StreetGraph


def build_feed(
    tables: FeedTables, service_date: dt.date, *, prefix: str, vehicles: VehicleCapacities
) -> FeedNetwork:
    """Build what one feed has on its date, without the calls past midnight of the day before.

    What cannot be used is noted in the feed's own log.

    Raises
    ------
    NetworkInputError
        If the feed leaves nothing to build on.
    """
    timetable = build_timetable(tables, service_date, vehicles=vehicles, include_spill=False)
    feed = FeedNetwork(
        timetable=timetable,
        transfer_rules=build_transfer_rules(tables, timetable),
        pathways=build_pathways(tables, timetable),
    )
    return prefix_ids(feed, prefix) if prefix else feed


def join_network(
    feeds: Sequence[FeedNetwork],
    service_date: dt.date,
    *,
    streets: StreetGraph | None,
    progress: Progress,
) -> Network:
    """Join what was built of each feed, on the clock of the first, and add the walks.

    The same as :func:`network.readers.read_network`, but for the files, which are not read
    again.
    """
    timezone = feeds[0].timetable.timezone
    on_clock = []
    for feed in feeds:
        shift_s = compute_clock_shift_s(feed.timetable.timezone, timezone, service_date)
        on_clock.append(replace(feed, timetable=shift_times(feed.timetable, shift_s)))
    joined = join_feeds(on_clock, service_date=service_date, timezone=timezone)
    footpaths, links = build_walks(
        joined.timetable,
        transfer_rules=joined.transfer_rules,
        pathways=joined.pathways,
        streets=streets,
        progress=progress,
    )
    return Network(
        timetable=joined.timetable,
        footpaths=footpaths,
        transfer_rules=joined.transfer_rules,
        pathways=joined.pathways,
        streets=streets,
        stop_links=links,
    )
