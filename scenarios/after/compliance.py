"""The gain of a plan by the share of those asked who follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.after.results import ComplianceRow

if TYPE_CHECKING:
    from collections.abc import Callable

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def trace_compliance(gain_min_at: Callable[[float], float]) -> tuple[ComplianceRow, ...]:
    """Return the gain at every share of ``SHARES``, hours a day, and how much of it is kept.

    Parameters
    ----------
    gain_min_at
        Gain in the free response, minutes, when a given share follows.
    """
    gains = [gain_min_at(share) for share in SHARES]
    whole = gains[-1]
    return tuple(
        ComplianceRow(share=share, gain_h=gain / 60, kept=gain / whole if whole > 0 else None)
        for share, gain in zip(SHARES, gains, strict=True)
    )
