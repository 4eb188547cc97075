"""What the readers and builders set aside, as findings."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from network.quality.findings import MAX_EXAMPLES, Kind, build_finding
from network.quality.report import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from network.base import Problem, ProblemLog
    from network.quality.report import Finding

SAME_AS = {
    "first_or_last_stop_time_without_a_time": "stop_time_without_time_at_end",
    "frequency_of_an_unknown_trip": "frequency_of_unknown_trip",
    "stop_time_of_an_unknown_trip": "stop_time_of_unknown_trip",
    "stop_without_an_id_or_coordinates": "stop_without_place",
    "trip_of_an_unknown_route": "trip_of_unknown_route",
    "trip_of_an_unknown_shape": "trip_of_unknown_shape",
    "trip_that_goes_back_in_time": "times_go_back",
    "trip_with_fewer_than_two_usable_calls": "trip_without_ride",
}
"""Codes of kinds that the builder sets aside for one date and a check finds for every date."""

COVERED_BY = {
    "stop_time_of_unknown_trip": ("trip_of_unknown_route",),
    "stop_time_at_an_unknown_stop": (
        "stop_time_of_unknown_stop", "stop_time_at_no_boarding_stop", "stop_without_place",
    ),
    "trip_without_ride": (
        "times_go_back", "stop_time_of_unknown_stop", "stop_time_at_no_boarding_stop",
        "stop_without_place", "stop_time_without_time_at_end",
    ),
}  # fmt: skip
"""Kinds that say nothing new once one of these other findings has been made."""

PARTS = {"transfer_rule_that_cannot_be_used": ("transfer_of_unknown_stop",)}
"""Kinds of which a check finds a part: only the rest of them is said besides."""

_STARTS = {
    "file read as ": "file_encoding",
    "calendar row with a bad ": "calendar_row_unreadable",
    "calendar_dates row with a bad ": "calendar_row_unreadable",
}
_SEVERITIES = {
    Severity.WARNING: (
        "column_given_twice", "exit_gate_that_leads_both_ways", "file_with_nul_bytes",
        "pathway_that_cannot_be_used", "second_trip_that_a_vehicle_goes_on_as",
        "shape_dist_traveled_that_does_not_fit", "shape_far_from_its_stops",
        "shape_point_that_cannot_be_used", "table_in_another_folder_of_the_feed",
        "table_that_cannot_be_used", "transfer_rule_that_cannot_be_used",
        "transfer_rule_that_contradicts_another", "trip_that_overlaps_another_of_its_block",
        "trip_of_unknown_shape", "value_that_is_not_a_number_ignored",
    ),
    Severity.NOTE: (
        "elevation_of_no_street", "file_encoding",
        "row_with_fields_left_out_at_its_end_read_as_blank",
        "shape_against_the_direction_of_its_trips",
        "stop_reached_through_its_station_alone_here_from_the_street_too",
        "stop_time_to_be_booked_or_agreed_with_the_driver",
        "trip_on_demand", "trip_that_stops_anywhere_on_its_way_here_at_its_stops_alone",
        "turn_restriction_that_is_not_whole",
        "way_cut_where_nodes_are_missing", "way_without_two_known_points",
    ),
}  # fmt: skip
"""Kinds that lose nothing, or little; what OSM extracts lose at their edge is a note."""
_SEVERITY_OF = {code: severity for severity, codes in _SEVERITIES.items() for code in codes}


def find_set_aside(log: ProblemLog, *, usual: Severity = Severity.ERROR) -> list[Finding]:
    """Return a finding for each kind of row, trip or way that a log counts, by code.

    A kind's code is its text in snake_case, without what stands in brackets; ``usual`` is how
    much kinds matter that this module does not know better.
    """
    counts: Counter[str] = Counter()
    examples: dict[str, list[Problem]] = {}
    severities: dict[str, Severity] = {}
    for kind, count in log.counts.items():
        code, severity = _code_of(kind)
        severities[code] = severity or usual
        counts[code] += count
        examples.setdefault(code, []).extend(log.examples.get(kind, ()))
    findings = []
    for code in sorted(counts):
        kept = examples[code][:MAX_EXAMPLES]
        finding = build_finding(
            Kind(code=code, severity=severities[code], unit="items"),
            kept[0].file if kept else "",
            kept,
            count=counts[code],
        )
        if finding is not None:
            findings.append(finding)
    return findings


def join_findings(checks: Iterable[Finding], set_aside: Iterable[Finding]) -> list[Finding]:
    """Return the findings of checks with those of the readers that say something new.

    Where a check looked at every date for what the builder set aside on one, the check's
    finding stands alone. All are of one feed.
    """
    joined = list(checks)
    counts = {finding.code: finding.count for finding in joined}
    for finding in set_aside:
        if finding.code in counts or any(c in counts for c in COVERED_BY.get(finding.code, ())):
            continue
        rest = finding.count - sum(counts.get(c, 0) for c in PARTS.get(finding.code, ()))
        if rest > 0:
            joined.append(replace(finding, count=rest))
    return joined


def _code_of(kind: str) -> tuple[str, Severity | None]:
    plain = re.sub(r"\(.*?\)", "", kind).lower()
    slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    code = next((c for start, c in _STARTS.items() if kind.startswith(start)), slug)
    code = SAME_AS.get(code, code)
    return code, _SEVERITY_OF.get(code)
