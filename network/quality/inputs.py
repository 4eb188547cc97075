"""The files of a check: read all of them, and choose the date of each feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from network.base.errors import NetworkInputError
from network.building.calendar import ServiceCalendar
from network.quality.coverage import choose_dates
from network.quality.feed import compute_coverage
from network.quality.findings import Kind, Words, build_finding, problem
from network.quality.report import Severity
from network.readers.sources import name_sources
from network.readers.tables import read_feed_tables

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from network.base import Problem, Progress
    from network.building.inputs import FeedSource, FeedTables
    from network.quality.coverage import Coverage
    from network.quality.report import Finding
    from network.streets.graph import StreetGraph

_NOT_ON_DATE = Kind(code="feed_not_on_date", severity=Severity.ERROR, unit="feeds")
_APART = Kind(code="calendars_apart", severity=Severity.WARNING, unit="feeds")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedInput:
    """One feed as read; its date is None where it has no service to build."""

    source: FeedSource
    tables: FeedTables
    coverage: Coverage
    service_date: dt.date | None = None

    @property
    def n_trips(self) -> int:
        """Trips that start on the feed's date."""
        return 0 if self.service_date is None else self.coverage.trips_on(self.service_date)


def read_inputs(
    sources: Sequence[FeedSource], streets_path: Path | None, progress: Progress
) -> tuple[list[FeedInput], StreetGraph | None]:
    """Read every file, feeds by prefix.

    Raises
    ------
    NetworkInputError
        If any cannot be read; names the problems of all.
    """
    problems: list[Problem] = []
    inputs: list[FeedInput] = []
    streets = None
    named = name_sources(sources) if sources else []
    for done, source in enumerate(named):
        progress("feeds", done, len(named))
        try:
            tables = read_feed_tables(source.path, progress=progress)
        except NetworkInputError as error:
            problems.extend(error.problems)
        else:
            coverage = compute_coverage(tables)
            inputs.append(FeedInput(source=source, tables=tables, coverage=coverage))
    if streets_path is not None:
        from network.readers.osm import read_streets  # feeds alone do without what it imports

        try:
            streets = read_streets(streets_path, progress=progress)
        except NetworkInputError as error:
            problems.extend(error.problems)
    if problems:
        raise NetworkInputError(*problems)
    return inputs, streets


def date_inputs(inputs: list[FeedInput], date: dt.date | None, today: dt.date) -> list[FeedInput]:
    """Return the feeds with their service dates: ``date`` where given, else chosen ones.

    Raises
    ------
    NetworkInputError
        If no feed has service on ``date``; names the dates that each covers.
    """
    if date is None:
        dates = choose_dates([one.coverage for one in inputs], today)
        return [
            replace(one, service_date=one.source.service_date or day)
            for one, day in zip(inputs, dates, strict=True)
        ]
    dated = [
        one if _problems_on(one, date) else replace(one, service_date=_own_date(one, date))
        for one in inputs
    ]
    if inputs and all(one.service_date is None for one in dated):
        raise NetworkInputError(*[p for one in inputs for p in _problems_on(one, date)])
    return dated


def find_date_faults(inputs: list[FeedInput], date: dt.date | None) -> Iterator[Finding]:
    """Find feeds without service on the date asked for, and feeds without a common date."""
    for one in inputs:
        if date is not None and one.service_date is None:
            problems = _problems_on(one, date)
            finding = build_finding(_NOT_ON_DATE, one.tables.name, problems, count=1)
            if finding is not None:
                yield finding
    served = [one for one in inputs if one.service_date is not None]
    if len({one.service_date for one in served}) < 2:
        return
    examples = [
        problem(
            one.tables.name,
            Words(
                found=f"covers {one.coverage.first_date} to {one.coverage.last_date}; built with "
                f"its {one.service_date}",
                expected="a date on which every feed has service",
                mend="Take feeds of the same season, or keep in mind that each has its own date.",
            ),
        )
        for one in served
    ]
    files = ", ".join(one.tables.name for one in served)
    finding = build_finding(_APART, files, examples, count=len(served))
    if finding is not None:
        yield finding


def _own_date(one: FeedInput, date: dt.date) -> dt.date:
    return one.source.service_date or date


def _problems_on(one: FeedInput, date: dt.date) -> tuple[Problem, ...]:
    """Return what is wrong with a date for a feed; nothing where it has service."""
    try:
        ServiceCalendar(one.tables).require_service(_own_date(one, date))
    except NetworkInputError as error:
        return error.problems
    return ()
