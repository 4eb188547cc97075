"""Times of the service day: seconds since noon minus twelve hours, past 24:00 allowed."""

from __future__ import annotations

import re

_CLOCK = re.compile(r"^\s*(\d{1,3}):([0-5]?\d)(?::([0-5]?\d))?\s*$")
_DAY_S = 86_400


def parse_clock(text: str) -> int:
    """Return a clock time as seconds of the service day.

    Hours may exceed 24 (GTFS), may have one digit (``6:40:00``), and seconds may be absent.

    Raises
    ------
    ValueError
        If the text is no clock time; names the text and the form that is expected.

    References
    ----------
    GTFS Schedule reference, field type "Time".
    """
    match = _CLOCK.match(text)
    if match is None:
        msg = f"{text!r} is not a time; expected HH:MM or HH:MM:SS"
        raise ValueError(msg)
    hours, minutes, seconds = match.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def format_clock(seconds: float, *, with_seconds: bool = False) -> str:
    """Return seconds of the service day as ``HH:MM`` (or ``HH:MM:SS``), rounded down.

    Hours go past 24 (GTFS). A time before 0:00 is what the clock shows, and after it how many
    days before: ``23:30 (-1)``.
    """
    whole = int(seconds // 1)
    days = min(whole // _DAY_S, 0)
    whole -= days * _DAY_S
    text = f"{whole // 3600:02d}:{whole % 3600 // 60:02d}"
    if with_seconds:
        text += f":{whole % 60:02d}"
    return f"{text} ({days})" if days else text
