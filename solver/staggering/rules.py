"""What a plan must respect, as data: one record a rule, indices for cohorts and employers.

Each record names who it binds; :mod:`solver.staggering.programs.families` says it as an inequality.
Times are seconds of the service day.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """At least ``min_people`` of some cohorts are at work at every moment of a period.

    Core hours and opening hours alike. ``cohorts[i]`` works ``work_s[i]`` (breaks included)
    from its start; the period is ``[from_s, to_s)``.
    """

    name: str
    cohorts: tuple[int, ...]
    work_s: tuple[int, ...]
    from_s: int
    to_s: int
    min_people: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohesion:
    """Cohorts of one team start at most ``max_spread_s`` apart, each pair of them."""

    name: str
    cohorts: tuple[int, ...]
    max_spread_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Two cohorts that meet are both at work for at least ``common_s`` together.

    The first works ``work_s[0]`` from its start, the second ``work_s[1]``.
    """

    name: str
    cohorts: tuple[int, ...]
    work_s: tuple[int, ...]
    common_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleShare:
    """At most ``share`` of a cohort may start in another slot than today.

    A whole cohort moves or stays, so any share under 1 keeps it; to let a part move as one,
    split the cohort first (:func:`solver.staggering.costs.stayers.hold_back`).
    """

    cohort: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerCap:
    """At most so many people, or cohorts, of one employer start in another slot than today."""

    employer: int
    max_moved_people: float = inf
    max_moved_cohorts: float = inf


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """What a plan must respect beside each cohort's own candidate slots.

    ``max_moved_people``: how many people may start in another slot than today;
    ``max_moved_cohorts`` the same in cohorts (a split cohort counts by its moved share).
    ``max_shift_s``: how far anybody's start may move. ``max_burden_min``: minutes a head of
    moving, averaged over an employer's staff, that no employer may exceed; ``max_envy_min``:
    by how much one employer's may exceed another's. ``no_employer_worse_off``: moving and
    travelling at today's crowding must not cost an employer's staff more on average than
    today (``worse_off_slack_min`` minutes a head are tolerated). ``max_changed_people``: how
    many may start in another slot than in the previous plan. ``exempt``: cohorts that stay
    (carers, schools). ``whole_cohorts``: a cohort moves as one.
    """

    max_moved_people: float = inf
    max_moved_cohorts: float = inf
    max_shift_s: float = inf
    max_burden_min: float = inf
    max_envy_min: float = inf
    no_employer_worse_off: bool = False
    worse_off_slack_min: float = 0.0
    max_changed_people: float = inf
    whole_cohorts: bool = True
    exempt: tuple[int, ...] = ()
    eligible: tuple[EligibleShare, ...] = ()
    caps: tuple[EmployerCap, ...] = ()
    presence: tuple[Presence, ...] = ()
    cohesion: tuple[Cohesion, ...] = ()
    meetings: tuple[Meeting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveWeights:
    """What a unit of each aim counts in the cost objective, in generalised minutes.

    ``travel``, ``crowding`` and ``moving``: per passenger-minute of free travel cost, of
    crowding and of schedule disutility (no unit). ``moved_min``: per person who starts in
    another slot than today; ``changed_min``: than in the previous plan. ``co2_min_per_kg``:
    per kilogram of the routes' CO2.
    """

    travel: float = 1.0
    crowding: float = 1.0
    moving: float = 1.0
    moved_min: float = 0.0
    changed_min: float = 0.0
    co2_min_per_kg: float = 0.0
