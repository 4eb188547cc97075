"""A report as plain JSON values; docs/network-check.md says what each is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from network.quality.report import Severity

if TYPE_CHECKING:
    import datetime as dt

    from network.quality.report import (
        FeedSummary,
        Finding,
        QualityReport,
        SecondOpinion,
        StreetSummary,
    )

FORMAT = 1
"""Grows whenever a key changes its meaning or goes away."""


def report_as_dict(report: QualityReport) -> dict[str, Any]:
    """Return a report as plain JSON values."""
    return {
        "format": FORMAT,
        "service_date": _date(report.service_date),
        "checked_on": _date(report.checked_on),
        "counts": {str(severity): report.count(severity) for severity in Severity},
        "feeds": [_feed(feed) for feed in report.feeds],
        "streets": None if report.streets is None else _streets(report.streets),
        "footpaths": {"kind": report.footpaths_kind, "count": report.n_footpaths},
        "findings": [_finding(finding) for finding in report.findings],
        "second_opinions": [_opinion(opinion) for opinion in report.second_opinions],
    }


def _date(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()


def _feed(feed: FeedSummary) -> dict[str, Any]:
    return {
        "name": feed.name,
        "prefix": feed.prefix,
        "sha256": feed.sha256,
        "publisher": feed.publisher,
        "version": feed.version,
        "rows": feed.rows,
        "service_date": _date(feed.service_date),
        "first_date": _date(feed.first_date),
        "last_date": _date(feed.last_date),
        "feed_end_date": _date(feed.feed_end_date),
        "trips_by_date": {date.isoformat(): n for date, n in feed.trips_by_date},
        "trips_by_route_type": {str(kind): n for kind, n in feed.trips_by_route_type.items()},
        "stops_in_use": feed.n_stops_in_use,
        "stop_times": feed.n_stop_times,
        "patterns": feed.n_patterns,
    }


def _streets(streets: StreetSummary) -> dict[str, Any]:
    return {
        "name": streets.name,
        "sha256": streets.sha256,
        "ways": streets.n_ways,
        "junctions": streets.n_nodes,
        "segments": streets.n_segments,
        "vertices": streets.vertices,
        "edges": streets.edges,
        "islands_pruned": streets.islands_pruned,
        "island_junctions_pruned": streets.island_nodes_pruned,
        "turn_restrictions": streets.turn_restrictions,
        "length_km": {mode: round(length, 3) for mode, length in streets.length_km.items()},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "count": finding.count,
        "unit": finding.unit,
        "file": finding.file,
        "examples": [example.as_dict() for example in finding.examples],
        "places": [
            [round(float(lat), 6), round(float(lon), 6)]
            for lat, lon in zip(finding.lat, finding.lon, strict=True)
        ],
    }


def _opinion(opinion: SecondOpinion) -> dict[str, Any]:
    return {
        "file": opinion.file,
        "tool": opinion.tool,
        "version": opinion.version,
        "available": opinion.available,
        "reason": opinion.reason,
        "notices": [
            {"code": code, "severity": severity, "count": n}
            for code, severity, n in opinion.notices
        ],
    }
