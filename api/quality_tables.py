"""A quality report as tables in a terminal, at 100 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from api.text import get_words
from network.quality.report import Severity
from scenarios.quality_words import get_quality_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from network.quality.report import (
        FeedSummary,
        Finding,
        QualityReport,
        SecondOpinion,
        StreetSummary,
    )
    from scenarios.quality_words import QualityWords
    from scenarios.report import Catalogue

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
_MAX_NOTICES = 12


def print_report(console: Console, report: QualityReport, lang: str) -> None:
    """Print what a check found: the files in numbers, findings worst first, second opinions."""
    words, own = get_quality_words(lang), get_words(lang)
    for feed in report.feeds:
        console.print(build_feed(feed, own))
    if report.streets is not None:
        console.print(build_streets(report.streets, own))
    if report.findings:
        console.print(build_findings(report.findings, words, own, short=len(report.feeds) == 1))
        for finding in report.findings:
            if finding.severity is not Severity.NOTE:
                print_examples(console, finding, words)
    for opinion in report.second_opinions:
        console.print(build_opinion(opinion, words, own))
    console.print(Text(conclude(report, words, own), style="bold"))


def conclude(report: QualityReport, words: QualityWords, own: Catalogue) -> str:
    """Return the verdict in a sentence or two."""
    numbers = {severity: _kinds(report, severity) for severity in Severity}
    found = ", ".join(
        f"{own.number(n, 0)} {words.severity(severity, n)}" for severity, n in numbers.items()
    )
    if report.service_date is not None:
        verdict = own(
            "check.built",
            date=report.service_date,
            kind=describe_footpaths(report.footpaths_kind, own),
            count=own.number(report.n_footpaths, 0),
        )
    else:
        verdict = own("check.not_built" if report.feeds else "check.streets_only")
    return f"{verdict}\n{own('check.found', found=found)}"


def build_feed(feed: FeedSummary, own: Catalogue) -> Table:
    """Return a feed in numbers: rows by table, dates, trips on the service date by mode."""
    table = _table(own("check.feed", name=feed.name))
    table.add_column(own("table.indicator"), ratio=1)
    table.add_column(own("table.value"), justify="right")
    for name, count in feed.rows.items():
        table.add_row(own("check.rows", table=f"{name}.txt"), own.number(count, 0))
    if feed.first_date is None or feed.last_date is None:
        table.add_row(own("check.dates"), own("check.no_date"))
    else:
        table.add_row(
            own("check.dates"), own("check.from_to", first=feed.first_date, last=feed.last_date)
        )
        served = sum(1 for _, n in feed.trips_by_date if n)
        table.add_row(
            own("check.dates_served"),
            own("check.share", part=own.number(served, 0), total=len(feed.trips_by_date)),
        )
        date, most = max(feed.trips_by_date, key=lambda pair: (pair[1], -pair[0].toordinal()))
        table.add_row(own("check.busiest", date=date), own.number(most, 0))
    if feed.service_date is not None:
        for kind, count in sorted(feed.trips_by_route_type.items()):
            mode = own.find("route_type", str(kind))
            table.add_row(
                own("check.trips", date=feed.service_date, mode=mode), own.number(count, 0)
            )
        table.add_row(own("check.stops_in_use"), own.number(feed.n_stops_in_use, 0))
        table.add_row(own("check.stop_times"), own.number(feed.n_stop_times, 0))
        table.add_row(own("check.patterns"), own.number(feed.n_patterns, 0))
    return table


def build_streets(streets: StreetSummary, own: Catalogue) -> Table:
    """Return an extract in numbers, by mode."""
    heading = own(
        "check.streets",
        name=streets.name,
        ways=own.number(streets.n_ways, 0),
        restrictions=own.number(streets.turn_restrictions, 0),
    )
    table = _table(heading)
    table.add_column(own("check.mode"), ratio=1)
    for key in ("length", "junctions", "edges", "islands", "island_junctions"):
        table.add_column(own(f"check.{key}"), justify="right")
    for mode, length_km in streets.length_km.items():
        counts = (streets.vertices, streets.edges, streets.islands_pruned)
        table.add_row(
            own.find("check", f"mode_{mode}"),
            own.number(length_km, 0),
            *(own.number(count[mode], 0) for count in counts),
            own.number(streets.island_nodes_pruned[mode], 0),
        )
    return table


def build_findings(
    findings: Sequence[Finding], words: QualityWords, own: Catalogue, *, short: bool = False
) -> Table:
    """Return the findings in their order; ``short`` leaves the feed out of a file's name."""
    table = _table(own("check.findings"))
    table.add_column(own("check.severity"), no_wrap=True)
    table.add_column(own("check.what"), ratio=2)
    table.add_column(own("check.count"), justify="right", no_wrap=True)
    table.add_column(own("table.unit"), no_wrap=True)
    table.add_column(own("check.where"), ratio=1, overflow="fold")
    for finding in findings:
        table.add_row(
            Text(words.severity(finding.severity), style=_STYLES[finding.severity]),
            words.finding(finding.code).title,
            own.number(finding.count, 0),
            words.unit(finding.unit, finding.count),
            finding.file.rpartition("/")[2] if short else finding.file,
        )
    return table


def print_examples(console: Console, finding: Finding, words: QualityWords) -> None:
    """Print what a finding means, its examples, and how to mend it."""
    said = words.finding(finding.code)
    console.print(Text(said.title, style=_STYLES[finding.severity]))
    console.print(_wrapped(console, said.explanation))
    for example in finding.examples:
        where = example.file if example.row is None else f"{example.file}:{example.row}"
        if example.field is not None:
            where = f"{where}, {example.field}"
        # Of a row the title says enough; of a whole file not, as of a date outside a feed.
        found = example.found if example.row else f"{example.found}; expected {example.expected}"
        console.print(_wrapped(console, f"{where}  {found}", indent="    "), style="dim")
    console.print(_wrapped(console, said.mend))
    console.print()


def build_opinion(opinion: SecondOpinion, words: QualityWords, own: Catalogue) -> Table:
    """Return what another validator says; its own codes, which its documents explain."""
    name = f"{opinion.tool} {opinion.version}".strip()
    table = _table(own("check.opinion", tool=name, file=opinion.file))
    if not opinion.available:
        table.add_column(own("check.no_opinion", reason=opinion.reason))
        return table
    table.add_column(own("check.severity"), no_wrap=True)
    table.add_column(own("check.notice"), ratio=1)
    table.add_column(own("check.count"), justify="right")
    for code, severity, count in opinion.notices[:_MAX_NOTICES]:
        table.add_row(words.severity(severity), code, own.number(count, 0))
    left = len(opinion.notices) - _MAX_NOTICES
    if left > 0:
        table.add_row("", own("check.more", count=left), "")
    if not opinion.notices:
        table.add_row("", own("check.nothing"), "")
    return table


def describe_footpaths(kind: str, own: Catalogue) -> str:
    """Return what walks rest on, in words: streets, or the straight line and its factor."""
    start, _, factor = kind.rpartition(" x ")
    if not start:
        return own.find("check", f"walks_{kind}")
    return own(
        "check.walks_straight", factor=own.number(float(factor), len(factor.partition(".")[2]))
    )


def _wrapped(console: Console, text: str, *, indent: str = "  ") -> Text:
    lines = textwrap.wrap(
        text,
        console.width,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
    )
    return Text("\n".join(lines))


def _kinds(report: QualityReport, severity: Severity) -> int:
    return sum(1 for finding in report.findings if finding.severity is severity)


def _table(heading: str) -> Table:
    return Table(
        title=heading,
        title_justify="left",
        title_style="bold",
        header_style="",
        box=SIMPLE_HEAD,
        expand=True,
        pad_edge=False,
    )
