"""What comes after a plan, as the report shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.base import format_clock
from scenarios.report.bars_svg import Bar, draw_bars

if TYPE_CHECKING:
    from scenarios.after import AfterPlan
    from scenarios.after.results import Regime
    from scenarios.report.text import Catalogue
    from scenarios.results import RunResult

SHEETS = "employers"
"""Folder of the employers' sheets beside the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSection:
    """The section's drawings (SVG), rows (cells as text) and sentences."""

    compliance: str
    regimes: str
    regime_rows: tuple[tuple[str, ...], ...]
    rebound_rows: tuple[tuple[str, ...], ...]
    peak_rows: tuple[tuple[str, ...], ...]
    peaks: str
    certificate: str
    sheets: tuple[tuple[str, ...], ...]


def build_section(result: RunResult, words: Catalogue) -> AfterSection | None:
    """Build the section of a run; None where it had no plan."""
    after = result.after
    if after is None:
        return None
    return AfterSection(
        compliance=_draw_compliance(after, words),
        regimes=_draw_regimes(after, words),
        regime_rows=tuple(
            (
                words.find("regime", row.name),
                words.number(row.gain_h, 1, signed=True),
                words.number(row.crowding_gain_h, 1, signed=True),
                words.number(row.travel_gain_h, 1, signed=True),
                words.number(-row.moving_h, 1, signed=True),
                words.number(row.people_moved, 0),
                words.number(row.passengers_moved, 0),
                words.percent(row.peak_load_factor, 1),
                _rest(row, words),
            )
            for row in after.regimes
        ),
        rebound_rows=tuple(
            (
                words.percent(row.flexible_share),
                words.number(row.shifted_pax, 0),
                words.number(row.gain_h, 1, signed=True),
                words.percent(row.residual, 1),
            )
            for row in after.rebound
        ),
        peak_rows=_peak_rows(after, words),
        peaks=_peaks_sentence(after, words),
        certificate=_certificate(after, words),
        sheets=tuple(
            (
                f"{SHEETS}/{sheet_name(sheet.employer_id)}",
                sheet.employer,
                words.number(sheet.moved, 0),
                words.number(60 * sheet.gain_min, 1, signed=True),
                words.number(sheet.credit_h, 2, signed=True),
                format_error(sheet.credit_error_h, words),
            )
            for sheet in sorted(after.employers, key=lambda s: (-s.credit_h, s.employer_id))
        ),
    )


def format_error(error_h: float, words: Catalogue) -> str:
    """Return a standard error, hours a day, as shown beside its credit; empty where there is none.

    One that would read 0.00 is said to be less than the last digit shown.
    """
    if not error_h:
        return ""
    if round(error_h, 2) == 0:
        return words("after.small_error", error=words.number(0.01, 2))
    return words("after.error", error=words.number(error_h, 2))


def _rest(row: Regime, words: Catalogue) -> str:
    """Return whether the choices came to rest; of those led by one hand, whether it is proven."""
    kind = "led" if row.name == "led" else "settled"
    return words(f"after.{kind if row.settled else 'un' + kind}", rounds=row.rounds)


def sheet_name(employer_id: str) -> str:
    """Return the file of an employer's sheet: its id where that is a safe name, else coded."""
    safe = "".join(
        c if c.isascii() and (c.isalnum() or c in "-_") else f"_{ord(c):x}_" for c in employer_id
    )
    return f"{safe}.html"


def _draw_compliance(after: AfterPlan, words: Catalogue) -> str:
    bars = [
        Bar(
            label=words("after.follow", share=words.percent(row.share)),
            value=row.gain_h,
            shown=words.number(row.gain_h, 1, signed=True),
        )
        for row in after.compliance
    ]
    return draw_bars(bars, words("after.compliance"))


def _draw_regimes(after: AfterPlan, words: Catalogue) -> str:
    bars = [
        Bar(
            label=words.find("regime", row.name),
            value=row.gain_h,
            shown=words.number(row.gain_h, 1, signed=True),
        )
        for row in after.regimes
    ]
    return draw_bars(bars, words("after.regimes"))


def _peak_rows(after: AfterPlan, words: Catalogue) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            f"{row.line} · {row.from_stop} → {row.to_stop}",
            f"{format_clock(row.start_s)}–{format_clock(row.end_s)}",
            words.number(row.was_load_pax, 0),
            words.number(row.load_pax, 0),
            words.percent(row.was_peak_factor, 1),
            words.percent(row.load_factor, 1),
        )
        for row in after.new_peaks.rows
    )


def _peaks_sentence(after: AfterPlan, words: Catalogue) -> str:
    peaks = after.new_peaks
    if not peaks.count:
        return words("after.no_peaks")
    return words("after.peaks", count=peaks.count, above=peaks.above_capacity)


def _certificate(after: AfterPlan, words: Catalogue) -> str:
    if after.certificate is None:
        return ""
    return words("after.certificate", share=words.percent(after.certificate, 2))
