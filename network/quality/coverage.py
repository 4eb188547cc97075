"""Which dates a feed covers, with how many trips, and which date to look at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from network.building.rows import parse_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from network.building.calendar import ServiceCalendar
    from network.building.inputs import FeedTables

FULL_SERVICE = 0.95
"""A date has full service from this share of the trips of the busiest date."""

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The dates a feed covers, first to last, and the trips that start on each.

    ``n_trips`` counts trips by date, frequencies expanded; 0 on a covered date without
    service. ``masks`` has for each service_id the dates it runs as bits, the first date's
    the lowest.
    """

    first_date: dt.date | None
    n_trips: NDArray[np.int64]
    masks: dict[str, int]

    @property
    def last_date(self) -> dt.date | None:
        """The last date the feed covers."""
        return None if self.first_date is None else self.date_of(len(self.n_trips) - 1)

    def date_of(self, day: int) -> dt.date:
        """Return the date at a position of ``n_trips``.

        Raises
        ------
        IndexError
            If the feed covers no date.
        """
        if self.first_date is None:
            msg = "the feed covers no date"
            raise IndexError(msg)
        return self.first_date + day * _ONE_DAY

    def trips_on(self, date: dt.date) -> int:
        """Return the trips that start on a date; 0 outside the dates covered."""
        if self.first_date is None:
            return 0
        day = (date - self.first_date).days
        return int(self.n_trips[day]) if 0 <= day < len(self.n_trips) else 0

    def by_date(self) -> tuple[tuple[dt.date, int], ...]:
        """Return every covered date with its trips."""
        return tuple((self.date_of(day), int(n)) for day, n in enumerate(self.n_trips))


def count_departures(tables: FeedTables, trip_of_frequency: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the departures of each trip: 1, or as many as its frequencies imply.

    Shape (n_trips,) by row of trips. ``trip_of_frequency`` is the row of trips of each row of
    frequencies. A trip whose frequencies imply no departure has 0.
    """
    n_departures = np.ones(len(tables.trips), dtype=np.int64)
    frame = tables.frequencies
    if frame is None:
        return n_departures
    start, end = parse_times(frame["start_time"]), parse_times(frame["end_time"])
    headway = frame["headway_secs"].fillna(0).to_numpy(dtype=np.int64)
    known = trip_of_frequency >= 0
    n_departures[np.unique(trip_of_frequency[known])] = 0
    usable = known & (start >= 0) & (end > start) & (headway > 0)
    expanded = -((start[usable] - end[usable]) // headway[usable])
    np.add.at(n_departures, trip_of_frequency[usable], expanded)
    return n_departures


def build_coverage(
    tables: FeedTables, calendar: ServiceCalendar, n_departures: NDArray[np.int64]
) -> Coverage:
    """Build the coverage of a feed from its calendar and the departures of each trip.

    The dates go from the first to the last on which a trip runs.
    """
    services, names = pd.factorize(tables.trips["service_id"])
    in_service = services >= 0
    weight = np.bincount(
        services[in_service], weights=n_departures[in_service], minlength=len(names)
    )
    trips_of = dict(zip(map(str, names), weight.astype(np.int64).tolist(), strict=True))
    masks: dict[str, int] = {}
    counts = []
    days = calendar.days()
    for day, date in enumerate(days):
        running = calendar.services_on(date)
        for service in running:
            masks[service] = masks.get(service, 0) | 1 << day
        counts.append(sum(trips_of.get(service, 0) for service in running))
    n_trips = np.array(counts, dtype=np.int64)
    served = np.flatnonzero(n_trips)
    if len(served) == 0:
        return Coverage(first_date=None, n_trips=np.zeros(0, dtype=np.int64), masks=masks)
    first, last = int(served[0]), int(served[-1])
    return Coverage(
        first_date=days[first],
        n_trips=n_trips[first : last + 1],
        masks={service: mask >> first for service, mask in masks.items()},
    )


def choose_dates(coverages: Sequence[Coverage], today: dt.date) -> list[dt.date | None]:
    """Choose the date to look at for each feed: one for all wherever one serves all.

    Of the dates on which every feed runs, those with full service (at least 95 % of the trips
    of the busiest of them) count, and of these the one nearest to ``today``; of two as near,
    the later. Where the feeds have no date in common each has its own, chosen the same way.
    None for a feed that covers no date; such feeds hinder no other.
    """
    served = [coverage for coverage in coverages if coverage.first_date is not None]
    common = _common_trips(served)
    if common:
        shared = _nearest_full(common, today)
        return [None if c.first_date is None else shared for c in coverages]
    return [
        None if c.first_date is None else _nearest_full(_common_trips([c]), today)
        for c in coverages
    ]


def _common_trips(coverages: Sequence[Coverage]) -> dict[dt.date, int]:
    """Return the trips of all feeds together on the dates when each has some."""
    if not coverages:
        return {}
    counts = [{date: n for date, n in c.by_date() if n} for c in coverages]
    common = set(counts[0]).intersection(*counts[1:])
    return {date: sum(count[date] for count in counts) for date in common}


def _nearest_full(trips: dict[dt.date, int], today: dt.date) -> dt.date:
    enough = FULL_SERVICE * max(trips.values())
    full = [date for date, n in trips.items() if n >= enough]
    return min(full, key=lambda date: (abs((date - today).days), today - date))
