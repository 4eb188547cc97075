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
        _promise(result, words),
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
    if not result.plan.moves:
        return words("sentence.moves_none")
    figure = result.headline.get("free_response_gain_h")
    if result.gain_kept is None or figure is None:
        return words("sentence.gain_unknown")
    outcome = "gain" if figure.value > 0 else "loss"
    hours = words.number(abs(figure.value), _hour_digits(figure.value))
    if figure.low is None or figure.high is None:
        return words(f"sentence.{outcome}", hours=hours)
    ends = (figure.low, figure.high) if figure.value > 0 else (-figure.high, -figure.low)
    low, high = (words.number(end, _hour_digits(figure.value)) for end in ends)
    return words(f"sentence.{outcome}_range", hours=hours, low=low, high=high)


def _promise(result: RunResult, words: Catalogue) -> str:
    """Compare what is left with what the optimiser expected and with partial compliance."""
    planned = result.headline.get("planned_gain_h")
    if not result.plan.moves or planned is None or result.gain_kept is None:
        return ""
    expected = words.number(planned.value, _hour_digits(planned.value))
    kept = words.percent(result.gain_kept)
    parts = [words("sentence.promise", planned=expected, kept=kept)]
    partly = result.headline.get("partial_compliance_gain_h")
    if partly is not None:
        share = words.percent(result.scenario.plan.compliance)
        hours = words.number(partly.value, _hour_digits(partly.value))
        parts.append(words("sentence.partly", share=share, hours=hours))
    crowding = result.headline.get("crowding_change")
    if crowding is not None:
        change = words.percent(crowding.value, 1, signed=True)
        parts.append(words("sentence.crowding", change=change))
    return " ".join(parts)


def _hour_digits(hours: float) -> int:
    return 0 if abs(hours) >= 10 else 1


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
        "before_share": words.percent(before.load_factor, 1),
    }
    if after is None:
        return words("sentence.peak_alone", **values)
    values["after"] = words.number(after.load_pax, 0)
    values["after_share"] = words.percent(after.load_factor, 1)
    return words("sentence.peak", **values)


def _moves(result: RunResult, words: Catalogue) -> str:
    plan = result.plan
    if not plan.moves:
        return ""
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
    if plan.mip_gap is None:
        return ""
    gap = words.percent(plan.mip_gap, 2)
    if plan.proven_share_of_gain is None:
        said = words("sentence.bound", gap=gap)
    else:
        share = words.percent(plan.proven_share_of_gain, 1)
        said = words("sentence.bound_share", gap=gap, share=share)
    return f"{said} {words('sentence.bound_engine')}" if plan.rests_on_engine else said


def _entries(result: RunResult, words: Catalogue) -> str:
    entries = result.entries
    if entries is None:
        return words("sentence.no_entries")
    values = {
        "stations": entries.overall.stations,
        "total": words.percent(entries.overall.total_error, 0, signed=True),
        "weighted": words.percent(entries.overall.weighted_abs_error, 0),
    }
    own = entries.territory
    if own is None:
        return words("sentence.entries", **values)
    return words(
        "sentence.entries_territory",
        **values,
        own_stations=own.stations,
        own_total=words.percent(own.total_error, 0, signed=True),
        own_weighted=words.percent(own.weighted_abs_error, 0),
    )


def _convergence(result: RunResult, words: Catalogue) -> str:
    names = unconverged(result)
    if not names:
        return ""
    listed = ", ".join(words.find("situation", name) for name in names)
    return words("sentence.not_converged", situations=listed)
