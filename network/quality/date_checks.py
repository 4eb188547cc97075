"""Dates: expiry, gaps, odd days, what the feed says of its own period; time zones."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from network.building.rows import texts
from network.quality.findings import Kind, Words, build_finding, build_row_finding, problem
from network.quality.report import Severity

if TYPE_CHECKING:
    from network.base import Problem
    from network.quality.feed import CheckedFeed
    from network.quality.report import Finding

SOON_DAYS, LATER_DAYS = 7, 30
"""A feed should cover at least the next 7, better 30 days (GTFS Schedule reference, Dataset
Publishing & General Practices)."""

LONG_GAP_DAYS = 7
LITTLE_SERVICE = 0.5
MIN_SAME_WEEKDAYS = 3
"""Our limits: a gap of a week is a hole in the data, not a holiday; a date with less than half
the trips that its weekday has in the middle (median), of at least three such dates."""

_NONE = Kind(code="feed_without_service", severity=Severity.ERROR, unit="feeds")
_EXPIRED = Kind(code="feed_expired", severity=Severity.WARNING, unit="feeds")
_SOON = Kind(code="feed_expires_within_7_days", severity=Severity.WARNING, unit="feeds")
_LATER = Kind(code="feed_expires_within_30_days", severity=Severity.NOTE, unit="feeds")
_FUTURE = Kind(code="feed_not_started", severity=Severity.NOTE, unit="feeds")
_LONG_GAP = Kind(code="service_gap", severity=Severity.WARNING, unit="dates")
_GAP = Kind(code="dates_without_service", severity=Severity.NOTE, unit="dates")
_LITTLE = Kind(code="dates_with_little_service", severity=Severity.NOTE, unit="dates")
_PERIOD = Kind(code="feed_period_differs", severity=Severity.NOTE, unit="feeds")
_EMPTY_SERVICE = Kind(code="service_without_dates", severity=Severity.NOTE, unit="services")
_NO_ZONE = Kind(code="timezone_missing", severity=Severity.WARNING, unit="feeds")
_BAD_ZONE = Kind(code="timezone_unknown", severity=Severity.WARNING, unit="feeds")
_ZONES = Kind(code="timezones_differ", severity=Severity.WARNING, unit="feeds")

_ONE_DAY = dt.timedelta(days=1)


def check_any_service(feed: CheckedFeed) -> Finding | None:
    """Find a feed on no date of which a trip runs."""
    if feed.coverage.first_date is not None:
        return None
    words = Words(
        found="no date with a trip",
        expected="at least one date on which a service of some trip runs",
        mend="Choose a feed with a calendar, or correct its service ids and dates.",
    )
    return _whole_feed(feed, _NONE, words)


def check_expiry(feed: CheckedFeed) -> Finding | None:
    """Find a feed that ends before today, within 7 days or within 30, or starts after today.

    It ends with its last date with service, or earlier where feed_info.txt says so.
    """
    first, last = feed.coverage.first_date, _last_date(feed)
    if first is None or last is None:
        return None
    days_left = (last - feed.today).days
    if days_left < 0:
        kind, found = _EXPIRED, f"ended on {last}, {-days_left} days before {feed.today}"
    elif first > feed.today:
        kind, found = _FUTURE, f"starts on {first}, {(first - feed.today).days} days from now"
    elif days_left <= SOON_DAYS:
        kind, found = _SOON, f"ends on {last}, {days_left} days from {feed.today}"
    elif days_left <= LATER_DAYS:
        kind, found = _LATER, f"ends on {last}, {days_left} days from {feed.today}"
    else:
        return None
    words = Words(
        found=found,
        expected=f"service today and on the next {LATER_DAYS} days",
        mend="Take the newest feed of the operator, or study a date that the feed covers.",
    )
    return _whole_feed(feed, kind, words)


def check_long_gaps(feed: CheckedFeed) -> Finding | None:
    """Find gaps of a week or more without any trip, inside the dates covered."""
    return _gap_finding(feed, _LONG_GAP, [g for g in _gaps(feed) if g[1] >= LONG_GAP_DAYS])


def check_short_gaps(feed: CheckedFeed) -> Finding | None:
    """Find covered dates without any trip, in gaps of less than a week."""
    return _gap_finding(feed, _GAP, [g for g in _gaps(feed) if g[1] < LONG_GAP_DAYS])


def check_little_service(feed: CheckedFeed) -> Finding | None:
    """Find dates with less than half the trips that their weekday has in the middle."""
    coverage = feed.coverage
    if coverage.first_date is None:
        return None
    n_trips = coverage.n_trips
    weekday = (coverage.first_date.weekday() + np.arange(len(n_trips))) % 7
    usual = np.zeros(len(n_trips))
    for day in range(7):
        same = (weekday == day) & (n_trips > 0)
        if same.sum() >= MIN_SAME_WEEKDAYS:
            usual[weekday == day] = np.median(n_trips[same])
    found = np.flatnonzero((n_trips > 0) & (n_trips < LITTLE_SERVICE * usual))
    examples = [
        _about_calendar(
            feed,
            f"{int(n_trips[day])} trips on {coverage.date_of(int(day))}",
            f"about {usual[day]:.0f}, as on other such weekdays",
            "Nothing on a public holiday; else look for services that are missing.",
        )
        for day in found[:5]
    ]
    return build_finding(_LITTLE, _calendar_file(feed), examples, count=len(found))


def check_period(feed: CheckedFeed) -> Finding | None:
    """Find a feed that says of itself to be valid on dates when no trip runs, or the reverse."""
    first, last = feed.coverage.first_date, feed.coverage.last_date
    start, end = _stated(feed, "feed_start_date"), _stated(feed, "feed_end_date")
    if first is None or last is None:
        return None
    said = []
    if start is not None and start != first:
        said.append(f"starts on {start}, its first trip runs on {first}")
    if end is not None and end != last:
        said.append(f"ends on {end}, its last trip runs on {last}")
    far = [d for d, own in ((start, first), (end, last)) if d and abs((d - own).days) > SOON_DAYS]
    if not far:
        return None
    words = Words(
        found="; ".join(said),
        expected="the dates on which trips run",
        mend="Correct feed_start_date and feed_end_date, or the calendar.",
    )
    return _whole_feed(feed, _PERIOD, words, file=feed.tables.file("feed_info"), row=2)


def check_empty_services(feed: CheckedFeed) -> Finding | None:
    """Find services of calendar.txt with no weekday and no added date."""
    frame = feed.tables.calendar
    if frame is None:
        return None
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    never = ~(frame[days].fillna(0) == 1).any(axis=1)
    added: set[str] = set()
    if feed.tables.calendar_dates is not None:
        dates = feed.tables.calendar_dates
        added = set(dates.loc[dates["exception_type"] == 1, "service_id"].dropna().astype(str))
    never &= ~frame["service_id"].isin(added)
    rows = np.flatnonzero(never.to_numpy(dtype=bool))
    names = texts(frame["service_id"])
    return build_row_finding(
        _EMPTY_SERVICE,
        feed.tables,
        "calendar",
        rows,
        lambda i: Words(
            found=f"service {names[rows[i]]!r} has no weekday",
            expected="a weekday, or dates added in calendar_dates.txt",
            mend="Set its weekdays, or leave the service out.",
        ),
    )


def check_timezone(feed: CheckedFeed) -> Finding | None:
    """Find a feed without a time zone, with one that is unknown, or with several."""
    agency = feed.tables.agency
    named: list[str] = []
    if agency is not None and "agency_timezone" in agency.columns:
        named = sorted({str(text).strip() for text in agency["agency_timezone"].dropna()} - {""})
    file = feed.tables.file("agency")
    expected = "one time zone of the IANA database for all agencies, as in Europe/Paris"
    mend = "Write the zone in agency_timezone: the hours of clock changes depend on it."
    unknown = [name for name in named if not _is_zone(name)]
    if not named:
        kind, found = _NO_ZONE, "no agency_timezone"
    elif unknown:
        kind, found = _BAD_ZONE, "time zone " + ", ".join(map(repr, unknown))
    elif len(named) > 1:
        kind, found = _ZONES, "time zones " + ", ".join(named)
    else:
        return None
    return _whole_feed(feed, kind, Words(found=found, expected=expected, mend=mend), file=file)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _stated(feed: CheckedFeed, column: str) -> dt.date | None:
    """Return a date of feed_info.txt; None where there is none that can be read."""
    frame = feed.tables.feed_info
    if frame is None or column not in frame.columns:
        return None
    for text in frame[column].dropna():
        try:
            return dt.datetime.strptime(str(text).strip(), "%Y%m%d").date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def stated_end(feed: CheckedFeed) -> dt.date | None:
    """Return the last date of the feed by its feed_info.txt; None where it does not say."""
    return _stated(feed, "feed_end_date")


def _last_date(feed: CheckedFeed) -> dt.date | None:
    last, end = feed.coverage.last_date, stated_end(feed)
    return end if last is not None and end is not None and end < last else last


def _gaps(feed: CheckedFeed) -> list[tuple[dt.date, int]]:
    """Return the first date and the number of dates of each run of dates without service.

    Weekdays on which the feed never runs (a line that rests on Sundays) make no gap, and
    belong to one only where the dates on both sides do.
    """
    n_trips, first = feed.coverage.n_trips, feed.coverage.first_date
    if first is None:
        return []
    weekday = (first.weekday() + np.arange(len(n_trips))) % 7
    rests = np.bincount(weekday, weights=n_trips, minlength=7) == 0
    is_gap = (n_trips == 0) & ~rests[weekday]
    # A rest day between two days of a gap is part of it.
    told = np.flatnonzero((n_trips > 0) | is_gap)
    before = np.searchsorted(told, np.arange(len(n_trips)), side="right") - 1
    after = np.searchsorted(told, np.arange(len(n_trips)))
    is_gap = is_gap[told[before]] & is_gap[told[after]]
    empty = np.concatenate(([False], is_gap, [False])).astype(np.int8)
    change = np.diff(empty)
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    return [
        (feed.coverage.date_of(int(start)), int(end - start))
        for start, end in zip(starts, ends, strict=True)
    ]


def _gap_finding(feed: CheckedFeed, kind: Kind, gaps: list[tuple[dt.date, int]]) -> Finding | None:
    ordered = sorted(gaps, key=lambda gap: (-gap[1], gap[0]))
    examples = [
        _about_calendar(
            feed,
            f"no trip on {first}"
            if n_days == 1
            else f"no trip from {first} to {first + (n_days - 1) * _ONE_DAY}, {n_days} dates",
            "service on every date between the first and the last",
            "Nothing where no service is meant to run; else add the service.",
        )
        for first, n_days in ordered[:5]
    ]
    return build_finding(
        kind, _calendar_file(feed), examples, count=sum(n_days for _, n_days in gaps)
    )


def _calendar_file(feed: CheckedFeed) -> str:
    return feed.tables.file("calendar_dates" if feed.tables.calendar is None else "calendar")


def _about_calendar(feed: CheckedFeed, found: str, expected: str, mend: str) -> Problem:
    return problem(_calendar_file(feed), Words(found=found, expected=expected, mend=mend))


def _whole_feed(
    feed: CheckedFeed, kind: Kind, words: Words, *, file: str | None = None, row: int | None = None
) -> Finding | None:
    where = file or _calendar_file(feed)
    return build_finding(kind, where, [problem(where, words, row=row)], count=1)
