"""Who moves from when to when, why, and the little drawing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.base import format_clock
from scenarios.report import svg

if TYPE_CHECKING:
    from scenarios.report.text import Catalogue
    from scenarios.results import RunResult, TeamMove

_WIDTH, _HEIGHT, _PAD = 150.0, 18.0, 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """One team's move as it is shown; ``drawing`` is SVG, the rest plain text."""

    employer: str
    team: str
    people: str
    riders: str
    move: str
    shift: str
    reason: str
    share: str
    drawing: str


def move_rows(result: RunResult, words: Catalogue) -> tuple[MoveRow, ...]:
    """Return the plan's moves, the largest team of each employer first."""
    plan = result.plan
    moves = sorted(plan.moves, key=lambda m: (m.employer, -m.people, m.team, m.to_s))
    if not moves:
        return ()
    first_s = min(min(m.from_s, m.to_s) for m in moves)
    last_s = max(max(m.from_s, m.to_s) for m in moves)
    return tuple(
        MoveRow(
            employer=move.employer,
            team=move.team,
            people=words.number(move.people, 0),
            riders=words.number(move.transit_pax, 0),
            move=f"{format_clock(move.from_s)} → {format_clock(move.to_s)}",
            shift=f"{words.number((move.to_s - move.from_s) / 60, 0, signed=True)} min",
            reason=_reason(move, plan.employer_gain_min.get(move.employer_id), words),
            share=words("report.share_moved", share=words.percent(move.share))
            if move.share < 0.995
            else "",
            drawing=_draw(move, first_s, last_s),
        )
        for move in moves
    )


def _reason(move: TeamMove, gain_min: float | None, words: Catalogue) -> str:
    values = {
        "riders": words.number(move.transit_pax, 0),
        "from": format_clock(move.from_s),
        "to": format_clock(move.to_s),
    }
    if gain_min is None:
        return words("report.reason_plain", **values)
    key = "report.reason" if gain_min >= 0 else "report.reason_loss"
    return words(key, **values, employer=move.employer, gain=words.number(abs(gain_min), 2))


def _draw(move: TeamMove, first_s: int, last_s: int) -> str:
    span = max(1, last_s - first_s)

    def x(seconds: int) -> float:
        return _PAD + (seconds - first_s) / span * (_WIDTH - 2 * _PAD)

    middle = _HEIGHT / 2
    base = svg.path([(_PAD, middle), (_WIDTH - _PAD, middle)], class_="grid")
    shift = svg.path([(x(move.from_s), middle), (x(move.to_s), middle)], class_="shift")
    old = svg.element("circle", cx=x(move.from_s), cy=middle, r=4, class_="old")
    new = svg.element("circle", cx=x(move.to_s), cy=middle, r=4.6, class_="new")
    title = f"{format_clock(move.from_s)} → {format_clock(move.to_s)}"
    return svg.drawing(_WIDTH, _HEIGHT, title, base + shift + old + new, "dumbbell")
