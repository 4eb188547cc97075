"""What a run says in a few sentences, the most useful first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from network.base import format_clock
from scenarios.report.comparison import find_segment, fullest_segment, situation_names

if TYPE_CHECKING:
    from scenarios.report.text import Catalogue
    from scenarios.results import RunResult


def summarise(result: RunResult, words: Catalogue) -> tuple[str, ...]:
    """Return the run in about five sentences; the first is the headline."""
    found = (
        _gain(result, words),
        _peak(result, words),
        _moves(result, words),
        _bound(result, words),
        _entries(result, words),
        _convergence(result, words),
    )
    return tuple(sentence for sentence in found if sentence)


def has_plan(result: RunResult) -> bool:
    """Return whether the optimiser found any plan."""
    return result.plan.objective is not None


def unconverged(result: RunResult) -> tuple[str, ...]:
    """Return the situations whose loading did not meet its gap."""
    return tuple(
        name for name in situation_names(result) if result.situations[name].converged is False
    )


def _gain(result: RunResult, words: Catalogue) -> str:
    if not has_plan(result):
        reason = result.plan.reason
        tail = " " + words("sentence.no_plan_reason", reason=reason) if reason else ""
        return words("sentence.no_plan") + tail
    if result.gain_kept is None:
        return words("sentence.gain_unknown")
    if result.gain_kept <= 0:
        return words("sentence.gain_negative")
    share = words.percent(result.gain_kept)
    figure = result.headline.get("gain_kept")
    if figure is None or figure.low is None or figure.high is None:
        return words("sentence.gain_kept", share=share)
    low, high = words.percent(figure.low), words.percent(figure.high)
    return words("sentence.gain_range", share=share, low=low, high=high)


def _peak(result: RunResult, words: Catalogue) -> str:
    base = result.situations[situation_names(result)[0]]
    before = fullest_segment(base)
    if before is None:
        return ""
    free = result.situations.get("free_response")
    after = find_segment(free, before) if free is not None else None
    values = {
        "line": before.line,
        "from_stop": before.from_stop,
        "to_stop": before.to_stop,
        "start": format_clock(before.start_s),
        "end": format_clock(before.end_s),
        "before": words.number(before.load_pax, 0),
        "places": words.number(before.capacity_pax, 0),
        "before_share": words.percent(before.load_factor),
    }
    if after is None:
        return words("sentence.peak_alone", **values)
    values["after"] = words.number(after.load_pax, 0)
    values["after_share"] = words.percent(after.load_factor)
    return words("sentence.peak", **values)


def _moves(result: RunResult, words: Catalogue) -> str:
    plan = result.plan
    if not has_plan(result):
        return ""
    if not plan.moves:
        return words("sentence.moves_none")
    share = plan.people_moved / plan.people_total if plan.people_total > 0 else 0.0
    return words(
        "sentence.moves_one" if len(plan.moves) == 1 else "sentence.moves",
        teams=len(plan.moves),
        people=words.number(plan.people_moved, 0),
        total=words.number(plan.people_total, 0),
        share=words.percent(share, 1),
        shift=words.minutes(plan.mean_shift_min),
    )


def _bound(result: RunResult, words: Catalogue) -> str:
    plan = result.plan
    if plan.best_bound is None or plan.mip_gap is None:
        return ""
    unit = words.find("unit", "min/day")
    bound = f"{words.number(plan.best_bound, 0)} {unit}"
    return words("sentence.bound", bound=bound, gap=words.percent(plan.mip_gap, 2))


def _entries(result: RunResult, words: Catalogue) -> str:
    if result.entries is None:
        return words("sentence.no_entries")
    return words(
        "sentence.entries",
        total=words.percent(result.entries.total_error, 1, signed=True),
        weighted=words.percent(result.entries.weighted_abs_error, 1),
    )


def _convergence(result: RunResult, words: Catalogue) -> str:
    names = unconverged(result)
    if not names:
        return ""
    listed = ", ".join(words.find("situation", name) for name in names)
    return words("sentence.not_converged", situations=listed)
