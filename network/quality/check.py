"""The quality gate: files in, a report of what is wrong with them and a network out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from network.base import no_progress
from network.base.errors import NetworkInputError
from network.building.inputs import FeedSource
from network.quality.building import build_feed, join_network
from network.quality.feed import prepare_feed
from network.quality.findings import Kind, build_finding
from network.quality.inputs import date_inputs, find_date_faults, read_inputs
from network.quality.network_checks import prepare_network
from network.quality.reading import find_set_aside, join_findings
from network.quality.registry import NETWORK_CHECKS, STREET_CHECKS, feed_checks
from network.quality.report import QualityReport, Severity
from network.quality.second_opinion import ask_second_opinion
from network.quality.summary import summarise_feed, summarise_streets
from network.readers.kinds import hash_path
from network.readers.vehicles import default_vehicles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from network.base import Progress
    from network.building.inputs import VehicleCapacities
    from network.network import Network
    from network.quality.inputs import FeedInput
    from network.quality.report import FeedSummary, Finding, StreetSummary
    from network.streets.graph import StreetGraph

_NOT_BUILT = Kind(code="feed_not_built", severity=Severity.ERROR, unit="feeds")
_RANKS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def check_files(
    feeds: Sequence[Path | FeedSource],
    streets_path: Path | None = None,
    *,
    date: dt.date | None = None,
    today: dt.date | None = None,
    second_opinion: bool | None = None,
    progress: Progress = no_progress,
) -> tuple[QualityReport, Network | None]:
    """Check feeds and an extract, and build the network of one service date from them.

    Parameters
    ----------
    feeds
        Zip files or folders; a source may name its prefix and its own service date.
    streets_path
        An OSM extract; None leaves walks to the straight line.
    date
        The service date to build. Left out, one is chosen as
        :func:`network.quality.coverage.choose_dates` says.
    today
        The date on which expiry is judged; the computer's own where left out.
    second_opinion
        Ask gtfs-guru too: always, never, or (None) where the feed is not too large.
    progress
        Called with the stages ``feeds``, ``network``, ``check``, ``second_opinion`` and those
        of the readers and builders.

    Returns
    -------
    report, network
        The network is None where the files leave nothing to build on; the report says why.
        It runs the trips of the service date alone, without those past midnight of the day
        before.

    Raises
    ------
    NetworkInputError
        If a file cannot be read, or no feed has service on ``date``; names every problem.
    """
    now = today or dt.date.today()  # noqa: DTZ011 - the user's own day
    sources = [f if isinstance(f, FeedSource) else FeedSource(path=f) for f in feeds]
    inputs, streets = read_inputs(sources, streets_path, progress)
    inputs = date_inputs(inputs, date, now)
    findings = list(find_date_faults(inputs, date))
    vehicles = default_vehicles()
    network = _build(inputs, streets, vehicles, findings, progress)
    summaries = [_check_feed(one, network, now, vehicles, findings, progress) for one in inputs]
    if network is not None:
        _check_network(network, inputs, findings, progress)
    opinions = [
        ask_second_opinion(
            one.source.path, now, is_asked_for=second_opinion is True, progress=progress
        )
        for one in inputs
        if second_opinion is not False
    ]
    street_summary = None
    if streets is not None and streets_path is not None:
        street_summary = _check_streets(streets, hash_path(streets_path), findings)
    report = QualityReport(
        service_date=None if network is None else network.timetable.service_date,
        checked_on=now,
        feeds=tuple(summaries),
        streets=street_summary,
        findings=tuple(sorted(findings, key=lambda f: (_RANKS[f.severity], f.code, f.file))),
        second_opinions=tuple(opinions),
        footpaths_kind="" if network is None else network.footpaths.kind,
        n_footpaths=0 if network is None else len(network.footpaths.stop),
    )
    return report, network


def _build(
    inputs: list[FeedInput],
    streets: StreetGraph | None,
    vehicles: VehicleCapacities,
    findings: list[Finding],
    progress: Progress,
) -> Network | None:
    """Build the network of the feeds that have a date; None where nothing comes of any."""
    built = []
    for done, one in enumerate(inputs):
        progress("network", done, len(inputs))
        if one.service_date is None:
            continue
        try:
            feed = build_feed(
                one.tables, one.service_date, prefix=one.source.prefix, vehicles=vehicles
            )
        except NetworkInputError as error:
            finding = build_finding(_NOT_BUILT, one.tables.name, error.problems, count=1)
            findings.extend([finding] if finding is not None else [])
        else:
            built.append((one.n_trips, one.service_date, feed))
    if not built:
        return None
    # Where each feed has its own date, the network has that of the feed with most trips.
    _, service_date, _ = max(built, key=lambda row: row[0])
    return join_network(
        [feed for _, _, feed in built], service_date, streets=streets, progress=progress
    )


def _check_feed(
    one: FeedInput,
    network: Network | None,
    today: dt.date,
    vehicles: VehicleCapacities,
    findings: list[Finding],
    progress: Progress,
) -> FeedSummary:
    """Run the checks of one feed; return the feed in numbers."""
    feed = prepare_feed(one.tables, one.coverage, today)
    checks = feed_checks(vehicles)
    found: list[Finding] = []
    for done, check in enumerate(checks):
        progress("check", done, len(checks))
        finding = check(feed)
        if finding is not None:
            found.append(finding)
    findings.extend(join_findings(found, find_set_aside(one.tables.log)))
    return summarise_feed(
        feed,
        prefix=one.source.prefix,
        sha256=hash_path(one.source.path),
        service_date=one.service_date,
        timetable=None if network is None else network.timetable,
    )


def _check_streets(streets: StreetGraph, sha256: str, findings: list[Finding]) -> StreetSummary:
    """Run the checks of an extract; return it in numbers."""
    for check in STREET_CHECKS:
        findings.extend(check(streets))
    findings.extend(find_set_aside(streets.set_aside, usual=Severity.WARNING))
    return summarise_streets(streets, sha256)


def _check_network(
    network: Network, inputs: list[FeedInput], findings: list[Finding], progress: Progress
) -> None:
    """Run the checks that need what was built."""
    checked = prepare_network(
        network,
        tuple(one.tables for one in inputs),
        tuple(one.source.prefix for one in inputs),
    )
    for done, check in enumerate(NETWORK_CHECKS):
        progress("check", done, len(NETWORK_CHECKS))
        findings.extend(check(checked))
