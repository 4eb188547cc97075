"""What a run says beyond its headline: who follows, who comes back, what peaks are new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from network.base import format_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceRow:
    """What is gained if only a share of those asked follow, hours a day.

    ``kept`` is the gain over that of everybody following, None where that is not positive.
    """

    share: float
    gain_h: float
    kept: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {
            "share": self.share,
            "gain_h": round(self.gain_h, 2) + 0.0,  # not "-0.0"
            "kept": None if self.kept is None else round(self.kept, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReboundRow:
    """What is left when everybody else moves into the room that the plan frees.

    ``flexible_share`` of the others would as soon arrive a quarter of an hour earlier or
    later; ``shifted_pax`` of them do. ``residual`` is how far the last round of choices was
    from the one before, as a share of those shifted.
    """

    flexible_share: float
    shifted_pax: float
    gain_h: float
    residual: float

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {
            "flexible_share": self.flexible_share,
            "shifted_pax": round(self.shifted_pax, 1),
            "gain_h": round(self.gain_h, 2) + 0.0,  # not "-0.0"
            "residual": round(self.residual, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPeak:
    """A stretch that in some quarter hour becomes fuller than it is at any time today.

    ``was_load_pax`` is the same quarter hour's load today, ``was_peak_factor`` the load factor
    of the stretch's fullest quarter hour today.
    """

    line: str
    direction: str
    from_stop: str
    to_stop: str
    start_s: int
    end_s: int
    was_load_pax: float
    load_pax: float
    was_peak_factor: float
    load_factor: float

    def as_dict(self) -> dict[str, Any]:
        """Return the stretch as plain JSON values, clock times included."""
        return {
            "line": self.line,
            "direction": self.direction,
            "from_stop": self.from_stop,
            "to_stop": self.to_stop,
            "start": format_clock(self.start_s),
            "end": format_clock(self.end_s),
            "was_load_pax": round(self.was_load_pax, 1),
            "load_pax": round(self.load_pax, 1),
            "was_peak_factor": round(self.was_peak_factor, 4),
            "load_factor": round(self.load_factor, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPeaks:
    """Every stretch with a new peak, the largest rises first; ``count`` is of all of them.

    ``above_capacity`` counts those that end above 4 standing passengers per square metre.
    """

    count: int
    above_capacity: int
    rows: tuple[NewPeak, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the peaks as plain JSON values."""
        return {
            "count": self.count,
            "above_capacity": self.above_capacity,
            "rows": [row.as_dict() for row in self.rows],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """Another way to choose hours, loaded like the plan: what the territory gains under it.

    Teams with all their people move under ``plan`` and ``uncoordinated`` (each employer plans
    alone). Person by person (``by_person``) passengers move by themselves, whatever the team:
    ``flextime_asked`` (in the teams the plan asks, at most as many of each as it moves, all
    take the hours best for themselves), ``flextime`` (everybody whose start may move does) and
    ``led`` (everybody takes the hours best for all).

    Hours a day against today: ``gain_h`` = ``crowding_gain_h`` (less crowding for everybody)
    + ``travel_gain_h`` (trips that fit the timetable better) - ``moving_h``. ``people_moved``
    start elsewhere than today, ``passengers_moved`` among them ride. ``settled`` says whether
    the choices came to rest, after ``rounds``.
    """

    name: str
    by_person: bool
    gain_h: float
    crowding_gain_h: float
    travel_gain_h: float
    moving_h: float
    people_moved: float
    passengers_moved: float
    peak_load_factor: float
    crowding_cost_h: float
    settled: bool
    rounds: int

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {
            "name": self.name,
            "by_person": self.by_person,
            "gain_h": round(self.gain_h, 2) + 0.0,  # not "-0.0"
            "crowding_gain_h": round(self.crowding_gain_h, 2),
            "travel_gain_h": round(self.travel_gain_h, 2),
            "moving_h": round(self.moving_h, 2),
            "people_moved": round(self.people_moved, 1),
            "passengers_moved": round(self.passengers_moved, 1),
            "peak_load_factor": round(self.peak_load_factor, 4),
            "crowding_cost_h": round(self.crowding_cost_h, 1),
            "settled": self.settled,
            "rounds": self.rounds,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSlot:
    """Another start for a team that keeps every rule, and what it would cost the territory.

    ``cost_h`` is hours a day in the optimiser's model, more than the plan's (less than 0:
    better alone, but not with the rest), all others as planned.
    """

    team_id: str
    start_s: int
    cost_h: float

    def as_dict(self) -> dict[str, Any]:
        """Return the slot as plain JSON values."""
        return {
            "team_id": self.team_id,
            "start": format_clock(self.start_s),
            "cost_h": round(self.cost_h, 3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamEffect:
    """What the plan asks of one team and what a person of it gains in the free response."""

    team_id: str
    team: str
    people: float
    transit_pax: float
    from_s: int
    to_s: int
    gain_min: float

    def as_dict(self) -> dict[str, Any]:
        """Return the team as plain JSON values."""
        return {
            "team_id": self.team_id,
            "team": self.team,
            "people": round(self.people, 1),
            "transit_pax": round(self.transit_pax, 1),
            "from": format_clock(self.from_s),
            "to": format_clock(self.to_s),
            "gain_min_per_head": round(self.gain_min, 3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerView:
    """One employer's own sheet: what it is asked, what it gains, what hangs on it.

    ``gain_min`` is minutes a head a day of its staff in the free response. ``follows`` gives
    the territory's planned gain, hours a day, by the share of this employer's asked staff who
    follow, all others following. ``credit_h`` is its Shapley share of the planned gain with
    its standard error; ``last_in_h`` what the gain loses without it. ``others_moved`` and
    ``others_count`` are people and employers asked elsewhere, None where so few are asked
    that one could be told from the sum.
    """

    employer_id: str
    employer: str
    staff: float
    moved: float
    gain_min: float
    teams: tuple[TeamEffect, ...]
    other_slots: tuple[OtherSlot, ...]
    follows: tuple[tuple[float, float], ...]
    credit_h: float
    credit_error_h: float
    last_in_h: float
    others_moved: float | None
    others_count: int | None

    def as_dict(self) -> dict[str, Any]:
        """Return the sheet as plain JSON values."""
        return {
            "employer_id": self.employer_id,
            "employer": self.employer,
            "staff": round(self.staff, 1),
            "moved": round(self.moved, 1),
            "gain_min_per_head": round(self.gain_min, 3),
            "teams": [team.as_dict() for team in self.teams],
            "other_slots": [slot.as_dict() for slot in self.other_slots],
            "planned_gain_h_by_own_compliance": [
                {"share": share, "gain_h": round(gain, 3)} for share, gain in self.follows
            ],
            "credit_h": round(self.credit_h, 3),
            "credit_standard_error_h": round(self.credit_error_h, 3),
            "last_in_h": round(self.last_in_h, 3),
            "others_moved": None if self.others_moved is None else round(self.others_moved, 1),
            "others_count": self.others_count,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterPlan:
    """Everything a run says of what comes after its plan.

    ``certificate`` is how far the planned starts, once everybody has chosen routes, can be
    from the best that any starts and routes could reach, as a share of cost; ``joint_bound``
    what it rests on (minutes, the optimiser's model). Both None where not computed.
    ``flat_h``: starts that cost the territory no more hours a day than this over the plan's
    are offered to employers instead.
    """

    compliance: tuple[ComplianceRow, ...]
    rebound: tuple[ReboundRow, ...]
    new_peaks: NewPeaks
    regimes: tuple[Regime, ...]
    employers: tuple[EmployerView, ...]
    certificate: float | None
    joint_bound_min: float | None
    flat_h: float

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "compliance": [row.as_dict() for row in self.compliance],
            "rebound": [row.as_dict() for row in self.rebound],
            "new_peaks": self.new_peaks.as_dict(),
            "regimes": [row.as_dict() for row in self.regimes],
            "employers": [row.as_dict() for row in self.employers],
            "bilevel_certificate": self.certificate,
            "joint_bound_min": self.joint_bound_min,
            "flat_h": round(self.flat_h, 4),
        }
