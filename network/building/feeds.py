"""What is built from feeds: with ids prefixed, and several joined into one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from network.building.bookings import join_bookings
from network.building.join import join_timetables, move_indices
from network.walks import Pathways, TransferRules

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from network.bookings import Bookings
    from network.timetable import Timetable


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedNetwork:
    """What is built from one feed, or from several once they are joined."""

    timetable: Timetable
    transfer_rules: TransferRules
    pathways: Pathways | None
    bookings: Bookings | None = None


def prefix_ids(feed: FeedNetwork, prefix: str) -> FeedNetwork:
    """Return a feed's network with ``prefix`` and a colon before every id of the feed."""

    def named(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple([f"{prefix}:{i}" for i in ids])

    table, pathways, bookings = feed.timetable, feed.pathways, feed.bookings
    return FeedNetwork(
        timetable=replace(
            table,
            stops=replace(
                table.stops,
                ids=named(table.stops.ids),
                station_ids=named(table.stops.station_ids),
            ),
            routes=replace(table.routes, ids=named(table.routes.ids)),
            trip_ids=named(table.trip_ids),
            feeds=tuple(replace(info, prefix=prefix) for info in table.feeds),
        ),
        transfer_rules=replace(
            feed.transfer_rules, trip_names=named(feed.transfer_rules.trip_names)
        ),
        pathways=None if pathways is None else replace(pathways, node_ids=named(pathways.node_ids)),
        bookings=None if bookings is None else replace(bookings, trips=named(bookings.trips)),
    )


def join_feeds(
    parts: Sequence[FeedNetwork], *, service_date: dt.date, timezone: str
) -> FeedNetwork:
    """Join networks of feeds whose ids differ, in the order given."""
    if len(parts) == 1:
        only = parts[0]
        return replace(
            only,
            timetable=replace(only.timetable, service_date=service_date, timezone=timezone),
        )
    stops = [part.timetable.n_stops for part in parts]
    first_stop = np.concatenate(([0], np.cumsum(stops)))[:-1].tolist()
    routes = [len(part.timetable.routes) for part in parts]
    first_route = np.concatenate(([0], np.cumsum(routes)))[:-1].tolist()
    return FeedNetwork(
        timetable=join_timetables(
            [part.timetable for part in parts], service_date=service_date, timezone=timezone
        ),
        transfer_rules=_join_rules(
            [part.transfer_rules for part in parts], first_stop, first_route
        ),
        pathways=_join_pathways([part.pathways for part in parts], first_stop),
        bookings=join_bookings(part.bookings for part in parts),
    )


def _join_rules(
    parts: Sequence[TransferRules], first_stop: Sequence[int], first_route: Sequence[int]
) -> TransferRules:
    """Join rules; those without a stop come first, as within each part."""
    names = [len(part.trip_names) for part in parts]
    first_trip = np.concatenate(([0], np.cumsum(names)))[:-1].tolist()
    columns = {}
    for field, firsts in (
        ("from_stop", first_stop), ("to_stop", first_stop), ("from_route", first_route),
        ("to_route", first_route), ("from_trip", first_trip), ("to_trip", first_trip),
    ):  # fmt: skip
        arrays = [getattr(part, field) for part in parts]
        columns[field] = np.concatenate(
            [np.where(a >= 0, a + first, a) for a, first in zip(arrays, firsts, strict=True)]
        ).astype(np.int32)
    order = np.lexsort((columns["to_stop"], columns["from_stop"]))
    return TransferRules(
        **{field: values[order] for field, values in columns.items()},
        kind=np.concatenate([part.kind for part in parts])[order],
        min_s=np.concatenate([part.min_s for part in parts])[order],
        trip_names=tuple([name for part in parts for name in part.trip_names]),
    )


def _join_pathways(parts: Sequence[Pathways | None], first_stop: Sequence[int]) -> Pathways | None:
    given = [(part, first) for part, first in zip(parts, first_stop, strict=True) if part]
    if not given:
        return None
    ways = [part for part, _ in given]
    nodes = [len(part.node_ids) for part in ways]
    return Pathways(
        node_ids=tuple([i for part in ways for i in part.node_ids]),
        lat=np.concatenate([part.lat for part in ways]),
        lon=np.concatenate([part.lon for part in ways]),
        node_stop=np.concatenate(
            [np.where(part.node_stop >= 0, part.node_stop + first, -1) for part, first in given]
        ).astype(np.int32),
        is_entrance=np.concatenate([part.is_entrance for part in ways]),
        level=np.concatenate([part.level for part in ways]),
        from_node=move_indices([part.from_node for part in ways], nodes),
        to_node=move_indices([part.to_node for part in ways], nodes),
        duration_s=np.concatenate([part.duration_s for part in ways]),
        mode=np.concatenate([part.mode for part in ways]),
        is_step_free=np.concatenate([part.is_step_free for part in ways]),
    )
