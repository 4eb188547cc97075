"""The feeds of a new pack: which date runs, and what stands before their ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.base import Problem, no_progress
from network.base.errors import ScenarioInputError
from network.building.inputs import FeedSource
from network.readers import count_service
from scenarios.network_inputs import choose_service_date
from scenarios.pack_tables import fold_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from network.base import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenFeeds:
    """Feeds with their prefixes, the date of the network, and those that run another date."""

    feeds: tuple[FeedSource, ...]
    service_date: dt.date

    @property
    def elsewhere(self) -> tuple[FeedSource, ...]:
        """The feeds that run a date of their own."""
        return tuple(feed for feed in self.feeds if feed.service_date is not None)


def choose_feeds(
    paths: Sequence[Path], date: dt.date | None, *, progress: Progress = no_progress
) -> ChosenFeeds:
    """Choose the date of several feeds together.

    Without ``date`` it is the weekday on which most feeds run, then most trips
    (:func:`choose_service_date`). A feed that does not cover it runs, instead, its own
    busiest day of the same day of the week (the earliest of those), else its busiest day.

    Raises
    ------
    ScenarioInputError
        If a feed is given twice, or no feed covers the date; names what they cover.
    NetworkInputError
        If a feed cannot be read.
    """
    resolved = [path.resolve() for path in paths]
    for i, path in enumerate(resolved):
        if path in resolved[:i]:
            raise ScenarioInputError(
                Problem(
                    file=str(paths[i]),
                    found="the same feed twice",
                    expected="each feed once",
                    mend="Leave one --gtfs out.",
                )
            )
    counts: dict[Path, dict[dt.date, int]] = {}
    for i, path in enumerate(paths):
        progress("network", i, 2 * len(paths))
        counts[path] = count_service(path)
    chosen = date or choose_service_date(counts)
    if not any(chosen in feed for feed in counts.values()):
        raise ScenarioInputError(*(_not_covered(path, chosen, counts[path]) for path in paths))
    prefixes = choose_prefixes(paths)
    return ChosenFeeds(
        service_date=chosen,
        feeds=tuple(
            FeedSource(
                path=path,
                prefix=prefixes[i],
                service_date=None if chosen in counts[path] else _like(chosen, counts[path]),
            )
            for i, path in enumerate(paths)
        ),
    )


def choose_prefixes(paths: Sequence[Path]) -> list[str]:
    """Return what stands before the ids of each feed: from the file's name, "" for one alone."""
    if len(paths) == 1:
        return [""]
    prefixes: list[str] = []
    for path in paths:
        stem = path.name.removesuffix(path.suffix) if path.is_file() else path.name
        words = [word for word in fold_name(stem).lower().split() if word != "gtfs"]
        plain = re.sub(r"[^a-z0-9_]", "", "_".join(words)) or "feed"
        prefix, number = plain, 1
        while prefix in prefixes:
            number += 1
            prefix = f"{plain}{number}"
        prefixes.append(prefix)
    return prefixes


def _like(date: dt.date, counts: Mapping[dt.date, int]) -> dt.date:
    """Return the day of a feed that is most like a date the feed does not cover."""
    same = [day for day in counts if day.weekday() == date.weekday()]
    if not counts:
        return date
    return min(same or counts, key=lambda day: (-counts[day], day))


def _not_covered(path: Path, date: dt.date, counts: Mapping[dt.date, int]) -> Problem:
    days = sorted(counts)
    covered = f"{days[0]} to {days[-1]}" if days else "no date at all"
    return Problem(
        file=str(path),
        field="--date",
        found=f"{date}, on which nothing runs",
        expected=f"a date that the feed covers: {covered}",
        mend="Give another --date, or leave it out.",
    )
