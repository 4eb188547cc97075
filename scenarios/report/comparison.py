"""A run as rows of figures: the same rows for the terminal and the report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.base import Figure, SourceClass, format_clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scenarios.report.text import Catalogue
    from scenarios.results import EntryErrors, PlanSummary, RunResult, SegmentLoad, Situation

ORDER = ("status_quo", "plan", "free_response", "partial_compliance")
_PER_CENT = ("share", "passengers per place")
_BUSIEST_SHOWN = 4
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One indicator over the situations that have it; ``label`` is in the reader's language.

    ``detail`` says more than fits a label (which stretch, when).
    """

    key: str
    label: str
    detail: str
    figures: dict[str, Figure]

    @property
    def any_figure(self) -> Figure:
        """One of the figures, for the unit and the class they share."""
        return next(iter(self.figures.values()))

    @property
    def change(self) -> float | None:
        """Return free response over status quo, less one; None where either is missing or 0."""
        before, after = self.figures.get("status_quo"), self.figures.get("free_response")
        if before is None or after is None or before.value == 0:
            return None
        return after.value / before.value - 1


def situation_names(result: RunResult) -> tuple[str, ...]:
    """Return the run's situations, the usual three first."""
    known = [name for name in ORDER if name in result.situations]
    return (*known, *(name for name in result.situations if name not in ORDER))


def format_value(words: Catalogue, value: float, unit: str) -> str:
    """Return a value without its unit; a share is given in hundredths, its unit being %."""
    if _is_share(unit):
        return words.hundredths(value, 1)
    return words.number(value)


def format_unit(words: Catalogue, unit: str) -> str:
    """Return a unit in the reader's language."""
    if _is_share(unit):
        return "%"
    return words.find("unit", unit.split(",")[0])


def explain(words: Catalogue, key: str, figure: Figure) -> str:
    """Return what a figure's unit and note say beyond the unit, in the reader's language.

    The catalogue's sentence of the key takes the note's numbers in order; a note that it
    does not know is shown as it stands.
    """
    numbers = [words.number(float(n)) for n in _NUMBER.findall(figure.note)]
    try:
        return words.words[f"detail.{key}"].format(*numbers)
    except (KeyError, IndexError):
        return figure.note


def _is_share(unit: str) -> bool:
    return unit.startswith(_PER_CENT)


def format_range(words: Catalogue, figure: Figure) -> str:
    """Return a figure's range in words, empty where it has none."""
    if figure.low is None or figure.high is None:
        return ""
    low, high = (format_value(words, v, figure.unit) for v in (figure.low, figure.high))
    return words("table.range", low=low, high=high)


def kpi_rows(result: RunResult, words: Catalogue) -> tuple[Row, ...]:
    """Return one row a key performance indicator, in the order the run gives them."""
    names = situation_names(result)
    keys = dict.fromkeys(key for name in names for key in result.situations[name].kpis)
    rows = []
    for key in keys:
        situations = {name: result.situations[name].kpis.get(key) for name in names}
        figures = {name: figure for name, figure in situations.items() if figure is not None}
        note = explain(words, key, next(iter(figures.values())))
        rows.append(Row(key=key, label=words.find("kpi", key), detail=note, figures=figures))
    return tuple(rows)


def segment_rows(result: RunResult, words: Catalogue) -> tuple[Row, ...]:
    """Return load and load factor of each watched stretch, else of the status quo's busiest."""
    names = situation_names(result)
    rows: list[Row] = []
    for segment in listed_segments(result):
        loads: dict[str, Figure] = {}
        factors: dict[str, Figure] = {}
        for name in names:
            same = find_segment(result.situations[name], segment)
            if same is not None:
                loads[name] = _estimated(same.load_pax, "pax")
                factors[name] = _estimated(same.load_factor, "share")
        label = words(
            "kpi.segment_load",
            line=segment.line,
            from_stop=segment.from_stop,
            to_stop=segment.to_stop,
            window=format_window(segment),
        )
        toward = words("report.toward", direction=segment.direction)
        detail = f"{_window_length(segment, words)}, {toward}"
        rows.append(Row(key="segment_load", label=label, detail=detail, figures=loads))
        factor_label = words("kpi.segment_factor")
        rows.append(Row(key="segment_factor", label=factor_label, detail=label, figures=factors))
    return tuple(rows)


def listed_segments(result: RunResult) -> tuple[SegmentLoad, ...]:
    """Return the watched stretches of the status quo, then the busiest of other directions."""
    base = result.situations[situation_names(result)[0]]
    shown = {(segment.line, segment.direction) for segment in base.watched}
    others = [s for s in base.busiest if (s.line, s.direction) not in shown]
    return (*base.watched, *others[:_BUSIEST_SHOWN])


def find_segment(situation: Situation, wanted: SegmentLoad) -> SegmentLoad | None:
    """Return a situation's load of the same stretch in the same window."""
    key = _segment_key(wanted)
    return next((s for s in _all_segments(situation) if _segment_key(s) == key), None)


def fullest_segment(situation: Situation) -> SegmentLoad | None:
    """Return the stretch of the highest load factor a situation lists."""
    return max(_all_segments(situation), key=lambda s: s.load_factor, default=None)


def format_window(segment: SegmentLoad) -> str:
    """Return a stretch's time window as clock times."""
    return f"{format_clock(segment.start_s)}–{format_clock(segment.end_s)}"


def _window_length(segment: SegmentLoad, words: Catalogue) -> str:
    minutes = round((segment.end_s - segment.start_s) / 60)
    known = {15: "report.quarter_hour", 60: "report.hour"}
    return words(known[minutes]) if minutes in known else words.minutes(minutes)


def headline_rows(result: RunResult, words: Catalogue) -> tuple[Row, ...]:
    """Return what is left of the gain and the other figures the run puts first."""
    figures = dict(result.headline)
    if result.gain_kept is not None and "gain_kept" not in figures:
        figures = {"gain_kept": _estimated(result.gain_kept, "share"), **figures}
    return _single_rows(figures, words)


def plan_rows(result: RunResult, words: Catalogue) -> tuple[Row, ...]:
    """Return the plan's own figures: people moved, shift, cost, bound, gap."""
    plan = result.plan
    people_class = staff_class(result)
    figures = {
        "people_moved": Figure(value=plan.people_moved, unit="people", source_class=people_class),
        "people_total": Figure(value=plan.people_total, unit="people", source_class=people_class),
        "mean_shift_min": _estimated(plan.mean_shift_min, "min"),
        **_objective_figures(plan),
    }
    return _single_rows(figures, words)


def entry_rows(result: RunResult, words: Catalogue) -> tuple[Row, ...]:
    """Return how far modelled station entries are from observed ones, the territory first."""
    entries = result.entries
    if entries is None:
        return ()
    groups = {"territory": entries.territory, "overall": entries.overall}
    return tuple(
        Row(
            key=f"{key}_{group}",
            label=words(f"kpi.{key}"),
            detail=words(f"report.scope_{group}", count=errors.stations),
            figures={"value": figure},
        )
        for group, errors in groups.items()
        if errors is not None
        for key, figure in _error_figures(errors).items()
    )


def _error_figures(errors: EntryErrors) -> dict[str, Figure]:
    return {
        "entries_total_error": _estimated(errors.total_error, "share"),
        "entries_weighted_error": _estimated(errors.weighted_abs_error, "share"),
        "entries_mean_error": _estimated(errors.mean_abs_error_pax, "pax/h"),
        "entries_correlation": _estimated(errors.correlation, "coefficient"),
    }


def _objective_figures(plan: PlanSummary) -> dict[str, Figure]:
    values = {
        "status_quo_objective": (plan.status_quo_objective, "min/day"),
        "objective": (plan.objective, "min/day"),
        "best_bound": (plan.best_bound, "min/day"),
        "engine_bound": (plan.engine_bound, "min/day"),
        "mip_gap": (plan.mip_gap, "share"),
        "proven_share_of_gain": (plan.proven_share_of_gain, "share"),
    }
    return {
        key: _estimated(value, unit) for key, (value, unit) in values.items() if value is not None
    }


def staff_class(result: RunResult) -> SourceClass:
    """Return the class of the employers' file; illustrative where the run names none."""
    named = [s.source_class for s in result.sources if "employer" in s.path.lower()]
    return SourceClass(named[0]) if named else SourceClass.ILLUSTRATIVE


def _single_rows(figures: dict[str, Figure], words: Catalogue) -> tuple[Row, ...]:
    return tuple(
        Row(
            key=key,
            label=words.find("kpi", key),
            detail=explain(words, key, figure),
            figures={"value": figure},
        )
        for key, figure in figures.items()
    )


def _all_segments(situation: Situation) -> Iterable[SegmentLoad]:
    return (*situation.watched, *situation.busiest)


def _segment_key(segment: SegmentLoad) -> tuple[str, str, str, str, int, int]:
    return (
        segment.line,
        segment.direction,
        segment.from_stop,
        segment.to_stop,
        segment.start_s,
        segment.end_s,
    )


def _estimated(value: float, unit: str) -> Figure:
    return Figure(value=value, unit=unit, source_class=SourceClass.ESTIMATED)
