"""The staggering benchmark as tables for a terminal and as JSON."""

from __future__ import annotations

import statistics
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmarks.staggering_rows import OURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.staggering_rows import Ask, Row
    from benchmarks.staggering_table import Figure

HEADINGS = (
    "instance",
    "engine",
    "seed",
    "bound min",
    "cost min",
    "gap %",
    "asked",
    "wall s",
    "CPU s",
    "MiB",
    "status",
)
_LEFT = (0, 1, 6, 10)
_KINDS = {"plan": "", "bound": ", bound", "resolve": ", again", "response": ", response"}


def format_row(row: Row, figures: Sequence[Figure]) -> str:
    """Format a row: a line an answer, then a line of medians over the seeds an engine."""
    lines = [f"{row.name}: {row.about}"]
    cells: list[tuple[str, ...]] = [HEADINGS]
    for ask in row.asks:
        here = [f for f in figures if same_figure(f.ask, ask)]
        cells += [_cells(figure) for figure in here]
        for engine in dict.fromkeys(f.answer.engine for f in here):
            own = [f for f in here if f.answer.engine == engine and not f.answer.unavailable]
            if len(own) > 1:
                cells.append(_medians(own))
    lines += _align(cells)
    lines += [note for figure in figures for note in _notes(figure)]
    return "\n".join(lines)


def same_figure(one: Ask, other: Ask) -> bool:
    """Return whether two asks are one figure, whatever their time limits were shortened to."""
    return (one.instance, one.kind, one.form, one.asked) == (
        other.instance,
        other.kind,
        other.form,
        other.asked,
    )


def as_dict(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return the figures as JSON objects; minutes are weighted passenger-minutes."""
    return [
        {"row": f.row, "ask": asdict(f.ask), "seed": f.seed, **asdict(f.answer)} for f in figures
    ]


def _cells(figure: Figure) -> tuple[str, ...]:
    answer, ask = figure.answer, figure.ask
    return (
        _instance(ask),
        answer.engine,
        str(figure.seed),
        _number(answer.bound_min, 0),
        _number(answer.cost_min, 0),
        "-" if answer.gap is None else f"{100 * answer.gap:.4f}",
        ask.asked,
        _number(answer.seconds, 1),
        _number(answer.cpu_s, 1),
        _number(answer.peak_mib, 0),
        "unavailable" if answer.unavailable else answer.status,
    )


def _medians(figures: Sequence[Figure]) -> tuple[str, ...]:
    first = figures[0]
    gap = _median([f.answer.gap for f in figures])
    return (
        _instance(first.ask),
        first.answer.engine,
        "median",
        "",
        "",
        "-" if gap is None else f"{100 * gap:.4f}",
        first.ask.asked,
        _number(_median([f.answer.seconds for f in figures]), 1),
        _number(_median([f.answer.cpu_s for f in figures]), 1),
        _number(_median([f.answer.peak_mib for f in figures]), 0),
        "",
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _notes(figure: Figure) -> list[str]:
    """Return what the columns do not hold, a sentence each."""
    ask, answer, seed = figure.ask, figure.answer, figure.seed
    where = f"{_instance(ask)}, seed {seed}, {answer.engine}"
    if answer.unavailable:
        return [f"{where}: unavailable, {answer.unavailable}"]
    facts = answer.facts
    found = [f"{where}: BREAKS A RULE: {text}" for text in answer.broken]
    if ask.kind == "resolve" and answer.seconds is not None:
        ratio = answer.seconds / facts["first_s"]
        found.append(
            f"{where}: first solve {facts['first_s']:.1f} s (gap "
            f"{100 * facts['first_gap']:.4f} %), again {ratio:.3f} of it"
        )
    if ask.kind == "response" and "today_min" in facts:
        today, planned = facts["today_min"], facts["planned_min"]
        found.append(
            f"{where}: equilibria in {facts['equilibrium_s']:.1f} s to a relative gap of "
            f"{facts['equilibrium_gap']:.1e}; today {today:.0f} min, plan as priced {planned:.0f}, "
            f"free response {answer.cost_min:.0f}"
        )
    if figure.shortfall is not None:
        found.append(
            f"{where}: bound {100 * figure.shortfall:.4f} % under the continuous optimum "
            "(the least cost of any continuous plan known here)"
        )
    if answer.engine == OURS and ask.memory_mib is not None and answer.peak_mib is not None:
        kept = "within" if answer.peak_mib <= ask.memory_mib else "MORE THAN"
        found.append(f"{where}: {answer.peak_mib:.0f} MiB, {kept} the {ask.memory_mib:.0f} asked")
    return found


def _instance(ask: Ask) -> str:
    return f"{ask.instance}, {ask.form}{_KINDS[ask.kind]}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _align(cells: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEADINGS))]
    return [
        "  ".join(
            text.ljust(width) if i in _LEFT else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
