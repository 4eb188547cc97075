"""What a run returns: situations side by side, the plan, and what it all rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from network.base import Figure, format_clock

if TYPE_CHECKING:
    from scenarios.after import AfterPlan
    from scenarios.schema import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLoad:
    """How full one stretch of one line is in one hour or quarter hour."""

    line: str
    direction: str
    from_stop: str
    to_stop: str
    start_s: int
    end_s: int
    load_pax: float
    capacity_pax: float

    @property
    def load_factor(self) -> float:
        """Passengers over places (seats and 4 standing per square metre)."""
        return self.load_pax / self.capacity_pax if self.capacity_pax > 0 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values, clock times included."""
        return {
            "line": self.line,
            "direction": self.direction,
            "from_stop": self.from_stop,
            "to_stop": self.to_stop,
            "start": format_clock(self.start_s),
            "end": format_clock(self.end_s),
            "load_pax": round(self.load_pax, 1),
            "capacity_pax": round(self.capacity_pax, 1),
            "load_factor": round(self.load_factor, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProfile:
    """A line's busiest segment in one direction by quarter hour: its load curve.

    ``load_pax``, ``capacity_pax`` and ``start_s`` have one entry a window.
    """

    line: str
    direction: str
    from_stop: str
    to_stop: str
    start_s: tuple[int, ...]
    load_pax: tuple[float, ...]
    capacity_pax: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the curve as plain JSON values."""
        return {
            "line": self.line,
            "direction": self.direction,
            "from_stop": self.from_stop,
            "to_stop": self.to_stop,
            "start": [format_clock(s) for s in self.start_s],
            "load_pax": [round(v, 1) for v in self.load_pax],
            "capacity_pax": [round(v, 1) for v in self.capacity_pax],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSegment:
    """One stretch of one line for the map: where it runs and how full its peak quarter hour is.

    ``load_factor`` is that of the quarter hour named by the run (the status quo's peak).
    """

    line: str
    color: str
    lat: tuple[float, float]
    lon: tuple[float, float]
    from_stop: str
    to_stop: str
    load_pax: float
    load_factor: float

    def as_dict(self) -> dict[str, Any]:
        """Return the stretch as plain JSON values."""
        return {
            "line": self.line,
            "from_stop": self.from_stop,
            "to_stop": self.to_stop,
            "lat": list(self.lat),
            "lon": list(self.lon),
            "load_pax": round(self.load_pax, 1),
            "load_factor": round(self.load_factor, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One state of the territory: ``status_quo``, ``plan``, ``free_response`` or a variant.

    ``assignment_gap`` is the relative gap of the loading and ``converged`` whether it met
    the scenario's; a plan's own loads are no equilibrium and have None.
    """

    name: str
    kpis: dict[str, Figure]
    busiest: tuple[SegmentLoad, ...]
    watched: tuple[SegmentLoad, ...]
    curves: tuple[LineProfile, ...]
    map_segments: tuple[MapSegment, ...]
    assignment_gap: float | None
    iterations: int | None
    converged: bool | None

    def as_dict(self) -> dict[str, Any]:
        """Return the situation as plain JSON values, without the map."""
        return {
            "name": self.name,
            "kpis": {key: figure.as_dict() for key, figure in self.kpis.items()},
            "busiest_segments": [row.as_dict() for row in self.busiest],
            "watched_segments": [row.as_dict() for row in self.watched],
            "load_curves": [curve.as_dict() for curve in self.curves],
            "assignment_gap": self.assignment_gap,
            "iterations": self.iterations,
            "converged": self.converged,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMove:
    """What the plan asks of one team: from which start to which, for how many people."""

    employer_id: str
    employer: str
    team_id: str
    team: str
    people: float
    transit_pax: float
    from_s: int
    to_s: int
    share: float

    def as_dict(self) -> dict[str, Any]:
        """Return the move as plain JSON values."""
        return {
            "employer_id": self.employer_id,
            "employer": self.employer,
            "team_id": self.team_id,
            "team": self.team,
            "people": round(self.people, 1),
            "transit_pax": round(self.transit_pax, 1),
            "from": format_clock(self.from_s),
            "to": format_clock(self.to_s),
            "share": round(self.share, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """The plan and how far it can be from the best one.

    ``objective`` and ``best_bound`` are minutes of generalised cost a day in the optimiser's
    own model (lower is better); ``mip_gap`` their relative distance. ``engine_bound`` is what
    branch and bound claims beyond that, None where it did not run; ``rests_on_engine`` says
    that only with it the plan is as close as was asked. Of what the best plan
    could gain on the status quo this one is proven to gain at least
    ``proven_share_of_gain``. ``status`` is the
    solver's outcome; ``reason`` says in words why there is no plan, empty otherwise.
    """

    status: str
    objective: float | None
    best_bound: float | None
    mip_gap: float | None
    engine_bound: float | None
    rests_on_engine: bool
    status_quo_objective: float | None
    proven_share_of_gain: float | None
    seconds: float
    lp_seconds: float
    moves: tuple[TeamMove, ...]
    people_moved: float
    people_total: float
    mean_shift_min: float
    employer_gain_min: dict[str, float]
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        return {
            "status": self.status,
            "objective_min": self.objective,
            "best_bound_min": self.best_bound,
            "mip_gap": self.mip_gap,
            "engine_bound_min": self.engine_bound,
            "rests_on_engine": self.rests_on_engine,
            "status_quo_objective_min": self.status_quo_objective,
            "proven_share_of_gain": self.proven_share_of_gain,
            "seconds": round(self.seconds, 3),
            "lp_seconds": round(self.lp_seconds, 3),
            "people_moved": round(self.people_moved, 1),
            "people_total": round(self.people_total, 1),
            "mean_shift_min": round(self.mean_shift_min, 2),
            "employer_gain_min_per_head": {
                key: round(value, 3) for key, value in self.employer_gain_min.items()
            },
            "moves": [move.as_dict() for move in self.moves],
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRow:
    """What the plan and its gain become if one parameter nobody knows well is another."""

    parameter: str
    value: float
    unit: str
    people_moved: float
    free_response_gain_h: float
    is_default: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {
            "parameter": self.parameter,
            "value": self.value,
            "unit": self.unit,
            "people_moved": round(self.people_moved, 1),
            "free_response_gain_h": round(self.free_response_gain_h, 2),
            "is_default": self.is_default,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """Station entries in one hour: the model's beside the observed."""

    station: str
    in_territory: bool
    hour: int
    observed_pax: float
    modelled_pax: float

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {
            "station": self.station,
            "in_territory": self.in_territory,
            "hour": self.hour,
            "observed_pax": round(self.observed_pax, 1),
            "modelled_pax": round(self.modelled_pax, 1),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryErrors:
    """Errors over some stations; see :class:`EntryComparison` for what each is."""

    stations: int
    total_error: float
    mean_abs_error_pax: float
    weighted_abs_error: float
    correlation: float

    def as_dict(self) -> dict[str, Any]:
        """Return the errors as plain JSON values."""
        return {
            "stations_compared": self.stations,
            "total_error": round(self.total_error, 4),
            "mean_abs_error_pax": round(self.mean_abs_error_pax, 1),
            "weighted_abs_error": round(self.weighted_abs_error, 4),
            "correlation": round(self.correlation, 4),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryComparison:
    """How well modelled station entries match observed ones; reported, not tuned to.

    ``total_error`` is modelled over observed, less one; ``mean_abs_error_pax`` and
    ``weighted_abs_error`` (sum of |error| over sum observed) are over station-hours, of all
    stations compared and of those in the territory itself (None where it has none).
    """

    rows: tuple[EntryRow, ...]
    overall: EntryErrors
    territory: EntryErrors | None
    unmatched: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values."""
        return {
            "overall": self.overall.as_dict(),
            "territory": None if self.territory is None else self.territory.as_dict(),
            "unmatched": list(self.unmatched),
            "rows": [row.as_dict() for row in self.rows],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One input of a run: what it is, whose, under which licence, of which date and class."""

    path: str
    title: str
    source: str
    licence: str
    date: str
    source_class: str

    def as_dict(self) -> dict[str, Any]:
        """Return the source as plain JSON values."""
        return {
            "path": self.path,
            "title": self.title,
            "source": self.source,
            "licence": self.licence,
            "date": self.date,
            "source_class": self.source_class,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run, complete enough to print, draw, store and rerun."""

    scenario: Scenario
    territory: str
    territory_title: dict[str, str]
    service_date: str
    situations: dict[str, Situation]
    plan: PlanSummary
    gain_kept: float | None
    headline: dict[str, Figure]
    sensitivity: tuple[SensitivityRow, ...]
    after: AfterPlan | None
    entries: EntryComparison | None
    notes: dict[str, tuple[str, ...]]
    sources: tuple[SourceLine, ...]
    set_aside: dict[str, int]
    seconds: dict[str, float]
    inputs_sha256: str
    version: str

    def as_dict(self) -> dict[str, Any]:
        """Return the run as one JSON object (without the map's geometry)."""
        return {
            "scenario": self.scenario.model_dump(mode="json"),
            "territory": self.territory,
            "service_date": self.service_date,
            "headline": {key: figure.as_dict() for key, figure in self.headline.items()},
            "situations": {key: item.as_dict() for key, item in self.situations.items()},
            "plan": self.plan.as_dict(),
            "gain_kept": self.gain_kept,
            "sensitivity": [row.as_dict() for row in self.sensitivity],
            "after": None if self.after is None else self.after.as_dict(),
            "entries": None if self.entries is None else self.entries.as_dict(),
            "notes": {lang: list(lines) for lang, lines in self.notes.items()},
            "sources": [line.as_dict() for line in self.sources],
            "set_aside": self.set_aside,
            "seconds": {key: round(value, 3) for key, value in self.seconds.items()},
            "inputs_sha256": self.inputs_sha256,
            "version": self.version,
        }
