"""The routing benchmark's rows as tables for a terminal, and as JSON values."""

from __future__ import annotations

import statistics
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmarks.peers.question import NO_ARRIVAL
from benchmarks.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.peers.compare import Comparison, Disagreement
    from benchmarks.peers.question import Answers
    from benchmarks.routing_table import CityResult, RowResult
    from benchmarks.rows import Row

_HEADINGS = (
    "engine",
    "walks",
    "agree",
    "with its rules",
    "walk CPU ms",
    "median ms",
    "p95 ms",
    "CPU ms",
    "x fastest",
    "x exact",
    "whole x",
    "open s",
    "MiB",
)
Ratios = dict[str, float | None]


def format_row(result: RowResult) -> str:
    """Format a row: its engines, those unavailable, causes with examples, divergences."""
    row = ROWS[result.row]
    ran = [one for one in result.answers if not one.unavailable]
    beside = {one.engine: one for one in result.comparisons}
    lines = [f"{result.row}: {result.about} ({result.n_questions} drawn)"]
    lines += _align(_facts(ran) if row.measure else _times(row, ran, beside))
    if not row.measure:
        lines += _peers(row, ran, beside)
    lines += [
        f"{one.engine}: unavailable, {one.unavailable}" for one in result.answers if one.unavailable
    ]
    first = next(iter(row.engines))
    for one in result.comparisons:
        lines += [f"{one.engine}: {n} x {cause}" for cause, n in one.causes.items()]
        lines += [_example(first, one.engine, example) for example in one.examples()]
    return "\n".join(lines + [f"DIVERGENCE: {text}" for text in result.divergences])


def compute_ratios(
    row: Row, ran: Sequence[Answers], beside: dict[str, Comparison]
) -> dict[str, Ratios]:
    """Compute each engine's median CPU over that of the fastest peer.

    Returns
    -------
    ratios
        By engine: ``fastest``, of the search, over the fastest peer of all; ``exact``, over the
        fastest of those whose every answer agrees with ours or does by its rules; ``whole``,
        walks included, over the fastest peer that finds its walks too. None where either side
        has no such figure: an engine that finds its walks within the search has no search
        alone, one that is given them has no whole.
    """
    search = {
        one.engine: median_ms(one.cpu_s) for one in ran if row.engines[one.engine].walks != "within"
    }
    whole = {
        one.engine: median_ms(one.whole_cpu_s())
        for one in ran
        if row.engines[one.engine].walks != "given"
    }
    peers = [one.engine for one in ran if not row.engines[one.engine].is_own]
    exact = [
        name
        for name in peers
        if name in beside and beside[name].n_explained == beside[name].n_pairs
    ]
    if not any(row.engines[one.engine].walks in ("given", "ours") for one in ran):
        search = whole  # nobody is given walks: the one figure is the whole
    return {
        one.engine: {
            "fastest": _over(search, one.engine, peers),
            "exact": _over(search, one.engine, exact),
            "whole": _over(whole, one.engine, peers),
        }
        for one in ran
    }


def as_dict(result: CityResult) -> dict[str, Any]:
    """Return a city's rows as JSON values, with medians and ratios beside the single times.

    Answers that are whole tables are left out: they are compared, not read.
    """
    return {**asdict(result), "rows": [_row_as_dict(row) for row in result.rows]}


def median_ms(seconds: Sequence[float]) -> float:
    """Return the median in milliseconds, 0 of nothing."""
    return statistics.median(seconds) * 1000 if seconds else 0.0


def p95_ms(seconds: Sequence[float]) -> float:
    """Return the 95th percentile by nearest rank in milliseconds, 0 of nothing."""
    ordered = sorted(seconds)
    rank = -(-95 * len(ordered) // 100)
    return ordered[rank - 1] * 1000 if ordered else 0.0


def _row_as_dict(result: RowResult) -> dict[str, Any]:
    row = ROWS[result.row]
    ran = [one for one in result.answers if not one.unavailable]
    beside = {one.engine: one for one in result.comparisons}
    ratios = compute_ratios(row, ran, beside)
    answers = []
    for one in result.answers:
        values = asdict(one)
        if row.compares == "tables":
            del values["found"]
        figures = {
            "walks": row.engines[one.engine].walks,
            "median_ms": median_ms(one.query_s),
            "p95_ms": p95_ms(one.query_s),
            "cpu_median_ms": median_ms(one.cpu_s),
            "whole_cpu_median_ms": median_ms(one.whole_cpu_s()),
            "note": _note(row, one),
            "cpu_over_peer": ratios.get(one.engine),
        }
        answers.append({**values, **figures})
    return {**asdict(result), "answers": answers}


def _times(
    row: Row, ran: Sequence[Answers], beside: dict[str, Comparison]
) -> list[tuple[str, ...]]:
    ratios = compute_ratios(row, ran, beside)
    cells: list[tuple[str, ...]] = [(*_HEADINGS, _note_heading(row))]
    for one in ran:
        other, ratio = beside.get(one.engine), ratios[one.engine]
        cells.append(
            (
                one.engine,
                row.engines[one.engine].walks,
                f"{other.n_agreed}/{other.n_pairs}" if other else "-",
                f"{other.n_explained}/{other.n_pairs}" if other else "-",
                f"{median_ms(one.walk_cpu_s):.3g}" if one.walk_cpu_s else "-",
                f"{median_ms(one.query_s):.3g}",
                f"{p95_ms(one.query_s):.3g}",
                f"{median_ms(one.cpu_s):.3g}",
                *(_ratio(ratio[name]) for name in ("fastest", "exact", "whole")),
                f"{one.build_s:.2f}",
                f"{one.memory_mib:.0f}",
                _note(row, one),
            )
        )
    return cells


def _facts(ran: Sequence[Answers]) -> list[tuple[str, ...]]:
    names = list(dict.fromkeys(name for one in ran for name in one.facts))
    return [("engine", *names)] + [
        (one.engine, *(f"{one.facts[name]:.3g}" for name in names)) for one in ran
    ]


def _note_heading(row: Row) -> str:
    if row.compares == "sets":
        return "entries"
    if row.compares == "tables":
        return "answers a CPU s"
    return "km2" if row.horizon_s else ""


def _note(row: Row, one: Answers) -> str:
    """Return the figure of a row that is of what was found: entries, answers a second, areas."""
    if one.unavailable or not one.found:
        return ""
    if row.compares == "sets":
        return f"{statistics.median(len(found) for found in one.found):g}"
    if row.compares == "tables":
        spent_s = statistics.median(one.whole_cpu_s())
        return f"{len(one.found[0]) / spent_s:.3g}" if spent_s else ""
    return f"{statistics.median(one.found):.3g}" if row.horizon_s else ""


def _peers(row: Row, ran: Sequence[Answers], beside: dict[str, Comparison]) -> list[str]:
    """Name whom the ratios are over: those peers for which they are 1."""
    ratios = compute_ratios(row, ran, beside)
    names = {"fastest": "x fastest", "exact": "x exact", "whole": "whole x"}
    return [
        f"{title}: over {engine}"
        for kind, title in names.items()
        for engine, found in ratios.items()
        if found[kind] == 1 and not row.engines[engine].is_own
    ]


def _over(times: dict[str, float], engine: str, peers: Sequence[str]) -> float | None:
    fastest = min((times[name] for name in peers if name in times), default=0.0)
    return times[engine] / fastest if engine in times and fastest > 0 else None


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _align(cells: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return [
        "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _example(first: str, engine: str, one: Disagreement) -> str:
    places = ", ".join(f"{value:.5g}" for value in one.asked)
    return (
        f"  ({places}): {first} {_clock(one.ours_s)}, {engine} {_clock(one.peer_s)} ({one.cause})"
    )


def _clock(seconds: int) -> str:
    if seconds == NO_ARRIVAL:
        return "none"
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
