"""What a feed says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.building.rows import texts
from network.timetable import FeedInfo

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from network.building.calendar import ServiceCalendar
    from network.building.inputs import FeedTables


def build_feed_info(
    tables: FeedTables, calendar: ServiceCalendar, service_date: dt.date
) -> FeedInfo:
    """Build what a feed says of itself, from feed_info.txt, attributions.txt, its calendar."""
    first, last = calendar.span() or (service_date, service_date)
    attributions = set() if tables.attributions is None else _names(tables.attributions)
    return FeedInfo(
        name=tables.name,
        prefix="",
        service_date=service_date,
        first_date=first,
        last_date=last,
        publisher=_first(tables.feed_info, "feed_publisher_name"),
        version=_first(tables.feed_info, "feed_version"),
        language=_first(tables.feed_info, "feed_lang"),
        attributions=tuple(sorted(attributions)),
    )


def _names(attributions: pd.DataFrame) -> set[str]:
    return {str(name) for name in texts(attributions["organization_name"]) if name}


def _first(frame: pd.DataFrame | None, column: str) -> str:
    """Return the first of a column that says something; feed_info.txt has one row."""
    if frame is None:
        return ""
    return next((str(text) for text in texts(frame[column]) if text), "")
