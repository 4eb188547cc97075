"""The tables beside a network's map, as rows of words and numbers in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from demand.zones import LEVELS
from network.quality.report import Severity
from scenarios.atlas.layers import count_own_trips, name_mode
from scenarios.quality_words import get_quality_words

if TYPE_CHECKING:
    from network import Network
    from network.quality.report import QualityReport
    from scenarios.atlas.view import TerritoryView
    from scenarios.report.text import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding in words: how bad, what, how many, what it means, examples."""

    severity: str
    severity_name: str
    title: str
    count: str
    unit: str
    file: str
    explanation: str
    mend: str
    examples: tuple[str, ...]


def network_class(network: Network | None) -> str:
    """Return the source class of the timetable: headways are estimates of single departures."""
    if network is None:
        return "published"
    return "estimated" if network.timetable.trip_is_headway.any() else "published"


def count_rows(
    words: Catalogue, network: Network | None, report: QualityReport | None
) -> list[tuple[str, str, str]]:
    """Return what the network holds, as (what, number, unit or remark)."""
    rows: list[tuple[str, str, str]] = []

    def add(key: str, value: float, remark: str = "") -> None:
        rows.append((words(f"count.{key}"), words.number(value, 0), remark))

    if network is not None:
        timetable, footpaths = network.timetable, network.footpaths
        add("stations", len(timetable.stops.station_names))
        add("stops", timetable.n_stops)
        add("routes", len(np.unique(timetable.pattern_route)))
        add("patterns", timetable.n_patterns)
        own = int(count_own_trips(timetable).sum())
        headways = int(np.count_nonzero(timetable.trip_is_headway))
        add("trips", own, words("count.headways", n=words.number(headways, 0)) if headways else "")
        if own < timetable.n_trips:
            add("spill", timetable.n_trips - own)
        add("stop_times", int(np.count_nonzero(timetable.departure_s >= 0)))
        kind = _walk_kind(words, footpaths.kind)
        add("footpaths", len(footpaths.stop), f"{kind}, ≤ {footpaths.limit_s // 60} min")
    streets = None if report is None else report.streets
    if streets is not None:
        add("ways", streets.n_ways)
        for mode, length in streets.length_km.items():
            pruned = words.number(streets.islands_pruned.get(mode, 0), 0)
            rows.append(
                (
                    words(f"count.{mode}_km"),
                    words.number(length, 0),
                    words("count.km_islands", n=pruned),
                )
            )
    elif network is not None and network.streets is not None:
        add("ways", network.streets.n_ways_read)
    return rows


def _walk_kind(words: Catalogue, kind: str) -> str:
    """Return what walks rest on in words: streets, or the straight line times a factor."""
    _, times, factor = kind.partition(" x ")
    if not times:
        return words("count.on_streets")
    return words("count.straight", factor=words.number(float(factor), 1))


def mode_rows(words: Catalogue, network: Network | None) -> list[tuple[str, str, str]]:
    """Return the modes as (name, lines, trips a day), most trips first."""
    if network is None:
        return []
    timetable = network.timetable
    trips = count_own_trips(timetable)
    totals: dict[str, tuple[set[str], int]] = {}
    for pattern, route in enumerate(timetable.pattern_route.tolist()):
        mode = name_mode(int(timetable.routes.types[route]))
        lines, count = totals.get(mode, (set(), 0))
        lines.add(f"{timetable.routes.agencies[route]}/{timetable.routes.lines[route]}")
        totals[mode] = (lines, count + int(trips[pattern]))
    ordered = sorted(totals.items(), key=lambda item: (-item[1][1], item[0]))
    return [
        (words(f"mode.{mode}"), words.number(len(lines), 0), words.number(count, 0))
        for mode, (lines, count) in ordered
    ]


def finding_rows(words: Catalogue, report: QualityReport) -> list[FindingRow]:
    """Return the findings in the report's order, from the worst on."""
    quality = get_quality_words(words.lang)
    rows = []
    for finding in report.findings:
        text = quality.finding(finding.code)
        rows.append(
            FindingRow(
                severity=str(finding.severity),
                severity_name=quality.severity(str(finding.severity)),
                title=text.title,
                count=words.number(finding.count, 0),
                unit=quality.unit(finding.unit, finding.count),
                file=finding.file,
                explanation=text.explanation,
                mend=text.mend,
                examples=tuple(str(problem) for problem in finding.examples[:5]),
            )
        )
    return rows


def opinion_rows(words: Catalogue, report: QualityReport) -> list[dict[str, Any]]:
    """Return what independent validators say, their notices from the worst on."""
    order = {severity.value.upper(): i for i, severity in enumerate(Severity)}
    rows = []
    for opinion in report.second_opinions:
        notices = sorted(
            opinion.notices, key=lambda n: (order.get(n[1].upper(), len(order)), -n[2], n[0])
        )
        rows.append(
            {
                "file": opinion.file,
                "tool": f"{opinion.tool} {opinion.version}".strip(),
                "available": opinion.available,
                "reason": opinion.reason,
                "notices": [
                    (code, severity.lower(), words.number(count, 0))
                    for code, severity, count in notices
                ],
            }
        )
    return rows


def people_class(view: TerritoryView) -> str:
    """Return the source class of the zones' people; nothing where none are known."""
    figures = [values for values in (view.population, view.jobs) if values is not None]
    return view.people_class if any(not np.isnan(v).all() for v in figures) else ""


def zone_rows(words: Catalogue, view: TerritoryView) -> list[tuple[str, str, str, str]]:
    """Return the leaf zones by level as (level, zones, population, jobs), "-" where unknown."""
    zones = view.zones
    if zones is None:
        return []
    level_of = np.asarray([zones.levels[zone_id] for zone_id in zones.ids], dtype=object)
    rows = []
    for level in LEVELS:
        inside = level_of == level
        if inside.any():
            sums = [
                "–" if values is None or np.isnan(values[inside]).all()
                else words.number(float(np.nansum(values[inside])), 0)
                for values in (view.population, view.jobs)
            ]  # fmt: skip
            rows.append(
                (words(f"level.{level}"), words.number(int(inside.sum()), 0), sums[0], sums[1])
            )
    return rows
