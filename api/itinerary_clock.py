"""Clock times of an answer: what clocks show, on days when clocks change too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from network.base import InputError, Problem, format_clock, parse_clock
from network.routing.clock import find_service_s, to_wall_clock

if TYPE_CHECKING:
    from network.timetable import Timetable

_DAY_S = 86_400
_SPAN_DAYS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClock:
    """The clock of a territory on its service date; ``timezone`` None where it is unknown.

    Text is ``HH:MM``: hours past 24 are the next day's, a time of the evening before is as the
    clock showed it.
    """

    service_date: dt.date
    timezone: str | None

    @classmethod
    def of(cls, timetable: Timetable, service_date: dt.date) -> DayClock:
        """Return the clock of a timetable; a time zone that there is not is left out.

        So it is at the two ends of the calendar, where days before or after have no date.
        """
        try:
            for days in (-_SPAN_DAYS, _SPAN_DAYS):
                to_wall_clock(service_date, timetable.timezone, days * _DAY_S)
        except (InputError, OverflowError):
            return cls(service_date=service_date, timezone=None)
        return cls(service_date=service_date, timezone=timetable.timezone)

    def show(self, seconds: int) -> str:
        """Return what the clock shows at seconds of the service day."""
        shown = self._shown_s(seconds)
        return format_clock(shown if shown >= 0 else shown % _DAY_S)

    def stamp(self, seconds: int) -> str | None:
        """Return date, time and offset (ISO 8601); None where the time zone is unknown."""
        if self.timezone is None:
            return None
        return to_wall_clock(self.service_date, self.timezone, seconds).isoformat()

    def place(self, wall: dt.datetime) -> dt.datetime:
        """Return a date and time that the clock shows with its offset, where that is known."""
        return wall if self.timezone is None else wall.replace(tzinfo=ZoneInfo(self.timezone))

    def read(self, text: str, field: str) -> int:
        """Return the seconds of the service day at which the clock shows a time.

        Of a time that it shows twice, the first where one leaves, the second where one arrives.

        Raises
        ------
        InputError
            If the clock skips that time; names ``field``.
        """
        shown_s = parse_clock(text)
        if self.timezone is None:
            return shown_s
        midnight = dt.datetime.combine(self.service_date, dt.time())
        wall = midnight + dt.timedelta(seconds=shown_s)
        found = find_service_s(self.service_date, self.timezone, wall)
        if not found:
            raise InputError(
                Problem(
                    file="request",
                    field=field,
                    found=f"{wall:%Y-%m-%d %H:%M}, which clocks in {self.timezone} skip",
                    expected="a time that clocks show on that day",
                    mend="Give a time an hour earlier or later.",
                )
            )
        return found[-1] if field == "arrive" else found[0]

    def _shown_s(self, seconds: int) -> int:
        if self.timezone is None:
            return seconds
        wall = to_wall_clock(self.service_date, self.timezone, seconds)
        midnight = dt.datetime.combine(self.service_date, dt.time())
        return round((wall.replace(tzinfo=None) - midnight).total_seconds())
