"""Who moves from when to when, what each employer's staff gain, and the drawing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from network.base import format_clock
from scenarios.report import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scenarios.report.text import Catalogue
    from scenarios.results import RunResult, TeamMove

_WIDTH, _HEIGHT, _PAD = 170.0, 20.0, 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """One team's move as it is shown; ``drawing`` is SVG, the rest plain text."""

    team: str
    people: str
    riders: str
    move: str
    shift: str
    share: str
    drawing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerMoves:
    """One employer's moves and what a person of its staff gains, ``gain`` empty if unknown."""

    employer: str
    gain: str
    loses: bool
    rows: tuple[MoveRow, ...]


def employer_moves(result: RunResult, words: Catalogue) -> tuple[EmployerMoves, ...]:
    """Return the plan's moves by employer, the employer with most people moved first."""
    by_employer: dict[str, list[TeamMove]] = {}
    for move in result.plan.moves:
        by_employer.setdefault(move.employer_id, []).append(move)
    span = _span(result.plan.moves)
    ordered = sorted(by_employer.items(), key=lambda i: (-sum(m.people for m in i[1]), i[0]))
    groups = []
    for employer_id, moves in ordered:
        gain_min = result.plan.employer_gain_min.get(employer_id)
        rows = sorted(moves, key=lambda m: (-m.people, m.team, m.to_s))
        groups.append(
            EmployerMoves(
                employer=rows[0].employer,
                gain="" if gain_min is None else format_gain(gain_min, words),
                loses=gain_min is not None and gain_min < 0,
                rows=tuple(_row(move, span, words) for move in rows),
            )
        )
    return tuple(groups)


def gain_notes(result: RunResult, words: Catalogue) -> tuple[str, ...]:
    """Return what the plan does to employers that lose and to those that don't move."""
    plan = result.plan
    if not plan.moves or not plan.employer_gain_min:
        return ()
    notes = []
    losing = [gain for gain in plan.employer_gain_min.values() if _seconds(gain) < 0]
    if losing:
        rule = result.scenario.plan.no_employer_worse_off
        notes.append(
            words(
                "report.losers" if rule else "report.losers_free",
                losers=len(losing),
                all=len(plan.employer_gain_min),
                most=words.number(-_seconds(min(losing)), 1),
            )
        )
    moving = {move.employer_id for move in plan.moves}
    others = [_seconds(g) for key, g in plan.employer_gain_min.items() if key not in moving]
    if others:
        notes.append(
            words(
                "report.others",
                count=len(others),
                low=words.number(min(others), 1, signed=True),
                high=words.number(max(others), 1, signed=True),
            )
        )
    return tuple(notes)


def format_gain(gain_min: float, words: Catalogue) -> str:
    """Return a gain a person in seconds, signed, with its unit."""
    return f"{words.number(_seconds(gain_min), 1, signed=True)} s"


def _seconds(gain_min: float) -> float:
    return round(60 * gain_min, 1)


def _span(moves: Sequence[TeamMove]) -> tuple[int, int]:
    times = [s for move in moves for s in (move.from_s, move.to_s)]
    return min(times, default=0), max(times, default=1)


def _row(move: TeamMove, span: tuple[int, int], words: Catalogue) -> MoveRow:
    whole = move.share >= 0.995
    return MoveRow(
        team=move.team,
        people=words.number(move.people, 0),
        riders=words.number(move.transit_pax, 0),
        move=f"{format_clock(move.from_s)} → {format_clock(move.to_s)}",
        shift=f"{words.number((move.to_s - move.from_s) / 60, 0, signed=True)} min",
        share="" if whole else words("report.share_moved", share=words.percent(move.share)),
        drawing=_draw(move, span),
    )


def _draw(move: TeamMove, span: tuple[int, int]) -> str:
    first_s, last_s = span

    def x(seconds: int) -> float:
        return _PAD + (seconds - first_s) / max(1, last_s - first_s) * (_WIDTH - 2 * _PAD)

    middle = _HEIGHT / 2
    base = svg.path([(_PAD, middle), (_WIDTH - _PAD, middle)], class_="grid")
    shift = svg.path([(x(move.from_s), middle), (x(move.to_s), middle)], class_="shift")
    old = svg.element("circle", cx=x(move.from_s), cy=middle, r=4, class_="old")
    new = svg.element("circle", cx=x(move.to_s), cy=middle, r=4.6, class_="new")
    title = f"{format_clock(move.from_s)} → {format_clock(move.to_s)}"
    return svg.drawing(_WIDTH, _HEIGHT, title, base + shift + old + new, "dumbbell")
