"""Speed limits, lanes and durations as they are tagged."""

from __future__ import annotations

import re
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KMH_PER_MPH = 1.609344
KMH_PER_KNOT = 1.852
MIN_LIMIT_KMH, MAX_LIMIT_KMH = 3.0, 200.0
"""Limits outside these are typing errors."""

_NUMBER = re.compile(r"^(\d+(?:[.,]\d+)?)\s*(mph|kmh|km/h|kph|knots)?$", re.IGNORECASE)
_ZONE_NUMBER = re.compile(r"^([A-Z]{2})?(?:-[A-Z]+)?:?(?:zone:?)?(\d+)$", re.IGNORECASE)
_ISO_DURATION = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$", re.IGNORECASE)
_MPH_COUNTRIES = {"GB", "UK", "US"}
_SAYS_NOTHING = {"signals", "variable", "implicit", "unposted", "unknown", "default", "sign"}

LIMIT_SOURCE_KEYS = ("zone:maxspeed", "maxspeed:type", "source:maxspeed", "zone:traffic")
"""Keys that name a speed zone, read where no limit is tagged."""


def parse_limit(text: str, zone_kmh: Mapping[str, float]) -> float | None:
    """Return a speed limit in km/h: NaN where the value says nothing, None where unreadable.

    Of several limits (``50; 40``) the lowest holds.

    References
    ----------
    OpenStreetMap wiki, Key:maxspeed and Speed limits.
    """
    limits = [_parse_one(part.strip(), zone_kmh) for part in text.split(";")]
    known = [limit for limit in limits if limit is not None and isfinite(limit)]
    if known:
        return min(known)
    return None if None in limits else nan


def _parse_one(text: str, zone_kmh: Mapping[str, float]) -> float | None:
    if text.lower() in _SAYS_NOTHING:
        return nan
    number = _NUMBER.match(text)
    if number:
        unit = (number[2] or "").lower()
        factor = {"mph": KMH_PER_MPH, "knots": KMH_PER_KNOT}.get(unit, 1.0)
        return _plausible(float(number[1].replace(",", ".")) * factor)
    country, _, zone = text.rpartition(":")
    for key in (text, f"{country.upper()}:{zone.lower()}", zone.lower()):
        if key in zone_kmh:
            return zone_kmh[key]
    zoned = _ZONE_NUMBER.match(text)
    if zoned:
        in_mph = (zoned[1] or "").upper() in _MPH_COUNTRIES
        return _plausible(float(zoned[2]) * (KMH_PER_MPH if in_mph else 1.0))
    return None


def _plausible(kmh: float) -> float | None:
    return kmh if MIN_LIMIT_KMH <= kmh <= MAX_LIMIT_KMH else None


def find_limits(
    tags: Mapping[str, str], zone_kmh: Mapping[str, float]
) -> tuple[float, float, list[str]]:
    """Return the limits of cars forward and backward in km/h (NaN none), and unreadable keys."""
    unread: list[str] = []

    def read(key: str) -> float:
        text = tags.get(key)
        if text is None:
            return nan
        limit = parse_limit(text, zone_kmh)
        if limit is None:
            unread.append(key)
            return nan
        return limit

    both = read("maxspeed")
    if not isfinite(both):
        for key in LIMIT_SOURCE_KEYS:
            # Free text ("decree of ...") is usual in these keys, so it is no error there.
            limit = parse_limit(tags[key], zone_kmh) if key in tags else None
            if limit is not None and isfinite(limit):
                both = limit
                break
    forward, backward = read("maxspeed:forward"), read("maxspeed:backward")
    return (
        forward if isfinite(forward) else both,
        backward if isfinite(backward) else both,
        unread,
    )


def parse_duration(text: str) -> float | None:
    """Return a duration tag (``MM``, ``HH:MM``, ``HH:MM:SS`` or ISO 8601) in seconds, or None.

    References
    ----------
    OpenStreetMap wiki, Key:duration.
    """
    iso = _ISO_DURATION.match(text.strip())
    if iso and any(iso.groups()):
        hours, minutes, seconds = (float(part or 0) for part in iso.groups())
        return _positive(hours * 3600 + minutes * 60 + seconds)
    parts = text.strip().split(":")
    if len(parts) > 3 or not all(re.fullmatch(r"\d+(?:\.\d+)?", part) for part in parts):
        return None
    numbers = [float(part) for part in parts]
    if len(numbers) == 1:
        return _positive(numbers[0] * 60)
    return _positive(sum(n * unit for n, unit in zip(numbers, (3600, 60, 1), strict=False)))


def _positive(seconds: float) -> float | None:
    return seconds if 0 < seconds < inf else None


def count_lanes(tags: Mapping[str, str]) -> int:
    """Return the lanes of both directions together, 0 where unknown."""
    lanes = _first_number(tags.get("lanes"))
    if lanes == 0:
        lanes = _first_number(tags.get("lanes:forward")) + _first_number(tags.get("lanes:backward"))
    return min(lanes, 100)


def _first_number(text: str | None) -> int:
    match = re.match(r"\s*(\d{1,3})", text or "")
    return int(match[1]) if match else 0
