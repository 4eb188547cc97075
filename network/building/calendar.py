"""Which services run on which date, and what to say when none does."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from network.base import Problem
from network.base.errors import NoServiceError

if TYPE_CHECKING:
    from network.building.inputs import FeedTables

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ADDED, _REMOVED = 1, 2
_MAX_DAYS = 3660  # a feed that claims more than ten years is searched no further


class ServiceCalendar:
    """Services by date from calendar.txt, calendar_dates.txt or both.

    Only services that some trip names count, so that "a date with service" has trips.
    """

    def __init__(self, tables: FeedTables) -> None:
        self._tables = tables
        self._used = set(tables.trips["service_id"].dropna().astype(str))
        self._weekly: list[tuple[str, dt.date, dt.date, tuple[bool, ...]]] = []
        self._added: dict[dt.date, set[str]] = {}
        self._removed: dict[dt.date, set[str]] = {}
        self._read_weekly()
        self._read_exceptions()

    def services_on(self, day: dt.date) -> set[str]:
        """Return the service_ids that run on a date and that trips use."""
        running = {
            service
            for service, first, last, weekdays in self._weekly
            if first <= day <= last and weekdays[day.weekday()]
        }
        running -= self._removed.get(day, set())
        return (running | self._added.get(day, set())) & self._used

    def span(self) -> tuple[dt.date, dt.date] | None:
        """Return the first and last date the feed covers; None when it covers none."""
        starts = [first for _, first, _, _ in self._weekly] + list(self._added)
        ends = [last for _, _, last, _ in self._weekly] + list(self._added)
        return (min(starts), max(ends)) if starts else None

    def days(self) -> list[dt.date]:
        """Return every date from first to last."""
        span = self.span()
        if span is None:
            return []
        n_days = min((span[1] - span[0]).days + 1, _MAX_DAYS)
        return [span[0] + dt.timedelta(days=i) for i in range(n_days)]

    def require_service(self, day: dt.date) -> set[str]:
        """Return the services of a date.

        Raises
        ------
        NoServiceError
            If there are none; names the dates covered, or the nearest dates with service.
        """
        services = self.services_on(day)
        if not services:
            raise self.refuse(day)
        return services

    def refuse(self, day: dt.date) -> NoServiceError:
        """Return the error of a date without service: the dates covered, or the nearest ones."""
        nearest = self._nearest(day)
        span = self.span()
        if span is None:
            expected, mend = "at least one date with service", "Choose a feed with a calendar."
        elif not span[0] <= day <= span[1]:
            expected = f"a date from {span[0]} to {span[1]}, which the feed covers"
            mend = "Choose a service date in that range, or a feed that covers the date."
        else:
            named = " and ".join(str(d) for d in nearest)
            expected = f"a date with service; nearest: {named or 'none in the feed'}"
            mend = "Choose one of the nearest dates, or another feed."
        return NoServiceError(
            Problem(
                file=self._tables.name,
                found=f"no service on {day}",
                expected=expected,
                mend=mend,
            ),
            nearest=nearest,
        )

    def _nearest(self, day: dt.date) -> tuple[dt.date, ...]:
        """Return the last date with service before a date, and the first after it."""
        served = [d for d in self.days() if self.services_on(d)]
        before = [d for d in served if d < day][-1:]
        after = [d for d in served if d > day][:1]
        return (*before, *after)

    def _read_weekly(self) -> None:
        frame = self._tables.calendar
        if frame is None:
            return
        flags = frame[list(_WEEKDAYS)].fillna(0).to_numpy() == 1
        columns = zip(
            frame.index, frame["service_id"], frame["start_date"], frame["end_date"], strict=True
        )
        for (line, service, start, end), weekdays in zip(columns, flags, strict=True):
            first = self._date("calendar", line, "start_date", start)
            last = self._date("calendar", line, "end_date", end)
            if first and last and not pd.isna(service):
                self._weekly.append((str(service), first, last, tuple(bool(w) for w in weekdays)))

    def _read_exceptions(self) -> None:
        frame = self._tables.calendar_dates
        if frame is None:
            return
        columns = zip(
            frame.index, frame["service_id"], frame["date"], frame["exception_type"], strict=True
        )
        for line, service, text, kind in columns:
            day = self._date("calendar_dates", line, "date", text)
            if day is None or pd.isna(service):
                continue
            if pd.isna(kind) or int(kind) not in (_ADDED, _REMOVED):
                self._set_aside("calendar_dates", line, "exception_type", kind, "1 or 2")
                continue
            dates = self._added if int(kind) == _ADDED else self._removed
            dates.setdefault(day, set()).add(str(service))

    def _date(self, table: str, line: int, field: str, text: object) -> dt.date | None:
        try:
            return dt.datetime.strptime(str(text).strip(), "%Y%m%d").date()  # noqa: DTZ007
        except ValueError:
            self._set_aside(table, line, field, text, "a date as YYYYMMDD")
            return None

    def _set_aside(self, table: str, line: int, field: str, found: object, expected: str) -> None:
        self._tables.log.set_aside(
            f"{table} row with a bad {field}",
            Problem(
                file=self._tables.file(table),
                row=int(line) + 2,
                field=field,
                found="nothing" if pd.isna(found) else repr(str(found)),  # type: ignore[call-overload]
                expected=expected,
                mend="Correct the value.",
            ),
        )
