"""GTFS feeds to timetables and networks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from network.base import ProblemLog, no_progress
from network.base.errors import NetworkInputError, NoServiceError
from network.building.bookings import build_bookings
from network.building.calendar import ServiceCalendar
from network.building.feeds import FeedNetwork, join_feeds, prefix_ids
from network.building.join import compute_clock_shift_s, join_logs, shift_times
from network.building.pathways import build_pathways
from network.building.timetable import build_timetable
from network.building.transfers import build_transfer_rules
from network.network import Network
from network.readers.sources import name_sources
from network.readers.tables import read_feed_tables
from network.readers.vehicles import default_vehicles
from network.walking.walks import build_walks

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from network.base import Progress
    from network.building.inputs import FeedSource, VehicleCapacities
    from network.streets.graph import StreetGraph
    from network.timetable import Timetable


IDLE_FEED = "feed without service on its date"
"""What is counted of a feed that runs nothing on its date while another feed does."""


class _Days(NamedTuple):
    """A service date, and whether trips of the dates before and after it run too."""

    service_date: dt.date
    include_spill: bool
    include_next: bool


def read_timetable(
    feeds: Path | Sequence[FeedSource],
    service_date: dt.date,
    *,
    vehicles: VehicleCapacities | None = None,
    include_spill: bool = True,
    include_next: bool = False,
    progress: Progress = no_progress,
) -> Timetable:
    """Read one service date of one or several GTFS feeds as one timetable.

    Of several feeds, every id stands behind the feed's prefix and a colon. A feed without a
    prefix gets one from its file name: its words but "gtfs", or its folder's where two are
    alike. A feed that has no service on its date while another has is set aside and counted,
    with the dates it covers. Times of feeds in another timezone are moved to that of the
    first by prefix, by the difference at noon of the date. The order of the feeds does not
    matter.

    Parameters
    ----------
    feeds
        A zip file or a folder, or several with what joins them.
    service_date
        The date whose trips run; times are seconds of its service day.
    vehicles
        Room in the vehicles; the package's defaults by route type where None. A route_id may
        stand with or without its feed's prefix.
    include_spill
        Also run trips of the service date before that go on past midnight, their times before
        0:00 negative. Without it the trips are those of the service date alone.
    include_next
        Also run trips of the service date after that set out before its noon, their times past
        24:00: of a feed with a date of its own, the one after that.
    progress
        Told of feeds read, stage ``feeds``, and of the text of each, stage ``feed``.

    Raises
    ------
    NetworkInputError
        If a feed cannot be read or is given twice, or none has service on the date (names
        the dates that have).
    """
    days = _Days(service_date, include_spill, include_next)
    joined = _read_feeds(feeds, days, vehicles, progress)
    return joined.timetable


def read_network(
    feeds: Path | Sequence[FeedSource],
    service_date: dt.date,
    *,
    streets: StreetGraph | None = None,
    vehicles: VehicleCapacities | None = None,
    max_walk_s: int = 600,
    speed_mps: float = 1.2,
    detour: float = 1.3,
    step_free: bool = False,
    include_spill: bool = True,
    include_next: bool = False,
    progress: Progress = no_progress,
) -> Network:
    """Read one service date of one or several GTFS feeds as a timetable with its walks.

    ``max_walk_s`` bounds walks between stops (seconds); transfers.txt and pathways.txt of the
    feeds are heeded as :func:`network.walking.walks.build_walks` says. The feeds are joined
    as :func:`read_timetable` does, trips of the dates beside run as it says. With
    ``step_free``, walks avoid steps.

    Raises
    ------
    NetworkInputError
        As :func:`read_timetable`.
    """
    days = _Days(service_date, include_spill, include_next)
    joined = _read_feeds(feeds, days, vehicles, progress)
    footpaths, stop_links = build_walks(
        joined.timetable,
        transfer_rules=joined.transfer_rules,
        pathways=joined.pathways,
        streets=streets,
        max_walk_s=max_walk_s,
        speed_mps=speed_mps,
        detour=detour,
        step_free=step_free,
        progress=progress,
    )
    return Network(
        timetable=joined.timetable,
        footpaths=footpaths,
        transfer_rules=joined.transfer_rules,
        pathways=joined.pathways,
        streets=streets,
        stop_links=stop_links,
        bookings=joined.bookings,
    )


def count_service(feeds: Path | Sequence[FeedSource]) -> dict[dt.date, int]:
    """Count the trips of each service date of feeds as listed, frequencies not expanded.

    A feed with a service date of its own runs that date's trips on every date of the others;
    where all feeds have one, those dates are counted.
    """
    counts: Counter[dt.date] = Counter()
    pinned: list[tuple[dt.date, int]] = []
    for source in name_sources(feeds):
        by_date = _count_feed(source.path)
        if source.service_date is None:
            counts.update(by_date)
        else:
            pinned.append((source.service_date, by_date.get(source.service_date, 0)))
    if not counts:
        counts.update({day: 0 for day, _ in pinned})
    trips = sum(n_trips for _, n_trips in pinned)
    return {day: counts[day] + trips for day in sorted(counts) if counts[day] + trips}


def _count_feed(path: Path) -> dict[dt.date, int]:
    tables = read_feed_tables(path)
    calendar = ServiceCalendar(tables)
    trips = tables.trips["service_id"].value_counts()
    counts = {
        day: int(trips.reindex(sorted(calendar.services_on(day))).fillna(0).sum())
        for day in calendar.days()
    }
    return {day: n_trips for day, n_trips in counts.items() if n_trips}


def _read_feeds(
    feeds: Path | Sequence[FeedSource],
    days: _Days,
    vehicles: VehicleCapacities | None,
    progress: Progress,
) -> FeedNetwork:
    """Read and build each feed, and join those that have service."""
    sources = name_sources(feeds)
    room = vehicles or default_vehicles()
    built: list[FeedNetwork] = []
    idle: list[tuple[ProblemLog, NetworkInputError]] = []
    for i, source in enumerate(sources):
        progress("feeds", i, len(sources))
        tables = read_feed_tables(source.path, progress=progress)
        day = source.service_date or days.service_date
        try:
            timetable = build_timetable(
                tables,
                day,
                vehicles=_vehicles_of(room, source.prefix),
                include_spill=days.include_spill,
                include_next=days.include_next,
            )
        except NetworkInputError as error:
            idle.append((tables.log, error))
            continue
        feed = FeedNetwork(
            timetable=timetable,
            transfer_rules=build_transfer_rules(tables, timetable),
            pathways=build_pathways(tables, timetable),
            bookings=build_bookings(tables, timetable),
        )
        built.append(prefix_ids(feed, source.prefix) if source.prefix else feed)
    progress("feeds", len(sources), len(sources))
    if not built:
        raise _refuse_all([error for _, error in idle])
    return _join(built, idle, days.service_date)


def _join(
    built: list[FeedNetwork],
    idle: list[tuple[ProblemLog, NetworkInputError]],
    service_date: dt.date,
) -> FeedNetwork:
    """Join feeds on one clock; those without service are told of in the log."""
    timezone = built[0].timetable.timezone
    on_clock = []
    for feed in built:
        shift_s = compute_clock_shift_s(feed.timetable.timezone, timezone, service_date)
        on_clock.append(replace(feed, timetable=shift_times(feed.timetable, shift_s)))
    joined = join_feeds(on_clock, service_date=service_date, timezone=timezone)
    if not idle:
        return joined
    lost = ProblemLog()
    for _, error in idle:
        for problem in error.problems:
            lost.set_aside(IDLE_FEED, problem)
    log = join_logs([joined.timetable.set_aside, *(log for log, _ in idle), lost])
    return replace(joined, timetable=replace(joined.timetable, set_aside=log))


def _refuse_all(errors: Sequence[NetworkInputError]) -> NetworkInputError:
    """Return the errors of all feeds as one; the nearest dates are those of any of them."""
    problems = [problem for error in errors for problem in error.problems]
    idle = [error for error in errors if isinstance(error, NoServiceError)]
    if len(idle) < len(errors):
        return NetworkInputError(*problems)
    nearest = sorted({day for error in idle for day in error.nearest})
    return NoServiceError(*problems, nearest=tuple(nearest))


def _vehicles_of(vehicles: VehicleCapacities, prefix: str) -> VehicleCapacities:
    """Return the capacities of one feed: routes named with its prefix come without it."""
    own = {
        route.removeprefix(f"{prefix}:"): capacity
        for route, capacity in vehicles.by_route_id.items()
        if prefix and route.startswith(f"{prefix}:")
    }
    return replace(vehicles, by_route_id=vehicles.by_route_id | own) if own else vehicles
