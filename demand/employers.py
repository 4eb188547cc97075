"""Employers, their sites, teams and working-time rules; their staff only as cohorts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People of one employer at one site who share working hours.

    ``start_s`` is when they start work now; ``earliest_s`` and ``latest_s`` bound the
    starts they may be given; ``max_shift_s`` bounds how far from today's. Core hours of
    the employer must lie inside the working day that a start implies.
    """

    id: str
    name: str
    site_id: str
    headcount: int
    start_s: int
    work_s: int
    earliest_s: int
    latest_s: int
    max_shift_s: int
    telework_share: float
    movable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place of work, inside the leaf zone ``zone_idx``."""

    id: str
    name: str
    lat: float
    lon: float
    zone_idx: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Employer:
    """A mobility generator: its sites and teams, and the hours when all must be present."""

    id: str
    name: str
    sites: tuple[Site, ...]
    teams: tuple[Team, ...]
    core_start_s: int
    core_end_s: int

    @property
    def headcount(self) -> int:
        """Number of staff in all teams."""
        return sum(team.headcount for team in self.teams)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """The staff as the solver sees them: one cohort per team, spread over home zones.

    Cohort arrays have shape (n_cohorts,): ``employer`` and ``site`` index ``employer_ids``
    and ``site_ids``; ``size`` is people present on the day (telework taken off), whatever
    their mode. A *strand* is the part of a cohort that lives in one zone and rides transit:
    ``strand_cohort``, ``strand_origin`` (zone_idx) and ``strand_pax`` (passengers), shape
    (n_strands,), sorted by cohort then origin. Never one person: strands are expectations,
    not counts.
    """

    employer_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    site_zone: NDArray[np.int32]
    site_lat: NDArray[np.float64]
    site_lon: NDArray[np.float64]
    team_ids: tuple[str, ...]
    employer: NDArray[np.int32]
    site: NDArray[np.int32]
    size: NDArray[np.float64]
    start_s: NDArray[np.int32]
    earliest_s: NDArray[np.int32]
    latest_s: NDArray[np.int32]
    max_shift_s: NDArray[np.int32]
    movable: NDArray[np.bool_]
    strand_cohort: NDArray[np.int32]
    strand_origin: NDArray[np.int32]
    strand_pax: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.size)
