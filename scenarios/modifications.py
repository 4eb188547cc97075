"""Modifications: each resolves its names against a territory, then applies to a copy of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from network.base import Problem, parse_clock
from network.base.errors import ScenarioInputError
from network.edit import close_line, scale_capacity, scale_frequency
from scenarios.schema import (
    AnyModification,
    EmployerHours,
    Frequency,
    LineClosed,
    VehicleCapacity,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from demand import Employer, Team
    from network import Timetable
    from scenarios.territory import Territory


class Change(Protocol):
    """A modification whose names have been found in the territory."""

    def apply(self, territory: Territory) -> Territory:
        """Return a changed territory; the given one stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChange:
    """Replace some teams by changed copies."""

    wanted: frozenset[tuple[str, str]]
    change: Callable[[Team], Team]

    def apply(self, territory: Territory) -> Territory:
        """Return the territory with the wanted teams changed."""
        employers = tuple(
            replace(
                employer,
                teams=tuple(
                    self.change(team) if (employer.id, team.id) in self.wanted else team
                    for team in employer.teams
                ),
            )
            for employer in territory.employers
        )
        return replace(territory, employers=employers)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableChange:
    """Run other vehicles on a line, or none."""

    change: Callable[[Timetable], Timetable]

    def apply(self, territory: Territory) -> Territory:
        """Return the territory with its timetable changed."""
        timetable = self.change(territory.network.timetable)
        return replace(territory, network=replace(territory.network, timetable=timetable))


def apply_modifications(
    territory: Territory, modifications: tuple[AnyModification, ...], *, file: str
) -> Territory:
    """Resolve all modifications, then apply them in order.

    Without modifications the very same territory comes back.

    Raises
    ------
    ScenarioInputError
        With one problem for each name that the territory does not have.
    """
    problems: list[Problem] = []
    changes = [
        _resolve(modification, territory, f"{file}, modifications[{number}]", problems)
        for number, modification in enumerate(modifications)
    ]
    if problems:
        raise ScenarioInputError(*problems)
    for change in changes:
        if change is not None:
            territory = change.apply(territory)
    return territory


def _resolve(
    modification: AnyModification, territory: Territory, where: str, problems: list[Problem]
) -> Change | None:
    if isinstance(modification, Frequency | LineClosed | VehicleCapacity):
        lines = sorted(set(territory.network.timetable.routes.lines))
        if modification.line in lines:
            return TimetableChange(change=_change_line(modification))
        problems.append(_unknown(where, "line", modification.line, lines))
        return None
    wanted = _find_teams(modification.employer, modification.team, territory, where, problems)
    if isinstance(modification, EmployerHours):
        start_s = parse_clock(modification.start)
        return TeamChange(wanted=wanted, change=lambda team: replace(team, start_s=start_s))
    share = modification.share
    return TeamChange(wanted=wanted, change=lambda team: replace(team, telework_share=share))


def _change_line(
    modification: Frequency | LineClosed | VehicleCapacity,
) -> Callable[[Timetable], Timetable]:
    """Return what a modification does to the timetable of a line that is there."""
    line = modification.line
    if isinstance(modification, VehicleCapacity):
        factor = modification.factor
        return lambda timetable: scale_capacity(timetable, line=line, factor=factor)
    start_s, end_s = parse_clock(modification.start), parse_clock(modification.end)
    if isinstance(modification, LineClosed):
        return lambda timetable: close_line(timetable, line=line, start_s=start_s, end_s=end_s)
    factor = modification.factor
    return lambda timetable: scale_frequency(
        timetable, line=line, factor=factor, start_s=start_s, end_s=end_s
    )


def _find_teams(
    employer_id: str | None,
    team_id: str | None,
    territory: Territory,
    where: str,
    problems: list[Problem],
) -> frozenset[tuple[str, str]]:
    employers: list[Employer] = [
        e for e in territory.employers if employer_id is None or e.id == employer_id
    ]
    if not employers:
        known = [e.id for e in territory.employers]
        problems.append(_unknown(where, "employer", employer_id or "", known))
        return frozenset()
    found = frozenset(
        (e.id, t.id) for e in employers for t in e.teams if team_id is None or t.id == team_id
    )
    if not found:
        known = [t.id for e in employers for t in e.teams]
        problems.append(_unknown(where, "team", team_id or "", known))
    return found


def _unknown(where: str, field: str, found: str, known: list[str]) -> Problem:
    return Problem(
        file=where,
        field=field,
        found=f"{found!r}, which the territory does not have",
        expected="one of " + ", ".join(known),
        mend=f"Correct the {field}, or add it to the territory.",
    )


__all__ = ["Change", "apply_modifications"]
