"""What one has to book or to agree with the driver to ride a leg: by when, and how."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, NamedTuple

from api.schemas import BookingOut
from network.base import SourceClass
from network.bookings import Arrangement, BookingKind
from network.routing.clock import to_wall_clock
from network.timetable import find_run_day

if TYPE_CHECKING:
    from api.itinerary_clock import DayClock
    from network import BookingRule, Network
    from network.routing import RideLeg
    from scenarios.report import Catalogue

_Side = Literal["pick_up", "drop_off"]


class _Times(NamedTuple):
    """From when and by when to book; else the days ahead that only the agency can tell."""

    opens: dt.datetime | None = None
    closes: dt.datetime | None = None
    days: int | None = None
    days_time_s: int | None = None


def list_bookings(
    network: Network, leg: RideLeg, clock: DayClock, words: Catalogue
) -> list[BookingOut]:
    """List what has to be arranged to board a ride and to get off it; none most often."""
    if network.bookings is None:
        return []
    found = []
    sides: tuple[tuple[_Side, int, str, bool], ...] = (
        ("pick_up", leg.board_pos, leg.from_name, not leg.stay_seated),
        ("drop_off", leg.alight_pos, leg.to_name, True),
    )
    for side, pos, stop, is_done in sides:
        arranged = network.bookings.find(leg.trip_id, pos, is_pickup=side == "pick_up")
        if arranged is not None and is_done:
            day = find_run_day(network.timetable, leg.trip_id)
            times = _find_times(arranged[1], leg, day, clock)
            found.append(_write(side, stop, arranged, times, words))
    return found


def _find_times(rule: BookingRule | None, leg: RideLeg, day: int, clock: DayClock) -> _Times:
    """Return the times to book by for a run of the service date, or of that before or after."""
    if rule is None or clock.timezone is None:
        return _Times()
    leaves = to_wall_clock(clock.service_date, clock.timezone, leg.departure_s)
    opens = closes = None
    if rule.notice_max_min is not None:
        opens = leaves - dt.timedelta(minutes=rule.notice_max_min)
    elif rule.first_day is not None and not rule.on_working_days:
        opens = _days_ahead(clock, day - rule.first_day, rule.first_time_s or 0)
    if rule.kind is BookingKind.REAL_TIME:
        return _Times(opens=opens, closes=leaves)
    if rule.kind is BookingKind.SAME_DAY:
        if rule.notice_min is not None:
            closes = leaves - dt.timedelta(minutes=rule.notice_min)
        return _Times(opens=opens, closes=closes)
    if rule.kind is BookingKind.DAYS_BEFORE and rule.last_day is not None:
        if rule.on_working_days or rule.last_time_s is None:
            return _Times(opens=opens, days=rule.last_day, days_time_s=rule.last_time_s)
        closes = _days_ahead(clock, day - rule.last_day, rule.last_time_s)
    return _Times(opens=opens, closes=closes)


def _days_ahead(clock: DayClock, days: int, time_s: int) -> dt.datetime:
    """Return what the clock shows so many days after the service date, at a time."""
    midnight = dt.datetime.combine(clock.service_date, dt.time())
    wall = midnight + dt.timedelta(days=days, seconds=time_s)
    return clock.place(wall)


def _write(
    side: _Side,
    stop: str,
    arranged: tuple[Arrangement, BookingRule | None],
    times: _Times,
    words: Catalogue,
) -> BookingOut:
    arrangement, rule = arranged
    has_driver = arrangement is Arrangement.DRIVER
    own = "" if rule is None else rule.pickup_message if side == "pick_up" else rule.dropoff_message
    messages = [own, "" if rule is None else rule.message]
    written = BookingOut(
        side=side,
        arrange_with="driver" if has_driver else "agency",
        book_from=None if times.opens is None else times.opens.isoformat(),
        book_by=None if times.closes is None else times.closes.isoformat(),
        days_ahead=times.days,
        days_ahead_by=None if times.days_time_s is None else _clock(times.days_time_s),
        is_working_days=bool(rule is not None and rule.on_working_days and times.days is not None),
        phone=None if rule is None else rule.phone or None,
        booking_url=None if rule is None else rule.booking_url or None,
        info_url=None if rule is None else rule.info_url or None,
        message=" ".join(dict.fromkeys(text for text in messages if text)) or None,
        source_class=str(SourceClass.PUBLISHED),
        text="",
    )
    return written.model_copy(update={"text": _say(written, stop, times, words)})


def _say(booking: BookingOut, stop: str, times: _Times, words: Catalogue) -> str:
    """Return a booking in words."""
    parts = [words(f"itinerary.booking_{booking.side}_{booking.arrange_with}", stop=stop)]
    if times.opens is not None:
        parts.append(words("itinerary.booking_from", time=_shown(times.opens)))
    if times.closes is not None:
        parts.append(words("itinerary.booking_by", time=_shown(times.closes)))
    if booking.days_ahead is not None:
        key = "working_days" if booking.is_working_days else "days"
        parts.append(words(f"itinerary.booking_{key}", count=booking.days_ahead))
        if booking.days_ahead_by is not None:
            parts.append(words("itinerary.booking_days_by", time=booking.days_ahead_by))
    if booking.phone is not None:
        parts.append(words("itinerary.booking_phone", phone=booking.phone))
    if booking.booking_url is not None:
        parts.append(booking.booking_url)
    if booking.info_url is not None:
        parts.append(words("itinerary.booking_info", url=booking.info_url))
    text = ", ".join(parts)
    if booking.message is None:
        return text
    return words("itinerary.booking_message", text=text, message=booking.message)


def _shown(time: dt.datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
