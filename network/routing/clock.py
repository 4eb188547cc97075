"""Seconds of the service day and what clocks show, on days when clocks change too.

Times of a timetable count from noon minus twelve hours of the service date: from midnight, but
on the day that clocks go forward from 23:00 of the evening before, on the day they go back from
1:00. So 08:00 of a timetable is what a clock shows at eight on every day, and before the change
the two differ by an hour.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from network.base import Problem
from network.base.errors import NetworkInputError

_HALF_DAY_S = 43_200


def to_wall_clock(service_date: dt.date, timezone: str, seconds: int) -> dt.datetime:
    """Return what a clock of a time zone shows at seconds of the service day, with its offset.

    Raises
    ------
    NetworkInputError
        If there is no such time zone.

    References
    ----------
    GTFS Schedule reference, field type "Time".
    """
    zone = _find_zone(timezone)
    instant = _day_begins(service_date, zone) + dt.timedelta(seconds=seconds)
    return instant.astimezone(zone)


def find_service_s(service_date: dt.date, timezone: str, wall: dt.datetime) -> tuple[int, ...]:
    """Find the seconds of the service day at which a clock shows a date and time.

    Parameters
    ----------
    wall
        What the clock shows, without a zone.

    Returns
    -------
    seconds
        One most often; none for a time that the clocks skip; two, the earlier first, for one
        that they show twice.

    Raises
    ------
    NetworkInputError
        If there is no such time zone.
    """
    zone = _find_zone(timezone)
    begins = _day_begins(service_date, zone)
    found = set()
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None, fold=0):
            found.add(round((instant - begins).total_seconds()))
    return tuple(sorted(found))


def _day_begins(service_date: dt.date, zone: ZoneInfo) -> dt.datetime:
    """Return noon minus twelve hours, in universal time."""
    noon = dt.datetime.combine(service_date, dt.time(12), tzinfo=zone)
    return noon.astimezone(dt.UTC) - dt.timedelta(seconds=_HALF_DAY_S)


def _find_zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        problem = Problem(
            file="agency.txt",
            field="agency_timezone",
            found=f"time zone {timezone!r}",
            expected="a name of the IANA time zone database, such as 'Europe/Paris'",
            mend="Correct agency_timezone.",
        )
        raise NetworkInputError(problem) from None
